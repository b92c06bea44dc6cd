//! `expect_column_mean_to_be_between`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{Expectation, Inquiry, Stop, judge};
use super::Check;
use crate::column::{Bounds, Literal, Scalar};
use crate::verdict::Outcome;

/// Expects the arithmetic mean of a column of numbers to lie between two bounds.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `min_value`, `max_value`: inclusive bounds. An open bound is left out or null.
/// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are left out. Without any value there is no mean, and the expectation fails. Booleans
/// count as 0 and 1.
///
/// ## Metrics
/// Count and sum of the column, summed without rounding and rounded once.
///
/// ## Example
/// ```yaml
/// - expect_column_mean_to_be_between: {column: distance, min_value: 500, max_value: 2000}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnMeanToBeBetween {
    /// The column, or a path into nested ones.
    column: String,
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

impl Check for ColumnMeanToBeBetween {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_bounds(self.min_value.as_ref(), self.max_value.as_ref())
    }
}

impl Expectation for ColumnMeanToBeBetween {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let bounds = Bounds {
            min: self.min_value.clone(),
            max: self.max_value.clone(),
            strict_min: self.strict_min,
            strict_max: self.strict_max,
        };
        let mean = data.moments(&self.column, false)?.mean().map(Scalar::Float);
        judge::bounded(mean.as_ref(), &bounds)
    }
}
