//! The XML of `JUnit`: a suite of tests, one for each expectation, as CI systems show them.
//!
//! There is no standard; this holds to what the schemas of Jenkins (`junit-10.xsd`) and of Ant (`JUnit.xsd`) both allow. An
//! expectation that failed is a failure, an errored one an error, one of an unknown name skipped. What had nothing to judge
//! passes, with a word in the test's output.

use std::fmt::Write as _;

use serde_json::Value;

use super::finding::{Finding, MALFORMED_LINE};
use super::{rule, text};
use crate::verdict::{RunResult, Status};
use crate::words::number;

/// Writes the report.
#[must_use]
pub fn write(result: &RunResult) -> String {
    let skipped: Vec<&str> = text::skipped(result).collect();
    let suite = if result.suite_name.is_empty() { &result.suite_source.name } else { &result.suite_name };
    let seconds = result.meta.get("duration_seconds").and_then(Value::as_f64).unwrap_or(0.0);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let _ = writeln!(
        xml,
        "  <testsuite id=\"0\" name=\"{name}\" package=\"weir\" hostname=\"localhost\" timestamp=\"{}\" tests=\"{}\" \
         failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{seconds}\">\n    <properties>\n    </properties>",
        timestamp(result),
        result.verdicts.len() + skipped.len() + usize::from(result.counts_malformed()),
        result.count(Status::Failed) + usize::from(result.malformed_count() > 0),
        result.count(Status::Errored),
        skipped.len(),
        name = escape(suite),
    );
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
            None if verdict.status() == Status::Vacuous => {
                let _ = writeln!(xml, ">\n      <system-out>nothing to judge</system-out>\n    </testcase>");
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
    let _ = write!(
        xml,
        "    <system-out>{}</system-out>\n    <system-err></system-err>\n  </testsuite>\n</testsuites>\n",
        escape(&text::headline(result))
    );
    xml
}

/// The time of the run, to the second and without zone, as the schemas have it.
fn timestamp(result: &RunResult) -> &str {
    let time = result.meta.get("run_time").and_then(Value::as_str).unwrap_or_default();
    time.get(..19).unwrap_or("1970-01-01T00:00:00")
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
