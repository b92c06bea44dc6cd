//! A value that the data holds, taken out of its array for people and for comparisons.

use std::cmp::Ordering;

use arrow::array::{Array, AsArray, make_array};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type, i256,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use num_bigint::BigInt;

use super::{Literal, time};
use crate::document::{float_to_json, int_to_json};

/// One value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// No value; NaN in a float column counts as none.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A double.
    Float(f64),
    /// A single-precision number, which is written with as many digits as it has.
    Float32(f32),
    /// A decimal number: `value / 10^scale`.
    Decimal {
        /// The digits.
        value: i256,
        /// How many of them are behind the point; negative for trailing zeros.
        scale: i8,
    },
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// A date, time of day, timestamp or duration in the unit of its type.
    Time {
        /// The Arrow type, which gives unit and zone.
        data_type: DataType,
        /// The value in that unit.
        value: i64,
    },
    /// A list.
    List(Vec<Scalar>),
    /// Named values in order.
    Struct(Vec<(String, Scalar)>),
    /// A value of a type that weir has no form for (intervals), as Arrow writes it.
    Other(String),
}

impl Scalar {
    /// Takes the value of a row out of an array; the row must be in it.
    #[must_use]
    pub fn at(array: &dyn Array, row: usize) -> Self {
        if array.is_null(row) {
            return Self::Null;
        }
        macro_rules! int {
            ($type:ty) => {
                Self::Int(array.as_primitive::<$type>().value(row).into())
            };
        }
        macro_rules! time {
            ($type:ty) => {
                Self::Time {
                    data_type: array.data_type().clone(),
                    value: array.as_primitive::<$type>().value(row).into(),
                }
            };
        }
        macro_rules! decimal {
            ($type:ty, $scale:expr) => {
                Self::Decimal { value: array.as_primitive::<$type>().value(row).into(), scale: *$scale }
            };
        }
        match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool(array.as_boolean().value(row)),
            DataType::Int8 => int!(Int8Type),
            DataType::Int16 => int!(Int16Type),
            DataType::Int32 => int!(Int32Type),
            DataType::Int64 => int!(Int64Type),
            DataType::UInt8 => int!(UInt8Type),
            DataType::UInt16 => int!(UInt16Type),
            DataType::UInt32 => int!(UInt32Type),
            DataType::UInt64 => int!(UInt64Type),
            DataType::Float16 => Self::float32(array.as_primitive::<Float16Type>().value(row).to_f32()),
            DataType::Float32 => Self::float32(array.as_primitive::<Float32Type>().value(row)),
            DataType::Float64 => Self::float(array.as_primitive::<Float64Type>().value(row)),
            DataType::Decimal32(_, scale) => decimal!(Decimal32Type, scale),
            DataType::Decimal64(_, scale) => decimal!(Decimal64Type, scale),
            DataType::Decimal128(_, scale) => Self::Decimal {
                value: i256::from_i128(array.as_primitive::<Decimal128Type>().value(row)),
                scale: *scale,
            },
            DataType::Decimal256(_, scale) => {
                Self::Decimal { value: array.as_primitive::<Decimal256Type>().value(row), scale: *scale }
            }
            DataType::Utf8 => Self::Text(array.as_string::<i32>().value(row).to_owned()),
            DataType::LargeUtf8 => Self::Text(array.as_string::<i64>().value(row).to_owned()),
            DataType::Utf8View => Self::Text(array.as_string_view().value(row).to_owned()),
            DataType::Binary => Self::Binary(array.as_binary::<i32>().value(row).to_vec()),
            DataType::LargeBinary => Self::Binary(array.as_binary::<i64>().value(row).to_vec()),
            DataType::BinaryView => Self::Binary(array.as_binary_view().value(row).to_vec()),
            DataType::FixedSizeBinary(_) => Self::Binary(array.as_fixed_size_binary().value(row).to_vec()),
            DataType::Date32 => time!(Date32Type),
            DataType::Date64 => time!(Date64Type),
            DataType::Time32(TimeUnit::Second) => time!(Time32SecondType),
            DataType::Time32(_) => time!(Time32MillisecondType),
            DataType::Time64(TimeUnit::Microsecond) => time!(Time64MicrosecondType),
            DataType::Time64(_) => time!(Time64NanosecondType),
            DataType::Timestamp(TimeUnit::Second, _) => time!(TimestampSecondType),
            DataType::Timestamp(TimeUnit::Millisecond, _) => time!(TimestampMillisecondType),
            DataType::Timestamp(TimeUnit::Microsecond, _) => time!(TimestampMicrosecondType),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => time!(TimestampNanosecondType),
            DataType::Duration(TimeUnit::Second) => time!(DurationSecondType),
            DataType::Duration(TimeUnit::Millisecond) => time!(DurationMillisecondType),
            DataType::Duration(TimeUnit::Microsecond) => time!(DurationMicrosecondType),
            DataType::Duration(TimeUnit::Nanosecond) => time!(DurationNanosecondType),
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                let key = dictionary.keys().slice(row, 1);
                let key = arrow::compute::cast(&key, &DataType::UInt64).ok();
                match key.as_ref().map(|key| key.as_primitive::<UInt64Type>()).filter(|key| key.is_valid(0)) {
                    Some(key) => Self::at(dictionary.values(), key.value(0) as usize),
                    None => Self::Null,
                }
            }
            DataType::List(_) => Self::list(array.as_list::<i32>().value(row).as_ref()),
            DataType::LargeList(_) => Self::list(array.as_list::<i64>().value(row).as_ref()),
            DataType::FixedSizeList(_, _) => Self::list(array.as_fixed_size_list().value(row).as_ref()),
            DataType::ListView(_) => Self::list(array.as_list_view::<i32>().value(row).as_ref()),
            DataType::LargeListView(_) => Self::list(array.as_list_view::<i64>().value(row).as_ref()),
            DataType::Struct(fields) => {
                let columns = array.as_struct().columns().iter();
                Self::Struct(
                    fields
                        .iter()
                        .zip(columns)
                        .map(|(field, column)| (field.name().clone(), Self::at(column, row)))
                        .collect(),
                )
            }
            DataType::Map(_, _) => {
                let entries = array.as_map().value(row);
                let name = |scalar: Self| match scalar {
                    Self::Text(text) => text,
                    other => other.to_string(),
                };
                let (keys, values) = (entries.column(0), entries.column(1));
                Self::Struct((0..entries.len()).map(|at| (name(Self::at(keys, at)), Self::at(values, at))).collect())
            }
            // what a value is told by its own type
            DataType::Union(_, _) => Self::at(array.as_union().value(row).as_ref(), 0),
            _ => {
                let array = make_array(array.to_data());
                let text = ArrayFormatter::try_new(&array, &FormatOptions::default())
                    .map(|formatter| formatter.value(row).to_string());
                Self::Other(text.unwrap_or_default())
            }
        }
    }

    fn float(value: f64) -> Self {
        if value.is_nan() { Self::Null } else { Self::Float(value) }
    }

    fn float32(value: f32) -> Self {
        if value.is_nan() { Self::Null } else { Self::Float32(value) }
    }

    fn list(elements: &dyn Array) -> Self {
        Self::List((0..elements.len()).map(|at| Self::at(elements, at)).collect())
    }

    /// Tells whether there is no value.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the number that this is; booleans count as 0 and 1, times and texts are none.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Float32(value) => Some((*value).into()),
            Self::Decimal { .. } => self.to_string().parse().ok(),
            _ => None,
        }
    }

    /// Returns the value as JSON: times as ISO 8601, bytes in hexadecimal, decimals as numbers where a double holds all
    /// their digits and else as texts, infinities as texts.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => int_to_json(*value),
            Self::Float(value) => float_to_json(*value),
            Self::Float32(value) => float_to_json(value.to_string().parse().unwrap_or_else(|_| f64::from(*value))),
            Self::Decimal { value, .. } => {
                let text = self.to_string();
                if value.to_string().trim_start_matches('-').len() > 15 {
                    return text.into();
                }
                text.parse().map_or_else(|_| text.clone().into(), float_to_json)
            }
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Struct(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Self::Text(_) | Self::Binary(_) | Self::Time { .. } | Self::Other(_) => self.to_string().into(),
        }
    }

    /// Returns a date's or timestamp's nanoseconds since the epoch, one without a zone taken in UTC; `None` for all else.
    #[must_use]
    pub fn unix_nanoseconds(&self) -> Option<i128> {
        match self {
            Self::Time { data_type: DataType::Time32(_) | DataType::Time64(_) | DataType::Duration(_), .. } => None,
            Self::Time { data_type, value } => time::to_nanoseconds(data_type, *value),
            _ => None,
        }
    }

    /// Compares two values of comparable types; nulls and values of different families do not compare.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Binary(a), Self::Binary(b)) => Some(a.cmp(b)),
            (Self::Time { data_type: a, value: x }, Self::Time { data_type: b, value: y }) => {
                if a == b {
                    return Some(x.cmp(y));
                }
                Some(time::to_nanoseconds(a, *x)?.cmp(&time::to_nanoseconds(b, *y)?))
            }
            (Self::List(a), Self::List(b)) => {
                for (x, y) in a.iter().zip(b) {
                    match x.compare(y)? {
                        Ordering::Equal => {}
                        unequal => return Some(unequal),
                    }
                }
                Some(a.len().cmp(&b.len()))
            }
            (Self::Struct(a), Self::Struct(b)) => {
                for ((_, x), (_, y)) in a.iter().zip(b) {
                    match x.compare(y)? {
                        Ordering::Equal => {}
                        unequal => return Some(unequal),
                    }
                }
                Some(a.len().cmp(&b.len()))
            }
            _ => self.compare_numbers(other),
        }
    }

    /// Compares the value with a literal of a suite, read in the value's type; `None` where the two do not compare.
    #[must_use]
    pub fn compare_literal(&self, literal: &Literal) -> Option<Ordering> {
        match (self, literal) {
            (Self::Text(text), Literal::Text(other)) => Some(text.as_str().cmp(other)),
            (Self::Binary(bytes), Literal::Text(other)) => Some(bytes.as_slice().cmp(other.as_bytes())),
            (Self::Time { data_type: DataType::Duration(unit), value }, Literal::Text(text)) => {
                Some(time::to_nanoseconds(&DataType::Duration(*unit), *value)?.cmp(&time::parse_duration(text)?))
            }
            (Self::Time { data_type, value }, Literal::Text(text)) => {
                let moment = time::moment_nanoseconds(time::parse_moment(text)?, data_type)?;
                Some(time::to_nanoseconds(data_type, *value)?.cmp(&moment))
            }
            (_, Literal::Bool(other)) => self.compare_numbers(&Self::Bool(*other)),
            (_, Literal::Int(other)) => self.compare_numbers(&Self::Int(*other)),
            (Self::Float32(value), Literal::Float(other)) => value.partial_cmp(&(*other as f32)),
            (_, Literal::Float(other)) => self.compare_numbers(&Self::Float(*other)),
            (Self::Float32(value), Literal::Text(text)) => value.partial_cmp(&text.trim().parse().ok()?),
            (Self::Float(value), Literal::Text(text)) => value.partial_cmp(&text.trim().parse().ok()?),
            (_, Literal::Text(text)) => {
                let (value, scale) = self.as_decimal()?;
                Some(BigDecimal { value, scale: i64::from(scale) }.cmp(&BigDecimal::parse(text.trim())?))
            }
            _ => None,
        }
    }

    /// Compares numbers and booleans without rounding either.
    fn compare_numbers(&self, other: &Self) -> Option<Ordering> {
        let float = |scalar: &Self| match scalar {
            Self::Float(value) => Some(*value),
            Self::Float32(value) => Some(f64::from(*value)),
            _ => None,
        };
        match (float(self), float(other)) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            (None, None) => {
                let ((a, a_scale), (b, b_scale)) = (self.as_decimal()?, other.as_decimal()?);
                let scale = a_scale.max(b_scale);
                let raise = |value: BigInt, from: i8| {
                    value * BigInt::from(10).pow((i32::from(scale) - i32::from(from)).unsigned_abs())
                };
                Some(raise(a, a_scale).cmp(&raise(b, b_scale)))
            }
            (Some(a), None) => other.compare_float(a).map(Ordering::reverse),
            (None, Some(b)) => self.compare_float(b),
        }
    }

    /// Compares an exact number with a double.
    fn compare_float(&self, other: f64) -> Option<Ordering> {
        if other.is_infinite() {
            return Some(if other > 0.0 { Ordering::Less } else { Ordering::Greater });
        }
        let (value, scale) = self.as_decimal()?;
        if scale <= 0 && value.bits() <= 53 {
            return self.as_f64()?.partial_cmp(&other);
        }
        // a decimal is what it is written as, and so is a double: its shortest text; but whole numbers are exact
        let text = if scale <= 0 && other.fract() == 0.0 { format!("{other:.0}") } else { format!("{other:e}") };
        let written: BigDecimal = BigDecimal::parse(&text)?;
        Some(BigDecimal { value, scale: i64::from(scale) }.cmp(&written))
    }

    /// Returns a text that equal values share, whatever their types: `1`, `1.0` and `1.00` do, as do a date and its midnight,
    /// and times of one instant, of which those without a zone are taken in UTC. Texts and bytes are like nothing else, and
    /// nulls like each other. Lists and structs are alike where their values are, in order; names of fields do not count.
    #[must_use]
    pub fn identity(&self) -> String {
        let all = |values: &mut dyn Iterator<Item = &Self>| values.map(Self::identity).collect::<Vec<_>>().join(",");
        let number = |text: String| BigDecimal::parse(&text).map_or(text, |number| number.identity());
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Float(value) => number(format!("{value:e}")),
            Self::Float32(value) => number(format!("{value:e}")),
            Self::Decimal { .. } => number(self.to_string()),
            Self::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Self::Binary(bytes) => format!("bytes {bytes:?}"),
            Self::Time { data_type, value } => {
                let kind = match data_type {
                    DataType::Duration(_) => "duration",
                    DataType::Time32(_) | DataType::Time64(_) => "time",
                    _ => "moment",
                };
                format!("{kind} {}", time::to_nanoseconds(data_type, *value).unwrap_or(i128::from(*value)))
            }
            Self::List(values) => format!("[{}]", all(&mut values.iter())),
            Self::Struct(fields) => format!("{{{}}}", all(&mut fields.iter().map(|(_, value)| value))),
            Self::Other(text) => format!("other {text}"),
        }
    }

    /// Reads a literal as a value of the same kind as this one: a text as a time in this one's unit and zone, members of lists
    /// and fields of structs likewise. What does not read so, or has no such unit exactly, is what the literal is by itself.
    #[must_use]
    pub fn read_like(&self, literal: &Literal) -> Self {
        let moment = |text: &str, data_type: &DataType| {
            let nanoseconds = match data_type {
                DataType::Duration(_) => time::parse_duration(text)?,
                _ => time::moment_nanoseconds(time::parse_moment(text)?, data_type)?,
            };
            let step = time::step_nanoseconds(data_type)?;
            let value =
                i64::try_from(nanoseconds.div_euclid(step)).ok().filter(|_| nanoseconds.rem_euclid(step) == 0)?;
            Some(Self::Time { data_type: data_type.clone(), value })
        };
        match (self, literal) {
            (Self::Time { data_type, .. }, Literal::Text(text)) => {
                moment(text, data_type).unwrap_or_else(|| Self::Text(text.clone()))
            }
            (_, Literal::Null) => Self::Null,
            (_, Literal::Bool(value)) => Self::Bool(*value),
            (_, Literal::Int(value)) => Self::Int(*value),
            (_, Literal::Float(value)) => Self::float(*value),
            (_, Literal::Text(text)) => Self::Text(text.clone()),
            (Self::List(models), Literal::List(literals)) => {
                let model = models.first().unwrap_or(&Self::Null);
                Self::List(literals.iter().map(|literal| model.read_like(literal)).collect())
            }
            (_, Literal::List(literals)) => {
                Self::List(literals.iter().map(|literal| Self::Null.read_like(literal)).collect())
            }
            (_, Literal::Struct(fields)) => {
                let model = |name: &str| match self {
                    Self::Struct(models) => models.iter().find(|(known, _)| known == name).map(|(_, model)| model),
                    _ => None,
                };
                let read = |(name, literal): &(String, Literal)| {
                    (name.clone(), model(name).unwrap_or(&Self::Null).read_like(literal))
                };
                Self::Struct(fields.iter().map(read).collect())
            }
        }
    }

    fn as_decimal(&self) -> Option<(BigInt, i8)> {
        match self {
            Self::Bool(value) => Some((BigInt::from(u8::from(*value)), 0)),
            Self::Int(value) => Some((BigInt::from(*value), 0)),
            Self::Decimal { value, scale } => Some((value.to_string().parse().ok()?, *scale)),
            _ => None,
        }
    }
}

