//! One Parquet file that is written as its rows come, and takes its place once it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::RowsError;
use crate::replacement::Replacement;
use crate::spill::{Budget, Charge};

/// A row group ends at so many rows.
const GROUP_ROWS: usize = 1 << 20;
/// A row group ends at so many bytes, or fewer where memory is scarce.
const GROUP_BYTES: u64 = 64 << 20;
/// The least that a row group is worth.
const LEAST_GROUP_BYTES: u64 = 1 << 20;
/// The bytes of a page, or fewer where memory is scarce.
const PAGE_BYTES: usize = 1 << 20;
const LEAST_PAGE_BYTES: usize = 8 << 10;

/// A file that rows are written into.
pub(super) struct RowFile {
    writer: ArrowWriter<File>,
    replacement: Replacement,
    path: PathBuf,
    rows: u64,
    charge: Charge,
}

impl RowFile {
    /// Begins a file with these columns.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn new(path: &Path, schema: &SchemaRef, budget: &std::sync::Arc<Budget>) -> Result<Self, RowsError> {
        let failed = |cause| RowsError::Write { file: path.to_owned(), cause };
        // a link stays, and what it leads to is replaced
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let replacement = Replacement::of(&target).map_err(failed)?;
        let file = replacement.file().try_clone().map_err(failed)?;
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties(schema, budget)));
        let writer = writer.map_err(|error| refused(path, error))?;
        Ok(Self { writer, replacement, path: path.to_owned(), rows: 0, charge: Charge::new(budget) })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), RowsError> {
        self.writer.write(batch).map_err(|error| refused(&self.path, error))?;
        self.rows += batch.num_rows() as u64;
        self.charge.set(self.writer.memory_size() as u64, 0);
        Ok(())
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn finish(mut self) -> Result<FinishedFile, RowsError> {
        self.writer.finish().map_err(|error| refused(&self.path, error))?;
        Ok(FinishedFile { replacement: self.replacement, path: self.path, rows: self.rows })
    }
}

/// A file that is whole, and not yet where it is to be.
pub(super) struct FinishedFile {
    replacement: Replacement,
    path: PathBuf,
    pub(super) rows: u64,
}

impl FinishedFile {
    /// Puts the file in its place.
    ///
    /// # Errors
    /// That cannot be done.
    pub(super) fn take_place(self) -> Result<(), RowsError> {
        self.replacement.take_place().map_err(|cause| RowsError::Write { file: self.path, cause })
    }
}

fn properties(schema: &SchemaRef, budget: &Budget) -> WriterProperties {
    let group_bytes = (budget.limit_bytes() / 16).clamp(LEAST_GROUP_BYTES, GROUP_BYTES) as usize;
    // each column has a page and a dictionary at hand
    let page_bytes = (group_bytes / schema.flattened_fields().len().max(1) / 2).clamp(LEAST_PAGE_BYTES, PAGE_BYTES);
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(group_bytes))
        .set_data_page_size_limit(page_bytes)
        .set_dictionary_page_size_limit(page_bytes)
        .set_created_by(concat!("weir version ", env!("CARGO_PKG_VERSION")).to_owned())
        .build()
}

fn refused(path: &Path, error: ParquetError) -> RowsError {
    let cause = match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    };
    RowsError::Write { file: path.to_owned(), cause }
}
