//! From expectations to outcomes: what they need is joined, computed in as few passes as possible, and judged.
//!
//! In each round every expectation that has no outcome yet is asked to judge; what it lacks is gathered, equal needs once,
//! and computed in one pass over the data. Most suites need one pass. A second one is read where a question depends on an
//! answer: examples of repeated values, z-scores.

mod explain;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::column::Predicate;
use crate::column::evaluate::Texts;
use crate::column::path::resolve;
use crate::engine::{self, EngineError, Evaluated, Settings};
use crate::expectation::{Answers, Dataset, Expectation, Inquiry, Need, Query, QueryRows, Stop};
use crate::metric::marks::Marks;
use crate::metric::{Metric, MetricKey, Position};
use crate::scan::{Scan, ScanError};
use crate::verdict::{Outcome, Problem, ResultFormat};
use crate::words::number;

pub use explain::{Forecast, ForecastItem, explain};

/// An expectation as a suite asks for it.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// The expectation.
    pub expectation: &'a dyn Expectation,
    /// The rows that it is about; all without one.
    pub condition: Option<&'a Predicate>,
    /// How much its result is to tell.
    pub format: &'a ResultFormat,
    /// The rows that keep it from being met are to be marked.
    pub marks_rows: bool,
}

/// What came of an item.
#[derive(Debug)]
pub struct Judged {
    /// What was found, or why nothing could be.
    pub outcome: Result<Outcome, Problem>,
    /// The places of the rows that keep it from being met, where they were to be marked and it is about rows; a row may be
    /// in several.
    pub rows: Vec<Arc<Marks>>,
}

/// What a plan cannot compute from the data alone.
pub trait Surroundings: Sync {
    /// Runs a SQL query over the rows of the table `batch`, which are those of the data for which the condition is true.
    ///
    /// # Errors
    /// [`QueryError::Problem`] where the query is at fault; [`QueryError::Scan`] where the data cannot be read.
    fn query(
        &self,
        scan: &Arc<dyn Scan>,
        sql: &str,
        condition: Option<&Predicate>,
        limit: usize,
    ) -> Result<QueryRows, QueryError>;

    /// Opens another dataset, named as on the command line.
    ///
    /// # Errors
    /// It cannot be read.
    fn open(&self, dataset: &str) -> Result<Arc<dyn Scan>, Problem>;
}

/// Why a query gave no rows.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The query is at fault.
    #[error("{}", .0.message)]
    Problem(Problem),
    /// The data cannot be read.
    #[error(transparent)]
    Scan(#[from] ScanError),
}

/// Why no item could be judged.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A pass did not come to its end.
    #[error(transparent)]
    Engine(EngineError),
    /// What some items ask for needs more memory than there may be.
    #[error("{} items need more than {} of memory", .items.len(), number::size(*.limit_bytes))]
    Memory {
        /// The positions of the items.
        items: Vec<usize>,
        /// The limit.
        limit_bytes: u64,
    },
}

impl From<ScanError> for PlanError {
    fn from(error: ScanError) -> Self {
        Self::Engine(error.into())
    }
}

