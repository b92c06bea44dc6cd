//! Tables written as Parquet files.

use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::errors::ParquetError;

/// Writes a table.
///
/// # Errors
/// Parquet has no form for one of its types.
pub fn write(path: &Path, table: &RecordBatch, options: ArrowWriterOptions) -> Result<(), ParquetError> {
    let file = File::create(path)?;
    let mut writer = ArrowWriter::try_new_with_options(file, table.schema(), options)?;
    writer.write(table)?;
    writer.close()?;
    Ok(())
}
