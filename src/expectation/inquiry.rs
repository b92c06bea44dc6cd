//! What an expectation may ask of the data, and the answers so far.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use arrow::datatypes::{DataType, Schema};
use chrono::{DateTime, Utc};
use hashbrown::HashMap;
use serde_json::Value;

use super::Stop;
use crate::column::key::KeySet;
use crate::column::path::{ResolvedPath, resolve};
use crate::column::{Direction, Predicate, Scalar};
use crate::engine::{Budget, Charge, MetricResult, MetricValue};
use crate::metric::breach::Breach;
use crate::metric::count::Tally;
use crate::metric::extremes::Extremes;
use crate::metric::frequency::Frequencies;
use crate::metric::histogram::Histogram;
use crate::metric::marks::Marks;
use crate::metric::moments::Moments;
use crate::metric::order::OrderValue;
use crate::metric::quantile::Quantiles;
use crate::metric::sample::SampledRow;
use crate::metric::{Metric, MetricKey, Position};
use crate::verdict::{Problem, ResultFormat, ResultLevel};

/// How many unexpected rows are looked at for the most frequent values, where not all are asked for.
const SUMMARY_ROWS: usize = 1_000;

/// Something that an expectation needs to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Need {
    /// A metric of the data.
    Metric(MetricKey),
    /// A metric of another dataset.
    Elsewhere {
        /// The dataset, as on the command line.
        dataset: String,
        /// The metric.
        key: MetricKey,
    },
    /// The result of a SQL query.
    Query(Query),
}

/// The name that its answer goes by.
impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Metric(key) => write!(f, "{key}"),
            Self::Elsewhere { dataset, key } => f.write_str(&elsewhere_name(dataset, key)),
            Self::Query(query) => write!(f, "{query}"),
        }
    }
}

/// A SQL query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The text, in which the dataset is the table `batch`.
    pub sql: String,
    /// Another dataset, as on the command line; the data itself without one.
    pub dataset: Option<String>,
    /// Which rows of the dataset the query sees.
    pub condition: Option<Predicate>,
    /// How many rows of the result are kept.
    pub limit: usize,
}

impl std::fmt::Display for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "query({:?}, {})", self.sql, self.limit)?;
        if let Some(dataset) = &self.dataset {
            write!(f, " of {dataset:?}")?;
        }
        match &self.condition {
            Some(condition) => write!(f, " where {condition}"),
            None => Ok(()),
        }
    }
}

/// How many rows of a query's result are kept for showing.
const SHOWN_QUERY_ROWS: usize = 200;

/// The rows that a SQL query gave.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryRows {
    /// How many there are.
    pub count: u64,
    /// The names of their columns, no two alike.
    pub names: Vec<String>,
    /// The first of them.
    pub rows: Vec<Vec<Scalar>>,
}

impl QueryRows {
    /// Returns a row as `{column: value}`.
    #[must_use]
    pub fn to_json(&self, row: &[Scalar]) -> Value {
        let fields = self.names.iter().zip(row).map(|(name, value)| (name.clone(), value.to_json()));
        Value::Object(fields.collect())
    }
}

/// A question that an expectation may ask when it has its first answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foretold {
    /// When it is asked, and for what: `where values repeat, to show examples of them`.
    pub why: String,
    /// The columns that it reads.
    pub columns: Vec<String>,
}

/// What is known so far.
#[derive(Debug)]
pub struct Answers {
    /// What all that grows may take.
    budget: Arc<Budget>,
    /// What the answers take of it.
    charges: Vec<Charge>,
    /// The sets of keys that are still in use, by name.
    sets: Mutex<HashMap<String, Weak<KeySet>>>,
    metrics: HashMap<String, Arc<MetricResult>>,
    elsewhere: HashMap<String, Arc<MetricResult>>,
    queries: HashMap<String, Result<QueryRows, Problem>>,
}

