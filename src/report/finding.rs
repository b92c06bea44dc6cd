//! An unmet expectation in a few plain parts, for reports that have a form of their own: what was demanded, what was found,
//! how much it matters and where it stands in the suite.

use serde_json::{Map, Value};

use super::{rule, text};
use crate::diagnostic::{Level, SourceText, Span};
use crate::verdict::{Problem, RunResult, Severity, Verdict};
use crate::words::number;

/// The rule that a line of the data breaks which is no row.
pub(super) const MALFORMED_LINE: &str = "malformed-line";

/// Says how many malformed lines there are besides the examples that a report lists; `None` where it lists all.
pub(super) fn more_malformed(result: &RunResult) -> Option<String> {
    let rest = result.malformed_count().saturating_sub(result.malformed_examples().count() as u64);
    (rest > 0).then(|| format!("… and {}", number::counted(rest, "more malformed line")))
}

/// What a report says of an expectation that is not met.
#[derive(Debug)]
pub(super) struct Finding<'a> {
    /// The expectation's name: `expect_column_values_to_be_unique`.
    pub(super) expectation: &'a str,
    /// What it demands, in plain words, of one line.
    pub(super) rule: String,
    /// What was found, in one line: counts, or the observed value, or why it could not be judged.
    pub(super) found: String,
    /// What to do about it, where something is known.
    pub(super) help: Option<&'a str>,
    /// Why it could not be judged: the code of the problem.
    pub(super) code: Option<&'static str>,
    /// How much it matters.
    pub(super) severity: Severity,
    /// The place in the suite that it points at.
    pub(super) place: Place,
}

/// A place in a text, in lines and columns of characters, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

impl Place {
    /// Returns where a span lies in a text.
    pub(super) fn of(text: &SourceText, span: Span) -> Self {
        let (line, column) = text.line_and_column(span.start);
        let (end_line, end_column) = text.line_and_column(span.end);
        Self { line, column, end_line, end_column }
    }

    /// Returns the whole of a line, by its number alone.
    pub(super) fn of_line(line: u64) -> Self {
        let line = line as usize;
        Self { line, column: 1, end_line: line, end_column: 1 }
    }
}

impl<'a> Finding<'a> {
    /// Returns what to say of an expectation; `None` where it is met.
    pub(super) fn of(verdict: &'a Verdict, suite: &SourceText) -> Option<Self> {
        if verdict.is_success() {
            return None;
        }
        let problem = verdict.result.as_ref().err();
        let span = problem.and_then(|problem| problem_span(verdict, problem));
        let span = span.unwrap_or_else(|| name_span(verdict, suite));
        let found = match &verdict.result {
            Ok(outcome) => text::found_in_words(verdict, outcome),
            Err(problem) => problem.message.clone(),
        };
        Some(Self {
            expectation: &verdict.expectation,
            rule: rule::rule(&verdict.expectation, &verdict.kwargs),
            found,
            help: problem.and_then(|problem| problem.help.as_deref()),
            code: problem.map(|problem| problem.code),
            severity: verdict.severity,
            place: Place::of(suite, span),
        })
    }

    /// Says all in one sentence: `` `order_id` is unique: 2 of 4 values are unexpected (50 %) ``.
    pub(super) fn sentence(&self) -> String {
        let word = if self.code.is_some() { "errored: " } else { "" };
        let help = self.help.map_or_else(String::new, |help| format!("; {help}"));
        format!("{}: {word}{}{help}", self.rule, self.found)
    }

    /// The level that diagnostics of this severity have.
    pub(super) fn level(&self) -> Level {
        level(self.severity)
    }
}

/// Returns what a run found, in suite order.
pub(super) fn findings(result: &RunResult) -> impl Iterator<Item = Finding<'_>> {
    result.verdicts.iter().filter_map(|verdict| Finding::of(verdict, &result.suite_source))
}

/// The level that diagnostics of a severity have.
pub(super) fn level(severity: Severity) -> Level {
    match severity {
        Severity::Critical => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Note,
    }
}

/// Where the parameter stands that a problem is about.
pub(super) fn problem_span(verdict: &Verdict, problem: &Problem) -> Option<Span> {
    let parameter = problem.parameter.or_else(|| mentioned(problem, &verdict.kwargs))?;
    verdict.parameter_spans.iter().find(|(name, _)| name == parameter).map(|(_, span)| *span)
}

/// The parameter whose value the message names in backticks.
fn mentioned<'a>(problem: &Problem, kwargs: &'a Map<String, Value>) -> Option<&'a str> {
    let is_named = |value: &Value| value.as_str().is_some_and(|text| problem.message.contains(&format!("`{text}`")));
    let found = kwargs.iter().find(|(_, value)| match value {
        Value::Array(items) => items.iter().any(is_named),
        value => is_named(value),
    });
    found.map(|(name, _)| name.as_str())
}

/// Where the suite names the expectation. Its whole entry may begin with no more than a bracket.
pub(super) fn name_span(verdict: &Verdict, suite: &SourceText) -> Span {
    let entry = suite.text.get(verdict.span.start..verdict.span.end).unwrap_or_default();
    match entry.find(&verdict.expectation) {
        Some(at) => {
            let start = verdict.span.start + at;
            Span::new(start, start + verdict.expectation.len())
        }
        None => verdict.span,
    }
}
