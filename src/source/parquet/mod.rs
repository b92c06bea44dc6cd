//! Parquet files: footers, what their statistics prove, and only the columns that are asked for.
//!
//! A unit is a row group. Columns that are flat and plainly or dictionary-encoded are decoded page by page (`flat`), which
//! keeps dictionaries as they are; the rest goes through the `parquet` crate's own reader.

mod facts;
mod flat;
mod hybrid;
mod positioned;

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_schema};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;

use super::location::DataFile;
use crate::guard::guarded;
use crate::scan::{BatchIterator, Facts, Place, Scan, ScanError};
use flat::FlatColumn;
use positioned::PositionedFile;

/// The most rows in a batch: enough to make the work per batch small, few enough to stay in the caches.
const BATCH_ROWS: usize = 1 << 15;

/// Parquet files with one schema.
#[derive(Debug)]
pub struct ParquetSource {
    files: Vec<ParquetFile>,
    schema: SchemaRef,
    units: Vec<Unit>,
}

#[derive(Debug)]
struct ParquetFile {
    name: Arc<str>,
    handle: PositionedFile,
    metadata: ArrowReaderMetadata,
    /// The file's own place of each column of the schema.
    roots: Vec<usize>,
    /// For each column of the schema, the leaf that holds it where it is flat and its values are stored as they are read.
    leaves: Vec<Option<usize>>,
}

/// A row group.
#[derive(Debug, Clone, Copy)]
struct Unit {
    file: usize,
    row_group: usize,
    /// The number of its first row in the file.
    start: u64,
    rows: u64,
}

impl ParquetSource {
    /// Opens files and reads their footers.
    ///
    /// # Errors
    /// A file cannot be read, is not Parquet, is encrypted, or has another schema than the first.
    pub fn open(files: &[DataFile]) -> Result<Self, ScanError> {
        let mut opened = Vec::with_capacity(files.len());
        let mut schema: Option<SchemaRef> = None;
        let mut units = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let name: Arc<str> = file.name.as_str().into();
            let handle = File::open(&file.path).and_then(PositionedFile::new);
            let handle = handle.map_err(|cause| ScanError::Io { file: file.name.clone(), cause })?;
            let metadata = read_footer(&handle, &file.name)?;
            let here = Arc::clone(metadata.schema());
            refuse_namesakes(&here, &file.name)?;
            let schema = match &schema {
                None => &*schema.insert(Arc::clone(&here)),
                Some(schema) => schema,
            };
            let roots = reconcile(schema, files.first().map_or("", |first| &first.name), &here, &file.name)?;
            let leaves = flat_leaves(&metadata, &roots);
            let mut start = 0;
            for (row_group, group) in metadata.metadata().row_groups().iter().enumerate() {
                let rows = u64::try_from(group.num_rows()).unwrap_or(0);
                units.push(Unit { file: index, row_group, start, rows });
                start += rows;
            }
            opened.push(ParquetFile { name, handle, metadata, roots, leaves });
        }
        let schema = schema.unwrap_or_else(|| Arc::new(Schema::empty()));
        Ok(Self { files: opened, schema, units })
    }

    fn row_group(&self, unit: usize) -> (&ParquetFile, &Unit, &RowGroupMetaData) {
        let unit = &self.units[unit];
        let file = &self.files[unit.file];
        (file, unit, file.metadata.metadata().row_group(unit.row_group))
    }
}

