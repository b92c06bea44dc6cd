//! `expect_query_results_to_match_comparison`.

use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::judge::Mostly;
use super::super::{Expectation, Inquiry, QueryRows, Stop, query};
use super::{Check, Words};
use crate::column::{Literal, Scalar};
use crate::verdict::{Outcome, Problem};
use crate::words::Kwargs;

/// Expects a SQL query over the data to give the rows that another query gives, or rows that are listed, in any order.
///
/// Rows are equal when their values are, column by column; types and names of columns do not matter: a decimal equals a
/// whole number of the same value, a date its midnight, and times without zone are taken in UTC. Listed texts are read as
/// times where the data has times. `observed_value` is the number of rows that have no counterpart: the greater number of
/// rows less those that match. `details` hold that number and its `unexpected_percent`, the `missing_rows` that only the
/// comparison has, and the `unexpected_rows` that only the data has.
///
/// ## Parameters
/// - `base_query`: the query over the data, in DataFusion's SQL. `{batch}` stands for the data.
/// - `comparison_query`: the query that gives the rows to compare with. `{batch}` stands for the dataset that it is over.
/// - `comparison_data_source_name`: the dataset that `comparison_query` is over: a file, a folder or a pattern, as on the
///   command line. Default: the data itself, as far as a `row_condition` keeps it.
/// - `comparison_rows`: the rows to compare with, each a list of values or a mapping; instead of `comparison_query`.
/// - `mostly`: the fraction, 0 to 1, of rows that must match. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls equal each other. No rows on either side match.
///
/// ## Metrics
/// Both queries, which may give 100,000 rows each.
///
/// ## Example
/// ```yaml
/// - expect_query_results_to_match_comparison:
///     base_query: SELECT country, COUNT(*) FROM {batch} GROUP BY country
///     comparison_data_source_name: yesterday/orders.parquet
///     comparison_query: SELECT country, COUNT(*) FROM {batch} GROUP BY country
///     mostly: 0.9
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryResultsToMatchComparison {
    /// The query over the data.
    base_query: String,
    /// The query that gives the rows to compare with.
    #[serde(default)]
    comparison_query: Option<String>,
    /// The dataset that `comparison_query` is over.
    #[serde(default)]
    comparison_data_source_name: Option<String>,
    /// The rows to compare with.
    #[serde(default)]
    comparison_rows: Option<Vec<Literal>>,
    /// The fraction of rows that must match.
    #[serde(default)]
    mostly: Mostly,
}

/// How many rows a query may give to be compared.
const MAX_ROWS: usize = 100_000;

impl Words for QueryResultsToMatchComparison {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let comparison = match kwargs.query("comparison_query") {
            Some(query) => query,
            None => "the rows that are listed".to_owned(),
        };
        Some(format!("{} gives the same as {comparison}", kwargs.query("base_query")?))
    }
}

impl Check for QueryResultsToMatchComparison {
    fn check(&self) -> Result<(), (&'static str, String)> {
        query::check(&self.base_query).map_err(|message| ("base_query", message))?;
        match (&self.comparison_query, &self.comparison_rows) {
            (Some(template), None) => query::check(template).map_err(|message| ("comparison_query", message)),
            (None, Some(rows)) => {
                if self.comparison_data_source_name.is_some() {
                    let message = "`comparison_data_source_name` is given without `comparison_query`";
                    return Err(("comparison_data_source_name", message.to_owned()));
                }
                match rows.iter().find(|row| !matches!(row, Literal::List(_) | Literal::Struct(_))) {
                    Some(row) => Err(("comparison_rows", format!("the row {row} is neither a list nor a mapping"))),
                    None => Ok(()),
                }
            }
            (Some(_), Some(_)) => {
                Err(("comparison_rows", "both `comparison_query` and `comparison_rows` are given".to_owned()))
            }
            (None, None) => {
                Err(("comparison_query", "neither `comparison_query` nor `comparison_rows` is given".to_owned()))
            }
        }
    }
}

