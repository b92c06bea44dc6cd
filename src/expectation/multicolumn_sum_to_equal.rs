//! `expect_multicolumn_sum_to_equal`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, IgnoreRecord, Mostly, Shape};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Literal, Predicate};
use crate::verdict::Outcome;

/// Expects several columns of numbers to add up to the same total in every row.
///
/// Whole numbers and decimals are added exactly. Floats are added as floats are, from the first column to the last, and
/// the sum has to equal the total exactly: 0.1 and 0.2 miss 0.3.
///
/// ## Parameters
/// - `column_list`: the columns, at least one, or paths into nested ones.
/// - `sum_total`: the total.
/// - `ignore_row_if`: rows left out: `all_values_are_missing`, `any_value_is_missing` or `never`. Default:
///   `all_values_are_missing`.
/// - `mostly`: the fraction, 0 to 1, of the rows not left out that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the others
/// a row with a null is unexpected. With no row to judge the status is `vacuous`.
///
/// ## Metrics
/// A tally of the rows by the sum.
///
/// ## Example
/// ```yaml
/// - expect_multicolumn_sum_to_equal: {column_list: [share_a, share_b, share_c], sum_total: 100}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MulticolumnSumToEqual {
    /// The columns, or paths into nested ones.
    column_list: Vec<String>,
    /// The total.
    sum_total: Literal,
    /// Which rows are left out.
    #[serde(default)]
    ignore_row_if: IgnoreRecord,
    /// The fraction of the rows not left out that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for MulticolumnSumToEqual {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_length("column_list", &self.column_list, 1)?;
        judge::check_number("sum_total", Some(&self.sum_total))
    }
}

impl Expectation for MulticolumnSumToEqual {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let predicate = Predicate::SumEquals { columns: self.column_list.clone(), total: self.sum_total.clone() };
        let rule = self.ignore_row_if.into();
        judge::rows(data, &judge::about_columns(&self.column_list, rule, predicate, Shape::Record, self.mostly))
    }
}
