//! The first pass over CSV files: where units begin, how many rows they have, what the values of each column look like.
//!
//! The parts of a file are read on several threads. Whether a line end lies within quotes can only be told from the
//! beginning of the file, so a part begins where a record seems to begin; that is held against the end of the part
//! before it, and a part that began at the wrong place is read again from the right one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::DataType;

use super::header::{Header, display};
use super::kind::{Kind, Kinds, Missing, fits};
use super::record::{Marked, Split, line_end};
use super::records::{BEGIN_BYTES, Fault, Group, Passed, Records, Stop, Wanted};
use crate::ordered::in_order;
use crate::scan::{MisfitExample, ScanError};
use crate::source::encoding::CONVERT;
use crate::source::file::DataFile;
use crate::source::lines::Lines;
use crate::source::malformed::{self, InPart, Malformed, OnMalformed};
use crate::source::misfit::{EXAMPLES, beginning};
use crate::source::part::{Part, Plan};
use crate::source::window::{MAX_RECORD_BYTES, Window};
use crate::spill::Store;

/// How much is looked at where a record seems to begin; the rest where no line ends in that.
const GUESS_BYTES: [u64; 2] = [64 * 1024, 1024 * 1024];

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
    /// The lines that are no rows.
    pub(super) malformed: Malformed,
}

/// A part with rows.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) part: Part,
    /// For each column the number of empty fields and of words for missing values.
    pub(super) missing: Vec<(u64, u64)>,
    /// What is left out of it.
    pub(super) passed: Passed,
}

