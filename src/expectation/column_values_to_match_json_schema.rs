//! `expect_column_values_to_match_json_schema`.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null text of a column to be JSON that is valid against a JSON Schema.
    ///
    /// A text that is no JSON is unexpected.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `json_schema`: the schema, as a mapping or as a JSON text; of draft 2020-12 where it does not say.
    /// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
    /// status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the column's values by the schema, once per dictionary value where the column has a dictionary.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_values_to_match_json_schema:
    ///     column: payload
    ///     json_schema: {type: object, required: [id], properties: {id: {type: integer}}}
    /// ```
    pub struct ColumnValuesToMatchJsonSchema {
        /// The schema.
        #[serde(deserialize_with = "schema")]
        json_schema: Value,
    }
}

/// Reads a schema: as it stands, or out of a text.
fn schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => serde_json::from_str(&text)
            .map_err(|error| D::Error::custom(format!("`json_schema` is a text that is not JSON: {error}"))),
        other => Ok(other),
    }
}

impl Words for ColumnValuesToMatchJsonSchema {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is JSON that fits its schema", kwargs.column()?))
    }
}

impl Check for ColumnValuesToMatchJsonSchema {}

impl ColumnValuesToMatchJsonSchema {
    fn predicate(&self) -> Predicate {
        Predicate::value(&self.column, Test::JsonSchema(self.json_schema.to_string()))
    }
}
