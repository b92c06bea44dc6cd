//! YAML (1.2, core schema) to a tree.
//!
//! Anchors, aliases and merge keys are expanded, within a bound. What is refused on purpose: several documents in one
//! file, keys that are no scalars, a key given twice, tags that name a type of some program.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::{Entry, MAX_DEPTH, MAX_EXPANSION, Node, Value};
use crate::diagnostic::{Diagnostic, SourceText, Span};

/// Parses a YAML text. An empty text, or one of comments alone, is null.
///
/// # Errors
/// Every fault that the parser can name: bad syntax, keys given twice, an alias that grows without bound.
pub fn parse_yaml(source: &Arc<SourceText>) -> Result<Node, Vec<Diagnostic>> {
    match read_yaml(source) {
        (Some(root), faults) if faults.is_empty() => Ok(root),
        (_, faults) => Err(faults),
    }
}

/// Reads a YAML text as far as it is right: its tree, and every fault in it. Of a key given twice the first value stands.
/// There is no tree where the parser could not go on.
#[must_use]
pub fn read_yaml(source: &Arc<SourceText>) -> (Option<Node>, Vec<Diagnostic>) {
    let mut builder = Builder::new(source);
    let root = match builder.build() {
        Ok(root) => Some(root.unwrap_or_else(|| Node::new(Value::Null, Span::default()))),
        Err(fatal) => {
            builder.diagnostics.push(*fatal);
            None
        }
    };
    builder.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    (root, builder.diagnostics.into_iter().map(|diagnostic| diagnostic.in_source(source)).collect())
}

/// Reads a value as a plain scalar of YAML is read: null, a boolean, a number, or else a text.
#[must_use]
pub fn parse_scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    parse_number(text).unwrap_or_else(|| Value::Text(text.to_owned()))
}

/// Reads a number of the core schema. A whole number beyond 128 bits becomes a double.
fn parse_number(text: &str) -> Option<Value> {
    if let Some(digits) = text.strip_prefix("0x") {
        return is_digits(digits, 16).then(|| i128::from_str_radix(digits, 16).ok().map(Value::Int))?;
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return is_digits(digits, 8).then(|| i128::from_str_radix(digits, 8).ok().map(Value::Int))?;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(Value::Float(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    if is_digits(unsigned, 10) {
        return text.parse().map(Value::Int).or_else(|_| text.parse().map(Value::Float)).ok();
    }
    let is_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if is_number { text.parse().map(Value::Float).ok() } else { None }
}

fn is_digits(text: &str, radix: u32) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_digit(radix))
}

/// Spells a double as YAML does; it is read back as the same double.
pub(super) fn float_text(value: f64) -> String {
    if value.is_nan() {
        ".nan".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { ".inf".to_owned() } else { "-.inf".to_owned() }
    } else {
        format!("{value:?}")
    }
}

/// A fault that ends parsing.
type Fatal = Box<Diagnostic>;

/// A list or mapping that has begun and not ended.
struct Open {
    content: Content,
    anchor: usize,
    span: Span,
}

enum Content {
    List(Vec<Node>),
    Map(OpenMap),
}

#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    /// Where each key was first given.
    keys: HashMap<String, Span>,
    /// The key whose value comes next.
    pending: Option<Key>,
    /// What `<<` names, in order.
    merged: Vec<Node>,
}

struct Key {
    text: String,
    span: Span,
    merge: bool,
}

/// A node that an anchor names.
struct Anchored {
    node: Node,
    depth: usize,
    weight: usize,
}

