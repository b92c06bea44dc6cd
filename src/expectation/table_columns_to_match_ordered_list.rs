//! `expect_table_columns_to_match_ordered_list`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects the columns of the data to be exactly these, in this order.
///
/// `details.mismatched` lists the positions at which another column stands than expected.
///
/// ## Parameters
/// - `column_list`: the names, in their case. Null: any columns comply.
///
/// ## Nulls, NaN and empty data
/// Values are not looked at.
///
/// ## Metrics
/// None: the schema is enough.
///
/// ## Example
/// ```yaml
/// - expect_table_columns_to_match_ordered_list: {column_list: [order_id, customer_id, amount]}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableColumnsToMatchOrderedList {
    /// The names, in their order.
    #[serde(default)]
    column_list: Option<Vec<String>>,
}

impl Words for TableColumnsToMatchOrderedList {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(match kwargs.columns() {
            Some(columns) => format!("the columns are {columns}, in this order"),
            None => "the columns are as they are".to_owned(),
        })
    }
}

impl Check for TableColumnsToMatchOrderedList {}

impl Expectation for TableColumnsToMatchOrderedList {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let found: Vec<&str> = data.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let Some(expected) = &self.column_list else { return Ok(Outcome::observed(true, found)) };
        let mismatched: Vec<Value> = (0..found.len().max(expected.len()))
            .filter(|at| found.get(*at).copied() != expected.get(*at).map(String::as_str))
            .map(|at| json!({ "Expected Column Position": at, "Expected": expected.get(at), "Found": found.get(at) }))
            .collect();
        if mismatched.is_empty() {
            return Ok(Outcome::observed(true, found));
        }
        Ok(Outcome::observed(false, found).with_detail("mismatched", mismatched))
    }
}
