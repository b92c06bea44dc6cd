//! What people see of a result in the terminal. The snapshots are read like prose: change them only on purpose.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use weir::diagnostic::{SourceText, Span};
use weir::report::snippet::Style;
use weir::report::text::{self, TextOptions};
use weir::verdict::{
    Outcome, Problem, ResultFormat, ResultLevel, RowCounts, RunResult, Severity, Status, UnexpectedRow, Verdict,
};

/// A result made by hand: its suite is written in YAML as the verdicts come.
struct Run {
    suite: String,
    result: RunResult,
}

impl Run {
    fn new(inputs: &[&str]) -> Self {
        let inputs: Vec<Value> = inputs.iter().map(|file| json!({ "path": file })).collect();
        let meta = json!({ "inputs": inputs, "duration_seconds": 0.0412 });
        let result = RunResult {
            suite_name: "flights".to_owned(),
            suite_source: SourceText::new("expectations/flights.yaml", ""),
            parameters: Map::new(),
            verdicts: Vec::new(),
            meta: object(meta),
            rows: Some(5_431),
        };
        Self { suite: "name: flights\nexpectations:\n".to_owned(), result }
    }

    fn add(&mut self, expectation: &str, kwargs: Value, result: Result<Outcome, Problem>) -> &mut Verdict {
        let start = self.suite.len() + "  - ".len();
        self.suite.extend(["  - ", expectation, ":\n"]);
        let kwargs = object(kwargs);
        let mut parameter_spans = Vec::new();
        for (name, value) in &kwargs {
            let value_start = self.suite.len() + "      ".len() + name.len() + ": ".len();
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            self.suite.extend(["      ", name, ": ", &text, "\n"]);
            parameter_spans.push((name.clone(), Span::new(value_start, value_start + text.len())));
        }
        self.result.verdicts.push(Verdict {
            expectation: expectation.to_owned(),
            kwargs,
            severity: Severity::Critical,
            meta: Map::new(),
            envelope: Map::new(),
            result,
            span: Span::new(start, self.suite.len() - 1),
            parameter_spans,
            format: ResultFormat::default(),
        });
        self.result.verdicts.last_mut().expect("one was added")
    }

    fn text(&self, options: TextOptions) -> String {
        let suite_source = SourceText::new("expectations/flights.yaml", self.suite.clone());
        let text = text::write(&RunResult { suite_source, ..self.result.clone() }, &options);
        for line in text.lines().filter(|_| !options.style.color) {
            let width = weir::words::plain::width(line);
            assert!(width <= options.style.width, "{width} columns: {line}");
        }
        text
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(entries) => entries,
        _ => Map::new(),
    }
}

fn rows(element_count: u64, missing_count: u64, unexpected_count: u64, values: &[(u64, Value)]) -> Outcome {
    let unexpected = values.iter().map(|(row, value)| UnexpectedRow {
        value: value.clone(),
        row: *row,
        index: Map::new(),
        file: Arc::from("flights.parquet"),
        file_row: *row,
    });
    let counts = RowCounts {
        element_count,
        missing_count: Some(missing_count),
        unexpected_count,
        unexpected: unexpected.collect(),
    };
    Outcome { rows: Some(counts), ..Outcome::of(unexpected_count == 0) }
}

fn passed_row(column: &str) -> (&'static str, Value, Result<Outcome, Problem>) {
    ("expect_column_values_to_not_be_null", json!({ "column": column }), Ok(rows(5_431, 0, 0, &[])))
}

fn all_passed() -> Run {
    let mut run = Run::new(&["data/flights.parquet"]);
    run.add(
        "expect_table_row_count_to_be_between",
        json!({ "min_value": 5_000, "max_value": 6_000 }),
        Ok(Outcome::observed(true, 5_431)),
    );
    let (name, kwargs, result) = passed_row("carrier");
    run.add(name, kwargs, result);
    run.add("expect_column_to_exist", json!({ "column": "dep_delay" }), Ok(Outcome::of(true)));
    run.add(
        "expect_column_mean_to_be_between",
        json!({ "column": "dep_delay", "min_value": 5, "max_value": 20 }),
        Ok(Outcome::observed(true, 12.639_070_257_304_708)),
    );
    run.add(
        "expect_column_values_to_be_between",
        json!({ "column": "dep_delay", "min_value": -60, "max_value": 600, "mostly": 0.99 }),
        Ok(Outcome { status: Status::Passed, ..rows(5_431, 88, 12, &[(12, json!(853))]) }),
    );
    run
}

