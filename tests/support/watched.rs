//! A dataset that remembers what of it was read.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use weir::scan::{BatchIterator, Facts, Misfit, Place, Scan, ScanError};

/// A scan that remembers which columns were read.
pub struct Watched {
    scan: Arc<dyn Scan>,
    /// The root columns.
    pub columns: Mutex<BTreeSet<usize>>,
    /// The units.
    pub units: Mutex<BTreeSet<usize>>,
}

impl Watched {
    /// Remembers nothing yet.
    pub fn new(scan: Arc<dyn Scan>) -> Self {
        Self { scan, columns: Mutex::default(), units: Mutex::default() }
    }
}

impl Scan for Watched {
    fn schema(&self) -> SchemaRef {
        self.scan.schema()
    }

    fn unit_count(&self) -> usize {
        self.scan.unit_count()
    }

    fn rows(&self, unit: usize) -> Result<u64, ScanError> {
        self.scan.rows(unit)
    }

    fn facts(&self, unit: usize) -> Result<Facts, ScanError> {
        self.scan.facts(unit)
    }

    fn dictionary(&self, unit: usize, column: usize) -> Result<Option<ArrayRef>, ScanError> {
        self.scan.dictionary(unit, column)
    }

    fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        let width = self.schema().fields().len().max(1);
        self.columns.lock().expect("nobody panics").extend(columns.iter().map(|column| column % width));
        self.units.lock().expect("nobody panics").insert(unit);
        self.scan.batches(unit, columns)
    }

    fn weight(&self, unit: usize) -> u64 {
        self.scan.weight(unit)
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        self.scan.place(unit, row)
    }

    fn line(&self, unit: usize, row: u64) -> Option<u64> {
        self.scan.line(unit, row)
    }

    fn has_texts(&self, column: usize) -> bool {
        self.scan.has_texts(column)
    }

    fn has_codes(&self, column: usize) -> bool {
        self.scan.has_codes(column)
    }

    fn settle(&self, threads: usize) -> Result<(), ScanError> {
        self.scan.settle(threads)
    }

    fn misfit(&self, column: usize) -> Option<&Misfit> {
        self.scan.misfit(column)
    }
}
