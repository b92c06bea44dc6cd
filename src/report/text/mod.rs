//! The report for the terminal: the verdict of the whole, every expectation in suite order, and what is not met in full.

mod detail;
mod list;

use std::collections::BTreeSet;
use std::time::Duration;

use annotate_snippets::renderer::{AnsiColor, Effects};
use hashbrown::HashMap;
use serde_json::Value;

use super::snippet::Style;
use crate::verdict::{Outcome, ResultLevel, RowCounts, RunResult, Severity, Status, Verdict};
use crate::words::{number, plain};

/// How many unmet expectations are shown in full, unless all are asked for.
const DETAILS_SHOWN: usize = 20;
/// How many errored ones are, before any that failed.
const ERRORED_SHOWN: usize = 50;
/// How many malformed lines are shown, unless all that are known are asked for.
const MALFORMED_SHOWN: usize = 5;
/// How long an observed value may be in one line.
const FOUND_WIDTH: usize = 200;
/// How many unmet expectations are named that no row breaks.
const WITHOUT_ROWS_NAMED: usize = 3;
/// From this many lines on the verdict stands at the end as well, where a terminal leaves the reader.
const LONG_REPORT_LINES: usize = 40;

/// How the report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextOptions {
    /// Colors, characters and width.
    pub style: Style,
    /// Lists every expectation however many there are, shows each unmet one in full and all examples that were kept.
    pub verbose: bool,
}

/// Writes the report of a run.
#[must_use]
pub fn write(result: &RunResult, options: &TextOptions) -> String {
    let verdict = headline(result);
    let color = if result.is_success() { AnsiColor::BrightGreen } else { AnsiColor::BrightRed };
    let verdict: String = headline_lines(&verdict, options.style.width)
        .iter()
        .map(|line| paint(line, Some(color), Effects::BOLD, options.style) + "\n")
        .collect();

    let mut report = verdict.clone();
    if !result.verdicts.is_empty() || skipped(result).next().is_some() {
        report.push('\n');
        list::write(&mut report, result, options);
    }
    write_malformed(&mut report, result, options);
    let unmet: Vec<&Verdict> = result.verdicts.iter().filter(|verdict| !verdict.is_success()).collect();
    let shown = in_full(&unmet, options);
    let files = Files::of(result);
    for verdict in &shown {
        report.push('\n');
        report.push_str(&detail::write(verdict, &result.suite_source, &files, options));
    }
    if shown.iter().any(|verdict| detail::names_rows(verdict)) {
        report.extend(["\n", &plain::wrap(&row_count_note(result), options.style.width).join("\n"), "\n"]);
    }
    if shown.len() < unmet.len() {
        let left_out = number::counted((unmet.len() - shown.len()) as u64, "more unmet expectation");
        report.extend(["\n", &left_out, " in full with --verbose\n"]);
    }
    if let Some(written) = row_files(result) {
        report.extend(["\n", &plain::wrap(&written, options.style.width).join("\n"), "\n"]);
    }
    if report.lines().count() > LONG_REPORT_LINES {
        report.push('\n');
        report.push_str(&verdict);
    }
    if options.style.unicode { report } else { plain::ascii(&report) }
}

/// Lists the first lines that are no rows.
fn write_malformed(report: &mut String, result: &RunResult, options: &TextOptions) {
    let examples: Vec<_> = result.malformed_examples().collect();
    if examples.is_empty() {
        return;
    }
    let shown = if options.verbose { examples.len() } else { MALFORMED_SHOWN.min(examples.len()) };
    let title = format!("malformed: {}, left out of all else", number::counted(result.malformed_count(), "line"));
    report.extend(["\n", &title, "\n"]);
    for (file, line, problem) in &examples[..shown] {
        let file = plain::escape(file.rsplit('/').next().unwrap_or(file));
        let text = plain::escape(&format!("{file} line {line} {problem}"));
        for (number, part) in plain::wrap(&text, options.style.width.saturating_sub(6)).iter().enumerate() {
            report.extend([if number == 0 { "  " } else { "      " }, part, "\n"]);
        }
    }
    let more = result.malformed_count() - shown as u64;
    if more > 0 {
        report.extend(["  and ", &number::count(more), " more\n"]);
    }
}

/// Says in one line what was found of an expectation that failed, for other reports.
pub(super) fn found_in_words(verdict: &Verdict, outcome: &Outcome) -> String {
    match &outcome.rows {
        Some(rows) if verdict.format.level > ResultLevel::BooleanOnly => detail::counts(verdict, rows),
        _ => Some(list::found(verdict, FOUND_WIDTH)).filter(|found| !found.is_empty()).unwrap_or("not met".to_owned()),
    }
}

