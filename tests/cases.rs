//! What every expectation means, by the cases in `tests/cases`: the same verdict in whatever layout the data comes, no
//! panic on any data, a manual with all its headings.

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use support::case::{Case, DATA, case_files, read_cases};
use support::corner::{corner_columns, corner_tables};
use support::judged::{differences, explain, judge, judge_told, read_suite};
use support::layout::{layout, layouts};
use support::watched::Watched;
use weir::expectation::catalog::{CATALOG, Entry};
use weir::plan::Progress;
use weir::scan::Scan;
use weir::suite::reference::references;

/// The name of an expectation's file, without its extension.
fn file_stem(entry: &Entry) -> &'static str {
    entry.name.strip_prefix("expect_").unwrap_or(entry.name)
}

/// Names of layouts that results may hold, as the plain layout has them.
fn plain_names(text: &str) -> String {
    let renamed = [("Utf8View", "Utf8"), ("LargeUtf8", "Utf8"), ("BinaryView", "Binary"), ("LargeBinary", "Binary")];
    renamed.iter().fold(text.to_owned(), |text, (found, plain)| text.replace(found, plain))
}

fn check_case(case: &Case) -> Vec<String> {
    let place = &case.place;
    let suite = match read_suite(&case.suite) {
        Ok(suite) => suite,
        Err(faults) => {
            let wanted = case.wanted.first().map_or(&Value::Null, |wanted| &wanted["fault"]);
            let found: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.code, fault.message)).collect();
            let is_wanted = wanted.as_str().is_some_and(|wanted| found.iter().any(|fault| fault.contains(wanted)));
            return if is_wanted { Vec::new() } else { vec![format!("{place}: the suite is at fault: {found:?}")] };
        }
    };
    if suite.expectations.len() != case.wanted.len() {
        return vec![format!("{place}: {} expectations, {} verdicts", suite.expectations.len(), case.wanted.len())];
    }
    let data = case.tables.get(DATA).unwrap_or_else(|| panic!("{place}: there is no table"));
    let mut wrong = Vec::new();
    let mut first: Option<Vec<String>> = None;
    for layout in layouts(data) {
        let run = judge(&suite, &layout, &case.tables);
        let shown = serde_json::to_value(&run).expect("it is plain data");
        let shown: Vec<&Value> = shown["results"].as_array().into_iter().flatten().collect();
        if first.is_none() {
            for ((verdict, shown), wanted) in run.verdicts.iter().zip(&shown).zip(&case.wanted) {
                let differences = differences(verdict, shown, wanted);
                wrong.extend(differences.iter().map(|what| format!("{place}: {}: {what}", verdict.expectation)));
            }
        }
        let shown: Vec<String> = shown.iter().map(|shown| plain_names(&shown.to_string())).collect();
        let first = first.get_or_insert_with(|| shown.clone());
        for (plain, other) in first.iter().zip(&shown).filter(|(plain, other)| plain != other) {
            wrong.push(format!("{place}: {} changes the result:\n  {plain}\n  {other}", layout.name));
        }
    }
    wrong
}

