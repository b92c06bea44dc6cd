//! A flat column of a row group, decoded page by page: dictionary codes stay codes.

use std::iter;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, DictionaryArray, Int32Array, PrimitiveArray, StringArray, new_empty_array,
    new_null_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowNativeType, ArrowPrimitiveType, DataType, Date32Type, Float32Type, Float64Type, Int32Type, Int64Type,
    Time32MillisecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, UInt32Type, UInt64Type,
};
use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::hybrid;
use super::pages::Pages;
use crate::guard::guarded;
use crate::source::content::Handle;

/// Tells whether values of a physical type are read as this Arrow type without conversion.
pub(super) fn is_supported(physical: Type, data_type: &DataType) -> bool {
    match physical {
        Type::INT32 => matches!(
            data_type,
            DataType::Int8
                | DataType::Int16
                | DataType::Int32
                | DataType::UInt8
                | DataType::UInt16
                | DataType::UInt32
                | DataType::Date32
                | DataType::Time32(TimeUnit::Millisecond)
        ),
        Type::INT64 => match data_type {
            DataType::Int64 | DataType::UInt64 | DataType::Time64(_) => true,
            DataType::Timestamp(unit, _) => *unit != TimeUnit::Second,
            _ => false,
        },
        Type::FLOAT => data_type == &DataType::Float32,
        Type::DOUBLE => data_type == &DataType::Float64,
        Type::BYTE_ARRAY => matches!(data_type, DataType::Utf8 | DataType::Binary),
        _ => false,
    }
}

/// A column reader.
pub(super) struct FlatColumn {
    pages: SerializedPageReader<Pages>,
    data_type: DataType,
    nullable: bool,
    dictionary: Option<ArrayRef>,
    page: CurrentPage,
    /// How many rows pages may still have.
    rest: usize,
    /// How many rows of the page at hand were given or passed over.
    at: usize,
}

/// The page at hand.
enum CurrentPage {
    /// There is none: the next one is still to be looked at.
    None,
    /// Its header was read, which tells how many rows it has.
    Announced(usize),
    Decoded(Rows),
}

/// The rows of a page.
struct Rows {
    count: usize,
    values: Values,
}

enum Values {
    /// One a row.
    Plain(ArrayRef),
    /// Codes of the rows that are not null, decoded as they are asked for.
    Coded { codes: hybrid::Decoder, nulls: Option<NullBuffer>, dictionary: ArrayRef },
}

impl Rows {
    /// Passes over so many rows, from one on.
    fn skip(&mut self, from: usize, rows: usize) -> Result<(), ParquetError> {
        match &mut self.values {
            Values::Plain(_) => Ok(()),
            Values::Coded { codes, nulls, .. } => {
                let nulls = nulls.as_ref().map_or(0, |nulls| nulls.slice(from, rows).null_count());
                codes.skip(rows - nulls)
            }
        }
    }
}

impl FlatColumn {
    /// Tells whether the encodings of a column are ones that this reader decodes.
    #[expect(deprecated, reason = "writers list the old encoding of levels also where they did not use it")]
    pub(super) fn can_read(group: &RowGroupMetaData, leaf: usize) -> bool {
        group.column(leaf).encodings().all(|encoding| {
            matches!(
                encoding,
                Encoding::PLAIN
                    | Encoding::RLE
                    | Encoding::PLAIN_DICTIONARY
                    | Encoding::RLE_DICTIONARY
                    | Encoding::BIT_PACKED
            )
        })
    }

    /// Opens a column.
    pub(super) fn open(
        file: &Handle,
        group: &RowGroupMetaData,
        leaf: usize,
        data_type: &DataType,
    ) -> Result<Self, ParquetError> {
        let column = group.column(leaf);
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let pages = SerializedPageReader::new(Arc::new(Pages::of(file, iter::once(column))), column, rows, None)?;
        let nullable = column.column_descr().max_def_level() > 0;
        Ok(Self {
            pages,
            data_type: data_type.clone(),
            nullable,
            dictionary: None,
            page: CurrentPage::None,
            rest: rows,
            at: 0,
        })
    }

    /// Reads the dictionary page alone; `None` where there is none.
    pub(super) fn dictionary(&mut self) -> Result<Option<ArrayRef>, ParquetError> {
        match self.pages.get_next_page()? {
            Some(Page::DictionaryPage { buf, num_values, .. }) => {
                Ok(Some(plain(&buf, num_values as usize, &self.data_type)?))
            }
            _ => Ok(None),
        }
    }

