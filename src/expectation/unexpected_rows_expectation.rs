//! `unexpected_rows_expectation`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{Expectation, Inquiry, Stop, query};
use super::{Check, Words};
use crate::verdict::{Outcome, ResultLevel};
use crate::words::Kwargs;

/// Expects a SQL query to give no rows.
///
/// `observed_value` is the number of rows that the query gives, `details.unexpected_rows` the first of them.
///
/// ## Parameters
/// - `unexpected_rows_query`: the query, in DataFusion's SQL, which is close to PostgreSQL's. `{batch}` stands for the data.
///   Names of columns are written in their case, and in double quotes where they are no plain words. `{{` and `}}` stand
///   for single braces.
///
/// ## Nulls, NaN and empty data
/// As SQL has it; NaN is a number. Arithmetic of whole numbers fails where it overflows, but `sum` and a sign before a
/// column wrap beyond 64 bits: cast such numbers to decimals. Of `and` and `or` both sides may be evaluated for every row:
/// what one side is to guard stands in a `case when`. Of the data the query sees the rows that a `row_condition` keeps.
/// Empty data is empty to the query, too.
///
/// ## Metrics
/// The query, run over the columns that it names. Without `ORDER BY` rows come in the order of the data.
///
/// ## Example
/// ```yaml
/// - unexpected_rows_expectation:
///     unexpected_rows_query: SELECT order_id, shipped_at FROM {batch} WHERE shipped_at < ordered_at
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnexpectedRowsExpectation {
    /// The query, in which `{batch}` stands for the data.
    unexpected_rows_query: String,
}

impl Words for UnexpectedRowsExpectation {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("no row comes out of {}", kwargs.query("unexpected_rows_query")?))
    }
}

impl Check for UnexpectedRowsExpectation {
    fn check(&self) -> Result<(), (&'static str, String)> {
        query::check(&self.unexpected_rows_query).map_err(|message| ("unexpected_rows_query", message))
    }
}

impl Expectation for UnexpectedRowsExpectation {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let found = data.query(&query::filled(&self.unexpected_rows_query));
        let found = found.map_err(|stop| stop.at("unexpected_rows_query"))?;
        let outcome = Outcome::observed(found.count == 0, found.count);
        if found.count == 0 {
            return Ok(outcome);
        }
        let shown = match data.format.level {
            ResultLevel::Complete => found.rows.len(),
            _ => found.rows.len().min(data.format.partial_unexpected_count),
        };
        let shown: Vec<_> = found.rows[..shown].iter().map(|row| found.to_json(row)).collect();
        Ok(outcome.with_detail("unexpected_rows", shown))
    }
}
