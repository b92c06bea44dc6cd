//! Where data comes from: files of several formats behind one interface, [`Scan`].
//!
//! [`open`] finds the files that a user names (`location`) and reads them as what they are.

pub mod csv;
mod encoding;
pub mod json;
mod lines;
pub mod location;
pub mod memory;
mod misfit;
mod ordered;
pub mod parquet;
mod part;
mod window;
#[cfg(test)]
mod written;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};

use crate::scan::{Scan, ScanError};
use location::{DataFile, Format};

/// How data is read, where it does not tell by itself.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The format of the files; by their names and first bytes if `None`.
    pub format: Option<Format>,
    /// What stands between the fields of CSV.
    pub delimiter: Option<u8>,
    /// Words of CSV that stand for a missing value in every column, instead of the usual ones in columns of no texts.
    pub null_values: Option<Vec<String>>,
    /// Types of columns by name, instead of what their values look like.
    pub types: BTreeMap<String, DataType>,
    /// How many threads may look at the files before they are judged.
    pub threads: usize,
}

/// Finds the files that the arguments name and opens them as one dataset.
///
/// # Errors
/// No file is there, one cannot be read, or they do not fit together.
pub fn open(arguments: &[String], options: &ReadOptions) -> Result<(Vec<DataFile>, Arc<dyn Scan>), ScanError> {
    let files = location::find(arguments, options.format)?;
    let format = files.first().map_or(Format::Parquet, |file| file.format);
    let scan: Arc<dyn Scan> = match format {
        Format::Parquet => Arc::new(parquet::ParquetSource::open(&files)?),
        Format::Csv => {
            let options = csv::CsvOptions {
                delimiter: options.delimiter,
                null_values: options.null_values.clone(),
                types: options.types.clone(),
                threads: options.threads,
                ..csv::CsvOptions::default()
            };
            Arc::new(csv::CsvSource::open(&files, &options)?)
        }
        Format::Json => Arc::new(json::JsonSource::open(&files, options.threads)?),
    };
    Ok((files, scan))
}

/// Refuses options that say how CSV is read where no file is one.
///
/// # Errors
/// Such an option is set.
pub fn refuse_idle(options: &ReadOptions, files: &[DataFile]) -> Result<(), ScanError> {
    let format = files.first().map_or(Format::Csv, |file| file.format);
    let given = [
        ("--delimiter", options.delimiter.is_some()),
        ("--null-values", options.null_values.is_some()),
        ("--column-type", !options.types.is_empty()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given && format != Format::Csv) {
        None => Ok(()),
        Some((option, _)) => Err(ScanError::Usage {
            problem: format!("`{option}` is for CSV, and the data is {format}"),
            help: Some(format!("leave `{option}` out, or name the format with `--input-format`")),
        }),
    }
}

/// Reads the type that a user declares of a column: `string`, `int`, `float`, `boolean`, `date`, `timestamp`, or Arrow's
/// spelling.
#[must_use]
pub fn declared_type(name: &str) -> Option<DataType> {
    Some(match name.to_ascii_lowercase().as_str() {
        "string" | "str" | "text" | "varchar" | "utf8" => DataType::Utf8,
        "int" | "integer" | "int64" | "bigint" | "long" => DataType::Int64,
        "uint" | "uint64" => DataType::UInt64,
        "float" | "float64" | "double" | "number" => DataType::Float64,
        "bool" | "boolean" => DataType::Boolean,
        "date" | "date32" => DataType::Date32,
        "timestamp" | "datetime" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "timestamptz" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => name.parse().ok()?,
    })
}
