//! SARIF 2.1.0: what is not met as results of a static analysis, each at its line of the suite.
//!
//! Source of the form: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use serde_json::{Value, json};

use super::finding::{Finding, MALFORMED_LINE, findings};
use super::text;
use crate::diagnostic::Level;
use crate::expectation::catalog;
use crate::verdict::RunResult;

/// Writes the log of one run.
#[must_use]
pub fn write(result: &RunResult) -> String {
    let found: Vec<Finding<'_>> = findings(result).collect();
    let mut names: Vec<&str> = found.iter().map(|finding| finding.expectation).collect();
    names.sort_unstable();
    names.dedup();
    let uri = uri(&result.suite_source.name);
    let results: Vec<Value> = found
        .iter()
        .map(|finding| {
            let place = &finding.place;
            json!({
                "ruleId": finding.expectation,
                "ruleIndex": names.binary_search(&finding.expectation).unwrap_or_default(),
                "level": level(finding.level()),
                "message": { "text": finding.sentence() },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": uri },
                        "region": {
                            "startLine": place.line,
                            "startColumn": place.column,
                            "endLine": place.end_line,
                            "endColumn": place.end_column,
                        },
                    },
                }],
            })
        })
        .collect();
    let malformed: Vec<Value> = result
        .malformed_examples()
        .map(|(file, line, problem)| {
            json!({
                "ruleId": MALFORMED_LINE,
                "ruleIndex": names.len(),
                "level": "error",
                "message": { "text": format!("the line {problem}") },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": self::uri(file) },
                        "region": { "startLine": line },
                    },
                }],
            })
        })
        .collect();
    let mut rules: Vec<Value> = names.iter().map(|name| rule(name)).collect();
    if !malformed.is_empty() {
        let summary = "Every line of the data is a row";
        rules.push(json!({ "id": MALFORMED_LINE, "shortDescription": { "text": summary } }));
    }
    let results: Vec<Value> = results.into_iter().chain(malformed).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": { "name": "weir", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules },
            },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "startTimeUtc": result.meta.get("run_time"),
            }],
            "artifacts": [{ "location": { "uri": uri } }],
            "results": results,
            "properties": { "summary": text::headline(result) },
        }],
    });
    format!("{log:#}\n")
}

fn rule(name: &str) -> Value {
    let summary = catalog::find(name).map_or_else(|| name.to_owned(), |entry| entry.summary());
    json!({ "id": name, "shortDescription": { "text": summary } })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// Writes a path as a URI: with slashes, and with all else escaped that a URI may not hold.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.strip_prefix("./").unwrap_or(path).bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            b'\\' if cfg!(windows) => uri.push('/'),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("./suites/my suite#1.yaml"), "suites/my%20suite%231.yaml");
        assert_eq!(uri("/a/ä.yaml"), "file:///a/%C3%A4.yaml");
    }
}
