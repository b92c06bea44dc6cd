//! Tests of single values, bound to a column's type and evaluated over whole arrays.

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, BinaryArray, BinaryViewArray, BooleanArray,
    GenericStringArray, LargeBinaryArray, LargeListArray, LargeListViewArray, ListArray, ListViewArray, MapArray,
    OffsetSizeTrait, PrimitiveArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal256Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type, i256,
};
use chrono::{Datelike, NaiveDate};
use hashbrown::HashSet;
use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::fit::{self, Interval, Unfit};
use super::pattern::Pattern;
use super::read::read_texts;
use super::strptime::TimeFormat;
use super::type_name::content;
use super::{Bounds, Family, Format, Literal, Test, text};
use crate::verdict::Problem;

/// A test that fits a column's type.
#[derive(Debug)]
pub(crate) struct BoundTest {
    check: Check,
    /// Texts are read as this type first.
    read_as: Option<DataType>,
    /// The test of texts that cannot be read; without one they are unexpected.
    misfits: Option<Check>,
}

enum Check {
    /// The same answer for every value.
    Always(bool),
    Int(Interval<i128>),
    Float(Interval<f64>),
    Float32(Interval<f32>),
    Decimal(Interval<i256>),
    /// Texts or bytes between bounds.
    Bytes {
        low: Option<Vec<u8>>,
        strict_low: bool,
        high: Option<Vec<u8>>,
        strict_high: bool,
    },
    IntSet(IntSet),
    /// Doubles by their bits.
    FloatSet(HashSet<u64>),
    DecimalSet(HashSet<i256>),
    ByteSet(ByteSet),
    /// The opposite.
    Not(Box<Check>),
    Pattern(Box<Pattern>),
    /// Lengths in code points, bytes or elements.
    Length(Interval<i128>),
    /// Any other question about a text.
    Text(Box<dyn Fn(&str) -> bool + Send + Sync>),
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Check")
    }
}

/// Texts or bytes, few of them as a list and many as a hash set.
#[derive(Debug)]
enum ByteSet {
    Few(Vec<Vec<u8>>),
    Many(HashSet<Vec<u8>>),
}

/// Whole numbers that values of a type of at most 64 bits may equal, few of them as a list and many as a hash set.
#[derive(Debug)]
enum IntSet {
    Few(Vec<i128>),
    /// The lowest 64 bits of each, which tell values of one type apart.
    Many(HashSet<u64>),
}

impl IntSet {
    /// Takes the members that the type can hold.
    fn new(members: impl Iterator<Item = i128>, data_type: &DataType) -> Self {
        let (least, greatest) = if data_type.is_unsigned_integer() {
            (0, i128::from(u64::MAX))
        } else {
            (i128::from(i64::MIN), i128::from(i64::MAX))
        };
        let mut members: Vec<i128> = members.filter(|member| (least..=greatest).contains(member)).collect();
        members.sort_unstable();
        members.dedup();
        if members.len() <= 8 {
            Self::Few(members)
        } else {
            Self::Many(members.into_iter().map(|member| member as u64).collect())
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Few(members) if members.is_empty())
    }

    fn contains(&self, value: i128) -> bool {
        match self {
            Self::Few(members) => members.contains(&value),
            Self::Many(members) => members.contains(&(value as u64)),
        }
    }
}

impl ByteSet {
    fn new(members: Vec<Vec<u8>>) -> Self {
        if members.len() <= 4 { Self::Few(members) } else { Self::Many(members.into_iter().collect()) }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Few(members) => members.is_empty(),
            Self::Many(members) => members.is_empty(),
        }
    }

    fn contains(&self, value: &[u8]) -> bool {
        match self {
            Self::Few(members) => members.iter().any(|member| member.as_slice() == value),
            Self::Many(members) => members.contains(value),
        }
    }
}

/// Returns the bits of a double; equal numbers have the same, NaN is none of a set.
fn float_bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

impl BoundTest {
    /// Fits a test to a column.
    ///
    /// `wanted` is the type that a column of texts would have but for a few values: numbers and times are then read from
    /// the texts, and those few are unexpected.
    ///
    /// # Errors
    /// `type-mismatch`: the test makes no sense for the type, or a literal does not fit it. `invalid-pattern` and the like.
    pub(crate) fn new(
        test: &Test,
        column: &str,
        data_type: &DataType,
        wanted: Option<&DataType>,
    ) -> Result<Self, Problem> {
        if let Some(wanted) = wanted
            && matches!(test, Test::Between(_) | Test::InSet(_) | Test::OneOf(_) | Test::NotInSet(_) | Test::IsTrue)
        {
            let read = Check::new(test, column, wanted);
            let as_it_is = Check::new(test, column, data_type);
            return match (read, as_it_is) {
                // a suite that speaks of texts alone means them
                (Ok(read), Ok(check)) if read.has_no_members() && !check.has_no_members() => {
                    Ok(Self { check, read_as: None, misfits: None })
                }
                // a set may name them beside values of the type
                (Ok(check), misfits) => Ok(Self {
                    check,
                    read_as: Some(wanted.clone()),
                    misfits: misfits.ok().filter(|_| matches!(test, Test::InSet(_))),
                }),
                (Err(_), Ok(check)) => Ok(Self { check, read_as: None, misfits: None }),
                (Err(problem), Err(_)) => Err(problem),
            };
        }
        Ok(Self { check: Check::new(test, column, data_type)?, read_as: None, misfits: None })
    }

