//! Files cut into parts for several threads: planned at round places, and as found, between records.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, FieldRef, Schema};
use arrow::error::ArrowError;

use super::file::DataFile;
use super::lines::Lines;
use crate::scan::{BatchIterator, ScanError};

/// How many rows a batch has at most: their columns stay in a processor's cache.
pub(super) const BATCH_ROWS: usize = 8 * 1024;
/// How many cells a batch has at most, unless it has very many columns.
const BATCH_CELLS: usize = 4 * 1024 * 1024;
/// A batch ends early at so many bytes of text.
pub(super) const BATCH_BYTES: u64 = 32 * 1024 * 1024;

/// A part as planned: what begins at `begin` or later, and before `goal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// The number of the file.
    pub(super) file: usize,
    pub(super) begin: u64,
    pub(super) goal: u64,
    /// Nothing of the file lies before it.
    pub(super) is_first: bool,
}

/// A part that begins and ends between records: a unit.
#[derive(Debug)]
pub(super) struct Part {
    /// The number of the file.
    pub(super) file: usize,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) rows: u64,
    /// The row in the file at which it begins.
    pub(super) first_row: u64,
    /// The line of each row, 1-based.
    pub(super) lines: Lines,
}

/// A file that promises more rows than this is damaged, or meant to keep a reader busy for days.
const MOST_ROWS: u64 = 1 << 36;

/// Counts rows that a file promises beside those before; `None` where it is more than there can be.
pub(super) fn count_on(before: u64, rows: u64) -> Option<u64> {
    before.checked_add(rows).filter(|rows| *rows <= MOST_ROWS)
}

/// Returns how long the parts of a file are. They depend on nothing but the file, so that a run repeats bit for bit.
pub(super) fn usual_bytes(size: u64) -> u64 {
    // a part is worth a thread's while, and there are enough of them for several threads
    (size / 32).clamp(1024 * 1024, 16 * 1024 * 1024)
}

/// Plans the parts of a file from where its records begin.
pub(super) fn plan(number: usize, file: &DataFile, data_start: u64, bytes: u64) -> Vec<Plan> {
    let size = file.length;
    let mut parts = Vec::new();
    let mut begin = data_start;
    while begin < size {
        // no tiny rest
        let goal = if size - begin < bytes + bytes / 2 { size } else { begin + bytes.max(1) };
        parts.push(Plan { file: number, begin, goal, is_first: begin == data_start });
        begin = goal;
    }
    parts
}

/// Returns how many rows a batch of so many columns has at most.
pub(super) fn batch_rows(columns: usize) -> usize {
    (BATCH_CELLS / columns.max(1)).clamp(256, BATCH_ROWS)
}

/// Gives batches until there is none left, or one cannot be read.
pub(super) fn until_over<'a>(
    mut read: impl FnMut() -> Result<Option<RecordBatch>, ScanError> + Send + 'a,
) -> BatchIterator<'a> {
    let mut is_over = false;
    Box::new(std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let batch = read().transpose();
        is_over = !matches!(batch, Some(Ok(_)));
        batch
    }))
}

/// Gives batches with rows and no columns.
pub(super) fn empty_batches(rows: u64) -> impl Iterator<Item = Result<RecordBatch, ScanError>> + Send {
    let most = BATCH_ROWS as u64;
    (0..rows.div_ceil(most)).filter_map(move |batch| {
        let rows = (rows - batch * most).min(most) as usize;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options).ok().map(Ok)
    })
}

/// Puts columns together under the names of these fields, each in the type that it came in.
pub(super) fn as_batch<'a>(
    fields: impl Iterator<Item = &'a FieldRef>,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch, ArrowError> {
    let field = |(field, column): (&FieldRef, &ArrayRef)| {
        if field.data_type() == column.data_type() {
            return Arc::clone(field);
        }
        Arc::new(Field::new(field.name(), column.data_type().clone(), true))
    };
    let fields: Vec<FieldRef> = fields.zip(&columns).map(field).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

/// Says that a file is not what it was at the first pass, when every value was of its column's type.
pub(super) fn changed(file: &DataFile) -> ScanError {
    let problem = "has changed while it was read; check a copy that nobody writes to".to_owned();
    ScanError::Corrupt { file: file.name.clone(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::written;

    #[test]
    fn parts_cover_a_file_without_a_tiny_rest() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("t.csv");
        std::fs::write(&path, "").expect("the file is written");
        let file = |length| DataFile { length, ..written::file(&path) };
        let ends =
            |size, bytes| plan(0, &file(size), 3, bytes).iter().map(|part| (part.begin, part.goal)).collect::<Vec<_>>();
        assert_eq!(ends(3, 10), []);
        assert_eq!(ends(17, 10), [(3, 17)]);
        assert_eq!(ends(27, 10), [(3, 13), (13, 27)]);
        assert_eq!(ends(28, 10), [(3, 13), (13, 23), (23, 28)]);
        assert_eq!(ends(5, 0), [(3, 4), (4, 5)]);
    }
}
