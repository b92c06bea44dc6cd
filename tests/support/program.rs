//! The program as a test runs it: a folder of files, a command line, and what the program says.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Makes a folder with files, each with its name, which may lead into folders, and its text.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(path, text).expect("the folder can be written to");
    }
    folder
}

/// Prepares a command line that is run in a folder.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.current_dir(folder).args(arguments).env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
    command
}

/// Runs a command line in a folder; returns its exit code (`None` where a signal ended it), what it wrote to standard output,
/// and what to standard error.
pub fn weir(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = command(folder, arguments).output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Replaces times and durations, which differ from run to run.
pub fn without_times(text: &str) -> String {
    let patterns = [
        (r"\d+(\.\d+)? s\)", "… s)"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z?", "…"),
        (r#""duration_seconds":[0-9.e-]+"#, "…"),
        (r#"time="[0-9.]+""#, r#"time="…""#),
    ];
    patterns.iter().fold(text.to_owned(), |text, (pattern, replacement)| {
        regex::Regex::new(pattern).expect("a pattern").replace_all(&text, *replacement).into_owned()
    })
}
