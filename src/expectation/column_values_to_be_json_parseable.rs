//! `expect_column_values_to_be_json_parseable`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Predicate, Test};
use crate::verdict::Outcome;

/// Expects every non-null value of a column to be a JSON text.
///
/// `NaN` and `Infinity` count as JSON, as they do in Python; an empty text does not. A value that is no text is
/// unexpected.
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
/// - expect_column_values_to_be_json_parseable: {column: payload}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToBeJsonParseable {
    /// The column, or a path into nested ones.
    column: String,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnValuesToBeJsonParseable {}

impl Expectation for ColumnValuesToBeJsonParseable {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let predicate = Predicate::value(&self.column, Test::Json);
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}
