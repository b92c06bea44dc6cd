//! `expect_select_column_values_to_be_unique_within_record`.

use super::super::judge;
use super::super::map::multicolumn_map;
use super::{Check, Words};
use crate::column::Predicate;
use crate::words::Kwargs;

multicolumn_map! {
    /// Expects no two of several columns to hold the same value in a row.
    ///
    /// ## Parameters
    /// - `column_list`: the columns, at least two, or paths into nested ones.
    /// - `ignore_row_if`: rows left out: `all_values_are_missing`, `any_value_is_missing` or `never`. Default:
    ///   `all_values_are_missing`.
    /// - `mostly`: the fraction, 0 to 1, of the rows not left out that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the
    /// others two nulls are the same value. With no row to judge the status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the rows by the comparison of its columns.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_select_column_values_to_be_unique_within_record: {column_list: [home_team, away_team, referee]}
    /// ```
    pub struct SelectColumnValuesToBeUniqueWithinRecord {}
}

impl Words for SelectColumnValuesToBeUniqueWithinRecord {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} differ from each other in each row", kwargs.columns()?))
    }
}

impl Check for SelectColumnValuesToBeUniqueWithinRecord {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_length("column_list", &self.column_list, 2)
    }
}

impl SelectColumnValuesToBeUniqueWithinRecord {
    fn predicate(&self) -> Predicate {
        Predicate::Distinct { columns: self.column_list.clone() }
    }
}
