//! `weir expectations`: the catalog, the manual of one expectation, and that of what every expectation takes.

use clap::Args;

use super::render::Advice;
use super::terminal::{self, Terminal};
use super::{Outcome, manual};
use crate::expectation::catalog::{self, CATALOG, Entry};
use crate::report::snippet::Style;
use crate::suite::condition;
use crate::words::plain;

/// List the expectations, or print the manual of one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  weir expectations
  weir expectations between
  weir expectations expect_column_values_to_be_between
  weir expectations row_condition")]
pub struct Arguments {
    /// An expectation (`expect_` may be left out), a part of its name, or `row_condition` for the spellings of conditions
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// The end of every manual.
const COMMON_KEYS: &str = "\
- `severity`: how much it matters, which `--fail-on` goes by: `critical`, `warning` or `info`. Default: critical.
- `row_condition`: the rows to judge, such as `status = 'paid'`. `weir expectations row_condition` has all spellings.
- `condition_parser`: the language of the condition, where its text could be of two.
- `result_format`: how much the result tells: `BOOLEAN_ONLY`, `BASIC`, `SUMMARY` or `COMPLETE`, or a mapping with that and
  `partial_unexpected_count`, `unexpected_index_column_names`, `include_unexpected_rows`, `exclude_unexpected_values`.
- `meta`, `notes`: remarks, passed through to results.
";

/// Prints the list or a manual.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let style = terminal.output_style();
    let text = match &arguments.name {
        Some(name) => describe(name, style)?,
        None => list(CATALOG.iter(), style),
    };
    terminal::print(&text)?;
    Ok(Outcome::Met)
}

/// Prints what a name stands for: the manual of one expectation or of conditions, else the expectations that contain it.
fn describe(name: &str, style: Style) -> Result<String, Advice> {
    let name = name.trim().to_lowercase();
    if matches!(name.as_str(), "row_condition" | "condition_parser") {
        return Ok(page("row_condition", condition::MANUAL, style));
    }
    if let Some(entry) = catalog::find(&name).or_else(|| catalog::find(&format!("expect_{name}"))) {
        return Ok(page(entry.name, &whole_manual(entry), style));
    }
    let containing = catalog::containing(&name);
    if !containing.is_empty() {
        return Ok(list(containing.into_iter(), style));
    }
    let help = match catalog::nearest(&name) {
        Some(similar) => format!("a similar name exists: `{}`", similar.name),
        None => "`weir expectations` lists all of them".to_owned(),
    };
    Err(Advice { message: format!("no expectation is named {}", plain::name(&name)), help })
}

/// Lists expectations under the names of their groups.
fn list<'a>(entries: impl Iterator<Item = &'a Entry>, style: Style) -> String {
    let mut text = String::new();
    let mut group = "";
    for entry in entries {
        if entry.group != group {
            group = entry.group;
            let gap = if text.is_empty() { "" } else { "\n" };
            text.extend([gap, &manual::strong(&heading(group), style), "\n"]);
        }
        let summary = plain::wrap(&entry.summary(), style.width.saturating_sub(6)).join("\n      ");
        text.extend(["  ", &manual::strong(entry.name, style), "\n      ", &summary, "\n"]);
    }
    text
}

fn heading(group: &str) -> String {
    let mut letters = group.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The manual of an expectation, with the keys that every expectation takes.
fn whole_manual(entry: &Entry) -> String {
    let manual = entry.manual();
    let mostly = if manual.contains("- `mostly`") { "- `mostly`: see the parameters.\n" } else { "" };
    format!("{}\n\n## Keys of every expectation\n{mostly}{COMMON_KEYS}", manual.trim_end())
}

fn page(title: &str, text: &str, style: Style) -> String {
    format!("{}\n\n{}", manual::strong(title, style), manual::lay_out(text, style))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(name: &str) -> String {
        describe(name, Style::default()).unwrap_or_else(|advice| panic!("{name}: {advice:?}"))
    }

    #[test]
    fn a_name_is_found_with_and_without_its_prefix() {
        for name in ["expect_column_values_to_be_between", "column_values_to_be_between", "Column_Values_To_Be_Between"]
        {
            assert!(described(name).starts_with("expect_column_values_to_be_between\n\nExpects"));
        }
    }

    #[test]
    fn a_part_of_names_lists_them() {
        let listed = described("null");
        assert!(listed.starts_with("Values of a column\n  expect_column_values_to_not_be_null\n"), "{listed}");
        assert!(listed.contains("\n\nAggregates of a column\n"), "{listed}");
        assert!(described("not_null").contains("expect_column_values_to_not_be_null"));
    }

    #[test]
    fn an_unknown_name_is_answered_with_a_similar_one() {
        for name in ["expect_column_values_to_be_betwen", "column_value_to_be_betwen"] {
            let advice = describe(name, Style::default()).expect_err("it is misspelt");
            assert_eq!(advice.help, "a similar name exists: `expect_column_values_to_be_between`");
        }
        let advice = describe("qqq", Style::default()).expect_err("it is nothing");
        assert!(advice.help.contains("lists all"));
    }

    #[test]
    fn every_manual_ends_with_what_every_expectation_takes() {
        let manual = described("expect_column_values_to_be_unique");
        let keys = manual.split("Keys of every expectation").nth(1).unwrap_or_default();
        for key in ["mostly", "severity", "row_condition", "condition_parser", "result_format", "meta", "notes"] {
            assert!(keys.contains(&format!("`{key}`")), "{key}: {manual}");
        }
        assert!(!described("expect_column_to_exist").contains("`mostly`"));
        assert!(described("row_condition").starts_with("row_condition\n\nJudges some rows only"));
    }
}