struct Builder<'a> {
    text: &'a str,
    source: &'a SourceText,
    places: Places,
    open: Vec<Open>,
    /// `None` while the anchored node is still open.
    anchors: HashMap<usize, Option<Anchored>>,
    expansion: usize,
    root: Option<Node>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a SourceText) -> Self {
        Self {
            text: &source.text,
            source,
            places: Places::new(&source.text),
            open: Vec::new(),
            anchors: HashMap::new(),
            expansion: 0,
            root: None,
            diagnostics: Vec::new(),
        }
    }

    fn build(&mut self) -> Result<Option<Node>, Fatal> {
        let body = &self.text[self.places.skipped..];
        let mut documents = 0;
        for event in Parser::new_from_str(body) {
            let (event, marks) = event.map_err(|error| self.syntax_error(&error))?;
            let span = self.places.span(marks);
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let message = "the file holds several YAML documents, expected one";
                        return Err(Diagnostic::error("several-documents", message, Some(span))
                            .with_label("a second document starts here")
                            .with_help("put each document into a file of its own")
                            .into());
                    }
                }
                Event::SequenceStart(anchor, tag) => {
                    Self::check_tag(tag.as_deref(), "seq", span)?;
                    self.enter(Content::List(Vec::new()), anchor, span)?;
                }
                Event::MappingStart(anchor, tag) => {
                    Self::check_tag(tag.as_deref(), "map", span)?;
                    self.enter(Content::Map(OpenMap::default()), anchor, span)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.leave(span)?,
                Event::Scalar(text, style, anchor, tag) => {
                    let is_absent = text.is_empty() && style == ScalarStyle::Plain && tag.is_none() && anchor == 0;
                    let span = if is_absent { Span::new(span.start, span.start) } else { self.trimmed(span, style) };
                    self.scalar(&text, style, anchor, tag.as_deref(), span)?;
                }
                Event::Alias(anchor) => self.alias(anchor, span)?,
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Nothing => {}
            }
        }
        Ok(self.root.take())
    }

    fn enter(&mut self, content: Content, anchor: usize, span: Span) -> Result<(), Fatal> {
        if self.expects_key() {
            return Err(complex_key(span).into());
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(super::too_deep(span).into());
        }
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
        self.open.push(Open { content, anchor, span });
        Ok(())
    }

    /// Ends the innermost list or mapping. `end` is its bracket, or for block style whatever follows it.
    fn leave(&mut self, end: Span) -> Result<(), Fatal> {
        let Some(Open { content, anchor, mut span }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Map(map) => Value::Map(self.close_map(map)),
        };
        let is_bracket = matches!(self.text.get(end.start..end.end), Some("]" | "}"));
        span.end = if is_bracket { end.end } else { last_byte(&value).unwrap_or(span.end) };
        self.place(Node { value, span }, anchor)
    }

    /// Adds what `<<` names: a mapping's own keys win, then the mappings named first.
    fn close_map(&mut self, mut map: OpenMap) -> Vec<Entry> {
        for node in std::mem::take(&mut map.merged) {
            let nodes = match node.value {
                Value::List(items) => items,
                _ => vec![node],
            };
            for node in nodes {
                let Value::Map(entries) = node.value else {
                    let message = format!("`<<` names {}, expected a mapping", node.kind());
                    self.diagnostics.push(
                        Diagnostic::error("yaml-syntax", message, Some(node.span))
                            .with_help("write `<<: *anchor`, where the anchor names a mapping"),
                    );
                    continue;
                };
                for entry in entries {
                    if !map.keys.contains_key(&entry.key) {
                        map.keys.insert(entry.key.clone(), entry.key_span);
                        map.entries.push(entry);
                    }
                }
            }
        }
        map.entries
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Fatal> {
        if self.expects_key() {
            return self.key(text, style, span);
        }
        let value = Self::scalar_value(text, style, tag, span)?;
        self.place(Node { value, span }, anchor)
    }

    fn key(&mut self, text: &str, style: ScalarStyle, span: Span) -> Result<(), Fatal> {
        let is_plain = style == ScalarStyle::Plain;
        if is_plain && text.is_empty() {
            return Err(Diagnostic::error("yaml-syntax", "a value has no key", Some(span))
                .with_label("expected a key before this")
                .with_help("write `key: value`; an empty key needs quotes: `\"\"`")
                .into());
        }
        if let Some(Open { content: Content::Map(map), .. }) = self.open.last_mut() {
            map.pending = Some(Key { text: text.to_owned(), span, merge: is_plain && text == "<<" });
        }
        Ok(())
    }

    fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Value, Fatal> {
        let Some(tag) = tag else {
            return Ok(if style == ScalarStyle::Plain { parse_scalar(text) } else { Value::Text(text.to_owned()) });
        };
        if tag.handle.is_empty() && tag.suffix == "!" {
            return Ok(Value::Text(text.to_owned()));
        }
        let value = match (tag.is_yaml_core_schema(), tag.suffix.as_str()) {
            (true, "str" | "timestamp") => Some(Value::Text(text.to_owned())),
            (true, "null") => Some(parse_scalar(text)).filter(|value| matches!(value, Value::Null)),
            (true, "bool") => Some(parse_scalar(text)).filter(|value| matches!(value, Value::Bool(_))),
            (true, "int") => Some(parse_scalar(text)).filter(|value| matches!(value, Value::Int(_))),
            (true, "float") => match parse_scalar(text) {
                Value::Int(value) => Some(Value::Float(value as f64)),
                value => Some(value).filter(|value| matches!(value, Value::Float(_))),
            },
            _ => return Err(unknown_tag(tag, span).into()),
        };
        value.ok_or_else(|| {
            let message = format!("`{text}` is not what its tag `!!{}` says", tag.suffix);
            Diagnostic::error("yaml-syntax", message, Some(span))
                .with_help("leave the tag out, or mend the value")
                .into()
        })
    }

    fn check_tag(tag: Option<&Tag>, expected: &str, span: Span) -> Result<(), Fatal> {
        match tag {
            Some(tag) if tag.is_yaml_core_schema() && tag.suffix == expected => Ok(()),
            Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => Ok(()),
            Some(tag) => Err(unknown_tag(tag, span).into()),
            None => Ok(()),
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Fatal> {
        if self.expects_key() {
            return Err(complex_key(span).into());
        }
        let Some(Some(anchored)) = self.anchors.get(&anchor) else {
            let message = format!("the alias `{}` stands inside what it names", &self.text[span.start..span.end]);
            return Err(Diagnostic::error("alias-expansion", message, Some(span))
                .with_help("write the value out, or move the anchor")
                .into());
        };
        if self.open.len() + anchored.depth > MAX_DEPTH {
            return Err(super::too_deep(span).into());
        }
        self.expansion = self.expansion.saturating_add(anchored.weight);
        if self.expansion > MAX_EXPANSION {
            return Err(expansion_error(span).into());
        }
        let node = Node { value: anchored.node.value.clone(), span };
        self.place(node, 0)
    }

    /// Puts a finished node where it belongs: into its list, after its key, or at the top.
    fn place(&mut self, mut node: Node, anchor: usize) -> Result<(), Fatal> {
        if anchor > 0 {
            let weight = node.weight();
            self.expansion = self.expansion.saturating_add(weight);
            if self.expansion > MAX_EXPANSION {
                return Err(expansion_error(node.span).into());
            }
            let depth = depth(&node);
            self.anchors.insert(anchor, Some(Anchored { node: node.clone(), depth, weight }));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map(map)) => {
                let Some(key) = map.pending.take() else { return Ok(()) };
                if node.span.start == node.span.end {
                    node.span = key.span;
                }
                if let Some(first) = map.keys.get(&key.text) {
                    if self.diagnostics.len() < super::MOST_DUPLICATES {
                        self.diagnostics.push(super::duplicate_key(&key.text, key.span, *first, self.source));
                    }
                    return Ok(());
                }
                map.keys.insert(key.text.clone(), key.span);
                if key.merge {
                    map.merged.push(node);
                } else {
                    map.entries.push(Entry { key: key.text, key_span: key.span, value: node });
                }
            }
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map(OpenMap { pending: None, .. }), .. }))
    }

    /// Ends a scalar's span where it is seen to end: the scanner's reaches over white space and, after a quote, a comment.
    fn trimmed(&self, span: Span, style: ScalarStyle) -> Span {
        let Some(text) = self.text.get(span.start..span.end) else { return span };
        let quote = match style {
            ScalarStyle::SingleQuoted => '\'',
            ScalarStyle::DoubleQuoted => '"',
            _ => return Span { start: span.start, end: span.start + text.trim_end().len() },
        };
        let mut is_open = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == '\\' && is_open && quote == '"' {
                chars.next();
            } else if c == quote && !is_open {
                is_open = true;
            } else if c == quote && quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else if c == quote {
                return Span { start: span.start, end: span.start + at + 1 };
            }
        }
        span
    }

    fn syntax_error(&self, error: &ScanError) -> Diagnostic {
        let start = self.places.byte(error.marker().index());
        let end = start + self.text[start..].chars().next().map_or(0, char::len_utf8);
        let info = error.info().trim_start_matches("while ").replace('`', "");
        let diagnostic =
            Diagnostic::error("yaml-syntax", format!("this is not YAML: {info}"), Some(Span { start, end }));
        match syntax_help(error.info()) {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        }
    }
}

