//! Count, sum and sum of squares of a numeric column, all exact: mean and variance are rounded once, at the end.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal256Type, Float64Type, Int64Type, i256};
use num_bigint::BigInt;

use super::exact::{ExactSum, ratio};
use super::kept::Kept;
use crate::column::Scalar;

/// The moments of the non-null values of a column of numbers or booleans.
///
/// Units: the sum is in the column's unit, the sum of squares in its square. Memory: some 2.3 kB.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    count: u64,
    infinities: [u64; 2],
    floats: Option<(ExactSum, ExactSum)>,
    whole: (BigInt, BigInt),
    /// Whole numbers count in steps of `10^-scale`.
    scale: i8,
    /// Squares are left out: the sum alone is wanted.
    sum_only: bool,
}

impl Moments {
    /// Makes the empty state for a column of this type.
    #[must_use]
    pub fn new(data_type: &DataType, sum_only: bool) -> Self {
        let scale = match data_type {
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => *scale,
            _ => 0,
        };
        let floats = data_type.is_floating().then(Default::default);
        Self { count: 0, infinities: [0; 2], floats, whole: (BigInt::ZERO, BigInt::ZERO), scale, sum_only }
    }

    /// Adds values.
    pub fn update(&mut self, kept: &Kept) {
        match kept {
            Kept::Plain(values) => self.add_array(values, None),
            Kept::Counted { values, counts } => self.add_array(values, Some(counts)),
        }
    }

    fn add_array(&mut self, values: &ArrayRef, counts: Option<&[u64]>) {
        if self.floats.is_some() {
            if let Ok(values) = cast(values, &DataType::Float64) {
                self.add_floats(values.as_primitive::<Float64Type>().values(), counts);
            }
            return;
        }
        if values.data_type() == &DataType::UInt64 || values.data_type().is_decimal() {
            if let Ok(wide) = cast(values, &DataType::Decimal256(76, self.scale)) {
                self.add_wide(wide.as_primitive::<Decimal256Type>().values(), counts);
            }
        } else if let Ok(values) = cast(values, &DataType::Int64) {
            self.add_ints(values.as_primitive::<Int64Type>().values().iter().copied(), counts);
        }
    }

    fn add_floats(&mut self, values: &[f64], counts: Option<&[u64]>) {
        let Some((sum, squares)) = &mut self.floats else { return };
        for (row, value) in values.iter().enumerate() {
            let mut times = counts.map_or(1, |counts| counts[row]);
            self.count += times;
            if value.is_infinite() {
                self.infinities[usize::from(*value > 0.0)] += times;
                continue;
            }
            while times > 0 {
                let step = times.min(u32::MAX.into()) as u32;
                sum.add(*value, step);
                if !self.sum_only {
                    squares.add_square(*value, step);
                }
                times -= u64::from(step);
            }
        }
    }

    fn add_ints(&mut self, values: impl Iterator<Item = i64> + Clone, counts: Option<&[u64]>) {
        // below 2^31 rows of 48 bits nothing overflows 128 bits, which is checked before it is relied on
        let small = values.clone().all(|value| value.unsigned_abs() < 1 << 47);
        let mut rows = 0u64;
        let (mut sum, mut squares) = (0i128, 0i128);
        for (row, value) in values.enumerate() {
            let times = counts.map_or(1, |counts| counts[row]);
            rows += times;
            if small && times < 1 << 31 {
                let product = i128::from(value) * i128::from(times);
                sum += product;
                squares += product * i128::from(value);
            } else {
                let product = BigInt::from(value) * times;
                self.whole.1 += &product * value;
                self.whole.0 += product;
            }
        }
        self.count += rows;
        self.whole.0 += sum;
        self.whole.1 += squares;
    }

    fn add_wide(&mut self, values: &[i256], counts: Option<&[u64]>) {
        let narrow = |value: &i256| value.to_i128().and_then(|value| i64::try_from(value).ok());
        if values.iter().all(|value| narrow(value).is_some()) {
            return self.add_ints(values.iter().filter_map(narrow), counts);
        }
        for (row, value) in values.iter().enumerate() {
            let times = counts.map_or(1, |counts| counts[row]);
            let value = BigInt::from_signed_bytes_le(&value.to_le_bytes());
            self.count += times;
            self.whole.1 += &value * &value * times;
            self.whole.0 += value * times;
        }
    }

    /// Adds another state of the same column.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.infinities[0] += other.infinities[0];
        self.infinities[1] += other.infinities[1];
        if let (Some((sum, squares)), Some((other_sum, other_squares))) = (&mut self.floats, &other.floats) {
            sum.merge(other_sum);
            squares.merge(other_squares);
        }
        self.whole.0 += &other.whole.0;
        self.whole.1 += &other.whole.1;
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    fn infinite(&self) -> Option<f64> {
        match self.infinities {
            [0, 0] => None,
            [0, _] => Some(f64::INFINITY),
            [_, 0] => Some(f64::NEG_INFINITY),
            _ => Some(f64::NAN),
        }
    }

