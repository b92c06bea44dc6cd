//! The program: its allocator, and the way from arguments to an exit code.

use std::process::ExitCode;

/// Short-lived arrays by the million are what weir allocates; the system's allocator is slow at them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    weir::cli::run(std::env::args_os())
}
