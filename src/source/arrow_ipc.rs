//! Arrow's IPC format: files (also known as Feather, version 2), of which a unit is a run of batches, and streams, which are
//! one unit, as a dictionary may change in the middle of one.
//!
//! Source: "Serialization and Interprocess Communication (IPC)" of the Arrow columnar format.

use std::io::{BufReader, Read};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::ipc::{CompressionType, Message, MessageHeader, root_as_footer, root_as_message};

use super::compression::{LZ4_RATIO, USUAL_BYTES, ZSTD_RATIO};
use super::content::Handle;
use super::file::DataFile;
use super::part::{count_on, empty_batches, usual_bytes};
use super::promised::Promised;
use crate::guard::guarded;
use crate::scan::{BatchIterator, Place, Scan, ScanError};

const MAGIC: &[u8; 6] = b"ARROW1";
/// The magic, and two bytes that bring what follows to a multiple of eight.
const HEAD_BYTES: u64 = 8;
/// The length of the footer, and the magic again.
const TAIL_BYTES: u64 = 10;
/// What a message begins with, in streams of the last years.
const CONTINUATION: [u8; 4] = [0xFF; 4];
/// No buffer of a batch is longer.
const MAX_BUFFER_BYTES: u64 = 1 << 34;
/// The most bytes between two blocks.
const MOST_PADDING: u64 = 64;
/// The metadata of a message may be so long: it tells of each column a few numbers.
const MAX_METADATA_BYTES: u64 = 256 << 20;

/// An Arrow file or stream.
#[derive(Debug)]
struct ArrowFile {
    file: DataFile,
    name: Arc<str>,
    schema: SchemaRef,
    is_stream: bool,
    units: Vec<Unit>,
}

/// Some batches that follow each other.
#[derive(Debug, Clone, Copy)]
struct Unit {
    /// The number of the first batch in the file.
    first: usize,
    batches: usize,
    /// The number of the first row in the file.
    first_row: u64,
    rows: u64,
    bytes: u64,
}

/// Opens a file or stream, and counts the rows of its batches by their metadata.
///
/// # Errors
/// It cannot be read, is no Arrow, or is cut off.
pub(super) fn open(file: &DataFile) -> Result<Box<dyn Scan>, ScanError> {
    let handle = file.open()?;
    let mut start = [0; 6];
    let known = handle.from(0).take(6).read(&mut start).map_err(|cause| file.failed(cause))?;
    if start[..known].starts_with(b"FEA1") {
        return Err(file.corrupt("is of the first version of Feather, which is not read: write it anew, as Arrow"));
    }
    let is_stream = &start != MAGIC;
    if is_stream && let Some(problem) = super::format::Format::Arrow.foreign_content(&start) {
        return Err(file.corrupt(problem));
    }
    // what the library asks memory for has to be looked at before it does: it reads dictionaries as it opens a file
    let batches = if is_stream { stream_batches(file, &handle)? } else { file_batches(file, &handle)? };
    let corrupt = |said: &str| file.corrupt(format!("is not a readable Arrow file: {said}"));
    let schema = guarded(|| {
        let content = BufReader::new(handle.from(0));
        if is_stream {
            StreamReader::try_new(content, None).map(|reader| reader.schema())
        } else {
            FileReader::try_new(content, None).map(|reader| reader.schema())
        }
    });
    let schema = match schema {
        Ok(Ok(schema)) => schema,
        Ok(Err(error)) => return Err(corrupt(&error.to_string())),
        Err(_) => return Err(corrupt("its schema cannot be decoded")),
    };
    let fields = schema.fields().iter().cloned().collect::<Vec<_>>();
    let units = units(&batches, handle.length(), is_stream);
    let units = units.ok_or_else(|| corrupt("its batches have impossibly many rows"))?;
    let name = file.name.as_str().into();
    Ok(Box::new(ArrowFile { file: file.clone(), name, schema: Arc::new(Schema::new(fields)), is_stream, units }))
}

/// The rows and bytes of a batch.
#[derive(Debug, Clone, Copy)]
struct Size {
    rows: u64,
    bytes: u64,
}

