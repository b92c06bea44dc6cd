//! One Parquet file that is written as its rows come, and takes its place once it is whole.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, RecordBatch, new_empty_array};
use arrow::datatypes::{FieldRef, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use super::RowsError;
use crate::ordered::in_order;
use crate::replacement::{Replacement, place};

/// A row group ends at so many rows.
const GROUP_ROWS: usize = 1 << 20;
/// A row group ends at so many bytes, or fewer where memory is scarce.
const GROUP_BYTES: u64 = 64 << 20;
/// The least that a row group is worth.
const LEAST_GROUP_BYTES: u64 = 1 << 20;
/// With fewer values a thread of its own is not worth its while.
const CELLS_PER_THREAD: usize = 1 << 14;
/// The bytes of a page, or fewer where memory is scarce.
const PAGE_BYTES: usize = 1 << 20;
const LEAST_PAGE_BYTES: usize = 8 << 10;

/// A file that rows are written into. The columns of a row group are encoded by several threads.
pub(super) struct RowFile {
    writer: SerializedFileWriter<File>,
    groups: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// The row group at hand, where it has rows.
    group: Option<Group>,
    group_bytes: usize,
    threads: usize,
    replacement: Replacement,
    path: PathBuf,
    rows: u64,
}

impl RowFile {
    /// Begins a file with these columns.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn new(path: &Path, schema: &SchemaRef, threads: usize, limit_bytes: u64) -> Result<Self, RowsError> {
        let failed = |cause| RowsError::Write { file: path.to_owned(), cause };
        // a link stays, and what it leads to is replaced
        let replacement = Replacement::of(&place(path)).map_err(failed)?;
        let file = replacement.file().try_clone().map_err(failed)?;
        let group_bytes = (limit_bytes / 16).clamp(LEAST_GROUP_BYTES, GROUP_BYTES) as usize;
        let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties(schema, group_bytes)));
        let parts = writer.and_then(ArrowWriter::into_serialized_writer);
        let (writer, groups) = parts.map_err(|error| refused(path, error))?;
        Ok(Self {
            writer,
            groups,
            schema: Arc::clone(schema),
            group: None,
            group_bytes,
            threads,
            replacement,
            path: path.to_owned(),
            rows: 0,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), RowsError> {
        self.add(batch).map_err(|error| refused(&self.path, error))
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        let group = match &mut self.group {
            Some(group) => group,
            none => none.insert(Group::new(&self.groups, &self.schema, self.writer.flushed_row_groups().len())?),
        };
        group.write(batch, self.threads)?;
        self.rows += batch.num_rows() as u64;
        if group.rows >= GROUP_ROWS || group.bytes() >= self.group_bytes {
            self.end_group()?;
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), ParquetError> {
        let Some(group) = self.group.take() else { return Ok(()) };
        let mut row_group = self.writer.next_row_group()?;
        for chunk in group.close(self.threads)? {
            chunk.append_to_row_group(&mut row_group)?;
        }
        row_group.close()?;
        Ok(())
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn finish(mut self) -> Result<FinishedFile, RowsError> {
        let finished = self.end_group().and_then(|()| self.writer.finish().map(|_| ()));
        finished.map_err(|error| refused(&self.path, error))?;
        Ok(FinishedFile { replacement: self.replacement, path: self.path, rows: self.rows })
    }
}

/// A row group that is being encoded.
struct Group {
    columns: Vec<GroupColumn>,
    rows: usize,
}

/// A column of the schema, and what of a row group is there of it: a writer for each column that Parquet knows it as.
struct GroupColumn {
    field: FieldRef,
    writers: Vec<ArrowColumnWriter>,
}

impl Group {
    fn new(groups: &ArrowRowGroupWriterFactory, schema: &SchemaRef, number: usize) -> Result<Self, ParquetError> {
        let mut writers = groups.create_column_writers(number)?.into_iter();
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            // an array without rows has as many leaves as any other
            let leaves = compute_leaves(field, &new_empty_array(field.data_type()))?.len();
            columns.push(GroupColumn { field: Arc::clone(field), writers: writers.by_ref().take(leaves).collect() });
        }
        Ok(Self { columns, rows: 0 })
    }

    fn write(&mut self, batch: &RecordBatch, threads: usize) -> Result<(), ParquetError> {
        let threads = if batch.num_rows() * self.columns.len() < CELLS_PER_THREAD { 1 } else { threads };
        let columns = self.columns.iter_mut().zip(batch.columns());
        let written = on_threads(columns.collect(), threads, |(column, values): (&mut GroupColumn, &ArrayRef)| {
            let leaves = compute_leaves(&column.field, values)?;
            column.writers.iter_mut().zip(&leaves).try_for_each(|(writer, leaf)| writer.write(leaf))
        });
        self.rows += batch.num_rows();
        written.into_iter().collect()
    }

    fn bytes(&self) -> usize {
        self.columns.iter().flat_map(|column| &column.writers).map(ArrowColumnWriter::get_estimated_total_bytes).sum()
    }

    fn close(self, threads: usize) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
        let writers: Vec<_> = self.columns.into_iter().flat_map(|column| column.writers).collect();
        on_threads(writers, threads, ArrowColumnWriter::close).into_iter().collect()
    }
}

/// Does work on up to so many threads; what comes of it keeps the order of the tasks.
fn on_threads<T: Send, R: Send>(tasks: Vec<T>, threads: usize, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let tasks: Vec<_> = tasks.into_iter().map(|task| Mutex::new(Some(task))).collect();
    let take = |at: usize| tasks[at].lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut results = Vec::with_capacity(tasks.len());
    let collected = in_order(
        tasks.len(),
        threads,
        |at| take(at).map(&work),
        |_, result| {
            results.extend(result);
            Ok::<_, Infallible>(())
        },
    );
    collected.map_or_else(|never| match never {}, |()| results)
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

fn properties(schema: &SchemaRef, group_bytes: usize) -> WriterProperties {
    // each column has a page and a dictionary at hand
    let page_bytes = (group_bytes / schema.flattened_fields().len().max(1) / 2).clamp(LEAST_PAGE_BYTES, PAGE_BYTES);
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
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
