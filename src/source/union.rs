//! Several files as one dataset: one schema, one row of units.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::Lacking;
use super::part::as_batch;
use super::reconcile::{adapt, common, plain};
use crate::column::Scalar;
use crate::scan::{BatchIterator, ColumnFacts, Facts, Place, Scan, ScanError, Steps, together};

/// Files whose columns go together by name.
pub struct Union {
    parts: Vec<Part>,
    schema: SchemaRef,
    /// For each unit the number of its part, and its number there.
    units: Vec<(usize, usize)>,
    progress: Mutex<Progress>,
}

/// Which units are read, as far as it tells which will be.
#[derive(Default)]
struct Progress {
    /// The last of the units that were begun in turn, and its columns.
    last: Option<(usize, Vec<usize>)>,
    /// The units that were prepared and not begun.
    prepared: BTreeSet<usize>,
}

/// A file of the union.
struct Part {
    name: String,
    scan: Box<dyn Scan>,
    /// For each column of the union its number in the file; `None` where the file does not have it.
    roots: Vec<Option<usize>>,
}

impl Part {
    /// Returns which of its own columns some of the union are, ascending.
    fn own_columns(&self, columns: &[usize]) -> Vec<usize> {
        let own: BTreeSet<usize> = columns.iter().filter_map(|column| self.roots[*column]).collect();
        own.into_iter().collect()
    }
}

impl std::fmt::Debug for Union {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.parts.iter().map(|part| part.name.as_str()).collect();
        f.debug_struct("Union").field("files", &names).finish_non_exhaustive()
    }
}

/// How many units are prepared.
const PREPARED: usize = 2;

/// Units that were begun so near to each other are read one after the other, be it by several threads.
const NEAR: usize = 32;

/// How many differences a message lists.
const LISTED: usize = 5;

impl Union {
    /// Puts files together, each with its name for people.
    ///
    /// # Errors
    /// A file has two columns of one name, no column in common with those before it, or one of a type that does not go
    /// together with theirs.
    pub fn new(files: Vec<(String, Box<dyn Scan>)>) -> Result<Self, ScanError> {
        // each with the types that it is found to be of, and the first file of each type
        let mut fields: Vec<(Field, Vec<(DataType, &str)>)> = Vec::new();
        for (name, scan) in &files {
            let schema = scan.schema();
            refuse_namesakes(&schema, name)?;
            let has_some =
                schema.fields().iter().any(|field| fields.iter().any(|(known, _)| known.name() == field.name()));
            let first = fields.first().and_then(|(_, known)| known.first());
            if let Some((_, first)) = first.filter(|_| !has_some && !schema.fields().is_empty()) {
                return Err(ScanError::Usage {
                    problem: format!("`{name}` has no column in common with `{first}`"),
                    help: Some("check files of different tables each by themselves".to_owned()),
                });
            }
            let mut differences = Vec::new();
            for (at, field) in schema.fields().iter().enumerate() {
                let found = plain(field.data_type());
                let Some(place) = place(&fields, |(known, _)| known.name(), field.name(), at) else {
                    fields.push((Field::new(field.name(), found.clone(), true), vec![(found, name)]));
                    continue;
                };
                let (known, before) = &mut fields[place];
                match common(known.data_type(), &found) {
                    Some(data_type) => {
                        known.set_data_type(data_type);
                        if before.iter().all(|(data_type, _)| *data_type != found) {
                            before.push((found, name));
                        }
                    }
                    None => differences.push(difference(field.name(), &found, known.data_type(), before)),
                }
            }
            if !differences.is_empty() {
                let more = differences.len().saturating_sub(LISTED);
                differences.truncate(LISTED);
                let more = if more > 0 { format!(", and {more} more columns differ") } else { String::new() };
                return Err(ScanError::Usage {
                    problem: format!("the columns of `{name}` are of other types: {}{more}", differences.join(", ")),
                    help: Some("check files of one schema at a time, or rewrite those that differ".to_owned()),
                });
            }
        }
        let schema = Arc::new(Schema::new(fields.into_iter().map(|(field, _)| field).collect::<Vec<_>>()));
        let mut units = Vec::new();
        let parts = files.into_iter().enumerate().map(|(number, (name, scan))| {
            units.extend((0..scan.unit_count()).map(|unit| (number, unit)));
            let own = scan.schema();
            let wanted = schema.fields().iter().enumerate();
            let roots = wanted.map(|(at, field)| place(own.fields(), |known| known.name(), field.name(), at));
            let roots = roots.collect();
            Part { name, scan, roots }
        });
        let parts = parts.collect();
        Ok(Self { parts, schema, units, progress: Mutex::default() })
    }

