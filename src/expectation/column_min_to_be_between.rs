//! `expect_column_min_to_be_between`.

use super::super::aggregate::value_between;
use super::super::{Inquiry, Stop};
use super::Words;
use crate::column::Scalar;
use crate::words::Kwargs;

value_between! {
    /// Expects the least value of a column to lie between two bounds.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `min_value`, `max_value`: inclusive bounds, in the column's own type: numbers, dates and times in ISO 8601,
    ///   texts (compared by code point). An open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are left out. Without any value there is no minimum, and the expectation fails.
    ///
    /// ## Metrics
    /// The extremes of the column, which the metadata of a file often gives.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_min_to_be_between: {column: ordered_at, min_value: 2020-01-01}
    /// ```
    pub struct ColumnMinToBeBetween {
        /// The column, or a path into nested ones.
        column: String,
    }
}

impl Words for ColumnMinToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        kwargs.of_column("minimum")
    }
}

impl ColumnMinToBeBetween {
    fn observe(&self, data: &mut Inquiry<'_>) -> Result<Option<Scalar>, Stop> {
        Ok(data.extremes(&self.column)?.min().cloned())
    }
}
