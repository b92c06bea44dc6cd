//! The one use case: a suite and data in, a result out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::column::Predicate;
use crate::engine::{Budget, EngineError, Settings};
use crate::expectation::QueryRows;
use crate::plan::{self, Item, PlanError, Progress as Step, QueryError, Surroundings};
use crate::scan::{Scan, ScanError};
use crate::source::location::DataFile;
use crate::source::{self, ReadOptions};
use crate::sql;
use crate::suite::{Suite, SuiteExpectation};
use crate::verdict::{Outcome, Problem, ResultFormat, RunResult, Verdict};
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
    /// Expectations need more memory than there may be.
    #[error("{asking} more memory than the limit of {}", number::size(*.limit_bytes))]
    Memory {
        /// Which, with their place in the suite, and a verb: `` `expect_…` (line 4 of `a.yaml`) needs ``.
        asking: String,
        /// The limit.
        limit_bytes: u64,
    },
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
    source::refuse_idle(&read, &files)?;
    let settings = settings(request, scan.as_ref(), now);
    let usual = ResultFormat::default();
    let items = items(&request.suite, request.format.as_ref(), &usual);
    let surroundings = Files { read: &read, settings: &settings };
    let outcomes = plan::judge(&scan, &items, &settings, &surroundings, &|step| match step {
        Step::Pass(weight) => progress.start(weight),
        Step::Unit(weight) => progress.advance(weight),
    });
    let outcomes = outcomes.map_err(|error| match error {
        PlanError::Engine(error) => error.into(),
        PlanError::Memory { items, limit_bytes } => {
            RunError::Memory { asking: asking(&request.suite, &items), limit_bytes }
        }
    })?;
    progress.finish();
    let rows = (0..scan.unit_count()).map(|unit| scan.rows(unit)).sum::<Result<u64, _>>()?;
    Ok(RunResult {
        suite_name: request.suite.name.clone(),
        suite_source: Arc::clone(&request.suite.source),
        parameters: request.suite.parameters.clone(),
        verdicts: verdicts(&request.suite, &items, outcomes),
        meta: meta(request, inputs(&files, scan.as_ref())?, rows, now, clock),
        rows: Some(rows),
    })
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
        result,
        span: expectation.span,
        parameter_spans: expectation.parameter_spans.clone(),
        format: item.format.clone(),
    });
    verdicts.collect()
}

fn settings(request: &Request, scan: &dyn Scan, now: DateTime<Utc>) -> Settings {
    Settings {
        threads: request.threads,
        statistics: request.statistics,
        budget: Arc::new(Budget::new(request.memory_limit)),
        wanted: plan::wanted(scan),
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
        json!({
            "path": file.name,
            "format": file.format.to_string().to_lowercase(),
            "size_bytes": file.size_bytes,
            "modified": file.modified.map(|at: SystemTime| timestamp(at.into())),
            "row_count": row_counts.get(file.name.as_str()).copied().unwrap_or(0),
        })
    };
    Ok(files.iter().map(input).collect())
}

fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn meta(request: &Request, inputs: Vec<Value>, rows: u64, now: DateTime<Utc>, clock: Instant) -> Map<String, Value> {
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
    meta.insert("run_time".to_owned(), timestamp(now).into());
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
