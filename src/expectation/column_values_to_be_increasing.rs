//! `expect_column_values_to_be_increasing`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::Direction;
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects each non-null value of a column to be at least the one before it.
///
/// Numbers, dates and times have an order; other types are a `type-mismatch`, texts too: `10` would stand before `9`. Of a
/// pair in the wrong order the later value is unexpected.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `strictly`: equal neighbors do not comply. Default: false.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and passed over: a value is held against the last
/// one that is there. The first value always complies. With no value the status is `vacuous`.
///
/// ## Metrics
/// The order of the column in the order of the input, files one after the other, and a tally of its nulls.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_be_increasing: {column: version, strictly: true}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToBeIncreasing {
    /// The column, or a path into nested ones.
    column: String,
    /// Equal neighbors do not comply.
    #[serde(default)]
    strictly: bool,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Words for ColumnValuesToBeIncreasing {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let change = if kwargs.is(true, "strictly") { "increases" } else { "never decreases" };
        Some(format!("{} {change} from row to row", kwargs.column()?))
    }
}

impl Check for ColumnValuesToBeIncreasing {}

impl Expectation for ColumnValuesToBeIncreasing {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        judge::ordered(data, &self.column, Direction::Increasing, self.strictly, self.mostly)
    }
}
