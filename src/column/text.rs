//! The text of values that are no texts, spelt as Python's `str` spells them, for patterns and lengths.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::{Family, Scalar};

/// Returns a text array (Utf8, LargeUtf8 or Utf8View) of the values' texts; nulls stay null.
pub(crate) fn texts(array: &ArrayRef) -> ArrayRef {
    match (Family::of(array.data_type()), array.data_type()) {
        (Family::Text, _) if !matches!(array.data_type(), DataType::Dictionary(_, _)) => Arc::clone(array),
        (Family::Number, data_type) if data_type.is_integer() => {
            cast(array, &DataType::Utf8).unwrap_or_else(|_| one_by_one(array))
        }
        _ => one_by_one(array),
    }
}

fn one_by_one(array: &ArrayRef) -> ArrayRef {
    let texts = (0..array.len()).map(|row| match Scalar::at(array, row) {
        Scalar::Null => None,
        Scalar::Bool(value) => Some(if value { "True" } else { "False" }.to_owned()),
        Scalar::Float(value) => Some(python_float(value)),
        Scalar::Float32(value) => Some(python_float(value.to_string().parse().unwrap_or(f64::from(value)))),
        Scalar::Time { data_type: DataType::Timestamp(unit, zone), value } => {
            Some(super::time::to_text(&DataType::Timestamp(unit, zone), value).replacen('T', " ", 1))
        }
        Scalar::Binary(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        other => Some(other.to_string()),
    });
    Arc::new(texts.collect::<StringArray>())
}

/// Writes a double as Python's `repr`: `1.0`, `1e+16`, `1e-05`, `inf`.
fn python_float(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
    let plain = format!("{value}");
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, BooleanArray, Float64Array, Int64Array};

    use super::*;

    #[test]
    fn numbers_are_spelt_as_python_spells_them() {
        let cases = [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (123_456_789.0, "123456789.0"),
            (1e-5, "1e-05"),
            (1.5e300, "1.5e+300"),
            (-0.0, "-0.0"),
        ];
        for (value, text) in cases {
            assert_eq!(python_float(value), text);
        }
        let texts = texts(&(Arc::new(Float64Array::from(vec![Some(2.0), None])) as ArrayRef));
        assert_eq!(texts.as_string::<i32>(), &StringArray::from(vec![Some("2.0"), None]));
        assert_eq!(super::texts(&(Arc::new(Int64Array::from(vec![12])) as ArrayRef)).as_string::<i32>().value(0), "12");
        assert_eq!(
            super::texts(&(Arc::new(BooleanArray::from(vec![true])) as ArrayRef)).as_string::<i32>().value(0),
            "True"
        );
    }
}
