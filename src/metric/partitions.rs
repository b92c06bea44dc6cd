//! Keys with their counts, in partitions by hash: appended as they come, told apart a partition at a time, and written to
//! disk when memory is short.
//!
//! A table of many keys misses the caches at each of them. A partition is small enough not to, so keys are only appended
//! to theirs, and equal ones found when it is looked at: numbers by sorting them, bytes by sorting their hashes. A
//! partition that repeats itself is told apart already when it has grown.

use std::ops::Range;
use std::sync::Arc;

use crate::column::key::{KeyRef, hash_of_bytes, hash_of_number, partition_of};
use crate::spill::{Extent, SpillError, Store};

pub use crate::column::key::PARTITIONS;
const BITS: u32 = PARTITIONS.ilog2();
/// How often a partition can be divided again, by the bits that follow.
const LEVELS: u32 = u64::BITS / BITS;

const LEAST_BLOCK_BYTES: usize = 512;
const MOST_BLOCK_BYTES: usize = 1 << 15;
/// From this size on it is tried whether a partition gets smaller by telling its keys apart.
const COMPACTED_BYTES: usize = 1 << 17;
/// How much of a partition that is divided again is read at once.
const PIECE_BYTES: usize = 1 << 18;

fn partition_at(hash: u64, level: u32) -> usize {
    partition_of(hash << (level * BITS))
}

/// Keys with counts.
///
/// Memory: 8 bytes a number that occurs once, a byte more than its length a text, 8 bytes more for a count.
#[derive(Debug, Clone)]
pub struct Partitions {
    is_fixed: bool,
    level: u32,
    /// The block of each partition that keys are appended to, each of which counts once.
    open: Vec<Vec<u8>>,
    parts: Vec<Part>,
    /// What all blocks take.
    block_bytes: usize,
    extents: usize,
}

#[derive(Debug, Clone, Default)]
struct Part {
    /// Keys that count once.
    ones: Vec<Vec<u8>>,
    /// Keys, each after its count.
    counted: Vec<Vec<u8>>,
    spilled: Vec<(Form, Extent)>,
    /// What the blocks take beside the open one.
    bytes: usize,
    /// The size from which on telling its keys apart is tried again.
    tried_next: usize,
    /// Doing so made it smaller.
    is_repetitive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Ones,
    Counted,
}

/// Keys of one partition, wherever they lie.
#[derive(Default)]
struct Buffers<'a> {
    ones: Vec<&'a [u8]>,
    counted: Vec<&'a [u8]>,
}

impl Partitions {
    /// Makes empty partitions for keys of 64 bits, or of bytes.
    #[must_use]
    pub fn new(is_fixed: bool) -> Self {
        Self::at_level(is_fixed, 0)
    }

    fn at_level(is_fixed: bool, level: u32) -> Self {
        let open = vec![Vec::new(); PARTITIONS];
        let parts = vec![Part { tried_next: COMPACTED_BYTES, ..Part::default() }; PARTITIONS];
        Self { is_fixed, level, open, parts, block_bytes: 0, extents: 0 }
    }

    /// Tells whether keys are of 64 bits.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    /// Bytes of memory that spilling gives back.
    #[must_use]
    pub fn spillable(&self) -> usize {
        self.block_bytes
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        let fixed = PARTITIONS * (size_of::<Part>() + size_of::<Vec<u8>>());
        fixed + self.block_bytes + self.extents * size_of::<(Form, Extent)>()
    }

    /// Adds a number that occurs so often.
    #[inline]
    pub fn add_number(&mut self, key: u64, count: u64) {
        let part = partition_at(hash_of_number(key), self.level);
        if count == 1 {
            let open = &mut self.open[part];
            if open.capacity() - open.len() < 8 {
                self.begin_block(part, 8);
            }
            self.open[part].extend_from_slice(&key.to_le_bytes());
        } else {
            let block = self.counted_block(part, 16);
            block.extend_from_slice(&count.to_le_bytes());
            block.extend_from_slice(&key.to_le_bytes());
        }
    }

    /// Adds bytes that occur so often.
    #[inline]
    pub fn add_bytes(&mut self, key: &[u8], count: u64) {
        let part = partition_at(hash_of_bytes(key), self.level);
        if count == 1 {
            let bytes = key.len() + 10;
            let open = &mut self.open[part];
            if open.capacity() - open.len() < bytes {
                self.begin_block(part, bytes);
            }
            push_bytes(&mut self.open[part], key);
        } else {
            let block = self.counted_block(part, key.len() + 18);
            block.extend_from_slice(&count.to_le_bytes());
            push_bytes(block, key);
        }
    }

