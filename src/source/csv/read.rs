//! Reads a part of a CSV file: only the wanted columns, each built in its type.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, NullArray, RecordBatch,
    TimestampMicrosecondBuilder, TimestampNanosecondBuilder, UInt64Builder,
};
use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef, TimeUnit};

use super::kind::{Looks, Missing, is_code};
use super::record::{Dialect, Field};
use super::records::{self, Passed, Records, Stop};
use super::survey::CsvFile;
use crate::column::read::{boolean, date32, float64, has_nanoseconds, int64, timestamp, uint64};
use crate::scan::ScanError;
use crate::source::part::{BATCH_BYTES, as_batch, batch_rows, changed};
use crate::source::supposed::{Found, Supposed, unlike_sample};
use crate::source::texts::TextBuilder;
use crate::source::window::Window;

/// The batches of a part.
pub(super) struct Batches<'a> {
    file: &'a CsvFile,
    missing: &'a Missing,
    schema: SchemaRef,
    builders: Vec<Builder>,
    /// For each column its number among those whose values are looked at.
    counted: Vec<Option<usize>>,
    /// For each column where to note that it has codes.
    codes: Vec<Option<&'a AtomicBool>>,
    records: Records,
    /// How many fields of a record are read.
    field_count: usize,
    /// For each column of the batch its place among the fields that are read; `None` where the file does not have it.
    places: Vec<Option<usize>>,
    /// How many of the columns are given; those behind them are looked at.
    given: usize,
    /// How many rows have to come, where that is known.
    rows_left: Option<u64>,
    watch: Option<Watch<'a>>,
}

/// Keeps what is found in a unit of which nothing is known yet.
pub(super) struct Watch<'a> {
    units: &'a Supposed<Vec<Looks>>,
    unit: usize,
    found: Found,
    /// What the values of some columns look like.
    looks: Vec<Looks>,
}

impl<'a> Watch<'a> {
    /// Begins with a unit at a place; `counted` tells of how many columns the values are looked at.
    pub(super) fn new(units: &'a Supposed<Vec<Looks>>, unit: usize, start: u64, counted: usize) -> Self {
        let found = Found { start, end: start, ..Found::default() };
        Self { units, unit, found, looks: vec![Looks::default(); counted] }
    }

    /// Ends the unit.
    pub(super) fn end(self) {
        self.units.keep(self.unit, self.found, self.looks);
    }
}

/// A column to read.
pub(super) struct Wanted<'a> {
    /// Its number in the dataset.
    pub(super) column: usize,
    /// As what it is read.
    pub(super) field: FieldRef,
    /// The type that it would have but for a few values, or that it has beside its texts.
    pub(super) meant: Option<&'a DataType>,
    /// The number among those whose values are looked at.
    pub(super) counted: Option<usize>,
    /// Where to note that some of its whole numbers are not written as numbers are.
    pub(super) codes: Option<&'a AtomicBool>,
}

/// A stretch of a file from one record to another.
pub(super) struct Stretch {
    pub(super) start: u64,
    /// Where the last record begins before.
    pub(super) goal: u64,
    /// Where the last record ends, or the file.
    pub(super) end: u64,
    /// How many rows there are, where that is known.
    pub(super) rows: Option<u64>,
}

