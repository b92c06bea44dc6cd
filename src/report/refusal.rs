//! A run that came to no verdict, as reports tell of it: what is wrong with the suite, the data or the call.

use super::finding::Place;
use crate::diagnostic::{Diagnostic, Level};
use crate::words::{number, plain};

/// Why nothing was judged.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The file of the suite, as the user knows it.
    pub suite: String,
    /// Files, folders or patterns, as the user named them.
    pub data: Vec<String>,
    /// What was found, errors among them.
    pub diagnostics: Vec<Diagnostic>,
    /// When the run began, in UTC by RFC 3339.
    pub run_time: String,
}

impl Refusal {
    /// Says all in one line: `not judged: 2 errors (orders.csv by orders.yaml)`.
    #[must_use]
    pub fn headline(&self) -> String {
        let errors = number::counted(self.errors().count() as u64, "error");
        let data = match self.data.as_slice() {
            [name] => plain::cut(&plain::escape(name), 80),
            names => format!("{} names", number::count(names.len() as u64)),
        };
        format!("not judged: {errors} ({data} by {})", plain::cut(&plain::escape(&self.suite), 80))
    }

    /// What kept the run from judging.
    pub(super) fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error)
    }
}

/// Returns the file that is at fault, as the user knows it; `None` where no file at hand is.
pub(super) fn file(diagnostic: &Diagnostic) -> Option<&str> {
    diagnostic.source.as_ref().map(|source| source.name.as_str())
}

/// Returns the place in that file; `None` where the whole of it is meant.
pub(super) fn place(diagnostic: &Diagnostic) -> Option<Place> {
    let source = diagnostic.source.as_ref()?;
    if let Some(line) = diagnostic.data_line {
        return Some(Place::of_line(line));
    }
    diagnostic.span.map(|span| Place::of(source, span))
}

/// Says all of a diagnostic in one sentence, with what to do about it.
pub(super) fn sentence(diagnostic: &Diagnostic) -> String {
    let label = if diagnostic.label.is_empty() { String::new() } else { format!(" ({})", diagnostic.label) };
    let said = format!("{}{label}", diagnostic.message);
    match &diagnostic.help {
        Some(help) if said.ends_with('?') => format!("{said} {help}"),
        Some(help) => format!("{said}; {help}"),
        None => said,
    }
}

/// Writes a place as people do: `orders.yaml:3`; nothing where no file is at fault.
pub(super) fn place_in_words(diagnostic: &Diagnostic) -> String {
    let file = file(diagnostic).unwrap_or_default();
    place(diagnostic).map_or_else(|| file.to_owned(), |place| format!("{file}:{}", place.line))
}
