//! Which rows a question picks: all of them, however many, at one bit a row or less.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::BooleanBuffer;

use super::Position;
use super::chunk::Chunk;
use crate::spill::{Extent, SpillError, Store};

/// How many rows a block is about.
const BLOCK_ROWS: u64 = 1 << 16;
/// The words of a block of bits.
const WORDS: usize = (BLOCK_ROWS / 64) as usize;
/// A block of so many rows takes as much as one of bits.
const MOST_LISTED: usize = WORDS * 4;
/// What a block takes beside its rows, in memory or on disk.
const HEAD_BYTES: usize = 96;

/// Rows, by their places.
///
/// Memory: two bytes a row where they are few, one bit for each row of the data where they are many. What is spilled leaves
/// some 100 bytes for each 65,536 rows of the data.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// What is in memory, by unit and number of the block in it.
    blocks: BTreeMap<(u32, u64), Block>,
    /// What was spilled of each block.
    spilled: BTreeMap<(u32, u64), Vec<Piece>>,
    /// The bytes of the blocks in memory.
    block_bytes: usize,
    pieces: usize,
}

/// The rows of a block, counted from its first.
#[derive(Debug, Clone)]
enum Block {
    /// One after the other, some perhaps twice.
    Listed(Vec<u16>),
    /// A bit for each.
    Bits(Box<[u64; WORDS]>),
}

/// A block on disk.
#[derive(Debug, Clone)]
struct Piece {
    extent: Extent,
    from: u64,
    bytes: usize,
}

impl Marks {
    /// Adds the picked rows of a chunk, or the rows of its picked elements.
    pub fn update(&mut self, chunk: &Chunk<'_>, picked: &BooleanBuffer) {
        let mut rows = picked.set_indices().map(|element| chunk.position(element).row).peekable();
        while let Some(number) = rows.peek().map(|row| row / BLOCK_ROWS) {
            let block = self.blocks.entry((chunk.unit, number)).or_default();
            let before = block.bytes();
            while let Some(row) = rows.next_if(|row| row / BLOCK_ROWS == number) {
                block.insert((row % BLOCK_ROWS) as u16);
            }
            self.block_bytes = self.block_bytes - before + block.bytes();
        }
    }

    /// Adds a row.
    pub fn push(&mut self, position: Position) {
        let every = BooleanBuffer::new_set(1);
        self.update(&Chunk { unit: position.unit, start: position.row, len: 1, rows: None, keep: None }, &every);
    }

    /// Adds all rows of a unit.
    pub fn push_unit(&mut self, unit: u32, rows: u64) {
        for start in (0..rows).step_by(BLOCK_ROWS as usize) {
            let len = (rows - start).min(BLOCK_ROWS) as usize;
            let chunk = Chunk { unit, start, len, rows: None, keep: None };
            self.update(&chunk, &BooleanBuffer::new_set(len));
        }
    }

    /// Adds another state.
    pub fn merge(&mut self, other: Self) {
        for (place, block) in other.blocks {
            let own = self.blocks.entry(place).or_default();
            self.block_bytes -= own.bytes();
            own.merge(block);
            self.block_bytes += own.bytes();
        }
        for (place, pieces) in other.spilled {
            self.spilled.entry(place).or_default().extend(pieces);
        }
        self.pieces += other.pieces;
    }

    /// Tells which of some rows of a unit are marked; `None` where none is.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn of(&self, unit: u32, start: u64, len: usize) -> Result<Option<BooleanBuffer>, SpillError> {
        let end = start + len as u64;
        if len == 0 {
            return Ok(None);
        }
        let blocks = (unit, start / BLOCK_ROWS)..=(unit, (end - 1) / BLOCK_ROWS);
        let mut bits = BooleanBufferBuilder::new(len);
        bits.append_n(len, false);
        let mut is_any = false;
        let mut take = |first: u64, block: &Block| {
            let within = start.max(first) - first..end.min(first + BLOCK_ROWS) - first;
            block.visit(&within, |row| {
                bits.set_bit((first + row - start) as usize, true);
                is_any = true;
            });
        };
        for ((_, number), block) in self.blocks.range(blocks.clone()) {
            take(number * BLOCK_ROWS, block);
        }
        for ((_, number), pieces) in self.spilled.range(blocks) {
            for piece in pieces {
                take(number * BLOCK_ROWS, &Block::from_bytes(&piece.extent.read_at(piece.from, piece.bytes)?));
            }
        }
        Ok(is_any.then(|| bits.finish()))
    }

    /// Tells whether any row of a unit is marked.
    #[must_use]
    pub fn has_unit(&self, unit: u32) -> bool {
        let of_unit = (unit, 0)..=(unit, u64::MAX);
        self.blocks.range(of_unit.clone()).next().is_some() || self.spilled.range(of_unit).next().is_some()
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        self.spillable() + self.pieces * HEAD_BYTES
    }

    /// Bytes of memory that spilling gives back.
    #[must_use]
    pub fn spillable(&self) -> usize {
        self.block_bytes + self.blocks.len() * HEAD_BYTES
    }

    /// Writes all blocks to disk.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn spill(&mut self, store: &Arc<Store>) -> Result<(), SpillError> {
        let blocks: Vec<_> = std::mem::take(&mut self.blocks).into_iter().collect();
        let bytes: Vec<Vec<u8>> = blocks.iter().map(|(_, block)| block.to_bytes()).collect();
        let extent = store.append(&bytes.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
        let mut from = 0;
        for ((place, _), bytes) in blocks.iter().zip(&bytes) {
            let piece = Piece { extent: extent.clone(), from, bytes: bytes.len() };
            self.spilled.entry(*place).or_default().push(piece);
            from += bytes.len() as u64;
        }
        self.block_bytes = 0;
        self.pieces += blocks.len();
        Ok(())
    }
}

