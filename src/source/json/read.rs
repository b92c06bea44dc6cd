//! Reads a part of a JSON file: only the wanted columns, each built in its form.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, ListArray, NullArray, NullBufferBuilder, RecordBatch,
    StringBuilder, StructArray, UInt64Builder,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, SchemaRef};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::declared::time;
use super::lines::{Layout, Records, Stop};
use super::shape::Form;
use crate::column::read::reads;
use crate::scan::ScanError;
use crate::source::file::DataFile;
use crate::source::part::{BATCH_BYTES, Part, as_batch, batch_rows, changed};
use crate::source::texts::TextBuilder;

/// The batches of a part.
pub(super) struct Batches<'a> {
    file: &'a DataFile,
    schema: SchemaRef,
    /// The names and forms of the columns, as in the schema.
    columns: Vec<(Arc<str>, &'a Form)>,
    records: Records,
    /// The records that are left out, by their numbers in the part, ascending.
    passed: &'a [u32],
    /// How many records have been met, those that are left out too.
    met: u32,
    rows_left: u64,
}

impl<'a> Batches<'a> {
    /// Begins to read the columns, which are those of the schema, from a part.
    pub(super) fn open(
        file: &'a DataFile,
        layout: Layout,
        part: &Part,
        passed: &'a [u32],
        columns: Vec<(Arc<str>, &'a Form)>,
        schema: SchemaRef,
    ) -> Result<Self, ScanError> {
        let records = Records::open(file, layout, part.start, part.end)?;
        Ok(Self { file, schema, columns, records, passed, met: 0, rows_left: part.rows })
    }

    /// Reads the next batch; `None` at the end.
    pub(super) fn read(&mut self) -> Result<Option<RecordBatch>, ScanError> {
        let most = batch_rows(self.columns.iter().map(|(_, form)| form.width()).sum());
        let start = self.records.position();
        let mut document = StructBuilder::new(self.columns.iter().map(|(name, form)| (Arc::clone(name), *form)));
        while document.rows < most && self.records.position() - start < BATCH_BYTES {
            let next = self.records.next();
            let is_passed = self.passed.first() == Some(&self.met);
            let line = match next {
                Ok(Some((_, line))) => line,
                Ok(None) => break,
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Bad(_)) if is_passed => "",
                Err(Stop::Bad(_)) => return Err(changed(self.file)),
            };
            self.met = self.met.saturating_add(1);
            if is_passed {
                self.passed = &self.passed[1..];
                continue;
            }
            let row = document.rows;
            // the row ends as soon as all wanted keys are there, and what follows them is left unread
            if document.append_line(line, true).is_err() && document.rows == row {
                return Err(changed(self.file));
            }
        }
        let rows = document.rows;
        self.rows_left = self.rows_left.checked_sub(rows as u64).ok_or_else(|| changed(self.file))?;
        if rows == 0 {
            return if self.rows_left == 0 { Ok(None) } else { Err(changed(self.file)) };
        }
        let columns: Option<Vec<ArrayRef>> = document.values.iter_mut().map(Builder::finish).collect();
        let columns = columns.ok_or_else(|| changed(self.file))?;
        as_batch(self.schema.fields().iter(), columns, rows).map(Some).map_err(|_| changed(self.file))
    }
}

/// A column in the making.
pub(super) enum Builder {
    Null(usize),
    /// Values of which nothing is kept.
    Passed(usize),
    Boolean(BooleanBuilder),
    Int64(Int64Builder),
    UInt64(UInt64Builder),
    Float64(Float64Builder),
    Text(TextBuilder),
    Mixed(StringBuilder, Option<DataType>),
    /// Dates or times in the unit of their type.
    Time(Int64Builder, DataType),
    Struct(StructBuilder),
    List(ListBuilder),
}

/// Objects in the making.
pub(super) struct StructBuilder {
    pub(super) names: Vec<Arc<str>>,
    pub(super) numbers: HashMap<Arc<str>, usize>,
    /// The keys as they are most often written.
    pub(super) quoted: Vec<Box<[u8]>>,
    /// The keys that objects had, in the order in which they first came.
    pub(super) met: Vec<usize>,
    pub(super) is_met: Vec<bool>,
    pub(super) values: Vec<Builder>,
    valid: NullBufferBuilder,
    pub(super) rows: usize,
}

/// Lists in the making.
pub(super) struct ListBuilder {
    pub(super) item: Box<Builder>,
    pub(super) item_count: i32,
    offsets: Vec<i32>,
    valid: NullBufferBuilder,
}

