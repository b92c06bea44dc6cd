//! Record batches in memory as a dataset: what another program hands over, and what tests make.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};

use crate::scan::{BatchIterator, ColumnFacts, Facts, Place, Scan, ScanError};

/// Record batches in memory, in units.
#[derive(Debug, Clone)]
pub struct MemorySource {
    name: Arc<str>,
    schema: SchemaRef,
    units: Vec<Vec<RecordBatch>>,
    /// The number of each unit's first row in the whole.
    starts: Vec<u64>,
}

impl MemorySource {
    /// Makes a dataset of batches, each inner list one unit. `name` is what people are told of where a row lies.
    ///
    /// # Errors
    /// A batch does not have the schema's columns. It may hold a column dictionary-encoded though the schema does not.
    pub fn new(name: impl Into<Arc<str>>, schema: SchemaRef, units: Vec<Vec<RecordBatch>>) -> Result<Self, ScanError> {
        let name = name.into();
        let mut starts = Vec::with_capacity(units.len());
        let mut rows = 0;
        for unit in &units {
            starts.push(rows);
            for batch in unit {
                check(&name, &schema, batch)?;
                rows += batch.num_rows() as u64;
            }
        }
        Ok(Self { name, schema, units, starts })
    }

    fn column(&self, unit: usize, column: usize) -> impl Iterator<Item = &ArrayRef> {
        self.units[unit].iter().map(move |batch| batch.column(column))
    }
}

/// Checks that a batch has the columns that the schema names.
fn check(name: &str, schema: &SchemaRef, batch: &RecordBatch) -> Result<(), ScanError> {
    let corrupt = |problem: String| ScanError::Corrupt { file: name.to_owned(), problem };
    if batch.num_columns() != schema.fields().len() {
        return Err(corrupt(format!(
            "has a batch of {} columns, its schema has {}",
            batch.num_columns(),
            schema.fields().len()
        )));
    }
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let found = match (field.data_type(), array.data_type()) {
            (DataType::Dictionary(_, _), found) => found,
            (_, DataType::Dictionary(_, value)) => value,
            (_, found) => found,
        };
        if found != field.data_type() {
            return Err(corrupt(format!(
                "has a batch in which column `{}` is {found}, its schema says {}",
                field.name(),
                field.data_type()
            )));
        }
    }
    Ok(())
}

impl Scan for MemorySource {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn unit_count(&self) -> usize {
        self.units.len()
    }

    fn rows(&self, unit: usize) -> Result<u64, ScanError> {
        Ok(self.units[unit].iter().map(|batch| batch.num_rows() as u64).sum())
    }

    fn facts(&self, unit: usize) -> Result<Facts, ScanError> {
        let columns = self.schema.fields().iter().enumerate().map(|(column, field)| ColumnFacts {
            nulls: Some(self.column(unit, column).map(|array| array.logical_null_count() as u64).sum()),
            no_nan: !is_floating(field.data_type()),
            ..ColumnFacts::default()
        });
        Ok(Facts { rows: Some(self.rows(unit)?), columns: columns.collect() })
    }

    fn dictionary(&self, unit: usize, column: usize) -> Result<Option<ArrayRef>, ScanError> {
        let mut found: Option<ArrayRef> = None;
        for array in self.column(unit, column) {
            let Some(dictionary) = array.as_any_dictionary_opt() else { return Ok(None) };
            match &found {
                Some(values) if !Arc::ptr_eq(values, dictionary.values()) => return Ok(None),
                _ => found = Some(Arc::clone(dictionary.values())),
            }
        }
        Ok(found)
    }

    fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        let columns = columns.to_vec();
        let project = move |batch: &RecordBatch| {
            let projected = batch.project(&columns);
            projected.map_err(|error| ScanError::Corrupt { file: self.name.to_string(), problem: error.to_string() })
        };
        Ok(Box::new(self.units[unit].iter().map(project)))
    }

    fn weight(&self, unit: usize) -> u64 {
        self.units[unit].iter().map(|batch| batch.get_array_memory_size() as u64).sum()
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        Place { file: Arc::clone(&self.name), row: self.starts[unit] + row }
    }
}

fn is_floating(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => value.is_floating(),
        other => other.is_floating(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{DictionaryArray, Int64Array, StringArray};
    use arrow::datatypes::{Field, Int32Type, Schema};

    use super::*;

    fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, true), Field::new("status", DataType::Utf8, true)]))
    }

    fn source(ids: Vec<i64>, status: ArrayRef) -> Result<MemorySource, ScanError> {
        let id: ArrayRef = Arc::new(Int64Array::from(ids));
        let batch = RecordBatch::try_from_iter([("id", id), ("status", status)]).expect("of one length");
        MemorySource::new("memory", schema(), vec![vec![batch.clone()], vec![batch]])
    }

    #[test]
    fn a_column_may_come_as_a_dictionary_and_no_other_type() {
        let dictionary: DictionaryArray<Int32Type> = vec![Some("a"), None].into_iter().collect();
        let source = source(vec![1, 2], Arc::new(dictionary)).expect("a dictionary of texts");
        assert_eq!(source.facts(0).expect("in memory").columns[1].nulls, Some(1));
        assert_eq!(source.dictionary(0, 1).expect("in memory").map(|values| values.len()), Some(1));
        assert_eq!(source.dictionary(0, 0).expect("in memory"), None);
        let error = self::source(vec![1], Arc::new(Int64Array::from(vec![1]))).expect_err("no texts");
        let wanted = "`memory` has a batch in which column `status` is Int64, its schema says Utf8";
        assert_eq!(error.to_string(), wanted);
    }

    #[test]
    fn rows_are_numbered_through_units_and_counted_without_columns() {
        let source = source(vec![1, 2], Arc::new(StringArray::from(vec!["a", "b"]))).expect("of the schema");
        assert_eq!(source.place(1, 1), Place { file: "memory".into(), row: 3 });
        let mut batches = source.batches(0, &[]).expect("in memory");
        assert_eq!(batches.next().map(|batch| batch.map(|batch| batch.num_rows()).ok()), Some(Some(2)));
    }
}
