//! From a tree to a typed value, naming every fault with its place.
//!
//! serde stops at the first fault. To find the others, reading starts again with a stand-in for the value at fault that
//! fits whatever type is asked for, until nothing is left to complain about; the value so read is thrown away.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};

use super::{Node, Value};
use crate::diagnostic::{Span, closest};

/// Begins the help about an unknown key that resembles a known one.
const SIMILAR_KEY: &str = "a similar key exists: ";

/// How many faults of one value are named; more would not be read.
const MAX_FAULTS: usize = 50;

/// Why a node does not fit the type that is wanted there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Kebab-case identity: `unknown-key`, `missing-key`, `wrong-type`, `wrong-value`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
}

impl Node {
    /// Reads the tree into a typed value.
    ///
    /// Whole numbers fit float fields, and doubles without a fraction fit integer fields. A null where the type allows
    /// none counts as not given.
    ///
    /// # Errors
    /// All faults, not the first, in the order of the text: at values of the wrong type or out of range, at keys that are
    /// unknown, at mappings that lack a key.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Vec<Fault>> {
        let mut repairs = Repairs::default();
        let mut faults = Vec::new();
        loop {
            let error = match T::deserialize(Reader { node: self, repairs: &repairs }) {
                Ok(value) if faults.is_empty() => return Ok(value),
                Ok(_) => break,
                Err(error) => error.at(self),
            };
            let is_repaired = repairs.repair(&error, self, &mut faults);
            if !is_repaired || faults.len() >= MAX_FAULTS {
                break;
            }
        }
        faults.sort_by_key(|fault| fault.span);
        Err(without_misspelt(faults))
    }
}

/// Takes out complaints about a missing key where the mapping has it misspelt: one slip, one complaint.
fn without_misspelt(mut faults: Vec<Fault>) -> Vec<Fault> {
    let misspelt: Vec<(Span, String)> = faults
        .iter()
        .filter(|fault| fault.code == "unknown-key")
        .filter_map(|fault| Some((fault.span, fault.help.as_deref()?.strip_prefix(SIMILAR_KEY)?.to_owned())))
        .collect();
    faults.retain(|fault| {
        let is_meant =
            |(span, key): &(Span, String)| fault.span.cover(*span) == fault.span && fault.message.ends_with(key);
        fault.code != "missing-key" || !misspelt.iter().any(is_meant)
    });
    faults
}

/// Where a node lies in memory: its identity while a tree is read.
type Identity = *const Node;

/// What stands in for values at fault, so that reading can go on.
#[derive(Default)]
struct Repairs {
    /// Values that are replaced by a stand-in.
    replaced: HashSet<Identity>,
    /// Values that count as not given, with the fault to report where they are needed after all.
    removed: HashMap<Identity, Option<Fault>>,
    /// Keys that are added to a mapping, with a stand-in.
    added: HashMap<Identity, Vec<String>>,
}

impl Repairs {
    /// Notes the fault and arranges for reading to get past it. Returns `false` where that cannot be.
    fn repair(&mut self, error: &ReadError, root: &Node, faults: &mut Vec<Fault>) -> bool {
        let Some(place) = &error.place else { return false };
        if let Reason::MissingKey(key) = &error.reason {
            return self.add_missing(key, error, place, root, faults);
        }
        if let Some(key) = &place.added {
            // The stand-in does not do: nothing can be said about the rest of this mapping.
            self.added.entry(place.node).or_default().retain(|added| added != key);
            return self.replace(place.node, root);
        }
        if matches!(error.reason, Reason::UnknownKey { .. }) {
            faults.push(error.fault(place));
            self.removed.insert(place.node, None);
            return true;
        }
        if self.replaced.contains(&place.node) {
            return self.replace(place.node, root);
        }
        let is_null = matches!(error.reason, Reason::Mismatch { is_null: true, .. });
        if is_null && !std::ptr::eq(place.node, root) {
            self.removed.insert(place.node, Some(error.fault(place)));
            return true;
        }
        let is_aftermath = matches!(error.reason, Reason::Other(_)) && place.is_collection && !self.is_empty();
        if !is_aftermath {
            faults.push(error.fault(place));
        }
        self.replace(place.node, root)
    }

