//! An unmet expectation in full: its place in the suite, what was found there, and examples.

use serde_json::{Map, Value};

use super::{Files, TextOptions, severity_name, unexpected_share};
use crate::diagnostic::SourceText;
use crate::report::finding::{level, name_span, problem_span};
use crate::report::rule;
use crate::report::snippet::Snippet;
use crate::verdict::{Outcome, Problem, ResultLevel, RowCounts, Severity, UnexpectedRow, Verdict};
use crate::words::{self, number, plain};

/// How many examples are shown, unless all that were kept are asked for.
const EXAMPLES_SHOWN: usize = 5;
/// How many of the most frequent values are shown, and how many where all is asked for.
const FREQUENT_SHOWN: usize = 3;
const FREQUENT_SHOWN_VERBOSE: usize = 20;
/// How many members of a list are shown, and how many where all is asked for.
const MEMBERS_SHOWN: usize = 40;
const MEMBERS_SHOWN_VERBOSE: usize = 1_000;
/// What the frame of a note takes from the width.
const NOTE_INDENT: usize = 10;

/// A note under a snippet: a word and its lines.
type Note = (String, String);

/// Draws one unmet expectation.
pub(super) fn write(verdict: &Verdict, suite: &SourceText, files: &Files<'_>, options: &TextOptions) -> String {
    let mut snippet = match &verdict.result {
        Ok(outcome) => failed(verdict, outcome, files, options),
        Err(problem) => errored(verdict, problem, options),
    };
    if suite.text.is_empty() {
        snippet.span = None;
        snippet.context = None;
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

fn failed<'a>(verdict: &Verdict, outcome: &Outcome, files: &Files<'_>, options: &TextOptions) -> Snippet<'a> {
    let heading = match verdict.severity {
        Severity::Critical => "failed".to_owned(),
        severity => format!("failed ({})", severity_name(severity)),
    };
    let mut notes = Vec::new();
    if verdict.format.level > ResultLevel::BooleanOnly {
        notes.extend(differences(verdict, outcome, options));
        if let Some(observed) = &outcome.observed_value {
            notes.push(list_note("found", &observed_parts(verdict, observed), options));
        }
        if let Some(rows) = &outcome.rows {
            notes.extend(rows_notes(verdict, rows, files, options));
        }
        let has_lists = outcome.details.keys().any(|key| DIFFERENCES.contains(&key.as_str()));
        let told = |key: &str| {
            DIFFERENCES.contains(&key)
                || key == "success_details"
                || key == "value_counts" && has_lists && !options.verbose
                || key == "mismatched" && outcome.details[key].is_object()
        };
        let others = outcome.details.iter().filter(|(key, _)| !told(key));
        notes.extend(others.map(|(key, value)| detail(key, value, options)));
    }
    Snippet {
        level: level(verdict.severity),
        heading,
        code: "",
        title: rule::rule(&verdict.expectation, &verdict.kwargs),
        source: None,
        span: None,
        context: None,
        label: String::new(),
        notes,
        help: None,
    }
}

fn errored<'a>(verdict: &Verdict, problem: &Problem, options: &TextOptions) -> Snippet<'a> {
    let span = problem_span(verdict, problem);
    let rule = rule::rule(&verdict.expectation, &verdict.kwargs);
    let width = options.style.width.saturating_sub(NOTE_INDENT + "expectation".len());
    Snippet {
        level: level(verdict.severity),
        heading: "errored".to_owned(),
        code: problem.code,
        title: problem.message.clone(),
        source: None,
        span,
        context: span.map(|_| verdict.span),
        label: String::new(),
        notes: vec![("expectation".to_owned(), plain::wrap(&rule, width).join("\n"))],
        help: problem.help.clone(),
    }
}

/// Tells whether an expectation is about the names of columns.
pub(super) fn is_about_columns(verdict: &Verdict) -> bool {
    verdict.expectation.starts_with("expect_table_columns_")
}

/// Tells whether columns that are not named are no fault.
pub(super) fn may_have_others(verdict: &Verdict) -> bool {
    verdict.kwargs.get("exact_match") == Some(&Value::Bool(false))
}

/// An observed value in its parts: of a list its members, of quantiles each, of anything else the whole.
pub(super) fn observed_parts(verdict: &Verdict, observed: &Value) -> Vec<String> {
    let quantiles = observed.get("quantiles").and_then(Value::as_array).zip(observed.get("values"));
    match (observed, quantiles) {
        (Value::Number(observed), _) => vec![number::number(observed)],
        (Value::Null, _) => vec!["no value (nothing to observe)".to_owned()],
        (Value::Array(items), _) if !items.is_empty() => members(verdict, items),
        (Value::Object(_), Some((quantiles, Value::Array(values)))) => quantiles
            .iter()
            .zip(values)
            .map(|(quantile, value)| format!("{}: {}", words::inline(quantile), words::inline(value)))
            .collect(),
        (Value::String(name), _) if verdict.kwargs.keys().any(|key| key == "type_" || key == "type_list") => {
            vec![words::type_name(name)]
        }
        (Value::String(_), _) => vec![words::inline(observed)],
        (observed, _) => vec![plain::value(observed, usize::MAX / 4)],
    }
}

