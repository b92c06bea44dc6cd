//! What came of a run: the status of each expectation, what was observed, and the run as a whole.
//!
//! Plain data. Its JSON is Great Expectations' `ExpectationSuiteValidationResult`; text and other reports read the
//! fields.

use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::diagnostic::{SourceText, Span};

/// What became of one expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Met.
    Passed,
    /// Met because nothing was there to judge: no rows, only nulls.
    Vacuous,
    /// Not met.
    Failed,
    /// Not met, because this data cannot answer it: no such column, a type that does not fit.
    Errored,
}

impl Status {
    /// Tells whether the expectation is met.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::Passed | Self::Vacuous)
    }
}

/// How much an unmet expectation matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Should be looked at.
    Warning,
    /// The data must not be used.
    #[default]
    Critical,
}

/// How much a result tells, in Great Expectations' words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFormat {
    /// The level.
    pub level: ResultLevel,
    /// How many unexpected values `partial_unexpected_list` holds at most.
    pub partial_unexpected_count: usize,
    /// Columns whose values name an unexpected row, besides its number.
    pub unexpected_index_column_names: Vec<String>,
    /// Adds the whole unexpected rows.
    pub include_unexpected_rows: bool,
    /// Leaves the values themselves out of `unexpected_index_list`.
    pub exclude_unexpected_values: bool,
}

/// The four levels of detail, each with what the one before it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ResultLevel {
    /// The verdict alone.
    BooleanOnly,
    /// Counts, and the first unexpected values.
    Basic,
    /// The most frequent unexpected values and the first row numbers as well.
    Summary,
    /// Every unexpected value and row number.
    Complete,
}

impl Default for ResultFormat {
    fn default() -> Self {
        Self {
            level: ResultLevel::Summary,
            partial_unexpected_count: 20,
            unexpected_index_column_names: Vec::new(),
            include_unexpected_rows: false,
            exclude_unexpected_values: false,
        }
    }
}

/// What an expectation found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What became of it; never [`Status::Errored`], which is a [`Problem`].
    pub status: Status,
    /// The aggregate that was judged; `None` for expectations about rows.
    pub observed_value: Option<Value>,
    /// More about the observation; empty where there is nothing to add.
    pub details: Map<String, Value>,
    /// Counts and examples, for expectations about rows.
    pub rows: Option<RowCounts>,
}

impl Outcome {
    /// An outcome with a status and nothing else.
    #[must_use]
    pub fn of(success: bool) -> Self {
        Self {
            status: if success { Status::Passed } else { Status::Failed },
            observed_value: None,
            details: Map::new(),
            rows: None,
        }
    }

    /// An outcome with what was observed.
    #[must_use]
    pub fn observed(success: bool, value: impl Into<Value>) -> Self {
        Self { observed_value: Some(value.into()), ..Self::of(success) }
    }

    /// Adds a detail.
    #[must_use]
    pub fn with_detail(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }
}

/// How many rows (or list elements) were judged and how.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowCounts {
    /// All rows that the row condition keeps.
    pub element_count: u64,
    /// Rows judged neither way; `None` for the two expectations about nulls, which judge every row.
    pub missing_count: Option<u64>,
    /// Rows that do not comply.
    pub unexpected_count: u64,
    /// The first unexpected rows in input order; with [`ResultLevel::Complete`] all of them.
    pub unexpected: Vec<UnexpectedRow>,
}

/// A row that does not comply.
#[derive(Debug, Clone, PartialEq)]
pub struct UnexpectedRow {
    /// What was found: the value, `[a, b]` for a pair, `{column: value}` for several columns.
    pub value: Value,
    /// The number of the row in the whole dataset, 0-based.
    pub row: u64,
    /// The values of `unexpected_index_column_names`, or of the whole row with `include_unexpected_rows`.
    pub index: Map<String, Value>,
    /// The file that holds the row.
    pub file: Arc<str>,
    /// The number of the row in that file, 0-based.
    pub file_row: u64,
}

impl RowCounts {
    /// Rows that were judged either way.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.element_count - self.missing_count.unwrap_or(0)
    }
}

