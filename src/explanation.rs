//! What a check would do, as plain data: what it reads, what is certain without reading, and how often it goes through the
//! data. Nothing is judged for it.

use serde::Serialize;

/// What a check would do. Its JSON is the machine report.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The suite's name.
    pub suite_name: String,
    /// The file of the suite, as the user knows it.
    pub suite_path: String,
    /// The files of the data.
    pub data: Vec<ExplainedFile>,
    /// How many rows they have. `None` of long texts, which a check reads once: their rows are counted as they are read, and
    /// their types are those of a sample until then.
    pub row_count: Option<u64>,
    /// How many units they are read in: row groups, stretches of a file.
    pub unit_count: usize,
    /// Which rows are judged, where not all are.
    pub rows: ExplainedRows,
    /// The columns of the data.
    pub columns: Vec<ExplainedColumn>,
    /// What is asked first, in suite order.
    pub expectations: Vec<ExplainedExpectation>,
    /// What the first pass computes.
    pub metrics: Vec<ExplainedMetric>,
    /// The queries of SQL, each of which reads what it needs by itself.
    pub queries: Vec<ExplainedQuery>,
    /// In how many units a row has to be read by the first pass.
    pub units_read: usize,
    /// What depends on the answers of the first pass.
    pub later_passes: Vec<LaterPass>,
    /// What the check may take.
    pub resources: ExplainedResources,
}

/// A file of the data.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedFile {
    /// The file, as the user knows it.
    pub path: String,
    /// How its rows are written.
    pub format: String,
    /// How it is compressed as a whole.
    pub compression: Option<String>,
    /// Its length as it is stored.
    pub size_bytes: u64,
    /// How many rows it has; `None` where they are counted as they are read.
    pub row_count: Option<u64>,
    /// How many units it is read in.
    pub unit_count: usize,
}

/// Which rows are judged.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ExplainedRows {
    /// Each row with this probability.
    pub sample: Option<f64>,
    /// So many at most.
    pub limit: Option<u64>,
    /// Those for which this condition is true.
    #[serde(rename = "where")]
    pub condition: Option<String>,
}

/// A column of the data.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedColumn {
    /// Its name.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub data_type: String,
    /// In how many units the first pass reads it.
    pub units_read: usize,
    /// A later pass may read it.
    pub is_read_later: bool,
}

/// An expectation, and by what it is answered.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedExpectation {
    /// Its name.
    #[serde(rename = "type")]
    pub name: String,
    /// Its parameters.
    pub kwargs: serde_json::Map<String, serde_json::Value>,
    /// The line (1-based) of the suite where it stands.
    pub suite_line: usize,
    /// By what it is answered.
    pub answered_by: AnsweredBy,
    /// The metrics that it asks for, by their positions.
    pub metrics: Vec<usize>,
    /// The queries that it asks for, by their positions.
    pub queries: Vec<usize>,
    /// Why this data cannot answer it, where that is certain already.
    pub problem: Option<String>,
}

/// By what an expectation is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// The names and types of the columns.
    Schema,
    /// What is certain of every unit: counts and bounds in its statistics, its dictionaries.
    Statistics,
    /// Rows that are read.
    Rows,
    /// Nothing: this data cannot answer.
    Nothing,
}

/// A metric, which is computed once for all who ask.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedMetric {
    /// What it is, in a canonical text.
    pub metric: String,
    /// The other dataset that it is of; of the data itself without one.
    pub dataset: Option<String>,
    /// Who asks, by their positions.
    pub expectations: Vec<usize>,
    /// The units whose statistics or dictionaries answer it.
    pub units_proven: usize,
    /// The units in which a condition is true of no row, as statistics or dictionaries prove.
    pub units_left_out: usize,
    /// The units whose rows are read; `None` of another dataset.
    pub units_read: Option<usize>,
}

/// A query of SQL.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedQuery {
    /// Its text.
    pub sql: String,
    /// The other dataset that it is about; the data itself without one.
    pub dataset: Option<String>,
    /// Who asks, by their positions.
    pub expectations: Vec<usize>,
}

/// A question that depends on an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LaterPass {
    /// When it is asked, and for what.
    pub why: String,
    /// Who asks, by their positions.
    pub expectations: Vec<usize>,
}

/// What a check may take.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedResources {
    /// How many threads work.
    pub threads: usize,
    /// What all that grows with the data may take.
    pub memory_limit_bytes: u64,
    /// Where the rest goes.
    pub spill_folder: String,
    /// Statistics may answer in place of rows.
    pub statistics: bool,
}
