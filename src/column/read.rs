//! Numbers, booleans, dates and timestamps as text formats spell them: what a text is read as, and whole columns of texts.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, StringArray, new_null_array,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
    UInt64Type,
};

use super::moment::Moment;

/// Reads texts as values of a type; those that are none become null, as do those that stand for NaN.
pub(crate) fn read_texts(texts: &ArrayRef, data_type: &DataType) -> ArrayRef {
    let failed = || new_null_array(data_type, texts.len());
    let Ok(texts) = cast(texts, &DataType::Utf8) else { return failed() };
    let texts = texts.as_string::<i32>();
    match data_type {
        DataType::Boolean => Arc::new(texts.iter().map(|text| boolean(text?.as_bytes())).collect::<BooleanArray>()),
        DataType::Int64 => primitives::<Int64Type>(texts, data_type, int64),
        DataType::UInt64 => primitives::<UInt64Type>(texts, data_type, uint64),
        DataType::Float64 => primitives::<Float64Type>(texts, data_type, number),
        DataType::Date32 => primitives::<Date32Type>(texts, data_type, date32),
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            primitives::<TimestampNanosecondType>(texts, data_type, |text| timestamp(text, true, zone.is_some()))
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            primitives::<TimestampMicrosecondType>(texts, data_type, |text| timestamp(text, false, zone.is_some()))
        }
        _ => failed(),
    }
}

/// Reads texts as values of a type; returns as well which rows hold a text that is none, added to those already known.
pub(crate) fn read_column(
    texts: &ArrayRef,
    data_type: &DataType,
    misfits: Option<BooleanBuffer>,
) -> (ArrayRef, Option<BooleanBuffer>) {
    let values = read_texts(texts, data_type);
    if values.null_count() == texts.null_count() {
        return (values, misfits);
    }
    let here = BooleanBuffer::collect_bool(texts.len(), |row| texts.is_valid(row) && values.is_null(row));
    let all = misfits.map_or_else(|| here.clone(), |misfits| &misfits | &here);
    (values, Some(all))
}

fn primitives<T: ArrowPrimitiveType>(
    texts: &StringArray,
    data_type: &DataType,
    read: impl Fn(&[u8]) -> Option<T::Native>,
) -> ArrayRef {
    let values: PrimitiveArray<T> = texts.iter().map(|text| read(text?.as_bytes())).collect();
    Arc::new(values.with_data_type(data_type.clone()))
}

/// Tells whether a text is read as a value of a type.
pub(crate) fn reads(text: &[u8], data_type: &DataType) -> bool {
    match data_type {
        DataType::Boolean => boolean(text).is_some(),
        DataType::Int64 => int64(text).is_some(),
        DataType::UInt64 => uint64(text).is_some(),
        DataType::Float64 => number(text).is_some(),
        DataType::Date32 => date32(text).is_some(),
        DataType::Timestamp(unit, zone) => timestamp(text, *unit == TimeUnit::Nanosecond, zone.is_some()).is_some(),
        _ => false,
    }
}

fn number(text: &[u8]) -> Option<f64> {
    float64(text).filter(|value| !value.is_nan())
}

/// Drops blanks around a text; numbers, times and booleans may have them.
#[inline]
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    match text {
        [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => text.trim_ascii(),
        _ => text,
    }
}

/// Reads `true` or `false`.
pub(crate) fn boolean(text: &[u8]) -> Option<bool> {
    match trim(text) {
        b"true" | b"True" | b"TRUE" => Some(true),
        b"false" | b"False" | b"FALSE" => Some(false),
        _ => None,
    }
}

/// Reads a whole number that `i64` holds.
#[inline]
pub(crate) fn int64(text: &[u8]) -> Option<i64> {
    let text = trim(text);
    if let [b'-', digits @ ..] = text {
        return 0_i64.checked_sub_unsigned(magnitude(digits)?);
    }
    i64::try_from(magnitude(text.strip_prefix(b"+").unwrap_or(text))?).ok()
}

