//! From a tree back to text: YAML as people write it, JSON as Python reads it.

use std::fmt::Write;

use super::{Entry, Node, Value, yaml};

/// The longest key that YAML reads in the short form `key: value`, with room to spare (the limit is 1024 characters).
const LONGEST_KEY: usize = 500;

/// How long a list or mapping may be that stands on one line, in brackets.
const LONGEST_FLOW: usize = 80;

/// Writes a tree as YAML, so that reading it gives the same tree. Texts that anyone could mistake for something else
/// (also readers of YAML 1.1) are quoted.
#[must_use]
pub fn write_yaml(node: &Node) -> String {
    let mut text = String::new();
    match &node.value {
        Value::Map(entries) if !entries.is_empty() => write_entries(&mut text, entries, 0),
        Value::List(items) if !items.is_empty() => write_items(&mut text, items, 0),
        _ => write_block(&mut text, node, 0),
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Writes a tree as indented JSON. Infinities and NaN, which JSON lacks, are written bare, as Python writes and reads them.
#[must_use]
pub fn write_json(node: &Node) -> String {
    let mut text = String::new();
    write_json_value(&mut text, node, 0);
    text.push('\n');
    text
}

/// Writes a mapping, from the place where its first key stands.
fn write_entries(text: &mut String, entries: &[Entry], indent: usize) {
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            start_line(text, indent);
        }
        let key = scalar_text(&entry.key);
        if key.len() > LONGEST_KEY {
            let _ = write!(text, "? {key}");
            start_line(text, indent);
            text.push(':');
        } else {
            text.push_str(&key);
            text.push(':');
        }
        write_after_key(text, &entry.value, indent);
    }
}

fn write_after_key(text: &mut String, node: &Node, indent: usize) {
    match &node.value {
        Value::Null => {
            text.push_str(" null");
        }
        Value::Map(entries) if flow(node).is_none() => {
            start_line(text, indent + 2);
            write_entries(text, entries, indent + 2);
        }
        Value::List(items) if flow(node).is_none() => {
            start_line(text, indent + 2);
            write_items(text, items, indent + 2);
        }
        _ => {
            text.push(' ');
            write_block(text, node, indent);
        }
    }
}

/// Writes a list, from the place where its first dash stands.
fn write_items(text: &mut String, items: &[Node], indent: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            start_line(text, indent);
        }
        text.push_str("- ");
        match &item.value {
            Value::Map(entries) if flow(item).is_none() => write_entries(text, entries, indent + 2),
            Value::List(items) if flow(item).is_none() => write_items(text, items, indent + 2),
            _ => write_block(text, item, indent),
        }
    }
}

/// Writes what fits on one line, or a text of several lines.
fn write_block(text: &mut String, node: &Node, indent: usize) {
    if let Value::Text(value) = &node.value {
        match literal_header(value) {
            Some(header) => write_literal(text, value, header, indent + 2),
            None => text.push_str(&scalar_text(value)),
        }
    } else {
        write_flow(text, node);
    }
}

fn start_line(text: &mut String, indent: usize) {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.extend(std::iter::repeat_n(' ', indent));
}

/// Returns the text of a list or mapping that may stand on one line; `None` where it needs several.
fn flow(node: &Node) -> Option<String> {
    let is_simple = |node: &Node| !matches!(node.value, Value::List(_) | Value::Map(_));
    let fits = match &node.value {
        Value::List(items) => items.len() <= LONGEST_FLOW && items.iter().all(is_simple),
        Value::Map(entries) => entries.len() <= 2 && entries.iter().all(|entry| is_simple(&entry.value)),
        _ => true,
    };
    if !fits {
        return None;
    }
    let mut text = String::new();
    write_flow(&mut text, node);
    (text.len() <= LONGEST_FLOW).then_some(text)
}

fn write_flow(text: &mut String, node: &Node) {
    match &node.value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => {
            let _ = write!(text, "{value}");
        }
        Value::Int(value) => {
            let _ = write!(text, "{value}");
        }
        Value::Float(value) => text.push_str(&yaml::float_text(*value)),
        Value::Text(value) => text.push_str(&scalar_text(value)),
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write_flow(text, item);
            }
            text.push(']');
        }
        Value::Map(entries) => {
            text.push('{');
            for (index, entry) in entries.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                let _ = write!(text, "{}: ", scalar_text(&entry.key));
                write_flow(text, &entry.value);
            }
            text.push('}');
        }
    }
}

/// Spells a text on one line: plain where nobody could misread it, else in single or double quotes.
fn scalar_text(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.chars().all(is_printable) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double_quoted(text)
    }
}

fn is_plain(text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ' ' | '$');
    let starts_well = text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$');
    let is_word_of_yaml_1_1 =
        matches!(text.to_lowercase().as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null");
    // readers differ on a dash that stands alone
    starts_well && !text.ends_with(' ') && !text.contains(" -") && text.chars().all(is_word) && !is_word_of_yaml_1_1
}

/// True for characters that may stand in single quotes.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_printable(c) => quoted.push(c),
            c => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Returns how a text of several lines begins as a literal block; `None` where white space makes that form unsafe.
