//! Every expectation on a line of its own: mark, rule, what was found, severity.

use annotate_snippets::renderer::{AnsiColor, Effects};
use hashbrown::HashMap;
use serde_json::{Map, Value};

use super::{TextOptions, detail, paint, severity_color, severity_name, unexpected_share};
use crate::diagnostic::SourceText;
use crate::report::rule;
use crate::report::snippet::Style;
use crate::verdict::{Outcome, ResultLevel, RunResult, Severity, Status, Verdict};
use crate::words::{number, plain};

/// Up to this many expectations are all listed.
const LISTED_WHOLE: usize = 60;
/// Of a longer suite, this many unmet ones are listed.
const UNMET_LISTED: usize = 200;
/// How wide the column of what was found may be at least; in a wide report it may be this part of the width.
const FOUND_WIDTH: usize = 30;
const FOUND_SHARE: (usize, usize) = (3, 8);
/// Up to this width there is no room for the severity.
const NARROW: usize = 60;

/// Writes the list. In a long suite, met expectations in a row are counted instead, unless all are asked for.
/// Skipped expectations are named at the end.
pub(super) fn write(report: &mut String, result: &RunResult, options: &TextOptions) {
    let whole = options.verbose || result.verdicts.len() <= LISTED_WHOLE;
    let (lines, left_out) = lines(result, whole, options.style);
    let layout = Layout::of(&lines, options.style);
    for line in &lines {
        match line {
            Line::One(entry) => layout.write(report, entry, options.style),
            Line::Met(count) => {
                let text = format!("    … {} met", number::count(*count));
                report.push_str(&paint(&text, None, Effects::DIMMED, options.style));
            }
        }
        report.push('\n');
    }
    if left_out > 0 {
        report.extend(["    … ", &number::count(left_out), " more not met\n"]);
    }
    for name in super::skipped(result) {
        let mark = if options.style.unicode { "·" } else { "." };
        let width = options.style.width.saturating_sub("    ``  skipped: unknown".len());
        let name = plain::cut(&plain::escape(name), width);
        let text = format!(" {mark}  `{name}`  skipped: unknown");
        report.push_str(&paint(&text, Some(AnsiColor::Yellow), Effects::new(), options.style));
        report.push('\n');
    }
}

/// A line of the list.
enum Line<'a> {
    /// One expectation.
    One(Entry<'a>),
    /// That many met ones in a row.
    Met(u64),
}

/// One expectation, as the list shows it.
struct Entry<'a> {
    verdict: &'a Verdict,
    rule: String,
    found: Vec<String>,
}

/// Chooses what is listed; also tells how many unmet expectations are not.
fn lines(result: &RunResult, whole: bool, style: Style) -> (Vec<Line<'_>>, u64) {
    let mut lines = Vec::new();
    let (mut unmet, mut left_out) = (0, 0);
    let found_width = FOUND_WIDTH.max(style.width * FOUND_SHARE.0 / FOUND_SHARE.1);
    for verdict in &result.verdicts {
        if !whole && verdict.is_success() {
            match lines.last_mut() {
                Some(Line::Met(count)) => *count += 1,
                _ => lines.push(Line::Met(1)),
            }
            continue;
        }
        unmet += usize::from(!verdict.is_success());
        if !whole && unmet > UNMET_LISTED {
            left_out += 1;
            continue;
        }
        let rule = rule::rule(&verdict.expectation, &verdict.kwargs);
        let found = found(verdict, found_width);
        let found = if found.is_empty() { Vec::new() } else { plain::wrap(&found, found_width) };
        lines.push(Line::One(Entry { verdict, rule, found }));
    }
    tell_apart(&mut lines, &result.suite_source);
    (lines, left_out)
}