    /// Answers for each value of an array that is not dictionary-encoded; nulls get any answer.
    pub(crate) fn evaluate(&self, array: &ArrayRef) -> BooleanBuffer {
        let Some(wanted) = &self.read_as else { return self.check.evaluate(array) };
        let values = read_texts(array, wanted);
        let pass = self.check.evaluate(&values);
        let Some(nulls) = values.logical_nulls() else { return pass };
        let pass = &pass & nulls.inner();
        match &self.misfits {
            Some(misfits) => &pass | &(&misfits.evaluate(array) & &!nulls.inner()),
            None => pass,
        }
    }

    /// Tells whether all values between two bounds pass, where the test is about an interval.
    pub(crate) fn holds_between(&self, lower: &super::Scalar, upper: &super::Scalar, data_type: &DataType) -> bool {
        if self.read_as.is_some() {
            return false;
        }
        self.check.holds_between(lower, upper, data_type)
    }

    /// Tells whether no value between two bounds passes, where the test is about an interval or a few values.
    pub(crate) fn fails_between(&self, lower: &super::Scalar, upper: &super::Scalar, data_type: &DataType) -> bool {
        self.read_as.is_none() && self.check.fails_between(lower, upper, data_type)
    }
}

impl Check {
    fn new(test: &Test, column: &str, data_type: &DataType) -> Result<Self, Problem> {
        let family = Family::of(data_type);
        if family == Family::Null {
            return Ok(Self::Always(true));
        }
        let mismatch = |what: &str| {
            Problem::new("type-mismatch", format!("column `{column}` holds {}, {what}", content(data_type)))
                .at("column")
        };
        let text_only = |what: &str| if family == Family::Text { Ok(()) } else { Err(mismatch(what)) };
        Ok(match test {
            Test::Between(bounds) => {
                Self::between(bounds, data_type).map_err(|unfit| unfit_problem(&unfit, column, data_type))?
            }
            Test::InSet(set) => {
                Self::in_set(set, data_type, false).ok_or_else(|| mismatch("which cannot be looked up in a set"))?
            }
            Test::OneOf(set) => {
                for literal in set {
                    let bounds = Bounds { min: Some(literal.clone()), max: Some(literal.clone()), ..Bounds::default() };
                    Self::between(&bounds, data_type).map_err(|unfit| unfit_problem(&unfit, column, data_type))?;
                }
                Self::in_set(set, data_type, true).ok_or_else(|| mismatch("which cannot be looked up in a set"))?
            }
            Test::IsTrue if family == Family::Boolean => Self::IntSet(IntSet::Few(vec![1])),
            Test::IsTrue => return Err(mismatch("which are no condition by themselves: compare them with something")),
            Test::NotInSet(set) => Self::Not(Box::new(
                Self::in_set(set, data_type, false).ok_or_else(|| mismatch("which cannot be looked up in a set"))?,
            )),
            Test::Regex(pattern) => {
                if family == Family::Nested {
                    return Err(mismatch("a pattern needs texts"));
                }
                Self::Pattern(Box::new(Pattern::compile(pattern).map_err(|reason| {
                    Problem::new(
                        "invalid-pattern",
                        format!("the regular expression `{pattern}` is not valid: {reason}"),
                    )
                    .at("regex")
                })?))
            }
            Test::Like { pattern, escape } => {
                if family == Family::Nested {
                    return Err(mismatch("a pattern needs texts"));
                }
                Self::Pattern(Box::new(Pattern::like(pattern, *escape).map_err(|reason| {
                    Problem::new("invalid-pattern", format!("the LIKE pattern `{pattern}` is not valid: {reason}"))
                        .at("like_pattern")
                })?))
            }
            Test::Length(bounds) => {
                let interval = fit::int_interval(bounds, &DataType::UInt64);
                Self::Length(interval.map_err(|unfit| unfit_problem(&unfit, column, &DataType::UInt64))?)
            }
            Test::Strftime(format) => {
                text_only("a time format needs texts")?;
                let format = TimeFormat::new(format).map_err(|reason| {
                    Problem::new("invalid-format", format!("the time format `{format}` is not valid: {reason}"))
                        .at("strftime_format")
                })?;
                Self::Text(Box::new(move |text| format.matches(text)))
            }
            Test::Dateutil => {
                text_only("only texts can be parsed as dates")?;
                let parser = dtparse::Parser::default();
                Self::Text(Box::new(move |text| is_lone_number(text.trim()) || is_usual_date(&parser, text)))
            }
            // what is no text is no JSON text
            Test::Json if family != Family::Text => Self::Always(false),
            Test::Json => Self::Text(Box::new(|text| parse_json(text).is_some())),
            Test::JsonSchema(schema) => {
                text_only("a JSON Schema is held against JSON texts")?;
                let invalid = |reason: String| {
                    Problem::new("invalid-schema", format!("the JSON Schema is not valid: {reason}")).at("json_schema")
                };
                let schema: serde_json::Value =
                    serde_json::from_str(schema).map_err(|error| invalid(error.to_string()))?;
                let validator = jsonschema::validator_for(&schema).map_err(|error| invalid(error.to_string()))?;
                Self::Text(Box::new(move |text| parse_json(text).is_some_and(|value| validator.is_valid(&value))))
            }
            Test::Format(format) => {
                text_only("this format is one of texts")?;
                Self::Text(format_check(*format))
            }
            Test::StartsWith(prefix) => {
                text_only("only texts start with a text")?;
                let prefix = prefix.clone();
                Self::Text(Box::new(move |text| text.starts_with(&prefix)))
            }
            Test::EndsWith(suffix) => {
                text_only("only texts end with a text")?;
                let suffix = suffix.clone();
                Self::Text(Box::new(move |text| text.ends_with(&suffix)))
            }
            Test::Contains(part) => {
                text_only("only texts contain a text")?;
                let finder = memchr::memmem::Finder::new(part.as_bytes()).into_owned();
                Self::Text(Box::new(move |text| finder.find(text.as_bytes()).is_some()))
            }
        })
    }

