//! Untrusted text made safe to print: control characters, terminal escapes and text that turns the reading direction are
//! written as escapes; what is too wide is cut, with a mark.

use std::fmt::Write;

use serde_json::Value;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns the text with everything that a terminal would act upon, or not show, written as an escape: `\n`, `\u{1b}`.
#[must_use]
pub fn escape(text: &str) -> String {
    // A mark that combines with the letter before it is escaped only at the start of a text, where there is no letter.
    let mut safe = String::with_capacity(text.len());
    let mut escaped = text.escape_debug();
    while let Some(character) = escaped.next() {
        if character != '\\' {
            safe.push(character);
            continue;
        }
        match escaped.next() {
            Some(literal @ ('\\' | '"' | '\'')) => safe.push(literal),
            Some(other) => safe.extend(['\\', other]),
            None => safe.push('\\'),
        }
    }
    safe
}

/// Returns the text escaped line by line: for texts of weir's own whose line breaks are meant.
#[must_use]
pub fn escape_lines(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

/// Returns the text in double quotes, escaped so that it reads in one way only.
#[must_use]
pub fn quote(text: &str) -> String {
    format!("{text:?}")
}

/// Returns the name in backticks, escaped.
#[must_use]
pub fn name(text: &str) -> String {
    format!("`{}`", escape(cut_early(text, 400)))
}

/// Returns a value of the data on one line, no wider than `width`: texts quoted, the rest as JSON.
#[must_use]
pub fn value(value: &Value, width: usize) -> String {
    let mut text = String::new();
    write_value(&mut text, value, width.saturating_mul(2));
    cut(&text, width)
}

/// Cuts a text to `width` columns, its last one an ellipsis where anything is left out.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (kept, _) = split_at_width(text, width.saturating_sub(1));
    format!("{}…", kept.trim_end())
}

/// Cuts a text to its last `width` columns, the first one an ellipsis where anything is left out: of a path, the end
/// tells more.
#[must_use]
pub fn cut_start(text: &str, width: usize) -> String {
    let mut too_wide = text.width().saturating_sub(width);
    if too_wide == 0 {
        return text.to_owned();
    }
    // the ellipsis takes a column as well
    too_wide += 1;
    let (_, kept) = split_at_width(text, too_wide);
    format!("…{kept}")
}

/// Joins parts with `, ` and breaks between them into lines of at most `width` columns; a part that is wider is cut.
#[must_use]
pub fn wrap_parts(parts: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (position, part) in parts.iter().enumerate() {
        let comma = if position + 1 < parts.len() { "," } else { "" };
        let part = cut(part, width.saturating_sub(comma.len())) + comma;
        match lines.last_mut() {
            Some(line) if line.width() + 1 + part.width() <= width => line.extend([" ", &part]),
            _ => lines.push(part),
        }
    }
    lines
}

/// Breaks a text into lines of at most `width` columns, between words; a word that is wider is cut, with a mark.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        if line.is_empty() {
            line = cut(word, width);
        } else if line.width() + 1 + word.width() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(std::mem::replace(&mut line, cut(word, width)));
        }
    }
    lines.push(line);
    lines
}

/// Breaks a text into lines of at most `width` columns, between words; a word that is wider goes on in the next line, so
/// that nothing is left out.
#[must_use]
pub fn wrap_whole(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut parts = Vec::new();
    for mut word in words(text) {
        while word.width() > width {
            let (line, rest) = split_at_width(word, width);
            parts.push(line);
            word = rest;
        }
        parts.push(word);
    }
    wrap(&parts.join(" "), width)
}

/// Returns the text in ASCII, for terminals that know no more: `~` for the ellipsis, escapes for the rest.
#[must_use]
pub fn ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '…' => ascii.push('~'),
            character if character.is_ascii() => ascii.push(character),
            character => ascii.extend(character.escape_unicode()),
        }
    }
    ascii
}

