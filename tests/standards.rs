//! Reports held to the published schemas of their forms: SARIF 2.1.0 by OASIS, and the XML of `JUnit` as Jenkins and Ant have
//! it.
//!
//! The schemas come from packages (`tests/standards/Cargo.toml`); `scripts/standards.sh` sees to it that they are there, and
//! `xmllint` with them.

#[path = "support/folder.rs"]
mod folder;
#[path = "support/program.rs"]
mod program;
#[path = "support/said.rs"]
mod said;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use folder::folder;
use jsonschema::Validator;
use said::weir;
use serde_json::Value;

const DATA: &str = "id,name,amount,empty\n1,ada,19.5,\n2,<b>,-5,\n2,,1,\n";
const BROKEN: &str = "id,name,amount,empty\n1,ada,19.5,\n2,<b>&\"\u{1}\n3,eve,1,,,\n";

const MET: &str = "expectations:\n  - expect_column_to_exist: {column: id}\n";
const EVERY_STATUS: &str = "\
name: a < b & \"c\"
expectations:
  - expect_column_to_exist: {column: id}
  - expect_column_values_to_be_unique: {column: id}
  - expect_column_values_to_match_regex: {column: name, regex: '^<|b$', severity: warning}
  - expect_column_values_to_not_be_null: {column: name, severity: info}
  - expect_column_mean_to_be_between: {column: amuont, min_value: 0}
  - expect_column_values_to_be_in_set: {column: empty, value_set: [1]}
";
const OWN: &str = "\
expectations:
  - expect_column_values_to_be_unique: {column: id}
  - expect_something_of_our_own: {column: id}
";

const JENKINS: &str = "tests/JUnit.xsd";
const ANT: &str = "tests/JUnit-alternative.xsd";

/// The data, the suite, more arguments, and the exit code that they give.
type Case = (&'static str, &'static str, &'static [&'static str], i32);

const CASES: [(&str, Case); 9] = [
    ("met", (DATA, MET, &[], 0)),
    ("every status", (DATA, EVERY_STATUS, &[], 1)),
    ("every status and a skipped one", (DATA, OWN, &["--unknown-expectations", "skip"], 1)),
    ("malformed lines", (BROKEN, MET, &["--malformed", "count"], 1)),
    ("malformed lines and more", (BROKEN, EVERY_STATUS, &["--malformed", "count"], 1)),
    ("malformed lines that are refused", (BROKEN, MET, &[], 2)),
    ("an invalid suite", (DATA, OWN, &[], 2)),
    ("a suite that is no suite", (DATA, "a: [", &[], 2)),
    ("a condition that does not fit", (DATA, MET, &["--where", "nothing = 1"], 2)),
];

/// Finds a file of a package that holds a schema.
fn schema(package: &str, file: &str) -> PathBuf {
    static PACKAGES: LazyLock<Value> = LazyLock::new(|| {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/standards/Cargo.toml");
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--offline", "--locked", "--format-version", "1", "--manifest-path", manifest])
            .output()
            .expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "run `scripts/standards.sh` first: {said}");
        serde_json::from_slice(&output.stdout).expect("it is JSON")
    });
    let packages = PACKAGES["packages"].as_array().expect("a list");
    let found = packages.iter().find(|found| found["name"] == package).expect("the manifest names it");
    Path::new(found["manifest_path"].as_str().expect("a path")).with_file_name("").join(file)
}

/// Writes a report of a case; returns the folder that holds it as `report`.
fn written(format: &str, (data, suite, more, code): Case) -> tempfile::TempDir {
    let folder = folder(&[("orders.csv", data), ("orders.yaml", suite)]);
    let to = format!("{format}=report");
    let arguments = ["check", "orders.csv", "--suite", "orders.yaml", "--quiet", "--output", &to];
    let (found, _, complaints) = weir(folder.path(), &[&arguments, more].concat());
    assert_eq!(found, Some(code), "{complaints}");
    folder
}

/// Says what a SARIF log breaks of the schema.
fn faults_of_sarif(log: &str) -> Vec<String> {
    static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
        let text = fs::read_to_string(schema("serde-sarif", "src/schema.json")).expect("the package has the schema");
        let mut schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
        // of names of languages it has a pattern with a bracket too many
        for place in ["run", "toolComponent"] {
            let language = schema["definitions"][place]["properties"]["language"].as_object_mut();
            language.expect("it has a language").remove("pattern");
        }
        jsonschema::options().should_validate_formats(true).build(&schema).expect("a sound schema")
    });
    let log: Value = serde_json::from_str(log).expect("a log is JSON");
    SCHEMA.iter_errors(&log).map(|error| format!("{error} at {}", error.instance_path())).collect()
}

/// Says what a `JUnit` file breaks of a schema.
fn faults_of_junit(file: &Path, schema: &Path) -> String {
    let output = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .args([schema, file])
        .stdout(Stdio::null())
        .output()
        .expect("xmllint is installed: run `scripts/standards.sh` first");
    if output.status.success() { String::new() } else { String::from_utf8_lossy(&output.stderr).into_owned() }
}

#[test]
fn sarif_is_what_its_schema_says() {
    for (name, case) in CASES {
        let folder = written("sarif", case);
        let log = fs::read_to_string(folder.path().join("report")).expect("a report");
        assert_eq!(faults_of_sarif(&log), Vec::<String>::new(), "{name}: {log}");
    }
}

#[test]
fn junit_is_what_the_schemas_of_jenkins_and_ant_say() {
    for (name, case) in CASES {
        let folder = written("junit", case);
        let file = folder.path().join("report");
        for schema_file in [JENKINS, ANT] {
            let skips = case.2.contains(&"skip");
            if schema_file == ANT && skips {
                // it knows no tests that are skipped
                continue;
            }
            let faults = faults_of_junit(&file, &schema("junit-report", schema_file));
            assert_eq!(faults, "", "{name}: {}", fs::read_to_string(&file).expect("a report"));
        }
    }
}

#[test]
fn what_breaks_a_schema_is_found() {
    let folder = written("sarif", CASES[1].1);
    let log = fs::read_to_string(folder.path().join("report")).expect("a report");
    assert_ne!(faults_of_sarif(&log.replacen("\"ruleId\"", "\"rule\"", 1)), Vec::<String>::new());
    let folder = written("junit", CASES[2].1);
    let file = folder.path().join("report");
    let xml = fs::read_to_string(&file).expect("a report");
    fs::write(&file, xml.replacen("<failure ", "<failed ", 1).replacen("</failure>", "</failed>", 1))
        .expect("a report");
    for schema_file in [JENKINS, ANT] {
        assert!(faults_of_junit(&file, &schema("junit-report", schema_file)).contains("failed"));
    }
}