fn units(batches: &[Size], length: u64, is_stream: bool) -> Option<Vec<Unit>> {
    let unit_bytes = if is_stream { u64::MAX } else { usual_bytes(length) };
    let mut units: Vec<Unit> = Vec::new();
    let mut first_row = 0;
    for (number, batch) in batches.iter().enumerate() {
        match units.last_mut().filter(|unit| unit.bytes < unit_bytes) {
            Some(unit) => {
                unit.batches += 1;
                unit.rows += batch.rows;
                unit.bytes += batch.bytes;
            }
            None => units.push(Unit { first: number, batches: 1, first_row, rows: batch.rows, bytes: batch.bytes }),
        }
        first_row = count_on(first_row, batch.rows)?;
    }
    Some(units)
}

/// Counts the rows of the batches that a file's footer lists.
fn file_batches(file: &DataFile, handle: &Handle) -> Result<Vec<Size>, ScanError> {
    let cut_off = || file.corrupt("is cut off or corrupt: it does not end with the footer of an Arrow file");
    let length = handle.length();
    let tail_start = length.checked_sub(TAIL_BYTES).filter(|start| *start >= HEAD_BYTES).ok_or_else(cut_off)?;
    let tail = handle.bytes(tail_start, TAIL_BYTES).map_err(|cause| file.failed(cause))?;
    let footer_bytes = tail.first_chunk::<4>().map_or(0, |bytes| i32::from_le_bytes(*bytes));
    let footer_bytes = u64::try_from(footer_bytes).map_err(|_| cut_off())?;
    if &tail[4..] != MAGIC || footer_bytes > tail_start - HEAD_BYTES {
        return Err(cut_off());
    }
    let footer = handle.bytes(tail_start - footer_bytes, footer_bytes).map_err(|cause| file.failed(cause))?;
    let footer = root_as_footer(&footer).map_err(|_| cut_off())?;
    let blocks: Vec<_> = footer.dictionaries().into_iter().chain(footer.recordBatches()).flatten().collect();
    let mut sizes = Vec::new();
    let mut spans = Vec::with_capacity(blocks.len());
    for block in &blocks {
        let number = sizes.len() + 1;
        let corrupt = || file.corrupt(format!("is corrupt: batch {number} is not what the footer promises"));
        let (start, metadata, body) = (block.offset(), block.metaDataLength(), block.bodyLength());
        let start = u64::try_from(start).map_err(|_| corrupt())?;
        let metadata = u64::try_from(metadata).map_err(|_| corrupt())?;
        let body = u64::try_from(body).map_err(|_| corrupt())?;
        let bytes = metadata.saturating_add(body);
        if start.saturating_add(bytes) > tail_start {
            return Err(corrupt());
        }
        spans.push(start..start + bytes);
        let message = handle.bytes(start, metadata).map_err(|cause| file.failed(cause))?;
        let prefix = if message.starts_with(&CONTINUATION) { 8 } else { 4 };
        let message = message.get(prefix..).and_then(|message| root_as_message(message).ok()).ok_or_else(corrupt)?;
        has_sane_buffers(&message, handle, start + metadata, body).ok_or_else(corrupt)?;
        if message.header_type() == MessageHeader::RecordBatch {
            sizes.push(Size { rows: row_count(message).ok_or_else(corrupt)?, bytes });
        }
    }
    // the schema comes first; between all of them there is nothing but padding
    let head = handle.bytes(HEAD_BYTES, 8.min(tail_start - HEAD_BYTES)).map_err(|cause| file.failed(cause))?;
    let (mut end, mut room) = match head.strip_prefix(&CONTINUATION).and_then(|length| length.first_chunk().copied()) {
        Some(length) => (HEAD_BYTES + 8 + u64::from(u32::from_le_bytes(length)), MOST_PADDING),
        // Polars does not say how long it is; the footer holds it as well
        None => (HEAD_BYTES, 2 * footer_bytes + MOST_PADDING),
    };
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    spans.push(tail_start - footer_bytes..tail_start);
    for span in spans {
        if span.start < end || span.start - end > room {
            return Err(file.corrupt("is corrupt: its footer does not list its batches one behind the other"));
        }
        (end, room) = (span.end, MOST_PADDING);
    }
    Ok(sizes)
}

