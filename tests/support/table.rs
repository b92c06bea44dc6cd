//! A Markdown table with a typed header as a record batch.
//!
//! ```text
//! | id: int64 | note: utf8 | at: Timestamp(µs) | tags: List(Utf8) |
//! | --------- | ---------- | ----------------- | ---------------- |
//! | 1         | plain text | 2024-01-31T13:30  | ["a", null]      |
//! | null      | ""         | null              | null             |
//! ```
//!
//! A type is spelled as Arrow spells it, plain ones in lower case as well. A cell is a JSON value or, where it is none, a
//! text; texts with spaces at their ends, empty ones and the text `null` stand in quotes. `NaN` and `inf` are numbers in
//! float columns. `\|` is a bar.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::json::ReaderBuilder;

/// Reads a table.
///
/// # Errors
/// What is wrong with it.
pub fn parse_table(lines: &[&str]) -> Result<RecordBatch, String> {
    let [header, rule, rows @ ..] = lines else { return Err("a table has a header and a rule".to_owned()) };
    if !rule.chars().all(|character| matches!(character, '|' | '-' | ':' | ' ')) {
        return Err(format!("`{rule}` is no rule between header and rows"));
    }
    let fields = cells(header).iter().map(|cell| field(cell)).collect::<Result<Vec<_>, _>>()?;
    let mut json = String::new();
    for row in rows {
        let cells = cells(row);
        if cells.len() != fields.len() {
            return Err(format!("`{row}` has {} cells, the header has {}", cells.len(), fields.len()));
        }
        let entries = fields.iter().zip(&cells).map(|(field, cell)| {
            format!("{}: {}", serde_json::Value::from(field.name().as_str()), json_text(cell, field.data_type()))
        });
        json += &format!("{{{}}}\n", entries.collect::<Vec<_>>().join(", "));
    }
    let schema = Arc::new(Schema::new(fields));
    let reader = ReaderBuilder::new(Arc::clone(&schema)).build(json.as_bytes()).map_err(|error| error.to_string())?;
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    arrow::compute::concat_batches(&schema, &batches).map_err(|error| error.to_string())
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').strip_suffix('|').unwrap_or(line);
    let bar = '\u{1}';
    let escaped = inner.replace(r"\|", &bar.to_string());
    escaped.split('|').map(|cell| cell.trim().replace(bar, "|")).collect()
}

fn field(cell: &str) -> Result<Field, String> {
    let (name, data_type) = cell.split_once(": ").ok_or_else(|| format!("`{cell}` is not `name: type`"))?;
    Ok(Field::new(name, parse_type(data_type)?, true))
}

fn parse_type(text: &str) -> Result<DataType, String> {
    let plain = match text {
        "bool" => "Boolean".to_owned(),
        _ if text.starts_with("uint") => text.replacen("uint", "UInt", 1),
        _ => text[..1].to_uppercase() + &text[1..],
    };
    plain.parse().map_err(|error| format!("{error}"))
}

/// Spells a cell as JSON that Arrow reads into the type.
fn json_text(cell: &str, data_type: &DataType) -> String {
    let quoted = || serde_json::Value::from(cell).to_string();
    let is_text = matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    match cell {
        "null" => "null".to_owned(),
        _ if is_text && !cell.starts_with('"') => quoted(),
        _ if serde_json::from_str::<serde_json::Value>(cell).is_ok() => cell.to_owned(),
        _ => quoted(),
    }
}
