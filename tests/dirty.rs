//! Lines as they come from the world: each is a row or malformed, as documented, and what is malformed leaves the rest alone.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use proptest::prelude::*;
use weir::scan::ScanError;
use weir::source::malformed::OnMalformed;
use weir::source::{Dataset, ReadOptions, Relevant, open};

/// A line of the header `a,b` whose `a` is declared to be whole numbers, and why it is no row; empty where it is one.
const CSV: &[(&[u8], &str)] = &[
    (b"1,x", ""),
    (b"1,", ""),
    (b",x", ""),
    (b",", ""),
    (b" 1 , x ", ""),
    (b"\"1\",\"x\"", ""),
    (b"1,\"x,y\"", ""),
    (b"1,\"x\"\"y\"", ""),
    (b"1,\"\"", ""),
    (b"1,x\"y", ""),
    (b"1,\"x\"y", ""),
    (b"+1,x", ""),
    (b"-1,x", ""),
    (b"007,x", ""),
    (b"NA,x", ""),
    (b"null,x", ""),
    (b"NaN,x", ""),
    (b"1,\0", ""),
    (b"1,caf\xc3\xa9", ""),
    (b"1,\xe2\x82\xac", ""),
    (b"1,\xf0\x9f\x98\x80", ""),
    (b"1,a\tb", ""),
    (b"1,#x", ""),
    (b"#1,x", "holds `#1` in column `a`, which is no Int64"),
    (b"x,1", "holds `x` in column `a`, which is no Int64"),
    (b"1.5,x", "holds `1.5` in column `a`, which is no Int64"),
    (b"1e3,x", "holds `1e3` in column `a`, which is no Int64"),
    (b"0x10,x", "holds `0x10` in column `a`, which is no Int64"),
    (b"1_000,x", "holds `1_000` in column `a`, which is no Int64"),
    (b"1 000,x", "holds `1 000` in column `a`, which is no Int64"),
    (b"true,x", "holds `true` in column `a`, which is no Int64"),
    (b"2024-01-01,x", "holds `2024-01-01` in column `a`, which is no Int64"),
    (b"inf,x", "holds `inf` in column `a`, which is no Int64"),
    (b"--1,x", "holds `--1` in column `a`, which is no Int64"),
    (b"$1,x", "holds `$1` in column `a`, which is no Int64"),
    (b"1%,x", "holds `1%` in column `a`, which is no Int64"),
    (b"9223372036854775808,x", "holds `9223372036854775808` in column `a`, which is no Int64"),
    (b"-9223372036854775809,x", "holds `-9223372036854775809` in column `a`, which is no Int64"),
    (b"\"1,000\",x", "holds `1,000` in column `a`, which is no Int64"),
    (b"'1',x", "holds `'1'` in column `a`, which is no Int64"),
    (b"1", "has 1 field, the header has 2"),
    (b"x", "has 1 field, the header has 2"),
    (b"\"1\"", "has 1 field, the header has 2"),
    (b"1;x", "has 1 field, the header has 2"),
    (b"1\tx", "has 1 field, the header has 2"),
    (b"\"1,x\"", "has 1 field, the header has 2"),
    (b"#", "has 1 field, the header has 2"),
    (b"1,x,", "has 3 fields, the header has 2"),
    (b"1,x,y", "has 3 fields, the header has 2"),
    (b",,", "has 3 fields, the header has 2"),
    (b"1,,x", "has 3 fields, the header has 2"),
    (b"1,x,y,z,,,,", "has 8 fields, the header has 2"),
    (b"1,\"x\",y", "has 3 fields, the header has 2"),
    (b"1,caf\xe9", "is not UTF-8: column `b` holds the byte 0xE9"),
    (b"\xff1,x", "is not UTF-8: column `a` holds the byte 0xFF"),
    (b"1,\x80", "is not UTF-8: column `b` holds the byte 0x80"),
    (b"1,\xc3", "is not UTF-8: column `b` holds the byte 0xC3"),
    (b"1,\xe2\x82", "is not UTF-8: column `b` holds the byte 0xE2"),
    (b"1,\xc0\xaf", "is not UTF-8: column `b` holds the byte 0xC0"),
    (b"1,\xed\xa0\x80", "is not UTF-8: column `b` holds the byte 0xED"),
    (b"1,\xf5\x80\x80\x80", "is not UTF-8: column `b` holds the byte 0xF5"),
    (b"1,\"caf\xe9\"", "is not UTF-8: column `b` holds the byte 0xE9"),
    (b"1,\"x", "opens a quote"),
    (b"\"1,x", "opens a quote"),
    (b"1,\"x\"\"", "opens a quote"),
    (b"1,\"\"\"", "opens a quote"),
];