/// Says what to do about what the scanner found.
fn syntax_help(info: &str) -> Option<&'static str> {
    let hints = [
        ("tab", "indent with spaces"),
        (
            "mapping values are not allowed",
            "a text that holds `: ` needs quotes; keys of one mapping stand in one column",
        ),
        ("unexpected character", "a text that begins with this character needs quotes"),
        ("unknown anchor", "`*name` refers to an earlier `&name`; a text that begins with `*` needs quotes"),
        ("anchor or alias", "a text that begins with `*` or `&` needs quotes"),
        ("unknown escape", "in double quotes a backslash starts an escape; use single quotes for patterns: '^\\d+$'"),
        ("expected hexadecimal", "in double quotes a backslash starts an escape; use single quotes for patterns"),
        ("quoted scalar", "is the closing quote missing? in single quotes, a quote itself is written twice"),
        ("trailing content", "quote the whole text, not a part of it"),
        ("flow mapping", "is a `,` or the closing `}` missing?"),
        ("flow sequence", "is a `,` or the closing `]` missing?"),
        ("misplaced bracket", "a text that begins with a bracket needs quotes"),
        ("expected key", "keys of one mapping stand in one column, each with a `:` and a space after it"),
        ("simple key", "a key needs a `:` and a space after it"),
        ("expected '-'", "items of one list stand in one column, each after a `-` and a space"),
        ("indentation", "keys of one mapping, and items of one list, stand in one column"),
        ("tag", "a text that begins with `!` needs quotes"),
        ("unprintable", "the file holds bytes that are no text"),
        ("document", "is the indentation of this line right? one file holds one document"),
        ("eof", "the file ends in the middle of a value"),
        ("recursion limit", "lists and mappings nest too deeply"),
    ];
    hints.iter().find(|(part, _)| info.contains(part)).map(|(_, help)| *help)
}