/// The members of a list: columns in backticks, values as they are written.
fn members(verdict: &Verdict, items: &[Value]) -> Vec<String> {
    let are_names = is_about_columns(verdict);
    let text = |item: &Value| match item {
        Value::String(name) if are_names => plain::name(name),
        item => plain::value(item, words::VALUE_WIDTH),
    };
    items.iter().map(text).collect()
}

/// A note of parts with commas, wrapped; of very many, the first.
fn list_note(word: &str, parts: &[String], options: &TextOptions) -> Note {
    let width = options.style.width.saturating_sub(NOTE_INDENT + word.len());
    let limit = if options.verbose { MEMBERS_SHOWN_VERBOSE } else { MEMBERS_SHOWN };
    let mut shown: Vec<String> = parts.iter().take(limit).cloned().collect();
    if shown.len() < parts.len() {
        shown.push(format!("… {} more", number::count((parts.len() - shown.len()) as u64)));
    }
    let lines = match shown.as_slice() {
        [only] => plain::wrap(only, width),
        shown => plain::wrap_parts(shown, width),
    };
    (word.to_owned(), lines.join("\n"))
}

/// The keys of details that [`differences`] tells.
const DIFFERENCES: [&str; 4] = ["missing_count", "partial_missing_list", "unexpected_count", "partial_unexpected_list"];

/// The members that are missing, and those that are there and should not be.
fn differences(verdict: &Verdict, outcome: &Outcome, options: &TextOptions) -> Vec<Note> {
    let details = &outcome.details;
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut notes = Vec::new();
    for word in ["missing", "unexpected"] {
        let mut named = list(details.get("mismatched").and_then(|mismatched| mismatched.get(word)));
        if word == "unexpected" && may_have_others(verdict) {
            named.clear();
        }
        named.extend(list(details.get(&format!("partial_{word}_list"))));
        let count = details.get(&format!("{word}_count")).and_then(Value::as_u64).unwrap_or(named.len() as u64);
        if count == 0 && named.is_empty() {
            continue;
        }
        let left_out = count.saturating_sub(named.len() as u64);
        let mut parts = members(verdict, &named);
        if parts.is_empty() {
            parts.push(number::count(count));
        } else if left_out > 0 {
            parts.push(format!("… {} more", number::count(left_out)));
        }
        notes.push(list_note(word, &parts, options));
    }
    notes
}

fn rows_notes(verdict: &Verdict, rows: &RowCounts, files: &Files<'_>, options: &TextOptions) -> Vec<Note> {
    let width = options.style.width.saturating_sub(NOTE_INDENT + "found".len());
    let mut notes = vec![("found".to_owned(), plain::wrap(&counts(verdict, rows), width).join("\n"))];
    let kept = rows.unexpected.len().min(verdict.format.partial_unexpected_count);
    let kept = &rows.unexpected[..kept];
    let shown = if options.verbose { kept.len() } else { kept.len().min(EXAMPLES_SHOWN) };
    if shown > 0 {
        let examples =
            Examples { verdict, files, width: options.style.width.saturating_sub(NOTE_INDENT + "examples".len()) };
        notes.push(("examples".to_owned(), examples.lines(&kept[..shown])));
    }
    if verdict.format.level >= ResultLevel::Summary && verdict.format.partial_unexpected_count > 0 {
        notes.extend(most_frequent(verdict, rows, options));
    }
    notes
}

/// `54 of 5,343 values are unexpected (1.01 %, at most 1 % may be; 88 missing)`.
pub(super) fn counts(verdict: &Verdict, rows: &RowCounts) -> String {
    let mostly = verdict.kwargs.get("mostly").and_then(Value::as_f64).filter(|mostly| *mostly < 1.0);
    let share = unexpected_share(verdict, rows);
    let allowed =
        mostly.map_or_else(String::new, |mostly| format!(", at most {} may be", number::fraction(1.0 - mostly)));
    let missing = rows.missing_count.filter(|missing| *missing > 0);
    let missing = missing.map_or_else(String::new, |missing| format!("; {} missing", number::count(missing)));
    let judged = number::counted(rows.judged(), rule::judged(&verdict.expectation).trim_end_matches('s'));
    let verb = if rows.unexpected_count == 1 { "is" } else { "are" };
    format!("{} of {judged} {verb} unexpected ({share}{allowed}{missing})", number::count(rows.unexpected_count))
}