/// Why an expectation could not be judged on this data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Kebab-case identity: `unknown-column`, `type-mismatch`.
    pub code: &'static str,
    /// What was found and what was expected.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The parameter of the expectation that it is about, to point at.
    pub parameter: Option<&'static str>,
}

impl Problem {
    /// Makes a problem without help and parameter.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, parameter: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the parameter to point at.
    #[must_use]
    pub fn at(mut self, parameter: &'static str) -> Self {
        self.parameter = Some(parameter);
        self
    }
}

/// The result of one expectation.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The expectation's name: `expect_column_values_to_be_unique`.
    pub expectation: String,
    /// Its parameters as they were judged: `$PARAMETER`s replaced.
    pub kwargs: Map<String, Value>,
    /// How much it matters.
    pub severity: Severity,
    /// The suite's own remarks, passed through.
    pub meta: Map<String, Value>,
    /// `id`, `notes`, `description` and the like, passed through.
    pub envelope: Map<String, Value>,
    /// What was found, or why nothing could be.
    pub result: Result<Outcome, Problem>,
    /// Where the expectation stands in the suite.
    pub span: Span,
    /// Where its parameters stand in the suite, by name.
    pub parameter_spans: Vec<(String, Span)>,
    /// How much this result tells.
    pub format: ResultFormat,
}

impl Verdict {
    /// What became of the expectation.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.result {
            Ok(outcome) => outcome.status,
            Err(_) => Status::Errored,
        }
    }

    /// Tells whether the expectation is met.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status().is_success()
    }
}

/// The result of a run: one suite on one dataset.
#[derive(Debug, Clone)]
pub struct RunResult {
    /// The suite's name.
    pub suite_name: String,
    /// The suite's text, for pointing into.
    pub suite_source: Arc<SourceText>,
    /// The parameters that the run was given or the suite defaults to.
    pub parameters: Map<String, Value>,
    /// One per expectation, in suite order.
    pub verdicts: Vec<Verdict>,
    /// What a reader needs to reproduce the run: suite hash, version, input identity, times. Becomes `meta`.
    pub meta: Map<String, Value>,
    /// How many rows were judged, where the run came to know.
    pub rows: Option<u64>,
}

impl RunResult {
    /// Tells whether every expectation is met, and no line of the data malformed.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.malformed_count() == 0 && self.verdicts.iter().all(Verdict::is_success)
    }

    /// How many rows there are of which a condition on all of them kept [`Self::rows`]; `None` without one.
    #[must_use]
    pub fn rows_before_where(&self) -> Option<u64> {
        self.meta.get("row_count_before_where")?.as_u64()
    }

    /// How many lines of the data are no rows, where these are counted.
    #[must_use]
    pub fn malformed_count(&self) -> u64 {
        self.meta.get("malformed").and_then(|malformed| malformed.get("count")?.as_u64()).unwrap_or(0)
    }

    /// Tells whether lines of the data that are no rows were counted, however many there are.
    #[must_use]
    pub fn counts_malformed(&self) -> bool {
        self.meta.contains_key("malformed")
    }

    /// The first lines of the data that are no rows: the file, the line (1-based) and what is wrong.
    pub fn malformed_examples(&self) -> impl Iterator<Item = (&str, u64, &str)> {
        let malformed = self.meta.get("malformed").and_then(|malformed| malformed.get("examples")?.as_array());
        malformed.into_iter().flatten().filter_map(|example| {
            Some((example.get("path")?.as_str()?, example.get("line")?.as_u64()?, example.get("problem")?.as_str()?))
        })
    }

    /// Returns the files that do not have all columns of the dataset, which are null there, with those columns.
    pub fn missing_columns(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let missing = self.meta.get("missing_columns").and_then(Value::as_array).into_iter().flatten();
        missing.filter_map(|file| {
            let columns = file.get("columns")?.as_array()?.iter().filter_map(Value::as_str);
            Some((file.get("path")?.as_str()?, columns.collect()))
        })
    }

    /// Returns the files that rows were written into, by what `meta` calls them: `failed_rows`, `clean_rows`, with how many.
    pub fn row_files(&self) -> impl Iterator<Item = (&'static str, &str, u64)> {
        let file = |key| {
            let file = self.meta.get(key)?;
            Some((key, file.get("path")?.as_str()?, file.get("rows")?.as_u64()?))
        };
        ["failed_rows", "clean_rows"].into_iter().filter_map(file)
    }

    /// The expectations that are not met and break no single row, where rows that break some were written into a file.
    pub fn broken_without_rows(&self) -> impl Iterator<Item = &str> {
        let failed = self.meta.get("failed_rows");
        let without_rows = failed.and_then(|failed| failed.get("expectations_without_rows")?.as_array());
        without_rows.into_iter().flatten().filter_map(|expectation| expectation.get("id")?.as_str())
    }

    /// Tells whether a line of the data is malformed, or any expectation of at least this severity not met.
    #[must_use]
    pub fn fails_at(&self, severity: Severity) -> bool {
        self.malformed_count() > 0
            || self.verdicts.iter().any(|verdict| !verdict.is_success() && verdict.severity >= severity)
    }

    /// The files that were judged, as the user knows them.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        self.paths("inputs")
    }

    /// The files that expectations looked at beside the data.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.paths("references")
    }

    fn paths(&self, key: &str) -> impl Iterator<Item = &str> {
        let files = self.meta.get(key).and_then(Value::as_array);
        files.into_iter().flatten().filter_map(|file| file.get("path")?.as_str())
    }

    /// Counts the expectations with this status.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.verdicts.iter().filter(|verdict| verdict.status() == status).count()
    }
}

