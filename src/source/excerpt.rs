//! Some of the rows of a dataset: the first so many, or a sample.
//!
//! A sample takes each row with the same probability, by a hash of its number alone: the same data gives the same sample,
//! on any number of threads and whatever else is asked. Source of the hash: the finalizer of SplitMix64 (Steele, Lea and
//! Flood 2014).

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;

use super::part::empty_batches;
use crate::scan::{BatchIterator, ColumnFacts, Facts, Misfit, Place, Scan, ScanError};

/// How many rows lie between two of which it is known how many before them are in the sample.
const STEP: u64 = 256;

/// Some rows of a dataset.
pub struct Excerpt {
    inner: Arc<dyn Scan>,
    units: Vec<Unit>,
    choice: Choice,
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Excerpt").field("choice", &self.choice).finish_non_exhaustive()
    }
}

/// Which rows are taken.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Choice {
    /// Those at the beginning of each unit.
    First,
    /// Those whose hash is below this.
    Hashed(u64),
}

struct Unit {
    /// How many rows of it are taken.
    rows: u64,
    /// How many rows it has.
    all_rows: u64,
    /// The number of its first row in the dataset.
    start: u64,
    /// How many rows are taken before each of [`STEP`] rows; empty where the first ones are taken.
    before: Vec<u64>,
}

impl Excerpt {
    /// Takes the first so many rows.
    ///
    /// # Errors
    /// The number of rows of a unit cannot be read.
    pub fn first(inner: Arc<dyn Scan>, limit: u64) -> Result<Self, ScanError> {
        let mut units = Vec::new();
        let mut start = 0;
        for unit in 0..inner.unit_count() {
            if start >= limit {
                break;
            }
            let all_rows = inner.rows(unit)?;
            units.push(Unit { rows: all_rows.min(limit - start), all_rows, start, before: Vec::new() });
            start += all_rows;
        }
        Ok(Self { inner, units, choice: Choice::First })
    }

    /// Takes a fraction of the rows, 0 to 1.
    ///
    /// # Errors
    /// As [`Self::first`].
    pub fn sample(inner: Arc<dyn Scan>, fraction: f64) -> Result<Self, ScanError> {
        // 1 is more than any hash but the highest, which is one row in 2^64
        let below = (fraction * u64::MAX as f64) as u64;
        let mut units = Vec::new();
        let mut start = 0;
        for unit in 0..inner.unit_count() {
            let all_rows = inner.rows(unit)?;
            let mut before = Vec::new();
            let mut rows = 0;
            for row in 0..all_rows {
                if row % STEP == 0 {
                    before.push(rows);
                }
                rows += u64::from(hash(start + row) < below);
            }
            units.push(Unit { rows, all_rows, start, before });
            start += all_rows;
        }
        Ok(Self { inner, units, choice: Choice::Hashed(below) })
    }

    /// Returns which row of its unit a taken row is.
    fn original(&self, unit: usize, row: u64) -> u64 {
        let Choice::Hashed(below) = self.choice else { return row };
        let unit = &self.units[unit];
        let step = unit.before.partition_point(|before| *before <= row).saturating_sub(1);
        let mut left = row - unit.before.get(step).copied().unwrap_or(0);
        let mut at = step as u64 * STEP;
        while at < unit.all_rows {
            if hash(unit.start + at) < below {
                if left == 0 {
                    break;
                }
                left -= 1;
            }
            at += 1;
        }
        at
    }
}

