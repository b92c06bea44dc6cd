//! The first pass over CSV files: where units begin, how many rows they have, what the values of each column look like.
//!
//! The parts of a file are read on several threads. Whether a line end lies within quotes can only be told from the
//! beginning of the file, so a part begins where a record seems to begin; that is held against the end of the part
//! before it, and a part that began at the wrong place is read again from the right one.

use arrow::datatypes::DataType;

use super::header::{Header, display};
use super::kind::{Kind, Kinds, Missing, fits};
use super::record::{Split, Splitter};
use super::records::{BadRecord, Fault, Records, Stop, Wanted};
use crate::scan::{MisfitExample, ScanError};
use crate::source::encoding::CONVERT;
use crate::source::file::DataFile;
use crate::source::lines::Lines;
use crate::source::misfit::{EXAMPLES, beginning};
use crate::source::ordered::in_order;
use crate::source::part::{Part, Plan, plan};
use crate::source::window::{MAX_RECORD_BYTES, Window};

/// A file with what its beginning says.
#[derive(Debug)]
pub(super) struct CsvFile {
    pub(super) file: DataFile,
    pub(super) header: Header,
    /// For each column of the dataset its number in this file; `None` where the file does not have it.
    pub(super) mapping: Vec<Option<usize>>,
}

/// What the first pass finds.
#[derive(Debug)]
pub(super) struct Survey {
    /// The columns of the dataset.
    pub(super) columns: Vec<Column>,
    /// The parts that have rows, in input order.
    pub(super) units: Vec<Unit>,
}

/// A part with rows.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) part: Part,
    /// For each column the number of empty fields and of words for missing values.
    pub(super) missing: Vec<(u64, u64)>,
}

/// The values of a column.
#[derive(Debug, Default)]
pub(super) struct Column {
    pub(super) kinds: Kinds,
    /// The first values of each kind, in input order.
    examples: Vec<(Kind, MisfitExample)>,
}

impl Column {
    /// Returns the first values that do not fit a type.
    pub(super) fn misfits(&self, wanted: &DataType) -> Vec<MisfitExample> {
        let misfits = self.examples.iter().filter(|(kind, _)| !fits(*kind, wanted)).map(|(_, example)| example);
        misfits.take(EXAMPLES).cloned().collect()
    }
}

/// What to look at.
pub(super) struct Surveyor<'a> {
    pub(super) files: &'a [CsvFile],
    pub(super) missing: &'a Missing,
    /// How many columns there are.
    pub(super) width: usize,
    pub(super) has_header: bool,
    /// How long a part is, given the length of its file.
    pub(super) part_bytes: &'a (dyn Fn(u64) -> u64 + Sync),
    pub(super) threads: usize,
}

/// A part as found.
struct Found {
    start: u64,
    end: u64,
    rows: u64,
    line_count: u64,
    lines: Lines,
    columns: Vec<FoundColumn>,
    bad: Option<BadRecord>,
}

/// A column of a part, in the order of the file.
#[derive(Default)]
struct FoundColumn {
    empty: u64,
    kinds: Kinds,
    /// The first values of each kind with their lines.
    examples: Vec<(Kind, u64, String)>,
}

/// How far a file has been taken up.
#[derive(Default)]
struct Progress {
    position: u64,
    line: u64,
    row: u64,
}

