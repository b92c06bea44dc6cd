//! `expect_compound_columns_to_be_unique`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, IgnoreRecord, Mostly, Shape};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::{IgnoreRowIf, Predicate};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects no combination of values of several columns to occur twice.
///
/// ## Parameters
/// - `column_list`: the columns, at least one, or paths into nested ones.
/// - `ignore_row_if`: rows left out: `all_values_are_missing`, `any_value_is_missing` or `never`. Default:
///   `all_values_are_missing`.
/// - `mostly`: the fraction, 0 to 1, of the rows not left out whose combination must occur once only. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the others
/// two nulls are the same value. With no row to judge the status is `vacuous`. Every row with a repeated combination is
/// unexpected, the first as well.
///
/// ## Metrics
/// Where the rows seem to come in the order of the columns, that order as proof; else how often each combination
/// occurs, on disk past the memory limit. Examples of repeated ones are read in a second pass, or several where the repeated
/// ones do not fit into memory at once.
///
/// ## Example
/// ```yaml
/// - expect_compound_columns_to_be_unique: {column_list: [order_id, line_number]}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompoundColumnsToBeUnique {
    /// The columns, or paths into nested ones.
    column_list: Vec<String>,
    /// Which rows are left out.
    #[serde(default)]
    ignore_row_if: IgnoreRecord,
    /// The fraction of rows whose combination must occur once only.
    #[serde(default)]
    mostly: Mostly,
}

impl Words for CompoundColumnsToBeUnique {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} together are unique", kwargs.columns()?))
    }
}

impl Check for CompoundColumnsToBeUnique {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_length("column_list", &self.column_list, 1)
    }
}

impl Expectation for CompoundColumnsToBeUnique {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let rule = self.ignore_row_if.into();
        let question =
            judge::about_columns(&self.column_list, rule, Predicate::Constant(true), Shape::Record, self.mostly);
        let taking_part = (rule != IgnoreRowIf::Never).then_some(&question.predicate);
        judge::unique(data, &question, taking_part)
    }
}
