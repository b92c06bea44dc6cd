//! What the values of JSON documents look like, and the type that holds them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::column::read::reads;
use crate::source::misfit::{EXAMPLES, beginning, is_nearly_all};

/// What one value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Boolean,
    /// A whole number below zero.
    Negative,
    /// A whole number that `i64` holds.
    Integer,
    /// A whole number that only `u64` holds.
    Unsigned,
    /// A number with a point or an exponent, or a whole one beyond 64 bits.
    Float,
    Text,
    Object,
    List,
}

impl Kind {
    const COUNT: usize = 8;
    const ALL: [Self; Self::COUNT] = [
        Self::Boolean,
        Self::Negative,
        Self::Integer,
        Self::Unsigned,
        Self::Float,
        Self::Text,
        Self::Object,
        Self::List,
    ];

    /// Whether a column of the type holds such a value as it is.
    fn fits(self, form: &Form) -> bool {
        match form {
            Form::Boolean => self == Self::Boolean,
            Form::Int64 => matches!(self, Self::Negative | Self::Integer),
            Form::UInt64 => matches!(self, Self::Integer | Self::Unsigned),
            Form::Float64 => matches!(self, Self::Negative | Self::Integer | Self::Unsigned | Self::Float),
            Form::Text | Form::Time(_) => self == Self::Text,
            Form::Struct(_) => self == Self::Object,
            Form::List(_) => self == Self::List,
            Form::Null => false,
            Form::Mixed(_) => true,
        }
    }
}

/// An object with more keys is a dictionary rather than a record, and is kept as a text.
const MAX_KEYS: usize = 256;
/// What lies deeper is kept as a text.
const MAX_DEPTH: usize = 32;
/// Documents with more different keys, at any depth, are no table.
const MAX_PLACES: usize = 32 * 1024;

/// How the values of a column are held.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    Null,
    Boolean,
    Int64,
    UInt64,
    Float64,
    Text,
    /// Values of several kinds, or such as no type holds: the JSON text of each; texts as they are. Where the values would
    /// be of this type but for a few, a text that spells a value of it keeps its quotes: it is none.
    Mixed(Option<DataType>),
    /// Texts that are read as dates or times of this type, as the user declares.
    Time(DataType),
    Struct(Vec<(Arc<str>, Form)>),
    List(Box<Form>),
}

impl Form {
    /// Returns the Arrow type.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Boolean => DataType::Boolean,
            Self::Int64 => DataType::Int64,
            Self::UInt64 => DataType::UInt64,
            Self::Float64 => DataType::Float64,
            Self::Text | Self::Mixed(_) => DataType::Utf8,
            Self::Time(data_type) => data_type.clone(),
            Self::Struct(fields) => DataType::Struct(Self::fields(fields)),
            Self::List(item) => DataType::List(Arc::new(Field::new_list_field(item.data_type(), true))),
        }
    }

    /// Returns how many arrays hold a column.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Struct(fields) => 1 + fields.iter().map(|(_, form)| form.width()).sum::<usize>(),
            Self::List(item) => 1 + item.width(),
            _ => 1,
        }
    }

    /// Whether records of the form are read quickly: what is kept as its JSON text is not.
    pub(super) fn is_quick(&self) -> bool {
        match self {
            Self::Mixed(_) | Self::Time(_) => false,
            Self::Struct(fields) => fields.iter().all(|(_, form)| form.is_quick()),
            Self::List(item) => item.is_quick(),
            _ => true,
        }
    }

    /// Returns the Arrow fields of an object's keys.
    pub(super) fn fields(fields: &[(Arc<str>, Self)]) -> Fields {
        fields.iter().map(|(name, form)| Field::new(name.as_ref(), form.data_type(), true)).collect()
    }
}

/// What keeps a column from being of a narrower form.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FormMisfit {
    pub(super) wanted: DataType,
    pub(super) count: u64,
    pub(super) examples: Vec<Example>,
}

/// A value that is remembered, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Example {
    kind: Kind,
    pub(super) file: usize,
    pub(super) line: u64,
    pub(super) text: String,
}

/// What the values at one place of a document look like.
#[derive(Debug, Default)]
pub(super) struct Shape {
    counts: [u64; Kind::COUNT],
    /// The keys of objects, in the order in which they first came.
    keys: Keys,
    /// What the elements of lists look like.
    items: Option<Box<Shape>>,
    /// No type holds all values: too many keys, or too deep.
    is_unwieldy: bool,
    /// The last object that had this key.
    last_object: u64,
    /// The first values of each kind; kept for the keys of the document itself.
    examples: Vec<Example>,
}

/// The keys of objects with what their values look like.
#[derive(Debug, Default)]
struct Keys {
    names: Vec<Arc<str>>,
    shapes: Vec<Shape>,
    numbers: HashMap<Arc<str>, usize>,
}

