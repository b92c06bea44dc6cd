//! An unmet expectation in full: its place in the suite, what was found there, and examples.

use serde_json::{Map, Value};

use super::{TextOptions, severity_name, unexpected_share};
use crate::diagnostic::{Level, SourceText, Span};
use crate::report::rule;
use crate::report::snippet::Snippet;
use crate::verdict::{Outcome, Problem, ResultLevel, RowCounts, Severity, UnexpectedRow, Verdict};
use crate::words::{number, plain};

/// How many examples are shown, unless all that were kept are asked for.
const EXAMPLES_SHOWN: usize = 5;
/// How many of the most frequent values are shown.
const FREQUENT_SHOWN: usize = 3;
/// What the frame of a note takes from the width.
const NOTE_INDENT: usize = 10;

/// A note under a snippet: a word and its lines.
type Note = (String, String);

/// Draws one unmet expectation; `several_files` tells whether a row number needs its file.
pub(super) fn write(verdict: &Verdict, suite: &SourceText, several_files: bool, options: &TextOptions) -> String {
    let mut snippet = match &verdict.result {
        Ok(outcome) => failed(verdict, outcome, several_files, options),
        Err(problem) => errored(verdict, problem, options),
    };
    if suite.text.is_empty() {
        snippet.span = None;
    } else {
        snippet.source = Some(suite);
        snippet.span.get_or_insert_with(|| name_span(verdict, suite));
    }
    snippet.notes.extend(remarks(verdict, options));
    snippet.draw(options.style)
}

/// Tells whether [`write`] shows row numbers.
pub(super) fn names_rows(verdict: &Verdict) -> bool {
    let Ok(Outcome { rows: Some(rows), .. }) = &verdict.result else { return false };
    verdict.format.level > ResultLevel::BooleanOnly
        && verdict.format.partial_unexpected_count > 0
        && !rows.unexpected.is_empty()
}

fn failed<'a>(verdict: &Verdict, outcome: &Outcome, several_files: bool, options: &TextOptions) -> Snippet<'a> {
    let heading = match verdict.severity {
        Severity::Critical => "failed".to_owned(),
        severity => format!("failed ({})", severity_name(severity)),
    };
    let mut notes = Vec::new();
    if verdict.format.level > ResultLevel::BooleanOnly {
        let width = options.style.width.saturating_sub(NOTE_INDENT + "found".len());
        if let Some(observed) = &outcome.observed_value {
            notes.push(("found".to_owned(), observed_value(observed, width)));
        }
        if let Some(rows) = &outcome.rows {
            notes.extend(rows_notes(verdict, rows, several_files, options));
        }
        notes.extend(outcome.details.iter().map(|(key, value)| detail(key, value, options)));
    }
    Snippet {
        level: level(verdict.severity),
        heading,
        code: "",
        title: rule::rule(&verdict.expectation, &verdict.kwargs),
        source: None,
        span: None,
        label: String::new(),
        notes,
        help: None,
    }
}

fn errored<'a>(verdict: &Verdict, problem: &Problem, options: &TextOptions) -> Snippet<'a> {
    let span_of =
        |parameter: &str| verdict.parameter_spans.iter().find(|(name, _)| name == parameter).map(|(_, span)| *span);
    let span = problem.parameter.or_else(|| mentioned(problem, &verdict.kwargs)).and_then(span_of);
    let rule = rule::rule(&verdict.expectation, &verdict.kwargs);
    let width = options.style.width.saturating_sub(NOTE_INDENT + "expectation".len());
    Snippet {
        level: level(verdict.severity),
        heading: "errored".to_owned(),
        code: problem.code,
        title: problem.message.clone(),
        source: None,
        span,
        label: String::new(),
        notes: vec![("expectation".to_owned(), plain::wrap(&rule, width).join("\n"))],
        help: problem.help.clone(),
    }
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

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Critical => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Note,
    }
}

/// Where the suite names the expectation. Its whole entry may begin with no more than a bracket.
fn name_span(verdict: &Verdict, suite: &SourceText) -> Span {
    let entry = suite.text.get(verdict.span.start..verdict.span.end).unwrap_or_default();
    match entry.find(&verdict.expectation) {
        Some(at) => {
            let start = verdict.span.start + at;
            Span::new(start, start + verdict.expectation.len())
        }
        None => verdict.span,
    }
}

