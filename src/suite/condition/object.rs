//! Conditions as mappings, as Great Expectations 1.9 and later write them.
//!
//! Nulls answer as they do in pandas, which Great Expectations reads files with.

use super::nulls::as_in_pandas;
use super::relation::{compare_with_value, in_list};
use super::{MAX_DEPTH, fault, parse_text};
use crate::column::{Comparison, Literal, Predicate};
use crate::diagnostic::{Span, closest};
use crate::document::{Entry, Fault, Node, Value};

/// The kinds of conditions, each with the keys it has besides `type`.
const KINDS: [(&str, &[&str]); 5] = [
    ("comparison", &["column", "operator", "parameter"]),
    ("nullity", &["column", "is_null"]),
    ("and", &["conditions"]),
    ("or", &["conditions"]),
    ("pass_through", &["pass_through_filter"]),
];

/// The operators of comparisons.
const OPERATORS: [&str; 8] = ["==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN"];

/// Reads a condition from a mapping.
///
/// # Errors
/// All faults.
pub(super) fn parse_object(node: &Node, parser: Option<&str>) -> Result<Predicate, Vec<Fault>> {
    let mut faults = Vec::new();
    let predicate = condition(node, parser, 0, &mut faults);
    match predicate {
        Some(predicate) if faults.is_empty() => Ok(predicate),
        _ => Err(faults),
    }
}

fn report(faults: &mut Vec<Fault>, code: &'static str, message: String, span: Span, help: Option<String>) {
    faults.push(Fault { code, message, span, help });
}

/// Reads one condition; `None` where a fault was reported.
fn condition(node: &Node, parser: Option<&str>, depth: usize, faults: &mut Vec<Fault>) -> Option<Predicate> {
    if depth >= MAX_DEPTH {
        let message = format!("the condition is nested more than {MAX_DEPTH} levels deep");
        report(faults, "invalid-condition", message, node.span, None);
        return None;
    }
    let Value::Map(entries) = &node.value else {
        report(faults, "wrong-type", format!("a condition is a mapping here, not {}", node.kind()), node.span, None);
        return None;
    };
    let (kind, keys) = kind(node, faults)?;
    check_keys(entries, kind, keys, faults);
    match kind {
        "comparison" => comparison(node, faults),
        "nullity" => nullity(node, faults),
        "pass_through" => pass_through(node, parser, faults),
        _ => group(node, kind == "and", parser, depth, faults),
    }
}

/// Returns the kind of a condition with the keys it takes.
fn kind(node: &Node, faults: &mut Vec<Fault>) -> Option<(&'static str, &'static [&'static str])> {
    let kind = required(node, "type", faults)?;
    let known = kind.as_text().and_then(|text| KINDS.into_iter().find(|(name, _)| *name == text));
    if known.is_none() {
        let names = KINDS.map(|(name, _)| name);
        let message = format!("{} is not a kind of condition", shown(kind));
        report(faults, "wrong-value", message, kind.span, Some(suggestion(kind, &names)));
    }
    known
}

fn check_keys(entries: &[Entry], kind: &str, keys: &[&str], faults: &mut Vec<Fault>) {
    for entry in entries.iter().filter(|entry| entry.key != "type" && !keys.contains(&entry.key.as_str())) {
        let help = match closest(&entry.key, keys.iter().copied()) {
            Some(similar) => format!("did you mean `{similar}`?"),
            None => format!("besides `type` it takes `{}`", keys.join("`, `")),
        };
        let message = format!("a condition of type `{kind}` has no key `{}`", entry.key);
        report(faults, "unknown-key", message, entry.key_span, Some(help));
    }
}

fn required<'a>(node: &'a Node, key: &str, faults: &mut Vec<Fault>) -> Option<&'a Node> {
    let value = node.get(key);
    if value.is_none() {
        report(faults, "missing-key", format!("the condition lacks its `{key}`"), node.span, None);
    }
    value
}

/// Reads a column: `{"name": "x"}`, or its name alone.
fn column(node: &Node, faults: &mut Vec<Fault>) -> Option<String> {
    let name = if matches!(node.value, Value::Map(_)) { node.get("name") } else { Some(node) };
    let Some(name) = name.and_then(Node::as_text) else {
        let help = Some("write `{\"name\": \"…\"}`".to_owned());
        report(faults, "wrong-type", "this does not name a column".to_owned(), node.span, help);
        return None;
    };
    Some(name.to_owned())
}