    fn add_missing(
        &mut self,
        key: &str,
        error: &ReadError,
        place: &Place,
        root: &Node,
        faults: &mut Vec<Fault>,
    ) -> bool {
        if let Some(Some(fault)) = place.entry(key).and_then(|node| self.removed.get_mut(&node)) {
            faults.push(fault.clone());
        } else if place.entry(key).is_some() {
            return self.replace(place.node, root);
        } else {
            faults.push(error.fault(place));
        }
        if let Some(node) = place.entry(key) {
            self.removed.insert(node, None);
        }
        self.added.entry(place.node).or_default().push(key.to_owned());
        true
    }

    /// Puts a stand-in for a value; takes the value out where the stand-in did not do either.
    fn replace(&mut self, node: Identity, root: &Node) -> bool {
        if std::ptr::eq(node, root) {
            return false;
        }
        if self.replaced.insert(node) {
            return true;
        }
        self.removed.insert(node, None).is_none()
    }

    fn is_empty(&self) -> bool {
        self.replaced.is_empty() && self.removed.is_empty() && self.added.is_empty()
    }
}

/// Why serde could not read, and where.
#[derive(Debug)]
struct ReadError {
    reason: Reason,
    place: Option<Box<Place>>,
}

#[derive(Debug)]
enum Reason {
    Mismatch { code: &'static str, found: String, expected: String, help: Option<String>, is_null: bool },
    UnknownKey { key: String, known: &'static [&'static str] },
    MissingKey(String),
    Other(String),
}

/// The value at fault.
#[derive(Debug)]
struct Place {
    node: Identity,
    span: Span,
    /// The entries of the mapping, by key.
    entries: Vec<(String, Identity)>,
    is_collection: bool,
    /// The key that was added to the mapping, where its stand-in is at fault.
    added: Option<String>,
    /// The way to it from the root, innermost step first.
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Key(String),
    Item(usize),
}

impl Place {
    fn of(node: &Node) -> Self {
        Self {
            node: std::ptr::from_ref(node),
            span: node.span,
            entries: node.entries().iter().map(|entry| (entry.key.clone(), std::ptr::from_ref(&entry.value))).collect(),
            is_collection: matches!(node.value, Value::List(_) | Value::Map(_)),
            added: None,
            steps: Vec::new(),
        }
    }

    fn entry(&self, key: &str) -> Option<Identity> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, node)| *node)
    }

    /// Names the value: `` `mostly` ``, ``item 2 of `value_set` ``; nothing for the root.
    fn subject(&self) -> Option<String> {
        let mut parts = Vec::new();
        let mut keys: Vec<&str> = Vec::new();
        for step in &self.steps {
            match step {
                Step::Key(key) => keys.insert(0, key),
                Step::Item(index) => {
                    if !keys.is_empty() {
                        parts.push(format!("`{}`", keys.join(".")));
                        keys.clear();
                    }
                    parts.push(format!("item {}", index + 1));
                }
            }
        }
        if !keys.is_empty() {
            parts.push(format!("`{}`", keys.join(".")));
        }
        (!parts.is_empty()).then(|| parts.join(" of "))
    }
}

impl ReadError {
    fn new(reason: Reason) -> Self {
        Self { reason, place: None }
    }

    /// Says that the fault lies in this node, where nothing inside it has said so yet.
    fn at(mut self, node: &Node) -> Self {
        self.place.get_or_insert_with(|| Box::new(Place::of(node)));
        self
    }

    fn step(mut self, step: Step) -> Self {
        if let Some(place) = &mut self.place {
            place.steps.push(step);
        }
        self
    }

