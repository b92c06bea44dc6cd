//! Columns that stand in the names of folders, as Hive, Spark and others write them: `orders/day=2024-02-01/part-0.parquet`.
//!
//! A folder's name is `key=value` with either percent-encoded; `__HIVE_DEFAULT_PARTITION__` stands for null. A key has the
//! narrowest type that holds the values of all files, as a column of CSV has. Where files hold a column of the same name
//! as well, the folder's value counts, as in Spark.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray, TimestampNanosecondArray, UInt64Array, new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Int32Type, Schema, SchemaRef, TimeUnit};

use super::csv::kind::{Kinds, Missing};
use super::file::DataFile;
use super::part::as_batch;
use crate::column::Scalar;
use crate::column::read::{boolean, date32, float64, int64, timestamp, uint64};
use crate::scan::{BatchIterator, ColumnFacts, Facts, Misfit, Place, Scan, ScanError, Steps};

/// What stands for null.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The values that the folders of a file name, in the order of the folders.
type Values = Vec<(String, Option<String>)>;

/// Files with columns from the names of their folders.
pub struct Partitioned {
    inner: Arc<dyn Scan>,
    schema: SchemaRef,
    /// For each column where it comes from.
    columns: Vec<Column>,
    /// For each unit the place of its file's values in the columns that come from folders.
    places: Vec<usize>,
}

impl std::fmt::Debug for Partitioned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Partitioned").field("schema", &self.schema).finish_non_exhaustive()
    }
}

enum Column {
    /// A column of the files, by its number there.
    File(usize),
    /// The values of the files' folders, each an array of one value.
    Folder(Vec<ArrayRef>),
}

/// Adds the columns that stand in the names of the files' folders; the dataset as it is where there are none. `declared` has
/// types by name, instead of what the values look like.
///
/// # Errors
/// The folders of two files have different keys, or values are not of their declared type.
pub(super) fn with_partitions(
    inner: Arc<dyn Scan>,
    files: &[DataFile],
    declared: &BTreeMap<String, DataType>,
) -> Result<Arc<dyn Scan>, ScanError> {
    let values: Vec<Values> = files.iter().map(|file| values_of(&file.name)).collect();
    let Some(first) = values.first().filter(|_| values.iter().any(|values| !values.is_empty())) else {
        return Ok(inner);
    };
    for (file, values) in files.iter().zip(&values) {
        if !keys(first).eq(keys(values)) {
            let named = |values: &Values| {
                let names: Vec<String> = keys(values).map(|key| format!("`{key}`")).collect();
                if names.is_empty() { "no columns".to_owned() } else { names.join(", ") }
            };
            return Err(ScanError::Usage {
                problem: format!(
                    "the folders of `{}` name {}, and those of `{}` name {}",
                    file.name,
                    named(values),
                    files[0].name,
                    named(first)
                ),
                help: Some(
                    "check them each by themselves, or leave such columns out with `--no-hive-partitions`".to_owned(),
                ),
            });
        }
    }
    let mut folders: Vec<(FieldRef, Vec<ArrayRef>)> = Vec::with_capacity(first.len());
    for (number, (key, _)) in first.iter().enumerate() {
        let texts: Vec<Option<&str>> = values.iter().map(|values| values[number].1.as_deref()).collect();
        let data_type = match declared.get(key) {
            Some(declared) => declared.clone(),
            None => type_of(&texts),
        };
        let arrays: Option<Vec<ArrayRef>> = texts.iter().map(|text| array(*text, &data_type)).collect();
        let Some(arrays) = arrays else {
            let wrong = texts.iter().zip(files).find(|(text, _)| array(**text, &data_type).is_none());
            let (text, file) = wrong.map_or(("", ""), |(text, file)| (text.unwrap_or_default(), file.name.as_str()));
            return Err(ScanError::Usage {
                problem: format!("`{text}`, the `{key}` of `{file}`, is no {data_type}"),
                help: Some("declare another type with `--column-type`, such as `string`".to_owned()),
            });
        };
        folders.push((Arc::new(Field::new(key, data_type, true)), arrays));
    }
    Ok(Arc::new(Partitioned::new(inner, files, folders)))
}

/// Returns the names of the columns that stand in the names of the files' folders.
pub(super) fn partition_columns(files: &[DataFile]) -> Vec<String> {
    files.first().map(|file| values_of(&file.name).into_iter().map(|(key, _)| key).collect()).unwrap_or_default()
}

fn keys(values: &Values) -> impl Iterator<Item = &str> {
    values.iter().map(|(key, _)| key.as_str())
}

/// Reads the names of the folders that a file lies in.
fn values_of(path: &str) -> Values {
    let mut folders: Vec<&str> = path.split(['/', std::path::MAIN_SEPARATOR]).collect();
    folders.pop();
    let value = |folder: &str| {
        let (key, value) = folder.split_once('=')?;
        let value = decoded(value);
        (!key.is_empty()).then(|| (decoded(key), Some(value).filter(|value| value != NULL)))
    };
    folders.into_iter().filter_map(value).collect()
}

