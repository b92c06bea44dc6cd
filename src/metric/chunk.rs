//! The rows that are at hand when a state is updated, and where they lie.

use arrow::buffer::BooleanBuffer;

use super::Position;

/// Rows, or list elements, of one batch.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    /// The unit that the batch belongs to.
    pub unit: u32,
    /// The number of the batch's first row in the unit.
    pub start: u64,
    /// How many rows or elements there are.
    pub len: usize,
    /// The row in the batch of each element; `None` where elements are rows.
    pub rows: Option<&'a [u32]>,
    /// Those that count; `None` for all.
    pub keep: Option<&'a BooleanBuffer>,
}

impl Chunk<'_> {
    /// Where an element's row lies.
    #[must_use]
    pub fn position(&self, element: usize) -> Position {
        let row = match self.rows {
            Some(rows) => rows.get(element).copied().unwrap_or(0).into(),
            None => element as u64,
        };
        Position { unit: self.unit, row: self.start + row }
    }

    /// Which element of its row an element is.
    #[must_use]
    pub fn place_in_row(&self, element: usize) -> u32 {
        let Some(rows) = self.rows else { return 0 };
        let Some(row) = rows.get(element) else { return 0 };
        (element - rows.partition_point(|other| other < row)) as u32
    }

    /// How many of them count.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.keep.map_or(self.len, BooleanBuffer::count_set_bits) as u64
    }
}
