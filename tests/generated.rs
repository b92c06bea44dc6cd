//! Files that are made from the code are up to date. `WEIR_UPDATE=1 cargo test --test generated` rewrites them.

use std::fmt::Write as _;
use std::fs;

use weir::expectation::catalog::CATALOG;
use weir::suite::schema::suite_schema;

fn assert_up_to_date(path: &str, wanted: &str) {
    if std::env::var_os("WEIR_UPDATE").is_some() {
        fs::write(path, wanted).expect("the file can be written");
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == wanted,
        "{path} is not what the code makes of it: run `WEIR_UPDATE=1 cargo test --test generated`"
    );
}

#[test]
fn the_json_schema_of_suites_is_up_to_date() {
    assert_up_to_date("expectations/suite.schema.json", &format!("{:#}\n", suite_schema()));
}

#[test]
fn the_catalog_is_up_to_date() {
    let mut page = String::from(
        "# The expectations\n\nWhat a suite can ask for. `weir expectations NAME` prints the same. This page is made from the code.\n",
    );
    for group in CATALOG.chunk_by(|one, next| one.group == next.group) {
        let names: Vec<String> = group.iter().map(|entry| format!("[`{0}`](#{0})", entry.name)).collect();
        writeln!(page, "\n- {}: {}", group[0].group, names.join(", ")).expect("a String takes all");
    }
    for entry in CATALOG {
        let manual = entry.manual().replace("\n## ", "\n### ");
        write!(page, "\n## `{}`\n\n{}\n", entry.name, manual.trim_end()).expect("a String takes all");
    }
    assert_up_to_date("expectations/CATALOG.md", &page);
}
