//! `expect_column_distinct_values_to_be_in_set`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::distinct::{self, Wanted};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::Literal;
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects every distinct value of a column to be one of a set.
///
/// `observed_value` lists the distinct values and `details.value_counts` how often each occurs, where there are no more
/// than 1,000; else `observed_value` is null.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `value_set`: the values, one at least. Numbers equal numbers of any type (`1` is `1.0`, `true` is `1`), texts equal texts only;
///   dates and times are given in ISO 8601. A null in the set changes nothing.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are no values. Without any value the status is `vacuous`.
///
/// ## Metrics
/// How often each value of the column occurs, where they are few. Where there are more distinct values than 1,000 and than
/// the set has members, they are not kept, and memory stays small.
///
/// ## Example
/// ```yaml
/// - expect_column_distinct_values_to_be_in_set: {column: status, value_set: [new, paid, shipped]}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnDistinctValuesToBeInSet {
    /// The column, or a path into nested ones.
    column: String,
    /// The values.
    value_set: Vec<Literal>,
}

impl Words for ColumnDistinctValuesToBeInSet {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("every distinct value of {} is one of {}", kwargs.column()?, kwargs.members("value_set")?))
    }
}

impl Check for ColumnDistinctValuesToBeInSet {
    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.value_set.is_empty() {
            return Err(("value_set", "`value_set` is empty, expected one value at least".to_owned()));
        }
        Ok(())
    }
}

impl Expectation for ColumnDistinctValuesToBeInSet {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        distinct::judge(data, &self.column, &self.value_set, Wanted::Within)
    }
}
