//! The program as its users meet it: help, exit codes, and what goes to which stream.

#[path = "support/folder.rs"]
mod folder;
#[path = "support/program.rs"]
mod program;
#[path = "support/times.rs"]
mod times;

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use folder::folder;
use program::command;
use serde_json::Value;
use times::without_times;

const ORDERS: &str = "order_id,amount,status\n1,10.5,paid\n2,-3,paid\n2,20000,open\n4,,lost\n";

const SUITE: &str = "\
name: orders
expectations:
  - expect_column_values_to_be_unique: {column: order_id}
  - expect_column_values_to_be_between: {column: amount, min_value: 0, max_value: {$PARAMETER: most}, severity: warning}
  - expect_column_values_to_be_in_set: {column: status, value_set: [paid, open, lost]}
";

/// A folder with a data set and a suite.
fn orders() -> tempfile::TempDir {
    folder(&[("orders.csv", ORDERS), ("orders.yaml", SUITE)])
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("the folder can be written to");
}

fn weir(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("the program runs")
}

fn output(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complaints(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Everything that a command says, with its exit code; times are left out.
fn transcript(folder: &Path, arguments: &[&str]) -> String {
    let result = weir(folder, arguments);
    let code = result.status.code().unwrap_or(-1);
    without_times(&format!("{}{}exit code {code}\n", output(&result), complaints(&result)))
}

#[test]
fn help_tells_commands_options_and_exit_codes() {
    let folder = orders();
    let commands: [&[&str]; 5] =
        [&["--help"], &["check", "-h"], &["suite", "--help"], &["suite", "lint", "-h"], &["expectations", "-h"]];
    let texts: Vec<String> = commands
        .iter()
        .map(|arguments| format!("$ weir {}\n{}", arguments.join(" "), output(&weir(folder.path(), arguments))))
        .collect();
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn data_that_meets_the_suite_is_exit_code_0() {
    let folder = orders();
    write(folder.path(), "orders.csv", "order_id,amount,status\n1,10.5,paid\n2,3,open\n");
    insta::assert_snapshot!(transcript(
        folder.path(),
        &["check", "orders.csv", "--suite", "orders.yaml", "--param", "most=100"]
    ));
}

#[test]
fn data_that_does_not_meet_the_suite_is_exit_code_1() {
    let folder = orders();
    insta::assert_snapshot!(transcript(
        folder.path(),
        &["check", "orders.csv", "-s", "orders.yaml", "--param", "most=10000"]
    ));
}

#[test]
fn a_severity_below_the_limit_does_not_fail() {
    let folder = orders();
    write(folder.path(), "orders.csv", "order_id,amount,status\n1,-5,paid\n");
    let arguments = ["check", "orders.csv", "-s", "orders.yaml", "--param", "most=100", "--fail-on", "critical"];
    let result = weir(folder.path(), &arguments);
    assert_eq!(result.status.code(), Some(0), "{}", complaints(&result));
    assert!(output(&result).starts_with("not met: 1 of 3 expectations failed"), "{}", output(&result));
    assert!(complaints(&result).contains("the exit code is 0: 1 expectation not met"), "{}", complaints(&result));
    let result = weir(folder.path(), &arguments[..arguments.len() - 2]);
    assert_eq!(result.status.code(), Some(1));
}

#[test]
fn what_cannot_be_judged_is_exit_code_2() {
    let folder = orders();
    write(folder.path(), "wrong.yaml", "expectations:\n  - expect_column_to_exist: {colum: a}\n");
    let cases: [&[&str]; 6] = [
        &["check", "nothing.csv", "-s", "orders.yaml", "--param", "most=1"],
        &["check", "orders.csv", "-s", "nothing.yaml"],
        &["check", "orders.csv", "-s", "wrong.yaml"],
        &["check", "orders.csv", "-s", "orders.yaml"],
        &["check", "orders.csv", "-s", "orders.yaml", "--param", "most"],
        &["check", "orders.csv", "-s", "orders.yaml", "--param", "most=1", "--output", "json=nowhere/result.json"],
    ];
    for arguments in cases {
        let result = weir(folder.path(), arguments);
        assert_eq!(result.status.code(), Some(2), "{arguments:?}");
        assert!(!complaints(&result).is_empty(), "{arguments:?}");
    }
    insta::assert_snapshot!(transcript(folder.path(), cases[2]));
}

#[test]
fn json_has_standard_output_to_itself() {
    let folder = orders();
    write(folder.path(), "own.yaml", &format!("{SUITE}  - expect_something_of_our_own: {{column: status}}\n"));
    let arguments = [
        "check",
        "orders.csv",
        "-s",
        "own.yaml",
        "--param",
        "most=9",
        "--unknown-expectations",
        "skip",
        "--format",
        "json",
    ];
    let result = weir(folder.path(), &arguments);
    let value: Value = serde_json::from_slice(&result.stdout).expect("standard output is JSON");
    assert_eq!((value["success"].as_bool(), value["results"].as_array().map(Vec::len)), (Some(false), Some(3)));
    assert!(complaints(&result).contains("expect_something_of_our_own"), "{}", complaints(&result));
}

#[test]
fn reports_are_written_into_files_as_well() {
    let folder = orders();
    let arguments = [
        "check",
        "orders.csv",
        "-s",
        "orders.yaml",
        "--param",
        "most=9",
        "-q",
        "--output",
        "json=a.json",
        "--output",
        "text=b.txt",
    ];
    let result = weir(folder.path(), &arguments);
    assert_eq!(output(&result).lines().count(), 1, "{}", output(&result));
    let json = fs::read_to_string(folder.path().join("a.json")).expect("the file is there");
    assert!(serde_json::from_str::<Value>(&json).is_ok_and(|value| value["statistics"]["evaluated_expectations"] == 3));
    let text = fs::read_to_string(folder.path().join("b.txt")).expect("the file is there");
    assert!(text.starts_with("not met: "), "{text}");
}

#[test]
fn quiet_is_about_standard_output_alone() {
    let folder = orders();
    write(folder.path(), "own.yaml", &format!("{SUITE}  - expect_something_of_our_own: {{column: status}}\n"));
    let mut arguments = vec!["check", "orders.csv", "-s", "own.yaml", "--param", "most=9", "-q"];
    arguments.extend(["--unknown-expectations", "skip", "--output", "text=b.txt"]);
    let result = weir(folder.path(), &arguments);
    assert_eq!(output(&result).lines().count(), 1, "{}", output(&result));
    assert!(output(&result).contains(", 1 skipped ("), "{}", output(&result));
    let text = fs::read_to_string(folder.path().join("b.txt")).expect("the file is there");
    assert!(
        text.contains("\nfailed: `order_id` is unique\n") && text.contains("`expect_something_of_our_own`"),
        "{text}"
    );
}

#[test]
fn completions_and_manual_pages_are_made_of_the_command_line() {
    let folder = orders();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let result = weir(folder.path(), &["generate", "completions", shell]);
        assert!(result.status.success() && output(&result).contains("malformed"), "{shell}");
    }
    let result = weir(folder.path(), &["generate", "man", "pages/man1"]);
    assert!(result.status.success(), "{}", complaints(&result));
    let page = |name: &str| std::fs::read_to_string(folder.path().join("pages/man1").join(name)).expect("it is there");
    assert!(page("weir.1").contains("weir\\-check"));
    assert!(page("weir-check.1").contains("malformed") && page("weir-suite-lint.1").contains("Exit codes"));
}

#[test]
fn standard_streams_are_refused_where_they_cannot_serve() {
    let folder = orders();
    let usual = ["check", "orders.csv", "-s", "orders.yaml", "--param", "most=9"];
    let cases: [(&[&str], &str); 8] = [
        (&["--output", "json=-"], "standard output has one report"),
        (&["--output", "json=/dev/stdout"], "standard output has one report"),
        (&["--failed-rows", "/dev/stdout"], "standard output is none"),
        (&["--explain", "--failed-rows", "rows.parquet"], "`--explain` judges nothing"),
        (&["--clean-rows", "rows.parquet", "--spill-dir", "orders.csv"], "is no folder"),
        (&["--param", "most=10"], "`--param` gives `most` more than once"),
        (&["--threads", "0"], "1 or more"),
        (&["--result-format", "foo"], "unknown level, expected one of `BOOLEAN_ONLY`"),
    ];
    for (arguments, complaint) in cases {
        let result = weir(folder.path(), &[&usual[..], arguments].concat());
        assert_eq!(result.status.code(), Some(2), "{arguments:?}");
        assert!(complaints(&result).contains(complaint), "{}", complaints(&result));
    }
    let json = weir(folder.path(), &[&usual[..], &["--format", "json", "--output", "json=-"]].concat());
    assert!(serde_json::from_slice::<Value>(&json.stdout).is_ok(), "one report stands there");
    assert!(!folder.path().join("-").exists());
}

#[test]
fn what_is_to_be_copied_keeps_its_lines() {
    let folder = orders();
    write(folder.path(), "empty.yaml", "");
    let said = complaints(&weir(folder.path(), &["check", "orders.csv", "-s", "empty.yaml"]));
    assert!(said.contains("\n      expectations:\n        - expect_"), "{said}");
    let said = complaints(&weir(folder.path(), &["check", "orders.csv", "-s", "nope.yaml"]));
    assert_eq!(said, "error: there is no file `nope.yaml`\nhelp: check the path\n");
}

#[test]
fn tabs_can_be_asked_for_by_format() {
    let folder = orders();
    write(folder.path(), "orders.data", &ORDERS.replace(',', "\t"));
    let arguments = ["check", "orders.data", "-s", "orders.yaml", "--param", "most=9", "--input-format", "tsv"];
    assert_eq!(weir(folder.path(), &arguments).status.code(), Some(1));
}

#[test]
fn json_tells_the_rows_of_each_file_and_the_line_of_an_error() {
    let folder = orders();
    write(folder.path(), "more.csv", "order_id,amount,status\n7,1,paid\n");
    write(folder.path(), "wrong.yaml", "expectations:\n  - expect_column_values_to_be_unique: {column: nothing}\n");
    let result = weir(folder.path(), &["check", "orders.csv", "more.csv", "-s", "wrong.yaml", "--format", "json"]);
    let value: Value = serde_json::from_slice(&result.stdout).expect("standard output is JSON");
    let rows: Vec<_> =
        value["meta"]["inputs"].as_array().into_iter().flatten().map(|it| it["row_count"].as_u64()).collect();
    assert_eq!(rows, [Some(4), Some(1)]);
    let meta = &value["results"][0]["meta"];
    assert_eq!((meta["code"].as_str(), meta["suite_line"].as_u64()), (Some("unknown-column"), Some(2)));
    assert!(meta["help"].is_string(), "{meta}");
}

#[test]
fn colors_are_for_terminals_or_on_demand() {
    let folder = orders();
    let arguments = ["check", "orders.csv", "-s", "orders.yaml", "--param", "most=9"];
    assert!(!output(&weir(folder.path(), &arguments)).contains('\u{1b}'));
    let always = [&arguments[..], &["--color", "always"]].concat();
    assert!(output(&weir(folder.path(), &always)).contains('\u{1b}'));
}

#[test]
fn a_reader_that_leaves_early_is_no_fault() {
    let folder = orders();
    let mut child =
        command(folder.path(), &["check", "orders.csv", "-s", "orders.yaml", "--param", "most=9", "--format", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
    drop(child.stdout.take());
    let result = child.wait_with_output().expect("the program ends");
    assert_eq!((result.status.code(), complaints(&result).as_str()), (Some(1), ""));
}

#[test]
fn lint_finds_every_fault_of_every_file() {
    let folder = orders();
    write(
        folder.path(),
        "wrong.yaml",
        "expectations:\n  - expect_column_to_exist: {colum: a}\n  - expect_column_values_to_be_uniqe: {column: a}\n",
    );
    insta::assert_snapshot!(transcript(folder.path(), &["suite", "lint", "orders.yaml", "wrong.yaml"]));
    let result = weir(folder.path(), &["suite", "lint", "orders.yaml", "wrong.yaml", "--format", "json"]);
    let value: Value = serde_json::from_slice(&result.stdout).expect("standard output is JSON");
    let codes: Vec<_> = value.as_array().into_iter().flatten().map(|found| found["code"].clone()).collect();
    assert_eq!(codes, ["open-parameter", "unknown-key", "unknown-expectation"]);
    assert_eq!(weir(folder.path(), &["suite", "lint", "orders.yaml"]).status.code(), Some(0));
    assert_eq!(weir(folder.path(), &["suite", "lint", "wrong.yaml", "nothing.yaml"]).status.code(), Some(2));
}

#[test]
fn a_suite_converts_to_the_other_form_and_back() {
    let folder = orders();
    let json = output(&weir(folder.path(), &["suite", "convert", "orders.yaml"]));
    assert!(
        serde_json::from_str::<Value>(&json).is_ok_and(|value| value["expectations"][0]["type"].is_string()),
        "{json}"
    );
    write(folder.path(), "orders.json", &json);
    let yaml = output(&weir(folder.path(), &["suite", "convert", "orders.json"]));
    write(folder.path(), "back.yaml", &yaml);
    assert_eq!(output(&weir(folder.path(), &["suite", "convert", "back.yaml", "--to", "gx"])), json);
}

#[test]
fn the_manual_of_an_expectation_is_at_hand() {
    let folder = orders();
    let manual = output(&weir(folder.path(), &["expectations", "column_values_to_be_between"]));
    assert!(manual.starts_with("expect_column_values_to_be_between\n\nExpects every non-null value"), "{manual}");
    let result = weir(folder.path(), &["expectations", "expect_column_values_to_be_betwen"]);
    insta::assert_snapshot!(complaints(&result), @r"
    error: no expectation is named `expect_column_values_to_be_betwen`
    help: a similar name exists: `expect_column_values_to_be_between`
    ");
    assert_eq!(result.status.code(), Some(2));
}

/// A folder with so many rows: a unique text, numbers of which some repeat, and a price.
fn many_rows(rows: u64) -> tempfile::TempDir {
    let folder = orders();
    let row = |at: u64| {
        let scattered = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("key-{scattered:020},{},{},{}.5\n", at * 7919 % (rows - 999), at % 700, scattered >> 50)
    };
    let text: String = (0..rows).map(row).collect();
    write(folder.path(), "many.csv", &format!("key,number,group,price\n{text}"));
    let suite = "expectations:
  - expect_column_values_to_be_unique: {column: key}
  - expect_column_values_to_be_unique: {column: number}
  - expect_compound_columns_to_be_unique: {column_list: [group, number]}
  - expect_column_unique_value_count_to_be_between: {column: number, min_value: 1}
  - expect_column_median_to_be_between: {column: price, min_value: 1}
  - expect_column_most_common_value_to_be_in_set: {column: key, value_set: [none], ties_okay: true}
  - expect_column_values_to_exist_in_other_dataset: {column: number, other_dataset: many.csv, other_column: key}
  - expect_column_values_to_exist_in_other_dataset: {column: number, other_dataset: other.csv}
";
    write(folder.path(), "many.yaml", suite);
    let numbers: String = (0..rows * 5).step_by(2).map(|number| format!("{number}\n")).collect();
    write(folder.path(), "other.csv", &format!("number\n{numbers}"));
    folder
}

/// The results of a run.
fn results(folder: &Path, arguments: &[&str]) -> Value {
    let usual = ["check", "many.csv", "--suite", "many.yaml", "--format", "json"];
    let result = weir(folder, &[&usual[..], arguments].concat());
    let report = serde_json::from_slice::<Value>(&result.stdout);
    report.unwrap_or_else(|_| panic!("{}", complaints(&result)))["results"].take()
}

#[test]
fn what_does_not_fit_into_memory_is_judged_the_same_and_leaves_nothing_behind() {
    let folder = many_rows(60_000);
    let spilled = folder.path().join("spilled");
    fs::create_dir(&spilled).expect("the folder can be made");
    let whole = results(folder.path(), &["--memory-limit", "4GB"]);
    assert_eq!(whole[0]["success"], true);
    assert!(whole[1]["result"]["unexpected_count"].as_u64() > Some(50), "{}", whole[1]);
    let spilling = results(folder.path(), &["--memory-limit", "1MB", "--spill-dir", "spilled"]);
    assert_eq!(spilling, whole);
    assert_eq!(fs::read_dir(&spilled).expect("a folder").count(), 0);
}

#[test]
fn a_query_that_needs_more_memory_is_errored_and_says_so() {
    let folder = many_rows(60_000);
    let query = "select a.key from {batch} a join {batch} b on a.key = b.key where a.number <> b.number";
    let suite = format!("expectations:\n  - unexpected_rows_expectation: {{unexpected_rows_query: \"{query}\"}}\n");
    write(folder.path(), "many.yaml", &suite);
    assert_eq!(results(folder.path(), &["--memory-limit", "4GB"])[0]["success"], true);
    let errored = &results(folder.path(), &["--memory-limit", "1MB"])[0]["exception_info"];
    let message = "the query needs more memory than the memory limit leaves it";
    assert_eq!(errored["exception_message"], message, "{errored}");
}

#[test]
fn the_rows_that_a_condition_keeps_are_counted() {
    let folder = orders();
    let usual = ["check", "orders.csv", "-s", "orders.yaml", "--param", "most=100"];
    let said = |more: &[&str]| {
        let result = weir(folder.path(), &[&usual[..], more].concat());
        (result.status.code(), output(&result), complaints(&result))
    };
    let (code, report, _) = said(&["--where", "status = 'paid'"]);
    assert_eq!(code, Some(1), "{report}");
    assert!(report.contains("(orders.csv, 2 of 4 rows, where status = 'paid',"), "{report}");
    let (_, summary, complaints) = said(&["--where", "status = 'gone'", "--limit", "3", "--format", "summary"]);
    let summary: Value = serde_json::from_str(&summary).expect("it is JSON");
    let told = ["rows", "row_count_before_where", "limit", "where"].map(|key| summary[key].to_string());
    assert_eq!(told, ["0", "3", "3", "\"status = 'gone'\""]);
    assert!(complaints.contains("none of the 3 rows complies with `--where`"), "{complaints}");
    // a verdict alone may come before they are counted
    let (_, verdict, _) = said(&["--where", "status = 'paid'", "--result-format", "boolean_only", "-q"]);
    assert!(verdict.contains("(orders.csv, some of 4 rows, where status = 'paid',"), "{verdict}");
}

#[test]
fn values_of_options_are_explained() {
    let folder = orders();
    let cases = [
        ("--limit", "10k", "expected a whole number of rows"),
        ("--memory-limit", "64", "did you mean `64MB`"),
        ("--encoding", "klingon", "unknown encoding"),
    ];
    for (option, value, wanted) in cases {
        let result = weir(folder.path(), &["check", "orders.csv", "-s", "orders.yaml", option, value]);
        assert_eq!(result.status.code(), Some(2));
        assert!(complaints(&result).contains(wanted), "{}", complaints(&result));
    }
    for encoding in ["latin-1", "utf_8", "utf-8-sig", "UTF-8", "windows-1252"] {
        let result = weir(
            folder.path(),
            &["check", "orders.csv", "-s", "orders.yaml", "-q", "--encoding", encoding, "--param", "most=1"],
        );
        assert_eq!(result.status.code(), Some(1), "{encoding}: {}", complaints(&result));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_take_what_does_not_fit_is_named() {
    let folder = many_rows(60_000);
    let usual = ["check", "many.csv", "--suite", "many.yaml", "--memory-limit"];
    let missing = weir(folder.path(), &[&usual[..], &["4GB", "--spill-dir", "missing"]].concat());
    assert_eq!(missing.status.code(), Some(2), "{}", complaints(&missing));
    assert!(complaints(&missing).contains("names `missing`, which is no folder"), "{}", complaints(&missing));
    let fitting = weir(folder.path(), &[&usual[..], &["4GB", "--spill-dir", "/proc"]].concat());
    assert_eq!(fitting.status.code(), Some(1), "{}", complaints(&fitting));
    let result = weir(folder.path(), &[&usual[..], &["1MB", "--spill-dir", "/proc"]].concat());
    assert_eq!(result.status.code(), Some(2));
    insta::assert_snapshot!(complaints(&result), @r"
    error: cannot make a temporary file in `/proc`
      because: No such file or directory (os error 2)
    help: name a folder with room in it by `--spill-dir`, or allow more with `--memory-limit`
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_is_killed_leaves_no_file_behind() {
    let folder = many_rows(300_000);
    let spilled = folder.path().join("spilled");
    fs::create_dir(&spilled).expect("the folder can be made");
    let arguments =
        ["check", "many.csv", "--suite", "many.yaml", "--memory-limit", "1MB", "--spill-dir", "spilled", "-q"];
    let mut run = command(folder.path(), &arguments).stdout(Stdio::null()).spawn().expect("the program runs");
    // it is killed once it has a file there
    let id = run.id();
    let has_file = || {
        let open = fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
        let mut targets = open.filter_map(|entry| fs::read_link(entry.path()).ok());
        targets.any(|target| target.starts_with(&spilled))
    };
    while !has_file() {
        assert_eq!(run.try_wait().expect("it can be asked"), None, "it ends without a file");
        std::thread::yield_now();
    }
    run.kill().expect("it still runs");
    assert!(!run.wait().expect("it ends").success());
    assert_eq!(fs::read_dir(&spilled).expect("a folder").count(), 0);
}

#[test]
fn what_comes_through_standard_input_is_not_overwritten() {
    let folder = orders();
    let path = folder.path().join("orders.csv");
    let arguments = ["check", "-", "-s", "orders.yaml", "--param", "most=9", "--output", "json=orders.csv"];
    let input = fs::File::open(&path).expect("it is there");
    let result = command(folder.path(), &arguments).stdin(input).output().expect("the program runs");
    assert_eq!(result.status.code(), Some(2));
    assert!(complaints(&result).contains("would overwrite it"), "{}", complaints(&result));
    assert_eq!(fs::read_to_string(path).expect("it is there"), ORDERS);
}

#[test]
fn all_reports_are_written_that_can_be() {
    let folder = orders();
    fs::create_dir(folder.path().join("full")).expect("the folder can be made");
    let outputs = ["json=/dev/full", "junit=/dev/full", "markdown=report.md"].map(|to| ["--output", to]).concat();
    let usual = ["check", "orders.csv", "-s", "orders.yaml", "--param", "most=9"];
    let result = weir(folder.path(), &[&usual[..], &outputs].concat());
    assert_eq!(result.status.code(), Some(2), "{}", complaints(&result));
    assert_eq!(complaints(&result).matches("cannot write `/dev/full`").count(), 2, "{}", complaints(&result));
    assert!(fs::read_to_string(folder.path().join("report.md")).expect("it is written").contains("order_id"));
}

#[test]
fn types_of_columns_that_a_reference_lacks_are_for_the_data() {
    let folder = orders();
    write(folder.path(), "states.csv", "status\npaid\nopen\nlost\n");
    let suite = "expectations:
  - expect_column_values_to_exist_in_other_dataset: {column: status, other_dataset: states.csv}
";
    write(folder.path(), "states.yaml", suite);
    let result = weir(folder.path(), &["check", "orders.csv", "-s", "states.yaml", "--column-type", "order_id=string"]);
    assert_eq!(result.status.code(), Some(0), "{}", output(&result));
    let result = weir(folder.path(), &["check", "orders.csv", "-s", "states.yaml", "--column-type", "order=string"]);
    assert!(complaints(&result).contains("column `order`, which is not in the data"), "{}", complaints(&result));
}

#[test]
fn a_reference_is_not_overwritten() {
    let folder = orders();
    write(folder.path(), "keys.csv", "id\n1\n");
    let suite = "expectations:
  - expect_column_values_to_exist_in_other_dataset: {column: order_id, other_dataset: keys.csv, other_column: id}
";
    write(folder.path(), "keys.yaml", suite);
    for file in ["keys.csv", "orders.csv", "keys.yaml"] {
        let to = format!("json={file}");
        let result = weir(folder.path(), &["check", "orders.csv", "--suite", "keys.yaml", "--output", &to]);
        assert_eq!(result.status.code(), Some(2));
        assert!(complaints(&result).contains("would overwrite it"), "{}", complaints(&result));
    }
    assert_eq!(fs::read_to_string(folder.path().join("keys.csv")).expect("it is there"), "id\n1\n");
    // nor one that cannot be read
    write(folder.path(), "keys.csv", "id\n1,2\n");
    let result = weir(folder.path(), &["check", "orders.csv", "--suite", "keys.yaml", "--output", "json=keys.csv"]);
    assert_eq!(result.status.code(), Some(2), "{}", complaints(&result));
    assert_eq!(fs::read_to_string(folder.path().join("keys.csv")).expect("it is there"), "id\n1,2\n");
}