impl<'a> Batches<'a> {
    /// Begins to read columns from a part, of which the first are `given`.
    pub(super) fn open(
        file: &'a CsvFile,
        stretch: &Stretch,
        passed: &Passed,
        (wanted, given): (&[Wanted<'a>], usize),
        missing: &'a Missing,
        watch: Option<Watch<'a>>,
    ) -> Result<Self, ScanError> {
        let number = |wanted: &Wanted| file.mapping[wanted.column];
        let mut fields: Vec<usize> = wanted.iter().filter_map(number).collect();
        fields.sort_unstable();
        fields.dedup();
        let place = |wanted: &Wanted| Some(fields.partition_point(|&field| Some(field) < number(wanted)));
        let places = wanted.iter().map(|wanted| number(wanted).and_then(|_| place(wanted))).collect();
        let of_columns = wanted.iter().map(|wanted| Arc::clone(&wanted.field));
        let schema = Arc::new(Schema::new(of_columns.collect::<Vec<_>>()));
        let most =
            usize::try_from(stretch.rows.unwrap_or(u64::MAX)).unwrap_or(usize::MAX).min(batch_rows(wanted.len()));
        let builder = |wanted: &Wanted<'_>| Builder::new(wanted.field.data_type(), wanted.meant, most);
        let builders = wanted.iter().map(builder).collect();
        let counted = wanted.iter().map(|wanted| wanted.counted).collect();
        let codes = wanted.iter().map(|wanted| wanted.codes).collect();
        let window = Window::open(&file.file, stretch.start, stretch.goal, stretch.end)?;
        let field_count = fields.len();
        let records = Records::new(
            window,
            file.header.dialect,
            records::Wanted { fields, width: file.header.names.len(), stop: stretch.goal, passed: passed.clone() },
        );
        Ok(Self {
            file,
            missing,
            schema,
            builders,
            counted,
            codes,
            records,
            field_count,
            places,
            given,
            rows_left: stretch.rows,
            watch,
        })
    }

    /// Reads the next batch; `None` at the end.
    pub(super) fn read(&mut self) -> Result<Option<RecordBatch>, ScanError> {
        let most = batch_rows(self.places.len());
        let start = self.records.position();
        let width = self.field_count;
        let dialect = self.file.header.dialect;
        let is_supposed = self.watch.is_some();
        let wrong = |file| if is_supposed { unlike_sample(file) } else { changed(file) };
        let mut scratch = Vec::new();
        let mut rows = 0;
        while rows < most && self.records.position() - start < BATCH_BYTES {
            let group = match self.records.next() {
                Ok(Some(group)) => group,
                Ok(None) => break,
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Bad(_)) => return Err(wrong(&self.file.file)),
            };
            rows += group.lines.len();
            let columns = self.builders.iter_mut().zip(&self.places).zip(&self.counted).zip(&self.codes);
            for (((builder, place), counted), codes) in columns {
                let Some(place) = *place else {
                    builder.extend_null(group.lines.len());
                    continue;
                };
                let fields = group.fields[place..].iter().step_by(width);
                if let Some(codes) = codes.filter(|codes| !codes.load(Ordering::Relaxed)) {
                    let is_code = |field: &Field| is_code(field.value(group.bytes, dialect, &mut scratch));
                    if fields.clone().any(is_code) {
                        codes.store(true, Ordering::Relaxed);
                    }
                }
                let looks = self.watch.as_mut().zip(*counted).map(|(watch, counted)| &mut watch.looks[counted]);
                let values = Values { bytes: group.bytes, dialect, missing: self.missing, is_supposed };
                if !builder.extend(values, fields, looks, &mut scratch) {
                    return Err(wrong(&self.file.file));
                }
            }
            if let Some(watch) = &mut self.watch {
                watch.found.lines.extend(group.lines);
            }
        }
        if let Some(left) = &mut self.rows_left {
            *left = left.checked_sub(rows as u64).ok_or_else(|| changed(&self.file.file))?;
        }
        if let Some(watch) = &mut self.watch {
            watch.found.rows += rows as u64;
        }
        if rows == 0 {
            if let Some(mut watch) = self.watch.take() {
                watch.found.end = self.records.position();
                watch.found.line_count = self.records.line();
                watch.end();
            }
            return if self.rows_left.is_none_or(|left| left == 0) { Ok(None) } else { Err(changed(&self.file.file)) };
        }
        let columns: Option<Vec<ArrayRef>> = self.builders.iter_mut().map(Builder::finish).collect();
        let mut columns = columns.ok_or_else(|| wrong(&self.file.file))?;
        columns.truncate(self.given);
        as_batch(self.schema.fields().iter(), columns, rows).map(Some).map_err(|_| wrong(&self.file.file))
    }
}

/// What fields are read from, and how.
#[derive(Clone, Copy)]
struct Values<'a> {
    bytes: &'a [u8],
    dialect: Dialect,
    missing: &'a Missing,
    /// A column's type is supposed: what would give it another one does not fit.
    is_supposed: bool,
}

/// A column in the making.
enum Builder {
    Null(usize),
    Boolean(BooleanBuilder),
    Int64(Int64Builder),
    UInt64(UInt64Builder),
    Float64(Float64Builder),
    Date32(Date32Builder),
    Microseconds(TimestampMicrosecondBuilder, bool),
    Nanoseconds(TimestampNanosecondBuilder, bool),
    Text(Texts),
}

/// A column of texts in the making.
struct Texts {
    builder: TextBuilder,
    /// The column would be of another type but for a few values, so that words for missing values are null.
    has_words: bool,
    /// That type knows NaN, which is null as well.
    has_nan: bool,
}

