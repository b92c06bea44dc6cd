//! Columns of any type from plain numbers: small numbers stand for the corners of the type, large ones for any value.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, AsArray, BinaryArray, BooleanArray, FixedSizeBinaryArray, ListArray, NullArray,
    PrimitiveArray, StringArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Decimal128Type, Field, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

/// A value of any type, or none.
pub type Cell = Option<u64>;

/// Cells below this are corners.
pub const CORNERS: u64 = 12;

const LATER: &str = "+02:00";

/// Returns the types that a Parquet file can hold.
pub fn types() -> Vec<DataType> {
    let dictionary = |codes: DataType, values: DataType| DataType::Dictionary(Box::new(codes), Box::new(values));
    let field = |name: &str, data_type| Field::new(name, data_type, true);
    let structs = vec![field("a", DataType::Int64), field("b", DataType::LargeUtf8)];
    let mut types = vec![
        DataType::Null,
        DataType::Boolean,
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::UInt8,
        DataType::UInt16,
        DataType::UInt32,
        DataType::UInt64,
        DataType::Float16,
        DataType::Float32,
        DataType::Float64,
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        DataType::Binary,
        DataType::LargeBinary,
        DataType::BinaryView,
        DataType::FixedSizeBinary(3),
        DataType::Decimal32(9, 2),
        DataType::Decimal64(18, 3),
        DataType::Decimal128(9, 2),
        DataType::Decimal128(38, 10),
        DataType::Decimal256(60, 5),
        DataType::Date32,
        DataType::Date64,
        DataType::Time32(TimeUnit::Second),
        DataType::Time32(TimeUnit::Millisecond),
        DataType::Time64(TimeUnit::Microsecond),
        DataType::Time64(TimeUnit::Nanosecond),
        DataType::Duration(TimeUnit::Millisecond),
        dictionary(DataType::Int32, DataType::Utf8),
        dictionary(DataType::Int16, DataType::Int64),
        dictionary(DataType::Int32, DataType::Float64),
        DataType::Struct(structs.clone().into()),
        DataType::List(Arc::new(field("item", DataType::Float64))),
        DataType::List(Arc::new(field("item", DataType::Struct(structs.into())))),
    ];
    for unit in [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond] {
        for zone in [None, Some("UTC"), Some(LATER)] {
            types.push(DataType::Timestamp(unit, zone.map(Into::into)));
        }
    }
    types
}

/// Makes a column of a type.
pub fn column(data_type: &DataType, cells: &[Cell]) -> ArrayRef {
    match data_type {
        DataType::Null => Arc::new(NullArray::new(cells.len())),
        DataType::Boolean => Arc::new(cells.iter().map(|cell| Some((*cell)? % 2 == 0)).collect::<BooleanArray>()),
        DataType::Int8 => whole::<Int8Type>(cells, [i8::MIN, i8::MAX], |value| value as i8),
        DataType::Int16 => whole::<Int16Type>(cells, [i16::MIN, i16::MAX], |value| value as i16),
        DataType::Int32 => whole::<Int32Type>(cells, [i32::MIN, i32::MAX], |value| value as i32),
        DataType::Int64 => whole::<Int64Type>(cells, [i64::MIN, i64::MAX], |value| value as i64),
        DataType::UInt8 => whole::<UInt8Type>(cells, [1 << 7, u8::MAX], |value| value as u8),
        DataType::UInt16 => whole::<UInt16Type>(cells, [1 << 15, u16::MAX], |value| value as u16),
        DataType::UInt32 => whole::<UInt32Type>(cells, [1 << 31, u32::MAX], |value| value as u32),
        DataType::UInt64 => whole::<UInt64Type>(cells, [1 << 63, u64::MAX], |value| value),
        DataType::Float16 => recast(&column(&DataType::Float32, cells), data_type),
        DataType::Float32 => primitive::<Float32Type>(cells, |cell| double(cell) as f32),
        DataType::Float64 => primitive::<Float64Type>(cells, double),
        DataType::Utf8 => Arc::new(cells.iter().map(|cell| cell.map(text)).collect::<StringArray>()),
        DataType::Binary => Arc::new(cells.iter().map(|cell| cell.map(bytes)).collect::<BinaryArray>()),
        DataType::LargeUtf8 | DataType::Utf8View => recast(&column(&DataType::Utf8, cells), data_type),
        DataType::LargeBinary | DataType::BinaryView => recast(&column(&DataType::Binary, cells), data_type),
        DataType::FixedSizeBinary(size) => {
            let cells = cells.iter().map(|cell| cell.map(|cell| cell.to_le_bytes()[..*size as usize].to_vec()));
            Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(cells, *size).expect("of one length"))
        }
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            let digits = primitive::<Decimal128Type>(cells, |cell| (cell as i32 % 1_000_000).into());
            let digits = digits.as_primitive::<Decimal128Type>().clone();
            let digits = digits.with_precision_and_scale(9, 2).expect("the digits fit");
            recast(&(Arc::new(digits) as ArrayRef), data_type)
        }
        DataType::Dictionary(_, values) => recast(&column(values, cells), data_type),
        DataType::Struct(fields) => {
            let columns = fields.iter().map(|field| column(field.data_type(), &shifted(cells))).collect();
            Arc::new(StructArray::new(fields.clone(), columns, Some(validity(cells))))
        }
        DataType::List(field) => {
            let lengths = cells.iter().map(|cell| cell.map_or(0, |cell| cell % 4) as usize);
            let offsets = OffsetBuffer::from_lengths(lengths);
            let elements: Vec<Cell> = cells
                .iter()
                .flatten()
                .copied()
                .flat_map(|cell| (0..cell % 4).map(move |at| (at + cell % 5 != 2).then_some(cell >> at)))
                .collect();
            let values = column(field.data_type(), &elements);
            Arc::new(ListArray::new(Arc::clone(field), offsets, values, Some(validity(cells))))
        }
        times => time(times, cells),
    }
}