/// Returns the text padded with spaces to `width` columns.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// How many columns the text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Writes a value until it is about `budget` bytes long; what is left out is beyond any width that is shown.
fn write_value(out: &mut String, value: &Value, budget: usize) {
    match value {
        Value::String(text) => {
            let shown = cut_early(text, budget);
            out.push_str(&quote(shown));
            if shown.len() < text.len() {
                out.pop();
                out.push('…');
            }
        }
        Value::Array(items) => {
            out.push('[');
            write_list(out, items.iter(), budget, |out, item| write_value(out, item, budget));
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            write_list(out, entries.iter(), budget, |out, (key, item)| {
                out.push_str(&escape(cut_early(key, budget)));
                out.push_str(": ");
                write_value(out, item, budget);
            });
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            // Writing into a `String` cannot fail.
            let _ = write!(out, "{value}");
        }
    }
}

fn write_list<T>(
    out: &mut String,
    items: impl Iterator<Item = T>,
    budget: usize,
    mut write: impl FnMut(&mut String, T),
) {
    for (position, item) in items.enumerate() {
        if position > 0 {
            out.push_str(", ");
        }
        if out.len() > budget {
            out.push('…');
            return;
        }
        write(out, item);
    }
}

/// Returns the first bytes of a text, at most `limit` and a few, ending between two characters.
fn cut_early(text: &str, limit: usize) -> &str {
    let mut end = limit.saturating_mul(4).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    &text[..end]
}

/// Splits a text at its spaces, except between a number and its `%`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let breaks = |at: &usize| !text[at + 1..].starts_with('%');
        match text.match_indices(' ').map(|(at, _)| at).find(breaks) {
            Some(at) => {
                rest = Some(&text[at + 1..]);
                Some(&text[..at])
            }
            None => rest.take(),
        }
    })
}

/// Splits a text where it reaches `width` columns.
fn split_at_width(text: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character.width().unwrap_or(0);
        if used > width {
            return text.split_at(at);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_path_the_end_is_kept() {
        assert_eq!(cut_start("lake/month=06/part.csv", 12), "…06/part.csv");
        assert_eq!(cut_start("part.csv", 8), "part.csv");
    }

    #[test]
    fn parts_are_broken_between_and_words_anywhere() {
        let parts = ["a = 1", "b = 2", "c = 3"].map(str::to_owned);
        assert_eq!(wrap_parts(&parts, 13), ["a = 1, b = 2,", "c = 3"]);
        assert_eq!(wrap_whole("ab cdefgh i", 4), ["ab", "cdef", "gh i"]);
        assert_eq!(wrap("at least 99 % of all", 12), ["at least", "99 % of all"]);
    }

    #[test]
    fn what_a_terminal_acts_upon_is_escaped() {
        assert_eq!(escape("a\u{1b}[31mred\nb\tc\r\0"), "a\\u{1b}[31mred\\nb\\tc\\r\\0");
        assert_eq!(escape("\u{202e}evil\u{200b}\u{feff}\u{2028}"), "\\u{202e}evil\\u{200b}\\u{feff}\\u{2028}");
        assert_eq!(escape("\u{9b}31m"), "\\u{9b}31m");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in [r"^\d{5}$", "it's \"quoted\"", "Größe", "नमस्ते", "日本語", "e\u{301}", "🙂"] {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn values_are_one_line_of_at_most_the_width() {
        assert_eq!(value(&json!("a\nb"), 20), r#""a\nb""#);
        assert_eq!(value(&json!([1, null, "x"]), 20), r#"[1, null, "x"]"#);
        assert_eq!(value(&json!({"a": 1.5, "b\u{1b}": true}), 30), r"{a: 1.5, b\u{1b}: true}");
        assert_eq!(value(&json!("x".repeat(1_000_000)), 10), "\"xxxxxxxx…");
        assert_eq!(value(&json!("日本語日本語"), 8), "\"日本語…");
        let many: Vec<u32> = (0..1_000_000).collect();
        assert_eq!(value(&json!(many), 12), "[0, 1, 2, 3…");
    }

    #[test]
    fn lines_break_between_words_and_wide_words_are_marked() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghijkl mn", 8), ["abcdefg…", "mn"]);
        assert_eq!(wrap("", 8), [""]);
    }
}
