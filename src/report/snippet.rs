//! Annotated snippets of what a person wrote, drawn like a compiler's errors.
//!
//! The command line draws diagnostics with it, the text report failed expectations.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet as Source};

use crate::diagnostic::{self, Diagnostic, SourceText, Span};
use crate::words::plain;

/// How many lines of a longer entry are drawn.
const LINES_SHOWN: usize = 4;

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Uses ANSI colors.
    pub color: bool,
    /// Uses characters beyond ASCII where they help.
    pub unicode: bool,
    /// Columns to stay within.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, unicode: true, width: 80 }
    }
}

/// A statement about a place in a text.
#[derive(Debug)]
pub struct Snippet<'a> {
    /// Decides the color.
    pub level: diagnostic::Level,
    /// The word before the statement; the level's own where it is empty.
    pub heading: String,
    /// Kebab-case identity, in brackets after the heading; may be empty.
    pub code: &'a str,
    /// The statement.
    pub title: String,
    /// The text that it is about.
    pub source: Option<&'a SourceText>,
    /// The place. Only its first line is marked.
    pub span: Option<Span>,
    /// What the place is a part of: its lines are drawn as well, a few at most.
    pub context: Option<Span>,
    /// What is written under the caret; may be empty.
    pub label: String,
    /// More, under the text: a word and its lines.
    pub notes: Vec<(String, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl<'a> From<&'a Diagnostic> for Snippet<'a> {
    fn from(diagnostic: &'a Diagnostic) -> Self {
        Self {
            level: diagnostic.level,
            heading: String::new(),
            code: diagnostic.code,
            title: diagnostic.message.clone(),
            source: diagnostic.source.as_deref(),
            span: diagnostic.span,
            context: None,
            label: diagnostic.label.clone(),
            notes: Vec::new(),
            help: diagnostic.help.clone(),
        }
    }
}

impl Snippet<'_> {
    /// Draws the snippet; the text ends with a line break.
    #[must_use]
    pub fn draw(&self, style: Style) -> String {
        let level = match self.level {
            diagnostic::Level::Error => Level::ERROR,
            diagnostic::Level::Warning => Level::WARNING,
            diagnostic::Level::Note => Level::NOTE,
        };
        let heading = if self.heading.is_empty() { self.level.to_string() } else { self.heading.clone() };
        let brackets = if self.code.is_empty() { 0 } else { self.code.len() + 2 };
        let indent = heading.len() + brackets + 2;
        let mut title = level.with_name(heading).primary_title(wrapped(&self.title, style.width, indent));
        if !self.code.is_empty() {
            title = title.id(self.code);
        }
        let mut statement = Group::with_title(title);
        let line = self
            .source
            .zip(self.span)
            .map(|(source, span)| Line::of(source, span).fit(style.width).within(source, self.context, style.width));
        let mut label_note = None;
        let gutter = line.as_ref().map_or(1, Line::gutter);
        if let Some(source) = self.source {
            let path = plain::escape(&source.name);
            statement = statement.element(match &line {
                None => Element::from(Origin::path(path)),
                Some(line) => {
                    let label = plain::escape(&self.label);
                    let fits = label.is_empty() || line.label_column() + plain::width(&label) <= style.width;
                    let mark = AnnotationKind::Primary.span(line.marked.clone());
                    let mark = if fits && !label.is_empty() { mark.label(label.clone()) } else { mark };
                    if !fits {
                        let width = style.width.saturating_sub("1234 = note: ".len());
                        label_note = Some(("note".to_owned(), plain::wrap(&label, width).join("\n")));
                    }
                    Source::source(line.text.as_str())
                        .line_start(line.number)
                        .fold(false)
                        .path(path)
                        .annotation(mark)
                        .into()
                }
            });
        }
        for (word, text) in label_note.iter().chain(&self.notes) {
            let width = style.width.saturating_sub(gutter + " = ".len() + word.len() + ": ".len());
            let lines: Vec<String> = text.lines().map(|line| plain::cut(line, width)).collect();
            statement = statement.element(Level::NOTE.with_name(word.clone()).message(lines.join("\n")));
        }
        let mut groups = vec![statement];
        if let Some(help) = &self.help {
            groups.push(Group::with_title(Level::HELP.secondary_title(help_lines(help, style.width))));
        }
        let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
        // ASCII for the frame always: its arrows are what people and editors look for.
        let renderer = renderer
            .hyperlink(false)
            .decor_style(DecorStyle::Ascii)
            .term_width(style.width.saturating_sub(gutter + " | ".len()));
        renderer.render(&groups) + "\n"
    }
}

/// The first line of a span and those around it, and what is marked in it.
struct Line {
    number: usize,
    text: String,
    marked: Range<usize>,
}

