//! Files of one dataset that differ in their columns: one schema for all of them, by name, where no value is lost.
//!
//! A column that a file does not have is null there. Types that differ are widened to one that holds the values of both:
//! the wider number, the finer unit of time, the union of the fields of structs; layouts (dictionaries, views, large
//! offsets) are no difference. A whole number that a float cannot hold exactly is an error when it is met, not a rounded
//! number.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, PrimitiveArray, StructArray, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, Field, FieldRef, Float64Type,
    Int64Type, TimeUnit, UInt64Type,
};

/// Returns the type of the same values in the layout that weir works with: texts and bytes with short offsets, no views, no
/// runs, dictionaries as what they hold.
pub(super) fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView => DataType::Binary,
        DataType::Dictionary(_, value) => plain(value),
        DataType::RunEndEncoded(_, value) => plain(value.data_type()),
        DataType::List(item) => DataType::List(plain_item(item)),
        DataType::LargeList(item) => DataType::LargeList(plain_item(item)),
        DataType::ListView(item) => DataType::ListView(plain_item(item)),
        DataType::LargeListView(item) => DataType::LargeListView(plain_item(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(plain_item(item), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
        other => other.clone(),
    }
}

fn plain_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(field.name(), plain(field.data_type()), true))
}

fn plain_item(item: &FieldRef) -> FieldRef {
    Arc::new(Field::new_list_field(plain(item.data_type()), true))
}

/// Returns the type that holds the values of two plain types; `None` where there is none.
pub(super) fn common(one: &DataType, other: &DataType) -> Option<DataType> {
    if one == other {
        return Some(one.clone());
    }
    Some(match (one, other) {
        (DataType::Null, data_type) | (data_type, DataType::Null) => data_type.clone(),
        (DataType::FixedSizeBinary(_), DataType::FixedSizeBinary(_) | DataType::Binary)
        | (DataType::Binary, DataType::FixedSizeBinary(_)) => DataType::Binary,
        (DataType::Date32, DataType::Date64) | (DataType::Date64, DataType::Date32) => DataType::Date64,
        (DataType::Timestamp(a, zone), DataType::Timestamp(b, other_zone))
            if zone.is_some() == other_zone.is_some() =>
        {
            DataType::Timestamp(finer(*a, *b), zone.clone())
        }
        (DataType::Duration(a), DataType::Duration(b)) => DataType::Duration(finer(*a, *b)),
        (DataType::Time32(a) | DataType::Time64(a), DataType::Time32(b) | DataType::Time64(b)) => match finer(*a, *b) {
            unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(unit),
            unit => DataType::Time64(unit),
        },
        (DataType::Struct(a), DataType::Struct(b)) => {
            let mut fields: Vec<FieldRef> = a.iter().cloned().collect();
            for field in b {
                match fields.iter_mut().find(|known| known.name() == field.name()) {
                    Some(known) => {
                        let data_type = common(known.data_type(), field.data_type())?;
                        *known = Arc::new(Field::new(field.name(), data_type, true));
                    }
                    None => fields.push(Arc::clone(field)),
                }
            }
            DataType::Struct(fields.into())
        }
        _ => match (item(one), item(other)) {
            (Some(a), Some(b)) => DataType::List(Arc::new(Field::new_list_field(common(a, b)?, true))),
            _ => return common_number(one, other),
        },
    })
}

/// The type of the elements of a list.
fn item(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item.data_type()),
        _ => None,
    }
}

fn finer(one: TimeUnit, other: TimeUnit) -> TimeUnit {
    // units are ordered from seconds to nanoseconds
    one.max(other)
}

fn common_number(one: &DataType, other: &DataType) -> Option<DataType> {
    if one.is_floating() && other.is_floating() {
        let is_double = [one, other].contains(&&DataType::Float64);
        return Some(if is_double { DataType::Float64 } else { DataType::Float32 });
    }
    if (one.is_floating() && other.is_integer()) || (one.is_integer() && other.is_floating()) {
        return Some(DataType::Float64);
    }
    let (whole, scale) = digits(one)?;
    let (other_whole, other_scale) = digits(other)?;
    if one.is_integer() && other.is_integer() {
        let bits = |data_type: &DataType| data_type.primitive_width().unwrap_or(8) * 8;
        if one.is_unsigned_integer() == other.is_unsigned_integer() {
            return Some(if bits(one) >= bits(other) { one.clone() } else { other.clone() });
        }
        let (unsigned, signed) = if one.is_unsigned_integer() { (one, other) } else { (other, one) };
        return match bits(signed).max(bits(unsigned) * 2) {
            16 => Some(DataType::Int16),
            32 => Some(DataType::Int32),
            64 => Some(DataType::Int64),
            _ => Some(DataType::Decimal128(20, 0)),
        };
    }
    let scale = scale.max(other_scale);
    let precision = u8::try_from(whole.max(other_whole) + i32::from(scale)).ok()?;
    if precision <= DECIMAL128_MAX_PRECISION {
        return Some(DataType::Decimal128(precision, scale));
    }
    (precision <= DECIMAL256_MAX_PRECISION).then_some(DataType::Decimal256(precision, scale))
}

