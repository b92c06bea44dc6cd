//! From expectations to outcomes: what they need is joined, computed in as few passes as possible, and judged.
//!
//! In each round every expectation that has no outcome yet is asked to judge; what it lacks is gathered, equal needs once,
//! and computed in one pass over the data. Most suites need one pass. A second one is read where a question depends on an
//! answer: examples of repeated values, z-scores.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::column::Predicate;
use crate::column::key::KeySet;
use crate::column::path::resolve;
use crate::engine::{self, EngineError, MetricValue, Settings};
use crate::expectation::{Answers, Expectation, Inquiry, Need, QueryRows, RowNumbers, Stop, reference_name};
use crate::metric::{Metric, MetricKey, Position};
use crate::scan::{Scan, ScanError};
use crate::verdict::{Outcome, Problem, ResultFormat};

/// An expectation as a suite asks for it.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// The expectation.
    pub expectation: &'a dyn Expectation,
    /// The rows that it is about; all without one.
    pub condition: Option<&'a Predicate>,
    /// How much its result is to tell.
    pub format: &'a ResultFormat,
}

/// What a plan cannot compute from the data alone.
pub trait Surroundings: Sync {
    /// Runs a SQL query in which the data is the table `batch`.
    ///
    /// # Errors
    /// [`QueryError::Problem`] where the query is at fault; [`QueryError::Scan`] where the data cannot be read.
    fn query(&self, scan: &Arc<dyn Scan>, sql: &str, limit: usize) -> Result<QueryRows, QueryError>;

    /// Reads the distinct keys of another dataset.
    ///
    /// # Errors
    /// It cannot be read, or has no such columns.
    fn reference(&self, dataset: &str, columns: &[String]) -> Result<Arc<KeySet>, Problem>;
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

/// Judges all items, in their order.
///
/// # Errors
/// The data cannot be read, or memory ends.
pub fn judge(
    scan: &Arc<dyn Scan>,
    items: &[Item<'_>],
    settings: &Settings,
    now: DateTime<Utc>,
    surroundings: &dyn Surroundings,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Result<Outcome, Problem>>, EngineError> {
    let schema = scan.schema();
    let numbers = ScanRows::new(scan.as_ref())?;
    let looks_sorted = |root: usize| looks_sorted(scan.as_ref(), root);
    let mut answers = Answers::default();
    let mut outcomes: Vec<Option<Result<Outcome, Problem>>> = items.iter().map(|_| None).collect();
    loop {
        let mut needs: Vec<Need> = Vec::new();
        for (item, outcome) in items.iter().zip(&mut outcomes) {
            if outcome.is_some() {
                continue;
            }
            let mut inquiry =
                Inquiry::new(&schema, item.format, now, &looks_sorted, item.condition, &answers, &numbers);
            match item.expectation.judge(&mut inquiry) {
                Ok(found) => *outcome = Some(Ok(found)),
                Err(Stop::Problem(problem)) => *outcome = Some(Err(problem)),
                Err(Stop::Pending) => {
                    for need in inquiry.into_needs() {
                        if !needs.contains(&need) {
                            needs.push(need);
                        }
                    }
                }
            }
        }
        if outcomes.iter().all(Option::is_some) || needs.is_empty() {
            break;
        }
        answer(scan, &needs, &mut answers, settings, surroundings, progress)?;
    }
    let unanswered = || Err(Problem::new("internal", "the expectation waits for something that nobody computes"));
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unanswered)).collect())
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
    for need in needs {
        match need {
            Need::Metric(key) => metrics.push(key.clone()),
            Need::Query(sql) => {
                let rows = match surroundings.query(scan, sql, QUERY_ROWS) {
                    Ok(rows) => Ok(rows),
                    Err(QueryError::Problem(problem)) => Err(problem),
                    Err(QueryError::Scan(error)) => return Err(error.into()),
                };
                answers.add_query(sql, rows);
            }
            Need::Reference { dataset, columns } => {
                answers.add_reference(dataset, columns, surroundings.reference(dataset, columns));
            }
        }
    }
    if metrics.is_empty() {
        return Ok(());
    }
    progress(Progress::Pass((0..scan.unit_count()).map(|unit| scan.weight(unit)).sum()));
    let wider: Vec<MetricKey> = metrics.iter().map(|key| wider(key, &metrics)).collect();
    let mut distinct: Vec<MetricKey> = Vec::new();
    for key in &wider {
        if !distinct.contains(key) {
            distinct.push(key.clone());
        }
    }
    let values = engine::evaluate(scan.as_ref(), &distinct, settings, &|weight| progress(Progress::Unit(weight)))?;
    for (key, value) in distinct.iter().zip(values) {
        let value = Arc::new(value);
        for (asked, wider) in metrics.iter().zip(&wider) {
            if wider == key {
                answers.add_metric(asked, Arc::clone(&value));
            }
        }
    }
    Ok(())
}

/// How many rows of a query's result are kept for showing.
const QUERY_ROWS: usize = 200;

/// Collects the distinct keys of a dataset, by which rows of another one are looked up. Nulls of a single column are none.
///
/// # Errors
/// The dataset cannot be read, has no such columns, or memory ends.
pub fn keys(
    scan: &dyn Scan,
    dataset: &str,
    columns: &[String],
    settings: &Settings,
) -> Result<Arc<KeySet>, Problem> {
    let failed = |error: EngineError| {
        let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
        Problem::new("reference-unreadable", format!("the other dataset cannot be read: {error}{cause}"))
            .at("other_dataset")
    };
    let key = MetricKey { metric: Metric::Frequencies { columns: columns.to_vec() }, condition: None };
    let mut values = engine::evaluate(scan, &[key], settings, &|_| {}).map_err(failed)?;
    let Some(MetricValue::Frequencies(frequencies)) = values.pop().transpose()? else {
        return Err(Problem::new("internal", "the keys of the other dataset were not computed"));
    };
    let schema = scan.schema();
    let types = columns.iter().map(|column| Ok(resolve(&schema, column)?.field.data_type().clone()));
    let types = types.collect::<Result<Vec<_>, Problem>>()?;
    let keys = frequencies.keys(|_| true).into_iter().map(|(key, _)| key);
    Ok(Arc::new(KeySet::new(reference_name(dataset, columns), &types, keys)?))
}

/// Replaces a metric by one that is computed anyway and tells it as well: a sum by the moments.
fn wider(key: &MetricKey, all: &[MetricKey]) -> MetricKey {
    let Metric::Moments { column, sum_only: true } = &key.metric else { return key.clone() };
    let moments = MetricKey {
        metric: Metric::Moments { column: column.clone(), sum_only: false },
        condition: key.condition.clone(),
    };
    if all.contains(&moments) { moments } else { key.clone() }
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

/// Row numbers of a scan: each unit begins where the one before ends.
struct ScanRows<'a> {
    scan: &'a dyn Scan,
    starts: Vec<u64>,
}

impl<'a> ScanRows<'a> {
    fn new(scan: &'a dyn Scan) -> Result<Self, ScanError> {
        let mut starts = Vec::with_capacity(scan.unit_count());
        let mut rows = 0;
        for unit in 0..scan.unit_count() {
            starts.push(rows);
            rows += scan.rows(unit)?;
        }
        Ok(Self { scan, starts })
    }
}

impl RowNumbers for ScanRows<'_> {
    fn locate(&self, position: Position) -> (u64, Arc<str>, u64) {
        let place = self.scan.place(position.unit as usize, position.row);
        let start = self.starts.get(position.unit as usize).copied().unwrap_or(0);
        (start + position.row, place.file, place.row)
    }
}
