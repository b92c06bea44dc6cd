//! Reads the records of a part of a JSON file: its lines, as a JSON text need not hold a line end, or the elements of an array.

use memchr::memchr;

use super::elements::Elements;
use crate::scan::ScanError;
use crate::source::encoding::CONVERT;
use crate::source::file::DataFile;
use crate::source::part::Plan;
use crate::source::window::{MAX_RECORD_BYTES, Window};

/// How a file holds its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One a line.
    Lines,
    /// As the elements of one array.
    Array,
}

/// The records of a part.
pub(super) enum Records {
    Lines(JsonLines),
    Elements(Elements),
}

impl Records {
    /// Finds the first record that begins in a planned part.
    pub(super) fn find(file: &DataFile, layout: Layout, plan: &Plan) -> Result<Self, ScanError> {
        Ok(match layout {
            Layout::Lines => Self::Lines(JsonLines::find(file, plan)?),
            // the parts of an array are planned with a record at the beginning of each
            Layout::Array => Self::Elements(Elements::open(file, plan.begin, plan.goal)?),
        })
    }

    /// Begins where a record begins, and reads those that begin before `stop`.
    pub(super) fn open(file: &DataFile, layout: Layout, start: u64, stop: u64) -> Result<Self, ScanError> {
        Ok(match layout {
            Layout::Lines => Self::Lines(JsonLines::open(file, start, stop)?),
            Layout::Array => Self::Elements(Elements::open(file, start, stop)?),
        })
    }

    /// Returns where in the file the last record ends.
    pub(super) fn position(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.position(),
            Self::Elements(elements) => elements.position(),
        }
    }

    /// Returns how many lines have been read, blank ones too.
    pub(super) fn line(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.line(),
            Self::Elements(elements) => elements.line(),
        }
    }

    /// Returns the next record with the line where it begins, counted from 0 at the beginning of the part.
    ///
    /// # Errors
    /// The file cannot be read, or the record is too long or no UTF-8.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &str)>, Stop> {
        let next = match self {
            Self::Lines(lines) => lines.next()?,
            Self::Elements(elements) => elements.next()?,
        };
        let Some((line, bytes)) = next else { return Ok(None) };
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some((line, text))),
            Err(error) => {
                let at = error.valid_up_to();
                let problem = format!("is not UTF-8: its byte {} is 0x{:02X}; {CONVERT}", at + 1, bytes[at]);
                Err(Stop::Bad(BadLine { line, problem, text: bytes.to_vec() }))
            }
        }
    }
}

/// The lines that begin in a part.
pub(super) struct JsonLines {
    file: DataFile,
    window: Window,
    stop: u64,
    /// How many lines have been read, blank ones too.
    line: u64,
    /// How much of the window the current line takes up.
    current: usize,
}

/// Why there are no more lines.
#[derive(Debug)]
pub(super) enum Stop {
    /// The file cannot be read.
    Failed(ScanError),
    /// A line is not as it should be.
    Bad(BadLine),
}

/// A line that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadLine {
    /// The line, counted from 0 at the beginning of the part.
    pub(super) line: u64,
    /// What is wrong: `holds no JSON object`, and why.
    pub(super) problem: String,
    /// All of it.
    pub(super) text: Vec<u8>,
}

impl From<ScanError> for Stop {
    fn from(error: ScanError) -> Self {
        Self::Failed(error)
    }
}

/// Opens a file where the first line begins that begins in a planned part.
pub(super) fn find(file: &DataFile, plan: &Plan) -> Result<Window, ScanError> {
    if plan.is_first {
        return Window::open(file, plan.begin, plan.goal, file.length);
    }
    // a line begins behind the end of another, which may be the last byte before the part
    let mut window = Window::open(file, plan.begin - 1, plan.goal, file.length)?;
    while window.position() < plan.goal {
        if let Some(end) = memchr(b'\n', window.bytes()) {
            window.consume(end + 1);
            break;
        }
        window.consume(window.bytes().len());
        if window.is_last() {
            break;
        }
        window.fill()?;
    }
    Ok(window)
}

impl JsonLines {
    /// Finds the first line that begins in a planned part.
    fn find(file: &DataFile, plan: &Plan) -> Result<Self, ScanError> {
        Ok(Self { file: file.clone(), window: find(file, plan)?, stop: plan.goal, line: 0, current: 0 })
    }

    /// Begins where a line begins, and reads those that begin before `stop`.
    fn open(file: &DataFile, start: u64, stop: u64) -> Result<Self, ScanError> {
        let window = Window::open(file, start, stop, file.length)?;
        Ok(Self { file: file.clone(), window, stop, line: 0, current: 0 })
    }

    /// Returns where in the file the next line begins.
    fn position(&self) -> u64 {
        self.window.position() + self.current as u64
    }

    /// Returns how many lines have been read, blank ones too.
    fn line(&self) -> u64 {
        self.line
    }

    /// Returns the next line that is not blank with its number, counted from 0 at the beginning of the part.
    ///
    /// # Errors
    /// The file cannot be read, or the line is too long.
    fn next(&mut self) -> Result<Option<(u64, &[u8])>, Stop> {
        loop {
            self.window.consume(std::mem::take(&mut self.current));
            if self.window.position() >= self.stop || !self.take()? {
                return Ok(None);
            }
            self.line += 1;
            if !self.window.bytes()[..self.current].trim_ascii().is_empty() {
                break;
            }
        }
        Ok(Some((self.line - 1, self.window.bytes()[..self.current].trim_ascii_end())))
    }

    /// Brings a whole line into the window; false at the end of the file.
    fn take(&mut self) -> Result<bool, Stop> {
        let mut searched = 0;
        loop {
            let bytes = self.window.bytes();
            if let Some(end) = memchr(b'\n', &bytes[searched..]) {
                self.current = searched + end + 1;
                return Ok(true);
            }
            if self.window.is_last() {
                self.current = bytes.len();
                return Ok(!bytes.is_empty());
            }
            if bytes.len() > MAX_RECORD_BYTES {
                let problem = format!("line {} is longer than {} MiB", self.line + 1, MAX_RECORD_BYTES / 1024 / 1024);
                return Err(Stop::Failed(self.file.corrupt(problem)));
            }
            searched = bytes.len();
            self.window.fill()?;
        }
    }
}
