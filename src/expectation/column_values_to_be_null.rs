//! `expect_column_values_to_be_null`.

use super::super::judge::{Mostly, RowQuestion};
use super::super::map::row_wise;
use super::{Check, Words};
use crate::column::Predicate;
use crate::words::Kwargs;

row_wise! {
    /// Expects a column to have no value in any row.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `mostly`: the fraction, 0 to 1, of rows that must have no value. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are what is expected. There is no `missing_count`: every row is judged. Without
    /// rows the status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the column's nulls, which the statistics of a file often answer.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_values_to_be_null: {column: deleted_at, mostly: 0.95}
    /// ```
    pub struct ColumnValuesToBeNull {
        /// The column, or a path into nested ones.
        column: String,
        /// The fraction of rows that must have no value.
        #[serde(default)]
        mostly: Mostly,
    }
}

impl Words for ColumnValuesToBeNull {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is null", kwargs.column()?))
    }
}

impl Check for ColumnValuesToBeNull {}

impl ColumnValuesToBeNull {
    fn question(&self) -> RowQuestion {
        let predicate = Predicate::Null { column: self.column.clone() };
        RowQuestion { has_missing: false, ..RowQuestion::about(&self.column, predicate, self.mostly) }
    }
}
