//! A manual page for the terminal, from the little Markdown that doc comments use: paragraphs, headings, lists, code.

use annotate_snippets::renderer::Effects;

use crate::report::snippet::Style;
use crate::words::plain;

/// Lays out a page: headings stand out, paragraphs and list items fill the width, code stays as it is.
pub fn lay_out(markdown: &str, style: Style) -> String {
    let mut page = String::new();
    let mut block = String::new();
    let mut in_code = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            flush(&mut page, &mut block, style);
            in_code = !in_code;
            continue;
        }
        if in_code {
            page.push_str(format!("    {line}").trim_end());
            page.push('\n');
            continue;
        }
        if let Some(heading) = line.strip_prefix("## ") {
            flush(&mut page, &mut block, style);
            page.push_str(&strong(heading, style));
            page.push('\n');
            continue;
        }
        if line.is_empty() || line.starts_with("- ") {
            flush(&mut page, &mut block, style);
        }
        if line.is_empty() && !page.is_empty() && !page.ends_with("\n\n") {
            page.push('\n');
            continue;
        }
        if !block.is_empty() {
            block.push(' ');
        }
        block.push_str(line.trim());
    }
    flush(&mut page, &mut block, style);
    page
}

/// Returns a text that stands out, where colors may be used.
pub fn strong(text: &str, style: Style) -> String {
    if !style.color {
        return text.to_owned();
    }
    let paint = annotate_snippets::renderer::Style::new().effects(Effects::BOLD);
    format!("{paint}{text}{paint:#}")
}

/// Ends a paragraph or list item.
fn flush(page: &mut String, block: &mut String, style: Style) {
    let block = std::mem::take(block);
    if block.is_empty() {
        return;
    }
    let hanging = if block.starts_with("- ") { "  " } else { "" };
    for (number, line) in plain::wrap(&block, style.width.saturating_sub(hanging.len())).iter().enumerate() {
        page.push_str(if number == 0 { "" } else { hanging });
        page.push_str(line);
        page.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_fills_the_width() {
        let markdown = "Expects every value\nto lie between.\n\n## Parameters\n- `min_value`: inclusive, in the\n  column's type.\n- `mostly`: a fraction.\n\n## Example\n```yaml\n- expect_a: {column: a}\n```";
        insta::assert_snapshot!(lay_out(markdown, Style { width: 40, ..Style::default() }), @r"
        Expects every value to lie between.

        Parameters
        - `min_value`: inclusive, in the
          column's type.
        - `mostly`: a fraction.

        Example
            - expect_a: {column: a}
        ");
    }
}
