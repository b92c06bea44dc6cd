//! `expect_column_value_lengths_to_equal`.

use super::super::judge;
use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Bounds, Literal, Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null value of a column to have a certain length.
    ///
    /// The length of a text is its number of Unicode code points, of bytes their number, of a list or map the number of
    /// its elements; of a number, date or boolean, that of its text as Python writes it (`12` has length 2).
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `value`: the length.
    /// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
    /// status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the column's values by the length, once per dictionary value where the column has a dictionary.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_value_lengths_to_equal: {column: country_code, value: 2}
    /// ```
    pub struct ColumnValueLengthsToEqual {
        /// The length.
        value: Literal,
    }
}

impl Words for ColumnValueLengthsToEqual {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} has a length of {}", kwargs.column()?, kwargs.inline("value")?))
    }
}

impl Check for ColumnValueLengthsToEqual {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_number("value", Some(&self.value))
    }
}

impl ColumnValueLengthsToEqual {
    fn predicate(&self) -> Predicate {
        let length = Some(self.value.clone());
        let bounds = Bounds { min: length.clone(), max: length, ..Bounds::default() };
        Predicate::value(&self.column, Test::Length(bounds))
    }
}