/// Makes days, times of day, timestamps and durations that calendars know.
fn time(data_type: &DataType, cells: &[Cell]) -> ArrayRef {
    let (most, is_signed, is_short) = match data_type {
        DataType::Date32 => (40_000, true, true),
        DataType::Time32(TimeUnit::Second) => (86_400, false, true),
        DataType::Time32(_) => (86_400_000, false, true),
        DataType::Time64(TimeUnit::Microsecond) => (86_400_000_000, false, false),
        DataType::Time64(_) => (86_400_000_000_000, false, false),
        DataType::Timestamp(TimeUnit::Second, _) => (4_000_000_000, true, false),
        DataType::Timestamp(TimeUnit::Millisecond, _) => (4_000_000_000_000, true, false),
        DataType::Timestamp(TimeUnit::Microsecond, _) => (4_000_000_000_000_000, true, false),
        DataType::Timestamp(_, _) => (4_000_000_000_000_000_000, true, false),
        _ => (40_000, true, false),
    };
    let signed = |cell: u64| match cell {
        _ if !is_signed => (cell % most) as i64,
        0..CORNERS => cell as i64 - 3,
        _ => cell as i64 % most as i64,
    };
    let days = if data_type == &DataType::Date64 { 86_400_000 } else { 1 };
    let values = primitive::<Int64Type>(cells, |cell| signed(cell) * days);
    let values = if is_short { recast(&values, &DataType::Int32) } else { values };
    recast(&values, data_type)
}

fn recast(values: &ArrayRef, data_type: &DataType) -> ArrayRef {
    cast(values, data_type).expect("the values are of the type")
}

fn validity(cells: &[Cell]) -> NullBuffer {
    cells.iter().map(Option::is_some).collect()
}

/// Other cells, with nulls in other rows.
fn shifted(cells: &[Cell]) -> Vec<Cell> {
    cells.iter().map(|cell| cell.map(|cell| cell / 2).filter(|cell| cell % 5 != 1)).collect()
}

fn primitive<T: ArrowPrimitiveType>(cells: &[Cell], value: impl Fn(u64) -> T::Native) -> ArrayRef {
    Arc::new(cells.iter().map(|cell| cell.map(&value)).collect::<PrimitiveArray<T>>())
}

fn whole<T: ArrowPrimitiveType>(cells: &[Cell], corners: [T::Native; 2], any: impl Fn(u64) -> T::Native) -> ArrayRef {
    primitive::<T>(cells, |cell| match cell {
        0 => corners[0],
        1 => corners[1],
        2..CORNERS => any(cell.wrapping_sub(3)),
        _ => any(cell),
    })
}

fn double(cell: u64) -> f64 {
    let corners = [0.0, -0.0, f64::NAN, 1.0, -1.0, 0.1, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e-300, 0.5, 2.0];
    corners.get(cell as usize).copied().unwrap_or_else(|| (cell as i32).into())
}

/// Texts whose first 64 bytes, which writers keep in statistics, are not all of them.
fn text(cell: u64) -> String {
    match cell {
        0 => String::new(),
        1 => "a".to_owned(),
        2 => "b".to_owned(),
        3 => " padded ".to_owned(),
        4 => "é".repeat(40),
        5 => "x".repeat(64),
        6 => "x".repeat(64) + "y",
        7 => "x".repeat(63) + "é",
        8 => "\u{10ffff}".repeat(20),
        9 => "\u{7f}".repeat(70),
        10 => "\0".to_owned(),
        11 => "\u{e000}".to_owned(),
        _ => format!("{:x}", cell >> (cell % 64)),
    }
}

fn bytes(cell: u64) -> Vec<u8> {
    match cell {
        0 => Vec::new(),
        1 => vec![0xff; 70],
        _ => cell.to_be_bytes()[(cell % 8) as usize..].to_vec(),
    }
}
