//! Avro's object container files: a header with the schema, then blocks of records, each compressed by itself.
//!
//! The blocks are found without decompressing them, by their lengths and the marker that ends each. A unit is a run of
//! blocks. They are decompressed (`block`) and followed to their end by the schema (`walk`), and the `arrow-avro` crate
//! decodes them. Only the wanted fields are built.
//!
//! Source: the section "Object Container Files" of the Avro 1.12 specification.

mod block;
mod uuid;
mod walk;

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow_avro::codec::Tz;
use arrow_avro::reader::ReaderBuilder;
use serde_json::Value;

use self::block::{Codec, Header, PlainBlocks};
use self::walk::Layout;
use super::content::{Cursor, Handle};
use super::file::DataFile;
use super::format::Format;
use super::part::{batch_rows, count_on, empty_batches, usual_bytes};
use super::promised::{Promised, without_prefix};
use crate::guard::guarded;
use crate::scan::{BatchIterator, Facts, Place, Scan, ScanError};

const MAGIC: &[u8; 4] = b"Obj\x01";
const SYNC_BYTES: usize = 16;
/// No block may be longer: what says so is no length.
const MAX_BLOCK_BYTES: u64 = 1 << 31;
/// No header may be longer.
const MAX_HEADER_BYTES: u64 = 64 << 20;

/// An Avro file.
#[derive(Debug)]
pub struct AvroFile {
    file: DataFile,
    name: Arc<str>,
    schema: SchemaRef,
    header: Arc<Header>,
    units: Vec<Unit>,
}

/// A run of blocks.
#[derive(Debug, Clone, Copy)]
struct Unit {
    start: u64,
    end: u64,
    /// The number of its first row in the file.
    first_row: u64,
    rows: u64,
}

impl AvroFile {
    /// Opens a file: reads its header, and finds its blocks.
    ///
    /// # Errors
    /// It cannot be read, is no Avro, has a schema that is no table, or is cut off.
    pub fn open(file: &DataFile) -> Result<Self, ScanError> {
        let handle = file.open()?;
        let (header_bytes, header) = read_header(file, &handle)?;
        let plain = header.plain();
        let reader = guarded(|| options(1).build(plain.as_slice()));
        let schema = match reader {
            Ok(Ok(reader)) => reader.schema(),
            Ok(Err(error)) => return Err(file.corrupt(schema_problem(&error.to_string()))),
            Err(said) => return Err(file.corrupt(schema_problem(&said))),
        };
        // what else a writer adds to its fields is of no use here
        let fields = schema.fields().iter().map(|field| uuid::as_text(field).with_metadata(HashMap::new()));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let units = find_units(file, &handle, header_bytes, header.sync)?;
        Ok(Self { file: file.clone(), name: file.name.as_str().into(), schema, header: Arc::new(header), units })
    }
}

/// How every file is decoded.
fn options(batch_rows: usize) -> ReaderBuilder {
    ReaderBuilder::new().with_batch_size(batch_rows).with_tz(Tz::Utc)
}

fn schema_problem(said: &str) -> String {
    format!("has an Avro schema that is not read as a table: {}", without_prefix(said))
}

/// Reads the header; also how long it is.
fn read_header(file: &DataFile, handle: &Handle) -> Result<(u64, Header), ScanError> {
    let mut from = Counted { reader: BufReader::new(handle.from(0)), position: 0 };
    let cut_off = || file.corrupt("ends within its header, or is no Avro file");
    let mut magic = [0; 4];
    from.read(&mut magic).ok_or_else(cut_off)?;
    if &magic != MAGIC {
        let problem = Format::Avro.foreign_content(&magic);
        return Err(file.corrupt(problem.unwrap_or_else(|| "is no Avro file: it does not begin with `Obj`".to_owned())));
    }
    // metadata: a map of bytes, in blocks; a negative count is followed by the length of its block
    let mut metadata: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    loop {
        let count = from.long().ok_or_else(cut_off)?;
        if count == 0 {
            break;
        }
        if count < 0 {
            from.long().ok_or_else(cut_off)?;
        }
        for _ in 0..count.unsigned_abs() {
            let mut text = || {
                let length = from.long().and_then(|length| u64::try_from(length).ok())?;
                let end = from.position.checked_add(length)?;
                let mut bytes =
                    vec![0; usize::try_from(length).ok().filter(|_| end <= handle.length().min(MAX_HEADER_BYTES))?];
                from.read(&mut bytes)?;
                Some(bytes)
            };
            let (key, value) = (text().ok_or_else(cut_off)?, text().ok_or_else(cut_off)?);
            metadata.insert(key, value);
        }
    }
    let mut sync = [0; SYNC_BYTES];
    from.read(&mut sync).ok_or_else(cut_off)?;
    let name = metadata.remove(b"avro.codec".as_slice()).unwrap_or_default();
    let codec = Codec::of(&name).ok_or_else(|| {
        let name = String::from_utf8_lossy(&name);
        file.corrupt(format!("is compressed with `{name}`, which is none of Avro's codecs"))
    })?;
    let schema = metadata.remove(b"avro.schema".as_slice()).and_then(|schema| String::from_utf8(schema).ok());
    let schema = schema.ok_or_else(|| file.corrupt("has no schema in its header"))?;
    let mut parsed: Value =
        serde_json::from_str(&schema).map_err(|error| file.corrupt(schema_problem(&error.to_string())))?;
    let layout = Layout::of(&parsed).ok_or_else(|| file.corrupt(schema_problem("a type in it is not known")))?;
    uuid::keep_texts(&mut parsed);
    Ok((from.position, Header { schema: parsed.to_string(), codec, sync, layout }))
}