    fn between(bounds: &Bounds, data_type: &DataType) -> Result<Self, Unfit> {
        Ok(match (Family::of(data_type), data_type) {
            (_, DataType::Float64) => Self::Float(fit::float_interval(bounds, data_type)?),
            (_, DataType::Float32 | DataType::Float16) => Self::Float32(fit::float32_interval(bounds, data_type)?),
            (_, DataType::Dictionary(_, value)) => return Self::between(bounds, value),
            (Family::Number, _) if data_type.is_decimal() => Self::Decimal(fit::decimal_interval(bounds, data_type)?),
            (Family::Number | Family::Boolean | Family::Time, _) => Self::Int(fit::int_interval(bounds, data_type)?),
            _ => {
                let bytes = |bound: &Option<Literal>| match bound {
                    None | Some(Literal::Null) => Ok(None),
                    Some(Literal::Text(text)) if Family::of(data_type) != Family::Nested => {
                        Ok(Some(text.clone().into_bytes()))
                    }
                    Some(other) => Err(fit::unfit(other, data_type)),
                };
                Self::Bytes {
                    low: bytes(&bounds.min)?,
                    strict_low: bounds.strict_min,
                    high: bytes(&bounds.max)?,
                    strict_high: bounds.strict_max,
                }
            }
        })
    }

    fn in_set(set: &[Literal], data_type: &DataType, texts_are_read: bool) -> Option<Self> {
        let floats = || set.iter().filter_map(|literal| fit::float_member(literal, texts_are_read));
        Some(match (Family::of(data_type), data_type) {
            (_, DataType::Dictionary(_, value)) => return Self::in_set(set, value, texts_are_read),
            (_, DataType::Float64) => Self::FloatSet(floats().map(float_bits).collect()),
            (_, DataType::Float32 | DataType::Float16) => {
                Self::FloatSet(floats().map(|value| float_bits(f64::from(value as f32))).collect())
            }
            (Family::Number, _) if data_type.is_decimal() => {
                let member = |literal| fit::decimal_member(literal, data_type, texts_are_read);
                Self::DecimalSet(set.iter().filter_map(member).collect())
            }
            (Family::Number | Family::Boolean | Family::Time, _) => {
                let member = |literal| fit::int_member(literal, data_type, texts_are_read);
                Self::IntSet(IntSet::new(set.iter().filter_map(member), data_type))
            }
            (Family::Text | Family::Binary, _) => {
                let texts = set.iter().filter_map(|literal| match literal {
                    Literal::Text(text) => Some(text.clone().into_bytes()),
                    _ => None,
                });
                Self::ByteSet(ByteSet::new(texts.collect()))
            }
            (Family::Nested | Family::Null, _) => return None,
        })
    }

    /// Tells whether this is a question about a set in which no value of the type is.
    fn has_no_members(&self) -> bool {
        match self {
            Self::IntSet(members) => members.is_empty(),
            Self::FloatSet(members) => members.is_empty(),
            Self::DecimalSet(members) => members.is_empty(),
            Self::ByteSet(members) => members.is_empty(),
            Self::Not(check) => check.has_no_members(),
            _ => false,
        }
    }