impl Expectation for QueryResultsToMatchComparison {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let base = rows(data, &self.base_query, None).map_err(|stop| stop.at("base_query"));
        let comparison = match &self.comparison_query {
            Some(template) => {
                let dataset = self.comparison_data_source_name.as_deref();
                Some(rows(data, template, dataset).map_err(|stop| stop.at("comparison_query")))
            }
            None => None,
        };
        // both are asked before either is waited for
        let (base_rows, comparison) = (base?, comparison.transpose()?);
        let base = queried(base_rows);
        let comparison = match comparison {
            Some(found) => queried(found),
            None => listed(self.comparison_rows.as_deref().unwrap_or_default(), &base_rows.rows),
        };
        let (missing, unexpected) = (without(&comparison.keys, &base.keys), without(&base.keys, &comparison.keys));
        let all = base.keys.len().max(comparison.keys.len());
        let matching = base.keys.len() - unexpected.len();
        let (unexpected_count, share) = (all - matching, if all == 0 { 1.0 } else { matching as f64 / all as f64 });
        let shown =
            |side: &Side, rows: &[usize]| rows.iter().take(SHOWN_ROWS).map(|row| (side.show)(*row)).collect::<Value>();
        Ok(Outcome::observed(share >= self.mostly.0, unexpected_count)
            .with_detail("unexpected_count", unexpected_count)
            .with_detail(
                "unexpected_percent",
                if all == 0 { 0.0 } else { unexpected_count as f64 / all as f64 * 100.0 },
            )
            .with_detail("missing_rows", shown(&comparison, &missing))
            .with_detail("unexpected_rows", shown(&base, &unexpected)))
    }
}

/// How many rows without a counterpart a result shows of each side.
const SHOWN_ROWS: usize = 200;

/// The rows of one side.
struct Side<'a> {
    /// For each row a text that equal rows share: its values in order.
    keys: Vec<String>,
    /// Returns a row as results show it.
    show: Box<dyn Fn(usize) -> Value + 'a>,
}

fn rows<'a>(data: &mut Inquiry<'a>, template: &str, dataset: Option<&str>) -> Result<&'a QueryRows, Stop> {
    let found = data.query_rows(&query::filled(template), dataset, MAX_ROWS)?;
    if found.count > MAX_ROWS as u64 {
        let message = format!("the query gives {} rows, more than the {MAX_ROWS} that are compared", found.count);
        return Err(Problem::new("too-many-rows", message).with_help("compare sums or counts instead").into());
    }
    Ok(found)
}

fn queried(found: &QueryRows) -> Side<'_> {
    let show = |row: usize| found.to_json(&found.rows[row]);
    Side { keys: found.rows.iter().map(|row| key(row)).collect(), show: Box::new(show) }
}

/// Reads listed rows as values like those of the data: texts are times where those are.
fn listed<'a>(rows: &'a [Literal], base: &[Vec<Scalar>]) -> Side<'a> {
    let width = base.first().map_or(0, Vec::len);
    let model = |column: usize| base.iter().map(|row| &row[column]).find(|value| !value.is_null());
    let models: Vec<Option<&Scalar>> = (0..width).map(model).collect();
    let read = |(column, literal): (usize, &Literal)| {
        models.get(column).copied().flatten().unwrap_or(&Scalar::Null).read_like(literal)
    };
    let values = |row: &Literal| -> Vec<Scalar> {
        match row {
            Literal::List(items) => items.iter().enumerate().map(read).collect(),
            Literal::Struct(fields) => fields.iter().map(|(_, value)| value).enumerate().map(read).collect(),
            other => vec![read((0, other))],
        }
    };
    Side { keys: rows.iter().map(|row| key(&values(row))).collect(), show: Box::new(|row| rows[row].to_json()) }
}

fn key(row: &[Scalar]) -> String {
    row.iter().map(Scalar::identity).collect::<Vec<_>>().join(", ")
}