/// Draws unexpected rows.
struct Examples<'a> {
    verdict: &'a Verdict,
    files: &'a Files<'a>,
    width: usize,
}

impl Examples<'_> {
    fn lines(&self, rows: &[UnexpectedRow]) -> String {
        let places: Vec<String> = rows.iter().map(|row| self.place(row)).collect();
        let only_numbers =
            rows.iter().all(|row| row.value.is_null() && row.index.keys().all(|name| self.is_judged(name)));
        if only_numbers && !self.files.are_several() {
            let numbers: Vec<String> = rows.iter().map(|row| row.row.to_string()).collect();
            let noun = if rows.len() == 1 { "row" } else { "rows" };
            return plain::wrap(&format!("{noun} {}", numbers.join(", ")), self.width).join("\n");
        }
        let place_width = places.iter().map(|place| plain::width(place)).max().unwrap_or(0);
        let mut lines = Vec::new();
        for (row, place) in rows.iter().zip(&places) {
            for (at, line) in self.value(row, self.width.saturating_sub(place_width + 2)).iter().enumerate() {
                let place = plain::pad(if at == 0 { place } else { "" }, place_width);
                lines.push(plain::cut(&format!("{place}  {line}"), self.width));
            }
        }
        lines.join("\n")
    }

    fn place(&self, row: &UnexpectedRow) -> String {
        if !self.files.are_several() {
            return format!("row {}", row.row);
        }
        let file = plain::escape(self.files.name(&row.file));
        format!("{} row {}", plain::cut_start(&file, self.width / 2), row.file_row)
    }

    /// The value, and in brackets what names the row: on one line, or broken between columns.
    fn value(&self, row: &UnexpectedRow, width: usize) -> Vec<String> {
        let shown = row.value.as_object();
        let named = row
            .index
            .iter()
            .filter(|(name, _)| !self.is_judged(name) && shown.is_none_or(|shown| !shown.contains_key(name.as_str())));
        let mut index = pairs(named.map(|(name, value)| (name.as_str(), value)), width);
        if self.verdict.format.exclude_unexpected_values && !index.is_empty() {
            return plain::wrap_parts(&index, width);
        }
        let mut lines = plain::wrap_parts(&value_parts(self.verdict, &row.value, width), width);
        let in_brackets = format!(" ({})", index.join(", "));
        match (lines.as_mut_slice(), index.as_mut_slice()) {
            (_, []) => {}
            ([only], _) if plain::width(only) + plain::width(&in_brackets) <= width => only.push_str(&in_brackets),
            (_, [first, ..]) => {
                first.insert(0, '(');
                if let Some(last) = index.last_mut() {
                    last.push(')');
                }
                lines.extend(plain::wrap_parts(&index, width));
            }
        }
        lines
    }

    /// Tells whether a column is one that the expectation is about, so that its value stands there already.
    fn is_judged(&self, column: &str) -> bool {
        ["column", "column_A", "column_B", "column_list"].iter().any(|key| match self.verdict.kwargs.get(*key) {
            Some(Value::String(name)) => name == column,
            Some(Value::Array(names)) => names.iter().any(|name| name == column),
            _ => false,
        })
    }
}

/// A value of one column, or each of several with its name.
fn value_parts(verdict: &Verdict, value: &Value, width: usize) -> Vec<String> {
    let name = |key: &str| verdict.kwargs.get(key).and_then(Value::as_str);
    match (value, name("column_A").zip(name("column_B"))) {
        (Value::Array(values), Some((first, second))) if values.len() == 2 => {
            pairs([first, second].into_iter().zip(values), width)
        }
        (Value::Object(values), _) => pairs(values.iter().map(|(name, value)| (name.as_str(), value)), width),
        (value, _) => vec![plain::value(value, width)],
    }
}

/// `a = 1` and `b = "x"`; of very many, the first.
fn pairs<'a>(mut values: impl Iterator<Item = (&'a str, &'a Value)>, width: usize) -> Vec<String> {
    let shown = values.by_ref().take(MEMBERS_SHOWN);
    let mut parts: Vec<String> = shown
        .map(|(name, value)| format!("{} = {}", plain::escape(&plain::cut(name, width)), plain::value(value, width)))
        .collect();
    let left_out = values.count();
    if left_out > 0 {
        parts.push(format!("… {} more", number::count(left_out as u64)));
    }
    parts
}

