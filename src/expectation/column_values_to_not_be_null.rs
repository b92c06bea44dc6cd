//! `expect_column_values_to_not_be_null`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::Predicate;
use crate::verdict::Outcome;

/// Expects a column to have a value in every row.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `mostly`: the fraction, 0 to 1, of rows that must have a value. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are what is unexpected. There is no `missing_count`: every row is judged. Without
/// rows the status is `vacuous`.
///
/// ## Metrics
/// A tally of the column's nulls, which the statistics of a file often answer.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_not_be_null: {column: order_id}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToNotBeNull {
    /// The column, or a path into nested ones.
    column: String,
    /// The fraction of rows that must have a value.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnValuesToNotBeNull {}

impl Expectation for ColumnValuesToNotBeNull {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let predicate = Predicate::not_null(&self.column);
        let question = RowQuestion { has_missing: false, ..RowQuestion::about(&self.column, predicate, self.mostly) };
        judge::rows(data, &question)
    }
}
