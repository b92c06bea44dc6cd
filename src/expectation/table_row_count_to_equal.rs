//! `expect_table_row_count_to_equal`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects the data to have a certain number of rows.
///
/// ## Parameters
/// - `value`: the number of rows.
///
/// ## Nulls, NaN and empty data
/// Every row counts that a `row_condition` keeps. Empty data has 0 rows.
///
/// ## Metrics
/// The number of rows, which the metadata of a file often gives.
///
/// ## Example
/// ```yaml
/// - expect_table_row_count_to_equal: {value: 365}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableRowCountToEqual {
    /// The number of rows.
    value: i64,
}

impl Words for TableRowCountToEqual {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("the table has exactly {}", kwargs.exact_amount("row")?))
    }
}

impl Check for TableRowCountToEqual {}

impl Expectation for TableRowCountToEqual {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let rows = data.rows()?;
        Ok(Outcome::observed(i128::from(rows) == i128::from(self.value), rows))
    }
}
