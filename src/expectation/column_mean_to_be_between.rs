//! `expect_column_mean_to_be_between`.

use super::super::aggregate::number_between;
use super::super::{Inquiry, Stop};
use super::Words;
use crate::column::Scalar;
use crate::words::Kwargs;

number_between! {
    /// Expects the arithmetic mean of a column of numbers to lie between two bounds.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `min_value`, `max_value`: inclusive bounds. An open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are left out. Without any value there is no mean, and the expectation fails.
    /// Booleans count as 0 and 1.
    ///
    /// ## Metrics
    /// Count and sum of the column, summed without rounding and rounded once.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_mean_to_be_between: {column: distance, min_value: 500, max_value: 2000}
    /// ```
    pub struct ColumnMeanToBeBetween {
        /// The column, or a path into nested ones.
        column: String,
    }
}

impl Words for ColumnMeanToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        kwargs.of_column("mean")
    }
}

impl ColumnMeanToBeBetween {
    fn observe(&self, data: &mut Inquiry<'_>) -> Result<Option<Scalar>, Stop> {
        Ok(data.moments(&self.column, false)?.mean().map(Scalar::Float))
    }
}
