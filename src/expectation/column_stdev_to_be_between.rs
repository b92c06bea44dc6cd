//! `expect_column_stdev_to_be_between`.

use super::super::aggregate::number_between;
use super::super::{Inquiry, Stop};
use super::Words;
use crate::column::Scalar;
use crate::words::Kwargs;

number_between! {
    /// Expects the standard deviation of a column of numbers, that of a sample (divisor n - 1), to lie between two
    /// bounds.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `min_value`, `max_value`: inclusive bounds. An open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are left out. Of fewer than two values, and where one is infinite, there is no
    /// deviation, and the expectation fails.
    ///
    /// ## Metrics
    /// Count, sum and sum of squares of the column, summed without rounding; the variance is rounded once, and
    /// its root again.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_stdev_to_be_between: {column: temperature, min_value: 0.5, max_value: 20}
    /// ```
    pub struct ColumnStdevToBeBetween {
        /// The column, or a path into nested ones.
        column: String,
    }
}

impl Words for ColumnStdevToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        kwargs.of_column("standard deviation")
    }
}

impl ColumnStdevToBeBetween {
    fn observe(&self, data: &mut Inquiry<'_>) -> Result<Option<Scalar>, Stop> {
        Ok(data.moments(&self.column, true)?.stdev().map(Scalar::Float))
    }
}
