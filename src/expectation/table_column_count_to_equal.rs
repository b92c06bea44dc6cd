//! `expect_table_column_count_to_equal`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects the data to have a certain number of columns.
///
/// ## Parameters
/// - `value`: the number of columns.
///
/// ## Nulls, NaN and empty data
/// Values are not looked at.
///
/// ## Metrics
/// None: the schema is enough.
///
/// ## Example
/// ```yaml
/// - expect_table_column_count_to_equal: {value: 19}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableColumnCountToEqual {
    /// The number of columns.
    value: i64,
}

impl Words for TableColumnCountToEqual {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("the table has exactly {}", kwargs.exact_amount("column")?))
    }
}

impl Check for TableColumnCountToEqual {}

impl Expectation for TableColumnCountToEqual {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let columns = data.schema.fields().len();
        Ok(Outcome::observed(i64::try_from(columns) == Ok(self.value), columns))
    }
}
