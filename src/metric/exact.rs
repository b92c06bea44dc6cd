//! Exact sums: the sum of any number of doubles without rounding, so that order and splits cannot matter.
//!
//! Source: the idea is Kulisch's long accumulator, in the form of R. Neal, "Fast exact summation using small and large
//! superaccumulators" (2015): digits of 32 bits in 64-bit cells, whose spare bits take carries for later.

use num_bigint::{BigInt, Sign};

/// The exponent of the last bit: products of the least subnormals, `2^-1074 * 2^-1074`.
const LOWEST: i32 = -2148;

/// Cells of 32 bits from `LOWEST` to beyond the square of the greatest double times 2^64.
const CELLS: usize = 136;

/// How many additions the spare 31 bits of a cell surely hold.
const CARRY_EVERY: u32 = 1 << 29;

/// A sum of finite doubles, or of their squares, without rounding.
///
/// Memory: 1,088 bytes.
#[derive(Debug, Clone)]
pub struct ExactSum {
    cells: Box<[i64; CELLS]>,
    additions: u32,
}

/// Sums are equal when their values are, however they came about.
impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.total() == other.total()
    }
}

impl Default for ExactSum {
    fn default() -> Self {
        Self { cells: Box::new([0; CELLS]), additions: 0 }
    }
}

/// Takes a finite double apart: sign, mantissa and the exponent of the mantissa's last bit.
fn parts(value: f64) -> (bool, u64, i32) {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 {
        (value.is_sign_negative(), fraction, -1074)
    } else {
        (value.is_sign_negative(), fraction | 1 << 52, exponent - 1075)
    }
}

impl ExactSum {
    /// Adds a finite double, `times` times.
    #[inline]
    pub fn add(&mut self, value: f64, times: u32) {
        let (negative, mantissa, exponent) = parts(value);
        self.add_bits(negative, u128::from(mantissa) * u128::from(times), exponent);
    }

    /// Adds the square of a finite double, `times` times.
    #[inline]
    pub fn add_square(&mut self, value: f64, times: u32) {
        let (_, mantissa, exponent) = parts(value);
        let square = u128::from(mantissa) * u128::from(mantissa);
        let times = u128::from(times);
        self.add_bits(false, (square & ((1 << 53) - 1)) * times, 2 * exponent);
        self.add_bits(false, (square >> 53) * times, 2 * exponent + 53);
    }

    /// Adds `bits * 2^exponent`; bits has 96 bits at most.
    #[inline]
    fn add_bits(&mut self, negative: bool, bits: u128, exponent: i32) {
        let position = (exponent - LOWEST) as usize;
        let (cell, shift) = (position / 32, position % 32);
        let bits = bits << shift;
        let sign = if negative { -1 } else { 1 };
        for digit in 0..4 {
            self.cells[cell + digit] += sign * i64::from((bits >> (32 * digit)) as u32);
        }
        self.additions += 1;
        if self.additions >= CARRY_EVERY {
            self.carry();
        }
    }

    fn carry(&mut self) {
        let mut carried = 0;
        for cell in self.cells.iter_mut() {
            let total = *cell + carried;
            carried = total >> 32;
            *cell = total & 0xffff_ffff;
        }
        // what is left over is the sign
        self.cells[CELLS - 1] += carried << 32;
        self.additions = 1;
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        if self.additions.saturating_add(other.additions) >= CARRY_EVERY {
            self.carry();
        }
        for (cell, addend) in self.cells.iter_mut().zip(other.cells.iter()) {
            *cell += addend;
        }
        self.additions += other.additions;
    }

    /// Returns the sum as a whole number of units of `2^-2148`.
    #[must_use]
    pub fn total(&self) -> BigInt {
        let mut normal = self.clone();
        normal.carry();
        let top = normal.cells[CELLS - 1];
        let digits: Vec<u32> = normal.cells[..CELLS - 1].iter().map(|cell| *cell as u32).collect();
        BigInt::from_slice(Sign::Plus, &digits) + (BigInt::from(top) << (32 * (CELLS - 1)))
    }

    /// Returns the nearest double of the sum; infinite where it is beyond the range.
    #[must_use]
    pub fn value(&self) -> f64 {
        ratio(&self.total(), &BigInt::from(1), i64::from(LOWEST))
    }

    /// The exponent of the unit of [`Self::total`].
    #[must_use]
    pub fn exponent() -> i64 {
        LOWEST.into()
    }
}

/// Returns the double nearest to `numerator / denominator * 2^exponent` (in the subnormal range to one unit); the
/// denominator is positive.
#[must_use]
pub fn ratio(numerator: &BigInt, denominator: &BigInt, exponent: i64) -> f64 {
    if numerator.sign() == Sign::NoSign {
        return 0.0;
    }
    let (top, bottom) = (numerator.magnitude().clone(), denominator.magnitude().clone());
    // a quotient of some 100 bits, its last bit set where anything is left over
    let shift = 100 + bottom.bits() as i64 - top.bits() as i64;
    let (top, bottom) = if shift >= 0 { (top << shift as u64, bottom) } else { (top, bottom << shift.unsigned_abs()) };
    let quotient = &top / &bottom;
    let rest = &top % &bottom;
    let mut bits = u128::try_from(&quotient).unwrap_or(u128::MAX);
    bits |= u128::from(rest.bits() > 0);
    let value = scale_by_power(bits as f64, exponent - shift);
    if numerator.sign() == Sign::Minus { -value } else { value }
}

/// Returns `value * 2^exponent`, in steps that do not leave the range before the result does.
fn scale_by_power(mut value: f64, mut exponent: i64) -> f64 {
    while exponent != 0 && value != 0.0 && value.is_finite() {
        let step = exponent.clamp(-1000, 1000);
        value *= 2f64.powi(step as i32);
        exponent -= step;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        for value in values {
            sum.add(*value, 1);
        }
        sum.value()
    }

    #[test]
    fn nothing_is_lost_to_cancellation() {
        assert_eq!(sum(&[1e308, 1.0, -1e308]), 1.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
        assert_eq!(sum(&[5e-324, 5e-324]), 1e-323);
        assert_eq!(sum(&[-1.5, 0.25]), -1.25);
        assert_eq!(sum(&[]), 0.0);
    }

    #[test]
    fn squares_and_multiples_are_exact() {
        let mut squares = ExactSum::default();
        squares.add_square(1e-200, 1);
        squares.add_square(3.0, 7);
        squares.add_square(-1e-200, 1);
        assert_eq!(squares.value(), 63.0);
        let mut many = ExactSum::default();
        many.add(0.1, u32::MAX);
        assert_eq!(many.value(), 0.1 * f64::from(u32::MAX));
    }

    #[test]
    fn carries_change_nothing() {
        let mut sum = ExactSum::default();
        for round in 0..100 {
            sum.add(f64::from(round) - 70.5, 3);
            sum.carry();
        }
        assert_eq!(sum.value(), (0..100).map(|round| 3.0 * (f64::from(round) - 70.5)).sum::<f64>());
    }
}
