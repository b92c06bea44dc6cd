//! Runs that judge nothing (exit code 2), as each report tells of them. The snapshots are read as those systems read them that
//! show reports: change them only on purpose.

#[path = "support/folder.rs"]
mod folder;
#[path = "support/program.rs"]
mod program;
#[path = "support/said.rs"]
mod said;
#[path = "support/times.rs"]
mod times;

use std::fs;
use std::path::Path;

use folder::folder;
use said::weir;
use serde_json::Value;
use times::without_times;

const FORMATS: [&str; 8] = ["text", "json", "junit", "sarif", "github", "gitlab", "markdown", "summary"];
const DATA: &str = "order_id,customer\n1,ada\n2\n3,<b>|c,d\n";
const SUITE: &str = "expectations:\n  - expect_column_values_to_be_unique: {column: order_id}\n";
const WRONG: &str = "\
name: orders
expectations:
  - expect_column_values_to_be_uniqe: {column: order_id}
  - expect_column_values_to_be_in_set: {column: <b>|c, value_set: [1], mostly: 2}
";

fn orders() -> tempfile::TempDir {
    folder(&[("orders.csv", DATA), ("orders.yaml", SUITE), ("wrong.yaml", WRONG), ("broken.parquet", "no")])
}

/// What all reports say of a check, written into files; times and versions are left out.
fn reports(arguments: &[&str]) -> String {
    let folder = orders();
    let outputs: Vec<String> = FORMATS.iter().map(|format| format!("{format}={format}.out")).collect();
    let mut all = [&["check"], arguments].concat();
    for output in &outputs {
        all.extend(["--output", output]);
    }
    let (code, output, complaints) = weir(folder.path(), &all);
    assert_eq!((code, output.as_str()), (Some(2), ""), "{complaints}");
    assert!(complaints.contains("error"), "{complaints}");
    let report = |format: &&str| {
        let text = fs::read_to_string(folder.path().join(format!("{format}.out"))).expect("the report is written");
        assert_same_on_standard_output(folder.path(), arguments, format, &text);
        format!("--- {format}\n{}", without_times(&text))
    };
    FORMATS.iter().map(report).collect()
}

fn assert_same_on_standard_output(folder: &Path, arguments: &[&str], format: &str, file: &str) {
    let (code, output, _) = weir(folder, &[&["check"], arguments, &["--format", format]].concat());
    assert_eq!(code, Some(2));
    if format == "text" {
        assert_eq!(output, "", "standard error has it");
    } else {
        assert_eq!(without_times(&output), without_times(file), "{format}");
    }
}

#[test]
fn an_invalid_suite() {
    insta::assert_snapshot!(reports(&["orders.csv", "-s", "wrong.yaml"]));
}

#[test]
fn a_suite_that_is_not_there() {
    insta::assert_snapshot!(reports(&["orders.csv", "-s", "nothing.yaml"]));
}

#[test]
fn malformed_lines_that_are_refused() {
    insta::assert_snapshot!(reports(&["orders.csv", "-s", "orders.yaml"]));
}

#[test]
fn data_that_is_not_what_it_promises() {
    insta::assert_snapshot!(reports(&["broken.parquet", "-s", "orders.yaml"]));
}

#[test]
fn data_that_is_not_there_and_a_condition_that_does_not_fit() {
    let folder = orders();
    let cases: [(&[&str], &str); 5] = [
        (&["nothing.csv", "-s", "orders.yaml"], "unusable-data"),
        (&["orders.csv", "-s", "orders.yaml", "--malformed", "count", "--where", "price > 1"], "unknown-column"),
        (&["orders.csv", "-s", "orders.yaml", "--param", "a=1", "--param", "a=2"], "wrong-usage"),
        (&["orders.csv", "-s", "orders.yaml", "--spill-dir", "/nowhere"], "wrong-usage"),
        (&["orders.csv", "-s", "orders.yaml", "--spill-dir", "/proc", "--encoding", "latin1"], "no-room-to-spill"),
    ];
    for (arguments, expected) in cases {
        let all = [&["check"], arguments, &["--format", "json", "--output", "sarif=log"]].concat();
        let (code, output, complaints) = weir(folder.path(), &all);
        let value: Value = serde_json::from_str(&output).expect("standard output is JSON");
        assert_eq!((code, &value["success"]), (Some(2), &Value::Bool(false)), "{complaints}");
        assert_eq!(value["diagnostics"][0]["code"], expected, "{value}");
        assert_eq!(value["diagnostics"][0]["file"], Value::Null, "the suite is not at fault");
        let log = fs::read_to_string(folder.path().join("log")).expect("the report is written");
        let log: Value = serde_json::from_str(&log).expect("it is JSON");
        let result = &log["runs"][0]["results"][0];
        assert_eq!(result["ruleId"], expected);
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(place, "orders.yaml", "code scanning shows nothing that is nowhere");
    }
}