    fn evaluate(&self, array: &ArrayRef) -> BooleanBuffer {
        match self {
            Self::Always(answer) => constant(*answer, array.len()),
            Self::Int(interval) => ints(array, IntQuestion::Interval(*interval)),
            Self::IntSet(members) => ints(array, IntQuestion::Members(members)),
            Self::Float(Interval { low, high }) => {
                let (low, high) = (*low, *high);
                primitive::<Float64Type>(array, |value| low <= value && value <= high)
            }
            Self::Float32(Interval { low, high }) => {
                let (low, high) = (*low, *high);
                match cast(array, &DataType::Float32) {
                    Ok(array) => primitive::<Float32Type>(&array, |value| low <= value && value <= high),
                    Err(_) => BooleanBuffer::new_unset(array.len()),
                }
            }
            Self::FloatSet(members) => match cast(array, &DataType::Float64) {
                Ok(array) => primitive::<Float64Type>(&array, |value| members.contains(&float_bits(value))),
                Err(_) => BooleanBuffer::new_unset(array.len()),
            },
            Self::Decimal(Interval { low, high }) => decimals(array, |value| *low <= value && value <= *high),
            Self::DecimalSet(members) => decimals(array, |value| members.contains(&value)),
            Self::Bytes { low, strict_low, high, strict_high } => bytes(array, |value| {
                let above = low
                    .as_ref()
                    .is_none_or(|low| if *strict_low { value > low.as_slice() } else { value >= low.as_slice() });
                above
                    && high.as_ref().is_none_or(|high| {
                        if *strict_high { value < high.as_slice() } else { value <= high.as_slice() }
                    })
            }),
            Self::ByteSet(members) => bytes(array, |value| members.contains(value)),
            Self::Not(check) => !&check.evaluate(array),
            Self::Pattern(pattern) => pattern.matches(&text::texts(array)),
            Self::Length(interval) => lengths(array, *interval),
            Self::Text(check) => {
                let texts = text::texts(array);
                match texts.data_type() {
                    DataType::Utf8 => each_text(texts.as_string::<i32>(), check),
                    DataType::LargeUtf8 => each_text(texts.as_string::<i64>(), check),
                    _ => {
                        let texts = texts.as_string_view();
                        BooleanBuffer::collect_bool(texts.len(), |row| texts.is_valid(row) && check(texts.value(row)))
                    }
                }
            }
        }
    }

    fn holds_between(&self, lower: &super::Scalar, upper: &super::Scalar, data_type: &DataType) -> bool {
        use super::Scalar;
        match self {
            Self::Always(answer) => *answer,
            Self::Int(interval) => match (lower, upper) {
                (Scalar::Int(low), Scalar::Int(high)) => interval.low <= *low && *high <= interval.high,
                (Scalar::Time { value: low, data_type: a }, Scalar::Time { value: high, data_type: b }) => {
                    a == data_type
                        && b == data_type
                        && interval.low <= (*low).into()
                        && i128::from(*high) <= interval.high
                }
                (Scalar::Bool(low), Scalar::Bool(high)) => {
                    interval.low <= (*low).into() && i128::from(*high) <= interval.high
                }
                _ => false,
            },
            Self::Float(interval) => match (lower, upper) {
                (Scalar::Float(low), Scalar::Float(high)) => interval.low <= *low && *high <= interval.high,
                _ => false,
            },
            Self::Float32(interval) => match (lower, upper) {
                (Scalar::Float32(low), Scalar::Float32(high)) => interval.low <= *low && *high <= interval.high,
                _ => false,
            },
            Self::Decimal(interval) => match (lower, upper) {
                (Scalar::Decimal { value: low, .. }, Scalar::Decimal { value: high, .. }) => {
                    interval.low <= *low && *high <= interval.high
                }
                _ => false,
            },
            Self::Bytes { low: min, strict_low, high: max, strict_high } => match (lower, upper) {
                (Scalar::Text(low), Scalar::Text(high)) => {
                    let above = min.as_ref().is_none_or(|min| {
                        if *strict_low { low.as_bytes() > min.as_slice() } else { low.as_bytes() >= min.as_slice() }
                    });
                    above
                        && max.as_ref().is_none_or(|max| {
                            if *strict_high {
                                high.as_bytes() < max.as_slice()
                            } else {
                                high.as_bytes() <= max.as_slice()
                            }
                        })
                }
                _ => false,
            },
            _ => false,
        }
    }
}

impl Check {
    fn fails_between(&self, lower: &super::Scalar, upper: &super::Scalar, data_type: &DataType) -> bool {
        use super::Scalar;
        let whole = match (lower, upper) {
            (Scalar::Int(low), Scalar::Int(high)) => Some((*low, *high)),
            (Scalar::Bool(low), Scalar::Bool(high)) => Some((i128::from(*low), i128::from(*high))),
            (Scalar::Time { value: low, data_type: a }, Scalar::Time { value: high, data_type: b })
                if a == data_type && b == data_type =>
            {
                Some((i128::from(*low), i128::from(*high)))
            }
            _ => None,
        };
        match (self, lower, upper) {
            (Self::Always(answer), _, _) => !answer,
            (Self::Int(interval), _, _) => whole.is_some_and(|(low, high)| high < interval.low || low > interval.high),
            (Self::IntSet(IntSet::Few(members)), _, _) => {
                whole.is_some_and(|(low, high)| !members.iter().any(|member| (low..=high).contains(member)))
            }
            (Self::Float(interval), Scalar::Float(low), Scalar::Float(high)) => {
                *high < interval.low || *low > interval.high
            }
            (Self::Float32(interval), Scalar::Float32(low), Scalar::Float32(high)) => {
                *high < interval.low || *low > interval.high
            }
            (Self::Decimal(interval), Scalar::Decimal { value: low, .. }, Scalar::Decimal { value: high, .. }) => {
                *high < interval.low || *low > interval.high
            }
            (Self::Bytes { low: min, high: max, .. }, Scalar::Text(low), Scalar::Text(high)) => {
                min.as_ref().is_some_and(|min| high.as_bytes() < min.as_slice())
                    || max.as_ref().is_some_and(|max| low.as_bytes() > max.as_slice())
            }
            (Self::ByteSet(ByteSet::Few(members)), Scalar::Text(low), Scalar::Text(high)) => {
                let is_between =
                    |member: &Vec<u8>| low.as_bytes() <= member.as_slice() && member.as_slice() <= high.as_bytes();
                !members.iter().any(is_between)
            }
            _ => false,
        }
    }
}

