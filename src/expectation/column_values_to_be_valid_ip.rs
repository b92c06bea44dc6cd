//! `expect_column_values_to_be_valid_ip`.

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Format, Predicate, Test};
use crate::words::Kwargs;

column_map! {
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
    pub struct ColumnValuesToBeValidIp {
        /// The version, 4 or 6; either if not given.
        #[serde(default)]
        version: Option<u8>,
    }
}

impl Words for ColumnValuesToBeValidIp {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(match kwargs.inline("version") {
            Some(version) => format!("{} is an IP address of version {version}", kwargs.column()?),
            None => format!("{} is an IP address", kwargs.column()?),
        })
    }
}

impl Check for ColumnValuesToBeValidIp {
    fn check(&self) -> Result<(), (&'static str, String)> {
        match self.version {
            None | Some(4 | 6) => Ok(()),
            Some(other) => Err(("version", format!("`version` is {other}, expected 4 or 6"))),
        }
    }
}

impl ColumnValuesToBeValidIp {
    fn predicate(&self) -> Predicate {
        let format = match self.version {
            Some(4) => Format::Ipv4,
            Some(_) => Format::Ipv6,
            None => Format::Ip,
        };
        Predicate::value(&self.column, Test::Format(format))
    }
}