/// Finds the blocks, and puts them together to units.
fn find_units(
    file: &DataFile,
    handle: &Handle,
    header_bytes: u64,
    sync: [u8; SYNC_BYTES],
) -> Result<Vec<Unit>, ScanError> {
    let unit_bytes = usual_bytes(handle.length());
    let mut from =
        Counted { reader: BufReader::with_capacity(4096, handle.from(header_bytes)), position: header_bytes };
    from.reader.seek(SeekFrom::Start(header_bytes)).map_err(|cause| file.failed(cause))?;
    let mut units: Vec<Unit> = Vec::new();
    let mut rows: u64 = 0;
    while from.position < handle.length() {
        let start = from.position;
        let corrupt = |problem: &str| file.corrupt(format!("{problem} (the block at byte {start}, after {rows} rows)"));
        let cut_off = || corrupt("is cut off or corrupt: its last block is not whole");
        let count = from.long().ok_or_else(cut_off)?;
        let length = from.long().ok_or_else(cut_off)?;
        let (Ok(count), Ok(length)) = (u64::try_from(count), u64::try_from(length)) else {
            return Err(corrupt("is corrupt: a block has a negative length"));
        };
        if length > MAX_BLOCK_BYTES || from.position + length + SYNC_BYTES as u64 > handle.length() {
            return Err(cut_off());
        }
        from.skip(length).ok_or_else(cut_off)?;
        let mut found = [0; SYNC_BYTES];
        from.read(&mut found).ok_or_else(cut_off)?;
        if found != sync {
            return Err(corrupt("is corrupt: a block does not end with the file's marker"));
        }
        if count == 0 {
            continue;
        }
        let before = rows;
        rows = count_on(rows, count).ok_or_else(|| corrupt("is corrupt: its blocks have impossibly many rows"))?;
        match units.last_mut() {
            Some(unit) if unit.end == start && start - unit.start < unit_bytes => {
                unit.end = from.position;
                unit.rows += count;
            }
            _ => units.push(Unit { start, end: from.position, first_row: before, rows: count }),
        }
    }
    Ok(units)
}

/// Reads numbers and bytes; `None` at the end of the file.
struct Counted {
    reader: BufReader<Cursor>,
    position: u64,
}

impl Counted {
    fn read(&mut self, bytes: &mut [u8]) -> Option<()> {
        self.reader.read_exact(bytes).ok()?;
        self.position += bytes.len() as u64;
        Some(())
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.reader.seek_relative(i64::try_from(count).ok()?).ok()?;
        self.position += count;
        Some(())
    }

    /// Reads a number of 64 bits: seven bits a byte, the lowest first, then folded so that small ones are short.
    fn long(&mut self) -> Option<i64> {
        let mut folded: u64 = 0;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.read(&mut byte)?;
            folded |= u64::from(byte[0] & 0x7F).checked_shl(shift)?;
            if byte[0] & 0x80 == 0 {
                return Some((folded >> 1) as i64 ^ -((folded & 1) as i64));
            }
        }
        None
    }
}

impl Scan for AvroFile {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn unit_count(&self) -> usize {
        self.units.len()
    }

    fn rows(&self, unit: usize) -> Result<u64, ScanError> {
        Ok(self.units[unit].rows)
    }

    /// The number of rows that blocks promise is not certain: nothing guards it against damage.
    fn facts(&self, _unit: usize) -> Result<Facts, ScanError> {
        Ok(Facts::default())
    }

    fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        let unit = &self.units[unit];
        let handle = self.file.open()?;
        let mut content = PlainBlocks::new(handle, Arc::clone(&self.header), unit.start, unit.end);
        if columns.is_empty() {
            // reading follows the records, which have to be as many as their blocks promise
            io::copy(&mut content, &mut io::sink()).map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => {
                    self.file.corrupt(format!("is corrupt between bytes {} and {}: {error}", unit.start, unit.end))
                }
                _ => self.file.failed(error),
            })?;
            return Ok(Box::new(empty_batches(unit.rows)));
        }
        let options = options(batch_rows(columns.len())).with_projection(columns.to_vec());
        let place = format!("between bytes {} and {}", unit.start, unit.end);
        let schema = Arc::new(self.schema.project(columns).map_err(|error| self.file.corrupt(error.to_string()))?);
        let convert = move |batch| uuid::texts(&with_rows(batch)?, &schema);
        let open = || options.build(content).map(|reader| reader.map(convert));
        Ok(Box::new(Promised::open(&self.file, place, unit.first_row, unit.rows, open)?))
    }

    fn weight(&self, unit: usize) -> u64 {
        self.units[unit].end - self.units[unit].start
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        Place { file: Arc::clone(&self.name), row: self.units[unit].first_row + row }
    }
}

/// Refuses a batch without rows, of which there could be any number.
fn with_rows(batch: Result<RecordBatch, ArrowError>) -> Result<RecordBatch, ArrowError> {
    match batch {
        Ok(batch) if batch.num_rows() == 0 => Err(ArrowError::ParseError("there is a batch without rows".to_owned())),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::DataType;
    use serde_json::json;

    use super::walk::write_number;
    use super::*;
    use crate::source::written;

    /// Writes a file of one block, which is not compressed.
    fn avro(schema: &Value, rows: i64, block: &[u8]) -> Vec<u8> {
        let layout = Layout::of(schema).expect("a schema");
        let header = Header { schema: schema.to_string(), codec: Codec::Null, sync: [7; SYNC_BYTES], layout };
        let mut bytes = header.plain();
        write_number(rows, &mut bytes);
        write_number(block.len() as i64, &mut bytes);
        bytes.extend(block);
        bytes.extend([7; SYNC_BYTES]);
        bytes
    }

    #[test]
    fn uuids_are_texts_and_other_bytes_stay_bytes() {
        let schema = json!({"type": "record", "name": "r", "fields": [
            {"name": "text", "type": {"type": "string", "logicalType": "uuid"}},
            {"name": "maybe", "type": ["null", {"type": "string", "logicalType": "uuid"}]},
            {"name": "list", "type": {"type": "array", "items": {"type": "string", "logicalType": "uuid"}}},
            {"name": "bytes", "type": {"type": "fixed", "name": "u", "size": 16, "logicalType": "uuid"}},
            {"name": "maybe_bytes", "type": ["null", {"type": "fixed", "name": "v", "size": 16, "logicalType": "uuid"}]},
            {"name": "hash", "type": {"type": "fixed", "name": "h", "size": 16}},
        ]});
        let written = "01234567-89AB-cdef-0123-456789abcdef";
        let text = |text: &str| [&[text.len() as u8 * 2], text.as_bytes()].concat();
        let bytes: Vec<u8> = [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF].repeat(2);
        let row = |own: &str, maybe: &[u8], maybe_bytes: &[u8]| {
            [&text(own), maybe, &[2], &text(written), &[0], &bytes, maybe_bytes, &bytes].concat()
        };
        let full = row(written, &[&[2], text(written).as_slice()].concat(), &[&[2], bytes.as_slice()].concat());
        // what is no UUID is for expectations to find
        let block = [full, row("none", &[0], &[0])].concat();
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("t.avro");
        std::fs::write(&path, avro(&schema, 2, &block)).expect("the file is written");
        let source = AvroFile::open(&written::file(&path)).expect("a good file");
        let types: Vec<DataType> = source.schema().fields().iter().map(|field| field.data_type().clone()).collect();
        assert!([0, 1, 3, 4].iter().all(|at| types[*at] == DataType::Utf8), "{types:?}");
        assert_eq!(types[5], DataType::FixedSizeBinary(16));
        let batches: Result<Vec<RecordBatch>, ScanError> =
            source.batches(0, &[0, 1, 2, 3, 4, 5]).expect("it can be read").collect();
        let batch = &batches.expect("good rows")[0];
        let texts = |column: usize| batch.column(column).as_string::<i32>().iter().collect::<Vec<_>>();
        let lower = "01234567-89ab-cdef-0123-456789abcdef";
        assert_eq!(texts(0), [Some(written), Some("none")]);
        assert_eq!(texts(1), [Some(written), None]);
        assert_eq!(batch.column(2).as_list::<i32>().value(0).as_string::<i32>().value(0), written);
        assert_eq!(texts(3), [Some(lower), Some(lower)]);
        assert_eq!(texts(4), [Some(lower), None]);
        let projected = source.batches(0, &[4]).expect("it can be read").next().expect("a batch").expect("good rows");
        assert_eq!(projected.column(0).as_string::<i32>().value(0), lower);
    }
}