fn complex_key(span: Span) -> Diagnostic {
    Diagnostic::error("yaml-syntax", "a key is not a plain text", Some(span))
        .with_label("expected a text")
        .with_help("a key is a text or a number; put quotes around one that begins with a bracket, `*` or `&`")
}

fn expansion_error(span: Span) -> Diagnostic {
    Diagnostic::error("alias-expansion", "aliases make this document too large", Some(span))
        .with_label("too much is repeated here")
        .with_help("write out what is meant, or name smaller parts")
}

fn unknown_tag(tag: &Tag, span: Span) -> Diagnostic {
    Diagnostic::error("yaml-syntax", format!("the tag `{tag}` is not known"), Some(span))
        .with_help("leave the tag out; a text that begins with `!` needs quotes")
}

/// The end of the last child: where a block list or mapping ends.
fn last_byte(value: &Value) -> Option<usize> {
    match value {
        Value::List(items) => items.iter().map(|item| item.span.end).max(),
        Value::Map(entries) => entries.iter().map(|entry| entry.value.span.end.max(entry.key_span.end)).max(),
        _ => None,
    }
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(entries) => 1 + entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0),
        _ => 0,
    }
}

/// From the scanner's positions, counted in characters, to bytes of the text.
struct Places {
    /// Bytes before the first character that the scanner sees: a byte-order mark.
    skipped: usize,
    /// The byte of each character; `None` where every character is one byte.
    bytes: Option<Vec<usize>>,
    length: usize,
}

impl Places {
    fn new(text: &str) -> Self {
        let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let body = &text[skipped..];
        let bytes = (!body.is_ascii()).then(|| body.char_indices().map(|(at, _)| skipped + at).collect());
        Self { skipped, bytes, length: text.len() }
    }

