//! Parquet files: footers, what their statistics prove, and only the columns that are asked for.
//!
//! A unit is a row group. Columns that are flat and plainly or dictionary-encoded are decoded page by page (`flat`), which
//! keeps dictionaries as they are; the rest goes through the `parquet` crate's own reader.

mod facts;
mod flat;
mod hybrid;
mod pages;

use std::collections::HashMap;
use std::iter;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_schema};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;

use super::content::Handle;
use super::file::DataFile;
use super::part::{as_batch, count_on};
use crate::guard::guarded;
use crate::scan::{BatchIterator, Facts, Place, Scan, ScanError, Steps, together};
use flat::FlatColumn;
use pages::Pages;

/// The most rows in a batch: enough to make the work per batch small, few enough to stay in the caches.
const BATCH_ROWS: usize = 1 << 15;

/// How much of the end of a file on a server is fetched to find the footer in it: the footers of most files.
const FOOTER_BYTES: u64 = 64 << 10;

/// A Parquet file.
#[derive(Debug)]
pub struct ParquetFile {
    file: DataFile,
    name: Arc<str>,
    metadata: ArrowReaderMetadata,
    schema: SchemaRef,
    /// For each column the leaf that holds it where it is flat and its values are stored as they are read.
    leaves: Vec<Option<usize>>,
    units: Vec<Unit>,
    /// Row groups that will be read soon, with the columns that are being fetched.
    prepared: Mutex<HashMap<usize, (Vec<usize>, Handle)>>,
}

/// A row group.
#[derive(Debug, Clone, Copy)]
struct Unit {
    /// The number of its first row in the file.
    start: u64,
    rows: u64,
}

impl ParquetFile {
    /// Opens a file and reads its footer.
    ///
    /// # Errors
    /// It cannot be read, is not Parquet, is encrypted, or has two columns of one name.
    pub fn open(file: &DataFile) -> Result<Self, ScanError> {
        let end = file.length.saturating_sub(FOOTER_BYTES)..file.length;
        let metadata = read_footer(&file.open()?.near(end), file)?;
        let schema = Arc::clone(metadata.schema());
        let leaves = flat_leaves(&metadata);
        let mut start: u64 = 0;
        let mut units = Vec::with_capacity(metadata.metadata().num_row_groups());
        for group in metadata.metadata().row_groups() {
            let rows = u64::try_from(group.num_rows()).unwrap_or(0);
            units.push(Unit { start, rows });
            let too_many = || file.corrupt("is corrupt: its row groups have impossibly many rows".to_owned());
            start = count_on(start, rows).ok_or_else(too_many)?;
        }
        let promised = metadata.metadata().file_metadata().num_rows();
        if u64::try_from(promised) != Ok(start) {
            let problem = format!("is corrupt: it promises {promised} rows, and its row groups have {start}");
            return Err(file.corrupt(problem));
        }
        let name = file.name.as_str().into();
        Ok(Self { file: file.clone(), name, metadata, schema, leaves, units, prepared: Mutex::default() })
    }

    /// Opens the file to read these columns of a row group.
    fn open_columns(&self, unit: usize, columns: &[usize]) -> Result<Handle, ScanError> {
        let group = self.row_group(unit);
        let descriptor = self.metadata.parquet_schema();
        let is_read = |leaf: &usize| columns.contains(&descriptor.get_column_root_idx(*leaf));
        let leaves = (0..descriptor.num_columns()).filter(is_read);
        Ok(self.file.open()?.ahead(leaves.map(|leaf| stretch(group.column(leaf).byte_range())).collect()))
    }

    fn row_group(&self, unit: usize) -> &RowGroupMetaData {
        self.metadata.metadata().row_group(unit)
    }
}

/// Where bytes lie, from their beginning and their number.
fn stretch((start, length): (u64, u64)) -> Range<u64> {
    start..start.saturating_add(length)
}

