//! JSON to a tree.
//!
//! Strict, but for the numbers that Python writes: `NaN`, `Infinity` and `-Infinity`.

use std::collections::HashMap;
use std::sync::Arc;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Entry, MAX_DEPTH, Node, Value};
use crate::diagnostic::{Diagnostic, SourceText, Span};

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: true,
    allow_extended_string_escapes: false,
};

/// Parses a JSON text. `NaN` and `Infinity`, which Python writes, are read as numbers. An empty text is null.
///
/// # Errors
/// The first fault of syntax, or every key that is given twice.
pub fn parse_json(source: &Arc<SourceText>) -> Result<Node, Vec<Diagnostic>> {
    match read_json(source) {
        (Some(root), faults) if faults.is_empty() => Ok(root),
        (_, faults) => Err(faults),
    }
}

/// Reads a JSON text as far as it is right: its tree, and every fault in it. Of a key given twice the first value stands.
/// There is no tree where the parser could not go on.
#[must_use]
pub fn read_json(source: &Arc<SourceText>) -> (Option<Node>, Vec<Diagnostic>) {
    let text = source.text.as_str();
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = &text[skipped..];
    let fail = |diagnostic: Diagnostic| (None, vec![diagnostic.in_source(source)]);
    if let Some(at) = first_too_deep(body) {
        return fail(super::too_deep(Span::new(skipped + at, skipped + at + 1)));
    }
    let parsed = match parse_to_ast(body, &CollectOptions::default(), &STRICT) {
        Ok(parsed) => parsed,
        Err(error) => return fail(syntax_error(&error, body, skipped)),
    };
    let mut builder = Builder { source, skipped, diagnostics: Vec::new() };
    let root = parsed.value.map_or_else(|| Node::new(Value::Null, Span::default()), |value| builder.node(value));
    (Some(root), builder.diagnostics)
}

/// Returns the first bracket that nests too deeply, before the parser, which recurses, sees it.
fn first_too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            in_string = byte != b'"' || is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(at);
        }
    }
    None
}

struct Builder<'a> {
    source: &'a Arc<SourceText>,
    skipped: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn span(&self, node: &impl Ranged) -> Span {
        Span::new(self.skipped + node.start(), self.skipped + node.end())
    }

    fn node(&mut self, value: ast::Value<'_>) -> Node {
        let span = self.span(&value);
        let value = match value {
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
            ast::Value::NumberLit(literal) => number(literal.value),
            ast::Value::StringLit(literal) => Value::Text(literal.value.into_owned()),
            ast::Value::Array(array) => Value::List(array.elements.into_iter().map(|item| self.node(item)).collect()),
            ast::Value::Object(object) => Value::Map(self.entries(object)),
        };
        Node { value, span }
    }

    fn entries(&mut self, object: ast::Object<'_>) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(object.properties.len());
        let mut keys = HashMap::<String, Span>::new();
        for property in object.properties {
            let key_span = self.span(&property.name);
            let key = match property.name {
                ast::ObjectPropName::String(name) => name.value.into_owned(),
                ast::ObjectPropName::Word(name) => name.value.to_owned(),
            };
            let value = self.node(property.value);
            if let Some(first) = keys.get(&key) {
                if self.diagnostics.len() >= super::MOST_DUPLICATES {
                    continue;
                }
                let diagnostic = super::duplicate_key(&key, key_span, *first, self.source);
                self.diagnostics.push(diagnostic.in_source(self.source));
                continue;
            }
            keys.insert(key.clone(), key_span);
            entries.push(Entry { key, key_span, value });
        }
        entries
    }
}

/// Reads a number; a whole one beyond 128 bits becomes a double.
fn number(text: &str) -> Value {
    match text {
        "NaN" | "-NaN" => Value::Float(f64::NAN),
        "Infinity" => Value::Float(f64::INFINITY),
        "-Infinity" => Value::Float(f64::NEG_INFINITY),
        _ => match text.parse() {
            Ok(value) => Value::Int(value),
            Err(_) => Value::Float(text.parse().unwrap_or(f64::NAN)),
        },
    }
}

