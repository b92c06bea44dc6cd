//! `expect_column_value_lengths_to_be_between`.

use super::super::judge;
use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Bounds, Literal, Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects the length of every non-null value of a column to lie between two bounds.
    ///
    /// The length of a text is its number of Unicode code points, of bytes their number, of a list or map the number of
    /// its elements; of a number, date or boolean, that of its text as Python writes it (`12` has length 2).
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `min_value`, `max_value`: inclusive bounds. At least one is given; an open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    /// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
    /// status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the column's values by the length, once per dictionary value where the column has a dictionary.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_value_lengths_to_be_between: {column: name, min_value: 1, max_value: 80}
    /// ```
    pub struct ColumnValueLengthsToBeBetween {
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

impl Words for ColumnValueLengthsToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} has {}", kwargs.column()?, kwargs.length()))
    }
}

impl Check for ColumnValueLengthsToBeBetween {
    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.min_value.is_none() && self.max_value.is_none() {
            return Err(("column", "neither `min_value` nor `max_value` is given".to_owned()));
        }
        judge::check_number("min_value", self.min_value.as_ref())?;
        judge::check_number("max_value", self.max_value.as_ref())?;
        judge::check_bounds(self.min_value.as_ref(), self.max_value.as_ref())
    }
}

impl ColumnValueLengthsToBeBetween {
    fn predicate(&self) -> Predicate {
        let bounds = Bounds {
            min: self.min_value.clone(),
            max: self.max_value.clone(),
            strict_min: self.strict_min,
            strict_max: self.strict_max,
        };
        Predicate::value(&self.column, Test::Length(bounds))
    }
}
