//! A suite's parts as the text gives them: names not looked up, parameters not replaced. Both textual forms come to this,
//! and both are written from it.

use std::sync::Arc;

use super::{Form, Problems, import, parse};
use crate::diagnostic::{SourceText, Span};
use crate::document::{Entry, Node, Value, read_json, read_yaml};

/// A suite as it is written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The name and where it stands.
    pub name: Option<String>,
    /// The suite's own parameters.
    pub parameters: Vec<Entry>,
    pub expectations: Vec<DraftExpectation>,
    pub meta: Option<Node>,
    /// `id`, `notes` and whatever else is passed through.
    pub envelope: Vec<Entry>,
}

/// An expectation as it is written.
#[derive(Debug)]
pub(super) struct DraftExpectation {
    /// The name as the text spells it.
    pub name: String,
    pub name_span: Span,
    /// The whole expectation.
    pub span: Span,
    /// The parameters, a mapping, without what is taken out of it below.
    pub kwargs: Node,
    pub severity: Option<Entry>,
    pub row_condition: Option<Entry>,
    pub condition_parser: Option<Entry>,
    pub result_format: Option<Entry>,
    pub meta: Option<Entry>,
    /// `id`, `notes`, `description` and whatever else is passed through.
    pub envelope: Vec<Entry>,
}

/// Keys that stand beside the parameters in YAML and belong to every expectation.
pub(super) const COMMON_KEYS: &[&str] =
    &["severity", "row_condition", "condition_parser", "result_format", "meta", "notes", "description", "id"];

impl Draft {
    /// Parses a text and finds the parts of the suite in it. `None` where it is no suite at all.
    pub fn parse(source: &Arc<SourceText>, form: Form, problems: &mut Problems) -> Option<Self> {
        let (root, diagnostics) = match form {
            Form::Yaml => read_yaml(source),
            Form::Json => read_json(source),
        };
        problems.diagnostics.extend(diagnostics);
        let mut draft = parse::suite(&root?, form, problems)?;
        import::modernize(&mut draft);
        draft.name.get_or_insert_with(|| default_name(source));
        Some(draft)
    }
}

/// Names a suite after its file: `suites/orders.yaml` is `orders`.
fn default_name(source: &SourceText) -> String {
    let stem = std::path::Path::new(&source.name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "suite".to_owned())
}

impl DraftExpectation {
    /// Makes an expectation of its name and its parameters, and takes out of these what every expectation may have.
    pub fn new(name: String, name_span: Span, span: Span, mut kwargs: Node) -> Self {
        let mut draft = Self {
            name,
            name_span,
            span,
            kwargs: Node::new(Value::Map(Vec::new()), kwargs.span),
            severity: None,
            row_condition: None,
            condition_parser: None,
            result_format: None,
            meta: None,
            envelope: Vec::new(),
        };
        if let Value::Map(entries) = &mut kwargs.value {
            let (common, own) =
                std::mem::take(entries).into_iter().partition(|entry| COMMON_KEYS.contains(&entry.key.as_str()));
            draft.kwargs.value = Value::Map(own);
            let common: Vec<Entry> = common;
            for entry in common {
                draft.add_common(entry);
            }
        } else {
            draft.kwargs = kwargs;
        }
        draft
    }

    /// Adds what stands beside the parameters. It goes before what was found among them, unless it is empty.
    pub fn add_outer(&mut self, entry: Entry) {
        if !is_empty(&entry.value) {
            self.add_common(entry);
        }
    }

    fn add_common(&mut self, entry: Entry) {
        match entry.key.as_str() {
            "severity" => self.severity = Some(entry),
            "row_condition" => self.row_condition = Some(entry),
            "condition_parser" => self.condition_parser = Some(entry),
            "result_format" => self.result_format = Some(entry),
            "meta" => self.meta = Some(entry),
            _ => {
                self.envelope.retain(|present| present.key != entry.key);
                self.envelope.push(entry);
            }
        }
    }
}

/// Whether a value says nothing: null, or an empty mapping.
pub(super) fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Map(entries) => entries.is_empty(),
        _ => false,
    }
}
