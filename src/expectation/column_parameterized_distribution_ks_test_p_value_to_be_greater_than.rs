//! `expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

use super::super::judge::Fraction;
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::Family;
use crate::statistics::{Distance, Distribution, exceedance};
use crate::verdict::{Outcome, Problem};
use crate::words::Kwargs;

/// Expects a column of numbers to be distributed as a named distribution is: the two-sided Kolmogorov–Smirnov test gives a
/// p-value greater than `p_value`.
///
/// `observed_value` is the p-value; `details` hold the `expected_params` and the `observed_ks_result`: statistic and
/// p-value. The greater the data, the smaller the deviations that the test finds.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `distribution`: the distribution, as SciPy names it: `norm`, `expon`, `uniform`, `gamma`, `beta`, `chi2`, `t`,
///   `lognorm`, `weibull_min`.
/// - `params`: its parameters, by name or as a list in SciPy's order: those of its shape, then `loc` (default 0) and
///   `scale` (default 1). The shapes are `alpha` of `gamma`; `alpha` and `beta` of `beta`; `df` of `chi2` and `t`; `s` of
///   `lognorm`; `c` of `weibull_min`. `norm` may be given by `mean` and `std_dev`, `uniform` by `min` and `max`. Default:
///   none.
/// - `p_value`: the p-value that has to be exceeded, above 0 and below 1. Default: 0.05.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are left out. Without any value there is no p-value, and the expectation fails.
///
/// ## Metrics
/// All values of the column in order: 8 bytes for each, on disk past the memory limit.
///
/// ## Example
/// ```yaml
/// - expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than:
///     column: error
///     distribution: norm
///     params: {mean: 0, std_dev: 0.5}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnParameterizedDistributionKsTestPValueToBeGreaterThan {
    /// The column, or a path into nested ones.
    column: String,
    /// The distribution, as SciPy names it.
    distribution: String,
    /// Its parameters.
    #[serde(default)]
    params: Params,
    /// The p-value that has to be exceeded.
    #[serde(default = "Fraction::one_in_twenty")]
    p_value: Fraction,
}

/// Parameters of a distribution.
#[derive(Debug, Clone)]
enum Params {
    Named(BTreeMap<String, f64>),
    Listed(Vec<f64>),
}

impl Words for ColumnParameterizedDistributionKsTestPValueToBeGreaterThan {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let distribution = kwargs.name("distribution")?;
        Some(format!(
            "{} follow {distribution} (Kolmogorov-Smirnov test, {})",
            kwargs.values()?,
            kwargs.p_value("p_value")
        ))
    }
}

impl Default for Params {
    fn default() -> Self {
        Self::Named(BTreeMap::new())
    }
}

impl JsonSchema for Params {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DistributionParams".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "object", "additionalProperties": { "type": "number" } },
                { "type": "array", "items": { "type": "number" } },
            ]
        })
    }
}

impl<'de> Deserialize<'de> for Params {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ParamsVisitor;

        impl<'de> Visitor<'de> for ParamsVisitor {
            type Value = Params;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parameters by name, or a list of them")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Params, A::Error> {
                let mut listed = Vec::new();
                while let Some(item) = items.next_element()? {
                    listed.push(item);
                }
                Ok(Params::Listed(listed))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Params, A::Error> {
                let mut named = BTreeMap::new();
                while let Some((name, value)) = entries.next_entry()? {
                    named.insert(name, value);
                }
                Ok(Params::Named(named))
            }
        }

        deserializer.deserialize_any(ParamsVisitor)
    }
}

impl Params {
    /// Makes the distribution of this name.
    fn distribution(&self, name: &str) -> Result<Distribution, String> {
        let shapes = Distribution::KNOWN.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, shapes)| shapes);
        let (shapes, loc, scale) = match self {
            Self::Listed(listed) => {
                if listed.len() > shapes.len() + 2 {
                    let most = shapes.len() + 2;
                    return Err(format!("`{name}` is given {} parameters, expected {most} at most", listed.len()));
                }
                let (shapes, rest) = listed.split_at(shapes.len().min(listed.len()));
                (shapes.to_vec(), rest.first().copied().unwrap_or(0.0), rest.get(1).copied().unwrap_or(1.0))
            }
            Self::Named(named) => {
                let other_names: &[&str] = match name {
                    "norm" => &["mean", "std_dev"],
                    "uniform" => &["min", "max"],
                    _ => &[],
                };
                let known: Vec<&str> = shapes.iter().chain(other_names).copied().chain(["loc", "scale"]).collect();
                if let Some(unknown) = named.keys().find(|key| !known.contains(&key.as_str())) {
                    let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
                    return Err(format!("`{name}` has no parameter `{unknown}`, expected {}", known.join(", ")));
                }
                let get = |key: &str| named.get(key).copied();
                let [location, spread] = match other_names {
                    [location, spread] => [get(location), get(spread)],
                    _ => [None, None],
                };
                let loc = location.or(get("loc")).unwrap_or(0.0);
                let spread = if name == "uniform" { spread.map(|max| max - loc) } else { spread };
                let given = shapes.iter().filter_map(|shape| get(shape)).collect();
                (given, loc, spread.or(get("scale")).unwrap_or(1.0))
            }
        };
        Distribution::new(name, &shapes, loc, scale)
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Named(named) => json!(named),
            Self::Listed(listed) => json!(listed),
        }
    }
}

impl Check for ColumnParameterizedDistributionKsTestPValueToBeGreaterThan {
    fn check(&self) -> Result<(), (&'static str, String)> {
        if !Distribution::KNOWN.iter().any(|(known, _)| *known == self.distribution) {
            let unknown = Distribution::new(&self.distribution, &[], 0.0, 1.0);
            return unknown.map(|_| ()).map_err(|message| ("distribution", message));
        }
        if self.p_value.0 <= 0.0 || self.p_value.0 >= 1.0 {
            return Err(("p_value", format!("`p_value` is {}, expected a number above 0 and below 1", self.p_value.0)));
        }
        self.params.distribution(&self.distribution).map(|_| ()).map_err(|message| ("params", message))
    }
}

impl Expectation for ColumnParameterizedDistributionKsTestPValueToBeGreaterThan {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let data_type = data.type_of_all(&self.column)?;
        if Family::of(&data_type) == Family::Time {
            let message = format!("column `{}` ({data_type}) holds times, expected numbers", self.column);
            return Err(Problem::new("type-mismatch", message).at("column").into());
        }
        let expected = self.params.distribution(&self.distribution);
        let expected = expected.map_err(|message| Problem::new("wrong-value", message).at("params"))?;
        let values = data.quantiles(&self.column)?;
        let size = values.count();
        if size == 0 {
            return Ok(Outcome::observed(false, Value::Null));
        }
        let mut distance = Distance::of(size);
        values.visit(|value| distance.add(value.as_f64().map_or(f64::NAN, |value| expected.cdf(value))))?;
        let statistic = distance.greatest();
        let p_value = exceedance(size, statistic);
        Ok(Outcome::observed(p_value > self.p_value.0, p_value)
            .with_detail("expected_params", self.params.to_json())
            .with_detail("observed_ks_result", json!([statistic, p_value])))
    }
}
