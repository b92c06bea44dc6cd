//! `expect_column_values_to_match_regex`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Predicate, Test};
use crate::verdict::Outcome;

/// Expects every non-null value of a column to match a regular expression.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `regex`: the expression, in Python's syntax, look-around and back references included. It is searched for anywhere
///   in the text: `^` and `$` anchor it. Values that are no texts are judged by their text as Python writes it.
///   Default: `(?s).*`, which matches everything.
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
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToMatchRegex {
    /// The column, or a path into nested ones.
    column: String,
    /// The regular expression.
    #[serde(default = "anything")]
    regex: String,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

fn anything() -> String {
    "(?s).*".to_owned()
}

impl Check for ColumnValuesToMatchRegex {}

impl Expectation for ColumnValuesToMatchRegex {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let predicate = Predicate::value(&self.column, Test::Regex(self.regex.clone()));
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}
