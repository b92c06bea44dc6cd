//! `expect_column_values_to_not_match_regex_list`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, MatchOn, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::Test;
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects no value of a column to match any of several regular expressions.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `regex_list`: the expressions, at least one, in Python's syntax, look-around and back references included. They
///   are searched for anywhere in the text: `^` and `$` anchor them. Values that are no texts are judged by their text
///   as Python writes it.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
/// status is `vacuous`.
///
/// ## Metrics
/// A tally of the column's values by the expressions, once per dictionary value where the column has a dictionary.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_not_match_regex_list: {column: name, regex_list: ['\d', '^\s*$']}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToNotMatchRegexList {
    /// The column, or a path into nested ones.
    column: String,
    /// The regular expressions.
    regex_list: Vec<String>,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Words for ColumnValuesToNotMatchRegexList {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} matches none of {}", kwargs.column()?, kwargs.name("regex_list")?))
    }
}

impl Check for ColumnValuesToNotMatchRegexList {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_length("regex_list", &self.regex_list, 1)
    }
}

impl Expectation for ColumnValuesToNotMatchRegexList {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let predicate =
            MatchOn::Any.predicate(&self.column, self.regex_list.iter().cloned().map(Test::Regex)).negated();
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
            .map_err(|stop| stop.at_instead_of("regex", "regex_list"))
    }
}