/// Reads a footer; texts are all read as Utf8, whatever layout the writer's own Arrow schema asks for.
fn read_footer(handle: &Handle, file: &DataFile) -> Result<ArrowReaderMetadata, ScanError> {
    let corrupt = |error: ParquetError| file.corrupt(footer_problem(&error));
    // the Arrow schema that a writer adds is decoded by a crate that panics on some damage
    let metadata = guarded(|| ArrowReaderMetadata::load(handle, ArrowReaderOptions::new()));
    let metadata = metadata.unwrap_or_else(|said| Err(ParquetError::General(said))).map_err(corrupt)?;
    let ranges = metadata.metadata().row_groups().iter().flat_map(|group| group.columns());
    let sound = guarded(|| ranges.for_each(|column| _ = column.byte_range()));
    sound.map_err(|said| corrupt(ParquetError::General(said)))?;
    let fields: Vec<Field> = metadata
        .schema()
        .fields()
        .iter()
        .map(|field| match field.data_type() {
            DataType::LargeUtf8 | DataType::Utf8View => field.as_ref().clone().with_data_type(DataType::Utf8),
            DataType::LargeBinary | DataType::BinaryView => field.as_ref().clone().with_data_type(DataType::Binary),
            _ => field.as_ref().clone(),
        })
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let options = ArrowReaderOptions::new().with_schema(schema);
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).map_err(corrupt)
}

fn footer_problem(error: &ParquetError) -> String {
    let text = error.to_string();
    if text.contains("ncrypt") {
        return "is encrypted, which weir does not read: decrypt it first".to_owned();
    }
    format!("is not a readable Parquet file: {}", text.trim_start_matches("Parquet error: "))
}

/// Finds the leaves of flat columns whose stored values are what the reader gives, without conversion.
fn flat_leaves(metadata: &ArrowReaderMetadata) -> Vec<Option<usize>> {
    let descriptor = metadata.parquet_schema();
    let native = parquet_to_arrow_schema(descriptor, None).ok();
    let mut leaf_of: Vec<Option<usize>> = vec![None; metadata.schema().fields().len()];
    for leaf in (0..descriptor.num_columns()).rev() {
        if let Some(place) = leaf_of.get_mut(descriptor.get_column_root_idx(leaf)) {
            *place = Some(leaf);
        }
    }
    let roots = leaf_of.into_iter().enumerate();
    roots
        .map(|(root, leaf)| {
            let wanted = metadata.schema().field(root).data_type();
            let stored = native.as_ref()?.fields().get(root)?.data_type();
            let same = stored == wanted;
            let leaf = leaf?;
            let column = descriptor.column(leaf);
            let flat = column.max_rep_level() == 0
                && column.max_def_level() <= 1
                && !descriptor.root_schema().get_fields().get(root)?.is_group();
            (same && flat && flat::is_supported(column.physical_type(), wanted)).then_some(leaf)
        })
        .collect()
}

impl Scan for ParquetFile {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn unit_count(&self) -> usize {
        self.units.len()
    }

    fn rows(&self, unit: usize) -> Result<u64, ScanError> {
        Ok(self.units[unit].rows)
    }

    fn facts(&self, unit: usize) -> Result<Facts, ScanError> {
        let group = self.row_group(unit);
        let columns = self.schema.fields().iter().zip(&self.leaves);
        let columns = columns
            .map(|(field, leaf)| leaf.map(|leaf| facts::of(group.column(leaf), field.data_type())).unwrap_or_default());
        Ok(Facts { rows: Some(self.units[unit].rows), columns: columns.collect() })
    }

    fn dictionary(&self, unit: usize, column: usize) -> Result<Option<ArrayRef>, ScanError> {
        let group = self.row_group(unit);
        let Some(leaf) = self.leaves[column] else { return Ok(None) };
        if !facts::is_all_dictionary(group.column(leaf)) {
            return Ok(None);
        }
        let place = |error| self.corrupt(unit, column, &error);
        let data_type = self.schema.field(column).data_type();
        let chunk = stretch(group.column(leaf).byte_range());
        let end = u64::try_from(group.column(leaf).data_page_offset()).unwrap_or(0);
        let dictionary = chunk.start..end.clamp(chunk.start, chunk.end);
        let handle = self.file.open()?.ahead(std::iter::once(dictionary).collect());
        let mut reader = FlatColumn::open(&handle, group, leaf, data_type).map_err(place)?;
        reader.dictionary().map_err(place)
    }

    fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        let mut batches = self.open_batches(unit, columns, &[])?;
        Ok(Box::new(iter::from_fn(move || batches.first())))
    }

    fn steps(&self, unit: usize, first: &[usize], rest: &[usize]) -> Result<Box<dyn Steps + '_>, ScanError> {
        Ok(Box::new(self.open_batches(unit, first, rest)?))
    }

    fn prepare(&self, unit: usize, columns: Option<&[usize]>) {
        if !self.file.content.is_remote() {
            return;
        }
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(columns) = columns else {
            prepared.remove(&unit);
            return;
        };
        // what goes wrong is told when it is read
        if !prepared.contains_key(&unit)
            && let Ok(handle) = self.open_columns(unit, columns)
        {
            prepared.insert(unit, (columns.to_vec(), handle));
        }
    }

    fn weight(&self, unit: usize) -> u64 {
        let columns = self.row_group(unit).columns().iter();
        columns.map(|column| u64::try_from(column.compressed_size()).unwrap_or(0)).sum()
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        Place { file: Arc::clone(&self.name), row: self.units[unit].start + row }
    }
}

