//! Diagnostics and errors as text for the terminal.

use std::error::Error;

use annotate_snippets::renderer::{AnsiColor, Effects};

use crate::diagnostic::{Diagnostic, Level};
use crate::engine::EngineError;
use crate::report::snippet::{Snippet, Style};
use crate::run::RunError;
use crate::scan::{OtherLine, ScanError};
use crate::words::{number, plain};

/// How many diagnostics of one file are drawn, errors first.
const DRAWN: usize = 50;

/// Draws the diagnostics of one file in the order of the file, with a blank line after each, and what they add up to:
/// `3 errors and 1 warning in suite.yaml`. Nothing for no diagnostics.
pub fn diagnostics(diagnostics: &[Diagnostic], style: Style) -> String {
    let Some(first) = diagnostics.first() else { return String::new() };
    let shown = most_important(diagnostics);
    let mut text = String::new();
    for diagnostic in &shown {
        text.push_str(&Snippet::from(*diagnostic).draw(style));
        text.push('\n');
    }
    let file = first.source.as_ref().map_or_else(String::new, |source| format!(" in {}", plain::escape(&source.name)));
    let left_out = match diagnostics.len() - shown.len() {
        0 => String::new(),
        _ => format!(", {} of them shown", number::count(shown.len() as u64)),
    };
    text.push_str(&plain::wrap(&format!("{}{file}{left_out}", tally(diagnostics)), style.width).join("\n"));
    text.push('\n');
    if style.unicode { text } else { plain::ascii(&text) }
}

/// Draws an error with its causes, and its help where the error that began it has one.
pub fn error(error: &anyhow::Error, style: Style) -> String {
    let mut text =
        format!("{} {}\n", heading("error:", AnsiColor::BrightRed, style), plain::escape(&error.to_string()));
    for other in error.chain().find_map(other_lines).unwrap_or_default() {
        text.extend(["  also: ", &plain::escape(&other), "\n"]);
    }
    for cause in causes(error).skip(1) {
        text.extend(["  because: ", &plain::escape(&cause), "\n"]);
    }
    if let Some(help) = error.chain().find_map(advice) {
        text.extend([&heading("help:", AnsiColor::BrightCyan, style), " ", &plain::escape_lines(help), "\n"]);
    }
    if style.unicode { text } else { plain::ascii(&text) }
}

/// Returns what an error says and what its causes add to it.
pub fn causes(error: &anyhow::Error) -> impl Iterator<Item = String> {
    let mut last = String::new();
    error.chain().map(ToString::to_string).filter(move |cause| {
        let is_new = last.is_empty() || !last.contains(cause.as_str());
        last.clone_from(cause);
        is_new
    })
}

/// Writes one line about something that does not stop the command.
pub fn note(level: Level, message: &str, style: Style) -> String {
    let color = match level {
        Level::Error => AnsiColor::BrightRed,
        Level::Warning => AnsiColor::Yellow,
        Level::Note => AnsiColor::BrightGreen,
    };
    let text = format!("{} {}\n", heading(&format!("{level}:"), color, style), plain::escape(message));
    if style.unicode { text } else { plain::ascii(&text) }
}

/// An error that knows what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Advice {
    /// What was found and what was expected.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// The lines that are no rows besides the one that the error tells of.
