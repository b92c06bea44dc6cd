//! `expect_table_columns_to_match_set`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects the columns of the data to be these, in any order.
///
/// `details.mismatched` lists the columns that are `unexpected` and those that are `missing`, where there are any.
///
/// ## Parameters
/// - `column_set`: the names, in their case. Null is the same as none.
/// - `exact_match`: other columns do not comply. Default: true.
///
/// ## Nulls, NaN and empty data
/// Values are not looked at.
///
/// ## Metrics
/// None: the schema is enough.
///
/// ## Example
/// ```yaml
/// - expect_table_columns_to_match_set: {column_set: [order_id, amount], exact_match: false}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableColumnsToMatchSet {
    /// The names.
    #[serde(default)]
    column_set: Option<BTreeSet<String>>,
    /// Other columns do not comply.
    #[serde(default = "yes")]
    exact_match: bool,
}

fn yes() -> bool {
    true
}

impl Words for TableColumnsToMatchSet {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let verb = if kwargs.is(false, "exact_match") { "include" } else { "are" };
        Some(match kwargs.name("column_set") {
            Some(columns) => format!("the columns {verb} {columns}, in any order"),
            None => "the columns are as they are".to_owned(),
        })
    }
}

impl Check for TableColumnsToMatchSet {}

impl Expectation for TableColumnsToMatchSet {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let expected: BTreeSet<&str> = self.column_set.iter().flatten().map(String::as_str).collect();
        let found: BTreeSet<&str> = data.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let (mut unexpected, mut missing) =
            (found.difference(&expected).peekable(), expected.difference(&found).peekable());
        let success = missing.peek().is_none() && (!self.exact_match || unexpected.peek().is_none());
        let mut mismatched = Map::new();
        if unexpected.peek().is_some() {
            mismatched.insert("unexpected".to_owned(), unexpected.copied().collect());
        }
        if missing.peek().is_some() {
            mismatched.insert("missing".to_owned(), missing.copied().collect());
        }
        let found: Value = found.into_iter().collect();
        Ok(Outcome::observed(success, found).with_detail("mismatched", mismatched))
    }
}
