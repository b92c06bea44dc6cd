//! For the tests of sources: a whole dataset as one batch, and batches as texts to compare with.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::SchemaRef;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use tempfile::TempDir;

use super::file::DataFile;
use super::format::Format;
use super::location::find;
use super::spool::Spool;
use crate::scan::{Scan, ScanError};

/// Returns a file as CSV.
pub(super) fn file(path: &Path) -> DataFile {
    let paths = [path.to_str().expect("a plain path").to_owned()];
    files(&paths, Format::Csv).pop().expect("it is there")
}

/// Finds files of a format.
pub(super) fn files(paths: &[String], format: Format) -> Vec<DataFile> {
    find(paths, Some(format), &Spool::new(std::env::temp_dir())).expect("the files are there")
}

/// Writes files of a format into a folder of their own, and finds them in their order.
pub(super) fn folder(contents: &[(&str, &[u8])], format: Format) -> (TempDir, Vec<DataFile>) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let write = |(name, content): &(&str, &[u8])| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("the file is written");
        path.to_str().expect("a plain path").to_owned()
    };
    let paths: Vec<String> = contents.iter().map(write).collect();
    let files = files(&paths, format);
    (folder, files)
}

/// Reads all of a file with this name and content, or says what is wrong with it, without its folder.
pub(super) fn table<S: Scan>(
    name: &str,
    content: &[u8],
    format: Format,
    open: impl FnOnce(&[DataFile]) -> Result<S, ScanError>,
) -> Result<(S, RecordBatch), String> {
    let (folder, files) = folder(&[(name, content)], format);
    let tidy = |error: ScanError| match error {
        ScanError::Usage { problem, help } => format!("{problem}; {}", help.unwrap_or_default()),
        error => error.to_string(),
    };
    let tidy = |error| tidy(error).replace(&format!("{}/", folder.path().display()), "");
    let source = open(&files).map_err(tidy)?;
    let batch = all(&source).map_err(tidy)?;
    Ok((source, batch))
}

/// Reads all columns of all units.
pub(super) fn all(source: &dyn Scan) -> Result<RecordBatch, ScanError> {
    let schema = source.schema();
    let columns: Vec<usize> = (0..schema.fields().len()).collect();
    let mut batches = Vec::new();
    for unit in 0..source.unit_count() {
        for batch in source.batches(unit, &columns)? {
            batches.push(as_promised(&batch?, &schema));
        }
    }
    Ok(concat_batches(&schema, &batches).expect("batches of the schema"))
}

/// Decodes what came as codes.
fn as_promised(batch: &RecordBatch, schema: &SchemaRef) -> RecordBatch {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type()).expect("values of the type"));
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect(), &options).expect("all of the columns")
}

/// Writes a table as texts, nulls as `∅`, rows separated by `|`.
pub(super) fn text(batch: &RecordBatch) -> String {
    let options = FormatOptions::default().with_null("∅");
    let row = |row: usize| {
        let cell =
            |column: &ArrayRef| ArrayFormatter::try_new(column, &options).expect("a known type").value(row).to_string();
        batch.columns().iter().map(cell).collect::<Vec<_>>().join(",")
    };
    (0..batch.num_rows()).map(row).collect::<Vec<_>>().join("|")
}

/// Writes the names and types of the columns.
pub(super) fn types(batch: &RecordBatch) -> String {
    let schema = batch.schema();
    let fields = schema.fields().iter().map(|field| format!("{}: {}", field.name(), field.data_type()));
    fields.collect::<Vec<_>>().join(", ")
}
