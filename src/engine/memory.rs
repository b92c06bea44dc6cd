//! The one budget that all growing states of a run share.

use std::sync::Arc;
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
}

/// What one state takes of a budget; given back when it is dropped.
#[derive(Debug)]
pub struct Charge {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Charge {
    /// Takes nothing yet.
    #[must_use]
    pub fn new(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), bytes: 0 }
    }

    /// Tells that the state now takes so many bytes; false where it grew and the limit is passed.
    #[must_use]
    pub fn set(&mut self, bytes: u64) -> bool {
        let taken = &self.budget.taken_bytes;
        let before = std::mem::replace(&mut self.bytes, bytes);
        if bytes <= before {
            taken.fetch_sub(before - bytes, Ordering::Relaxed);
            return true;
        }
        let more = bytes - before;
        taken.fetch_add(more, Ordering::Relaxed).saturating_add(more) <= self.budget.limit_bytes
    }

    /// Takes over what another state took that is now part of this one.
    pub fn absorb(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.taken_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_may_be_taken_and_not_a_byte_more() {
        let budget = Arc::new(Budget::new(100));
        let [mut one, mut other] = [Charge::new(&budget), Charge::new(&budget)];
        assert!(one.set(60) && other.set(40));
        assert!(!other.set(41));
        // who does not grow does not pass the limit
        assert!(one.set(60) && other.set(10) && one.set(90));
    }

    #[test]
    fn what_is_dropped_or_absorbed_is_counted_once() {
        let budget = Arc::new(Budget::new(100));
        let [mut one, mut other] = [Charge::new(&budget), Charge::new(&budget)];
        assert!(one.set(60) && other.set(40));
        one.absorb(other);
        assert!(one.set(100));
        drop(one);
        assert!(Charge::new(&budget).set(100));
    }
}
