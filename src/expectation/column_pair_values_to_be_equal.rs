//! `expect_column_pair_values_to_be_equal`.

use super::super::map::column_pair_map;
use super::{Check, Words};
use crate::column::{Comparison, Predicate};
use crate::words::Kwargs;

column_pair_map! {
    /// Expects two columns to hold the same value in every row.
    ///
    /// Numbers of different types are compared by value, a date with a timestamp at its midnight; a number never equals
    /// a text.
    ///
    /// ## Parameters
    /// - `column_A`, `column_B`: the columns, or paths into nested ones.
    /// - `ignore_row_if`: rows left out: `both_values_are_missing`, `either_value_is_missing` or `neither`. Default:
    ///   `both_values_are_missing`.
    /// - `mostly`: the fraction, 0 to 1, of the rows not left out that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the
    /// others a null equals nothing, not even a null. With no row to judge the status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the rows by the comparison.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_pair_values_to_be_equal: {column_A: billing_country, column_B: shipping_country, mostly: 0.9}
    /// ```
    pub struct ColumnPairValuesToBeEqual {}
}

impl Words for ColumnPairValuesToBeEqual {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} equals {}", kwargs.name("column_A")?, kwargs.name("column_B")?))
    }
}

impl Check for ColumnPairValuesToBeEqual {}

impl ColumnPairValuesToBeEqual {
    fn predicate(&self) -> Predicate {
        Predicate::Compare { left: self.column_a.clone(), operator: Comparison::Equal, right: self.column_b.clone() }
    }
}
