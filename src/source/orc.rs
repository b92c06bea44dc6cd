//! ORC files, by the `orc-rust` crate. A unit is a stripe; only the wanted columns are decoded.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use orc_rust::error::OrcError;
use orc_rust::projection::ProjectionMask;
use orc_rust::reader::metadata::{FileMetadata, read_metadata};
use orc_rust::{ArrowReaderBuilder, ArrowSchemaOptions, TimestampPrecision};

use super::file::DataFile;
use super::orc_types;
use super::part::{batch_rows, count_on, empty_batches};
use super::promised::Promised;
use crate::guard::guarded;
use crate::scan::{BatchIterator, Place, Scan, ScanError};

/// Times have nanoseconds in ORC, of which 64 bits hold those from 1677 to 2262 only, and dates such as 9999-12-31 are
/// common. So they are read as microseconds, which is what most writers have.
const PRECISION: TimestampPrecision = TimestampPrecision::Microsecond;

/// An ORC file.
#[derive(Debug)]
pub struct OrcFile {
    file: DataFile,
    name: Arc<str>,
    schema: SchemaRef,
    metadata: Arc<FileMetadata>,
    units: Vec<Unit>,
}

/// A stripe.
#[derive(Debug, Clone)]
struct Unit {
    bytes: Range<u64>,
    /// The number of its first row in the file.
    first_row: u64,
    rows: u64,
}

impl OrcFile {
    /// Opens a file and reads its footer.
    ///
    /// # Errors
    /// It cannot be read, is no ORC, or its columns are not those of a table.
    pub fn open(file: &DataFile) -> Result<Self, ScanError> {
        let corrupt = |said: &str| file.corrupt(format!("is not a readable ORC file: {said}"));
        let mut handle = file.open()?;
        match guarded(|| orc_types::check(&handle)) {
            Ok(Ok(())) => {}
            Ok(Err(problem)) => return Err(corrupt(problem)),
            Err(_) => return Err(corrupt("its footer cannot be decoded")),
        }
        let metadata = guarded(|| {
            read_metadata(&mut handle).map(|metadata| {
                let schema = metadata.root_data_type().create_arrow_schema_with_options(&HashMap::new(), arrow_types());
                (Arc::new(metadata), schema)
            })
        });
        let (metadata, schema) = match metadata {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Err(corrupt(&error.to_string())),
            Err(_) => return Err(corrupt("its footer cannot be decoded")),
        };
        let mut first_row: u64 = 0;
        let mut units = Vec::new();
        for stripe in metadata.stripe_metadatas() {
            let (start, rows) = (stripe.offset(), stripe.number_of_rows());
            let lengths = [stripe.index_length(), stripe.data_length(), stripe.footer_length()];
            let end = lengths.into_iter().try_fold(start, u64::checked_add);
            let Some(end) = end.filter(|end| *end <= handle.length()) else {
                return Err(corrupt(&format!("the stripe after row {first_row} lies beyond the end of the file")));
            };
            units.push(Unit { bytes: start..end, first_row, rows });
            first_row = count_on(first_row, rows).ok_or_else(|| corrupt("its stripes have impossibly many rows"))?;
        }
        if metadata.number_of_rows() != first_row {
            let promised = metadata.number_of_rows();
            return Err(corrupt(&format!("its stripes have {first_row} rows, and {promised} are promised")));
        }
        Ok(Self { file: file.clone(), name: file.name.as_str().into(), schema: Arc::new(schema), metadata, units })
    }
}

fn arrow_types() -> ArrowSchemaOptions {
    ArrowSchemaOptions::new().with_timestamp_precision(PRECISION)
}

impl Scan for OrcFile {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn unit_count(&self) -> usize {
        self.units.len()
    }

    fn rows(&self, unit: usize) -> Result<u64, ScanError> {
        Ok(self.units[unit].rows)
    }

    fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        let unit = &self.units[unit];
        if columns.is_empty() {
            return Ok(Box::new(empty_batches(unit.rows)));
        }
        let handle = self.file.open()?;
        let names: Vec<&str> = columns.iter().map(|column| self.schema.field(*column).name().as_str()).collect();
        let start = usize::try_from(unit.bytes.start).unwrap_or(usize::MAX);
        let open = || {
            let builder = ArrowReaderBuilder::try_new(handle)?;
            let mask = ProjectionMask::named_roots(self.metadata.root_data_type(), &names);
            let builder = builder.with_projection(mask).with_file_byte_range(start..start.saturating_add(1));
            let builder = builder.with_timestamp_precision(PRECISION);
            Ok::<_, OrcError>(builder.with_batch_size(batch_rows(columns.len())).build())
        };
        let place = format!("in the stripe at byte {}", unit.bytes.start);
        Ok(Box::new(Promised::open(&self.file, place, unit.first_row, unit.rows, open)?))
    }

    fn weight(&self, unit: usize) -> u64 {
        let bytes = &self.units[unit].bytes;
        bytes.end - bytes.start
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        Place { file: Arc::clone(&self.name), row: self.units[unit].first_row + row }
    }
}
