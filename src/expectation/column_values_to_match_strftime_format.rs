//! `expect_column_values_to_match_strftime_format`.

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null text of a column to be a date or time in a certain format.
    ///
    /// A column of dates or times has no format and is a `type-mismatch`.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `strftime_format`: the format, with the directives of Python's `strptime`. The whole text has to follow it.
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
    /// - expect_column_values_to_match_strftime_format: {column: day, strftime_format: '%Y-%m-%d'}
    /// ```
    pub struct ColumnValuesToMatchStrftimeFormat {
        /// The format.
        strftime_format: String,
    }
}

impl Words for ColumnValuesToMatchStrftimeFormat {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is a date or time written as {}", kwargs.column()?, kwargs.name("strftime_format")?))
    }
}

impl Check for ColumnValuesToMatchStrftimeFormat {}

impl ColumnValuesToMatchStrftimeFormat {
    fn predicate(&self) -> Predicate {
        Predicate::value(&self.column, Test::Strftime(self.strftime_format.clone()))
    }
}
