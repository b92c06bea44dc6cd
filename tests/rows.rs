//! The rows that break expectations, and the others, as files: together they are the input, row for row, and what a row is
//! said to break is what complete results say.

#[path = "support/folder.rs"]
mod folder;
#[path = "support/program.rs"]
mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Date64Array, Decimal256Array, DictionaryArray, DurationSecondArray,
    FixedSizeBinaryArray, Float16Array, Int64Array, Int64Builder, IntervalMonthDayNanoArray, ListBuilder, MapBuilder,
    NullArray, RecordBatch, RecordBatchReader, StringArray, StringBuilder, StringViewArray, StructArray,
    Time32SecondArray, TimestampSecondArray, UnionArray,
};
use arrow::buffer::ScalarBuffer;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Int8Type, Int64Type, IntervalMonthDayNano, UnionFields, i256};
use arrow::ipc::writer::FileWriter;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use folder::folder;
use half::f16;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use program::command;
use proptest::prelude::*;
use serde_json::Value;

fn weir(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("the file is there"));
    let reader = reader.expect("it is Parquet").build().expect("it can be read");
    let schema = reader.schema();
    concat_batches(&schema, &reader.map(|batch| batch.expect("it can be read")).collect::<Vec<_>>())
        .expect("one schema")
}

/// Writes rows as Parquet, in row groups of so many.
fn write(path: &Path, batch: &RecordBatch, group: usize) {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let file = File::create(path).expect("a writable folder");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("types that Parquet knows");
    writer.write(batch).expect("a writable file");
    writer.close().expect("a writable file");
}

/// Shows each row, with the values of some columns.
fn shown(batch: &RecordBatch, columns: usize) -> Vec<String> {
    let options = FormatOptions::default().with_null("∅");
    let columns: Vec<ArrayFormatter<'_>> = batch.columns()[..columns]
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options).expect("a type that can be shown"))
        .collect();
    let row = |row| columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join(" | ");
    (0..batch.num_rows()).map(row).collect()
}

/// What the program said and wrote of a run.
struct Run {
    result: Value,
    failed: RecordBatch,
    clean: RecordBatch,
}

fn run(folder: &Path, data: &str, options: &[&str]) -> Run {
    let mut arguments = vec!["check", data, "--suite", "suite.yaml", "--quiet", "--format", "json"];
    arguments.extend(["--failed-rows", "failed.parquet", "--clean-rows", "clean.parquet"]);
    arguments.extend(["--result-format", "complete"]);
    arguments.extend(options);
    let output = weir(folder, &arguments);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", said(&output));
    let result = serde_json::from_slice(&output.stdout).expect("it is JSON");
    Run { result, failed: read(&folder.join("failed.parquet")), clean: read(&folder.join("clean.parquet")) }
}

impl Run {
    /// How many columns are the data's.
    fn width(&self) -> usize {
        self.clean.num_columns()
    }

    fn told(&self, name: &str) -> &ArrayRef {
        self.failed.column_by_name(name).unwrap_or_else(|| panic!("there is a column `{name}`"))
    }

    fn numbers(&self, name: &str) -> Vec<i64> {
        self.told(name).as_primitive::<Int64Type>().values().to_vec()
    }

    /// The rows that are said to break each expectation, by its name.
    fn broken(&self) -> BTreeMap<String, BTreeSet<i64>> {
        let rows = self.numbers("__weir_row");
        let lists = self.told("__weir_expectations").as_list::<i32>();
        let mut broken: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for (at, row) in rows.into_iter().enumerate() {
            let ids = lists.value(at);
            assert!(!ids.is_empty(), "row {row} breaks something");
            for id in ids.as_string::<i32>().iter().flatten() {
                assert!(broken.entry(id.to_owned()).or_default().insert(row), "row {row} breaks `{id}` once");
            }
        }
        broken
    }

    /// Puts the rows of both files together, by their numbers among all that were judged (`numbers`).
    fn together(&self, numbers: &[i64]) -> Vec<String> {
        let failed: BTreeMap<i64, String> =
            self.numbers("__weir_row").into_iter().zip(shown(&self.failed, self.width())).collect();
        assert_eq!(failed.len(), self.failed.num_rows());
        let mut clean = shown(&self.clean, self.width()).into_iter();
        let row = |row| failed.get(row).cloned().or_else(|| clean.next()).expect("no row is lost");
        let all = numbers.iter().map(row).collect();
        assert_eq!(clean.next(), None, "no row is there twice");
        all
    }

