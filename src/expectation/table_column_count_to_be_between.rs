//! `expect_table_column_count_to_be_between`.

use super::super::aggregate::number_between;
use super::super::{Inquiry, Stop};
use super::Words;
use crate::column::Scalar;
use crate::words::Kwargs;

number_between! {
    /// Expects the number of columns to lie between two bounds.
    ///
    /// ## Parameters
    /// - `min_value`, `max_value`: inclusive bounds. An open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    ///
    /// ## Nulls, NaN and empty data
    /// Values are not looked at.
    ///
    /// ## Metrics
    /// None: the schema is enough.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_table_column_count_to_be_between: {min_value: 10, max_value: 12}
    /// ```
    pub struct TableColumnCountToBeBetween {}
}

impl Words for TableColumnCountToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("the table has {}", kwargs.amount("column")))
    }
}

impl TableColumnCountToBeBetween {
    fn observe(_: &Self, data: &mut Inquiry<'_>) -> Result<Option<Scalar>, Stop> {
        Ok(Some(Scalar::Int(data.schema.fields().len() as i128)))
    }
}
