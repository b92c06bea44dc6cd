//! GitLab's Code Quality report: a JSON list of what is not met, which merge requests show at the lines of the suite.
//!
//! Source of the form: "Code Quality report format", docs.gitlab.com.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::finding::{MALFORMED_LINE, findings};
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
                "path": result.suite_source.name.strip_prefix("./").unwrap_or(&result.suite_source.name),
                "lines": { "begin": finding.place.line, "end": finding.place.end_line },
            },
        })
    };
    let malformed = result.malformed_examples().map(|(file, line, problem)| {
        json!({
            "description": format!("the line {problem}"),
            "check_name": MALFORMED_LINE,
            "fingerprint": hash(&format!("{file}\n{MALFORMED_LINE}\n{line}\n{problem}")),
            "severity": "critical",
            "location": {
                "path": file.strip_prefix("./").unwrap_or(file),
                "lines": { "begin": line, "end": line },
            },
        })
    });
    let issues: Value = findings(result).map(issue).chain(malformed).collect();
    format!("{issues:#}\n")
}
