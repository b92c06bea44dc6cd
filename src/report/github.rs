//! Annotations of GitHub Actions: workflow commands that a step prints, which mark lines of the suite in a pull request.
//!
//! Source of the form: "Workflow commands for GitHub Actions", docs.github.com.

use std::fmt::Write as _;

use super::finding::{Finding, MALFORMED_LINE, findings};
use super::refusal::{self, Refusal};
use super::text;
use crate::diagnostic::{Diagnostic, Level};
use crate::verdict::RunResult;

/// Writes a command for each expectation that is not met, and one that tells the whole.
#[must_use]
pub fn write(result: &RunResult) -> String {
    let file = property(&result.suite_source.name);
    let mut commands = String::new();
    for finding in findings(result) {
        let Finding { place, .. } = &finding;
        let _ = writeln!(
            commands,
            "::{} file={file},line={},endLine={},col={},endColumn={},title={}::{}",
            command(finding.level()),
            place.line,
            place.end_line,
            place.column,
            place.end_column,
            property(finding.expectation),
            message(&finding.sentence()),
        );
    }
    for (file, line, problem) in result.malformed_examples() {
        let (file, problem) = (property(file), message(&format!("the line {problem}")));
        let _ = writeln!(commands, "::error file={file},line={line},title={MALFORMED_LINE}::{problem}");
    }
    let _ = writeln!(commands, "::notice title=weir::{}", message(&text::headline(result)));
    commands
}

/// Writes a command for each reason why nothing was judged, and one that tells the whole.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    let whole = message(&refusal.headline());
    format!("{}::notice title=weir::{whole}\n", diagnostics(&refusal.diagnostics))
}

/// Writes a command for each diagnostic.
#[must_use]
pub fn diagnostics(diagnostics: &[Diagnostic]) -> String {
    let mut commands = String::new();
    for diagnostic in diagnostics {
        let place = refusal::file(diagnostic).map(|file| {
            let file = property(file);
            match (refusal::place(diagnostic), diagnostic.data_line) {
                (Some(place), None) => format!("file={file},line={},col={},", place.line, place.column),
                (Some(place), Some(_)) => format!("file={file},line={},", place.line),
                (None, _) => format!("file={file},"),
            }
        });
        let _ = writeln!(
            commands,
            "::{} {}title={}::{}",
            command(diagnostic.level),
            place.unwrap_or_default(),
            property(diagnostic.code),
            message(&refusal::sentence(diagnostic)),
        );
    }
    commands
}

fn command(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    }
}

/// Escapes what a message may not hold.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what a property may not hold.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{SourceText, Span};

    #[test]
    fn what_ends_a_command_or_a_property_is_escaped() {
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
        let source = SourceText::new("suites/a,b.yaml", "name: a\nnam: b\n");
        let found = Diagnostic::warning("unknown-key", "unknown key `nam`\n100 %", Some(Span::new(8, 11)))
            .with_help("did you mean `name`?")
            .in_source(&source);
        assert_eq!(
            diagnostics(&[found, Diagnostic::error("no-suite", "no suite", None)]),
            "::warning file=suites/a%2Cb.yaml,line=2,col=1,title=unknown-key::unknown key `nam`%0A100 %25; did you \
             mean `name`?\n::error title=no-suite::no suite\n"
        );
    }
}