impl Answers {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(budget: &Arc<Budget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            charges: Vec::new(),
            sets: Mutex::default(),
            metrics: HashMap::new(),
            elsewhere: HashMap::new(),
            queries: HashMap::new(),
        }
    }

    /// Keeps what answers take of the budget taken.
    pub fn hold(&mut self, charge: Charge) {
        self.charges.push(charge);
    }

    /// Adds the value of a metric.
    pub fn add_metric(&mut self, key: &MetricKey, value: Arc<MetricResult>) {
        self.metrics.insert(key.to_string(), value);
    }

    /// Adds the value of a metric of another dataset.
    pub fn add_elsewhere(&mut self, dataset: &str, key: &MetricKey, value: Arc<MetricResult>) {
        self.elsewhere.insert(elsewhere_name(dataset, key), value);
    }

    /// Adds the result of a query.
    pub fn add_query(&mut self, query: &Query, rows: Result<QueryRows, Problem>) {
        self.queries.insert(query.to_string(), rows);
    }
}

fn elsewhere_name(dataset: &str, key: &MetricKey) -> String {
    format!("{key} of {dataset:?}")
}

/// What is known of the data beside the values of its columns.
pub trait Dataset {
    /// Returns where a row lies: its number in the dataset, its file, and its number there; 0-based.
    fn locate(&self, position: Position) -> (u64, Arc<str>, u64);

    /// Tells whether rows look as if they came in the order of a root column: worth trying to prove.
    fn looks_sorted(&self, root: usize) -> bool;

    /// Says which values keep a root column of texts from another type, where nearly all values are of it. `name` is that
    /// of the column.
    fn misfits(&self, root: usize, name: &str) -> Option<Problem>;

    /// Tells whether a root column of another type was read from texts.
    fn has_texts(&self, root: usize) -> bool;
}

/// The data as one expectation sees it: through the suite's row condition, asked for one metric after the other.
pub struct Inquiry<'a> {
    /// The columns of the data.
    pub schema: &'a Schema,
    /// How much the result is to tell.
    pub format: &'a ResultFormat,
    /// When the run began.
    pub now: DateTime<Utc>,
    condition: Option<&'a Predicate>,
    answers: &'a Answers,
    dataset: &'a dyn Dataset,
    needs: Vec<Need>,
    foretold: Vec<Foretold>,
    /// The dataset that metrics are asked of, where it is not the data itself.
    elsewhere: Option<String>,
    /// All unexpected rows are to be marked.
    marks_rows: bool,
    /// Where they are.
    marks: Vec<Arc<Marks>>,
}

impl std::fmt::Debug for Inquiry<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inquiry")
            .field("condition", &self.condition)
            .field("needs", &self.needs)
            .finish_non_exhaustive()
    }
}

impl<'a> Inquiry<'a> {
    /// Opens an inquiry.
    pub fn new(
        schema: &'a Schema,
        format: &'a ResultFormat,
        now: DateTime<Utc>,
        condition: Option<&'a Predicate>,
        answers: &'a Answers,
        dataset: &'a dyn Dataset,
    ) -> Self {
        Self {
            schema,
            format,
            now,
            condition,
            answers,
            dataset,
            needs: Vec::new(),
            foretold: Vec::new(),
            elsewhere: None,
            marks_rows: false,
            marks: Vec::new(),
        }
    }

    /// Marks all rows that are unexpected, where that is wanted.
    #[must_use]
    pub fn marking(self, is_wanted: bool) -> Self {
        Self { marks_rows: is_wanted, ..self }
    }

    /// Returns the places of all unexpected rows; nothing where they were not to be marked, or rows were not judged.
    #[must_use]
    pub fn take_marks(&mut self) -> Vec<Arc<Marks>> {
        std::mem::take(&mut self.marks)
    }

    /// Returns what was asked and is not known yet.
    #[must_use]
    pub fn into_needs(self) -> Vec<Need> {
        self.needs
    }

    /// Returns what was asked and is not known yet, and what may be asked when it is.
    #[must_use]
    pub fn into_questions(self) -> (Vec<Need>, Vec<Foretold>) {
        (self.needs, self.foretold)
    }