#[test]
fn a_report_of_a_refusal_overwrites_no_data() {
    let folder = orders();
    fs::create_dir(folder.path().join("lake")).expect("a new folder");
    for name in ["lake/one.csv", "lake/two.csv", "other.csv"] {
        fs::write(folder.path().join(name), DATA).expect("the folder can be written to");
    }
    let other = "expectations:\n  - expect_column_values_to_exist_in_other_dataset: {column: order_id, other_dataset: other.csv}\n";
    fs::write(folder.path().join("other.yaml"), other).expect("the folder can be written to");
    let cases = [("lake", "lake/one.csv"), ("lake/*.csv", "lake/two.csv"), ("orders.csv", "other.csv")];
    for (data, output) in cases {
        let arguments = ["check", data, "-s", "other.yaml", "--output", &format!("json={output}")];
        let (code, _, complaints) = weir(folder.path(), &arguments);
        assert_eq!(code, Some(2));
        assert!(complaints.contains("would overwrite it"), "{complaints}");
        assert_eq!(fs::read_to_string(folder.path().join(output)).expect("it is there"), DATA);
    }
}

#[test]
fn a_report_on_a_faulty_suite_overwrites_nothing_that_the_suite_names() {
    let folder = folder(&[
        ("orders.csv", "order_id\n1\n"),
        ("ref/a.csv", DATA),
        ("ref/deep/b.csv", DATA),
        ("other.csv", DATA),
        (
            "faulty.yaml",
            "expectations:\n  - expect_table_row_count_to_equal_other_table: {other_table_name: ref}\n  - nothing: [\n",
        ),
        (
            "given.yaml",
            "expectations:\n  - expect_table_row_count_to_equal_other_table: {other_table_name: {$PARAMETER: dataset}}\n",
        ),
        (
            "sound.yaml",
            "expectations:\n  - expect_table_row_count_to_equal_other_table: {other_table_name: 'ref/**/*.csv'}\n",
        ),
    ]);
    let cases: [(&[&str], &str); 5] = [
        (&["orders.csv", "-s", "faulty.yaml"], "ref/a.csv"),
        (&["orders.csv", "-s", "faulty.yaml"], "ref/deep/b.csv"),
        (&["orders.csv", "-s", "given.yaml", "--param", "dataset='other.csv'"], "other.csv"),
        (&["missing.csv", "-s", "sound.yaml"], "ref/deep/b.csv"),
        (&["orders.csv", "-s", "sound.yaml"], "ref/a.csv"),
    ];
    for (arguments, output) in cases {
        let to = format!("json={output}");
        let (code, _, complaints) = weir(folder.path(), &[&["check"], arguments, &["--output", &to]].concat());
        assert_eq!(code, Some(2), "{arguments:?} {output}: {complaints}");
        assert!(complaints.contains("would overwrite it"), "{arguments:?} {output}: {complaints}");
        assert_eq!(fs::read_to_string(folder.path().join(output)).expect("it is there"), DATA);
    }
}

#[test]
fn lint_tells_in_every_format_of_files_that_cannot_be_read() {
    let folder = orders();
    let said = ["json", "github", "gitlab", "sarif"].map(|format| {
        let (code, output, _) =
            weir(folder.path(), &["suite", "lint", "nothing.yaml", "wrong.yaml", "--format", format]);
        assert_eq!(code, Some(2));
        format!("--- {format}\n{output}")
    });
    insta::assert_snapshot!(said.concat());
}
