//! `expect_column_values_to_not_have_surrounding_whitespace`.

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Format, Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects no text of a column to begin or end with white space.
    ///
    /// White space is what Unicode calls so: spaces, tabs, line breaks, no-break spaces. An empty text has none.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
    /// status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the column's values by the format, once per dictionary value where the column has a dictionary.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_values_to_not_have_surrounding_whitespace: {column: name}
    /// ```
    pub struct ColumnValuesToNotHaveSurroundingWhitespace {}
}

impl Words for ColumnValuesToNotHaveSurroundingWhitespace {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} neither begins nor ends with white space", kwargs.column()?))
    }
}

impl Check for ColumnValuesToNotHaveSurroundingWhitespace {}

impl ColumnValuesToNotHaveSurroundingWhitespace {
    fn predicate(&self) -> Predicate {
        Predicate::value(&self.column, Test::Format(Format::Trimmed))
    }
}
