//! Keys: the values of one or several columns in a form that can be hashed, compared and turned back.
//!
//! A single column of at most 64 bits a value is keyed by those bits, a column of texts or bytes by its bytes, and
//! everything else by Arrow's row format. Numbers that are equal have equal keys (`-0.0` and `0.0`), so do nulls.

use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, make_array, new_null_array};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type, Int64Type, TimeUnit, UInt64Type};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::time::{Zone, step_nanoseconds};
use super::type_name::shown;
use super::{Family, Scalar};
use crate::spill::Charge;
use crate::verdict::Problem;

/// The hasher of all key tables. Fixed, so that a run repeats.
pub type KeyHasher = FixedState;

const HASHER: KeyHasher = FixedState::with_seed(0);

/// Hashes a key of 64 bits.
#[must_use]
#[inline]
pub fn hash_of_number(bits: u64) -> u64 {
    HASHER.hash_one(bits)
}

/// Hashes a key of bytes.
#[must_use]
#[inline]
pub fn hash_of_bytes(bytes: &[u8]) -> u64 {
    let mut hasher = HASHER.build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// Into how many parts keys are divided by their hashes.
pub const PARTITIONS: usize = 256;

/// Returns the part of a key with this hash: its first bits.
#[must_use]
#[inline]
pub fn partition_of(hash: u64) -> usize {
    (hash >> (u64::BITS - PARTITIONS.ilog2())) as usize
}

/// A key that is looked at where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRef<'a> {
    /// 64 bits.
    Fixed(u64),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl KeyRef<'_> {
    /// Copies the key.
    #[must_use]
    pub fn to_key(self) -> Key {
        match self {
            Self::Fixed(bits) => Key::Fixed(bits),
            Self::Bytes(bytes) => Key::Bytes(bytes.into()),
        }
    }
}

/// Turns arrays of certain types into keys and back.
pub struct KeyEncoder {
    types: Vec<DataType>,
    kind: Kind,
}

enum Kind {
    /// One column whose values have 64 bits at most.
    Fixed,
    /// One column of texts or bytes.
    Bytes,
    /// Anything else.
    Rows(Box<RowConverter>),
}

impl fmt::Debug for KeyEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyEncoder").field("types", &self.types).finish_non_exhaustive()
    }
}

/// Keys of a batch, one per row.
#[derive(Debug)]
pub enum Keys {
    /// Values in 64 bits.
    Fixed(Vec<u64>),
    /// Texts or bytes, still in their array (Binary or LargeBinary).
    Bytes(ArrayRef),
    /// Rows in Arrow's row format.
    Rows(Rows),
}

/// One key that outlives its batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// 64 bits.
    Fixed(u64),
    /// Bytes.
    Bytes(Box<[u8]>),
}

impl KeyEncoder {
    /// Makes an encoder for columns of these types; dictionaries count as their values.
    ///
    /// # Errors
    /// `type-mismatch`: values of a type cannot be told apart (unions).
    pub fn new(types: &[DataType]) -> Result<Self, Problem> {
        let types: Vec<DataType> = types.iter().map(plain_type).collect();
        let kind = match types.as_slice() {
            [single] if is_fixed(single) => Kind::Fixed,
            [single] if matches!(Family::of(single), Family::Text | Family::Binary) => Kind::Bytes,
            _ => {
                let fields = types.iter().map(|data_type| SortField::new(data_type.clone())).collect();
                let converter = RowConverter::new(fields).map_err(|_| {
                    let names: Vec<_> = types.iter().map(shown).collect();
                    Problem::new("type-mismatch", format!("values of type {} cannot be counted", names.join(", ")))
                })?;
                Kind::Rows(Box::new(converter))
            }
        };
        Ok(Self { types, kind })
    }

    /// The types of the columns.
    #[must_use]
    pub fn types(&self) -> &[DataType] {
        &self.types
    }