/// Adds the line of the suite to rules that read the same, as those of two long sets with the same beginning do.
fn tell_apart(lines: &mut [Line<'_>], suite: &SourceText) {
    if suite.text.is_empty() {
        return;
    }
    let place = |entry: &Entry<'_>| suite.line_and_column(entry.verdict.span.start);
    let mut places: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for line in lines.iter() {
        if let Line::One(entry) = line {
            places.entry(entry.rule.clone()).or_default().push(place(entry));
        }
    }
    for line in lines {
        if let Line::One(entry) = line
            && let Some(places) = places.get(&entry.rule).filter(|places| places.len() > 1)
        {
            let (number, column) = place(entry);
            let on_one_line = places.iter().filter(|(other, _)| *other == number).count() > 1;
            let column = if on_one_line { format!(", column {column}") } else { String::new() };
            entry.rule = format!("{} (line {number}{column})", entry.rule);
        }
    }
}

/// How wide the columns are.
struct Layout {
    rule: usize,
    found: usize,
    severity: usize,
}

impl Layout {
    fn of(lines: &[Line<'_>], style: Style) -> Self {
        let entries = || {
            lines.iter().filter_map(|line| match line {
                Line::One(entry) => Some(entry),
                Line::Met(_) => None,
            })
        };
        let found = entries().flat_map(|entry| &entry.found).map(|line| plain::width(line)).max().unwrap_or(0);
        let severity = entries().map(|entry| severity(entry.verdict).len()).max().unwrap_or(0);
        let severity = if style.width <= NARROW { 0 } else { severity };
        let taken = 4 + [found, severity].iter().filter(|width| **width > 0).map(|width| width + 2).sum::<usize>();
        let widest = entries().map(|entry| plain::width(&entry.rule)).max().unwrap_or(0);
        Self { rule: widest.min(style.width.saturating_sub(taken).max(20)), found, severity }
    }

    /// Writes an entry on as many lines as its texts take.
    fn write(&self, report: &mut String, entry: &Entry<'_>, style: Style) {
        let (mark, color) = mark(entry.verdict, style);
        let rule = plain::wrap_whole(&entry.rule, self.rule);
        let effects = if entry.verdict.is_success() { Effects::DIMMED } else { Effects::BOLD };
        for at in 0..rule.len().max(entry.found.len()) {
            let [rule, found] = [&rule, &entry.found].map(|lines| lines.get(at).map_or("", String::as_str));
            let severity = if at > 0 || self.severity == 0 { "" } else { severity(entry.verdict) };
            if at == 0 {
                report.extend([" ", &paint(mark, Some(color), Effects::BOLD, style), "  ", rule]);
            } else {
                report.extend(["\n    ", rule]);
            }
            let mut gap = self.rule + 2 - plain::width(rule);
            if !found.is_empty() {
                report.push_str(&plain::pad("", gap));
                report.push_str(&paint(found, None, effects, style));
                gap = self.found + 2 - plain::width(found);
            } else if self.found > 0 {
                gap += self.found + 2;
            }
            if !severity.is_empty() {
                report.push_str(&plain::pad("", gap));
                report.push_str(severity);
            }
        }
    }
}

/// What was found, in a few words.
pub(super) fn found(verdict: &Verdict, width: usize) -> String {
    let outcome = match &verdict.result {
        Err(problem) => return problem.code.replace('-', " "),
        Ok(outcome) if outcome.status == Status::Vacuous => return "nothing to judge".to_owned(),
        Ok(outcome) => outcome,
    };
    if verdict.format.level == ResultLevel::BooleanOnly {
        return String::new();
    }
    match (&outcome.rows, &outcome.observed_value) {
        (Some(rows), _) if rows.unexpected_count == 0 => "0 unexpected".to_owned(),
        (Some(rows), _) => {
            format!("{} unexpected ({})", number::count(rows.unexpected_count), unexpected_share(verdict, rows))
        }
        (None, Some(observed)) => difference(verdict, &outcome.details)
            .unwrap_or_else(|| format!("observed {}", observed_value(verdict, observed, width - "observed ".len()))),
        (None, None) => without_numbers(outcome),
    }
}

/// How many members of a set are missing and how many unexpected, where an unmet expectation tells.
fn difference(verdict: &Verdict, details: &Map<String, Value>) -> Option<String> {
    if verdict.is_success() {
        return None;
    }
    let mismatched = details.get("mismatched");
    if let Some(columns) = mismatched.and_then(Value::as_array) {
        return Some(format!("{} out of place", number::counted(columns.len() as u64, "column")));
    }
    let listed = |key: &str| mismatched?.get(key)?.as_array().map(|names| names.len() as u64);
    let counted = |key: &str| details.get(key).and_then(Value::as_u64);
    let missing = listed("missing").or_else(|| counted("missing_count"));
    let unexpected = listed("unexpected").filter(|_| !detail::may_have_others(verdict));
    let unexpected = unexpected.or_else(|| counted("unexpected_count"));
    let parts = [(missing, "missing"), (unexpected, "unexpected")].into_iter().filter_map(|(count, word)| {
        count.filter(|count| *count > 0).map(|count| format!("{} {word}", number::count(count)))
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// An observed value on one line; of a list that does not fit, how long it is.
fn observed_value(verdict: &Verdict, observed: &Value, width: usize) -> String {
    if let Value::Number(observed) = observed {
        return number::short_number(observed);
    }
    let parts = detail::observed_parts(verdict, observed);
    let text = parts.join(", ");
    match observed {
        Value::Array(items) if plain::width(&text) > width => {
            number::counted(items.len() as u64, if detail::is_about_columns(verdict) { "column" } else { "value" })
        }
        _ => plain::cut(&text, width),
    }
}

/// The severity, where it is not the usual one.
fn severity(verdict: &Verdict) -> &'static str {
    if verdict.severity == Severity::Critical { "" } else { severity_name(verdict.severity) }
}

fn without_numbers(outcome: &Outcome) -> String {
    if outcome.status == Status::Failed { "not so".to_owned() } else { String::new() }
}

fn mark(verdict: &Verdict, style: Style) -> (&'static str, AnsiColor) {
    let (mark, ascii, color) = match verdict.status() {
        Status::Passed => ("✓", "+", AnsiColor::BrightGreen),
        Status::Vacuous => ("∅", "-", AnsiColor::BrightCyan),
        Status::Failed => ("✗", "x", severity_color(verdict.severity)),
        Status::Errored => ("!", "!", severity_color(verdict.severity)),
    };
    (if style.unicode { mark } else { ascii }, color)
}
