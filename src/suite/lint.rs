//! What is legal in a suite and hardly meant: expectations given twice, that contradict each other, that nothing can meet
//! or break. Warnings alone, and only of what is certain from the text.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Form, Options, Suite, SuiteExpectation};
use crate::diagnostic::{Diagnostic, SourceText, Span};

/// Returns everything that can be said against the text of a suite, in its order: what is wrong, what is doubtful about the
/// expectations that are right, and which parameters a run has to give beside those that are `given`.
#[must_use]
pub fn examine(source: &Arc<SourceText>, form: Form, given: &[(String, Value)]) -> Vec<Diagnostic> {
    let options = Options { allow_open: true, ..Options::default() };
    let (suite, has_errors, mut found) = Suite::read(source, form, given, &options);
    // who refers to a parameter is not known for certain where not everything could be read
    let doubts = suite.iter().flat_map(lint).filter(|doubt| !has_errors || doubt.code != "unused-parameter");
    found.extend(doubts);
    found.sort_by_key(|diagnostic| diagnostic.span);
    found
}

/// Returns what is doubtful about a suite, in the order of its text.
#[must_use]
pub fn lint(suite: &Suite) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let lines = Lines::of(&suite.source.text);
    for expectation in &suite.expectations {
        one_by_one(expectation, &mut found);
    }
    duplicates(suite, &lines, &mut found);
    contradictions(suite, &lines, &mut found);
    for declared in suite.declared.iter().filter(|declared| !declared.is_used) {
        let message = format!("no expectation refers to the parameter `{}`", declared.name);
        let help = format!("refer to it as `{{$PARAMETER: {}}}`, or remove it", declared.name);
        found.push(Diagnostic::warning("unused-parameter", message, Some(declared.span)).with_help(help));
    }
    found.sort_by_key(|diagnostic| diagnostic.span);
    found.into_iter().map(|diagnostic| diagnostic.in_source(&suite.source)).collect()
}

impl SuiteExpectation {
    /// Where a parameter stands; the expectation's name where it is not given.
    fn place(&self, parameter: &str) -> Span {
        self.parameter_spans.iter().find(|(name, _)| name == parameter).map_or(self.name_span, |(_, span)| *span)
    }

    /// Names the expectation for messages.
    fn title(&self) -> String {
        match self.kwargs.get("column").and_then(Value::as_str) {
            Some(column) => format!("`{}` of `{column}`", self.name),
            None => format!("`{}`", self.name),
        }
    }

    /// Whether two expectations of one name differ in their bounds alone.
    fn is_like(&self, other: &Self) -> bool {
        let bounds = ["min_value", "max_value", "strict_min", "strict_max", "mostly"];
        let rest = |kwargs: &Map<String, Value>| -> HashMap<String, String> {
            let others = kwargs.iter().filter(|(key, _)| !bounds.contains(&key.as_str()));
            others.map(|(key, value)| (key.clone(), canonical(value))).collect()
        };
        rest(&self.kwargs) == rest(&other.kwargs)
    }

    /// Whether every value has to comply, so that two expectations can contradict each other.
    fn is_absolute(&self) -> bool {
        self.kwargs.get("mostly").and_then(Value::as_f64).is_none_or(|mostly| mostly >= 1.0)
    }
}

/// Where the lines of a text begin, for looking up many places.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// Returns the 1-based line in which a place begins.
    fn number(&self, span: Span) -> usize {
        self.0.partition_point(|at| *at < span.start) + 1
    }
}

fn warn(code: &'static str, message: String, span: Span, found: &mut Vec<Diagnostic>) {
    found.push(Diagnostic::warning(code, message, Some(span)));
}

/// Finds what is doubtful about one expectation alone.
fn one_by_one(expectation: &SuiteExpectation, found: &mut Vec<Diagnostic>) {
    let kwargs = &expectation.kwargs;
    if kwargs.get("mostly").and_then(Value::as_f64) == Some(0.0) {
        let message = format!("{} is met by any data, as `mostly` is 0", expectation.title());
        warn("always-met", message, expectation.place("mostly"), found);
    }
    for key in
        ["value_set", "value_pairs_set", "type_list", "regex_list", "like_pattern_list", "column_list", "column_set"]
    {
        if kwargs.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            let verdict = if expectation.name.contains("_not_") {
                "nothing can break it"
            } else {
                "little or nothing can meet it"
            };
            let message = format!("`{key}` of {} is empty: {verdict}", expectation.title());
            warn("empty-list", message, expectation.place(key), found);
        }
    }
    let range = Range::of(kwargs);
    if range.is_empty() {
        let message = format!("{} allows no value: its bounds are {}", expectation.title(), range.describe());
        warn("empty-range", message, expectation.place("min_value"), found);
    }
    ranges_of_quantiles(expectation, found);
}

