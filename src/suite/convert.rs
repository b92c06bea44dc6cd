//! From one textual form of a suite to the other. Parameters stay open, remarks stay, names get today's spelling; comments
//! and the order of keys do not survive.

use std::sync::Arc;

use super::draft::{COMMON_KEYS, Draft, DraftExpectation, is_empty};
use super::import::{self, Name};
use super::{Form, Problems, parse};
use crate::diagnostic::{Diagnostic, SourceText, Span};
use crate::document::{Entry, Node, Value, read_yaml, write_json, write_yaml};

/// Writes a suite as Great Expectations 1.x stores it.
///
/// # Errors
/// Every fault that hides what the text says. Names and values are not looked at.
pub fn to_gx_json(source: &Arc<SourceText>, form: Form) -> Result<String, Vec<Diagnostic>> {
    let draft = read(source, form)?;
    let mut suite = Vec::new();
    push(&mut suite, "name", Value::Text(draft.name.clone().unwrap_or_default()));
    suite.extend(draft.envelope.iter().filter(|entry| entry.key == "id").cloned());
    push(&mut suite, "expectations", Value::List(draft.expectations.iter().map(gx_expectation).collect()));
    if !draft.parameters.is_empty() {
        push(&mut suite, "suite_parameters", Value::Map(draft.parameters.clone()));
    }
    push(&mut suite, "meta", draft.meta.as_ref().map_or_else(|| Value::Map(Vec::new()), |meta| meta.value.clone()));
    suite.extend(draft.envelope.iter().filter(|entry| entry.key != "id").cloned());
    Ok(write_json(&mapping(suite)))
}

/// Writes a suite as YAML.
///
/// # Errors
/// Every fault that hides what the text says. Names and values are not looked at.
pub fn to_yaml(source: &Arc<SourceText>, form: Form) -> Result<String, Vec<Diagnostic>> {
    let draft = read(source, form)?;
    let mut suite = Vec::new();
    push(&mut suite, "name", Value::Text(draft.name.clone().unwrap_or_default()));
    let (known, meta) = with_strangers_in_meta(&draft.envelope, draft.meta.as_ref(), parse::is_suite_key);
    suite.extend(known);
    if !draft.parameters.is_empty() {
        push(&mut suite, "parameters", Value::Map(draft.parameters.clone()));
    }
    push(&mut suite, "expectations", Value::List(draft.expectations.iter().map(yaml_expectation).collect()));
    suite.extend(meta.filter(|meta| !is_empty(&meta.value)));
    Ok(write_yaml(&mapping(suite)))
}

/// Tells whether a suite in YAML has comments, which conversion drops.
#[must_use]
pub fn has_comments(source: &Arc<SourceText>) -> bool {
    let (Some(root), _) = read_yaml(source) else { return false };
    let mut values = Vec::new();
    scalars(&root, &mut values);
    source.text.match_indices('#').any(|(at, _)| {
        let begins = source.text[..at].chars().next_back().is_none_or(char::is_whitespace);
        begins && !values.iter().any(|span| (span.start..span.end).contains(&at))
    })
}

/// Collects where keys and values stand that hold no others.
fn scalars(node: &Node, into: &mut Vec<Span>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| scalars(item, into)),
        Value::Map(entries) => {
            for entry in entries {
                into.push(entry.key_span);
                scalars(&entry.value, into);
            }
        }
        _ => into.push(node.span),
    }
}

fn read(source: &Arc<SourceText>, form: Form) -> Result<Draft, Vec<Diagnostic>> {
    let mut problems = Problems::new(source);
    let draft = Draft::parse(source, form, &mut problems);
    let (has_errors, diagnostics) = problems.finish();
    match draft {
        Some(draft) if !has_errors => Ok(draft),
        _ => Err(diagnostics),
    }
}

/// `{"type": …, "kwargs": {…}, "meta": {…}, "severity": …, "id": …}`
fn gx_expectation(draft: &DraftExpectation) -> Node {
    let mut kwargs = draft.kwargs.entries().to_vec();
    let inner = [&draft.row_condition, &draft.condition_parser, &draft.result_format];
    kwargs.extend(inner.into_iter().flatten().cloned());
    let mut item = Vec::new();
    push(&mut item, "type", Value::Text(current_name(draft)));
    push(&mut item, "kwargs", Value::Map(kwargs));
    match &draft.meta {
        Some(meta) => item.push(meta.clone()),
        None => push(&mut item, "meta", Value::Map(Vec::new())),
    }
    item.extend(draft.severity.iter().cloned());
    item.extend(draft.envelope.iter().cloned());
    mapping(item)
}

