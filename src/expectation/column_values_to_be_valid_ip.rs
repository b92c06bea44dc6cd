//! `expect_column_values_to_be_valid_ip`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Format, Predicate, Test};
use crate::verdict::Outcome;

/// Expects every non-null text of a column to be an IP address.
///
/// An address stands alone, without a port or a prefix length.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `version`: 4 or 6. Default: either.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
/// status is `vacuous`.
///
/// ## Metrics
/// A tally of the column's values by the format, once per dictionary value where the column has a dictionary.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_be_valid_ip: {column: client, version: 4}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToBeValidIp {
    /// The column, or a path into nested ones.
    column: String,
    /// The version, 4 or 6; either if not given.
    #[serde(default)]
    version: Option<u8>,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnValuesToBeValidIp {
    fn check(&self) -> Result<(), (&'static str, String)> {
        match self.version {
            None | Some(4 | 6) => Ok(()),
            Some(other) => Err(("version", format!("`version` is {other}, expected 4 or 6"))),
        }
    }
}

impl Expectation for ColumnValuesToBeValidIp {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let format = match self.version {
            Some(4) => Format::Ipv4,
            Some(_) => Format::Ipv6,
            None => Format::Ip,
        };
        let predicate = Predicate::value(&self.column, Test::Format(format));
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}
