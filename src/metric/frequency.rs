//! How often each value, or combination of values, occurs.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use hashbrown::HashMap;

use super::kept::Kept;
use super::partitions::{PARTITIONS, Partitions};
use crate::column::Scalar;
use crate::column::key::{
    Key, KeyEncoder, KeyHasher, KeyRef, Keys, for_each_bytes, hash_of_bytes, hash_of_number, partition_of,
};
use crate::ordered::in_order;
use crate::spill::{SpillError, Store};
use crate::verdict::Problem;

/// From this many distinct keys on they are no longer looked up in a table, but appended to [`Partitions`].
const MOST_IN_TABLE: usize = 1 << 17;

/// Counts of distinct keys.
///
/// Memory: while there are few, some 18 bytes for each distinct value of at most 64 bits, else 40 bytes and the key itself;
/// then that of [`Partitions`], which can be spilled.
#[derive(Clone)]
pub struct Frequencies {
    encoder: Arc<KeyEncoder>,
    counts: Counts,
    /// Bytes that the keys of a table themselves take.
    key_bytes: usize,
    total: u64,
    /// Where there are more distinct keys, none is kept.
    limit: u64,
    /// There are more.
    passes_limit: bool,
    /// What all partitions come to, once that was found out.
    summary: Option<Summary>,
    /// How much may be taken to read back a part of what was spilled.
    reading_bytes: u64,
}

#[derive(Clone)]
enum Counts {
    Fixed(HashMap<u64, u64, KeyHasher>),
    Bytes(HashMap<Box<[u8]>, u64, KeyHasher>),
    Many(Box<Partitions>),
}

/// What is known of all counts.
#[derive(Debug, Clone, Copy, Default)]
struct Summary {
    all: Amount,
    repeated: Amount,
    highest: u64,
    /// How many keys have the highest count.
    modes: u64,
}

/// How much there is of some keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many keys there are.
    pub keys: u64,
    /// How many rows have one of them.
    pub rows: u64,
    /// How long the keys are together, in bytes.
    pub bytes: u64,
}

impl Amount {
    fn add(&mut self, key: KeyRef<'_>, count: u64) {
        self.keys += 1;
        self.rows += count;
        self.bytes += match key {
            KeyRef::Fixed(_) => 8,
            KeyRef::Bytes(bytes) => bytes.len() as u64,
        };
    }

    fn merge(&mut self, other: Self) {
        self.keys += other.keys;
        self.rows += other.rows;
        self.bytes += other.bytes;
    }
}

impl Summary {
    fn add(&mut self, key: KeyRef<'_>, count: u64) {
        self.all.add(key, count);
        if count > 1 {
            self.repeated.add(key, count);
        }
        self.meet(count, 1);
    }

    fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        self.repeated.merge(other.repeated);
        self.meet(other.highest, other.modes);
    }

    fn meet(&mut self, count: u64, keys: u64) {
        match count.cmp(&self.highest) {
            Ordering::Less => {}
            Ordering::Equal => self.modes += keys,
            Ordering::Greater => (self.highest, self.modes) = (count, keys),
        }
    }
}

impl fmt::Debug for Frequencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frequencies").field("total", &self.total).finish_non_exhaustive()
    }
}

