//! Values in sorted runs: each is filled, sorted, and written to disk when memory is short.
//!
//! The value at a rank is found by narrowing down a range in each run, as a binary search does in one; of a run on disk
//! the first value of each page is known, and one page is held. All values in order come from joining the runs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::i256;

use crate::spill::{Extent, SpillError, Store};

/// How many bytes of values are sorted at once.
const MOST_RUN_BYTES: usize = 32 << 20;
/// How much of a run is read at once: a sixteenth, but no less and no more than this.
const LEAST_PAGE_BYTES: usize = 1 << 9;
const MOST_PAGE_BYTES: usize = 1 << 16;

/// What runs are made of.
pub trait Ranked: Copy + Ord + fmt::Debug {
    /// How many bytes it has on disk.
    const BYTES: usize;

    /// Appends its bytes.
    fn write(self, into: &mut Vec<u8>);

    /// Reads it from its bytes.
    fn read(bytes: &[u8]) -> Self;
}

impl Ranked for u64 {
    const BYTES: usize = 8;

    fn write(self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Self {
        bytes.first_chunk().map_or(0, |bytes| Self::from_le_bytes(*bytes))
    }
}

impl Ranked for i256 {
    const BYTES: usize = 32;

    fn write(self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Self {
        bytes.first_chunk().map_or(Self::ZERO, |bytes| Self::from_le_bytes(*bytes))
    }
}

/// Values in sorted runs.
///
/// Memory: the values, until they are spilled; then a value for each page, and a page for each run, which is a sixteenth of it
/// or 64 KiB.
#[derive(Debug)]
pub struct Runs<T> {
    /// Not sorted yet.
    open: Vec<T>,
    closed: Vec<Run<T>>,
    /// The values of runs in memory.
    held: usize,
    /// What runs on disk take in memory, in bytes.
    spilled_bytes: usize,
}

#[derive(Debug)]
enum Run<T> {
    Held(Vec<T>),
    Spilled(SpilledRun<T>),
}

#[derive(Debug)]
struct SpilledRun<T> {
    extent: Extent,
    len: usize,
    per_page: usize,
    /// The first value of each page.
    firsts: Vec<T>,
    /// The page that was read last, and its number.
    page: Mutex<(usize, Vec<T>)>,
}

impl<T> Default for Runs<T> {
    fn default() -> Self {
        Self { open: Vec::new(), closed: Vec::new(), held: 0, spilled_bytes: 0 }
    }
}

impl<T: Ranked> Runs<T> {
    /// Adds a value that occurs so often.
    pub fn add(&mut self, value: T, times: u64) {
        let most = MOST_RUN_BYTES / size_of::<T>();
        let mut times = usize::try_from(times).unwrap_or(usize::MAX);
        while times > 0 {
            let fitting = times.min(most - self.open.len());
            self.open.extend(std::iter::repeat_n(value, fitting));
            times -= fitting;
            if self.open.len() == most {
                self.close();
            }
        }
    }

    /// Sorts the values of the open run and begins another one.
    pub fn close(&mut self) {
        let mut run = std::mem::take(&mut self.open);
        if !run.is_empty() {
            run.sort_unstable();
            self.held += run.capacity();
            self.closed.push(Run::Held(run));
        }
    }

    /// Joins runs in memory where together they are no longer than one may be: one is looked up in at once.
    pub fn join(&mut self) {
        self.close();
        let is_held = self.closed.iter().all(|run| matches!(run, Run::Held(_)));
        if self.closed.len() < 2 || !is_held || self.held * size_of::<T>() > MOST_RUN_BYTES {
            return;
        }
        for run in std::mem::take(&mut self.closed) {
            if let Run::Held(values) = run {
                self.open.extend(values);
            }
        }
        self.held = 0;
        self.close();
    }

    /// Tells whether all values are in one run in memory.
    #[must_use]
    pub fn is_one(&self) -> bool {
        matches!(self.closed[..], [] | [Run::Held(_)])
    }

    /// Adds other values.
    pub fn merge(&mut self, mut other: Self) {
        // open runs of one size are kept apart: they are sorted alone, and one of them may be empty
        other.close();
        self.held += other.held;
        self.spilled_bytes += other.spilled_bytes;
        self.closed.append(&mut other.closed);
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.open.len() as u64 + self.closed.iter().map(|run| run.len() as u64).sum::<u64>()
    }

