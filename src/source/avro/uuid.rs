//! UUIDs, which Avro writes as texts or in 16 bytes: both are read as texts, as people write them. Those in 16 bytes within
//! other values stay bytes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, SchemaRef};
use arrow::error::ArrowError;
use serde_json::Value;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// How many bytes a UUID has.
const BYTES: i32 = 16;

/// Takes from a schema which of its texts are UUIDs, so that they are read as they are written.
pub(super) fn keep_texts(schema: &mut Value) {
    match schema {
        Value::Array(branches) => branches.iter_mut().for_each(keep_texts),
        Value::Object(object) => {
            let is = |key: &str, value: &str| object.get(key).is_some_and(|found| found == value);
            if is("type", "string") && is("logicalType", "uuid") {
                object.remove("logicalType");
            }
            for key in ["type", "items", "values", "fields"] {
                if let Some(inner) = object.get_mut(key) {
                    keep_texts(inner);
                }
            }
        }
        _ => {}
    }
}

/// Returns a field as it is read: one of UUIDs in bytes is one of texts.
pub(super) fn as_text(field: &Field) -> Field {
    let is_uuid = field.metadata().get("logicalType").is_some_and(|name| name == "uuid");
    if is_uuid && field.data_type() == &DataType::FixedSizeBinary(BYTES) {
        field.clone().with_data_type(DataType::Utf8)
    } else {
        field.clone()
    }
}

/// Writes the UUIDs of a batch as texts, where the schema has texts.
pub(super) fn texts(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        match (column.as_fixed_size_binary_opt(), field.data_type()) {
            (Some(uuids), DataType::Utf8) => written(uuids),
            _ => Arc::clone(column),
        }
    });
    RecordBatch::try_new(Arc::clone(schema), columns.collect())
}

fn written(uuids: &FixedSizeBinaryArray) -> ArrayRef {
    let mut texts = StringBuilder::with_capacity(uuids.len(), uuids.len() * Hyphenated::LENGTH);
    let mut text = [0; Hyphenated::LENGTH];
    for uuid in uuids {
        let uuid = uuid.and_then(|bytes| Uuid::from_slice(bytes).ok());
        texts.append_option(uuid.map(|uuid| &*uuid.hyphenated().encode_lower(&mut text)));
    }
    Arc::new(texts.finish())
}
