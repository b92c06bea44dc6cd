//! Whether any row is unexpected: all that is needed where a result is no more than its verdict, and known as soon as one is.

use arrow::buffer::BooleanBuffer;

use super::count::Tally;
use crate::column::Mask;

/// What is known of the answers to a predicate.
///
/// Memory: 2 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Breach {
    /// A row complies or does not: not all are missing.
    pub is_judged: bool,
    /// A row does not comply. Nothing that follows can change that.
    pub is_breached: bool,
}

impl Breach {
    /// Adds the answers for rows that are kept.
    pub fn update(&mut self, mask: &Mask, keep: Option<&BooleanBuffer>) {
        if self.is_breached {
            return;
        }
        let mut tally = Tally::default();
        tally.update(mask, keep);
        self.merge(tally.into());
    }

    /// Adds what is known of other rows.
    pub fn merge(&mut self, other: Self) {
        self.is_judged |= other.is_judged;
        self.is_breached |= other.is_breached;
    }
}

impl From<Tally> for Breach {
    fn from(tally: Tally) -> Self {
        Self { is_judged: tally.expected + tally.unexpected > 0, is_breached: tally.unexpected > 0 }
    }
}
