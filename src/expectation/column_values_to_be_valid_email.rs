//! `expect_column_values_to_be_valid_email`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Format, Predicate, Test};
use crate::verdict::Outcome;

/// Expects every non-null text of a column to be an email address.
///
/// An address is one of RFC 5321, without a display name, whose domain has a dot or is an IP address in brackets. Whether
/// the mailbox exists is not looked at.
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
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToBeValidEmail {
    /// The column, or a path into nested ones.
    column: String,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnValuesToBeValidEmail {}

impl Expectation for ColumnValuesToBeValidEmail {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let predicate = Predicate::value(&self.column, Test::Format(Format::Email));
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}