fn some_unmet() -> Run {
    let mut run = all_passed();
    run.add(
        "expect_column_values_to_be_between",
        json!({ "column": "dep_delay", "min_value": -60, "max_value": 600, "mostly": 0.99 }),
        Ok(rows(
            5_431,
            88,
            54,
            &[
                (12, json!(853)),
                (1_204, json!(1301)),
                (1_377, json!(853)),
                (2_000, json!(-99)),
                (4_001, json!(602.5)),
                (5_400, json!(700)),
            ],
        )),
    )
    .severity = Severity::Warning;
    run.add(
        "expect_column_values_to_be_in_set",
        json!({ "column": "carrier", "value_set": ["AA", "B6", "DL", "EV", "UA", "WN"] }),
        Ok(rows(5_431, 0, 1, &[(17, json!("XX"))])),
    );
    run.add("expect_column_values_to_not_be_null", json!({ "column": "tailnum" }), {
        let mut outcome = rows(5_431, 0, 3, &[(17, Value::Null), (20, Value::Null), (5_001, Value::Null)]);
        outcome.rows.as_mut().expect("it has rows").missing_count = None;
        Ok(outcome)
    });
    run.add(
        "expect_column_mean_to_be_between",
        json!({ "column": "arr_delay", "min_value": 0, "max_value": 12.639 }),
        Ok(Outcome::observed(false, 12.639_070_257_304_708)),
    );
    run.add(
        "expect_table_columns_to_match_ordered_list",
        json!({ "column_list": ["year", "month", "day"] }),
        Ok(Outcome::observed(false, json!(["year", "day", "month"])).with_detail(
            "mismatched",
            json!([
                {"Expected Column Position": 1, "Expected": "month", "Found": "day"},
                {"Expected Column Position": 2, "Expected": "day", "Found": null},
            ]),
        )),
    );
    run.add(
        "expect_column_pair_values_a_to_be_greater_than_b",
        json!({ "column_A": "arr_time", "column_B": "dep_time" }),
        Ok(rows(5_431, 0, 2, &[(3, json!([517, 533])), (9, json!([null, 544]))])),
    );
    run.add(
        "expect_column_values_to_be_unique",
        json!({ "column": "fare_amout" }),
        Err(Problem::new("unknown-column", "column `fare_amout` is not among the 19 columns of `flights.parquet`")
            .at("column")
            .with_help("a similar column exists: `fare_amount`")),
    );
    run.add(
        "expect_column_values_to_be_in_set",
        json!({ "column": "cancelled", "value_set": [0, 1] }),
        Ok(Outcome { status: Status::Vacuous, ..rows(5_431, 5_431, 0, &[]) }),
    );
    run
}

#[test]
fn all_expectations_passed() {
    insta::assert_snapshot!(all_passed().text(TextOptions::default()));
}

#[test]
fn some_failed_and_one_errored() {
    insta::assert_snapshot!(some_unmet().text(TextOptions::default()));
}

#[test]
fn a_terminal_without_unicode_gets_ascii() {
    let style = Style { unicode: false, ..Style::default() };
    let text = some_unmet().text(TextOptions { style, ..TextOptions::default() });
    assert!(text.is_ascii());
    insta::assert_snapshot!(text.lines().take(18).collect::<Vec<_>>().join("\n"));
}

#[test]
fn colors_are_escapes_around_the_same_text() {
    let style = Style { color: true, ..Style::default() };
    let colored = some_unmet().text(TextOptions { style, ..TextOptions::default() });
    assert_ne!(colored, some_unmet().text(TextOptions::default()));
    let mut plain = String::new();
    let mut parts = colored.split('\u{1b}');
    plain.push_str(parts.next().expect("a first part"));
    for part in parts {
        plain.push_str(part.split_once('m').expect("a color escape").1);
    }
    assert_eq!(plain, some_unmet().text(TextOptions::default()));
}

#[test]
fn a_narrow_terminal_is_not_overrun() {
    let style = Style { width: 50, ..Style::default() };
    insta::assert_snapshot!(some_unmet().text(TextOptions { style, ..TextOptions::default() }));
}

