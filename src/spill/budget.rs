//! The one budget that everything of a run shares that can grow.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Less than this is not worth being careful about: a smaller limit counts as this one.
const LEAST_BYTES: u64 = 1 << 20;

/// Partitions and runs take some memory however little is written of them.
const LEAST_SPILLED_BYTES: usize = 1 << 16;

/// Bytes that states, sets of keys and batches in flight may take together, what they take, and where the rest goes.
#[derive(Debug)]
pub struct Budget {
    limit_bytes: u64,
    taken_bytes: AtomicU64,
    /// What cannot be written to disk.
    pinned_bytes: AtomicU64,
    /// What sets of keys take that are to be there at the same time.
    set_bytes: AtomicU64,
    folder: PathBuf,
    /// All that can be is spilled at once.
    is_eager: bool,
}

impl Budget {
    /// Makes a budget that spills to the system's folder of temporary files.
    #[must_use]
    pub fn new(limit_bytes: u64) -> Self {
        let folder = std::env::temp_dir();
        let [taken_bytes, pinned_bytes, set_bytes] = [const { AtomicU64::new(0) }; 3];
        Self { limit_bytes, taken_bytes, pinned_bytes, set_bytes, folder, is_eager: false }
    }

    /// Spills to another folder.
    #[must_use]
    pub fn spilling_to(self, folder: PathBuf) -> Self {
        Self { folder, ..self }
    }

    /// Spills all that can be after every batch, reads it back in the smallest parts and divides sets of keys into as many
    /// as there can be, whatever the limit: what comes of it must be the same, which tests want to see.
    #[must_use]
    pub fn eager(self) -> Self {
        Self { is_eager: true, ..self }
    }

    /// The limit that was set.
    #[must_use]
    pub fn limit_bytes(&self) -> u64 {
        self.limit_bytes
    }

    /// Where what does not fit is written.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn limit(&self) -> u64 {
        self.limit_bytes.max(LEAST_BYTES)
    }

    /// Tells whether so much is taken that states are to spill: an eighth is left for what they are read back with.
    #[must_use]
    pub fn is_tight(&self) -> bool {
        self.is_eager || self.taken_bytes.load(Ordering::Relaxed) > self.limit() - self.limit() / 8
    }

    /// A state that gives back less than this is not worth spilling.
    #[must_use]
    pub fn least_spilled_bytes(&self) -> usize {
        if self.is_eager { 1 } else { LEAST_SPILLED_BYTES }
    }

    /// Tells whether more than half is taken: too much for values that are only kept in case they are asked about.
    #[must_use]
    pub fn is_half_taken(&self) -> bool {
        self.is_eager || self.taken_bytes.load(Ordering::Relaxed) > self.limit() / 2
    }

    /// Tells whether more is taken than there is by what cannot be written to disk.
    #[must_use]
    pub fn is_overdrawn(&self) -> bool {
        self.pinned_bytes.load(Ordering::Relaxed) > self.limit()
    }

    /// How many bytes are not taken.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.limit().saturating_sub(self.taken_bytes.load(Ordering::Relaxed))
    }

    /// How many bytes one of several threads may take to read back a part of a state.
    #[must_use]
    pub fn reading_bytes(&self, threads: usize) -> u64 {
        if self.is_eager { 0 } else { self.limit() / 8 / threads.max(1) as u64 }
    }

    /// How many bytes one set of keys may take that rows are looked up in.
    #[must_use]
    pub fn set_bytes(&self) -> u64 {
        if self.is_eager { 64 } else { self.limit() / 4 }
    }

    /// Takes room for a set of keys; `None` where other sets have to go first.
    pub fn reserve_set(self: &Arc<Self>, bytes: u64) -> Option<Charge> {
        let before = self.set_bytes.load(Ordering::Relaxed);
        if before > 0 && (self.is_eager || before.saturating_add(bytes) > self.limit() / 2) {
            return None;
        }
        let mut charge = Charge::new(self);
        adjust(&self.set_bytes, &mut charge.set_bytes, bytes);
        Some(charge)
    }
}

/// What one holder takes of a budget; given back when it is dropped.
#[derive(Debug)]
pub struct Charge {
    budget: Arc<Budget>,
    bytes: u64,
    pinned_bytes: u64,
    set_bytes: u64,
}

impl Charge {
    /// Takes nothing yet.
    #[must_use]
    pub fn new(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), bytes: 0, pinned_bytes: 0, set_bytes: 0 }
    }

    /// Tells how many bytes the holder takes now, and how many of them cannot be written to disk.
    pub fn set(&mut self, bytes: u64, pinned_bytes: u64) {
        adjust(&self.budget.taken_bytes, &mut self.bytes, bytes);
        adjust(&self.budget.pinned_bytes, &mut self.pinned_bytes, pinned_bytes);
    }

    /// Takes over what another holder took that is now part of this one.
    pub fn absorb(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
        self.pinned_bytes += std::mem::take(&mut other.pinned_bytes);
    }
}

fn adjust(total: &AtomicU64, before: &mut u64, now: u64) {
    if now >= *before {
        total.fetch_add(now - *before, Ordering::Relaxed);
    } else {
        total.fetch_sub(*before - now, Ordering::Relaxed);
    }
    *before = now;
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0, 0);
        adjust(&self.budget.set_bytes, &mut self.set_bytes, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_eighths_may_be_taken_and_not_a_byte_more() {
        let budget = Arc::new(Budget::new(8 << 20));
        let [mut one, mut other] = [Charge::new(&budget), Charge::new(&budget)];
        one.set(6 << 20, 0);
        other.set(1 << 20, 0);
        assert!(!budget.is_tight());
        other.set((1 << 20) + 1, 0);
        assert!(budget.is_tight() && !budget.is_overdrawn());
        other.set(0, 0);
        assert!(!budget.is_tight());
        assert_eq!(budget.left(), 2 << 20);
    }

    #[test]
    fn what_is_dropped_or_absorbed_is_counted_once() {
        let budget = Arc::new(Budget::new(0));
        let [mut one, mut other] = [Charge::new(&budget), Charge::new(&budget)];
        one.set(600_000, 600_000);
        other.set(400_000, 448_577);
        one.absorb(other);
        assert!(budget.is_overdrawn());
        one.set(1_000_000, 1_000_000);
        assert!(!budget.is_overdrawn());
        drop(one);
        assert_eq!(budget.left(), LEAST_BYTES);
    }
}
