//! What judging would ask and read, told without doing it.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Item, KnownScan, joined};
use crate::engine::{self, Foreseen, Settings};
use crate::expectation::{Answers, Foretold, Inquiry, Need, Stop};
use crate::explanation::{AnsweredBy, ExplainedColumn, ExplainedMetric, ExplainedQuery, LaterPass};
use crate::metric::MetricKey;
use crate::scan::{Scan, ScanError};
use crate::verdict::Problem;

/// What judging would ask and read.
#[derive(Debug)]
pub struct Forecast {
    /// By what each item is answered, in their order.
    pub items: Vec<ForecastItem>,
    /// The columns of the data.
    pub columns: Vec<ExplainedColumn>,
    /// What the first pass computes.
    pub metrics: Vec<ExplainedMetric>,
    /// The queries.
    pub queries: Vec<ExplainedQuery>,
    /// In how many units the first pass reads.
    pub units_read: usize,
    /// What may be asked after it.
    pub later_passes: Vec<LaterPass>,
}

/// How one item is answered.
#[derive(Debug)]
pub struct ForecastItem {
    /// By what.
    pub answered_by: AnsweredBy,
    /// Why nothing can answer it.
    pub problem: Option<Problem>,
}

/// What an item asked for, or that it needs no more.
enum Asked {
    Settled,
    Refused(Problem),
    Needs,
}

