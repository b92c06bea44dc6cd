//! `expect_column_proportion_of_unique_values_to_be_between`.

use super::super::aggregate::number_between;
use super::super::{Inquiry, Stop};
use super::Words;
use crate::column::{Predicate, Scalar};
use crate::words::Kwargs;

number_between! {
    /// Expects the number of distinct values of a column, as a fraction of all its values, to lie between two bounds.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `min_value`, `max_value`: inclusive bounds, 0 to 1. An open bound is left out or null.
    /// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
    ///
    /// ## Nulls, NaN and empty data
    /// A null, and NaN in float columns, is no value. Without any value the fraction is 0.
    ///
    /// ## Metrics
    /// How often each value of the column occurs; past the memory limit they are counted on disk.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_proportion_of_unique_values_to_be_between: {column: session_id, min_value: 0.9}
    /// ```
    pub struct ColumnProportionOfUniqueValuesToBeBetween {
        /// The column, or a path into nested ones.
        column: String,
    }
}

impl Words for ColumnProportionOfUniqueValuesToBeBetween {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        kwargs.of_column("proportion of distinct values")
    }
}

impl ColumnProportionOfUniqueValuesToBeBetween {
    fn observe(&self, data: &mut Inquiry<'_>) -> Result<Option<Scalar>, Stop> {
        let (distinct, there) = (data.distinct(&self.column), data.tally(Predicate::not_null(&self.column)));
        let (distinct, all) = (distinct?, there?.expected);
        Ok(Some(Scalar::Float(if all == 0 { 0.0 } else { distinct as f64 / all as f64 })))
    }
}
