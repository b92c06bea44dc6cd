//! Expectations that no suite can name: they tell which rows a condition keeps, and how many.

use super::{Expectation, Inquiry, Stop};
use crate::column::Predicate;
use crate::verdict::Outcome;

/// Marks every row that its condition keeps.
#[derive(Debug, Clone, Copy)]
pub struct MarkKept;

impl Expectation for MarkKept {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        data.mark(Predicate::Constant(false))?;
        Ok(Outcome::of(false))
    }
}

/// Counts the rows that its condition keeps: the observed value.
#[derive(Debug, Clone, Copy)]
pub struct CountKept;

impl Expectation for CountKept {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        Ok(Outcome::observed(true, data.rows()?))
    }
}
