//! Markdown, for a comment on a pull request or the summary of a job: the verdict, what is not met as a table, and the rest
//! folded away.

use std::fmt::Write as _;

use super::finding::{findings, more_malformed};
use super::refusal::{self, Refusal};
use super::{rule, text};
use crate::verdict::{RunResult, Status};
use crate::words::number;

/// How many unmet expectations the table lists; comments have a limit.
const LISTED: usize = 100;
/// How many met ones are listed below it.
const MET_LISTED: usize = 300;

/// Writes the report.
#[must_use]
pub fn write(result: &RunResult) -> String {
    let mark = if result.is_success() { "✅" } else { "❌" };
    let mut markdown = format!("**{mark} {}**\n", escape(&text::headline(result)));
    let found: Vec<_> = findings(result).collect();
    if !found.is_empty() {
        markdown.push_str("\n| expectation | found | severity | suite |\n|---|---|---|---|\n");
    }
    for finding in found.iter().take(LISTED) {
        let help = finding.help.map_or_else(String::new, |help| format!("<br>{}", cell(help)));
        let _ = writeln!(
            markdown,
            "| {} | {}{help} | {} | {}:{} |",
            cell(&finding.rule),
            cell(&finding.found),
            if finding.code.is_some() { "errored" } else { text::severity_name(finding.severity) },
            cell(&result.suite_source.name),
            finding.place.line,
        );
    }
    if found.len() > LISTED {
        let _ = writeln!(markdown, "\n… and {} more", found.len() - LISTED);
    }
    let malformed = result.malformed_count();
    if malformed > 0 {
        let _ = writeln!(markdown, "\n{}, left out of all else:\n", number::counted(malformed, "malformed line"));
        for (file, line, problem) in result.malformed_examples() {
            let _ = writeln!(markdown, "- {}:{line} {}", escape(file), escape(problem));
        }
        if let Some(rest) = more_malformed(result) {
            let _ = writeln!(markdown, "- {rest}");
        }
    }
    if let Some(written) = text::row_files(result) {
        let _ = writeln!(markdown, "\n{}", escape(&written));
    }
    let met: Vec<_> = result.verdicts.iter().filter(|verdict| verdict.is_success()).collect();
    if !met.is_empty() {
        let _ = write!(markdown, "\n<details><summary>{} met</summary>\n\n", met.len());
        for verdict in met.iter().take(MET_LISTED) {
            let vacuous = if verdict.status() == Status::Vacuous { " (nothing to judge)" } else { "" };
            let _ = writeln!(markdown, "- {}{vacuous}", escape(&rule::rule(&verdict.expectation, &verdict.kwargs)));
        }
        if met.len() > MET_LISTED {
            let _ = writeln!(markdown, "- … and {} more", met.len() - MET_LISTED);
        }
        markdown.push_str("\n</details>\n");
    }
    let skipped: Vec<String> = text::skipped(result).map(|name| format!("`{}`", escape(name))).collect();
    if !skipped.is_empty() {
        let _ = writeln!(markdown, "\nSkipped, for their names are unknown: {}", skipped.join(", "));
    }
    markdown
}

/// Writes why nothing was judged.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    let mut markdown = format!("**❌ {}**\n\n| found | at |\n|---|---|\n", escape(&refusal.headline()));
    for diagnostic in refusal.diagnostics.iter().take(LISTED) {
        let _ = writeln!(
            markdown,
            "| {}: {} | {} |",
            diagnostic.level,
            cell(&refusal::sentence(diagnostic)),
            cell(&refusal::place_in_words(diagnostic)),
        );
    }
    if refusal.diagnostics.len() > LISTED {
        let _ = writeln!(markdown, "\n… and {} more", refusal.diagnostics.len() - LISTED);
    }
    markdown
}

/// Keeps what the data has of HTML, links, images, emphasis, mentions and line breaks from being taken for such. What stands
/// in backticks is code, in which nothing is escaped.
///
/// Source: `CommonMark` 0.31, "Code spans": as many backticks close one as have opened it; others are text.
fn escape(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('`') {
        let (before, from) = rest.split_at(at);
        escape_plain(before, &mut escaped);
        let ticks = backticks(from);
        match code_length(from, ticks) {
            Some(length) => {
                escaped.push_str(&from[..length]);
                rest = &from[length..];
            }
            None => {
                escaped.push_str(&"\\`".repeat(ticks));
                rest = &from[ticks..];
            }
        }
    }
    escape_plain(rest, &mut escaped);
    escaped
}

/// How many backticks a text begins with.
fn backticks(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

/// The length of the code that a text begins with, which so many backticks open; `None` where nothing closes it.
fn code_length(text: &str, ticks: usize) -> Option<usize> {
    let mut at = ticks;
    loop {
        at += text[at..].find('`')?;
        let here = backticks(&text[at..]);
        at += here;
        if here == ticks {
            return Some(at);
        }
    }
}

fn escape_plain(text: &str, escaped: &mut String) {
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '[' | '*' => escaped.extend(['\\', character]),
            // an empty comment keeps a name from being one who is told
            '@' => escaped.push_str("@<!-- -->"),
            other => escaped.push(other),
        }
    }
}

/// The same within a table.
fn cell(text: &str) -> String {
    escape(text).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_holds_no_bar_and_no_tag() {
        assert_eq!(cell("a|b <script>\n&"), "a\\|b &lt;script&gt; &amp;");
        assert_eq!(cell("`a < b` <b> ` <i>"), "`a < b` &lt;b&gt; \\` &lt;i&gt;");
        assert_eq!(cell("`a < 'x|y'` is > 1"), "`a < 'x\\|y'` is &gt; 1");
    }

    #[test]
    fn as_many_backticks_close_a_code_as_have_opened_it() {
        assert_eq!(escape("``` <img> ` x ``"), "\\`\\`\\` &lt;img&gt; \\` x \\`\\`");
        assert_eq!(escape("`` a ` <b> `` <i>"), "`` a ` <b> `` &lt;i&gt;");
        assert_eq!(escape("``"), "\\`\\`");
        assert_eq!(escape("é`ü < é`<"), "é`ü < é`&lt;");
    }

    #[test]
    fn nothing_of_the_data_is_a_link_an_image_a_mention_or_emphasis() {
        assert_eq!(escape("![x](http://a) \\[b](c)"), "!\\[x](http://a) \\\\\\[b](c)");
        assert_eq!(escape("@team **bold** `@team`"), "@<!-- -->team \\*\\*bold\\*\\* `@team`");
    }
}
