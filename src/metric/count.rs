//! How many rows are expected, unexpected and missing: the ratio that most expectations need.

use arrow::buffer::BooleanBuffer;

use crate::column::Mask;

/// Counts of the three answers to a predicate.
///
/// Memory: 24 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Rows that comply.
    pub expected: u64,
    /// Rows that do not.
    pub unexpected: u64,
    /// Rows judged neither way.
    pub missing: u64,
}

impl Tally {
    /// Adds the answers for rows that are kept.
    pub fn update(&mut self, mask: &Mask, keep: Option<&BooleanBuffer>) {
        let (expected, unexpected, missing) = mask.count(keep);
        self.merge(Self { expected, unexpected, missing });
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: Self) {
        self.expected += other.expected;
        self.unexpected += other.unexpected;
        self.missing += other.missing;
    }

    /// All rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.expected + self.unexpected + self.missing
    }
}