/// Judges all items, in their order.
///
/// # Errors
/// The data cannot be read, or memory ends.
pub fn judge(
    scan: &Arc<dyn Scan>,
    items: &[Item<'_>],
    settings: &Settings,
    surroundings: &dyn Surroundings,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Judged>, PlanError> {
    let schema = scan.schema();
    let mut dataset = KnownScan { scan: scan.as_ref(), starts: Vec::new() };
    let mut answers = Answers::new(&settings.budget);
    let mut outcomes: Vec<Option<Judged>> = items.iter().map(|_| None).collect();
    // what was asked for once has an answer after the round: rounds come to an end
    let mut asked = HashSet::new();
    loop {
        let mut needs: Vec<Need> = Vec::new();
        let mut askers: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, (item, outcome)) in items.iter().zip(&mut outcomes).enumerate() {
            if outcome.is_some() {
                continue;
            }
            let inquiry = Inquiry::new(&schema, item.format, settings.now, item.condition, &answers, &dataset);
            let mut inquiry = inquiry.marking(item.marks_rows);
            match item.expectation.judge(&mut inquiry) {
                Ok(found) => {
                    let rows = if found.status.is_success() { Vec::new() } else { inquiry.take_marks() };
                    *outcome = Some(Judged { outcome: Ok(found), rows });
                }
                Err(Stop::Problem(problem)) => *outcome = Some(Judged::without_rows(Err(problem))),
                Err(Stop::Spill(error)) => return Err(PlanError::Engine(error.into())),
                Err(Stop::Pending) => {
                    for need in inquiry.into_needs() {
                        for computed in computed_for(&need) {
                            askers.entry(computed).or_default().push(position);
                        }
                        if asked.insert(need.to_string()) {
                            needs.push(need);
                        }
                    }
                }
            }
        }
        if outcomes.iter().all(Option::is_some) || needs.is_empty() {
            break;
        }
        // the keys of another dataset are questions of the pass over this one
        if needs.iter().any(is_reference) {
            needs.retain(|need| is_reference(need) || !asked.remove(&need.to_string()));
        }
        answer(scan, &needs, &mut answers, settings, surroundings, progress).map_err(|error| match error {
            EngineError::Memory { metric, limit_bytes } if askers.contains_key(&metric) => {
                PlanError::Memory { items: askers.remove(&metric).unwrap_or_default(), limit_bytes }
            }
            error => PlanError::Engine(error),
        })?;
        dataset.number()?;
    }
    let unanswered = || Err(Problem::new("internal", "the expectation waits for something that nobody computes"));
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Judged::without_rows(unanswered()))).collect())
}

impl Judged {
    fn without_rows(outcome: Result<Outcome, Problem>) -> Self {
        Self { outcome, rows: Vec::new() }
    }
}

/// Tells whether a need is for the keys of another dataset.
fn is_reference(need: &Need) -> bool {
    matches!(need, Need::Elsewhere { key: MetricKey { metric: Metric::Frequencies { .. }, .. }, .. })
}

/// The metrics of the data that may be computed to meet a need, by name.
fn computed_for(need: &Need) -> Vec<String> {
    let Need::Metric(key) = need else { return Vec::new() };
    [Some(key.clone()), wider(key)].into_iter().flatten().map(|key| key.to_string()).collect()
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A pass over the data begins; the weight of all its units.
    Pass(u64),
    /// A unit of this weight is done.
    Unit(u64),
}