    fn fault(&self, place: &Place) -> Fault {
        let span = place.span;
        let subject = place.subject();
        match &self.reason {
            Reason::Mismatch { code, found, expected, help, .. } => {
                let message = match subject {
                    Some(subject) => format!("{subject} is {found}, expected {expected}"),
                    None => format!("found {found}, expected {expected}"),
                };
                Fault { code, message, span, help: help.clone() }
            }
            Reason::UnknownKey { key, known } => {
                let help = match closest(key, known.iter().copied()) {
                    Some(similar) => format!("{SIMILAR_KEY}`{similar}`"),
                    None if known.is_empty() => "no keys are known here".to_owned(),
                    None => format!("known keys: {}", listed(known)),
                };
                Fault { code: "unknown-key", message: format!("unknown key `{key}`"), span, help: Some(help) }
            }
            Reason::MissingKey(key) => {
                let message = match subject {
                    Some(subject) => format!("{subject} lacks the key `{key}`"),
                    None => format!("missing key `{key}`"),
                };
                Fault { code: "missing-key", message, span, help: None }
            }
            Reason::Other(text) => {
                let message = match subject {
                    // Some messages name their key themselves.
                    Some(subject) if !text.contains(&subject) => format!("{subject}: {text}"),
                    _ => text.clone(),
                };
                Fault { code: "wrong-value", message, span, help: None }
            }
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Mismatch { found, expected, .. } => write!(f, "found {found}, expected {expected}"),
            Reason::UnknownKey { key, .. } => write!(f, "unknown key `{key}`"),
            Reason::MissingKey(key) => write!(f, "missing key `{key}`"),
            Reason::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Reason::Other(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        mismatch("wrong-type", found, expected)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        mismatch("wrong-value", found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let found = format!("a list of {length}");
        let expected = expected_words(&expected.to_string());
        Self::new(Reason::Mismatch { code: "wrong-value", found, expected, help: None, is_null: false })
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let help =
            closest(variant, expected.iter().copied()).map(|similar| format!("a similar value exists: `{similar}`"));
        let found = text_node(variant).describe();
        let expected = format!("one of {}", listed(expected));
        Self::new(Reason::Mismatch { code: "wrong-value", found, expected, help, is_null: false })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Reason::UnknownKey { key: field.to_owned(), known: expected })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Reason::MissingKey(field.to_owned()))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Reason::Other(format!("`{field}` is given under two names")))
    }
}

fn mismatch(code: &'static str, found: Unexpected<'_>, expected: &dyn Expected) -> ReadError {
    let is_null = matches!(found, Unexpected::Unit | Unexpected::Option);
    let expected = expected_words(&expected.to_string());
    let help = mismatch_help(found, &expected);
    ReadError::new(Reason::Mismatch { code, found: found_words(found), expected, help, is_null })
}

fn text_node(text: &str) -> Node {
    Node::new(Value::Text(text.to_owned()), Span::default())
}

fn found_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("`{value}`"),
        Unexpected::Signed(value) => format!("`{value}`"),
        Unexpected::Float(value) => format!("`{}`", super::yaml::float_text(value)),
        Unexpected::Char(value) => text_node(&value.to_string()).describe(),
        Unexpected::Str(text) => text_node(text).describe(),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        // serde has no word of its own for 128 bits: "integer `…` as i128".
        Unexpected::Other(text) => match text.strip_prefix("integer `").and_then(|rest| rest.split('`').next()) {
            Some(number) => format!("`{number}`"),
            None => text.to_owned(),
        },
        other => other.to_string(),
    }
}

/// Puts serde's words for types into those of people.
fn expected_words(expected: &str) -> String {
    match expected {
        "f32" | "f64" => "a number".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a whole number, 0 or more".to_owned(),
        "a string" | "str" | "string" | "a borrowed string" => "a text".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a mapping".to_owned(),
        "unit" => "null".to_owned(),
        "option" => "a value or null".to_owned(),
        _ if expected.starts_with("struct ") || expected.starts_with("map with ") => "a mapping".to_owned(),
        _ => match tuple_length(expected) {
            Some(length) => format!("a list of {length}"),
            None => expected.to_owned(),
        },
    }
}

fn tuple_length(expected: &str) -> Option<&str> {
    let (_, rest) = expected
        .split_once("tuple of size ")
        .or_else(|| expected.split_once("array of length "))
        .or_else(|| expected.split_once("array of size "))?;
    rest.split(' ').next()
}

