//! The verdict of a run as one line of JSON, for programs that want counts and no more.

use serde_json::json;

use crate::verdict::{RunResult, Status};

/// Writes the line.
#[must_use]
pub fn write(result: &RunResult) -> String {
    let count = |status| result.count(status);
    let mut summary = json!({
        "success": result.is_success(),
        "suite": result.suite_name,
        "evaluated_expectations": result.verdicts.len(),
        "passed": count(Status::Passed),
        "failed": count(Status::Failed),
        "errored": count(Status::Errored),
        "vacuous": count(Status::Vacuous),
        "malformed_lines": result.malformed_count(),
        "rows": result.rows,
        "data": result.inputs().collect::<Vec<_>>(),
        "run_time": result.meta.get("run_time"),
        "duration_seconds": result.meta.get("duration_seconds"),
    });
    for (key, path, rows) in result.row_files() {
        summary[key] = json!({ "path": path, "rows": rows });
    }
    format!("{summary}\n")
}