fn other_lines(error: &(dyn Error + 'static)) -> Option<Vec<String>> {
    let RunError::Scan(ScanError::Malformed { file, others, is_open, .. }) = error.downcast_ref::<RunError>()? else {
        return None;
    };
    let other = |other: &OtherLine| match &other.file {
        same if same == file => other.problem.clone(),
        another => format!("`{another}` {}", other.problem),
    };
    let more = is_open.then(|| "perhaps more lines behind these".to_owned());
    Some(others.iter().map(other).chain(more).collect())
}

/// What to do about an error, where it knows.
pub fn advice<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a str> {
    if let Some(advice) = error.downcast_ref::<Advice>() {
        return Some(&advice.help);
    }
    match error.downcast_ref::<RunError>()? {
        RunError::Scan(ScanError::Usage { help, .. })
        | RunError::Engine(EngineError::Scan(ScanError::Usage { help, .. })) => help.as_deref(),
        RunError::Engine(EngineError::Spill(_)) => {
            Some("name a folder with room in it by `--spill-dir`, or allow more with `--memory-limit`")
        }
        RunError::Where(problem) => problem.help.as_deref(),
        RunError::ReadAndWritten(_) => Some("name another file to write, best outside of the data's folder"),
        RunError::Scan(ScanError::Malformed { .. }) => {
            Some("mend those lines, or count them as failures and judge the rest with `--malformed count`")
        }
        RunError::Scan(ScanError::Spill { .. }) => Some("name a folder with room in it by `--spill-dir`"),
        RunError::Memory { .. } | RunError::Engine(EngineError::Memory { .. }) => Some(
            "allow more with `--memory-limit`, such as `--memory-limit 4GB`, or judge fewer rows or columns at a time",
        ),
        _ => None,
    }
}

/// The first diagnostics, in their order; where there are too many, errors before others.
fn most_important(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    if diagnostics.len() <= DRAWN {
        return diagnostics.iter().collect();
    }
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error).count();
    let only_errors = errors >= DRAWN;
    diagnostics.iter().filter(|diagnostic| !only_errors || diagnostic.level == Level::Error).take(DRAWN).collect()
}

/// `3 errors and 1 warning`.
fn tally(diagnostics: &[Diagnostic]) -> String {
    let counted = [Level::Error, Level::Warning, Level::Note].map(|level| {
        let count = diagnostics.iter().filter(|diagnostic| diagnostic.level == level).count() as u64;
        (count > 0).then(|| number::counted(count, &level.to_string()))
    });
    counted.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

fn heading(word: &str, color: AnsiColor, style: Style) -> String {
    if !style.color {
        return word.to_owned();
    }
    let paint = annotate_snippets::renderer::Style::new().fg_color(Some(color.into())).effects(Effects::BOLD);
    format!("{paint}{word}{paint:#}")
}

#[cfg(test)]
mod tests {
    use std::io;

    use anyhow::Context;

    use super::*;
    use crate::diagnostic::{SourceText, Span};

    #[test]
    fn diagnostics_stand_in_order_and_are_counted() {
        let source = SourceText::new("suite.yaml", "name: a\ncolumn: fare\nmostly: 2\n");
        let found = [
            Diagnostic::error("unknown-key", "unknown key `column`", Some(Span::new(8, 14)))
                .with_help("the keys of a suite are `name`, `expectations`")
                .in_source(&source),
            Diagnostic::warning("wrong-value", "`mostly` is 2", Some(Span::new(29, 30)))
                .with_label("0 to 1")
                .in_source(&source),
        ];
        insta::assert_snapshot!(diagnostics(&found, Style::default()), @r"
        error[unknown-key]: unknown key `column`
         --> suite.yaml:2:1
          |
        2 | column: fare
          | ^^^^^^
          |
        help: the keys of a suite are `name`, `expectations`

        warning[wrong-value]: `mostly` is 2
         --> suite.yaml:3:9
          |
        3 | mostly: 2
          |         ^ 0 to 1

        1 error and 1 warning in suite.yaml
        ");
    }

    #[test]
    fn a_thousand_diagnostics_are_not_all_drawn() {
        let many: Vec<Diagnostic> = (0..1_000).map(|_| Diagnostic::error("x", "y", None)).collect();
        let text = diagnostics(&many, Style::default());
        assert_eq!(text.matches("error[x]").count(), DRAWN);
        assert!(text.ends_with("1,000 errors, 50 of them shown\n"), "{text}");
        assert_eq!(diagnostics(&[], Style::default()), "");
    }

    #[test]
    fn an_error_tells_its_causes_and_what_to_do() {
        let cause = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let failed = Err::<(), _>(cause).context("cannot read `a\nb.yaml`").expect_err("it is an error");
        assert_eq!(error(&failed, Style::default()), "error: cannot read `a\\nb.yaml`\n  because: no such file\n");
        let advice = Advice { message: "no expectation is named `x`".into(), help: "a similar one exists: `y`".into() };
        let text = error(&advice.into(), Style::default());
        assert_eq!(text, "error: no expectation is named `x`\nhelp: a similar one exists: `y`\n");
        let usage = ScanError::Usage { problem: "there is no file `x`".into(), help: Some("look around".into()) };
        let text = error(&RunError::from(usage).into(), Style::default());
        assert_eq!(text, "error: there is no file `x`\nhelp: look around\n");
    }
}
