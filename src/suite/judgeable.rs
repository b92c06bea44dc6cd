//! Whether an expectation can ever be judged, as far as its parameters alone tell: patterns, formats, schemas, SQL and
//! names of types are read here as a run would read them, before any data is there.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast;

use super::condition;
use super::parameter::Open;
use crate::column::evaluate::{Evaluator, Texts};
use crate::column::{Predicate, Test, sql, type_name};
use crate::diagnostic::Level;
use crate::document::{Fault, Node, Value};
use crate::expectation::query;
use crate::verdict::Problem;

/// A fault that no data can mend.
pub(super) struct Finding {
    pub fault: Fault,
    /// An error where the expectation can never be judged, a warning where it may be all the same.
    pub level: Level,
}

/// Finds what keeps an expectation with these parameters from being judged. Parameters whose values are open are left out.
pub(super) fn findings(kwargs: &Node, open: &Open) -> Vec<Finding> {
    let escape = kwargs.get("escape").and_then(Node::as_text).and_then(|escape| escape.chars().next());
    let mut found = Vec::new();
    for entry in kwargs.entries() {
        if open.places.iter().any(|place| entry.value.span.cover(*place) == entry.value.span) {
            continue;
        }
        let items = match &entry.value.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&entry.value),
        };
        let problem_of = |item: &Node| match (entry.key.as_str(), item.as_text()) {
            ("regex" | "regex_list", Some(text)) => problem_of_test(Test::Regex(text.to_owned())),
            ("like_pattern" | "like_pattern_list", Some(text)) => {
                problem_of_test(Test::Like { pattern: text.to_owned(), escape })
            }
            ("strftime_format", Some(text)) => problem_of_test(Test::Strftime(text.to_owned())),
            ("json_schema", None) => problem_of_test(Test::JsonSchema(item.to_json().to_string())),
            // a text that is no JSON is a fault of reading
            ("json_schema", Some(text)) => {
                let schema = serde_json::from_str::<serde_json::Value>(text).ok()?;
                problem_of_test(Test::JsonSchema(schema.to_string()))
            }
            ("type_" | "type_list", Some(name)) => problem_of_type(name),
            ("condition", Some(text)) => problem_of_condition(text),
            ("unexpected_rows_query" | "base_query" | "comparison_query", Some(text)) => problem_of_query(text),
            _ => None,
        };
        let problems: Vec<Option<Problem>> = items.iter().map(problem_of).collect();
        // one name of a type that is known is enough to judge by
        let is_certain = entry.key != "type_list" || problems.iter().all(Option::is_some);
        let level = if is_certain { Level::Error } else { Level::Warning };
        for (item, problem) in items.iter().zip(problems) {
            let Some(Problem { code, message, help, .. }) = problem else { continue };
            found.push(Finding { fault: Fault { code, message, span: item.span, help }, level });
        }
    }
    found
}

/// Says what is wrong with a test of texts, if anything is.
fn problem_of_test(test: Test) -> Option<Problem> {
    let column = "text";
    let schema = Arc::new(Schema::new(vec![Field::new(column, DataType::Utf8, true)]));
    Evaluator::new(schema, Arc::new([Texts::None])).predicate(&Predicate::value(column, test)).err()
}

fn problem_of_type(name: &str) -> Option<Problem> {
    type_name::matches(name, &DataType::Null).is_none().then(|| type_name::unknown_type(name))
}

/// Says why a text is no SQL that one row can be asked. Its columns, and whether there are such functions, are not looked at.
fn problem_of_condition(text: &str) -> Option<Problem> {
    if !condition::is_quickly_parsed(text) {
        return None;
    }
    let error = sql::check(text).err()?;
    Some(not_sql("the SQL condition", &error))
}

/// Says why a text is no SQL query. Its tables and columns are not looked at.
fn problem_of_query(template: &str) -> Option<Problem> {
    let text = query::filled(template);
    // an empty query is a fault of reading
    if text.is_empty() || !condition::is_quickly_parsed(&text) {
        return None;
    }
    match sql::session().state().sql_to_statement(&text, &Dialect::Generic) {
        Ok(Statement::Explain(_)) => None,
        Ok(Statement::Statement(statement)) if matches!(*statement, ast::Statement::Query(_)) => None,
        Ok(_) => Some(Problem::new("invalid-sql", "the query is a statement of another kind, expected `SELECT`")),
        Err(error) => Some(not_sql("the query", &error)),
    }
}

