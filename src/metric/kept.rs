//! The values of a column that a metric counts: nulls and rows that its condition leaves out are gone.

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter;
use arrow::datatypes::DataType;

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

impl Kept {
    /// Picks the values of a column that are there and kept.
    ///
    /// # Errors
    /// A dictionary code is out of range.
    pub fn of(data: &ColumnData, keep: Option<&BooleanBuffer>) -> Result<Self, Problem> {
        let failed = |error: arrow::error::ArrowError| Problem::new("type-mismatch", error.to_string());
        match &data.values {
            ColumnValues::Plain(array) => Ok(Self::Plain(pick(array, data, keep).map_err(failed)?)),
            ColumnValues::Dictionary { codes, values } => {
                let mut counts = vec![0u64; values.len() + 1];
                let last = values.len();
                let codes = codes.values();
                match selection(data, keep) {
                    None => codes.iter().for_each(|code| counts[(*code as usize).min(last)] += 1),
                    Some(selected) => {
                        selected.set_indices().for_each(|row| counts[(codes[row] as usize).min(last)] += 1);
                    }
                }
                counts.truncate(last);
                let used = BooleanArray::new(BooleanBuffer::collect_bool(last, |at| counts[at] > 0), None);
                let values = filter(values, &used).map_err(failed)?;
                counts.retain(|count| *count > 0);
                Ok(Self::Counted { values, counts })
            }
        }
    }

    /// The number of values.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Self::Plain(array) => array.len() as u64,
            Self::Counted { counts, .. } => counts.iter().sum(),
        }
    }
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

fn pick(
    array: &ArrayRef,
    data: &ColumnData,
    keep: Option<&BooleanBuffer>,
) -> Result<ArrayRef, arrow::error::ArrowError> {
    if array.data_type() == &DataType::Null {
        return Ok(array.slice(0, 0));
    }
    match selection(data, keep) {
        None => Ok(std::sync::Arc::clone(array)),
        Some(selected) => filter(array, &BooleanArray::new(selected, None)),
    }
}
