//! `expect_column_median_to_be_between`.

use super::super::aggregate::value_between;
use super::super::{Inquiry, Stop};
use super::Words;
use crate::column::Scalar;
use crate::words::Kwargs;

value_between! {
    /// Expects the median of a column of numbers or times to lie between two bounds.
    ///
    /// Of an even number of values it is the mean of the middle two, unlike the quantile 0.5 of
    /// `expect_column_quantile_values_to_be_between`, which is one of the values by default.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `min_value`, `max_value`: inclusive bounds, in the column's own type: numbers, dates and times in ISO 8601. An
    ///   open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are left out. Without any value there is no median, and the expectation fails.
    /// Booleans count as 0 and 1.
    ///
    /// ## Metrics
    /// All values of the column in order, exactly: 8 bytes for each, on disk past the memory limit.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_median_to_be_between: {column: delay_minutes, min_value: -5, max_value: 30}
    /// ```
    pub struct ColumnMedianToBeBetween {
        /// The column, or a path into nested ones.
        column: String,
    }
}

impl Words for ColumnMedianToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        kwargs.of_column("median")
    }
}

impl ColumnMedianToBeBetween {
    fn observe(&self, data: &mut Inquiry<'_>) -> Result<Option<Scalar>, Stop> {
        Ok(data.quantiles(&self.column)?.median()?)
    }
}
