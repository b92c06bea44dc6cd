//! What `weir check --explain` tells, as people and programs read it. That it holds is tested with the cases of expectations.

#[path = "support/folder.rs"]
mod folder;
#[path = "support/program.rs"]
mod program;
#[path = "support/said.rs"]
mod said;

use std::fs;
use std::path::Path;

use folder::folder;
use said::weir;
use serde_json::Value;

const SUITE: &str = "\
name: flights
expectations:
  - expect_table_row_count_to_be_between: {min_value: 1000}
  - expect_column_to_exist: {column: carrier}
  - expect_column_values_to_not_be_null: {column: month}
  - expect_column_values_to_be_between: {column: month, min_value: 1, max_value: 12}
  - expect_column_values_to_be_in_set: {column: carrier, value_set: [UA, DL, AA]}
  - expect_column_values_to_be_in_set: {column: carrier, value_set: [UA, DL, AA], mostly: 0.5}
  - expect_column_mean_to_be_between: {column: dep_delay, max_value: 30}
  - expect_column_stdev_to_be_between: {column: dep_delay, max_value: 60}
  - expect_column_value_z_scores_to_be_less_than: {column: dep_delay, threshold: 5, double_sided: true}
  - expect_compound_columns_to_be_unique: {column_list: [carrier, flight, time_hour]}
  - expect_column_values_to_be_between: {column: distance, min_value: 1, row_condition: 'month = 2'}
  - expect_column_values_to_exist_in_other_dataset: {column: carrier, other_dataset: airlines.csv}
  - unexpected_rows_expectation: {unexpected_rows_query: 'SELECT * FROM {batch} WHERE arr_time < 0'}
  - expect_column_values_to_be_unique: {column: carier}
  - expect_column_mean_to_be_between: {column: carrier, max_value: 30}
";

/// Explains, with all that depends on the machine given.
fn explain(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let limits = ["check", "--explain", "--threads", "2", "--memory-limit", "1GB", "--spill-dir", "/tmp"];
    weir(folder, &[&limits, arguments].concat())
}

fn flights() -> tempfile::TempDir {
    let folder = folder(&[("flights.yaml", SUITE)]);
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/data");
    for name in ["flights.parquet", "flights.csv", "airlines.csv"] {
        fs::copy(data.join(name), folder.path().join(name)).expect("the file can be copied");
    }
    folder
}

#[test]
fn the_plan_for_parquet() {
    let folder = flights();
    let (code, plan, complaints) =
        explain(folder.path(), &["flights.parquet", "-s", "flights.yaml", "--where", "day <= 7"]);
    assert_eq!((code, complaints.as_str()), (Some(0), ""));
    insta::assert_snapshot!(plan);
}

#[test]
fn the_plan_for_csv_in_json() {
    let folder = flights();
    fs::write(
        folder.path().join("short.yaml"),
        "expectations:\n  - expect_column_values_to_be_unique: {column: flight}\n  - expect_column_max_to_be_between: {column: day, max_value: 31}\n",
    )
    .expect("the folder can be written to");
    let arguments =
        ["flights.csv", "-s", "short.yaml", "--limit", "100", "--format", "json", "--output", "text=plan.txt"];
    let (code, plan, complaints) = explain(folder.path(), &arguments);
    assert_eq!((code, complaints.as_str()), (Some(0), ""));
    let value: Value = serde_json::from_str(&plan).expect("it is JSON");
    assert_eq!((value["row_count"].as_u64(), value["rows"]["limit"].as_u64()), (Some(100), Some(100)));
    insta::assert_snapshot!(plan);
    let text = fs::read_to_string(folder.path().join("plan.txt")).expect("it is written as well");
    assert!(
        text.starts_with("plan: 2 expectations of short.yaml, in one pass, and perhaps later ones, over flights.csv"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_explained_is_exit_code_2() {
    let folder = flights();
    let cases: [(&[&str], &str); 3] = [
        (&["flights.parquet", "-s", "flights.yaml", "--format", "junit"], "has the forms `text` and `json`"),
        (&["nothing.parquet", "-s", "flights.yaml"], "there is no file `nothing.parquet`"),
        (&["flights.parquet", "-s", "nothing.yaml"], "there is no file `nothing.yaml`"),
    ];
    for (arguments, complaint) in cases {
        let (code, _, complaints) = explain(folder.path(), arguments);
        assert_eq!(code, Some(2));
        assert!(complaints.contains(complaint), "{complaints}");
    }
}

#[test]
fn a_long_text_is_not_looked_at_before_it_is_read() {
    let folder = flights();
    let mut rows: String = "id,price\n".to_owned();
    for row in 0..400_000 {
        rows.push_str(&format!("{row},{}.5\n", row % 100));
    }
    fs::write(folder.path().join("long.csv"), rows).expect("the folder can be written to");
    let suite = "expectations:\n  - expect_column_values_to_not_be_null: {column: id}\n  - expect_column_to_exist: {column: price}\n";
    fs::write(folder.path().join("long.yaml"), suite).expect("the folder can be written to");
    let explained = |more: &[&str]| {
        let arguments =
            [&["long.csv", "-s", "long.yaml", "--format", "json", "--output", "text=plan.txt"], more].concat();
        let (code, plan, complaints) = explain(folder.path(), &arguments);
        assert_eq!((code, complaints.as_str()), (Some(0), ""));
        let plan: Value = serde_json::from_str(&plan).expect("it is JSON");
        (plan, fs::read_to_string(folder.path().join("plan.txt")).expect("it is written as well"))
    };

    let (plan, text) = explained(&[]);
    assert_eq!((&plan["row_count"], &plan["data"][0]["row_count"]), (&Value::Null, &Value::Null));
    assert_eq!((&plan["columns"][0]["type"], &plan["columns"][1]["type"]), (&"Int64".into(), &"Float64".into()));
    assert_eq!(plan["expectations"][0]["answered_by"], "rows");
    assert_eq!(plan["units_read"], plan["unit_count"]);
    assert!(text.contains("over long.csv (rows not counted yet)"), "{text}");
    assert!(text.contains("types are those of a sample"), "{text}");

    // some of the rows are had by looking at all of them first, which counts nulls too
    let (plan, text) = explained(&["--limit", "400000"]);
    assert_eq!(plan["row_count"], 400_000);
    assert_eq!(plan["expectations"][0]["answered_by"], "statistics");
    assert!(!text.contains("types are those"), "{text}");
}