/// Replaces `%3A` and its like.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let code = behind.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn type_of(texts: &[Option<&str>]) -> DataType {
    // a folder's name is a value whatever it is: no word stands for none
    let missing = Missing::new(Some(&[]));
    let mut kinds = Kinds::default();
    for text in texts.iter().flatten() {
        kinds.add(text.as_bytes(), &missing);
    }
    match kinds.resolve().data_type {
        DataType::Null => DataType::Utf8,
        data_type => data_type,
    }
}

/// Returns an array of one value; `None` where the text is not of the type.
fn array(text: Option<&str>, data_type: &DataType) -> Option<ArrayRef> {
    let Some(text) = text else { return Some(new_null_array(data_type, 1)) };
    let bytes = text.as_bytes();
    Some(match data_type {
        DataType::Boolean => Arc::new(BooleanArray::from(vec![boolean(bytes)?])),
        DataType::Int64 => Arc::new(Int64Array::from(vec![int64(bytes)?])),
        DataType::UInt64 => Arc::new(UInt64Array::from(vec![uint64(bytes)?])),
        DataType::Float64 => Arc::new(Float64Array::from(vec![float64(bytes)?])),
        DataType::Date32 => Arc::new(Date32Array::from(vec![date32(bytes)?])),
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            let values = TimestampNanosecondArray::from(vec![timestamp(bytes, true, zone.is_some())?]);
            Arc::new(values.with_timezone_opt(zone.clone()))
        }
        DataType::Timestamp(_, zone) => {
            let values = TimestampMicrosecondArray::from(vec![timestamp(bytes, false, zone.is_some())?]);
            Arc::new(values.with_timezone_opt(zone.clone()))
        }
        _ => Arc::new(StringArray::from(vec![text])),
    })
}

impl Partitioned {
    fn new(inner: Arc<dyn Scan>, files: &[DataFile], folders: Vec<(FieldRef, Vec<ArrayRef>)>) -> Self {
        let own = inner.schema();
        let mut fields: Vec<FieldRef> = own.fields().iter().cloned().collect();
        let mut columns: Vec<Column> = (0..fields.len()).map(Column::File).collect();
        for (field, arrays) in folders {
            match fields.iter().position(|known| known.name() == field.name()) {
                Some(at) => (fields[at], columns[at]) = (field, Column::Folder(arrays)),
                None => {
                    fields.push(field);
                    columns.push(Column::Folder(arrays));
                }
            }
        }
        let numbers: BTreeMap<&str, usize> =
            files.iter().enumerate().map(|(number, file)| (file.name.as_str(), number)).collect();
        let place = |unit| numbers.get(inner.place(unit, 0).file.as_ref()).copied().unwrap_or(0);
        let places = (0..inner.unit_count()).map(place).collect();
        Self { inner, schema: Arc::new(Schema::new(fields)), columns, places }
    }

    /// Returns how batches of a unit with these columns are put together.
    fn shape(&self, unit: usize, columns: &[usize]) -> Shape {
        // what lies beyond the columns are their texts
        let (count, own_count) = (self.columns.len(), self.inner.schema().fields().len());
        let own = |column: usize| match &self.columns[column % count] {
            Column::File(number) => Ok(number + column / count * own_count),
            Column::Folder(values) => Err(&values[self.places[unit]]),
        };
        let mut roots: Vec<usize> = columns.iter().filter_map(|column| own(*column).ok()).collect();
        roots.sort_unstable();
        let place = |column: &usize| {
            let place = own(*column).map(|root| roots.partition_point(|known| *known < root));
            (Arc::clone(&self.schema.fields()[column % count]), place.map_err(Arc::clone))
        };
        let columns = columns.iter().map(place).collect();
        Shape { columns, file: self.inner.place(unit, 0).file, roots }
    }
}

/// How batches with some columns are put together.
struct Shape {
    /// The columns that are read of the file, ascending.
    roots: Vec<usize>,
    /// For each column its field, and where it comes from: a place among the roots, or the value of its folder.
    columns: Vec<(FieldRef, Result<usize, ArrayRef>)>,
    file: Arc<str>,
}

impl Shape {
    fn of(&self, batch: &RecordBatch) -> Result<RecordBatch, ScanError> {
        let rows = batch.num_rows();
        let array = |(_, place): &(FieldRef, Result<usize, ArrayRef>)| match place {
            Ok(place) => Arc::clone(batch.column(*place)),
            Err(value) => repeated(value, rows),
        };
        let arrays = self.columns.iter().map(array).collect();
        as_batch(self.columns.iter().map(|(field, _)| field), arrays, rows)
            .map_err(|error| ScanError::Corrupt { file: self.file.to_string(), problem: error.to_string() })
    }
}

/// The batches of a file, with the values of its folders.
struct PartitionedSteps<'a> {
    partitioned: &'a Partitioned,
    unit: usize,
    inner: Box<dyn Steps + 'a>,
    /// That of the first columns.
    shape: Shape,
}

