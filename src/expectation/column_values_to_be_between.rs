//! `expect_column_values_to_be_between`.

use super::super::judge;
use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Bounds, Literal, Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null value of a column to lie between two bounds.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `min_value`, `max_value`: inclusive bounds, in the column's own type: numbers, dates and times in ISO 8601,
    ///   texts (compared by code point). At least one is given; an open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    /// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
    /// status is `vacuous`: the expectation succeeds, and the report says that nothing was tested.
    ///
    /// ## Metrics
    /// A tally of the column's values by the bounds, shared with every expectation that asks for the same.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_values_to_be_between: {column: amount, min_value: 0, max_value: 10000, mostly: 0.99}
    /// ```
    pub struct ColumnValuesToBeBetween {
        /// The lower bound.
        #[serde(default)]
        min_value: Option<Literal>,
        /// The upper bound.
        #[serde(default)]
        max_value: Option<Literal>,
        /// The lower bound itself does not comply.
        #[serde(default)]
        strict_min: bool,
        /// The upper bound itself does not comply.
        #[serde(default)]
        strict_max: bool,
    }
}

impl Words for ColumnValuesToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} {}", kwargs.column()?, kwargs.bounds("lies")))
    }
}

impl Check for ColumnValuesToBeBetween {
    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.min_value.is_none() && self.max_value.is_none() {
            return Err(("column", "neither `min_value` nor `max_value` is given".to_owned()));
        }
        judge::check_bounds(self.min_value.as_ref(), self.max_value.as_ref())
    }
}

impl ColumnValuesToBeBetween {
    fn predicate(&self) -> Predicate {
        let bounds = Bounds {
            min: self.min_value.clone(),
            max: self.max_value.clone(),
            strict_min: self.strict_min,
            strict_max: self.strict_max,
        };
        Predicate::value(&self.column, Test::Between(bounds))
    }
}
