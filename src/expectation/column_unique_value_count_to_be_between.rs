//! `expect_column_unique_value_count_to_be_between`.

use super::super::aggregate::number_between;
use super::super::{Inquiry, Stop};
use super::Words;
use crate::column::Scalar;
use crate::words::Kwargs;

number_between! {
    /// Expects the number of distinct values of a column to lie between two bounds.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `min_value`, `max_value`: inclusive bounds. An open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    ///
    /// ## Nulls, NaN and empty data
    /// A null, and NaN in float columns, is no value. Without any value the number is 0.
    ///
    /// ## Metrics
    /// How often each value of the column occurs; past the memory limit they are counted on disk.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_unique_value_count_to_be_between: {column: country, min_value: 10, max_value: 250}
    /// ```
    pub struct ColumnUniqueValueCountToBeBetween {
        /// The column, or a path into nested ones.
        column: String,
    }
}

impl Words for ColumnUniqueValueCountToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        kwargs.of_column("number of distinct values")
    }
}

impl ColumnUniqueValueCountToBeBetween {
    fn observe(&self, data: &mut Inquiry<'_>) -> Result<Option<Scalar>, Stop> {
        Ok(Some(Scalar::Int(data.distinct(&self.column)?.into())))
    }
}