fn syntax_error(error: &ParseError, body: &str, skipped: usize) -> Diagnostic {
    let range = error.range();
    let word = body.get(range.start..range.end).unwrap_or_default();
    let (message, help) = describe(error.kind(), word);
    let span = Span::new(skipped + range.start, skipped + range.end);
    Diagnostic::error("json-syntax", format!("this is not JSON: {message}"), Some(span)).with_help(help)
}

/// Says what was found, and what to do about it.
fn describe(kind: &ParseErrorKind, word: &str) -> (String, &'static str) {
    use ParseErrorKind as Kind;
    let (message, help) = match kind {
        Kind::CommentsNotAllowed => ("a comment", "JSON has no comments; a suite in YAML has them"),
        Kind::TrailingCommasNotAllowed => ("a comma after the last value", "remove the comma"),
        Kind::ExpectedComma => ("a comma is missing", "separate the values with a comma"),
        Kind::ExpectedColonAfterObjectKey => ("a `:` is missing after a key", "write `\"key\": value`"),
        Kind::ExpectedObjectValue => ("a value is missing after a key", "write `\"key\": value`"),
        Kind::ExpectedStringObjectProperty => ("a key without quotes", "put the key into double quotes"),
        Kind::SingleQuotedStringsNotAllowed => ("a text in single quotes", "use double quotes"),
        Kind::MultipleRootJsonValues => {
            ("something follows the value", "the file holds one value; remove what follows")
        }
        Kind::UnterminatedArray => ("a list does not end", "is a `]` missing?"),
        Kind::UnterminatedObject => ("a mapping does not end", "is a `}` missing?"),
        Kind::NestingDepthExceeded => ("lists and mappings nest too deeply", "flatten the value"),
        Kind::UnexpectedCloseBrace | Kind::UnexpectedCloseBracket => {
            ("a bracket that closes nothing here", "is a value missing before it, or a bracket too many?")
        }
        Kind::UnexpectedComma => ("a comma where a value is expected", "is there a comma too many?"),
        Kind::UnexpectedColon => {
            ("a `:` where a value is expected", "a key stands in double quotes, in a mapping `{…}`")
        }
        Kind::UnexpectedWord | Kind::UnexpectedToken => return (unexpected_word(word), word_help(word)),
        Kind::UnexpectedTokenInObject => ("expected a key in double quotes or `}`", "is there a comma too many?"),
        Kind::HexadecimalNumbersNotAllowed => ("a hexadecimal number", "write it in decimal digits"),
        Kind::UnaryPlusNumbersNotAllowed => ("a number with a `+`", "remove the `+`"),
        Kind::BareDecimalPointNumbersNotAllowed => {
            ("a decimal point without digits on both sides", "write `0.5` or `5.0`")
        }
        Kind::ExpectedDigit
        | Kind::ExpectedDigitFollowingNegativeSign
        | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => ("a number that is not complete", "write it as `-1.5e3`"),
        Kind::NonFiniteNumbersNotAllowed => ("a number that is not finite", "use a finite number"),
        Kind::UnterminatedCommentBlock => ("a comment that does not end", "remove the comment"),
        Kind::String(string) => {
            let text = string.to_string();
            let help = if text.to_lowercase().contains("unterminated") {
                "is the closing quote missing?"
            } else {
                "in JSON a backslash starts an escape: write `\\\\` for a backslash, as in \"^\\\\d+$\""
            };
            return (lowercase(&text), help);
        }
    };
    (message.to_owned(), help)
}

fn unexpected_word(word: &str) -> String {
    if word.is_empty() {
        "the file ends in the middle of a value".to_owned()
    } else {
        format!("`{word}` is not a value")
    }
}

fn word_help(word: &str) -> &'static str {
    match word {
        "True" => "JSON writes `true`",
        "False" => "JSON writes `false`",
        "None" | "NULL" | "Null" => "JSON writes `null`",
        _ => "texts stand in double quotes",
    }
}