impl ParquetFile {
    fn open_batches(&self, unit: usize, first: &[usize], rest: &[usize]) -> Result<Batches<'_>, ScanError> {
        let columns = together(first, rest);
        let prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner).remove(&unit);
        let handle = match prepared {
            Some((known, handle)) if known == columns => handle,
            _ => self.open_columns(unit, &columns)?,
        };
        // each step has readers of its own: what is nested is decoded some rows ahead, but passed over where nobody asks for it
        let mut readers = self.readers(&handle, unit, first)?;
        readers.append(&mut self.readers(&handle, unit, rest)?);
        Ok(Batches { source: self, unit, columns: first.to_vec(), readers, rows: 0, rows_left: self.units[unit].rows })
    }

    /// Opens readers that have these columns together.
    fn readers(&self, handle: &Handle, unit: usize, columns: &[usize]) -> Result<Vec<Reader>, ScanError> {
        let group = self.row_group(unit);
        let mut readers = Vec::new();
        let mut nested = Vec::new();
        for &column in columns {
            match self.leaves[column].filter(|leaf| FlatColumn::can_read(group, *leaf)) {
                Some(leaf) => {
                    let data_type = self.schema.field(column).data_type();
                    let flat = FlatColumn::open(handle, group, leaf, data_type)
                        .map_err(|error| self.corrupt(unit, column, &error))?;
                    readers.push(Reader::new(vec![column], ReaderSource::Flat(Box::new(flat))));
                }
                None => nested.push(column),
            }
        }
        if !nested.is_empty() {
            readers.push(self.generic(handle, unit, nested)?);
        }
        Ok(readers)
    }

    /// Opens the `parquet` crate's reader for some columns.
    fn generic(&self, handle: &Handle, unit: usize, columns: Vec<usize>) -> Result<Reader, ScanError> {
        let failed = |error: ParquetError| self.corrupt(unit, columns[0], &error);
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), columns.iter().copied());
        let pages = Pages::of(handle, self.row_group(unit).columns().iter());
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(pages, self.metadata.clone())
            .with_row_groups(vec![unit])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(failed)?;
        Ok(Reader::new(columns, ReaderSource::Generic(Box::new(Generic { reader, batch: None, at: 0 }))))
    }

    fn corrupt(&self, unit: usize, column: usize, error: &ParquetError) -> ScanError {
        let text = error.to_string();
        let text = text.trim_start_matches("Parquet error: ");
        let name = self.schema.field(column).name();
        self.file.corrupt(format!("is corrupt in column `{name}` of row group {unit}: {text}"))
    }
}

/// A reader of one or several columns of a row group.
struct Reader {
    /// Its columns, ascending.
    columns: Vec<usize>,
    source: ReaderSource,
    /// It has not given the rows of the batch at hand.
    is_behind: bool,
}

enum ReaderSource {
    Flat(Box<FlatColumn>),
    Generic(Box<Generic>),
}

struct Generic {
    reader: ParquetRecordBatchReader,
    batch: Option<RecordBatch>,
    at: usize,
}

impl Reader {
    fn new(columns: Vec<usize>, source: ReaderSource) -> Self {
        Self { columns, source, is_behind: true }
    }

    /// Returns how many rows can be given without putting pieces together; 0 at the end.
    fn available(&mut self) -> Result<usize, ParquetError> {
        match &mut self.source {
            ReaderSource::Flat(column) => column.available(),
            ReaderSource::Generic(generic) => {
                while generic.batch.as_ref().is_none_or(|batch| generic.at == batch.num_rows()) {
                    // the crate's decoders panic on some damaged pages; after an error nobody asks the reader again
                    let next = guarded(|| generic.reader.next());
                    let damaged = |_| ParquetError::General("its pages cannot be decoded".to_owned());
                    let Some(batch) = next.map_err(damaged)? else { return Ok(0) };
                    generic.batch = Some(batch?);
                    generic.at = 0;
                }
                Ok(generic.batch.as_ref().map_or(0, |batch| batch.num_rows() - generic.at))
            }
        }
    }

