//! `expect_column_values_to_be_in_set`.

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Literal, Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null value of a column to be one of a set.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `value_set`: the values. Numbers equal numbers of any type (`1` is `1.0`, `true` is `1`), texts equal texts
    ///   only; dates and times are given in ISO 8601. A null in the set changes nothing. Of an empty set every value is
    ///   unexpected.
    /// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
    /// status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the column's values by the set, once per dictionary value where the column has a dictionary.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_values_to_be_in_set: {column: status, value_set: [new, paid, shipped]}
    /// ```
    pub struct ColumnValuesToBeInSet {
        /// The values.
        value_set: Vec<Literal>,
    }
}

impl Words for ColumnValuesToBeInSet {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(match kwargs.set("value_set")?.as_str() {
            "" => format!("{} is in the empty set", kwargs.column()?),
            members => format!("{} is one of {members}", kwargs.column()?),
        })
    }
}

impl Check for ColumnValuesToBeInSet {}

impl ColumnValuesToBeInSet {
    fn predicate(&self) -> Predicate {
        Predicate::value(&self.column, Test::InSet(self.value_set.clone()))
    }
}