/// Writes the result in the shape of Great Expectations' `ExpectationSuiteValidationResult`, one verdict after the other: a
/// complete result is large, and no more of it than one verdict is made a second time.
impl Serialize for RunResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let evaluated = self.verdicts.len();
        let successful = self.verdicts.iter().filter(|verdict| verdict.is_success()).count();
        let statistics = json!({
            "evaluated_expectations": evaluated,
            "successful_expectations": successful,
            "unsuccessful_expectations": evaluated - successful,
            "success_percent": percent(successful as u64, evaluated as u64),
        });
        let mut result = serializer.serialize_struct("RunResult", 7)?;
        result.serialize_field("success", &self.is_success())?;
        result.serialize_field("results", &Results(self))?;
        result.serialize_field("suite_name", &self.suite_name)?;
        result.serialize_field("suite_parameters", &self.parameters)?;
        result.serialize_field("statistics", &statistics)?;
        result.serialize_field("meta", &self.meta)?;
        result.serialize_field("id", &None::<String>)?;
        result.end()
    }
}

/// The verdicts of a run.
struct Results<'a>(&'a RunResult);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.verdicts.iter().map(|verdict| verdict.to_json(&self.0.suite_source)))
    }
}

/// Returns `part` of `whole` in percent; `None` of nothing.
#[must_use]
pub fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64 * 100.0)
}

impl Verdict {
    fn to_json(&self, suite: &SourceText) -> Value {
        let mut config = Map::new();
        config.insert("type".into(), self.expectation.clone().into());
        config.insert("kwargs".into(), self.kwargs.clone().into());
        config.insert("meta".into(), self.meta.clone().into());
        config.insert("severity".into(), json!(self.severity));
        config.extend(self.envelope.clone());
        let problem = self.result.as_ref().err();
        json!({
            "success": self.is_success(),
            "expectation_config": config,
            "result": self.result.as_ref().map_or_else(|_| Value::Object(Map::new()), |outcome| outcome.to_json(&self.format)),
            "meta": self.meta_json(suite),
            "exception_info": {
                "raised_exception": problem.is_some(),
                "exception_traceback": null,
                "exception_message": problem.map(|problem| &problem.message),
            },
        })
    }
}

