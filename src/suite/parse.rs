//! Finds the parts of a suite in a tree. YAML's short form and Great Expectations' form may stand side by side.

use super::draft::{COMMON_KEYS, Draft, DraftExpectation};
use super::{Form, Problems, import};
use crate::diagnostic::{Diagnostic, Span, closest};
use crate::document::{Entry, Node, Value};

const SUITE_KEYS: &[&str] = &["name", "parameters", "expectations", "meta", "notes", "id", "description"];
const ITEM_KEYS: &[&str] = &["type", "kwargs", "meta", "severity", "id", "notes", "description"];

/// Tells whether a suite in YAML may have this key.
pub(super) fn is_suite_key(key: &str) -> bool {
    SUITE_KEYS.contains(&key) || import::SUITE_KEYS.contains(&key)
}

/// Tells whether an expectation in YAML may have this key beside its parameters.
pub(super) fn is_item_key(key: &str) -> bool {
    ITEM_KEYS.contains(&key) || COMMON_KEYS.contains(&key) || import::ITEM_KEYS.contains(&key)
}

const EXAMPLE: &str =
    "a suite begins like this:\nname: orders\nexpectations:\n  - expect_column_values_to_not_be_null: {column: id}";

/// Reads the whole suite. `None` where the text is no suite at all.
pub(super) fn suite(root: &Node, form: Form, problems: &mut Problems) -> Option<Draft> {
    let entries = match &root.value {
        Value::Map(entries) => entries,
        Value::Null => {
            problems.push(Diagnostic::error("not-a-suite", "the suite is empty", None).with_help(EXAMPLE));
            return None;
        }
        Value::List(_) => {
            let message = "the suite is a list, expected a mapping with the key `expectations`";
            let help = match form {
                Form::Yaml => "put the list under `expectations:`",
                Form::Json => "write `{\"name\": \"…\", \"expectations\": […]}`",
            };
            problems.push(Diagnostic::error("not-a-suite", message, Some(start_of(root))).with_help(help));
            return None;
        }
        _ => {
            let message = format!("the suite is {}, expected a mapping with the key `expectations`", root.describe());
            problems.push(Diagnostic::error("not-a-suite", message, Some(start_of(root))).with_help(EXAMPLE));
            return None;
        }
    };
    if root.get("expectations").is_none()
        && let Some((what, help)) = import::other_file(root)
    {
        problems.push(Diagnostic::error("not-a-suite", format!("this is {what}, not a suite"), None).with_help(help));
        return None;
    }
    let mut draft = Draft::default();
    for entry in entries {
        suite_entry(&mut draft, entry, form, problems);
    }
    match root.get("expectations") {
        None => problems.push(
            Diagnostic::error("missing-key", "the suite has no key `expectations`", Some(start_of(root)))
                .with_label("this mapping lacks it")
                .with_help(EXAMPLE),
        ),
        Some(node)
            if draft.expectations.is_empty() && matches!(&node.value, Value::List(items) if items.is_empty()) =>
        {
            let message = "the suite expects nothing: it succeeds on any data";
            problems.push(Diagnostic::warning("empty-suite", message, Some(node.span)));
        }
        Some(_) => {}
    }
    Some(draft)
}

fn suite_entry(draft: &mut Draft, entry: &Entry, form: Form, problems: &mut Problems) {
    let value = &entry.value;
    match entry.key.as_str() {
        "name" | "expectation_suite_name" => match &value.value {
            Value::Text(text) => draft.name = Some(text.clone()),
            Value::Int(number) => draft.name = Some(number.to_string()),
            Value::Null => {}
            _ => problems.push(wrong_kind(entry, "a text")),
        },
        "parameters" | "suite_parameters" | "evaluation_parameters" => match &value.value {
            Value::Map(entries) => draft.parameters.extend(entries.iter().cloned()),
            Value::Null => {}
            _ => problems
                .push(wrong_kind(entry, "a mapping of names to values").with_help("write `parameters: {name: value}`")),
        },
        "expectations" => expectations(draft, entry, form, problems),
        "meta" => match &value.value {
            Value::Map(_) => draft.meta = Some(value.clone()),
            Value::Null => {}
            _ => problems.push(wrong_kind(entry, "a mapping")),
        },
        "notes" | "id" | "description" => draft.envelope.push(entry.clone()),
        key if import::SUITE_KEYS.contains(&key) => draft.envelope.push(entry.clone()),
        _ => {
            problems.push(unknown_key(entry, SUITE_KEYS, form));
            draft.envelope.push(entry.clone());
        }
    }
}

fn expectations(draft: &mut Draft, entry: &Entry, form: Form, problems: &mut Problems) {
    match &entry.value.value {
        Value::List(items) => {
            draft.expectations.extend(items.iter().filter_map(|item| expectation(item, form, problems)));
        }
        Value::Null => problems.push(
            Diagnostic::error("wrong-type", "`expectations` is empty, expected a list", Some(entry.key_span))
                .with_help(EXAMPLE),
        ),
        Value::Map(_) => problems.push(
            wrong_kind(entry, "a list").with_help("begin each expectation with `- `, so that one can be given twice"),
        ),
        _ => problems.push(wrong_kind(entry, "a list")),
    }
}