    /// Compares what rows are said to break with the complete results.
    fn agrees(&self) {
        let rows = self.numbers("__weir_row");
        assert!(rows.is_sorted(), "rows keep their order: {rows:?}");
        let broken = self.broken();
        let told = &self.result["meta"]["failed_rows"];
        assert_eq!(told["rows"], self.failed.num_rows());
        assert_eq!(self.result["meta"]["clean_rows"]["rows"], self.clean.num_rows());
        let list = |key: &str| told[key].as_array().expect("a list").clone();
        let index = |it: &Value| it["index"].as_u64().expect("a number") as usize;
        let (with_rows, without_rows) = (list("expectations"), list("expectations_without_rows"));
        assert_eq!(with_rows.len(), broken.len());
        let mut unmet = BTreeSet::new();
        for expectation in &with_rows {
            let result = &self.result["results"][index(expectation)]["result"];
            let list = result["unexpected_index_list"].as_array().expect("a complete result about rows");
            let wanted: BTreeSet<i64> = list.iter().map(|row| row.as_i64().expect("a number")).collect();
            let found = &broken[expectation["id"].as_str().expect("a text")];
            assert_eq!(found, &wanted, "{expectation} in {:#}", self.result["results"][index(expectation)]);
            assert_eq!(expectation["rows"], wanted.len());
            unmet.insert(index(expectation));
        }
        for expectation in &without_rows {
            let result = &self.result["results"][index(expectation)]["result"];
            assert_eq!(result.get("unexpected_index_list"), None, "{expectation}");
            unmet.insert(index(expectation));
        }
        let results = self.result["results"].as_array().expect("a list");
        let wanted = (0..results.len()).filter(|at| results[*at]["success"] == false);
        assert_eq!(unmet, wanted.collect());
    }
}

/// A row of the tables: a key, a text, two numbers, a day, a list.
type Row = (Option<i64>, Option<String>, Option<i64>, Option<i64>, Option<i32>, Option<Vec<Option<i64>>>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = prop::sample::select(vec!["", "a", "ab", "b ", "é", "a@b.org", "12", "{}"]).prop_map(str::to_owned);
    let row = (
        prop::option::weighted(0.95, 0..40i64),
        prop::option::weighted(0.9, text),
        prop::option::weighted(0.9, -5..9i64),
        prop::option::weighted(0.9, -5..9i64),
        prop::option::weighted(0.9, 19_000..29_000i32),
        prop::option::weighted(0.9, prop::collection::vec(prop::option::weighted(0.9, 0..6i64), 0..4)),
    );
    prop::collection::vec(row, 0..60)
}

