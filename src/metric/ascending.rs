//! Whether rows ascend strictly by a key: a proof, without a table of keys, that none occurs twice.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, ArrowNativeTypeOp, AsArray, PrimitiveArray, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Int32Type, Int64Type};

use super::Position;
use super::chunk::Chunk;
use crate::column::Scalar;
use crate::column::key::cast_for_comparison;

/// Stretches of rows that ascend strictly within; the proof fails where one does not.
///
/// Memory: two keys for each stretch of adjacent rows that one worker saw (a unit, as a rule).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ascending {
    broken: bool,
    stretches: Vec<Stretch>,
}

#[derive(Debug, Clone, PartialEq)]
struct Stretch {
    from: Position,
    to: Position,
    first: Vec<Scalar>,
    last: Vec<Scalar>,
}

impl Ascending {
    /// Adds the rows of a chunk; a null in a key, or a row that does not count, ends the proof.
    pub fn update(&mut self, chunk: &Chunk<'_>, columns: &[ArrayRef]) {
        if self.broken || chunk.len == 0 {
            return;
        }
        let nulls = columns.iter().any(|column| column.logical_null_count() > 0);
        if nulls || chunk.keep.is_some() || chunk.rows.is_some() || !ascends(columns, chunk.len) {
            self.broken = true;
            return;
        }
        let key = |row: usize| columns.iter().map(|column| Scalar::at(column, row)).collect();
        let end = chunk.position(chunk.len - 1);
        let stretch = Stretch {
            from: chunk.position(0),
            to: Position { row: end.row + 1, ..end },
            first: key(0),
            last: key(chunk.len - 1),
        };
        match self.stretches.last_mut() {
            Some(before) if before.to == stretch.from => {
                self.broken = compare(&before.last, &stretch.first) != Some(Ordering::Less);
                before.to = stretch.to;
                before.last = stretch.last;
            }
            _ => self.stretches.push(stretch),
        }
    }

    /// Adds another state of the same columns.
    pub fn merge(&mut self, other: Self) {
        self.broken |= other.broken;
        self.stretches.extend(other.stretches);
    }

    /// Tells whether all rows ascend strictly.
    #[must_use]
    pub fn holds(&self) -> bool {
        let mut stretches: Vec<&Stretch> = self.stretches.iter().collect();
        stretches.sort_by_key(|stretch| stretch.from);
        !self.broken && stretches.windows(2).all(|pair| compare(&pair[0].last, &pair[1].first) == Some(Ordering::Less))
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        self.stretches.len() * size_of::<Stretch>()
    }
}

fn compare(before: &[Scalar], after: &[Scalar]) -> Option<Ordering> {
    for (a, b) in before.iter().zip(after) {
        match a.compare(b)? {
            Ordering::Equal => {}
            unequal => return Some(unequal),
        }
    }
    Some(Ordering::Equal)
}

fn ascends(columns: &[ArrayRef], len: usize) -> bool {
    match columns {
        [a] if a.data_type() == &DataType::Int64 => one_ascends(a.as_primitive::<Int64Type>()),
        [a, b] => match (a.data_type(), b.data_type()) {
            (DataType::Int64, DataType::Int64) => {
                two_ascend(a.as_primitive::<Int64Type>(), b.as_primitive::<Int64Type>())
            }
            (DataType::Int64, DataType::Int32) => {
                two_ascend(a.as_primitive::<Int64Type>(), b.as_primitive::<Int32Type>())
            }
            (DataType::Int32, DataType::Int32) => {
                two_ascend(a.as_primitive::<Int32Type>(), b.as_primitive::<Int32Type>())
            }
            _ => any_ascend(columns, len),
        },
        _ => any_ascend(columns, len),
    }
}

fn one_ascends<A: ArrowPrimitiveType>(a: &PrimitiveArray<A>) -> bool {
    a.values().windows(2).all(|pair| pair[0].is_lt(pair[1]))
}

fn two_ascend<A: ArrowPrimitiveType, B: ArrowPrimitiveType>(a: &PrimitiveArray<A>, b: &PrimitiveArray<B>) -> bool {
    let pairs = a.values().windows(2).zip(b.values().windows(2));
    // without a branch per row: the whole chunk is looked at, which is what the good case costs anyway
    pairs.fold(true, |so_far, (a, b)| so_far & (a[0].is_lt(a[1]) | (a[0].is_eq(a[1]) & b[0].is_lt(b[1]))))
}

fn any_ascend(columns: &[ArrayRef], len: usize) -> bool {
    let mut comparators = Vec::with_capacity(columns.len());
    for column in columns {
        let Ok(column) = cast_for_comparison(column, column.data_type()) else { return false };
        let Ok(comparator) = make_comparator(&column, &column, SortOptions::default()) else { return false };
        comparators.push(comparator);
    }
    (1..len).all(|row| {
        let unequal = comparators.iter().map(|compare| compare(row - 1, row)).find(|order| order.is_ne());
        unequal == Some(Ordering::Less)
    })
}
