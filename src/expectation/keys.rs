//! Rows looked up among keys that were counted before: in as many passes as their set needs that does not fit into memory
//! at once.

use std::ops::Range;
use std::sync::Arc;

use super::judge::{RowQuestion, row_outcome};
use super::{Inquiry, Stop};
use crate::column::Predicate;
use crate::column::key::{KeySet, PARTITIONS};
use crate::metric::Position;
use crate::metric::count::Tally;
use crate::metric::frequency::Frequencies;
use crate::metric::sample::SampledRow;
use crate::verdict::Outcome;

/// What a key takes in a set, beside its bytes: its place in the table, and the heads of its own memory.
const KEY_BYTES: u64 = 22;
const KEY_OF_BYTES_BYTES: u64 = 72;

/// Keys that rows are looked up among, in parts each of which fits into memory.
pub(super) struct Keys<'a> {
    frequencies: &'a Frequencies,
    name: String,
    /// Only those that several rows have.
    repeated: bool,
    parts: usize,
}

impl<'a> Keys<'a> {
    /// All keys; `name` tells them apart from all others of a run.
    pub(super) fn all(data: &Inquiry<'_>, frequencies: &'a Frequencies, name: String) -> Self {
        Self::of(data, frequencies, name, false)
    }

    /// The keys that several rows have.
    pub(super) fn repeated(data: &Inquiry<'_>, frequencies: &'a Frequencies, name: String) -> Self {
        Self::of(data, frequencies, name, true)
    }

    fn of(data: &Inquiry<'_>, frequencies: &'a Frequencies, name: String, repeated: bool) -> Self {
        let mut keys = Self { frequencies, name, repeated, parts: 1 };
        let parts = keys.bytes().div_ceil(data.budget().set_bytes()).clamp(1, PARTITIONS as u64);
        keys.parts = parts as usize;
        keys
    }

    /// What a set of all keys takes.
    fn bytes(&self) -> u64 {
        let amount = if self.repeated { self.frequencies.repeated() } else { self.frequencies.all() };
        if self.frequencies.is_fixed() {
            amount.keys * KEY_BYTES
        } else {
            amount.keys * KEY_OF_BYTES_BYTES + amount.bytes
        }
    }

    fn places(&self, part: usize) -> Range<usize> {
        PARTITIONS * part / self.parts..PARTITIONS * (part + 1) / self.parts
    }

    fn name(&self, part: usize) -> String {
        if self.parts == 1 {
            return self.name.clone();
        }
        format!("{} (part {} of {})", self.name, part + 1, self.parts)
    }

    /// The name of a part: enough to find an answer by.
    fn named(&self, part: usize) -> Result<Arc<KeySet>, Stop> {
        Ok(Arc::new(KeySet::new(self.name(part), self.frequencies.types(), self.places(part), !self.repeated)?))
    }

    /// The keys of a part.
    fn collect(&self, data: &Inquiry<'_>, part: usize) -> Result<Arc<KeySet>, Stop> {
        data.set_of_keys(&self.name(part), || {
            // where others have to go first, the question is asked again in the next round
            let charge = data.budget().reserve_set(self.bytes() / self.parts as u64).ok_or(Stop::Pending)?;
            let mut set = KeySet::new(self.name(part), self.frequencies.types(), self.places(part), !self.repeated)?;
            if self.parts == 1 {
                let amount = if self.repeated { self.frequencies.repeated() } else { self.frequencies.all() };
                set.reserve(amount.keys as usize);
            }
            self.frequencies.visit_keys(self.places(part), &mut |key, count| {
                if !self.repeated || count > 1 {
                    set.insert(key);
                }
            })?;
            set.charge(charge);
            Ok(Arc::new(set))
        })
    }

    /// Asks for the first unexpected rows by a predicate, for which a row is only ever unexpected by the part that its key
    /// belongs to.
    pub(super) fn sample(
        self,
        data: &mut Inquiry<'_>,
        columns: &[String],
        predicate: impl Fn(Arc<KeySet>) -> Predicate,
    ) -> Result<Vec<SampledRow>, Stop> {
        let mut first = First { rows: Vec::new(), limit: data.sample_limit() };
        for part in 0..self.parts {
            let before = first.end();
            let mut asked = predicate(self.named(part)?);
            if !(data.knows_sample(asked.clone(), columns, before) && data.knows_marks(asked.clone())) {
                asked = predicate(self.collect(data, part)?);
            }
            let sample = data.sample_before(asked.clone(), columns, before);
            let marked = data.mark(asked);
            first.add(sample?);
            marked?;
        }
        Ok(first.rows)
    }

    /// Judges every row by whether its key is among these.
    pub(super) fn judge(
        self,
        data: &mut Inquiry<'_>,
        question: impl Fn(Arc<KeySet>) -> RowQuestion,
    ) -> Result<Outcome, Stop> {
        let columns = question(self.named(0)?).columns;
        let mut first = First { rows: Vec::new(), limit: data.sample_limit() };
        let mut judged: Option<Tally> = None;
        for part in 0..self.parts {
            let before = first.end();
            let mut asked = question(self.named(part)?).predicate;
            let is_known = data.knows_tally(asked.clone())
                && data.knows_sample(asked.clone(), &columns, before)
                && data.knows_marks(asked.clone());
            if !is_known {
                asked = question(self.collect(data, part)?).predicate;
            }
            let tally = data.tally(asked.clone());
            let sample = data.sample_before(asked.clone(), &columns, before);
            let marked = data.mark(asked);
            let (tally, sample) = (tally?, sample?);
            marked?;
            first.add(sample);
            match &mut judged {
                None => judged = Some(tally),
                // keys of other parts were taken for expected ones
                Some(judged) => {
                    judged.expected -= tally.unexpected;
                    judged.unexpected += tally.unexpected;
                }
            }
        }
        Ok(row_outcome(data, &question(self.named(0)?), judged.unwrap_or_default(), &first.rows))
    }
}

/// The first rows of several samples.
struct First {
    rows: Vec<SampledRow>,
    limit: Option<usize>,
}

impl First {
    fn add(&mut self, sample: &[SampledRow]) {
        self.rows.extend_from_slice(sample);
        self.rows.sort_by_key(|row| (row.position, row.element));
        if let Some(limit) = self.limit {
            self.rows.truncate(limit);
        }
    }

    /// From where on rows cannot be among them; `None` while there is room. More elements of the last row can.
    fn end(&self) -> Option<Position> {
        let last = self.rows.last()?.position;
        self.limit.filter(|limit| self.rows.len() >= *limit).map(|_| Position { row: last.row + 1, ..last })
    }
}
