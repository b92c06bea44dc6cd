//! `expect_multicolumn_values_to_be_equal`.

use super::super::judge;
use super::super::map::multicolumn_map;
use super::{Check, Words};
use crate::column::Predicate;
use crate::words::Kwargs;

multicolumn_map! {
    /// Expects several columns to hold the same value in every row.
    ///
    /// Numbers of different types are compared by value; a number never equals a text.
    ///
    /// ## Parameters
    /// - `column_list`: the columns, at least two, or paths into nested ones.
    /// - `ignore_row_if`: rows left out: `all_values_are_missing`, `any_value_is_missing` or `never`. Default:
    ///   `all_values_are_missing`.
    /// - `mostly`: the fraction, 0 to 1, of the rows not left out that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the
    /// others two nulls are the same value, and a null equals no other. With no row to judge the status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the rows by the comparison of its columns.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_multicolumn_values_to_be_equal: {column_list: [total, total_from_lines, total_from_bank]}
    /// ```
    pub struct MulticolumnValuesToBeEqual {}
}

impl Words for MulticolumnValuesToBeEqual {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} are equal in each row", kwargs.columns()?))
    }
}

impl Check for MulticolumnValuesToBeEqual {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_length("column_list", &self.column_list, 2)
    }
}

impl MulticolumnValuesToBeEqual {
    fn predicate(&self) -> Predicate {
        Predicate::AllEqual { columns: self.column_list.clone() }
    }
}
