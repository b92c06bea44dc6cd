//! `expect_column_quantile_values_to_be_between`.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::{Value, json};

use super::super::{Expectation, Inquiry, Stop, judge};
use super::{Check, Words};
use crate::column::{Bounds, Literal, Scalar};
use crate::metric::quantile::{Interpolation, Quantiles};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects quantiles of a column of numbers or times to lie between bounds.
///
/// `observed_value` holds the `quantiles` and their `values`, `details.success_details` whether each lies between its
/// bounds. As in Great Expectations, a number that is closer to a bound than a ten-thousandth of it lies inside.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `quantile_ranges`: `quantiles`, a list of fractions from 0 to 1, and `value_ranges`, for each of them a list of an
///   inclusive lower and upper bound, null where open; times in ISO 8601.
/// - `allow_relative_error`: which value stands for a quantile that lies between two: the `lower`, the `higher`, the
///   `nearest`, their `midpoint`, or the one on the straight line between them (`linear`), as NumPy calls them. `false`
///   and `true` mean `nearest`. Default: false. Quantiles are always exact.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are left out. Without any value the quantiles are null, and the expectation fails.
///
/// ## Metrics
/// All values of the column in order, exactly: 8 bytes for each, on disk past the memory limit.
///
/// ## Example
/// ```yaml
/// - expect_column_quantile_values_to_be_between:
///     column: delay_minutes
///     quantile_ranges:
///       quantiles: [0.05, 0.5, 0.95]
///       value_ranges: [[-20, 0], [-5, 5], [null, 60]]
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnQuantileValuesToBeBetween {
    /// The column, or a path into nested ones.
    column: String,
    /// The quantiles and their bounds.
    quantile_ranges: QuantileRanges,
    /// Which value stands for a quantile that lies between two.
    #[serde(default)]
    allow_relative_error: Between,
}

/// Quantiles and their bounds, in the same order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct QuantileRanges {
    /// Fractions from 0 to 1.
    quantiles: Vec<f64>,
    /// A lower and an upper bound for each.
    value_ranges: Vec<Vec<Option<Literal>>>,
}

/// Which value stands for a quantile that lies between two.
#[derive(Debug, Clone, Copy)]
struct Between(Interpolation);

impl Words for ColumnQuantileValuesToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("the quantiles of {} lie within {}", kwargs.column()?, kwargs.quantiles()?))
    }
}

impl Default for Between {
    fn default() -> Self {
        Self(Interpolation::Nearest)
    }
}

impl JsonSchema for Between {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AllowRelativeError".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": [false, true, "linear", "lower", "higher", "midpoint", "nearest"] })
    }
}

impl<'de> Deserialize<'de> for Between {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BetweenVisitor;

        impl Visitor<'_> for BetweenVisitor {
            type Value = Between;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("false, true, or one of `linear`, `lower`, `higher`, `midpoint`, `nearest`")
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Between, E> {
                Ok(Between::default())
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Between, E> {
                Ok(Between(match name {
                    "linear" => Interpolation::Linear,
                    "lower" => Interpolation::Lower,
                    "higher" => Interpolation::Higher,
                    "midpoint" => Interpolation::Midpoint,
                    "nearest" => Interpolation::Nearest,
                    _ => {
                        let expected = "`linear`, `lower`, `higher`, `midpoint`, `nearest`";
                        return Err(E::custom(format!("`{name}` is no way to find a quantile, expected {expected}")));
                    }
                }))
            }
        }

        deserializer.deserialize_any(BetweenVisitor)
    }
}

impl Check for ColumnQuantileValuesToBeBetween {
    fn check(&self) -> Result<(), (&'static str, String)> {
        let QuantileRanges { quantiles, value_ranges } = &self.quantile_ranges;
        let fault = |message: String| Err(("quantile_ranges", message));
        if let Some(outside) = quantiles.iter().find(|quantile| !(0.0..=1.0).contains(*quantile)) {
            return fault(format!("the quantile {outside} is not between 0 and 1"));
        }
        if quantiles.len() != value_ranges.len() {
            return fault(format!(
                "`quantiles` has {} entries and `value_ranges` {}, expected as many",
                quantiles.len(),
                value_ranges.len()
            ));
        }
        for range in value_ranges {
            let [low, high] = range.as_slice() else {
                return fault(format!("a range has {} entries, expected a lower and an upper bound", range.len()));
            };
            if let Err((_, message)) = judge::check_bounds(low.as_ref(), high.as_ref()) {
                return fault(message.replace("`min_value`", "the bound").replace("`max_value`", "the bound"));
            }
        }
        Ok(())
    }
}

impl Expectation for ColumnQuantileValuesToBeBetween {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let QuantileRanges { quantiles, value_ranges } = &self.quantile_ranges;
        let values: &Quantiles = data.quantiles(&self.column)?;
        let observed = quantiles.iter().map(|quantile| values.quantile(*quantile, self.allow_relative_error.0));
        let observed: Vec<Option<Scalar>> = observed.collect::<Result<_, _>>()?;
        let mut inside = Vec::with_capacity(observed.len());
        for (value, range) in observed.iter().zip(value_ranges) {
            let Some(value) = value else {
                inside.push(false);
                continue;
            };
            let bounds = Bounds { min: at(range, 0), max: at(range, 1), ..Bounds::default() };
            let is_close = [&bounds.min, &bounds.max].into_iter().flatten().any(|bound| is_close(value, bound));
            let is_within = judge::is_within(value, &bounds);
            inside.push(is_within.map_err(|problem| Stop::Problem(problem.at("quantile_ranges")))? || is_close);
        }
        let shown: Vec<Value> =
            observed.iter().map(|value| value.as_ref().map_or(Value::Null, Scalar::to_json)).collect();
        let success = inside.iter().all(|inside| *inside);
        let outcome = Outcome::observed(success, json!({ "quantiles": quantiles, "values": shown }));
        Ok(outcome.with_detail("success_details", inside))
    }
}

fn at(range: &[Option<Literal>], place: usize) -> Option<Literal> {
    range.get(place).cloned().flatten()
}

/// Tells whether a number is a bound but for rounding, as NumPy's `isclose` with a relative tolerance of 1e-4 does.
fn is_close(value: &Scalar, bound: &Literal) -> bool {
    match (value.as_f64(), bound.as_f64()) {
        (Some(value), Some(bound)) => value == bound || (value - bound).abs() <= 1e-8 + 1e-4 * bound.abs(),
        _ => false,
    }
}
