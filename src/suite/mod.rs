//! Suites: what a person expects of the data, read from YAML or from Great Expectations' JSON.
//!
//! The way of a text: `document` makes a tree of it, `parse` finds the suite's parts in the tree (with `import` for
//! Great Expectations' spellings, old and new), `build` replaces parameters and reads each expectation. [`convert`]
//! goes from one textual form to the other, [`lint`] finds what is legal and hardly meant, [`schema`] is for editors.

mod build;
pub mod condition;
pub mod convert;
mod draft;
mod import;
mod judgeable;
pub mod lint;
pub mod parameter;
mod parse;
pub mod reference;
pub mod result_format;
pub mod schema;

pub use build::hash;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use crate::column::Predicate;
use crate::diagnostic::{Diagnostic, Level, SourceText, Span};
use crate::expectation::Expectation;
use crate::expectation::catalog::Entry;
use crate::verdict::{ResultFormat, Severity};

/// A suite that can be judged: every name is known, every parameter has its value and its type.
#[derive(Debug)]
pub struct Suite {
    /// Its name; that of the file where the text gives none.
    pub name: String,
    /// The values of its `$PARAMETER`s: those given for this run, else the suite's own.
    pub parameters: Map<String, Value>,
    /// The parameters that the suite itself names.
    pub declared: Vec<Declared>,
    /// What is expected, in the order of the text.
    pub expectations: Vec<SuiteExpectation>,
    /// What was left out because its name is not known; empty unless [`Options::skip_unknown`] is set.
    pub skipped: Vec<Skipped>,
    /// The suite's own remarks, passed through.
    pub meta: Map<String, Value>,
    /// `id`, `notes` and the like, passed through.
    pub envelope: Map<String, Value>,
    /// The text.
    pub source: Arc<SourceText>,
    /// SHA-256 of the text, in hexadecimal digits.
    pub hash: String,
}

/// One expectation of a suite.
#[derive(Debug)]
pub struct SuiteExpectation {
    /// Its name in the catalog, whatever the text's spelling: `expect_column_values_to_be_unique`.
    pub name: &'static str,
    /// What the catalog knows of it.
    pub entry: &'static Entry,
    /// It, with its typed parameters.
    pub expectation: Box<dyn Expectation>,
    /// Its parameters for results: `$PARAMETER`s replaced, `row_condition` included.
    pub kwargs: Map<String, Value>,
    /// Which rows it is about; all without one.
    pub row_condition: Option<Predicate>,
    /// How much it matters.
    pub severity: Severity,
    /// The suite's own remarks, passed through.
    pub meta: Map<String, Value>,
    /// `id`, `notes`, `description` and the like, passed through.
    pub envelope: Map<String, Value>,
    /// How much its result tells, where the suite says so.
    pub format: Option<ResultFormat>,
    /// Where it stands.
    pub span: Span,
    /// Where its name stands.
    pub name_span: Span,
    /// Where the value of each parameter stands, `row_condition` included.
    pub parameter_spans: Vec<(String, Span)>,
}

/// A parameter that a suite names, with a value that holds unless the run gives another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Whether any expectation refers to it.
    pub is_used: bool,
}

/// An expectation that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its name, as the text spells it.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// The language of a suite's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// YAML, as people write it.
    Yaml,
    /// JSON, as Great Expectations writes it.
    Json,
}

/// How a suite is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Leaves out expectations whose name is not known, with a warning each.
    pub skip_unknown: bool,
    /// Takes a `$PARAMETER` without a value with a note, and leaves out the expectations that refer to it: for looking at a
    /// suite when no run has given its values.
    pub allow_open: bool,
    /// Takes an expectation that can never be judged, for its pattern does not compile or its SQL does not parse, with a
    /// warning, so that it is errored when it is judged. So are suites of Great Expectations in JSON always read.
    pub allow_unjudgeable: bool,
    /// What `now()` gives in parameters, in UTC; the time of the clock if `None`.
    pub now: Option<NaiveDateTime>,
}

impl Form {
    /// Tells the form by the file's extension, else by the first character of the text.
    #[must_use]
    pub fn of(source: &SourceText) -> Self {
        let extension = Path::new(&source.name).extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("json") => Self::Json,
            Some("yaml" | "yml") => Self::Yaml,
            _ if source.text.trim_start_matches('\u{feff}').trim_start().starts_with('{') => Self::Json,
            _ => Self::Yaml,
        }
    }
}

