//! The rows of a dataset divided in two Parquet files: those that break expectations, and the rest.
//!
//! Which rows are which was found while the data was judged: each expectation that is not met has left [`Marks`]. One more
//! pass reads the data and divides it; nothing is evaluated again. Threads read units, and rows are written in the order of
//! the input.

mod column;
mod file;
mod id;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayBuilder, ArrayRef, BooleanArray, Int64Array, Int64Builder, ListBuilder, RecordBatch,
    RecordBatchOptions, StringBuilder, new_null_array,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::engine::{InOrder, Settings};
use crate::metric::marks::Marks;
use crate::scan::{Scan, ScanError};
use crate::source::malformed::{Malformed, MalformedLine};
use crate::spill::SpillError;
use crate::verdict::Problem;
use column::WrittenColumn;
use file::RowFile;
pub use id::{Named, ids};

/// The beginning of the names of columns that are not the data's, unless a name of the data begins so.
const PREFIX: &str = "__weir_";

/// So many lines that are no rows are written at once, or fewer where they are long.
const MALFORMED_BATCH_ROWS: usize = 1024;
const MALFORMED_BATCH_BYTES: usize = 1 << 20;

/// The files to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFiles {
    /// For the rows that break an expectation.
    pub failed: Option<PathBuf>,
    /// For those that break none.
    pub clean: Option<PathBuf>,
}

impl RowFiles {
    /// Tells whether no file is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.failed.is_none() && self.clean.is_none()
    }

    /// The files that are wanted.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.failed.iter().chain(&self.clean)
    }
}

/// An expectation that is not met, and the rows that break it.
#[derive(Debug, Clone)]
pub struct Broken {
    /// By what it is named.
    pub id: String,
    /// Where they are.
    pub rows: Vec<Arc<Marks>>,
}

/// How the rows are divided.
#[derive(Debug, Default)]
pub struct Division {
    /// What rows break, in the order of the suite.
    pub broken: Vec<Broken>,
    /// The rows that were judged; all if `None`.
    pub judged: Option<Vec<Arc<Marks>>>,
    /// The lines of the data that are no rows, where they were counted and kept.
    pub malformed: Option<Malformed>,
}

/// How many rows were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Those that break an expectation, where they were wanted.
    pub failed: Option<u64>,
    /// The lines that are no rows, where they were written beside those.
    pub malformed: Option<u64>,
    /// Those that break none, where they were wanted.
    pub clean: Option<u64>,
    /// How many rows break each expectation, in the order of [`Division::broken`], where they were wanted.
    pub broken: Vec<u64>,
}