/// Reads one item of the list: a name alone, a name with its parameters, or the form with `type` and `kwargs`.
fn expectation(item: &Node, form: Form, problems: &mut Problems) -> Option<DraftExpectation> {
    match &item.value {
        Value::Text(name) => {
            let kwargs = Node::new(Value::Map(Vec::new()), item.span);
            Some(DraftExpectation::new(name.clone(), item.span, item.span, kwargs))
        }
        Value::Map(entries) => match entries.as_slice() {
            _ if item.get("type").is_some() || item.get("expectation_type").is_some() => {
                typed(item, entries, form, problems)
            }
            [entry] if !ITEM_KEYS.contains(&entry.key.as_str()) => named(item, entry, problems),
            _ => {
                problems.push(misplaced(item, entries));
                None
            }
        },
        _ => {
            let message = format!("an expectation is {}, expected its name and its parameters", item.describe());
            let help = "write `- expect_column_values_to_not_be_null: {column: id}`";
            problems.push(Diagnostic::error("wrong-type", message, Some(item.span)).with_help(help));
            None
        }
    }
}

/// Reads `name: {parameters}`.
fn named(item: &Node, entry: &Entry, problems: &mut Problems) -> Option<DraftExpectation> {
    let kwargs = kwargs(&entry.key, Some(entry), entry.key_span, problems)?;
    Some(DraftExpectation::new(entry.key.clone(), entry.key_span, item.span, kwargs))
}

/// Reads `type: name`, `kwargs: {parameters}` and what stands beside them.
fn typed(item: &Node, entries: &[Entry], form: Form, problems: &mut Problems) -> Option<DraftExpectation> {
    let find = |keys: [&str; 2]| entries.iter().find(|entry| keys.contains(&entry.key.as_str()));
    let type_entry = find(["type", "expectation_type"])?;
    let Some(name) = type_entry.value.as_text() else {
        problems.push(wrong_kind(type_entry, "the name of an expectation"));
        return None;
    };
    if name.trim().is_empty() {
        let message = format!("`{}` is empty, expected the name of an expectation", type_entry.key);
        problems.push(Diagnostic::error("wrong-value", message, Some(type_entry.value.span)));
        return None;
    }
    let name_span = type_entry.value.span;
    let kwargs = kwargs(name, find(["kwargs", "kwargs"]), name_span, problems)?;
    let mut draft = DraftExpectation::new(name.to_owned(), name_span, item.span, kwargs);
    for entry in entries {
        match entry.key.as_str() {
            "type" | "expectation_type" | "kwargs" => {}
            key if COMMON_KEYS.contains(&key) || import::ITEM_KEYS.contains(&key) => draft.add_outer(entry.clone()),
            _ => {
                problems.push(unknown_key(entry, ITEM_KEYS, form));
                draft.add_outer(entry.clone());
            }
        }
    }
    Some(draft)
}

fn kwargs(name: &str, entry: Option<&Entry>, name_span: Span, problems: &mut Problems) -> Option<Node> {
    let empty = Node::new(Value::Map(Vec::new()), name_span);
    let Some(entry) = entry else { return Some(empty) };
    match &entry.value.value {
        Value::Map(_) => Some(entry.value.clone()),
        Value::Null => Some(empty),
        _ => {
            let message = format!("`{name}` has {}, expected a mapping of its parameters", entry.value.describe());
            let help = format!("write `{name}: {{column: …}}`");
            problems.push(Diagnostic::error("wrong-type", message, Some(entry.value.span)).with_help(help));
            None
        }
    }
}

/// Says what is wrong with an item of several keys: the usual slips of indentation.
fn misplaced(item: &Node, entries: &[Entry]) -> Diagnostic {
    let Some(first) = entries.first() else {
        return Diagnostic::error("wrong-type", "an expectation is an empty mapping", Some(item.span))
            .with_help("write `- expect_column_values_to_not_be_null: {column: id}`");
    };
    let is_name =
        |entry: &Entry| entry.key.starts_with("expect_") || crate::expectation::catalog::find(&entry.key).is_some();
    let names = entries.iter().filter(|entry| is_name(entry)).count();
    let second = entries.get(1).unwrap_or(first);
    if names > 1 {
        let message = format!("the item holds {names} expectations, expected one");
        return Diagnostic::error("misplaced-key", message, Some(second.key_span))
            .with_help("begin each expectation with `- `");
    }
    if let Some(name) = entries.iter().find(|entry| is_name(entry)) {
        let stray = entries.iter().find(|entry| !is_name(entry)).unwrap_or(second);
        let message = format!("`{}` stands beside `{}`, expected it below", stray.key, name.key);
        return Diagnostic::error("misplaced-key", message, Some(stray.key_span))
            .with_help("indent the parameters further than the name of their expectation");
    }
    let message = "the item does not name its expectation";
    let help = "write `- expect_column_values_to_not_be_null: {column: id}`, or give the name as `type`";
    Diagnostic::error("missing-key", message, Some(first.key_span)).with_help(help)
}

/// A typing slip is an error where a person writes; in Great Expectations' JSON it is a key of some other version.
fn unknown_key(entry: &Entry, known: &[&str], form: Form) -> Diagnostic {
    let message = format!("unknown key `{}`", entry.key);
    let help = match closest(&entry.key, known.iter().copied()) {
        Some(similar) => format!("a similar key exists: `{similar}`"),
        None => format!("known keys: {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")),
    };
    let make = if form == Form::Yaml { Diagnostic::error } else { Diagnostic::warning };
    make("unknown-key", message, Some(entry.key_span)).with_help(help)
}

fn wrong_kind(entry: &Entry, expected: &str) -> Diagnostic {
    let message = format!("`{}` is {}, expected {expected}", entry.key, entry.value.describe());
    Diagnostic::error("wrong-type", message, Some(start_of(&entry.value)))
}

/// The first line of a value at most: enough to point at.
fn start_of(node: &Node) -> Span {
    match &node.value {
        Value::Map(entries) => entries.first().map_or(node.span, |entry| entry.key_span),
        Value::List(items) => items.first().map_or(node.span, |item| Span::new(node.span.start, item.span.start)),
        _ => node.span,
    }
}
