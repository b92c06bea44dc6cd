//! The one budget that all growing states of a run share.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that states may take together, and what they take.
#[derive(Debug)]
pub struct Budget {
    limit_bytes: u64,
    taken_bytes: AtomicU64,
}

impl Budget {
    /// Makes a budget.
    #[must_use]
    pub fn new(limit_bytes: u64) -> Self {
        Self { limit_bytes, taken_bytes: AtomicU64::new(0) }
    }

    /// The limit.
    #[must_use]
    pub fn limit_bytes(&self) -> u64 {
        self.limit_bytes
    }

    /// Tells that a state now takes `now` bytes and took `before`; false where the limit is passed.
    #[must_use]
    pub fn resize(&self, before: u64, now: u64) -> bool {
        if now >= before {
            let more = now - before;
            self.taken_bytes.fetch_add(more, Ordering::Relaxed).saturating_add(more) <= self.limit_bytes
        } else {
            self.taken_bytes.fetch_sub(before - now, Ordering::Relaxed);
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_may_be_taken_and_not_a_byte_more() {
        let budget = Budget::new(100);
        assert!(budget.resize(0, 60) && budget.resize(0, 40));
        assert!(!budget.resize(40, 41));
        assert!(budget.resize(41, 10) && budget.resize(60, 90));
    }
}
