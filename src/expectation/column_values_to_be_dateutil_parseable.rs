//! `expect_column_values_to_be_dateutil_parseable`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Predicate, Test};
use crate::verdict::Outcome;

/// Expects every non-null text of a column to be a date or time in any usual spelling.
///
/// Usual is what Python's `dateutil` reads without further hints: `2024-01-31`, `31 Jan 2024 13:30`, `Monday`, `10`. A
/// column of dates or times is none of texts and is a `type-mismatch`.
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
/// A tally of the column's values by the parser, once per dictionary value where the column has a dictionary.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_be_dateutil_parseable: {column: sent}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToBeDateutilParseable {
    /// The column, or a path into nested ones.
    column: String,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnValuesToBeDateutilParseable {}

impl Expectation for ColumnValuesToBeDateutilParseable {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let predicate = Predicate::value(&self.column, Test::Dateutil);
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}
