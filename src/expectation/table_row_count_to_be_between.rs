//! `expect_table_row_count_to_be_between`.

use super::super::aggregate::number_between;
use super::super::{Inquiry, Stop};
use super::Words;
use crate::column::Scalar;
use crate::words::Kwargs;

number_between! {
    /// Expects the number of rows to lie between two bounds.
    ///
    /// ## Parameters
    /// - `min_value`, `max_value`: inclusive bounds. An open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    ///
    /// ## Nulls, NaN and empty data
    /// Every row counts that a `row_condition` keeps. Empty data has 0 rows.
    ///
    /// ## Metrics
    /// The number of rows, which the metadata of a file often gives.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_table_row_count_to_be_between: {min_value: 1000, max_value: 100000}
    /// ```
    pub struct TableRowCountToBeBetween {}
}

impl Words for TableRowCountToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("the table has {}", kwargs.amount("row")))
    }
}

impl TableRowCountToBeBetween {
    fn observe(_: &Self, data: &mut Inquiry<'_>) -> Result<Option<Scalar>, Stop> {
        Ok(Some(Scalar::Int(data.rows()?.into())))
    }
}
