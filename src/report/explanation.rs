//! What a check would do, for people and for programs.

use std::fmt::Write as _;

use super::rule;
use crate::explanation::{
    AnsweredBy, ExplainedColumn, ExplainedExpectation, ExplainedFile, ExplainedMetric, ExplainedQuery, Explanation,
    LaterPass,
};
use crate::words::{number, plain};

/// How many files, columns of a kind, expectations and metrics are listed, unless all are asked for.
const LISTED: usize = 40;
/// How long the text of a metric may be in its line, unless all is asked for.
const METRIC_WIDTH: usize = 100;

/// Returns the explanation as JSON, indented, with a line break at the end.
#[must_use]
pub fn json(explanation: &Explanation) -> String {
    // plain data with texts as keys
    serde_json::to_string_pretty(explanation).map_or_else(|error| error.to_string(), |text| text + "\n")
}

/// Writes the explanation for people.
#[must_use]
pub fn text(explanation: &Explanation, verbose: bool) -> String {
    let listed = if verbose { usize::MAX } else { LISTED };
    let mut text = format!("{}\n\n", headline(explanation));
    write_data(&mut text, explanation, listed);
    write_columns(&mut text, explanation, listed);
    write_expectations(&mut text, explanation, listed);
    write_metrics(&mut text, explanation, listed, verbose);
    write_later(&mut text, explanation);
    write_resources(&mut text, explanation);
    text
}

/// `14 expectations, answered by 1 pass over 3 files (5,431 rows)`.
fn headline(explanation: &Explanation) -> String {
    let passes = match (explanation.units_read, explanation.later_passes.is_empty()) {
        (0, true) => "without reading a row of",
        (0, false) => "without reading a row at first of",
        (_, true) => "in one pass over",
        (_, false) => "in one pass, and perhaps later ones, over",
    };
    let data = match explanation.data.as_slice() {
        [file] => plain::escape(&file.path),
        files => number::counted(files.len() as u64, "file"),
    };
    format!(
        "plan: {} of {}, {passes} {data} ({})",
        number::counted(explanation.expectations.len() as u64, "expectation"),
        plain::escape(&explanation.suite_path),
        rows(explanation.row_count),
    )
}

fn rows(count: Option<u64>) -> String {
    count.map_or_else(|| "rows not counted yet".to_owned(), |count| number::counted(count, "row"))
}

fn write_data(text: &mut String, explanation: &Explanation, listed: usize) {
    let units = number::counted(explanation.unit_count as u64, "unit");
    let _ = writeln!(text, "data: {units}, of which the first pass reads {}", explanation.units_read);
    let file = |file: &ExplainedFile| {
        let compression = file.compression.as_ref().map_or_else(String::new, |name| format!(" in {name}"));
        format!(
            "{}: {}{compression}, {}, {} in {}",
            plain::escape(&file.path),
            file.format,
            number::size(file.size_bytes),
            rows(file.row_count),
            number::counted(file.unit_count as u64, "unit"),
        )
    };
    write_list(text, explanation.data.iter().map(file), listed, "file");
    if explanation.row_count.is_none() {
        text.push_str("  types are those of a sample; a check reads the text once, and looks at all of it first where they do not hold\n");
    }
    let rows = &explanation.rows;
    if let Some(sample) = rows.sample {
        let _ = writeln!(text, "  judged is a sample of {}", number::fraction(sample));
    }
    if let Some(limit) = rows.limit {
        let _ = writeln!(text, "  judged are the first {}", number::counted(limit, "row"));
    }
    if let Some(condition) = &rows.condition {
        let _ = writeln!(text, "  judged are the rows where {}", plain::escape(condition));
    }
}

fn write_columns(text: &mut String, explanation: &Explanation, listed: usize) {
    let names = |wanted: &dyn Fn(&ExplainedColumn) -> bool| {
        let found: Vec<&ExplainedColumn> = explanation.columns.iter().filter(|column| wanted(column)).collect();
        let mut names: Vec<String> = found.iter().take(listed).map(|column| plain::name(&column.name)).collect();
        if found.len() > names.len() {
            names.push(format!("{} more", number::count((found.len() - names.len()) as u64)));
        }
        (found.len(), names.join(", "))
    };
    let all = explanation.unit_count;
    let (whole, whole_names) = names(&|column| column.units_read > 0 && column.units_read == all);
    let (partly, partly_names) = names(&|column| column.units_read > 0 && column.units_read < all);
    let (later, later_names) = names(&|column| column.units_read == 0 && column.is_read_later);
    let (never, never_names) = names(&|column| column.units_read == 0 && !column.is_read_later);
    let total = explanation.columns.len();
    let _ = writeln!(text, "\ncolumns: {} of {total} are read by the first pass", whole + partly);
    let rows = [
        (whole, "read", whole_names),
        (partly, "read in some units", partly_names),
        (later, "perhaps read later", later_names),
        (never, "not read", never_names),
    ];
    for (count, title, names) in rows {
        if count > 0 {
            let _ = writeln!(text, "  {title}: {names}");
        }
    }
    if !explanation.queries.is_empty() {
        text.push_str("  queries of SQL read the columns that they name, by themselves\n");
    }
}

