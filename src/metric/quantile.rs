//! All values of a column in order: exact medians, quantiles and distribution tests.
//!
//! Numbers and times are held as numbers that sort as they do, in sorted runs that can be spilled ([`Runs`]).

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal256Type, i256};

use super::kept::Kept;
use super::runs::Runs;
use crate::column::key::{Key, KeyEncoder, Keys};
use crate::column::type_name::shown;
use crate::column::{Family, Scalar};
use crate::spill::{SpillError, Store};
use crate::verdict::Problem;

/// So few ranks are looked up one by one, rather than by going through all values.
const FEW_RANKS: usize = 64;

/// The non-null values of a column of numbers, booleans or times.
///
/// Memory: 8 bytes a value (32 for decimals), until they are spilled.
#[derive(Debug)]
pub struct Quantiles {
    encoder: Option<KeyEncoder>,
    narrow: Runs<u64>,
    wide: Runs<i256>,
    scale: i8,
    signed: bool,
    floating: Option<u32>,
}

impl Quantiles {
    /// Makes the empty state for a column of this type.
    ///
    /// # Errors
    /// `type-mismatch`: the values have no order that quantiles make sense in.
    pub fn new(data_type: &DataType) -> Result<Self, Problem> {
        if !is_rankable(data_type) {
            return Err(Problem::new(
                "type-mismatch",
                format!("values of type {} have no quantiles", shown(data_type)),
            ));
        }
        let (encoder, scale) = match data_type {
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => (None, *scale),
            DataType::Null => (None, 0),
            other => (Some(KeyEncoder::new(std::slice::from_ref(other))?), 0),
        };
        let floating = match data_type {
            DataType::Float64 => Some(64),
            DataType::Float32 => Some(32),
            DataType::Float16 => Some(16),
            _ => None,
        };
        let signed = !data_type.is_unsigned_integer();
        Ok(Self { encoder, narrow: Runs::default(), wide: Runs::default(), scale, signed, floating })
    }

    /// Adds values.
    ///
    /// # Errors
    /// The values are not of the state's type.
    pub fn update(&mut self, kept: &Kept) -> Result<(), Problem> {
        match kept {
            Kept::Plain(values) => self.add(values, None),
            Kept::Counted { values, counts } => self.add(values, Some(counts)),
        }
    }

    fn add(&mut self, values: &ArrayRef, counts: Option<&[u64]>) -> Result<(), Problem> {
        let times = |row: usize| counts.map_or(1, |counts| counts[row]);
        let Some(encoder) = &self.encoder else {
            let wide = cast(values, &DataType::Decimal256(76, self.scale));
            let wide = wide.map_err(|error| Problem::new("type-mismatch", error.to_string()))?;
            for (row, value) in wide.as_primitive::<Decimal256Type>().values().iter().enumerate() {
                self.wide.add(*value, times(row));
            }
            return Ok(());
        };
        let Keys::Fixed(keys) = encoder.encode(std::slice::from_ref(values))? else {
            return Err(Problem::new("internal", "keys of another kind than the state's"));
        };
        for (row, key) in keys.into_iter().enumerate() {
            self.narrow.add(self.to_rank(key), times(row));
        }
        Ok(())
    }

    /// Maps the bits of a value to a number that sorts as the value does.
    fn to_rank(&self, bits: u64) -> u64 {
        match self.floating {
            Some(width) => {
                let sign = 1u64 << (width - 1);
                let all = u64::MAX >> (64 - width);
                if bits & sign == 0 { bits | sign } else { !bits & all }
            }
            None if self.signed => bits ^ (1 << 63),
            None => bits,
        }
    }

    fn to_bits(&self, rank: u64) -> u64 {
        match self.floating {
            Some(width) => {
                let sign = 1u64 << (width - 1);
                let all = u64::MAX >> (64 - width);
                if rank & sign == 0 { !rank & all } else { rank ^ sign }
            }
            None if self.signed => rank ^ (1 << 63),
            None => rank,
        }
    }

    /// Adds another state of the same column.
    pub fn merge(&mut self, other: Self) {
        self.narrow.merge(other.narrow);
        self.wide.merge(other.wide);
    }

    /// Sorts the values that are not sorted yet, which [`Self::at`] and others need.
    pub fn sort(&mut self) {
        self.narrow.join();
        self.wide.join();
    }