    fn add(&mut self, key: KeyRef<'_>, count: u64) {
        match key {
            KeyRef::Fixed(bits) => self.add_number(bits, count),
            KeyRef::Bytes(bytes) => self.add_bytes(bytes, count),
        }
    }

    /// Puts the open block away and opens another one.
    #[cold]
    fn begin_block(&mut self, part: usize, least: usize) {
        let full = std::mem::take(&mut self.open[part]);
        let capacity = (full.capacity() * 2).clamp(LEAST_BLOCK_BYTES, MOST_BLOCK_BYTES).max(least);
        if full.capacity() > 0 {
            self.parts[part].bytes += full.capacity();
            self.parts[part].ones.push(full);
            self.compact_grown(part);
        }
        self.open[part] = Vec::with_capacity(capacity);
        self.block_bytes += self.open[part].capacity();
    }

    fn counted_block(&mut self, part: usize, least: usize) -> &mut Vec<u8> {
        let has_room = |part: &Part| part.counted.last().is_some_and(|block| block.capacity() - block.len() >= least);
        if !has_room(&self.parts[part]) {
            self.compact_grown(part);
        }
        let parts = &mut self.parts[part];
        if !has_room(parts) {
            let before = parts.counted.last().map_or(0, Vec::capacity);
            let block: Vec<u8> = Vec::with_capacity((before * 2).clamp(LEAST_BLOCK_BYTES, MOST_BLOCK_BYTES).max(least));
            parts.bytes += block.capacity();
            self.block_bytes += block.capacity();
            parts.counted.push(block);
        }
        let last = parts.counted.len() - 1;
        &mut parts.counted[last]
    }

    /// Tells the keys of a partition apart where it has grown by enough since that was last tried.
    fn compact_grown(&mut self, part: usize) {
        if self.parts[part].bytes >= self.parts[part].tried_next {
            self.compact(part);
        }
    }

    fn compact(&mut self, place: usize) {
        let part = &mut self.parts[place];
        let (ones, counted) = (std::mem::take(&mut part.ones), std::mem::take(&mut part.counted));
        let before = std::mem::take(&mut part.bytes);
        let mut compacted = [Vec::new(), Vec::new()];
        for_each_distinct(self.is_fixed, &Buffers::of(&ones, &counted), |key, count| {
            let block = &mut compacted[usize::from(count > 1)];
            if count > 1 {
                block.extend_from_slice(&count.to_le_bytes());
            }
            match key {
                KeyRef::Fixed(bits) => block.extend_from_slice(&bits.to_le_bytes()),
                KeyRef::Bytes(bytes) => push_bytes(block, bytes),
            }
        });
        let [mut new_ones, mut new_counted] = compacted;
        let after = new_ones.len() + new_counted.len();
        part.is_repetitive = after <= before - before / 4;
        if part.is_repetitive {
            new_ones.shrink_to_fit();
            new_counted.shrink_to_fit();
            part.bytes = new_ones.capacity() + new_counted.capacity();
            part.ones = if new_ones.is_empty() { Vec::new() } else { vec![new_ones] };
            part.counted = if new_counted.is_empty() { Vec::new() } else { vec![new_counted] };
            part.tried_next = (part.bytes * 2).max(COMPACTED_BYTES);
        } else {
            (part.ones, part.counted, part.bytes) = (ones, counted, before);
            part.tried_next = before * 8;
        }
        self.block_bytes = self.block_bytes + part.bytes - before;
    }

