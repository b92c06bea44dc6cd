//! From a draft to a suite: parameters replaced, names looked up, parameters read into their types.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;
use serde_json::Map;
use sha2::{Digest, Sha256};

use super::draft::{Draft, DraftExpectation, is_empty};
use super::import::{self, Name};
use super::parameter::{MOST_SUGGESTED, Open, Parameters};
use super::{Declared, Options, Problems, Skipped, Suite, SuiteExpectation, condition, judgeable, result_format};
use crate::diagnostic::{Diagnostic, Level, Span, closest};
use crate::document::{Entry, Fault, Node, Value};
use crate::expectation::catalog;
use crate::verdict::Severity;

/// Builds the suite as far as it is right; what is wrong goes to `problems`.
pub(super) fn build(
    draft: Draft,
    given: &[(String, serde_json::Value)],
    options: &Options,
    problems: &mut Problems,
) -> Suite {
    let now = options.now.unwrap_or_else(|| chrono::Utc::now().naive_utc());
    let parameters = Parameters::new(given, &draft.parameters, now);
    let mut builder = Builder {
        parameters: &parameters,
        options,
        problems,
        skipped: Vec::new(),
        idle: BTreeMap::new(),
        wanting: BTreeMap::new(),
    };
    let expectations = draft.expectations.into_iter().filter_map(|draft| builder.expectation(draft)).collect();
    let Builder { skipped, idle, wanting, .. } = builder;
    for fault in wanting.into_values() {
        problems.push(wanting_note(fault));
    }
    for (key, places) in idle {
        problems.push(idle_warning(&key, &places));
    }
    for (name, _) in given {
        if !parameters.is_used(name) {
            problems.push(unused_warning(name, &parameters));
        }
    }
    let declared = draft.parameters.iter().map(|entry| Declared {
        name: entry.key.clone(),
        span: entry.key_span,
        is_used: parameters.is_used(&entry.key),
    });
    let mut values: Map<_, _> =
        draft.parameters.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect();
    values.extend(given.iter().cloned());
    Suite {
        name: draft.name.unwrap_or_default(),
        parameters: values,
        declared: declared.collect(),
        expectations,
        skipped,
        meta: draft.meta.as_ref().map(to_map).unwrap_or_default(),
        envelope: draft.envelope.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect(),
        hash: hash(&problems.source.text),
        source: problems.source.clone(),
    }
}

/// Returns the SHA-256 of a text in hexadecimal digits.
#[must_use]
pub fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

struct Builder<'a> {
    parameters: &'a Parameters<'a>,
    options: &'a Options,
    problems: &'a mut Problems,
    skipped: Vec<Skipped>,
    /// Parameters that mean nothing here, with where they stand.
    idle: BTreeMap<String, Vec<Span>>,
    /// Why there is no value for a parameter, once for each, where that is no fault.
    wanting: BTreeMap<String, Fault>,
}

