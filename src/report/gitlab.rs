//! GitLab's Code Quality report: a JSON list of what is not met, which merge requests show at the lines of the suite.
//!
//! Source of the form: "Code Quality report format", docs.gitlab.com.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::finding::{MALFORMED_LINE, findings, more_malformed};
use super::refusal::{self, Refusal};
use crate::diagnostic::{Diagnostic, Level};
use crate::suite::hash;
use crate::verdict::{RunResult, Severity};

/// Writes the report.
#[must_use]
pub fn write(result: &RunResult) -> String {
    // what is the same in two runs has the same fingerprint, so that a merge request shows what is new
    let mut seen: HashMap<String, u32> = HashMap::new();
    let issue = |finding: super::finding::Finding<'_>| {
        let identity = format!("{}\n{}\n{}", result.suite_source.name, finding.expectation, finding.rule);
        let times = seen.entry(identity.clone()).or_default();
        *times += 1;
        json!({
            "description": finding.sentence(),
            "check_name": finding.expectation,
            "fingerprint": hash(&format!("{identity}\n{times}")),
            "severity": match finding.severity {
                Severity::Critical => "critical",
                Severity::Warning => "minor",
                Severity::Info => "info",
            },
            "location": {
                "path": path(&result.suite_source.name),
                "lines": { "begin": finding.place.line, "end": finding.place.end_line },
            },
        })
    };
    let malformed = |file: &str, line: u64, description: String| {
        json!({
            "description": description,
            "check_name": MALFORMED_LINE,
            "fingerprint": hash(&format!("{file}\n{MALFORMED_LINE}\n{line}\n{description}")),
            "severity": "critical",
            "location": {
                "path": path(file),
                "lines": { "begin": line, "end": line },
            },
        })
    };
    let lines = result.malformed_examples();
    let lines = lines.map(|(file, line, problem)| malformed(file, line, format!("the line {problem}")));
    let last = result.malformed_examples().last();
    let rest = last.zip(more_malformed(result)).map(|((file, line, _), rest)| malformed(file, line, rest));
    let issues: Value = findings(result).map(issue).chain(lines).chain(rest).collect();
    format!("{issues:#}\n")
}

/// Writes an issue for each reason why nothing was judged. Every issue has a file: the suite, where none is at fault.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    issues(&refusal.diagnostics, &refusal.suite)
}

/// Writes an issue for each diagnostic.
#[must_use]
pub fn diagnostics(diagnostics: &[Diagnostic]) -> String {
    issues(diagnostics, "")
}

fn issues(diagnostics: &[Diagnostic], usual_file: &str) -> String {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let issue = |diagnostic: &Diagnostic| {
        let file = refusal::file(diagnostic).unwrap_or(usual_file);
        let identity = format!("{file}\n{}\n{}", diagnostic.code, diagnostic.message);
        let times = seen.entry(identity.clone()).or_default();
        *times += 1;
        let lines = refusal::place(diagnostic).map_or((1, 1), |place| (place.line, place.end_line));
        json!({
            "description": refusal::sentence(diagnostic),
            "check_name": diagnostic.code,
            "fingerprint": hash(&format!("{identity}\n{times}")),
            "severity": match diagnostic.level {
                Level::Error => "critical",
                Level::Warning => "minor",
                Level::Note => "info",
            },
            "location": { "path": path(file), "lines": { "begin": lines.0, "end": lines.1 } },
        })
    };
    let issues: Value = diagnostics.iter().map(issue).collect();
    format!("{issues:#}\n")
}

/// Writes a path as the repository has it.
fn path(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}