fn unfit_problem(unfit: &Unfit, column: &str, data_type: &DataType) -> Problem {
    let held = content(data_type);
    Problem::new(
        "type-mismatch",
        format!("{} cannot be held against column `{column}`, which holds {held}", unfit.literal),
    )
    .with_help(format!("give {}", unfit.wanted))
}

fn constant(answer: bool, len: usize) -> BooleanBuffer {
    if answer { BooleanBuffer::new_set(len) } else { BooleanBuffer::new_unset(len) }
}

/// Answers for each value of a primitive array; false for all of another type, which binding rules out.
fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef, check: impl Fn(T::Native) -> bool) -> BooleanBuffer {
    let Some(array) = array.as_primitive_opt::<T>() else { return BooleanBuffer::new_unset(array.len()) };
    collect(array.values(), check)
}

/// Collects the answers for a slice 64 at a time, which compilers turn into vector code for simple checks.
fn collect<V: Copy>(values: &[V], check: impl Fn(V) -> bool) -> BooleanBuffer {
    BooleanBuffer::collect_bool(values.len(), |at| check(values[at]))
}

#[derive(Clone, Copy)]
enum IntQuestion<'a> {
    Interval(Interval<i128>),
    Members(&'a IntSet),
}

fn ints(array: &ArrayRef, question: IntQuestion<'_>) -> BooleanBuffer {
    macro_rules! ask {
        ($type:ty) => {
            int_answers::<$type>(array, question)
        };
    }
    match array.data_type() {
        DataType::Int8 => ask!(Int8Type),
        DataType::Int16 => ask!(Int16Type),
        DataType::Int32 => ask!(Int32Type),
        DataType::Int64 => ask!(Int64Type),
        DataType::UInt8 => ask!(UInt8Type),
        DataType::UInt16 => ask!(UInt16Type),
        DataType::UInt32 => ask!(UInt32Type),
        DataType::UInt64 => ask!(UInt64Type),
        DataType::Date32 => ask!(Date32Type),
        DataType::Date64 => ask!(Date64Type),
        DataType::Time32(TimeUnit::Second) => ask!(Time32SecondType),
        DataType::Time32(_) => ask!(Time32MillisecondType),
        DataType::Time64(TimeUnit::Microsecond) => ask!(Time64MicrosecondType),
        DataType::Time64(_) => ask!(Time64NanosecondType),
        DataType::Timestamp(TimeUnit::Second, _) => ask!(TimestampSecondType),
        DataType::Timestamp(TimeUnit::Millisecond, _) => ask!(TimestampMillisecondType),
        DataType::Timestamp(TimeUnit::Microsecond, _) => ask!(TimestampMicrosecondType),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => ask!(TimestampNanosecondType),
        DataType::Duration(TimeUnit::Second) => ask!(DurationSecondType),
        DataType::Duration(TimeUnit::Millisecond) => ask!(DurationMillisecondType),
        DataType::Duration(TimeUnit::Microsecond) => ask!(DurationMicrosecondType),
        DataType::Duration(TimeUnit::Nanosecond) => ask!(DurationNanosecondType),
        DataType::Boolean => booleans(array.as_boolean(), question),
        _ => BooleanBuffer::new_unset(array.len()),
    }
}

fn booleans(array: &BooleanArray, question: IntQuestion<'_>) -> BooleanBuffer {
    let passes = |value: i128| match question {
        IntQuestion::Interval(Interval { low, high }) => low <= value && value <= high,
        IntQuestion::Members(members) => members.contains(value),
    };
    match (passes(0), passes(1)) {
        (true, true) => BooleanBuffer::new_set(array.len()),
        (false, false) => BooleanBuffer::new_unset(array.len()),
        (false, true) => array.values().clone(),
        (true, false) => !array.values(),
    }
}

