//! `expect_column_values_to_not_be_in_future`.

use arrow::datatypes::DataType;
use chrono::{SecondsFormat, TimeDelta};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::{Bounds, Literal, Predicate, Test, duration_nanoseconds};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects no date or time of a column to lie ahead of now.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.updated_at` or `items[].shipped_at`; of dates or timestamps.
/// - `tolerance`: how far ahead a time may lie, for clocks that differ: a duration such as `90s`, `24h`, `7 days`, or in ISO
///   8601: `P1DT12H`. Default: none.
/// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// Nulls are counted in `missing_count` and judged neither way. Timestamps without a zone are taken in UTC, a date is its
/// midnight. Now is when the run began. With no value the status is `vacuous`.
///
/// ## Metrics
/// A tally of the column's values by the bound, which the metadata of a file often gives.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_not_be_in_future: {column: updated_at, tolerance: 5m}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToNotBeInFuture {
    /// The column, or a path into nested ones.
    column: String,
    /// How far ahead a time may lie.
    #[serde(default)]
    tolerance: Option<String>,
    /// The fraction of non-null values that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Words for ColumnValuesToNotBeInFuture {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let column = kwargs.column()?;
        Some(match kwargs.text("tolerance") {
            Some(tolerance) => format!("{column} lies at most {tolerance} in the future"),
            None => format!("{column} does not lie in the future"),
        })
    }
}

impl ColumnValuesToNotBeInFuture {
    fn tolerance(&self) -> Option<TimeDelta> {
        let Some(text) = &self.tolerance else { return Some(TimeDelta::zero()) };
        let nanoseconds = duration_nanoseconds(text).filter(|nanoseconds| *nanoseconds >= 0)?;
        Some(TimeDelta::nanoseconds(nanoseconds.try_into().ok()?))
    }
}

impl Check for ColumnValuesToNotBeInFuture {
    fn check(&self) -> Result<(), (&'static str, String)> {
        match (&self.tolerance, self.tolerance()) {
            (Some(text), None) => {
                let message = format!("`{text}` is no duration, expected one such as `90s`, `24h` or `P1DT12H`");
                Err(("tolerance", message))
            }
            _ => Ok(()),
        }
    }
}

impl Expectation for ColumnValuesToNotBeInFuture {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let data_type = data.data_type(&self.column)?;
        let holds_times = match data_type {
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) | DataType::Null => true,
            // a few texts among times are judged as the others are
            DataType::Utf8 => data.type_of_all(&self.column).is_err(),
            _ => false,
        };
        if !holds_times {
            return Err(judge::no_times(&self.column, &data_type).into());
        }
        let latest = self.tolerance().and_then(|tolerance| data.now.checked_add_signed(tolerance)).unwrap_or(data.now);
        let latest = Literal::Text(latest.to_rfc3339_opts(SecondsFormat::Nanos, true));
        let test = Test::Between(Bounds { max: Some(latest), ..Bounds::default() });
        let predicate = Predicate::value(&self.column, test);
        judge::rows(data, &RowQuestion::about(&self.column, predicate, self.mostly))
    }
}
