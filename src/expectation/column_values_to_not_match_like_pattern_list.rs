//! `expect_column_values_to_not_match_like_pattern_list`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Escape, MatchOn, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::Test;
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects no value of a column to match any of several patterns of SQL's LIKE.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `like_pattern_list`: the patterns, at least one, each held against the whole text: `%` stands for any text, `_`
///   for any one character, and the case of letters counts. Values that are no texts are judged by their text as Python
///   writes it.
/// - `escape`: the character that makes the next one literal; an empty text for none. Default: a backslash.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
/// status is `vacuous`.
///
/// ## Metrics
/// A tally of the column's values by the patterns, once per dictionary value where the column has a dictionary.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_not_match_like_pattern_list: {column: name, like_pattern_list: ['%test%', 'xx%']}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToNotMatchLikePatternList {
    /// The column, or a path into nested ones.
    column: String,
    /// The patterns.
    like_pattern_list: Vec<String>,
    /// The character that makes the next one literal.
    #[serde(default)]
    escape: Escape,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Words for ColumnValuesToNotMatchLikePatternList {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is like none of {}", kwargs.column()?, kwargs.name("like_pattern_list")?))
    }
}

impl Check for ColumnValuesToNotMatchLikePatternList {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_length("like_pattern_list", &self.like_pattern_list, 1)
    }
}

impl Expectation for ColumnValuesToNotMatchLikePatternList {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let escape = self.escape.0;
        let tests = self.like_pattern_list.iter().map(|pattern| Test::Like { pattern: pattern.clone(), escape });
        let predicate = MatchOn::Any.predicate(&self.column, tests).negated();
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
            .map_err(|stop| stop.at_instead_of("like_pattern", "like_pattern_list"))
    }
}