fn not_sql(what: &str, error: &DataFusionError) -> Problem {
    let reason = sql::reason(error);
    // the parser begins with `Expected: `, of which `reason` makes a small letter
    let reason = reason.trim_start_matches("expected: ");
    let (reason, place) = reason.rsplit_once(" at Line: ").unwrap_or((reason, ""));
    let reason = match reason.rsplit_once(", found: ") {
        Some((expected, "EOF")) => format!("it ends where {expected} is expected"),
        Some((expected, found)) => format!("found `{found}` where {expected} is expected"),
        None => reason.to_owned(),
    };
    let place = place.split_once(", Column: ").map(|(line, column)| format!(" (line {line}, column {column})"));
    Problem::new("invalid-sql", format!("{what} is not valid: {reason}{}", place.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SourceText;
    use crate::document::parse_yaml;

    /// Level, code and place of what is found in some parameters.
    fn found(kwargs: &str) -> Vec<String> {
        let source = SourceText::new("t.yaml", kwargs);
        let node = parse_yaml(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
        let found = findings(&node, &Open::default()).into_iter();
        found
            .map(|Finding { fault, level }| {
                format!("{level}[{}] {}", fault.code, &source.text[fault.span.start..fault.span.end])
            })
            .collect()
    }

    #[test]
    fn what_can_be_judged_is_not_found() {
        for kwargs in [
            "{regex: '^\\d+$', regex_list: ['(?<!a)b'], column: a(}",
            "{like_pattern: 'a!%%', escape: '!'}",
            "{strftime_format: '%Y-%m-%d'}",
            "{condition: \"a > 3 and \\\"b c\\\" = 'x' or not_a_function(c)\"}",
            "{unexpected_rows_query: 'SELECT * FROM {batch} WHERE a > 1;'}",
            "{base_query: 'WITH x AS (SELECT 1) SELECT * FROM x', comparison_query: null}",
            "{type_: 'VARCHAR(20)'}",
            "{type_list: [numpy.ndarray, IntegerType, 'timestamp[us]', BOOLEAN, object]}",
            "{type_: null, regex: 5, json_schema: 'no json'}",
            "{json_schema: {type: object}}",
            "{json_schema: '{\"type\": \"object\"}'}",
        ] {
            assert_eq!(found(kwargs), [""; 0], "{kwargs}");
        }
    }

    #[test]
    fn what_no_data_can_mend_is_found_at_its_place() {
        for (kwargs, expected) in [
            ("{regex: (unclosed}", "error[invalid-pattern] (unclosed"),
            ("{regex_list: [a, '[']}", "error[invalid-pattern] '['"),
            ("{like_pattern: a!, escape: '!'}", "error[invalid-pattern] a!"),
            ("{strftime_format: '%Q'}", "error[invalid-format] '%Q'"),
            ("{condition: a >>> 3}", "error[invalid-sql] a >>> 3"),
            ("{condition: a > 3 b}", "error[invalid-sql] a > 3 b"),
            ("{unexpected_rows_query: 'selec * from {batch}'}", "error[invalid-sql] 'selec * from {batch}'"),
            ("{condition: 'a > avg(a)'}", "error[invalid-sql] 'a > avg(a)'"),
            ("{condition: 'a > rank() over (order by a)'}", "error[invalid-sql] 'a > rank() over (order by a)'"),
            ("{condition: 'a > (select 1)'}", "error[invalid-sql] 'a > (select 1)'"),
            ("{condition: 'Random() < a'}", "error[invalid-sql] 'Random() < a'"),
            ("{condition: '\"random\"() < a'}", "error[invalid-sql] '\"random\"() < a'"),
            ("{base_query: 'DELETE FROM {batch}'}", "error[invalid-sql] 'DELETE FROM {batch}'"),
            ("{base_query: 'SELECT 1; SELECT 2'}", "error[invalid-sql] 'SELECT 1; SELECT 2'"),
            ("{type_: intt}", "error[unknown-type] intt"),
            ("{type_list: [int64, intt]}", "warning[unknown-type] intt"),
            ("{type_list: [intt]}", "error[unknown-type] intt"),
            ("{json_schema: {type: 5}}", "error[invalid-schema] {type: 5}"),
        ] {
            assert_eq!(found(kwargs), [expected], "{kwargs}");
        }
    }
}
