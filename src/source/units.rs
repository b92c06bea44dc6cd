//! The units of texts: known after a look at all of them, or supposed until they have been read.

use super::file::DataFile;
use super::part::Part;
use super::supposed::{Supposed, unlike_sample};
use crate::scan::{Place, ScanError};

/// Units that a first look has found, or that are supposed, each with what a reader tells of it.
#[derive(Debug)]
pub(super) enum Units<U, T> {
    /// All has been looked at.
    Known(Vec<U>),
    /// They are known when they have been read.
    Supposed(Box<Once<T>>),
}

/// Units that are read once.
#[derive(Debug)]
pub(super) struct Once<T> {
    pub(super) units: Supposed<T>,
    /// Whether each column is held against what is supposed of it; the others are not to be asked for.
    pub(super) is_relevant: Vec<bool>,
}

impl<U: AsRef<Part>, T: Send + Sync> Units<U, T> {
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Known(units) => units.len(),
            Self::Supposed(once) => once.units.unit_count(),
        }
    }

    /// Returns a unit's place in its file, where that is known.
    pub(super) fn part(&self, unit: usize) -> Option<&Part> {
        match self {
            Self::Known(units) => Some(units[unit].as_ref()),
            Self::Supposed(once) => once.units.part(unit),
        }
    }

    /// Returns the number of a unit's file.
    pub(super) fn file(&self, unit: usize) -> usize {
        match self {
            Self::Known(units) => units[unit].as_ref().file,
            Self::Supposed(once) => once.units.plan(unit).file,
        }
    }

    /// Returns how many rows a unit of this file has.
    ///
    /// # Errors
    /// It has not been read yet.
    pub(super) fn rows(&self, unit: usize, file: &DataFile) -> Result<u64, ScanError> {
        self.part(unit).map(|part| part.rows).ok_or_else(|| unlike_sample(file))
    }

    /// Returns how many bytes of its file a unit takes up.
    pub(super) fn weight(&self, unit: usize) -> u64 {
        match self {
            Self::Known(units) => units[unit].as_ref().end - units[unit].as_ref().start,
            Self::Supposed(once) => once.units.plan(unit).goal - once.units.plan(unit).begin,
        }
    }

    /// Returns the place of a unit's row in its file.
    pub(super) fn place(&self, unit: usize, row: u64, file: &DataFile) -> Place {
        let first_row = self.part(unit).map_or(0, |part| part.first_row);
        Place { file: file.name.as_str().into(), row: first_row + row }
    }

    /// Returns the line of the file where a unit's row begins, where that is known.
    pub(super) fn line(&self, unit: usize, row: u64) -> Option<u64> {
        let part = self.part(unit)?;
        (row < part.rows).then(|| part.lines.of(row)).flatten()
    }
}

impl<T> Once<T> {
    /// Refuses columns of which nothing is supposed. What lies beyond the columns are their texts.
    ///
    /// # Errors
    /// One of them is no relevant column.
    pub(super) fn refuse_others(&self, columns: &[usize], file: &DataFile) -> Result<(), ScanError> {
        let is_relevant = |column: &usize| self.is_relevant[column % self.is_relevant.len()];
        if columns.iter().all(is_relevant) { Ok(()) } else { Err(unlike_sample(file)) }
    }
}
