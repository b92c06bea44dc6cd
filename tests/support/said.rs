//! What the program says. A test that has this module has `program` as well.

use std::path::Path;

use crate::program::command;

/// Runs a command line in a folder; returns its exit code (`None` where a signal ended it), what it wrote to standard output,
/// and what to standard error.
pub fn weir(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = command(folder, arguments).output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}
