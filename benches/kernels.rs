//! How fast the kernels are: `cargo bench`. Figures are per value; compare them within one run only.

use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use weir::column::evaluate::Evaluator;
use weir::column::{Bounds, Literal, Predicate, Test};
use weir::metric::frequency::Frequencies;
use weir::metric::kept::Kept;
use weir::metric::moments::Moments;

const ROWS: usize = 1 << 15;

fn main() {
    divan::main();
}

/// Numbers that look random and repeat from run to run.
fn numbers() -> impl Iterator<Item = u64> {
    (0..ROWS as u64).map(|row| row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20)
}

fn floats() -> Float64Array {
    numbers().map(|number| Some((number % 10_000) as f64 / 100.0)).collect()
}

fn texts() -> StringArray {
    const WORDS: [&str; 6] = ["carefully", "special", "deposits", "sleep", "requests", "quickly"];
    let word = |number: u64| WORDS[(number % 6) as usize];
    numbers().map(|number| Some(format!("{} {} {}", word(number), word(number / 7), word(number / 49)))).collect()
}

fn codes() -> DictionaryArray<Int32Type> {
    numbers().map(|number| Some(["AIR", "MAIL", "RAIL", "SHIP", "TRUCK"][(number % 5) as usize])).collect()
}

fn bench_predicate(bencher: Bencher<'_, '_>, column: ArrayRef, test: Test) {
    let batch = RecordBatch::try_from_iter([("c", column)]).expect("one column");
    let mut evaluator = Evaluator::new(batch.schema(), Arc::from([]));
    let predicate = evaluator.predicate(&Predicate::value("c", test)).expect("the test fits");
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        evaluator.load(&batch, &[0]);
        black_box(evaluator.mask(predicate)).map(|mask| mask.count(None))
    });
}

#[divan::bench]
fn between_floats(bencher: Bencher<'_, '_>) {
    let bounds = Bounds { min: Some(Literal::Int(5)), max: Some(Literal::Int(90)), ..Bounds::default() };
    bench_predicate(bencher, Arc::new(floats()), Test::Between(bounds));
}

#[divan::bench]
fn set_of_dictionary_values(bencher: Bencher<'_, '_>) {
    let set = ["AIR", "MAIL", "RAIL"].map(|text| Literal::Text(text.to_owned())).to_vec();
    bench_predicate(bencher, Arc::new(codes()), Test::InSet(set));
}

#[divan::bench(args = ["^[a-z][a-z ]*[a-z]$", "special.*requests", r"\b(carefully|quickly)\b", r"(\w+) sleep"])]
fn regex(bencher: Bencher<'_, '_>, pattern: &str) {
    bench_predicate(bencher, Arc::new(texts()), Test::Regex(pattern.to_owned()));
}

#[divan::bench]
fn text_lengths(bencher: Bencher<'_, '_>) {
    let bounds = Bounds { max: Some(Literal::Int(24)), ..Bounds::default() };
    bench_predicate(bencher, Arc::new(texts()), Test::Length(bounds));
}

#[divan::bench(args = [true, false])]
fn exact_moments(bencher: Bencher<'_, '_>, sum_only: bool) {
    let values = Kept::Plain(Arc::new(floats()));
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut moments = Moments::new(&arrow::datatypes::DataType::Float64, sum_only);
        moments.update(black_box(&values));
        moments.mean()
    });
}

#[divan::bench]
fn frequencies_of_numbers(bencher: Bencher<'_, '_>) {
    let numbers: Int64Array = numbers().map(|number| Some((number % 5_000).cast_signed())).collect();
    let values = Kept::Plain(Arc::new(numbers));
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut frequencies = Frequencies::new(&[arrow::datatypes::DataType::Int64]).expect("numbers can be counted");
        frequencies.update(black_box(&values)).expect("values of the state's type");
        frequencies.distinct()
    });
}
