//! Markdown, for a comment on a pull request or the summary of a job: the verdict, what is not met as a table, and the rest
//! folded away.

use std::fmt::Write as _;

use super::finding::findings;
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
        let examples: Vec<_> = result.malformed_examples().collect();
        for (file, line, problem) in &examples {
            let _ = writeln!(markdown, "- {}:{line} {}", escape(file), escape(problem));
        }
        if malformed > examples.len() as u64 {
            let _ = writeln!(markdown, "- … and {} more", number::count(malformed - examples.len() as u64));
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

/// Keeps HTML and line breaks of the data out of the page. What stands in backticks is code, in which nothing is escaped.
fn escape(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let is_paired = text.matches('`').count().is_multiple_of(2);
    let parts = text.split('`').enumerate().map(|(at, part)| match at % 2 {
        1 if is_paired => part.to_owned(),
        _ => part.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
    });
    parts.collect::<Vec<_>>().join("`")
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
        assert_eq!(cell("`a < b` <b> ` <i>"), "`a &lt; b` &lt;b&gt; ` &lt;i&gt;");
        assert_eq!(cell("`a < 'x|y'` is > 1"), "`a < 'x\\|y'` is &gt; 1");
    }
}