    /// Prepares the next units where units are read one after the other with the same columns. Where some are left out, as
    /// facts have all answers, nothing is known of the next one.
    fn prepare_next(&self, unit: usize, columns: &[usize]) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.prepared.remove(&unit);
        let is_idle = |known: &usize| known.abs_diff(unit) > NEAR;
        let idle: Vec<usize> = progress.prepared.iter().copied().filter(is_idle).collect();
        for idle in idle {
            progress.prepared.remove(&idle);
            self.prepare(idle, None);
        }
        let in_turn = match &progress.last {
            Some((last, known)) if unit > 0 && known == columns => {
                let is_near = if unit > *last { unit - last <= PREPARED } else { last - unit < NEAR };
                is_near.then_some(unit.max(*last))
            }
            _ => None,
        };
        progress.last = Some((in_turn.unwrap_or(unit), columns.to_vec()));
        let Some(last) = in_turn else { return };
        for next in last + 1..=(last + PREPARED).min(self.units.len().saturating_sub(1)) {
            if progress.prepared.insert(next) {
                self.prepare(next, Some(columns));
            }
        }
    }

    /// Returns which columns of the dataset a file does not have, for each file that lacks some.
    pub(super) fn lacking(&self) -> Vec<Lacking> {
        let of = |part: &Part| {
            let columns = self.schema.fields().iter().zip(&part.roots);
            let columns = columns.filter(|(_, root)| root.is_none()).map(|(field, _)| field.name().clone());
            Lacking { file: part.name.clone(), columns: columns.collect() }
        };
        self.parts.iter().map(of).filter(|lacking| !lacking.columns.is_empty()).collect()
    }

    fn part(&self, unit: usize) -> (&Part, usize) {
        let (part, unit) = self.units[unit];
        (&self.parts[part], unit)
    }

    /// Puts a batch of a part, whose columns are these roots of its own, in the shape of the union.
    fn shape(
        &self,
        part: &Part,
        batch: &RecordBatch,
        own: &[usize],
        columns: &[usize],
    ) -> Result<RecordBatch, ScanError> {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
        for &column in columns {
            let field = self.schema.field(column);
            arrays.push(match part.roots[column].and_then(|root| own.iter().position(|known| *known == root)) {
                None => new_null_array(field.data_type(), batch.num_rows()),
                Some(place) => adapt(batch.column(place), field.data_type()).map_err(|said| ScanError::Corrupt {
                    file: part.name.clone(),
                    problem: format!(
                        "has values in column `{}` that do not fit {}: {said}",
                        field.name(),
                        field.data_type()
                    ),
                })?,
            });
        }
        let fields = columns.iter().map(|column| &self.schema.fields()[*column]);
        as_batch(fields, arrays, batch.num_rows())
            .map_err(|error| ScanError::Corrupt { file: part.name.clone(), problem: error.to_string() })
    }
}

/// Says how the type of a column differs from what it is in the files before: from the first type that it does not go together
/// with, or else from the one that holds the values of all of them.
fn difference(column: &str, found: &DataType, widened: &DataType, before: &[(DataType, &str)]) -> String {
    match before.iter().find(|(data_type, _)| common(data_type, found).is_none()) {
        Some((data_type, file)) => format!("`{column}` is {found}, and {data_type} in `{file}`"),
        None => format!("`{column}` is {found}, and {widened} in the files before it together"),
    }
}

/// Refuses a file two of whose columns go by one name: nobody could say which one is meant.
/// Finds a name, in most files at the place where others have it.
fn place<T>(columns: &[T], name_of: impl Fn(&T) -> &String, name: &str, probable: usize) -> Option<usize> {
    if columns.get(probable).is_some_and(|column| name_of(column) == name) {
        return Some(probable);
    }
    columns.iter().position(|column| name_of(column) == name)
}