impl Frequencies {
    /// Makes the empty state for columns of these types.
    ///
    /// # Errors
    /// Values of a type cannot be told apart.
    pub fn new(types: &[DataType]) -> Result<Self, Problem> {
        let encoder = Arc::new(KeyEncoder::new(types)?);
        let counts = empty_table(&encoder);
        let (limit, reading_bytes) = (u64::MAX, u64::MAX);
        Ok(Self { encoder, counts, key_bytes: 0, total: 0, limit, passes_limit: false, summary: None, reading_bytes })
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
            (Keys::Fixed(keys), Counts::Many(many)) => add_numbers(many, &keys, counts),
            (Keys::Bytes(keys), Counts::Many(many)) => {
                for_each_bytes(&keys, |row, bytes| many.add_bytes(bytes, times(row)));
            }
            (Keys::Rows(rows), Counts::Many(many)) => {
                for (row, bytes) in rows.iter().enumerate() {
                    many.add_bytes(bytes.as_ref(), times(row));
                }
            }
            _ => return Err(Problem::new("internal", "keys of another kind than the state's")),
        }
        self.leave_table();
        Ok(())
    }

    /// Tells whether all values of a single column (nulls aside) are among the keys, as far as that is known at once.
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

    /// Leaves a table that has become too large: with a limit all keys are dropped (whatever the order in which states meet,
    /// the union has too many), else they go to partitions.
    fn leave_table(&mut self) {
        let in_table = match &self.counts {
            Counts::Fixed(map) => map.len(),
            Counts::Bytes(map) => map.len(),
            Counts::Many(_) => return,
        };
        if self.passes_limit || in_table as u64 > self.limit {
            self.passes_limit = true;
            self.counts = empty_table(&self.encoder);
            self.key_bytes = 0;
        } else if in_table > MOST_IN_TABLE && !self.is_limited() {
            self.partition();
        }
    }

    fn is_limited(&self) -> bool {
        self.limit < u64::MAX
    }

    /// Moves the keys of a table to partitions.
    fn partition(&mut self) -> &mut Partitions {
        if !matches!(self.counts, Counts::Many(_)) {
            let mut many = Box::new(Partitions::new(self.encoder.is_fixed()));
            match std::mem::replace(&mut self.counts, empty_table(&self.encoder)) {
                Counts::Fixed(map) => map.into_iter().for_each(|(key, count)| many.add_number(key, count)),
                Counts::Bytes(map) => map.into_iter().for_each(|(key, count)| many.add_bytes(&key, count)),
                Counts::Many(_) => {}
            }
            self.key_bytes = 0;
            self.counts = Counts::Many(many);
        }
        match &mut self.counts {
            Counts::Many(many) => many,
            _ => unreachable!("the keys were just moved"),
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
            (_, Counts::Many(other)) => self.partition().merge(*other),
            (Counts::Many(many), Counts::Fixed(other)) => {
                other.into_iter().for_each(|(key, count)| many.add_number(key, count));
            }
            (Counts::Many(many), Counts::Bytes(other)) => {
                other.into_iter().for_each(|(key, count)| many.add_bytes(&key, count));
            }
            _ => {}
        }
        self.leave_table();
    }

    /// Bytes of memory that [`Self::spill`] gives back.
    #[must_use]
    pub fn spillable(&self) -> usize {
        match &self.counts {
            Counts::Many(many) => many.spillable(),
            _ if self.is_limited() => 0,
            _ => self.size(),
        }
    }

    /// Bytes of memory that cannot be spilled and are not few.
    #[must_use]
    pub fn pinned(&self) -> usize {
        if self.is_limited() { self.size() } else { 0 }
    }

    /// Writes the keys to disk.
    ///
    /// # Errors
    /// The file cannot be made or written to.
    pub fn spill(&mut self, store: &Arc<Store>) -> Result<(), SpillError> {
        if self.is_limited() { Ok(()) } else { self.partition().spill(store) }
    }

    /// Finds out what all keys come to, which [`Self::distinct`] and others tell. `reading_bytes` is what each thread may
    /// take to read back a part of what was spilled.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn finish(&mut self, threads: usize, reading_bytes: u64) -> Result<(), SpillError> {
        self.reading_bytes = reading_bytes;
        let mut summary = Summary::default();
        match &self.counts {
            Counts::Fixed(map) => map.iter().for_each(|(key, count)| summary.add(KeyRef::Fixed(*key), *count)),
            Counts::Bytes(map) => map.iter().for_each(|(key, count)| summary.add(KeyRef::Bytes(key), *count)),
            Counts::Many(many) => {
                let read = |place: usize| {
                    let mut part = Summary::default();
                    many.visit(place..place + 1, reading_bytes, &mut |key, count| part.add(key, count)).map(|()| part)
                };
                in_order(PARTITIONS, threads, read, |_, part| part.map(|part| summary.merge(part)))?;
            }
        }
        self.summary = Some(summary);
        Ok(())
    }

    fn summary(&self) -> Summary {
        self.summary.unwrap_or_default()
    }

    /// Tells whether keys are numbers of 64 bits.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.encoder.is_fixed()
    }

    /// The types of the columns.
    #[must_use]
    pub fn types(&self) -> &[DataType] {
        self.encoder.types()
    }

    /// Tells whether all keys are here: there are no more of them than the limit.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.passes_limit
    }

    /// How many distinct keys there are, once finished.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        self.summary().all.keys
    }

    /// How many rows were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The greatest count, once finished; 0 of nothing.
    #[must_use]
    pub fn highest(&self) -> u64 {
        self.summary().highest
    }

    /// How many keys have the greatest count, once finished.
    #[must_use]
    pub fn modes(&self) -> u64 {
        self.summary().modes
    }

    /// All keys, once finished.
    #[must_use]
    pub fn all(&self) -> Amount {
        self.summary().all
    }

    /// The keys that several rows have, once finished.
    #[must_use]
    pub fn repeated(&self) -> Amount {
        self.summary().repeated
    }

    /// Visits the distinct keys of some partitions with their counts, in no certain order.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn visit_keys(&self, places: Range<usize>, visit: &mut impl FnMut(KeyRef<'_>, u64)) -> Result<(), SpillError> {
        let is_all = places == (0..PARTITIONS);
        match &self.counts {
            Counts::Fixed(map) => {
                let keys =
                    map.iter().filter(|(key, _)| is_all || places.contains(&partition_of(hash_of_number(**key))));
                keys.for_each(|(key, count)| visit(KeyRef::Fixed(*key), *count));
            }
            Counts::Bytes(map) => {
                let keys = map.iter().filter(|(key, _)| is_all || places.contains(&partition_of(hash_of_bytes(key))));
                keys.for_each(|(key, count)| visit(KeyRef::Bytes(key), *count));
            }
            Counts::Many(many) => many.visit(places, self.reading_bytes, visit)?,
        }
        Ok(())
    }

    /// Visits the distinct values (one per column) with their counts, in no certain order.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn visit(&self, mut visit: impl FnMut(Vec<Scalar>, u64)) -> Result<(), SpillError> {
        self.visit_keys(0..PARTITIONS, &mut |key, count| visit(self.encoder.decode(&key.to_key()), count))
    }

    /// Returns the distinct values (one per column) with their counts, in the order of the values; those of types without
    /// one in some order that is always the same. All are held at once.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn sorted(&self, comply: impl Fn(u64) -> bool) -> Result<Vec<(Vec<Scalar>, u64)>, SpillError> {
        let mut keys: Vec<(Key, u64)> = Vec::new();
        self.visit_keys(0..PARTITIONS, &mut |key, count| {
            if comply(count) {
                keys.push((key.to_key(), count));
            }
        })?;
        keys.sort_unstable();
        let mut decoded: Vec<_> = keys.into_iter().map(|(key, count)| (self.encoder.decode(&key), count)).collect();
        decoded.sort_by(|(a, _), (b, _)| first_difference(a.iter().zip(b)));
        Ok(decoded)
    }

    /// Bytes of memory, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.counts {
            Counts::Fixed(map) => map.capacity() * 17,
            Counts::Bytes(map) => map.capacity() * 25 + map.len() * 16 + self.key_bytes,
            Counts::Many(many) => many.size(),
        }
    }
}