impl Line {
    fn of(source: &SourceText, span: Span) -> Self {
        let text = source.text.as_str();
        let span_start = text.floor_char_boundary(span.start);
        let span_end = text.floor_char_boundary(span.end.max(span_start));
        let start = text[..span_start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[span_start..].find('\n').map_or(text.len(), |at| span_start + at);
        let line = text[start..end].trim_end();
        let first = (span_start - start).min(line.len());
        let last = (span_end - start).clamp(first, line.len());
        let [before, marked, after] = [&line[..first], &line[first..last], &line[last..]].map(harmless);
        let marked_bytes = before.len()..before.len() + marked.len();
        Self { number: text[..start].matches('\n').count() + 1, text: before + &marked + &after, marked: marked_bytes }
    }

    /// The line with those around it that belong to a span: at most [`LINES_SHOWN`], with its first where that is near.
    fn within(mut self, source: &SourceText, context: Option<Span>, width: usize) -> Self {
        let Some(context) = context else { return self };
        let lines: Vec<&str> = source.text.lines().collect();
        let (first, _) = source.line_and_column(context.start);
        let (last, _) = source.line_and_column(context.end.max(context.start + 1) - 1);
        let first = first.min(self.number).max(self.number.saturating_sub(LINES_SHOWN - 1));
        let last = last.max(self.number).min(first + LINES_SHOWN - 1).min(lines.len());
        let room = width.saturating_sub(last.to_string().len() + " | ".len());
        let shown = |numbers: Range<usize>| {
            let shown = lines.get(numbers.start - 1..numbers.end - 1).unwrap_or_default();
            shown.iter().map(|line| plain::cut(&harmless(line.trim_end()), room)).collect::<Vec<_>>()
        };
        let before: String = shown(first..self.number).into_iter().map(|line| line + "\n").collect();
        let after: String = shown(self.number + 1..last + 1).into_iter().map(|line| "\n".to_owned() + &line).collect();
        self.marked = self.marked.start + before.len()..self.marked.end + before.len();
        self.number = first;
        self.text = before + &self.text + &after;
        self
    }

    /// How wide the numbers of its lines are.
    fn gutter(&self) -> usize {
        (self.number + self.text.matches('\n').count()).to_string().len()
    }

    /// The line cut at the width where its mark begins well before; else the renderer cuts around the mark.
    fn fit(mut self, width: usize) -> Self {
        let room = width.saturating_sub(self.number.to_string().len() + " | ".len());
        if plain::width(&self.text[..self.marked.start]) < room / 2 {
            self.text = plain::cut(&self.text, room);
            let end = self.text.trim_end_matches('…').len();
            self.marked.end = self.marked.end.min(end).max(self.marked.start);
        }
        self
    }

    /// The column after the mark and a space, where its label begins.
    fn label_column(&self) -> usize {
        let before = &self.text[..self.marked.end];
        let line = before.rfind('\n').map_or(before, |at| &before[at + 1..]);
        self.gutter() + " | ".len() + plain::width(line) + 1
    }
}

/// Replaces the control characters beyond ASCII, some of which begin a terminal escape; the renderer shows the others.
fn harmless(text: &str) -> String {
    text.replace(|character: char| character.is_control() && !character.is_ascii(), "\u{fffd}")
}

/// Escapes a help text and breaks its first line at the width. The lines after it are to be copied, as an example of a
/// suite is, and stay whole.
fn help_lines(help: &str, width: usize) -> String {
    match help.split_once('\n') {
        Some((first, rest)) => wrapped(first, width, "help: ".len()) + "\n" + &plain::escape_lines(rest),
        None => wrapped(help, width, "help: ".len()),
    }
}

/// Escapes a text and breaks it into lines after an indent that the first one has already.
fn wrapped(text: &str, width: usize, indent: usize) -> String {
    plain::wrap(&plain::escape(text), width.saturating_sub(indent).max(20)).join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draw(text: &str, span: Span, label: &str, style: Style) -> String {
        let source = SourceText::new("suite.yaml", text);
        let diagnostic = Diagnostic::error("wrong-value", "`mostly` is 2, expected 0 to 1", Some(span));
        let diagnostic = diagnostic.with_label(label).with_help("give a fraction").in_source(&source);
        Snippet::from(&diagnostic).draw(style)
    }

    #[test]
    fn a_diagnostic_reads_like_an_error_of_a_compiler() {
        let text = "name: a\r\nmostly: 2\r\n";
        insta::assert_snapshot!(draw(text, Span::new(17, 18), "a whole number", Style::default()), @r"
        error[wrong-value]: `mostly` is 2, expected 0 to 1
         --> suite.yaml:2:9
          |
        2 | mostly: 2
          |         ^ a whole number
          |
        help: give a fraction
        ");
    }

    #[test]
    fn a_label_too_wide_for_its_line_stands_beneath() {
        let label = "this is a whole number that lies beyond what a fraction may be, which is 0 to 1";
        insta::assert_snapshot!(draw("mostly: 2", Span::new(8, 9), label, Style { width: 60, ..Style::default() }), @r"
        error[wrong-value]: `mostly` is 2, expected 0 to 1
         --> suite.yaml:1:9
          |
        1 | mostly: 2
          |         ^
          |
          = note: this is a whole number that lies beyond what a
                  fraction may be, which is 0 to 1
        help: give a fraction
        ");
    }

    #[test]
    fn the_end_of_a_text_can_be_marked() {
        assert!(draw("name: a\n", Span::new(8, 8), "nothing here", Style::default()).contains("suite.yaml:2:1"));
        assert!(draw("", Span::new(0, 0), "nothing here", Style::default()).contains("suite.yaml:1:1"));
    }

    #[test]
    fn control_characters_of_the_text_do_not_reach_the_terminal() {
        let drawn = draw("a: \u{9b}2J\u{1b}[2J\u{202e}x", Span::new(3, 7), "", Style::default());
        assert!(!drawn.contains(|character: char| character.is_control() && character != '\n'), "{drawn:?}");
        assert!(!drawn.contains('\u{202e}'), "{drawn:?}");
    }

    proptest! {
        #[test]
        fn any_text_and_span_can_be_drawn(text in "(?s).{0,60}", start in 0..90usize, length in 0..90usize, width in 0..120usize, color: bool) {
            draw(&text, Span::new(start, start + length), &text, Style { color, unicode: true, width });
        }
    }
}
