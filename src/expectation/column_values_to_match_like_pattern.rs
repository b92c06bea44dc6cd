//! `expect_column_values_to_match_like_pattern`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Escape, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Predicate, Test};
use crate::verdict::Outcome;

/// Expects every non-null value of a column to match a pattern of SQL's LIKE.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `like_pattern`: the pattern, held against the whole text: `%` stands for any text, `_` for any one character, and
///   the case of letters counts. Values that are no texts are judged by their text as Python writes it.
/// - `escape`: the character that makes the next one literal; an empty text for none. Default: a backslash.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
/// status is `vacuous`.
///
/// ## Metrics
/// A tally of the column's values by the pattern, once per dictionary value where the column has a dictionary.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_match_like_pattern: {column: sku, like_pattern: 'AB-____'}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToMatchLikePattern {
    /// The column, or a path into nested ones.
    column: String,
    /// The pattern.
    like_pattern: String,
    /// The character that makes the next one literal.
    #[serde(default)]
    escape: Escape,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnValuesToMatchLikePattern {}

impl Expectation for ColumnValuesToMatchLikePattern {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let test = Test::Like { pattern: self.like_pattern.clone(), escape: self.escape.0 };
        let predicate = Predicate::value(&self.column, test);
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}
