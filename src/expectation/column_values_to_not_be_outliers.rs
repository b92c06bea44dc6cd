//! `expect_column_values_to_not_be_outliers`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Bounds, Literal, Predicate, Test};
use crate::metric::moments::is_summable;
use crate::metric::quantile::Interpolation;
use crate::verdict::{Outcome, Problem};

/// Expects no value of a column of numbers to lie far from the others.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `method`: `iqr` measures the distance from the median in interquartile ranges (of linearly interpolated
///   quartiles), `std` that from the mean in standard deviations (that of a sample). Default: `iqr`.
/// - `multiplier`: how many ranges or deviations are far, 0 or more. A value exactly that far away is an outlier.
///   Default: 1.5.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
/// status is `vacuous`. Where nothing spreads, because the range or deviation is 0, only values at the center comply;
/// where there is none, because there is but one value, every value does.
///
/// ## Metrics
/// For `iqr` all values of the column in order, 8 bytes each; for `std` count, mean and standard deviation. In a second
/// pass a tally of the column's values by the bounds that follow.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_not_be_outliers: {column: amount, method: iqr, multiplier: 3, mostly: 0.999}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToNotBeOutliers {
    /// The column, or a path into nested ones.
    column: String,
    /// How distance is measured.
    #[serde(default)]
    method: Method,
    /// How many ranges or deviations are far.
    #[serde(default = "usual_multiplier")]
    multiplier: f64,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

/// How distance is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// From the median, in interquartile ranges.
    #[default]
    Iqr,
    /// From the mean, in standard deviations.
    Std,
}

fn usual_multiplier() -> f64 {
    1.5
}

impl Check for ColumnValuesToNotBeOutliers {
    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.multiplier >= 0.0 {
            return Ok(());
        }
        Err(("multiplier", format!("`multiplier` is {}, expected 0 or more", self.multiplier)))
    }
}

impl Expectation for ColumnValuesToNotBeOutliers {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let bounds = match self.measure(data)? {
            None => Bounds::default(),
            Some((center, distance)) => {
                let at = |value| Some(Literal::Float(value));
                let strict = distance > 0.0;
                Bounds {
                    min: at(center - distance),
                    max: at(center + distance),
                    strict_min: strict,
                    strict_max: strict,
                }
            }
        };
        let predicate = Predicate::value(&self.column, Test::Between(bounds));
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}

impl ColumnValuesToNotBeOutliers {
    /// Returns the center, and the distance at which a value is an outlier; `None` where there is no spread to speak of.
    fn measure(&self, data: &mut Inquiry<'_>) -> Result<Option<(f64, f64)>, Stop> {
        let (center, spread) = match self.method {
            Method::Std => {
                let moments = data.moments(&self.column, true)?;
                (moments.mean(), moments.stdev())
            }
            Method::Iqr => {
                let data_type = data.data_type(&self.column)?;
                if !is_summable(&data_type) {
                    let message = format!("column `{}` ({data_type}) has no outliers, numbers do", self.column);
                    return Err(Problem::new("type-mismatch", message).at("column").into());
                }
                let values = data.quantiles(&self.column)?;
                let quartile = |q| values.quantile(q, Interpolation::Linear).and_then(|value| value.as_f64());
                (quartile(0.5), quartile(0.75).zip(quartile(0.25)).map(|(third, first)| third - first))
            }
        };
        let measured = center.zip(spread.map(|spread| spread * self.multiplier));
        Ok(measured.filter(|(center, distance)| center.is_finite() && !distance.is_nan()))
    }
}
