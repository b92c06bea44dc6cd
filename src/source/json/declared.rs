//! Values of keys whose types the user declares: what is not of its type makes its record malformed.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use arrow::datatypes::{DataType, TimeUnit};
use serde_json::value::RawValue;

use super::shape::Form;
use crate::column::read::{date32, timestamp};
use crate::source::misfit::beginning;

/// Says which value of an object is not of its declared type; `None` where all are. Null is of every type, and so is every
/// value a text, by what it looks like. A number in quotes is a text.
pub(super) fn unfit(object: &str, types: &BTreeMap<String, DataType>) -> Option<String> {
    let values: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(object).ok()?;
    let unfit = |(name, data_type): (&String, &DataType)| {
        let raw = values.get(name.as_str())?.get();
        (!fits(raw, data_type))
            .then(|| format!("holds `{}` in `{name}`, which is no {data_type}", beginning(raw.as_bytes())))
    };
    types.iter().find_map(unfit)
}

fn fits(raw: &str, data_type: &DataType) -> bool {
    let is_number = || raw.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    match data_type {
        _ if raw == "null" => true,
        DataType::Boolean => matches!(raw, "true" | "false"),
        DataType::Int64 => raw.parse::<i64>().is_ok(),
        DataType::UInt64 => raw.parse::<u64>().is_ok(),
        DataType::Float64 => is_number(),
        DataType::Date32 | DataType::Timestamp(_, _) => {
            let text = serde_json::from_str::<Cow<'_, str>>(raw);
            text.is_ok_and(|text| time(&text, data_type).is_some())
        }
        _ => true,
    }
}

/// Reads a date or time in the unit of its type.
pub(super) fn time(text: &str, data_type: &DataType) -> Option<i64> {
    match data_type {
        DataType::Date32 => date32(text.as_bytes()).map(i64::from),
        DataType::Timestamp(unit, zone) => timestamp(text.as_bytes(), *unit == TimeUnit::Nanosecond, zone.is_some()),
        _ => None,
    }
}

/// Returns how values of a declared type are held.
pub(super) fn form(data_type: &DataType) -> Form {
    match data_type {
        DataType::Boolean => Form::Boolean,
        DataType::Int64 => Form::Int64,
        DataType::UInt64 => Form::UInt64,
        DataType::Float64 => Form::Float64,
        DataType::Date32 | DataType::Timestamp(_, _) => Form::Time(data_type.clone()),
        _ => Form::Mixed(None),
    }
}
