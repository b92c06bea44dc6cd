//! The one use case: a suite and data in, a result out.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::column::Predicate;
use crate::column::evaluate::Evaluator;
use crate::column::path::resolve;
use crate::diagnostic::Span;
use crate::engine::{Budget, EngineError, Settings};
use crate::expectation::{CountKept, MarkKept, QueryRows};
use crate::explanation::{ExplainedExpectation, ExplainedFile, ExplainedResources, ExplainedRows, Explanation};
use crate::plan::{self, Item, Judged, PlanError, Progress as Step, QueryError, Surroundings};
use crate::rows::{self, Broken, Division, Named, RowFiles, RowsError, Written};
use crate::scan::{Scan, ScanError};
use crate::source::declared::OnIdleType;
use crate::source::excerpt::Excerpt;
use crate::source::file::DataFile;
use crate::source::location::{self, STANDARD_INPUT};
use crate::source::malformed::{MalformedLine, OnMalformed};
use crate::source::{self, Dataset, Lacking, Mentions, Preparation, ReadOptions, Relevant};
use crate::sql;
use crate::suite::{Suite, SuiteExpectation};
use crate::verdict::{Outcome, Problem, ResultFormat, ResultLevel, RunResult, Verdict};
use crate::words::number;

/// How many expectations are named that need too much memory.
const ASKING_NAMED: usize = 3;

/// What to check, and how.
#[derive(Debug)]
pub struct Request {
    /// Files, folders or patterns, as one dataset.
    pub data: Vec<String>,
    /// How they are read.
    pub read: ReadOptions,
    /// Which rows are judged.
    pub rows: RowChoice,
    /// The files that rows are written into.
    pub row_files: RowFiles,
    /// The suite.
    pub suite: Suite,
    /// How much results tell, whatever the suite says; if `None`, what it says of an expectation, or the default.
    pub format: Option<ResultFormat>,
    /// How many threads work.
    pub threads: usize,
    /// Statistics of files may answer in place of their rows.
    pub statistics: bool,
    /// Bytes that all that grows may take.
    pub memory_limit: u64,
}

/// Which rows of the data are judged: first a sample is taken, then the first of it, then those that comply.
#[derive(Debug, Clone, Default)]
pub struct RowChoice {
    /// Each row with this probability, 0 to 1; all if `None`.
    pub sample: Option<f64>,
    /// So many at most; all if `None`.
    pub limit: Option<u64>,
    /// Those for which a condition is true, with its text; all if `None`.
    pub condition: Option<(String, Predicate)>,
}

impl RowChoice {
    /// Takes the sample, and the first of it.
    fn of(&self, mut scan: Arc<dyn Scan>) -> Result<Arc<dyn Scan>, ScanError> {
        if let Some(fraction) = self.sample {
            scan = Arc::new(Excerpt::sample(scan, fraction)?);
        }
        if let Some(limit) = self.limit {
            scan = Arc::new(Excerpt::first(scan, limit)?);
        }
        Ok(scan)
    }

    /// What a result says of it.
    fn describe(&self, meta: &mut Map<String, Value>) {
        if let Some(fraction) = self.sample {
            meta.insert("sample".to_owned(), json!(fraction));
        }
        if let Some(limit) = self.limit {
            meta.insert("limit".to_owned(), json!(limit));
        }
        if let Some((text, _)) = &self.condition {
            meta.insert("where".to_owned(), json!(text));
        }
    }
}

/// Who is told how far a run is.
pub trait Progress: Sync {
    /// The data is prepared: something begins, in words, or goes on with more to do, with so much of it where that is known.
    fn prepare(&self, what: &str, total_weight: Option<u64>);
    /// A pass over the data begins, with so much to do.
    fn start(&self, total_weight: u64);
    /// So much is done, of what was begun last.
    fn advance(&self, weight: u64);
    /// All is done.
    fn finish(&self);
}