/// Cuts the question down to the native type, so that the loop compares native values.
fn int_answers<T>(array: &ArrayRef, question: IntQuestion<'_>) -> BooleanBuffer
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128> + Into<i128> + Ord,
{
    let Some(array): Option<&PrimitiveArray<T>> = array.as_primitive_opt() else {
        return BooleanBuffer::new_unset(array.len());
    };
    let native = |value: i128| T::Native::try_from(value).ok();
    match question {
        IntQuestion::Interval(Interval { low, high }) => {
            let (least, greatest) = (T::Native::MIN_TOTAL_ORDER.into(), T::Native::MAX_TOTAL_ORDER.into());
            if low > greatest || high < least || low > high {
                return BooleanBuffer::new_unset(array.len());
            }
            let (Some(low), Some(high)) = (native(low.max(least)), native(high.min(greatest))) else {
                return BooleanBuffer::new_unset(array.len());
            };
            collect(array.values(), |value| low <= value && value <= high)
        }
        IntQuestion::Members(IntSet::Few(members)) => {
            let members: Vec<T::Native> = members.iter().filter_map(|member| native(*member)).collect();
            collect(array.values(), |value| members.contains(&value))
        }
        IntQuestion::Members(IntSet::Many(members)) => {
            collect(array.values(), |value| members.contains(&(value.into() as u64)))
        }
    }
}

fn decimals(array: &ArrayRef, check: impl Fn(i256) -> bool) -> BooleanBuffer {
    let scale = match array.data_type() {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => *scale,
        _ => 0,
    };
    match cast(array, &DataType::Decimal256(76, scale)) {
        Ok(wide) => primitive::<Decimal256Type>(&wide, check),
        Err(_) => BooleanBuffer::new_unset(array.len()),
    }
}

fn bytes(array: &ArrayRef, check: impl Fn(&[u8]) -> bool) -> BooleanBuffer {
    macro_rules! each {
        ($array:expr) => {{
            let values = $array;
            BooleanBuffer::collect_bool(values.len(), |row| check(values.value(row).as_ref()))
        }};
    }
    match array.data_type() {
        DataType::Utf8 => each!(array.as_string::<i32>()),
        DataType::LargeUtf8 => each!(array.as_string::<i64>()),
        DataType::Utf8View => each!(array.as_string_view()),
        DataType::Binary => each!(array.as_binary::<i32>()),
        DataType::LargeBinary => each!(array.as_binary::<i64>()),
        DataType::BinaryView => each!(array.as_binary_view()),
        DataType::FixedSizeBinary(_) => each!(array.as_fixed_size_binary()),
        _ => BooleanBuffer::new_unset(array.len()),
    }
}

fn each_text<O: OffsetSizeTrait>(texts: &GenericStringArray<O>, check: &dyn Fn(&str) -> bool) -> BooleanBuffer {
    BooleanBuffer::collect_bool(texts.len(), |row| texts.is_valid(row) && check(texts.value(row)))
}

fn lengths(array: &ArrayRef, interval: Interval<i128>) -> BooleanBuffer {
    let fits = |length: usize| {
        let length = length as i128;
        interval.low <= length && length <= interval.high
    };
    macro_rules! each {
        ($values:expr, $length:expr) => {{
            let values = $values;
            BooleanBuffer::collect_bool(values.len(), |row| fits($length(values, row)))
        }};
    }
    match array.data_type() {
        DataType::Binary => each!(array.as_binary::<i32>(), |values: &BinaryArray, row| values.value(row).len()),
        DataType::LargeBinary => {
            each!(array.as_binary::<i64>(), |values: &LargeBinaryArray, row| values.value(row).len())
        }
        DataType::BinaryView => each!(array.as_binary_view(), |values: &BinaryViewArray, row| values.value(row).len()),
        DataType::FixedSizeBinary(size) | DataType::FixedSizeList(_, size) => {
            constant(fits(usize::try_from(*size).unwrap_or(0)), array.len())
        }
        DataType::List(_) => {
            each!(array.as_list::<i32>(), |values: &ListArray, row| values.value_length(row) as usize)
        }
        DataType::LargeList(_) => {
            each!(array.as_list::<i64>(), |values: &LargeListArray, row| values.value_length(row) as usize)
        }
        DataType::ListView(_) => {
            each!(array.as_list_view::<i32>(), |values: &ListViewArray, row| values.value_size(row) as usize)
        }
        DataType::LargeListView(_) => {
            each!(array.as_list_view::<i64>(), |values: &LargeListViewArray, row| values.value_size(row) as usize)
        }
        DataType::Map(_, _) => each!(array.as_map(), |values: &MapArray, row| values.value_length(row) as usize),
        DataType::Struct(fields) => constant(fits(fields.len()), array.len()),
        _ => {
            let texts = text::texts(array);
            match texts.data_type() {
                DataType::Utf8 => text_lengths(texts.as_string::<i32>(), interval),
                DataType::LargeUtf8 => text_lengths(texts.as_string::<i64>(), interval),
                _ => {
                    let texts = texts.as_string_view();
                    BooleanBuffer::collect_bool(texts.len(), |row| fits(texts.value(row).chars().count()))
                }
            }
        }
    }
}

/// Where all texts of a batch are ASCII, lengths are differences of offsets.
fn text_lengths<O: OffsetSizeTrait>(texts: &GenericStringArray<O>, interval: Interval<i128>) -> BooleanBuffer {
    let offsets = texts.value_offsets();
    let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else { return BooleanBuffer::new_unset(0) };
    if texts.value_data()[first.as_usize()..last.as_usize()].is_ascii() {
        let low = O::from_usize(usize::try_from(interval.low.max(0)).unwrap_or(usize::MAX).min(i32::MAX as usize))
            .unwrap_or_default();
        let high = interval.high.min(i128::from(i32::MAX));
        let Some(high) = usize::try_from(high).ok().and_then(O::from_usize) else {
            return BooleanBuffer::new_unset(texts.len());
        };
        return BooleanBuffer::collect_bool(texts.len(), |row| {
            let length = offsets[row + 1] - offsets[row];
            low <= length && length <= high
        });
    }
    BooleanBuffer::collect_bool(texts.len(), |row| {
        let length = texts.value(row).chars().count() as i128;
        interval.low <= length && length <= interval.high
    })
}

/// Tells whether a text is a number that `dateutil` takes for a day, a month or a year: `10`, `99`, `2024`.
fn is_lone_number(text: &str) -> bool {
    let is_short = text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_short && text.parse().is_ok_and(|number: u32| (1..=9999).contains(&number))
}

/// Tells whether `dateutil` reads a text as a date or time. Names of time zones are passed over, as it does.
fn is_usual_date(parser: &dtparse::Parser, text: &str) -> bool {
    // what a text does not say is taken from a day that every month has
    let default = NaiveDate::from_ymd_opt(2000, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
    let read = parser.parse(text, None, None, false, false, default.as_ref(), true, &HashMap::new());
    let Ok((moment, _, _)) = read else { return false };
    // the parser takes the last day of the month where the text names a later one
    let digits: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
    let names_day = digits.iter().any(|run| run.contains(&moment.day().to_string()));
    let lower = text.to_lowercase();
    let names_weekday = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|name| lower.contains(name));
    (1..=9999).contains(&moment.year()) && (moment.day() == 1 || names_day || names_weekday)
}

/// Parses JSON as Python does: `NaN` and the infinities are numbers (and become null here).
fn parse_json(text: &str) -> Option<serde_json::Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    if !text.contains("NaN") && !text.contains("Infinity") {
        return None;
    }
    serde_json::from_str(&without_special_numbers(text)).ok()
}