/// Why the files were not written. No half one is left.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The data cannot be read.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// What was spilled cannot be read back.
    #[error(transparent)]
    Spill(#[from] SpillError),
    /// A file cannot be written.
    #[error("cannot write `{}`", .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Values cannot be written.
    #[error("the rows cannot be written as Parquet: {0}")]
    Values(#[from] ArrowError),
    /// A worker did not come to its end.
    #[error("{0}")]
    Worker(String),
}

impl From<Problem> for RowsError {
    fn from(problem: Problem) -> Self {
        Self::Worker(problem.message)
    }
}

/// Writes the files. `progress` is told the weight of each unit that is done.
///
/// # Errors
/// The data cannot be read, or a file cannot be written.
pub fn write(
    scan: &Arc<dyn Scan>,
    division: Division,
    files: &RowFiles,
    settings: &Settings,
    progress: &dyn Fn(u64),
) -> Result<Written, RowsError> {
    let divider = Arc::new(Divider::new(scan, division, files)?);
    let limit_bytes = settings.budget.limit_bytes();
    let open = |path: &Option<PathBuf>, schema: &SchemaRef| {
        path.as_ref().map(|path| RowFile::new(path, schema, settings.threads, limit_bytes)).transpose()
    };
    let mut failed = open(&files.failed, &divider.failed_schema)?;
    let mut clean = open(&files.clean, &divider.clean_schema)?;
    let mut counts = vec![0; divider.division.broken.len()];

    let mut done = 0;
    let mut advance = |until: usize| {
        (done..until).for_each(|unit| progress(scan.weight(unit)));
        done = until;
    };
    let worker = Arc::clone(&divider);
    let pieces: InOrder<Piece, RowsError> = InOrder::start(scan.unit_count(), settings.threads, move || {
        let divider = Arc::clone(&worker);
        move |unit: usize, take: &mut dyn FnMut(Piece) -> bool| divider.divide(unit, take)
    });
    for piece in pieces {
        let piece = piece?;
        advance(piece.unit);
        if let (Some(file), Some(rows)) = (&mut failed, &piece.failed) {
            file.write(rows)?;
        }
        if let (Some(file), Some(rows)) = (&mut clean, &piece.clean) {
            file.write(rows)?;
        }
        counts.iter_mut().zip(piece.broken).for_each(|(count, rows)| *count += rows);
    }
    advance(scan.unit_count());
    let mut malformed = None;
    if let Some((file, lines)) = failed.as_mut().zip(divider.division.malformed.as_ref()) {
        let mut count = 0;
        let mut kept = lines.kept().peekable();
        while kept.peek().is_some() {
            let rows = divider.tell_malformed(&mut kept)?;
            file.write(&rows)?;
            count += rows.num_rows() as u64;
        }
        malformed = Some(count);
    }
    // both are whole before either is put in its place
    let failed = failed.map(RowFile::finish).transpose()?;
    let clean = clean.map(RowFile::finish).transpose()?;
    let written = Written {
        failed: failed.as_ref().map(|file| file.rows - malformed.unwrap_or(0)),
        malformed,
        clean: clean.as_ref().map(|file| file.rows),
        broken: counts,
    };
    for file in failed.into_iter().chain(clean) {
        file.take_place()?;
    }
    Ok(written)
}

/// What comes of a batch.
struct Piece {
    unit: usize,
    failed: Option<RecordBatch>,
    clean: Option<RecordBatch>,
    /// How many rows break each expectation.
    broken: Vec<u64>,
}

/// Divides units.
struct Divider {
    scan: Arc<dyn Scan>,
    division: Division,
    columns: Vec<WrittenColumn>,
    /// The columns to read, ascending.
    roots: Vec<usize>,
    failed_schema: SchemaRef,
    clean_schema: SchemaRef,
    wants_failed: bool,
    wants_clean: bool,
    /// The number of each unit's first row in the dataset.
    starts: Vec<u64>,
}

impl Divider {
    fn new(scan: &Arc<dyn Scan>, division: Division, files: &RowFiles) -> Result<Self, ScanError> {
        let mut starts = Vec::with_capacity(scan.unit_count());
        let mut rows = 0;
        for unit in 0..scan.unit_count() {
            starts.push(rows);
            rows += scan.rows(unit)?;
        }
        let schema = scan.schema();
        let width = schema.fields().len();
        // codes are written as they are, by the texts of their column
        let texts = |column: &FieldRef| Arc::new(Field::new(column.name(), DataType::Utf8, true));
        let read = |(at, column)| {
            if scan.has_codes(at) { (at + width, texts(column)) } else { (at, Arc::clone(column)) }
        };
        let (read, fields): (Vec<usize>, Vec<FieldRef>) = schema.fields().iter().enumerate().map(read).unzip();
        let mut roots = read.clone();
        roots.sort_unstable();
        let place = |root: &usize| roots.partition_point(|known| known < root);
        let columns: Vec<WrittenColumn> =
            fields.iter().zip(&read).map(|(field, root)| WrittenColumn::of(field, place(root))).collect();
        let own: Vec<FieldRef> = columns.iter().map(|column| Arc::clone(&column.field)).collect();
        let has_malformed = division.malformed.is_some();
        let told = told_fields(&prefix(&own), has_malformed).into_iter().map(Arc::new);
        // what is no row has no values
        let nullable = |field: &FieldRef| Arc::new(field.as_ref().clone().with_nullable(true));
        let beside = own.iter().map(|field| if has_malformed { nullable(field) } else { Arc::clone(field) });
        Ok(Self {
            scan: Arc::clone(scan),
            division,
            failed_schema: Arc::new(Schema::new(beside.chain(told).collect::<Vec<_>>())),
            clean_schema: Arc::new(Schema::new(own)),
            columns,
            roots,
            wants_failed: files.failed.is_some(),
            wants_clean: files.clean.is_some(),
            starts,
        })
    }

    /// Divides the rows of a unit; a unit that has none that are wanted is not read.
    fn divide(&self, unit: usize, take: &mut dyn FnMut(Piece) -> bool) -> Result<(), RowsError> {
        let has_failed = self.division.broken.iter().flat_map(|broken| &broken.rows).any(|it| it.has_unit(unit as u32));
        if !has_failed && !self.wants_clean {
            return Ok(());
        }
        let mut start = 0;
        for batch in self.scan.batches(unit, &self.roots)? {
            let batch = batch?;
            if !take(self.divide_batch(unit, start, &batch)?) {
                break;
            }
            start += batch.num_rows() as u64;
        }
        Ok(())
    }

    fn divide_batch(&self, unit: usize, start: u64, batch: &RecordBatch) -> Result<Piece, RowsError> {
        let len = batch.num_rows();
        let mut broken = Vec::with_capacity(self.division.broken.len());
        for expectation in &self.division.broken {
            broken.push(any_of(&expectation.rows, unit, start, len)?);
        }
        let failed = union(broken.iter().flatten());
        let mut piece = Piece {
            unit,
            failed: None,
            clean: None,
            broken: broken.iter().map(|rows| rows.as_ref().map_or(0, |rows| rows.count_set_bits() as u64)).collect(),
        };
        if let Some(rows) = failed.as_ref().filter(|_| self.wants_failed) {
            let mut columns = self.convert(batch, Some(rows))?;
            columns.extend(self.tell(unit, start, rows, &broken)?);
            piece.failed = Some(RecordBatch::try_new(Arc::clone(&self.failed_schema), columns)?);
        }
        if self.wants_clean {
            let judged = match &self.division.judged {
                Some(judged) => {
                    Some(any_of(judged, unit, start, len)?.unwrap_or_else(|| BooleanBuffer::new_unset(len)))
                }
                None => None,
            };
            let clean = match (judged, failed) {
                (None, None) => None,
                (Some(judged), None) => Some(judged),
                (None, Some(failed)) => Some(!&failed),
                (Some(judged), Some(failed)) => Some(&judged & &!&failed),
            };
            let rows = clean.as_ref().map_or(len, BooleanBuffer::count_set_bits);
            if rows > 0 {
                let columns = self.convert(batch, clean.as_ref().filter(|_| rows < len))?;
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                let schema = Arc::clone(&self.clean_schema);
                piece.clean = Some(RecordBatch::try_new_with_options(schema, columns, &options)?);
            }
        }
        Ok(piece)
    }

    /// Brings rows into the types that are written.
    fn convert(&self, batch: &RecordBatch, rows: Option<&BooleanBuffer>) -> Result<Vec<ArrayRef>, ArrowError> {
        let picked = match rows {
            Some(rows) => filter_record_batch(batch, &BooleanArray::new(rows.clone(), None))?,
            None => batch.clone(),
        };
        self.columns.iter().map(|column| column.convert(picked.column(column.place))).collect()
    }

    /// Tells where rows lie and what they break: the columns of [`told_fields`].
    fn tell(
        &self,
        unit: usize,
        start: u64,
        rows: &BooleanBuffer,
        broken: &[Option<BooleanBuffer>],
    ) -> Result<Vec<ArrayRef>, RowsError> {
        let (mut files, mut numbers) = (StringBuilder::new(), Int64Builder::new());
        let (mut file_rows, mut lines) = (Int64Builder::new(), Int64Builder::new());
        let mut expectations = ListBuilder::new(StringBuilder::new()).with_field(item_field());
        let breaks: Vec<_> =
            self.division.broken.iter().zip(broken).filter_map(|(it, rows)| Some((&it.id, rows.as_ref()?))).collect();
        for at in rows.set_indices() {
            let row = start + at as u64;
            let place = self.scan.place(unit, row);
            files.append_value(&place.file);
            numbers.append_value((self.starts[unit] + row).cast_signed());
            file_rows.append_value(place.row.cast_signed());
            lines.append_option(self.scan.line(unit, row).map(u64::cast_signed));
            for (id, _) in breaks.iter().filter(|(_, rows)| rows.value(at)) {
                expectations.values().append_value(id);
            }
            expectations.append(true);
        }
        let mut told: Vec<ArrayRef> = vec![
            Arc::new(files.finish()),
            Arc::new(numbers.finish()),
            Arc::new(file_rows.finish()),
            Arc::new(lines.finish()),
            Arc::new(expectations.finish()),
        ];
        let nothing = self.failed_schema.fields()[self.columns.len() + told.len()..].iter();
        told.extend(nothing.map(|field| new_null_array(field.data_type(), rows.count_set_bits())));
        Ok(told)
    }

    /// Makes rows of the next lines that are none.
    fn tell_malformed(
        &self,
        lines: &mut impl Iterator<Item = Result<MalformedLine, SpillError>>,
    ) -> Result<RecordBatch, RowsError> {
        let (mut files, mut numbers) = (StringBuilder::new(), Int64Builder::new());
        let (mut problems, mut texts) = (StringBuilder::new(), StringBuilder::new());
        let mut expectations = ListBuilder::new(StringBuilder::new()).with_field(item_field());
        let mut bytes = 0;
        while numbers.len() < MALFORMED_BATCH_ROWS && bytes < MALFORMED_BATCH_BYTES {
            let Some(line) = lines.next() else { break };
            let line = line?;
            bytes += line.text.len();
            files.append_value(line.file);
            numbers.append_value(line.line.cast_signed());
            expectations.append(true);
            problems.append_value(line.problem);
            texts.append_value(line.text);
        }
        let files: ArrayRef = Arc::new(files.finish());
        let nothing = |field: &FieldRef| new_null_array(field.data_type(), files.len());
        let own = self.failed_schema.fields().iter().take(self.columns.len());
        let none: ArrayRef = Arc::new(Int64Array::new_null(files.len()));
        let told: [ArrayRef; 7] = [
            Arc::clone(&files),
            Arc::clone(&none),
            none,
            Arc::new(numbers.finish()),
            Arc::new(expectations.finish()),
            Arc::new(problems.finish()),
            Arc::new(texts.finish()),
        ];
        let columns = own.map(nothing).chain(told).collect();
        Ok(RecordBatch::try_new(Arc::clone(&self.failed_schema), columns)?)
    }
}

/// The rows that are in any of several.
fn any_of(marks: &[Arc<Marks>], unit: usize, start: u64, len: usize) -> Result<Option<BooleanBuffer>, SpillError> {
    let mut found = Vec::with_capacity(marks.len());
    for marks in marks {
        found.extend(marks.of(unit as u32, start, len)?);
    }
    Ok(union(found.iter()))
}

fn union<'a>(several: impl Iterator<Item = &'a BooleanBuffer>) -> Option<BooleanBuffer> {
    several.cloned().reduce(|one, other| &one | &other)
}