impl Suite {
    /// Reads a suite, and what is worth a warning about it. `parameters` are the values given for this run.
    ///
    /// # Errors
    /// Every fault of the text at once, in its order; the warnings are among them then.
    pub fn parse(
        source: &Arc<SourceText>,
        form: Form,
        parameters: &[(String, Value)],
        options: &Options,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let (suite, has_errors, diagnostics) = Self::read(source, form, parameters, options);
        match suite {
            Some(suite) if !has_errors => Ok((suite, diagnostics)),
            _ => Err(diagnostics),
        }
    }

    /// Reads as much of a suite as is right; says whether anything is wrong, and what.
    fn read(
        source: &Arc<SourceText>,
        form: Form,
        parameters: &[(String, Value)],
        options: &Options,
    ) -> (Option<Self>, bool, Vec<Diagnostic>) {
        let mut problems = Problems::new(source);
        let draft = draft::Draft::parse(source, form, &mut problems);
        let allow_unjudgeable = options.allow_unjudgeable || form == Form::Json;
        let options = Options { allow_unjudgeable, ..options.clone() };
        let suite = draft.map(|draft| build::build(draft, parameters, &options, &mut problems));
        let (has_errors, diagnostics) = problems.finish();
        (suite, has_errors, diagnostics)
    }
}

/// How many complaints about one suite are reported.
const MOST_REPORTED: usize = 1000;

/// What has been found wrong with a suite so far.
struct Problems {
    source: Arc<SourceText>,
    diagnostics: Vec<Diagnostic>,
}