/// Finds quantiles whose range is the wrong way round.
fn ranges_of_quantiles(expectation: &SuiteExpectation, found: &mut Vec<Diagnostic>) {
    let ranges = expectation
        .kwargs
        .get("quantile_ranges")
        .and_then(|ranges| ranges.get("value_ranges"))
        .and_then(Value::as_array);
    for (index, pair) in ranges.into_iter().flatten().enumerate() {
        let range = Range { min: bound(pair.get(0)), max: bound(pair.get(1)), ..Range::default() };
        if range.is_empty() {
            let message =
                format!("range {} of {} allows no value: {}", index + 1, expectation.title(), range.describe());
            warn("empty-range", message, expectation.place("quantile_ranges"), found);
        }
    }
}

/// Finds expectations that say the same as an earlier one.
fn duplicates(suite: &Suite, lines: &Lines, found: &mut Vec<Diagnostic>) {
    let mut seen = HashMap::<String, Span>::new();
    for expectation in &suite.expectations {
        let mut sorted: Vec<_> = expectation.kwargs.iter().map(|(key, value)| (key, canonical(value))).collect();
        sorted.sort();
        let identity = format!("{} {sorted:?}", expectation.name);
        if let Some(first) = seen.get(&identity) {
            let line = lines.number(*first);
            let message = format!("{} is given twice with the same parameters", expectation.title());
            found.push(
                Diagnostic::warning("duplicate-expectation", message, Some(expectation.name_span))
                    .with_label(format!("first given in line {line}"))
                    .with_help("remove one of the two"),
            );
        } else {
            seen.insert(identity, expectation.name_span);
        }
    }
}

/// Spells a value so that equal values look the same: keys in order, `1.0` as `1`.
fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(double) if double.fract() == 0.0 && double.abs() < 9e15 => format!("{double:.0}"),
            _ => number.to_string(),
        },
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(fields) => {
            let mut fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key:?}:{}", canonical(value))).collect();
            fields.sort();
            format!("{{{}}}", fields.join(","))
        }
        other => other.to_string(),
    }
}

/// With how many earlier expectations about the same rows of the same column one is compared.
const MOST_COMPARED: usize = 100;

/// Finds pairs of expectations that no data with any value can meet together.
fn contradictions(suite: &Suite, lines: &Lines, found: &mut Vec<Diagnostic>) {
    let mut groups = HashMap::<String, Vec<&SuiteExpectation>>::new();
    for later in suite.expectations.iter().filter(|expectation| expectation.is_absolute()) {
        let about = ["column", "row_condition"].map(|key| later.kwargs.get(key).map(canonical));
        let group = groups.entry(format!("{about:?}")).or_default();
        let mut compared = group.iter().take(MOST_COMPARED);
        if let Some((earlier, reason)) = compared.find_map(|earlier| Some((earlier, contradiction(earlier, later)?))) {
            let line = lines.number(earlier.name_span);
            let message = format!("{} contradicts `{}` in line {line}: {reason}", later.title(), earlier.name);
            warn("contradiction", message, later.name_span, found);
        }
        group.push(later);
    }
}

/// Says why two expectations about the same rows of the same column contradict each other.
fn contradiction(left: &SuiteExpectation, right: &SuiteExpectation) -> Option<String> {
    let nulls = ["expect_column_values_to_be_null", "expect_column_values_to_not_be_null"];
    if left.name != right.name && nulls.contains(&left.name) && nulls.contains(&right.name) {
        return Some("no value is both null and not null".to_owned());
    }
    let (left_range, right_range) = (Range::of(&left.kwargs), Range::of(&right.kwargs));
    let is_impossible = if left.name == right.name {
        left.name.ends_with("_to_be_between") && left.is_like(right) && left_range.excludes(&right_range)
    } else {
        match (Subject::of(left.name)?, Subject::of(right.name)?) {
            (Subject::Values, _) | (_, Subject::Values) => left_range.excludes(&right_range),
            (lower, higher) if lower < higher => left_range.exceeds(&right_range),
            (higher, lower) if higher > lower => right_range.exceeds(&left_range),
            _ => false,
        }
    };
    is_impossible.then(|| format!("{} and {} exclude each other", left_range.describe(), right_range.describe()))
}

/// What a range is about, least first: the least value is not above the mean, nor the mean above the greatest.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Subject {
    Values,
    Least,
    Middle,
    Greatest,
}