#[test]
fn every_case_has_the_wanted_verdict_in_every_layout() {
    let cases: Vec<Case> = case_files().iter().flat_map(|file| read_cases(file)).collect();
    let wrong: Vec<String> = cases.iter().flat_map(check_case).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn what_judging_reads_was_told_before() {
    let mut wrong = Vec::new();
    let (mut told_later, mut judged) = (0, 0);
    for case in case_files().iter().flat_map(|file| read_cases(file)) {
        let Ok(suite) = read_suite(&case.suite) else { continue };
        for mut layout in layouts(&case.tables[DATA]) {
            let forecast = explain(&suite, &layout);
            let watched = Arc::new(Watched::new(Arc::clone(&layout.source)));
            let passes = AtomicUsize::new(0);
            layout.source = Arc::clone(&watched) as Arc<dyn Scan>;
            judge_told(&suite, &layout, &case.tables, &|step| {
                passes.fetch_add(usize::from(matches!(step, Progress::Pass(_))), Ordering::Relaxed);
            });
            judged += 1;
            told_later += usize::from(!forecast.later_passes.is_empty());
            let place = format!("{} in {}", case.place, layout.name);
            let passes = passes.into_inner();
            if passes > 1 && forecast.later_passes.is_empty() {
                wrong.push(format!("{place}: {passes} passes, and none was told of behind the first"));
            }
            if !forecast.queries.is_empty() {
                continue;
            }
            let names = layout.source.schema();
            for column in watched.columns.lock().expect("nobody panics").iter() {
                let told = &forecast.columns[*column];
                if told.units_read == 0 && !told.is_read_later {
                    wrong.push(format!("{place}: `{}` was read", names.field(*column).name()));
                }
            }
            let read = watched.units.lock().expect("nobody panics").len();
            if forecast.later_passes.is_empty() && read > forecast.units_read {
                wrong.push(format!("{place}: {read} units were read, {} were told", forecast.units_read));
            }
        }
    }
    assert!(told_later > 0 && told_later < judged, "{told_later} of {judged}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_data_makes_an_expectation_panic() {
    let columns = corner_columns();
    let mut wrong = Vec::new();
    for file in case_files() {
        let mut seen = BTreeSet::new();
        for case in read_cases(&file) {
            let Ok(suite) = read_suite(&case.suite) else { continue };
            if !seen.insert(case.suite.clone()) {
                continue;
            }
            let schema = case.tables[DATA].schema();
            let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
            for (name, values) in &columns {
                for table in corner_tables(&names, values) {
                    wrong.extend(check_corner(&case, &suite, name, &table));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check_corner(case: &Case, suite: &weir::suite::Suite, name: &str, table: &arrow::array::RecordBatch) -> Vec<String> {
    let place = format!("{}, {} rows of {name}", case.place, table.num_rows());
    // without rows one empty batch
    let rows: Vec<_> =
        (0..table.num_rows().max(1)).map(|row| vec![table.slice(row, table.num_rows().min(1))]).collect();
    let whole = layout("whole", &table.schema(), vec![vec![table.clone()]], 1);
    let whole = judge(suite, &whole, &case.tables);
    let parts = judge(suite, &layout("row by row", &table.schema(), rows, 2), &case.tables);
    let mut wrong = Vec::new();
    let [shown, by_row] = [&whole, &parts].map(|run| serde_json::to_value(run).expect("it is plain data"));
    if shown != by_row {
        wrong.push(format!("{place}: row by row changes\n  {shown}\n  {by_row}"));
    }
    for verdict in &whole.verdicts {
        if let Err(problem) = &verdict.result
            && problem.code == "internal"
        {
            wrong.push(format!("{place}: {}: {}", verdict.expectation, problem.message));
        }
    }
    wrong
}

#[test]
fn every_expectation_has_cases_and_every_case_an_expectation() {
    let files: BTreeSet<String> =
        case_files().iter().filter_map(|file| Some(file.file_stem()?.to_string_lossy().into_owned())).collect();
    let entries: BTreeSet<String> = CATALOG.iter().map(|entry| file_stem(entry).to_owned()).collect();
    let without_cases: Vec<_> = entries.difference(&files).collect();
    let without_entry: Vec<_> = files.difference(&entries).collect();
    assert!(without_cases.is_empty(), "no file in tests/cases for {without_cases:?}");
    assert!(without_entry.is_empty(), "no line in the catalog for {without_entry:?}");
    for file in case_files() {
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        for case in read_cases(&file) {
            let about = case.suite.to_lowercase();
            assert!(about.contains(&stem), "{} is about another expectation", case.place);
        }
    }
}

#[test]
fn every_manual_has_its_headings_and_names_every_parameter() {
    for entry in CATALOG {
        let manual = entry.manual();
        let headings: Vec<&str> = manual.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, ["Parameters", "Nulls, NaN and empty data", "Metrics", "Example"], "{}", entry.name);
        assert!(entry.summary().starts_with("Expects "), "{}: {}", entry.name, entry.summary());
        let schema = entry.schema(&mut schemars::SchemaGenerator::default());
        let schema = schema.to_value();
        let parameters = schema["properties"].as_object().into_iter().flatten();
        for (parameter, described) in parameters {
            assert!(manual.contains(&format!("`{parameter}`")), "{} does not explain `{parameter}`", entry.name);
            assert!(described["description"].is_string(), "`{parameter}` of {} has no description", entry.name);
        }
    }
}

#[test]
fn the_examples_of_manuals_are_suites() {
    for entry in CATALOG {
        let manual = entry.manual();
        let example = manual.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
        let suite = read_suite(&format!("name: example\nexpectations:\n{example}"));
        let suite = suite.unwrap_or_else(|faults| panic!("{}: {faults:#?}", entry.name));
        assert!(suite.expectations.iter().all(|expectation| expectation.name == entry.name), "{}", entry.name);
        assert!(!suite.expectations.is_empty(), "{}", entry.name);
    }
}

#[test]
fn no_report_is_written_over_a_dataset_that_an_example_names() {
    let mut named = 0;
    for entry in CATALOG {
        let manual = entry.manual();
        let example = manual.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
        let words = example.split([' ', '\n', ',', '{', '}', '"', '\'']);
        let is_file = |word: &&str| Path::new(word).extension().is_some_and(|name| name == "parquet" || name == "csv");
        for file in words.filter(is_file).filter(|word| !word.starts_with('%')) {
            named += 1;
            assert!(
                references(example).contains(&file.to_owned()),
                "{}: list its parameter in `reference.rs`",
                entry.name
            );
        }
    }
    assert!(named >= 5, "{named}");
}

#[test]
fn expectations_are_listed_once() {
    let mut seen = BTreeSet::new();
    for entry in CATALOG {
        assert!(seen.insert(entry.name), "{} is listed twice", entry.name);
    }
}