/// The columns that tell of a row: its file, its number in the data and in the file (0-based), its line (1-based), and what
/// it breaks; where lines are among the rows that are none, what is wrong with them, and their text.
fn told_fields(prefix: &str, has_malformed: bool) -> Vec<Field> {
    let field = |name: &str, data_type, nullable| Field::new(format!("{prefix}{name}"), data_type, nullable);
    let mut fields = vec![
        field("file", DataType::Utf8, false),
        field("row", DataType::Int64, has_malformed),
        field("file_row", DataType::Int64, has_malformed),
        field("line", DataType::Int64, true),
        field("expectations", DataType::List(item_field()), false),
    ];
    if has_malformed {
        fields.extend([field("malformed", DataType::Utf8, true), field("text", DataType::Utf8, true)]);
    }
    fields
}

fn item_field() -> FieldRef {
    Arc::new(Field::new("element", DataType::Utf8, false))
}

/// Returns what no column's name begins with, in whatever case.
fn prefix(columns: &[FieldRef]) -> String {
    let mut prefix = PREFIX.to_owned();
    while columns.iter().any(|column| column.name().to_lowercase().starts_with(&prefix)) {
        prefix.insert(0, '_');
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_data_are_never_taken() {
        let columns = |names: &[&str]| -> Vec<FieldRef> {
            names.iter().map(|name| Arc::new(Field::new(*name, DataType::Int64, true))).collect()
        };
        assert_eq!(prefix(&columns(&["id", "_weir_row"])), "__weir_");
        assert_eq!(prefix(&columns(&["__WEIR_row"])), "___weir_");
        assert_eq!(prefix(&columns(&["__weir_row", "___weir_row"])), "____weir_");
    }
}
