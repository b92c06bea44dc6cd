//! `expect_column_values_to_be_valid_uuid`.

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Format, Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null text of a column to be a UUID.
    ///
    /// A UUID is written as in RFC 9562, in either case; without hyphens, in braces and after `urn:uuid:` as well.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
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
    /// - expect_column_values_to_be_valid_uuid: {column: session_id}
    /// ```
    pub struct ColumnValuesToBeValidUuid {}
}

impl Words for ColumnValuesToBeValidUuid {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is a UUID", kwargs.column()?))
    }
}

impl Check for ColumnValuesToBeValidUuid {}

impl ColumnValuesToBeValidUuid {
    fn predicate(&self) -> Predicate {
        Predicate::value(&self.column, Test::Format(Format::Uuid))
    }
}
