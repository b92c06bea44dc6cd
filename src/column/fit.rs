//! Literals fitted to a column's type: exact intervals and sets in the type's own values.
//!
//! A bound that the type cannot hold is rounded to the nearest value inside the interval, so that no comparison rounds:
//! `x > 2.5` on integers is `x >= 3`.

use arrow::datatypes::{DataType, i256};
use num_bigint::BigInt;

use super::read::boolean;
use super::scalar::BigDecimal;
use super::{Bounds, Family, Literal, time};

/// A closed interval of whole numbers, of the type's own values (for times: of its unit).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval<T> {
    /// The least value inside.
    pub low: T,
    /// The greatest value inside.
    pub high: T,
}

/// Why a literal cannot be held against a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit {
    /// The literal.
    pub literal: String,
    /// What would be needed: `a number`.
    pub wanted: &'static str,
}

pub(super) fn unfit(literal: &Literal, data_type: &DataType) -> Unfit {
    let wanted = match (Family::of(data_type), data_type) {
        (Family::Number | Family::Boolean, _) => "a number",
        (Family::Time, DataType::Duration(_)) => "a duration such as `PT90S` or `90s`",
        (Family::Time, DataType::Time32(_) | DataType::Time64(_)) => "a time of day such as `13:30:00`",
        (Family::Time, _) => "a date or time in ISO 8601, such as `2024-01-31` or `2024-01-31T13:30:00`",
        (Family::Text, _) if matches!(literal, Literal::Int(_) | Literal::Float(_)) => {
            "a text; or, where the column of a text file should hold numbers, declare it (`--column-type NAME=float`): what \
             is no number is named then"
        }
        (Family::Text | Family::Binary, _) => "a text",
        (_, DataType::Union(_, _)) => "another column: values of several types have no order",
        _ => "another column: nested values have no order",
    };
    Unfit { literal: literal.to_string(), wanted }
}

/// A literal as an exact number in the steps of a type: `floor` steps, and whether that is all of it.
enum Steps {
    Exact(BigInt),
    Above(BigInt),
    PositiveInfinity,
    NegativeInfinity,
}

/// Reads a literal as a number of steps: units for times, `10^-scale` for decimals, ones for integers and booleans.
fn steps(literal: &Literal, data_type: &DataType, texts_are_read: bool) -> Result<Steps, Unfit> {
    let fail = || unfit(literal, data_type);
    let of_nanoseconds = |nanoseconds: i128| {
        let step = time::step_nanoseconds(data_type).ok_or_else(fail)?;
        let floor = BigInt::from(nanoseconds.div_euclid(step));
        Ok(if nanoseconds.rem_euclid(step) == 0 { Steps::Exact(floor) } else { Steps::Above(floor) })
    };
    if Family::of(data_type) == Family::Time {
        let Literal::Text(text) = literal else { return Err(fail()) };
        if let DataType::Duration(_) = data_type {
            return of_nanoseconds(time::parse_duration(text).ok_or_else(fail)?);
        }
        let moment = time::parse_moment(text).ok_or_else(fail)?;
        return of_nanoseconds(time::moment_nanoseconds(moment, data_type).ok_or_else(fail)?);
    }
    let scale = match data_type {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => i64::from(*scale),
        _ => 0,
    };
    let decimal = match literal {
        Literal::Bool(value) => BigDecimal { value: u8::from(*value).into(), scale: 0 },
        Literal::Int(value) => BigDecimal { value: (*value).into(), scale: 0 },
        Literal::Float(value) if *value == f64::INFINITY => return Ok(Steps::PositiveInfinity),
        Literal::Float(value) if *value == f64::NEG_INFINITY => return Ok(Steps::NegativeInfinity),
        // the shortest text is what the writer of the suite meant
        Literal::Float(value) => BigDecimal::parse(&format!("{value:e}")).ok_or_else(fail)?,
        Literal::Text(text) if texts_are_read => {
            match boolean(text.as_bytes()).filter(|_| *data_type == DataType::Boolean) {
                Some(value) => BigDecimal { value: u8::from(value).into(), scale: 0 },
                None => BigDecimal::parse(text.trim()).ok_or_else(fail)?,
            }
        }
        _ => return Err(fail()),
    };
    let (floor, exact) = decimal.floor_at(scale);
    Ok(if exact { Steps::Exact(floor) } else { Steps::Above(floor) })
}