fn mismatch_help(found: Unexpected<'_>, expected: &str) -> Option<String> {
    match found {
        Unexpected::Str(text)
            if expected.contains("number") && matches!(super::parse_scalar(text), Value::Int(_) | Value::Float(_)) =>
        {
            Some(format!("leave the quotes out: `{text}`"))
        }
        Unexpected::Str(text) if expected.contains("`true`") => match text.to_lowercase().as_str() {
            "yes" | "on" | "y" | "true" => Some("write `true`, without quotes".to_owned()),
            "no" | "off" | "n" | "false" => Some("write `false`, without quotes".to_owned()),
            _ => None,
        },
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) | Unexpected::Bool(_)
            if expected == "a text" =>
        {
            Some("put it in quotes".to_owned())
        }
        Unexpected::Str(_)
        | Unexpected::Unsigned(_)
        | Unexpected::Signed(_)
        | Unexpected::Float(_)
        | Unexpected::Bool(_)
            if expected == "a list" =>
        {
            Some("write a list: `[…]`".to_owned())
        }
        _ => None,
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    node: &'a Node,
    repairs: &'a Repairs,
}

impl Reader<'_> {
    fn visit_int<'de, V: Visitor<'de>>(value: i128, visitor: V) -> Result<V::Value, ReadError> {
        if let Ok(value) = i64::try_from(value) {
            visitor.visit_i64(value)
        } else if let Ok(value) = u64::try_from(value) {
            visitor.visit_u64(value)
        } else {
            visitor.visit_i128(value)
        }
    }

    fn integer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.node.value {
            Value::Float(value) if value.fract() == 0.0 && value.abs() < 1e38 => {
                Self::visit_int(value as i128, visitor)
            }
            _ => self.any(visitor),
        }
    }

    fn float<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.node.value {
            Value::Int(value) => visitor.visit_f64(value as f64),
            _ => self.any(visitor),
        }
    }

    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => Self::visit_int(*value, visitor),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(items) => {
                let mut list = Items { nodes: items, next: 0, repairs: self.repairs };
                let value = visitor.visit_seq(&mut list)?;
                if list.skip_removed().is_some() {
                    return Err(de::Error::invalid_length(items.len(), &format!("a list of {}", list.next).as_str()));
                }
                Ok(value)
            }
            Value::Map(entries) => {
                let added = self.repairs.added.get(&std::ptr::from_ref(self.node)).map_or(&[][..], Vec::as_slice);
                visitor.visit_map(Entries { node: self.node, rest: entries, added, value: None, repairs: self.repairs })
            }
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.any(visitor)
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.integer(visitor)
    }

    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.integer(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.integer(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.integer(visitor)
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.integer(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.integer(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.integer(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.integer(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.integer(visitor)
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.integer(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.float(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.float(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.node.value == Value::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Map(entries) => match entries.as_slice() {
                [entry] => visitor.visit_enum(Variant { entry, repairs: self.repairs }),
                _ => Err(de::Error::invalid_type(
                    Unexpected::Map,
                    &format!("a mapping with one of {}", listed(variants)).as_str(),
                )),
            },
            _ => {
                let expected = format!("one of {}", listed(variants));
                Err(de::Error::invalid_type(unexpected(self.node), &expected.as_str()))
            }
        }
    }

    /// Refuses a list, which serde's structs would take as their fields in order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.node.value {
            Value::List(_) => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier
    }
}

fn unexpected(node: &Node) -> Unexpected<'_> {
    match &node.value {
        Value::Null => Unexpected::Unit,
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::Int(value) => i64::try_from(*value).map_or(Unexpected::Other("a large number"), Unexpected::Signed),
        Value::Float(value) => Unexpected::Float(*value),
        Value::Text(text) => Unexpected::Str(text),
        Value::List(_) => Unexpected::Seq,
        Value::Map(_) => Unexpected::Map,
    }
}

/// The items of a list that are not taken out.
struct Items<'a> {
    nodes: &'a [Node],
    next: usize,
    repairs: &'a Repairs,
}

impl<'a> Items<'a> {
    /// Passes over items that are taken out, up to the next one that is not.
    fn skip_removed(&mut self) -> Option<&'a Node> {
        while let Some(node) = self.nodes.get(self.next) {
            if !self.repairs.removed.contains_key(&std::ptr::from_ref(node)) {
                return Some(node);
            }
            self.next += 1;
        }
        None
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        let Some(node) = self.skip_removed() else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        read_value(node, self.repairs, seed).map(Some).map_err(|error| error.step(Step::Item(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len() - self.next)
    }
}

/// The entries of a mapping that are not taken out, and then those that were added.
struct Entries<'a> {
    node: &'a Node,
    rest: &'a [super::Entry],
    added: &'a [String],
    value: Option<Next<'a>>,
    repairs: &'a Repairs,
}

/// The entry whose value is asked for next.
#[derive(Clone, Copy)]
enum Next<'a> {
    Entry(&'a super::Entry),
    Added(&'a str),
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        while let Some((entry, rest)) = self.rest.split_first() {
            self.rest = rest;
            if self.repairs.removed.contains_key(&std::ptr::from_ref(&entry.value)) {
                continue;
            }
            self.value = Some(Next::Entry(entry));
            let key: de::value::StrDeserializer<'_, ReadError> = entry.key.as_str().into_deserializer();
            return seed.deserialize(key).map(Some).map_err(|error| {
                let mut error = error.at(&entry.value).step(Step::Key(entry.key.clone()));
                if let Some(place) = &mut error.place {
                    place.span = entry.key_span;
                }
                error
            });
        }
        if let Some((key, rest)) = self.added.split_first() {
            self.added = rest;
            self.value = Some(Next::Added(key));
            let key: de::value::StrDeserializer<'_, ReadError> = key.as_str().into_deserializer();
            return seed.deserialize(key).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        match self.value.take() {
            Some(Next::Entry(entry)) => {
                read_value(&entry.value, self.repairs, seed).map_err(|error| error.step(Step::Key(entry.key.clone())))
            }
            Some(Next::Added(key)) => seed.deserialize(StandIn).map_err(|error| {
                let place = Place { added: Some(key.to_owned()), ..Place::of(self.node) };
                ReadError { place: Some(Box::new(place)), ..error }
            }),
            None => Err(de::Error::custom("a value was asked for before its key")),
        }
    }
}

fn read_value<'de, S: DeserializeSeed<'de>>(node: &Node, repairs: &Repairs, seed: S) -> Result<S::Value, ReadError> {
    let result = if repairs.replaced.contains(&std::ptr::from_ref(node)) {
        seed.deserialize(StandIn)
    } else {
        seed.deserialize(Reader { node, repairs })
    };
    result.map_err(|error| error.at(node))
}

/// An enum's variant with a value: a mapping of one key.
struct Variant<'a> {
    entry: &'a super::Entry,
    repairs: &'a Repairs,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = ReadError;
    type Variant = Reader<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Reader<'a>), ReadError> {
        let key: de::value::StrDeserializer<'_, ReadError> = self.entry.key.as_str().into_deserializer();
        Ok((seed.deserialize(key)?, Reader { node: &self.entry.value, repairs: self.repairs }))
    }
}

impl<'de> VariantAccess<'de> for Reader<'_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.node.value {
            Value::Null => Ok(()),
            _ => Err(de::Error::invalid_type(unexpected(self.node), &"null")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        read_value(self.node, self.repairs, seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, ReadError> {
        self.any(visitor)
    }
}

/// A value that fits whatever type is asked for, as well as it can.
#[derive(Clone, Copy)]
struct StandIn;

/// Answers each question about a type with a value of it.
macro_rules! stand_in {
    ($($method:ident => $visit:ident($value:expr),)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
                visitor.$visit($value)
            }
        )*
    };
}

impl<'de> Deserializer<'de> for StandIn {
    type Error = ReadError;

    stand_in! {
        deserialize_bool => visit_bool(false),
        deserialize_i8 => visit_i64(0),
        deserialize_i16 => visit_i64(0),
        deserialize_i32 => visit_i64(0),
        deserialize_i64 => visit_i64(0),
        deserialize_i128 => visit_i64(0),
        deserialize_u8 => visit_u64(0),
        deserialize_u16 => visit_u64(0),
        deserialize_u32 => visit_u64(0),
        deserialize_u64 => visit_u64(0),
        deserialize_u128 => visit_u64(0),
        deserialize_f32 => visit_f64(0.0),
        deserialize_f64 => visit_f64(0.0),
        deserialize_char => visit_char(' '),
        deserialize_str => visit_str(""),
        deserialize_string => visit_str(""),
        deserialize_identifier => visit_str(""),
        deserialize_bytes => visit_bytes(&[]),
        deserialize_byte_buf => visit_bytes(&[]),
        deserialize_seq => visit_seq(de::value::SeqDeserializer::<_, ReadError>::new(std::iter::empty::<()>())),
        deserialize_map => visit_map(de::value::MapDeserializer::<_, ReadError>::new(std::iter::empty::<((), ())>())),
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_seq(de::value::SeqDeserializer::<_, ReadError>::new(std::iter::repeat_n(self, length)))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let name: de::value::StrDeserializer<'_, ReadError> =
            variants.first().copied().unwrap_or_default().into_deserializer();
        visitor.visit_enum(name)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }
}

impl IntoDeserializer<'_, ReadError> for StandIn {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::diagnostic::SourceText;
    use crate::document::parse_yaml;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Bounds {
        column: String,
        min: Option<f64>,
        max: Option<i128>,
        #[serde(default)]
        strict: bool,
        #[serde(default)]
        count: u32,
        #[serde(default)]
        mostly: Share,
        #[serde(default)]
        how: How,
        #[serde(default)]
        names: Vec<String>,
        pair: Option<(f64, f64)>,
        inner: Option<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        left: String,
        right: Vec<[f64; 2]>,
    }

    #[derive(Debug, PartialEq, Default, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum How {
        #[default]
        Any,
        All,
    }

    #[derive(Debug, PartialEq, Default)]
    struct Share(f64);

    impl<'de> Deserialize<'de> for Share {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct ShareVisitor;
            impl Visitor<'_> for ShareVisitor {
                type Value = Share;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a number between 0 and 1")
                }

                fn visit_f64<E: de::Error>(self, value: f64) -> Result<Share, E> {
                    if (0.0..=1.0).contains(&value) {
                        Ok(Share(value))
                    } else {
                        Err(E::invalid_value(Unexpected::Float(value), &self))
                    }
                }
            }
            deserializer.deserialize_f64(ShareVisitor)
        }
    }

    fn node(text: &str) -> Node {
        parse_yaml(&SourceText::new("t.yaml", text)).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    /// Each fault with the text that it points at.
    fn faults<T: DeserializeOwned + fmt::Debug>(text: &str) -> Vec<(String, String)> {
        let faults = node(text).read::<T>().unwrap_err();
        faults.into_iter().map(|fault| (fault.message, text[fault.span.start..fault.span.end].to_owned())).collect()
    }

    fn messages(text: &str) -> Vec<String> {
        faults::<Bounds>(text).into_iter().map(|(message, _)| message).collect()
    }

    #[test]
    fn numbers_fit_where_they_can() {
        let read: Bounds = node("{column: a, min: 1, max: 2.0, count: 3.0, pair: [1, 2.5]}").read().unwrap();
        assert_eq!((read.min, read.max, read.count, read.pair), (Some(1.0), Some(2), 3, Some((1.0, 2.5))));
        let read: Bounds = node("{column: a, max: 170141183460469231731687303715884105727}").read().unwrap();
        assert_eq!(read.max, Some(i128::MAX));
        assert_eq!(messages("{column: a, max: 2.5}"), ["`max` is `2.5`, expected a whole number"]);
        assert_eq!(messages("{column: a, count: -1}"), ["`count` is `-1`, expected a whole number, 0 or more"]);
        assert_eq!(messages("{column: a, count: 1e300}"), ["`count` is `1e300`, expected a whole number, 0 or more"]);
    }

    #[test]
    fn all_faults_are_named_at_their_values() {
        let text = "{colum: a, min: x, strict: 'yes', mostly: 1.5, how: al, names: [a, 1, b, 2]}";
        let expected = [
            ("unknown key `colum`", "colum"),
            ("`min` is the text `x`, expected a number", "x"),
            ("`strict` is the text `yes`, expected `true` or `false`", "'yes'"),
            ("`mostly` is `1.5`, expected a number between 0 and 1", "1.5"),
            ("`how` is the text `al`, expected one of `any`, `all`", "al"),
            ("item 2 of `names` is `1`, expected a text", "1"),
            ("item 4 of `names` is `2`, expected a text", "2"),
        ];
        assert_eq!(faults::<Bounds>(text), expected.map(|(message, place)| (message.to_owned(), place.to_owned())));
    }

    #[test]
    fn a_value_at_fault_is_not_missing_as_well() {
        assert_eq!(messages("{column: [a]}"), ["`column` is a list, expected a text"]);
        assert_eq!(messages("{column: [a], mostly: x}").len(), 2);
    }

    #[test]
    fn a_misspelt_key_is_not_missing_as_well() {
        assert_eq!(messages("{colum: a}"), ["unknown key `colum`"]);
        assert_eq!(messages("{zzz: a}"), ["missing key `column`", "unknown key `zzz`"]);
        assert_eq!(messages("{colum: a, inner: {lft: a, rihgt: []}}").len(), 3);
        assert_eq!(messages("{colum: a, inner: {column: a, right: []}}").len(), 3);
    }

    #[test]
    fn every_missing_key_is_named() {
        let text = "{column: a, inner: {}}";
        let expected = ["`inner` lacks the key `left`", "`inner` lacks the key `right`"];
        assert_eq!(messages(text), expected);
    }

    #[test]
    fn faults_deep_inside_name_their_way() {
        let text = "{column: a, inner: {left: 1, rigt: 2, right: [[1, x], [1, 2, 3], 5]}}";
        let expected = [
            "`inner.left` is `1`, expected a text",
            "unknown key `rigt`",
            "item 2 of item 1 of `inner.right` is the text `x`, expected a number",
            "item 2 of `inner.right` is a list of 3, expected a list of 2",
            "item 3 of `inner.right` is `5`, expected a list of 2",
        ];
        assert_eq!(messages(text), expected);
    }

    #[test]
    fn null_counts_as_not_given() {
        let read: Bounds = node("{column: a, strict: ~, mostly: ~, min: ~, names: ~}").read().unwrap();
        assert!(!read.strict);
        assert_eq!(
            faults::<Bounds>("{column: ~, min: x}")[0],
            ("`column` is null, expected a text".to_owned(), "~".to_owned())
        );
    }

    #[test]
    fn help_says_what_to_write() {
        let help = |text: &str| node(text).read::<Bounds>().unwrap_err()[0].help.clone().unwrap_or_default();
        assert_eq!(help("{column: a, minn: 1}"), "a similar key exists: `min`");
        assert!(help("{column: a, zzz: 1}").starts_with("known keys: `column`, `min`"));
        assert_eq!(help("{column: a, min: '5'}"), "leave the quotes out: `5`");
        assert_eq!(help("{column: a, strict: no}"), "write `false`, without quotes");
        assert_eq!(help("{column: a, how: alll}"), "a similar value exists: `all`");
        assert_eq!(help("{column: 5}"), "put it in quotes");
        assert_eq!(help("{column: a, names: b}"), "write a list: `[…]`");
    }

    #[test]
    fn untyped_places_take_anything() {
        let read: BTreeMap<String, serde_json::Value> = node("{a: [1, {b: ~}], c: 1.5}").read().unwrap();
        assert_eq!(serde_json::json!(read), serde_json::json!({"a": [1, {"b": null}], "c": 1.5}));
        assert_eq!(faults::<Bounds>("[1]")[0].0, "found a list, expected a mapping");
        assert_eq!(faults::<Bounds>("5")[0].0, "found `5`, expected a mapping");
    }

    #[test]
    fn many_faults_end() {
        let text = format!("{{column: a, names: [{}]}}", "1, ".repeat(2000));
        assert_eq!(messages(&text).len(), MAX_FAULTS);
    }
}