/// A decimal number of any size: `value / 10^scale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BigDecimal {
    /// The digits.
    pub value: BigInt,
    /// How many of them are behind the point.
    pub scale: i64,
}

impl BigDecimal {
    /// Reads `-12.5e3`; `None` for what is no finite number or has an exponent beyond four digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if exponent.abs() > 9_999 || fraction.len() > 9_999 || !digits.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self { value: digits.parse().ok()?, scale: fraction.len() as i64 - exponent })
    }

    /// Returns a text that equal numbers share: digits without zeros at the end, and their power of ten.
    fn identity(&self) -> String {
        let digits = self.value.to_string();
        let significant = digits.trim_end_matches('0');
        match (significant, (digits.len() - significant.len()) as i64 - self.scale) {
            ("", _) => "0".to_owned(),
            (_, 0..30) => self.floor_at(0).0.to_string(),
            (significant, power) => format!("{significant}e{power}"),
        }
    }

    /// Returns the digits at another scale, rounded down, and whether that is exact.
    pub(crate) fn floor_at(&self, scale: i64) -> (BigInt, bool) {
        let difference = scale - self.scale;
        let factor = BigInt::from(10).pow(u32::try_from(difference.unsigned_abs()).unwrap_or(u32::MAX).min(20_000));
        if difference >= 0 {
            return (&self.value * factor, true);
        }
        let quotient = &self.value / &factor;
        let remainder = &self.value % &factor;
        let exact = remainder == BigInt::ZERO;
        let below = if remainder < BigInt::ZERO { quotient - 1 } else { quotient };
        (below, exact)
    }
}

