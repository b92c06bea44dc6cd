//! The XML of `JUnit`: a suite of tests, one for each expectation, as CI systems show them.
//!
//! There is no standard; this holds to what the schemas of Jenkins and of Ant both allow. An
//! expectation that failed is a failure, an errored one an error, one of an unknown name skipped. What had nothing to judge
//! passes, with a word in the suite's output.

use std::fmt::Write as _;

use serde_json::Value;

use super::finding::{Finding, MALFORMED_LINE};
use super::refusal::{self, Refusal};
use super::{rule, text};
use crate::diagnostic::Level;
use crate::verdict::{RunResult, Status};
use crate::words::number;

/// Writes the report.
#[must_use]
pub fn write(result: &RunResult) -> String {
    let skipped: Vec<&str> = text::skipped(result).collect();
    let inputs: Vec<&str> = result.inputs().collect();
    let counts = Counts {
        tests: result.verdicts.len() + skipped.len() + usize::from(result.counts_malformed()),
        failures: result.count(Status::Failed) + usize::from(result.malformed_count() > 0),
        errors: result.count(Status::Errored),
        skipped: skipped.len(),
    };
    let suite = if result.suite_name.is_empty() { &result.suite_source.name } else { &result.suite_name };
    let about = About {
        name: suite,
        suite_path: &result.suite_source.name,
        data: inputs.join(", "),
        run_time: result.meta.get("run_time").and_then(Value::as_str).unwrap_or_default(),
        seconds: result.meta.get("duration_seconds").and_then(Value::as_f64).unwrap_or(0.0),
    };
    let mut xml = head(&about, &counts);
    if result.counts_malformed() {
        let _ = write!(xml, "    <testcase name=\"no line is malformed\" classname=\"{MALFORMED_LINE}\" time=\"0\"");
        match result.malformed_count() {
            0 => xml.push_str("/>\n"),
            count => {
                let examples = result.malformed_examples();
                let lines: Vec<String> =
                    examples.map(|(file, line, problem)| format!("{file}:{line}: {problem}")).collect();
                let _ = writeln!(
                    xml,
                    ">\n      <failure message=\"{}\" type=\"critical\">{}</failure>\n    </testcase>",
                    number::counted(count, "malformed line"),
                    escape(&lines.join("\n")),
                );
            }
        }
    }
    for verdict in &result.verdicts {
        let name = rule::rule(&verdict.expectation, &verdict.kwargs);
        let _ = write!(
            xml,
            "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"",
            escape(&name),
            escape(&verdict.expectation)
        );
        match Finding::of(verdict, &result.suite_source) {
            Some(finding) => {
                let (element, kind) = match finding.code {
                    Some(code) => ("error", code),
                    None => ("failure", text::severity_name(finding.severity)),
                };
                let place = format!("{}:{}:{}", result.suite_source.name, finding.place.line, finding.place.column);
                let help = finding.help.map_or_else(String::new, |help| format!("\n{help}"));
                let _ = writeln!(
                    xml,
                    ">\n      <{element} message=\"{}\" type=\"{kind}\">{}</{element}>\n    </testcase>",
                    escape(&finding.found),
                    escape(&format!("{place}\n{}: {}{help}", finding.rule, finding.found)),
                );
            }
            None => xml.push_str("/>\n"),
        }
    }
    for name in skipped {
        let name = escape(name);
        let _ = writeln!(
            xml,
            "    <testcase name=\"{name}\" classname=\"{name}\" time=\"0\">\n      <skipped/>\n    </testcase>"
        );
    }
    let vacuous = result.verdicts.iter().filter(|verdict| verdict.status() == Status::Vacuous);
    let vacuous =
        vacuous.map(|verdict| format!("nothing to judge: {}", rule::rule(&verdict.expectation, &verdict.kwargs)));
    let said: Vec<String> = [text::headline(result)].into_iter().chain(vacuous).collect();
    xml + &foot(&said.join("\n"))
}

/// Writes why nothing was judged: each error as that of a test, and warnings as what was said.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    let errors = refusal.errors().count();
    let counts = Counts { tests: errors, failures: 0, errors, skipped: 0 };
    let about = About {
        name: &refusal.suite,
        suite_path: &refusal.suite,
        data: refusal.data.join(", "),
        run_time: &refusal.run_time,
        seconds: 0.0,
    };
    let mut xml = head(&about, &counts);
    for error in refusal.errors() {
        let code = escape(error.code);
        let (name, place) = match refusal::place_in_words(error) {
            place if place.is_empty() => (code.clone(), String::new()),
            place => (escape(&place), place + "\n"),
        };
        let _ = writeln!(
            xml,
            "    <testcase name=\"{name}\" classname=\"{code}\" time=\"0\">\n      <error message=\"{}\" \
             type=\"{code}\">{}</error>\n    </testcase>",
            escape(&error.message),
            escape(&format!("{place}{}", refusal::sentence(error))),
        );
    }
    let others = refusal.diagnostics.iter().filter(|diagnostic| diagnostic.level != Level::Error);
    let others = others.map(|other| match refusal::place_in_words(other) {
        place if place.is_empty() => format!("{}: {}", other.level, refusal::sentence(other)),
        place => format!("{place}: {}: {}", other.level, refusal::sentence(other)),
    });
    let said: Vec<String> = [refusal.headline()].into_iter().chain(others).collect();
    xml + &foot(&said.join("\n"))
}

/// How many tests there are, and how they came out.
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

/// What a report says of its run as a whole.
struct About<'a> {
    name: &'a str,
    suite_path: &'a str,
    data: String,
    run_time: &'a str,
    seconds: f64,
}

fn head(about: &About<'_>, counts: &Counts) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    // Ant's schema knows no tests that are skipped
    let skipped = if counts.skipped > 0 { format!(" skipped=\"{}\"", counts.skipped) } else { String::new() };
    let _ = writeln!(
        xml,
        "  <testsuite id=\"0\" name=\"{}\" package=\"weir\" hostname=\"localhost\" timestamp=\"{}\" tests=\"{}\" \
         failures=\"{}\" errors=\"{}\"{skipped} time=\"{}\">",
        escape(about.name),
        timestamp(about.run_time),
        counts.tests,
        counts.failures,
        counts.errors,
        about.seconds,
    );
    xml.push_str("    <properties>\n");
    let version = env!("CARGO_PKG_VERSION");
    for (name, value) in [("weir_version", version), ("suite_path", about.suite_path), ("data", &about.data)] {
        let _ = writeln!(xml, "      <property name=\"{name}\" value=\"{}\"/>", escape(value));
    }
    xml + "    </properties>\n"
}

fn foot(said: &str) -> String {
    format!(
        "    <system-out>{}</system-out>\n    <system-err></system-err>\n  </testsuite>\n</testsuites>\n",
        escape(said)
    )
}

/// The time of the run, to the second and without zone, as the schemas have it.
fn timestamp(run_time: &str) -> &str {
    run_time.get(..19).unwrap_or("1970-01-01T00:00:00")
}

/// Escapes a text for an attribute or an element. What XML cannot hold at all becomes the replacement character.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\r' => escaped.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_escaped_or_replaced() {
        assert_eq!(escape("a < \"b\" & \u{1b}[1m\nc"), "a &lt; &quot;b&quot; &amp; \u{fffd}[1m&#10;c");
    }
}