    /// Tells whether keys are 64 bits wide.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        matches!(self.kind, Kind::Fixed)
    }

    /// Encodes arrays of the encoder's types (or dictionaries of them), all of one length. Null rows of a single column get
    /// some key, which the caller leaves out; in several columns null is a value.
    ///
    /// # Errors
    /// An array is of another type.
    pub fn encode(&self, arrays: &[ArrayRef]) -> Result<Keys, Problem> {
        let mismatch = |error: arrow::error::ArrowError| Problem::new("type-mismatch", error.to_string());
        let mut plain = Vec::with_capacity(arrays.len());
        for (array, data_type) in arrays.iter().zip(&self.types) {
            let array = if array.data_type() == data_type {
                Arc::clone(array)
            } else {
                cast(array, data_type).map_err(mismatch)?
            };
            plain.push(normalized(&array));
        }
        match (&self.kind, plain.as_slice()) {
            (Kind::Fixed, [single]) => Ok(Keys::Fixed(fixed_bits(single))),
            (Kind::Bytes, [single]) => {
                let target = match single.data_type() {
                    DataType::LargeUtf8 | DataType::LargeBinary => DataType::LargeBinary,
                    _ => DataType::Binary,
                };
                Ok(Keys::Bytes(cast(single, &target).map_err(mismatch)?))
            }
            (Kind::Rows(converter), columns) => Ok(Keys::Rows(converter.convert_columns(columns).map_err(mismatch)?)),
            _ => Err(Problem::new("type-mismatch", "a key has another number of columns than its encoder")),
        }
    }

    /// Turns a key back into the values of its columns.
    #[must_use]
    pub fn decode(&self, key: &Key) -> Vec<Scalar> {
        match (&self.kind, key) {
            (Kind::Fixed, Key::Fixed(bits)) => vec![fixed_scalar(&self.types[0], *bits)],
            (Kind::Bytes, Key::Bytes(bytes)) => vec![match Family::of(&self.types[0]) {
                Family::Text => Scalar::Text(String::from_utf8_lossy(bytes).into_owned()),
                _ => Scalar::Binary(bytes.to_vec()),
            }],
            (Kind::Rows(converter), Key::Bytes(bytes)) => {
                let parser = converter.parser();
                match converter.convert_rows([parser.parse(bytes)]) {
                    Ok(columns) => columns.iter().map(|column| Scalar::at(column, 0)).collect(),
                    Err(_) => vec![Scalar::Null; self.types.len()],
                }
            }
            _ => vec![Scalar::Null; self.types.len()],
        }
    }
}

/// Tells which rows take part in keys of these columns: a null in a single column is no value, in several it is one.
#[must_use]
pub fn key_nulls(arrays: &[ArrayRef]) -> Option<NullBuffer> {
    match arrays {
        [single] => single.logical_nulls(),
        _ => None,
    }
}

/// Returns the type of the values: a dictionary's value type.
fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, value) => plain_type(value),
        other => other.clone(),
    }
}

fn is_fixed(data_type: &DataType) -> bool {
    let small = !data_type.is_decimal() && data_type.primitive_width().is_some_and(|width| width <= 8);
    data_type == &DataType::Boolean || (small && matches!(Family::of(data_type), Family::Number | Family::Time))
}

/// Makes equal numbers have equal bits: `-0.0` becomes `0.0`, also within lists and structs.
fn normalized(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float64 => Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(|value| value + 0.0)),
        DataType::Float32 => Arc::new(array.as_primitive::<Float32Type>().unary::<_, Float32Type>(|value| value + 0.0)),
        DataType::Float16 => {
            let zero = half::f16::ZERO;
            Arc::new(array.as_primitive::<Float16Type>().unary::<_, Float16Type>(|value| value + zero))
        }
        nested if nested.is_nested() => {
            let data = array.to_data();
            let children = data.child_data().iter().map(|child| normalized(&make_array(child.clone())).to_data());
            let children = children.collect();
            data.into_builder().child_data(children).build().map_or_else(|_| Arc::clone(array), make_array)
        }
        _ => Arc::clone(array),
    }
}

fn fixed_bits(array: &ArrayRef) -> Vec<u64> {
    fn bits<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, bits: impl Fn(T::Native) -> u64) -> Vec<u64> {
        array.values().iter().map(|value| bits(*value)).collect()
    }
    match array.data_type() {
        DataType::Boolean => {
            let array = array.as_boolean();
            (0..array.len()).map(|row| u64::from(array.value(row))).collect()
        }
        DataType::Float64 => bits(array.as_primitive::<Float64Type>(), f64::to_bits),
        DataType::Float32 => bits(array.as_primitive::<Float32Type>(), |value| u64::from(value.to_bits())),
        DataType::Float16 => bits(array.as_primitive::<Float16Type>(), |value| u64::from(value.to_bits())),
        DataType::UInt64 => bits(array.as_primitive::<UInt64Type>(), |value| value),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => {
            cast(array, &DataType::UInt64).map_or_else(|_| Vec::new(), |array| fixed_bits(&array))
        }
        DataType::Date32 | DataType::Time32(_) => {
            match cast(array, &DataType::Int32).and_then(|array| cast(&array, &DataType::Int64)) {
                Ok(array) => bits(array.as_primitive::<Int64Type>(), i64::cast_unsigned),
                Err(_) => Vec::new(),
            }
        }
        _ => match cast(array, &DataType::Int64) {
            Ok(array) => bits(array.as_primitive::<Int64Type>(), i64::cast_unsigned),
            Err(_) => Vec::new(),
        },
    }
}