fn table(rows: &[Row]) -> RecordBatch {
    let mut lists = ListBuilder::new(Int64Builder::new());
    for row in rows {
        match &row.5 {
            Some(items) => lists.append_value(items.iter().copied()),
            None => lists.append_null(),
        }
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("k", Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>())),
        ("s", Arc::new(rows.iter().map(|row| row.1.clone()).collect::<StringArray>())),
        ("a", Arc::new(rows.iter().map(|row| row.2).collect::<Int64Array>())),
        ("b", Arc::new(rows.iter().map(|row| row.3).collect::<Int64Array>())),
        ("d", Arc::new(rows.iter().map(|row| row.4).collect::<Date32Array>())),
        ("l", Arc::new(lists.finish())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("columns of one length")
}

/// Every kind of expectation, without the braces, and whether it takes `mostly`.
const EXPECTATIONS: &[(&str, bool)] = &[
    ("expect_column_values_to_not_be_null: {column: s", true),
    ("expect_column_values_to_be_null: {column: l", true),
    ("expect_column_values_to_be_unique: {column: k", true),
    ("expect_column_values_to_be_unique: {column: s", true),
    ("expect_column_values_to_be_unique: {column: 'l[]'", true),
    ("expect_column_values_to_be_in_set: {column: s, value_set: [a, ab, '12']", true),
    ("expect_column_values_to_not_be_in_set: {column: a, value_set: [1, 2]", true),
    ("expect_column_values_to_be_between: {column: a, min_value: 0, max_value: 5", true),
    ("expect_column_values_to_be_between: {column: 'l[]', max_value: 4", true),
    ("expect_column_values_to_be_increasing: {column: a", true),
    ("expect_column_values_to_be_increasing: {column: d, strictly: true", true),
    ("expect_column_values_to_be_decreasing: {column: b", true),
    ("expect_column_values_to_be_decreasing: {column: 'l[]'", true),
    ("expect_column_values_to_not_be_in_future: {column: d", true),
    ("expect_column_values_to_exist_in_other_dataset: {column: k, other_dataset: keys.parquet", true),
    (
        "expect_column_values_to_exist_in_other_dataset: {column: 'l[]', other_dataset: keys.parquet, other_column: k",
        true,
    ),
    ("expect_column_values_to_exist_in_other_dataset: {column_list: [k, s], other_dataset: keys.parquet", true),
    ("expect_column_values_to_not_be_outliers: {column: a, multiplier: 0.5", true),
    ("expect_column_value_z_scores_to_be_less_than: {column: b, threshold: 0.5, double_sided: true", true),
    ("expect_column_value_lengths_to_be_between: {column: s, min_value: 1, max_value: 2", true),
    ("expect_column_value_lengths_to_equal: {column: s, value: 1", true),
    ("expect_column_values_to_match_regex: {column: s, regex: '^[a-b]'", true),
    ("expect_column_values_to_not_match_regex: {column: s, regex: 'b'", true),
    ("expect_column_values_to_match_regex_list: {column: s, regex_list: ['^a', '2$']", true),
    ("expect_column_values_to_not_match_regex_list: {column: s, regex_list: ['^a', '2$']", true),
    ("expect_column_values_to_match_like_pattern: {column: s, like_pattern: 'a%'", true),
    ("expect_column_values_to_not_match_like_pattern: {column: s, like_pattern: 'a%'", true),
    ("expect_column_values_to_match_like_pattern_list: {column: s, like_pattern_list: ['a%', '%2']", true),
    ("expect_column_values_to_not_match_like_pattern_list: {column: s, like_pattern_list: ['a%', '%2']", true),
    ("expect_column_values_to_match_strftime_format: {column: s, strftime_format: '%d'", true),
    ("expect_column_values_to_be_dateutil_parseable: {column: s", true),
    ("expect_column_values_to_be_json_parseable: {column: s", true),
    ("expect_column_values_to_match_json_schema: {column: s, json_schema: {type: object}", true),
    ("expect_column_values_to_be_valid_uuid: {column: s", true),
    ("expect_column_values_to_be_valid_email: {column: s", true),
    ("expect_column_values_to_be_valid_url: {column: s", true),
    ("expect_column_values_to_be_valid_ip: {column: s", true),
    ("expect_column_values_to_be_valid_iso_country: {column: s", true),
    ("expect_column_values_to_be_valid_iso_currency: {column: s", true),
    ("expect_column_values_to_not_have_surrounding_whitespace: {column: s", true),
    ("expect_column_pair_values_to_be_equal: {column_A: a, column_B: b", true),
    ("expect_column_pair_values_a_to_be_greater_than_b: {column_A: a, column_B: b", true),
    ("expect_column_pair_values_to_be_in_set: {column_A: a, column_B: s, value_pairs_set: [[1, a], [2, null]]", true),
    ("expect_multicolumn_values_to_be_equal: {column_list: [a, b, k]", true),
    ("expect_multicolumn_sum_to_equal: {column_list: [a, b], sum_total: 4", true),
    ("expect_select_column_values_to_be_unique_within_record: {column_list: [a, b, k]", true),
    ("expect_compound_columns_to_be_unique: {column_list: [a, s]", true),
    ("expect_compound_columns_to_be_unique: {column_list: [a, b], ignore_row_if: any_value_is_missing", true),
    ("expect_row_to_satisfy: {condition: 'a + b > 3'", true),
    ("expect_column_mean_to_be_between: {column: a, min_value: 3", false),
    ("expect_column_distinct_values_to_be_in_set: {column: s, value_set: [a]", false),
    ("expect_table_row_count_to_equal: {value: 7", false),
    ("expect_column_to_exist: {column: nothing", false),
    ("expect_column_values_to_be_of_type: {column: a, type_: text", false),
    ("expect_column_values_to_be_between: {column: nothing, min_value: 0", true),
    ("unexpected_rows_expectation: {unexpected_rows_query: 'select k from {batch} where a > 3'", false),
];

const CONDITIONS: [&str; 3] = ["a > 1", "s is not null", "b < 4 or k > 20"];

/// An expectation in YAML.
fn expectation() -> impl Strategy<Value = String> {
    let mostly = prop_oneof![2 => Just(None), 1 => (0..10u8).prop_map(|tenth| Some(f64::from(tenth) / 10.0))];
    let condition = prop::option::weighted(0.3, prop::sample::select(CONDITIONS.to_vec()));
    (0..EXPECTATIONS.len(), mostly, condition).prop_map(|(at, mostly, condition)| {
        let (text, takes_mostly) = EXPECTATIONS[at];
        let mostly = mostly.filter(|_| takes_mostly).map_or_else(String::new, |mostly| format!(", mostly: {mostly}"));
        let condition = condition.map_or_else(String::new, |condition| format!(", row_condition: '{condition}'"));
        format!("  - {text}{mostly}{condition}}}\n")
    })
}

fn keys() -> RecordBatch {
    let rows: Vec<Row> =
        (0..40).step_by(3).map(|key| (Some(key), Some("a".to_owned()), None, None, None, None)).collect();
    table(&rows)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn both_files_are_the_input_and_agree_with_complete_results(
        rows in rows(),
        group in 1..30usize,
        suite in prop::collection::vec(expectation(), 1..12),
        condition in prop::option::weighted(0.3, Just("a > 1")),
        threads in 1..4usize,
        statistics in any::<bool>(),
    ) {
        let folder = folder(&[("suite.yaml", &format!("expectations:\n{}", suite.concat()))]);
        let input = table(&rows);
        write(&folder.path().join("data.parquet"), &input, group);
        write(&folder.path().join("keys.parquet"), &keys(), 5);
        let threads = threads.to_string();
        let mut options = vec!["--threads", &threads, "--memory-limit", "1MB"];
        options.extend(condition.iter().flat_map(|condition| ["--where", condition]));
        options.extend((!statistics).then_some("--no-statistics"));
        let run = run(folder.path(), "data.parquet", &options);
        run.agrees();
        let is_judged = |row: &i64| condition.is_none() || rows[*row as usize].2.is_some_and(|a| a > 1);
        let judged: Vec<i64> = (0..rows.len() as i64).filter(is_judged).collect();
        let all = shown(&input, input.num_columns());
        let wanted: Vec<String> = judged.iter().map(|row| all[*row as usize].clone()).collect();
        prop_assert_eq!(run.together(&judged), wanted);
        prop_assert_eq!(&run.clean.schema().fields, &input.schema().fields);
    }
}

/// Runs with a suite without expectations: all rows are clean.
fn all_rows(folder: &Path, data: &str, options: &[&str]) -> RecordBatch {
    fs::write(folder.join("nothing.yaml"), "expectations: []\n").expect("a writable folder");
    let mut arguments = vec!["check", data, "--suite", "nothing.yaml", "--clean-rows", "all.parquet"];
    arguments.extend(options);
    let output = weir(folder, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    read(&folder.join("all.parquet"))
}

const ORDERS: &str = "id,customer,amount\n1,ada,19.9\n2,bob,-5\n2,cyd\n\n3,,80\n2,\"d\ne\",250\n4,eve,1\n5,f,g,h\n";

#[test]
fn rows_of_text_tell_their_lines_and_lines_that_are_no_rows_stand_behind_them() {
    let suite = "expectations:\n  - expect_column_values_to_be_unique: {column: id, id: one of a kind}\n  \
                 - expect_column_values_to_be_between: {column: amount, min_value: 0}\n  \
                 - expect_column_values_to_not_be_null: {column: customer, mostly: 0.5}\n";
    let folder = folder(&[("orders.csv", ORDERS), ("suite.yaml", suite)]);
    let run = run(folder.path(), "orders.csv", &["--malformed", "count"]);
    let shown = shown(&run.failed, run.failed.num_columns());
    let between = "expect_column_values_to_be_between(amount)";
    assert_eq!(
        shown,
        [
            format!("2 | bob | -5.0 | orders.csv | 1 | 1 | 3 | [one of a kind, {between}] | ∅ | ∅"),
            "2 | d\ne | 250.0 | orders.csv | 3 | 3 | 7 | [one of a kind] | ∅ | ∅".to_owned(),
            "∅ | ∅ | ∅ | orders.csv | ∅ | ∅ | 4 | [] | has 2 fields, the header has 3; is the line cut off? | 2,cyd".to_owned(),
            "∅ | ∅ | ∅ | orders.csv | ∅ | ∅ | 10 | [] | has 4 fields, the header has 3; put a field that holds `,` in quotes | 5,f,g,h"
                .to_owned(),
        ]
    );
    assert_eq!(self::shown(&run.clean, 3), ["1 | ada | 19.9", "3 | ∅ | 80.0", "4 | eve | 1.0"]);
    let told = &run.result["meta"]["failed_rows"];
    assert_eq!((&told["rows"], &told["malformed_lines"]), (&2.into(), &2.into()));
    let output = weir(
        folder.path(),
        &["check", "orders.csv", "-s", "suite.yaml", "--malformed", "count", "--failed-rows", "f.parquet"],
    );
    let said = said(&output);
    assert!(said.contains("2 failed rows and 2 malformed lines are in `f.parquet`"), "{said}");
}

#[test]
fn malformed_lines_are_all_there_and_whole_however_many() {
    let long = "x".repeat(3_000);
    let lines: String = (0..5_000).map(|row| format!("{{\"a\": {row}}}\n{{\"a\": {long}{row}\n")).collect();
    let folder = folder(&[("data.ndjson", &lines), ("suite.yaml", "expectations: []\n")]);
    let run = run(folder.path(), "data.ndjson", &["--malformed", "count", "--threads", "3", "--memory-limit", "1MB"]);
    let texts = run.told("__weir_text").as_string::<i32>();
    let wanted: Vec<String> = (0..5_000).map(|row| format!("{{\"a\": {long}{row}")).collect();
    assert_eq!(texts.iter().flatten().collect::<Vec<_>>(), wanted);
    let lines: Vec<i64> = (1..=5_000).map(|row| row * 2).collect();
    assert_eq!(run.numbers("__weir_line"), lines);
    assert_eq!(run.clean.num_rows(), 5_000);
}

#[test]
fn malformed_lines_of_csv_are_whole_whatever_is_wrong_with_them() {
    // lines longer than what is read at once, some of two lines, and not all of them UTF-8
    let long = "x".repeat(700_000);
    let wide = format!("2,{long},é,\"y\"");
    let unfit = format!("\"s\"\"even\",\"{long}\nend\"");
    let mut data = b"id,name\n1,a\n".to_vec();
    for line in
        [wide.as_bytes(), unfit.as_bytes(), b"3,b", b"eight,\"c\"", b"4,\xFF", b"nine,\"d\"\"\"", b"5,e", b"ten,"]
    {
        data.extend(line);
        data.extend(b"\r\n");
    }
    data.extend(b"\"eleven\",f");
    let folder = folder(&[("suite.yaml", "expectations: []\n")]);
    fs::write(folder.path().join("data.csv"), &data).expect("a writable folder");
    let options = ["--malformed", "count", "--column-type", "id=integer"];
    let run = run(folder.path(), "data.csv", &options);
    let texts: Vec<Option<&str>> = run.told("__weir_text").as_string::<i32>().iter().collect();
    let short = ["eight,\"c\"", "4,\u{FFFD}", "nine,\"d\"\"\"", "ten,", "\"eleven\",f"];
    let wanted: Vec<Option<&str>> = [wide.as_str(), unfit.as_str()].into_iter().chain(short).map(Some).collect();
    assert!(texts == wanted, "{:?}", texts.iter().flatten().map(|text| text.len()).collect::<Vec<_>>());
    assert_eq!(run.numbers("__weir_line"), [3, 4, 7, 8, 9, 11, 12]);
    let problems = run.told("__weir_malformed").as_string::<i32>();
    assert_eq!(problems.value(2), "holds `eight` in column `id`, which is no Int64");
    assert_eq!(shown(&run.clean, 2), ["1 | a", "3 | b", "5 | e"]);
}

#[test]
fn codes_are_written_as_they_are_and_pass_the_suite_that_the_data_passes() {
    let data = "zip,code,count,amount,declared\n00123,+1,1,00.50,007\n4567,,2,1,8\n89012, 2 ,3,+2.5,9\n";
    let suite = "expectations:\n  - expect_column_value_lengths_to_equal: {column: zip, value: 5}\n";
    let folder = folder(&[("suite.yaml", suite), ("day=1/data.csv", data)]);
    for options in [&["--column-type", "declared=integer"][..], &["--column-type", "declared=integer", "--limit", "3"]]
    {
        let run = run(folder.path(), "day=1", options);
        run.agrees();
        assert_eq!(shown(&run.clean, 6), ["00123 | +1 | 1 | 0.5 | 7 | 1", "89012 |  2  | 3 | 2.5 | 9 | 1"]);
        assert_eq!(shown(&run.failed, 6), ["4567 | ∅ | 2 | 1.0 | 8 | 1"]);
        let types: Vec<DataType> = run.clean.schema().fields().iter().map(|field| field.data_type().clone()).collect();
        assert_eq!(types[..3], [DataType::Utf8, DataType::Utf8, DataType::Int64]);
        assert_eq!(types[3..5], [DataType::Float64, DataType::Int64]);
        let again = weir(folder.path(), &["check", "clean.parquet", "--suite", "suite.yaml"]);
        assert_eq!(again.status.code(), Some(0), "{}", said(&again));
    }
}

#[test]
fn every_format_gives_its_rows_back() {
    let suite = fs::read_to_string("fixtures/suites/sources.yaml").expect("a fixture");
    let suite = format!("{suite}\n- expect_column_values_to_be_increasing: {{column: temp}}\n");
    let folder = folder(&[("suite.yaml", &suite)]);
    let sources = fs::canonicalize("fixtures/sources").expect("a folder");
    let mut judged = 0;
    for entry in fs::read_dir(&sources).expect("a folder") {
        let path = entry.expect("an entry").path().to_string_lossy().into_owned();
        let options: &[&str] = if path.contains("utf16") { &["--encoding", "utf-16le"] } else { &[] };
        let all = all_rows(folder.path(), &path, options);
        let run = run(folder.path(), &path, options);
        run.agrees();
        assert!(run.failed.num_rows() > 0 && run.clean.num_rows() > 0, "{path}");
        let numbers: Vec<i64> = (0..all.num_rows() as i64).collect();
        assert_eq!(run.together(&numbers), shown(&all, all.num_columns()), "{path}");
        judged += 1;
    }
    assert!(judged > 25, "{judged}");
}

#[test]
fn samples_and_limits_are_divided_as_they_are_judged() {
    let rows: String = (0..5_000).map(|row| format!("{row},{}\n", row % 7)).collect();
    let suite = "expectations:\n  - expect_column_values_to_be_between: {column: b, max_value: 4}\n";
    let folder = folder(&[("data.csv", &format!("a,b\n{rows}")), ("suite.yaml", suite)]);
    for options in [["--sample", "10%"], ["--limit", "1234"]] {
        let all = all_rows(folder.path(), "data.csv", &options);
        let run = run(folder.path(), "data.csv", &options);
        run.agrees();
        let numbers: Vec<i64> = (0..all.num_rows() as i64).collect();
        assert_eq!(run.together(&numbers), shown(&all, 2));
        let own = run.failed.column(0).as_primitive::<Int64Type>().values().to_vec();
        assert_eq!(run.numbers("__weir_file_row"), own);
        assert!(all.num_rows() < 1_300 && all.num_rows() > 300);
    }
}

#[test]
fn keys_that_do_not_fit_into_memory_give_the_same_rows() {
    let key = |row: u64| format!("{:064x}", row.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 60_000);
    let rows = 120_000_u64;
    let keys: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(key)));
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values((0..rows as i64).map(|row| row ^ 5)));
    let data = RecordBatch::try_from_iter([("k", keys), ("n", numbers)]).expect("columns of one length");
    let others: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).step_by(3).map(key)));
    let others = RecordBatch::try_from_iter([("k", others)]).expect("one column");
    let suite = "expectations:\n  - expect_column_values_to_be_unique: {column: k}\n  \
                 - expect_column_values_to_exist_in_other_dataset: {column: k, other_dataset: others.parquet}\n  \
                 - expect_compound_columns_to_be_unique: {column_list: [k, n]}\n  \
                 - expect_column_values_to_be_increasing: {column: n}\n";
    let folder = folder(&[("suite.yaml", suite)]);
    write(&folder.path().join("data.parquet"), &data, 10_000);
    write(&folder.path().join("others.parquet"), &others, 10_000);
    let runs = [["1GB", "1", "basic"], ["1MB", "3", "boolean_only"]].map(|[limit, threads, level]| {
        let options = ["--memory-limit", limit, "--threads", threads, "--result-format", level];
        let arguments = [
            "check",
            "data.parquet",
            "--suite",
            "suite.yaml",
            "--failed-rows",
            "f.parquet",
            "--clean-rows",
            "c.parquet",
        ];
        let output = weir(folder.path(), &[arguments.as_slice(), &options].concat());
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        (read(&folder.path().join("f.parquet")), read(&folder.path().join("c.parquet")))
    });
    assert_eq!(runs[0], runs[1]);
    let (failed, clean) = &runs[0];
    assert_eq!(failed.num_rows() + clean.num_rows(), rows as usize);
    assert!(failed.num_rows() > 60_000, "{}", failed.num_rows());
}

