//! The same table from files of many formats, written by others' libraries (`fixtures/make_sources.py`): one suite gives the
//! same results, whatever the file.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::{DataType, TimeUnit};
use proptest::prelude::*;
use serde_json::Value;
use weir::diagnostic::SourceText;
use weir::run::{Progress, Request, RowChoice, RunError, check};
use weir::source::{Preparation, ReadOptions, open_watched};
use weir::suite::{Form, Options, Suite, condition};
use weir::verdict::{ResultFormat, ResultLevel};

struct Nobody;

impl Progress for Nobody {
    fn prepare(&self, _: &str, _: Option<u64>) {}
    fn start(&self, _: u64) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
}

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

fn request(data: &[PathBuf], suite: &str) -> Request {
    let text = std::fs::read_to_string(fixture("suites").join(suite)).expect("the suite is there");
    let (suite, _) =
        Suite::parse(&SourceText::new(suite, &text), Form::Yaml, &[], &Options::default()).expect("it is right");
    Request {
        data: data.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
        read: ReadOptions::default(),
        rows: RowChoice::default(),
        row_files: weir::rows::RowFiles::default(),
        suite,
        format: Some(ResultFormat { level: ResultLevel::Summary, ..ResultFormat::default() }),
        threads: 2,
        statistics: true,
        memory_limit: 1 << 30,
    }
}

/// Judges data, and returns the results as JSON.
fn judged(request: &Request) -> Result<Vec<Value>, RunError> {
    let result = check(request, &Nobody)?;
    let json: Value = serde_json::from_str(&weir::report::json::result(&result)).expect("it is JSON");
    Ok(json["results"].as_array().expect("a list of results").clone())
}

fn results(file: &str, suite: &str) -> Vec<Value> {
    judged(&request(&[fixture("sources").join(file)], suite)).unwrap_or_else(|error| panic!("`{file}`: {error}"))
}

/// What is left of results where rows come in another order: what they count.
fn without_order(results: Vec<Value>) -> Vec<Value> {
    let keep = |mut result: Value| {
        if let Some(outcome) = result["result"].as_object_mut() {
            outcome.retain(|key, _| !key.starts_with("partial_unexpected") && !key.contains("index"));
        }
        result
    };
    results.into_iter().map(keep).collect()
}

fn assert_same(file: &str, found: &[Value], expected: &[Value]) {
    assert_eq!(found.len(), expected.len(), "`{file}`");
    for (found, expected) in found.iter().zip(expected) {
        let [found, expected] =
            [found, expected].map(|result| serde_json::to_string_pretty(result).expect("it is JSON"));
        let different = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
        assert_eq!(different, None, "`{file}`: {found}");
    }
}

/// The model is the first of them.
const WITH_TIMES: [&str; 27] = [
    "pyarrow.parquet",
    "pyarrow_v2.parquet",
    "polars.parquet",
    "duckdb.parquet",
    "spark_parquet",
    "pyarrow.feather",
    "pyarrow.arrows",
    "polars.arrow",
    "pyarrow.orc",
    "pyorc_none.orc",
    "pyorc_zlib.orc",
    "pyorc_snappy.orc",
    "pyorc_lz4.orc",
    "pyorc_zstd.orc",
    "fastavro_null.avro",
    "fastavro_deflate.avro",
    "fastavro_snappy.avro",
    "fastavro_zstandard.avro",
    "fastavro_bzip2.avro",
    "fastavro_xz.avro",
    "polars.csv",
    "duckdb.tsv",
    "spark_csv",
    "python.csv.gz",
    "python.csv.bz2",
    "python.csv.zst",
    "python_utf16.csv",
];

/// JSON has no times, and Polars' Avro and Spark's ORC no instants.
const WITHOUT_TIMES: [&str; 6] =
    ["spark_orc", "polars.avro", "polars.ndjson", "duckdb.json", "spark_json", "python.json"];

#[test]
fn every_format_gives_the_same_results() {
    let expected = results(WITH_TIMES[0], "sources.yaml");
    let unmet = expected.iter().filter(|result| result["success"] == false).count();
    assert_eq!((expected.len(), unmet), (25, 20));
    assert!(expected.iter().all(|result| result["exception_info"]["raised_exception"] == false));
    for file in WITH_TIMES.iter().chain(&WITHOUT_TIMES) {
        assert_same(file, &results(file, "sources.yaml"), &expected);
    }
}

#[test]
fn times_are_the_same_in_every_format_that_has_them() {
    let expected = results(WITH_TIMES[0], "sources_times.yaml");
    assert!(expected.iter().all(|result| result["success"] == false && result["result"].is_object()));
    for file in WITH_TIMES {
        assert_same(file, &results(file, "sources_times.yaml"), &expected);
    }
}

#[test]
fn texts_that_are_read_once_give_the_same_results() {
    let expected = results(WITH_TIMES[0], "sources.yaml");
    for file in WITH_TIMES.iter().chain(&WITHOUT_TIMES) {
        let mut request = request(&[fixture("sources").join(file)], "sources.yaml");
        request.read.read_once_from_bytes = 0;
        assert_same(file, &judged(&request).unwrap_or_else(|error| panic!("`{file}`: {error}")), &expected);
    }
}

#[test]
fn declared_times_of_json_are_times() {
    let expected = results(WITH_TIMES[0], "sources_times.yaml");
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    for file in ["polars.ndjson", "duckdb.json", "spark_json", "python.json"] {
        let mut request = request(&[fixture("sources").join(file)], "sources_times.yaml");
        request.read.types.insert("day".to_owned(), DataType::Date32);
        request.read.types.insert("time_hour".to_owned(), instant.clone());
        assert_same(file, &judged(&request).unwrap_or_else(|error| panic!("`{file}`: {error}")), &expected);
    }
}

