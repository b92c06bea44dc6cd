//! `expect_column_proportion_of_non_null_values_to_be_between`.

use super::super::aggregate::number_between;
use super::super::{Inquiry, Stop};
use super::Words;
use crate::column::{Predicate, Scalar};
use crate::words::Kwargs;

number_between! {
    /// Expects the fraction of rows in which a column has a value to lie between two bounds.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `min_value`, `max_value`: inclusive bounds, 0 to 1. An open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    ///
    /// ## Nulls, NaN and empty data
    /// A null, and NaN in float columns, is no value. Of empty data the fraction is 0.
    ///
    /// ## Metrics
    /// A tally of the column's nulls, which the metadata of a file often gives.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_proportion_of_non_null_values_to_be_between: {column: email, min_value: 0.8}
    /// ```
    pub struct ColumnProportionOfNonNullValuesToBeBetween {
        /// The column, or a path into nested ones.
        column: String,
    }
}

impl Words for ColumnProportionOfNonNullValuesToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        kwargs.of_column("proportion of non-null values")
    }
}

impl ColumnProportionOfNonNullValuesToBeBetween {
    fn observe(&self, data: &mut Inquiry<'_>) -> Result<Option<Scalar>, Stop> {
        let tally = data.tally(Predicate::not_null(self.column.as_str()))?;
        let (present, all) = (tally.expected, tally.total());
        Ok(Some(Scalar::Float(if all == 0 { 0.0 } else { present as f64 / all as f64 })))
    }
}
