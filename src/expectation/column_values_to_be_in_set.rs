//! `expect_column_values_to_be_in_set`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Literal, Predicate, Test};
use crate::verdict::Outcome;

/// Expects every non-null value of a column to be one of a set.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `value_set`: the values. Numbers equal numbers of any type (`1` is `1.0`, `true` is `1`), texts equal texts only;
///   dates and times are given in ISO 8601. A null in the set changes nothing. Of an empty set every value is
///   unexpected.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
/// status is `vacuous`.
///
/// ## Metrics
/// A tally of the column's values by the set, once per dictionary value where the column has a dictionary.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_be_in_set: {column: status, value_set: [new, paid, shipped]}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToBeInSet {
    /// The column, or a path into nested ones.
    column: String,
    /// The values.
    value_set: Vec<Literal>,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnValuesToBeInSet {}

impl Expectation for ColumnValuesToBeInSet {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let predicate = Predicate::value(&self.column, Test::InSet(self.value_set.clone()));
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}
