//! The verdict of a run as one line of JSON, for programs that want counts and no more.

use serde_json::json;

use super::refusal::{self, Refusal};
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
    for key in ["row_count_before_where", "sample", "limit", "where"] {
        if let Some(value) = result.meta.get(key) {
            summary[key] = value.clone();
        }
    }
    for (key, path, rows) in result.row_files() {
        summary[key] = json!({ "path": path, "rows": rows });
    }
    format!("{summary}\n")
}

/// Writes the line of a run that judged nothing: the first error, and how many there are.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    let first = refusal.errors().next();
    let error = first.map(|error| {
        json!({
            "code": error.code,
            "message": refusal::sentence(error),
            "file": refusal::file(error),
            "line": refusal::place(error).map(|place| place.line),
        })
    });
    let summary = json!({
        "success": false,
        "suite": null,
        "evaluated_expectations": 0,
        "errors": refusal.errors().count(),
        "error": error,
        "suite_path": refusal.suite,
        "data": refusal.data,
        "run_time": refusal.run_time,
    });
    format!("{summary}\n")
}