#[test]
fn files_without_rows_have_their_columns() {
    let suite = "expectations:\n  - expect_column_values_to_be_between: {column: a, min_value: 0}\n";
    let folder = folder(&[
        ("suite.yaml", suite),
        ("met.csv", "a,b\n1,x\n"),
        ("unmet.csv", "a,b\n-1,x\n"),
        ("empty.csv", "a,b\n"),
    ]);
    for (data, failed, clean) in [("met.csv", 0, 1), ("unmet.csv", 1, 0), ("empty.csv", 0, 0)] {
        let run = run(folder.path(), data, &[]);
        assert_eq!((run.failed.num_rows(), run.clean.num_rows()), (failed, clean), "{data}");
        let names: Vec<String> = run.failed.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(
            names,
            ["a", "b", "__weir_file", "__weir_row", "__weir_file_row", "__weir_line", "__weir_expectations"]
        );
        assert_eq!(run.clean.num_columns(), 2);
    }
}

#[test]
fn failed_rows_that_are_judged_again_keep_what_was_said_of_them() {
    let suite = "expectations:\n  - expect_column_values_to_be_between: {column: a, min_value: 0}\n";
    let folder = folder(&[("suite.yaml", suite), ("data.csv", "a\n-1\n1\n-2\n")]);
    run(folder.path(), "data.csv", &[]);
    fs::rename(folder.path().join("failed.parquet"), folder.path().join("again.parquet")).expect("it is there");
    let run = run(folder.path(), "again.parquet", &[]);
    assert_eq!(run.numbers("__weir_row"), [0, 2]);
    assert_eq!(run.numbers("___weir_row"), [0, 1]);
}