/// Why a run came to no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The data cannot be read.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The metrics cannot be computed.
    #[error(transparent)]
    Engine(EngineError),
    /// Results are to name rows by a column that is not there.
    #[error("`unexpected_index_column_names`: {}{}", .0.message, .0.help.as_ref().map_or_else(String::new, |help| format!("; {help}")))]
    NamingColumn(Problem),
    /// The condition on all rows cannot be evaluated on this data.
    #[error("`--where`: {}", .0.message)]
    Where(Problem),
    /// Rows cannot be written.
    #[error(transparent)]
    Rows(RowsError),
    /// Rows are to be written over what they are read from.
    #[error("`{}` is read, and rows would be written over it", .0.display())]
    ReadAndWritten(PathBuf),
    /// Expectations need more memory than there may be.
    #[error("{asking} more memory than the limit of {}", number::size(*.limit_bytes))]
    Memory {
        /// Which, with their place in the suite, and a verb: `` `expect_…` (line 4 of `a.yaml`) needs ``.
        asking: String,
        /// The limit.
        limit_bytes: u64,
        /// Where they stand in the suite.
        spans: Vec<Span>,
    },
}

impl From<RowsError> for RunError {
    fn from(error: RowsError) -> Self {
        match error {
            RowsError::Scan(error) => Self::Scan(error),
            RowsError::Spill(error) => Self::Engine(error.into()),
            other => Self::Rows(other),
        }
    }
}

impl From<EngineError> for RunError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Scan(error) => Self::Scan(error),
            other => Self::Engine(other),
        }
    }
}

/// Judges data by a suite.
///
/// # Errors
/// The data cannot be read, or memory ends. An expectation that this data cannot answer is a verdict.
pub fn check(request: &Request, progress: &dyn Progress) -> Result<RunResult, RunError> {
    let clock = (Utc::now(), Instant::now());
    supposing(request, |read_once| attempt(request, read_once, clock, progress))
}

/// Does something with texts that are read once, and again with a look at the whole of them where they are not as supposed.
fn supposing<T>(request: &Request, act: impl Fn(Option<Relevant>) -> Result<T, RunError>) -> Result<T, RunError> {
    match act(relevant(request)) {
        Err(RunError::Scan(ScanError::NotAsSupposed { .. })) => act(None),
        outcome => outcome,
    }
}

/// Returns the columns that a verdict may depend on; `None` where texts have to be looked at as a whole before they are
/// judged, as some of their rows are.
fn relevant(request: &Request) -> Option<Relevant> {
    if request.rows.sample.is_some() || request.rows.limit.is_some() {
        return None;
    }
    // rows that are written have all of their columns
    if !request.row_files.is_empty() {
        return Some(Relevant::All);
    }
    let mut texts = Vec::new();
    for expectation in &request.suite.expectations {
        expectation.kwargs.values().for_each(|value| add_texts(value, &mut texts));
        texts.extend(expectation.format.iter().flat_map(|format| format.unexpected_index_column_names.iter().cloned()));
    }
    texts.extend(request.rows.condition.iter().map(|(text, _)| text.clone()));
    texts.extend(request.format.iter().flat_map(|format| format.unexpected_index_column_names.iter().cloned()));
    // a query may look at everything
    let mentioned = Relevant::Mentioned(Mentions::of(&texts));
    Some(if mentioned.includes("select") { Relevant::All } else { mentioned })
}

/// Adds all texts and keys in a value.
fn add_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| add_texts(value, texts)),
        Value::Object(values) => {
            texts.extend(values.keys().cloned());
            values.values().for_each(|value| add_texts(value, texts));
        }
        _ => {}
    }
}