    /// Bytes of memory that [`Self::spill`] gives back.
    #[must_use]
    pub fn spillable(&self) -> usize {
        self.narrow.spillable() + self.wide.spillable()
    }

    /// Writes the values to disk.
    ///
    /// # Errors
    /// The file cannot be made or written to.
    pub fn spill(&mut self, store: &Arc<Store>) -> Result<(), SpillError> {
        self.narrow.spill(store)?;
        self.wide.spill(store)
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.narrow.count() + self.wide.count()
    }

    fn decode(&self, rank: u64) -> Option<Scalar> {
        self.encoder.as_ref()?.decode(&Key::Fixed(self.to_bits(rank))).pop()
    }

    fn decimal(&self, value: i256) -> Scalar {
        Scalar::Decimal { value, scale: self.scale }
    }

    /// Returns the value at a rank, 0-based, once sorted; `None` beyond the last.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn at(&self, rank: u64) -> Result<Option<Scalar>, SpillError> {
        Ok(match &self.encoder {
            Some(_) => self.narrow.at(rank)?.and_then(|rank| self.decode(rank)),
            None => self.wide.at(rank)?.map(|value| self.decimal(value)),
        })
    }

    /// Returns the values at ascending ranks, once sorted; those beyond the last are left out.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn at_each(&self, ranks: &[u64]) -> Result<Vec<Scalar>, SpillError> {
        if self.is_at_hand() || ranks.len() < FEW_RANKS {
            let found = ranks.iter().filter_map(|rank| self.at(*rank).transpose());
            return found.collect();
        }
        let mut found = Vec::with_capacity(ranks.len());
        let (mut rank, mut wanted) = (0, ranks.iter().peekable());
        self.visit(|value| {
            while wanted.next_if(|wanted| **wanted == rank).is_some() {
                found.push(value.clone());
            }
            rank += 1;
        })?;
        Ok(found)
    }

    fn is_at_hand(&self) -> bool {
        self.narrow.is_one() && self.wide.is_one()
    }

    /// Visits all values in order, once sorted.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn visit(&self, mut visit: impl FnMut(Scalar)) -> Result<(), SpillError> {
        match &self.encoder {
            Some(_) => self.narrow.visit(|rank| self.decode(rank).into_iter().for_each(&mut visit)),
            None => self.wide.visit(|value| visit(self.decimal(value))),
        }
    }

    /// Returns the median: the middle value, or the mean of the middle two, which for times is rounded to their unit.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn median(&self) -> Result<Option<Scalar>, SpillError> {
        let count = self.count();
        let middle = self.at(count.saturating_sub(1) / 2)?;
        if count % 2 == 1 {
            return Ok(middle);
        }
        Ok(middle.zip(self.at(count / 2)?).and_then(|(middle, next)| match (&middle, &next) {
            (Scalar::Time { data_type, value: a }, Scalar::Time { value: b, .. }) => {
                Some(Scalar::Time { data_type: data_type.clone(), value: i64::midpoint(*a, *b) })
            }
            _ => Some(Scalar::Float(f64::midpoint(middle.as_f64()?, next.as_f64()?))),
        }))
    }

    /// Returns a quantile, 0 to 1, once sorted: the value at `q * (count - 1)`, as NumPy's `percentile` finds it.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn quantile(&self, q: f64, interpolation: Interpolation) -> Result<Option<Scalar>, SpillError> {
        let Some(last) = self.count().checked_sub(1) else { return Ok(None) };
        // as pandas does: to percent and back
        let place = (q * 100.0 / 100.0) * last as f64;
        let (lower, higher) = (place.floor(), place.ceil());
        let weight = match interpolation {
            Interpolation::Lower => return self.at(lower as u64),
            Interpolation::Higher => return self.at(higher as u64),
            Interpolation::Nearest => return self.at(place.round_ties_even() as u64),
            Interpolation::Midpoint if lower < higher => 0.5,
            Interpolation::Midpoint | Interpolation::Linear => place - lower,
        };
        let low = self.at(lower as u64)?;
        if weight == 0.0 {
            return Ok(low);
        }
        Ok(low.zip(self.at(higher as u64)?).and_then(|(low, high)| between(&low, &high, weight)))
    }

    /// Counts the leading values for which a question is true that is true for the first so many only, once sorted.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn count_while(&self, is_before: impl Fn(&Scalar) -> bool) -> Result<u64, SpillError> {
        match &self.encoder {
            Some(_) => self.narrow.count_while(|rank| self.decode(rank).is_some_and(|value| is_before(&value))),
            None => self.wide.count_while(|value| is_before(&self.decimal(value))),
        }
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        self.narrow.size() + self.wide.size()
    }
}

