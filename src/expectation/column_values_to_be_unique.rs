//! `expect_column_values_to_be_unique`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::Predicate;
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects no value of a column to occur twice.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must occur once only. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. Every row with a repeated value
/// is unexpected, the first as well. With no value the status is `vacuous`.
///
/// ## Metrics
/// Where the rows seem to come in the column's order, that order as proof; else how often each value occurs, on
/// disk past the memory limit. Examples of repeated values are read in a second pass, or several where the repeated values do
/// not fit into memory at once.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_be_unique: {column: order_id}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToBeUnique {
    /// The column, or a path into nested ones.
    column: String,
    /// The fraction of non-null values that must occur once only.
    #[serde(default)]
    mostly: Mostly,
}

impl Words for ColumnValuesToBeUnique {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is unique", kwargs.column()?))
    }
}

impl Check for ColumnValuesToBeUnique {}

impl Expectation for ColumnValuesToBeUnique {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let there = Predicate::not_null(&self.column);
        judge::unique(data, &RowQuestion::about(&self.column, there, self.mostly), None)
    }
}