/// Spreads numbers evenly over all of 64 bits.
fn hash(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

impl Scan for Excerpt {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }

    fn unit_count(&self) -> usize {
        self.units.len()
    }

    fn rows(&self, unit: usize) -> Result<u64, ScanError> {
        Ok(self.units[unit].rows)
    }

    fn facts(&self, unit: usize) -> Result<Facts, ScanError> {
        let Unit { rows, all_rows, .. } = self.units[unit];
        let facts = self.inner.facts(unit)?;
        let column = |facts: ColumnFacts| {
            if rows == all_rows {
                return facts;
            }
            // what is true of all values is true of some
            let nulls = facts.nulls.and_then(|nulls| match nulls {
                0 => Some(0),
                nulls if nulls == all_rows => Some(rows),
                _ => None,
            });
            ColumnFacts { nulls, exact: false, ..facts }
        };
        Ok(Facts { rows: Some(rows), columns: facts.columns.into_iter().map(column).collect() })
    }

    fn dictionary(&self, unit: usize, column: usize) -> Result<Option<ArrayRef>, ScanError> {
        self.inner.dictionary(unit, column)
    }

    fn batches(&self, number: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        let unit = &self.units[number];
        if columns.is_empty() || unit.rows == 0 {
            return if columns.is_empty() {
                Ok(Box::new(empty_batches(unit.rows)))
            } else {
                Ok(Box::new(std::iter::empty()))
            };
        }
        let mut at = 0;
        let choice = self.choice;
        let choose = move |batch: Result<arrow::array::RecordBatch, ScanError>| {
            let batch = batch?;
            let rows = batch.num_rows();
            let begin = at;
            at += rows as u64;
            match choice {
                Choice::First => {
                    let rest = usize::try_from(unit.rows.saturating_sub(begin)).unwrap_or(usize::MAX);
                    Ok(if rest < rows { batch.slice(0, rest) } else { batch })
                }
                Choice::Hashed(below) => {
                    let first = unit.start + begin;
                    let taken = BooleanBuffer::collect_bool(rows, |row| hash(first + row as u64) < below);
                    let filtered = filter_record_batch(&batch, &BooleanArray::new(taken, None));
                    filtered.map_err(|error| ScanError::Corrupt {
                        file: self.inner.place(number, 0).file.to_string(),
                        problem: format!("cannot be sampled: {error}"),
                    })
                }
            }
        };
        let batches = self.inner.batches(number, columns)?;
        let mut given = 0;
        let is_wanted = move |batch: &Result<arrow::array::RecordBatch, ScanError>| {
            // an error is given, and nothing is read for rows that nobody wants
            let wanted = given < unit.rows;
            given += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
            wanted
        };
        Ok(Box::new(batches.map(choose).take_while(is_wanted)))
    }

    fn weight(&self, unit: usize) -> u64 {
        self.inner.weight(unit)
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        self.inner.place(unit, self.original(unit, row))
    }

    fn line(&self, unit: usize, row: u64) -> Option<u64> {
        self.inner.line(unit, self.original(unit, row))
    }

    fn has_texts(&self, column: usize) -> bool {
        self.inner.has_texts(column)
    }

    fn has_codes(&self, column: usize) -> bool {
        self.inner.has_codes(column)
    }

    fn misfit(&self, column: usize) -> Option<&Misfit> {
        self.inner.misfit(column)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Int64Array, RecordBatch};
    use arrow::datatypes::Int64Type;

    use super::*;
    use crate::source::memory::MemorySource;

    /// Rows that hold their own numbers, in units of several batches.
    fn numbers(units: &[&[i64]]) -> Arc<dyn Scan> {
        let mut next = 0;
        let units: Vec<Vec<RecordBatch>> = units
            .iter()
            .map(|batches| {
                let batch = |rows: &i64| {
                    let values: ArrayRef = Arc::new(Int64Array::from_iter_values(next..next + rows));
                    next += rows;
                    RecordBatch::try_from_iter([("n", values)]).expect("one column")
                };
                batches.iter().map(batch).collect()
            })
            .collect();
        let schema = units[0][0].schema();
        Arc::new(MemorySource::new("numbers", schema, units).expect("one schema"))
    }

    fn taken(scan: &dyn Scan) -> Vec<i64> {
        let mut values = Vec::new();
        for unit in 0..scan.unit_count() {
            let before = values.len();
            for batch in scan.batches(unit, &[0]).expect("it is in memory") {
                values
                    .extend_from_slice(batch.expect("it is in memory").column(0).as_primitive::<Int64Type>().values());
            }
            let rows = values.len() - before;
            assert_eq!(scan.rows(unit).expect("it is known"), rows as u64);
            for (row, value) in values[before..].iter().enumerate() {
                assert_eq!(scan.place(unit, row as u64).row as i64, *value);
            }
        }
        values
    }

    #[test]
    fn the_first_rows_are_taken_across_batches_and_units() {
        let all = numbers(&[&[3, 4], &[5], &[2, 2]]);
        for limit in [0, 1, 3, 5, 7, 8, 12, 14, 16, 99] {
            let excerpt = Excerpt::first(Arc::clone(&all), limit).expect("it is in memory");
            assert_eq!(taken(&excerpt), (0..limit.min(16) as i64).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_sample_is_the_same_however_the_rows_are_cut() {
        let one = Excerpt::sample(numbers(&[&[20_000]]), 0.1).expect("it is in memory");
        let many = Excerpt::sample(numbers(&[&[7000, 1], &[1999, 5000], &[6000]]), 0.1).expect("it is in memory");
        let sample = taken(&one);
        assert_eq!(taken(&many), sample);
        // a tenth of 20,000 rows within five standard deviations
        assert!((1788..=2212).contains(&sample.len()), "{}", sample.len());
        let all = Excerpt::sample(numbers(&[&[3, 4], &[5]]), 1.0).expect("it is in memory");
        assert_eq!(taken(&all).len(), 12);
    }
}
