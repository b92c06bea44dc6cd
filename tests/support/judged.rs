//! A suite judged on tables in memory, and the comparison of its verdicts with what is wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use weir::column::Predicate;
use weir::diagnostic::{Diagnostic, SourceText};
use weir::engine::{Budget, Settings};
use weir::expectation::QueryRows;
use weir::metric::marks::Marks;
use weir::plan::{self, Forecast, QueryError, Surroundings};
use weir::run::{conditions, items, verdicts};
use weir::scan::Scan;
use weir::source::memory::MemorySource;
use weir::sql;
use weir::suite::{Form, Options, Suite};
use weir::verdict::{Problem, ResultFormat, ResultLevel, RunResult, Verdict};

use super::layout::Layout;

/// Reads a suite in YAML, in which an expectation that can never be judged is errored.
///
/// # Errors
/// What is wrong with it.
pub fn read_suite(text: &str) -> Result<Suite, Vec<Diagnostic>> {
    let options = Options { allow_unjudgeable: true, ..Options::default() };
    Suite::parse(&SourceText::new("case.yaml", text), Form::Yaml, &[], &options).map(|(suite, _)| suite)
}

/// Judges a table by a suite. Results are complete where the suite does not say how much they tell.
pub fn judge(suite: &Suite, layout: &Layout, tables: &BTreeMap<String, RecordBatch>) -> RunResult {
    judge_told(suite, layout, tables, &|_| {})
}

fn complete() -> ResultFormat {
    ResultFormat { level: ResultLevel::Complete, ..ResultFormat::default() }
}

fn settings(layout: &Layout) -> Settings {
    let budget = Budget::new(1 << 30);
    Settings {
        threads: layout.threads,
        statistics: layout.statistics,
        budget: Arc::new(if layout.spills { budget.eager() } else { budget }),
        texts: Arc::new([]),
        now: DateTime::<Utc>::UNIX_EPOCH,
    }
}

/// Tells how [`judge`] would go about a table.
pub fn explain(suite: &Suite, layout: &Layout) -> Forecast {
    let (complete, conditions) = (complete(), conditions(suite, None));
    let items = items(suite, &conditions, None, &complete);
    plan::explain(&layout.source, &items, &settings(layout)).expect("tables in memory can be read")
}

/// Judges as [`judge`] does, and tells of passes.
pub fn judge_told(
    suite: &Suite,
    layout: &Layout,
    tables: &BTreeMap<String, RecordBatch>,
    progress: &(dyn Fn(plan::Progress) + Sync),
) -> RunResult {
    let (complete, conditions, settings) = (complete(), conditions(suite, None), settings(layout));
    let mut items = items(suite, &conditions, None, &complete);
    // marking changes no verdict: one layout does without
    for item in &mut items {
        item.marks_rows = layout.name != "plain";
    }
    let scan = Arc::clone(&layout.source);
    let surroundings = Tables { tables, settings: &settings };
    let results = plan::judge(&scan, &items, &settings, &surroundings, progress);
    let results = results.expect("tables in memory can be read");
    for (judged, item) in results.iter().zip(&items).filter(|(_, item)| item.marks_rows) {
        let Ok(outcome) = &judged.outcome else { continue };
        if let Some(rows) = outcome.rows.as_ref().filter(|_| item.format.level == ResultLevel::Complete) {
            let unexpected: BTreeSet<u64> = rows.unexpected.iter().map(|row| row.row).collect();
            let wanted = if outcome.status.is_success() { BTreeSet::new() } else { unexpected };
            assert_eq!(marked(scan.as_ref(), &judged.rows), wanted, "{:?} in {}", item.expectation, layout.name);
        } else if outcome.rows.is_none() {
            assert!(judged.rows.is_empty(), "{:?} is about no rows", item.expectation);
        }
    }
    let results = results.into_iter().map(|judged| judged.outcome).collect();
    RunResult {
        suite_name: suite.name.clone(),
        suite_source: Arc::clone(&suite.source),
        parameters: Map::new(),
        verdicts: verdicts(suite, &items, results),
        meta: Map::new(),
        rows: None,
    }
}

/// Returns the numbers of marked rows.
fn marked(scan: &dyn Scan, marks: &[Arc<Marks>]) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    let mut start = 0;
    for unit in 0..scan.unit_count() {
        let rows = scan.rows(unit).expect("the rows of a unit are known");
        for marks in marks {
            let bits = marks.of(unit as u32, 0, rows as usize).expect("what was spilled can be read");
            found.extend(bits.iter().flat_map(|bits| bits.set_indices()).map(|row| start + row as u64));
        }
        start += rows;
    }
    found
}

/// Other datasets are the case's other tables.
struct Tables<'a> {
    tables: &'a BTreeMap<String, RecordBatch>,
    settings: &'a Settings,
}

impl Surroundings for Tables<'_> {
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
        let table = self
            .tables
            .get(dataset)
            .ok_or_else(|| Problem::new("reference-unreadable", format!("there is no dataset `{dataset}`")))?;
        match MemorySource::new(dataset, table.schema(), vec![vec![table.clone()]]) {
            Ok(source) => Ok(Arc::new(source)),
            Err(error) => Err(plan::unreadable(&error)),
        }
    }
}

/// Compares a verdict with what is wanted of it: keys of the result, `success`, `status`, and of a problem its `error`
/// (the code) and part of its `message`. Returns what differs.
pub fn differences(verdict: &Verdict, shown: &Value, wanted: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (key, wanted) in wanted.as_object().into_iter().flatten() {
        let problem = verdict.result.as_ref().err();
        let got = match key.as_str() {
            "success" => shown["success"].clone(),
            "status" => shown["meta"]["status"].clone(),
            "error" => problem.map_or(Value::Null, |problem| problem.code.into()),
            "message" | "help" => {
                let text = problem.map(|problem| match key.as_str() {
                    "help" => problem.help.clone().unwrap_or_default(),
                    _ => problem.message.clone(),
                });
                let text = text.unwrap_or_default();
                let holds = wanted.as_str().is_some_and(|part| text.contains(part));
                if holds { wanted.clone() } else { text.into() }
            }
            _ => shown["result"].get(key).cloned().unwrap_or_else(|| "(nothing)".into()),
        };
        if !is_same(&got, wanted) {
            found.push(format!("{key} is {got}, wanted {wanted}"));
        }
    }
    if let Some(problem) = verdict.result.as_ref().err()
        && wanted.get("error").is_none()
    {
        found.push(format!("error[{}]: {}", problem.code, problem.message));
    }
    found
}

/// Numbers are the same when they differ by rounding alone.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()),
            _ => a == b,
        },
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same(a, b)))
        }
        _ => a == b,
    }
}
