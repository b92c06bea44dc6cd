//! The least and the greatest value of every ordered type.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, ArrowNativeTypeOp, AsArray, downcast_primitive_array};
use arrow::compute::{SortOptions, sort_to_indices};
use arrow::datatypes::DataType;

use super::kept::Kept;
use crate::column::{Family, Scalar};

/// The extremes of the non-null values of a column.
///
/// Memory: two values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extremes {
    range: Option<(Scalar, Scalar)>,
}

impl Extremes {
    /// Adds values.
    pub fn update(&mut self, kept: &Kept) {
        let (Kept::Plain(values) | Kept::Counted { values, .. }) = kept;
        if let Some((low, high)) = range(values) {
            self.widen(low, high);
        }
    }

    /// Takes in two values that occur, with all others between them.
    pub fn widen(&mut self, low: Scalar, high: Scalar) {
        let (low, high) = (without_sign_of_zero(low), without_sign_of_zero(high));
        self.range = Some(match self.range.take() {
            None => (low, high),
            Some((least, greatest)) => (
                if low.compare(&least) == Some(Ordering::Less) { low } else { least },
                if high.compare(&greatest) == Some(Ordering::Greater) { high } else { greatest },
            ),
        });
    }

    /// Adds another state of the same column.
    pub fn merge(&mut self, other: Self) {
        if let Some((low, high)) = other.range {
            self.widen(low, high);
        }
    }

    /// The least value; `None` of nothing.
    #[must_use]
    pub fn min(&self) -> Option<&Scalar> {
        self.range.as_ref().map(|(low, _)| low)
    }

    /// The greatest value; `None` of nothing.
    #[must_use]
    pub fn max(&self) -> Option<&Scalar> {
        self.range.as_ref().map(|(_, high)| high)
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>()
    }
}

/// Makes `-0.0` the zero that it equals, so that it does not matter which of the two was seen first.
fn without_sign_of_zero(value: Scalar) -> Scalar {
    match value {
        Scalar::Float(value) => Scalar::Float(value + 0.0),
        Scalar::Float32(value) => Scalar::Float32(value + 0.0),
        other => other,
    }
}

/// Tells whether values of a type have an order.
#[must_use]
pub fn is_ordered(data_type: &DataType) -> bool {
    Family::of(data_type) != Family::Nested
}

fn range(values: &ArrayRef) -> Option<(Scalar, Scalar)> {
    if values.is_empty() {
        return None;
    }
    let at = |position: usize| Scalar::at(values, position);
    let (low, high) = positions(values)?;
    Some((at(low), at(high)))
}

/// Finds the rows of the least and the greatest value.
fn positions(values: &ArrayRef) -> Option<(usize, usize)> {
    downcast_primitive_array!(
        values => return native_positions(values.values()),
        DataType::Utf8 => { return byte_positions(values.len(), |row| values.as_string::<i32>().value(row).as_bytes()) },
        DataType::LargeUtf8 => { return byte_positions(values.len(), |row| values.as_string::<i64>().value(row).as_bytes()) },
        DataType::Utf8View => { return byte_positions(values.len(), |row| values.as_string_view().value(row).as_bytes()) },
        _ => {}
    );
    let first = |descending| {
        let options = SortOptions { descending, nulls_first: false };
        sort_to_indices(values, Some(options), Some(1))
            .ok()
            .filter(|found| !found.is_empty())
            .map(|found| found.value(0) as usize)
    };
    Some((first(false)?, first(true)?))
}

/// NaN is not among the values, so that the order of the type is the total order.
fn native_positions<N: ArrowNativeTypeOp>(values: &[N]) -> Option<(usize, usize)> {
    let (mut low, mut high) = (*values.first()?, *values.first()?);
    for value in values {
        low = if value.is_lt(low) { *value } else { low };
        high = if value.is_gt(high) { *value } else { high };
    }
    let position = |wanted: N| values.iter().position(|value| value.is_eq(wanted));
    Some((position(low)?, position(high)?))
}

fn byte_positions<'a>(len: usize, value: impl Fn(usize) -> &'a [u8]) -> Option<(usize, usize)> {
    let (mut low, mut high) = (0, 0);
    for row in 1..len {
        if value(row) < value(low) {
            low = row;
        }
        if value(row) > value(high) {
            high = row;
        }
    }
    (len > 0).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{BooleanArray, Float64Array, StringArray};

    use super::*;

    fn extremes(array: impl Array + 'static) -> (Option<Scalar>, Option<Scalar>) {
        let mut extremes = Extremes::default();
        extremes.update(&Kept::Plain(Arc::new(array)));
        (extremes.min().cloned(), extremes.max().cloned())
    }

    #[test]
    fn the_two_zeros_are_one() {
        let mut first = Extremes::default();
        first.widen(Scalar::Float(-0.0), Scalar::Float(-0.0));
        assert!(first.min().and_then(Scalar::as_f64).is_some_and(f64::is_sign_positive));
    }

    #[test]
    fn every_ordered_type_has_extremes() {
        assert_eq!(
            extremes(Float64Array::from(vec![2.0, f64::NEG_INFINITY])),
            (Some(Scalar::Float(f64::NEG_INFINITY)), Some(Scalar::Float(2.0)))
        );
        assert_eq!(
            extremes(BooleanArray::from(vec![true, false])),
            (Some(Scalar::Bool(false)), Some(Scalar::Bool(true)))
        );
        assert_eq!(
            extremes(StringArray::from(vec!["b", "a", "é"])),
            (Some(Scalar::Text("a".into())), Some(Scalar::Text("é".into())))
        );
        assert_eq!(extremes(Float64Array::from(Vec::<f64>::new())), (None, None));
    }
}