    fn byte(&self, index: usize) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.get(index).copied().unwrap_or(self.length),
            None => (self.skipped + index).min(self.length),
        }
    }

    fn span(&self, marks: saphyr_parser::Span) -> Span {
        Span::new(self.byte(marks.start.index()), self.byte(marks.end.index()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Node {
        parse_yaml(&SourceText::new("t.yaml", text)).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"))
    }

    fn errors(text: &str) -> Vec<String> {
        match parse_yaml(&SourceText::new("t.yaml", text)) {
            Ok(node) => panic!("{text:?} is read as {node:?}"),
            Err(errors) => errors.iter().map(ToString::to_string).collect(),
        }
    }

    /// The text that each scalar and key of a tree stands at.
    fn places(node: &Node, text: &str, into: &mut Vec<String>) {
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| places(item, text, into)),
            Value::Map(entries) => {
                for entry in entries {
                    into.push(text[entry.key_span.start..entry.key_span.end].to_owned());
                    places(&entry.value, text, into);
                }
            }
            _ => into.push(text[node.span.start..node.span.end].to_owned()),
        }
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, value) in [
            ("~", Value::Null),
            ("Null", Value::Null),
            ("TRUE", Value::Bool(true)),
            ("tRUE", Value::Text("tRUE".to_owned())),
            ("yes", Value::Text("yes".to_owned())),
            ("012", Value::Int(12)),
            ("-7", Value::Int(-7)),
            ("+7", Value::Int(7)),
            ("0x1F", Value::Int(31)),
            ("0o17", Value::Int(15)),
            ("0x", Value::Text("0x".to_owned())),
            ("0xg", Value::Text("0xg".to_owned())),
            ("170141183460469231731687303715884105727", Value::Int(i128::MAX)),
            ("170141183460469231731687303715884105728", Value::Float(1.701_411_834_604_692_3e38)),
            ("1.", Value::Float(1.0)),
            (".5", Value::Float(0.5)),
            ("1e3", Value::Float(1000.0)),
            ("-1.5E-3", Value::Float(-0.0015)),
            ("-.INF", Value::Float(f64::NEG_INFINITY)),
            ("inf", Value::Text("inf".to_owned())),
            ("nan", Value::Text("nan".to_owned())),
            (".", Value::Text(".".to_owned())),
            ("-", Value::Text("-".to_owned())),
            ("1e", Value::Text("1e".to_owned())),
            ("1_000", Value::Text("1_000".to_owned())),
            ("2024-01-31", Value::Text("2024-01-31".to_owned())),
            ("1.2.3", Value::Text("1.2.3".to_owned())),
        ] {
            assert_eq!(parse_scalar(text), value, "{text}");
        }
        assert!(matches!(parse_scalar(".NaN"), Value::Float(value) if value.is_nan()));
    }

    #[test]
    fn quoted_scalars_are_texts() {
        let node = parse("[\"1\", 'true', '~', !!str 5, ! 7]");
        let texts = ["1", "true", "~", "5", "7"].map(|text| Value::Text(text.to_owned()));
        let Value::List(items) = node.value else { panic!() };
        assert_eq!(items.into_iter().map(|item| item.value).collect::<Vec<_>>(), texts);
    }

    #[test]
    fn spans_are_bytes_of_what_is_written() {
        let text = "\u{feff}# größe\r\nname: 'Größe \u{1f30a}'   # it's a note\r\nlist:\r\n  - a b  # c\r\n  - {k: \"v\\t\"  , 'é'  : ~}\r\nblock: |\r\n  ä\r\n  b\r\n\r\nnext: 5\r\nempty:\r\n";
        let node = parse(text);
        let mut found = Vec::new();
        places(&node, text, &mut found);
        let expected = [
            "name",
            "'Größe \u{1f30a}'",
            "list",
            "a b",
            "k",
            "\"v\\t\"",
            "'é'",
            "~",
            "block",
            "ä\r\n  b",
            "next",
            "5",
            "empty",
            "empty",
        ];
        assert_eq!(found, expected);
        let list = node.get("list").unwrap();
        assert!(text[list.span.start..list.span.end].starts_with("- a b"));
        assert!(text[list.span.start..list.span.end].ends_with("~}"), "{:?}", &text[list.span.start..list.span.end]);
        assert!(text[node.span.start..].starts_with("name"));
    }

    #[test]
    fn a_block_mapping_ends_with_its_last_value() {
        let text = "- a: 1\n  b:\n    c: [1, 2]\n\n# comment\n- d: 1\n";
        let Value::List(items) = parse(text).value else { panic!() };
        assert_eq!(&text[items[0].span.start..items[0].span.end], "a: 1\n  b:\n    c: [1, 2]");
        assert_eq!(&text[items[1].span.start..items[1].span.end], "d: 1");
    }

    #[test]
    fn keys_are_texts_as_written() {
        let node = parse("{007: a, 1.50: b, true: c, ~: d, \"\": e}");
        let keys: Vec<&str> = node.entries().iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["007", "1.50", "true", "~", ""]);
    }

    #[test]
    fn a_key_given_twice_names_both_places() {
        let source = SourceText::new("t.yaml", "a: 1\nb: 2\na: 3\nb: 4\n");
        let errors = parse_yaml(&source).unwrap_err();
        assert_eq!(errors.len(), 2);
        assert_eq!(errors[0].to_string(), "t.yaml:3:1: error[duplicate-key]: the key `a` is given twice");
        assert_eq!(errors[0].label, "first given in line 1, column 1");
    }

    #[test]
    fn merge_keys_give_what_the_mapping_lacks() {
        let node = parse("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], a: 0}\nq: {'<<': 1}\n");
        let z = node.get("z").unwrap();
        assert_eq!(z.to_json(), serde_json::json!({"a": 0, "b": 2, "c": 4}));
        assert_eq!(node.get("q").unwrap().to_json(), serde_json::json!({"<<": 1}));
        assert!(errors("a: {<<: 5}")[0].contains("`<<` names a whole number"));
    }

    #[test]
    fn an_alias_stands_where_it_is_written() {
        let text = "a: &n [1, 2]\nb: *n\nc: &s text\nd: *s\n";
        let node = parse(text);
        assert_eq!(node.get("b").unwrap().to_json(), serde_json::json!([1, 2]));
        assert_eq!(&text[node.get("b").unwrap().span.start..node.get("b").unwrap().span.end], "*n");
        assert_eq!(node.get("d").unwrap().as_text(), Some("text"));
    }

    #[test]
    fn aliases_cannot_grow_without_bound() {
        let mut laughs = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for level in 1..40 {
            let before = level - 1;
            let aliases = format!("*a{before}, ").repeat(9);
            laughs.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(errors(&laughs)[0].contains("alias-expansion"));
        let long = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(100_000), "*a, ".repeat(1000));
        assert!(errors(&long)[0].contains("alias-expansion"));
        assert!(errors("a: &a [1, *a]")[0].contains("the alias `*a` stands inside what it names"));
        assert!(errors("a: *b")[0].contains("unknown anchor"));
        let mut deep = String::from("a0: &a0 [1]\n");
        for level in 1..200 {
            deep.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
        }
        assert!(errors(&deep)[0].contains("too-deep"));
    }

    #[test]
    fn nesting_is_bounded() {
        for text in [
            "[".repeat(100_000),
            "{a: ".repeat(100_000),
            "- ".repeat(100_000),
            "? ".repeat(100_000),
            (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
            format!("{}1{}", "[".repeat(200), "]".repeat(200)),
        ] {
            let errors = errors(&text);
            assert_eq!(errors.len(), 1, "{errors:?}");
        }
        let fits = format!("{}1{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        parse(&fits);
    }

    #[test]
    fn what_is_no_yaml_is_refused_with_its_place() {
        for (text, expected) in [
            ("a: b: c", "t.yaml:1:5: error[yaml-syntax]"),
            ("a: [1, 2", "yaml-syntax"),
            ("a: 'open", "yaml-syntax"),
            ("a: \"\\d\"", "unknown escape"),
            ("a:\n\t- b", "tab"),
            ("a: @x", "unexpected character"),
            ("a: !ruby/object x", "the tag `!ruby/object` is not known"),
            ("a: !!int x", "`x` is not what its tag `!!int` says"),
            ("a: 1\n---\nb: 2", "t.yaml:2:1: error[several-documents]"),
            ("? [a, b]\n: 1", "a key is not a plain text"),
            ("{[a]: 1}", "a key is not a plain text"),
            (": 1", "a value has no key"),
            ("a: 1\n b: 2", "yaml-syntax"),
            ("a: \u{0}", "yaml-syntax"),
            ("%YAML 9", "yaml-syntax"),
            ("a: 1\n}", "yaml-syntax"),
        ] {
            let errors = errors(text);
            assert!(errors[0].contains(expected), "{text:?}: {errors:?}");
        }
    }

    #[test]
    fn an_empty_text_is_null() {
        for text in ["", "\u{feff}", "   \n", "# only a comment", "---\n", "---\n...\n", "~"] {
            assert_eq!(parse(text).value, Value::Null, "{text:?}");
        }
    }

    #[test]
    fn a_tagged_number_has_the_type_of_its_tag() {
        let node = parse("a: !!float 1\nb: !!seq [1]\nc: !!map {d: !!null ~}\n");
        assert_eq!(node.get("a").unwrap().value, Value::Float(1.0));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[-?:,\\[\\]{}#&*!|>'\"%@` \\n\\ta0~<é.]{0,60}") {
            let source = SourceText::new("t.yaml", text);
            match parse_yaml(&source) {
                Ok(node) => places(&node, &source.text, &mut Vec::new()),
                Err(errors) => for error in errors {
                    let span = error.span.unwrap_or_default();
                    proptest::prop_assert!(source.text.get(span.start..span.end).is_some());
                },
            }
        }
    }
}