#[test]
fn nothing_to_judge() {
    let mut run = Run::new(&["empty.csv"]);
    run.result.rows = Some(0);
    for column in ["a", "b"] {
        let outcome = Outcome { status: Status::Vacuous, ..rows(0, 0, 0, &[]) };
        run.add("expect_column_values_to_be_unique", json!({ "column": column }), Ok(outcome));
    }
    insta::assert_snapshot!(run.text(TextOptions::default()));
}

#[test]
fn a_suite_without_expectations() {
    insta::assert_snapshot!(Run::new(&["a.parquet", "b.parquet"]).text(TextOptions::default()), @"met: the suite has no expectations (2 files, 5,431 rows, 0.04 s)");
}

#[test]
fn three_thousand_expectations_stay_readable() {
    let mut run = Run::new(&["wide.parquet"]);
    for number in 0..3_000 {
        let (name, kwargs, result) = passed_row(&format!("column_{number}"));
        let result = if number % 1_000 == 999 {
            Ok(rows(5_431, 0, 2, &[(1, json!(number)), (2, json!(number))]))
        } else {
            result
        };
        run.add(name, kwargs, result);
    }
    insta::assert_snapshot!(run.text(TextOptions::default()));
    let verbose = run.text(TextOptions { verbose: true, ..TextOptions::default() });
    assert_eq!(verbose.lines().filter(|line| line.starts_with(" ✓  ")).count(), 2_997);
}

#[test]
fn three_thousand_failures_stay_readable() {
    let mut run = Run::new(&["wide.parquet"]);
    for number in 0..3_000 {
        run.add(
            "expect_column_values_to_be_unique",
            json!({ "column": format!("column_{number}") }),
            Ok(rows(5_431, 0, 2, &[(1, json!(number)), (2, json!(number))])),
        );
    }
    let text = run.text(TextOptions::default());
    assert!(text.lines().count() < 500, "{} lines", text.lines().count());
    let around = text.lines().skip(195).take(20).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(around);
    assert!(text.contains("\n2,980 more unmet expectations in full with --verbose\n"));
    assert!(text.ends_with("\nnot met: 3,000 of 3,000 expectations failed (wide.parquet, 5,431 rows, 0.04 s)\n"));
}

#[test]
fn hostile_values_neither_act_nor_spread() {
    let mut run = Run::new(&["data/\u{1b}[2Jevil\n.csv"]);
    let values = [
        (0, json!("\u{1b}[31mred\u{1b}[0m\u{7}")),
        (1, json!("line one\nline two\r\n\tthree")),
        (2, json!("\u{202e}gnp.exe\u{2066}\u{200b}")),
        (3, json!("x".repeat(100_000))),
        (4, json!("\u{0}\u{9b}2J'\"\\")),
    ];
    let column = "we\u{1b}]0;title\u{7}ird `name`";
    run.add(
        "expect_column_values_to_match_regex",
        json!({ "column": column, "regex": "^a{2}$" }),
        Ok(rows(5, 0, 5, &values)),
    )
    .envelope
    .insert("notes".into(), "note\u{1b}[31m".into());
    run.add(
        "expect_column_values_to_be_unique",
        json!({ "column": "y".repeat(5_000) }),
        Err(Problem::new("type-mismatch", format!("column `{}` is a list\u{1b}[2J", "y".repeat(5_000))).at("column")),
    );
    let text = run.text(TextOptions::default());
    let acts =
        |character: char| character.is_control() && character != '\n' || "\u{202e}\u{2066}\u{200b}".contains(character);
    assert!(!text.contains(acts), "{text:?}");
    insta::assert_snapshot!(text);
}

#[test]
fn several_files_are_named_with_their_rows() {
    let mut run = Run::new(&["lake/day=1/a.parquet", "lake/day=2/b.parquet"]);
    let verdict = run.add(
        "expect_column_values_to_be_in_set",
        json!({ "column": "carrier", "value_set": ["AA"] }),
        Ok(rows(5_431, 0, 2, &[(17, json!("XX")), (5_000, json!("XX"))])),
    );
    verdict.format.unexpected_index_column_names = vec!["flight".to_owned()];
    let counts = verdict.result.as_mut().expect("an outcome").rows.as_mut().expect("rows");
    for (row, (file, number)) in
        counts.unexpected.iter_mut().zip([("lake/day=1/a.parquet", 17), ("lake/day=2/b.parquet", 2)])
    {
        row.file = Arc::from(file);
        row.file_row = number;
        row.index.insert("flight".into(), json!(1_000 + number));
    }
    insta::assert_snapshot!(run.text(TextOptions::default()));
}