fn lowercase(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Node {
        parse_json(&SourceText::new("t.json", text)).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"))
    }

    fn errors(text: &str) -> Vec<String> {
        match parse_json(&SourceText::new("t.json", text)) {
            Ok(node) => panic!("{text:?} is read as {node:?}"),
            Err(errors) => errors.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn every_value_knows_its_bytes() {
        let text = "\u{feff}{\"größe\": [1, -2.5, true, null, \"a\\u00e9\\n\"], \"b\": {}}";
        let node = parse(text);
        let at = |node: &Node| text[node.span.start..node.span.end].to_owned();
        assert_eq!(&text[node.entries()[0].key_span.start..node.entries()[0].key_span.end], "\"größe\"");
        let Value::List(items) = &node.get("größe").unwrap().value else { panic!() };
        assert_eq!(items.iter().map(at).collect::<Vec<_>>(), ["1", "-2.5", "true", "null", "\"a\\u00e9\\n\""]);
        assert_eq!(items[4].as_text(), Some("aé\n"));
        assert_eq!(at(node.get("b").unwrap()), "{}");
        assert_eq!(at(&node), text[3..]);
    }

    #[test]
    fn numbers_keep_their_kind() {
        let Value::List(items) = parse("[1, 1.0, 1e2, -0, 170141183460469231731687303715884105727, 1e999]").value
        else {
            panic!()
        };
        let values: Vec<Value> = items.into_iter().map(|item| item.value).collect();
        let expected = [
            Value::Int(1),
            Value::Float(1.0),
            Value::Float(100.0),
            Value::Int(0),
            Value::Int(i128::MAX),
            Value::Float(f64::INFINITY),
        ];
        assert_eq!(values, expected);
    }

    #[test]
    fn the_numbers_that_python_writes_are_read() {
        let Value::List(items) = parse("[NaN, Infinity, -Infinity]").value else { panic!() };
        assert!(matches!(items[0].value, Value::Float(value) if value.is_nan()));
        assert_eq!(items[1].value, Value::Float(f64::INFINITY));
        assert_eq!(items[2].value, Value::Float(f64::NEG_INFINITY));
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        for (text, expected) in [
            ("{\"a\": 1,}", "t.json:1:8: error[json-syntax]: this is not JSON: a comma after the last value"),
            ("[1 2]", "a comma is missing"),
            ("{\"a\" 1}", "a `:` is missing"),
            ("{\"a\":}", "bracket"),
            ("{a: 1}", "a key without quotes"),
            ("{'a': 1}", "single quotes"),
            ("[True]", "`True` is not a value"),
            ("[1, 2", "a list does not end"),
            ("{\"a\": 1", "a mapping does not end"),
            ("{\"a\": \"b", "json-syntax"),
            ("{\"a\": \"\\d\"}", "json-syntax"),
            ("{\"a\": \"\\ud800\"}", "json-syntax"),
            ("[0x1F]", "hexadecimal"),
            ("[+1]", "json-syntax"),
            ("[.5]", "json-syntax"),
            ("[-]", "json-syntax"),
            ("[1] [2]", "something follows"),
            ("// note\n{}", "a comment"),
            ("/* note", "json-syntax"),
            ("]", "json-syntax"),
            ("name: orders", "json-syntax"),
            ("\u{0}", "json-syntax"),
        ] {
            let errors = errors(text);
            assert!(errors[0].contains(expected), "{text:?}: {errors:?}");
        }
    }

    #[test]
    fn a_key_given_twice_names_both_places() {
        let errors = parse_json(&SourceText::new("t.json", "{\"a\": 1,\n \"a\": 2}")).unwrap_err();
        assert_eq!(errors[0].to_string(), "t.json:2:2: error[duplicate-key]: the key `a` is given twice");
        assert_eq!(errors[0].label, "first given in line 1, column 2");
    }

    #[test]
    fn nesting_is_bounded() {
        for text in
            ["[".repeat(1_000_000), "{\"a\":".repeat(1_000_000), format!("{}{}", "[".repeat(129), "]".repeat(129))]
        {
            assert!(errors(&text)[0].contains("too-deep"));
        }
        parse(&format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)));
        parse(&format!("\"{}\"", "[".repeat(1000)));
        parse(&format!("[\"\\\"{}\"]", "{".repeat(1000)));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[-+:,\\[\\]{}\"'\\\\/*u \\n0-9.eINa-fé]{0,60}") {
            let source = SourceText::new("t.json", text);
            for error in parse_json(&source).err().unwrap_or_default() {
                let span = error.span.unwrap_or_default();
                proptest::prop_assert!(source.text.get(span.start..span.end).is_some());
            }
        }
    }
}
