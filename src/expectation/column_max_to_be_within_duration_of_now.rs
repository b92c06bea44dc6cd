//! `expect_column_max_to_be_within_duration_of_now`.

use arrow::datatypes::DataType;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::{Expectation, Inquiry, Stop, judge};
use super::{Check, Words};
use crate::column::duration_nanoseconds;
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects the latest date or time of a column to be no further from now than a duration: the data is fresh.
///
/// `observed_value` is the latest time, `details.age_seconds` how long ago it is, below 0 where it lies ahead. A time that
/// lies ahead by more than the duration fails as well.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.updated_at` or `items[].shipped_at`; of dates or timestamps.
/// - `max_age`: the duration, such as `90s`, `24h`, `7 days`, or in ISO 8601: `P1DT12H`.
///
/// ## Nulls, NaN and empty data
/// Nulls are left out. Without any value the expectation fails. Timestamps without a zone are taken in UTC, a date is its
/// midnight. Now is when the run began.
///
/// ## Metrics
/// The extremes of the column, which the metadata of a file often gives.
///
/// ## Example
/// ```yaml
/// - expect_column_max_to_be_within_duration_of_now: {column: updated_at, max_age: 24h}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnMaxToBeWithinDurationOfNow {
    /// The column, or a path into nested ones.
    column: String,
    /// The duration.
    max_age: String,
}

impl Words for ColumnMaxToBeWithinDurationOfNow {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let age = kwargs.text("max_age")?;
        Some(format!("the maximum of {} is at most {age} from now", kwargs.column()?))
    }
}

impl ColumnMaxToBeWithinDurationOfNow {
    fn max_age_nanoseconds(&self) -> Option<i128> {
        duration_nanoseconds(&self.max_age).filter(|nanoseconds| *nanoseconds >= 0)
    }
}

impl Check for ColumnMaxToBeWithinDurationOfNow {
    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.max_age_nanoseconds().is_none() {
            let message =
                format!("`{}` is no duration, expected one such as `24h`, `7 days` or `P1DT12H`", self.max_age);
            return Err(("max_age", message));
        }
        Ok(())
    }
}

impl Expectation for ColumnMaxToBeWithinDurationOfNow {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let data_type = data.type_of_all(&self.column)?;
        if !matches!(data_type, DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) | DataType::Null) {
            return Err(judge::no_times(&self.column, &data_type).into());
        }
        let latest = data.extremes(&self.column)?.max();
        let Some((latest, at)) = latest.and_then(|latest| Some((latest, latest.unix_nanoseconds()?))) else {
            return Ok(Outcome::observed(false, Value::Null));
        };
        let now = i128::from(data.now.timestamp()) * 1_000_000_000 + i128::from(data.now.timestamp_subsec_nanos());
        let age = now - at;
        let success = self.max_age_nanoseconds().is_some_and(|max_age| age.abs() <= max_age);
        let age_seconds = (age as f64 / 1e6).round() / 1e3;
        Ok(Outcome::observed(success, latest.to_json()).with_detail("age_seconds", age_seconds))
    }
}