    /// Tells of a question that depends on answers: for what it is asked, and which columns it reads beside those that name
    /// rows. To be told before the answers are waited for; it changes nothing of what is asked.
    pub(super) fn foretell(&mut self, why: impl Into<String>, columns: &[String]) {
        let told = Foretold { why: why.into(), columns: self.shown_columns(columns) };
        self.foretold.push(told);
    }

    /// Finds a column.
    ///
    /// # Errors
    /// `unknown-column`.
    pub fn column(&self, name: &str) -> Result<ResolvedPath, Stop> {
        Ok(resolve(self.schema, name)?)
    }

    /// Returns the type of a column's values.
    ///
    /// # Errors
    /// `unknown-column`.
    pub fn data_type(&self, name: &str) -> Result<DataType, Stop> {
        Ok(match self.column(name)?.field.data_type() {
            DataType::Dictionary(_, value) => value.as_ref().clone(),
            other => other.clone(),
        })
    }

    /// Tells whether a column is of dates or times that a file without types has as texts.
    ///
    /// # Errors
    /// `unknown-column`.
    pub fn is_written_as_text(&self, name: &str) -> Result<bool, Stop> {
        let path = self.column(name)?;
        let is_time = matches!(path.field.data_type(), DataType::Date32 | DataType::Timestamp(_, _));
        Ok(is_time && path.steps.is_empty() && self.dataset.has_texts(path.root))
    }

    /// Returns the type of a column's values, for summing them up.
    ///
    /// # Errors
    /// `unknown-column`; `type-mismatch` where a few values keep the column from the type of all others.
    pub fn type_of_all(&self, name: &str) -> Result<DataType, Stop> {
        self.refuse_misfits(name)?;
        self.data_type(name)
    }

    /// Refuses a column that a few values keep from the type of all others: as texts it is not what it is meant to be.
    fn refuse_misfits(&self, name: &str) -> Result<(), Stop> {
        // the columns of another dataset are known to the plan
        if self.elsewhere.is_some() {
            return Ok(());
        }
        let path = self.column(name)?;
        match self.dataset.misfits(path.root, name).filter(|_| path.steps.is_empty()) {
            Some(problem) => Err(problem.into()),
            None => Ok(()),
        }
    }