    /// Bytes of memory that spilling gives back.
    #[must_use]
    pub fn spillable(&self) -> usize {
        (self.open.capacity() + self.held) * size_of::<T>()
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        self.spillable() + self.spilled_bytes
    }

    /// Writes all values to disk.
    ///
    /// # Errors
    /// The file cannot be made or written to.
    pub fn spill(&mut self, store: &Arc<Store>) -> Result<(), SpillError> {
        self.close();
        for run in &mut self.closed {
            let Run::Held(values) = run else { continue };
            let mut bytes = Vec::with_capacity(MOST_RUN_BYTES.min(values.len() * T::BYTES));
            for value in values.iter() {
                value.write(&mut bytes);
            }
            let extent = store.append(&[&bytes])?;
            let page_bytes = (bytes.len() / 16).next_power_of_two().clamp(LEAST_PAGE_BYTES, MOST_PAGE_BYTES);
            let per_page = page_bytes / T::BYTES;
            let firsts: Vec<T> = values.iter().step_by(per_page).copied().collect();
            self.spilled_bytes += size_of::<Run<T>>() + (firsts.len() + per_page) * size_of::<T>();
            let page = Mutex::new((usize::MAX, Vec::new()));
            *run = Run::Spilled(SpilledRun { extent, len: values.len(), per_page, firsts, page });
        }
        self.held = 0;
        Ok(())
    }

    /// Returns the value at a rank, 0-based, once closed; `None` beyond the last.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn at(&self, rank: u64) -> Result<Option<T>, SpillError> {
        if rank >= self.count() {
            return Ok(None);
        }
        if let [Run::Held(values)] = &self.closed[..] {
            return Ok(usize::try_from(rank).ok().and_then(|rank| values.get(rank).copied()));
        }
        // the value lies within these ranges of the runs
        let mut ranges: Vec<(usize, usize)> = self.closed.iter().map(|run| (0, run.len())).collect();
        loop {
            let widest = (0..ranges.len()).max_by_key(|run| ranges[*run].1 - ranges[*run].0);
            let Some(widest) = widest.filter(|run| ranges[*run].1 > ranges[*run].0) else { return Ok(None) };
            let middle = ranges[widest].0.midpoint(ranges[widest].1);
            let Some(pivot) = self.closed[widest].get(middle)? else { return Ok(None) };
            let mut less = Vec::with_capacity(ranges.len());
            let mut not_greater = Vec::with_capacity(ranges.len());
            for (run, range) in self.closed.iter().zip(&ranges) {
                less.push(run.partition_point(*range, |value| *value < pivot)?);
                not_greater.push(run.partition_point(*range, |value| *value <= pivot)?);
            }
            let total = |places: &[usize]| places.iter().map(|place| *place as u64).sum::<u64>();
            if rank < total(&less) {
                ranges.iter_mut().zip(less).for_each(|(range, less)| range.1 = less);
            } else if rank < total(&not_greater) {
                return Ok(Some(pivot));
            } else {
                ranges.iter_mut().zip(not_greater).for_each(|(range, not_greater)| range.0 = not_greater);
            }
        }
    }

    /// Counts the leading values for which a question is true that is true for the first so many only, once closed.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn count_while(&self, mut is_before: impl FnMut(T) -> bool) -> Result<u64, SpillError> {
        let places = self.closed.iter().map(|run| run.partition_point((0, run.len()), |value| is_before(*value)));
        places.map(|place| place.map(|place| place as u64)).sum()
    }

    /// Visits all values in order, once closed.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn visit(&self, mut visit: impl FnMut(T)) -> Result<(), SpillError> {
        let mut heads = BinaryHeap::with_capacity(self.closed.len());
        let mut pieces: Vec<(Vec<T>, usize)> = vec![(Vec::new(), 0); self.closed.len()];
        let mut pages = vec![0; self.closed.len()];
        for run in 0..self.closed.len() {
            heads.extend(self.next_of(run, &mut pieces[run], &mut pages[run])?.map(|value| Reverse((value, run))));
        }
        while let Some(Reverse((value, run))) = heads.pop() {
            visit(value);
            // as long as the run has the least value the others wait
            while let Some(next) = self.next_of(run, &mut pieces[run], &mut pages[run])? {
                if heads.peek().is_some_and(|Reverse((least, _))| next > *least) {
                    heads.push(Reverse((next, run)));
                    break;
                }
                visit(next);
            }
        }
        Ok(())
    }

    fn next_of(&self, run: usize, piece: &mut (Vec<T>, usize), page: &mut usize) -> Result<Option<T>, SpillError> {
        match &self.closed[run] {
            Run::Held(values) => {
                piece.1 += 1;
                Ok(values.get(piece.1 - 1).copied())
            }
            Run::Spilled(spilled) => {
                if piece.1 == piece.0.len() {
                    *piece = (spilled.read_page(*page)?, 0);
                    *page += 1;
                }
                piece.1 += 1;
                let value = piece.0.get(piece.1 - 1).copied();
                if value.is_none() {
                    piece.1 = piece.0.len();
                }
                Ok(value)
            }
        }
    }
}