/// Values of a column that is declared to be of a type, and whether they are.
const TYPED: &[(&str, &str, bool)] = &[
    ("date", "2024-01-31", true),
    ("date", "2024-02-29", true),
    ("date", "0001-01-01", true),
    ("date", "9999-12-31", true),
    ("date", " 2024-01-31 ", true),
    ("date", "NA", true),
    ("date", "2023-02-29", false),
    ("date", "2024-02-30", false),
    ("date", "2024-13-01", false),
    ("date", "2024-00-01", false),
    ("date", "2024-01-00", false),
    ("date", "2024-1-1", false),
    ("date", "20240131", false),
    ("date", "31.01.2024", false),
    ("date", "01/31/2024", false),
    ("date", "2024-01-31T00:00:00", false),
    ("date", "2024-01", false),
    ("date", "today", false),
    ("date", "1", false),
    ("timestamp", "2024-01-31T12:00:00", true),
    ("timestamp", "2024-01-31 12:00", true),
    ("timestamp", "2024-01-31", true),
    ("timestamp", "2024-01-31T12:00:00.123456", true),
    ("timestamp", "2024-01-31T12:00:00Z", false),
    ("timestamp", "2024-01-31T24:30:00", false),
    ("timestamp", "2024-01-31T12:60:00", false),
    ("timestamp", "12:00:00", false),
    ("timestamp", "1706702400", false),
    ("timestamptz", "2024-01-31T12:00:00Z", true),
    ("timestamptz", "2024-01-31T12:00:00+02:00", true),
    ("timestamptz", "2024-01-31 12:00:00+0200", true),
    ("timestamptz", "2024-01-31T12:00:00", false),
    ("timestamptz", "2024-01-31", false),
    ("timestamptz", "2024-01-31T12:00:00+99:00", false),
    ("boolean", "true", true),
    ("boolean", "FALSE", true),
    ("boolean", "True", true),
    ("boolean", "yes", false),
    ("boolean", "1", false),
    ("boolean", "0", false),
    ("boolean", "t", false),
    ("boolean", "truee", false),
    ("float", "1", true),
    ("float", "-1.5", true),
    ("float", ".5", true),
    ("float", "1.", true),
    ("float", "1e3", true),
    ("float", "1E-3", true),
    ("float", "inf", true),
    ("float", "-Infinity", true),
    ("float", "NaN", true),
    ("float", "1e", false),
    ("float", "1,5", false),
    ("float", "1.2.3", false),
    ("float", "0x1p3", false),
    ("float", "1d5", false),
    ("float", "$5", false),
    ("float", "5 EUR", false),
    ("float", "-", false),
    ("float", ".", false),
    ("uint", "0", true),
    ("uint", "18446744073709551615", true),
    ("uint", "-1", false),
    ("uint", "18446744073709551616", false),
    ("uint", "1.0", false),
    ("string", "anything", true),
    ("string", "00123", true),
    ("string", "NaN", true),
];