/// Counts the rows of the batches of a stream, message by message.
fn stream_batches(file: &DataFile, handle: &Handle) -> Result<Vec<Size>, ScanError> {
    let mut sizes = Vec::new();
    let end = handle.length();
    let mut reader = BufReader::with_capacity(4096, handle.from(0));
    let mut position = 0;
    loop {
        let at = position;
        let cut_off = || file.corrupt(format!("is cut off or corrupt: the message at byte {at} is not whole"));
        if position == end {
            // the mark of the end may be missing
            return Ok(sizes);
        }
        let mut word = [0; 4];
        reader.read_exact(&mut word).map_err(|_| cut_off())?;
        position += 4;
        if word == CONTINUATION {
            reader.read_exact(&mut word).map_err(|_| cut_off())?;
            position += 4;
        }
        let metadata = u64::try_from(i32::from_le_bytes(word)).map_err(|_| cut_off())?;
        if metadata == 0 && position == end {
            return Ok(sizes);
        }
        if metadata == 0 {
            return Err(
                file.corrupt(format!("is corrupt: it goes on behind the end of its stream, at byte {position}"))
            );
        }
        if metadata > MAX_METADATA_BYTES || position + metadata > end {
            return Err(cut_off());
        }
        let mut message = vec![0; metadata as usize];
        reader.read_exact(&mut message).map_err(|_| cut_off())?;
        position += metadata;
        let message = root_as_message(&message).map_err(|_| cut_off())?;
        let body = u64::try_from(message.bodyLength()).map_err(|_| cut_off())?;
        if position.saturating_add(body) > end {
            return Err(cut_off());
        }
        has_sane_buffers(&message, handle, position, body).ok_or_else(cut_off)?;
        reader.seek_relative(body as i64).map_err(|cause| file.failed(cause))?;
        position += body;
        if message.header_type() == MessageHeader::RecordBatch {
            let rows = row_count(message).ok_or_else(cut_off)?;
            sizes.push(Size { rows, bytes: metadata + body });
        }
    }
}

/// Checks that compressed buffers do not promise to be longer than memory can hold, for which the library would ask at once:
/// `None` where one does.
fn has_sane_buffers(message: &Message<'_>, handle: &Handle, body_start: u64, body_bytes: u64) -> Option<()> {
    let batch = match message.header_type() {
        MessageHeader::DictionaryBatch => message.header_as_dictionary_batch()?.data()?,
        MessageHeader::RecordBatch => message.header_as_record_batch()?,
        _ => return Some(()),
    };
    let Some(compression) = batch.compression() else { return Some(()) };
    let ratio = if compression.codec() == CompressionType::LZ4_FRAME { LZ4_RATIO } else { ZSTD_RATIO };
    for buffer in batch.buffers()? {
        let (start, length) = (u64::try_from(buffer.offset()).ok()?, u64::try_from(buffer.length()).ok()?);
        if length == 0 {
            continue;
        }
        if length < 8 || start.checked_add(length)? > body_bytes {
            return None;
        }
        let prefix = handle.bytes(body_start + start, 8).ok()?;
        // -1 says that the buffer is not compressed after all
        let plain_bytes = i64::from_le_bytes(*prefix.first_chunk()?);
        let most = length.saturating_mul(ratio).clamp(USUAL_BYTES, MAX_BUFFER_BYTES);
        if plain_bytes != -1 && u64::try_from(plain_bytes).ok()? > most {
            return None;
        }
    }
    Some(())
}

fn row_count(message: Message<'_>) -> Option<u64> {
    let batch = message.header_as_record_batch()?;
    // the first column has as many
    let is_consistent = batch.nodes().is_none_or(|nodes| nodes.is_empty() || nodes.get(0).length() == batch.length());
    u64::try_from(batch.length()).ok().filter(|_| is_consistent)
}

impl Scan for ArrowFile {
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
        let unit = self.units[unit];
        if columns.is_empty() {
            return Ok(Box::new(empty_batches(unit.rows)));
        }
        let content = BufReader::with_capacity(256 * 1024, self.file.open()?.from(0));
        let projection = Some(columns.to_vec());
        let open = || -> Result<_, ArrowError> {
            let reader: Batches = if self.is_stream {
                Box::new(StreamReader::try_new(content, projection)?)
            } else {
                let mut reader = FileReader::try_new(content, projection)?;
                reader.set_index(unit.first)?;
                Box::new(reader)
            };
            Ok(reader.take(unit.batches))
        };
        let place = format!("in batches {} to {}", unit.first + 1, unit.first + unit.batches);
        Ok(Box::new(Promised::open(&self.file, place, unit.first_row, unit.rows, open)?))
    }

    fn weight(&self, unit: usize) -> u64 {
        self.units[unit].bytes
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        Place { file: Arc::clone(&self.name), row: self.units[unit].first_row + row }
    }
}

/// What reads a file or a stream.
type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;
