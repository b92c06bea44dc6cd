//! Every metric that the columns of a table can be asked for, and its value with every bit that a verdict could depend on.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use weir::column::{Bounds, Direction, Family, Format, Literal, Predicate, Scalar, Test};
use weir::engine::{Budget, MetricValue, Settings, evaluate};
use weir::metric::marks::Marks;
use weir::metric::sample::SampledRow;
use weir::metric::{Metric, MetricKey};
use weir::scan::Scan;

/// Returns every metric on every column that takes it, with and without a condition. Predicates ask for the table's own
/// values, so that some hold of all rows and some of a few.
pub fn metrics_of(table: &RecordBatch) -> Vec<MetricKey> {
    let schema = table.schema();
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut metrics = vec![Metric::Rows];
    let mut asked: Vec<Predicate> = Vec::new();
    for (name, values) in names.iter().zip(table.columns()).flat_map(|(name, values)| paths(name, values)) {
        let (name, values) = (&name, &values);
        metrics.extend(metrics_of_column(name, values));
        let predicates = predicates(name, values);
        // rows and elements cannot be asked together
        if !name.contains('[') {
            asked.extend(predicates.iter().skip(1).step_by(4).take(2).cloned());
        }
        for (position, predicate) in predicates.into_iter().enumerate() {
            let limit = (position % 2 == 0).then_some(3);
            let show = vec![name.clone(), names[0].clone()];
            metrics.push(Metric::Tally { predicate: predicate.clone() });
            metrics.push(Metric::Breach { predicate: predicate.clone() });
            metrics.push(Metric::Marks { predicate: predicate.clone() });
            metrics.push(Metric::Sample { predicate, show, limit, before: None });
        }
    }
    let sql = format!("{0} = {0}", names[0]);
    for predicate in [Predicate::And(asked.clone()), Predicate::Or(asked.clone()), Predicate::Sql(sql)] {
        metrics.push(Metric::Tally { predicate });
    }
    let is_flat =
        |column: &usize| !matches!(Family::of(table.column(*column).data_type()), Family::Nested | Family::Binary);
    let flat: Vec<String> = (0..names.len()).filter(is_flat).map(|column| names[column].clone()).collect();
    if !flat.is_empty() {
        metrics.push(Metric::Frequencies { columns: flat.clone() });
        metrics.push(Metric::Ascending { columns: flat });
    }
    let plain = metrics.iter().map(|metric| MetricKey { metric: metric.clone(), condition: None });
    let mut keys: Vec<MetricKey> = plain.collect();
    if let Some(condition) = asked.last() {
        let every = |metric: &Metric| MetricKey { metric: metric.clone(), condition: Some(condition.clone()) };
        keys.extend(metrics.iter().map(every));
    }
    keys
}

/// Returns a column and what can be reached in it.
fn paths(name: &str, values: &ArrayRef) -> Vec<(String, ArrayRef)> {
    let inner = match values.data_type() {
        DataType::List(_) => paths(&format!("{name}[]"), values.as_list::<i32>().values()),
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(values.as_struct().columns());
            columns.flat_map(|(field, values)| paths(&format!("{name}.{}", field.name()), values)).collect()
        }
        _ => Vec::new(),
    };
    [(name.to_owned(), Arc::clone(values))].into_iter().chain(inner).collect()
}

fn metrics_of_column(name: &str, values: &ArrayRef) -> Vec<Metric> {
    let column = name.to_owned();
    let family = Family::of(values.data_type());
    let mut metrics = Vec::new();
    if matches!(family, Family::Number | Family::Boolean) {
        for sum_only in [true, false] {
            metrics.push(Metric::Moments { column: column.clone(), sum_only });
        }
        metrics.push(Metric::Histogram { column: column.clone(), edges: vec![-10.0, 0.0, 0.5, 1.0, 100.0] });
    }
    if matches!(family, Family::Number | Family::Boolean | Family::Time) {
        metrics.push(Metric::Quantiles { column: column.clone() });
    }
    metrics.push(Metric::Frequencies { columns: vec![column.clone()] });
    metrics.push(Metric::Distinct { column: column.clone() });
    metrics.push(Metric::FewValues { column: column.clone(), limit: 3 });
    metrics.push(Metric::Ascending { columns: vec![column.clone()] });
    if family != Family::Nested {
        metrics.push(Metric::Extremes { column: column.clone() });
        for (direction, strictly) in [(Direction::Increasing, false), (Direction::Decreasing, true)] {
            let show = vec![column.clone()];
            metrics.push(Metric::Order {
                column: column.clone(),
                direction,
                strictly,
                limit: Some(2),
                show,
                marks: strictly,
            });
        }
    }
    metrics
}