    /// Writes all keys to disk.
    ///
    /// # Errors
    /// The file cannot be made or written to.
    pub fn spill(&mut self, store: &Arc<Store>) -> Result<(), SpillError> {
        for place in 0..PARTITIONS {
            let open = std::mem::take(&mut self.open[place]);
            if !open.is_empty() {
                self.parts[place].bytes += open.capacity();
                self.parts[place].ones.push(open);
            }
            if self.parts[place].is_repetitive {
                self.compact(place);
            }
            let part = &mut self.parts[place];
            for (form, blocks) in [(Form::Ones, &mut part.ones), (Form::Counted, &mut part.counted)] {
                if !blocks.is_empty() {
                    let extent = store.append(&blocks.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
                    part.spilled.push((form, extent));
                    self.extents += 1;
                    *blocks = Vec::new();
                }
            }
            part.bytes = 0;
            part.tried_next = COMPACTED_BYTES;
        }
        self.block_bytes = 0;
        Ok(())
    }

    /// Adds other partitions of keys of the same kind.
    pub fn merge(&mut self, other: Self) {
        self.block_bytes += other.block_bytes;
        self.extents += other.extents;
        for ((part, open), (other, other_open)) in
            self.parts.iter_mut().zip(&mut self.open).zip(other.parts.into_iter().zip(other.open))
        {
            part.ones.extend(other.ones);
            // the last block is the one that is appended to
            let last = part.counted.pop();
            part.counted.extend(other.counted.into_iter().chain(last));
            part.spilled.extend(other.spilled);
            part.bytes += other.bytes;
            part.is_repetitive |= other.is_repetitive;
            if open.capacity() == 0 {
                *open = other_open;
            } else if other_open.capacity() > 0 {
                part.bytes += other_open.capacity();
                part.ones.push(other_open);
            }
        }
    }

    /// Visits the distinct keys of some partitions with their counts: numbers of a partition in order, bytes in some order
    /// that depends on nothing but the keys. What does not fit into so many bytes is divided again.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn visit(
        &self,
        places: Range<usize>,
        reading_bytes: u64,
        visit: &mut impl FnMut(KeyRef<'_>, u64),
    ) -> Result<(), SpillError> {
        for place in places {
            self.visit_part(place, reading_bytes, visit)?;
        }
        Ok(())
    }

    fn visit_part(
        &self,
        place: usize,
        reading_bytes: u64,
        visit: &mut impl FnMut(KeyRef<'_>, u64),
    ) -> Result<(), SpillError> {
        let part = &self.parts[place];
        let on_disk: u64 = part.spilled.iter().map(|(_, extent)| extent.len).sum();
        let mut buffers = Buffers::of(&part.ones, &part.counted);
        buffers.ones.push(&self.open[place]);
        // telling apart takes as much as the keys, for bytes some more
        let needed = (on_disk + part.bytes as u64).saturating_mul(2);
        if part.spilled.is_empty() || needed <= reading_bytes || self.level + 1 == LEVELS {
            let read = part.spilled.iter().map(|(form, extent)| Ok((*form, extent.read()?)));
            let read = read.collect::<Result<Vec<_>, SpillError>>()?;
            for (form, bytes) in &read {
                match form {
                    Form::Ones => buffers.ones.push(bytes),
                    Form::Counted => buffers.counted.push(bytes),
                }
            }
            for_each_distinct(self.is_fixed, &buffers, visit);
            return Ok(());
        }
        let mut divided = Self::at_level(self.is_fixed, self.level + 1);
        let store = part.spilled[0].1.sibling();
        let take = |divided: &mut Self, form: Form, bytes: &[u8]| {
            let taken = for_each_record(self.is_fixed, form, bytes, |key, count| divided.add(key, count));
            if divided.spillable() as u64 > reading_bytes {
                divided.spill(&store)?;
            }
            Ok(taken)
        };
        for (form, blocks) in [(Form::Ones, &buffers.ones), (Form::Counted, &buffers.counted)] {
            for block in blocks {
                take(&mut divided, form, block)?;
            }
        }
        for (form, extent) in &part.spilled {
            let mut from = 0;
            let mut piece_bytes = PIECE_BYTES;
            while from < extent.len {
                let piece = extent.read_at(from, piece_bytes)?;
                let taken = take(&mut divided, *form, &piece)?;
                // a record that is longer than a piece
                piece_bytes = if taken == 0 { piece_bytes * 2 } else { PIECE_BYTES };
                if taken == 0 && from + piece.len() as u64 == extent.len {
                    break;
                }
                from += taken as u64;
            }
        }
        divided.visit(0..PARTITIONS, reading_bytes, visit)
    }
}

impl<'a> Buffers<'a> {
    fn of(ones: &'a [Vec<u8>], counted: &'a [Vec<u8>]) -> Self {
        Self { ones: ones.iter().map(Vec::as_slice).collect(), counted: counted.iter().map(Vec::as_slice).collect() }
    }
}

/// Appends the length and the bytes: a length below 255 in one byte, a longer one in eight more.
#[inline]
fn push_bytes(block: &mut Vec<u8>, key: &[u8]) {
    match u8::try_from(key.len()) {
        Ok(short) if short < u8::MAX => block.push(short),
        _ => {
            block.push(u8::MAX);
            block.extend_from_slice(&(key.len() as u64).to_le_bytes());
        }
    }
    block.extend_from_slice(key);
}

fn number_at(bytes: &[u8], place: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(place..)?.first_chunk()?))
}