impl Keys {
    /// Finds a key, first at the place where it is likely.
    #[inline]
    fn find(&self, name: &str, likely: usize) -> Option<usize> {
        if self.names.get(likely).is_some_and(|known| known.as_ref() == name) {
            return Some(likely);
        }
        self.numbers.get(name).copied()
    }

    fn insert(&mut self, name: Arc<str>) -> usize {
        let number = self.names.len();
        self.names.push(Arc::clone(&name));
        self.shapes.push(Shape::default());
        self.numbers.insert(name, number);
        number
    }
}

impl Shape {
    /// Returns how many values there are, nulls left out.
    pub(super) fn values(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Returns what the values of each key of the document look like.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&Arc<str>, &Self)> {
        self.keys.names.iter().zip(&self.keys.shapes)
    }

    /// Whether the documents have too many different keys to be a table.
    pub(super) fn has_too_many_places(&self) -> bool {
        self.places() > MAX_PLACES
    }

    /// Returns how many keys there are at all depths.
    fn places(&self) -> usize {
        let below = self.keys.shapes.iter().map(Self::places).sum::<usize>();
        below + self.keys.shapes.len() + self.items.as_ref().map_or(0, |items| items.places())
    }

    /// Takes up the values of later documents.
    pub(super) fn merge(&mut self, later: Self) {
        self.merge_at(0, later);
    }

    fn merge_at(&mut self, depth: usize, later: Self) {
        for (count, more) in self.counts.iter_mut().zip(later.counts) {
            *count += more;
        }
        for example in later.examples {
            if self.examples.iter().filter(|known| known.kind == example.kind).count() < EXAMPLES {
                self.examples.push(example);
            }
        }
        for (likely, (name, shape)) in later.keys.names.into_iter().zip(later.keys.shapes).enumerate() {
            let number = self.keys.find(&name, likely).unwrap_or_else(|| self.keys.insert(name));
            self.keys.shapes[number].merge_at(depth + 1, shape);
        }
        if let Some(items) = later.items {
            self.items.get_or_insert_default().merge_at(depth + 1, *items);
        }
        self.is_unwieldy |= later.is_unwieldy;
        self.bound_keys(depth);
    }

    /// Gives up on objects with too many keys; those of the document itself are columns, whose number is another matter.
    fn bound_keys(&mut self, depth: usize) {
        self.is_unwieldy |= depth > 0 && self.keys.names.len() > MAX_KEYS;
        if self.is_unwieldy {
            self.keys = Keys::default();
        }
    }

    /// Moves the examples down by so many lines, into a file.
    pub(super) fn place(&mut self, file: usize, lines: u64) {
        for example in self.keys.shapes.iter_mut().flat_map(|shape| &mut shape.examples) {
            example.file = file;
            example.line += lines;
        }
    }

    fn of(&self, kind: Kind) -> u64 {
        self.counts[kind as usize]
    }

    fn fitting(&self, form: &Form) -> u64 {
        Kind::ALL.iter().filter(|kind| kind.fits(form)).map(|&kind| self.of(kind)).sum()
    }

    /// Returns the narrowest form that holds all values.
    pub(super) fn form(&self) -> Form {
        let values = self.values();
        if values == 0 {
            return Form::Null;
        }
        for form in [Form::Boolean, Form::Int64, Form::UInt64, Form::Text] {
            if self.fitting(&form) == values {
                return form;
            }
        }
        // whole numbers on both sides of `i64` would lose digits as floats
        if self.fitting(&Form::Float64) == values {
            return if self.of(Kind::Float) > 0 { Form::Float64 } else { Form::Mixed(None) };
        }
        if self.is_unwieldy {
            return Form::Mixed(None);
        }
        if self.of(Kind::Object) == values && !self.keys.names.is_empty() {
            let fields = self.keys().map(|(name, shape)| (Arc::clone(name), shape.form())).collect();
            return Form::Struct(fields);
        }
        if self.of(Kind::List) == values {
            return Form::List(Box::new(self.items.as_ref().map_or(Form::Null, |items| items.form())));
        }
        Form::Mixed(None)
    }

    /// Returns what keeps a column of the document from being of numbers or booleans, where nearly all values are.
    pub(super) fn misfit(&self) -> Option<FormMisfit> {
        let values = self.values();
        if self.form() != Form::Mixed(None) {
            return None;
        }
        let number = if self.of(Kind::Float) > 0 { Form::Float64 } else { Form::Int64 };
        let mut best: Option<(u64, Form)> = None;
        for form in [number, Form::UInt64, Form::Boolean] {
            let fitting = self.fitting(&form);
            if best.as_ref().is_none_or(|(most, _)| fitting > *most) {
                best = Some((fitting, form));
            }
        }
        let (fitting, form) = best.filter(|(fitting, _)| is_nearly_all(*fitting, values))?;
        let wanted = form.data_type();
        let mut examples: Vec<Example> =
            self.examples.iter().filter(|example| !example.kind.fits(&form)).take(EXAMPLES).cloned().collect();
        for example in &mut examples {
            if example.kind == Kind::Text && reads(example.text.as_bytes(), &wanted) {
                example.text = format!("\"{}\"", example.text);
            }
        }
        Some(FormMisfit { wanted, count: values - fitting, examples })
    }