impl PartialOrd for BigDecimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for BigDecimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        self.floor_at(scale).0.cmp(&other.floor_at(scale).0)
    }
}

/// Writes the value plainly: texts without quotes, the rest as in JSON.
impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) | Self::Other(text) => f.write_str(text),
            Self::Binary(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Time { data_type, value } => f.write_str(&time::to_text(data_type, *value)),
            Self::Decimal { value, scale } => {
                let precision = Decimal256Type::MAX_PRECISION;
                f.write_str(&Decimal256Type::format_decimal(*value, precision, *scale))
            }
            other => write!(f, "{}", other.to_json()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_and_doubles_compare_without_rounding() {
        let large = Scalar::Int((1 << 53) + 1);
        assert_eq!(large.compare(&Scalar::Float(9_007_199_254_740_992.0)), Some(Ordering::Greater));
        assert_eq!(Scalar::Int(1).compare(&Scalar::Bool(true)), Some(Ordering::Equal));
        assert_eq!(Scalar::Float(f64::INFINITY).compare(&large), Some(Ordering::Greater));
    }

    #[test]
    fn a_decimal_equals_the_double_that_is_written_alike() {
        let tenth = Scalar::Decimal { value: i256::from_i128(10), scale: 2 };
        assert_eq!(tenth.compare(&Scalar::Float(0.1)), Some(Ordering::Equal));
        assert_eq!(tenth.to_json(), serde_json::json!(0.1));
        assert_eq!(tenth.to_string(), "0.10");
    }

    #[test]
    fn numbers_round_down_to_a_scale() {
        let number = BigDecimal::parse("-1.25e0").expect("a number");
        assert_eq!(number.floor_at(1), (BigInt::from(-13), false));
        assert_eq!(number.floor_at(3), (BigInt::from(-1250), true));
    }
}
