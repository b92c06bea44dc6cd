//! Reads the lines of a part of an NDJSON file. A JSON text never holds a line end, so that a line is a record.

use memchr::memchr;

use crate::scan::ScanError;
use crate::source::encoding::CONVERT;
use crate::source::location::DataFile;
use crate::source::part::Plan;
use crate::source::window::{MAX_RECORD_BYTES, Window};

/// The lines that begin in a part.
pub(super) struct JsonLines {
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
}

impl From<ScanError> for Stop {
    fn from(error: ScanError) -> Self {
        Self::Failed(error)
    }
}

impl JsonLines {
    /// Finds the first line that begins in a planned part.
    pub(super) fn find(file: &DataFile, plan: &Plan) -> Result<Self, ScanError> {
        if plan.is_first {
            return Self::open(file, plan.begin, plan.goal);
        }
        // a line begins behind the end of another, which may be the last byte before the part
        let mut lines = Self::open(file, plan.begin - 1, plan.goal)?;
        let window = &mut lines.window;
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
        Ok(lines)
    }

    /// Begins where a line begins, and reads those that begin before `stop`.
    pub(super) fn open(file: &DataFile, start: u64, stop: u64) -> Result<Self, ScanError> {
        let window = Window::open(&file.path, &file.name, start, stop, file.size_bytes)?;
        Ok(Self { window, stop, line: 0, current: 0 })
    }

    /// Returns where in the file the next line begins.
    pub(super) fn position(&self) -> u64 {
        self.window.position() + self.current as u64
    }

    /// Returns how many lines have been read, blank ones too.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Returns the next line that is not blank with its number, counted from 0 at the beginning of the part.
    ///
    /// # Errors
    /// The file cannot be read, or the line is too long or no UTF-8.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &str)>, Stop> {
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
        let line = self.line - 1;
        let bytes = &self.window.bytes()[..self.current];
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some((line, text))),
            Err(error) => {
                let at = error.valid_up_to();
                let problem = format!("is not UTF-8: its byte {} is 0x{:02X}; {CONVERT}", at + 1, bytes[at]);
                Err(Stop::Bad(BadLine { line, problem }))
            }
        }
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
                let problem = format!("is longer than {} MiB", MAX_RECORD_BYTES / 1024 / 1024);
                return Err(Stop::Bad(BadLine { line: self.line, problem }));
            }
            searched = bytes.len();
            self.window.fill()?;
        }
    }
}
