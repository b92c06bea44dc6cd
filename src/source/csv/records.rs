//! Reads the records of a part of a file in groups that lie together in memory.

use super::record::{Dialect, Field, Marked, Split, line_end};
use crate::scan::ScanError;
use crate::source::window::{MAX_RECORD_BYTES, Window};

/// How much of a line is remembered where lines are not kept.
pub(super) const BEGIN_BYTES: usize = 512;
/// A group takes so many bytes at most, unless a record is longer: they, and what is found in them, stay in a processor's
/// cache while they are read column by column.
const GROUP_BYTES: usize = 96 * 1024;

/// What to read from a part.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The numbers of the fields to give, ascending.
    pub(super) fields: Vec<usize>,
    /// How many fields each record must have.
    pub(super) width: usize,
    /// Records that begin at this place of the file or later are left.
    pub(super) stop: u64,
    /// What is left out.
    pub(super) passed: Passed,
}

/// What is left out of a part because it is malformed, by the lines where it begins, counted from 0 at the beginning of the
/// part and ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Passed {
    /// Lines that are no records. Of one that seems to take several lines only the first is left out: a quote too many
    /// takes nothing with it but its own line.
    pub(super) lines: Vec<u32>,
    /// Records with values that are not of their column's type.
    pub(super) records: Vec<u32>,
}

impl Passed {
    fn has_line(&self, line: u64) -> bool {
        !self.lines.is_empty() && u32::try_from(line).is_ok_and(|line| self.lines.binary_search(&line).is_ok())
    }

    fn has_record(&self, line: u64) -> bool {
        !self.records.is_empty() && u32::try_from(line).is_ok_and(|line| self.records.binary_search(&line).is_ok())
    }
}

/// The records of a part, from the beginning of a line on.
pub(super) struct Records {
    window: Window,
    dialect: Dialect,
    wanted: Wanted,
    /// How many bytes are looked at together.
    group_bytes: usize,
    /// How much of the window the last group took up.
    taken: usize,
    /// The line, counted from 0 at the beginning of the part.
    line: u64,
    marks: Vec<u32>,
    fields: Vec<Field>,
    lines: Vec<u64>,
}

/// Records that follow each other.
pub(super) struct Group<'a> {
    /// The bytes that the fields point into.
    pub(super) bytes: &'a [u8],
    /// The wanted fields, record by record.
    pub(super) fields: &'a [Field],
    /// The line where each record begins, counted from 0 at the beginning of the part.
    pub(super) lines: &'a [u64],
}

impl Group<'_> {
    /// Returns a record as it is written, without its line end; all of its `width` fields are among the wanted ones.
    pub(super) fn record(&self, row: usize, width: usize, dialect: Dialect) -> &[u8] {
        let fields = &self.fields[row * width..(row + 1) * width];
        let outer = |field: &Field| field.outer(self.bytes, dialect);
        let start = fields.first().map_or(0, |field| outer(field).start);
        let end = fields.last().map_or(start, |field| outer(field).end);
        &self.bytes[start..end]
    }
}

/// Why there are no more records.
#[derive(Debug)]
pub(super) enum Stop {
    /// The file cannot be read.
    Failed(ScanError),
    /// A record is not as it should be.
    Bad(BadRecord),
}

impl From<ScanError> for Stop {
    fn from(error: ScanError) -> Self {
        Self::Failed(error)
    }
}

/// A record that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadRecord {
    /// Where it begins, counted from 0 at the beginning of the part.
    pub(super) line: u64,
    /// What is wrong.
    pub(super) fault: Fault,
}

/// What can be wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// More or fewer fields than expected.
    Width {
        /// How many there are.
        found: usize,
    },
    /// The data ends within quotes.
    Unclosed,
    /// It is of several lines, and a field goes on behind its closing quote.
    GoesOn,
    /// Longer than anything that is meant to be one record.
    TooLong,
    /// Bytes that are no text.
    NotUtf8 {
        /// In which of the wanted fields, counted from 0.
        field: usize,
        /// The first byte that is at fault.
        byte: u8,
    },
}

/// How a search for records in the window ended.
enum Gathered {
    /// There are enough, or no more.
    Done,
    /// The window ends before the next record does.
    NeedsMore,
    Bad(BadRecord),
    /// What comes next has to be looked at anew.
    Passed,
}

