//! By what an expectation is named beside the rows that break it.

use hashbrown::HashSet;
use serde_json::{Map, Value};

use crate::words::plain;

/// How much of a condition a name holds.
const CONDITION_WIDTH: usize = 60;

/// An expectation of a suite.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Its name: `expect_column_values_to_be_unique`.
    pub name: &'a str,
    /// Its parameters.
    pub kwargs: &'a Map<String, Value>,
    /// `id` and the like.
    pub envelope: &'a Map<String, Value>,
}

/// Returns a name for each of several expectations, no two alike: the `id` that the suite gives it, else what it is and which
/// columns it is about: `expect_column_values_to_be_unique(order_id)`. The second of the same name has ` #2` at its end.
#[must_use]
pub fn ids(expectations: &[Named<'_>]) -> Vec<String> {
    let mut known: HashSet<String> = HashSet::new();
    let mut ids = Vec::with_capacity(expectations.len());
    for expectation in expectations {
        let name = expectation.id();
        let numbered = (2..).map(|number| format!("{name} #{number}"));
        let id = [name.clone()].into_iter().chain(numbered).find(|id| !known.contains(id)).unwrap_or(name);
        known.insert(id.clone());
        ids.push(id);
    }
    ids
}

impl Named<'_> {
    fn id(&self) -> String {
        let given = self.envelope.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        if let Some(id) = given {
            return id.to_owned();
        }
        let text = |key: &str| self.kwargs.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let list = self.kwargs.get("column_list").and_then(Value::as_array);
        let about = match (text("column"), text("column_A").zip(text("column_B")), list) {
            (Some(column), _, _) => Some(column),
            (_, Some((a, b)), _) => Some(format!("{a}, {b}")),
            (_, _, Some(list)) => Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
            _ => text("condition").map(|condition| plain::cut(&plain::escape(&condition), CONDITION_WIDTH)),
        };
        about.map_or_else(|| self.name.to_owned(), |about| format!("{}({about})", self.name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_readable_and_no_two_alike() {
        let unique = "expect_column_values_to_be_unique";
        let suite = [
            (unique, json!({"column": "a"}), json!({})),
            (unique, json!({"column": "a", "row_condition": "b > 1"}), json!({})),
            (unique, json!({"column": "a"}), json!({"id": "0f-9"})),
            (unique, json!({"column": "b"}), json!({"id": "0f-9"})),
            ("expect_column_pair_values_to_be_equal", json!({"column_A": "a", "column_B": "b"}), json!({})),
            ("expect_compound_columns_to_be_unique", json!({"column_list": ["a", "b"]}), json!({"id": ""})),
            ("expect_row_to_satisfy", json!({"condition": "a >\n b"}), json!({})),
            ("expect_table_row_count_to_equal", json!({"value": 3}), json!({})),
        ];
        let named = suite.iter().map(|(name, kwargs, envelope)| Named {
            name,
            kwargs: kwargs.as_object().expect("an object"),
            envelope: envelope.as_object().expect("an object"),
        });
        let wanted = [
            "expect_column_values_to_be_unique(a)",
            "expect_column_values_to_be_unique(a) #2",
            "0f-9",
            "0f-9 #2",
            "expect_column_pair_values_to_be_equal(a, b)",
            "expect_compound_columns_to_be_unique(a, b)",
            "expect_row_to_satisfy(a >\\n b)",
            "expect_table_row_count_to_equal",
        ];
        assert_eq!(ids(&named.collect::<Vec<_>>()), wanted);
    }
}
