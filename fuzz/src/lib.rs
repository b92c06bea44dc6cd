//! Any bytes as a dataset of one format: opened, and read in every way that a check reads it.
//!
//! A panic of a library that reads a format is turned into an error where weir expects it (`weir::guard`), and is no
//! finding. A panic in weir's own code is one, also where it would be caught.

use std::fs;
use std::panic::{set_hook, take_hook};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Once};

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::{FieldRef, SchemaRef};
use weir::scan::{Scan, ScanError};
use weir::source::format::Format;
use weir::source::malformed::OnMalformed;
use weir::source::{Dataset, ReadOptions, Relevant, open};

/// Columns that are read one by one; the others only together.
const SINGLE_COLUMNS: usize = 8;
/// A file that says it has more rows than this is not read to its end: a few bytes can promise them by the billion.
const MOST_ROWS: u64 = 1 << 20;

/// The file that each input is written to, in memory where the system has such a folder.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    folder.join(format!("weir-fuzz-{}", std::process::id()))
});

/// Reads bytes as a file of a format.
///
/// # Panics
/// What weir says of them contradicts itself.
pub fn read(bytes: &[u8], format: Format) {
    let_own_panics_through();
    fs::write(&*FILE, bytes).expect("there is room for the input");
    let options = ReadOptions {
        format: Some(format),
        hive_partitions: false,
        spill_folder: FILE.parent().map(PathBuf::from).unwrap_or_default(),
        ..ReadOptions::default()
    };
    look_at(&options);
    if format.is_text() {
        assert_same_once(&options);
        look_at(&ReadOptions { on_malformed: OnMalformed::Count, ..options.clone() });
    }
    if format == Format::Csv {
        look_at(&ReadOptions { has_header: false, comment: Some(b'#'), delimiter: Some(b';'), ..options });
    }
}

/// Ends the process at a panic of weir's own code also within `weir::guard::guarded`, which keeps those of libraries silent.
fn let_own_panics_through() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // the guard sets its own hook when it is first used, and this one has to come before it
        let _ = weir::guard::guarded(|| ());
        let guard = take_hook();
        set_hook(Box::new(move |panic| {
            let is_own = panic.location().is_some_and(|location| !is_of_library(location.file()));
            if is_own {
                eprintln!("{panic}");
                std::process::abort();
            }
            guard(panic);
        }));
    });
}

/// Libraries lie among cargo's sources, the standard library in rustc's.
fn is_of_library(file: &str) -> bool {
    file.contains("/registry/src/")
        || file.contains("/git/checkouts/")
        || file.contains("/rustc/")
        || file.contains("/rustlib/")
}

fn look_at(options: &ReadOptions) {
    match open(&[FILE.to_string_lossy().into_owned()], options) {
        Ok(Dataset { scan, malformed, .. }) => {
            assert!(malformed.examples.len() as u64 <= malformed.count);
            read_all(scan.as_ref());
        }
        Err(error) => assert_says_something(&error),
    }
}

/// Reads a text once, and with a look at all of it first; where once is enough, it gives the same.
///
/// # Panics
/// It does not.
fn assert_same_once(options: &ReadOptions) {
    let once = ReadOptions { read_once: Some(Relevant::All), read_once_from_bytes: 0, ..options.clone() };
    let Ok(found) = whole(&once) else { return };
    assert_eq!(Some(found), whole(options).ok(), "read once, and looked at first");
}

/// Reads all columns together: the schema, the rows of each unit, and the columns.
fn whole(options: &ReadOptions) -> Result<(SchemaRef, Vec<u64>, Vec<Vec<ArrayRef>>), ScanError> {
    let Dataset { scan, .. } = open(&[FILE.to_string_lossy().into_owned()], options)?;
    let schema = scan.schema();
    let all: Vec<usize> = (0..schema.fields().len()).collect();
    let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::new(); all.len()];
    for unit in 0..scan.unit_count() {
        for batch in scan.batches(unit, &all)? {
            for (column, values) in columns.iter_mut().zip(batch?.columns()) {
                column.push(Arc::clone(values));
            }
        }
    }
    scan.settle(1)?;
    let rows = (0..scan.unit_count()).map(|unit| scan.rows(unit)).filter(|rows| !matches!(rows, Ok(0)));
    let rows = rows.collect::<Result<_, _>>()?;
    let plain = |(field, parts): (&FieldRef, Vec<ArrayRef>)| {
        parts.iter().map(|part| cast(part, field.data_type()).expect("codes of values of the type")).collect()
    };
    let columns = schema.fields().iter().zip(columns).map(plain).collect();
    Ok((schema, rows, columns))
}

fn assert_says_something(error: &ScanError) {
    assert!(!error.to_string().is_empty(), "{error:?}");
}

fn read_all(scan: &dyn Scan) {
    let width = scan.schema().fields().len();
    let all: Vec<usize> = (0..width).collect();
    let mut choices: Vec<Vec<usize>> = vec![all.clone(), Vec::new()];
    choices.extend(all.iter().take(SINGLE_COLUMNS).map(|column| vec![*column]));
    choices.extend(all.iter().filter(|column| scan.has_texts(**column)).take(1).map(|column| vec![column + width]));
    for unit in 0..scan.unit_count() {
        let rows = match scan.rows(unit) {
            Ok(rows) => rows,
            Err(error) => return assert_says_something(&error),
        };
        match scan.facts(unit) {
            Ok(facts) => assert!(facts.rows.is_none_or(|known| known == rows), "{:?} of {rows} rows", facts.rows),
            Err(error) => assert_says_something(&error),
        }
        for column in all.iter().take(SINGLE_COLUMNS) {
            if let Err(error) = scan.dictionary(unit, *column) {
                assert_says_something(&error);
            }
        }
        let _ = (scan.weight(unit), scan.place(unit, 0), scan.line(unit, 0));
        for columns in &choices {
            read_unit(scan, unit, columns, rows);
        }
    }
}

fn read_unit(scan: &dyn Scan, unit: usize, columns: &[usize], rows: u64) {
    let batches = match scan.batches(unit, columns) {
        Ok(batches) => batches,
        Err(error) => return assert_says_something(&error),
    };
    let mut read = 0;
    for batch in batches {
        match batch {
            Ok(batch) => {
                assert_eq!(batch.num_columns(), columns.len());
                read += batch.num_rows() as u64;
                if read > MOST_ROWS {
                    return;
                }
            }
            Err(error) => return assert_says_something(&error),
        }
    }
    assert_eq!(read, rows, "unit {unit}, columns {columns:?}");
}
