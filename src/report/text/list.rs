//! Every expectation on a line of its own: mark, rule, what was found, severity.

use annotate_snippets::renderer::{AnsiColor, Effects};
use serde_json::Value;

use super::{TextOptions, paint, severity_color, severity_name, unexpected_share};
use crate::report::rule;
use crate::report::snippet::Style;
use crate::verdict::{Outcome, ResultLevel, Severity, Status, Verdict};
use crate::words::{number, plain};

/// Up to this many expectations are all listed.
const LISTED_WHOLE: usize = 60;
/// Of a longer suite, this many unmet ones are listed.
const UNMET_LISTED: usize = 200;
/// How wide an observed value may be, and a column of them.
const OBSERVED_WIDTH: usize = 14;
const FOUND_WIDTH: usize = 30;
/// Up to this width there is no room for the severity.
const NARROW: usize = 60;

/// Writes the list. In a long suite, met expectations in a row are counted instead, unless all are asked for.
pub(super) fn write(report: &mut String, verdicts: &[Verdict], options: &TextOptions) {
    let whole = options.verbose || verdicts.len() <= LISTED_WHOLE;
    let (lines, left_out) = lines(verdicts, whole);
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
    found: String,
}

/// Chooses what is listed; also tells how many unmet expectations are not.
fn lines(verdicts: &[Verdict], whole: bool) -> (Vec<Line<'_>>, u64) {
    let mut lines = Vec::new();
    let (mut unmet, mut left_out) = (0, 0);
    for verdict in verdicts {
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
        lines.push(Line::One(Entry { verdict, rule, found: plain::cut(&found(verdict), FOUND_WIDTH) }));
    }
    (lines, left_out)
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
        let found = entries().map(|entry| plain::width(&entry.found)).max().unwrap_or(0);
        let severity = entries().map(|entry| severity(entry.verdict).len()).max().unwrap_or(0);
        let severity = if style.width <= NARROW { 0 } else { severity };
        let taken = 4 + [found, severity].iter().filter(|width| **width > 0).map(|width| width + 2).sum::<usize>();
        let widest = entries().map(|entry| plain::width(&entry.rule)).max().unwrap_or(0);
        Self { rule: widest.min(style.width.saturating_sub(taken).max(20)), found, severity }
    }

    fn write(&self, report: &mut String, entry: &Entry<'_>, style: Style) {
        let (mark, color) = mark(entry.verdict, style);
        let rule = plain::cut(&entry.rule, self.rule);
        let severity = if self.severity == 0 { "" } else { severity(entry.verdict) };
        report.extend([" ", &paint(mark, Some(color), Effects::BOLD, style), "  ", &rule]);
        if !entry.found.is_empty() {
            let effects = if entry.verdict.is_success() { Effects::DIMMED } else { Effects::BOLD };
            report.push_str(&plain::pad("", self.rule + 2 - plain::width(&rule)));
            report.push_str(&paint(&entry.found, None, effects, style));
        }
        if !severity.is_empty() {
            let before = if entry.found.is_empty() { self.rule + 2 - plain::width(&rule) } else { 0 };
            report.push_str(&plain::pad("", before + self.found + 2 - plain::width(&entry.found)));
            report.push_str(severity);
        }
    }
}

/// What was found, in a few words.
fn found(verdict: &Verdict) -> String {
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
        (None, Some(Value::Number(observed))) => format!("observed {}", number::short_number(observed)),
        (None, Some(observed)) => format!("observed {}", plain::value(observed, OBSERVED_WIDTH)),
        (None, None) => without_numbers(outcome),
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
