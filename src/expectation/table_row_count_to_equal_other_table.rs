//! `expect_table_row_count_to_equal_other_table`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects the data to have as many rows as another dataset.
///
/// `observed_value` holds both numbers, as `self` and `other`.
///
/// ## Parameters
/// - `other_table_name`: the other dataset: a file, a folder or a pattern, as on the command line.
///
/// ## Nulls, NaN and empty data
/// Every row counts; of the data those that a `row_condition` keeps. Empty data has 0 rows.
///
/// ## Metrics
/// The number of rows of both, which the metadata of a file often gives.
///
/// ## Example
/// ```yaml
/// - expect_table_row_count_to_equal_other_table: {other_table_name: yesterday/orders.parquet}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableRowCountToEqualOtherTable {
    /// The other dataset.
    other_table_name: String,
}

impl Words for TableRowCountToEqualOtherTable {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("the table has as many rows as {}", kwargs.name("other_table_name")?))
    }
}

impl Check for TableRowCountToEqualOtherTable {}

impl Expectation for TableRowCountToEqualOtherTable {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let rows = data.rows();
        let other = data.elsewhere(&self.other_table_name, Inquiry::rows).map_err(|stop| stop.at("other_table_name"));
        let (rows, other) = (rows?, other?);
        Ok(Outcome::observed(rows == other, json!({ "self": rows, "other": other })))
    }
}
