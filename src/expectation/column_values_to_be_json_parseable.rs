//! `expect_column_values_to_be_json_parseable`.

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null value of a column to be a JSON text.
    ///
    /// `NaN` and `Infinity` count as JSON, as they do in Python; an empty text does not. A value that is no text is
    /// unexpected.
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
    /// - expect_column_values_to_be_json_parseable: {column: payload}
    /// ```
    pub struct ColumnValuesToBeJsonParseable {}
}

impl Words for ColumnValuesToBeJsonParseable {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is valid JSON", kwargs.column()?))
    }
}

impl Check for ColumnValuesToBeJsonParseable {}

impl ColumnValuesToBeJsonParseable {
    fn predicate(&self) -> Predicate {
        Predicate::value(&self.column, Test::Json)
    }
}