/// Fits bounds to a type of whole steps; values beyond 256 bits are cut off, which no column can tell.
fn wide_interval(bounds: &Bounds, data_type: &DataType) -> Result<Interval<BigInt>, Unfit> {
    let limit: BigInt = BigInt::from(1) << 254u32;
    let low = match bounds
        .min
        .as_ref()
        .filter(|min| **min != Literal::Null)
        .map(|min| steps(min, data_type, true))
        .transpose()?
    {
        None | Some(Steps::NegativeInfinity) => -limit.clone(),
        Some(Steps::PositiveInfinity) => limit.clone(),
        Some(Steps::Exact(value)) => value + BigInt::from(u8::from(bounds.strict_min)),
        Some(Steps::Above(floor)) => floor + 1,
    };
    let high = match bounds
        .max
        .as_ref()
        .filter(|max| **max != Literal::Null)
        .map(|max| steps(max, data_type, true))
        .transpose()?
    {
        None | Some(Steps::PositiveInfinity) => limit.clone(),
        Some(Steps::NegativeInfinity) => -limit.clone(),
        Some(Steps::Exact(value)) => value - BigInt::from(u8::from(bounds.strict_max)),
        Some(Steps::Above(floor)) => floor,
    };
    Ok(Interval { low: low.clamp(-limit.clone(), limit.clone()), high: high.clamp(-limit.clone(), limit) })
}

/// Fits bounds to integers, booleans and times.
pub(crate) fn int_interval(bounds: &Bounds, data_type: &DataType) -> Result<Interval<i128>, Unfit> {
    let wide = wide_interval(bounds, data_type)?;
    let narrow = |value: BigInt| {
        i128::try_from(&value).unwrap_or(if value.sign() == num_bigint::Sign::Minus { i128::MIN } else { i128::MAX })
    };
    Ok(Interval { low: narrow(wide.low), high: narrow(wide.high) })
}

/// Fits bounds to decimals, in digits at the column's scale.
pub(crate) fn decimal_interval(bounds: &Bounds, data_type: &DataType) -> Result<Interval<i256>, Unfit> {
    let wide = wide_interval(bounds, data_type)?;
    let narrow = |value: &BigInt| i256::from_string(&value.to_string()).unwrap_or(i256::MAX);
    Ok(Interval { low: narrow(&wide.low), high: narrow(&wide.high) })
}

/// Fits bounds to doubles.
pub(crate) fn float_interval(bounds: &Bounds, data_type: &DataType) -> Result<Interval<f64>, Unfit> {
    let mut low = f64::NEG_INFINITY;
    let mut high = f64::INFINITY;
    if let Some(min) = bounds.min.as_ref().filter(|min| **min != Literal::Null) {
        low = float(min, data_type)?;
        if is_less(low, min) || bounds.strict_min && !is_greater(low, min) {
            low = low.next_up();
        }
        // nothing is greater than infinity, and `next_up` stays there
        if bounds.strict_min && low == f64::INFINITY {
            return Ok(Interval { low: 1.0, high: 0.0 });
        }
    }
    if let Some(max) = bounds.max.as_ref().filter(|max| **max != Literal::Null) {
        high = float(max, data_type)?;
        if is_greater(high, max) || bounds.strict_max && !is_less(high, max) {
            high = high.next_down();
        }
        if bounds.strict_max && high == f64::NEG_INFINITY {
            return Ok(Interval { low: 1.0, high: 0.0 });
        }
    }
    Ok(Interval { low, high })
}