fn refuse_namesakes(schema: &Schema, file: &str) -> Result<(), ScanError> {
    let mut seen = BTreeSet::new();
    match schema.fields().iter().find(|field| !seen.insert(field.name())) {
        None => Ok(()),
        Some(twice) => Err(ScanError::Corrupt {
            file: file.to_owned(),
            problem: format!("has two columns named `{}`", twice.name()),
        }),
    }
}

impl Scan for Union {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn unit_count(&self) -> usize {
        self.units.len()
    }

    fn rows(&self, unit: usize) -> Result<u64, ScanError> {
        let (part, unit) = self.part(unit);
        part.scan.rows(unit)
    }

    fn facts(&self, unit: usize) -> Result<Facts, ScanError> {
        let (part, unit) = self.part(unit);
        let facts = part.scan.facts(unit)?;
        let own = part.scan.schema();
        let column = |(field, root): (&Arc<Field>, &Option<usize>)| match root {
            None => ColumnFacts { nulls: facts.rows, no_nan: true, ..ColumnFacts::default() },
            Some(root) => {
                let known = facts.columns.get(*root).cloned().unwrap_or_default();
                widened(known, &plain(own.field(*root).data_type()), field.data_type())
            }
        };
        let columns = self.schema.fields().iter().zip(&part.roots).map(column).collect();
        Ok(Facts { rows: facts.rows, columns })
    }

    fn dictionary(&self, unit: usize, column: usize) -> Result<Option<ArrayRef>, ScanError> {
        let (part, unit) = self.part(unit);
        let Some(root) = part.roots[column] else { return Ok(None) };
        let is_same = &plain(part.scan.schema().field(root).data_type()) == self.schema.field(column).data_type();
        if is_same { part.scan.dictionary(unit, root) } else { Ok(None) }
    }

    fn batches(&self, number: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        self.prepare_next(number, columns);
        let (part, unit) = self.part(number);
        let own = part.own_columns(columns);
        let batches = part.scan.batches(unit, &own)?;
        let columns = columns.to_vec();
        Ok(Box::new(batches.map(move |batch| self.shape(part, &batch?, &own, &columns))))
    }

    fn steps(&self, number: usize, first: &[usize], rest: &[usize]) -> Result<Box<dyn Steps + '_>, ScanError> {
        self.prepare_next(number, &together(first, rest));
        let (part, unit) = self.part(number);
        let inner = part.scan.steps(unit, &part.own_columns(first), &part.own_columns(rest))?;
        Ok(Box::new(UnionSteps { union: self, part, inner, columns: first.to_vec() }))
    }

    fn prepare(&self, unit: usize, columns: Option<&[usize]>) {
        let (part, unit) = self.part(unit);
        part.scan.prepare(unit, columns.map(|columns| part.own_columns(columns)).as_deref());
    }

    fn weight(&self, unit: usize) -> u64 {
        let (part, unit) = self.part(unit);
        part.scan.weight(unit)
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        let (part, unit) = self.part(unit);
        part.scan.place(unit, row)
    }

    fn line(&self, unit: usize, row: u64) -> Option<u64> {
        let (part, unit) = self.part(unit);
        part.scan.line(unit, row)
    }
}

/// The batches of a part, in the shape of the union.
struct UnionSteps<'a> {
    union: &'a Union,
    part: &'a Part,
    inner: Box<dyn Steps + 'a>,
    /// What each batch has.
    columns: Vec<usize>,
}

impl Steps for UnionSteps<'_> {
    fn first(&mut self) -> Option<Result<RecordBatch, ScanError>> {
        let batch = self.inner.first()?;
        let own = self.part.own_columns(&self.columns);
        Some(batch.and_then(|batch| self.union.shape(self.part, &batch, &own, &self.columns)))
    }

    fn more(&mut self, columns: &[usize]) -> Result<RecordBatch, ScanError> {
        let own = self.part.own_columns(columns);
        self.union.shape(self.part, &self.inner.more(&own)?, &own, columns)
    }

    fn held_bytes(&self) -> usize {
        self.inner.held_bytes()
    }
}