    /// Returns how many rows of the page at hand are left; looks at the header of the next one where none are. 0 at the end.
    pub(super) fn available(&mut self) -> Result<usize, ParquetError> {
        loop {
            let count = match &self.page {
                CurrentPage::None => 0,
                CurrentPage::Announced(count) => *count,
                CurrentPage::Decoded(rows) => rows.count,
            };
            if self.at < count {
                return Ok(count - self.at);
            }
            self.at = 0;
            self.page = CurrentPage::None;
            // the crate panics on some damaged headers; after an error nobody asks the reader again
            let next = guarded(|| self.pages.peek_next_page());
            let damaged = |_| ParquetError::General("the header of a page is damaged".to_owned());
            let Some(next) = next.map_err(damaged)?? else { return Ok(0) };
            if next.is_dict {
                self.dictionary = self.dictionary()?;
            } else {
                let count = next.num_rows.or(next.num_levels).unwrap_or(0);
                self.rest = self.rest.checked_sub(count).ok_or_else(|| too_many(count, self.rest))?;
                if count == 0 {
                    self.pages.skip_next_page()?;
                } else {
                    self.page = CurrentPage::Announced(count);
                }
            }
        }
    }

    /// Decodes the page that was announced to have so many rows.
    fn load(&mut self, count: usize) -> Result<Rows, ParquetError> {
        // a page has as many rows as its header told
        let same = |found: u32| if found as usize == count { Ok(count) } else { Err(too_many(found as usize, count)) };
        match self.pages.get_next_page()? {
            Some(Page::DataPage { buf, num_values, encoding, def_level_encoding, .. }) => {
                let rows = same(num_values)?;
                if self.nullable {
                    let (nulls, size) = validity_of_page(&buf, rows, def_level_encoding)?;
                    self.decode(&buf.slice(size..), rows, encoding, Some(nulls))
                } else {
                    self.decode(&buf, rows, encoding, None)
                }
            }
            Some(Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. }) => {
                let rows = same(num_values)?;
                let (start, size) = (rep_levels_byte_len as usize, def_levels_byte_len as usize);
                if start + size > buf.len() {
                    return Err(early());
                }
                let levels = buf.slice(start..start + size);
                let nulls = if self.nullable { Some(NullBuffer::new(hybrid::bits(&levels, rows)?)) } else { None };
                self.decode(&buf.slice(start + size..), rows, encoding, nulls)
            }
            Some(Page::DictionaryPage { .. }) | None => Err(early()),
        }
    }

    /// Passes over so many rows, which must be available. Nothing is decompressed of a page all of which is passed over.
    pub(super) fn skip(&mut self, rows: usize) -> Result<(), ParquetError> {
        let from = self.at;
        self.at += rows;
        match &mut self.page {
            CurrentPage::Announced(count) if self.at == *count => {
                self.page = CurrentPage::None;
                self.at = 0;
                self.pages.skip_next_page()
            }
            CurrentPage::Decoded(page) => page.skip(from, rows),
            CurrentPage::Announced(_) | CurrentPage::None => Ok(()),
        }
    }

    /// Gives so many rows, which must be available.
    pub(super) fn read(&mut self, rows: usize) -> Result<ArrayRef, ParquetError> {
        if let CurrentPage::Announced(count) = self.page {
            let mut page = self.load(count)?;
            page.skip(0, self.at)?;
            self.page = CurrentPage::Decoded(page);
        }
        let CurrentPage::Decoded(page) = &mut self.page else { return Err(early()) };
        let at = self.at;
        self.at += rows;
        match &mut page.values {
            Values::Plain(array) => Ok(array.slice(at, rows)),
            Values::Coded { codes, nulls, dictionary } => {
                let nulls = nulls.as_ref().map(|nulls| nulls.slice(at, rows)).filter(|nulls| nulls.null_count() > 0);
                let found = codes.read(rows - nulls.as_ref().map_or(0, NullBuffer::null_count))?;
                let codes = Int32Array::try_new(spread(found, nulls.as_ref(), rows).into(), nulls)?;
                let coded = DictionaryArray::<Int32Type>::try_new(codes, Arc::clone(dictionary)).map_err(|_| {
                    let count = dictionary.len();
                    ParquetError::General(format!("a code lies beyond the {count} values of the dictionary"))
                })?;
                Ok(Arc::new(coded))
            }
        }
    }

    fn decode(
        &self,
        body: &Bytes,
        rows: usize,
        encoding: Encoding,
        nulls: Option<NullBuffer>,
    ) -> Result<Rows, ParquetError> {
        let present = rows - nulls.as_ref().map_or(0, NullBuffer::null_count);
        let values = match encoding {
            Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY if present == 0 => {
                Values::Plain(new_null_array(&self.data_type, rows))
            }
            Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => {
                let dictionary = self
                    .dictionary
                    .clone()
                    .ok_or_else(|| ParquetError::General("it has codes but no dictionary".to_owned()))?;
                let width = *body.first().ok_or_else(early)?;
                Values::Coded { codes: hybrid::Decoder::new(body.slice(1..), width)?, nulls, dictionary }
            }
            Encoding::PLAIN => {
                let array = plain(body, present, &self.data_type)?;
                Values::Plain(match nulls {
                    Some(nulls) if nulls.null_count() > 0 => spread_array(&array, &nulls)?,
                    _ => array,
                })
            }
            other => return Err(ParquetError::NYI(format!("the encoding {other:?}"))),
        };
        Ok(Rows { count: rows, values })
    }
}