/// A line, and why it is no row; empty where it is one.
const JSON: &[(&[u8], &str)] = &[
    (b"{\"a\": 1, \"b\": \"x\"}", ""),
    (b"{\"b\": \"x\", \"a\": 1}", ""),
    (b"{}", ""),
    (b"{\"a\": null}", ""),
    (b"  {\"a\":1}  ", ""),
    (b"\t{\"a\"\t:\t1}", ""),
    (b"{\"b\": \"\\u00e9\\n\\\"\"}", ""),
    (b"{\"b\": \"\\ud83d\\ude00\"}", ""),
    (b"{\"b\": \"\xc3\xa9\"}", ""),
    (b"{\"b\": \"\"}", ""),
    (b"{\"a\": -0}", ""),
    (b"{\"\": 1}", ""),
    (b"", ""),
    (b"5", "holds no JSON object, but a number"),
    (b"-1.5", "holds no JSON object, but a number"),
    (b"null", "holds no JSON object, but null"),
    (b"true", "holds no JSON object, but a boolean"),
    (b"\"x\"", "holds no JSON object, but a text"),
    (b"[]", "holds no JSON object, but a list"),
    (b"[{\"a\": 1}]", "holds no JSON object, but a list"),
    (b"x", "holds no JSON object: expected value"),
    (b"<xml/>", "holds no JSON object: expected value"),
    (b"a,b", "holds no JSON object: expected value"),
    (b"# comment", "holds no JSON object: expected value"),
    (b"// comment", "holds no JSON object: expected value"),
    (b"{\"a\": 1} {\"a\": 2}", "trailing characters"),
    (b"{\"a\": 1},", "trailing characters"),
    (b"{\"a\": 1}x", "trailing characters"),
    (b"{\"a\": 1}}", "trailing characters"),
    (b"{", "ends within a JSON object"),
    (b"{\"a\"", "ends within a JSON object"),
    (b"{\"a\":", "ends within a JSON object"),
    (b"{\"a\": 1", "ends within a JSON object"),
    (b"{\"a\": 1,", "ends within a JSON object"),
    (b"{\"b\": \"x", "ends within a JSON object"),
    (b"{\"b\": [1, 2", "ends within a JSON object"),
    (b"{\"b\": tru", "ends within a JSON object"),
    (b"{\"a\": 1,}", "trailing comma"),
    (b"{\"b\": [1,]}", "trailing comma"),
    (b"{,}", "holds no JSON object"),
    (b"{\"a\" 1}", "expected `:`"),
    (b"{\"a\": 1 \"b\": 2}", "expected `,` or `}`"),
    (b"{a: 1}", "key must be a string"),
    (b"{'a': 1}", "key must be a string"),
    (b"{1: 1}", "key must be a string"),
    (b"{\"b\": 'x'}", "expected value"),
    (b"{\"b\": undefined}", "expected value"),
    (b"{\"b\": True}", "expected value"),
    (b"{\"b\": None}", "expected value"),
    (b"{\"a\": NaN}", "JSON has no `NaN`"),
    (b"{\"a\": Infinity}", "JSON has no `NaN`"),
    (b"{\"a\": -Infinity}", "JSON has no `NaN`"),
    (b"{\"a\": 01}", "invalid number"),
    (b"{\"a\": +1}", "expected value"),
    (b"{\"a\": .5}", "expected value"),
    (b"{\"a\": 1.}", "invalid number"),
    (b"{\"a\": 1e}", "invalid number"),
    (b"{\"a\": 0x10}", "expected `,` or `}`"),
    (b"{\"a\": 1_000}", "expected `,` or `}`"),
    (b"{\"a\": -}", "invalid number"),
    (b"{\"a\": 1e999}", "number out of range"),
    (b"{\"b\": \"\\x\"}", "invalid escape"),
    (b"{\"b\": \"\\u12\"}", "invalid escape"),
    (b"{\"b\": \"\\ud800\"}", "hex escape"),
    (b"{\"b\": \"\\udc00\"}", "lone leading surrogate"),
    (b"{\"b\": \"a\tb\"}", "control character"),
    (b"{\"b\": \"a\0b\"}", "control character"),
    (b"{\"a\": 1, \"a\": 1}", "the key `a` stands twice"),
    (b"{\"a\": 1, \"\\u0061\": 1}", "the key `a` stands twice"),
    (b"{\"b\": \"x\", \"c\": {\"d\": 1, \"d\": 2}}", "the key `d` stands twice"),
    (b"{\"b\": \"caf\xe9\"}", "is not UTF-8"),
    (b"{\"b\": \"\xed\xa0\x80\"}", "is not UTF-8"),
    (b"\xff{\"a\": 1}", "is not UTF-8"),
    (b"\xef\xbb\xbf{\"a\": 1}", "expected value"),
];

