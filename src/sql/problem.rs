//! What DataFusion says of a query, in weir's words.

use arrow::datatypes::Schema;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;

use crate::column::sql::reason;
use crate::diagnostic::closest;
use crate::verdict::Problem;

/// Says why a query cannot be run on data of this schema.
pub(super) fn invalid(error: &DataFusionError, schema: &Schema) -> Problem {
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    match error.find_root() {
        DataFusionError::SchemaError(schema_error, _) => {
            if let SchemaError::FieldNotFound { field, valid_fields } = schema_error.as_ref() {
                let message = format!("the query names the column `{}`, which is not there", field.name);
                let problem = Problem::new("invalid-sql", message);
                let known = valid_fields.iter().map(|field| field.name.as_str()).chain(names());
                return match closest(&field.name, known) {
                    Some(similar) => problem.with_help(format!("a similar column exists: `{similar}`")),
                    None => problem,
                };
            }
            not_valid(error)
        }
        DataFusionError::Plan(text) => match unknown_table(text) {
            Some(table) => {
                Problem::new("invalid-sql", format!("the query names the table `{table}`, which is not there"))
                    .with_help("the data is the table `{batch}`")
            }
            None => not_valid(error),
        },
        _ => not_valid(error),
    }
}

/// Says why a query that could be run came to no result.
pub(super) fn failed(error: &DataFusionError) -> Problem {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => {
            Problem::new("out-of-memory", "the query needs more memory than the memory limit leaves it".to_owned())
                .with_help("allow more with `--memory-limit`, or make the query read less")
        }
        _ => Problem::new("sql-failed", format!("the query failed: {}", reason(error))),
    }
}

fn not_valid(error: &DataFusionError) -> Problem {
    Problem::new("invalid-sql", format!("the query is not valid: {}", reason(error)))
}

/// Finds the name in `table 'datafusion.public.orders' not found`.
fn unknown_table(text: &str) -> Option<&str> {
    let name = text.strip_prefix("table '")?.strip_suffix("' not found")?;
    name.rsplit('.').next()
}