/// Returns the key at a place, and the place after it.
#[inline]
fn bytes_at(bytes: &[u8], place: usize) -> Option<(&[u8], usize)> {
    let short = *bytes.get(place)?;
    let (from, len) = if short < u8::MAX {
        (place + 1, usize::from(short))
    } else {
        (place + 9, usize::try_from(number_at(bytes, place + 1)?).ok()?)
    };
    Some((bytes.get(from..from.checked_add(len)?)?, from + len))
}

/// Visits whole records one after the other; returns the place after the last.
fn for_each_record(is_fixed: bool, form: Form, bytes: &[u8], mut visit: impl FnMut(KeyRef<'_>, u64)) -> usize {
    let mut place = 0;
    loop {
        let (count, from) = match form {
            Form::Ones => (1, place),
            Form::Counted => match number_at(bytes, place) {
                Some(count) => (count, place + 8),
                None => return place,
            },
        };
        if is_fixed {
            let Some(bits) = number_at(bytes, from) else { return place };
            visit(KeyRef::Fixed(bits), count);
            place = from + 8;
        } else {
            let Some((key, after)) = bytes_at(bytes, from) else { return place };
            visit(KeyRef::Bytes(key), count);
            place = after;
        }
    }
}

/// Visits the distinct keys with their counts.
fn for_each_distinct(is_fixed: bool, buffers: &Buffers<'_>, mut visit: impl FnMut(KeyRef<'_>, u64)) {
    if is_fixed {
        for_each_number(buffers, |key, count| visit(KeyRef::Fixed(key), count));
    } else {
        for_each_bytes(buffers, |key, count| visit(KeyRef::Bytes(key), count));
    }
}

fn for_each_number(buffers: &Buffers<'_>, mut visit: impl FnMut(u64, u64)) {
    let mut ones: Vec<u64> = Vec::with_capacity(buffers.ones.iter().map(|bytes| bytes.len() / 8).sum());
    for bytes in &buffers.ones {
        ones.extend(bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)));
    }
    ones.sort_unstable();
    let mut counted: Vec<(u64, u64)> = Vec::with_capacity(buffers.counted.iter().map(|bytes| bytes.len() / 16).sum());
    for bytes in &buffers.counted {
        for record in bytes.as_chunks::<16>().0 {
            counted.extend(number_at(record, 8).zip(number_at(record, 0)));
        }
    }
    counted.sort_unstable_by_key(|(key, _)| *key);
    let (mut one, mut other) = (0, 0);
    while one < ones.len() || other < counted.len() {
        let key = match (ones.get(one), counted.get(other)) {
            (Some(a), Some((b, _))) => *a.min(b),
            (Some(a), None) => *a,
            (None, Some((b, _))) => *b,
            (None, None) => return,
        };
        let first = one;
        while ones.get(one) == Some(&key) {
            one += 1;
        }
        let mut count = (one - first) as u64;
        while let Some((_, more)) = counted.get(other).filter(|(same, _)| *same == key) {
            count += more;
            other += 1;
        }
        visit(key, count);
    }
}

