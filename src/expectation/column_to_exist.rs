//! `expect_column_to_exist`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::verdict::Outcome;
use crate::words::{self, Kwargs};

/// Expects the data to have a column.
///
/// ## Parameters
/// - `column`: the column's name, in its case, or a path into nested ones.
/// - `column_index`: the position, 0-based, at which it has to stand. Default: any.
///
/// ## Nulls, NaN and empty data
/// Values are not looked at.
///
/// ## Metrics
/// None: the schema is enough.
///
/// ## Example
/// ```yaml
/// - expect_column_to_exist: {column: order_id, column_index: 0}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnToExist {
    /// The column's name.
    column: String,
    /// The position at which it has to stand.
    #[serde(default)]
    column_index: Option<u32>,
}

impl Words for ColumnToExist {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(match kwargs.value("column_index") {
            Some(index) => format!("{} is column number {} (from 0)", kwargs.column()?, words::inline(index)),
            None => format!("{} is one of the columns", kwargs.column()?),
        })
    }
}

impl Check for ColumnToExist {}

impl Expectation for ColumnToExist {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let Ok(path) = data.column(&self.column) else { return Ok(Outcome::of(false)) };
        let in_place = self.column_index.is_none_or(|index| path.steps.is_empty() && path.root == index as usize);
        Ok(Outcome::of(in_place))
    }
}