    /// Counts a value; `text` is asked for where it is to be remembered.
    fn add(&mut self, kind: Kind, remember: Option<u64>, text: impl FnOnce() -> String) {
        self.counts[kind as usize] += 1;
        if let Some(line) = remember
            && self.counts[kind as usize] <= EXAMPLES as u64
        {
            self.examples.push(Example { kind, file: 0, line, text: text() });
        }
    }
}

/// Looks at documents one after the other.
#[derive(Debug, Default)]
pub(super) struct Observer {
    /// The documents so far.
    pub(super) shape: Shape,
    /// How many objects have been seen, at any depth.
    objects: u64,
}

impl Observer {
    /// Looks at one document.
    ///
    /// # Errors
    /// The text is no JSON object, or names a key twice in an object.
    pub(super) fn observe(&mut self, text: &str, line: u64) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let look = Look { shape: &mut self.shape, objects: &mut self.objects, depth: 0, remember: None };
        deserializer.deserialize_map(Document { look, line })?;
        deserializer.end()?;
        // checked by the number of the columns alone, since every line comes here
        if self.shape.keys.names.len() > MAX_PLACES {
            return Err(serde_json::Error::custom("there are too many different keys to be columns"));
        }
        Ok(())
    }
}

/// The whole of a line: an object and nothing else.
struct Document<'a> {
    look: Look<'a>,
    line: u64,
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.look.object(map, Some(self.line))
    }
}

/// Looks at one value.
struct Look<'a> {
    shape: &'a mut Shape,
    objects: &'a mut u64,
    depth: usize,
    /// The line, where the value may be remembered.
    remember: Option<u64>,
}

impl Look<'_> {
    /// Looks at the values of an object; those of the keys are remembered with `line`, if there is one.
    fn object<'de, A: MapAccess<'de>>(self, mut map: A, line: Option<u64>) -> Result<(), A::Error> {
        self.shape.counts[Kind::Object as usize] += 1;
        *self.objects += 1;
        let object = *self.objects;
        let mut likely = 0;
        if self.depth >= MAX_DEPTH {
            self.shape.is_unwieldy = true;
        }
        if self.shape.is_unwieldy {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        while let Some(number) = map.next_key_seed(FindKey { keys: &mut self.shape.keys, likely })? {
            likely = number + 1;
            let shape = &mut self.shape.keys.shapes[number];
            if shape.last_object == object {
                return Err(A::Error::custom(format!(
                    "the key `{}` stands twice in an object",
                    self.shape.keys.names[number]
                )));
            }
            shape.last_object = object;
            let look = Look { shape, objects: &mut *self.objects, depth: self.depth + 1, remember: line };
            map.next_value_seed(look)?;
        }
        self.shape.bound_keys(self.depth);
        Ok(())
    }
}

/// Finds a key among the known ones, or adds it.
struct FindKey<'a> {
    keys: &'a mut Keys,
    likely: usize,
}

impl<'de> DeserializeSeed<'de> for FindKey<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FindKey<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        Ok(self.keys.find(name, self.likely).unwrap_or_else(|| self.keys.insert(name.into())))
    }
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.shape.add(Kind::Boolean, self.remember, || value.to_string());
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        let kind = if value < 0 { Kind::Negative } else { Kind::Integer };
        self.shape.add(kind, self.remember, || value.to_string());
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let kind = if i64::try_from(value).is_ok() { Kind::Integer } else { Kind::Unsigned };
        self.shape.add(kind, self.remember, || value.to_string());
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.shape.add(Kind::Float, self.remember, || value.to_string());
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.shape.add(Kind::Text, self.remember, || beginning(value.as_bytes()));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        if let Some(line) = self.remember
            && self.shape.of(Kind::Object) < EXAMPLES as u64
        {
            self.shape.examples.push(Example { kind: Kind::Object, file: 0, line, text: "{…}".to_owned() });
        }
        self.object(map, None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.shape.add(Kind::List, self.remember, || "[…]".to_owned());
        if self.depth >= MAX_DEPTH {
            self.shape.is_unwieldy = true;
        }
        if self.shape.is_unwieldy {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let items = self.shape.items.get_or_insert_default();
        loop {
            let look = Look { shape: &mut *items, objects: &mut *self.objects, depth: self.depth + 1, remember: None };
            if list.next_element_seed(look)?.is_none() {
                return Ok(());
            }
        }
    }
}