fn comparison(node: &Node, faults: &mut Vec<Fault>) -> Option<Predicate> {
    let column_node = required(node, "column", faults);
    let left = column_node.and_then(|node| column(node, faults));
    let operator_node = required(node, "operator", faults);
    let operator = operator_node.and_then(|operator| {
        let known =
            operator.as_text().and_then(|text| OPERATORS.into_iter().find(|known| known.eq_ignore_ascii_case(text)));
        if known.is_none() {
            let message = format!("{} is not an operator", shown(operator));
            report(faults, "wrong-value", message, operator.span, Some(suggestion(operator, &OPERATORS)));
        }
        known
    });
    let parameter = required(node, "parameter", faults)?;
    let (left, operator) = (left?, operator?);
    let comparison = match operator {
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => {
            let among = in_list(&left, list(parameter, operator, faults)?);
            return Some(as_in_pandas(if operator == "IN" { among } else { among.negated() }));
        }
    };
    let predicate = match &parameter.value {
        Value::Map(_) => Predicate::Compare { left, operator: comparison, right: column(parameter, faults)? },
        Value::Null => {
            let help = match comparison {
                Comparison::Equal => Some("use `{\"type\": \"nullity\", …, \"is_null\": true}`".to_owned()),
                Comparison::NotEqual => Some("use `{\"type\": \"nullity\", …, \"is_null\": false}`".to_owned()),
                _ => None,
            };
            report(faults, "wrong-value", "a comparison with null is never true".to_owned(), parameter.span, help);
            return None;
        }
        _ => compare_with_value(&left, comparison, literal(parameter, faults)?),
    };
    Some(as_in_pandas(predicate))
}

fn list(node: &Node, operator: &str, faults: &mut Vec<Fault>) -> Option<Vec<Literal>> {
    let Value::List(items) = &node.value else {
        report(faults, "wrong-type", format!("`{operator}` takes a list, not {}", node.kind()), node.span, None);
        return None;
    };
    // every item is looked at, so that all faults are found
    let literals: Vec<_> = items.iter().map(|item| literal(item, faults)).collect();
    literals.into_iter().collect()
}

fn literal(node: &Node, faults: &mut Vec<Fault>) -> Option<Literal> {
    match &node.value {
        Value::Null => Some(Literal::Null),
        Value::Bool(value) => Some(Literal::Bool(*value)),
        Value::Int(value) => Some(Literal::Int(*value)),
        Value::Float(value) => Some(Literal::Float(*value)),
        Value::Text(text) => Some(Literal::Text(text.clone())),
        Value::List(_) | Value::Map(_) => {
            report(faults, "wrong-type", format!("{} cannot be compared with a column", node.kind()), node.span, None);
            None
        }
    }
}

fn nullity(node: &Node, faults: &mut Vec<Fault>) -> Option<Predicate> {
    let column_node = required(node, "column", faults);
    let column = column_node.and_then(|node| column(node, faults));
    let is_null = required(node, "is_null", faults)?;
    let Value::Bool(is_null) = is_null.value else {
        report(faults, "wrong-type", format!("`is_null` is a boolean, not {}", is_null.kind()), is_null.span, None);
        return None;
    };
    let null = Predicate::Null { column: column? };
    Some(if is_null { null } else { null.negated() })
}

fn pass_through(node: &Node, parser: Option<&str>, faults: &mut Vec<Fault>) -> Option<Predicate> {
    let filter = required(node, "pass_through_filter", faults)?;
    let Some(text) = filter.as_text() else {
        report(faults, "wrong-type", format!("the filter is a text, not {}", filter.kind()), filter.span, None);
        return None;
    };
    parse_text(text, parser).map_err(|error| faults.push(fault(filter, text, error))).ok()
}

fn group(node: &Node, by_and: bool, parser: Option<&str>, depth: usize, faults: &mut Vec<Fault>) -> Option<Predicate> {
    let conditions = required(node, "conditions", faults)?;
    let Value::List(items) = &conditions.value else {
        let message = format!("`conditions` is a list, not {}", conditions.kind());
        report(faults, "wrong-type", message, conditions.span, None);
        return None;
    };
    if items.is_empty() {
        report(faults, "wrong-value", "there are no conditions to join".to_owned(), conditions.span, None);
        return None;
    }
    let mut parts = Vec::with_capacity(items.len());
    let mut is_whole = true;
    for item in items {
        match condition(item, parser, depth + 1, faults) {
            Some(Predicate::And(inner)) if by_and => parts.extend(inner),
            Some(Predicate::Or(inner)) if !by_and => parts.extend(inner),
            Some(part) => parts.push(part),
            None => is_whole = false,
        }
    }
    if !is_whole {
        return None;
    }
    if parts.len() == 1 {
        return parts.pop();
    }
    Some(if by_and { Predicate::And(parts) } else { Predicate::Or(parts) })
}

fn shown(node: &Node) -> String {
    node.as_text().map_or_else(|| node.kind().to_owned(), |text| format!("`{text}`"))
}

fn suggestion(node: &Node, names: &[&str]) -> String {
    match node.as_text().and_then(|text| closest(text, names.iter().copied())) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None => format!("it is one of `{}`", names.join("`, `")),
    }
}
