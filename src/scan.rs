//! What the engine reads: a schema, units of record batches, and what is known of a unit without decoding it.
//!
//! A source (files today, tables and topics later) implements [`Scan`]; the engine and the SQL runner consume it, and
//! neither knows what lies behind it. A unit is the grain of parallel work, such as a row group or a stretch of a file.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Schema, SchemaRef};

use crate::column::Scalar;
use crate::verdict::Problem;

/// A dataset that can be read in units, any number of times, from several threads at once.
pub trait Scan: Send + Sync {
    /// The columns. A batch may hold a column dictionary-encoded though the schema names its value type.
    fn schema(&self) -> SchemaRef;

    /// How many units there are. Rows are numbered through units in this order.
    fn unit_count(&self) -> usize;

    /// The number of rows of a unit.
    ///
    /// # Errors
    /// The unit's metadata cannot be read, or is not known before [`Self::settle`] has been called.
    fn rows(&self, unit: usize) -> Result<u64, ScanError>;

    /// What is known of a unit without decoding it: the number of rows, and of columns only what is certain.
    ///
    /// # Errors
    /// The unit's metadata cannot be read.
    fn facts(&self, unit: usize) -> Result<Facts, ScanError> {
        Ok(Facts { rows: Some(self.rows(unit)?), columns: Vec::new() })
    }

    /// The distinct values of a flat column in a unit, where they can be had without decoding its rows: every non-null
    /// value of the unit is among them, though not each of them need occur. `None` where there is no such list.
    ///
    /// # Errors
    /// The unit cannot be read.
    fn dictionary(&self, _unit: usize, _column: usize) -> Result<Option<ArrayRef>, ScanError> {
        Ok(None)
    }

    /// Reads a unit's rows in order, with only these root columns (indices into the schema, or beyond it for the texts of a
    /// column, ascending; with none, batches have rows and no columns).
    ///
    /// # Errors
    /// The unit cannot be opened; later, each batch may fail.
    fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError>;

    /// Reads as [`Self::batches`] does, in two steps: each batch comes with the columns of `first`, and those of `rest` can be
    /// had for it where it turns out that they are needed. A source that can pass over rows saves what nobody asks for.
    ///
    /// # Errors
    /// The unit cannot be opened; later, each step may fail.
    fn steps(&self, unit: usize, first: &[usize], rest: &[usize]) -> Result<Box<dyn Steps + '_>, ScanError> {
        let columns = together(first, rest);
        let places = first.iter().map(|root| columns.partition_point(|known| known < root)).collect();
        Ok(Box::new(AtOnce { batches: self.batches(unit, &columns)?, columns, first: places, batch: None }))
    }

    /// Says that a unit will probably be read next, with these columns, or with `None` that it will not: what takes its time to
    /// come may be fetched before. Nothing depends on it.
    fn prepare(&self, _unit: usize, _columns: Option<&[usize]>) {}

    /// Bytes that reading a unit's columns will take, for progress; an estimate, 0 where nothing is known.
    fn weight(&self, unit: usize) -> u64;

    /// Describes a place for people: the file and the row in it, from a unit and the row in the unit (0-based).
    fn place(&self, unit: usize, row: u64) -> Place;

    /// Returns the line of the file (1-based) where a row begins, from a unit and the row in the unit; `None` where rows
    /// are not lines, or where the line is not known without reading the file again.
    fn line(&self, _unit: usize, _row: u64) -> Option<u64> {
        None
    }

    /// Tells whether the texts that a root column of another type was read from can be had as well: [`Self::batches`] gives
    /// them, with nulls where the values are null, as the root column with this one's index plus the number of columns.
    fn has_texts(&self, _column: usize) -> bool {
        false
    }

    /// Tells whether a root column of whole numbers, whose texts can be had, was read from some that numbers are not written as:
    /// leading zeros or a plus sign, as codes have. Where texts are read once, that is certain after [`Self::settle`], and only
    /// if all columns are looked at.
    fn has_codes(&self, _column: usize) -> bool {
        false
    }

    /// Makes sure that all that was supposed of the data holds, and tells how many rows each unit has: where a text is read
    /// once only, its types and units are supposed at first. Called after the first pass; where nothing is supposed, it does
    /// nothing.
    ///
    /// # Errors
    /// [`ScanError::NotAsSupposed`] if it does not hold; the data cannot be read.
    fn settle(&self, _threads: usize) -> Result<(), ScanError> {
        Ok(())
    }

    /// Returns what keeps a root column of a text format from being of a narrower type, where nearly all of its values
    /// are of it. The column's type is `Utf8` then.
    fn misfit(&self, _column: usize) -> Option<&Misfit> {
        None
    }
}

/// Batches of one unit.
pub type BatchIterator<'a> = Box<dyn Iterator<Item = Result<RecordBatch, ScanError>> + Send + 'a>;

/// The batches of one unit, in two steps each.
pub trait Steps: Send {
    /// Gives the next batch, with the first columns; `None` at the end. What was not asked for of the one before is passed over.
    fn first(&mut self) -> Option<Result<RecordBatch, ScanError>>;

    /// Gives others of the columns (ascending) for the rows of that batch; asked once a batch at most.
    ///
    /// # Errors
    /// The data is corrupt, or cannot be read.
    fn more(&mut self, columns: &[usize]) -> Result<RecordBatch, ScanError>;