/// Returns the rows that have no counterpart among others, each of which is the counterpart of one row. They are sorted: a
/// query gives groups in an order that depends on how the data is cut.
fn without(keys: &[String], others: &[String]) -> Vec<usize> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for other in others {
        *counts.entry(other).or_insert(0) += 1;
    }
    let mut has_counterpart = |row: usize| match counts.get_mut(keys[row].as_str()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    let mut single: Vec<usize> = (0..keys.len()).filter(|row| !has_counterpart(*row)).collect();
    single.sort_by_key(|row| &keys[*row]);
    single
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, TimeUnit, i256};

    use super::*;

    #[test]
    fn rows_match_one_to_one_by_their_values() {
        let text = |text: &str| Scalar::Text(text.to_owned());
        let base = [[Scalar::Int(1), text("x")], [Scalar::Int(1), text("x")], [Scalar::Int(2), Scalar::Null]];
        let others = [[Scalar::Float(1.0), text("x")], [Scalar::Int(3), text("y")]];
        let (base, others) = (base.map(|row| key(&row)), others.map(|row| key(&row)));
        assert_eq!(without(&base, &others), [1, 2]);
        assert_eq!(without(&others, &base), [1]);
    }

    #[test]
    fn values_are_equal_whatever_their_types() {
        let decimal = |value: i128, scale| Scalar::Decimal { value: i256::from_i128(value), scale };
        let time = |data_type, value| Scalar::Time { data_type, value };
        let zoned = |zone: &str| DataType::Timestamp(TimeUnit::Second, Some(zone.into()));
        let equal = [
            (decimal(1_234_567_890_123_456_789, 2), decimal(123_456_789_012_345_678_900, 4)),
            (decimal(1_234_567_890_123_456_700, 2), Scalar::Int(12_345_678_901_234_567)),
            (Scalar::Float(0.1), decimal(10, 2)),
            (Scalar::Float(-0.0), Scalar::Int(0)),
            (Scalar::Float(1e300), Scalar::Float(1e300)),
            (time(zoned("UTC"), 86_400), time(zoned("America/New_York"), 86_400)),
            (time(DataType::Date32, 1), time(DataType::Timestamp(TimeUnit::Millisecond, None), 86_400_000)),
        ];
        for (one, other) in equal {
            assert_eq!(one.identity(), other.identity());
        }
        let unequal = [
            (Scalar::Binary(b"a".to_vec()), Scalar::Text("61".to_owned())),
            (time(DataType::Date32, 1), Scalar::Text("1970-01-02".to_owned())),
            (Scalar::Int(10), Scalar::Int(100)),
            (Scalar::Float(1e40), Scalar::Float(1e41)),
            (Scalar::Bool(true), Scalar::Int(1)),
        ];
        for (one, other) in unequal {
            assert_ne!(one.identity(), other.identity());
        }
    }

    #[test]
    fn listed_texts_are_times_where_the_data_has_times() {
        let zoned = DataType::Timestamp(TimeUnit::Second, Some("UTC".into()));
        let minute = DataType::Duration(TimeUnit::Second);
        let base =
            [vec![Scalar::Time { data_type: zoned, value: 86_400 }, Scalar::Time { data_type: minute, value: 60 }]];
        let keys = base.each_ref().map(|row| key(row));
        let text = |text: &str| Literal::Text(text.to_owned());
        for moment in ["1970-01-02", "1970-01-02T00:00:00Z", "1970-01-02 01:00:00+01:00"] {
            let rows = [Literal::List(vec![text(moment), text("PT60S")])];
            assert_eq!(without(&keys, &listed(&rows, &base).keys), [] as [usize; 0], "{moment}");
        }
        let rows = [Literal::List(vec![text("1970-01-03"), text("PT60S")])];
        assert_eq!(without(&keys, &listed(&rows, &base).keys), [0]);
    }
}