impl Subject {
    fn of(name: &str) -> Option<Self> {
        match name {
            "expect_column_values_to_be_between" => Some(Self::Values),
            "expect_column_min_to_be_between" => Some(Self::Least),
            "expect_column_mean_to_be_between" | "expect_column_median_to_be_between" => Some(Self::Middle),
            "expect_column_max_to_be_between" => Some(Self::Greatest),
            _ => None,
        }
    }
}

/// A bound that can be compared with others of its kind.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Bound {
    Number(f64),
    /// A date or time in ISO 8601: texts of the same shape compare as times do.
    Time(String),
}

#[derive(Debug, Clone, Default)]
struct Range {
    min: Option<Bound>,
    max: Option<Bound>,
    strict_min: bool,
    strict_max: bool,
}

fn bound(value: Option<&Value>) -> Option<Bound> {
    match value? {
        Value::Number(number) => number.as_f64().map(Bound::Number),
        Value::String(text) if is_iso_time(text) => Some(Bound::Time(text.clone())),
        _ => None,
    }
}

fn is_iso_time(text: &str) -> bool {
    text.parse::<chrono::NaiveDate>().is_ok() || text.parse::<chrono::NaiveDateTime>().is_ok()
}

impl Range {
    fn of(kwargs: &Map<String, Value>) -> Self {
        let is_set = |key: &str| kwargs.get(key).and_then(Value::as_bool).unwrap_or(false);
        Self {
            min: bound(kwargs.get("min_value")),
            max: bound(kwargs.get("max_value")),
            strict_min: is_set("strict_min"),
            strict_max: is_set("strict_max"),
        }
    }

    fn is_empty(&self) -> bool {
        let (Some(min), Some(max)) = (&self.min, &self.max) else { return false };
        match compare(min, max) {
            Some(std::cmp::Ordering::Greater) => true,
            Some(std::cmp::Ordering::Equal) => self.strict_min || self.strict_max,
            _ => false,
        }
    }

    /// Whether no value lies in both; false where either is empty already.
    fn excludes(&self, other: &Self) -> bool {
        self.exceeds(other) || other.exceeds(self)
    }

    /// Whether every value of this range is above every value of the other; false where either is empty already.
    fn exceeds(&self, other: &Self) -> bool {
        let gap = Self {
            min: self.min.clone(),
            max: other.max.clone(),
            strict_min: self.strict_min,
            strict_max: other.strict_max,
        };
        !self.is_empty() && !other.is_empty() && gap.is_empty()
    }

    fn describe(&self) -> String {
        let text = |bound: &Option<Bound>, open: &str| match bound {
            Some(Bound::Number(number)) => number.to_string(),
            Some(Bound::Time(text)) => text.clone(),
            None => open.to_owned(),
        };
        let (open, close) = (if self.strict_min { "(" } else { "[" }, if self.strict_max { ")" } else { "]" });
        format!("{open}{}, {}{close}", text(&self.min, "-∞"), text(&self.max, "∞"))
    }
}