/// `name: {…}`, or the form with `type` where the short one cannot say it.
fn yaml_expectation(draft: &DraftExpectation) -> Node {
    let (known, meta) =
        with_strangers_in_meta(&draft.envelope, draft.meta.as_ref().map(|meta| &meta.value), parse::is_item_key);
    let common = [&draft.row_condition, &draft.condition_parser, &draft.severity, &draft.result_format, &meta];
    let common = common.into_iter().flatten().chain(&known);
    let common: Vec<Entry> = common.filter(|entry| !is_empty(&entry.value)).cloned().collect();
    let name = current_name(draft);
    let is_short = common.iter().all(|entry| COMMON_KEYS.contains(&entry.key.as_str()))
        && !matches!(name.as_str(), "type" | "expectation_type");
    let mut item = Vec::new();
    if is_short {
        let kwargs = draft.kwargs.entries().iter().cloned().chain(common).collect();
        push(&mut item, &name, Value::Map(kwargs));
    } else {
        push(&mut item, "type", Value::Text(name));
        push(&mut item, "kwargs", draft.kwargs.value.clone());
        item.extend(common);
    }
    mapping(item)
}

/// Splits what is passed through into the keys that YAML may have there and `meta`, into which all others go: a key of
/// some other version of Great Expectations is a warning in JSON and an error in YAML.
fn with_strangers_in_meta(
    envelope: &[Entry],
    meta: Option<&Node>,
    is_known: impl Fn(&str) -> bool,
) -> (Vec<Entry>, Option<Entry>) {
    let (known, strangers): (Vec<Entry>, Vec<Entry>) = envelope.iter().cloned().partition(|entry| is_known(&entry.key));
    let mut value = meta.map(|meta| meta.value.clone());
    if !strangers.is_empty() {
        let mut entries = match value {
            Some(Value::Map(entries)) => entries,
            None | Some(Value::Null) => Vec::new(),
            Some(other) => {
                let span = Span::default();
                vec![Entry { key: "meta".to_owned(), key_span: span, value: Node::new(other, span) }]
            }
        };
        for mut stranger in strangers {
            while entries.iter().any(|entry| entry.key == stranger.key) {
                stranger.key.push('_');
            }
            entries.push(stranger);
        }
        value = Some(Value::Map(entries));
    }
    let meta = value.map(|value| {
        let span = Span::default();
        Entry { key: "meta".to_owned(), key_span: span, value: Node::new(value, span) }
    });
    (known, meta)
}

/// Returns today's name of the expectation; one that is not known stays as it is.
fn current_name(draft: &DraftExpectation) -> String {
    match import::resolve(&draft.name) {
        Name::Known(entry) | Name::Renamed(entry) => entry.name.to_owned(),
        Name::Unknown { .. } => draft.name.clone(),
    }
}

fn push(entries: &mut Vec<Entry>, key: &str, value: Value) {
    let span = Span::default();
    entries.push(Entry { key: key.to_owned(), key_span: span, value: Node::new(value, span) });
}

