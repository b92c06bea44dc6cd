//! The laws of metrics: any split of the rows into batches and units, on any number of threads, gives the same value, bit for
//! bit; and so does leaving statistics out.

#[path = "support/metrics.rs"]
mod metrics;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use metrics::{fingerprints, metrics_of};
use proptest::prelude::*;
use weir::engine::Budget;
use weir::metric::MetricKey;
use weir::source::memory::MemorySource;

/// One row of the tables: a double, a whole number, a text, a decimal, a boolean, a day.
type Row = (Option<f64>, Option<i64>, Option<String>, Option<i32>, Option<bool>, Option<i32>);

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1e3..1e3f64,
        2 => prop::sample::select(vec![0.0, -0.0, 0.1, 1e300, -1e300, 5e-324, 1e-10, f64::NAN]),
        1 => any::<f64>().prop_filter("infinities have their own tests", |value| !value.is_infinite()),
    ]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        prop::option::weighted(0.9, double()),
        prop::option::weighted(0.9, prop_oneof![-5..5i64, any::<i64>()]),
        prop::option::weighted(0.9, prop::sample::select(vec!["", "a", "b", "ab", "é", "abc"]).prop_map(str::to_owned)),
        prop::option::weighted(0.9, -1000..1000i32),
        prop::option::weighted(0.9, any::<bool>()),
        prop::option::weighted(0.9, -3..3i32),
    );
    prop::collection::vec(row, 0..60)
}

fn schema(rows: &[Row]) -> Arc<Schema> {
    let fields: Vec<Field> =
        batch(rows, false).schema().fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    Arc::new(Schema::new(fields))
}

/// Makes a batch; with `dictionaries` the same values encoded by dictionaries.
fn batch(rows: &[Row], dictionaries: bool) -> RecordBatch {
    let decimals: Decimal128Array = rows.iter().map(|row| row.3.map(i128::from)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("f", Arc::new(rows.iter().map(|row| row.0).collect::<Float64Array>())),
        ("i", Arc::new(rows.iter().map(|row| row.1).collect::<Int64Array>())),
        ("s", Arc::new(rows.iter().map(|row| row.2.clone()).collect::<StringArray>())),
        ("d", Arc::new(decimals.with_precision_and_scale(9, 2).expect("nine digits are enough"))),
        ("b", Arc::new(rows.iter().map(|row| row.4).collect::<BooleanArray>())),
        ("t", Arc::new(rows.iter().map(|row| row.5).collect::<Date32Array>())),
    ];
    let encode = |name: &str, array: ArrayRef| {
        let codes = DataType::Dictionary(Box::new(DataType::Int32), Box::new(array.data_type().clone()));
        if dictionaries && name != "b" && name != "d" {
            cast(&array, &codes).expect("it can be encoded")
        } else {
            array
        }
    };
    let columns = columns.into_iter().map(|(name, array)| (name, encode(name, array), true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

fn values(
    units: Vec<Vec<RecordBatch>>,
    schema: &Arc<Schema>,
    metrics: &[MetricKey],
    threads: usize,
    statistics: bool,
    budget: Budget,
) -> Vec<String> {
    let scan = MemorySource::new("memory", Arc::clone(schema), units).expect("batches of the schema");
    let found = fingerprints(&scan, metrics, threads, statistics, budget).into_iter().zip(metrics);
    found.map(|(value, key)| value.unwrap_or_else(|problem| panic!("{key}: {problem}"))).collect()
}

/// A budget that is never short.
fn held() -> Budget {
    Budget::new(u64::MAX)
}

/// Cuts rows into units of batches at the marks: 1 ends a batch, 2 ends a unit.
fn split(rows: &[Row], marks: &[u8], dictionaries: bool) -> Vec<Vec<RecordBatch>> {
    let mut units = vec![Vec::new()];
    let mut from = 0;
    for to in 1..=rows.len() {
        let mark = if to == rows.len() { 2 } else { marks.get(to).copied().unwrap_or(0) };
        if mark > 0 {
            let unit = units.last_mut().expect("there is a unit");
            unit.push(batch(&rows[from..to], dictionaries && to % 2 == 0));
            from = to;
        }
        if mark == 2 && to < rows.len() {
            units.push(Vec::new());
        }
    }
    units
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_split_gives_the_same_bits(
        rows in rows(),
        marks in prop::collection::vec(prop::sample::select(vec![0u8, 0, 1, 2]), 60),
        threads in 1..4usize,
        dictionaries in any::<bool>(),
        statistics in any::<bool>(),
    ) {
        let schema = schema(&rows);
        let table = batch(&rows, false);
        let metrics = metrics_of(&table);
        let whole = values(vec![vec![table]], &schema, &metrics, 1, false, held());
        let parts = values(split(&rows, &marks, dictionaries), &schema, &metrics, threads, statistics, held());
        for ((key, whole), part) in metrics.iter().zip(whole).zip(parts) {
            prop_assert_eq!(whole, part, "{}", key);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_spilled_gives_the_same_bits(
        rows in rows(),
        marks in prop::collection::vec(prop::sample::select(vec![0u8, 0, 1, 2]), 60),
        threads in 1..4usize,
        dictionaries in any::<bool>(),
    ) {
        let schema = schema(&rows);
        let table = batch(&rows, false);
        let metrics = metrics_of(&table);
        let folder = tempfile::tempdir().expect("a folder");
        let eager = Budget::new(0).spilling_to(folder.path().to_owned()).eager();
        let whole = values(vec![vec![table]], &schema, &metrics, 1, false, held());
        let spilled = values(split(&rows, &marks, dictionaries), &schema, &metrics, threads, false, eager);
        for ((key, whole), spilled) in metrics.iter().zip(whole).zip(spilled) {
            prop_assert_eq!(whole, spilled, "{}", key);
        }
    }
}
