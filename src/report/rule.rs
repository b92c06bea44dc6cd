//! What an expectation demands, in plain words: `` `amount` lies between 0 and 10,000 for at least 99 % of values ``.
//!
//! The words come from the expectation's name and parameters alone: the sentence that it has in its file; a name without one is
//! spelled out with its parameters. The text is one line, safe to print, and of bounded length: long sets are cut.

use serde_json::{Map, Value};

use crate::expectation::catalog;
use crate::words::{Kwargs, MEMBERS_SHOWN, VALUE_WIDTH, inline, name_or_names, plain};

/// Says what an expectation with these parameters demands.
#[must_use]
pub fn rule(name: &str, kwargs: &Map<String, Value>) -> String {
    let kwargs = Kwargs(kwargs);
    let sentence = catalog::find(name).and_then(|entry| entry.words(kwargs));
    let sentence = sentence.unwrap_or_else(|| spelled_out(name, kwargs));
    let mostly = kwargs.mostly().map(|mostly| format!(" for at least {mostly} of {}", judged(name)));
    let condition = condition(kwargs).map(|condition| format!(", where {condition}"));
    [sentence, mostly.unwrap_or_default(), condition.unwrap_or_default()].concat()
}

/// What an expectation judges, and `mostly` is a part of.
pub(super) fn judged(name: &str) -> &'static str {
    let of_rows = name.ends_with("_be_null") || !name.starts_with("expect_column_value");
    if of_rows { "rows" } else { "values" }
}

/// An expectation without a sentence: its name in words, then its parameters.
fn spelled_out(name: &str, kwargs: Kwargs<'_>) -> String {
    let words = plain::escape(&plain::cut(name, VALUE_WIDTH * 2)).replace('_', " ");
    let parameters: Vec<String> = kwargs
        .0
        .iter()
        .filter(|(key, value)| {
            !value.is_null() && !["mostly", "row_condition", "condition_parser"].contains(&key.as_str())
        })
        .take(MEMBERS_SHOWN)
        .map(|(key, value)| {
            let shown = if key.starts_with("column") { name_or_names(value) } else { inline(value) };
            format!("{} {shown}", plain::escape(&plain::cut(key, VALUE_WIDTH)).replace('_', " "))
        })
        .collect();
    if parameters.is_empty() { words } else { format!("{words}: {}", parameters.join(", ")) }
}

/// The row condition in backticks.
fn condition(kwargs: Kwargs<'_>) -> Option<String> {
    let value = kwargs.value("row_condition")?;
    let text = match value {
        Value::String(text) => text.clone(),
        condition => condition_text(condition, 0).unwrap_or_else(|| condition.to_string()),
    };
    Some(format!("`{}`", plain::cut(&plain::escape(text.trim()), VALUE_WIDTH * 2)))
}