/// Replaces `NaN`, `Infinity` and `-Infinity` outside of strings by null.
fn without_special_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    'next: while let Some(character) = rest.chars().next() {
        if !in_string {
            for word in ["-Infinity", "Infinity", "NaN"] {
                if let Some(after) = rest.strip_prefix(word) {
                    out += "null";
                    rest = after;
                    continue 'next;
                }
            }
        }
        let mut taken = character.len_utf8();
        match character {
            '"' => in_string = !in_string,
            '\\' if in_string => taken += rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => {}
        }
        out += &rest[..taken];
        rest = &rest[taken..];
    }
    out
}

fn format_check(format: Format) -> Box<dyn Fn(&str) -> bool + Send + Sync> {
    match format {
        Format::Uuid => Box::new(|text| uuid::Uuid::try_parse(text).is_ok()),
        Format::Email => {
            let options = email_address::Options::default().without_display_text().with_required_tld();
            Box::new(move |text| email_address::EmailAddress::parse_with_options(text, options).is_ok())
        }
        Format::Url => Box::new(|text| text == text.trim() && url::Url::parse(text).is_ok_and(|url| url.has_host())),
        Format::Ip => Box::new(|text| text.parse::<IpAddr>().is_ok()),
        Format::Ipv4 => Box::new(|text| text.parse::<Ipv4Addr>().is_ok()),
        Format::Ipv6 => Box::new(|text| text.parse::<Ipv6Addr>().is_ok()),
        Format::Country => Box::new(|text| is_alpha2(text) || is_alpha3(text)),
        Format::CountryAlpha2 => Box::new(is_alpha2),
        Format::CountryAlpha3 => Box::new(is_alpha3),
        Format::Currency => Box::new(|text| iso_currency::Currency::from_code(text).is_some()),
        Format::Trimmed => Box::new(|text| text.trim() == text),
    }
}

