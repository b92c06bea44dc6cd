//! What can be said about a file that a person wrote: a suite, a schema, a condition.
//!
//! A diagnostic is data. Nothing here prints: `cli::render` draws the annotated snippet, other front ends make JSON or
//! an exception of it.

use std::fmt;
use std::sync::Arc;

/// A range of bytes in a [`SourceText`], end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// Makes a span of the bytes from `start` up to, not including, `end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Returns the smallest span that covers both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A text and the name it is known by, shared by every diagnostic about it.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The path as the user gave it, or a description such as `--param`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl SourceText {
    /// Wraps a text with its name.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }

    /// Returns the 1-based line and column (in characters) of a byte offset; past the end, those of the end.
    #[must_use]
    pub fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (line, before[start..].chars().count() + 1)
    }
}

/// How bad a diagnostic is. Unlike an expectation's severity it says whether weir can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Accepted, with a doubt that the user should look at.
    Warning,
    /// weir cannot go on with this file.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One complaint about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Kebab-case identity, never reused for another meaning: `unknown-column`.
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// Makes sense alone: what was found. Lowercase, names in backticks, no full stop.
    pub message: String,
    /// Where; `None` when the whole file is meant.
    pub span: Option<Span>,
    /// What stands at the span, in a few words, written under the caret; may be empty.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The file; `None` where there is no text to point into (a command-line option).
    pub source: Option<Arc<SourceText>>,
    /// The line (1-based) of a file of data, whose text is not at hand to point into.
    pub data_line: Option<u64>,
}

impl Diagnostic {
    /// Makes an error at a place, without label, help and source.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>, span: Option<Span>) -> Self {
        Self {
            code,
            level: Level::Error,
            message: message.into(),
            span,
            label: String::new(),
            help: None,
            source: None,
            data_line: None,
        }
    }

    /// Makes a warning at a place, without label, help and source.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>, span: Option<Span>) -> Self {
        Self { level: Level::Warning, ..Self::error(code, message, span) }
    }

    /// Adds the words under the caret.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the file of data that is meant, and the line of it.
    #[must_use]
    pub fn in_data(mut self, file: &str, line: Option<u64>) -> Self {
        self.source = Some(SourceText::new(file, ""));
        self.data_line = line;
        self
    }

    /// Adds the text that the span points into.
    #[must_use]
    pub fn in_source(mut self, source: &Arc<SourceText>) -> Self {
        self.source = Some(Arc::clone(source));
        self
    }
}

/// One line: `path:line:column: error[code]: message`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{}:", source.name)?;
            if let Some(span) = self.span {
                let (line, column) = source.line_and_column(span.start);
                write!(f, "{line}:{column}:")?;
            }
            f.write_str(" ")?;
        }
        write!(f, "{}[{}]: {}", self.level, self.code, self.message)
    }
}

/// Returns the candidate most like a misspelt name, where one is close enough to be meant.
///
/// Source: Jaro-Winkler similarity, at least 0.8; ties go to the earlier candidate.
#[must_use]
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let score = strsim::jaro_winkler(&lower, &candidate.to_lowercase());
        if score >= 0.8 && best.is_none_or(|(found, _)| score > found) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}
