//! Batches of libraries whose files say how many rows there are: held to it, and to errors in place of panics.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use super::file::DataFile;
use crate::guard::guarded;
use crate::scan::ScanError;

/// The batches of a unit. The iterator ends behind the first error.
pub(super) struct Promised<'a, R> {
    file: &'a DataFile,
    /// Which part of the file it is: `in the stripe at byte 3`.
    place: String,
    /// Until it ends, or fails.
    reader: Option<R>,
    /// The number of the first row in the file.
    first_row: u64,
    /// How many rows there are to be.
    expected: u64,
    /// How many rows came.
    rows: u64,
}

impl<'a, R> Promised<'a, R> {
    /// Takes a reader that is to give so many rows, the first of which has this number in the file. It is opened here, and
    /// may panic as it does.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) fn open<E: ToString>(
        file: &'a DataFile,
        place: String,
        first_row: u64,
        expected: u64,
        open: impl FnOnce() -> Result<R, E>,
    ) -> Result<Self, ScanError> {
        let mut batches = Self { file, place, reader: None, first_row, expected, rows: 0 };
        match guarded(open) {
            Ok(Ok(reader)) => batches.reader = Some(reader),
            Ok(Err(error)) => return Err(batches.corrupt(&error.to_string())),
            Err(_) => return Err(batches.corrupt("what it says of its columns cannot be decoded")),
        }
        Ok(batches)
    }

    fn corrupt(&self, problem: &str) -> ScanError {
        let row = self.first_row + self.rows;
        self.file.corrupt(format!("is corrupt {}, after row {row}: {}", self.place, without_prefix(problem)))
    }
}

impl<R: Iterator<Item = Result<RecordBatch, ArrowError>>> Iterator for Promised<'_, R> {
    type Item = Result<RecordBatch, ScanError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = self.reader.take()?;
        // decoders panic on some damage; after an error nobody asks the reader again
        match guarded(|| reader.next()) {
            Err(_) => Some(Err(self.corrupt("its rows cannot be decoded"))),
            Ok(Some(Err(error))) => Some(Err(self.corrupt(&error.to_string()))),
            Ok(Some(Ok(batch))) => {
                self.rows += batch.num_rows() as u64;
                if self.rows > self.expected {
                    return Some(Err(
                        self.corrupt(&format!("there are more than the {} rows it promises", self.expected))
                    ));
                }
                self.reader = Some(reader);
                Some(Ok(batch))
            }
            Ok(None) if self.rows < self.expected => {
                let (rows, expected) = (self.rows, self.expected);
                Some(Err(self.corrupt(&format!("{rows} rows are there, and {expected} are promised"))))
            }
            Ok(None) => None,
        }
    }
}

/// Leaves out by which of its types a library says that something is wrong.
pub(super) fn without_prefix(said: &str) -> &str {
    let prefixes = [
        "Parser error: ",
        "Avro error: ",
        "External error: ",
        "Invalid argument error: ",
        "Schema error: ",
        "Not yet implemented: ",
    ];
    let Some(prefix) = prefixes.into_iter().find(|prefix| said.starts_with(prefix)) else { return said };
    without_prefix(&said[prefix.len()..])
}