/// Returns what lies between two values, so far from the lower one to the higher.
fn between(low: &Scalar, high: &Scalar, weight: f64) -> Option<Scalar> {
    if let (Scalar::Time { data_type, value: a }, Scalar::Time { value: b, .. }) = (low, high) {
        let (a, b) = (i128::from(*a), i128::from(*b));
        let value = i64::try_from(a + ((b - a) as f64 * weight).round() as i128).ok()?;
        return Some(Scalar::Time { data_type: data_type.clone(), value });
    }
    let (a, b) = (low.as_f64()?, high.as_f64()?);
    // from the nearer end, so that both ends are met exactly
    Some(Scalar::Float(if weight < 0.5 { a + (b - a) * weight } else { b - (b - a) * (1.0 - weight) }))
}

/// Which value stands for a quantile that lies between two, in NumPy's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpolation {
    /// The one on the straight line between them.
    Linear,
    /// The lower one.
    Lower,
    /// The higher one.
    Higher,
    /// Their mean.
    Midpoint,
    /// The nearer one; of two that are equally near the one at an even rank.
    Nearest,
}

/// Tells whether quantiles of a type make sense.
#[must_use]
pub fn is_rankable(data_type: &DataType) -> bool {
    matches!(Family::of(data_type), Family::Number | Family::Boolean | Family::Time | Family::Null)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, Float32Array, Float64Array, Int64Array, UInt64Array};

    use super::*;

    fn sorted(array: impl Array + 'static) -> Vec<Scalar> {
        let mut quantiles = Quantiles::new(array.data_type()).expect("numbers");
        quantiles.update(&Kept::Plain(Arc::new(array))).expect("numbers");
        quantiles.sort();
        (0..quantiles.count()).filter_map(|rank| quantiles.at(rank).expect("nothing was spilled")).collect()
    }

    #[test]
    fn every_number_type_sorts_as_numbers_do() {
        let floats = sorted(Float64Array::from(vec![1.0, -2.0, f64::INFINITY, -0.5, 0.0]));
        let expected = [-2.0, -0.5, 0.0, 1.0, f64::INFINITY].map(Scalar::Float);
        assert_eq!(floats, expected);
        assert_eq!(sorted(Float32Array::from(vec![1.0, -2.0])), [Scalar::Float32(-2.0), Scalar::Float32(1.0)]);
        assert_eq!(sorted(Int64Array::from(vec![3, -4, i64::MIN])), [i128::from(i64::MIN), -4, 3].map(Scalar::Int));
        assert_eq!(sorted(UInt64Array::from(vec![u64::MAX, 0])), [0, i128::from(u64::MAX)].map(Scalar::Int));
    }

    #[test]
    fn quantiles_are_those_of_pandas() {
        let mut quantiles = Quantiles::new(&DataType::Int64).expect("numbers");
        quantiles.update(&Kept::Plain(Arc::new(Int64Array::from(vec![4, 1, 3, 2])))).expect("numbers");
        quantiles.sort();
        // `pandas.Series([1, 2, 3, 4]).quantile([0.25, 0.5, 0.75], interpolation)`, pandas 3.1.1
        let figures = [
            (Interpolation::Linear, [1.75, 2.5, 3.25]),
            (Interpolation::Lower, [1.0, 2.0, 3.0]),
            (Interpolation::Higher, [2.0, 3.0, 4.0]),
            (Interpolation::Midpoint, [1.5, 2.5, 3.5]),
            (Interpolation::Nearest, [2.0, 3.0, 3.0]),
        ];
        for (interpolation, pandas) in figures {
            let found = [0.25, 0.5, 0.75].map(|q| {
                let value = quantiles.quantile(q, interpolation).expect("nothing was spilled");
                value.and_then(|value| value.as_f64())
            });
            assert_eq!(found, pandas.map(Some), "{interpolation:?}");
        }
        assert_eq!(quantiles.count_while(|value| value.as_f64() < Some(3.0)).expect("nothing was spilled"), 2);
    }
}
