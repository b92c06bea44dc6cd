//! How often each value, or combination of values, occurs.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use hashbrown::HashMap;

use super::kept::Kept;
use crate::column::Scalar;
use crate::column::key::{Key, KeyEncoder, KeyHasher, Keys, for_each_bytes};
use crate::verdict::Problem;

/// Counts of distinct keys.
///
/// Memory: some 18 bytes for each distinct value of at most 64 bits; else 40 bytes and the key itself.
#[derive(Clone)]
pub struct Frequencies {
    encoder: Arc<KeyEncoder>,
    counts: Counts,
    /// Bytes that the keys themselves take.
    key_bytes: usize,
    total: u64,
    /// Where there are more distinct keys, none is kept.
    limit: u64,
    /// There are more.
    passes_limit: bool,
}

#[derive(Clone)]
enum Counts {
    Fixed(HashMap<u64, u64, KeyHasher>),
    Bytes(HashMap<Box<[u8]>, u64, KeyHasher>),
}

impl fmt::Debug for Frequencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frequencies")
            .field("distinct", &self.distinct())
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

impl Frequencies {
    /// Makes the empty state for columns of these types.
    ///
    /// # Errors
    /// Values of a type cannot be told apart.
    pub fn new(types: &[DataType]) -> Result<Self, Problem> {
        let encoder = KeyEncoder::new(types)?;
        let counts =
            if encoder.is_fixed() { Counts::Fixed(HashMap::default()) } else { Counts::Bytes(HashMap::default()) };
        Ok(Self { encoder: Arc::new(encoder), counts, key_bytes: 0, total: 0, limit: u64::MAX, passes_limit: false })
    }

