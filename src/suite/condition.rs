//! Row conditions.

use crate::column::Predicate;
use crate::document::{Fault, Node};

/// Reads a row condition.
///
/// # Errors
/// Nothing is understood yet.
pub fn parse_condition(node: &Node, _parser: Option<&str>) -> Result<Predicate, Vec<Fault>> {
    Err(vec![Fault { code: "wrong-value", message: "not built".to_owned(), span: node.span, help: None }])
}