impl AsRef<Part> for Unit {
    fn as_ref(&self) -> &Part {
        &self.part
    }
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
    /// The types that the user declares, for each column.
    pub(super) declared: &'a [Option<DataType>],
    pub(super) on_malformed: OnMalformed,
    /// Where malformed lines are kept.
    pub(super) kept: Option<&'a Arc<Store>>,
    /// How many columns there are.
    pub(super) width: usize,
    pub(super) has_header: bool,
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
    malformed: InPart,
    passed: Passed,
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
    pub(super) fn survey(&self, plans: &[Plan]) -> Result<Survey, ScanError> {
        let mut survey = self.nothing();
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
                let file = &self.files[plan.file];
                let malformed = std::mem::take(&mut found.malformed);
                survey.malformed.take_up(&file.file.name, progress.line, malformed, self.on_malformed)?;
                survey.take_up(plan.file, file, found, &mut progress);
                Ok(())
            },
        )?;
        survey.malformed.refuse(self.on_malformed, false)?;
        Ok(survey)
    }

    /// Looks at some places of the files; `None` where not all is as it should be there.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn sample(&self, plans: &[Plan]) -> Result<Option<Vec<Column>>, ScanError> {
        let mut survey = self.nothing();
        let look = |number: usize| self.look(&plans[number]);
        let mut is_sound = true;
        in_order(plans.len(), self.threads, look, |number, found| {
            let found = found?;
            is_sound &= found.malformed.count == 0;
            let file = plans[number].file;
            if found.rows > 0 {
                survey.take_up(file, &self.files[file], found, &mut Progress::default());
            }
            Ok::<_, ScanError>(())
        })?;
        Ok(is_sound.then_some(survey.columns))
    }

    fn nothing(&self) -> Survey {
        Survey {
            columns: (0..self.width).map(|_| Column::default()).collect(),
            units: Vec::new(),
            malformed: Malformed::default(),
        }
    }

    /// Reads a part from where it seems to begin.
    fn look(&self, plan: &Plan) -> Result<Found, ScanError> {
        if plan.is_first {
            return self.read(plan, plan.begin);
        }
        match guess(&self.files[plan.file], plan)? {
            Some(start) if start < plan.goal => self.read(plan, start),
            // no line begins here: it is known for sure when the part before this one is
            _ => Ok(Found::nothing(plan.goal)),
        }
    }

    /// Reads a part from a place where a record begins.
    fn read(&self, plan: &Plan, start: u64) -> Result<Found, ScanError> {
        let file = &self.files[plan.file];
        let width = file.header.names.len();
        let window = Window::open(&file.file, start, plan.goal, file.file.length)?;
        let dialect = file.header.dialect;
        let mut records = Records::new(
            window,
            dialect,
            Wanted { fields: (0..width).collect(), width, stop: plan.goal, passed: Passed::default() },
        );

        let mut found = Found { malformed: InPart::keeping(self.kept), ..Found::nothing(start) };
        found.columns = (0..width).map(|_| FoundColumn::default()).collect();
        // the columns of the file whose values have to be of a type
        let declared =
            file.mapping.iter().zip(self.declared).filter_map(|(at, declared)| Some(((*at)?, declared.as_ref()?)));
        let declared: Vec<(usize, &DataType)> = declared.filter(|(_, declared)| **declared != DataType::Utf8).collect();
        let mut scratch = Vec::new();
        loop {
            let group = match records.next() {
                Ok(Some(group)) => group,
                Ok(None) => break,
                Err(Stop::Bad(bad)) => {
                    let text = records.pass_line(if self.kept.is_some() { MAX_RECORD_BYTES } else { BEGIN_BYTES })?;
                    found.pass(bad.line, false, || self.complain(file, &bad.fault), &text)?;
                    if found.malformed.suffices(self.on_malformed) {
                        break;
                    }
                    continue;
                }
                Err(Stop::Failed(error)) => return Err(error),
            };
            let unfit = self.unfit(&group, &declared, &mut found, &file.header)?;
            found.rows += group.lines.len() as u64;
            if unfit.is_empty() {
                found.lines.extend(group.lines);
            } else {
                found.rows -= unfit.len() as u64;
                let fit = group.lines.iter().enumerate().filter(|(row, _)| unfit.binary_search(row).is_err());
                found.lines.extend(&fit.map(|(_, line)| *line).collect::<Vec<_>>());
            }
            for (number, column) in found.columns.iter_mut().enumerate() {
                let values = group.fields[number..].iter().step_by(width).zip(group.lines);
                for (row, (field, &line)) in values.enumerate() {
                    if unfit.is_empty() || unfit.binary_search(&row).is_err() {
                        column.add(field.value(group.bytes, dialect, &mut scratch), line, self.missing);
                    }
                }
            }
            if found.malformed.suffices(self.on_malformed) {
                break;
            }
        }
        found.end = records.position();
        found.line_count = records.line();
        Ok(found)
    }

    /// Finds the rows of a group with values that are not of their declared types, ascending.
    fn unfit(
        &self,
        group: &Group<'_>,
        declared: &[(usize, &DataType)],
        found: &mut Found,
        header: &Header,
    ) -> Result<Vec<usize>, ScanError> {
        let width = header.names.len();
        let mut scratch = Vec::new();
        let mut unfit: BTreeMap<usize, (usize, &DataType)> = BTreeMap::new();
        for (column, data_type) in declared {
            for (row, field) in group.fields[*column..].iter().step_by(width).enumerate() {
                let text = field.value(group.bytes, header.dialect, &mut scratch);
                let kind = if text.is_empty() { Kind::Missing } else { Kinds::default().add(text, self.missing) };
                if kind != Kind::Missing && !fits(kind, data_type) {
                    unfit.entry(row).or_insert((*column, data_type));
                }
            }
        }
        for (row, (column, data_type)) in &unfit {
            let field = group.fields[row * width + column];
            let text = field.value(group.bytes, header.dialect, &mut scratch);
            let name = &header.names[*column];
            let problem = || format!("holds `{}` in column `{name}`, which is no {data_type}", beginning(text));
            found.pass(group.lines[*row], true, problem, group.record(*row, width, header.dialect))?;
        }
        Ok(unfit.into_keys().collect())
    }

    /// Says what is wrong with a record.
    fn complain(&self, file: &CsvFile, fault: &Fault) -> String {
        let header = &file.header;
        match fault {
            Fault::Width { found } => {
                let expected = header.names.len();
                let fields = if *found == 1 { "field" } else { "fields" };
                let model = if self.has_header { "the header" } else { "the first line" };
                let delimiter = display(header.dialect.delimiter);
                let help = if *found > expected && header.dialect.quote.is_some() {
                    format!("put a field that holds `{delimiter}` in quotes")
                } else if *found > expected {
                    format!("a field cannot hold `{delimiter}` where there are no quotes")
                } else {
                    "is the line cut off?".to_owned()
                };
                format!("has {found} {fields}, {model} has {expected}; {help}")
            }
            Fault::Unclosed => {
                "opens a quote that is never closed; close it, or write a quote that belongs to a field twice"
                    .to_owned()
            }
            Fault::GoesOn => {
                "opens a quote that is closed in a later line, before more text; close it, or write a quote that belongs to a \
                 field twice"
                    .to_owned()
            }
            Fault::TooLong => {
                let limit = MAX_RECORD_BYTES / 1024 / 1024;
                format!("begins a record that is longer than {limit} MiB; is a quote not closed?")
            }
            Fault::NotUtf8 { field, byte } => {
                let column = &header.names[*field];
                format!("is not UTF-8: column `{column}` holds the byte 0x{byte:02X}; {CONVERT}")
            }
        }
    }
}

