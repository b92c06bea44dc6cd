//! Columns at the corners of every type: least and greatest values, zeros, infinities, NaN, empty texts, nulls.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Decimal256Array,
    DictionaryArray, DurationMillisecondArray, FixedSizeBinaryArray, Float16Array, Float32Array, Float64Array,
    Int8Array, Int32Array, Int64Array, IntervalYearMonthArray, LargeStringArray, ListArray, MapBuilder, NullArray,
    RecordBatch, RecordBatchOptions, StringArray, StringBuilder, StringViewArray, StructArray, Time32SecondArray,
    Time64NanosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray, UInt64Array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Int8Type, Int32Type, Int64Type, Schema, i256};
use half::f16;

/// Returns a column of each type, with a name for messages. They have different lengths.
pub fn corner_columns() -> Vec<(String, ArrayRef)> {
    let flat: Vec<ArrayRef> = vec![
        Arc::new(NullArray::new(3)),
        Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        Arc::new(Int8Array::from(vec![Some(i8::MIN), None, Some(0), Some(i8::MAX), Some(0)])),
        Arc::new(Int32Array::from(vec![Some(i32::MAX), Some(i32::MIN), None])),
        Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(-1), Some(0), None, Some(1), Some(i64::MAX)])),
        Arc::new(UInt64Array::from(vec![Some(u64::MAX), None, Some(0)])),
        Arc::new(Float16Array::from(vec![Some(f16::NAN), Some(f16::MAX), None, Some(f16::NEG_INFINITY)])),
        Arc::new(Float32Array::from(vec![Some(f32::NAN), Some(0.1), None, Some(f32::INFINITY), Some(-0.0)])),
        Arc::new(Float64Array::from(vec![
            Some(0.0),
            Some(-0.0),
            None,
            Some(f64::NAN),
            Some(f64::INFINITY),
            Some(f64::NEG_INFINITY),
            Some(f64::MAX),
            Some(f64::MIN_POSITIVE),
            Some(1.5),
        ])),
        Arc::new(Decimal128Array::from(vec![Some(i128::from(u64::MAX)), None, Some(-1), Some(10)])),
        Arc::new(decimal256(&[i256::from_i128(i128::MAX), i256::MINUS_ONE, i256::ZERO])),
        Arc::new(StringArray::from(vec![
            Some(""),
            None,
            Some(" "),
            Some("e\u{301}"),
            Some("\0"),
            Some("NaN"),
            Some("null"),
            Some("{\"a\": 1e999}"),
            Some("9999-99-99"),
            Some("\u{10ffff}%_\\"),
            Some(""),
        ])),
        Arc::new(LargeStringArray::from(vec![Some("1"), None, Some("line\nbreak")])),
        Arc::new(StringViewArray::from(vec![Some("a text that is longer than a view"), None, Some("b")])),
        Arc::new(BinaryArray::from(vec![Some(b"\xff\xfe".as_slice()), None, Some(b"")])),
        Arc::new(FixedSizeBinaryArray::try_from_iter([*b"ab", *b"\xff\0"].into_iter()).expect("of one length")),
        Arc::new(Date32Array::from(vec![Some(i32::MIN), None, Some(0), Some(i32::MAX)])),
        Arc::new(Date64Array::from(vec![Some(i64::MIN), None, Some(1)])),
        Arc::new(Time32SecondArray::from(vec![Some(86_399), None, Some(0)])),
        Arc::new(Time64NanosecondArray::from(vec![Some(86_399_999_999_999), None, Some(-1)])),
        Arc::new(TimestampMicrosecondArray::from(vec![Some(i64::MIN), None, Some(0), Some(i64::MAX)])),
        Arc::new(TimestampNanosecondArray::from(vec![Some(0), None, Some(i64::MAX)]).with_timezone("Europe/Berlin")),
        Arc::new(TimestampMicrosecondArray::from(vec![Some(1), None]).with_timezone("+25:99")),
        Arc::new(DurationMillisecondArray::from(vec![Some(i64::MIN), None, Some(0)])),
        Arc::new(IntervalYearMonthArray::from(vec![Some(i32::MIN), None, Some(1)])),
    ];
    let mut columns: Vec<(String, ArrayRef)> =
        flat.into_iter().map(|array| (array.data_type().to_string(), array)).collect();
    columns.extend(nested());
    columns
}

fn decimal256(values: &[i256]) -> Decimal256Array {
    let array: Decimal256Array = values.iter().map(|value| Some(*value)).chain([None]).collect();
    array.with_precision_and_scale(76, 30).expect("the digits fit")
}

fn nested() -> Vec<(String, ArrayRef)> {
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([
        Some(vec![Some(i64::MAX), None]),
        None,
        Some(vec![]),
        Some(vec![Some(0)]),
    ]);
    let child: ArrayRef = Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(1.0), None]));
    let field = Arc::new(Field::new("a", DataType::Float64, true));
    let structs = StructArray::new(vec![field].into(), vec![child], Some(NullBuffer::from(vec![true, false, true])));
    let mut maps = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    maps.keys().append_value("k");
    maps.values().append_null();
    for is_valid in [true, false] {
        maps.append(is_valid).expect("keys and values are of one length");
    }
    let coded: DictionaryArray<Int8Type> = [Some("a"), None, Some(""), Some("a")].into_iter().collect();
    let keys = Int32Array::from(vec![Some(1), None, Some(0), Some(2)]);
    let numbers = Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(0.5), None]));
    let with_nulls_inside = DictionaryArray::<Int32Type>::new(keys, numbers);
    vec![
        ("a list".to_owned(), Arc::new(lists) as ArrayRef),
        ("a struct".to_owned(), Arc::new(structs)),
        ("a map".to_owned(), Arc::new(maps.finish())),
        ("a dictionary".to_owned(), Arc::new(coded)),
        ("a dictionary with nulls in it".to_owned(), Arc::new(with_nulls_inside)),
    ]
}

/// Returns tables in which every one of these columns holds the values: all, none, the first, only nulls.
pub fn corner_tables(names: &[String], values: &ArrayRef) -> Vec<RecordBatch> {
    let nulls = arrow::array::new_null_array(values.data_type(), 2);
    let lengths = [Arc::clone(values), values.slice(0, 0), values.slice(0, 1), nulls];
    lengths
        .into_iter()
        .map(|array| {
            let fields: Vec<Field> =
                names.iter().map(|name| Field::new(name, array.data_type().clone(), true)).collect();
            let options = RecordBatchOptions::new().with_row_count(Some(array.len()));
            let columns = names.iter().map(|_| Arc::clone(&array)).collect();
            RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).expect("of one length")
        })
        .collect()
}