/// Foresees how items are judged: each is asked for its first questions, and of those is found what facts and dictionaries
/// answer. Other datasets are not opened, and no query runs.
///
/// # Errors
/// What is certain of the data cannot be read.
pub fn explain(scan: &Arc<dyn Scan>, items: &[Item<'_>], settings: &Settings) -> Result<Forecast, ScanError> {
    let schema = scan.schema();
    let dataset = KnownScan { scan: scan.as_ref(), starts: Vec::new() };
    let answers = Answers::new(&settings.budget);
    let mut asked: Vec<Asked> = Vec::with_capacity(items.len());
    let mut needs: Vec<(Need, Vec<usize>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut foretold: Vec<(Foretold, Vec<usize>)> = Vec::new();
    for (position, item) in items.iter().enumerate() {
        let mut inquiry = Inquiry::new(&schema, item.format, settings.now, item.condition, &answers, &dataset);
        asked.push(match item.expectation.judge(&mut inquiry) {
            Ok(_) => Asked::Settled,
            Err(Stop::Problem(problem)) => Asked::Refused(problem),
            Err(Stop::Spill(error)) => Asked::Refused(Problem::new("spill-failed", error.to_string())),
            Err(Stop::Pending) => Asked::Needs,
        });
        if !matches!(asked.last(), Some(Asked::Needs)) {
            continue;
        }
        let (asked, later) = inquiry.into_questions();
        for need in asked {
            let place = *places.entry(need.to_string()).or_insert_with(|| {
                needs.push((need, Vec::new()));
                needs.len() - 1
            });
            needs[place].1.push(position);
        }
        for later in later {
            match foretold.iter_mut().find(|(told, _)| told.why == later.why) {
                Some((told, askers)) => {
                    told.columns.extend(later.columns);
                    askers.push(position);
                }
                None => foretold.push((later, vec![position])),
            }
        }
    }
    let mut forecast = Forecast {
        items: Vec::new(),
        columns: Vec::new(),
        metrics: Vec::new(),
        queries: Vec::new(),
        units_read: 0,
        later_passes: Vec::new(),
    };
    let problems = forecast.foresee(scan.as_ref(), needs, settings)?;
    for (_, askers) in &mut foretold {
        askers.retain(|asker| !problems.contains_key(asker));
    }
    foretold.retain(|(_, askers)| !askers.is_empty());
    let is_read_later =
        |name: &String| foretold.iter().any(|(told, _)| told.columns.iter().any(|path| reaches(path, name)));
    for column in &mut forecast.columns {
        column.is_read_later = is_read_later(&column.name);
    }
    forecast.later_passes =
        foretold.into_iter().map(|(told, expectations)| LaterPass { why: told.why, expectations }).collect();
    forecast.items = asked.into_iter().enumerate().map(|(at, asked)| forecast.item(at, asked, &problems)).collect();
    Ok(forecast)
}

/// Tells whether a path begins at a column.
fn reaches(path: &str, column: &str) -> bool {
    path.strip_prefix(column).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

impl Forecast {
    /// Finds what the first pass would read; returns the problems of those whose metrics make no sense for the data.
    fn foresee(
        &mut self,
        scan: &dyn Scan,
        needs: Vec<(Need, Vec<usize>)>,
        settings: &Settings,
    ) -> Result<HashMap<usize, Problem>, ScanError> {
        let mut metrics: Vec<MetricKey> = Vec::new();
        let mut askers_of: HashMap<String, Vec<usize>> = HashMap::new();
        let mut elsewhere = Vec::new();
        for (need, expectations) in needs {
            match need {
                Need::Metric(key) => {
                    askers_of.insert(key.to_string(), expectations);
                    metrics.push(key);
                }
                Need::Elsewhere { dataset, key } => elsewhere.push(ExplainedMetric {
                    metric: key.to_string(),
                    dataset: Some(dataset),
                    expectations,
                    units_proven: 0,
                    units_left_out: 0,
                    units_read: None,
                }),
                Need::Query(query) => {
                    self.queries.push(ExplainedQuery { sql: query.sql, dataset: query.dataset, expectations });
                }
            }
        }
        let (keys, askers) = joined(metrics);
        let foresight = engine::foresee(scan, &keys, settings)?;
        let mut problems = HashMap::new();
        for ((key, askers), found) in keys.iter().zip(askers).zip(foresight.metrics) {
            let of = |key: &MetricKey| askers_of.get(&key.to_string()).cloned().unwrap_or_default();
            let mut expectations: Vec<usize> = askers.iter().flat_map(of).collect();
            expectations.sort_unstable();
            expectations.dedup();
            match found {
                Ok(Foreseen { proven, left_out }) => self.metrics.push(ExplainedMetric {
                    metric: key.to_string(),
                    dataset: None,
                    expectations,
                    units_proven: proven,
                    units_left_out: left_out,
                    units_read: Some(scan.unit_count() - proven - left_out),
                }),
                Err(problem) => problems.extend(expectations.into_iter().map(|asker| (asker, problem.clone()))),
            }
        }
        self.metrics.extend(elsewhere);
        // in the order in which the suite first asks for them
        self.metrics.sort_by_key(|metric| metric.expectations.first().copied());
        self.units_read = foresight.units_read;
        let schema = scan.schema();
        let columns = schema.fields().iter().zip(foresight.columns);
        let column = |(field, units_read): (&Arc<arrow::datatypes::Field>, usize)| ExplainedColumn {
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
            units_read,
            is_read_later: false,
        };
        self.columns = columns.map(column).collect();
        Ok(problems)
    }

    fn item(&self, position: usize, asked: Asked, problems: &HashMap<usize, Problem>) -> ForecastItem {
        let answered = |answered_by, problem| ForecastItem { answered_by, problem };
        match asked {
            Asked::Settled => answered(AnsweredBy::Schema, None),
            Asked::Refused(problem) => answered(AnsweredBy::Nothing, Some(problem)),
            Asked::Needs if problems.contains_key(&position) => {
                answered(AnsweredBy::Nothing, problems.get(&position).cloned())
            }
            Asked::Needs => {
                let asks = |expectations: &[usize]| expectations.contains(&position);
                let reads =
                    self.metrics.iter().any(|metric| asks(&metric.expectations) && metric.units_read != Some(0))
                        || self.queries.iter().any(|query| asks(&query.expectations));
                answered(if reads { AnsweredBy::Rows } else { AnsweredBy::Statistics }, None)
            }
        }
    }
}