fn predicates(name: &str, values: &ArrayRef) -> Vec<Predicate> {
    let ask = |test: Test| Predicate::value(name, test);
    let mut predicates = vec![Predicate::Null { column: name.to_owned() }, Predicate::not_null(name)];
    let family = Family::of(values.data_type());
    if family == Family::Text {
        predicates.push(ask(Test::Regex("[a-m]".to_owned())));
        predicates.push(ask(Test::StartsWith("x".to_owned())));
        predicates.push(ask(Test::Format(Format::Trimmed)));
    }
    if family == Family::Text || matches!(values.data_type(), DataType::List(_)) {
        predicates.push(ask(Test::Length(Bounds { max: Some(Literal::Int(1)), ..Bounds::default() })));
    }
    if matches!(family, Family::Nested | Family::Binary | Family::Null) {
        return predicates;
    }
    let found = literals(values);
    let (Some(least), Some(greatest)) = (found.first(), found.last()) else { return predicates };
    let bounds = Bounds { min: Some(least.clone()), max: Some(greatest.clone()), ..Bounds::default() };
    let some: Vec<Literal> = found.iter().step_by(2).cloned().collect();
    predicates.push(ask(Test::Between(bounds.clone())));
    predicates.push(ask(Test::Between(Bounds { strict_max: true, ..bounds.clone() })));
    predicates.push(ask(Test::Between(Bounds { strict_min: true, max: None, ..bounds })).negated());
    predicates.push(ask(Test::InSet(found)));
    predicates.push(ask(Test::InSet(some.clone())));
    predicates.push(ask(Test::InSet(some)).negated());
    predicates
}

/// Returns the distinct values of a column in order, as a suite spells them.
fn literals(values: &ArrayRef) -> Vec<Literal> {
    let mut scalars: Vec<Scalar> = (0..values.len()).map(|row| Scalar::at(values, row)).collect();
    scalars.retain(|scalar| !scalar.is_null());
    scalars.sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
    scalars.dedup_by(|a, b| a.compare(b) == Some(Ordering::Equal));
    let literal = |scalar: &Scalar| {
        Some(match scalar {
            Scalar::Bool(value) => Literal::Bool(*value),
            Scalar::Int(value) => Literal::Int(*value),
            Scalar::Text(_) | Scalar::Time { .. } => Literal::Text(scalar.to_string()),
            other => Literal::Float(other.as_f64()?),
        })
    };
    scalars.iter().filter_map(literal).collect()
}

/// Computes metrics and writes their values down, or why there is none.
pub fn fingerprints(
    scan: &dyn Scan,
    metrics: &[MetricKey],
    threads: usize,
    statistics: bool,
    budget: Budget,
) -> Vec<Result<String, String>> {
    let mut starts = Vec::new();
    let mut rows = 0;
    for unit in 0..scan.unit_count() {
        starts.push(rows);
        rows += scan.rows(unit).expect("the rows of a unit are known");
    }
    let settings =
        Settings { threads, statistics, budget: Arc::new(budget), texts: Arc::from([]), now: chrono::Utc::now() };
    let evaluated = evaluate(scan, metrics, &settings, &|_| {}).expect("the data can be read");
    evaluated
        .values
        .iter()
        .map(|value| match value {
            Ok(value) => Ok(fingerprint(value, &starts, rows)),
            Err(problem) => Err(format!("{}: {}", problem.code, problem.message)),
        })
        .collect()
}

/// Writes a value with every bit that a verdict could depend on; positions as numbers in the whole.
fn fingerprint(value: &MetricValue, starts: &[u64], all: u64) -> String {
    let rows = |rows: &[SampledRow]| {
        let rows = rows.iter().map(|row| (starts[row.position.unit as usize] + row.position.row, &row.values));
        format!("{:?}", rows.collect::<Vec<_>>())
    };
    let marked = |marks: &Marks| {
        let of_unit = |(unit, start): (usize, &u64)| {
            let rows = starts.get(unit + 1).unwrap_or(&all) - start;
            let bits = marks.of(unit as u32, 0, rows as usize).expect("what was spilled can be read");
            bits.iter().flat_map(|bits| bits.set_indices()).map(|row| start + row as u64).collect::<Vec<_>>()
        };
        format!("{:?}", starts.iter().enumerate().flat_map(of_unit).collect::<Vec<_>>())
    };
    match value {
        MetricValue::Sample(sample) => rows(sample),
        MetricValue::Marks(marks) => marked(marks),
        MetricValue::Order(order) => {
            format!("{} {} {} {}", order.count, order.breaks, rows(&order.rows), marked(&order.marks))
        }
        MetricValue::Moments(moments) => {
            let bits = |value: Option<f64>| value.map(f64::to_bits);
            format!("{} {:?} {:?} {:?}", moments.count(), moments.sum(), bits(moments.mean()), bits(moments.stdev()))
        }
        MetricValue::Quantiles(quantiles) => {
            let mut values = Vec::new();
            quantiles.visit(|value| values.push(value)).expect("what was spilled can be read");
            let at = |rank| quantiles.at(rank).expect("what was spilled can be read");
            let ranks = (0..quantiles.count()).map(|rank| at(rank).expect("there are so many"));
            assert_eq!(ranks.collect::<Vec<_>>(), values);
            format!("{values:?}")
        }
        MetricValue::Frequencies(frequencies) => {
            let sorted = frequencies.sorted(|_| true).expect("what was spilled can be read");
            let (all, repeated) = (frequencies.all(), frequencies.repeated());
            let known = (frequencies.total(), all, repeated, frequencies.highest(), frequencies.modes());
            assert_eq!(all.keys, sorted.len() as u64);
            assert_eq!(repeated.rows, sorted.iter().map(|(_, count)| count).filter(|count| **count > 1).sum::<u64>());
            format!("{known:?} {sorted:?}")
        }
        other => format!("{other:?}"),
    }
}
