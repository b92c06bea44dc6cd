//! `expect_column_pair_values_a_to_be_greater_than_b`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, IgnorePair, Mostly, Shape};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Comparison, Predicate};
use crate::verdict::Outcome;

/// Expects the value of one column to be greater than that of another in every row.
///
/// Numbers, dates and times, and texts (by code point) are compared, each with its like.
///
/// ## Parameters
/// - `column_A`, `column_B`: the columns, or paths into nested ones.
/// - `or_equal`: equal values comply as well. Default: false.
/// - `ignore_row_if`: rows left out: `both_values_are_missing`, `either_value_is_missing` or `neither`. Default:
///   `both_values_are_missing`.
/// - `mostly`: the fraction, 0 to 1, of the rows not left out that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the others
/// a row with a null is unexpected. With no row to judge the status is `vacuous`.
///
/// ## Metrics
/// A tally of the rows by the comparison.
///
/// ## Example
/// ```yaml
/// - expect_column_pair_values_a_to_be_greater_than_b: {column_A: shipped_at, column_B: ordered_at, or_equal: true}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnPairValuesAToBeGreaterThanB {
    /// The first column.
    #[serde(rename = "column_A")]
    column_a: String,
    /// The second column.
    #[serde(rename = "column_B")]
    column_b: String,
    /// Equal values comply as well.
    #[serde(default)]
    or_equal: bool,
    /// Which rows are left out.
    #[serde(default)]
    ignore_row_if: IgnorePair,
    /// The fraction of the rows not left out that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnPairValuesAToBeGreaterThanB {}

impl Expectation for ColumnPairValuesAToBeGreaterThanB {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let columns = [self.column_a.clone(), self.column_b.clone()];
        let predicate = Predicate::Compare {
            left: self.column_a.clone(),
            operator: if self.or_equal { Comparison::GreaterOrEqual } else { Comparison::Greater },
            right: self.column_b.clone(),
        };
        let question = judge::about_columns(&columns, self.ignore_row_if.into(), predicate, Shape::Pair, self.mostly);
        judge::rows(data, &question)
    }
}