fn observed_value(observed: &Value, width: usize) -> String {
    match observed {
        Value::Number(observed) => number::number(observed),
        Value::Null => "no value (nothing to observe)".to_owned(),
        observed => plain::value(observed, width),
    }
}

fn rows_notes(verdict: &Verdict, rows: &RowCounts, several_files: bool, options: &TextOptions) -> Vec<Note> {
    let width = options.style.width.saturating_sub(NOTE_INDENT + "found".len());
    let mut notes = vec![("found".to_owned(), plain::wrap(&counts(verdict, rows), width).join("\n"))];
    let kept = rows.unexpected.len().min(verdict.format.partial_unexpected_count);
    let kept = &rows.unexpected[..kept];
    let shown = if options.verbose { kept.len() } else { kept.len().min(EXAMPLES_SHOWN) };
    if shown > 0 {
        let examples = Examples {
            verdict,
            several_files,
            width: options.style.width.saturating_sub(NOTE_INDENT + "examples".len()),
        };
        notes.push(("examples".to_owned(), examples.lines(&kept[..shown])));
    }
    if verdict.format.level >= ResultLevel::Summary && verdict.format.partial_unexpected_count > 0 {
        notes.extend(most_frequent(rows, options));
    }
    notes
}

/// `54 of 5,343 values are unexpected (1.01 %, at most 1 % may be; 88 missing)`.
fn counts(verdict: &Verdict, rows: &RowCounts) -> String {
    let mostly = verdict.kwargs.get("mostly").and_then(Value::as_f64).filter(|mostly| *mostly < 1.0);
    let share = unexpected_share(verdict, rows);
    let allowed =
        mostly.map_or_else(String::new, |mostly| format!(", at most {} may be", number::fraction(1.0 - mostly)));
    let missing = rows.missing_count.filter(|missing| *missing > 0);
    let missing = missing.map_or_else(String::new, |missing| format!("; {} missing", number::count(missing)));
    let judged = number::counted(rows.judged(), "value");
    let verb = if rows.unexpected_count == 1 { "is" } else { "are" };
    format!("{} of {judged} {verb} unexpected ({share}{allowed}{missing})", number::count(rows.unexpected_count))
}

/// Draws unexpected rows.
struct Examples<'a> {
    verdict: &'a Verdict,
    several_files: bool,
    width: usize,
}

