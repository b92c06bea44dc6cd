//! Which values break an order: each is held against the one before it.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, make_comparator};
use arrow::compute::SortOptions;

use super::Position;
use super::chunk::Chunk;
use super::marks::Marks;
use super::sample::{Sample, SampledRow};
use crate::column::key::cast_for_comparison;
use crate::column::mask::packed;
use crate::column::{Direction, Scalar, type_name};
use crate::spill::{SpillError, Store};
use crate::verdict::Problem;

/// The values that break an order: each is held against the one before it that counts.
///
/// Memory: two values for each stretch of adjacent rows that one worker saw (a unit, as a rule), one sample of all, and the
/// marks.
#[derive(Debug, Clone)]
pub struct Order {
    direction: Direction,
    strictly: bool,
    stretches: Vec<Stretch>,
    /// The first rows that break the order, as far as they are known.
    sample: Sample,
    /// All rows that are known to break the order, where they are asked for.
    marks: Option<Marks>,
}

/// Adjacent rows: the first and last value, and how many broke the order between.
#[derive(Debug, Clone, PartialEq)]
struct Stretch {
    from: Position,
    to: Position,
    first: Scalar,
    /// The row of the first value, should it break the order.
    first_row: SampledRow,
    last: Scalar,
    count: u64,
    breaks: u64,
}

/// What came of checking an order.
#[derive(Debug, Clone)]
pub struct OrderValue {
    /// How many values were looked at.
    pub count: u64,
    /// How many of them break the order.
    pub breaks: u64,
    /// The first of those.
    pub rows: Vec<SampledRow>,
    /// All of those, where they were asked for.
    pub marks: Arc<Marks>,
}

impl Order {
    /// Makes the empty state.
    #[must_use]
    pub fn new(direction: Direction, strictly: bool, limit: Option<usize>) -> Self {
        Self { direction, strictly, stretches: Vec::new(), sample: Sample::new(limit), marks: None }
    }

    /// Marks all rows that break the order, where that is wanted.
    #[must_use]
    pub fn marking(self, is_wanted: bool) -> Self {
        Self { marks: is_wanted.then(Marks::default), ..self }
    }

    fn is_break(&self, order: Option<Ordering>) -> bool {
        let wrong = match self.direction {
            Direction::Increasing => Ordering::Greater,
            Direction::Decreasing => Ordering::Less,
        };
        order == Some(wrong) || (self.strictly && order == Some(Ordering::Equal))
    }

    /// Adds the values of a chunk in order. `values` are those of the column, `shown` those to keep with a row.
    ///
    /// # Errors
    /// `type-mismatch`: values of the type have no order.
    pub fn update(&mut self, chunk: &Chunk<'_>, values: &ArrayRef, shown: &[ArrayRef]) -> Result<(), Problem> {
        let there = values.logical_nulls();
        let counts = |row: usize| {
            there.as_ref().is_none_or(|nulls| nulls.is_valid(row)) && chunk.keep.is_none_or(|keep| keep.value(row))
        };
        let rows: Vec<usize> = (0..values.len()).filter(|row| counts(*row)).collect();
        let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else { return Ok(()) };
        let comparable = cast_for_comparison(values, values.data_type())?;
        let compare = make_comparator(&comparable, &comparable, SortOptions::default()).map_err(|_| {
            Problem::new(
                "type-mismatch",
                format!("values of type {} have no order", type_name::shown(values.data_type())),
            )
        })?;
        let mut broken = vec![false; values.len()];
        for pair in rows.windows(2) {
            broken[pair[1]] = self.is_break(Some(compare(pair[0], pair[1])));
        }
        let broken = packed(&broken);
        self.sample.update(chunk, &broken, shown);
        if let Some(marks) = &mut self.marks {
            marks.update(chunk, &broken);
        }
        let end = chunk.position(chunk.len.saturating_sub(1));
        self.stretches.push(Stretch {
            from: chunk.position(0),
            to: Position { row: end.row + 1, ..end },
            first: Scalar::at(values, first),
            first_row: SampledRow {
                position: chunk.position(first),
                element: chunk.place_in_row(first),
                values: shown.iter().map(|column| Scalar::at(column, first)).collect(),
            },
            last: Scalar::at(values, last),
            count: rows.len() as u64,
            breaks: broken.count_set_bits() as u64,
        });
        self.join_last();
        Ok(())
    }