#[test]
fn files_of_one_name_are_told_apart_by_the_shortest_path() {
    let files = ["lake/year=2013/month=01/part.csv", "lake/year=2013/month=06/part.csv", "lake/notes.csv"];
    let mut run = Run::new(&files);
    for input in run.result.meta["inputs"].as_array_mut().expect("a list") {
        input["format"] = json!("csv");
    }
    let verdict = run.add(
        "expect_column_values_to_be_in_set",
        json!({ "column": "carrier", "value_set": ["AA"] }),
        Ok(rows(5_431, 0, 3, &[(17, json!("XX")), (5_000, json!("XY")), (5_400, json!("XZ"))])),
    );
    let counts = verdict.result.as_mut().expect("an outcome").rows.as_mut().expect("rows");
    for (row, file) in counts.unexpected.iter_mut().zip(files) {
        row.file = Arc::from(file);
    }
    let text = run.text(TextOptions::default());
    for shown in [" month=01/part.csv row 17 ", " month=06/part.csv row 5000 ", " notes.csv row 5400 "] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    assert!(text.contains("rows are counted from 0, the first line after the header in each file"), "{text}");
}

#[test]
fn missing_columns_come_first_and_whole() {
    let found: Vec<String> = (0..30).map(|number| format!("column_{number}")).collect();
    let outcome = Outcome::observed(false, json!(found))
        .with_detail("mismatched", json!({ "unexpected": found, "missing": ["fare", "tip"] }));
    for exact in [true, false] {
        let mut run = Run::new(&["a.parquet"]);
        let kwargs = json!({ "column_set": ["fare", "tip"], "exact_match": exact });
        run.add("expect_table_columns_to_match_set", kwargs, Ok(outcome.clone()));
        let text = run.text(TextOptions::default());
        assert!(text.contains("  = missing: `fare`, `tip`\n"), "{text}");
        assert_eq!(text.contains("  = unexpected: "), exact, "{text}");
        assert!(text.contains("`column_29`"), "{text}");
        assert!(text.contains(if exact { "2 missing, 30 unexpected\n" } else { "2 missing\n" }), "{text}");
    }
}

#[test]
fn every_column_of_a_key_is_shown() {
    let mut run = Run::new(&["a.parquet"]);
    let names: Vec<String> = (0..9).map(|number| format!("long_column_{number}")).collect();
    let key: Map<String, Value> = names.iter().map(|name| (name.clone(), json!("some value"))).collect();
    let mut outcome = rows(10, 0, 2, &[(3, key.clone().into()), (4, key.clone().into())]);
    // what names the row repeats a column of the key, and has one more
    for row in &mut outcome.rows.as_mut().expect("it has rows").unexpected {
        row.index = object(json!({ "long_column_0": "some value", "id": 7 }));
    }
    run.add("expect_compound_columns_to_be_unique", json!({ "column_list": names }), Ok(outcome));
    insta::assert_snapshot!(run.text(TextOptions::default()));
}

#[test]
fn what_reads_the_same_is_told_apart_by_its_line() {
    let mut run = Run::new(&["a.parquet"]);
    for last in [100, 200] {
        let set: Vec<u32> = (0..20).chain([last]).collect();
        run.add(
            "expect_column_values_to_be_in_set",
            json!({ "column": "a", "value_set": set }),
            Ok(rows(10, 0, 0, &[])),
        );
    }
    let text = run.text(TextOptions::default());
    assert!(text.contains("(line 3)") && text.contains("(line 6)"), "{text}");
}

#[test]
fn skipped_expectations_are_named() {
    let mut run = all_passed();
    run.result.meta.insert("skipped_expectations".into(), json!(["expect_our_own"]));
    let text = run.text(TextOptions::default());
    assert!(text.starts_with("met: all 5 expectations passed, 1 skipped"), "{text}");
    assert!(text.contains("`expect_our_own`  skipped"), "{text}");
}

#[test]
fn errored_expectations_are_shown_before_failed_ones_are_left_out() {
    let mut run = Run::new(&["a.parquet"]);
    for number in 0..25 {
        let kwargs = json!({ "column": format!("column_{number}") });
        run.add("expect_column_to_exist", kwargs, Ok(Outcome::of(false)));
    }
    let problem = Problem::new("unknown-column", "column `z` is not in the data").at("column");
    run.add("expect_column_values_to_be_unique", json!({ "column": "z", "mostly": 0.5 }), Err(problem));
    let text = run.text(TextOptions::default());
    assert!(text.contains("errored[unknown-column]"), "{text}");
    assert!(text.contains("\n6 more unmet expectations in full"), "{text}");
    // an entry of several lines is drawn with them
    assert!(text.contains(" |   - expect_column_values_to_be_unique:\n"), "{text}");
}

