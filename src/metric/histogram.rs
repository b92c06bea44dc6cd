//! How many values of a numeric column lie in each bin between given edges.

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use super::kept::Kept;

/// Counts of values by bin: `edges[i] <= x < edges[i + 1]`, the last bin closed, as in NumPy.
///
/// Memory: 8 bytes a bin.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    edges: Vec<f64>,
    counts: Vec<u64>,
    below: u64,
    above: u64,
}

impl Histogram {
    /// Makes the empty state for ascending edges.
    #[must_use]
    pub fn new(edges: &[f64]) -> Self {
        Self { edges: edges.to_vec(), counts: vec![0; edges.len().saturating_sub(1)], below: 0, above: 0 }
    }

    /// Adds values.
    pub fn update(&mut self, kept: &Kept) {
        let (values, counts) = match kept {
            Kept::Plain(values) => (values, None),
            Kept::Counted { values, counts } => (values, Some(counts)),
        };
        let Ok(values) = cast(values, &DataType::Float64) else { return };
        let (Some(first), Some(last)) = (self.edges.first().copied(), self.edges.last().copied()) else { return };
        for (row, value) in values.as_primitive::<Float64Type>().values().iter().enumerate() {
            let times = counts.map_or(1, |counts| counts[row]);
            if *value < first {
                self.below += times;
            } else if *value > last {
                self.above += times;
            } else {
                let bin = self.edges.partition_point(|edge| edge <= value).saturating_sub(1);
                let bin = bin.min(self.counts.len().saturating_sub(1));
                if let Some(count) = self.counts.get_mut(bin) {
                    *count += times;
                }
            }
        }
    }

    /// Adds another state with the same edges.
    pub fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.below += other.below;
        self.above += other.above;
    }

    /// The counts of the bins.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many values are less than the first edge.
    #[must_use]
    pub fn below(&self) -> u64 {
        self.below
    }

    /// How many values are greater than the last edge.
    #[must_use]
    pub fn above(&self) -> u64 {
        self.above
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        16 * self.edges.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Float64Array;

    use super::*;

    #[test]
    fn the_last_bin_is_closed_and_what_lies_outside_is_counted_apart() {
        let mut histogram = Histogram::new(&[0.0, 1.0, 2.0]);
        histogram.update(&Kept::Plain(Arc::new(Float64Array::from(vec![-1.0, 0.0, 0.5, 1.0, 2.0, 2.5]))));
        assert_eq!((histogram.counts(), histogram.below(), histogram.above()), ([2, 2].as_slice(), 1, 1));
    }
}
