//! `expect_select_column_values_to_be_unique_within_record`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, IgnoreRecord, Mostly, Shape};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::Predicate;
use crate::verdict::Outcome;

/// Expects no two of several columns to hold the same value in a row.
///
/// ## Parameters
/// - `column_list`: the columns, at least two, or paths into nested ones.
/// - `ignore_row_if`: rows left out: `all_values_are_missing`, `any_value_is_missing` or `never`. Default:
///   `all_values_are_missing`.
/// - `mostly`: the fraction, 0 to 1, of the rows not left out that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the others
/// two nulls are the same value. With no row to judge the status is `vacuous`.
///
/// ## Metrics
/// A tally of the rows by the comparison of its columns.
///
/// ## Example
/// ```yaml
/// - expect_select_column_values_to_be_unique_within_record: {column_list: [home_team, away_team, referee]}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectColumnValuesToBeUniqueWithinRecord {
    /// The columns, or paths into nested ones.
    column_list: Vec<String>,
    /// Which rows are left out.
    #[serde(default)]
    ignore_row_if: IgnoreRecord,
    /// The fraction of the rows not left out that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for SelectColumnValuesToBeUniqueWithinRecord {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_length("column_list", &self.column_list, 2)
    }
}

impl Expectation for SelectColumnValuesToBeUniqueWithinRecord {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let predicate = Predicate::Distinct { columns: self.column_list.clone() };
        let rule = self.ignore_row_if.into();
        judge::rows(data, &judge::about_columns(&self.column_list, rule, predicate, Shape::Record, self.mostly))
    }
}
