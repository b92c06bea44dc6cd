//! `expect_column_values_to_not_be_null`.

use super::super::judge::{Mostly, RowQuestion};
use super::super::map::row_wise;
use super::{Check, Words};
use crate::column::Predicate;
use crate::words::Kwargs;

row_wise! {
    /// Expects a column to have a value in every row.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `mostly`: the fraction, 0 to 1, of rows that must have a value. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are what is unexpected. There is no `missing_count`: every row is judged.
    /// Without rows the status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the column's nulls, which the statistics of a file often answer.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_values_to_not_be_null: {column: order_id}
    /// ```
    pub struct ColumnValuesToNotBeNull {
        /// The column, or a path into nested ones.
        column: String,
        /// The fraction of rows that must have a value.
        #[serde(default)]
        mostly: Mostly,
    }
}

impl Words for ColumnValuesToNotBeNull {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} is not null", kwargs.column()?))
    }
}

impl Check for ColumnValuesToNotBeNull {}

impl ColumnValuesToNotBeNull {
    fn question(&self) -> RowQuestion {
        let predicate = Predicate::not_null(&self.column);
        RowQuestion { has_missing: false, ..RowQuestion::about(&self.column, predicate, self.mostly) }
    }
}
