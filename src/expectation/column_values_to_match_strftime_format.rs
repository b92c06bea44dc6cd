//! `expect_column_values_to_match_strftime_format`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Predicate, Test};
use crate::verdict::Outcome;

/// Expects every non-null text of a column to be a date or time in a certain format.
///
/// A column of dates or times has no format and is a `type-mismatch`.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `strftime_format`: the format, with the directives of Python's `strptime`. The whole text has to follow it.
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
/// - expect_column_values_to_match_strftime_format: {column: day, strftime_format: '%Y-%m-%d'}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToMatchStrftimeFormat {
    /// The column, or a path into nested ones.
    column: String,
    /// The format.
    strftime_format: String,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnValuesToMatchStrftimeFormat {}

impl Expectation for ColumnValuesToMatchStrftimeFormat {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let predicate = Predicate::value(&self.column, Test::Strftime(self.strftime_format.clone()));
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}