/// Reads a footer; texts are all read as Utf8, whatever layout the writer's own Arrow schema asks for.
fn read_footer(handle: &PositionedFile, name: &str) -> Result<ArrowReaderMetadata, ScanError> {
    let corrupt = |error: ParquetError| ScanError::Corrupt { file: name.to_owned(), problem: footer_problem(&error) };
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

/// Refuses a file two of whose columns go by one name: nobody could say which one is meant.
fn refuse_namesakes(schema: &Schema, file: &str) -> Result<(), ScanError> {
    let mut seen = BTreeSet::new();
    match schema.fields().iter().find(|field| !seen.insert(field.name())) {
        None => Ok(()),
        Some(twice) => Err(ScanError::Corrupt {
            file: file.to_owned(),
            problem: format!("has two columns named `{}`", twice.name()),
        }),
    }
}

fn footer_problem(error: &ParquetError) -> String {
    let text = error.to_string();
    if text.contains("ncrypt") {
        return "is encrypted, which weir does not read: decrypt it first".to_owned();
    }
    format!("is not a readable Parquet file: {}", text.trim_start_matches("Parquet error: "))
}

/// Finds each column of the schema in a file.
fn reconcile(schema: &Schema, first: &str, here: &Schema, name: &str) -> Result<Vec<usize>, ScanError> {
    let mut roots = Vec::with_capacity(schema.fields().len());
    let mut differences = Vec::new();
    for field in schema.fields() {
        match here.fields().iter().position(|found| found.name() == field.name()) {
            None => differences.push(format!("`{}` is missing", field.name())),
            Some(root) if here.field(root).data_type() != field.data_type() => {
                let found = here.field(root).data_type();
                differences.push(format!("`{}` is {found}, and {} before", field.name(), field.data_type()));
            }
            Some(root) => roots.push(root),
        }
    }
    for field in here.fields() {
        if schema.field_with_name(field.name()).is_err() {
            differences.push(format!("`{}` is new", field.name()));
        }
    }
    if differences.is_empty() {
        return Ok(roots);
    }
    Err(ScanError::Usage {
        problem: format!("`{name}` has other columns than `{first}`: {}", differences.join(", ")),
        help: Some("check files of one schema at a time".to_owned()),
    })
}

/// Finds the leaves of flat columns whose stored values are what the reader gives, without conversion.
fn flat_leaves(metadata: &ArrowReaderMetadata, roots: &[usize]) -> Vec<Option<usize>> {
    let descriptor = metadata.parquet_schema();
    let native = parquet_to_arrow_schema(descriptor, None).ok();
    roots
        .iter()
        .map(|root| {
            let wanted = metadata.schema().field(*root).data_type();
            let stored = native.as_ref()?.fields().get(*root)?.data_type();
            let same = stored == wanted;
            let leaf = (0..descriptor.num_columns()).find(|leaf| descriptor.get_column_root_idx(*leaf) == *root)?;
            let column = descriptor.column(leaf);
            let flat = column.max_rep_level() == 0
                && column.max_def_level() <= 1
                && !descriptor.root_schema().get_fields().get(*root)?.is_group();
            (same && flat && flat::is_supported(column.physical_type(), wanted)).then_some(leaf)
        })
        .collect()
}

impl Scan for ParquetSource {
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
        let (file, unit, group) = self.row_group(unit);
        let columns = self.schema.fields().iter().zip(&file.leaves);
        let columns = columns
            .map(|(field, leaf)| leaf.map(|leaf| facts::of(group.column(leaf), field.data_type())).unwrap_or_default());
        Ok(Facts { rows: Some(unit.rows), columns: columns.collect() })
    }

    fn dictionary(&self, unit: usize, column: usize) -> Result<Option<ArrayRef>, ScanError> {
        let (file, _, group) = self.row_group(unit);
        let Some(leaf) = file.leaves[column] else { return Ok(None) };
        if !facts::is_all_dictionary(group.column(leaf)) {
            return Ok(None);
        }
        let place = |error| self.corrupt(unit, column, &error);
        let mut reader =
            FlatColumn::open(&file.handle, group, leaf, self.schema.field(column).data_type()).map_err(place)?;
        reader.dictionary().map_err(place)
    }

    fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        let (file, _, group) = self.row_group(unit);
        let mut readers = Vec::new();
        let mut nested = Vec::new();
        for (position, column) in columns.iter().enumerate() {
            match file.leaves[*column].filter(|leaf| FlatColumn::can_read(group, *leaf)) {
                Some(leaf) => {
                    let data_type = self.schema.field(*column).data_type();
                    let flat = FlatColumn::open(&file.handle, group, leaf, data_type)
                        .map_err(|error| self.corrupt(unit, *column, &error))?;
                    readers.push(Reader { positions: vec![position], source: ReaderSource::Flat(Box::new(flat)) });
                }
                None => nested.push(position),
            }
        }
        if !nested.is_empty() {
            readers.push(self.generic(unit, columns, &nested)?);
        }
        let rest = self.units[unit].rows;
        Ok(Box::new(Batches { source: self, unit, columns: columns.to_vec(), readers, rest }))
    }

    fn weight(&self, unit: usize) -> u64 {
        let (_, _, group) = self.row_group(unit);
        group.columns().iter().map(|column| u64::try_from(column.compressed_size()).unwrap_or(0)).sum()
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        let (file, unit, _) = self.row_group(unit);
        Place { file: Arc::clone(&file.name), row: unit.start + row }
    }
}