/// What is certain of a column once its values are of a wider type.
fn widened(facts: ColumnFacts, from: &DataType, to: &DataType) -> ColumnFacts {
    if from == to {
        return facts;
    }
    let is_kept = |bound: &Scalar| matches!(bound, Scalar::Int(_)) && to.is_integer();
    ColumnFacts {
        nulls: facts.nulls,
        lower: facts.lower.filter(is_kept),
        upper: facts.upper.filter(is_kept),
        exact: facts.exact && to.is_integer(),
        no_nan: facts.no_nan,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int32Array, Int64Array, StringArray, UInt32Array};

    use super::*;
    use crate::source::memory::MemorySource;

    /// A dataset that notes what it is told of the units to come.
    struct Noting {
        inner: MemorySource,
        notes: Arc<Mutex<Vec<(usize, bool)>>>,
    }

    impl Scan for Noting {
        fn schema(&self) -> SchemaRef {
            self.inner.schema()
        }

        fn unit_count(&self) -> usize {
            self.inner.unit_count()
        }

        fn rows(&self, unit: usize) -> Result<u64, ScanError> {
            self.inner.rows(unit)
        }

        fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
            self.inner.batches(unit, columns)
        }

        fn prepare(&self, unit: usize, columns: Option<&[usize]>) {
            self.notes.lock().unwrap_or_else(PoisonError::into_inner).push((unit, columns.is_some()));
        }

        fn weight(&self, unit: usize) -> u64 {
            self.inner.weight(unit)
        }

        fn place(&self, unit: usize, row: u64) -> Place {
            self.inner.place(unit, row)
        }
    }

    #[test]
    fn a_difference_names_a_type_that_the_named_file_has() {
        let unsigned: ArrayRef = Arc::new(UInt32Array::from(vec![1]));
        let signed: ArrayRef = Arc::new(Int32Array::from(vec![1]));
        let text: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
        let file = |(name, array): (&str, &ArrayRef)| -> (String, Box<dyn Scan>) {
            let batch = RecordBatch::try_from_iter([("v", Arc::clone(array))]).expect("one column");
            let source = MemorySource::new(name, batch.schema(), vec![vec![batch]]).expect("one schema");
            (name.to_owned(), Box::new(source))
        };
        // together the first two are Int64, which neither of them is
        let files = [("a", &unsigned), ("b", &signed), ("c", &text)].map(file);
        let error = Union::new(files.into()).expect_err("texts are no numbers").to_string();
        assert!(error.contains("`c`") && error.contains("`v` is Utf8, and UInt32 in `a`"), "{error}");
    }

    /// Reads units, and returns what was said of others after each.
    fn notes(units: &[usize]) -> Vec<Vec<(usize, bool)>> {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let batch = RecordBatch::try_from_iter([("n", numbers)]).expect("one column");
        let inner = MemorySource::new("numbers", batch.schema(), vec![vec![batch]; 100]).expect("one schema");
        let notes = Arc::new(Mutex::new(Vec::new()));
        let noting = Noting { inner, notes: Arc::clone(&notes) };
        let union = Union::new(vec![("numbers".to_owned(), Box::new(noting))]).expect("one part");
        let read = |unit: &usize| {
            union.batches(*unit, &[0]).expect("it is there").for_each(drop);
            std::mem::take(&mut *notes.lock().unwrap_or_else(PoisonError::into_inner))
        };
        units.iter().map(read).collect()
    }

    #[test]
    fn the_next_units_are_prepared_where_units_are_read_in_turn() {
        let expected = [vec![], vec![(2, true), (3, true)], vec![(4, true)], vec![(5, true)]];
        assert_eq!(notes(&[0, 1, 2, 3]), expected);
        // two threads that overtake each other
        assert_eq!(notes(&[1, 0, 2, 3]), [vec![], vec![], vec![(3, true), (4, true)], vec![(5, true)]]);
        assert_eq!(notes(&[98, 99]), [vec![], vec![]]);
    }

    #[test]
    fn units_that_are_passed_over_are_not_prepared_and_those_that_were_are_given_up() {
        assert_eq!(notes(&[0, 10, 20, 30]), [vec![], vec![], vec![], vec![]]);
        let given_up = vec![(2, false), (3, false)];
        assert_eq!(notes(&[0, 1, 90]), [vec![], vec![(2, true), (3, true)], given_up]);
    }
}