impl Records {
    /// Begins at the window's first byte.
    pub(super) fn new(window: Window, dialect: Dialect, wanted: Wanted) -> Self {
        Self {
            window,
            dialect,
            wanted,
            group_bytes: GROUP_BYTES,
            taken: 0,
            line: 0,
            marks: Vec::new(),
            fields: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Returns where in the file the next record, or a blank line before it, begins.
    pub(super) fn position(&self) -> u64 {
        self.window.position() + self.taken as u64
    }

    /// Returns how many lines have been read.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Goes on behind the line at hand, which is no record; returns it, or so many bytes of its beginning.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn pass_line(&mut self, limit: usize) -> Result<Vec<u8>, ScanError> {
        self.window.consume(std::mem::take(&mut self.taken));
        let mut line = Vec::new();
        loop {
            let bytes = self.window.bytes();
            let end = line_end(bytes, self.window.is_last());
            // the last byte may be the first half of a line end
            let passed = end.unwrap_or(bytes.len().saturating_sub(1));
            line.extend_from_slice(&bytes[..passed.min(limit - line.len())]);
            self.window.consume(passed);
            if end.is_some() {
                self.line += 1;
                let length = line.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(line.len());
                line.truncate(length);
                return Ok(line);
            }
            self.window.fill()?;
        }
    }

    /// Returns the next records; `None` when there are none left.
    ///
    /// # Errors
    /// The file cannot be read, or the next record is bad.
    pub(super) fn next(&mut self) -> Result<Option<Group<'_>>, Stop> {
        self.fields.clear();
        self.lines.clear();
        self.group_bytes = GROUP_BYTES;
        loop {
            self.window.consume(std::mem::take(&mut self.taken));
            let gathered = self.gather();
            // what comes behind the records of this group is met again in the next
            if !self.lines.is_empty() {
                break;
            }
            match gathered {
                Gathered::Done => return Ok(None),
                Gathered::Passed => {}
                Gathered::NeedsMore => {
                    self.window.consume(std::mem::take(&mut self.taken));
                    let available = self.window.bytes().len();
                    if self.group_bytes < available {
                        self.group_bytes *= 2;
                    } else {
                        self.window.fill()?;
                    }
                }
                Gathered::Bad(bad) => return Err(Stop::Bad(bad)),
            }
        }
        Ok(Some(Group { bytes: self.window.bytes(), fields: &self.fields, lines: &self.lines }))
    }

    /// Splits records that lie whole in the bytes that are looked at together.
    fn gather(&mut self) -> Gathered {
        let available = self.window.bytes();
        let bytes = &available[..available.len().min(self.group_bytes)];
        let is_last = self.window.is_last() && bytes.len() == available.len();
        let invalid = self.window.invalid();
        let left = self.wanted.stop.saturating_sub(self.window.position());
        self.dialect.mark(bytes, &mut self.marks);
        let text = Marked { bytes, marks: &self.marks, is_last };
        let wanted = self.wanted.fields.as_slice();
        // what is looked for in single records is not there
        let is_clean = invalid.is_none() && self.wanted.passed.records.is_empty();
        let mut mark = 0;
        while (self.taken as u64) < left {
            let blank = match bytes[self.taken..] {
                [] if is_last => break,
                [] => return Gathered::NeedsMore,
                [b'\r'] if !is_last => return Gathered::NeedsMore,
                [b'\r', b'\n', ..] => 2,
                [b'\r' | b'\n', ..] => 1,
                _ => 0,
            };
            if blank > 0 {
                self.taken += blank;
                self.line += 1;
                mark += blank;
                continue;
            }
            if self.wanted.passed.has_line(self.line) || self.dialect.is_comment(&bytes[self.taken..]) {
                let Some(end) = line_end(&bytes[self.taken..], is_last) else { return Gathered::NeedsMore };
                self.taken += end;
                self.line += 1;
                if invalid.is_some_and(|at| at < self.taken) {
                    return Gathered::Passed;
                }
                mark += self.marks[mark..].partition_point(|&at| (at as usize) < self.taken);
                continue;
            }
            let known = self.fields.len();
            let width = self.wanted.width;
            if is_clean
                && let Some(end) =
                    self.dialect.split_plain(text, self.taken, &mut mark, width, wanted, &mut self.fields)
            {
                self.lines.push(self.line);
                self.line += 1;
                self.taken = end;
                continue;
            }
            let split = self.dialect.split(text, self.taken, &mut mark, wanted, &mut self.fields);
            let (end, width, lines, goes_on) = match split {
                Split::Record { end, width, lines, goes_on } => (end, width, lines, goes_on),
                Split::Incomplete => {
                    self.fields.truncate(known);
                    if bytes.len() - self.taken > MAX_RECORD_BYTES {
                        return Gathered::Bad(BadRecord { line: self.line, fault: Fault::TooLong });
                    }
                    return Gathered::NeedsMore;
                }
                Split::Unclosed => {
                    self.fields.truncate(known);
                    return Gathered::Bad(BadRecord { line: self.line, fault: Fault::Unclosed });
                }
            };
            if width == 1 && self.wanted.width > 1 && self.is_blank(&bytes[self.taken..end]) {
                self.fields.truncate(known);
            } else if let Some(at) = invalid.filter(|&at| at < end) {
                let field = self.fields[known..].iter().position(|field| field.reaches(at)).unwrap_or(0);
                self.fields.truncate(known);
                let fault = Fault::NotUtf8 { field, byte: bytes[at] };
                return Gathered::Bad(BadRecord { line: self.line, fault });
            } else if width != self.wanted.width {
                self.fields.truncate(known);
                return Gathered::Bad(BadRecord { line: self.line, fault: Fault::Width { found: width } });
            } else if goes_on && lines > 1 {
                self.fields.truncate(known);
                return Gathered::Bad(BadRecord { line: self.line, fault: Fault::GoesOn });
            } else if self.wanted.passed.has_record(self.line) {
                self.fields.truncate(known);
            } else {
                self.lines.push(self.line);
            }
            self.line += lines;
            self.taken = end;
        }
        Gathered::Done
    }

    /// Whether a line holds nothing but white space; among several columns that is no record, as in pandas.
    fn is_blank(&self, record: &[u8]) -> bool {
        record.iter().all(|&byte| byte != self.dialect.delimiter && matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
    }
}
