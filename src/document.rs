//! A YAML or JSON text as a tree in which every key and value knows its place.
//!
//! Suites and the other files that people write are read through this one type, so that each complaint points at its
//! line. The texts are parsed in `yaml` and `json`, and written back in `write`; reading into typed parameters goes
//! through [`Node::read`]; `file` turns bytes into text.

mod file;
mod json;
mod read;
mod write;
mod yaml;

use crate::diagnostic::{Diagnostic, SourceText, Span};

pub use file::{decode, read_file};
pub use json::{parse_json, read_json};
pub use read::Fault;
pub use write::{write_json, write_yaml};
pub use yaml::{parse_scalar, parse_yaml, read_yaml};

/// How deep lists and mappings may nest, so that no text can exhaust the stack of what walks the tree.
pub const MAX_DEPTH: usize = 128;

/// How much repeating a value may add to a tree in all, in the measure of [`Node::weight`].
pub(crate) const MAX_EXPANSION: usize = 4_000_000;

/// How many keys given twice are reported.
const MOST_DUPLICATES: usize = 100;

/// A value with its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands, quotes and brackets included.
    pub span: Span,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~`, or nothing at all after a key.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits 128 bits.
    Int(i128),
    /// Any other number, infinities and NaN included.
    Float(f64),
    /// A text. YAML texts that look like dates stay texts.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file; keys are unique.
    Map(Vec<Entry>),
}

/// One key of a mapping with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Makes a node that stands nowhere: a default, a computed value.
    #[must_use]
    pub fn new(value: Value, span: Span) -> Self {
        Self { value, span }
    }

    /// Returns the value of a key, where this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Returns the entries of a mapping; nothing for any other value.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the text, where this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Names the kind of value, for messages: `a list`, `a number`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// Describes the value for messages, with its text where that is short: ``the text `abc` ``, `a list`.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Bool(value) => format!("`{value}`"),
            Value::Int(value) => format!("`{value}`"),
            Value::Float(value) => format!("`{}`", yaml::float_text(*value)),
            Value::Text(text) if text.is_empty() => "an empty text".to_owned(),
            Value::Text(text) if text.chars().count() <= 40 && !text.contains(char::is_control) => {
                format!("the text `{text}`")
            }
            Value::List(items) if items.is_empty() => "an empty list".to_owned(),
            Value::Map(entries) if entries.is_empty() => "an empty mapping".to_owned(),
            _ => self.kind().to_owned(),
        }
    }

    /// Returns what a copy of the tree takes: one for each node, and one for each byte of its texts.
    pub(crate) fn weight(&self) -> usize {
        1 + match &self.value {
            Value::Text(text) => text.len(),
            Value::List(items) => items.iter().map(Self::weight).sum(),
            Value::Map(entries) => entries.iter().map(|entry| entry.key.len() + entry.value.weight()).sum(),
            _ => 0,
        }
    }

    /// Makes a tree of JSON in which every node stands at the same place: that of the text which stands for the value.
    #[must_use]
    pub fn from_json(json: &serde_json::Value, span: Span) -> Self {
        let value = match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => match number.as_i128() {
                Some(value) => Value::Int(value),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(items) => {
                Value::List(items.iter().map(|item| Self::from_json(item, span)).collect())
            }
            serde_json::Value::Object(fields) => Value::Map(
                fields
                    .iter()
                    .map(|(key, value)| Entry { key: key.clone(), key_span: span, value: Self::from_json(value, span) })
                    .collect(),
            ),
        };
        Self { value, span }
    }

    /// Turns the tree into JSON. Infinities and NaN, which JSON lacks, become the texts `Infinity`, `-Infinity`, `NaN`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => int_to_json(*value),
            Value::Float(value) => float_to_json(*value),
            Value::Text(text) => text.clone().into(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// Returns a whole number as JSON; beyond 64 bits as the nearest double.
#[must_use]
pub fn int_to_json(value: i128) -> serde_json::Value {
    if let Ok(value) = i64::try_from(value) {
        return value.into();
    }
    if let Ok(value) = u64::try_from(value) {
        return value.into();
    }
    float_to_json(value as f64)
}

/// Returns a double as JSON; what JSON lacks as a text.
#[must_use]
pub fn float_to_json(value: f64) -> serde_json::Value {
    match serde_json::Number::from_f64(value) {
        Some(number) => number.into(),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// The complaint about a key that a mapping has twice; it names both places.
fn duplicate_key(key: &str, span: Span, first: Span, source: &SourceText) -> Diagnostic {
    let (line, column) = source.line_and_column(first.start);
    Diagnostic::error("duplicate-key", format!("the key `{key}` is given twice"), Some(span))
        .with_label(format!("first given in line {line}, column {column}"))
        .with_help("remove one of the two")
}

/// The complaint about lists and mappings that nest beyond [`MAX_DEPTH`].
fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error("too-deep", format!("lists and mappings nest more than {MAX_DEPTH} levels deep"), Some(span))
        .with_help("flatten the value")
}
