//! The program as a test starts it.

use std::path::Path;
use std::process::Command;

/// Prepares a command line that is run in a folder.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.current_dir(folder).args(arguments).env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
    command
}
