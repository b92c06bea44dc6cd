//! SARIF 2.1.0: what is not met as results of a static analysis, each at its line of the suite.
//!
//! Source of the form: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use serde_json::{Value, json};

use super::finding::{MALFORMED_LINE, Place, findings, more_malformed};
use super::refusal::{self, Refusal};
use super::text;
use crate::diagnostic::{Diagnostic, Level};
use crate::expectation::catalog;
use crate::verdict::RunResult;

/// The exit code of a run that judged nothing.
const NOT_JUDGED: i32 = 2;

/// Writes the log of one run.
#[must_use]
pub fn write(result: &RunResult) -> String {
    let suite = &result.suite_source.name;
    let found = findings(result).map(|finding| Found {
        rule: finding.expectation.to_owned(),
        level: finding.level(),
        message: finding.sentence(),
        location: Some(location(suite, Some(finding.place), true)),
    });
    let malformed = result.malformed_examples().map(|(file, line, problem)| Found {
        rule: MALFORMED_LINE.to_owned(),
        level: Level::Error,
        message: format!("the line {problem}"),
        location: Some(location(file, Some(Place::of_line(line)), false)),
    });
    // code scanning shows nothing that is nowhere: the file of the last one stands for the rest
    let rest = result.malformed_examples().last().zip(more_malformed(result)).map(|((file, ..), rest)| Found {
        rule: MALFORMED_LINE.to_owned(),
        level: Level::Error,
        message: rest,
        location: Some(location(file, None, false)),
    });
    let invocation = json!({ "executionSuccessful": true, "startTimeUtc": result.meta.get("run_time") });
    let mut run = run(found.chain(malformed).chain(rest).collect(), &invocation);
    run["artifacts"] = json!([{ "location": { "uri": uri(suite) } }]);
    run["properties"] = json!({ "summary": text::headline(result) });
    log(&run)
}

/// Writes the log of a run that judged nothing: what is wrong as its results, and that it was no success.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    let invocation = json!({
        "executionSuccessful": false,
        "exitCode": NOT_JUDGED,
        "exitCodeDescription": "weir could not judge",
        "startTimeUtc": refusal.run_time,
    });
    // code scanning shows nothing that is nowhere: the suite stands for what is at fault in no file
    let placed = |diagnostic| {
        let found = of_diagnostic(diagnostic);
        Found { location: found.location.or_else(|| Some(location(&refusal.suite, None, false))), ..found }
    };
    let mut run = run(refusal.diagnostics.iter().map(placed).collect(), &invocation);
    run["artifacts"] = json!([{ "location": { "uri": uri(&refusal.suite) } }]);
    run["properties"] = json!({ "summary": refusal.headline() });
    log(&run)
}

/// Writes diagnostics as the results of a run.
#[must_use]
pub fn diagnostics(diagnostics: &[Diagnostic]) -> String {
    log(&run(diagnostics.iter().map(of_diagnostic).collect(), &json!({ "executionSuccessful": true })))
}

/// A result, before it is known which number its rule has.
struct Found {
    rule: String,
    level: Level,
    message: String,
    location: Option<Value>,
}

fn of_diagnostic(diagnostic: &Diagnostic) -> Found {
    let has_columns = diagnostic.data_line.is_none();
    Found {
        rule: diagnostic.code.to_owned(),
        level: diagnostic.level,
        message: refusal::sentence(diagnostic),
        location: refusal::file(diagnostic).map(|file| location(file, refusal::place(diagnostic), has_columns)),
    }
}

fn location(file: &str, place: Option<Place>, has_columns: bool) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(file) } });
    if let Some(place) = place {
        physical["region"] = if has_columns {
            json!({
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            })
        } else {
            json!({ "startLine": place.line })
        };
    }
    json!({ "physicalLocation": physical })
}

/// Makes a run of results and the rules that they name.
fn run(found: Vec<Found>, invocation: &Value) -> Value {
    let mut names: Vec<String> = found.iter().map(|found| found.rule.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let index = |rule: &String| names.binary_search(rule).unwrap_or_default();
    let results: Vec<Value> = found
        .into_iter()
        .map(|found| {
            json!({
                "ruleId": found.rule,
                "ruleIndex": index(&found.rule),
                "level": level(found.level),
                "message": { "text": found.message },
                "locations": found.location.into_iter().collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "tool": {
            "driver": {
                "name": "weir",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": names.iter().map(|name| rule(name)).collect::<Vec<_>>(),
            },
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    })
}

fn log(run: &Value) -> String {
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    format!("{log:#}\n")
}

fn rule(name: &str) -> Value {
    let summary = match catalog::find(name) {
        Some(entry) => entry.summary(),
        None if name == MALFORMED_LINE => "Every line of the data is a row".to_owned(),
        // the code of a diagnostic is made of words
        None => name.replace('-', " "),
    };
    json!({ "id": name, "shortDescription": { "text": summary } })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// Writes a path as a URI: with slashes, and with all else escaped that a URI may not hold. What is a URL stays one.
fn uri(path: &str) -> String {
    if let Some((scheme, rest)) = path.split_once("://") {
        return format!("{scheme}://{}", uri(rest).trim_start_matches("file://"));
    }
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
        assert_eq!(uri("s3://lake/day=1/my file.csv"), "s3://lake/day%3D1/my%20file.csv");
    }
}