#[test]
fn nothing_is_written_over_what_is_read_and_no_half_file_is_left() {
    let suite =
        "expectations:\n  - expect_column_values_to_exist_in_other_dataset: {column: a, other_dataset: keys.parquet}\n";
    let folder = folder(&[("suite.yaml", suite), ("data.csv", "a\n1\n"), ("old.parquet", "old")]);
    let path = |name: &str| folder.path().join(name);
    write(&path("keys.parquet"), &keys(), 100);
    write(&path("data.parquet"), &keys(), 100);
    fs::create_dir(path("lake")).expect("a new folder");
    write(&path("lake/data.parquet"), &keys(), 100);
    let cases: [(&[&str], &str); 9] = [
        (&["lake", "--failed-rows", "lake/failed.parquet"], "is read as data the next time, since `lake` finds it"),
        (&["lake/*.parquet", "--clean-rows", "./lake/clean.parquet"], "since `lake/*.parquet` finds it"),
        (&["lake", "--output", "json=lake/result.json"], "since `lake` finds it"),
        (&["data.csv", "--failed-rows", "keys.parquet"], "is read, and rows would be written over it"),
        (&["data.parquet", "--clean-rows", "./data.parquet"], "is read, and the result would overwrite it"),
        (&["*.parquet", "--clean-rows", "old.parquet"], "old.parquet"),
        (&["data.csv", "--clean-rows", "no/rows.parquet"], "there is no folder `no`"),
        (&["data.csv", "--clean-rows", "a.parquet", "--failed-rows", "./a.parquet"], "two results go to"),
        (&["data.csv", "--clean-rows", "-"], "standard output is none"),
    ];
    let files = || {
        let entries = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry"));
        let files = entries.filter(|entry| entry.path().is_file());
        files.map(|entry| (entry.file_name(), fs::read(entry.path()).expect("a file"))).collect::<BTreeMap<_, _>>()
    };
    let before = files();
    for (arguments, wanted) in cases {
        let output = weir(folder.path(), &[&["check", "-s", "suite.yaml"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(wanted), "{arguments:?}: {}", said(&output));
        assert!(files() == before, "{arguments:?}");
        assert_eq!(fs::read_dir(path("lake")).expect("a folder").count(), 1, "{arguments:?}");
    }
    let hidden = weir(folder.path(), &["check", "-s", "suite.yaml", "lake", "--clean-rows", "lake/_clean.parquet"]);
    assert_eq!(hidden.status.code(), Some(0), "{}", said(&hidden));
}

#[test]
fn data_that_turns_out_corrupt_leaves_the_files_as_they_were() {
    let rows = 20_000;
    let columns: [(&str, ArrayRef); 2] = [
        ("a", Arc::new(Int64Array::from_iter_values(0..rows))),
        ("b", Arc::new(StringArray::from_iter_values((0..rows).map(|row| format!("text {row}"))))),
    ];
    let folder = folder(&[("suite.yaml", "expectations:\n  - expect_column_values_to_be_null: {column: a}\n")]);
    let path = |name: &str| folder.path().join(name);
    write(&path("data.parquet"), &RecordBatch::try_from_iter(columns).expect("columns of one length"), 5_000);
    let mut bytes = fs::read(path("data.parquet")).expect("it is there");
    // within the pages of the last column, of which the suite asks nothing
    let at = bytes.windows(10).rposition(|window| window == b"text 17000").expect("a plain text");
    bytes[at - 200..at + 200].fill(0xff);
    fs::write(path("data.parquet"), bytes).expect("a writable file");
    fs::write(path("failed.parquet"), "old").expect("a writable file");
    let output = weir(
        folder.path(),
        &[
            "check",
            "data.parquet",
            "-s",
            "suite.yaml",
            "--failed-rows",
            "failed.parquet",
            "--clean-rows",
            "clean.parquet",
        ],
    );
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert_eq!(fs::read(path("failed.parquet")).expect("it is there"), b"old");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 3);
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_what_it_leads_to_is_replaced() {
    let suite = "expectations:\n  - expect_column_values_to_be_null: {column: a}\n";
    let folder = folder(&[("suite.yaml", suite), ("data.csv", "a\n1\n"), ("elsewhere/rows", "old")]);
    let link = folder.path().join("failed.parquet");
    std::os::unix::fs::symlink("elsewhere/rows", &link).expect("a link can be made");
    run(folder.path(), "data.csv", &[]);
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(read(&folder.path().join("elsewhere/rows")).num_rows(), 1);
    // one that leads nowhere yet
    fs::remove_file(folder.path().join("elsewhere/rows")).expect("it is there");
    run(folder.path(), "data.csv", &[]);
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(read(&folder.path().join("elsewhere/rows")).num_rows(), 1);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_yet_are_followed_to_their_end() {
    let suite = "expectations:\n  - expect_column_values_to_be_null: {column: a}\n";
    let folder = folder(&[("suite.yaml", suite), ("data.csv", "a\n1\n")]);
    for (link, target) in [("failed.parquet", "second.parquet"), ("second.parquet", "end.parquet")] {
        std::os::unix::fs::symlink(target, folder.path().join(link)).expect("a link can be made");
    }
    let both = weir(
        folder.path(),
        &["check", "data.csv", "-s", "suite.yaml", "--failed-rows", "failed.parquet", "--clean-rows", "end.parquet"],
    );
    assert!(said(&both).contains("two results go to `end.parquet`"), "{}", said(&both));
    run(folder.path(), "data.csv", &[]);
    for link in ["failed.parquet", "second.parquet"] {
        assert!(fs::symlink_metadata(folder.path().join(link)).expect("it is there").is_symlink());
    }
    assert_eq!(read(&folder.path().join("end.parquet")).num_rows(), 1);
}

#[test]
fn values_of_every_type_are_written() {
    let decimals = Decimal256Array::from(vec![Some(i256::MAX), None]).with_precision_and_scale(76, 3);
    let dictionary: DictionaryArray<Int8Type> = [Some("a"), None].into_iter().collect();
    let fields =
        UnionFields::try_new([0, 1], [Field::new("n", DataType::Int64, true), Field::new("t", DataType::Utf8, true)]);
    let fields = fields.expect("two fields");
    let union_of = |ids: [i8; 2], numbers: [Option<i64>; 2]| {
        let numbers = Arc::new(Int64Array::from(numbers.to_vec())) as ArrayRef;
        let texts = Arc::new(StringArray::from(vec!["", "x"]));
        UnionArray::try_new(fields.clone(), ScalarBuffer::from(ids.to_vec()), None, vec![numbers, texts])
    };
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    maps.keys().append_value("k");
    maps.values().append_value(1);
    maps.append(true).expect("as many keys as values");
    maps.append(false).expect("as many keys as values");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", Arc::new(Int64Array::from(vec![Some(1), None]))),
        ("duration", Arc::new(DurationSecondArray::from(vec![Some(90), None]))),
        ("date64", Arc::new(Date64Array::from(vec![Some(86_400_000), None]))),
        ("time", Arc::new(Time32SecondArray::from(vec![Some(61), None]))),
        ("moment", Arc::new(TimestampSecondArray::from(vec![Some(1), None]).with_timezone("Europe/Vienna"))),
        ("decimal", Arc::new(decimals.expect("76 digits are enough"))),
        ("dictionary", Arc::new(dictionary)),
        ("view", Arc::new(StringViewArray::from(vec![Some("a text of some length"), None]))),
        ("null", Arc::new(NullArray::new(2))),
        ("union", Arc::new(union_of([0, 1], [Some(7), None]).expect("two rows"))),
        ("union with null", Arc::new(union_of([0, 0], [Some(-1), None]).expect("two rows"))),
        ("map", Arc::new(maps.finish())),
        ("nothing", Arc::new(StructArray::new_empty_fields(2, Some(vec![true, false].into())))),
        ("half", Arc::new(Float16Array::from(vec![Some(f16::from_f32(1.5)), None]))),
        ("interval", Arc::new(IntervalMonthDayNanoArray::from(vec![Some(IntervalMonthDayNano::new(1, 2, 3)), None]))),
        (
            "bytes",
            Arc::new(
                FixedSizeBinaryArray::try_from_sparse_iter_with_size([Some([1, 2]), None].into_iter(), 2)
                    .expect("two bytes"),
            ),
        ),
    ];
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)));
    let batch = batch.expect("columns of one length");
    let folder = folder(&[("suite.yaml", "expectations:\n  - expect_column_values_to_not_be_null: {column: a}\n")]);
    let file = File::create(folder.path().join("data.arrow")).expect("a writable folder");
    let mut writer = FileWriter::try_new(file, &batch.schema()).expect("a writable file");
    writer.write(&batch).expect("a writable file");
    writer.finish().expect("a writable file");
    let run = run(folder.path(), "data.arrow", &[]);
    run.agrees();
    let first = [
        "1 | PT90S | 1970-01-02T00:00:00 | 00:01:01 | 1970-01-01T01:00:01+01:00",
        "5789604461865809771178549250434395392663499233282028201972879200395656481.996 | a | a text of some length | ∅",
        r#"7 | -1 | {k: 1} | {} | 1.5 | "1 mons 2 days 0.000000003 secs" | 0102"#,
    ];
    let second = r#"∅ | ∅ | ∅ | ∅ | ∅ | ∅ | ∅ | ∅ | ∅ | "x" | ∅ | ∅ | ∅ | ∅ | ∅ | ∅"#;
    assert_eq!(run.together(&[0, 1]), [first.join(" | ").as_str(), second]);
}