#[test]
fn columns_from_folders_are_like_those_of_files() {
    let expected = without_order(results(WITH_TIMES[0], "sources.yaml"));
    assert_same("spark_partitioned", &without_order(results("spark_partitioned", "sources.yaml")), &expected);
}

#[test]
fn a_condition_on_all_rows_holds_of_columns_from_folders_and_files() {
    for condition in ["is_wet = true", "origin = 'JFK'", "origin = 'LGA' AND temp > 40", "id < 0"] {
        let judged_where = |file: &str, statistics: bool| {
            let mut request = request(&[fixture("sources").join(file)], "sources.yaml");
            let predicate = condition::parse_text(condition, None).expect("it is a condition");
            request.rows.condition = Some((condition.to_owned(), predicate));
            request.statistics = statistics;
            without_order(judged(&request).unwrap_or_else(|error| panic!("`{file}`: {error}")))
        };
        let expected = judged_where("polars.csv", false);
        for file in ["spark_partitioned", "spark_parquet", "pyarrow_v2.parquet", "pyarrow.orc"] {
            for statistics in [true, false] {
                assert_same(file, &judged_where(file, statistics), &expected);
            }
        }
    }
}

/// Writes a damaged copy of a file; `None` where nothing is different.
fn damaged(file: &str, at: usize, damage: Damage) -> Option<(tempfile::TempDir, PathBuf)> {
    let content = std::fs::read(fixture("sources").join(file)).expect("it is there");
    let at = at % content.len();
    let mut damaged = content.clone();
    match damage {
        Damage::Cut => damaged.truncate(at),
        Damage::Set(byte) => damaged[at] = byte,
        Damage::Flip(bit) => damaged[at] ^= 1 << bit,
    }
    if damaged == content {
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join(file);
    std::fs::write(&path, damaged).expect("it is written");
    Some((folder, path))
}

#[derive(Debug, Clone, Copy)]
enum Damage {
    Cut,
    Set(u8),
    Flip(u8),
}

/// Files in which rows are counted before they are read, and which are small enough to be read very often.
const COUNTED: [&str; 9] = [
    "pyarrow.parquet",
    "duckdb.parquet",
    "pyarrow.feather",
    "pyarrow.arrows",
    "polars.arrow",
    "pyarrow.orc",
    "pyorc_snappy.orc",
    "fastavro_null.avro",
    "fastavro_deflate.avro",
];

#[test]
fn files_that_would_end_the_process_are_errors() {
    let cases = [
        ("orc/type_within_itself.orc", "one of its types is within itself"),
        ("arrow_ipc/dictionary_too_long.feather", "batch 1 is not what the footer promises"),
    ];
    for (file, problem) in cases {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(file);
        let error = judged(&request(&[path], "sources.yaml")).expect_err("it is damaged");
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[test]
fn what_is_done_before_rows_are_read_is_told() {
    for (file, packed) in [("python.csv.gz", Some(10_740)), ("polars.csv", None)] {
        let path = fixture("sources").join(file).to_string_lossy().into_owned();
        let (begun, done) = (Mutex::new(Vec::new()), AtomicU64::new(0));
        let watcher = |preparation: Preparation<'_>| match preparation {
            Preparation::Begin(what, total) => begun.lock().expect("nobody panics").push((what.to_owned(), total)),
            Preparation::Done(bytes) => {
                done.fetch_add(bytes, Ordering::Relaxed);
            }
        };
        open_watched(std::slice::from_ref(&path), &ReadOptions::default(), &watcher).expect("it can be read");
        let unpacking = packed.map(|bytes| (format!("unpacking {file}"), Some(bytes)));
        let finding = (format!("finding the types of {file}"), None);
        assert_eq!(
            begun.into_inner().expect("nobody panics"),
            unpacking.into_iter().chain([finding]).collect::<Vec<_>>()
        );
        assert_eq!(done.into_inner(), packed.unwrap_or(0), "{file}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_an_error_or_has_all_its_rows(
        file in proptest::sample::select(COUNTED.to_vec()),
        only_counts in any::<bool>(),
        at in any::<usize>(),
        damage in prop_oneof![Just(Damage::Cut), any::<u8>().prop_map(Damage::Set), (0..8_u8).prop_map(Damage::Flip)],
    ) {
        let Some((_folder, path)) = damaged(file, at, damage) else { return Ok(()) };
        let mut request = request(&[path], "sources.yaml");
        if only_counts {
            // no column is decoded, which would find the damage
            request.suite.expectations.truncate(1);
        }
        if let Ok(results) = judged(&request) {
            let rows = results[0]["result"]["observed_value"].as_u64();
            // what ends between two blocks of Avro, or two messages of a stream, is whole as far as anybody can tell
            let may_end = matches!(damage, Damage::Cut) && (file.contains(".avro") || file.contains(".arrows"));
            prop_assert!(rows == Some(557) || may_end && rows < Some(557), "{:?}", rows);
        }
    }

    #[test]
    fn a_damaged_text_is_an_error_or_a_table(
        file in proptest::sample::select(vec!["polars.csv", "duckdb.tsv", "python.csv.gz", "python.csv.zst", "python.csv.bz2", "polars.ndjson", "python.json"]),
        at in any::<usize>(),
        damage in prop_oneof![Just(Damage::Cut), any::<u8>().prop_map(Damage::Set), (0..8_u8).prop_map(Damage::Flip)],
    ) {
        let Some((_folder, path)) = damaged(file, at, damage) else { return Ok(()) };
        if let Err(error) = judged(&request(&[path], "sources.yaml")) {
            prop_assert!(error.to_string().contains(file), "{}", error);
        }
    }
}