    /// The sum: of whole numbers a whole number, of decimals a decimal, 0 of nothing; null where infinities cancel.
    #[must_use]
    pub fn sum(&self) -> Scalar {
        if let Some(infinite) = self.infinite() {
            return if infinite.is_nan() { Scalar::Null } else { Scalar::Float(infinite) };
        }
        if let Some((sum, _)) = &self.floats {
            return Scalar::Float(sum.value());
        }
        if self.scale == 0
            && let Ok(sum) = i128::try_from(&self.whole.0)
        {
            return Scalar::Int(sum);
        }
        match i256::from_string(&self.whole.0.to_string()) {
            Some(value) => Scalar::Decimal { value, scale: self.scale },
            None => Scalar::Null,
        }
    }

    /// The arithmetic mean; `None` of nothing, or where infinities cancel.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        if let Some(infinite) = self.infinite() {
            return Some(infinite).filter(|value| !value.is_nan());
        }
        let count = BigInt::from(self.count);
        Some(match &self.floats {
            Some((sum, _)) => ratio(&sum.total(), &count, ExactSum::exponent()),
            None => self.in_steps(&self.whole.0, &count, 1),
        })
    }

    /// Returns `numerator / denominator` in steps of the scale, to a power.
    fn in_steps(&self, numerator: &BigInt, denominator: &BigInt, power: u32) -> f64 {
        let step = BigInt::from(10).pow(u32::from(self.scale.unsigned_abs()) * power);
        if self.scale >= 0 {
            ratio(numerator, &(denominator * step), 0)
        } else {
            ratio(&(numerator * step), denominator, 0)
        }
    }

    /// The standard deviation of a sample (divisor `n - 1`); `None` of fewer than two values or where one is infinite.
    #[must_use]
    pub fn stdev(&self) -> Option<f64> {
        if self.count < 2 || self.infinite().is_some() {
            return None;
        }
        // n * sum of squares - square of the sum, over n * (n - 1), rounded once
        let count = BigInt::from(self.count);
        let divisor = &count * (&count - 1);
        let variance = match &self.floats {
            Some((sum, squares)) => {
                // both in units of 2^-2148, the square of the sum in units of its square
                let sum = sum.total();
                let numerator = ((squares.total() * &count) << 2148u32) - &sum * &sum;
                ratio(&numerator, &divisor, 2 * ExactSum::exponent())
            }
            None => self.in_steps(&(&self.whole.1 * &count - &self.whole.0 * &self.whole.0), &divisor, 2),
        };
        Some(variance.sqrt())
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>() + 2 * 1_088
    }
}

/// Tells whether moments of a type make sense.
#[must_use]
pub fn is_summable(data_type: &DataType) -> bool {
    use crate::column::Family;
    matches!(Family::of(data_type), Family::Number | Family::Boolean | Family::Null)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{BooleanArray, Decimal128Array, Float64Array, Int64Array, UInt64Array};

    use super::*;

    fn moments(array: impl Array + 'static) -> Moments {
        let mut moments = Moments::new(array.data_type(), false);
        moments.update(&Kept::Plain(Arc::new(array)));
        moments
    }

    #[test]
    fn a_shift_does_not_change_the_deviation() {
        let small = moments(Float64Array::from(vec![4.0, 7.0, 13.0, 16.0]));
        let shifted = moments(Float64Array::from(vec![1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]));
        assert_eq!(small.stdev(), Some(30f64.sqrt()));
        assert_eq!(shifted.stdev(), small.stdev());
        assert_eq!(shifted.mean(), Some(1e9 + 10.0));
    }

    #[test]
    fn whole_numbers_and_decimals_are_exact() {
        let large = moments(Int64Array::from(vec![i64::MAX, i64::MAX, 1]));
        assert_eq!(large.sum(), Scalar::Int(2 * i128::from(i64::MAX) + 1));
        assert_eq!(moments(UInt64Array::from(vec![u64::MAX, 1])).sum(), Scalar::Int(i128::from(u64::MAX) + 1));
        let decimals = moments(Decimal128Array::from(vec![110, 120]).with_precision_and_scale(9, 2).expect("fits"));
        assert_eq!(decimals.mean(), Some(1.15));
        assert_eq!(decimals.sum(), Scalar::Decimal { value: i256::from_i128(230), scale: 2 });
        assert_eq!(moments(BooleanArray::from(vec![true, false, true, true])).mean(), Some(0.75));
    }

    #[test]
    fn nothing_has_no_mean_and_a_sum_of_zero() {
        let nothing = moments(Int64Array::from(Vec::<i64>::new()));
        assert_eq!((nothing.mean(), nothing.stdev(), nothing.sum()), (None, None, Scalar::Int(0)));
        assert_eq!(moments(Int64Array::from(vec![3])).stdev(), None);
    }

    #[test]
    fn infinities_have_an_infinite_mean_unless_they_cancel() {
        assert_eq!(moments(Float64Array::from(vec![f64::INFINITY, 1.0])).mean(), Some(f64::INFINITY));
        assert_eq!(moments(Float64Array::from(vec![f64::INFINITY, f64::NEG_INFINITY])).mean(), None);
    }

    #[test]
    fn counted_values_weigh_as_often_as_they_occur() {
        let values: ArrayRef = Arc::new(Float64Array::from(vec![0.1, 0.7]));
        let mut counted = Moments::new(&DataType::Float64, false);
        counted.update(&Kept::Counted { values, counts: vec![3, 2] });
        assert_eq!(counted, moments(Float64Array::from(vec![0.1, 0.7, 0.1, 0.7, 0.1])));
    }
}