impl Default for Block {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl Block {
    fn insert(&mut self, row: u16) {
        match self {
            Self::Bits(words) => words[usize::from(row) / 64] |= 1 << (row % 64),
            Self::Listed(rows) if rows.last() == Some(&row) => {}
            Self::Listed(rows) if rows.len() + 1 < MOST_LISTED => rows.push(row),
            Self::Listed(rows) => {
                let mut bits = Self::Bits(Box::new([0; WORDS]));
                rows.iter().chain([&row]).for_each(|row| bits.insert(*row));
                *self = bits;
            }
        }
    }

    fn merge(&mut self, mut other: Self) {
        if matches!(other, Self::Bits(_)) {
            std::mem::swap(self, &mut other);
        }
        other.visit(&(0..BLOCK_ROWS), |row| self.insert(row as u16));
    }

    /// Visits the rows of it that lie within a range.
    fn visit(&self, within: &Range<u64>, mut visit: impl FnMut(u64)) {
        match self {
            Self::Listed(rows) => {
                rows.iter().map(|row| u64::from(*row)).filter(|row| within.contains(row)).for_each(visit);
            }
            Self::Bits(words) => {
                let last = within.end.div_ceil(64) as usize;
                for (at, word) in words.iter().enumerate().take(last).skip(within.start as usize / 64) {
                    let mut rest = *word;
                    while rest != 0 {
                        let row = at as u64 * 64 + u64::from(rest.trailing_zeros());
                        if within.contains(&row) {
                            visit(row);
                        }
                        rest &= rest - 1;
                    }
                }
            }
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Listed(rows) => rows.capacity() * 2,
            Self::Bits(_) => WORDS * 8,
        }
    }

    /// The rows of a list, or the words of bits, which no list is as long as.
    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Listed(rows) => rows.iter().flat_map(|row| row.to_le_bytes()).collect(),
            Self::Bits(words) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        if bytes.len() < WORDS * 8 {
            let rows = bytes.chunks_exact(2).map(|row| u16::from_le_bytes([row[0], row[1]]));
            return Self::Listed(rows.collect());
        }
        let mut words = Box::new([0; WORDS]);
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        Self::Bits(words)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::spill::Budget;

    fn marked(marks: &Marks, unit: u32, start: u64, len: usize) -> BTreeSet<u64> {
        let bits = marks.of(unit, start, len).expect("it can be read back");
        bits.iter().flat_map(|bits| bits.set_indices()).map(|at| start + at as u64).collect()
    }

    #[test]
    fn every_row_is_found_again_listed_or_as_bits_in_memory_or_on_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(&Budget::new(0).spilling_to(folder.path().to_owned()));
        for (step, spilled) in [(1, 0), (1, 1), (1, 2), (7, 1), (40_009, 0), (40_009, 2)] {
            let mut marks = [Marks::default(), Marks::default()];
            let rows: BTreeSet<u64> = (3..200_000).step_by(step).collect();
            for (at, row) in rows.iter().enumerate() {
                marks[at % 2].push(Position { unit: 5, row: *row });
                if spilled == 2 && at == rows.len() / 2 {
                    marks[0].spill(&store).expect("a writable folder");
                }
            }
            let [mut all, other] = marks;
            all.merge(other);
            if spilled > 0 {
                all.spill(&store).expect("a writable folder");
                assert_eq!(all.spillable(), 0);
            }
            assert!(all.size() < 3 * (MOST_LISTED * 4 + 5 * HEAD_BYTES));
            for (start, len) in [(0, 200_000), (65_530, 12), (131_072, 1), (3, 1), (199_999, 60_000)] {
                let wanted: BTreeSet<u64> = rows.range(start..start + len as u64).copied().collect();
                assert_eq!(marked(&all, 5, start, len), wanted, "{step} {spilled} {start} {len}");
            }
            assert!(marked(&all, 4, 0, 200_000).is_empty() && marked(&all, 6, 0, 200_000).is_empty());
            assert_eq!((all.has_unit(4), all.has_unit(5), all.has_unit(6)), (false, true, false));
        }
    }

    #[test]
    fn a_whole_unit_is_marked_to_its_last_row() {
        let mut marks = Marks::default();
        marks.push_unit(1, 70_000);
        marks.push_unit(2, 0);
        assert_eq!(marked(&marks, 1, 0, 100_000).len(), 70_000);
        assert!(!marks.has_unit(2));
    }

    #[test]
    fn the_rows_of_elements_are_marked_once() {
        let mut marks = Marks::default();
        let chunk = Chunk { unit: 0, start: 10, len: 5, rows: Some(&[0, 0, 1, 3, 3]), keep: None };
        marks.update(&chunk, &BooleanBuffer::from(vec![true, true, false, false, true]));
        assert_eq!(marked(&marks, 0, 0, 100), BTreeSet::from([10, 13]));
    }
}
