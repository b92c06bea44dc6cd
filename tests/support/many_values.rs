//! Columns of more distinct values than results show: the same verdicts, and little memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use serde_json::{Value, json};

use super::judged::{judge, read_suite};
use super::layout::layout;

/// Judges a column `id` of the numbers below 5,000, in units of 1,000.
fn results(expectation: &str) -> Value {
    let numbers = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from_iter_values(0..5_000)) as _)]);
    let numbers = numbers.expect("one column");
    let units = (0..5).map(|unit| vec![numbers.slice(unit * 1_000, 1_000)]).collect();
    let suite = read_suite(&format!("name: many\nexpectations:\n- {expectation}\n")).expect("a valid suite");
    let run = judge(&suite, &layout("units", &numbers.schema(), units, 3), &BTreeMap::new());
    serde_json::to_value(&run).expect("it is plain data")["results"][0].clone()
}

#[test]
fn more_values_than_the_set_has_cannot_all_be_in_it() {
    for name in ["expect_column_distinct_values_to_be_in_set", "expect_column_distinct_values_to_equal_set"] {
        let found = results(&format!("{name}: {{column: id, value_set: [0, 1, 3]}}"));
        assert_eq!((&found["success"], &found["result"]["observed_value"]), (&json!(false), &Value::Null));
        assert_eq!(
            found["result"]["details"]["partial_unexpected_list"],
            json!([2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22])
        );
    }
}

#[test]
fn members_are_looked_for_among_many_values() {
    let found = results("expect_column_distinct_values_to_contain_set: {column: id, value_set: [17, 4999, 5000]}");
    assert_eq!(found["success"], false);
    let details = json!({ "distinct_values_more_than": 1_000, "missing_count": 1, "partial_missing_list": [5000] });
    assert_eq!(found["result"]["details"], details);
    let found = results("expect_column_distinct_values_to_contain_set: {column: id, value_set: [17, 4999]}");
    assert_eq!(found["success"], true);
}

#[test]
fn a_large_set_holds_many_values_which_are_not_shown() {
    let members: Vec<String> = (0..5_000).rev().map(|number| number.to_string()).collect();
    let members = members.join(", ");
    let found = results(&format!("expect_column_distinct_values_to_equal_set: {{column: id, value_set: [{members}]}}"));
    assert_eq!((&found["success"], &found["result"]["observed_value"]), (&json!(true), &Value::Null));
}

#[test]
fn a_tie_of_many_values_is_not_shown() {
    let found = results("expect_column_most_common_value_to_be_in_set: {column: id, value_set: [7], ties_okay: true}");
    assert_eq!((&found["success"], &found["result"]["observed_value"]), (&json!(true), &Value::Null));
    let found = results("expect_column_most_common_value_to_be_in_set: {column: id, value_set: [7]}");
    assert_eq!(found["success"], false);
}

#[test]
fn a_query_counts_all_rows_and_shows_the_first() {
    let found = results("unexpected_rows_expectation: {unexpected_rows_query: 'SELECT id FROM {batch} WHERE id > 99'}");
    let result = &found["result"];
    assert_eq!(result["observed_value"], 4_900);
    let shown = result["details"]["unexpected_rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!((shown.len(), &shown[0], &shown[199]), (200, &json!({ "id": 100 }), &json!({ "id": 299 })));
}