fn for_each_bytes(buffers: &Buffers<'_>, mut visit: impl FnMut(&[u8], u64)) {
    // where a record lies: the number of its buffer, then its place there
    const PLACE_BITS: u32 = 40;
    let all: Vec<(Form, &[u8])> = (buffers.ones.iter().map(|bytes| (Form::Ones, *bytes)))
        .chain(buffers.counted.iter().map(|bytes| (Form::Counted, *bytes)))
        .collect();
    let mut records: Vec<(u64, u64)> = Vec::with_capacity(all.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() / 24);
    for (number, (form, bytes)) in all.iter().enumerate() {
        let skipped = if *form == Form::Ones { 0 } else { 8 };
        let mut place = 0;
        while let Some((key, after)) = bytes_at(bytes, place + skipped) {
            records.push((hash_of_bytes(key), (number as u64) << PLACE_BITS | place as u64));
            place = after;
        }
    }
    let record = |at: u64| {
        let (form, bytes) = all[(at >> PLACE_BITS) as usize];
        let place = (at & ((1 << PLACE_BITS) - 1)) as usize;
        let (count, from) = match form {
            Form::Ones => (1, place),
            Form::Counted => (number_at(bytes, place).unwrap_or(0), place + 8),
        };
        (bytes_at(bytes, from).map_or(&[] as &[u8], |(key, _)| key), count)
    };
    records.sort_unstable_by_key(|(hash, _)| *hash);
    for same in records.chunk_by(|a, b| a.0 == b.0) {
        if let [(_, only)] = same {
            let (key, count) = record(*only);
            visit(key, count);
            continue;
        }
        // as good as always one key; those of one hash are visited in their order
        let mut found: Vec<(&[u8], u64)> = Vec::new();
        for (_, at) in same {
            let (key, count) = record(*at);
            match found.iter_mut().find(|(known, _)| *known == key) {
                Some((_, total)) => *total += count,
                None => found.push((key, count)),
            }
        }
        found.sort_unstable();
        for (key, count) in found {
            visit(key, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::spill::Budget;

    /// Numbers of which some repeat, the more the smaller `kinds` is.
    fn numbers(kinds: u64) -> impl Iterator<Item = u64> {
        (0..200_000u64).map(move |at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % kinds)
    }

    /// Texts of many lengths.
    fn text(number: u64) -> Vec<u8> {
        let long = match number % 1000 {
            0 => 700_000,
            1..5 => 255 + number as usize % 300,
            _ => number as usize % 20,
        };
        [&number.to_be_bytes()[..], &vec![b'x'; long]].concat()
    }

    fn counted(found: &Partitions, reading_bytes: u64) -> BTreeMap<Vec<u8>, u64> {
        let mut counts = BTreeMap::new();
        let mut visit = |key: KeyRef<'_>, count| {
            let key = match key {
                KeyRef::Fixed(bits) => bits.to_be_bytes().to_vec(),
                KeyRef::Bytes(bytes) => bytes.to_vec(),
            };
            assert_eq!(counts.insert(key, count), None, "a key is visited once");
        };
        found.visit(0..PARTITIONS, reading_bytes, &mut visit).expect("what was spilled can be read");
        counts
    }

    fn check(is_fixed: bool, keys: impl Iterator<Item = u64>, counts: [u64; 2]) {
        let store = Store::new(&Budget::new(0));
        let mut expected: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        let [mut held, mut spilled, mut other] = [(); 3].map(|()| Partitions::new(is_fixed));
        for (at, number) in keys.enumerate() {
            let count = counts[at % 2];
            let bytes = if is_fixed { number.to_be_bytes().to_vec() } else { text(number) };
            for into in [&mut held, if at % 3 == 0 { &mut spilled } else { &mut other }] {
                if is_fixed { into.add_number(number, count) } else { into.add_bytes(&bytes, count) }
            }
            if at % 70_000 == 9 {
                spilled.spill(&store).expect("a writable folder");
                assert_eq!(spilled.spillable(), 0);
            }
            *expected.entry(bytes).or_insert(0) += count;
        }
        spilled.merge(other);
        assert_eq!(counted(&held, u64::MAX), expected);
        assert_eq!(counted(&spilled, u64::MAX), expected);
        // divided again, some of it more than once
        assert_eq!(counted(&spilled, 1 << 10), expected);
        spilled.spill(&store).expect("a writable folder");
        assert_eq!(counted(&spilled, 1 << 14), expected);
    }

    #[test]
    fn spilled_and_divided_keys_have_the_counts_of_held_ones() {
        for kinds in [1, 300, 40_000, u64::MAX] {
            check(true, numbers(kinds), [1, 1]);
            check(true, numbers(kinds), [1, 3]);
        }
        check(false, numbers(2_000).take(20_000), [1, 2]);
        check(false, numbers(u64::MAX).take(20_000), [1, 1]);
    }

    #[test]
    fn keys_that_repeat_take_the_memory_of_one() {
        let mut found = Partitions::new(true);
        (0..3_000_000u64).for_each(|at| found.add_number(at % 1000, 1));
        let mut texts = Partitions::new(false);
        (0..3_000_000u64).for_each(|at| texts.add_bytes(&(at % 1000).to_be_bytes(), 1));
        for found in [&found, &texts] {
            // a partition holds twice what it is tried at, and a block
            assert!(found.size() < PARTITIONS * (2 * COMPACTED_BYTES + 2 * MOST_BLOCK_BYTES), "{}", found.size());
        }
        let mut keys = 0;
        let mut visit = |_: KeyRef<'_>, count| {
            assert_eq!(count, 3_000);
            keys += 1;
        };
        found.visit(0..PARTITIONS, u64::MAX, &mut visit).expect("nothing was spilled");
        assert_eq!(keys, 1000);
    }
}