fn read(path: &Path, options: &ReadOptions) -> Result<(Dataset, RecordBatch), ScanError> {
    let dataset = open(&[path.to_string_lossy().into_owned()], options)?;
    let schema = dataset.scan.schema();
    let columns: Vec<usize> = (0..schema.fields().len()).collect();
    let mut batches = Vec::new();
    for unit in 0..dataset.scan.unit_count() {
        for batch in dataset.scan.batches(unit, &columns)? {
            let batch = batch?;
            // texts may come as codes
            let columns = batch.columns().iter().zip(schema.fields());
            let columns = columns.map(|(column, field)| cast(column, field.data_type()).expect("values of the type"));
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns.collect(), &options);
            batches.push(batch.expect("all of the columns"));
        }
    }
    dataset.scan.settle(2)?;
    let table = concat_batches(&schema, &batches).expect("batches of one schema");
    Ok((dataset, table))
}

fn options(format: &str) -> ReadOptions {
    let mut options = ReadOptions { on_malformed: OnMalformed::Count, threads: 2, ..ReadOptions::default() };
    if format == "csv" {
        options.types.insert("a".to_owned(), DataType::Int64);
    }
    options
}

/// Writes a file of lines, and reads it.
fn table(format: &str, lines: &[&[u8]], options: &ReadOptions) -> Result<(Dataset, RecordBatch), ScanError> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join(format!("t.{format}"));
    let mut content = if format == "csv" { b"a,b\n".to_vec() } else { Vec::new() };
    for line in lines {
        content.extend_from_slice(line);
        content.push(b'\n');
    }
    std::fs::write(&path, content).expect("the file is written");
    read(&path, options)
}

/// A line that is a row, whatever stands beside it.
fn good(format: &str) -> &'static [u8] {
    if format == "csv" { b"7,good" } else { b"{\"a\": 7, \"b\": \"good\"}" }
}

/// Checks one line among good ones: the others are rows in any case.
fn check(format: &str, line: &[u8], wanted: &str) {
    let shown = String::from_utf8_lossy(line);
    let lines = [good(format), line, good(format)];
    let (dataset, rows) = table(format, &lines, &options(format)).unwrap_or_else(|error| panic!("{shown}: {error}"));
    let first = if format == "csv" { 3 } else { 2 };
    if wanted.is_empty() {
        assert_eq!(dataset.malformed.examples, [], "{shown}");
        assert_eq!(rows.num_rows(), if line.is_empty() { 2 } else { 3 }, "{shown}");
        return;
    }
    assert_eq!((dataset.malformed.count, rows.num_rows()), (1, 2), "{shown}: {:?}", dataset.malformed);
    let example = &dataset.malformed.examples[0];
    assert_eq!(example.line, first, "{shown}");
    assert!(example.problem.contains(wanted), "{shown}: {}", example.problem);

    let refused = table(format, &lines, &ReadOptions { on_malformed: OnMalformed::Fail, ..options(format) });
    let refused = refused.map(|_| ()).expect_err("a malformed line is an error").to_string();
    assert!(refused.contains(&format!("line {first} ")) && refused.contains(wanted), "{shown}: {refused}");
}

#[test]
fn each_line_of_csv_is_judged_as_documented() {
    for (line, wanted) in CSV {
        check("csv", line, wanted);
    }
}

