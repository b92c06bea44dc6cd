//! `expect_column_values_to_match_regex`.

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null value of a column to match a regular expression.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `regex`: the expression, in Python's syntax, look-around and back references included. It is searched for
    ///   anywhere in the text: `^` and `$` anchor it. Values that are no texts are judged by their text as Python
    ///   writes it. Default: `(?s).*`, which matches everything.
    /// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
    /// status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the column's values by the expression, once per dictionary value where the column has a dictionary.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_values_to_match_regex: {column: zip, regex: '^\d{5}$'}
    /// ```
    pub struct ColumnValuesToMatchRegex {
        /// The regular expression.
        #[serde(default = "anything")]
        regex: String,
    }
}

fn anything() -> String {
    "(?s).*".to_owned()
}

impl Words for ColumnValuesToMatchRegex {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} matches {}", kwargs.column()?, kwargs.name("regex").unwrap_or_else(|| "any text".to_owned())))
    }
}

impl Check for ColumnValuesToMatchRegex {}

impl ColumnValuesToMatchRegex {
    fn predicate(&self) -> Predicate {
        Predicate::value(&self.column, Test::Regex(self.regex.clone()))
    }
}
