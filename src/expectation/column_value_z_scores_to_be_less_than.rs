//! `expect_column_value_z_scores_to_be_less_than`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::{Bounds, Literal, Predicate, Test};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects every non-null value of a column of numbers to lie less than so many standard deviations above the mean.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `threshold`: how many standard deviations. A value that far away does not comply.
/// - `double_sided`: the distance below the mean counts as well.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
/// status is `vacuous`. Where there is no deviation, because all values are the same or there is but one, every value
/// complies.
///
/// ## Metrics
/// Count, mean and standard deviation of the column (that of a sample), and in a second pass a tally of its values by
/// the bounds that follow. Mean and variance are exact, rounded once.
///
/// ## Example
/// ```yaml
/// - expect_column_value_z_scores_to_be_less_than: {column: amount, threshold: 4, double_sided: true}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValueZScoresToBeLessThan {
    /// The column, or a path into nested ones.
    column: String,
    /// How many standard deviations.
    threshold: f64,
    /// The distance below the mean counts as well.
    double_sided: bool,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Words for ColumnValueZScoresToBeLessThan {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let score = if kwargs.is(true, "double_sided") { "an absolute z-score" } else { "a z-score" };
        Some(format!("{} has {score} below {}", kwargs.column()?, kwargs.inline("threshold")?))
    }
}

impl Check for ColumnValueZScoresToBeLessThan {}

impl Expectation for ColumnValueZScoresToBeLessThan {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let why = "to judge the values by the bounds that follow from their mean and deviation";
        data.foretell(why, std::slice::from_ref(&self.column));
        let moments = data.moments(&self.column, true)?;
        let bounds = match (moments.mean(), moments.stdev()) {
            (Some(mean), Some(deviation)) if deviation > 0.0 => self.bounds(mean, deviation),
            _ => Bounds::default(),
        };
        let predicate = Predicate::value(&self.column, Test::Between(bounds));
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}

impl ColumnValueZScoresToBeLessThan {
    fn bounds(&self, mean: f64, deviation: f64) -> Bounds {
        let threshold = if self.double_sided { self.threshold.abs() } else { self.threshold };
        let min = self.double_sided.then_some(Literal::Float(mean - threshold * deviation));
        let max = Some(Literal::Float(mean + threshold * deviation));
        Bounds { min, max, strict_min: true, strict_max: true }
    }
}
