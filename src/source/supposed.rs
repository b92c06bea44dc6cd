//! Text files that are read once: their types are supposed from a sample, and where units begin from what it looks like
//! there; reading shows whether that holds.
//!
//! What holds is what a first look at all of the file would have found: the sample is part of the file, and each value that
//! follows is held against the type that the sample has. Whatever does not fit (a value, a line that is no record, a unit
//! that begins within quotes) ends the reading with [`ScanError::NotAsSupposed`], and the file is looked at as a whole.

use std::sync::OnceLock;

use super::file::DataFile;
use super::lines::Lines;
use super::part::{Part, Plan};
use crate::ordered::in_order;
use crate::scan::ScanError;

/// How many places of the files are looked at.
const SAMPLE_PLACES: usize = 48;
/// How much at each.
const SAMPLE_BYTES: u64 = 24 * 1024;

/// A unit as it was read: what its records took up of the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// Where the first record begins.
    pub(super) start: u64,
    /// Where the first record begins that belongs to the next unit.
    pub(super) end: u64,
    pub(super) rows: u64,
    pub(super) line_count: u64,
    /// Counted from 0 at the beginning of the unit.
    pub(super) lines: Lines,
}

/// Units that are known when they have been read.
#[derive(Debug)]
pub(super) struct Supposed<T> {
    plans: Vec<Plan>,
    /// What was found in each unit, with what else its reader tells.
    found: Vec<OnceLock<(Found, T)>>,
    parts: OnceLock<Vec<Part>>,
}

impl<T: Send + Sync> Supposed<T> {
    pub(super) fn new(plans: Vec<Plan>) -> Self {
        let found = plans.iter().map(|_| OnceLock::new()).collect();
        Self { plans, found, parts: OnceLock::new() }
    }

    pub(super) fn unit_count(&self) -> usize {
        self.plans.len()
    }

    pub(super) fn plan(&self, unit: usize) -> &Plan {
        &self.plans[unit]
    }

    /// Keeps what was found in a unit; reading it again finds the same.
    pub(super) fn keep(&self, unit: usize, found: Found, more: T) {
        let _ = self.found[unit].set((found, more));
    }

    /// Returns a unit's place in its file, where all have been read.
    pub(super) fn part(&self, unit: usize) -> Option<&Part> {
        self.parts.get().map(|parts| &parts[unit])
    }

    /// Makes sure that each unit begins where the one before ends, reading those that nobody has read yet with `read`,
    /// which keeps what it finds. `first_line` tells how many lines of a file lie before its first record.
    ///
    /// # Errors
    /// What was supposed does not hold, or a file cannot be read.
    pub(super) fn settle(
        &self,
        threads: usize,
        files: &[&DataFile],
        first_line: &dyn Fn(usize) -> u64,
        read: &(dyn Fn(usize) -> Result<(), ScanError> + Sync),
        holds: &dyn Fn(&[&T]) -> bool,
    ) -> Result<(), ScanError> {
        if self.parts.get().is_some() {
            return Ok(());
        }
        let unread: Vec<usize> = (0..self.plans.len()).filter(|&unit| self.found[unit].get().is_none()).collect();
        in_order(unread.len(), threads, |number| read(unread[number]), |_, outcome| outcome)?;

        let mut parts = Vec::with_capacity(self.plans.len());
        let mut told = Vec::with_capacity(self.plans.len());
        let (mut position, mut line, mut row) = (0, 0, 0);
        for (plan, found) in self.plans.iter().zip(&self.found) {
            let fails = || unlike_sample(files[plan.file]);
            let (found, more) = found.get().ok_or_else(fails)?;
            if plan.is_first {
                (position, line, row) = (plan.begin, first_line(plan.file), 0);
            }
            // a record may reach past the unit that follows
            let is_passed = position >= plan.goal;
            if (is_passed && found.rows > 0) || (!is_passed && found.start != position) {
                return Err(fails());
            }
            let mut lines = found.lines.clone();
            lines.shift(line + 1);
            let (start, end) = if is_passed { (position, position) } else { (found.start, found.end) };
            parts.push(Part { file: plan.file, start, end, rows: found.rows, first_row: row, lines });
            told.push(more);
            position = end;
            line += if is_passed { 0 } else { found.line_count };
            row += found.rows;
        }
        if !holds(&told) {
            return Err(unlike_sample(files[self.plans.first().map_or(0, |plan| plan.file)]));
        }
        let _ = self.parts.set(parts);
        Ok(())
    }
}

/// Says that the file is not as its sample looks.
pub(super) fn unlike_sample(file: &DataFile) -> ScanError {
    ScanError::NotAsSupposed { file: file.name.clone() }
}

/// Plans a look at some places of the files, given the units.
pub(super) fn sample(plans: &[Plan]) -> Vec<Plan> {
    let step = plans.len().div_ceil(SAMPLE_PLACES).max(1);
    let picked = plans.iter().step_by(step).chain(plans.last().filter(|_| !(plans.len() - 1).is_multiple_of(step)));
    picked.map(|plan| Plan { goal: plan.goal.min(plan.begin + SAMPLE_BYTES), ..*plan }).collect()
}