fn empty_table(encoder: &KeyEncoder) -> Counts {
    if encoder.is_fixed() { Counts::Fixed(HashMap::default()) } else { Counts::Bytes(HashMap::default()) }
}

/// Adds numbers, of which those that follow their like are counted together.
fn add_numbers(many: &mut Partitions, keys: &[u64], counts: Option<&[u64]>) {
    let mut row = 0;
    while let Some(key) = keys.get(row) {
        let first = row;
        row += 1;
        while keys.get(row) == Some(key) {
            row += 1;
        }
        many.add_number(*key, counts.map_or((row - first) as u64, |counts| counts[first..row].iter().sum()));
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
        let sorted: Vec<String> = state
            .sorted(|_| true)
            .expect("nothing was spilled")
            .iter()
            .map(|(values, count)| format!("{} {count}", values[0]))
            .collect();
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
            all.finish(1, u64::MAX).expect("nothing was spilled");
            assert_eq!((all.is_complete(), all.distinct(), all.total()), (false, 0, 5));
        }
        let mut few = counted(&[1, 2], 3);
        few.merge(counted(&[3, 3], 3));
        few.finish(1, u64::MAX).expect("nothing was spilled");
        assert_eq!((few.is_complete(), few.distinct(), few.highest()), (true, 3, 2));
    }
}