/// Returns Great Expectations' condition objects as an expression; `None` for anything else.
fn condition_text(condition: &Value, depth: usize) -> Option<String> {
    if depth > 8 {
        return Some("…".to_owned());
    }
    let column = || condition.get("column")?.get("name")?.as_str();
    Some(match condition.get("type")?.as_str()? {
        "comparison" => {
            let parameter = condition.get("parameter")?;
            let operator = condition.get("operator")?.as_str()?.replace('_', " ");
            format!("{} {operator} {}", column()?, plain::value(parameter, VALUE_WIDTH))
        }
        "nullity" => {
            let is_null = condition.get("is_null")?.as_bool()?;
            format!("{} is {}", column()?, if is_null { "null" } else { "not null" })
        }
        "pass_through" => condition.get("pass_through_filter")?.as_str()?.to_owned(),
        joined @ ("and" | "or") => {
            let parts = condition.get("conditions")?.as_array()?.iter();
            let parts: Option<Vec<String>> = parts.map(|part| condition_text(part, depth + 1)).collect();
            let text = parts?.join(&format!(" {joined} "));
            if depth == 0 { text } else { format!("({text})") }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule_of(name: &str, kwargs: &Value) -> String {
        rule(name, kwargs.as_object().expect("an object"))
    }

    #[test]
    fn bounds_read_as_a_sentence() {
        let name = "expect_column_values_to_be_between";
        let cases = [
            (json!({"min_value": 0, "max_value": 10000}), "`a` lies between 0 and 10,000"),
            (json!({"min_value": 0, "max_value": null}), "`a` is at least 0"),
            (json!({"max_value": 1.5, "strict_max": true}), "`a` is less than 1.5"),
            (json!({"min_value": 0, "max_value": 1, "strict_min": true}), "`a` is greater than 0 and at most 1"),
            (json!({"min_value": "2024-01-01"}), "`a` is at least 2024-01-01"),
            (json!({"min_value": 5, "max_value": 5}), "`a` is 5"),
            (json!({"min_value": {"$PARAMETER": "low"}}), "`a` is at least $low"),
            (json!({"min_value": 0, "mostly": 0.99}), "`a` is at least 0 for at least 99 % of values"),
            (json!({"min_value": 0, "mostly": 1.0}), "`a` is at least 0"),
            (json!({"min_value": 0, "row_condition": "b = 'x'"}), "`a` is at least 0, where `b = 'x'`"),
        ];
        for (mut kwargs, expected) in cases {
            kwargs["column"] = "a".into();
            assert_eq!(rule_of(name, &kwargs), expected);
        }
    }

    #[test]
    fn amounts_agree_with_their_noun() {
        let rows = |kwargs| rule_of("expect_table_row_count_to_be_between", &kwargs);
        assert_eq!(rows(json!({"min_value": 1})), "the table has at least 1 row");
        assert_eq!(rows(json!({"min_value": 5000, "max_value": 6000})), "the table has between 5,000 and 6,000 rows");
        assert_eq!(rows(json!({"max_value": 9, "strict_max": true})), "the table has fewer than 9 rows");
        let lengths = |kwargs| rule_of("expect_column_value_lengths_to_equal", &kwargs);
        assert_eq!(lengths(json!({"column": "zip", "value": 5})), "`zip` has a length of 5");
    }

    #[test]
    fn long_sets_are_cut_and_empty_ones_named() {
        let name = "expect_column_values_to_be_in_set";
        let members: Vec<u32> = (1000..1100).collect();
        assert_eq!(
            rule_of(name, &json!({"column": "a", "value_set": members})),
            "`a` is one of 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007 and 92 more"
        );
        assert_eq!(rule_of(name, &json!({"column": "a", "value_set": []})), "`a` is in the empty set");
        let nine: Vec<u32> = (1..10).collect();
        assert_eq!(
            rule_of(name, &json!({"column": "a", "value_set": nine})),
            "`a` is one of 1, 2, 3, 4, 5, 6, 7, 8, 9"
        );
    }

    #[test]
    fn conditions_of_great_expectations_read_as_expressions() {
        let condition = json!({"type": "and", "conditions": [
            {"type": "comparison", "column": {"name": "g"}, "operator": "NOT_IN", "parameter": ["x"]},
            {"type": "or", "conditions": [
                {"type": "nullity", "column": {"name": "h"}, "is_null": false},
                {"type": "pass_through", "pass_through_filter": "i > 1"}]}]});
        let kwargs = json!({"column": "a", "row_condition": condition});
        assert_eq!(
            rule_of("expect_column_values_to_be_unique", &kwargs),
            r#"`a` is unique, where `g NOT IN ["x"] and (h is not null or i > 1)`"#
        );
    }

    #[test]
    fn a_name_without_words_is_spelled_out() {
        assert_eq!(
            rule_of("expect_column_values_to_be_polite", &json!({"column": "a", "level": 3, "mostly": 0.5})),
            "expect column values to be polite: column `a`, level 3 for at least 50 % of values"
        );
        assert_eq!(rule_of("my_check", &json!({})), "my check");
    }

    #[test]
    fn missing_parameters_are_no_obstacle() {
        assert_eq!(
            rule_of("expect_column_values_to_be_in_set", &json!({"column": 3})),
            "expect column values to be in set: column 3"
        );
        assert_eq!(rule_of("expect_column_values_to_be_between", &json!({"column": "a"})), "`a` is anything");
    }

    #[test]
    fn hostile_names_and_values_are_escaped_and_cut() {
        let kwargs = json!({"column": "a\u{1b}[2Jb", "regex": "x".repeat(5000)});
        let text = rule_of("expect_column_values_to_match_regex", &kwargs);
        assert!(text.starts_with("`a\\u{1b}[2Jb` matches `xxxx"), "{text}");
        assert!(text.len() < 200, "{text}");
    }
}