#[test]
fn each_value_of_a_declared_column_is_judged_as_documented() {
    for (type_name, value, is_of_type) in TYPED {
        let data_type = weir::source::declared_type(type_name).expect("a type that can be declared");
        let mut options = ReadOptions { on_malformed: OnMalformed::Count, ..ReadOptions::default() };
        options.types.insert("a".to_owned(), data_type.clone());
        let line = format!("\"{value}\",x");
        let (dataset, rows) = table("csv", &[b",first", line.as_bytes(), b",last"], &options).expect("it can be read");
        assert_eq!(rows.num_rows(), if *is_of_type { 3 } else { 2 }, "{type_name} {value}");
        assert_eq!(dataset.malformed.count, u64::from(!is_of_type), "{type_name} {value}");
        assert_eq!(rows.schema().field(0).data_type(), &data_type, "{type_name} {value}");
    }
}

#[test]
fn each_line_of_json_is_judged_as_documented() {
    for (line, wanted) in JSON {
        check("ndjson", line, wanted);
    }
}

/// Reads a file with one line far behind those that its types are supposed from, once and with a look at all of it first.
/// Tells whether once was enough; then it has to give the same.
fn is_read_once(format: &str, line: &[u8]) -> bool {
    // a sample has the first 24 KiB
    let mut lines = vec![good(format); 10_000];
    lines.insert(9_000, line);
    let shown = String::from_utf8_lossy(line);
    let options = options(format);
    let once = ReadOptions { read_once: Some(Relevant::All), read_once_from_bytes: 0, ..options.clone() };
    let (dataset, found) = match table(format, &lines, &once) {
        Ok(found) => found,
        Err(ScanError::NotAsSupposed { .. }) => return false,
        Err(error) => panic!("{shown}: {error}"),
    };
    let (surveyed, expected) = table(format, &lines, &options).unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert_eq!(found, expected, "{shown}");
    let lines_of = |dataset: &Dataset| (8_999..9_002).map(|row| dataset.scan.line(0, row)).collect::<Vec<_>>();
    assert_eq!(lines_of(&dataset), lines_of(&surveyed), "{shown}");
    assert_eq!(surveyed.malformed.count, 0, "{shown}");
    true
}

#[test]
fn lines_that_are_not_as_supposed_are_found_by_reading_once() {
    let csv = CSV.iter().map(|(line, _)| is_read_once("csv", line)).filter(|once| *once).count();
    let json = JSON.iter().map(|(line, _)| is_read_once("ndjson", line)).filter(|once| *once).count();
    // both kinds are there
    assert!((20..CSV.len() - 40).contains(&csv) && (10..JSON.len() - 40).contains(&json), "{csv} and {json}");
}

/// Reads lines of which some are malformed, and the same without those.
fn assert_left_alone(format: &str, lines: &[(&[u8], &str)]) -> Result<(), TestCaseError> {
    let all: Vec<&[u8]> = lines.iter().map(|(line, _)| *line).collect();
    let clean: Vec<&[u8]> = lines.iter().filter(|(_, wanted)| wanted.is_empty()).map(|(line, _)| *line).collect();
    let (dataset, found) =
        table(format, &all, &options(format)).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(dataset.malformed.count, (all.len() - clean.len()) as u64);
    let (_, expected) =
        table(format, &clean, &options(format)).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(found, expected);
    Ok(())
}

proptest! {
    #[test]
    fn malformed_lines_of_json_leave_the_rest_alone(picked in proptest::collection::vec(proptest::sample::select(JSON), 1..40)) {
        let lines: Vec<(&[u8], &str)> = std::iter::once((good("ndjson"), "")).chain(picked).collect();
        assert_left_alone("ndjson", &lines)?;
    }

    #[test]
    fn malformed_lines_of_csv_leave_the_rest_alone(picked in proptest::collection::vec(proptest::sample::select(CSV), 1..40)) {
        // a quote that is never closed takes up what follows until another quote, where both may be right
        let is_closed = |(_, wanted): &(&[u8], &str)| !wanted.starts_with("opens");
        let lines: Vec<(&[u8], &str)> = std::iter::once((good("csv"), "")).chain(picked.into_iter().filter(is_closed)).collect();
        assert_left_alone("csv", &lines)?;
    }
}
