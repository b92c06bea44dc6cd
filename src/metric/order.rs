//! Which values break an order: each is held against the one before it.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, make_comparator};
use arrow::buffer::BooleanBuffer;
use arrow::compute::SortOptions;

use super::Position;
use super::chunk::Chunk;
use super::sample::{Sample, SampledRow};
use crate::column::key::cast_for_comparison;
use crate::column::{Direction, Scalar};
use crate::verdict::Problem;

/// The values that break an order: each is held against the one before it that counts.
///
/// Memory: two values for each stretch of adjacent rows that one worker saw (a unit, as a rule), and the sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    direction: Direction,
    strictly: bool,
    limit: Option<usize>,
    stretches: Vec<Stretch>,
}

/// Adjacent rows: the first and last value, and what broke the order between.
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
    sample: Sample,
}

/// What came of checking an order.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderValue {
    /// How many values were looked at.
    pub count: u64,
    /// How many of them break the order.
    pub breaks: u64,
    /// The first of those.
    pub rows: Vec<SampledRow>,
}

impl Order {
    /// Makes the empty state.
    #[must_use]
    pub fn new(direction: Direction, strictly: bool, limit: Option<usize>) -> Self {
        Self { direction, strictly, limit, stretches: Vec::new() }
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
            Problem::new("type-mismatch", format!("values of type {} have no order", values.data_type()))
        })?;
        let mut broken = vec![false; values.len()];
        for pair in rows.windows(2) {
            broken[pair[1]] = self.is_break(Some(compare(pair[0], pair[1])));
        }
        let broken = BooleanBuffer::from(broken);
        let mut sample = Sample::new(self.limit);
        sample.update(chunk, &broken, shown);
        let end = chunk.position(chunk.len.saturating_sub(1));
        self.stretches.push(Stretch {
            from: chunk.position(0),
            to: Position { row: end.row + 1, ..end },
            first: Scalar::at(values, first),
            first_row: SampledRow {
                position: chunk.position(first),
                values: shown.iter().map(|column| Scalar::at(column, first)).collect(),
            },
            last: Scalar::at(values, last),
            count: rows.len() as u64,
            breaks: broken.count_set_bits() as u64,
            sample,
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

    fn join(&self, before: Stretch, after: Stretch) -> Stretch {
        let mut sample = before.sample;
        let mut breaks = before.breaks + after.breaks;
        if self.is_break(before.last.compare(&after.first)) {
            breaks += 1;
            sample.push(after.first_row);
        }
        sample.merge(after.sample);
        Stretch {
            to: after.to,
            last: after.last,
            count: before.count + after.count,
            breaks,
            sample,
            first_row: before.first_row,
            first: before.first,
            from: before.from,
        }
    }

    /// Tells whether all offending rows are kept, however many there are.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        self.limit.is_none()
    }

    /// Adds another state of the same column.
    pub fn merge(&mut self, other: Self) {
        self.stretches.extend(other.stretches);
    }

    /// Joins all stretches in input order.
    #[must_use]
    pub fn value(&self) -> OrderValue {
        let mut stretches = self.stretches.clone();
        stretches.sort_by_key(|stretch| stretch.from);
        match stretches.into_iter().reduce(|before, after| self.join(before, after)) {
            None => OrderValue { count: 0, breaks: 0, rows: Vec::new() },
            Some(all) => OrderValue { count: all.count, breaks: all.breaks, rows: all.sample.rows().to_vec() },
        }
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        self.stretches.iter().map(|stretch| size_of::<Stretch>() + stretch.sample.size()).sum()
    }
}