fn literal_header(text: &str) -> Option<&'static str> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_safe = body.contains('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && !body.ends_with('\n')
        && text.chars().all(|c| c == '\n' || is_printable(c))
        && body.lines().all(|line| line.is_empty() || !line.trim().is_empty());
    is_safe.then_some(if text.ends_with('\n') { "|" } else { "|-" })
}

fn write_literal(text: &mut String, value: &str, header: &str, indent: usize) {
    text.push_str(header);
    for line in value.lines() {
        text.push('\n');
        if !line.is_empty() {
            text.extend(std::iter::repeat_n(' ', indent));
            text.push_str(line);
        }
    }
    text.push('\n');
}

fn write_json_value(text: &mut String, node: &Node, indent: usize) {
    match &node.value {
        Value::Float(value) if value.is_nan() => text.push_str("NaN"),
        Value::Float(value) if value.is_infinite() => {
            text.push_str(if *value > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Value::Float(value) => {
            let _ = write!(text, "{value:?}");
        }
        Value::Int(value) => {
            let _ = write!(text, "{value}");
        }
        Value::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                text.push(if index == 0 { '[' } else { ',' });
                start_line(text, indent + 2);
                write_json_value(text, item, indent + 2);
            }
            start_line(text, indent);
            text.push(']');
        }
        Value::Map(entries) if !entries.is_empty() => {
            for (index, entry) in entries.iter().enumerate() {
                text.push(if index == 0 { '{' } else { ',' });
                start_line(text, indent + 2);
                let _ = write!(text, "{}: ", serde_json::Value::from(entry.key.as_str()));
                write_json_value(text, &entry.value, indent + 2);
            }
            start_line(text, indent);
            text.push('}');
        }
        _ => {
            let _ = write!(text, "{}", node.to_json());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diagnostic::{SourceText, Span};
    use crate::document::{parse_json, parse_yaml};

    /// A tree whose nodes all stand at the same place.
    fn without_places(mut node: Node) -> Node {
        node.span = Span::default();
        node.value = match node.value {
            Value::List(items) => Value::List(items.into_iter().map(without_places).collect()),
            Value::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|entry| Entry { key_span: Span::default(), value: without_places(entry.value), ..entry })
                    .collect(),
            ),
            value => value,
        };
        node
    }

    fn node(yaml: &str) -> Node {
        without_places(parse_yaml(&SourceText::new("t.yaml", yaml)).unwrap())
    }

    #[test]
    fn yaml_reads_like_what_people_write() {
        let text = "\
name: orders
expectations:
  - expect_column_values_to_not_be_null: {column: order_id}
  - expect_column_values_to_be_between:
      column: amount
      max_value: {$PARAMETER: max_amount}
      mostly: 0.99
      row_condition: 'a = ''x'' and b > 5'
  - expect_column_values_to_be_in_set:
      column: zip code
      value_set: [DE, '007', 'yes', 5, 5.0, null, '1.5', '', ' a', 'null', 'd  -', a-b]
      query: |-
        select *

          from t
      next: '^\\d{5}$'
      empty: {}
";
        assert_eq!(write_yaml(&node(text)), text);
    }

    #[test]
    fn infinities_are_bare_in_json() {
        assert_eq!(write_json(&node("[.inf, -.inf, .nan, 1.0]")), "[\n  Infinity,\n  -Infinity,\n  NaN,\n  1.0\n]\n");
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~]{0,12}",
            "[-?:,\\[\\]{}#&*!|>'\"%@` \\n\\t\\r~<.=0-9a-f]{0,10}",
            "\\PC{0,6}",
            any::<String>(),
            "(a {0,2}\\n{0,2}){0,4}",
            prop::sample::select(vec![
                "yes", "null", "~", "0x1F", "1e3", ".inf", "---", "...", "<<", "a: b", "a #b", "- a", "\u{85}",
                "\u{2028}"
            ])
            .prop_map(str::to_owned),
            "a{600,610}",
        ]
    }

    fn any_node() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i128>().prop_map(Value::Int),
            any::<i8>().prop_map(|value| Value::Int(value.into())),
            any::<f64>().prop_filter("NaN equals nothing", |value| !value.is_nan()).prop_map(Value::Float),
            any_text().prop_map(Value::Text),
        ]
        .prop_map(|value| Node::new(value, Span::default()));
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
                prop::collection::btree_map(any_text(), inner, 0..5).prop_map(|map| {
                    let entry = |(key, value)| Entry { key, key_span: Span::default(), value };
                    Value::Map(map.into_iter().map(entry).collect())
                }),
            ]
            .prop_map(|value| Node::new(value, Span::default()))
        })
    }

    proptest! {
        #[test]
        fn yaml_reads_back_the_same(tree in any_node()) {
            let text = write_yaml(&tree);
            let read = parse_yaml(&SourceText::new("t.yaml", text.clone()));
            prop_assert!(read.is_ok(), "{text}\n{read:?}");
            prop_assert_eq!(without_places(read.unwrap()), tree, "{}", text);
        }

        #[test]
        fn json_reads_back_the_same(tree in any_node()) {
            let text = write_json(&tree);
            let read = parse_json(&SourceText::new("t.json", text.clone()));
            prop_assert!(read.is_ok(), "{text}\n{read:?}");
            prop_assert_eq!(without_places(read.unwrap()), tree, "{}", text);
        }
    }
}