fn attempt(
    request: &Request,
    read_once: Option<Relevant>,
    (now, clock): (DateTime<Utc>, Instant),
    progress: &dyn Progress,
) -> Result<RunResult, RunError> {
    let keep_malformed = request.row_files.failed.is_some() && request.read.on_malformed == OnMalformed::Count;
    let read = ReadOptions { threads: request.threads, read_once, keep_malformed, ..request.read.clone() };
    let (Dataset { files, scan, lacking, malformed }, settings) = open(request, &read, now, progress)?;
    refuse_writing_over(&request.row_files, files.iter().map(|file| file.name.as_str()))?;
    let usual = ResultFormat::default();
    let conditions = conditions(&request.suite, request.rows.condition.as_ref().map(|(_, condition)| condition));
    let mut items = items(&request.suite, &conditions, request.format.as_ref(), &usual);
    if !request.row_files.is_empty() {
        for item in &mut items {
            item.marks_rows = true;
        }
    }
    let chosen = request.rows.condition.as_ref().filter(|_| request.row_files.clean.is_some());
    let every_row = chosen.map(|(_, condition)| Item {
        expectation: &MarkKept,
        condition: Some(condition),
        format: &usual,
        marks_rows: true,
    });
    items.extend(every_row);
    // a verdict alone may come before all rows are read
    let is_counted = request.format.as_ref().is_none_or(|format| format.level != ResultLevel::BooleanOnly);
    let kept_rows = request.rows.condition.as_ref().filter(|_| is_counted).map(|(_, condition)| Item {
        expectation: &CountKept,
        condition: Some(condition),
        format: &usual,
        marks_rows: false,
    });
    items.extend(kept_rows);
    let surroundings = Files { read: &read, settings: &settings, opened: Mutex::default(), scans: Mutex::default() };
    let judged = plan::judge(&scan, &items, &settings, &surroundings, &|step| match step {
        Step::Pass(weight) => progress.start(weight),
        Step::Unit(weight) => progress.advance(weight),
    });
    let mut judged = judged.map_err(|error| match error {
        PlanError::Engine(error) => error.into(),
        PlanError::Memory { items, limit_bytes } => {
            let spans = items.iter().filter_map(|at| request.suite.expectations.get(*at)).map(|found| found.name_span);
            RunError::Memory { asking: asking(&request.suite, &items), limit_bytes, spans: spans.collect() }
        }
    })?;
    // expectations about the schema alone read nothing
    scan.settle(request.threads)?;
    let kept_rows = kept_rows.and_then(|_| judged.pop()?.outcome.ok()?.observed_value?.as_u64());
    let every_row = every_row.and_then(|_| judged.pop()).map(|judged| judged.rows);
    let row_meta = if request.row_files.is_empty() {
        Map::new()
    } else {
        let references = surroundings.opened.lock().unwrap_or_else(PoisonError::into_inner).clone();
        refuse_writing_over(&request.row_files, references.iter().map(String::as_str))?;
        let malformed = keep_malformed.then(|| malformed.clone());
        let division = Division { broken: Vec::new(), judged: every_row, malformed };
        write_rows(request, &scan, &judged, division, &settings, progress)?
    };
    progress.finish();
    let outcomes = judged.into_iter().map(|judged| judged.outcome).collect();
    let read_rows = (0..scan.unit_count()).map(|unit| scan.rows(unit)).sum::<Result<u64, _>>()?;
    // where kept rows are not counted, nobody knows how many are judged
    let rows = if request.rows.condition.is_some() { kept_rows } else { Some(read_rows) };
    let mut meta = meta(request, inputs(&files, scan.as_ref())?, surroundings.references(), rows, now, clock);
    if request.rows.condition.is_some() {
        meta.insert("row_count_before_where".to_owned(), read_rows.into());
    }
    if !lacking.is_empty() {
        let of = |Lacking { file, columns }| json!({ "path": file, "columns": columns });
        meta.insert("missing_columns".to_owned(), lacking.into_iter().map(of).collect());
    }
    if request.read.on_malformed == OnMalformed::Count {
        let example = |line: &MalformedLine| json!({ "path": line.file, "line": line.line, "problem": line.problem, "text": line.text });
        let examples: Vec<Value> = malformed.examples.iter().map(example).collect();
        meta.insert("malformed".to_owned(), json!({ "count": malformed.count, "examples": examples }));
    }
    meta.extend(row_meta);
    Ok(RunResult {
        suite_name: request.suite.name.clone(),
        suite_source: Arc::clone(&request.suite.source),
        parameters: request.suite.parameters.clone(),
        verdicts: verdicts(&request.suite, &items, outcomes),
        meta,
        rows,
    })
}