    /// Asks for a metric over the rows that the row condition keeps.
    ///
    /// # Errors
    /// [`Stop::Pending`] until it is computed; the problem where it makes no sense for the data.
    pub fn metric(&mut self, metric: Metric) -> Result<&'a MetricValue, Stop> {
        self.metric_where(metric, None)
    }

    /// Asks for metrics of another dataset, named as on the command line: within `ask`, they are those of all its rows.
    ///
    /// # Errors
    /// As `ask`, or where the dataset cannot be read.
    pub fn elsewhere<T>(&mut self, dataset: &str, ask: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        let before = self.elsewhere.replace(dataset.to_owned());
        let answer = ask(self);
        self.elsewhere = before;
        answer
    }

    /// Asks for a metric over the rows that the row condition and another one keep.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn metric_where(&mut self, metric: Metric, and: Option<Predicate>) -> Result<&'a MetricValue, Stop> {
        if let Some(dataset) = &self.elsewhere {
            let key = MetricKey { metric, condition: and };
            return match self.answers.elsewhere.get(&elsewhere_name(dataset, &key)).map(Arc::as_ref) {
                Some(Ok(value)) => Ok(value),
                Some(Err(problem)) => Err(Stop::Problem(problem.clone())),
                None => {
                    self.needs.push(Need::Elsewhere { dataset: dataset.clone(), key });
                    Err(Stop::Pending)
                }
            };
        }
        let condition = match (self.condition.cloned(), and) {
            (Some(first), Some(second)) => Some(Predicate::And(vec![first, second])),
            (first, second) => first.or(second),
        };
        let key = MetricKey { metric, condition };
        match self.answers.metrics.get(&key.to_string()).map(Arc::as_ref) {
            Some(Ok(value)) => Ok(value),
            Some(Err(problem)) => Err(Stop::Problem(problem.clone())),
            None => {
                self.needs.push(Need::Metric(key));
                Err(Stop::Pending)
            }
        }
    }

    /// Asks how many rows there are.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn rows(&mut self) -> Result<u64, Stop> {
        match self.metric(Metric::Rows)? {
            MetricValue::Rows(rows) => Ok(*rows),
            _ => Err(unlike()),
        }
    }

    /// Asks how many rows are expected, unexpected and missing.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn tally(&mut self, predicate: Predicate) -> Result<Tally, Stop> {
        match self.metric(Metric::Tally { predicate })? {
            MetricValue::Tally(tally) => Ok(*tally),
            _ => Err(unlike()),
        }
    }

    /// Asks whether any row is unexpected, which takes no longer than until one is found; `None` where the result is to tell
    /// more, or where it could depend on the rows that follow: SQL fails on some.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn breach(&mut self, predicate: &Predicate) -> Result<Option<Breach>, Stop> {
        let is_certain = |predicate: &Predicate| !predicate.has_sql();
        let is_enough = self.format.level == ResultLevel::BooleanOnly;
        if !is_enough || self.marks_rows || !is_certain(predicate) || !self.condition.is_none_or(is_certain) {
            return Ok(None);
        }
        match self.metric(Metric::Breach { predicate: predicate.clone() })? {
            MetricValue::Breach(breach) => Ok(Some(*breach)),
            MetricValue::Tally(tally) => Ok(Some((*tally).into())),
            _ => Err(unlike()),
        }
    }

    /// Asks for the unexpected rows that the result is to show, with the values of these columns first, then those that
    /// name the row; none where the result is to be the verdict alone.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn sample(&mut self, predicate: Predicate, columns: &[String]) -> Result<&'a [SampledRow], Stop> {
        self.sample_before(predicate, columns, None)
    }

    /// Asks for the unexpected rows that the result is to show, as [`Self::sample`]; those from a position on need not be
    /// among them.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn sample_before(
        &mut self,
        predicate: Predicate,
        columns: &[String],
        before: Option<Position>,
    ) -> Result<&'a [SampledRow], Stop> {
        if self.format.level == ResultLevel::BooleanOnly {
            return Ok(&[]);
        }
        match self.metric(self.sample_of(predicate, columns, before))? {
            MetricValue::Sample(rows) => Ok(rows),
            _ => Err(unlike()),
        }
    }

    fn sample_of(&self, predicate: Predicate, columns: &[String], before: Option<Position>) -> Metric {
        Metric::Sample { predicate, show: self.shown_columns(columns), limit: self.sample_limit(), before }
    }

    /// Tells whether [`Self::sample_before`] has an answer.
    pub(super) fn knows_sample(&self, predicate: Predicate, columns: &[String], before: Option<Position>) -> bool {
        let key = MetricKey { metric: self.sample_of(predicate, columns, before), condition: self.condition.cloned() };
        self.format.level == ResultLevel::BooleanOnly || self.answers.metrics.contains_key(&key.to_string())
    }

    /// Asks for the places of all rows that are unexpected by a predicate, where who judges wants them: they are kept for
    /// [`Self::take_marks`].
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn mark(&mut self, predicate: Predicate) -> Result<(), Stop> {
        if !self.marks_rows {
            return Ok(());
        }
        match self.metric(Metric::Marks { predicate })? {
            MetricValue::Marks(marks) => self.marks.push(Arc::clone(marks)),
            _ => return Err(unlike()),
        }
        Ok(())
    }

    /// Tells whether unexpected rows are marked.
    pub(super) fn marks_rows(&self) -> bool {
        self.marks_rows
    }

    /// Tells whether [`Self::mark`] has an answer.
    pub(super) fn knows_marks(&self, predicate: Predicate) -> bool {
        let key = MetricKey { metric: Metric::Marks { predicate }, condition: self.condition.cloned() };
        !self.marks_rows || self.answers.metrics.contains_key(&key.to_string())
    }

    /// Tells whether [`Self::tally`] has an answer.
    pub(super) fn knows_tally(&self, predicate: Predicate) -> bool {
        let key = MetricKey { metric: Metric::Tally { predicate }, condition: self.condition.cloned() };
        self.answers.metrics.contains_key(&key.to_string())
    }

    /// What all that grows may take.
    pub(super) fn budget(&self) -> &'a Arc<Budget> {
        &self.answers.budget
    }

    /// Returns the set of keys of this name: the one that is in use, or a new one.
    pub(super) fn set_of_keys(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<Arc<KeySet>, Stop>,
    ) -> Result<Arc<KeySet>, Stop> {
        let mut sets = self.answers.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = sets.get(name).and_then(Weak::upgrade) {
            return Ok(set);
        }
        let set = make()?;
        sets.insert(name.to_owned(), Arc::downgrade(&set));
        Ok(set)
    }

    fn shown_columns(&self, columns: &[String]) -> Vec<String> {
        columns.iter().chain(&self.naming_columns()).cloned().collect()
    }

    /// The columns whose values name an unexpected row: those asked for, or all where whole rows are.
    #[must_use]
    pub fn naming_columns(&self) -> Vec<String> {
        if self.format.include_unexpected_rows {
            return self.schema.fields().iter().map(|field| field.name().clone()).collect();
        }
        self.format.unexpected_index_column_names.clone()
    }

    /// How many rows a sample has at most.
    pub(super) fn sample_limit(&self) -> Option<usize> {
        match self.format.level {
            ResultLevel::Complete => None,
            ResultLevel::Summary => Some(self.format.partial_unexpected_count.max(SUMMARY_ROWS)),
            _ => Some(self.format.partial_unexpected_count),
        }
    }

    /// Asks which values break the order of a column.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn order(&mut self, column: &str, direction: Direction, strictly: bool) -> Result<&'a OrderValue, Stop> {
        self.refuse_misfits(column)?;
        let show = self.shown_columns(&[column.to_owned()]);
        let limit = if self.format.level == ResultLevel::BooleanOnly { Some(0) } else { self.sample_limit() };
        let marks = self.marks_rows;
        match self.metric(Metric::Order { column: column.to_owned(), direction, strictly, limit, show, marks })? {
            MetricValue::Order(order) => {
                if marks {
                    self.marks.push(Arc::clone(&order.marks));
                }
                Ok(order)
            }
            _ => Err(unlike()),
        }
    }

    /// Asks for the least and greatest value of a column.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn extremes(&mut self, column: &str) -> Result<&'a Extremes, Stop> {
        self.refuse_misfits(column)?;
        match self.metric(Metric::Extremes { column: column.to_owned() })? {
            MetricValue::Extremes(extremes) => Ok(extremes),
            _ => Err(unlike()),
        }
    }

    /// Asks for the count and sum of a column of numbers; with `deviation` for what its deviation needs as well.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn moments(&mut self, column: &str, deviation: bool) -> Result<&'a Moments, Stop> {
        self.refuse_misfits(column)?;
        match self.metric(Metric::Moments { column: column.to_owned(), sum_only: !deviation })? {
            MetricValue::Moments(moments) => Ok(moments),
            _ => Err(unlike()),
        }
    }

    /// Asks for all values of a column in order.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn quantiles(&mut self, column: &str) -> Result<&'a Quantiles, Stop> {
        self.refuse_misfits(column)?;
        match self.metric(Metric::Quantiles { column: column.to_owned() })? {
            MetricValue::Quantiles(quantiles) => Ok(quantiles),
            _ => Err(unlike()),
        }
    }

    /// Asks how often each value of a column occurs.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn frequencies(&mut self, column: &str, and: Option<Predicate>) -> Result<&'a Frequencies, Stop> {
        self.refuse_misfits(column)?;
        self.key_frequencies(&[column.to_owned()], and)
    }

    /// Asks how often each value of a column, or combination of several, occurs, for judging each row by it: a text is a
    /// key, whatever its column is meant to be. A null is no value of a single column; in several it is one.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn key_frequencies(&mut self, columns: &[String], and: Option<Predicate>) -> Result<&'a Frequencies, Stop> {
        match self.metric_where(Metric::Frequencies { columns: columns.to_vec() }, and)? {
            MetricValue::Frequencies(frequencies) => Ok(frequencies),
            _ => Err(unlike()),
        }
    }

    /// Asks how many distinct values a column has.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn distinct(&mut self, column: &str) -> Result<u64, Stop> {
        self.refuse_misfits(column)?;
        match self.metric(Metric::Distinct { column: column.to_owned() })? {
            MetricValue::Distinct(count) => Ok(*count),
            MetricValue::Frequencies(all) => Ok(all.distinct()),
            _ => Err(unlike()),
        }
    }

    /// Asks how often each value of a column occurs; `None` where it has more distinct ones than `limit`, and memory
    /// stays small then.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn few_values(&mut self, column: &str, limit: u64) -> Result<Option<&'a Frequencies>, Stop> {
        self.refuse_misfits(column)?;
        match self.metric(Metric::FewValues { column: column.to_owned(), limit })? {
            // what was computed for others may know more than was asked for
            MetricValue::Frequencies(all) => Ok(Some(all).filter(|all| all.is_complete() && all.distinct() <= limit)),
            _ => Err(unlike()),
        }
    }

    /// Tells whether a key is proven unique by the order of the rows; asks only where they look as if they had that order.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn ascends(&mut self, columns: &[String]) -> Result<bool, Stop> {
        let Some(first) = columns.first() else { return Ok(false) };
        let path = self.column(first)?;
        if self.condition.is_some() || !path.steps.is_empty() || !self.dataset.looks_sorted(path.root) {
            return Ok(false);
        }
        match self.metric(Metric::Ascending { columns: columns.to_vec() })? {
            MetricValue::Ascending(holds) => Ok(*holds),
            _ => Err(unlike()),
        }
    }

    /// Asks how many values of a column of numbers lie in each bin.
    ///
    /// # Errors
    /// As [`Self::metric`].
    pub fn histogram(&mut self, column: &str, edges: &[f64]) -> Result<&'a Histogram, Stop> {
        self.refuse_misfits(column)?;
        match self.metric(Metric::Histogram { column: column.to_owned(), edges: edges.to_vec() })? {
            MetricValue::Histogram(histogram) => Ok(histogram),
            _ => Err(unlike()),
        }
    }

    /// Asks for the number and the first rows of a SQL query, in which the data is the table `batch`: the rows that the row
    /// condition keeps.
    ///
    /// # Errors
    /// [`Stop::Pending`] until it has run; the problem where it is not valid.
    pub fn query(&mut self, sql: &str) -> Result<&'a QueryRows, Stop> {
        self.query_rows(sql, None, SHOWN_QUERY_ROWS)
    }

    /// Asks for the rows of a SQL query, up to a limit, over the data or another dataset, named as on the command line.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn query_rows(&mut self, sql: &str, dataset: Option<&str>, limit: usize) -> Result<&'a QueryRows, Stop> {
        let condition = if dataset.is_none() { self.condition.cloned() } else { None };
        let query = Query { sql: sql.to_owned(), dataset: dataset.map(ToOwned::to_owned), condition, limit };
        match self.answers.queries.get(&query.to_string()) {
            Some(Ok(rows)) => Ok(rows),
            Some(Err(problem)) => Err(Stop::Problem(problem.clone())),
            None => {
                self.needs.push(Need::Query(query));
                Err(Stop::Pending)
            }
        }
    }

    /// Returns where a row lies.
    #[must_use]
    pub fn locate(&self, position: Position) -> (u64, Arc<str>, u64) {
        self.dataset.locate(position)
    }

    /// The row condition of the expectation.
    #[must_use]
    pub fn condition(&self) -> Option<&Predicate> {
        self.condition
    }
}

fn unlike() -> Stop {
    Stop::Problem(Problem::new("internal", "a metric has a value of another kind"))
}