fn is_upper(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_alpha2(text: &str) -> bool {
    text.len() == 2 && is_upper(text) && rust_iso3166::from_alpha2(text).is_some()
}

fn is_alpha3(text: &str) -> bool {
    text.len() == 3 && is_upper(text) && rust_iso3166::from_alpha3(text).is_some()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Float64Array, Int8Array, Int64Array, StringArray, UInt64Array};

    use super::*;

    fn answers(test: &Test, array: impl Array + 'static) -> Vec<bool> {
        let array: ArrayRef = Arc::new(array);
        let bound = BoundTest::new(test, "c", array.data_type(), None).expect("the test fits");
        bound.evaluate(&array).iter().collect()
    }

    fn between(min: Literal, max: Literal) -> Test {
        Test::Between(Bounds { min: Some(min), max: Some(max), ..Bounds::default() })
    }

    #[test]
    fn bounds_beyond_the_type_are_cut_off() {
        assert_eq!(
            answers(&between(Literal::Int(-1000), Literal::Int(1000)), Int8Array::from(vec![-128, 127])),
            [true, true]
        );
        assert_eq!(
            answers(&between(Literal::Int(1000), Literal::Int(2000)), Int8Array::from(vec![-128, 127])),
            [false, false]
        );
        assert_eq!(
            answers(
                &between(Literal::Int(-5), Literal::Int(i128::from(u64::MAX))),
                UInt64Array::from(vec![0, u64::MAX])
            ),
            [true, true]
        );
    }

    #[test]
    fn negative_zero_lies_at_zero() {
        assert_eq!(
            answers(&between(Literal::Int(0), Literal::Int(0)), Float64Array::from(vec![-0.0, 0.0, 1e-300])),
            [true, true, false]
        );
    }

    #[test]
    fn sets_hold_equal_numbers_of_other_types_but_no_texts() {
        let set = Test::InSet(vec![
            Literal::Float(1.0),
            Literal::Text("2".into()),
            Literal::Bool(false),
            Literal::Float(2.5),
        ]);
        assert_eq!(answers(&set, Int64Array::from(vec![1, 2, 0])), [true, false, true]);
        assert_eq!(answers(&set, StringArray::from(vec!["1.0", "2"])), [false, true]);
        let decimals = Decimal128Array::from(vec![250, 100]).with_precision_and_scale(9, 2).expect("fits");
        assert_eq!(answers(&set, decimals), [true, true]);
    }

    #[test]
    fn sets_of_sql_read_texts_and_refuse_what_does_not_fit() {
        let set = |texts: &[&str]| Test::OneOf(texts.iter().map(|text| Literal::Text((*text).to_owned())).collect());
        assert_eq!(answers(&set(&["2024", " 7.0"]), Int64Array::from(vec![2024, 7, 8])), [true, true, false]);
        assert_eq!(answers(&set(&["0.5"]), Float64Array::from(vec![0.5, 0.0])), [true, false]);
        assert_eq!(answers(&set(&["true"]), BooleanArray::from(vec![true, false])), [true, false]);
        let decimals = Decimal128Array::from(vec![1_234_567_890_123_456_789]).with_precision_and_scale(30, 2);
        assert_eq!(answers(&set(&["12345678901234567.89"]), decimals.expect("fits")), [true]);
        assert_eq!(answers(&set(&["7"]), StringArray::from(vec!["7", "7.0"])), [true, false]);
        for (test, data_type) in [(set(&["3x"]), DataType::Int64), (Test::OneOf(vec![Literal::Int(3)]), DataType::Utf8)]
        {
            assert_eq!(BoundTest::new(&test, "c", &data_type, None).unwrap_err().code, "type-mismatch");
        }
    }

    #[test]
    fn large_sets_of_whole_numbers_tell_signs_and_widths_apart() {
        let set: Vec<Literal> = (-20..20).map(|number: i128| Literal::Int(number * 100)).collect();
        let set = Test::InSet(set);
        assert_eq!(answers(&set, Int8Array::from(vec![100, -100, 0, 1, -56])), [true, true, true, false, false]);
        let high = u64::MAX - 99;
        assert_eq!(answers(&set, UInt64Array::from(vec![100, 0, high, u64::MAX])), [true, true, false, false]);
        assert_eq!(answers(&set, Int64Array::from(vec![-100, 1_900, 1_901])), [true, true, false]);
    }

    #[test]
    fn lengths_count_code_points() {
        let test = Test::Length(Bounds { min: Some(Literal::Int(2)), max: Some(Literal::Int(2)), ..Bounds::default() });
        assert_eq!(answers(&test, StringArray::from(vec!["ab", "é!", "abc", "e\u{301}"])), [true, true, false, true]);
        assert_eq!(answers(&test, StringArray::from(vec!["ab", "abc"])), [true, false]);
        assert_eq!(answers(&test, Int64Array::from(vec![12, 1])), [true, false]);
    }

    #[test]
    fn json_is_what_python_reads() {
        let texts = StringArray::from(vec!["{\"a\": NaN}", "", "1", "{\"NaN\": 1", "[-Infinity]", "\"NaN\"", "nul"]);
        assert_eq!(answers(&Test::Json, texts), [true, false, true, false, true, true, false]);
        assert_eq!(answers(&Test::Json, Int64Array::from(vec![1])), [false]);
    }

    #[test]
    fn formats_accept_what_their_standards_do() {
        let check = |format, text: &str| answers(&Test::Format(format), StringArray::from(vec![text]))[0];
        assert!(check(Format::Uuid, "67e55044-10b1-426f-9247-bb680e5fe0c8") && !check(Format::Uuid, "67e55044"));
        assert!(check(Format::Email, "a.b@example.com") && !check(Format::Email, "a.b at example.com"));
        assert!(
            check(Format::Url, "https://example.com/x?y")
                && !check(Format::Url, "example.com")
                && !check(Format::Url, "mailto:a@b.c")
        );
        assert!(
            check(Format::Ip, "::1")
                && check(Format::Ip, "10.0.0.1")
                && !check(Format::Ipv4, "::1")
                && !check(Format::Ip, "10.0.0.256")
        );
        assert!(
            check(Format::Country, "DE")
                && check(Format::Country, "DEU")
                && !check(Format::Country, "de")
                && !check(Format::CountryAlpha2, "DEU")
        );
        assert!(
            check(Format::Currency, "EUR")
                && !check(Format::Currency, "XXZ")
                && !check(Format::Trimmed, " a")
                && check(Format::Trimmed, "a b")
        );
    }

    #[test]
    fn texts_that_should_be_numbers_are_read_and_the_others_are_unexpected() {
        let array: ArrayRef = Arc::new(StringArray::from(vec![Some("5"), Some("n/k"), Some("50"), None]));
        let bound =
            BoundTest::new(&between(Literal::Int(0), Literal::Int(10)), "c", &DataType::Utf8, Some(&DataType::Int64))
                .expect("fits");
        let answers: Vec<bool> = bound.evaluate(&array).iter().collect();
        assert_eq!(answers[..3], [true, false, false]);
    }
}