/// Refuses to write rows over files that they are read from.
fn refuse_writing_over<'a>(row_files: &RowFiles, read: impl Iterator<Item = &'a str>) -> Result<(), RunError> {
    let read: Vec<PathBuf> = read.filter_map(|path| fs::canonicalize(path).ok()).collect();
    let is_read = |path: &&PathBuf| fs::canonicalize(path).is_ok_and(|path| read.contains(&path));
    match row_files.paths().find(is_read) {
        Some(path) => Err(RunError::ReadAndWritten(path.clone())),
        None => Ok(()),
    }
}

/// Writes the rows that break expectations, and the others, and says what a result tells of it.
fn write_rows(
    request: &Request,
    scan: &Arc<dyn Scan>,
    judged: &[Judged],
    division: Division,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Map<String, Value>, RunError> {
    let named = request.suite.expectations.iter().map(|expectation| Named {
        name: expectation.name,
        kwargs: &expectation.kwargs,
        envelope: &expectation.envelope,
    });
    let ids = rows::ids(&named.collect::<Vec<_>>());
    let unmet = judged
        .iter()
        .zip(ids)
        .enumerate()
        .filter(|(_, (judged, _))| !judged.outcome.as_ref().is_ok_and(|outcome| outcome.status.is_success()));
    let (with_rows, without_rows): (Vec<_>, Vec<_>) = unmet.partition(|(_, (judged, _))| !judged.rows.is_empty());
    let broken = with_rows.iter().map(|(_, (judged, id))| Broken { id: id.clone(), rows: judged.rows.clone() });
    let division = Division { broken: broken.collect(), ..division };
    progress.start((0..scan.unit_count()).map(|unit| scan.weight(unit)).sum());
    let files = &request.row_files;
    let written = rows::write(scan, division, files, settings, &|weight| progress.advance(weight))?;

    let Written { failed, malformed, clean, broken } = written;
    let mut meta = Map::new();
    if let Some((path, rows)) = files.failed.as_ref().zip(failed) {
        let with_rows = with_rows.iter().zip(broken);
        let with_rows = with_rows.map(|((index, (_, id)), rows)| json!({ "id": id, "index": index, "rows": rows }));
        let without_rows = without_rows.iter().map(|(index, (_, id))| json!({ "id": id, "index": index }));
        let mut told = json!({
            "path": path.to_string_lossy(),
            "rows": rows,
            "expectations": with_rows.collect::<Value>(),
            "expectations_without_rows": without_rows.collect::<Value>(),
        });
        if let Some(lines) = malformed {
            told["malformed_lines"] = lines.into();
        }
        meta.insert("failed_rows".to_owned(), told);
    }
    if let Some((path, rows)) = files.clean.as_ref().zip(clean) {
        meta.insert("clean_rows".to_owned(), json!({ "path": path.to_string_lossy(), "rows": rows }));
    }
    Ok(meta)
}

/// Tells what [`check`] would do. No row is judged, other datasets are not opened, and no query runs.
///
/// # Errors
/// The data cannot be opened.
pub fn explain(request: &Request, progress: &dyn Progress) -> Result<Explanation, RunError> {
    supposing(request, |read_once| foretell(request, read_once, progress))
}

fn foretell(request: &Request, read_once: Option<Relevant>, progress: &dyn Progress) -> Result<Explanation, RunError> {
    let read = ReadOptions { threads: request.threads, read_once, ..request.read.clone() };
    let (Dataset { files, scan, .. }, settings) = open(request, &read, Utc::now(), progress)?;
    let usual = ResultFormat::default();
    let conditions = conditions(&request.suite, request.rows.condition.as_ref().map(|(_, condition)| condition));
    let items = items(&request.suite, &conditions, request.format.as_ref(), &usual);
    let forecast = plan::explain(&scan, &items, &settings)?;
    let mut counts: HashMap<Arc<str>, (usize, Option<u64>)> = HashMap::new();
    let mut row_count = Some(0);
    let add = |sum: Option<u64>, rows: Option<u64>| Some(sum? + rows?);
    for unit in 0..scan.unit_count() {
        let rows = scan.facts(unit)?.rows;
        let (units, of_file) = counts.entry(scan.place(unit, 0).file).or_insert((0, Some(0)));
        *units += 1;
        *of_file = add(*of_file, rows);
        row_count = add(row_count, rows);
    }
    let file = |file: &DataFile| {
        let (unit_count, row_count) = counts.get(file.name.as_str()).copied().unwrap_or((0, Some(0)));
        ExplainedFile {
            path: file.name.clone(),
            format: file.format.to_string().to_lowercase(),
            compression: file.compression.map(|compression| compression.to_string()),
            size_bytes: file.size_bytes,
            row_count,
            unit_count,
        }
    };
    let suite = &request.suite;
    let asking = |expectations: &[usize], position: usize| expectations.contains(&position);
    let expectation =
        |(at, (expectation, item)): (usize, (&SuiteExpectation, plan::ForecastItem))| ExplainedExpectation {
            name: expectation.name.to_owned(),
            kwargs: expectation.kwargs.clone(),
            suite_line: suite.source.line_and_column(expectation.span.start).0,
            answered_by: item.answered_by,
            metrics: (0..forecast.metrics.len()).filter(|m| asking(&forecast.metrics[*m].expectations, at)).collect(),
            queries: (0..forecast.queries.len()).filter(|q| asking(&forecast.queries[*q].expectations, at)).collect(),
            problem: item.problem.map(|problem| problem.message),
        };
    Ok(Explanation {
        suite_name: suite.name.clone(),
        suite_path: suite.source.name.clone(),
        data: files.iter().map(file).collect(),
        row_count,
        unit_count: scan.unit_count(),
        rows: ExplainedRows {
            sample: request.rows.sample,
            limit: request.rows.limit,
            condition: request.rows.condition.as_ref().map(|(text, _)| text.clone()),
        },
        columns: forecast.columns,
        expectations: suite.expectations.iter().zip(forecast.items).enumerate().map(expectation).collect(),
        metrics: forecast.metrics.clone(),
        queries: forecast.queries.clone(),
        units_read: forecast.units_read,
        later_passes: forecast.later_passes,
        resources: ExplainedResources {
            threads: request.threads,
            memory_limit_bytes: request.memory_limit,
            spill_folder: request.read.spill_folder.display().to_string(),
            statistics: request.statistics,
        },
    })
}

/// Opens the data, and refuses what the call asks of it that it cannot give.
fn open(
    request: &Request,
    read: &ReadOptions,
    now: DateTime<Utc>,
    progress: &dyn Progress,
) -> Result<(Dataset, Settings), RunError> {
    let dataset = source::open_watched(&request.data, read, &|preparation| match preparation {
        Preparation::Begin(what, total) => progress.prepare(what, total),
        Preparation::Done(bytes) => progress.advance(bytes),
    })?;
    source::refuse_idle(read, &dataset.files)?;
    let dataset = Dataset { scan: request.rows.of(dataset.scan)?, ..dataset };
    let schema = dataset.scan.schema();
    for name in request.format.iter().flat_map(|format| &format.unexpected_index_column_names) {
        resolve(&schema, name).map_err(RunError::NamingColumn)?;
    }
    let settings = settings(request, dataset.scan.as_ref(), now);
    if let Some((text, condition)) = &request.rows.condition {
        let mut evaluator = Evaluator::new(schema, Arc::clone(&settings.texts)).at(now);
        evaluator.predicate(condition).map_err(|problem| RunError::Where(with_texts_explained(problem, text)))?;
    }
    Ok((dataset, settings))
}

/// Names the expectations at these positions, with their lines: `` `expect_…` (line 4 of `a.yaml`) needs ``.
fn asking(suite: &Suite, positions: &[usize]) -> String {
    let expectations: Vec<&SuiteExpectation> = positions.iter().filter_map(|at| suite.expectations.get(*at)).collect();
    let named: Vec<String> = expectations
        .iter()
        .take(ASKING_NAMED)
        .map(|expectation| {
            let (line, _) = suite.source.line_and_column(expectation.span.start);
            format!("`{}` (line {line} of `{}`)", expectation.name, suite.source.name)
        })
        .collect();
    match expectations.len().saturating_sub(named.len()) {
        0 if named.len() == 1 => format!("{} needs", named.join("")),
        0 => format!("{} need", named.join(" and ")),
        more => format!("{} and {more} more need", named.join(", ")),
    }
}

/// Returns which rows each expectation of a suite is about: those that its own condition keeps, of those that another one
/// keeps.
#[must_use]
pub fn conditions(suite: &Suite, among: Option<&Predicate>) -> Vec<Option<Predicate>> {
    let condition = |expectation: &SuiteExpectation| match (among, &expectation.row_condition) {
        (Some(among), Some(own)) => Some(Predicate::And(vec![among.clone(), own.clone()])),
        (among, own) => among.or(own.as_ref()).cloned(),
    };
    suite.expectations.iter().map(condition).collect()
}

/// Returns what a suite asks for, for [`plan::judge`], with the rows that each expectation is about. Results tell as much as is
/// `wanted`, whatever the suite says; else what it says, else what is `usual`.
#[must_use]
pub fn items<'a>(
    suite: &'a Suite,
    conditions: &'a [Option<Predicate>],
    wanted: Option<&'a ResultFormat>,
    usual: &'a ResultFormat,
) -> Vec<Item<'a>> {
    let item = |(expectation, condition): (&'a SuiteExpectation, &'a Option<Predicate>)| Item {
        expectation: expectation.expectation.as_ref(),
        condition: condition.as_ref(),
        format: wanted.or(expectation.format.as_ref()).unwrap_or(usual),
        marks_rows: false,
    };
    suite.expectations.iter().zip(conditions).map(item).collect()
}