fn write_expectations(text: &mut String, explanation: &Explanation, listed: usize) {
    text.push_str("\nexpectations:\n");
    let line = |expectation: &ExplainedExpectation| {
        let by = match (expectation.answered_by, &expectation.problem) {
            (_, Some(problem)) => format!("errored: {}", plain::escape(problem)),
            (AnsweredBy::Schema, _) => "the schema answers".to_owned(),
            (AnsweredBy::Statistics, _) => format!("statistics answer ({})", asked(expectation)),
            (AnsweredBy::Rows | AnsweredBy::Nothing, _) => format!("rows are read ({})", asked(expectation)),
        };
        format!("line {}: {}: {by}", expectation.suite_line, rule::rule(&expectation.name, &expectation.kwargs))
    };
    write_list(text, explanation.expectations.iter().map(line), listed, "expectation");
}

/// `metrics 1 and 2`.
fn asked(expectation: &ExplainedExpectation) -> String {
    let numbered = |one: &str, several: &str, positions: &[usize]| {
        let numbers: Vec<String> = positions.iter().map(|position| (position + 1).to_string()).collect();
        let word = if numbers.len() == 1 { one } else { several };
        (!numbers.is_empty()).then(|| format!("{word} {}", numbers.join(", ")))
    };
    let metrics = numbered("metric", "metrics", &expectation.metrics);
    let parts = [metrics, numbered("query", "queries", &expectation.queries)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn write_metrics(text: &mut String, explanation: &Explanation, listed: usize, verbose: bool) {
    let cut = |text: &str| if verbose { plain::escape(text) } else { plain::cut(&plain::escape(text), METRIC_WIDTH) };
    if !explanation.metrics.is_empty() {
        text.push_str("\nfirst pass: each metric is computed once for all who ask\n");
    }
    let metric = |(number, metric): (usize, &ExplainedMetric)| {
        let of = metric.dataset.as_ref().map_or_else(String::new, |name| format!(" of `{}`", plain::escape(name)));
        format!("{}. {}{of}: {}", number + 1, cut(&metric.metric), found(metric, explanation))
    };
    write_list(text, explanation.metrics.iter().enumerate().map(metric), listed, "metric");
    if !explanation.queries.is_empty() {
        text.push_str("\nqueries of SQL:\n");
    }
    let query = |(number, query): (usize, &ExplainedQuery)| {
        let of = query.dataset.as_ref().map_or_else(String::new, |name| format!(" of `{}`", plain::escape(name)));
        format!("{}. {}{of}: {}", number + 1, cut(query.sql.trim()), askers(&query.expectations, explanation))
    };
    write_list(text, explanation.queries.iter().enumerate().map(query), listed, "query");
}

/// `lines 3, 4; statistics answer 2 of 3 units`.
fn found(metric: &ExplainedMetric, explanation: &Explanation) -> String {
    let mut found = vec![askers(&metric.expectations, explanation)];
    let all = explanation.unit_count;
    let of_all = |part: usize| format!("{part} of {}", number::counted(all as u64, "unit"));
    match metric.units_read {
        None => found.push("the other dataset is read".to_owned()),
        Some(0) if all == 0 => found.push("there is nothing to read".to_owned()),
        Some(_) => {
            if metric.units_proven > 0 {
                found.push(format!("statistics answer {}", of_all(metric.units_proven)));
            }
            if metric.units_left_out > 0 {
                found.push(format!("the condition leaves out {}", of_all(metric.units_left_out)));
            }
            if metric.units_proven + metric.units_left_out == 0 {
                found.push("rows are read".to_owned());
            }
        }
    }
    found.join("; ")
}

/// The lines of the suite that ask: `line 3`, `lines 3, 4`.
fn askers(positions: &[usize], explanation: &Explanation) -> String {
    const NAMED: usize = 8;
    let lines = positions.iter().filter_map(|at| explanation.expectations.get(*at)).map(|found| found.suite_line);
    let mut lines: Vec<String> = lines.map(|line| line.to_string()).collect();
    let word = if lines.len() == 1 { "line" } else { "lines" };
    let more = lines.len().saturating_sub(NAMED);
    lines.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{word} {}{more}", lines.join(", "))
}

fn write_later(text: &mut String, explanation: &Explanation) {
    if explanation.later_passes.is_empty() {
        return;
    }
    text.push_str("\nlater passes, for what depends on answers; what is asked at the same time is read together\n");
    for LaterPass { why, expectations } in &explanation.later_passes {
        let _ = writeln!(text, "  {why}: {}", askers(expectations, explanation));
    }
}

fn write_resources(text: &mut String, explanation: &Explanation) {
    let resources = &explanation.resources;
    let _ = writeln!(
        text,
        "\nresources: {}; {} of memory for what grows with the data, and the rest in {}",
        number::counted(resources.threads as u64, "thread"),
        number::size(resources.memory_limit_bytes),
        plain::escape(&resources.spill_folder),
    );
    if !resources.statistics {
        text.push_str("statistics and dictionaries are not asked (--no-statistics)\n");
    }
}

fn write_list(text: &mut String, lines: impl ExactSizeIterator<Item = String>, listed: usize, noun: &str) {
    let more = lines.len().saturating_sub(listed);
    for line in lines.take(listed) {
        text.extend(["  ", &line, "\n"]);
    }
    if more > 0 {
        let _ = writeln!(text, "  and {} with --verbose", number::counted(more as u64, &format!("more {noun}")));
    }
}