/// Returns where a record seems to begin: behind a line end, where the next records have as many fields as the header.
pub(super) fn guess(file: &CsvFile, plan: &Plan) -> Result<Option<u64>, ScanError> {
    for bytes in GUESS_BYTES {
        if let Some(start) = guess_within(file, plan, bytes)? {
            return Ok(Some(start));
        }
    }
    Ok(None)
}

/// Looks at no more than so many bytes: wherever the part ends, the same is seen of its beginning.
fn guess_within(file: &CsvFile, plan: &Plan, bytes: u64) -> Result<Option<u64>, ScanError> {
    const RECORDS: usize = 4;
    let dialect = file.header.dialect;
    let goal = (plan.begin + bytes).min(file.file.length);
    let mut window = Window::open(&file.file, plan.begin - 1, goal, file.file.length)?;
    window.fill()?;
    let bytes = window.bytes();
    let mut marks = Vec::new();
    dialect.mark(bytes, &mut marks);
    let text = Marked { bytes, marks: &marks, is_last: window.is_last() };
    let mut first = None;
    for end_of_line in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        let candidate = end_of_line + 1;
        if bytes[end_of_line] == b'\r' && bytes.get(candidate) == Some(&b'\n') {
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
            if dialect.is_comment(&bytes[at..]) {
                let Some(end) = line_end(&bytes[at..], window.is_last()) else { break true };
                at += end;
                continue;
            }
            let mut mark = marks.partition_point(|&mark| (mark as usize) < at);
            match dialect.split(text, at, &mut mark, &[], &mut Vec::new()) {
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

impl Found {
    fn nothing(start: u64) -> Self {
        Self {
            start,
            end: start,
            rows: 0,
            line_count: 0,
            lines: Lines::default(),
            columns: Vec::new(),
            malformed: InPart::default(),
            passed: Passed::default(),
        }
    }

    /// Leaves out a line, or a whole record.
    fn pass(
        &mut self,
        line: u64,
        is_record: bool,
        problem: impl FnOnce() -> String,
        text: &[u8],
    ) -> Result<(), ScanError> {
        self.malformed.add(|| malformed::Found {
            line,
            problem: problem(),
            text: String::from_utf8_lossy(text).into_owned(),
        });
        let into = if is_record { &mut self.passed.records } else { &mut self.passed.lines };
        match u32::try_from(line) {
            Ok(line) => into.push(line),
            Err(_) => {
                let problem = "the lines of a part of the data are too many to be counted".to_owned();
                return Err(ScanError::Usage { problem, help: None });
            }
        }
        Ok(())
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
            self.units.push(Unit { part, missing, passed: found.passed });
        }
        progress.position = found.end;
        progress.line += found.line_count;
        progress.row += found.rows;
    }
}
