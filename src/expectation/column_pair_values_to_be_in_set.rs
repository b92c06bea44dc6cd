//! `expect_column_pair_values_to_be_in_set`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, IgnorePair, Mostly, Shape};
use super::super::{Expectation, Inquiry, Stop};
use super::Check;
use crate::column::{Literal, Predicate};
use crate::verdict::Outcome;

/// Expects the values of two columns in every row to be one of a set of pairs.
///
/// ## Parameters
/// - `column_A`, `column_B`: the columns, or paths into nested ones.
/// - `value_pairs_set`: the pairs, each a list of two values. Numbers equal numbers of any type, dates and times are
///   given in ISO 8601, and a null is met by a null alone.
/// - `ignore_row_if`: rows left out: `both_values_are_missing`, `either_value_is_missing` or `neither`. Default:
///   `both_values_are_missing`.
/// - `mostly`: the fraction, 0 to 1, of the rows not left out that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Rows that `ignore_row_if` leaves out are counted in `missing_count`; NaN in float columns is null. Among the others
/// a null is a value like any other. With no row to judge the status is `vacuous`.
///
/// ## Metrics
/// A tally of the rows by the pairs.
///
/// ## Example
/// ```yaml
/// - expect_column_pair_values_to_be_in_set:
///     column_A: country
///     column_B: currency
///     value_pairs_set: [[DE, EUR], [FR, EUR], [CH, CHF]]
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnPairValuesToBeInSet {
    /// The first column.
    #[serde(rename = "column_A")]
    column_a: String,
    /// The second column.
    #[serde(rename = "column_B")]
    column_b: String,
    /// The pairs.
    value_pairs_set: Vec<(Literal, Literal)>,
    /// Which rows are left out.
    #[serde(default)]
    ignore_row_if: IgnorePair,
    /// The fraction of the rows not left out that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Check for ColumnPairValuesToBeInSet {}

impl Expectation for ColumnPairValuesToBeInSet {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let columns = [self.column_a.clone(), self.column_b.clone()];
        let predicate = Predicate::PairInSet {
            left: self.column_a.clone(),
            right: self.column_b.clone(),
            pairs: self.value_pairs_set.clone(),
        };
        let question = judge::about_columns(&columns, self.ignore_row_if.into(), predicate, Shape::Pair, self.mostly);
        judge::rows(data, &question)
    }
}