fn fixed_scalar(data_type: &DataType, bits: u64) -> Scalar {
    match data_type {
        DataType::Boolean => Scalar::Bool(bits != 0),
        DataType::Float64 => Scalar::Float(f64::from_bits(bits)),
        DataType::Float32 => Scalar::Float32(f32::from_bits(bits as u32)),
        DataType::Float16 => Scalar::Float32(half::f16::from_bits(bits as u16).to_f32()),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => Scalar::Int(bits.into()),
        data_type if data_type.is_integer() => Scalar::Int(bits.cast_signed().into()),
        data_type => Scalar::Time { data_type: data_type.clone(), value: bits.cast_signed() },
    }
}

/// A set of keys, with a name that tells it apart from every other set in a run; or some parts of one that does not fit
/// into memory at once.
pub struct KeySet {
    name: String,
    encoder: KeyEncoder,
    members: Members,
    key_bytes: usize,
    /// Which keys it holds, by [`partition_of`] their hashes.
    parts: Range<usize>,
    /// Whether it takes keys of other parts for members.
    has_others: bool,
    charge: Option<Charge>,
}

enum Members {
    Fixed(HashSet<u64, KeyHasher>),
    Bytes(HashSet<Box<[u8]>, KeyHasher>),
}

impl KeySet {
    /// Makes an empty set of keys of columns of these types. It holds those of some parts, of all in `0..PARTITIONS`; keys
    /// of other parts count as members, or not.
    ///
    /// # Errors
    /// As [`KeyEncoder::new`].
    pub fn new(
        name: impl Into<String>,
        types: &[DataType],
        parts: Range<usize>,
        has_others: bool,
    ) -> Result<Self, Problem> {
        let encoder = KeyEncoder::new(types)?;
        let members =
            if encoder.is_fixed() { Members::Fixed(HashSet::default()) } else { Members::Bytes(HashSet::default()) };
        Ok(Self { name: name.into(), encoder, members, key_bytes: 0, parts, has_others, charge: None })
    }

    /// Makes room for so many more keys.
    pub fn reserve(&mut self, keys: usize) {
        match &mut self.members {
            Members::Fixed(set) => set.reserve(keys),
            Members::Bytes(set) => set.reserve(keys),
        }
    }

    /// Adds a key; one of another kind than the set's is left out.
    pub fn insert(&mut self, key: KeyRef<'_>) {
        match (&mut self.members, key) {
            (Members::Fixed(set), KeyRef::Fixed(bits)) => _ = set.insert(bits),
            (Members::Bytes(set), KeyRef::Bytes(bytes)) => {
                let is_new = set.insert(bytes.into());
                self.key_bytes += if is_new { bytes.len() } else { 0 };
            }
            _ => {}
        }
    }

    /// Tells the budget what the set takes, for as long as it lives.
    pub fn charge(&mut self, mut charge: Charge) {
        let bytes = self.size() as u64;
        charge.set(bytes, bytes);
        self.charge = Some(charge);
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.members {
            Members::Fixed(set) => set.capacity() * 11,
            Members::Bytes(set) => set.capacity() * 20 + set.len() * 16 + self.key_bytes,
        }
    }

