//! `expect_column_pair_values_to_be_equal`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, IgnorePair, Mostly, Shape};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Comparison, Predicate};
use crate::verdict::Outcome;

/// Expects two columns to hold the same value in every row.
///
/// Numbers of different types are compared by value, a date with a timestamp at its midnight; a number never equals a
/// text.
///
/// ## Parameters
/// - `column_A`, `column_B`: the columns, or paths into nested ones.
/// - `ignore_row_if`: rows left out: `both_values_are_missing`, `either_value_is_missing` or `neither`. Default:
///   `both_values_are_missing`.
/// - `mostly`: the fraction, 0 to 1, of the rows not left out that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the others
/// a null equals nothing, not even a null. With no row to judge the status is `vacuous`.
///
/// ## Metrics
/// A tally of the rows by the comparison.
///
/// ## Example
/// ```yaml
/// - expect_column_pair_values_to_be_equal: {column_A: billing_country, column_B: shipping_country, mostly: 0.9}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnPairValuesToBeEqual {
    /// The first column.
    #[serde(rename = "column_A")]
    column_a: String,
    /// The second column.
    #[serde(rename = "column_B")]
    column_b: String,
    /// Which rows are left out.
    #[serde(default)]
    ignore_row_if: IgnorePair,
    /// The fraction of the rows not left out that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnPairValuesToBeEqual {}

impl Expectation for ColumnPairValuesToBeEqual {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let columns = [self.column_a.clone(), self.column_b.clone()];
        let predicate = Predicate::Compare {
            left: self.column_a.clone(),
            operator: Comparison::Equal,
            right: self.column_b.clone(),
        };
        let question = judge::about_columns(&columns, self.ignore_row_if.into(), predicate, Shape::Pair, self.mostly);
        judge::rows(data, &question)
    }
}