fn mapping(entries: Vec<Entry>) -> Node {
    Node::new(Value::Map(entries), Span::default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::suite::{Options, Suite};

    const YAML: &str = "\
name: orders
id: 6f1c
notes: for the night run
parameters: {limit: 100, days: [1, 2.0, null]}
expectations:
  - expect_column_values_to_not_be_null: {column: id, mostly: 0.5}
  - expect_column_values_to_be_between:
      column: amount
      min_value: 0
      max_value: {$PARAMETER: limit * 2}
      severity: warning
      description: no more than we have
      id: abc
  - expect_column_values_to_be_in_set:
      column: PM2.5 'x'
      value_set: ['1', 1, 1.0, 'yes', null, {$PARAMETER: limit}]
      meta: {owner: team, tags: [a, b]}
      notes: [one, two]
  - type: expect_column_to_exist
    kwargs: {column: id}
    rendered_content: [1]
meta: {owner: me}
";

    fn source(name: &str, text: &str) -> Arc<SourceText> {
        SourceText::new(name, text)
    }

    /// What a reader can tell of a suite, but for where it stands.
    fn content(source: &Arc<SourceText>, form: Form) -> Vec<String> {
        let (suite, _) =
            Suite::parse(source, form, &[], &Options::default()).unwrap_or_else(|errors| panic!("{errors:?}"));
        let mut lines = vec![format!("{} {:?} {:?} {:?}", suite.name, suite.parameters, suite.meta, suite.envelope)];
        lines.extend(suite.expectations.iter().map(|expectation| {
            format!(
                "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                expectation.name,
                expectation.expectation,
                expectation.kwargs,
                expectation.row_condition,
                expectation.severity,
                expectation.meta,
                expectation.envelope,
                expectation.format,
            )
        }));
        lines
    }

    #[test]
    fn both_forms_say_the_same() {
        let yaml = source("orders.yaml", YAML);
        let json = source("orders.json", &to_gx_json(&yaml, Form::Yaml).unwrap());
        assert_eq!(content(&json, Form::Json), content(&yaml, Form::Yaml));
        let again = source("orders.yaml", &to_yaml(&json, Form::Json).unwrap());
        assert_eq!(content(&again, Form::Yaml), content(&yaml, Form::Yaml));
        assert_eq!(to_yaml(&again, Form::Yaml).unwrap(), again.text);
        assert!(again.text.contains("max_value: {$PARAMETER: 'limit * 2'}"), "{}", again.text);
        assert!(
            again.text.contains("- expect_column_values_to_not_be_null: {column: id, mostly: 0.5}"),
            "{}",
            again.text
        );
    }

    #[test]
    fn json_has_the_shape_of_great_expectations() {
        let yaml = source(
            "t.yaml",
            "expectations:\n  - expect_column_to_exist: {column: a, severity: info, row_condition: b > 1}\n",
        );
        let json: serde_json::Value = serde_json::from_str(&to_gx_json(&yaml, Form::Yaml).unwrap()).unwrap();
        let expected = serde_json::json!({
            "name": "t",
            "expectations": [{
                "type": "expect_column_to_exist",
                "kwargs": {"column": "a", "row_condition": "b > 1"},
                "meta": {},
                "severity": "info",
            }],
            "meta": {},
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn old_suites_get_the_new_spelling() {
        let old = r#"{"expectation_suite_name": "a.b", "ge_cloud_id": null, "data_asset_type": "Dataset",
            "evaluation_parameters": {"limit": 1}, "expectations": [
            {"expectation_type": "ExpectColumnValuesToBeUnique", "kwargs": {"column": "x", "result_format": "BASIC"},
             "meta": {}, "ge_cloud_id": "77", "expectation_context": {"description": "one of each"}},
            {"expectation_type": "my_custom", "kwargs": {"row_condition": {"type": "nullity"}, "other": [1]}, "meta": {"a": null}}],
            "meta": {"great_expectations_version": "0.18.1"}}"#;
        let yaml = to_yaml(&source("a.json", old), Form::Json).unwrap();
        let expected = "\
name: a.b
data_asset_type: Dataset
parameters: {limit: 1}
expectations:
  - expect_column_values_to_be_unique:
      column: x
      result_format: BASIC
      id: '77'
      description: one of each
  - my_custom:
      other: [1]
      row_condition: {type: nullity}
      meta: {a: null}
meta: {great_expectations_version: 0.18.1}
";
        assert_eq!(yaml, expected.replace("0.18.1", "'0.18.1'"));
    }

    #[test]
    fn comments_are_told_from_texts() {
        for (text, expected) in [
            ("# why\na: 1\n", true),
            ("a: 1 # why\n", true),
            ("a: '1 # no'\nb: c#d\n", false),
            ("a: |\n  # a text\n  too # this\n", false),
            ("a: {b: \" # \"} # yes\n", true),
        ] {
            assert_eq!(has_comments(&source("t.yaml", text)), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_suite_is_not_converted() {
        assert_eq!(to_yaml(&source("a.json", "[1]"), Form::Json).unwrap_err()[0].code, "not-a-suite");
        assert_eq!(to_gx_json(&source("a.yaml", "a: [").clone(), Form::Yaml).unwrap_err()[0].code, "yaml-syntax");
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (-1e6..1e6).prop_map(Into::into),
            "\\PC{0,8}".prop_map(Into::into),
            "[-: #'\"{}\\[\\]\n0-9a-f]{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map("[ -~]{0,5}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// A suite of one expectation, with anything where anything may stand.
    fn any_suite() -> impl Strategy<Value = serde_json::Value> {
        let values = prop::collection::vec(any_json(), 0..4);
        let meta = prop::collection::btree_map("[ -~]{0,5}", any_json(), 0..3);
        (values, meta, any_json(), "\\PC{0,8}", prop::sample::select(vec!["info", "warning"]), "[ -~]{1,8}").prop_map(
            |(values, meta, notes, column, severity, name)| {
                serde_json::json!({
                    "name": name,
                    "notes": notes,
                    "parameters": { "limit": values },
                    "expectations": [{
                        "expect_column_values_to_be_in_set": {
                            "column": column,
                            "value_set": values,
                            "severity": severity,
                            "meta": meta,
                            "notes": notes,
                            "mostly": 0.5,
                        },
                    }],
                    "meta": meta,
                })
            },
        )
    }

    #[test]
    fn keys_of_no_version_go_into_meta() {
        let json = r#"{"name": "a", "owner": 1, "meta": {"owner": 2}, "expectations": [
            {"type": "expect_column_to_exist", "kwargs": {"column": "a"}, "batch": "x"}]}"#;
        let yaml = to_yaml(&source("t.json", json), Form::Json).unwrap();
        let expected = "\
name: a
expectations:
  - expect_column_to_exist:
      column: a
      meta: {batch: x}
meta: {owner: 2, owner_: 1}
";
        assert_eq!(yaml, expected);
        content(&source("t.yaml", &yaml), Form::Yaml);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_on_the_way(suite in any_suite()) {
            let yaml = source("t.yaml", &write_yaml(&Node::from_json(&suite, Span::default())));
            let json = source("t.json", &to_gx_json(&yaml, Form::Yaml).unwrap());
            let again = source("t.yaml", &to_yaml(&json, Form::Json).unwrap());
            prop_assert_eq!(content(&json, Form::Json), content(&yaml, Form::Yaml));
            prop_assert_eq!(content(&again, Form::Yaml), content(&yaml, Form::Yaml));
        }
    }
}