    /// The name, which predicates use in their canonical text.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.members {
            Members::Fixed(set) => set.len(),
            Members::Bytes(set) => set.len(),
        }
    }

    /// Tells whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The types of the key's columns, to which others are cast before they are looked up.
    #[must_use]
    pub fn types(&self) -> &[DataType] {
        &self.encoder.types
    }

    /// Tells whether this is the first part of a set that takes keys of other parts for members, or a set that does not.
    #[must_use]
    pub fn is_first_part(&self) -> bool {
        !self.has_others || self.parts.start == 0
    }

    /// Tells for each row whether its key is in the set.
    ///
    /// # Errors
    /// An array cannot be cast to the type of its column.
    pub fn contains(&self, arrays: &[ArrayRef]) -> Result<Vec<bool>, Problem> {
        let keys = self.encoder.encode(arrays)?;
        let mut found: Vec<bool> = match (&keys, &self.members) {
            (Keys::Fixed(keys), Members::Fixed(set)) => keys.iter().map(|key| set.contains(key)).collect(),
            (Keys::Bytes(keys), Members::Bytes(set)) => {
                let mut found = Vec::with_capacity(keys.len());
                for_each_bytes(keys, |_, bytes| found.push(set.contains(bytes)));
                found
            }
            (Keys::Rows(rows), Members::Bytes(set)) => rows.iter().map(|row| set.contains(row.as_ref())).collect(),
            _ => Vec::new(),
        };
        if self.has_others && self.parts != (0..PARTITIONS) {
            let mut add_other = |row: usize, hash: u64| found[row] |= !self.parts.contains(&partition_of(hash));
            match &keys {
                Keys::Fixed(keys) => {
                    keys.iter().enumerate().for_each(|(row, key)| add_other(row, hash_of_number(*key)));
                }
                Keys::Bytes(keys) => for_each_bytes(keys, |row, bytes| add_other(row, hash_of_bytes(bytes))),
                Keys::Rows(rows) => {
                    rows.iter().enumerate().for_each(|(row, key)| add_other(row, hash_of_bytes(key.as_ref())));
                }
            }
        }
        Ok(found)
    }
}

/// Visits each value of a Binary or LargeBinary array with its row; nulls are empty.
pub fn for_each_bytes(array: &ArrayRef, mut visit: impl FnMut(usize, &[u8])) {
    match array.data_type() {
        DataType::LargeBinary => {
            let array = array.as_binary::<i64>();
            (0..array.len()).for_each(|row| visit(row, array.value(row)));
        }
        DataType::Binary => {
            let array = array.as_binary::<i32>();
            (0..array.len()).for_each(|row| visit(row, array.value(row)));
        }
        _ => {}
    }
}