/// Reads a whole number that `u64` holds.
pub(crate) fn uint64(text: &[u8]) -> Option<u64> {
    let text = trim(text);
    magnitude(text.strip_prefix(b"+").unwrap_or(text))
}

#[inline]
fn magnitude(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    if digits.len() <= 8 {
        return eight_digits(word(digits));
    }
    let mut value = 0_u64;
    // so many digits cannot overflow
    let safe = digits.len().min(18);
    for &byte in &digits[..safe] {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    for &byte in &digits[safe..] {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// Returns the bytes of a text of up to eight as a number whose highest byte is the last of them, with zeros (`0`) before
/// the text.
#[inline]
fn word(text: &[u8]) -> u64 {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let missing = 64 - 8 * text.len() as u32;
    let bytes = match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let first = u64::from(u32::from_le_bytes(*first)) << missing;
            (u64::from(u32::from_le_bytes(*last)) << 32) | (first & 0xffff_ffff)
        }
        _ => text.iter().fold(0, |bytes, byte| (bytes >> 8) | (u64::from(*byte) << 56)),
    };
    bytes | ZEROS.checked_shr(64 - missing).unwrap_or(0)
}

/// Reads eight digits at once; `None` where one is none.
///
/// Source: Lemire, "Quickly parsing eight digits": neighbors are put together to numbers of two digits, then of four, then
/// of eight.
#[inline]
fn eight_digits(word: u64) -> Option<u64> {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const SIXES: u64 = 0x0606_0606_0606_0606;
    if word & HIGH != ZEROS || word.wrapping_add(SIXES) & HIGH != ZEROS {
        return None;
    }
    let digits = word - ZEROS;
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

/// Reads a number; beyond a double's range it is infinite.
#[inline]
pub(crate) fn float64(text: &[u8]) -> Option<f64> {
    let text = trim(text);
    // what Rust reads: decimal digits with point and exponent, `inf`, `infinity` and `nan` in any case
    short_decimal(text).or_else(|| std::str::from_utf8(text).ok()?.parse().ok())
}

/// Reads a number of at most 15 digits without exponent, quickly.
///
/// Source: Clinger 1990: such a whole number and such a power of ten are exact doubles, so that their quotient is the
/// double nearest to the number.
#[inline]
pub(crate) fn short_decimal(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > 16 {
        return None;
    }
    if digits.len() <= 8 {
        let value = eight_characters(digits)?;
        return Some(if is_negative { -value } else { value });
    }
    let mut value = 0_u64;
    let mut point = None;
    for (at, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + u64::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let count = digits.len() - usize::from(point.is_some());
    if count == 0 || count > 15 {
        return None;
    }
    let behind = point.map_or(0, |point| digits.len() - point - 1);
    let value = value as f64 / POWERS[behind];
    Some(if is_negative { -value } else { value })
}

/// Reads a number of up to eight digits, one of which may be a point.
#[inline]
fn eight_characters(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 8] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];
    const POINTS: u64 = 0x2e2e_2e2e_2e2e_2e2e;
    const LOW: u64 = 0x0101_0101_0101_0101;
    let word = word(text);
    let others = word ^ POINTS;
    let points = others.wrapping_sub(LOW) & !others & (LOW << 7);
    if points == 0 {
        return if text.is_empty() { None } else { eight_digits(word).map(|value| value as f64) };
    }
    if text.len() == 1 {
        return None;
    }
    // what stands before the first point moves into its place
    let at = points.trailing_zeros() / 8 * 8;
    let before = word & ((1 << at) - 1);
    let behind = (word >> at >> 8).checked_shl(at + 8).unwrap_or(0);
    let value = eight_digits(behind | (before << 8) | u64::from(b'0'))?;
    Some(value as f64 / POWERS[7 - at as usize / 8])
}

/// Reads a date in days since the epoch.
pub(crate) fn date32(text: &[u8]) -> Option<i32> {
    let moment = Moment::parse(trim(text))?;
    moment.time.is_none().then_some(moment.days)
}

/// Reads a timestamp in nanoseconds, or in microseconds, dropping smaller digits; with an offset exactly if the column is
/// in UTC.
pub(crate) fn timestamp(text: &[u8], has_nanoseconds: bool, is_utc: bool) -> Option<i64> {
    let moment = Moment::parse(trim(text))?;
    if moment.time.is_some_and(|time| time.offset.is_some()) != is_utc {
        return None;
    }
    if has_nanoseconds {
        return moment_nanoseconds(moment);
    }
    moment.seconds().checked_mul(1_000_000)?.checked_add(i64::from(moment.nanoseconds() / 1000))
}

/// Tells whether a timestamp has digits below the microsecond.
pub(crate) fn has_nanoseconds(text: &[u8]) -> bool {
    Moment::parse(trim(text)).is_some_and(|moment| !moment.nanoseconds().is_multiple_of(1000))
}

/// Returns a moment in nanoseconds since the epoch, where 64 bits hold them.
pub(crate) fn moment_nanoseconds(moment: Moment) -> Option<i64> {
    let nanoseconds = i128::from(moment.seconds()) * 1_000_000_000 + i128::from(moment.nanoseconds());
    i64::try_from(nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_arrow_would_read_and_a_column_does_not_hold_is_null() {
        let read = |texts: &[&str], data_type: &DataType| {
            let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
            let values = read_texts(&texts, data_type);
            assert_eq!(values.data_type(), data_type);
            (0..values.len()).map(|row| values.is_valid(row)).collect::<Vec<_>>()
        };
        assert_eq!(read(&["true", " FALSE ", "yes", "1", "t"], &DataType::Boolean), [true, true, false, false, false]);
        assert_eq!(read(&["2024-01-05", "20240105", "2024-01-05 00:00"], &DataType::Date32), [true, false, false]);
        assert_eq!(read(&["7", "+7", "7.0", ""], &DataType::Int64), [true, true, false, false]);
        assert_eq!(read(&["-inf", "1e3", "NAN", "x"], &DataType::Float64), [true, true, false, false]);
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        assert_eq!(read(&["2024-01-05T00:00Z", "2024-01-05T00:00", "2024-01-05"], &utc), [true, false, false]);
    }

    #[test]
    fn values_are_read_as_they_are_written() {
        assert_eq!(int64(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(int64(b"9223372036854775808"), None);
        assert_eq!(uint64(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(float64(b" 0.1 "), Some(0.1));
        assert_eq!(float64(b"1e400"), Some(f64::INFINITY));
        assert_eq!(date32(b"1970-01-02"), Some(1));
        assert_eq!(timestamp(b"1970-01-01 00:00:01.5", false, false), Some(1_500_000));
        assert_eq!(timestamp(b"1970-01-01 00:00:01.5Z", true, true), Some(1_500_000_000));
        assert_eq!(timestamp(b"1970-01-01 00:00:01.5", false, true), None);
    }

    proptest! {
        #[test]
        fn whole_numbers_are_exact(text in "[-+]?[0-9 x/:]{0,9}") {
            let expected: Option<i64> = text.trim_ascii().parse().ok().filter(|_| !text.trim_ascii().starts_with("+-"));
            prop_assert_eq!(int64(text.as_bytes()), expected, "{}", text);
        }

        #[test]
        fn what_is_no_number_is_none(text in "-?[0-9./:x]{0,9}") {
            let expected: Option<f64> = text.parse().ok();
            prop_assert_eq!(float64(text.as_bytes()).map(f64::to_bits), expected.map(f64::to_bits), "{}", text);
        }

        #[test]
        fn short_decimals_are_exact(text in "-?[0-9]{0,10}[.]?[0-9]{0,10}") {
            let expected: Option<f64> = text.parse().ok();
            prop_assert_eq!(float64(text.as_bytes()).map(f64::to_bits), expected.map(f64::to_bits), "{}", text);
        }
    }
}
