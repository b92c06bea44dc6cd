//! `expect_table_row_count_to_be_between`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{Expectation, Inquiry, Stop, judge};
use super::Check;
use crate::column::{Bounds, Literal, Scalar};
use crate::verdict::Outcome;

/// Expects the number of rows to lie between two bounds.
///
/// ## Parameters
/// - `min_value`, `max_value`: inclusive bounds. An open bound is left out or null.
/// - `strict_min`, `strict_max`: make that bound exclusive. Default: false.
///
/// ## Nulls, NaN and empty data
/// Every row counts that a `row_condition` keeps. Empty data has 0 rows.
///
/// ## Metrics
/// The number of rows, which the metadata of a file often gives.
///
/// ## Example
/// ```yaml
/// - expect_table_row_count_to_be_between: {min_value: 1000, max_value: 100000}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableRowCountToBeBetween {
    /// The lower bound.
    #[serde(default)]
    min_value: Option<Literal>,
    /// The upper bound.
    #[serde(default)]
    max_value: Option<Literal>,
    /// The lower bound itself does not comply.
    #[serde(default)]
    strict_min: bool,
    /// The upper bound itself does not comply.
    #[serde(default)]
    strict_max: bool,
}

impl Check for TableRowCountToBeBetween {
    fn check(&self) -> Result<(), (&'static str, String)> {
        judge::check_bounds(self.min_value.as_ref(), self.max_value.as_ref())
    }
}

impl Expectation for TableRowCountToBeBetween {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let bounds = Bounds {
            min: self.min_value.clone(),
            max: self.max_value.clone(),
            strict_min: self.strict_min,
            strict_max: self.strict_max,
        };
        let rows = data.rows()?;
        judge::bounded(Some(&Scalar::Int(rows.into())), &bounds)
    }
}