/// How many digits the numbers of a type have before the point, and how many behind it.
fn digits(data_type: &DataType) -> Option<(i32, i8)> {
    Some(match data_type {
        DataType::Int8 | DataType::UInt8 => (3, 0),
        DataType::Int16 | DataType::UInt16 => (5, 0),
        DataType::Int32 | DataType::UInt32 => (10, 0),
        DataType::Int64 => (19, 0),
        DataType::UInt64 => (20, 0),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => (i32::from(*precision) - i32::from(*scale), (*scale).max(0)),
        _ => return None,
    })
}

/// Turns an array into one of a plain type that holds its values. A dictionary of that type stays one.
///
/// # Errors
/// A value does not fit after all.
pub(super) fn adapt(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, String> {
    if array.data_type() == wanted {
        return Ok(Arc::clone(array));
    }
    match (array.data_type(), wanted) {
        (DataType::Dictionary(_, value), _) if value.as_ref() == wanted => Ok(Arc::clone(array)),
        // not all of its values need occur
        (DataType::Dictionary(_, value), _) => adapt(&cast(array, value)?, wanted),
        (DataType::Null, _) => Ok(new_null_array(wanted, array.len())),
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let array = array.as_struct();
            let columns = fields.iter().map(|field| match array.column_by_name(field.name()) {
                Some(column) => {
                    adapt(column, field.data_type()).map(|column| without_dictionary(&column, field.data_type()))
                }
                None => Ok(new_null_array(field.data_type(), array.len())),
            });
            let columns = columns.collect::<Result<Vec<_>, _>>()?;
            let nulls = array.nulls().cloned();
            Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, array.len()).map_err(text)?))
        }
        (DataType::List(_), DataType::List(item)) => {
            let array = array.as_list::<i32>();
            let values = without_dictionary(&adapt(array.values(), item.data_type())?, item.data_type());
            let nulls = array.nulls().cloned();
            Ok(Arc::new(ListArray::try_new(Arc::clone(item), array.offsets().clone(), values, nulls).map_err(text)?))
        }
        (
            DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _),
            DataType::List(_),
        ) => adapt(&cast(array, &DataType::List(Arc::clone(item)))?, wanted),
        (DataType::RunEndEncoded(_, value), _) => adapt(&cast(array, value.data_type())?, wanted),
        (from, DataType::Float64) if from.is_integer() => {
            let cast_values = cast(array, wanted)?;
            refuse_rounded(array, &cast_values)?;
            Ok(cast_values)
        }
        _ => cast(array, wanted),
    }
}

/// Inside of structs and lists an array is of the type that its field says.
fn without_dictionary(array: &ArrayRef, wanted: &DataType) -> ArrayRef {
    if array.data_type() == wanted {
        return Arc::clone(array);
    }
    cast(array, wanted).unwrap_or_else(|_| Arc::clone(array))
}

