//! `expect_column_values_to_match_like_pattern`.

use super::super::judge::Escape;
use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null value of a column to match a pattern of SQL's LIKE.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `like_pattern`: the pattern, held against the whole text: `%` stands for any text, `_` for any one character,
    ///   and the case of letters counts. Values that are no texts are judged by their text as Python writes it.
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
    pub struct ColumnValuesToMatchLikePattern {
        /// The pattern.
        like_pattern: String,
        /// The character that makes the next one literal.
        #[serde(default)]
        escape: Escape,
    }
}

impl Words for ColumnValuesToMatchLikePattern {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is like {}", kwargs.column()?, kwargs.name("like_pattern")?))
    }
}

impl Check for ColumnValuesToMatchLikePattern {}

impl ColumnValuesToMatchLikePattern {
    fn predicate(&self) -> Predicate {
        let test = Test::Like { pattern: self.like_pattern.clone(), escape: self.escape.0 };
        Predicate::value(&self.column, test)
    }
}
