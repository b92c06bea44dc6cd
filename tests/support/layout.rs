//! The ways in which one table can come: encodings, layouts, slices, batches, units, threads, files. None may change a
//! verdict.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::properties::{WriterProperties, WriterVersion};
use tempfile::TempDir;
use weir::scan::Scan;
use weir::source::memory::MemorySource;
use weir::source::{Dataset, ReadOptions, open};

use super::parquet_file;

/// A table in one of its layouts.
pub struct Layout {
    /// What is particular about it.
    pub name: &'static str,
    /// The table.
    pub source: Arc<dyn Scan>,
    /// How many threads judge it.
    pub threads: usize,
    /// Facts about units may answer.
    pub statistics: bool,
    /// What can be is written to disk after each batch.
    pub spills: bool,
    /// Where its file is, which is there as long as the layout.
    _folder: Option<Arc<TempDir>>,
}

/// Returns the table in every layout; the first is the plainest.
pub fn layouts(batch: &RecordBatch) -> Vec<Layout> {
    let schema = batch.schema();
    let coded = recast(batch, |data_type| dictionary(DataType::Int32, data_type));
    let narrow = recast(batch, |data_type| dictionary(DataType::Int8, data_type));
    let views = recast(batch, |data_type| match data_type {
        DataType::Utf8 => Some(DataType::Utf8View),
        DataType::Binary => Some(DataType::BinaryView),
        _ => None,
    });
    let large = recast(batch, |data_type| match data_type {
        DataType::Utf8 => Some(DataType::LargeUtf8),
        DataType::Binary => Some(DataType::LargeBinary),
        _ => None,
    });
    let mut layouts = vec![
        layout("plain", &schema, vec![vec![batch.clone()]], 1),
        Layout { statistics: false, ..layout("read throughout", &schema, vec![vec![batch.clone()]], 1) },
        layout("dictionaries", &schema, vec![vec![coded.clone()]], 1),
        layout("dictionaries in the schema", &coded.schema(), vec![vec![coded.clone()]], 1),
        layout("views", &views.schema(), vec![vec![views.clone()]], 1),
        layout("large offsets", &large.schema(), vec![vec![large]], 1),
        layout("sliced", &schema, vec![vec![sliced(batch)]], 1),
        layout("row by row", &schema, units(batch, 1), 3),
        layout("row by row, in dictionaries", &schema, units(&narrow, 2), 2),
        layout("with empty units", &schema, vec![vec![batch.slice(0, 0)], vec![], vec![batch.clone()], vec![]], 2),
        Layout { spills: true, ..layout("spilled", &schema, vec![vec![batch.clone()]], 1) },
        Layout { spills: true, ..layout("spilled row by row", &schema, units(batch, 1), 2) },
    ];
    layouts.extend(parquet_layouts(batch));
    layouts
}

/// Returns the table in Parquet files, each read with its statistics and without.
fn parquet_layouts(batch: &RecordBatch) -> Vec<Layout> {
    let groups = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_max_row_group_row_count(Some(2))
        .set_dictionary_enabled(false)
        .build();
    let kinds = [
        (["a Parquet file", "a Parquet file without its statistics"], WriterProperties::default(), 1),
        (["small row groups", "small row groups without their statistics"], groups, 3),
    ];
    let mut layouts = Vec::new();
    for (names, properties, threads) in kinds {
        let folder = Arc::new(tempfile::tempdir().expect("a folder for the file"));
        let path = folder.path().join("memory.parquet");
        let options = ArrowWriterOptions::new().with_properties(properties);
        parquet_file::write(&path, batch, options).expect("the table can be written");
        let Dataset { scan: source, .. } =
            open(&[path.to_string_lossy().into_owned()], &ReadOptions::default()).expect("the file can be opened");
        for (name, statistics) in names.into_iter().zip([true, false]) {
            let folder = Some(Arc::clone(&folder));
            layouts.push(Layout {
                name,
                source: Arc::clone(&source),
                threads,
                statistics,
                spills: false,
                _folder: folder,
            });
        }
    }
    layouts
}

/// Puts a batch into a layout of its own.
pub fn layout(name: &'static str, schema: &SchemaRef, units: Vec<Vec<RecordBatch>>, threads: usize) -> Layout {
    let source = MemorySource::new("memory", Arc::clone(schema), units).expect("the batches have the schema");
    Layout { name, source: Arc::new(source), threads, statistics: true, spills: false, _folder: None }
}

/// Dictionaries hold flat values.
fn dictionary(codes: DataType, values: DataType) -> Option<DataType> {
    (!values.is_nested()).then(|| DataType::Dictionary(Box::new(codes), Box::new(values)))
}

/// Casts the columns for which `target` gives a type, as far as Arrow can.
fn recast(batch: &RecordBatch, target: impl Fn(DataType) -> Option<DataType>) -> RecordBatch {
    let columns: Vec<ArrayRef> = batch
        .columns()
        .iter()
        .map(|column| {
            let cast = target(column.data_type().clone()).and_then(|data_type| cast(column, &data_type).ok());
            cast.unwrap_or_else(|| Arc::clone(column))
        })
        .collect();
    with_columns(batch, columns)
}

fn with_columns(batch: &RecordBatch, columns: Vec<ArrayRef>) -> RecordBatch {
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(&columns);
    let fields: Vec<Field> =
        fields.map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone())).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).expect("columns of one length")
}

/// The same rows as a part of a longer batch.
fn sliced(batch: &RecordBatch) -> RecordBatch {
    let columns = batch.columns().iter().map(|column| {
        let padding = new_null_array(column.data_type(), 3);
        let padded = concat(&[padding.as_ref(), column.as_ref(), padding.as_ref()]).expect("arrays of one type");
        padded.slice(3, column.len())
    });
    with_columns(batch, columns.collect())
}

/// Each row a batch of its own, so many batches to a unit.
fn units(batch: &RecordBatch, batches: usize) -> Vec<Vec<RecordBatch>> {
    let rows: Vec<RecordBatch> = (0..batch.num_rows()).map(|row| batch.slice(row, 1)).collect();
    rows.chunks(batches).map(<[RecordBatch]>::to_vec).collect()
}
