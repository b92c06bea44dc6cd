//! The values of a column that a metric counts: nulls and rows that its condition leaves out are gone.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::column::evaluate::{ColumnData, ColumnValues};
use crate::verdict::Problem;

/// Values without nulls.
#[derive(Debug, Clone)]
pub enum Kept {
    /// One after the other, in order.
    Plain(ArrayRef),
    /// Distinct dictionary values (which may repeat) with how often each occurs; those that do not occur are gone.
    Counted {
        /// The values, none null.
        values: ArrayRef,
        /// How often each occurs, at least once.
        counts: Vec<u64>,
    },
}

/// How often the codes of a dictionary occur, for as long as the dictionary stays the same: its values are looked at once,
/// however many batches there are.
#[derive(Debug, Default)]
pub struct CodeCounts {
    values: Option<ArrayRef>,
    /// How often each value occurs, and one more for codes out of range.
    counts: Vec<u64>,
}

impl CodeCounts {
    /// Picks the values of a column that are there and kept. Those of a dictionary are given when another one comes, or by
    /// [`Self::take`].
    ///
    /// # Errors
    /// `type-mismatch`: the values cannot be filtered.
    pub fn keep(&mut self, data: &ColumnData, keep: Option<&BooleanBuffer>) -> Result<Option<Kept>, Problem> {
        match &data.values {
            ColumnValues::Plain(array) => {
                Ok(Some(Kept::Plain(pick(array, data, keep).map_err(|error| failed(&error))?)))
            }
            ColumnValues::Dictionary { codes, values } => {
                let is_same = self.values.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, values));
                let before = if is_same { None } else { self.take()? };
                if !is_same {
                    self.values = Some(Arc::clone(values));
                    self.counts.resize(values.len() + 1, 0);
                }
                let last = values.len();
                let codes = codes.values();
                let counts = self.counts.as_mut_slice();
                match selection(data, keep) {
                    None => codes.iter().for_each(|code| counts[(*code as usize).min(last)] += 1),
                    Some(selected) => {
                        selected.set_indices().for_each(|row| counts[(codes[row] as usize).min(last)] += 1);
                    }
                }
                Ok(before)
            }
        }
    }

    /// Gives the values of the dictionary at hand, and forgets it.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn take(&mut self) -> Result<Option<Kept>, Problem> {
        let Some(values) = self.values.take() else { return Ok(None) };
        let mut counts = std::mem::take(&mut self.counts);
        counts.truncate(values.len());
        let used = BooleanArray::new(BooleanBuffer::collect_bool(counts.len(), |at| counts[at] > 0), None);
        let values = filter(&values, &used).map_err(|error| failed(&error))?;
        counts.retain(|count| *count > 0);
        Ok(Some(Kept::Counted { values, counts }))
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        self.counts.capacity() * 8
    }
}

fn failed(error: &ArrowError) -> Problem {
    Problem::new("type-mismatch", error.to_string())
}

/// The rows that are there and kept; `None` for all.
#[must_use]
pub fn selection(data: &ColumnData, keep: Option<&BooleanBuffer>) -> Option<BooleanBuffer> {
    match (&data.nulls, keep) {
        (None, None) => None,
        (Some(nulls), None) => Some(nulls.inner().clone()),
        (None, Some(keep)) => Some(keep.clone()),
        (Some(nulls), Some(keep)) => Some(nulls.inner() & keep),
    }
}

fn pick(array: &ArrayRef, data: &ColumnData, keep: Option<&BooleanBuffer>) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == &DataType::Null {
        return Ok(array.slice(0, 0));
    }
    match selection(data, keep) {
        None => Ok(Arc::clone(array)),
        Some(selected) => filter(array, &BooleanArray::new(selected, None)),
    }
}