impl Examples<'_> {
    fn lines(&self, rows: &[UnexpectedRow]) -> String {
        let places: Vec<String> = rows.iter().map(|row| self.place(row)).collect();
        let only_numbers =
            rows.iter().all(|row| row.value.is_null() && row.index.keys().all(|name| self.is_judged(name)));
        if only_numbers && !self.several_files {
            let numbers: Vec<String> = rows.iter().map(|row| row.row.to_string()).collect();
            let noun = if rows.len() == 1 { "row" } else { "rows" };
            return plain::wrap(&format!("{noun} {}", numbers.join(", ")), self.width).join("\n");
        }
        let place_width = places.iter().map(|place| plain::width(place)).max().unwrap_or(0);
        let lines = rows.iter().zip(&places).map(|(row, place)| {
            let place = plain::pad(place, place_width);
            let line = format!("{place}  {}", self.value(row, self.width.saturating_sub(place_width + 2)));
            plain::cut(&line, self.width)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn place(&self, row: &UnexpectedRow) -> String {
        if !self.several_files {
            return format!("row {}", row.row);
        }
        let file = plain::escape(row.file.rsplit('/').next().unwrap_or(&row.file));
        format!("{} row {}", plain::cut(&file, self.width / 2), row.file_row)
    }

    fn value(&self, row: &UnexpectedRow, width: usize) -> String {
        let value = match (&row.value, self.pair()) {
            (Value::Array(values), Some(names)) if values.len() == 2 => pairs(names.into_iter().zip(values), width),
            (Value::Object(values), _) => pairs(values.iter().map(|(name, value)| (name.as_str(), value)), width),
            (value, _) => plain::value(value, width),
        };
        let named = row.index.iter().filter(|(name, _)| !self.is_judged(name));
        let index = pairs(named.map(|(name, value)| (name.as_str(), value)), width);
        if index.is_empty() {
            return value;
        }
        if self.verdict.format.exclude_unexpected_values { index } else { format!("{value} ({index})") }
    }

    /// Tells whether a column is one that the expectation is about, so that its value stands there already.
    fn is_judged(&self, column: &str) -> bool {
        ["column", "column_A", "column_B", "column_list"].iter().any(|key| match self.verdict.kwargs.get(*key) {
            Some(Value::String(name)) => name == column,
            Some(Value::Array(names)) => names.iter().any(|name| name == column),
            _ => false,
        })
    }

    fn pair(&self) -> Option<[&str; 2]> {
        let name = |key: &str| self.verdict.kwargs.get(key).and_then(Value::as_str);
        Some([name("column_A")?, name("column_B")?])
    }
}

/// `a = 1, b = "x"`.
fn pairs<'a>(values: impl Iterator<Item = (&'a str, &'a Value)>, width: usize) -> String {
    let each = values
        .map(|(name, value)| format!("{} = {}", plain::escape(&plain::cut(name, width)), plain::value(value, width)));
    plain::cut(&each.take(20).collect::<Vec<_>>().join(", "), width)
}

/// The values that occur most often among the unexpected ones that were kept; nothing where each occurs once.
fn most_frequent(rows: &RowCounts, options: &TextOptions) -> Option<Note> {
    let shown = if options.verbose { usize::MAX } else { FREQUENT_SHOWN };
    let frequent = rows.most_frequent(shown);
    let repeated: Vec<String> = frequent
        .into_iter()
        .filter(|(value, count)| *count > 1 && !value.is_null())
        .map(|(value, count)| format!("{} ({} times)", plain::value(value, 30), number::count(count)))
        .collect();
    if repeated.is_empty() {
        return None;
    }
    let kept = rows.unexpected.len() as u64;
    let word = if kept < rows.unexpected_count {
        format!("most frequent of the first {}", number::count(kept))
    } else {
        "most frequent".to_owned()
    };
    let width = options.style.width.saturating_sub(NOTE_INDENT + word.len());
    Some((word, plain::wrap(&repeated.join(", "), width).join("\n")))
}

/// What else was found, by its key.
fn detail(key: &str, value: &Value, options: &TextOptions) -> Note {
    let word = plain::escape(key).replace('_', " ");
    let width = options.style.width.saturating_sub(NOTE_INDENT + word.len());
    let text = match value {
        Value::Array(items) if items.first().is_some_and(Value::is_object) => {
            let shown = if options.verbose { items.len() } else { items.len().min(EXAMPLES_SHOWN) };
            let mut lines: Vec<String> = items[..shown].iter().map(|item| entry(item, width)).collect();
            if shown < items.len() {
                lines.push(format!("… {} more", number::count((items.len() - shown) as u64)));
            }
            lines.join("\n")
        }
        Value::Object(_) => entry(value, width),
        other => plain::value(other, width),
    };
    (word, text)
}

fn entry(value: &Value, width: usize) -> String {
    match value {
        Value::Object(entries) => match mismatch(entries) {
            Some(text) => plain::cut(&text, width),
            None => pairs(entries.iter().map(|(name, value)| (name.as_str(), value)), width),
        },
        other => plain::value(other, width),
    }
}

/// A column out of its place, in Great Expectations' words.
fn mismatch(entries: &Map<String, Value>) -> Option<String> {
    let position = entries.get("Expected Column Position")?;
    let name = |key: &str| entries.get(key).and_then(Value::as_str).map(plain::name);
    Some(match (name("Expected"), name("Found")) {
        (Some(expected), Some(found)) => format!("column {position} (from 0) is {found}, not {expected}"),
        (Some(expected), None) => format!("column {position} (from 0) is not there: {expected} was expected"),
        (None, Some(found)) => format!("column {position} (from 0) is {found}: no more were expected"),
        (None, None) => return None,
    })
}

/// The suite's own words about the expectation.
fn remarks(verdict: &Verdict, options: &TextOptions) -> Vec<Note> {
    let width = options.style.width.saturating_sub(NOTE_INDENT + "description".len());
    let remark = |key: &str| {
        let text = verdict.envelope.get(key)?.as_str().filter(|text| !text.trim().is_empty())?;
        Some((key.to_owned(), plain::wrap(&plain::escape(text.trim()), width).join("\n")))
    };
    ["description", "notes"].into_iter().filter_map(remark).collect()
}
