//! The command line: the tree of commands, and what becomes of a command's end.
//!
//! A command is a file here: arguments to a library call, and the result to the terminal. Only this module and those
//! under it print.

mod argument;
mod check;
mod expectations;
mod generate;
mod manual;
mod output;
mod progress;
mod refused;
mod render;
mod suite;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use terminal::{ColorChoice, Terminal};

const EXIT_CODES: &str = "\
Exit codes:
  0  the data meets the suite
  1  the data does not meet the suite
  2  weir could not judge: an invalid suite, unreadable data, wrong usage";

/// Judges data by suites of expectations: one engine, the names of Great Expectations.
#[derive(Debug, Parser)]
#[command(name = "weir", version, after_help = EXIT_CODES, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When to use colors; the environment variable `NO_COLOR` turns off `auto`
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Box<check::Arguments>),
    #[command(subcommand)]
    Suite(suite::Command),
    Expectations(expectations::Arguments),
    #[command(subcommand)]
    Generate(generate::Command),
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// What was judged is as it should be.
    Met,
    /// What was judged is not as it should be.
    NotMet,
    /// Nothing could be judged.
    NotJudged,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Met => Self::SUCCESS,
            Outcome::NotMet => Self::from(1),
            Outcome::NotJudged => Self::from(2),
        }
    }
}

/// Runs the command that the arguments (the program's name first) ask for, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(answer) => {
            // `--help` and `--version` come this way too. Where nobody reads them any more, nothing is lost.
            let _ = answer.print();
            return if answer.use_stderr() { Outcome::NotJudged.into() } else { ExitCode::SUCCESS };
        }
    };
    let terminal = Terminal::new(cli.color);
    let outcome = match cli.command {
        Command::Check(arguments) => check::run(&arguments, &terminal),
        Command::Suite(command) => suite::run(&command, &terminal),
        Command::Expectations(arguments) => expectations::run(&arguments, &terminal),
        Command::Generate(command) => generate::run(&command),
    };
    outcome
        .unwrap_or_else(|error| {
            terminal::complain(&render::error(&error, terminal.error_style()));
            Outcome::NotJudged
        })
        .into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_usage_is_not_a_verdict() {
        let code = run(["weir", "check"].map(OsString::from));
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(2)));
    }
}