impl Problems {
    fn new(source: &Arc<SourceText>) -> Self {
        Self { source: Arc::clone(source), diagnostics: Vec::new() }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic.in_source(&self.source));
    }

    /// Returns whether there are errors, and everything in the order of the text, up to what anyone would read.
    fn finish(mut self) -> (bool, Vec<Diagnostic>) {
        let has_errors = self.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error);
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        let left_out = self.diagnostics.len().saturating_sub(MOST_REPORTED);
        if left_out > 0 {
            self.diagnostics.truncate(MOST_REPORTED);
            let message = format!("{left_out} further complaints are left out");
            let note = Diagnostic { level: Level::Note, ..Diagnostic::warning("too-many-complaints", message, None) };
            self.push(note);
        }
        (has_errors, self.diagnostics)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(name: &str, text: &str) -> Result<(Suite, Vec<Diagnostic>), Vec<Diagnostic>> {
        let source = SourceText::new(name, text);
        Suite::parse(&source, Form::of(&source), &[], &Options::default())
    }

    fn suite(name: &str, text: &str) -> (Suite, Vec<Diagnostic>) {
        parse(name, text).unwrap_or_else(|errors| panic!("{errors:#?}"))
    }

    /// Each complaint in one line, with the text that it points at.
    fn complaints(name: &str, text: &str) -> Vec<String> {
        let diagnostics = match parse(name, text) {
            Ok((_, warnings)) => warnings,
            Err(errors) => errors,
        };
        diagnostics.iter().map(|diagnostic| describe(diagnostic, text)).collect()
    }

    fn describe(diagnostic: &Diagnostic, text: &str) -> String {
        let span = diagnostic.span.unwrap_or_default();
        format!("{}[{}] {} @ {}", diagnostic.level, diagnostic.code, diagnostic.message, &text[span.start..span.end])
    }

    #[test]
    fn yaml_is_read_with_all_its_parts() {
        let text = "\
name: orders
parameters: {limit: 10}
expectations:
  - expect_column_values_to_be_between:
      column: amount
      max_value: {$PARAMETER: limit * 2}
      mostly: 0.99
      severity: warning
      result_format: {result_format: COMPLETE, unexpected_index_column_names: [id]}
      meta: {owner: me}
      notes: why
  - expect_column_values_to_be_unique: {column: id}
";
        let (suite, warnings) = suite("t.yaml", text);
        assert_eq!(warnings, []);
        assert_eq!(suite.name, "orders");
        assert_eq!(serde_json::Value::from(suite.parameters.clone()), json!({"limit": 10}));
        assert_eq!(suite.hash.len(), 64);
        let first = &suite.expectations[0];
        assert_eq!(first.name, "expect_column_values_to_be_between");
        assert_eq!(
            serde_json::Value::from(first.kwargs.clone()),
            json!({"column": "amount", "max_value": 20, "mostly": 0.99})
        );
        assert_eq!(first.severity, Severity::Warning);
        assert_eq!(serde_json::Value::from(first.meta.clone()), json!({"owner": "me"}));
        assert_eq!(serde_json::Value::from(first.envelope.clone()), json!({"notes": "why"}));
        let format = first.format.as_ref().unwrap();
        assert_eq!(format.level, crate::verdict::ResultLevel::Complete);
        assert_eq!(format.unexpected_index_column_names, ["id"]);
        let places: Vec<(&str, &str)> =
            first.parameter_spans.iter().map(|(name, span)| (name.as_str(), &text[span.start..span.end])).collect();
        assert_eq!(places, [("column", "amount"), ("max_value", "{$PARAMETER: limit * 2}"), ("mostly", "0.99")]);
        assert_eq!(&text[first.name_span.start..first.name_span.end], "expect_column_values_to_be_between");
        assert!(text[first.span.start..first.span.end].ends_with("notes: why"));
        assert_eq!(suite.expectations[1].severity, Severity::Critical);
    }

    #[test]
    fn suites_of_both_eras_of_great_expectations_are_read() {
        let new = r#"{"name": "a", "id": null, "expectations": [
            {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "x", "mostly": 1.0}, "meta": {},
             "severity": "info", "id": "7"}], "meta": {"great_expectations_version": "1.24.1"}, "notes": null}"#;
        let (read, warnings) = suite("t.json", new);
        assert_eq!(warnings, []);
        assert_eq!(read.expectations[0].severity, Severity::Info);
        assert_eq!(serde_json::Value::from(read.expectations[0].envelope.clone()), json!({"id": "7"}));
        assert_eq!(serde_json::Value::from(read.envelope), json!({}));

        let old = r#"{"expectation_suite_name": "a", "data_asset_type": "Dataset", "ge_cloud_id": null, "expectations": [
            {"expectation_type": "ExpectColumnValuesToBeBetween", "kwargs": {"column": "x", "min_value": {"$PARAMETER": "n",
             "$PARAMETER.n": 3}, "max_value": null, "parse_strings_as_datetimes": true, "result_format": "BASIC",
             "catch_exceptions": true, "row_condition": null, "condition_parser": null}, "meta": {},
             "expectation_context": {"description": null}, "ge_cloud_id": null},
            {"expectation_type": "expect_column_values_to_not_be_null", "kwargs": {"column": "x", "catch_exceptions": false,
             "meta": {"a": 1}}, "meta": {}}], "meta": {}}"#;
        let (read, warnings) = suite("t.json", old);
        let messages: Vec<&str> = warnings.iter().map(|warning| warning.message.as_str()).collect();
        let expected = [
            "`parse_strings_as_datetimes` changes nothing here and is ignored",
            "`catch_exceptions` changes nothing here and is ignored (2 times)",
        ];
        assert_eq!(messages, expected);
        let kwargs = serde_json::Value::from(read.expectations[0].kwargs.clone());
        assert_eq!(kwargs, json!({"column": "x", "min_value": 3, "max_value": null}));
        assert_eq!(read.expectations[0].name, "expect_column_values_to_be_between");
        assert_eq!(read.expectations[0].format.as_ref().unwrap().level, crate::verdict::ResultLevel::Basic);
        assert_eq!(serde_json::Value::from(read.expectations[1].meta.clone()), json!({"a": 1}));
    }

    #[test]
    fn the_form_with_type_stands_in_yaml_too() {
        let text = "expectations:\n  - type: expect_column_to_exist\n    kwargs: {column: a}\n    severity: info\n  - expect_column_to_exist: {column: b}\n";
        let (suite, _) = suite("orders.yml", text);
        assert_eq!(suite.name, "orders");
        assert_eq!(suite.expectations.len(), 2);
        assert_eq!(suite.expectations[0].severity, Severity::Info);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let text = "\
nam: orders
expectations:
  - expect_column_values_to_be_betwen: {column: a}
  - expect_column_values_to_be_between:
      colum: amount
      mostly: 1.5
      max_value: {$PARAMETER: limt}
      severity: high
  - expect_column_values_to_be_in_set: {column: [a], value_sets: [1]}
  - expect_column_to_exist: 5
  - expect_column_to_exist:
    column: a
  - 7
parameters: {limit: 1}
";
        let expected = [
            "error[unknown-key] unknown key `nam` @ nam",
            "error[unknown-expectation] there is no expectation `expect_column_values_to_be_betwen` @ expect_column_values_to_be_betwen",
            "error[unknown-key] unknown key `colum` @ colum",
            "error[wrong-value] `mostly` is 1.5, expected a fraction between 0 and 1 (for 1.5 % give 0.015) @ 1.5",
            "error[unknown-parameter] the parameter `limt` has no value @ limt",
            "error[wrong-value] `severity` is the text `high`, expected one of `info`, `warning`, `critical` @ high",
            "error[wrong-type] `column` is a list, expected a text @ [a]",
            "error[unknown-key] unknown key `value_sets` @ value_sets",
            "error[wrong-type] `expect_column_to_exist` has `5`, expected a mapping of its parameters @ 5",
            "error[misplaced-key] `column` stands beside `expect_column_to_exist`, expected it below @ column",
            "error[wrong-type] an expectation is `7`, expected its name and its parameters @ 7",
        ];
        assert_eq!(complaints("t.yaml", text), expected);
    }

    const UNJUDGEABLE: &str = "\
expectations:
- expect_column_values_to_match_regex: {column: a, column: b, regex: (unclosed}
- expect_column_values_to_match_strftime_format: {column: a, strftime_format: '%Q'}
- expect_row_to_satisfy: {condition: a >>> 3, mostl: 0.5}
- unexpected_rows_expectation: {unexpected_rows_query: 'selec * from {batch}'}
- expect_column_values_to_be_of_type: {column: a, type_: intt}
- expect_column_values_to_match_json_schema: {column: a, json_schema: {type: 5}}
- expect_column_to_exist: {column: a, row_condition: b >}
";

    #[test]
    fn what_can_never_be_judged_is_named_with_all_other_faults() {
        let found = complaints("t.yaml", UNJUDGEABLE);
        let codes: Vec<&str> = found.iter().filter_map(|text| text.split(']').next()).collect();
        let expected = [
            "error[duplicate-key",
            "error[invalid-pattern",
            "error[invalid-format",
            "error[invalid-sql",
            "error[unknown-key",
            "error[invalid-sql",
            "error[unknown-type",
            "error[invalid-schema",
            "error[invalid-condition",
        ];
        assert_eq!(codes, expected, "{found:#?}");
    }

    #[test]
    fn what_can_never_be_judged_is_errored_in_suites_of_great_expectations() {
        let text = r#"{"name": "a", "expectations": [
            {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "x", "regex": "(a"}},
            {"type": "expect_column_values_to_be_of_type", "kwargs": {"column": "x", "type_": "intt"}}]}"#;
        let (read, warnings) = suite("t.json", text);
        assert_eq!(read.expectations.len(), 2);
        let codes: Vec<&str> = warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(codes, ["invalid-pattern", "unknown-type"]);
    }

    #[test]
    fn a_key_given_twice_hides_nothing() {
        let text = r#"{"expectations": [{"type": "expect_column_to_exist", "type": "x", "kwargs": {"colum": "x"}}]}"#;
        let found = complaints("t.json", text);
        assert!(
            found[0].starts_with("error[duplicate-key]") && found[1].starts_with("error[unknown-key]"),
            "{found:?}"
        );
    }

    #[test]
    fn faults_beside_an_open_parameter_are_named_too() {
        let text =
            "expectations:\n- expect_column_values_to_be_between: {colum: a, max_value: {$PARAMETER: n}, mostly: 2}\n";
        let expected = [
            "error[unknown-key] unknown key `colum` @ colum",
            "error[unknown-parameter] the parameter `n` has no value @ n",
            "error[wrong-value] `mostly` is 2, expected a fraction between 0 and 1 (for 2 % give 0.02) @ 2",
        ];
        assert_eq!(complaints("t.yaml", text), expected);
    }

    #[test]
    fn row_conditions_are_read_and_kept() {
        let text = r#"{"name": "a", "suite_parameters": {"least": 3}, "expectations": [
            {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "x", "row_condition": "a == 5 and b != \"c\"",
             "condition_parser": "pandas"}},
            {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "x", "row_condition": {"type": "comparison",
             "column": {"name": "a"}, "operator": ">=", "parameter": {"$PARAMETER": "least * 2"}}}},
            {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "x", "row_condition": null}}]}"#;
        let (suite, warnings) = suite("t.json", text);
        assert_eq!(warnings, []);
        let first = &suite.expectations[0];
        assert_eq!(
            first.row_condition.as_ref().map(ToString::to_string).as_deref(),
            Some("(\"a\" in [5] and (\"b\" is null or not (\"b\" in [\"c\"])))")
        );
        assert_eq!(first.kwargs["condition_parser"], json!("pandas"));
        assert!(first.parameter_spans.iter().any(|(name, _)| name == "row_condition"));
        let second = &suite.expectations[1];
        assert_eq!(second.row_condition.as_ref().map(ToString::to_string).as_deref(), Some("\"a\" between [6, ]"));
        assert_eq!(second.kwargs["row_condition"]["parameter"], json!(6));
        assert!(suite.expectations[2].row_condition.is_none());
        assert!(!suite.expectations[2].kwargs.contains_key("row_condition"));
    }

    #[test]
    fn faults_of_row_conditions_stand_at_their_place() {
        let text = "\
expectations:
  - expect_column_to_exist: {column: a, row_condition: a = , condition_parser: spark}
  - expect_column_to_exist: {column: a, row_condition: a = 1, condition_parser: sparc}
  - expect_column_to_exist: {column: a, row_condition: a = 1, condition_parser: 5}
  - expect_column_to_exist: {column: a, row_condition: {$PARAMETER: n}}
";
        let complaints = complaints("t.yaml", text);
        assert_eq!(complaints.len(), 4, "{complaints:#?}");
        assert!(complaints[0].contains("the condition ends"), "{complaints:#?}");
        assert!(complaints[1].ends_with("`sparc` is not known @ sparc"), "{complaints:#?}");
        assert!(complaints[2].contains("`condition_parser` is `5`, expected a text"), "{complaints:#?}");
        assert!(complaints[3].contains("the parameter `n` has no value"), "{complaints:#?}");
    }

    #[test]
    fn parameters_may_stay_open() {
        let text = "\
expectations:
  - expect_column_values_to_be_between: {column: a, max_value: {$PARAMETER: n}}
  - expect_column_values_to_be_between: {column: a, max_value: {$PARAMETER: n}, mostly: x}
  - expect_column_to_exist: {column: {$PARAMETER: 1 +}}
  - expect_column_to_exist: {column: a}
";
        let options = Options { allow_open: true, ..Options::default() };
        let errors = Suite::parse(&SourceText::new("t.yaml", text), Form::Yaml, &[], &options).unwrap_err();
        let expected = [
            "note[open-parameter] the parameter `n` has no value: a run has to give it @ n",
            "error[wrong-type] `mostly` is the text `x`, expected a number @ x",
            "error[wrong-expression] `1 +` cannot be computed: found the end, expected a number or a name @ 1 +",
        ];
        assert_eq!(errors.iter().map(|error| describe(error, text)).collect::<Vec<_>>(), expected);
        let text: String = text
            .lines()
            .filter(|line| !line.contains("mostly") && !line.contains("1 +"))
            .map(|line| format!("{line}\n"))
            .collect();
        let (suite, _) = Suite::parse(&SourceText::new("t.yaml", text), Form::Yaml, &[], &options).unwrap();
        assert_eq!(suite.expectations.len(), 1);
    }

    #[test]
    fn what_is_no_suite_is_named() {
        for (name, text, expected) in [
            ("t.yaml", "", "the suite is empty"),
            ("t.yaml", "# nothing", "the suite is empty"),
            ("t.json", "", "the suite is empty"),
            ("t.yaml", "- expect_column_to_exist: {column: a}", "the suite is a list"),
            ("t.json", "[]", "the suite is a list"),
            ("t.yaml", "just text", "the suite is the text `just text`"),
            ("t.yaml", "name: a", "the suite has no key `expectations`"),
            ("t.yaml", "expectations:", "`expectations` is empty, expected a list"),
            ("t.yaml", "expectations: {a: 1}", "`expectations` is a mapping, expected a list"),
            ("t.yaml", "expectations: [{}]", "an expectation is an empty mapping"),
            ("t.yaml", "expectations: [{a: 1, b: 2}]", "the item does not name its expectation"),
            ("t.yaml", "expectations: [{expect_a: {}, expect_b: {}}]", "the item holds 2 expectations"),
            (
                "t.json",
                "{\"name\": \"c\", \"validation_definitions\": []}",
                "this is a checkpoint of Great Expectations",
            ),
            ("t.yaml", "name: c\nconfig_version: 1.0\nvalidations: []", "this is a checkpoint of Great Expectations"),
            ("t.json", "{\"results\": [], \"statistics\": {}, \"success\": true}", "this is a validation result"),
            ("t.json", "name: a", "this is not JSON"),
            ("t.yaml", "a: [", "this is not YAML"),
            ("t", "{\"expectations\": 1}", "`expectations` is `1`, expected a list"),
        ] {
            let complaints = complaints(name, text);
            assert!(complaints[0].contains(expected), "{text:?}: {complaints:?}");
        }
    }

    #[test]
    fn complaints_without_end_are_cut() {
        let text = format!("expectations:\n{}", "- nothing: {}\n".repeat(5000));
        let errors = parse("t.yaml", &text).unwrap_err();
        assert_eq!(errors.len(), MOST_REPORTED + 1);
        assert_eq!(errors[MOST_REPORTED].message, "4000 further complaints are left out");
    }

    #[test]
    fn an_empty_suite_is_a_warning() {
        assert_eq!(
            complaints("t.yaml", "expectations: []"),
            ["warning[empty-suite] the suite expects nothing: it succeeds on any data @ []"]
        );
    }

    #[test]
    fn names_are_suggested() {
        for (name, expected) in [
            ("expect_column_values_to_be_uniq", "a similar expectation exists: `expect_column_values_to_be_unique`"),
            (
                "expect_column_values_to_be_greater_than",
                "use `expect_column_values_to_be_between` with `min_value` and `strict_min: true`",
            ),
            ("expect_table_row_count_to_be_at_least", "use `expect_table_row_count_to_be_between` with `min_value`"),
            ("not_null", "use `expect_column_values_to_not_be_null`"),
            (
                "is_prime",
                "expectations written in Python cannot be judged here; `--unknown-expectations skip` leaves them out",
            ),
        ] {
            let errors = parse("t.yaml", &format!("expectations: [{name}: {{column: a}}]")).unwrap_err();
            assert_eq!(errors[0].help.as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn other_spellings_of_a_name_are_known() {
        for name in ["ExpectColumnToExist", "expect_column_To_exist", "expectColumnToExist"] {
            let (suite, _) = suite("t.yaml", &format!("expectations: [{name}: {{column: a}}]"));
            assert_eq!(suite.expectations[0].name, "expect_column_to_exist");
        }
    }

    #[test]
    fn a_name_that_moved_is_a_warning() {
        let text = "expectations: [expect_multicolumn_values_to_be_unique: {column_list: [a, b]}]";
        let (suite, warnings) = suite("t.yaml", text);
        assert_eq!(suite.expectations[0].name, "expect_select_column_values_to_be_unique_within_record");
        assert_eq!(warnings[0].code, "renamed-expectation");
    }

    #[test]
    fn unknown_expectations_can_be_skipped() {
        let source = SourceText::new(
            "t.yaml",
            "expectations:\n- my_check: {$PARAMETER: p}\n- expect_column_to_exist: {column: a}\n",
        );
        let options = Options { skip_unknown: true, ..Options::default() };
        let given = [("p".to_owned(), json!({})), ("q".to_owned(), json!(1))];
        let (suite, warnings) = Suite::parse(&source, Form::Yaml, &given, &options).unwrap();
        assert_eq!(suite.expectations.len(), 1);
        assert_eq!(suite.skipped[0].name, "my_check");
        let messages: Vec<&str> = warnings.iter().map(|warning| warning.message.as_str()).collect();
        let expected = [
            "the parameter `q` is given, and no expectation refers to it",
            "there is no expectation `my_check`; it is left out",
        ];
        assert_eq!(messages, expected);
    }

    #[test]
    fn keys_that_json_does_not_know_are_warnings() {
        let text = "{\"name\": \"a\", \"expectations\": [{\"type\": \"expect_column_to_exist\", \"kwargs\": {\"column\": \"a\"}, \"new\": 1}], \"other\": 2}";
        let expected = [
            "warning[unknown-key] unknown key `new` @ \"new\"",
            "warning[unknown-key] unknown key `other` @ \"other\"",
        ];
        assert_eq!(complaints("t.json", text), expected);
    }

    #[test]
    fn the_run_replaces_parameters_of_the_suite() {
        let source = SourceText::new(
            "t.yaml",
            "parameters: {n: 1}\nexpectations:\n- expect_column_values_to_be_in_set: {column: a, value_set: {$PARAMETER: n}}\n",
        );
        let (suite, _) =
            Suite::parse(&source, Form::Yaml, &[("n".to_owned(), json!(["x"]))], &Options::default()).unwrap();
        assert_eq!(suite.expectations[0].kwargs["value_set"], json!(["x"]));
        assert_eq!(suite.parameters["n"], json!(["x"]));
        assert!(suite.declared[0].is_used);
        let errors = Suite::parse(&source, Form::Yaml, &[], &Options::default()).unwrap_err();
        assert_eq!(
            describe(&errors[0], &source.text),
            "error[wrong-type] `value_set` is `1`, expected a list @ {$PARAMETER: n}"
        );
    }

    #[test]
    fn the_form_follows_the_extension_then_the_content() {
        let form = |name: &str, text: &str| Form::of(&SourceText::new(name, text));
        assert_eq!(form("a.json", "name: a"), Form::Json);
        assert_eq!(form("a.YML", "{}"), Form::Yaml);
        assert_eq!(form("suite", "\u{feff}  {\"a\": 1}"), Form::Json);
        assert_eq!(form("suite", "name: a"), Form::Yaml);
    }

    /// Fragments of suites, put together at random: mostly wrong, sometimes right.
    fn any_text() -> impl proptest::strategy::Strategy<Value = String> {
        let fragments = vec![
            "expectations:\n",
            "- ",
            "  ",
            "\n",
            "{",
            "}",
            "[",
            "]",
            ": ",
            ", ",
            "\"",
            "'",
            "name",
            "type",
            "kwargs",
            "meta",
            "expect_column_to_exist",
            "expect_column_values_to_be_between",
            "ExpectColumnValuesToBeUnique",
            "column",
            "mostly",
            "min_value",
            "max_value",
            "severity",
            "warning",
            "null",
            "1",
            "0.5",
            "-1e400",
            "a",
            "$PARAMETER",
            "$PARAMETER.a",
            "parameters",
            "a + 1",
            "now()",
            "row_condition",
            "a > 1",
            "result_format",
            "COMPLETE",
            "catch_exceptions",
            "&x ",
            "*x",
            "<<",
            "\t",
            "é",
            "\u{0}",
        ];
        proptest::strategy::Strategy::prop_map(
            proptest::collection::vec(proptest::sample::select(fragments), 0..40),
            |parts| parts.concat(),
        )
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]

        #[test]
        fn no_text_panics(text in any_text()) {
            for form in [Form::Yaml, Form::Json] {
                let source = SourceText::new("t", text.clone());
                let diagnostics = match Suite::parse(&source, form, &[("a".to_owned(), json!(1))], &Options::default()) {
                    Ok((suite, warnings)) => [warnings, lint::lint(&suite)].concat(),
                    Err(errors) => errors,
                };
                for diagnostic in diagnostics {
                    let span = diagnostic.span.unwrap_or_default();
                    proptest::prop_assert!(source.text.get(span.start..span.end).is_some());
                }
                let _ = convert::to_yaml(&source, form);
                let _ = convert::to_gx_json(&source, form);
            }
        }
    }
}
