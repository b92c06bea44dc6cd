//! `expect_column_type_to_be`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::judge;
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects a column to be there and to have a certain type.
///
/// Unlike `expect_column_values_to_be_of_type`, a column that is not there fails, with a null `observed_value`.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `type_`: the name of the type. A name is one of Arrow, NumPy, pandas, Python, Spark or SQL; it fits every type that
///   one of them gives it: `INTEGER` has 32 or 64 bits, `IntegerType` 32, `VARCHAR(20)` is any text.
///
/// ## Nulls, NaN and empty data
/// The type is that of the schema: values are not looked at, and empty data has a type as well. A column without a type,
/// in which a source found nothing but nulls, fits every name.
///
/// ## Metrics
/// None: the schema is enough. `observed_value` is the name of the column's Arrow type.
///
/// ## Example
/// ```yaml
/// - expect_column_type_to_be: {column: amount, type_: float64}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnTypeToBe {
    /// The column, or a path into nested ones.
    column: String,
    /// The name of the type.
    type_: String,
}

impl Words for ColumnTypeToBe {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is of type {}", kwargs.column()?, kwargs.name("type_").unwrap_or_else(|| "any".to_owned())))
    }
}

impl Check for ColumnTypeToBe {}

impl Expectation for ColumnTypeToBe {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        if data.column(&self.column).is_err() {
            return Ok(Outcome::observed(false, Value::Null));
        }
        judge::typed(data, &self.column, Some(std::slice::from_ref(&self.type_)), "type_")
    }
}
