//! The expectation that no row meets, which no suite can name: it tells which rows a condition keeps.

use super::{Expectation, Inquiry, Stop};
use crate::column::Predicate;
use crate::verdict::Outcome;

/// Marks every row that its condition keeps.
#[derive(Debug, Clone, Copy)]
pub struct EveryRow;

impl Expectation for EveryRow {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        data.mark(Predicate::Constant(false))?;
        Ok(Outcome::of(false))
    }
}