impl Verdict {
    /// The status; of an errored expectation, also what a program needs to tell of it.
    fn meta_json(&self, suite: &SourceText) -> Value {
        let mut meta = Map::new();
        meta.insert("status".to_owned(), json!(self.status()));
        if let Err(problem) = &self.result {
            meta.insert("code".to_owned(), problem.code.into());
            meta.insert("help".to_owned(), problem.help.clone().into());
            let span = problem.parameter.and_then(|name| self.parameter_spans.iter().find(|(found, _)| found == name));
            let span = span.map_or(self.span, |(_, span)| *span);
            let line = (!suite.text.is_empty()).then(|| suite.line_and_column(span.start).0);
            meta.insert("suite_line".to_owned(), line.into());
        }
        meta.into()
    }
}

impl Outcome {
    fn to_json(&self, format: &ResultFormat) -> Value {
        let mut result = Map::new();
        if format.level == ResultLevel::BooleanOnly {
            return result.into();
        }
        if let Some(observed) = &self.observed_value {
            result.insert("observed_value".into(), observed.clone());
        }
        if let Some(rows) = &self.rows {
            rows.write_json(&mut result, format);
        }
        if !self.details.is_empty() {
            result.insert("details".into(), self.details.clone().into());
        }
        result.into()
    }
}

impl RowCounts {
    fn write_json(&self, result: &mut Map<String, Value>, format: &ResultFormat) {
        let partial = &self.unexpected[..self.unexpected.len().min(format.partial_unexpected_count)];
        let of_judged = percent(self.unexpected_count, self.judged());
        result.insert("element_count".into(), self.element_count.into());
        result.insert("unexpected_count".into(), self.unexpected_count.into());
        result.insert("unexpected_percent".into(), json!(of_judged));
        result.insert("partial_unexpected_list".into(), values(partial));
        if let Some(missing) = self.missing_count {
            result.insert("missing_count".into(), missing.into());
            result.insert("missing_percent".into(), json!(percent(missing, self.element_count)));
            result.insert("unexpected_percent_total".into(), json!(percent(self.unexpected_count, self.element_count)));
            result.insert("unexpected_percent_nonmissing".into(), json!(of_judged));
        }
        if format.level >= ResultLevel::Summary {
            let frequent = self.most_frequent(format.partial_unexpected_count).into_iter();
            let frequent = frequent.map(|(value, count)| json!({ "value": value, "count": count }));
            result.insert("partial_unexpected_counts".into(), frequent.collect());
            result.insert("partial_unexpected_index_list".into(), index_list(partial, format));
        }
        if format.level == ResultLevel::Complete {
            result.insert("unexpected_list".into(), values(&self.unexpected));
            result.insert("unexpected_index_list".into(), index_list(&self.unexpected, format));
        }
        if format.include_unexpected_rows {
            let rows: Vec<Value> = partial.iter().map(|row| row.index.clone().into()).collect();
            result.insert("unexpected_rows".into(), rows.into());
        }
    }

    /// Returns the most frequent of the unexpected values that were kept, with their counts; ties in order of appearance.
    #[must_use]
    pub fn most_frequent(&self, limit: usize) -> Vec<(&Value, u64)> {
        let mut counts: Vec<(&Value, u64)> = Vec::new();
        let mut positions = hashbrown::HashMap::<String, usize>::new();
        for row in &self.unexpected {
            let position = *positions.entry(row.value.to_string()).or_insert_with(|| {
                counts.push((&row.value, 0));
                counts.len() - 1
            });
            counts[position].1 += 1;
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts.truncate(limit);
        counts
    }
}

fn values(rows: &[UnexpectedRow]) -> Value {
    rows.iter().map(|row| row.value.clone()).collect()
}

fn index_list(rows: &[UnexpectedRow], format: &ResultFormat) -> Value {
    if format.unexpected_index_column_names.is_empty() {
        return rows.iter().map(|row| Value::from(row.row)).collect();
    }
    rows.iter()
        .map(|row| {
            let named = format.unexpected_index_column_names.iter();
            Value::Object(named.filter_map(|name| Some((name.clone(), row.index.get(name)?.clone()))).collect())
        })
        .collect()
}
