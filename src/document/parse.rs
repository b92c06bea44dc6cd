//! Texts to trees: YAML (1.2 core schema) and JSON.

use std::sync::Arc;

use super::Node;
use crate::diagnostic::{Diagnostic, SourceText};

/// Parses a YAML text.
///
/// # Errors
/// Every fault that the parser can name: bad syntax, a key given twice, an alias that grows without bound.
pub fn parse_yaml(source: &Arc<SourceText>) -> Result<Node, Vec<Diagnostic>> {
    Err(vec![Diagnostic::error("yaml-syntax", "not built", None).in_source(source)])
}

/// Parses a JSON text. `NaN` and `Infinity`, which Python writes, are read as numbers.
///
/// # Errors
/// Bad syntax, a key given twice.
pub fn parse_json(source: &Arc<SourceText>) -> Result<Node, Vec<Diagnostic>> {
    Err(vec![Diagnostic::error("json-syntax", "not built", None).in_source(source)])
}
