//! `expect_query_results_to_match_comparison`.

use std::fmt::Write as _;

use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::judge::Mostly;
use super::super::{Expectation, Inquiry, Stop, query};
use super::{Check, Words};
use crate::column::Literal;
use crate::verdict::{Outcome, Problem};
use crate::words::Kwargs;

/// Expects a SQL query over the data to give the rows that another query gives, or rows that are listed, in any order.
///
/// Rows are equal when their values are, column by column; names of columns do not matter. `observed_value` is the number
/// of rows that have no counterpart: the greater number of rows less those that match. `details` hold that number and its
/// `unexpected_percent`, the `missing_rows` that only the comparison has, and the `unexpected_rows` that only the data has.
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
        Some(format!("{} gives the same as {}", kwargs.query("base_query")?, kwargs.query("comparison_query")?))
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
        let comparison = match (&self.comparison_query, &self.comparison_rows) {
            (Some(template), _) => {
                let dataset = self.comparison_data_source_name.as_deref();
                rows(data, template, dataset).map_err(|stop| stop.at("comparison_query"))
            }
            (None, listed) => Ok(listed.iter().flatten().map(Literal::to_json).collect()),
        };
        let (base, comparison) = (base?, comparison?);
        let (missing, unexpected) = (without(&comparison, &base), without(&base, &comparison));
        let all = base.len().max(comparison.len());
        let matching = base.len() - unexpected.len();
        let (unexpected_count, share) = (all - matching, if all == 0 { 1.0 } else { matching as f64 / all as f64 });
        let shown = |rows: &[&Value]| rows.iter().take(SHOWN_ROWS).copied().cloned().collect::<Value>();
        Ok(Outcome::observed(share >= self.mostly.0, unexpected_count)
            .with_detail("unexpected_count", unexpected_count)
            .with_detail(
                "unexpected_percent",
                if all == 0 { 0.0 } else { unexpected_count as f64 / all as f64 * 100.0 },
            )
            .with_detail("missing_rows", shown(&missing))
            .with_detail("unexpected_rows", shown(&unexpected)))
    }
}

/// How many rows without a counterpart a result shows of each side.
const SHOWN_ROWS: usize = 200;

fn rows(data: &mut Inquiry<'_>, template: &str, dataset: Option<&str>) -> Result<Vec<Value>, Stop> {
    let found = data.query_rows(&query::filled(template), dataset, MAX_ROWS)?;
    if found.count > MAX_ROWS as u64 {
        let message = format!("the query gives {} rows, more than the {MAX_ROWS} that are compared", found.count);
        return Err(Problem::new("too-many-rows", message).with_help("compare sums or counts instead").into());
    }
    Ok(found.rows.clone())
}

/// Returns the rows that have no counterpart among others, each of which is the counterpart of one row. They are sorted: a
/// query gives groups in an order that depends on how the data is cut.
fn without<'a>(rows: &'a [Value], others: &[Value]) -> Vec<&'a Value> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for other in others {
        *counts.entry(key(other)).or_insert(0) += 1;
    }
    let has_counterpart = |row: &Value| match counts.get_mut(&key(row)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    let mut has_counterpart = has_counterpart;
    let mut single: Vec<&Value> = rows.iter().filter(|row| !has_counterpart(row)).collect();
    single.sort_by_cached_key(|row| key(row));
    single
}

/// Returns a text that equal rows share: their values in order, whole numbers alike in every type.
fn key(row: &Value) -> String {
    let values: Vec<&Value> = match row {
        Value::Object(fields) => fields.values().collect(),
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    };
    let mut key = String::new();
    for value in values {
        match value.as_f64().filter(|_| !value.is_i64() && !value.is_u64()) {
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 9e15 => {
                let _ = write!(key, "{}, ", whole as i64);
            }
            _ => {
                let _ = write!(key, "{value}, ");
            }
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_match_one_to_one_by_their_values() {
        let base = [json!({"a": 1, "b": "x"}), json!({"a": 1, "b": "x"}), json!({"a": 2, "b": null})];
        let others = [json!([1.0, "x"]), json!([3, "y"])];
        assert_eq!(without(&base, &others), [&base[1], &base[2]]);
        assert_eq!(without(&others, &base), [&others[1]]);
    }
}
