//! `expect_column_values_to_be_valid_email`.

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Format, Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null text of a column to be an email address.
    ///
    /// An address is one of RFC 5321, without a display name, whose domain has a dot or is an IP address in brackets.
    /// Whether the mailbox exists is not looked at.
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
    /// - expect_column_values_to_be_valid_email: {column: email, mostly: 0.99}
    /// ```
    pub struct ColumnValuesToBeValidEmail {}
}

impl Words for ColumnValuesToBeValidEmail {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is an email address", kwargs.column()?))
    }
}

impl Check for ColumnValuesToBeValidEmail {}

impl ColumnValuesToBeValidEmail {
    fn predicate(&self) -> Predicate {
        Predicate::value(&self.column, Test::Format(Format::Email))
    }
}