/// Returns the verdicts of a suite whose items came out so.
#[must_use]
pub fn verdicts(suite: &Suite, items: &[Item<'_>], outcomes: Vec<Result<Outcome, Problem>>) -> Vec<Verdict> {
    let verdicts = suite.expectations.iter().zip(items).zip(outcomes).map(|((expectation, item), result)| Verdict {
        expectation: expectation.name.to_owned(),
        kwargs: expectation.kwargs.clone(),
        severity: expectation.severity,
        meta: expectation.meta.clone(),
        envelope: expectation.envelope.clone(),
        result: result.map_err(|problem| with_quotes_explained(problem, &expectation.kwargs)),
        span: expectation.span,
        parameter_spans: expectation.parameter_spans.clone(),
        format: item.format.clone(),
    });
    verdicts.collect()
}

/// Adds that texts stand in single quotes, where SQL of a suite has a name in double quotes that is no column.
fn with_quotes_explained(mut problem: Problem, kwargs: &Map<String, Value>) -> Problem {
    if problem.code != "unknown-column" {
        return problem;
    }
    for key in ["row_condition", "condition"] {
        let sql = kwargs.get(key).and_then(Value::as_str).unwrap_or_default();
        let mut quoted = sql.split('"').skip(1).step_by(2);
        let Some(name) = quoted.find(|name| is_about(&problem, name)) else { continue };
        explain_text(&mut problem, name);
        return if problem.parameter.is_none() { problem.at(key) } else { problem };
    }
    problem
}

/// Adds that texts stand in single quotes, where a condition has a name that is no column, in double quotes or in none, of which
/// a shell has taken them.
fn with_texts_explained(mut problem: Problem, sql: &str) -> Problem {
    let mut words = sql.split(|character: char| !character.is_alphanumeric() && character != '_');
    if problem.code == "unknown-column"
        && let Some(name) = sql.split('"').skip(1).step_by(2).chain(&mut words).find(|name| is_about(&problem, name))
    {
        explain_text(&mut problem, name);
    }
    problem
}

fn is_about(problem: &Problem, column: &str) -> bool {
    problem.message.contains(&format!("column `{column}` "))
}

fn explain_text(problem: &mut Problem, text: &str) {
    let quotes = format!("a text stands in single quotes in SQL: `'{text}'`");
    problem.help = Some(problem.help.take().map_or_else(|| quotes.clone(), |help| format!("{quotes}; {help}")));
}

fn settings(request: &Request, scan: &dyn Scan, now: DateTime<Utc>) -> Settings {
    Settings {
        threads: request.threads,
        statistics: request.statistics,
        budget: Arc::new(Budget::new(request.memory_limit).spilling_to(request.read.spill_folder.clone())),
        texts: plan::texts(scan),
        now,
    }
}

/// The identity of each file, and how many rows it has.
fn inputs(files: &[DataFile], scan: &dyn Scan) -> Result<Vec<Value>, ScanError> {
    let mut row_counts: HashMap<Arc<str>, u64> = HashMap::new();
    for unit in 0..scan.unit_count() {
        *row_counts.entry(scan.place(unit, 0).file).or_default() += scan.rows(unit)?;
    }
    let input = |file: &DataFile| {
        let mut input = json!({
            "path": file.name,
            "format": file.format.to_string().to_lowercase(),
            "compression": file.compression.map(|compression| compression.to_string()),
            "size_bytes": file.size_bytes,
            "modified": file.modified.map(|at: SystemTime| timestamp(at.into())),
            "row_count": row_counts.get(file.name.as_str()).copied().unwrap_or(0),
        });
        if let Some(e_tag) = &file.e_tag {
            input["e_tag"] = e_tag.as_str().into();
        }
        input
    };
    Ok(files.iter().map(input).collect())
}

/// Writes a time as results have it.
#[must_use]
pub fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn meta(
    request: &Request,
    inputs: Vec<Value>,
    references: Vec<Value>,
    rows: Option<u64>,
    now: DateTime<Utc>,
    clock: Instant,
) -> Map<String, Value> {
    let skipped: Vec<&str> = request.suite.skipped.iter().map(|skipped| skipped.name.as_str()).collect();
    let mut meta = Map::new();
    meta.insert("weir_version".to_owned(), env!("CARGO_PKG_VERSION").into());
    meta.insert("suite_path".to_owned(), request.suite.source.name.clone().into());
    meta.insert("suite_sha256".to_owned(), request.suite.hash.clone().into());
    meta.insert("suite_meta".to_owned(), request.suite.meta.clone().into());
    if !skipped.is_empty() {
        meta.insert("skipped_expectations".to_owned(), skipped.into());
    }
    meta.insert("inputs".to_owned(), inputs.into());
    if !references.is_empty() {
        meta.insert("references".to_owned(), references.into());
    }
    meta.insert("row_count".to_owned(), rows.into());
    request.rows.describe(&mut meta);
    meta.insert("run_time".to_owned(), timestamp(now).into());
    meta.insert("duration_seconds".to_owned(), json!((clock.elapsed().as_secs_f64() * 1e3).round() / 1e3));
    meta
}

/// What expectations reach beside the data: SQL, and other datasets named as on the command line.
struct Files<'a> {
    read: &'a ReadOptions,
    settings: &'a Settings,
    /// The files of the other datasets that were opened.
    opened: Mutex<BTreeSet<String>>,
    /// Those datasets, by the name that expectations give.
    scans: Mutex<HashMap<String, Arc<dyn Scan>>>,
}

