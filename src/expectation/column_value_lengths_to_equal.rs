//! `expect_column_value_lengths_to_equal`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Bounds, Literal, Predicate, Test};
use crate::verdict::Outcome;

/// Expects every non-null value of a column to have a certain length.
///
/// The length of a text is its number of Unicode code points, of bytes their number, of a list or map the number of its
/// elements; of a number, date or boolean, that of its text as Python writes it (`12` has length 2).
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `value`: the length.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
/// status is `vacuous`.
///
/// ## Metrics
/// A tally of the column's values by the length, once per dictionary value where the column has a dictionary.
///
/// ## Example
/// ```yaml
/// - expect_column_value_lengths_to_equal: {column: country_code, value: 2}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValueLengthsToEqual {
    /// The column, or a path into nested ones.
    column: String,
    /// The length.
    value: Literal,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnValueLengthsToEqual {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_number("value", Some(&self.value))
    }
}

impl Expectation for ColumnValueLengthsToEqual {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let length = Some(self.value.clone());
        let bounds = Bounds { min: length.clone(), max: length, ..Bounds::default() };
        let predicate = Predicate::value(&self.column, Test::Length(bounds));
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}