impl Builder<'_> {
    /// Builds one expectation. Everything in it is checked, also after the first fault.
    fn expectation(&mut self, mut draft: DraftExpectation) -> Option<SuiteExpectation> {
        let mut open = Open::default();
        let mut kwargs = self.parameters.substitute(&draft.kwargs, &mut open);
        if let Some(condition) = &mut draft.row_condition {
            condition.value = self.parameters.substitute(&condition.value, &mut open);
        }
        if self.options.allow_open {
            let (wanting, others) =
                std::mem::take(&mut open.faults).into_iter().partition(|fault| fault.code == "unknown-parameter");
            open.faults = others;
            let wanting: Vec<Fault> = wanting;
            for fault in wanting {
                self.wanting.entry(fault.message.clone()).or_insert(fault);
            }
        }
        let entry = match import::resolve(&draft.name) {
            Name::Known(entry) => entry,
            Name::Renamed(entry) => {
                let message = format!("`{}` is called `{}` today", draft.name, entry.name);
                self.problems.push(Diagnostic::warning("renamed-expectation", message, Some(draft.name_span)));
                entry
            }
            Name::Unknown { help } => {
                self.report(&draft, Level::Error, open.faults);
                self.unknown(draft, help);
                return None;
            }
        };
        self.take_idle(entry, &mut kwargs);
        let mut faults = Vec::new();
        let envelope = read_envelope(&draft, &mut faults);
        let format = present(draft.result_format.as_ref())
            .and_then(|entry| keep(result_format::read_result_format(&entry.value), &mut faults));
        let row_condition = read_condition(&draft, &envelope, &mut faults);
        let mut wrong = Vec::new();
        let expectation = keep(entry.read(&kwargs), &mut wrong);
        if !open.places.is_empty() {
            // One complaint about a value that is not there is enough. What parameters are together is open then: a single
            // complaint about a value is likely to come of that.
            wrong.retain(|fault| !open.covers(fault.span));
            wrong = if matches!(wrong.as_slice(), [Fault { code: "wrong-value", .. }]) { Vec::new() } else { wrong };
        }
        faults.extend(wrong);
        for judgeable::Finding { fault, level } in judgeable::findings(&kwargs, &open) {
            if level == Level::Error && !self.options.allow_unjudgeable {
                faults.push(fault);
            } else {
                self.report(&draft, Level::Warning, vec![fault]);
            }
        }
        faults.extend(open.faults);
        let is_whole = faults.is_empty() && open.places.is_empty();
        self.report(&draft, Level::Error, faults);
        if !is_whole {
            return None;
        }
        let conditions = [draft.row_condition.as_ref(), draft.condition_parser.as_ref()].into_iter().flatten();
        let all = || kwargs.entries().iter().chain(conditions.clone().filter(|entry| !is_empty(&entry.value)));
        Some(SuiteExpectation {
            name: entry.name,
            entry,
            expectation: expectation?,
            kwargs: all().map(|entry| (entry.key.clone(), entry.value.to_json())).collect(),
            row_condition,
            severity: envelope.severity.unwrap_or_default(),
            meta: draft.meta.as_ref().map(|entry| to_map(&entry.value)).unwrap_or_default(),
            envelope: draft.envelope.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect(),
            format,
            span: draft.span,
            name_span: draft.name_span,
            parameter_spans: all().map(|entry| (entry.key.clone(), entry.value.span)).collect(),
        })
    }

    fn unknown(&mut self, draft: DraftExpectation, help: String) {
        let message = format!("there is no expectation `{}`", draft.name);
        if self.options.skip_unknown {
            let message = format!("{message}; it is left out");
            self.problems
                .push(Diagnostic::warning("unknown-expectation", message, Some(draft.name_span)).with_help(help));
            self.skipped.push(Skipped { name: draft.name, span: draft.span });
        } else {
            self.problems
                .push(Diagnostic::error("unknown-expectation", message, Some(draft.name_span)).with_help(help));
        }
    }

    /// Takes out what Great Expectations accepts and what changes nothing here.
    fn take_idle(&mut self, entry: &catalog::Entry, kwargs: &mut Node) {
        let Value::Map(entries) = &mut kwargs.value else { return };
        if !entries.iter().any(|entry| import::is_idle(&entry.key)) {
            return;
        }
        let known = parameter_names(entry);
        entries.retain(|entry| {
            let is_idle = import::is_idle(&entry.key) && !known.contains(&entry.key);
            if is_idle {
                self.idle.entry(entry.key.clone()).or_default().push(entry.key_span);
            }
            !is_idle
        });
    }

    /// Reports faults in an expectation's parameters, in its name.
    fn report(&mut self, draft: &DraftExpectation, level: Level, faults: Vec<Fault>) {
        for fault in faults {
            let is_missing = fault.code == "missing-key" && fault.span == draft.kwargs.span;
            let (span, label) = match fault.code {
                "missing-key" if is_missing => (draft.name_span, "this expectation lacks a parameter".to_owned()),
                "unknown-key" => (fault.span, format!("not a parameter of `{}`", draft.name)),
                _ => (fault.span, format!("in `{}`", draft.name)),
            };
            let message = if is_missing { format!("`{}`: {}", draft.name, fault.message) } else { fault.message };
            let diagnostic =
                Diagnostic { level, ..Diagnostic::error(fault.code, message, Some(span)) }.with_label(label);
            self.problems.push(match fault.help {
                Some(help) => diagnostic.with_help(help),
                None => diagnostic,
            });
        }
    }
}