impl Steps for PartitionedSteps<'_> {
    fn first(&mut self) -> Option<Result<RecordBatch, ScanError>> {
        let batch = self.inner.first()?;
        Some(batch.and_then(|batch| self.shape.of(&batch)))
    }

    fn more(&mut self, columns: &[usize]) -> Result<RecordBatch, ScanError> {
        let shape = self.partitioned.shape(self.unit, columns);
        shape.of(&self.inner.more(&shape.roots)?)
    }

    fn held_bytes(&self) -> usize {
        self.inner.held_bytes()
    }
}

/// So many times the same value, as a dictionary: what is asked of it is asked once.
fn repeated(value: &ArrayRef, rows: usize) -> ArrayRef {
    let nulls = value.is_null(0).then(|| NullBuffer::new_null(rows));
    let keys = Int32Array::new(vec![0; rows].into(), nulls);
    match DictionaryArray::<Int32Type>::try_new(keys, Arc::clone(value)) {
        Ok(dictionary) => Arc::new(dictionary),
        Err(_) => new_null_array(value.data_type(), rows),
    }
}

impl Scan for Partitioned {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn unit_count(&self) -> usize {
        self.inner.unit_count()
    }

    fn rows(&self, unit: usize) -> Result<u64, ScanError> {
        self.inner.rows(unit)
    }

    fn facts(&self, unit: usize) -> Result<Facts, ScanError> {
        let facts = self.inner.facts(unit)?;
        let column = |column: &Column| match column {
            Column::File(number) => facts.columns.get(*number).cloned().unwrap_or_default(),
            Column::Folder(values) => {
                let value = &values[self.places[unit]];
                let is_null = value.is_null(0);
                let bound = || (!is_null).then(|| Scalar::at(value, 0));
                ColumnFacts {
                    nulls: if is_null { facts.rows } else { Some(0) },
                    lower: bound(),
                    upper: bound(),
                    exact: !is_null,
                    no_nan: true,
                }
            }
        };
        Ok(Facts { rows: facts.rows, columns: self.columns.iter().map(column).collect() })
    }

    fn dictionary(&self, unit: usize, column: usize) -> Result<Option<ArrayRef>, ScanError> {
        match &self.columns[column] {
            Column::File(number) => self.inner.dictionary(unit, *number),
            Column::Folder(values) => {
                let value = &values[self.places[unit]];
                Ok(Some(if value.is_null(0) { value.slice(0, 0) } else { Arc::clone(value) }))
            }
        }
    }

    fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        let shape = self.shape(unit, columns);
        let batches = self.inner.batches(unit, &shape.roots)?;
        Ok(Box::new(batches.map(move |batch| shape.of(&batch?))))
    }

    fn steps(&self, unit: usize, first: &[usize], rest: &[usize]) -> Result<Box<dyn Steps + '_>, ScanError> {
        let shape = self.shape(unit, first);
        let inner = self.inner.steps(unit, &shape.roots, &self.shape(unit, rest).roots)?;
        Ok(Box::new(PartitionedSteps { partitioned: self, unit, inner, shape }))
    }

    fn weight(&self, unit: usize) -> u64 {
        self.inner.weight(unit)
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        self.inner.place(unit, row)
    }

    fn line(&self, unit: usize, row: u64) -> Option<u64> {
        self.inner.line(unit, row)
    }

    fn settle(&self, threads: usize) -> Result<(), ScanError> {
        self.inner.settle(threads)
    }

    fn has_texts(&self, column: usize) -> bool {
        matches!(self.columns[column], Column::File(number) if self.inner.has_texts(number))
    }

    fn has_codes(&self, column: usize) -> bool {
        matches!(self.columns[column], Column::File(number) if self.inner.has_codes(number))
    }

    fn misfit(&self, column: usize) -> Option<&Misfit> {
        match self.columns[column] {
            Column::File(number) => self.inner.misfit(number),
            Column::Folder(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_name_keys_and_values() {
        let values = values_of("lake/day=2024-01-01/city=K%C3%B6ln/x=__HIVE_DEFAULT_PARTITION__/a=b.csv");
        let some = |text: &str| Some(text.to_owned());
        let expected = [("day", some("2024-01-01")), ("city", some("Köln")), ("x", None)];
        assert_eq!(values, expected.map(|(key, value)| (key.to_owned(), value)));
        assert_eq!(values_of("a/=b/c%3Dd/100%=5%/e.csv"), [("100%".to_owned(), some("5%"))]);
    }

    #[test]
    fn values_have_the_narrowest_type_of_all() {
        assert_eq!(type_of(&[Some("01"), Some("12"), None]), DataType::Int64);
        assert_eq!(type_of(&[Some("2024-01-01"), None]), DataType::Date32);
        assert_eq!(type_of(&[Some("1"), Some("NA")]), DataType::Utf8);
        assert_eq!(type_of(&[None]), DataType::Utf8);
        assert!(array(Some("x"), &DataType::Int64).is_none());
    }
}