impl Files<'_> {
    /// The files that expectations looked at beside the data, by name.
    fn references(self) -> Vec<Value> {
        let opened = self.opened.into_inner().unwrap_or_else(PoisonError::into_inner);
        opened.into_iter().map(|path| json!({ "path": path })).collect()
    }
}

impl Surroundings for Files<'_> {
    fn query(
        &self,
        scan: &Arc<dyn Scan>,
        sql: &str,
        condition: Option<&Predicate>,
        limit: usize,
    ) -> Result<QueryRows, QueryError> {
        sql::run(scan, sql, condition, limit, self.settings)
    }

    fn open(&self, dataset: &str) -> Result<Arc<dyn Scan>, Problem> {
        let mut scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scan) = scans.get(dataset) {
            return Ok(Arc::clone(scan));
        }
        if dataset == STANDARD_INPUT {
            let message = "standard input can be the data, and no other dataset".to_owned();
            return Err(
                Problem::new("reference-unreadable", message).with_help("write it to a file, and name the file")
            );
        }
        let read = ReadOptions { read_once: None, on_idle_type: OnIdleType::Ignore, ..self.read.clone() };
        match source::open(&[dataset.to_owned()], &read) {
            Ok(Dataset { files, scan, .. }) => {
                scans.insert(dataset.to_owned(), Arc::clone(&scan));
                let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
                opened.extend(files.into_iter().map(|file| file.name));
                Ok(scan)
            }
            Err(error) => {
                // one that cannot be read is not to be overwritten either
                let present = location::present(&[dataset.to_owned()]).into_iter().filter(|path| path.is_file());
                let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
                opened.extend(present.map(|path| path.to_string_lossy().into_owned()));
                Err(plan::unreadable(&error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SourceText;
    use crate::suite::{Form, Options};
    use crate::verdict::ResultFormat;

    struct Nobody;

    impl Progress for Nobody {
        fn prepare(&self, _: &str, _: Option<u64>) {}
        fn start(&self, _: u64) {}
        fn advance(&self, _: u64) {}
        fn finish(&self) {}
    }

    fn judged(suite: &str, format: Option<ResultFormat>) -> Result<RunResult, RunError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flights.csv");
        std::fs::write(&file, "carrier,number\nHA,1\nAA,2\n").unwrap();
        let source = SourceText::new("t.yaml", suite);
        let (suite, _) = Suite::parse(&source, Form::Yaml, &[], &Options::default()).unwrap();
        let request = Request {
            data: vec![file.to_string_lossy().into_owned()],
            read: ReadOptions::default(),
            rows: RowChoice::default(),
            row_files: RowFiles::default(),
            suite,
            format,
            threads: 1,
            statistics: true,
            memory_limit: 1 << 30,
        };
        check(&request, &Nobody)
    }

    #[test]
    fn a_text_in_double_quotes_is_explained_where_it_stands() {
        let suite = "\
expectations:
- expect_column_values_to_be_unique: {column: number, row_condition: 'carrier = \"HA\"'}
- expect_row_to_satisfy: {condition: 'upper(carrier) = \"HA\"'}
- expect_column_values_to_be_unique: {column: HA}
";
        let result = judged(suite, None).unwrap();
        let problems: Vec<&Problem> =
            result.verdicts.iter().filter_map(|verdict| verdict.result.as_ref().err()).collect();
        let is_explained = |problem: &Problem| {
            problem.help.as_ref().is_some_and(|help| help.starts_with("a text stands in single quotes in SQL: `'HA'`"))
        };
        assert_eq!(problems.iter().map(|problem| is_explained(problem)).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(problems[0].parameter, Some("row_condition"));
    }

    #[test]
    fn a_naming_column_that_is_not_there_is_said_once() {
        let names = ["number", "numbr"].map(str::to_owned).to_vec();
        let format = ResultFormat { unexpected_index_column_names: names, ..ResultFormat::default() };
        let suite = "expectations:\n- expect_column_values_to_be_unique: {column: carrier}\n";
        let error = judged(suite, Some(format)).unwrap_err().to_string();
        assert!(error.contains("`unexpected_index_column_names`: column `numbr` is not in the data"), "{error}");
        assert!(error.contains("`number`"), "{error}");
    }
}
