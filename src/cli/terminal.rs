//! Standard output and standard error: what they can show, and writing to them.

use std::env;
use std::io::{self, IsTerminal, Write};

use anyhow::Context;

use crate::report::snippet::Style;

/// The width of a terminal that does not tell it.
const DEFAULT_WIDTH: usize = 80;
/// The width of a report that no terminal shows: what reads it can scroll, and what is cut is lost.
const UNSEEN_WIDTH: usize = 200;
/// Lines longer than this are hard to read, however wide the terminal.
const MAX_WIDTH: usize = 160;
const MIN_WIDTH: usize = 40;

/// When to use colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal.
    #[default]
    Auto,
    /// Always, also into files and pipes.
    Always,
    /// Never.
    Never,
}

/// The two streams that a command writes to.
#[derive(Debug)]
pub struct Terminal {
    output: Style,
    error: Style,
}

impl Terminal {
    /// Looks at the streams and the environment.
    pub fn new(color: ColorChoice) -> Self {
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        // pseudo-terminals without a window have no columns at all
        let width = width.filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH);
        let style = |is_terminal: bool| Style {
            color: match color {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => is_terminal && environment_allows_color(),
            },
            unicode: locale_is_unicode(),
            width: if is_terminal { width.clamp(MIN_WIDTH, MAX_WIDTH) } else { UNSEEN_WIDTH },
        };
        Self { output: style(io::stdout().is_terminal()), error: style(io::stderr().is_terminal()) }
    }

    /// How to draw on standard output.
    pub fn output_style(&self) -> Style {
        self.output
    }

    /// How to draw into a file.
    pub fn file_style() -> Style {
        Style { width: UNSEEN_WIDTH, ..Style::default() }
    }

    /// How to draw on standard error.
    pub fn error_style(&self) -> Style {
        self.error
    }
}

/// Writes a result to standard output. A reader that has left (`weir … | head`) is no error.
///
/// # Errors
/// The system refuses, as on a full disk.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut stream = io::stdout().lock();
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Writes a complaint to standard error, or to nobody where that is closed.
pub fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Source: <https://no-color.org>: set to anything but the empty text.
fn environment_allows_color() -> bool {
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    !no_color && !dumb
}

/// Tells whether the locale's character set is UTF-8. Containers often set no locale at all and show UTF-8 well.
fn locale_is_unicode() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(|name| env::var(name).ok());
    match set.into_iter().find(|value| !value.is_empty()) {
        Some(locale) => is_utf8(&locale),
        None => true,
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_names_its_character_set() {
        assert!(is_utf8("C.UTF-8") && is_utf8("de_DE.utf8"));
        assert!(!is_utf8("C") && !is_utf8("POSIX") && !is_utf8("de_DE.ISO-8859-1"));
    }
}
