//! `result_format`: how much a result tells, as a level or as a mapping with options.

use serde::Deserialize;

use crate::document::{Entry, Fault, Node, Value};
use crate::verdict::{ResultFormat, ResultLevel};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    result_format: Option<ResultLevel>,
    partial_unexpected_count: Option<usize>,
    #[serde(default)]
    unexpected_index_column_names: Option<Vec<String>>,
    include_unexpected_rows: Option<bool>,
    exclude_unexpected_values: Option<bool>,
    /// Read and not used: results name rows by number and columns, not by a query.
    #[expect(dead_code, reason = "Great Expectations' key; it changes nothing here")]
    return_unexpected_index_query: Option<bool>,
}

/// Reads `SUMMARY`, or `{result_format: COMPLETE, unexpected_index_column_names: [id]}`.
///
/// # Errors
/// Every fault: an unknown level, an unknown option, an option of the wrong type.
pub fn read_result_format(node: &Node) -> Result<ResultFormat, Vec<Fault>> {
    let fields: Fields = if let Value::Map(_) = &node.value {
        node.read()?
    } else {
        let entry = Entry { key: "result_format".to_owned(), key_span: node.span, value: node.clone() };
        Node::new(Value::Map(vec![entry]), node.span).read()?
    };
    let default = ResultFormat::default();
    Ok(ResultFormat {
        level: fields.result_format.unwrap_or(default.level),
        partial_unexpected_count: fields.partial_unexpected_count.unwrap_or(default.partial_unexpected_count),
        unexpected_index_column_names: fields.unexpected_index_column_names.unwrap_or_default(),
        include_unexpected_rows: fields.include_unexpected_rows.unwrap_or(false),
        exclude_unexpected_values: fields.exclude_unexpected_values.unwrap_or(false),
    })
}
