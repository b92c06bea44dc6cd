//! Lines that are no rows: too many fields, broken JSON, bytes that are no text, a text where a number was declared.
//!
//! Each is judged by itself. Either one is enough to refuse the data, or they are counted and left out, and the rest is read
//! as if they were not there.

use std::io;
use std::sync::Arc;

use super::kept_lines::KeptLines;
use super::misfit::{EXAMPLES, beginning};
use crate::scan::{OtherLine, ScanError};
use crate::spill::{SpillError, Store};

/// How many malformed lines a refusal names.
const NAMED: usize = 5;

/// What to do about malformed lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnMalformed {
    /// Refuse the data, and name the first of them.
    #[default]
    Fail,
    /// Count them, and judge the rest.
    Count,
}

/// A malformed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedLine {
    /// The file as the user knows it.
    pub file: String,
    /// The line, 1-based; where a record takes several, the first.
    pub line: u64,
    /// What is wrong with it: `has 3 fields, the header has 2`.
    pub problem: String,
    /// How it begins; all of it where lines are kept.
    pub text: String,
}

/// The malformed lines of a dataset.
#[derive(Debug, Clone, Default)]
pub struct Malformed {
    /// How many there are.
    pub count: u64,
    /// The first of them, in input order.
    pub examples: Vec<MalformedLine>,
    /// All of them, where they are kept: file, line at which a part of it begins, and the lines of that part.
    kept: Vec<(String, u64, KeptLines)>,
}

/// A malformed line of a part, counted from 0 at the beginning of the part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) line: u64,
    pub(super) problem: String,
    /// All of it.
    pub(super) text: String,
}

/// The malformed lines of a part.
#[derive(Debug, Default)]
pub(super) struct InPart {
    pub(super) count: u64,
    /// The first of them, with no more than the beginnings of their texts.
    pub(super) first: Vec<Found>,
    kept: Option<KeptLines>,
}

impl InPart {
    /// Keeps all lines, where there is a temporary file for them.
    pub(super) fn keeping(store: Option<&Arc<Store>>) -> Self {
        Self { kept: store.map(|store| KeptLines::new(Arc::clone(store))), ..Self::default() }
    }

    /// Adds a line, of which no more is made than is shown or kept.
    pub(super) fn add(&mut self, found: impl FnOnce() -> Found) {
        self.count += 1;
        let is_shown = self.first.len() < EXAMPLES;
        if !is_shown && self.kept.is_none() {
            return;
        }
        let found = found();
        if let Some(kept) = &mut self.kept {
            kept.add(&found);
        }
        if is_shown {
            self.first.push(Found { text: beginning(found.text.as_bytes()), ..found });
        }
    }

    /// Whether enough is known to refuse the data.
    pub(super) fn suffices(&self, mode: OnMalformed) -> bool {
        mode == OnMalformed::Fail && self.count >= NAMED as u64
    }
}

impl Malformed {
    /// Takes up the lines of a part of a file that begins at this line (counted from 0).
    ///
    /// # Errors
    /// They are refused, and there are enough of them to say so.
    pub(super) fn take_up(&mut self, file: &str, line: u64, part: InPart, mode: OnMalformed) -> Result<(), ScanError> {
        self.count += part.count;
        if let Some(mut kept) = part.kept.filter(|_| part.count > 0) {
            kept.finish().map_err(|error| unwritable(&error))?;
            self.kept.push((file.to_owned(), line, kept));
        }
        for Found { line: at, problem, text } in part.first {
            if self.examples.len() < EXAMPLES {
                self.examples.push(MalformedLine { file: file.to_owned(), line: line + at + 1, problem, text });
            }
        }
        if self.examples.len() >= NAMED { self.refuse(mode, true) } else { Ok(()) }
    }

    /// Returns all of them in input order, where they are kept.
    pub fn kept(&self) -> impl Iterator<Item = Result<MalformedLine, SpillError>> + '_ {
        self.kept.iter().flat_map(|(file, start, lines)| {
            lines.read().map(move |found| {
                let Found { line, problem, text } = found?;
                Ok(MalformedLine { file: file.clone(), line: start + line + 1, problem, text })
            })
        })
    }

    /// Refuses data with malformed lines, where they are not to be counted; `is_open` says that more may follow.
    ///
    /// # Errors
    /// There are some.
    pub(super) fn refuse(&self, mode: OnMalformed, is_open: bool) -> Result<(), ScanError> {
        let Some(first) = self.examples.first().filter(|_| mode == OnMalformed::Fail) else { return Ok(()) };
        let problem = |line: &MalformedLine| format!("line {} {}", line.line, line.problem);
        let other =
            |other: &MalformedLine| OtherLine { file: other.file.clone(), line: other.line, problem: problem(other) };
        Err(ScanError::Malformed {
            file: first.file.clone(),
            line: first.line,
            problem: problem(first),
            others: self.examples.iter().take(NAMED).skip(1).map(other).collect(),
            is_open: is_open || self.count > NAMED as u64,
        })
    }
}

fn unwritable(error: &SpillError) -> ScanError {
    ScanError::Spill { folder: error.folder.display().to_string(), cause: io::Error::other(error.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(lines: &[u64]) -> InPart {
        let mut part = InPart::default();
        for line in lines {
            part.add(|| Found { line: *line, problem: "is wrong".to_owned(), text: String::new() });
        }
        part
    }

    #[test]
    fn the_first_lines_are_named_and_enough_is_enough() {
        let mut malformed = Malformed::default();
        malformed.take_up("a", 10, part(&[0, 2]), OnMalformed::Fail).expect("there may be more to say");
        let error = malformed.refuse(OnMalformed::Fail, false).expect_err("there are two");
        assert_eq!(error.to_string(), "`a` line 11 is wrong");
        let ScanError::Malformed { others, is_open, .. } = error else { panic!("another error") };
        let other =
            |file: &str, line| OtherLine { file: file.to_owned(), line, problem: format!("line {line} is wrong") };
        assert_eq!((others, is_open), (vec![other("a", 13)], false));
        let error = malformed.take_up("b", 0, part(&[0, 1, 2, 3]), OnMalformed::Fail).expect_err("there are six");
        let ScanError::Malformed { others, is_open, .. } = error else { panic!("another error") };
        let expected = vec![other("a", 13), other("b", 1), other("b", 2), other("b", 3)];
        assert_eq!((others, is_open), (expected, true));
    }

    #[test]
    fn what_is_counted_is_remembered_by_its_first_lines() {
        let mut malformed = Malformed::default();
        for start in [0, 100] {
            malformed
                .take_up("a", start, part(&(0..8).collect::<Vec<_>>()), OnMalformed::Count)
                .expect("they are counted");
        }
        assert_eq!((malformed.count, malformed.examples.len(), malformed.examples[9].line), (16, 10, 102));
        assert!(malformed.refuse(OnMalformed::Count, false).is_ok());
    }
}
