//! `weir expectations`: the catalog, and the manual of one expectation.

use clap::Args;

use super::render::Advice;
use super::terminal::{self, Terminal};
use super::{Outcome, manual};
use crate::diagnostic::closest;
use crate::expectation::catalog::{self, CATALOG, Entry};
use crate::report::snippet::Style;
use crate::words::plain;

/// List the expectations, or print the manual of one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  weir expectations
  weir expectations expect_column_values_to_be_between")]
pub struct Arguments {
    /// An expectation; `expect_` may be left out
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Prints the list or the manual.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let style = terminal.output_style();
    let text = match &arguments.name {
        Some(name) => manual(find(name)?, style),
        None => CATALOG.iter().map(|entry| line(entry, style)).collect(),
    };
    terminal::print(&text)?;
    Ok(Outcome::Met)
}

fn find(name: &str) -> Result<&'static Entry, Advice> {
    let name = name.trim().to_lowercase();
    if let Some(entry) = catalog::find(&name).or_else(|| catalog::find(&format!("expect_{name}"))) {
        return Ok(entry);
    }
    let whole_name = format!("expect_{}", name.trim_start_matches("expect_"));
    let help = match closest(&whole_name, CATALOG.iter().map(|entry| entry.name)) {
        Some(similar) => format!("a similar name exists: `{similar}`"),
        None => "`weir expectations` lists all of them".to_owned(),
    };
    Err(Advice { message: format!("no expectation is named {}", plain::name(&name)), help })
}

fn line(entry: &Entry, style: Style) -> String {
    let summary = plain::wrap(&entry.summary(), style.width.saturating_sub(4)).join("\n    ");
    format!("{}\n    {summary}\n", manual::strong(entry.name, style))
}

fn manual(entry: &Entry, style: Style) -> String {
    format!("{}\n\n{}", manual::strong(entry.name, style), manual::lay_out(&entry.manual(), style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_with_and_without_its_prefix() {
        for name in ["expect_column_values_to_be_between", "column_values_to_be_between", "Column_Values_To_Be_Between"]
        {
            assert_eq!(find(name).expect("it is there").name, "expect_column_values_to_be_between");
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_a_similar_one() {
        for name in ["expect_column_values_to_be_betwen", "column_value_to_be_betwen"] {
            let advice = find(name).expect_err("it is misspelt");
            assert_eq!(advice.help, "a similar name exists: `expect_column_values_to_be_between`");
        }
        assert!(find("qqq").expect_err("it is nothing").help.contains("lists all"));
    }
}
