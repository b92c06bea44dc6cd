//! `expect_column_values_to_not_be_in_set`.

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Literal, Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects no value of a column to be one of a set.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `value_set`: the values that must not occur. Numbers equal numbers of any type (`1` is `1.0`, `true` is `1`),
    ///   texts equal texts only; dates and times are given in ISO 8601. A null in the set changes nothing.
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
    /// - expect_column_values_to_not_be_in_set: {column: email, value_set: [test@example.com, none]}
    /// ```
    pub struct ColumnValuesToNotBeInSet {
        /// The values that must not occur.
        value_set: Vec<Literal>,
    }
}

impl Words for ColumnValuesToNotBeInSet {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(match kwargs.set("value_set")?.as_str() {
            "" => format!("{} is any value", kwargs.column()?),
            members => format!("{} is none of {members}", kwargs.column()?),
        })
    }
}

impl Check for ColumnValuesToNotBeInSet {}

impl ColumnValuesToNotBeInSet {
    fn predicate(&self) -> Predicate {
        Predicate::value(&self.column, Test::NotInSet(self.value_set.clone()))
    }
}