impl Surveyor<'_> {
    /// Looks at all files.
    ///
    /// # Errors
    /// A file cannot be read, or a record is not as it should be; the first in input order is told.
    pub(super) fn survey(&self) -> Result<Survey, ScanError> {
        let mut survey = Survey { columns: (0..self.width).map(|_| Column::default()).collect(), units: Vec::new() };
        let mut plans = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            plans.extend(plan(number, &file.file, file.header.data_start, (self.part_bytes)(file.file.length)));
        }
        let mut progress = Progress::default();
        in_order(
            plans.len(),
            self.threads,
            |number| self.look(&plans[number]),
            |number, found| {
                let plan = &plans[number];
                let header = &self.files[plan.file].header;
                if plan.is_first {
                    progress = Progress { position: plan.begin, line: header.line, row: 0 };
                }
                // a record may be longer than a part
                if progress.position >= plan.goal {
                    return Ok(());
                }
                let mut found = found?;
                if found.start != progress.position {
                    found = self.read(plan, progress.position)?;
                }
                if let Some(bad) = &found.bad {
                    return Err(self.complain(plan.file, bad, progress.line));
                }
                survey.take_up(plan.file, &self.files[plan.file], found, &mut progress);
                Ok(())
            },
        )?;
        Ok(survey)
    }

    /// Reads a part from where it seems to begin.
    fn look(&self, plan: &Plan) -> Result<Found, ScanError> {
        if plan.is_first {
            return self.read(plan, plan.begin);
        }
        match self.guess(plan)? {
            Some(start) if start < plan.goal => self.read(plan, start),
            // no line begins here: it is known for sure when the part before this one is
            _ => Ok(Found::nothing(plan.goal)),
        }
    }

    /// Returns where a record seems to begin: behind a line end, where the next records have as many fields as the header.
    fn guess(&self, plan: &Plan) -> Result<Option<u64>, ScanError> {
        const RECORDS: usize = 4;
        let file = &self.files[plan.file];
        let splitter = Splitter { delimiter: file.header.delimiter, skip_rest: false };
        let mut window = Window::open(&file.file, plan.begin - 1, plan.goal, file.file.length)?;
        window.fill()?;
        let bytes = window.bytes();
        let mut first = None;
        for line_end in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let candidate = line_end + 1;
            if bytes[line_end] == b'\r' && bytes.get(candidate) == Some(&b'\n') {
                continue;
            }
            first = first.or(Some(candidate));
            let mut at = candidate;
            let mut seen = 0;
            let fits = loop {
                if seen == RECORDS || at >= bytes.len() {
                    break true;
                }
                if matches!(bytes[at], b'\n' | b'\r') {
                    at += 1;
                    continue;
                }
                match splitter.split(bytes, at, window.is_last(), &[], &mut Vec::new()) {
                    Split::Record { end, width, .. } if width == file.header.names.len() => at = end,
                    Split::Incomplete => break true,
                    _ => break false,
                }
                seen += 1;
            };
            if fits {
                first = Some(candidate);
                break;
            }
        }
        Ok(first.map(|at| window.position() + at as u64))
    }

    /// Reads a part from a place where a record begins.
    fn read(&self, plan: &Plan, start: u64) -> Result<Found, ScanError> {
        let file = &self.files[plan.file];
        let width = file.header.names.len();
        let window = Window::open(&file.file, start, plan.goal, file.file.length)?;
        let splitter = Splitter { delimiter: file.header.delimiter, skip_rest: false };
        let mut records =
            Records::new(window, splitter, Wanted { fields: (0..width).collect(), width, stop: plan.goal });

        let mut found = Found::nothing(start);
        found.columns = (0..width).map(|_| FoundColumn::default()).collect();
        let mut scratch = Vec::new();
        loop {
            let group = match records.next(usize::MAX) {
                Ok(Some(group)) => group,
                Ok(None) => break,
                Err(Stop::Bad(bad)) => {
                    found.bad = Some(bad);
                    break;
                }
                Err(Stop::Failed(error)) => return Err(error),
            };
            found.rows += group.lines.len() as u64;
            found.lines.extend(group.lines);
            for (number, column) in found.columns.iter_mut().enumerate() {
                let values = group.fields[number..].iter().step_by(width).zip(group.lines);
                for (field, &line) in values {
                    column.add(field.value(group.bytes, &mut scratch), line, self.missing);
                }
            }
        }
        found.end = records.position();
        found.line_count = records.line();
        Ok(found)
    }

    /// Says what is wrong with a record; `line` is that of the part, counted from 0.
    fn complain(&self, file: usize, bad: &BadRecord, line: u64) -> ScanError {
        let CsvFile { file, header, .. } = &self.files[file];
        let line = line + bad.line + 1;
        let problem = match bad.fault {
            Fault::Width { found } => {
                let expected = header.names.len();
                let fields = if found == 1 { "field" } else { "fields" };
                let model = if self.has_header { "the header" } else { "the first line" };
                let delimiter = display(header.delimiter);
                let help = if found > expected {
                    format!("put a field that holds `{delimiter}` in quotes")
                } else {
                    "is the line cut off?".to_owned()
                };
                format!("has {found} {fields} in line {line}, {model} has {expected}; {help}")
            }
            Fault::Unclosed => {
                format!(
                    "opens a quote in the record of line {line} that is never closed; close it, or write a quote that belongs to a field twice"
                )
            }
            Fault::TooLong => {
                let limit = MAX_RECORD_BYTES / 1024 / 1024;
                format!("has a record in line {line} that is longer than {limit} MiB; is a quote not closed?")
            }
            Fault::NotUtf8 { field, byte } => {
                let column = &header.names[field];
                format!("is not UTF-8: line {line}, column `{column}` holds the byte 0x{byte:02X}; {CONVERT}")
            }
        };
        ScanError::Corrupt { file: file.name.clone(), problem }
    }
}

impl Found {
    fn nothing(start: u64) -> Self {
        Self { start, end: start, rows: 0, line_count: 0, lines: Lines::default(), columns: Vec::new(), bad: None }
    }
}

impl FoundColumn {
    #[inline]
    fn add(&mut self, text: &[u8], line: u64, missing: &Missing) {
        if text.is_empty() {
            self.empty += 1;
            return;
        }
        let kind = self.kinds.add(text, missing);
        if self.kinds.of(kind) <= EXAMPLES as u64 && kind != Kind::Missing {
            self.examples.push((kind, line, beginning(text)));
        }
    }
}

impl Survey {
    /// Adds a part whose place in its file is certain by now.
    fn take_up(&mut self, number: usize, file: &CsvFile, mut found: Found, progress: &mut Progress) {
        let mut missing = Vec::with_capacity(self.columns.len());
        for (column, at) in self.columns.iter_mut().zip(&file.mapping) {
            let Some(at) = *at else {
                missing.push((found.rows, 0));
                continue;
            };
            let more = std::mem::take(&mut found.columns[at]);
            missing.push((more.empty, more.kinds.of(Kind::Missing)));
            column.kinds.merge(&more.kinds);
            for (kind, line, text) in more.examples {
                if column.examples.iter().filter(|(known, _)| *known == kind).count() < EXAMPLES {
                    let line = progress.line + line + 1;
                    column.examples.push((kind, MisfitExample { file: file.file.name.clone(), line, text }));
                }
            }
        }
        if found.rows > 0 {
            found.lines.shift(progress.line + 1);
            let part = Part {
                file: number,
                start: found.start,
                end: found.end,
                rows: found.rows,
                first_row: progress.row,
                lines: found.lines,
            };
            self.units.push(Unit { part, missing });
        }
        progress.position = found.end;
        progress.line += found.line_count;
        progress.row += found.rows;
    }
}