/// Says that a page has more rows than there may be: a page is taken at its word, as memory is reserved for its rows.
fn too_many(count: usize, most: usize) -> ParquetError {
    ParquetError::General(format!("a page has {count} rows, {most} are left in the row group"))
}

fn early() -> ParquetError {
    ParquetError::General("a page ends early".to_owned())
}

/// Decodes the definition levels that a page of the first version begins with; tells how many bytes they take.
#[expect(deprecated, reason = "the oldest files have it")]
fn validity_of_page(page: &Bytes, rows: usize, encoding: Encoding) -> Result<(NullBuffer, usize), ParquetError> {
    match encoding {
        Encoding::RLE => {
            let (size, rest) = page.split_first_chunk::<4>().ok_or_else(early)?;
            let size = u32::from_le_bytes(*size) as usize;
            if size > rest.len() {
                return Err(early());
            }
            Ok((NullBuffer::new(hybrid::bits(&page.slice(4..4 + size), rows)?), 4 + size))
        }
        // no length before them, and the first row in the highest bit of a byte
        Encoding::BIT_PACKED => {
            let levels = page.get(..rows.div_ceil(8)).ok_or_else(early)?;
            let is_valid = BooleanBuffer::collect_bool(rows, |row| levels[row / 8] >> (7 - row % 8) & 1 == 1);
            Ok((NullBuffer::new(is_valid), levels.len()))
        }
        other => Err(ParquetError::NYI(format!("definition levels in the encoding {other:?}"))),
    }
}

/// Puts values where they belong, with a default in the rows between.
fn spread<V: Copy + Default>(values: Vec<V>, nulls: Option<&NullBuffer>, rows: usize) -> Vec<V> {
    let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else { return values };
    let mut out = vec![V::default(); rows];
    for (row, value) in nulls.valid_indices().zip(values) {
        out[row] = value;
    }
    out
}

/// Puts values of any type where they belong.
fn spread_array(values: &ArrayRef, nulls: &NullBuffer) -> Result<ArrayRef, ParquetError> {
    let mut next = 0u32;
    let indices = (0..nulls.len()).map(|row| {
        nulls.is_valid(row).then(|| {
            next += 1;
            next - 1
        })
    });
    let indices: arrow::array::UInt32Array = indices.collect();
    if values.is_empty() {
        return Ok(new_null_array(values.data_type(), nulls.len()));
    }
    Ok(arrow::compute::take(values, &indices, None)?)
}

