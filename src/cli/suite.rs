//! `weir suite`: work on suites themselves, without data.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::terminal::{self, Terminal};
use super::{Outcome, render};
use crate::diagnostic::{Diagnostic, Level, SourceText};
use crate::document::read_file;
use crate::report::{github, gitlab, json, sarif};
use crate::suite::{self, Form};
use crate::words::plain;

/// Check, describe and convert suites
#[derive(Debug, Subcommand)]
#[command(subcommand_required = true)]
pub enum Command {
    Lint(Lint),
    /// Print the JSON Schema of suites, for editors that complete and check YAML
    #[command(after_help = "Example:\n  weir suite schema > suite.schema.json")]
    Schema,
    Convert(Convert),
}

/// Find everything that is wrong or doubtful in suites
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  no errors (there may be warnings)
  1  a suite has errors
  2  a file cannot be read")]
pub struct Lint {
    /// Suites, in YAML or JSON
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// A value for a `$PARAMETER` of the suites, read as YAML
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,

    /// How to print what is found
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: LintFormat,
}

/// The forms in which faults of suites are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum LintFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's Code Quality report
    Gitlab,
    /// For code scanning: SARIF 2.1.0
    Sarif,
}

/// Print a suite in the other form: Great Expectations' JSON, or YAML
#[derive(Debug, Args)]
#[command(after_help = "\
Comments of a YAML suite are not kept; `notes` and `meta` are.

Examples:
  weir suite convert suite.json > suite.yaml
  weir suite convert suite.yaml --to gx > suite.json")]
pub struct Convert {
    /// The suite
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The form to print [default: the one that the suite is not in]
    #[arg(long, value_enum, value_name = "FORM")]
    to: Option<Target>,
}

/// A form of suites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// The JSON of Great Expectations 1.x
    Gx,
    /// What people write
    Yaml,
}

/// Runs one of the commands.
pub fn run(command: &Command, terminal: &Terminal) -> anyhow::Result<Outcome> {
    match command {
        Command::Lint(arguments) => lint(arguments, terminal),
        Command::Schema => print(&format!("{:#}\n", suite::schema::suite_schema())),
        Command::Convert(arguments) => convert(arguments, terminal),
    }
}

/// Makes one error of what keeps the text of a suite from being read.
pub fn unreadable(diagnostics: &[Diagnostic]) -> anyhow::Error {
    let messages: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    let message = messages.join("; ");
    match diagnostics.iter().find_map(|diagnostic| diagnostic.help.clone()) {
        Some(help) => render::Advice { message, help }.into(),
        None => anyhow!(message),
    }
}

/// Reads values for a suite's parameters from the command line.
///
/// # Errors
/// Every argument that is not `name=value`.
pub fn parameters(arguments: &[String]) -> Result<Vec<(String, Value)>, Vec<Diagnostic>> {
    let mut given = Vec::new();
    let mut wrong = Vec::new();
    for argument in arguments {
        match suite::parameter::parse_argument(argument) {
            Ok(parameter) => given.push(parameter),
            Err(diagnostic) => wrong.push(diagnostic),
        }
    }
    if wrong.is_empty() { Ok(given) } else { Err(wrong) }
}

fn lint(arguments: &Lint, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let given = match parameters(&arguments.param) {
        Ok(given) => given,
        Err(wrong) => return Ok(refuse(&wrong, terminal)),
    };
    let mut all = Vec::new();
    let mut outcome = Outcome::Met;
    for file in &arguments.files {
        let source = match read_file(file) {
            Ok(source) => source,
            Err(wrong) => {
                terminal::complain(&render::error(&unreadable(&wrong), terminal.error_style()));
                outcome = Outcome::NotJudged;
                all.extend(wrong);
                continue;
            }
        };
        let found = suite::lint::examine(&source, Form::of(&source), &given);
        let has_errors = found.iter().any(|diagnostic| diagnostic.level == Level::Error);
        if has_errors && outcome == Outcome::Met {
            outcome = Outcome::NotMet;
        }
        if arguments.format == LintFormat::Text {
            terminal::print(&describe(&source, &found, terminal))?;
        }
        all.extend(found);
    }
    match arguments.format {
        LintFormat::Text => {}
        LintFormat::Json => terminal::print(&json::diagnostics(&all))?,
        LintFormat::Github => terminal::print(&github::diagnostics(&all))?,
        LintFormat::Gitlab => terminal::print(&gitlab::diagnostics(&all))?,
        LintFormat::Sarif => terminal::print(&sarif::diagnostics(&all))?,
    }
    Ok(outcome)
}

fn describe(source: &SourceText, found: &[Diagnostic], terminal: &Terminal) -> String {
    if found.is_empty() {
        return format!("nothing to complain about in {}\n", plain::escape(&source.name));
    }
    render::diagnostics(found, terminal.output_style())
}

fn convert(arguments: &Convert, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let source = read_file(&arguments.file).map_err(|wrong| unreadable(&wrong))?;
    let form = Form::of(&source);
    let target = match (arguments.to, form) {
        (Some(Target::Gx), _) | (None, Form::Yaml) => Form::Json,
        (Some(Target::Yaml), _) | (None, Form::Json) => Form::Yaml,
    };
    let converted = match target {
        Form::Json => suite::convert::to_gx_json(&source, form),
        Form::Yaml => suite::convert::to_yaml(&source, form),
    };
    match converted {
        Ok(text) => {
            if form == Form::Yaml && suite::convert::has_comments(&source) {
                let message = "the comments of the suite are not kept; `notes` of an expectation would be";
                terminal::complain(&render::note(Level::Note, message, terminal.error_style()));
            }
            print(&text)
        }
        Err(wrong) => Ok(refuse(&wrong, terminal)),
    }
}

/// Says why a suite cannot be used.
pub fn refuse(wrong: &[Diagnostic], terminal: &Terminal) -> Outcome {
    terminal::complain(&render::diagnostics(wrong, terminal.error_style()));
    Outcome::NotJudged
}

fn print(text: &str) -> anyhow::Result<Outcome> {
    terminal::print(text)?;
    Ok(Outcome::Met)
}
