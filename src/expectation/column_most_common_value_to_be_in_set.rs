//! `expect_column_most_common_value_to_be_in_set`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::distinct::{Lookup, equals, single_values};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::Literal;
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects the most common value of a column to be one of a set.
///
/// `observed_value` lists the most common values: more than one where several occur equally
/// often, null where these are more than 1,000.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `value_set`: the values. Numbers equal numbers of any type (`1` is `1.0`, `true` is `1`), texts equal texts only;
///   dates and times are given in ISO 8601.
/// - `ties_okay`: where several values are the most common ones, it is enough that one of them is in the set; otherwise a
///   tie fails, whatever the set. Default: false.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are no values. Without any value the expectation fails.
///
/// ## Metrics
/// How often each value of the column occurs; past the memory limit they are counted on disk.
///
/// ## Example
/// ```yaml
/// - expect_column_most_common_value_to_be_in_set: {column: currency, value_set: [EUR], ties_okay: true}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnMostCommonValueToBeInSet {
    /// The column, or a path into nested ones.
    column: String,
    /// The values.
    value_set: Vec<Literal>,
    /// One of several most common values in the set is enough.
    #[serde(default)]
    ties_okay: bool,
}

impl Words for ColumnMostCommonValueToBeInSet {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("the most common value of {} is one of {}", kwargs.column()?, kwargs.members("value_set")?))
    }
}

impl Check for ColumnMostCommonValueToBeInSet {}

impl Expectation for ColumnMostCommonValueToBeInSet {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let frequencies = data.frequencies(&self.column, None)?;
        let highest = frequencies.highest();
        if frequencies.modes() <= SHOWN_MODES {
            let modes = single_values(frequencies.sorted(|count| count == highest)?);
            let lookup = Lookup::new(&modes);
            let is_member = self.value_set.iter().any(|literal| lookup.find(literal).is_some());
            let observed: Value = modes.iter().map(|(mode, _)| mode.to_json()).collect();
            return Ok(Outcome::observed(is_member && (self.ties_okay || modes.len() == 1), observed));
        }
        let mut is_member = false;
        if self.ties_okay {
            frequencies.visit(|mut values, count| {
                let mode = values.pop().filter(|_| count == highest && !is_member);
                is_member |= mode.is_some_and(|mode| self.value_set.iter().any(|literal| equals(&mode, literal)));
            })?;
        }
        Ok(Outcome::observed(is_member, Value::Null))
    }
}

/// How many most common values a result shows.
const SHOWN_MODES: u64 = 1_000;