impl Builder {
    fn new(data_type: &DataType, meant: Option<&DataType>, rows: usize) -> Self {
        match data_type {
            DataType::Null => Self::Null(0),
            DataType::Boolean => Self::Boolean(BooleanBuilder::with_capacity(rows)),
            DataType::Int64 => Self::Int64(Int64Builder::with_capacity(rows)),
            DataType::UInt64 => Self::UInt64(UInt64Builder::with_capacity(rows)),
            DataType::Float64 => Self::Float64(Float64Builder::with_capacity(rows)),
            DataType::Date32 => Self::Date32(Date32Builder::with_capacity(rows)),
            DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
                let builder = TimestampNanosecondBuilder::with_capacity(rows).with_data_type(data_type.clone());
                Self::Nanoseconds(builder, zone.is_some())
            }
            DataType::Timestamp(_, zone) => {
                let builder = TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(data_type.clone());
                Self::Microseconds(builder, zone.is_some())
            }
            _ => Self::Text(Texts {
                // texts that are to be read as values of another type are no codes
                builder: if meant.is_some() { TextBuilder::plain() } else { TextBuilder::coded() },
                has_words: meant.is_some(),
                has_nan: meant == Some(&DataType::Float64),
            }),
        }
    }

    /// Adds so many nulls.
    fn extend_null(&mut self, rows: usize) {
        match self {
            Self::Null(count) => *count += rows,
            Self::Boolean(builder) => builder.append_nulls(rows),
            Self::Int64(builder) => builder.append_nulls(rows),
            Self::UInt64(builder) => builder.append_nulls(rows),
            Self::Float64(builder) => builder.append_nulls(rows),
            Self::Date32(builder) => builder.append_nulls(rows),
            Self::Microseconds(builder, _) => builder.append_nulls(rows),
            Self::Nanoseconds(builder, _) => builder.append_nulls(rows),
            Self::Text(texts) => texts.builder.append_nulls(rows),
        }
    }

    /// Adds fields; false where one is not of the column's type.
    fn extend<'a>(
        &mut self,
        values: Values<'_>,
        fields: impl Iterator<Item = &'a Field>,
        looks: Option<&mut Looks>,
        scratch: &mut Vec<u8>,
    ) -> bool {
        let Values { bytes, dialect, missing, is_supposed } = values;
        macro_rules! typed {
            ($builder:expr, $read:expr) => {
                for field in fields {
                    let text = field.value(bytes, dialect, scratch);
                    if missing.is_everywhere && missing.holds(text) {
                        $builder.append_null();
                        continue;
                    }
                    match $read(text) {
                        Some(value) => $builder.append_value(value),
                        None if text.is_empty() || missing.holds(text) => $builder.append_null(),
                        None => return false,
                    }
                }
            };
        }
        // pandas' words for missing values are some of those that Rust reads as NaN
        let float = |text: &[u8]| float64(text).filter(|value| missing.is_everywhere || !value.is_nan());
        match self {
            Self::Null(rows) if is_supposed => {
                for field in fields {
                    let text = field.value(bytes, dialect, scratch);
                    if !text.is_empty() && !missing.holds(text) {
                        return false;
                    }
                    *rows += 1;
                }
            }
            Self::Null(rows) => *rows += fields.count(),
            Self::Boolean(builder) => typed!(builder, boolean),
            Self::Int64(builder) => typed!(builder, int64),
            Self::UInt64(builder) => typed!(builder, uint64),
            Self::Float64(builder) => typed!(builder, float),
            Self::Date32(builder) => typed!(builder, date32),
            // with smaller digits nanoseconds would have been found
            Self::Microseconds(builder, is_utc) if is_supposed => {
                typed!(builder, |text| timestamp(text, false, *is_utc).filter(|_| !has_nanoseconds(text)));
            }
            Self::Microseconds(builder, is_utc) => typed!(builder, |text| timestamp(text, false, *is_utc)),
            Self::Nanoseconds(builder, is_utc) => typed!(builder, |text| timestamp(text, true, *is_utc)),
            Self::Text(texts) => {
                let has_words = texts.has_words || missing.is_everywhere;
                let has_nan = texts.has_nan && missing.is_everywhere;
                let is_nan = |text: &[u8]| has_nan && float64(text).is_some_and(f64::is_nan);
                let mut looks = looks.map(Looks::begin);
                for field in fields {
                    let text = field.value(bytes, dialect, scratch);
                    if text.is_empty() || (has_words && missing.holds(text)) || is_nan(text) {
                        texts.builder.append_null();
                    } else {
                        texts.builder.append(text);
                        if let Some(looks) = &mut looks {
                            looks.add(text, missing);
                        }
                    }
                }
            }
        }
        true
    }

    /// Returns the column; `None` where a text is no UTF-8.
    fn finish(&mut self) -> Option<ArrayRef> {
        Some(match self {
            Self::Null(rows) => Arc::new(NullArray::new(std::mem::take(rows))),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::UInt64(builder) => Arc::new(builder.finish()),
            Self::Float64(builder) => Arc::new(builder.finish()),
            Self::Date32(builder) => Arc::new(builder.finish()),
            Self::Microseconds(builder, _) => Arc::new(builder.finish()),
            Self::Nanoseconds(builder, _) => Arc::new(builder.finish()),
            Self::Text(texts) => texts.builder.finish()?,
        })
    }
}
