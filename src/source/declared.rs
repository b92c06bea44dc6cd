//! Types of columns that the user declares, instead of what values look like.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, TimeUnit};

use crate::diagnostic::closest;
use crate::scan::ScanError;

/// What becomes of types for columns that are not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnIdleType {
    /// They are an error.
    #[default]
    Refuse,
    /// They are left out: they are for other data.
    Ignore,
}

/// Returns the type that the user asks for, for each column.
///
/// # Errors
/// A type is for a column that is not there, unless such types are ignored, or is none that a text can be read as.
pub(super) fn for_columns(
    names: &[String],
    types: &BTreeMap<String, DataType>,
    on_idle: OnIdleType,
) -> Result<Vec<Option<DataType>>, ScanError> {
    for (name, data_type) in types {
        if on_idle == OnIdleType::Refuse && !names.contains(name) {
            return Err(ScanError::Usage {
                problem: format!("a type is given for column `{name}`, which is not in the data"),
                help: closest(name, names.iter().map(String::as_str))
                    .map(|similar| format!("a similar column exists: `{similar}`")),
            });
        }
        let is_known = match data_type {
            DataType::Utf8
            | DataType::Boolean
            | DataType::Int64
            | DataType::UInt64
            | DataType::Float64
            | DataType::Date32 => true,
            DataType::Timestamp(TimeUnit::Microsecond | TimeUnit::Nanosecond, zone) => {
                zone.as_ref().is_none_or(|zone| zone.as_ref() == "UTC")
            }
            _ => false,
        };
        if !is_known {
            return Err(ScanError::Usage {
                problem: format!("column `{name}` cannot be read as {data_type}"),
                help: Some(
                    "a text column can be a text, boolean, 64-bit number, date, or timestamp in micro- or nanoseconds"
                        .to_owned(),
                ),
            });
        }
    }
    Ok(names.iter().map(|name| types.get(name).cloned()).collect())
}