impl<T: Ranked> Run<T> {
    fn len(&self) -> usize {
        match self {
            Self::Held(values) => values.len(),
            Self::Spilled(spilled) => spilled.len,
        }
    }

    fn get(&self, place: usize) -> Result<Option<T>, SpillError> {
        match self {
            Self::Held(values) => Ok(values.get(place).copied()),
            Self::Spilled(spilled) => {
                spilled.with_page(place / spilled.per_page, |page| page.get(place % spilled.per_page).copied())
            }
        }
    }

    /// Returns the first place of a range whose value does not pass, where those that pass come first.
    fn partition_point(
        &self,
        (from, to): (usize, usize),
        mut passes: impl FnMut(&T) -> bool,
    ) -> Result<usize, SpillError> {
        match self {
            Self::Held(values) => Ok(from + values[from..to].partition_point(passes)),
            Self::Spilled(spilled) => {
                let Some(page) = spilled.firsts.partition_point(&mut passes).checked_sub(1) else { return Ok(from) };
                let place = spilled.with_page(page, |values| values.partition_point(passes))?;
                Ok((page * spilled.per_page + place).clamp(from, to))
            }
        }
    }
}

impl<T: Ranked> SpilledRun<T> {
    fn read_page(&self, page: usize) -> Result<Vec<T>, SpillError> {
        let page_bytes = self.per_page * T::BYTES;
        let bytes = self.extent.read_at((page * page_bytes) as u64, page_bytes)?;
        Ok(bytes.chunks_exact(T::BYTES).map(T::read).collect())
    }

    fn with_page<R>(&self, page: usize, look: impl FnOnce(&[T]) -> R) -> Result<R, SpillError> {
        let mut held = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 != page {
            *held = (page, self.read_page(page)?);
        }
        Ok(look(&held.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spill::Budget;

    #[test]
    fn spilled_runs_tell_what_held_ones_do() {
        let store = Store::new(&Budget::new(0));
        let values: Vec<u64> = (0..50_000u64).map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 50).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable();
        let mut runs = Runs::default();
        for (number, part) in values.chunks(12_000).enumerate() {
            let mut worker = Runs::default();
            for value in part {
                worker.add(*value, 1);
            }
            if number % 2 == 0 {
                worker.spill(&store).expect("a writable folder");
                assert_eq!(worker.spillable(), 0);
                assert!(worker.size() < 12_000 * 8 / 10, "{}", worker.size());
            }
            runs.merge(worker);
        }
        runs.close();
        assert_eq!(runs.count(), 50_000);
        for rank in [0, 1, 777, 24_999, 25_000, 49_999] {
            assert_eq!(runs.at(rank).expect("readable"), sorted.get(rank as usize).copied());
        }
        assert_eq!(runs.at(50_000).expect("readable"), None);
        for bound in [0, 1, 8_000, 16_383, 16_384] {
            let before = sorted.partition_point(|value| *value < bound) as u64;
            assert_eq!(runs.count_while(|value| value < bound).expect("readable"), before);
        }
        let mut visited = Vec::new();
        runs.visit(|value| visited.push(value)).expect("readable");
        assert_eq!(visited, sorted);
    }

    #[test]
    fn one_value_many_times_is_found_at_every_rank() {
        let store = Store::new(&Budget::new(0));
        let mut runs = Runs::default();
        runs.add(i256::from(7), 3_000_000);
        runs.add(i256::from(-1), 1);
        runs.spill(&store).expect("a writable folder");
        let found = [0, 1, 2_999_999].map(|rank| runs.at(rank).expect("readable"));
        assert_eq!(found, [-1, 7, 7].map(|value| Some(i256::from(value))));
    }
}
