//! `expect_column_pair_values_to_be_in_set`.

use super::super::map::column_pair_map;
use super::{Check, Words};
use crate::column::{Literal, Predicate};
use crate::words::Kwargs;

column_pair_map! {
    /// Expects the values of two columns in every row to be one of a set of pairs.
    ///
    /// ## Parameters
    /// - `column_A`, `column_B`: the columns, or paths into nested ones.
    /// - `value_pairs_set`: the pairs, each a list of two values. Numbers equal numbers of any type, dates and times
    ///   are given in ISO 8601, and a null is met by a null alone.
    /// - `ignore_row_if`: rows left out: `both_values_are_missing`, `either_value_is_missing` or `neither`. Default:
    ///   `both_values_are_missing`.
    /// - `mostly`: the fraction, 0 to 1, of the rows not left out that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the
    /// others a null is a value like any other. With no row to judge the status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the rows by the pairs.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_pair_values_to_be_in_set:
    ///     column_A: country
    ///     column_B: currency
    ///     value_pairs_set: [[DE, EUR], [FR, EUR], [CH, CHF]]
    /// ```
    pub struct ColumnPairValuesToBeInSet {
        /// The pairs.
        value_pairs_set: Vec<(Literal, Literal)>,
    }
}

impl Words for ColumnPairValuesToBeInSet {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let pair = format!("the pair of {} and {}", kwargs.name("column_A")?, kwargs.name("column_B")?);
        Some(format!("{pair} is one of {}", kwargs.set("value_pairs_set")?))
    }
}

impl Check for ColumnPairValuesToBeInSet {}

impl ColumnPairValuesToBeInSet {
    fn predicate(&self) -> Predicate {
        Predicate::PairInSet {
            left: self.column_a.clone(),
            right: self.column_b.clone(),
            pairs: self.value_pairs_set.clone(),
        }
    }
}
