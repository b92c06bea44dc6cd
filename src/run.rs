//! The one use case: a suite and data in, a result out.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::column::Predicate;
use crate::column::path::resolve;
use crate::engine::{Budget, EngineError, Settings};
use crate::expectation::QueryRows;
use crate::plan::{self, Item, Progress as Step, QueryError, Surroundings};
use crate::scan::{Scan, ScanError};
use crate::source::location::DataFile;
use crate::source::{self, ReadOptions};
use crate::sql;
use crate::suite::{Suite, SuiteExpectation};
use crate::verdict::{Outcome, Problem, ResultFormat, RunResult, Verdict};

/// What to check, and how.
#[derive(Debug)]
pub struct Request {
    /// Files, folders or patterns, as one dataset.
    pub data: Vec<String>,
    /// How they are read.
    pub read: ReadOptions,
    /// The suite.
    pub suite: Suite,
    /// How much results tell, whatever the suite says; if `None`, what it says of an expectation, or the default.
    pub format: Option<ResultFormat>,
    /// How many threads work.
    pub threads: usize,
    /// Statistics of files may answer in place of their rows.
    pub statistics: bool,
    /// Bytes that growing states may take.
    pub memory_limit: u64,
}

/// Who is told how far a run is.
pub trait Progress: Sync {
    /// A pass over the data begins, with so much to do.
    fn start(&self, total_weight: u64);
    /// So much is done.
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
    let now = Utc::now();
    let clock = Instant::now();
    let read = ReadOptions { threads: request.threads, ..request.read.clone() };
    let (files, scan) = source::open(&request.data, &read)?;
    for name in request.format.iter().flat_map(|format| &format.unexpected_index_column_names) {
        resolve(&scan.schema(), name).map_err(RunError::NamingColumn)?;
    }
    let settings = settings(request, scan.as_ref());
    let usual = ResultFormat::default();
    let items = items(&request.suite, request.format.as_ref(), &usual);
    let surroundings = Files { read: &read, settings: &settings };
    let outcomes = plan::judge(&scan, &items, &settings, now, &surroundings, &|step| match step {
        Step::Pass(weight) => progress.start(weight),
        Step::Unit(weight) => progress.advance(weight),
    })?;
    progress.finish();
    let rows = (0..scan.unit_count()).map(|unit| scan.rows(unit)).sum::<Result<u64, _>>()?;
    Ok(RunResult {
        suite_name: request.suite.name.clone(),
        suite_source: Arc::clone(&request.suite.source),
        parameters: request.suite.parameters.clone(),
        verdicts: verdicts(&request.suite, &items, outcomes),
        meta: meta(request, &files, rows, now, clock),
        rows: Some(rows),
    })
}

/// Returns what a suite asks for, for [`plan::judge`]. Results tell as much as is `wanted`, whatever the suite says; else
/// what it says, else what is `usual`.
#[must_use]
pub fn items<'a>(suite: &'a Suite, wanted: Option<&'a ResultFormat>, usual: &'a ResultFormat) -> Vec<Item<'a>> {
    let item = |expectation: &'a SuiteExpectation| Item {
        expectation: expectation.expectation.as_ref(),
        condition: expectation.row_condition.as_ref(),
        format: wanted.or(expectation.format.as_ref()).unwrap_or(usual),
    };
    suite.expectations.iter().map(item).collect()
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
    let sql = ["row_condition", "condition"].into_iter().filter_map(|key| kwargs.get(key)?.as_str());
    let quoted = sql.flat_map(|sql| sql.split('"').skip(1).step_by(2));
    let mut missing = quoted.filter(|name| {
        let names = [
            format!("column `{name}` is not"),
            format!("No field named {name}."),
            format!("No field named \"{name}\""),
        ];
        names.iter().any(|named| problem.message.contains(named))
    });
    if let Some(name) = missing.next() {
        let quotes = format!("a text stands in single quotes in SQL: `'{name}'`");
        problem.help = Some(problem.help.map_or_else(|| quotes.clone(), |help| format!("{quotes}; {help}")));
    }
    problem
}

fn settings(request: &Request, scan: &dyn Scan) -> Settings {
    Settings {
        threads: request.threads,
        statistics: request.statistics,
        budget: Arc::new(Budget::new(request.memory_limit)),
        wanted: plan::wanted(scan),
    }
}

fn meta(request: &Request, files: &[DataFile], rows: u64, now: DateTime<Utc>, clock: Instant) -> Map<String, Value> {
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let modified = |at: SystemTime| time(at.into());
    let inputs: Vec<Value> = files
        .iter()
        .map(
            |file| json!({ "path": file.name, "size_bytes": file.size_bytes, "modified": file.modified.map(modified) }),
        )
        .collect();
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
    meta.insert("row_count".to_owned(), rows.into());
    meta.insert("run_time".to_owned(), time(now).into());
    meta.insert("duration_seconds".to_owned(), json!((clock.elapsed().as_secs_f64() * 1e3).round() / 1e3));
    meta
}

/// What expectations reach beside the data: SQL, and other datasets named as on the command line.
struct Files<'a> {
    read: &'a ReadOptions,
    settings: &'a Settings,
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
        match source::open(&[dataset.to_owned()], self.read) {
            Ok((_, scan)) => Ok(scan),
            Err(error) => Err(plan::unreadable(&error)),
        }
    }
}
