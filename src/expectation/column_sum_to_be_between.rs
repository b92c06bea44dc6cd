//! `expect_column_sum_to_be_between`.

use super::super::aggregate::number_between;
use super::super::{Inquiry, Stop};
use super::Words;
use crate::column::Scalar;
use crate::words::Kwargs;

number_between! {
    /// Expects the sum of a column of numbers to lie between two bounds.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `min_value`, `max_value`: inclusive bounds. An open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are left out. The sum of no values is 0. Booleans count as 0 and 1. Where
    /// infinities of both signs cancel there is no sum, and the expectation fails.
    ///
    /// ## Metrics
    /// The sum of the column, without rounding: of whole numbers and decimals exact, of floats rounded once.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_sum_to_be_between: {column: amount, min_value: 0}
    /// ```
    pub struct ColumnSumToBeBetween {
        /// The column, or a path into nested ones.
        column: String,
    }
}

impl Words for ColumnSumToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        kwargs.of_column("sum")
    }
}

impl ColumnSumToBeBetween {
    fn observe(&self, data: &mut Inquiry<'_>) -> Result<Option<Scalar>, Stop> {
        Ok(Some(data.moments(&self.column, false)?.sum()))
    }
}
