//! `expect_row_to_satisfy`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion, Shape};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::{Predicate, sql};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects every row to satisfy a condition in SQL.
///
/// ## Parameters
/// - `condition`: an expression over the columns of a row that is true or false. Names with other characters than
///   letters, digits and `_` stand in double quotes, texts in single ones, and the case of names counts.
/// - `columns`: the columns that are shown of an unexpected row. Default: those that the condition names.
/// - `mostly`: the fraction, 0 to 1, of the rows with an answer that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// A condition that is null, as a comparison with a null is, has no answer: the row is counted in `missing_count` and
/// judged neither way. NaN in float columns is null. Without answers the status is `vacuous`.
///
/// ## Metrics
/// A tally of the rows by the condition, which DataFusion evaluates batch by batch.
///
/// ## Example
/// ```yaml
/// - expect_row_to_satisfy: {condition: "total = net + tax or status = 'canceled'", mostly: 0.99}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowToSatisfy {
    /// The condition.
    condition: String,
    /// The columns that are shown of an unexpected row.
    #[serde(default)]
    columns: Option<Vec<String>>,
    /// The fraction of the rows with an answer that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Words for RowToSatisfy {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("each row satisfies {}", kwargs.query("condition")?))
    }
}

impl Check for RowToSatisfy {}

impl Expectation for RowToSatisfy {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let columns = match &self.columns {
            Some(columns) => columns.clone(),
            None => sql::columns_of(&self.condition, data.schema).map_err(|problem| problem.at("condition"))?,
        };
        let predicate = Predicate::Sql(self.condition.clone());
        let question = RowQuestion { predicate, columns, shape: Shape::Record, mostly: self.mostly, has_missing: true };
        judge::rows(data, &question)
    }
}
