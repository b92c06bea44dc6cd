//! Reports for the systems that run checks, as files that the program writes. The snapshots are read as those systems read
//! them: change them only on purpose.

#[path = "support/folder.rs"]
mod folder;
#[path = "support/program.rs"]
mod program;
#[path = "support/said.rs"]
mod said;
#[path = "support/times.rs"]
mod times;

use std::fs;

use folder::folder;
use said::weir;
use serde_json::Value;
use times::without_times;

const SUITE: &str = "\
name: orders & more
expectations:
  - expect_column_values_to_be_unique: {column: order_id}
  - expect_column_values_to_not_be_null: {column: customer, severity: warning}
  - expect_column_values_to_match_regex: {column: customer, regex: '^<|b$', severity: info}
  - expect_column_mean_to_be_between: {column: amount, min_value: 0, max_value: 100}
  - expect_column_values_to_be_between: {column: amuont, min_value: 0}
  - expect_column_values_to_be_in_set: {column: empty, value_set: [1]}
";

/// Checks a small file; returns the report in a format.
fn report(format: &str) -> String {
    report_of("order_id,customer,amount,empty\n1,ada,19.5,\n2,<b>,-5,\n2,,1,\n", SUITE, &[], format)
}

fn report_of(data: &str, suite: &str, options: &[&str], format: &str) -> String {
    let folder = folder(&[("orders.csv", data), ("orders.yaml", suite)]);
    let to = format!("{format}=report");
    let arguments = ["check", "orders.csv", "--suite", "orders.yaml", "--quiet", "--output", &to];
    let (code, _, complaints) = weir(folder.path(), &[&arguments, options].concat());
    assert_eq!(code, Some(1), "{complaints}");
    without_times(&fs::read_to_string(folder.path().join("report")).expect("the report is written"))
}

#[test]
fn malformed_lines_are_told_in_every_format() {
    let data = "order_id,customer\n1,ada\n2\n3,<b>|c,d\n4,eve\n";
    let suite = "expectations:\n  - expect_column_values_to_be_unique: {column: order_id}\n";
    let reports = ["text", "json", "junit", "sarif", "github", "gitlab", "markdown", "summary"]
        .map(|format| format!("--- {format}\n{}", report_of(data, suite, &["--malformed", "count"], format)));
    insta::assert_snapshot!(reports.concat());
}

#[test]
fn malformed_lines_beyond_those_that_are_listed_are_counted() {
    let data: String =
        ["order_id,customer\n1,ada\n".to_owned()].into_iter().chain((0..12).map(|n| format!("{n}\n"))).collect();
    let suite = "expectations:\n  - expect_column_values_to_be_unique: {column: order_id}\n";
    for format in ["sarif", "gitlab", "markdown"] {
        let report = report_of(&data, suite, &["--malformed", "count"], format);
        assert!(report.contains("… and 2 more"), "{report}");
    }
}

#[test]
fn summary() {
    insta::assert_snapshot!(report("summary"));
}

#[test]
fn junit() {
    insta::assert_snapshot!(report("junit"));
}

#[test]
fn sarif() {
    let report = report("sarif");
    let log: Value = serde_json::from_str(&report).expect("it is JSON");
    let run = &log["runs"][0];
    let names: Vec<&Value> = run["results"].as_array().expect("a list").iter().map(|found| &found["ruleId"]).collect();
    assert_eq!(names.len(), 4);
    for found in run["results"].as_array().expect("a list") {
        let index = found["ruleIndex"].as_u64().expect("a number") as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], found["ruleId"]);
    }
    insta::assert_snapshot!(report);
}

#[test]
fn github() {
    insta::assert_snapshot!(report("github"));
}

#[test]
fn gitlab() {
    insta::assert_snapshot!(report("gitlab"));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(report("markdown"));
}