    /// Joins the last two stretches where they are neighbors, so that a worker holds one for each unit.
    fn join_last(&mut self) {
        let Some(after) = self.stretches.pop() else { return };
        match self.stretches.pop() {
            Some(before) if before.to == after.from => {
                let joined = self.join(before, after);
                self.stretches.push(joined);
            }
            before => self.stretches.extend(before.into_iter().chain([after])),
        }
    }

    fn join(&mut self, before: Stretch, after: Stretch) -> Stretch {
        let mut breaks = before.breaks + after.breaks;
        if self.is_break(before.last.compare(&after.first)) {
            breaks += 1;
            if let Some(marks) = &mut self.marks {
                marks.push(after.first_row.position);
            }
            self.sample.push(after.first_row);
        }
        Stretch {
            to: after.to,
            last: after.last,
            count: before.count + after.count,
            breaks,
            first_row: before.first_row,
            first: before.first,
            from: before.from,
        }
    }

    /// Adds another state of the same column.
    pub fn merge(&mut self, other: Self) {
        self.stretches.extend(other.stretches);
        self.sample.merge(other.sample);
        if let (Some(marks), Some(other)) = (&mut self.marks, other.marks) {
            marks.merge(other);
        }
    }

    /// Joins all stretches in input order.
    #[must_use]
    pub fn value(mut self) -> OrderValue {
        let mut stretches = std::mem::take(&mut self.stretches);
        stretches.sort_by_key(|stretch| stretch.from);
        let all = stretches.into_iter().reduce(|before, after| self.join(before, after));
        let (count, breaks) = all.as_ref().map_or((0, 0), |all| (all.count, all.breaks));
        OrderValue { count, breaks, rows: self.sample.into_rows(), marks: Arc::new(self.marks.unwrap_or_default()) }
    }

    /// Bytes of memory that spilling gives back.
    #[must_use]
    pub fn spillable(&self) -> usize {
        self.marks.as_ref().map_or(0, Marks::spillable)
    }

    /// Writes to disk which rows break the order.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn spill(&mut self, store: &Arc<Store>) -> Result<(), SpillError> {
        self.marks.as_mut().map_or(Ok(()), |marks| marks.spill(store))
    }

    /// Bytes of memory that cannot be written to disk.
    #[must_use]
    pub fn pinned(&self) -> usize {
        if self.sample.is_unlimited() { self.sample.size() } else { 0 }
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        self.stretches.len() * size_of::<Stretch>() + self.sample.size() + self.marks.as_ref().map_or(0, Marks::size)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;

    use super::*;

    #[test]
    fn the_sample_is_one_however_many_units_there_are() {
        let falling: ArrayRef = Arc::new(Int64Array::from_iter_values((0..100).rev()));
        let shown = std::slice::from_ref(&falling);
        let mut all = Order::new(Direction::Increasing, false, Some(3));
        for unit in (0..50).rev() {
            let chunk = Chunk { unit, start: 0, len: 100, rows: None, keep: None };
            let mut part = Order::new(Direction::Increasing, false, Some(3));
            part.update(&chunk, &falling, shown).unwrap();
            all.merge(part);
        }
        assert!(all.size() <= 50 * size_of::<Stretch>() + 3 * 100);
        let value = all.value();
        assert_eq!((value.count, value.breaks), (5000, 50 * 99));
        let rows: Vec<_> = value.rows.iter().map(|row| row.position).collect();
        assert_eq!(rows, [1, 2, 3].map(|row| Position { unit: 0, row }));
    }
}
