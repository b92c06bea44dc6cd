//! The first rows that a question picks, by their position in the input, whatever the order in which states meet.

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;

use super::Position;
use super::chunk::Chunk;
use crate::column::Scalar;

/// The first rows, with the values of some columns.
///
/// Memory: the rows that are kept, each some 100 bytes and its texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    limit: usize,
    /// Rows from here on are not wanted.
    before: Option<Position>,
    rows: Vec<SampledRow>,
    text_bytes: usize,
}

/// A row of a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledRow {
    /// Where it lies.
    pub position: Position,
    /// Which element of the row it is about; 0 where elements are rows.
    pub element: u32,
    /// The values of the columns asked for, in that order.
    pub values: Vec<Scalar>,
}

impl Sample {
    /// Makes the empty state for so many rows; `None` for all.
    #[must_use]
    pub fn new(limit: Option<usize>) -> Self {
        Self { limit: limit.unwrap_or(usize::MAX), before: None, rows: Vec::new(), text_bytes: 0 }
    }

    /// Wants no rows from a position on.
    #[must_use]
    pub fn before(self, before: Option<Position>) -> Self {
        Self { before, ..self }
    }

    /// Tells whether rows from a position on can still be among the first.
    #[must_use]
    pub fn has_room(&self, from: Position) -> bool {
        self.before.is_none_or(|before| from < before)
            && (self.rows.len() < self.limit || self.rows.last().is_some_and(|last| from < last.position))
    }

    /// Tells whether all rows are kept, however many there are.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        self.limit == usize::MAX
    }

    /// Adds the picked rows of a chunk, with their values in these arrays.
    pub fn update(&mut self, chunk: &Chunk<'_>, picked: &BooleanBuffer, columns: &[ArrayRef]) {
        if !self.has_room(chunk.position(0)) {
            return;
        }
        for element in picked.set_indices().take(self.limit) {
            let values: Vec<Scalar> = columns.iter().map(|column| Scalar::at(column, element)).collect();
            self.text_bytes += values.iter().map(text_bytes).sum::<usize>();
            let position = chunk.position(element);
            self.rows.push(SampledRow { position, element: chunk.place_in_row(element), values });
        }
        self.cut();
    }

    /// Adds a row.
    pub fn push(&mut self, row: SampledRow) {
        self.text_bytes += row.values.iter().map(text_bytes).sum::<usize>();
        self.rows.push(row);
        self.cut();
    }

    /// Adds another state.
    pub fn merge(&mut self, mut other: Self) {
        self.text_bytes += other.text_bytes;
        self.rows.append(&mut other.rows);
        self.cut();
    }

    fn cut(&mut self) {
        // elements of one row come from one chunk and keep their order: the sort is stable
        if !self.rows.is_sorted_by_key(|row| row.position) {
            self.rows.sort_by_key(|row| row.position);
        }
        if self.rows.len() > self.limit {
            let dropped = self.rows.drain(self.limit..).flat_map(|row| row.values);
            self.text_bytes -= dropped.map(|value| text_bytes(&value)).sum::<usize>();
        }
    }

    /// The rows, in input order.
    #[must_use]
    pub fn rows(&self) -> &[SampledRow] {
        &self.rows
    }

    /// The rows, in input order, and nothing else.
    #[must_use]
    pub fn into_rows(self) -> Vec<SampledRow> {
        self.rows
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        self.rows.len() * 100 + self.text_bytes
    }
}

fn text_bytes(value: &Scalar) -> usize {
    match value {
        Scalar::Text(text) | Scalar::Other(text) => text.len(),
        Scalar::Binary(bytes) => bytes.len(),
        Scalar::List(items) => items.iter().map(text_bytes).sum(),
        Scalar::Struct(fields) => fields.iter().map(|(_, value)| text_bytes(value)).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::StringArray;

    use super::*;

    #[test]
    fn rows_that_are_dropped_take_no_memory() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["four"; 100]));
        let every = BooleanBuffer::new_set(100);
        let mut all = Sample::new(Some(3));
        for unit in 0..50 {
            let chunk = Chunk { unit, start: 0, len: 100, rows: None, keep: None };
            let mut part = Sample::new(Some(3));
            part.update(&chunk, &every, std::slice::from_ref(&texts));
            all.merge(part);
        }
        assert_eq!(all.size(), 3 * 104);
    }
}