/// Two sets are the same when their names are: names are unique in a run.
impl PartialEq for KeySet {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("name", &self.name).field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Returns a type in which values of both types are compared, where there is one. It holds all values of both, but for
/// doubles against other numbers: beyond 2^53 these are rounded, as in pandas and SQL.
#[must_use]
pub fn common_type(left: &DataType, right: &DataType) -> Option<DataType> {
    let (left, right) = (plain_type(left), plain_type(right));
    if left == right {
        return Some(left);
    }
    let either = |test: fn(&DataType) -> bool| test(&left) || test(&right);
    match (Family::of(&left), Family::of(&right)) {
        (Family::Null, _) => Some(right),
        (_, Family::Null) => Some(left),
        (Family::Number | Family::Boolean, Family::Number | Family::Boolean) => {
            if either(DataType::is_floating) {
                return Some(DataType::Float64);
            }
            if either(DataType::is_decimal) {
                let scale = |data_type: &DataType| match data_type {
                    DataType::Decimal32(_, scale)
                    | DataType::Decimal64(_, scale)
                    | DataType::Decimal128(_, scale)
                    | DataType::Decimal256(_, scale) => *scale,
                    _ => 0,
                };
                return Some(DataType::Decimal256(76, scale(&left).max(scale(&right)).max(0)));
            }
            if either(|data_type| data_type == &DataType::UInt64) {
                return Some(DataType::Decimal256(76, 0));
            }
            Some(DataType::Int64)
        }
        (Family::Text, Family::Text) => Some(DataType::LargeUtf8),
        (Family::Binary, Family::Binary) => Some(DataType::LargeBinary),
        (Family::Time, Family::Time) => common_time(&left, &right),
        _ => None,
    }
}

fn common_time(left: &DataType, right: &DataType) -> Option<DataType> {
    let finer = |a: &TimeUnit, b: &TimeUnit| if a > b { *a } else { *b };
    match (left, right) {
        (DataType::Timestamp(a, zone), DataType::Timestamp(b, other)) => {
            Some(DataType::Timestamp(finer(a, b), zone.clone().or_else(|| other.clone())))
        }
        (DataType::Timestamp(unit, zone), DataType::Date32 | DataType::Date64)
        | (DataType::Date32 | DataType::Date64, DataType::Timestamp(unit, zone)) => {
            Some(DataType::Timestamp(finer(unit, &TimeUnit::Millisecond), zone.clone()))
        }
        (DataType::Date32 | DataType::Date64, DataType::Date32 | DataType::Date64) => Some(DataType::Date64),
        (DataType::Duration(a), DataType::Duration(b)) => Some(DataType::Duration(finer(a, b))),
        (DataType::Time32(_) | DataType::Time64(_), DataType::Time32(_) | DataType::Time64(_)) => {
            Some(DataType::Time64(TimeUnit::Nanosecond))
        }
        _ => None,
    }
}

/// Casts an array to a type that [`common_type`] gave, with equal numbers made bitwise equal. Times beyond the range of a
/// finer unit become its ends, so that `9999-12-31` stays after every time in nanoseconds.
///
/// # Errors
/// The types do not go together.
pub fn cast_for_comparison(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, Problem> {
    if array.data_type() == &DataType::Null {
        return Ok(new_null_array(data_type, array.len()));
    }
    let cast = match (array.data_type(), data_type) {
        (from, to) if from == to => Ok(Arc::clone(array)),
        (DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _), DataType::Timestamp(_, zone)) => {
            moments(array, zone.as_ref()).and_then(|moments| refined(&moments, data_type))
        }
        (DataType::Duration(_), DataType::Duration(_)) => refined(array, data_type),
        _ => cast(array, data_type),
    };
    Ok(normalized(&cast.map_err(|error| Problem::new("type-mismatch", error.to_string()))?))
}

/// Turns dates into timestamps at midnight, and puts times without a zone into this one; units stay.
fn moments(array: &ArrayRef, zone: Option<&Arc<str>>) -> Result<ArrayRef, ArrowError> {
    let unit = match array.data_type() {
        DataType::Date32 => TimeUnit::Second,
        DataType::Timestamp(unit, _) => *unit,
        _ => TimeUnit::Millisecond,
    };
    let naive = match array.data_type() {
        DataType::Timestamp(_, _) => Arc::clone(array),
        // the milliseconds of a `Date64` are those of a timestamp; multiplying them, as Arrow does, may overflow
        _ => cast(array, &DataType::Timestamp(unit, None))?,
    };
    let Some(zone) = zone else { return Ok(naive) };
    let zoned = DataType::Timestamp(unit, Some(Arc::clone(zone)));
    match Zone::new(zone).filter(|_| naive.data_type() == &DataType::Timestamp(unit, None)) {
        // Arrow knows no instant for what a zone skips or has twice; literals have one
        Some(zone) => {
            let counts = cast(&naive, &DataType::Int64)?;
            let instants = counts.as_primitive::<Int64Type>().unary_opt::<_, Int64Type>(|at| zone.instant_in(unit, at));
            cast(&instants, &zoned)
        }
        None => cast(&naive, &zoned),
    }
}

/// Brings times or durations into another unit; what a finer one cannot hold becomes its end.
fn refined(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let steps = step_nanoseconds(array.data_type()).zip(step_nanoseconds(data_type));
    let Some(factor) = steps.and_then(|(from, to)| i64::try_from(from / to).ok()).filter(|factor| *factor > 1) else {
        return cast(array, data_type);
    };
    let counts = cast(array, &DataType::Int64)?;
    let counts = counts.as_primitive::<Int64Type>();
    let finer: ArrayRef = Arc::new(counts.unary::<_, Int64Type>(|count| count.saturating_mul(factor)));
    cast(&finer, data_type)
}

#[cfg(test)]
mod tests {
    use arrow::array::Date32Array;
    use arrow::datatypes::TimestampSecondType;

    use super::*;

    #[test]
    fn a_midnight_that_a_zone_skips_or_has_twice_is_an_instant() {
        let days: ArrayRef = Arc::new(Date32Array::from(vec![Some(17_839), Some(17_840), None]));
        let zoned = DataType::Timestamp(TimeUnit::Second, Some("America/Sao_Paulo".into()));
        let instants = cast_for_comparison(&days, &zoned).expect("dates are comparable with timestamps");
        // 2018-11-04 begins at 01:00, two hours behind UTC
        let expected = [17_839 * 86_400 + 3 * 3_600, 17_840 * 86_400 + 2 * 3_600];
        assert_eq!(instants.as_primitive::<TimestampSecondType>().values()[..2], expected);
        assert_eq!((instants.data_type(), instants.null_count()), (&zoned, 1));

        let days: ArrayRef = Arc::new(Date32Array::from(vec![19_666]));
        let zoned = DataType::Timestamp(TimeUnit::Second, Some("America/Havana".into()));
        let instants = cast_for_comparison(&days, &zoned).expect("dates are comparable with timestamps");
        // 2023-11-05 begins twice, first in summer time
        assert_eq!(instants.as_primitive::<TimestampSecondType>().values()[..], [19_666 * 86_400 + 4 * 3_600]);
    }
}
