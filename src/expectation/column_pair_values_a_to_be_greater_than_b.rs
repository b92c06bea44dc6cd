//! `expect_column_pair_values_a_to_be_greater_than_b`.

use super::super::map::column_pair_map;
use super::{Check, Words};
use crate::column::{Comparison, Predicate};
use crate::words::Kwargs;

column_pair_map! {
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
    /// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the
    /// others a row with a null is unexpected. With no row to judge the status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the rows by the comparison.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_pair_values_a_to_be_greater_than_b: {column_A: shipped_at, column_B: ordered_at, or_equal: true}
    /// ```
    pub struct ColumnPairValuesAToBeGreaterThanB {
        /// Equal values comply as well.
        #[serde(default)]
        or_equal: bool,
    }
}

impl Words for ColumnPairValuesAToBeGreaterThanB {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let relation = if kwargs.is(true, "or_equal") { "at least" } else { "greater than" };
        Some(format!("{} is {relation} {}", kwargs.name("column_A")?, kwargs.name("column_B")?))
    }
}

impl Check for ColumnPairValuesAToBeGreaterThanB {}

impl ColumnPairValuesAToBeGreaterThanB {
    fn predicate(&self) -> Predicate {
        Predicate::Compare {
            left: self.column_a.clone(),
            operator: if self.or_equal { Comparison::GreaterOrEqual } else { Comparison::Greater },
            right: self.column_b.clone(),
        }
    }
}