    /// Makes the empty state that gives up where there are more distinct keys than this.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn limited(types: &[DataType], limit: u64) -> Result<Self, Problem> {
        Ok(Self { limit, ..Self::new(types)? })
    }

    /// Adds the values of a single column.
    ///
    /// # Errors
    /// The values are not of the state's type.
    pub fn update(&mut self, kept: &Kept) -> Result<(), Problem> {
        match kept {
            Kept::Plain(values) => self.add(std::slice::from_ref(values), None),
            Kept::Counted { values, counts } => self.add(std::slice::from_ref(values), Some(counts)),
        }
    }

    /// Adds the rows of several columns, nulls being values.
    ///
    /// # Errors
    /// The values are not of the state's types.
    pub fn update_rows(&mut self, columns: &[ArrayRef]) -> Result<(), Problem> {
        self.add(columns, None)
    }

    fn add(&mut self, columns: &[ArrayRef], counts: Option<&[u64]>) -> Result<(), Problem> {
        let rows = columns.first().map_or(0, |column| column.len());
        self.total += counts.map_or(rows as u64, |counts| counts.iter().sum());
        if self.passes_limit {
            return Ok(());
        }
        let times = |row: usize| counts.map_or(1, |counts| counts[row]);
        match (self.encoder.encode(columns)?, &mut self.counts) {
            (Keys::Fixed(keys), Counts::Fixed(map)) => {
                for (row, key) in keys.into_iter().enumerate() {
                    *map.entry(key).or_insert(0) += times(row);
                }
            }
            (Keys::Bytes(keys), Counts::Bytes(map)) => {
                let key_bytes = &mut self.key_bytes;
                for_each_bytes(&keys, |row, bytes| add_bytes(map, bytes, times(row), key_bytes));
            }
            (Keys::Rows(rows), Counts::Bytes(map)) => {
                for (row, bytes) in rows.iter().enumerate() {
                    add_bytes(map, bytes.as_ref(), times(row), &mut self.key_bytes);
                }
            }
            _ => return Err(Problem::new("internal", "keys of another kind than the state's")),
        }
        self.give_up_past_limit();
        Ok(())
    }

    /// Tells whether all values of a single column (nulls aside) are among the keys.
    ///
    /// # Errors
    /// The values are not of the state's type.
    pub fn has_all(&self, values: &ArrayRef) -> Result<bool, Problem> {
        let is_null = |row: usize| values.is_null(row);
        Ok(match (self.encoder.encode(std::slice::from_ref(values))?, &self.counts) {
            (Keys::Fixed(keys), Counts::Fixed(map)) => {
                keys.iter().enumerate().all(|(row, key)| is_null(row) || map.contains_key(key))
            }
            (Keys::Bytes(keys), Counts::Bytes(map)) => {
                let mut all = true;
                for_each_bytes(&keys, |row, bytes| all = all && (is_null(row) || map.contains_key(bytes)));
                all
            }
            _ => false,
        })
    }

    /// Drops all keys where there are too many: whatever the order in which states meet, the union has too many.
    fn give_up_past_limit(&mut self) {
        if self.passes_limit || self.distinct() > self.limit {
            self.passes_limit = true;
            self.key_bytes = 0;
            match &mut self.counts {
                Counts::Fixed(map) => *map = HashMap::default(),
                Counts::Bytes(map) => *map = HashMap::default(),
            }
        }
    }

    /// Adds another state of the same columns.
    pub fn merge(&mut self, other: Self) {
        self.total += other.total;
        self.passes_limit |= other.passes_limit;
        match (&mut self.counts, other.counts) {
            (Counts::Fixed(map), Counts::Fixed(other)) => {
                for (key, count) in larger_first(map, other) {
                    *map.entry(key).or_insert(0) += count;
                }
            }
            (Counts::Bytes(map), Counts::Bytes(other)) => {
                for (key, count) in larger_first(map, other) {
                    let len = key.len();
                    map.entry(key).and_modify(|total| *total += count).or_insert_with(|| {
                        self.key_bytes += len;
                        count
                    });
                }
            }
            _ => {}
        }
        self.give_up_past_limit();
    }

    /// Tells whether all keys are here: there are no more of them than the limit.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.passes_limit
    }

    /// How many distinct keys there are.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        match &self.counts {
            Counts::Fixed(map) => map.len() as u64,
            Counts::Bytes(map) => map.len() as u64,
        }
    }

    /// How many rows were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns the keys whose counts comply, with the counts, in no certain order.
    #[must_use]
    pub fn keys(&self, comply: impl Fn(u64) -> bool) -> Vec<(Key, u64)> {
        match &self.counts {
            Counts::Fixed(map) => {
                map.iter().filter(|(_, count)| comply(**count)).map(|(key, count)| (Key::Fixed(*key), *count)).collect()
            }
            Counts::Bytes(map) => map
                .iter()
                .filter(|(_, count)| comply(**count))
                .map(|(key, count)| (Key::Bytes(key.clone()), *count))
                .collect(),
        }
    }

    /// Returns the distinct values (one per column) with their counts, in the order of the values; those of types without
    /// one in some order that is always the same.
    #[must_use]
    pub fn sorted(&self, comply: impl Fn(u64) -> bool) -> Vec<(Vec<Scalar>, u64)> {
        let mut keys = self.keys(comply);
        keys.sort_unstable();
        let mut decoded: Vec<_> = keys.into_iter().map(|(key, count)| (self.encoder.decode(&key), count)).collect();
        decoded.sort_by(|(a, _), (b, _)| first_difference(a.iter().zip(b)));
        decoded
    }

    /// The greatest count; 0 of nothing.
    #[must_use]
    pub fn highest(&self) -> u64 {
        match &self.counts {
            Counts::Fixed(map) => map.values().copied().max().unwrap_or(0),
            Counts::Bytes(map) => map.values().copied().max().unwrap_or(0),
        }
    }

    /// How many rows have a key that others have as well.
    #[must_use]
    pub fn repeated_rows(&self) -> u64 {
        let repeated = |counts: &mut dyn Iterator<Item = &u64>| counts.filter(|count| **count > 1).sum();
        match &self.counts {
            Counts::Fixed(map) => repeated(&mut map.values()),
            Counts::Bytes(map) => repeated(&mut map.values()),
        }
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.counts {
            Counts::Fixed(map) => map.capacity() * 17,
            Counts::Bytes(map) => map.capacity() * 25 + map.len() * 16 + self.key_bytes,
        }
    }
}