/// Fits bounds to single-precision numbers; a literal stands for the nearest of them, as in NumPy.
pub(crate) fn float32_interval(bounds: &Bounds, data_type: &DataType) -> Result<Interval<f32>, Unfit> {
    let mut interval = Interval { low: f32::NEG_INFINITY, high: f32::INFINITY };
    if let Some(min) = bounds.min.as_ref().filter(|min| **min != Literal::Null) {
        interval.low = float(min, data_type)? as f32;
        if bounds.strict_min {
            if interval.low == f32::INFINITY {
                return Ok(Interval { low: 1.0, high: 0.0 });
            }
            interval.low = interval.low.next_up();
        }
    }
    if let Some(max) = bounds.max.as_ref().filter(|max| **max != Literal::Null) {
        interval.high = float(max, data_type)? as f32;
        if bounds.strict_max {
            if interval.high == f32::NEG_INFINITY {
                return Ok(Interval { low: 1.0, high: 0.0 });
            }
            interval.high = interval.high.next_down();
        }
    }
    Ok(interval)
}

fn float(literal: &Literal, data_type: &DataType) -> Result<f64, Unfit> {
    let value = match literal {
        Literal::Text(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    value.filter(|value: &f64| !value.is_nan()).ok_or_else(|| unfit(literal, data_type))
}

/// Tells whether a double is less than the whole number that it was rounded from.
fn is_less(value: f64, literal: &Literal) -> bool {
    matches!(literal, Literal::Int(whole) if (value as i128) < *whole)
}

fn is_greater(value: f64, literal: &Literal) -> bool {
    matches!(literal, Literal::Int(whole) if (value as i128) > *whole)
}

/// Returns the member of a set as a whole number of steps; `None` where no value of the column can equal it. A text equals
/// a number only where texts are read.
pub(crate) fn int_member(literal: &Literal, data_type: &DataType, texts_are_read: bool) -> Option<i128> {
    match steps(literal, data_type, texts_are_read) {
        Ok(Steps::Exact(value)) => i128::try_from(&value).ok(),
        _ => None,
    }
}

/// Returns the member of a set as a decimal's digits; `None` where no value of the column can equal it.
pub(crate) fn decimal_member(literal: &Literal, data_type: &DataType, texts_are_read: bool) -> Option<i256> {
    match steps(literal, data_type, texts_are_read) {
        Ok(Steps::Exact(value)) => i256::from_string(&value.to_string()),
        _ => None,
    }
}

/// Returns the member of a set as a double; `None` where no double equals it.
pub(crate) fn float_member(literal: &Literal, texts_are_read: bool) -> Option<f64> {
    match literal {
        Literal::Text(text) if texts_are_read => text.trim().parse().ok().filter(|value: &f64| !value.is_nan()),
        Literal::Text(_) => None,
        Literal::Int(whole) => Some(*whole as f64).filter(|value| *value as i128 == *whole),
        other => other.as_f64().filter(|value| !value.is_nan()),
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::TimeUnit;
    use proptest::prelude::*;

    use super::*;
    use crate::column::Scalar;

    fn bounds(min: Literal, max: Literal) -> Bounds {
        Bounds { min: Some(min), max: Some(max), ..Bounds::default() }
    }

    #[test]
    fn bounds_between_steps_are_rounded_inwards() {
        let interval = int_interval(&bounds(Literal::Float(-2.5), Literal::Float(2.5)), &DataType::Int64);
        assert_eq!(interval, Ok(Interval { low: -2, high: 2 }));
        let strict = Bounds { strict_min: true, strict_max: true, ..bounds(Literal::Int(1), Literal::Float(3.0)) };
        assert_eq!(int_interval(&strict, &DataType::Int8), Ok(Interval { low: 2, high: 2 }));
        let decimals =
            decimal_interval(&bounds(Literal::Float(0.1), Literal::Float(0.155)), &DataType::Decimal128(9, 2));
        assert_eq!(decimals, Ok(Interval { low: i256::from_i128(10), high: i256::from_i128(15) }));
    }

    #[test]
    fn a_date_bounds_a_timestamp_at_its_midnight() {
        let seconds = DataType::Timestamp(TimeUnit::Second, None);
        let interval = int_interval(
            &bounds(Literal::Text("1970-01-02".into()), Literal::Text("1970-01-02T00:00:00.5".into())),
            &seconds,
        );
        assert_eq!(interval, Ok(Interval { low: 86_400, high: 86_400 }));
    }

    #[test]
    fn a_whole_number_that_no_double_holds_is_rounded_inwards() {
        let beyond = Literal::Int((1 << 53) + 1);
        let interval =
            float_interval(&bounds(beyond.clone(), beyond.clone()), &DataType::Float64).expect("numbers fit");
        assert!(interval.low > interval.high);
        assert_eq!(float_member(&beyond, false), None);
    }

    #[test]
    fn texts_bound_numbers_where_they_are_numbers_and_never_equal_them() {
        assert_eq!(
            int_interval(&bounds(Literal::Text("1".into()), Literal::Text("2.0".into())), &DataType::Int64),
            Ok(Interval { low: 1, high: 2 })
        );
        assert!(int_interval(&bounds(Literal::Text("s".into()), Literal::Null), &DataType::Int64).is_err());
        assert_eq!(int_member(&Literal::Text("1".into()), &DataType::Int64, false), None);
        assert_eq!(int_member(&Literal::Bool(true), &DataType::Int64, false), Some(1));
    }

    #[test]
    fn infinite_bounds_are_open_unless_strict() {
        let open = bounds(Literal::Float(f64::NEG_INFINITY), Literal::Float(f64::INFINITY));
        assert_eq!(
            float_interval(&open, &DataType::Float64),
            Ok(Interval { low: f64::NEG_INFINITY, high: f64::INFINITY })
        );
        let strict = Bounds { strict_max: true, ..open };
        assert_eq!(float_interval(&strict, &DataType::Float64).map(|interval| interval.high), Ok(f64::MAX));
    }

    fn literals() -> impl Strategy<Value = Literal> {
        let whole = prop_oneof![-3..3i128, any::<i64>().prop_map(i128::from), (1i128 << 59)..(1i128 << 61)];
        let real = prop_oneof![prop::sample::select(vec![0.1, 0.5, -0.0, 1e300, 1e-300]), any::<f64>()];
        prop_oneof![
            whole.clone().prop_map(Literal::Int),
            whole.prop_map(|value| Literal::Text(value.to_string())),
            real.prop_filter("NaN is no bound", |value| !value.is_nan()).prop_map(Literal::Float),
        ]
    }

    proptest! {
        /// What is judged row by row and what is judged of an aggregate hold a value against a literal alike.
        #[test]
        fn a_value_lies_at_or_above_a_bound_where_it_compares_so(
            literal in literals(),
            double in prop_oneof![any::<f64>(), (1i64 << 59..1i64 << 61).prop_map(|value| value as f64)],
            single in prop_oneof![any::<f32>(), Just(0.1f32)],
            whole in prop_oneof![any::<i64>(), -3..3i64],
        ) {
            let bounds = Bounds { min: Some(literal.clone()), ..Bounds::default() };
            let compared = |scalar: Scalar| scalar.compare_literal(&literal).map(|order| order.is_ge());
            if !double.is_nan() {
                let interval = float_interval(&bounds, &DataType::Float64).expect("a number");
                prop_assert_eq!(compared(Scalar::Float(double)), Some(double >= interval.low));
                let strict = Bounds { strict_min: true, ..bounds.clone() };
                let interval = float_interval(&strict, &DataType::Float64).expect("a number");
                let above = Scalar::Float(double).compare_literal(&literal).map(|order| order.is_gt());
                prop_assert_eq!(above, Some(double >= interval.low && double <= interval.high));
            }
            if !single.is_nan() {
                let interval = float32_interval(&bounds, &DataType::Float32).expect("a number");
                prop_assert_eq!(compared(Scalar::Float32(single)), Some(single >= interval.low));
            }
            let interval = int_interval(&bounds, &DataType::Int64).expect("a number");
            prop_assert_eq!(compared(Scalar::Int(whole.into())), Some(i128::from(whole) >= interval.low));
        }
    }
}