    /// The bytes of what is decoded ahead.
    fn held_bytes(&self) -> usize {
        match &self.source {
            ReaderSource::Flat(_) => 0,
            ReaderSource::Generic(generic) => generic.batch.as_ref().map_or(0, RecordBatch::get_array_memory_size),
        }
    }

    /// Passes over so many rows, which must be available.
    fn skip(&mut self, rows: usize) -> Result<(), ParquetError> {
        match &mut self.source {
            ReaderSource::Flat(column) => column.skip(rows),
            ReaderSource::Generic(generic) => {
                generic.at += rows;
                Ok(())
            }
        }
    }

    /// Gives so many rows, which must be available.
    fn read(&mut self, rows: usize) -> Result<Vec<ArrayRef>, ParquetError> {
        self.is_behind = false;
        match &mut self.source {
            ReaderSource::Flat(column) => Ok(vec![column.read(rows)?]),
            ReaderSource::Generic(generic) => {
                let Some(batch) = &generic.batch else { return Ok(Vec::new()) };
                let columns = batch.columns().iter().map(|column| column.slice(generic.at, rows)).collect();
                generic.at += rows;
                Ok(columns)
            }
        }
    }
}

/// Batches that end where a page of any column does, so that no values are copied to join pages.
struct Batches<'a> {
    source: &'a ParquetFile,
    unit: usize,
    /// What each batch has at first.
    columns: Vec<usize>,
    readers: Vec<Reader>,
    /// How many rows the batch at hand has.
    rows: usize,
    /// How many rows there are behind it.
    rows_left: u64,
}

impl Batches<'_> {
    fn corrupt(&self, column: usize, error: &ParquetError) -> ScanError {
        self.source.corrupt(self.unit, column, error)
    }

    /// Goes to the next batch.
    fn advance(&mut self) -> Result<(), ScanError> {
        let corrupt = |reader: &Reader, error: &ParquetError| self.source.corrupt(self.unit, reader.columns[0], error);
        for reader in self.readers.iter_mut().filter(|reader| reader.is_behind && self.rows > 0) {
            reader.skip(self.rows).map_err(|error| corrupt(reader, &error))?;
        }
        let mut rows = usize::try_from(self.rows_left).unwrap_or(usize::MAX).min(BATCH_ROWS);
        for reader in &mut self.readers {
            let available = reader.available().map_err(|error| corrupt(reader, &error))?;
            if available == 0 {
                let short = ParquetError::General(format!("it ends {} rows early", self.rows_left));
                return Err(corrupt(reader, &short));
            }
            rows = rows.min(available);
            reader.is_behind = true;
        }
        self.rows = rows;
        self.rows_left -= rows as u64;
        Ok(())
    }

    /// Gives columns of the batch at hand.
    fn give(&mut self, columns: &[usize]) -> Result<RecordBatch, ScanError> {
        let mut arrays: Vec<Option<ArrayRef>> = vec![None; columns.len()];
        let is_asked = |reader: &&mut Reader| reader.columns.iter().any(|column| columns.contains(column));
        for reader in self.readers.iter_mut().filter(is_asked) {
            let read = reader.read(self.rows);
            let read = read.map_err(|error| self.source.corrupt(self.unit, reader.columns[0], &error))?;
            for (column, array) in reader.columns.iter().zip(read) {
                if let Some(position) = columns.iter().position(|wanted| wanted == column) {
                    arrays[position] = Some(array);
                }
            }
        }
        let arrays: Vec<ArrayRef> = arrays.into_iter().flatten().collect();
        as_batch(columns.iter().map(|column| &self.source.schema.fields()[*column]), arrays, self.rows)
            .map_err(|error| self.corrupt(columns.first().copied().unwrap_or(0), &error.into()))
    }
}

impl Steps for Batches<'_> {
    fn first(&mut self) -> Option<Result<RecordBatch, ScanError>> {
        if self.rows_left == 0 {
            return None;
        }
        let columns = std::mem::take(&mut self.columns);
        let batch = self.advance().and_then(|()| self.give(&columns));
        self.columns = columns;
        if batch.is_err() {
            self.rows_left = 0;
        }
        Some(batch)
    }

    fn more(&mut self, columns: &[usize]) -> Result<RecordBatch, ScanError> {
        self.give(columns)
    }

    fn held_bytes(&self) -> usize {
        self.readers.iter().map(Reader::held_bytes).sum()
    }
}