#[test]
fn counts_within_the_first_are_no_totals() {
    let mut run = Run::new(&["a.parquet"]);
    let values = [(0, json!("EV")), (1, json!("EV")), (2, json!("UA"))];
    for (name, unexpected_count) in [("a", 3), ("b", 900)] {
        let kwargs = json!({ "column": name, "value_set": ["AA"] });
        run.add("expect_column_values_to_be_in_set", kwargs, Ok(rows(5_431, 0, unexpected_count, &values)));
    }
    let text = run.text(TextOptions::default());
    assert!(text.contains("most frequent: \"EV\" (2 times)"), "{text}");
    assert!(text.contains("most frequent: among the first 3 unexpected: \"EV\" 2"), "{text}");
}

#[test]
fn ages_types_and_quantiles_are_in_words() {
    let mut run = Run::new(&["a.parquet"]);
    let outcome = Outcome::observed(false, "2013-01-15T03:00:00").with_detail("age_seconds", 61_466_804.8);
    let kwargs = json!({ "column": "a", "max_age": "24h" });
    run.add("expect_column_max_to_be_within_duration_of_now", kwargs, Ok(outcome));
    let kwargs = json!({ "column": "a", "type_": "int64" });
    run.add("expect_column_values_to_be_of_type", kwargs, Ok(Outcome::observed(false, "Timestamp(µs, \"UTC\")")));
    let outcome = Outcome::observed(false, json!({ "quantiles": [0.1, 0.5], "values": [-7, 1200] }));
    run.add("expect_column_quantile_values_to_be_between", json!({ "column": "a" }), Ok(outcome));
    let text = run.text(TextOptions::default());
    for shown in ["age: 711 days", "found: `Timestamp(µs, \"UTC\")` (date and time)", "found: 0.1: -7, 0.5: 1,200"] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
}

#[test]
fn the_lowest_level_shows_no_values() {
    let mut run = some_unmet();
    for verdict in &mut run.result.verdicts {
        verdict.format.level = ResultLevel::BooleanOnly;
    }
    let text = run.text(TextOptions::default());
    assert!(!text.contains("853") && !text.contains("XX") && !text.contains("12.63907"), "{text}");
}

#[test]
fn a_suite_in_json_points_at_the_name_of_the_expectation() {
    let mut run = Run::new(&["flights.parquet"]);
    run.add("expect_column_to_exist", json!({ "column": "gate" }), Ok(Outcome::of(false)));
    let suite = "{\"expectations\": [\n  {\n    \"type\": \"expect_column_to_exist\",\n    \"kwargs\": {\"column\": \"gate\"}\n  }\n]}\n";
    run.suite = suite.to_owned();
    run.result.verdicts[0].span = Span::new(suite.find("  {").expect("an entry") + 2, suite.len() - 4);
    insta::assert_snapshot!(run.text(TextOptions::default()));
}

