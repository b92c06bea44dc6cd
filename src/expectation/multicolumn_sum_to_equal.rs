//! `expect_multicolumn_sum_to_equal`.

use super::super::judge;
use super::super::map::multicolumn_map;
use super::{Check, Words};
use crate::column::{Literal, Predicate};
use crate::words::Kwargs;

multicolumn_map! {
    /// Expects several columns of numbers to add up to the same total in every row.
    ///
    /// Whole numbers and decimals are added exactly. Floats are added as floats are, from the first column to the last,
    /// and the sum has to equal the total exactly: 0.1 and 0.2 miss 0.3.
    ///
    /// ## Parameters
    /// - `column_list`: the columns, at least one, or paths into nested ones.
    /// - `sum_total`: the total.
    /// - `ignore_row_if`: rows left out: `all_values_are_missing`, `any_value_is_missing` or `never`. Default:
    ///   `all_values_are_missing`.
    /// - `mostly`: the fraction, 0 to 1, of the rows not left out that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the
    /// others a row with a null is unexpected. With no row to judge the status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the rows by the sum.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_multicolumn_sum_to_equal: {column_list: [share_a, share_b, share_c], sum_total: 100}
    /// ```
    pub struct MulticolumnSumToEqual {
        /// The total.
        sum_total: Literal,
    }
}

impl Words for MulticolumnSumToEqual {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} add up to {}", kwargs.columns()?, kwargs.inline("sum_total")?))
    }
}

impl Check for MulticolumnSumToEqual {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_length("column_list", &self.column_list, 1)?;
        judge::check_number("sum_total", Some(&self.sum_total))
    }
}

impl MulticolumnSumToEqual {
    fn predicate(&self) -> Predicate {
        Predicate::SumEquals { columns: self.column_list.clone(), total: self.sum_total.clone() }
    }
}
