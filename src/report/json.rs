//! The machine-readable reports: a result in Great Expectations' shape, and diagnostics.

use serde::Serialize;
use serde_json::{Value, json};

use super::refusal::{Refusal, place};
use crate::diagnostic::{Diagnostic, SourceText};
use crate::verdict::RunResult;

/// Returns the result as Great Expectations' `ExpectationSuiteValidationResult`: strict JSON, indented, with a line
/// break at the end.
#[must_use]
pub fn result(result: &RunResult) -> String {
    indented(result)
}

/// Returns why nothing was judged, in the shape of a result without any: not a success, and the diagnostics beside it.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    indented(&json!({
        "success": false,
        "results": [],
        "suite_name": null,
        "suite_parameters": {},
        "statistics": {
            "evaluated_expectations": 0,
            "successful_expectations": 0,
            "unsuccessful_expectations": 0,
            "success_percent": null,
        },
        "diagnostics": refusal.diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
        "meta": {
            "weir_version": env!("CARGO_PKG_VERSION"),
            "suite_path": refusal.suite,
            "data": refusal.data,
            "run_time": refusal.run_time,
        },
        "id": null,
    }))
}

/// Returns diagnostics as a JSON list, in their order. Lines and columns count from 1, columns in characters; bytes count
/// from 0.
#[must_use]
pub fn diagnostics(diagnostics: &[Diagnostic]) -> String {
    indented(&diagnostics.iter().map(diagnostic).collect::<Value>())
}

fn diagnostic(diagnostic: &Diagnostic) -> Value {
    let source = diagnostic.source.as_deref();
    let span = match (source.zip(diagnostic.span), place(diagnostic)) {
        (Some((source, span)), _) => {
            json!({ "start": position(source, span.start), "end": position(source, span.end) })
        }
        (None, Some(place)) => json!({ "start": { "line": place.line }, "end": { "line": place.end_line } }),
        (None, None) => Value::Null,
    };
    json!({
        "code": diagnostic.code,
        "level": diagnostic.level.to_string(),
        "message": diagnostic.message,
        "label": (!diagnostic.label.is_empty()).then_some(&diagnostic.label),
        "help": diagnostic.help,
        "file": source.map(|source| &source.name),
        "span": span,
    })
}

fn position(source: &SourceText, byte: usize) -> Value {
    let (line, column) = source.line_and_column(byte);
    json!({ "line": line, "column": column, "byte": byte })
}

fn indented(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("texts are its only keys");
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    #[test]
    fn a_diagnostic_tells_its_place_in_lines_and_bytes() {
        let source = SourceText::new("suite.yaml", "name: ä\ncolumn: fare\n");
        let found = Diagnostic::error("unknown-column", "no such column", Some(Span::new(17, 21))).in_source(&source);
        let value: Value = serde_json::from_str(&diagnostics(&[found])).expect("it is JSON");
        assert_eq!(value[0]["span"]["start"], json!({ "line": 2, "column": 9, "byte": 17 }));
        assert_eq!(value[0]["span"]["end"]["column"], 13);
        assert_eq!(value[0]["file"], "suite.yaml");
        assert_eq!(value[0]["help"], Value::Null);
    }

    #[test]
    fn a_diagnostic_without_a_text_has_no_place() {
        let value: Value =
            serde_json::from_str(&diagnostics(&[Diagnostic::warning("x", "y", None)])).expect("it is JSON");
        assert_eq!((&value[0]["span"], &value[0]["file"]), (&Value::Null, &Value::Null));
        assert_eq!(value[0]["level"], "warning");
    }
}
