//! The spellings of `row_condition`, each to a [`Predicate`].
//!
//! A text is SQL, the language of pandas' `DataFrame.query`, or Great Expectations' `col("x") > 5`; `dialect` tells
//! them apart and one `grammar` reads them all. What the grammar does not know but SQL does stays SQL. The mappings of
//! Great Expectations 1.9 and later are read in `object`.
//!
//! What a null answers depends on the language (`nulls`): in SQL a comparison with null is null, in pandas it is false,
//! so that `x != 1` and `~(x == 1)` keep the rows in which `x` is null.

mod call;
mod dialect;
mod grammar;
mod nulls;
mod object;
mod relation;
mod sql;
mod token;

use crate::column::{Predicate, Test};
use crate::diagnostic::{Span, closest};
use crate::document::{Fault, Node, Value};

use dialect::{Dialect, PARSERS};
use grammar::Refusal;

/// The manual of the spellings, in Markdown.
pub const MANUAL: &str = include_str!("manual.md");

/// How deep conditions may be nested.
const MAX_DEPTH: usize = 64;

/// Why a text is not understood as a condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionError {
    /// What is wrong. Lowercase, names in backticks, no full stop.
    pub message: String,
    /// Where, in bytes of the text.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
}

/// Reads a condition from a suite: a text, or a mapping as Great Expectations writes it.
///
/// `parser` is the suite's `condition_parser`. Without one the text itself tells its language.
///
/// # Errors
/// All faults of a mapping, the first of a text. An unknown `parser` has the code `unknown-condition-parser`, and the
/// place of the condition.
pub fn parse_condition(node: &Node, parser: Option<&str>) -> Result<Predicate, Vec<Fault>> {
    if let Some(name) = parser.filter(|name| Dialect::of_parser(name).is_none()) {
        let ConditionError { message, help, .. } = unknown_parser(name, node.span);
        return Err(vec![Fault { code: "unknown-condition-parser", message, span: node.span, help }]);
    }
    match &node.value {
        Value::Text(text) => parse_text(text, parser).map_err(|error| vec![fault(node, text, error)]),
        Value::Map(_) => object::parse_object(node, parser),
        _ => Err(vec![Fault {
            code: "wrong-type",
            message: format!("a condition is a text or a mapping, not {}", node.kind()),
            span: node.span,
            help: Some("write something like `status = 'paid'`".to_owned()),
        }]),
    }
}

/// Reads a condition from a text.
///
/// The answer of the predicate is true for the rows that the condition keeps.
///
/// # Errors
/// The text is no condition in its language, or `parser` is unknown.
pub fn parse_text(text: &str, parser: Option<&str>) -> Result<Predicate, ConditionError> {
    let dialect = match parser {
        Some(name) => Dialect::of_parser(name).ok_or_else(|| unknown_parser(name, Span::new(0, text.len())))?,
        None => Dialect::of_text(text),
    };
    match grammar::parse(text, dialect) {
        Ok(predicate) if dialect.is_sql() => Ok(as_in_sql(predicate)),
        Ok(predicate) => Ok(nulls::as_in_pandas(predicate)),
        Err(Refusal { error, is_final }) if is_final || !dialect.is_sql() => Err(error),
        Err(refusal) => sql::as_sql(text, dialect, refusal).map(Predicate::Sql).map_err(|refusal| refusal.error),
    }
}

/// Turns a condition so that values are compared as in SQL: a quoted number equals a number.
fn as_in_sql(predicate: Predicate) -> Predicate {
    let all = |parts: Vec<Predicate>| parts.into_iter().map(as_in_sql).collect();
    match predicate {
        Predicate::Value { column, test: Test::InSet(set) } => Predicate::Value { column, test: Test::OneOf(set) },
        Predicate::And(parts) => Predicate::And(all(parts)),
        Predicate::Or(parts) => Predicate::Or(all(parts)),
        Predicate::Not(inner) => as_in_sql(*inner).negated(),
        other => other,
    }
}

/// Tells whether the SQL parser surely comes to an end soon: it doubles its time with every level of some constructs.
pub(super) fn is_quickly_parsed(text: &str) -> bool {
    sql::is_quickly_parsed(text)
}

fn unknown_parser(name: &str, span: Span) -> ConditionError {
    let help = match closest(name, PARSERS) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None => format!("it is one of `{}`; without it the condition tells its language itself", PARSERS.join("`, `")),
    };
    ConditionError { message: format!("the condition parser `{name}` is not known"), span, help: Some(help) }
}

/// Places an error in the document: exactly where the text stands there as it is, otherwise at the whole node.
fn fault(node: &Node, text: &str, error: ConditionError) -> Fault {
    let length = node.span.end.saturating_sub(node.span.start);
    // escapes and folded lines make a text shorter than its source
    let quotes = length.checked_sub(text.len()).filter(|rest| matches!(rest, 0 | 2) && !text.contains('\n'));
    let span = match quotes {
        Some(quotes) => {
            let start = node.span.start + quotes / 2;
            Span::new(start + error.span.start, start + error.span.end)
        }
        None => node.span,
    };
    Fault { code: "invalid-condition", message: error.message, span, help: error.help }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