fn cast(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, String> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(array, wanted, &options).map_err(text)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn text(error: arrow::error::ArrowError) -> String {
    error.to_string()
}

/// Refuses whole numbers that a double does not hold exactly.
fn refuse_rounded(array: &ArrayRef, doubles: &ArrayRef) -> Result<(), String> {
    let doubles = doubles.as_primitive::<Float64Type>();
    let rounded = match array.data_type() {
        DataType::Int64 => first_rounded(array.as_primitive::<Int64Type>(), doubles),
        DataType::UInt64 => first_rounded(array.as_primitive::<UInt64Type>(), doubles),
        _ => None,
    };
    match rounded {
        Some(value) => Err(format!("the whole number {value} is no double, which the column holds in other files")),
        None => Ok(()),
    }
}

fn first_rounded<T: ArrowPrimitiveType>(
    values: &PrimitiveArray<T>,
    doubles: &PrimitiveArray<Float64Type>,
) -> Option<i128>
where
    T::Native: Into<i128>,
{
    let whole = values.iter().zip(doubles.values());
    whole
        .filter_map(|(value, double)| Some((value?.into(), *double as i128)))
        .find(|(value, double)| value != double)
        .map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use arrow::array::{DictionaryArray, Int64Array, StringArray};
    use arrow::datatypes::Int32Type;

    use super::*;

    #[test]
    fn numbers_are_widened_and_never_rounded() {
        use DataType::{Boolean, Decimal128, Float32, Float64, Int8, Int32, Int64, UInt32, UInt64, Utf8};
        assert_eq!(common(&Int32, &Int64), Some(Int64));
        assert_eq!(common(&Int64, &Float64), Some(Float64));
        assert_eq!(common(&Int8, &Float32), Some(Float64));
        assert_eq!(common(&UInt32, &Int32), Some(Int64));
        assert_eq!(common(&UInt64, &Int64), Some(Decimal128(20, 0)));
        assert_eq!(common(&Decimal128(10, 2), &Int32), Some(Decimal128(12, 2)));
        assert_eq!(common(&Decimal128(38, 10), &Decimal128(38, 0)), Some(DataType::Decimal256(48, 10)));
        assert_eq!(
            (common(&Int64, &Utf8), common(&Boolean, &Int64), common(&Decimal128(10, 2), &Float64)),
            (None, None, None)
        );
        let exact: ArrayRef = Arc::new(Int64Array::from(vec![Some(1 << 53), None]));
        assert!(adapt(&exact, &Float64).is_ok());
        let rounded: ArrayRef = Arc::new(Int64Array::from(vec![(1 << 53) + 1]));
        let coded = DataType::Dictionary(Box::new(Int32), Box::new(Int64));
        for array in [cast(&rounded, &coded).expect("the same values"), rounded] {
            assert!(adapt(&array, &Float64).is_err_and(|said| said.contains("9007199254740993")));
        }
    }

    #[test]
    fn layouts_are_no_difference() {
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::LargeUtf8));
        assert_eq!(plain(&dictionary), DataType::Utf8);
        let texts: DictionaryArray<Int32Type> = vec![Some("a"), None, Some("b")].into_iter().collect();
        let texts: ArrayRef = Arc::new(texts);
        assert_eq!(&adapt(&texts, &DataType::Utf8).expect("the same values"), &texts);
        let views = cast(&texts, &DataType::Utf8View).expect("texts");
        let adapted = adapt(&views, &DataType::Utf8).expect("the same values");
        assert_eq!(adapted.as_string::<i32>(), &StringArray::from(vec![Some("a"), None, Some("b")]));
    }

    #[test]
    fn structs_have_the_fields_of_both() {
        let of = |names: &[(&str, DataType)]| {
            DataType::Struct(names.iter().map(|(name, data_type)| Field::new(*name, data_type.clone(), true)).collect())
        };
        let (one, other) = (of(&[("a", DataType::Int32)]), of(&[("b", DataType::Utf8), ("a", DataType::Int64)]));
        let both = of(&[("a", DataType::Int64), ("b", DataType::Utf8)]);
        assert_eq!(common(&one, &other), Some(both.clone()));
        let values: ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![Some(7), None]));
        let array: ArrayRef =
            Arc::new(StructArray::from(vec![(Arc::new(Field::new("a", DataType::Int32, true)), values)]));
        let adapted = adapt(&array, &both).expect("it is wider");
        assert_eq!(adapted.data_type(), &both);
        assert_eq!(adapted.as_struct().column(0).as_primitive::<Int64Type>().value(0), 7);
        assert_eq!(adapted.as_struct().column(1).null_count(), 2);
    }

    #[test]
    fn times_have_the_finer_unit_and_no_zone_is_invented() {
        let time = |unit, zone: Option<&str>| DataType::Timestamp(unit, zone.map(Into::into));
        let (millis, micros) = (TimeUnit::Millisecond, TimeUnit::Microsecond);
        assert_eq!(common(&time(millis, None), &time(micros, None)), Some(time(micros, None)));
        assert_eq!(common(&time(millis, Some("UTC")), &time(micros, None)), None);
        assert_eq!(common(&DataType::Date32, &time(micros, None)), None);
    }
}
