//! `expect_column_values_to_not_be_outliers`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::{Bounds, Literal, Predicate, Scalar, Test};
use crate::metric::moments::is_summable;
use crate::metric::quantile::Interpolation;
use crate::verdict::{Outcome, Problem};
use crate::words::Kwargs;

/// Expects no value of a column of numbers to lie far from the others.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `method`: with `iqr` a value is an outlier beyond the fences, so many interquartile ranges below the first or above
///   the third quartile (linearly interpolated); exactly on a fence it is none. With `std` it is one so many standard
///   deviations (of a sample) from the mean, and exactly that far as well. Default: `iqr`.
/// - `multiplier`: how many ranges or deviations, 0 or more. Default: 1.5.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
/// status is `vacuous`. Where nothing spreads, because the range or deviation is 0, only values at the quartiles or the mean
/// comply; a single value complies always.
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
    /// From the quartiles, in interquartile ranges.
    #[default]
    Iqr,
    /// From the mean, in standard deviations.
    Std,
}

fn usual_multiplier() -> f64 {
    1.5
}

impl Words for ColumnValuesToNotBeOutliers {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let unit = match kwargs.text("method").as_deref() {
            Some("std") => "standard deviations from the mean",
            _ => "interquartile ranges outside the quartiles",
        };
        let multiplier = kwargs.inline("multiplier").unwrap_or_else(|| "1.5".to_owned());
        Some(format!("{} has no outliers ({multiplier} {unit})", kwargs.column()?))
    }
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
        let why = match self.method {
            Method::Iqr => "to judge the values by the fences that follow from their quartiles",
            Method::Std => "to judge the values by the bounds that follow from their mean and deviation",
        };
        data.foretell(why, std::slice::from_ref(&self.column));
        let bounds = match self.method {
            Method::Iqr => self.fences(data)?,
            Method::Std => self.deviations(data)?,
        };
        let predicate = Predicate::value(&self.column, Test::Between(bounds));
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}

impl ColumnValuesToNotBeOutliers {
    /// Returns the fences, which belong to the inside; open ones where the quartiles give none.
    fn fences(&self, data: &mut Inquiry<'_>) -> Result<Bounds, Stop> {
        let data_type = data.type_of_all(&self.column)?;
        if !is_summable(&data_type) {
            let message = format!("column `{}` ({data_type}) has no outliers, numbers do", self.column);
            return Err(Problem::new("type-mismatch", message).at("column").into());
        }
        let values = data.quantiles(&self.column)?;
        let quartile = |q| values.quantile(q, Interpolation::Linear);
        let (first, third) = (quartile(0.25)?, quartile(0.75)?);
        let number = |value: Option<Scalar>| value.and_then(|value| value.as_f64());
        let Some((first, third)) = number(first).zip(number(third)) else { return Ok(Bounds::default()) };
        let reach = self.multiplier * (third - first);
        Ok(between(first - reach, third + reach, false))
    }

    /// Returns the bounds around the mean, which are outside themselves; open ones where there is no deviation. Where it
    /// is zero, the mean is inside: there is nothing else.
    fn deviations(&self, data: &mut Inquiry<'_>) -> Result<Bounds, Stop> {
        let moments = data.moments(&self.column, true)?;
        let Some((mean, deviation)) = moments.mean().zip(moments.stdev()) else { return Ok(Bounds::default()) };
        let reach = self.multiplier * deviation;
        Ok(between(mean - reach, mean + reach, reach > 0.0))
    }
}

/// Returns bounds; open ones where infinite values leave no number to bound by.
fn between(low: f64, high: f64, strict: bool) -> Bounds {
    if low.is_nan() || high.is_nan() {
        return Bounds::default();
    }
    Bounds { min: Some(Literal::Float(low)), max: Some(Literal::Float(high)), strict_min: strict, strict_max: strict }
}
