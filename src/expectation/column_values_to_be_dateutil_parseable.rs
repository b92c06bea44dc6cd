//! `expect_column_values_to_be_dateutil_parseable`.

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null text of a column to be a date or time in any usual spelling.
    ///
    /// Usual is what Python's `dateutil` reads without further hints: `2024-01-31`, `31 Jan 2024 13:30`, `Monday`,
    /// `10`. A column of dates or times is none of texts and is a `type-mismatch`.
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
    /// A tally of the column's values by the parser, once per dictionary value where the column has a dictionary.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_values_to_be_dateutil_parseable: {column: sent}
    /// ```
    pub struct ColumnValuesToBeDateutilParseable {}
}

impl Words for ColumnValuesToBeDateutilParseable {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} reads as a date or time", kwargs.column()?))
    }
}

impl Check for ColumnValuesToBeDateutilParseable {}

impl ColumnValuesToBeDateutilParseable {
    fn predicate(&self) -> Predicate {
        Predicate::value(&self.column, Test::Dateutil)
    }
}