/// Orders values of one type, nulls before all others, also within lists and structs.
fn nulls_first(a: &Scalar, b: &Scalar) -> Ordering {
    match (a, b) {
        (Scalar::Null, _) | (_, Scalar::Null) => b.is_null().cmp(&a.is_null()),
        (Scalar::List(a), Scalar::List(b)) => first_difference(a.iter().zip(b)).then(a.len().cmp(&b.len())),
        (Scalar::Struct(a), Scalar::Struct(b)) => {
            // a map's names are its keys, which differ from row to row
            let names = || a.iter().map(|(name, _)| name).cmp(b.iter().map(|(name, _)| name));
            first_difference(a.iter().zip(b).map(|((_, a), (_, b))| (a, b))).then_with(names)
        }
        (Scalar::Other(a), Scalar::Other(b)) => a.cmp(b),
        _ => a.compare(b).unwrap_or(Ordering::Equal),
    }
}

fn first_difference<'a>(mut pairs: impl Iterator<Item = (&'a Scalar, &'a Scalar)>) -> Ordering {
    pairs.find_map(|(a, b)| Some(nulls_first(a, b)).filter(|order| order.is_ne())).unwrap_or(Ordering::Equal)
}

fn add_bytes(map: &mut HashMap<Box<[u8]>, u64, KeyHasher>, key: &[u8], times: u64, key_bytes: &mut usize) {
    match map.get_mut(key) {
        Some(count) => *count += times,
        None => {
            map.insert(key.into(), times);
            *key_bytes += key.len();
        }
    }
}

/// Swaps so that the smaller table is added to the larger one.
fn larger_first<K, V, S>(map: &mut HashMap<K, V, S>, mut other: HashMap<K, V, S>) -> HashMap<K, V, S> {
    if other.len() > map.len() {
        std::mem::swap(map, &mut other);
    }
    other
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, ListArray};
    use arrow::datatypes::Float64Type;

    use super::*;

    fn counted(values: &[i64], limit: u64) -> Frequencies {
        let mut state = Frequencies::limited(&[DataType::Int64], limit).expect("numbers can be counted");
        state.update(&Kept::Plain(Arc::new(Int64Array::from(values.to_vec())))).expect("numbers can be counted");
        state
    }

    #[test]
    fn lists_with_nulls_in_them_are_sorted_and_equal_zeros_are_one_value() {
        let lists = |rows: Vec<Vec<Option<f64>>>| -> ArrayRef {
            Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(rows.into_iter().map(Some)))
        };
        let rows = vec![vec![Some(1.0), None], vec![Some(0.0)], vec![None], vec![Some(-0.0)], vec![Some(1.0)], vec![]];
        let rows = lists(rows);
        let mut state = Frequencies::new(&[rows.data_type().clone()]).expect("lists can be counted");
        state.update(&Kept::Plain(Arc::clone(&rows))).expect("lists can be counted");
        let sorted: Vec<String> =
            state.sorted(|_| true).iter().map(|(values, count)| format!("{} {count}", values[0])).collect();
        assert_eq!(sorted, ["[] 1", "[null] 1", "[0.0] 2", "[1.0] 1", "[1.0,null] 1"]);
    }

    #[test]
    fn past_the_limit_no_key_is_kept_in_whatever_order_states_meet() {
        let parts = [counted(&[1, 2], 3), counted(&[2, 3, 4], 3), counted(&[], 3)];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut all = counted(&[], 3);
            for part in order {
                all.merge(parts[part].clone());
            }
            assert_eq!((all.is_complete(), all.distinct(), all.total()), (false, 0, 5));
        }
        let mut few = counted(&[1, 2], 3);
        few.merge(counted(&[3, 3], 3));
        assert_eq!((few.is_complete(), few.distinct(), few.highest()), (true, 3, 2));
    }
}