/// Decodes plainly stored values.
fn plain(bytes: &[u8], count: usize, data_type: &DataType) -> Result<ArrayRef, ParquetError> {
    fn fixed<T: ArrowPrimitiveType, const SIZE: usize>(
        bytes: &[u8],
        count: usize,
        read: impl Fn([u8; SIZE]) -> T::Native,
    ) -> Result<PrimitiveArray<T>, ParquetError> {
        let bytes = count.checked_mul(SIZE).and_then(|size| bytes.get(..size)).ok_or_else(early)?;
        let (chunks, _) = bytes.as_chunks::<SIZE>();
        let values: Vec<T::Native> = chunks.iter().map(|chunk| read(*chunk)).collect();
        Ok(PrimitiveArray::new(ScalarBuffer::from(values), None))
    }
    macro_rules! int32 {
        ($type:ty) => {
            fixed::<$type, 4>(bytes, count, |chunk| i32::from_le_bytes(chunk))?
        };
    }
    macro_rules! int64 {
        ($type:ty) => {
            fixed::<$type, 8>(bytes, count, |chunk| i64::from_le_bytes(chunk))?
        };
    }
    Ok(match data_type {
        DataType::Int8 | DataType::Int16 => cast(&int32!(Int32Type), data_type)?,
        DataType::Int32 => Arc::new(int32!(Int32Type)),
        DataType::UInt8 | DataType::UInt16 => {
            cast(&fixed::<UInt32Type, 4>(bytes, count, u32::from_le_bytes)?, data_type)?
        }
        DataType::UInt32 => Arc::new(fixed::<UInt32Type, 4>(bytes, count, u32::from_le_bytes)?),
        DataType::Date32 => Arc::new(int32!(Date32Type)),
        DataType::Time32(_) => Arc::new(int32!(Time32MillisecondType)),
        DataType::Int64 => Arc::new(int64!(Int64Type)),
        DataType::UInt64 => Arc::new(fixed::<UInt64Type, 8>(bytes, count, u64::from_le_bytes)?),
        DataType::Time64(TimeUnit::Nanosecond) => Arc::new(int64!(Time64NanosecondType)),
        DataType::Time64(_) => Arc::new(int64!(Time64MicrosecondType)),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => {
            Arc::new(int64!(TimestampMillisecondType).with_timezone_opt(zone.clone()))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            Arc::new(int64!(TimestampNanosecondType).with_timezone_opt(zone.clone()))
        }
        DataType::Timestamp(_, zone) => Arc::new(int64!(TimestampMicrosecondType).with_timezone_opt(zone.clone())),
        DataType::Float32 => Arc::new(fixed::<Float32Type, 4>(bytes, count, f32::from_le_bytes)?),
        DataType::Float64 => Arc::new(fixed::<Float64Type, 8>(bytes, count, f64::from_le_bytes)?),
        DataType::Utf8 => {
            let (offsets, values) = byte_values(bytes, count)?;
            Arc::new(
                StringArray::try_new(offsets, values, None)
                    .map_err(|_| ParquetError::General("a text is not UTF-8".to_owned()))?,
            )
        }
        DataType::Binary => {
            let (offsets, values) = byte_values(bytes, count)?;
            Arc::new(BinaryArray::try_new(offsets, values, None)?)
        }
        other => new_empty_array(other),
    })
}

/// How many bytes are copied for a value at once, so that short values need no loop and no call.
const COPIED: usize = 64;

/// Decodes byte arrays, each behind its length in four bytes.
fn byte_values(bytes: &[u8], count: usize) -> Result<(OffsetBuffer<i32>, Buffer), ParquetError> {
    // every value takes four bytes at least, which bounds a count that lies
    if count > bytes.len() / 4 {
        return Err(early());
    }
    let mut offsets: Vec<i32> = Vec::with_capacity(count + 1);
    // what is copied too much for a value is overwritten by the next one
    let mut values = vec![0; bytes.len() - 4 * count + COPIED];
    let mut end = 0;
    let mut rest = bytes;
    offsets.push(0);
    for _ in 0..count {
        let (size, after) = rest.split_first_chunk::<4>().ok_or_else(early)?;
        let size = u32::from_le_bytes(*size) as usize;
        let value = after.get(..size).ok_or_else(early)?;
        let room = &mut values[end..];
        match (after.first_chunk::<COPIED>(), room.first_chunk_mut::<COPIED>()) {
            (Some(from), Some(to)) if size <= COPIED => *to = *from,
            _ => room[..size].copy_from_slice(value),
        }
        end += size;
        offsets.push(i32::from_usize(end).ok_or_else(early)?);
        rest = &after[size..];
    }
    values.truncate(end);
    Ok((OffsetBuffer::new(offsets.into()), Buffer::from_vec(values)))
}