/// The values that occur most often among the unexpected ones that were kept; nothing where each occurs once.
fn most_frequent(verdict: &Verdict, rows: &RowCounts, options: &TextOptions) -> Option<Note> {
    let word = "most frequent";
    let width = options.style.width.saturating_sub(NOTE_INDENT + word.len());
    let shown = if options.verbose { FREQUENT_SHOWN_VERBOSE } else { FREQUENT_SHOWN };
    let mut repeated = rows.most_frequent(shown);
    repeated.retain(|(value, count)| *count > 1 && !value.is_null());
    let (first, _) = repeated.first()?;
    let kept = rows.unexpected.len() as u64;
    let is_part = kept < rows.unexpected_count;
    let among = format!("among the first {} unexpected:", number::count(kept));
    let times = |count: u64| if is_part { number::count(count) } else { format!("{} times", number::count(count)) };
    let beside = |count: u64| if is_part { times(count) } else { format!("({})", times(count)) };
    let mut lines = Vec::new();
    if is_part {
        lines.extend(plain::wrap(&among, width));
    }
    if first.is_object() || first.is_array() {
        for (value, count) in repeated {
            let times = format!("{}: ", times(count));
            let indent = " ".repeat(times.len());
            let parts = plain::wrap_parts(&value_parts(verdict, value, width), width.saturating_sub(times.len()));
            let starts = std::iter::once(times.as_str()).chain(std::iter::repeat(indent.as_str()));
            lines.extend(starts.zip(parts).map(|(start, part)| format!("{start}{part}")));
        }
    } else {
        let parts: Vec<String> = repeated
            .into_iter()
            .map(|(value, count)| format!("{} {}", plain::value(value, 30), beside(count)))
            .collect();
        let parts = plain::wrap_parts(&parts, width);
        match (lines.last_mut(), parts.as_slice()) {
            (Some(among), [only]) if plain::width(among) + 1 + plain::width(only) <= width => among.extend([" ", only]),
            _ => lines.extend(parts),
        }
    }
    let lines: Vec<String> = lines.iter().map(|line| plain::cut(line, width)).collect();
    Some((word.to_owned(), lines.join("\n")))
}

/// What else was found, by its key.
fn detail(key: &str, value: &Value, options: &TextOptions) -> Note {
    if let ("age_seconds", Some(seconds)) = (key, value.as_f64()) {
        return ("age".to_owned(), number::age(seconds));
    }
    if let ("distinct_values_more_than", Some(limit)) = (key, value.as_u64()) {
        return ("distinct values".to_owned(), format!("more than {}", number::count(limit)));
    }
    let word = plain::escape(key).replace('_', " ");
    let width = options.style.width.saturating_sub(NOTE_INDENT + word.len());
    let lines = match value {
        Value::Array(items) if key == "value_counts" => {
            let parts: Vec<String> = items.iter().map(value_count).collect();
            return list_note(&word, &parts, options);
        }
        Value::Array(items) if items.first().is_some_and(Value::is_object) => {
            let shown = if options.verbose { items.len() } else { items.len().min(EXAMPLES_SHOWN) };
            let mut lines: Vec<String> = items[..shown].iter().flat_map(|item| entry(item, width)).collect();
            if shown < items.len() {
                lines.push(format!("… {} more", number::count((items.len() - shown) as u64)));
            }
            lines
        }
        Value::Number(number) => vec![number::number(number)],
        other => entry(other, width),
    };
    (word, lines.join("\n"))
}

/// A value with how often it occurs.
fn value_count(item: &Value) -> String {
    match (item.get("value"), item.get("count").and_then(Value::as_u64)) {
        (Some(value), Some(count)) => format!("{} {}", plain::value(value, 30), number::count(count)),
        _ => plain::value(item, words::VALUE_WIDTH),
    }
}

fn entry(value: &Value, width: usize) -> Vec<String> {
    match value {
        Value::Object(entries) => match mismatch(entries) {
            Some(text) => plain::wrap(&text, width),
            None => {
                let named = || pairs(entries.iter().map(|(name, value)| (name.as_str(), value)), width);
                plain::wrap_parts(&shares(entries).unwrap_or_else(named), width)
            }
        },
        other => vec![plain::value(other, width)],
    }
}

/// The values of a partition, each with its weight.
fn shares(entries: &Map<String, Value>) -> Option<Vec<String>> {
    let list = |key: &str| entries.get(key).and_then(Value::as_array);
    let (values, weights) = (list("values")?, list("weights")?);
    if entries.len() != 2 || values.len() != weights.len() {
        return None;
    }
    let share = |(value, weight): (&Value, &Value)| {
        let weight = weight.as_number().map_or_else(|| plain::value(weight, 30), number::short_number);
        format!("{} {weight}", plain::value(value, 30))
    };
    let mut shares: Vec<String> = values.iter().zip(weights).take(MEMBERS_SHOWN).map(share).collect();
    if shares.len() < values.len() {
        shares.push(format!("… {} more", number::count((values.len() - shares.len()) as u64)));
    }
    Some(shares)
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