#[test]
fn large_texts_whose_types_were_supposed_are_divided_as_well() {
    // the last value of a column that nobody looks at is of another type than all before
    for (late, shown_late) in [("7", "7"), ("seven", "seven"), ("007", "007")] {
        let rows = 300_000;
        let line = |row: i64| {
            format!(
                "{row},{}.5,{}\n",
                row % 1000,
                if row == rows - 1 { late.to_owned() } else { (row % 9).to_string() }
            )
        };
        let data: String = (0..rows).map(line).collect();
        let suite = "expectations:\n  - expect_column_values_to_be_between: {column: amount, max_value: 900}\n";
        let folder = folder(&[("data.csv", &format!("id,amount,code\n{data}")), ("suite.yaml", suite)]);
        let arguments =
            ["check", "data.csv", "--suite", "suite.yaml", "--failed-rows", "f.parquet", "--clean-rows", "c.parquet"];
        let output = weir(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        let [failed, clean] = ["f.parquet", "c.parquet"].map(|name| read(&folder.path().join(name)));
        assert_eq!((failed.num_rows(), clean.num_rows()), (30_000, 270_000));
        let ids = |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().values().to_vec();
        assert!(ids(&failed).iter().all(|id| id % 1000 >= 900) && ids(&failed).is_sorted() && ids(&clean).is_sorted());
        assert_eq!(
            failed.column_by_name("__weir_row").map(|rows| rows.as_primitive::<Int64Type>().values().to_vec()),
            Some(ids(&failed))
        );
        let last = shown(&failed, 3).pop().unwrap_or_default();
        assert_eq!(last, format!("299999 | 999.5 | {shown_late}"));
    }
}