/// Compares two bounds of one kind; times only where their texts have the same shape.
fn compare(left: &Bound, right: &Bound) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Bound::Number(left), Bound::Number(right)) => left.partial_cmp(right),
        (Bound::Time(left), Bound::Time(right)) if left.len() == right.len() => Some(left.cmp(right)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(items: &str) -> Vec<String> {
        let source = SourceText::new("t.yaml", format!("parameters: {{used: 5}}\nexpectations:\n{items}"));
        let (suite, _) =
            Suite::parse(&source, Form::Yaml, &[], &Options::default()).unwrap_or_else(|errors| panic!("{errors:#?}"));
        lint(&suite)
            .into_iter()
            .filter(|warning| warning.code != "unused-parameter")
            .map(|warning| warning.to_string())
            .collect()
    }

    fn between(bounds: &[&str]) -> Vec<String> {
        found(
            &bounds
                .iter()
                .map(|bounds| format!("- expect_column_values_to_be_between: {{column: a, {bounds}}}\n"))
                .collect::<String>(),
        )
    }

    #[test]
    fn a_sound_suite_has_nothing_to_say() {
        let sound = "\
- expect_column_values_to_be_between: {column: a, min_value: 0, max_value: 10}
- expect_column_values_to_be_between: {column: a, min_value: 10, max_value: 20}
- expect_column_values_to_be_between: {column: b, min_value: 11, max_value: 20}
- expect_column_values_to_be_between: {column: a, min_value: 30, mostly: 0.5}
- expect_column_mean_to_be_between: {column: a, min_value: 10, max_value: 10}
- expect_column_values_to_be_in_set: {column: a, value_set: [1]}
";
        assert_eq!(found(sound), [""; 0]);
    }

    #[test]
    fn what_any_data_meets_is_found() {
        assert_eq!(
            found("- expect_column_values_to_not_be_null: {column: a, mostly: 0}\n"),
            [
                "t.yaml:3:60: warning[always-met]: `expect_column_values_to_not_be_null` of `a` is met by any data, as `mostly` is 0"
            ]
        );
    }

    #[test]
    fn ranges_without_values_are_found() {
        for (bounds, is_found) in [
            ("min_value: 1, max_value: 1", false),
            ("min_value: 1, max_value: 1.0, strict_max: true", true),
            ("min_value: '2024-02-01', max_value: '2024-01-01'", true),
            ("min_value: '2024-02-01', max_value: '2024-01-01T00:00:00'", false),
            ("min_value: b, max_value: a", false),
            ("min_value: 5", false),
        ] {
            let complaints = between(&[bounds]);
            assert_eq!(
                complaints.iter().any(|text| text.contains("empty-range")),
                is_found,
                "{bounds}: {complaints:?}"
            );
        }
    }

    #[test]
    fn empty_lists_are_found() {
        assert!(found("- expect_column_values_to_be_in_set: {column: a, value_set: []}\n")[0].contains("empty-list"));
    }

    #[test]
    fn the_same_twice_is_found() {
        let twice = between(&["min_value: 1, mostly: 0.5", "min_value: 2", "mostly: 0.5, min_value: 1.0"]);
        assert_eq!(
            twice,
            [
                "t.yaml:5:3: warning[duplicate-expectation]: `expect_column_values_to_be_between` of `a` is given twice with the same parameters"
            ]
        );
    }

    #[test]
    fn contradictions_are_found() {
        for (items, is_found) in [
            (["values: max_value: 1", "values: min_value: 2"], true),
            (["values: max_value: 1", "values: min_value: 1"], false),
            (["values: max_value: 1, strict_max: true", "values: min_value: 1"], true),
            (["values: max_value: 1", "mean: min_value: 2"], true),
            (["mean: min_value: 2", "values: max_value: 1"], true),
            (["values: max_value: 1, mostly: 0.9", "mean: min_value: 2"], false),
            (["mean: max_value: 1", "mean: min_value: 2"], true),
        ] {
            let text: String = items
                .iter()
                .map(|item| {
                    let (kind, bounds) = item.split_once(": ").unwrap();
                    let name = if kind == "mean" { "column_mean" } else { "column_values" };
                    format!("- expect_{name}_to_be_between: {{column: a, {bounds}}}\n")
                })
                .collect();
            let complaints = found(&text);
            assert_eq!(
                complaints.iter().any(|text| text.contains("contradiction")),
                is_found,
                "{items:?}: {complaints:?}"
            );
        }
    }

    #[test]
    fn least_and_greatest_values_keep_their_order() {
        assert!(Subject::Least < Subject::Middle && Subject::Middle < Subject::Greatest);
        let range = |min: f64, max: f64| Range {
            min: Some(Bound::Number(min)),
            max: Some(Bound::Number(max)),
            ..Range::default()
        };
        assert!(range(5.0, 6.0).exceeds(&range(1.0, 2.0)));
        assert!(!range(1.0, 2.0).exceeds(&range(5.0, 6.0)));
    }

    #[test]
    fn faults_doubts_and_open_parameters_are_said_together() {
        let text = "\
expectations:
- expect_column_values_to_be_between: {column: a, min_value: 5, max_value: 5, strict_max: true}
- expect_column_values_to_be_between: {column: a, min_value: {$PARAMETER: least}, max_value: {$PARAMETER: least + 1}}
- expect_column_to_exist: {colum: a}
";
        let source = SourceText::new("t.yaml", text);
        let complaints: Vec<String> =
            examine(&source, Form::Yaml, &[]).iter().map(|found| format!("{}[{}]", found.level, found.code)).collect();
        assert_eq!(complaints, ["warning[empty-range]", "note[open-parameter]", "error[unknown-key]"]);
        let given = [("least".to_owned(), serde_json::json!(1))];
        let with_value = examine(&source, Form::Yaml, &given);
        assert!(with_value.iter().all(|found| found.code != "open-parameter"), "{with_value:?}");
    }

    #[test]
    fn unused_parameters_are_found() {
        let source = SourceText::new(
            "t.yaml",
            "parameters: {used: 5, spare: 1}\nexpectations:\n- expect_column_values_to_be_between: {column: a, min_value: {$PARAMETER: used}}\n",
        );
        let (suite, _) = Suite::parse(&source, Form::Yaml, &[], &Options::default()).unwrap();
        let complaints: Vec<String> = lint(&suite).iter().map(ToString::to_string).collect();
        assert_eq!(
            complaints,
            ["t.yaml:1:23: warning[unused-parameter]: no expectation refers to the parameter `spare`"]
        );
    }
}