impl StructBuilder {
    pub(super) fn new<'f>(fields: impl Iterator<Item = (Arc<str>, &'f Form)>) -> Self {
        Self::of(fields.map(|(name, form)| (name, Builder::new(form))).unzip())
    }

    /// Puts columns together.
    pub(super) fn of((names, values): (Vec<Arc<str>>, Vec<Builder>)) -> Self {
        let numbers = names.iter().enumerate().map(|(number, name)| (Arc::clone(name), number)).collect();
        let quoted = names.iter().map(|name| serde_json::json!(name).to_string().into_bytes().into()).collect();
        let is_met = vec![false; names.len()];
        Self { names, numbers, quoted, met: Vec::new(), is_met, values, valid: NullBufferBuilder::new(0), rows: 0 }
    }

    /// Adds the object that a record is; if `stops_early`, it is not read to its end.
    pub(super) fn append_line(&mut self, line: &str, stops_early: bool) -> Result<(), serde_json::Error> {
        let document = Document { builder: self, stops_early };
        serde_json::Deserializer::from_str(line).deserialize_map(document)
    }

    /// Adds an object; keys that it does not have are null. If `stops_early`, it need not be read to its end.
    fn append<'de, A: MapAccess<'de>>(&mut self, mut map: A, stops_early: bool) -> Result<(), A::Error> {
        let mut likely = 0;
        let mut missing = self.names.len();
        while (missing > 0 || !stops_early)
            && let Some(number) = map.next_key_seed(FindKey { names: &self.names, numbers: &self.numbers, likely })?
        {
            let Some(number) = number else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            likely = number + 1;
            let value = &mut self.values[number];
            if value.len() != self.rows {
                return Err(A::Error::custom("a key stands twice in an object"));
            }
            map.next_value_seed(value)?;
            missing -= 1;
        }
        self.fill_row();
        self.end_row(true);
        Ok(())
    }

    /// Makes null what an object does not have.
    pub(super) fn fill_row(&mut self) {
        for value in &mut self.values {
            if value.len() == self.rows {
                value.append_null();
            }
        }
    }

    pub(super) fn end_row(&mut self, is_valid: bool) {
        self.valid.append(is_valid);
        self.rows += 1;
    }
}

impl Builder {
    /// A column of the table; texts that are part of other values are kept as they are.
    pub(super) fn column(form: &Form) -> Self {
        if *form == Form::Text { Self::Text(TextBuilder::coded()) } else { Self::new(form) }
    }

    pub(super) fn new(form: &Form) -> Self {
        match form {
            Form::Null => Self::Null(0),
            Form::Boolean => Self::Boolean(BooleanBuilder::new()),
            Form::Int64 => Self::Int64(Int64Builder::new()),
            Form::UInt64 => Self::UInt64(UInt64Builder::new()),
            Form::Float64 => Self::Float64(Float64Builder::new()),
            Form::Text => Self::Text(TextBuilder::plain()),
            Form::Time(data_type) => Self::Time(Int64Builder::new(), data_type.clone()),
            Form::Mixed(meant) => Self::Mixed(StringBuilder::new(), meant.clone()),
            Form::Struct(fields) => {
                Self::Struct(StructBuilder::new(fields.iter().map(|(name, form)| (Arc::clone(name), form))))
            }
            Form::List(item) => Self::List(ListBuilder {
                item: Box::new(Self::new(item)),
                item_count: 0,
                offsets: vec![0],
                valid: NullBufferBuilder::new(0),
            }),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        use arrow::array::ArrayBuilder;
        match self {
            Self::Null(rows) | Self::Passed(rows) => *rows,
            Self::Boolean(builder) => builder.len(),
            Self::Int64(builder) | Self::Time(builder, _) => builder.len(),
            Self::UInt64(builder) => builder.len(),
            Self::Float64(builder) => builder.len(),
            Self::Text(builder) => builder.len(),
            Self::Mixed(builder, _) => builder.len(),
            Self::Struct(builder) => builder.rows,
            Self::List(builder) => builder.offsets.len() - 1,
        }
    }

    pub(super) fn append_null(&mut self) {
        match self {
            Self::Null(rows) | Self::Passed(rows) => *rows += 1,
            Self::Boolean(builder) => builder.append_null(),
            Self::Int64(builder) | Self::Time(builder, _) => builder.append_null(),
            Self::UInt64(builder) => builder.append_null(),
            Self::Float64(builder) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
            Self::Mixed(builder, _) => builder.append_null(),
            Self::Struct(builder) => {
                builder.fill_row();
                builder.end_row(false);
            }
            Self::List(builder) => builder.end_row(false),
        }
    }

    /// Adds the JSON text of a value of any kind; a text as it is, unless it would be read as a value of the type `meant`.
    fn append_raw(builder: &mut StringBuilder, raw: &str, meant: Option<&DataType>) -> Result<(), serde_json::Error> {
        match raw.as_bytes() {
            b"null" => builder.append_null(),
            [b'"', ..] => {
                let text = serde_json::from_str::<Cow<'_, str>>(raw)?;
                let is_like_a_value = meant.is_some_and(|meant| reads(text.as_bytes(), meant));
                builder.append_value(if is_like_a_value { raw } else { text.as_ref() });
            }
            _ => builder.append_value(raw),
        }
        Ok(())
    }

    /// Returns the column; `None` where a text is no UTF-8.
    pub(super) fn finish(&mut self) -> Option<ArrayRef> {
        Some(match self {
            Self::Null(rows) | Self::Passed(rows) => Arc::new(NullArray::new(std::mem::take(rows))),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::Time(builder, data_type) => {
                let values: ArrayRef = Arc::new(builder.finish());
                cast(&values, data_type).unwrap_or(values)
            }
            Self::UInt64(builder) => Arc::new(builder.finish()),
            Self::Float64(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => builder.finish()?,
            Self::Mixed(builder, _) => Arc::new(builder.finish()),
            Self::Struct(builder) => {
                let values: Option<Vec<ArrayRef>> = builder.values.iter_mut().map(Self::finish).collect();
                builder.rows = 0;
                let values = values?;
                let fields = builder.names.iter().zip(&values);
                let fields =
                    fields.map(|(name, value)| Field::new(name.as_ref(), value.data_type().clone(), true)).collect();
                Arc::new(StructArray::new(fields, values, builder.valid.finish()))
            }
            Self::List(builder) => {
                let items = builder.item.finish()?;
                let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
                let offsets = std::mem::replace(&mut builder.offsets, vec![0]);
                builder.item_count = 0;
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                Arc::new(ListArray::new(field, offsets, items, builder.valid.finish()))
            }
        })
    }
}

impl ListBuilder {
    fn append<'de, A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(&mut *self.item)?.is_some() {
            self.item_count = self.item_count.checked_add(1).ok_or_else(|| A::Error::custom("too many elements"))?;
        }
        self.end_row(true);
        Ok(())
    }