impl ParquetSource {
    /// Opens the `parquet` crate's reader for the columns at these positions.
    fn generic(&self, unit: usize, columns: &[usize], positions: &[usize]) -> Result<Reader, ScanError> {
        let (file, place, _) = self.row_group(unit);
        let failed = |error: ParquetError| self.corrupt(unit, columns[positions[0]], &error);
        // the reader gives columns in the file's order, whatever order they are asked in
        let mut positions = positions.to_vec();
        positions.sort_by_key(|position| file.roots[columns[*position]]);
        let roots = positions.iter().map(|position| file.roots[columns[*position]]);
        let mask = ProjectionMask::roots(file.metadata.parquet_schema(), roots);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file.handle.clone(), file.metadata.clone())
            .with_row_groups(vec![place.row_group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(failed)?;
        Ok(Reader { positions, source: ReaderSource::Generic(Box::new(Generic { reader, batch: None, at: 0 })) })
    }

    fn corrupt(&self, unit: usize, column: usize, error: &ParquetError) -> ScanError {
        let (file, unit, _) = self.row_group(unit);
        let text = error.to_string();
        let text = text.trim_start_matches("Parquet error: ");
        let problem = format!(
            "is corrupt in column `{}` of row group {}: {text}",
            self.schema.field(column).name(),
            unit.row_group
        );
        ScanError::Corrupt { file: file.name.to_string(), problem }
    }
}

/// A reader of one or several columns of a row group.
struct Reader {
    /// The places of its columns in the batch.
    positions: Vec<usize>,
    source: ReaderSource,
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

    /// Gives so many rows, which must be available.
    fn read(&mut self, rows: usize) -> Result<Vec<ArrayRef>, ParquetError> {
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
    source: &'a ParquetSource,
    unit: usize,
    columns: Vec<usize>,
    readers: Vec<Reader>,
    rest: u64,
}

impl Batches<'_> {
    fn read(&mut self) -> Result<RecordBatch, ScanError> {
        let mut rows = usize::try_from(self.rest).unwrap_or(usize::MAX).min(BATCH_ROWS);
        for reader in &mut self.readers {
            let column = self.columns[reader.positions[0]];
            let available = reader.available().map_err(|error| self.source.corrupt(self.unit, column, &error))?;
            if available == 0 {
                let short = ParquetError::General(format!("it ends {} rows early", self.rest));
                return Err(self.source.corrupt(self.unit, column, &short));
            }
            rows = rows.min(available);
        }
        let mut arrays: Vec<Option<ArrayRef>> = vec![None; self.columns.len()];
        for reader in &mut self.readers {
            let column = self.columns[reader.positions[0]];
            let read = reader.read(rows).map_err(|error| self.source.corrupt(self.unit, column, &error))?;
            for (position, array) in reader.positions.iter().zip(read) {
                arrays[*position] = Some(array);
            }
        }
        self.rest -= rows as u64;
        let arrays: Vec<ArrayRef> = arrays.into_iter().flatten().collect();
        let fields: Vec<Field> = self
            .columns
            .iter()
            .zip(&arrays)
            .map(|(column, array)| {
                Field::new(
                    self.source.schema.field(*column).name(),
                    arrow::array::Array::data_type(array).clone(),
                    true,
                )
            })
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .map_err(|error| self.source.corrupt(self.unit, self.columns.first().copied().unwrap_or(0), &error.into()))
    }
}

impl Iterator for Batches<'_> {
    type Item = Result<RecordBatch, ScanError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest == 0 {
            return None;
        }
        let batch = self.read();
        if batch.is_err() {
            self.rest = 0;
        }
        Some(batch)
    }
}