fn answer(
    scan: &Arc<dyn Scan>,
    needs: &[Need],
    answers: &mut Answers,
    settings: &Settings,
    surroundings: &dyn Surroundings,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(), EngineError> {
    let mut metrics: Vec<MetricKey> = Vec::new();
    let mut elsewhere: Vec<(&str, Vec<MetricKey>)> = Vec::new();
    for need in needs {
        match need {
            Need::Metric(key) => metrics.push(key.clone()),
            Need::Elsewhere { dataset, key } => match elsewhere.iter_mut().find(|(name, _)| name == dataset) {
                Some((_, keys)) => keys.push(key.clone()),
                None => elsewhere.push((dataset, vec![key.clone()])),
            },
            Need::Query(query) => answers.add_query(query, run_query(scan, query, surroundings)?),
        }
    }
    for (dataset, keys) in elsewhere {
        answer_elsewhere(dataset, &keys, answers, settings, surroundings)?;
    }
    if metrics.is_empty() {
        scan.settle(settings.threads)?;
        return Ok(());
    }
    progress(Progress::Pass((0..scan.unit_count()).map(|unit| scan.weight(unit)).sum()));
    let (keys, askers) = joined(metrics);
    let evaluated = engine::evaluate(scan.as_ref(), &keys, settings, &|weight| progress(Progress::Unit(weight)))?;
    scan.settle(settings.threads)?;
    answers.hold(evaluated.charge);
    for (askers, value) in askers.iter().zip(evaluated.values) {
        let value = Arc::new(value);
        for asked in askers {
            answers.add_metric(asked, Arc::clone(&value));
        }
    }
    Ok(())
}

/// Joins metrics that one computation answers: what is computed, and whom it answers.
fn joined(metrics: Vec<MetricKey>) -> (Vec<MetricKey>, Vec<Vec<MetricKey>>) {
    let asked: HashSet<String> = metrics.iter().map(MetricKey::to_string).collect();
    // names tell metrics apart, as their values may be NaN
    let mut computed: BTreeMap<String, (MetricKey, Vec<MetricKey>)> = BTreeMap::new();
    for key in metrics {
        let wider = wider(&key).filter(|wider| asked.contains(&wider.to_string())).unwrap_or_else(|| key.clone());
        computed.entry(wider.to_string()).or_insert_with(|| (wider, Vec::new())).1.push(key);
    }
    computed.into_values().unzip()
}

fn run_query(
    scan: &Arc<dyn Scan>,
    query: &Query,
    surroundings: &dyn Surroundings,
) -> Result<Result<QueryRows, Problem>, EngineError> {
    let opened = query.dataset.as_ref().map(|dataset| surroundings.open(dataset)).transpose();
    let elsewhere = match opened {
        Ok(elsewhere) => elsewhere,
        Err(problem) => return Ok(Err(problem)),
    };
    match surroundings.query(elsewhere.as_ref().unwrap_or(scan), &query.sql, query.condition.as_ref(), query.limit) {
        Ok(rows) => Ok(Ok(rows)),
        Err(QueryError::Problem(problem)) => {
            Ok(Err(with_misfits(problem, elsewhere.as_ref().unwrap_or(scan).as_ref(), &query.sql)))
        }
        Err(QueryError::Scan(error)) if elsewhere.is_some() => Ok(Err(unreadable(&error))),
        Err(QueryError::Scan(error)) => Err(error.into()),
    }
}

/// Adds which values keep a column that the query names from another type: they may be what it stumbled over.
fn with_misfits(mut problem: Problem, scan: &dyn Scan, sql: &str) -> Problem {
    let schema = scan.schema();
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let words: HashSet<&str> = sql.split(|character| !is_part(character)).collect();
    let is_named = |name: &str| words.contains(name) || !name.chars().all(is_part) && sql.contains(name);
    let mut named = schema.fields().iter().enumerate().filter(|(_, field)| is_named(field.name()));
    let misfit = named.find_map(|(root, field)| Some(scan.misfit(root)?.problem(field.name())));
    if let Some(misfit) = misfit.filter(|_| problem.code == "sql-failed") {
        problem.message = format!("{}; {}", problem.message, misfit.message);
        problem.help = problem.help.or(misfit.help);
    }
    problem
}

/// Computes metrics of another dataset; that it cannot be read is a problem of those who ask.
fn evaluate_elsewhere(
    scan: &dyn Scan,
    keys: &[MetricKey],
    settings: &Settings,
) -> Result<Result<Evaluated, Problem>, EngineError> {
    let settings = Settings { texts: texts(scan), ..settings.clone() };
    Ok(match engine::evaluate(scan, keys, &settings, &|_| {}) {
        Ok(evaluated) => Ok(evaluated),
        Err(error @ EngineError::Spill(_)) => return Err(error),
        Err(error @ EngineError::Memory { .. }) => Err(Problem::new("out-of-memory", error.to_string())
            .with_help("allow more with `--memory-limit`, or compare with less")),
        Err(error) => Err(unreadable(&error)),
    })
}

/// Computes metrics of another dataset. That it cannot be read is a problem of those who ask, not of the run.
fn answer_elsewhere(
    dataset: &str,
    keys: &[MetricKey],
    answers: &mut Answers,
    settings: &Settings,
    surroundings: &dyn Surroundings,
) -> Result<(), EngineError> {
    let mut fail = |keys: &[MetricKey], problem: &Problem| {
        for key in keys {
            answers.add_elsewhere(dataset, key, Arc::new(Err(problem.clone())));
        }
    };
    let scan = match surroundings.open(dataset) {
        Ok(scan) => scan,
        Err(problem) => {
            fail(keys, &problem);
            return Ok(());
        }
    };
    let mut sound: Vec<MetricKey> = Vec::new();
    for key in keys {
        match refuse_misfits(scan.as_ref(), key) {
            Ok(()) => sound.push(key.clone()),
            Err(problem) => fail(std::slice::from_ref(key), &problem),
        }
    }
    match evaluate_elsewhere(scan.as_ref(), &sound, settings)? {
        Ok(evaluated) => {
            answers.hold(evaluated.charge);
            let values = sound.iter().zip(evaluated.values);
            values.for_each(|(key, value)| answers.add_elsewhere(dataset, key, Arc::new(value)));
        }
        Err(problem) => fail(&sound, &problem),
    }
    Ok(())
}

/// Refuses to sum up a column of another dataset that a few values keep from the type of all others.
fn refuse_misfits(scan: &dyn Scan, key: &MetricKey) -> Result<(), Problem> {
    let (Metric::Quantiles { column } | Metric::FewValues { column, .. }) = &key.metric else { return Ok(()) };
    let path = resolve(&scan.schema(), column)?;
    match scan.misfit(path.root).filter(|_| path.steps.is_empty()) {
        Some(misfit) => Err(misfit.problem(column)),
        None => Ok(()),
    }
}

/// Says why another dataset cannot be read.
#[must_use]
pub fn unreadable(error: &dyn std::error::Error) -> Problem {
    let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
    Problem::new("reference-unreadable", format!("the other dataset cannot be read: {error}{cause}"))
}

/// Returns how the columns go together with the texts that they were read from.
#[must_use]
pub fn texts(scan: &dyn Scan) -> Arc<[Texts]> {
    let texts = |root| match scan.misfit(root) {
        Some(misfit) => Texts::Meant(misfit.wanted.clone()),
        None if scan.has_texts(root) => Texts::Beside,
        None => Texts::None,
    };
    (0..scan.schema().fields().len()).map(texts).collect()
}

/// Returns the metric that tells what this one does and more: the moments of a sum, all values of few or distinct ones.
fn wider(key: &MetricKey) -> Option<MetricKey> {
    let metric = match &key.metric {
        Metric::Moments { column, sum_only: true } => Metric::Moments { column: column.clone(), sum_only: false },
        Metric::Breach { predicate } => Metric::Tally { predicate: predicate.clone() },
        Metric::FewValues { column, .. } | Metric::Distinct { column } => {
            Metric::Frequencies { columns: vec![column.clone()] }
        }
        _ => return None,
    };
    Some(MetricKey { metric, condition: key.condition.clone() })
}

/// Tells whether the units seem to come in the order of a column: each begins at or after the end of the one before.
fn looks_sorted(scan: &dyn Scan, root: usize) -> bool {
    let mut end = None;
    for unit in 0..scan.unit_count() {
        let Ok(facts) = scan.facts(unit) else { return false };
        let Some(column) = facts.columns.get(root) else { return false };
        let (Some(lower), Some(upper)) = (&column.lower, &column.upper) else { return false };
        if let Some(end) = &end
            && !lower.compare(end).is_some_and(std::cmp::Ordering::is_ge)
        {
            return false;
        }
        end = Some(upper.clone());
    }
    scan.unit_count() > 1
}

/// A scan with its row numbers: each unit begins where the one before ends. They are known when it has been read.
struct KnownScan<'a> {
    scan: &'a dyn Scan,
    starts: Vec<u64>,
}

impl KnownScan<'_> {
    fn number(&mut self) -> Result<(), ScanError> {
        let mut rows = 0;
        for unit in self.starts.len()..self.scan.unit_count() {
            self.starts.push(rows);
            rows += self.scan.rows(unit)?;
        }
        Ok(())
    }
}

impl Dataset for KnownScan<'_> {
    fn locate(&self, position: Position) -> (u64, Arc<str>, u64) {
        let place = self.scan.place(position.unit as usize, position.row);
        let start = self.starts.get(position.unit as usize).copied().unwrap_or(0);
        (start + position.row, place.file, place.row)
    }

    fn looks_sorted(&self, root: usize) -> bool {
        looks_sorted(self.scan, root)
    }

    fn misfits(&self, root: usize, name: &str) -> Option<Problem> {
        Some(self.scan.misfit(root)?.problem(name))
    }

    fn has_texts(&self, root: usize) -> bool {
        self.scan.has_texts(root)
    }
}