    pub(super) fn end_row(&mut self, is_valid: bool) {
        self.offsets.push(self.item_count);
        self.valid.append(is_valid);
    }
}

/// The whole of a line.
struct Document<'a> {
    builder: &'a mut StructBuilder,
    stops_early: bool,
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.builder.append(map, self.stops_early)
    }
}

/// Finds a key among the wanted ones, first at the place where it is likely.
struct FindKey<'a> {
    names: &'a [Arc<str>],
    numbers: &'a HashMap<Arc<str>, usize>,
    likely: usize,
}

impl<'de> DeserializeSeed<'de> for FindKey<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FindKey<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        if self.names.get(self.likely).is_some_and(|known| known.as_ref() == name) {
            return Ok(Some(self.likely));
        }
        Ok(self.numbers.get(name).copied())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Builder {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Builder::Mixed(builder, meant) = self else { return deserializer.deserialize_any(self) };
        let raw = <&RawValue>::deserialize(deserializer)?;
        Builder::append_raw(builder, raw.get(), meant.as_ref()).map_err(D::Error::custom)
    }
}

/// The first pass saw every value: one that does not fit is in a file that has changed since.
fn unfit<E: Error>() -> E {
    E::custom("a value is of another type")
}

impl<'de> Visitor<'de> for &mut Builder {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.append_null();
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        let Builder::Boolean(builder) = self else { return Err(unfit()) };
        builder.append_value(value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        match self {
            Builder::Int64(builder) => builder.append_value(value),
            Builder::Float64(builder) => builder.append_value(value as f64),
            _ => return Err(unfit()),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match self {
            Builder::Int64(builder) => builder.append_value(i64::try_from(value).map_err(|_| unfit())?),
            Builder::UInt64(builder) => builder.append_value(value),
            Builder::Float64(builder) => builder.append_value(value as f64),
            _ => return Err(unfit()),
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let Builder::Float64(builder) = self else { return Err(unfit()) };
        builder.append_value(value);
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        match self {
            Builder::Text(builder) => builder.append(value.as_bytes()),
            Builder::Time(builder, data_type) => builder.append_value(time(value, data_type).ok_or_else(unfit)?),
            _ => return Err(unfit()),
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Builder::Struct(builder) = self else { return Err(unfit()) };
        builder.append(map, false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        let Builder::List(builder) = self else { return Err(unfit()) };
        builder.append(list)
    }
}
