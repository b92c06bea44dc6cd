//! Reads a unit of which nothing is known yet: where it begins, and whether its records are of the form that is supposed.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use memchr::memrchr;

use super::lines::find;
use super::quick::Text;
use super::read::{Builder, StructBuilder};
use super::shape::Form;
use crate::scan::ScanError;
use crate::source::file::DataFile;
use crate::source::part::{BATCH_BYTES, as_batch, batch_rows};
use crate::source::supposed::{Found, Supposed, unlike_sample};
use crate::source::window::{MAX_RECORD_BYTES, Window};

/// For each object, at any depth, its keys in the order in which they first came.
pub(super) type Met = Vec<Vec<usize>>;

/// What is made of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Given, as the column of this number.
    Given(usize),
    /// Held against its form.
    Checked,
    /// No more than whether it is a value.
    Passed,
}

/// The batches of a unit.
pub(super) struct OnceBatches<'a> {
    file: &'a DataFile,
    schema: SchemaRef,
    document: StructBuilder,
    /// How many rows a batch has at most.
    most: usize,
    uses: Vec<Use>,
    units: &'a Supposed<Met>,
    unit: usize,
    window: Window,
    goal: u64,
    line: u64,
    found: Found,
}

impl<'a> OnceBatches<'a> {
    /// Begins to read a unit; the schema is that of the given columns.
    pub(super) fn open(
        file: &'a DataFile,
        (units, unit): (&'a Supposed<Met>, usize),
        columns: &'a [(Arc<str>, Form)],
        uses: Vec<Use>,
        schema: SchemaRef,
    ) -> Result<Self, ScanError> {
        let plan = *units.plan(unit);
        let window = find(file, &plan)?;
        let start = window.position();
        let found = Found { start, end: start, ..Found::default() };
        let goal = plan.goal;
        let builders = columns.iter().zip(&uses).map(|((name, form), usage)| {
            let builder = if *usage == Use::Passed { Builder::Passed(0) } else { Builder::column(form) };
            (Arc::clone(name), builder)
        });
        Ok(Self {
            file,
            schema,
            document: StructBuilder::of(builders.unzip()),
            most: batch_rows(columns.iter().map(|(_, form)| form.width()).sum()),
            uses,
            units,
            unit,
            window,
            goal,
            line: 0,
            found,
        })
    }

    /// Reads the next batch; `None` at the end.
    pub(super) fn read(&mut self) -> Result<Option<RecordBatch>, ScanError> {
        let (document, most) = (&mut self.document, self.most);
        let start = self.window.position();
        let mut lines = Vec::new();
        while document.rows < most && self.window.position() - start < BATCH_BYTES {
            if self.window.position() >= self.goal {
                break;
            }
            let bytes = self.window.bytes();
            let is_last = self.window.is_last();
            let whole = if is_last { bytes.len() } else { memrchr(b'\n', bytes).map_or(0, |end| end + 1) };
            if whole == 0 {
                if is_last {
                    break;
                }
                if bytes.len() > MAX_RECORD_BYTES {
                    return Err(unlike_sample(self.file));
                }
                self.window.fill()?;
                continue;
            }
            let left = usize::try_from(self.goal - self.window.position()).unwrap_or(usize::MAX);
            let mut text = Text::new(&bytes[..whole], 0);
            while text.at() < whole.min(left) && document.rows < most {
                if !text.pass_line_end() {
                    if document.read(&mut text).is_none() || !text.pass_line_end() {
                        return Err(unlike_sample(self.file));
                    }
                    lines.push(self.line);
                }
                self.line += 1;
            }
            if self.window.invalid().is_some_and(|at| at < text.at()) {
                return Err(unlike_sample(self.file));
            }
            let taken = text.at();
            self.window.consume(taken);
        }
        self.found.lines.extend(&lines);
        self.found.rows += document.rows as u64;
        let rows = std::mem::take(&mut document.rows);
        if rows == 0 {
            let mut met = Vec::new();
            document.add_met(&mut met);
            self.found.end = self.window.position();
            self.found.line_count = self.line;
            self.units.keep(self.unit, std::mem::take(&mut self.found), met);
            return Ok(None);
        }
        let mut columns: Vec<Option<ArrayRef>> = vec![None; self.schema.fields().len()];
        for (value, usage) in document.values.iter_mut().zip(&self.uses) {
            let column = value.finish().ok_or_else(|| unlike_sample(self.file))?;
            if let Use::Given(at) = usage {
                columns[*at] = Some(column);
            }
        }
        let columns = columns.into_iter().flatten().collect();
        as_batch(self.schema.fields().iter(), columns, rows).map(Some).map_err(|_| unlike_sample(self.file))
    }
}

/// Adds the keys that come later.
pub(super) fn merge(met: &mut Met, later: &Met) {
    if met.len() < later.len() {
        met.resize(later.len(), Vec::new());
    }
    for (known, later) in met.iter_mut().zip(later) {
        for key in later {
            if !known.contains(key) {
                known.push(*key);
            }
        }
    }
}
