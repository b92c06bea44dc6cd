//! A check that came to no verdict: what is said of it on standard error, and what goes into reports.

use std::sync::Arc;

use super::render::{self, Advice};
use crate::diagnostic::{Diagnostic, SourceText};
use crate::engine::EngineError;
use crate::report::snippet::Style;
use crate::rows::RowsError;
use crate::run::RunError;
use crate::scan::{OtherLine, ScanError};

/// Why a check came to no verdict.
#[derive(Debug)]
pub enum Refused {
    /// The suite or its parameters are wrong.
    Suite(Vec<Diagnostic>),
    /// The suite cannot be read at all.
    Unreadable(Vec<Diagnostic>),
    /// The call is wrong, or the data cannot be judged.
    Error(anyhow::Error),
}

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Self::Error(error)
    }
}

impl From<Advice> for Refused {
    fn from(advice: Advice) -> Self {
        Self::Error(advice.into())
    }
}

impl From<RunError> for Refused {
    fn from(error: RunError) -> Self {
        Self::Error(error.into())
    }
}

impl Refused {
    /// Draws it for people.
    pub fn draw(&self, style: Style) -> String {
        match self {
            Self::Suite(diagnostics) => render::diagnostics(diagnostics, style),
            Self::Unreadable(diagnostics) => render::error(&super::suite::unreadable(diagnostics), style),
            Self::Error(error) => render::error(error, style),
        }
    }

    /// Says it in the form of diagnostics. Each names the file that is at fault, where one is; `suite` is that of the call.
    pub fn into_diagnostics(self, suite: &Arc<SourceText>) -> Vec<Diagnostic> {
        let mut diagnostics = match self {
            Self::Suite(diagnostics) | Self::Unreadable(diagnostics) => diagnostics,
            Self::Error(error) => of_error(&error, suite),
        };
        for diagnostic in &mut diagnostics {
            // an option is no file
            if diagnostic.source.as_ref().is_some_and(|source| source.name.starts_with("--")) {
                diagnostic.source = None;
                diagnostic.span = None;
            }
        }
        diagnostics
    }
}

fn of_error(error: &anyhow::Error, suite: &Arc<SourceText>) -> Vec<Diagnostic> {
    let about = |code, help: Option<&str>| {
        let said: Vec<String> = render::causes(error).collect();
        let diagnostic = Diagnostic::error(code, said.join(": "), None);
        match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        }
    };
    let help = error.chain().find_map(render::advice);
    let Some(run_error) = error.downcast_ref::<RunError>() else { return vec![about("wrong-usage", help)] };
    match run_error {
        RunError::Scan(error) | RunError::Rows(RowsError::Scan(error)) => of_scan(error, &about, help),
        RunError::Engine(EngineError::Spill(_)) | RunError::Rows(RowsError::Spill(_)) => {
            vec![about("no-room-to-spill", help)]
        }
        RunError::Engine(EngineError::Memory { .. }) => vec![about("out-of-memory", help)],
        RunError::Engine(_) | RunError::Rows(RowsError::Worker(_)) => vec![about("internal", help)],
        RunError::Rows(RowsError::Write { .. } | RowsError::Values(_)) => vec![about("unwritable-rows", help)],
        RunError::ReadAndWritten(_) => vec![about("wrong-usage", help)],
        RunError::NamingColumn(problem) | RunError::Where(problem) => vec![about(problem.code, help)],
        RunError::Memory { spans, .. } => {
            let at = |span: &_| Diagnostic { span: Some(*span), ..about("out-of-memory", help) }.in_source(suite);
            spans.iter().map(at).collect()
        }
    }
}

fn of_scan(
    error: &ScanError,
    about: &dyn Fn(&'static str, Option<&str>) -> Diagnostic,
    help: Option<&str>,
) -> Vec<Diagnostic> {
    vec![match error {
        ScanError::Io { file, .. } => about("unreadable-data", help).in_data(file, None),
        ScanError::Corrupt { file, .. } => about("corrupt-data", help).in_data(file, None),
        ScanError::Malformed { file, line, others, .. } => {
            let first = about("malformed-line", help).in_data(file, Some(*line));
            let other = |other: &OtherLine| {
                let message = format!("`{}` {}", other.file, other.problem);
                Diagnostic::error("malformed-line", message, None).in_data(&other.file, Some(other.line))
            };
            return [first].into_iter().chain(others.iter().map(other)).collect();
        }
        ScanError::Spill { .. } => about("no-room-to-spill", help),
        ScanError::NotAsSupposed { file } => about("internal", help).in_data(file, None),
        ScanError::Usage { .. } => about("unusable-data", help),
    }]
}