/// Returns the names of an expectation's own parameters.
fn parameter_names(entry: &catalog::Entry) -> Vec<String> {
    let schema = entry.schema(&mut schemars::SchemaGenerator::default());
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

/// What every expectation may have, as far as it has a type.
#[derive(Debug, Default, Deserialize)]
struct Envelope {
    severity: Option<Severity>,
    condition_parser: Option<String>,
}

fn read_envelope(draft: &DraftExpectation, faults: &mut Vec<Fault>) -> Envelope {
    if let Some(meta) = present(draft.meta.as_ref())
        && !matches!(meta.value.value, Value::Map(_))
    {
        let message = format!("`meta` is {}, expected a mapping", meta.value.describe());
        faults.push(Fault { code: "wrong-type", message, span: meta.value.span, help: None });
    }
    let entries = [&draft.severity, &draft.condition_parser].into_iter().flatten().cloned().collect();
    let node = Node::new(Value::Map(entries), draft.span);
    keep(node.read(), faults).unwrap_or_default()
}

fn read_condition(
    draft: &DraftExpectation,
    envelope: &Envelope,
    faults: &mut Vec<Fault>,
) -> Option<crate::column::Predicate> {
    let entry = present(draft.row_condition.as_ref()).filter(|entry| entry.value.as_text() != Some(""))?;
    let mut result = condition::parse_condition(&entry.value, envelope.condition_parser.as_deref());
    if let (Err(faults), Some(parser)) = (&mut result, &draft.condition_parser) {
        let about_parser = faults.iter_mut().filter(|fault| fault.code == "unknown-condition-parser");
        about_parser.for_each(|fault| fault.span = parser.value.span);
    }
    keep(result, faults)
}

fn present(entry: Option<&Entry>) -> Option<&Entry> {
    entry.filter(|entry| !is_empty(&entry.value))
}

fn keep<T>(result: Result<T, Vec<Fault>>, faults: &mut Vec<Fault>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(more) => {
            faults.extend(more);
            None
        }
    }
}

fn to_map(node: &Node) -> Map<String, serde_json::Value> {
    match node.to_json() {
        serde_json::Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn idle_warning(key: &str, places: &[Span]) -> Diagnostic {
    let times = match places.len() {
        1 => String::new(),
        count => format!(" ({count} times)"),
    };
    let help = match key {
        "parse_strings_as_datetimes" | "output_strftime_format" => {
            "dates and times are read by the type of their column"
        }
        "catch_exceptions" => "an expectation that cannot be judged never stops the others",
        _ => "it can be left out",
    };
    let message = format!("`{key}` changes nothing here and is ignored{times}");
    Diagnostic::warning("ignored-key", message, places.first().copied()).with_help(help)
}

fn wanting_note(fault: Fault) -> Diagnostic {
    let message = format!("{}: a run has to give it", fault.message);
    let note = Diagnostic { level: Level::Note, ..Diagnostic::warning("open-parameter", message, Some(fault.span)) };
    match fault.help {
        Some(help) => note.with_help(help),
        None => note,
    }
}

fn unused_warning(name: &str, parameters: &Parameters<'_>) -> Diagnostic {
    let message = format!("the parameter `{name}` is given, and no expectation refers to it");
    let others = parameters.names().filter(|other| *other != name).take(MOST_SUGGESTED);
    match closest(name, others) {
        Some(similar) => {
            Diagnostic::warning("unused-parameter", message, None).with_help(format!("is `{similar}` meant?"))
        }
        None => Diagnostic::warning("unused-parameter", message, None),
    }
}