    /// The bytes of memory that are held of the batch at hand and the next ones, columns that were not given included; 0 where
    /// there is only what was given.
    fn held_bytes(&self) -> usize {
        0
    }
}

/// The columns of both steps, ascending.
#[must_use]
pub fn together(first: &[usize], rest: &[usize]) -> Vec<usize> {
    let mut columns = [first, rest].concat();
    columns.sort_unstable();
    columns
}

/// Batches that have all of their columns from the beginning.
struct AtOnce<'a> {
    batches: BatchIterator<'a>,
    /// What a batch holds.
    columns: Vec<usize>,
    /// The places of the first columns in it.
    first: Vec<usize>,
    batch: Option<RecordBatch>,
}

impl Steps for AtOnce<'_> {
    fn first(&mut self) -> Option<Result<RecordBatch, ScanError>> {
        let batch = match self.batches.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error)),
        };
        let first = part_of(&batch, &self.first);
        self.batch = Some(batch);
        Some(first)
    }

    fn more(&mut self, columns: &[usize]) -> Result<RecordBatch, ScanError> {
        let places: Vec<usize> =
            columns.iter().map(|root| self.columns.partition_point(|known| known < root)).collect();
        let batch = self.batch.as_ref().map(|batch| part_of(batch, &places));
        batch.unwrap_or_else(|| Ok(RecordBatch::new_empty(Arc::new(Schema::empty()))))
    }

    fn held_bytes(&self) -> usize {
        self.batch.as_ref().map_or(0, RecordBatch::get_array_memory_size)
    }
}

/// Picks the columns at these places.
fn part_of(batch: &RecordBatch, places: &[usize]) -> Result<RecordBatch, ScanError> {
    batch.project(places).map_err(|error| ScanError::Usage { problem: error.to_string(), help: None })
}

/// Where a row lies, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user knows it.
    pub file: Arc<str>,
    /// The row in that file, 0-based.
    pub row: u64,
}

/// The few values that keep a column a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    /// The type that the column would have without them.
    pub wanted: DataType,
    /// How many rows hold such a value.
    pub count: u64,
    /// The first of them, in input order.
    pub examples: Vec<MisfitExample>,
    /// What to do about them.
    pub remedy: &'static str,
}

impl Misfit {
    /// Says why the values of a column cannot be summed up.
    #[must_use]
    pub fn problem(&self, column: &str) -> Problem {
        let examples = self.examples.iter().take(3);
        let examples: Vec<String> = examples
            .map(|example| format!("`{}` (line {} of `{}`)", example.text, example.line, example.file))
            .collect();
        let message = format!(
            "column `{column}` would hold {} but for {} of its values: {}",
            self.wanted,
            self.count,
            examples.join(", ")
        );
        Problem::new("type-mismatch", message).with_help(self.remedy)
    }
}

/// One value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MisfitExample {
    /// The file as the user knows it.
    pub file: String,
    /// The line on which the row begins, 1-based.
    pub line: u64,
    /// The value as the file has it; its beginning, where it is long.
    pub text: String,
}

/// What is certain of a unit.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The number of rows.
    pub rows: Option<u64>,
    /// What is certain of each root column, by index; empty where nothing is.
    pub columns: Vec<ColumnFacts>,
}

/// What is certain of a column in a unit.
#[derive(Debug, Clone, Default)]
pub struct ColumnFacts {
    /// The number of nulls.
    pub nulls: Option<u64>,
    /// No value is less than this.
    pub lower: Option<Scalar>,
    /// No value is greater than this.
    pub upper: Option<Scalar>,
    /// `lower` and `upper` are values that occur, not only bounds.
    pub exact: bool,
    /// No value is NaN (true for every type but floats).
    pub no_nan: bool,
}

/// A line of a file that is no row either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherLine {
    /// The file.
    pub file: String,
    /// The line, 1-based.
    pub line: u64,
    /// What is wrong with it: `line 3 has 2 fields, the header has 3`.
    pub problem: String,
}

/// Why data could not be read. The text says where, what was found and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The operating system refused.
    #[error("cannot read `{file}`")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// What is read once only, or grows past the memory there is, cannot be written to disk.
    #[error("cannot write temporary data to `{folder}`")]
    Spill {
        /// The folder.
        folder: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The file is not what its name or its first bytes promise.
    #[error("`{file}` {problem}")]
    Corrupt {
        /// The file.
        file: String,
        /// What is wrong, and at which place: `has a row group that ends before its last page (row group 3)`.
        problem: String,
    },
    /// The data is not as the sample looks from which its types were supposed: it has to be looked at as a whole.
    #[error("`{file}` is not as a sample of it looks")]
    NotAsSupposed {
        /// The file.
        file: String,
    },
    /// Lines of the file are no rows.
    #[error("`{file}` {problem}")]
    Malformed {
        /// The file.
        file: String,
        /// The line of the first of them, 1-based.
        line: u64,
        /// What is wrong with it: `line 3 has 2 fields, the header has 3`.
        problem: String,
        /// Some more.
        others: Vec<OtherLine>,
        /// There may be more than these.
        is_open: bool,
    },
    /// The data cannot be used as it is, and the user can mend the call: no such file, two schemas that differ.
    #[error("{problem}")]
    Usage {
        /// What is wrong.
        problem: String,
        /// What to do about it.
        help: Option<String>,
    },
}