#[test]
fn a_suite_on_one_line_is_cut_around_the_mark() {
    let mut run = Run::new(&["flights.parquet"]);
    let entry = r#"{"type": "expect_column_to_exist", "kwargs": {"column": "gate"}}"#;
    let suite = format!(r#"{{"expectations": [{entry}, {entry}, {entry}, {entry}]}}"#);
    for (at, _) in suite.match_indices(entry) {
        run.add("expect_column_to_exist", json!({ "column": "gate" }), Ok(Outcome::of(false))).span =
            Span::new(at, at + entry.len());
    }
    run.suite = suite;
    insta::assert_snapshot!(run.text(TextOptions::default()));
}

/// Every parameter that an expectation may have, so that each finds its own.
fn every_parameter() -> Map<String, Value> {
    object(json!({
        "column": "a", "column_A": "a", "column_B": "b", "column_list": ["a", "b"], "column_set": ["a", "b"],
        "min_value": 1, "max_value": 2, "value": 3, "value_set": [1, 2], "value_pairs_set": [[1, 2]],
        "regex": "x", "regex_list": ["x"], "like_pattern": "x%", "like_pattern_list": ["x%"], "strftime_format": "%Y",
        "type_": "int64", "type_list": ["int64"], "threshold": 3, "sum_total": 10, "other_table_name": "t",
        "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[1, 2]]}, "unexpected_rows_query": "SELECT 1",
        "version": 4, "max_age": "24h", "p": 0.1, "distribution": "norm", "code": "alpha-2", "condition": "a > b", "other_dataset": "o.csv", "other_column": "id",
        "base_query": "SELECT 1", "comparison_query": "SELECT 2",
    }))
}

#[test]
fn every_expectation_has_words_of_its_own() {
    let rule = weir::report::rule::rule;
    let without: Vec<&str> = weir::expectation::catalog::CATALOG
        .iter()
        .map(|entry| entry.name)
        .filter(|name| rule(name, &every_parameter()).starts_with(&name.replace('_', " ")))
        .collect();
    assert!(without.is_empty(), "no sentence can be formed for {without:?}");
}

#[test]
fn the_rules_read_as_sentences() {
    let names = [
        "expect_column_to_exist",
        "expect_column_type_to_be",
        "expect_column_values_to_be_in_type_list",
        "expect_table_row_count_to_be_between",
        "expect_table_row_count_to_equal",
        "expect_table_row_count_to_equal_other_table",
        "expect_table_column_count_to_be_between",
        "expect_table_column_count_to_equal",
        "expect_table_columns_to_match_ordered_list",
        "expect_table_columns_to_match_set",
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_be_null",
        "expect_column_values_to_be_unique",
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_increasing",
        "expect_column_values_to_be_decreasing",
        "expect_column_value_lengths_to_equal",
        "expect_column_value_lengths_to_be_between",
        "expect_column_value_z_scores_to_be_less_than",
        "expect_column_values_to_not_be_outliers",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_not_match_regex",
        "expect_column_values_to_match_regex_list",
        "expect_column_values_to_not_match_regex_list",
        "expect_column_values_to_match_like_pattern",
        "expect_column_values_to_not_match_like_pattern",
        "expect_column_values_to_match_like_pattern_list",
        "expect_column_values_to_not_match_like_pattern_list",
        "expect_column_values_to_match_strftime_format",
        "expect_column_values_to_be_dateutil_parseable",
        "expect_column_values_to_be_json_parseable",
        "expect_column_values_to_match_json_schema",
        "expect_column_pair_values_to_be_equal",
        "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_pair_values_to_be_in_set",
        "expect_compound_columns_to_be_unique",
        "expect_select_column_values_to_be_unique_within_record",
        "expect_multicolumn_sum_to_equal",
        "expect_multicolumn_values_to_be_equal",
        "expect_column_min_to_be_between",
        "expect_column_max_to_be_between",
        "expect_column_mean_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_sum_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_unique_value_count_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_proportion_of_non_null_values_to_be_between",
        "expect_column_quantile_values_to_be_between",
        "expect_column_distinct_values_to_be_in_set",
        "expect_column_distinct_values_to_contain_set",
        "expect_column_distinct_values_to_equal_set",
        "expect_column_most_common_value_to_be_in_set",
        "expect_column_kl_divergence_to_be_less_than",
        "unexpected_rows_expectation",
        "expect_query_results_to_match_comparison",
        "expect_column_values_to_be_valid_uuid",
        "expect_column_values_to_be_valid_email",
        "expect_column_values_to_be_valid_url",
        "expect_column_values_to_be_valid_ip",
        "expect_column_values_to_be_valid_iso_country",
        "expect_column_values_to_be_valid_iso_currency",
        "expect_column_values_to_not_have_surrounding_whitespace",
        "expect_row_to_satisfy",
        "expect_column_max_to_be_within_duration_of_now",
        "expect_column_population_stability_index_to_be_less_than",
        "expect_column_jensen_shannon_divergence_to_be_less_than",
        "expect_column_chisquare_test_p_value_to_be_greater_than",
        "expect_column_bootstrapped_ks_test_p_value_to_be_greater_than",
        "expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than",
        "expect_column_pair_cramers_phi_value_to_be_less_than",
        "expect_column_values_to_exist_in_other_dataset",
    ];
    let rules: Vec<String> = names.iter().map(|name| weir::report::rule::rule(name, &every_parameter())).collect();
    insta::assert_snapshot!(rules.join("\n"));
}
