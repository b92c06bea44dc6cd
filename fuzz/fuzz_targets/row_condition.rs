//! Any text as a `row_condition`: what is understood can be bound to a table and judges each of its rows, and judging
//! the rows one by one gives the same.
#![no_main]

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use libfuzzer_sys::fuzz_target;
use weir::column::Predicate;
use weir::column::evaluate::Evaluator;
use weir::suite::condition::parse_text;

static TABLE: LazyLock<RecordBatch> = LazyLock::new(|| {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", Arc::new(Int64Array::from(vec![Some(-1), None, Some(0), Some(i64::MAX), Some(i64::MIN)]))),
        ("f", Arc::new(Float64Array::from(vec![Some(0.5), Some(f64::NAN), None, Some(-0.0), Some(f64::INFINITY)]))),
        ("t", Arc::new(StringArray::from(vec![Some(""), Some("paid"), None, Some("é%_\\"), Some("12")]))),
        ("b", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true), Some(false)]))),
        ("d", Arc::new(Date32Array::from(vec![Some(0), Some(19_000), None, Some(-1), Some(i32::MAX)]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("columns of one length")
});

fuzz_target!(|text: &str| {
    for parser in [None, Some("pandas"), Some("spark")] {
        match parse_text(text, parser) {
            Ok(predicate) => judge(&predicate),
            Err(error) => {
                assert!(!error.message.is_empty());
                assert!(error.span.start <= error.span.end && error.span.end <= text.len(), "{error:?} of {text:?}");
                assert!(text.is_char_boundary(error.span.start) && text.is_char_boundary(error.span.end), "{error:?}");
            }
        }
    }
});

fn judge(predicate: &Predicate) {
    let Some(whole) = answers(predicate, &TABLE) else { return };
    for row in 0..TABLE.num_rows() {
        if let Some(single) = answers(predicate, &TABLE.slice(row, 1)) {
            assert_eq!(single, whole[row..=row], "row {row} of {predicate}");
        }
    }
}

/// The answer for each row; `None` where the condition does not fit the table, or fails on its values.
fn answers(predicate: &Predicate, table: &RecordBatch) -> Option<Vec<Option<bool>>> {
    let mut evaluator = Evaluator::new(table.schema(), Arc::new([]));
    let id = evaluator.predicate(predicate).ok()?;
    let mut roots = BTreeSet::new();
    evaluator.roots(id, &mut roots);
    let roots: Vec<usize> = roots.into_iter().collect();
    evaluator.load(&table.project(&roots).expect("columns of the table"), &roots);
    let mask = evaluator.mask(id).ok()?;
    let (expected, unexpected) = (mask.expected(), mask.unexpected());
    Some(
        (0..table.num_rows())
            .map(|row| match (expected.value(row), unexpected.value(row)) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            })
            .collect(),
    )
}