/// Chooses what is shown in full, in suite order: errored expectations before failed ones, as an errored one says that
/// suite and data do not fit together.
fn in_full<'a>(unmet: &[&'a Verdict], options: &TextOptions) -> Vec<&'a Verdict> {
    if options.verbose {
        return unmet.to_vec();
    }
    let of = |errored: bool| {
        let chosen =
            unmet.iter().enumerate().filter(move |(_, verdict)| (verdict.status() == Status::Errored) == errored);
        chosen.map(|(position, _)| position)
    };
    let errored: BTreeSet<usize> = of(true).take(ERRORED_SHOWN).collect();
    let room = DETAILS_SHOWN.saturating_sub(errored.len());
    let shown: BTreeSet<usize> = errored.into_iter().chain(of(false).take(room)).collect();
    shown.into_iter().map(|position| unmet[position]).collect()
}

/// Says which rows were written where, and of which unmet expectations there are none.
pub(super) fn row_files(result: &RunResult) -> Option<String> {
    let file = |(key, path, rows): (&str, &str, u64)| {
        let kind = if key == "failed_rows" { "failed row" } else { "clean row" };
        let lines = match result.malformed_count() {
            lines if lines > 0 && key == "failed_rows" => format!(" and {}", number::counted(lines, "malformed line")),
            _ => String::new(),
        };
        let verb = if rows == 1 && lines.is_empty() { "is" } else { "are" };
        format!("{}{lines} {verb} in `{}`", number::counted(rows, kind), plain::escape(path))
    };
    let mut written = result.row_files().map(file).collect::<Vec<_>>().join(", ");
    if written.is_empty() {
        return None;
    }
    let without_rows: Vec<String> = result.broken_without_rows().map(|id| format!("`{}`", plain::escape(id))).collect();
    if !without_rows.is_empty() {
        let named = without_rows.iter().take(WITHOUT_ROWS_NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = match without_rows.len().saturating_sub(WITHOUT_ROWS_NAMED) {
            0 => String::new(),
            more => format!(" and {} more", number::count(more as u64)),
        };
        written.push_str(&format!("; not met, but of no single row: {named}{more}"));
    }
    Some(written)
}

/// Says what the first row is.
fn row_count_note(result: &RunResult) -> String {
    let inputs = result.meta.get("inputs").and_then(Value::as_array);
    let format = inputs.and_then(|inputs| inputs.first()?.get("format")?.as_str());
    let first = match format {
        Some("csv") => ", the first line after the header",
        Some("json") => ", the first line",
        _ => "",
    };
    let each = if data_names(result).len() > 1 { " in each file" } else { "" };
    format!("rows are counted from 0{first}{each}")
}

/// Returns the verdict of the whole in one line:
/// `not met: 2 of 14 expectations failed, 1 errored (flights.parquet, 5,431 rows, 0.04 s)`.
#[must_use]
pub fn headline(result: &RunResult) -> String {
    let total = result.verdicts.len() as u64;
    let [failed, errored, vacuous] =
        [Status::Failed, Status::Errored, Status::Vacuous].map(|status| result.count(status) as u64);
    let expectations = number::counted(total, "expectation");
    let of_all = |part: u64| format!("{} of {expectations}", number::count(part));
    let skipped = skipped(result).count() as u64;
    let mut finding = match (failed, errored, vacuous) {
        _ if total == 0 && skipped > 0 => "met: no expectation was judged".to_owned(),
        _ if total == 0 => "met: the suite has no expectations".to_owned(),
        (0, 0, 0) if total == 1 => "met: the only expectation passed".to_owned(),
        (1, 0, _) if total == 1 => "not met: the only expectation failed".to_owned(),
        (0, 1, _) if total == 1 => "not met: the only expectation errored".to_owned(),
        (0, 0, 1) if total == 1 => "met: the only expectation had nothing to judge".to_owned(),
        (0, 0, 0) => format!("met: all {expectations} passed"),
        (0, 0, vacuous) => {
            format!("met: {} passed, {} had nothing to judge", of_all(total - vacuous), number::count(vacuous))
        }
        (0, errored, _) => format!("not met: {} errored", of_all(errored)),
        (failed, 0, _) => format!("not met: {} failed", of_all(failed)),
        (failed, errored, _) => format!("not met: {} failed, {} errored", of_all(failed), number::count(errored)),
    };
    let malformed = result.malformed_count();
    if malformed > 0 {
        if let Some(met) = finding.strip_prefix("met: ") {
            finding = format!("not met: {met}");
        }
        finding.extend([", ", &number::counted(malformed, "malformed line")]);
    }
    if skipped > 0 {
        finding.extend([", ", &number::count(skipped), " skipped"]);
    }
    let rows = match (result.rows, result.rows_before_where()) {
        (Some(rows), Some(all)) => Some(format!("{} of {}", number::count(rows), number::counted(all, "row"))),
        (None, Some(all)) => Some(format!("some of {}", number::counted(all, "row"))),
        (rows, None) => rows.map(|rows| number::counted(rows, "row")),
    };
    let about = [data_name(result), rows].into_iter().flatten();
    let about: Vec<String> = about.chain(choice(result)).chain(run_time(result)).collect();
    if about.is_empty() { finding } else { format!("{finding} ({})", about.join(", ")) }
}

/// Which rows of the data were judged, as the run's `meta` tells.
fn choice(result: &RunResult) -> Vec<String> {
    let mut choice = Vec::new();
    if let Some(fraction) = result.meta.get("sample").and_then(Value::as_f64) {
        choice.push(format!("a sample of {}", number::fraction(fraction)));
    }
    if let Some(limit) = result.meta.get("limit").and_then(Value::as_u64) {
        choice.push(format!("limited to {}", number::counted(limit, "row")));
    }
    if let Some(condition) = result.meta.get("where").and_then(Value::as_str) {
        choice.push(format!("where {}", plain::cut(&plain::escape(condition), 60)));
    }
    choice
}

/// The headline, broken before its bracket where it is too wide.
fn headline_lines(headline: &str, width: usize) -> Vec<String> {
    match headline.rsplit_once(" (") {
        Some((finding, about)) if plain::width(headline) > width => {
            [plain::wrap(finding, width), plain::wrap(&format!("({about}"), width)].concat()
        }
        _ => plain::wrap(headline, width),
    }
}

/// The dataset by name: one file, or how many.
fn data_name(result: &RunResult) -> Option<String> {
    match data_names(result).as_slice() {
        [] => None,
        [name] => Some(plain::cut(&plain::escape(name.rsplit('/').next().unwrap_or(name)), 40)),
        names => Some(number::counted(names.len() as u64, "file")),
    }
}

/// The files that were judged, as the run's `meta` lists them.
fn data_names(result: &RunResult) -> Vec<&str> {
    result.inputs().collect()
}

/// The expectations of the suite that were left out, as the run's `meta` lists them.
pub(super) fn skipped(result: &RunResult) -> impl Iterator<Item = &str> {
    let skipped = result.meta.get("skipped_expectations").and_then(Value::as_array);
    skipped.into_iter().flatten().filter_map(Value::as_str)
}

/// The files of a run, by the shortest end of their paths that tells them apart; empty where there is only one.
struct Files<'a>(HashMap<&'a str, &'a str>);

impl<'a> Files<'a> {
    fn of(result: &'a RunResult) -> Self {
        let mut unsettled: BTreeSet<&str> = data_names(result).into_iter().collect();
        let mut names = HashMap::new();
        if unsettled.len() < 2 {
            return Self(names);
        }
        for parts in 1.. {
            let ends: Vec<(&str, &str)> = unsettled.iter().map(|path| (*path, last_parts(path, parts))).collect();
            let mut times: HashMap<&str, usize> = HashMap::new();
            for (_, end) in &ends {
                *times.entry(end).or_default() += 1;
            }
            for (path, end) in ends {
                if times[end] == 1 || end == path {
                    names.insert(path, end);
                    unsettled.remove(path);
                }
            }
            if unsettled.is_empty() {
                break;
            }
        }
        Self(names)
    }

    fn are_several(&self) -> bool {
        !self.0.is_empty()
    }

    fn name<'b>(&'b self, path: &'b str) -> &'b str {
        self.0.get(path).copied().unwrap_or_else(|| last_parts(path, 1))
    }
}

/// The last parts of a path, so many; the whole path where it has no more.
fn last_parts(path: &str, parts: usize) -> &str {
    path.rmatch_indices('/').nth(parts - 1).map_or(path, |(at, _)| &path[at + 1..])
}

fn run_time(result: &RunResult) -> Option<String> {
    let seconds = result.meta.get("duration_seconds")?.as_f64()?;
    Some(number::duration(Duration::try_from_secs_f64(seconds).ok()?))
}

/// The percent of unexpected rows, told apart from the percent that `mostly` allows.
fn unexpected_share(verdict: &Verdict, rows: &RowCounts) -> String {
    match verdict.kwargs.get("mostly").and_then(Value::as_f64) {
        Some(mostly) => number::percent_apart_from(rows.unexpected_count, rows.judged(), (1.0 - mostly) * 100.0),
        None => number::percent(rows.unexpected_count, rows.judged()),
    }
}

/// The color of an unmet expectation.
fn severity_color(severity: Severity) -> AnsiColor {
    match severity {
        Severity::Critical => AnsiColor::BrightRed,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Info => AnsiColor::BrightCyan,
    }
}

/// The word for a severity.
pub(super) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// Wraps a text in the escapes of a color, where colors are wanted.
fn paint(text: &str, color: Option<AnsiColor>, effects: Effects, style: Style) -> String {
    if !style.color {
        return text.to_owned();
    }
    let paint = annotate_snippets::renderer::Style::new().fg_color(color.map(Into::into)).effects(effects);
    format!("{paint}{text}{paint:#}")
}
