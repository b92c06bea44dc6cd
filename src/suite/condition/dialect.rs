//! The languages that conditions come in, and how to tell them apart.

use super::token::{Token, TokenKind, tokenize};

/// A language of conditions. The grammar is one; a dialect says how quotes are read and what a null answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Standard SQL: double quotes hold names, backslashes are ordinary, a comparison with null is null.
    Sql,
    /// Spark's SQL: double quotes hold texts, and backslashes escape.
    Spark,
    /// pandas' `DataFrame.query` and Great Expectations' `col("x")`: double quotes hold texts, a comparison with null
    /// is false, and so its opposite is true.
    Python,
}

/// The values of `condition_parser`.
pub(super) const PARSERS: [&str; 4] = ["pandas", "spark", "great_expectations", "great_expectations__experimental__"];

impl Dialect {
    /// Returns the dialect that a `condition_parser` stands for; `None` for an unknown one.
    pub(super) fn of_parser(name: &str) -> Option<Self> {
        match name {
            "pandas" | "great_expectations" | "great_expectations__experimental__" => Some(Self::Python),
            "spark" => Some(Self::Spark),
            _ => None,
        }
    }

    /// Returns the dialect that a text without `condition_parser` is most likely written in.
    ///
    /// `==`, a prefix `~`, `@`, method calls, `col(` and lists in brackets make it Python. So do `&` and `|`, which SQL
    /// has for bits, unless `=` or `<>` speak for SQL.
    pub(super) fn of_text(text: &str) -> Self {
        let tokens = tokenize(text, Self::Sql);
        let speaks_sql = tokens.iter().any(|token| token.is_symbol("=") || token.is_symbol("<>"));
        let is_python = (0..tokens.len()).any(|at| {
            is_python(&tokens, at, text) || (!speaks_sql && (tokens[at].is_symbol("&") || tokens[at].is_symbol("|")))
        });
        if is_python { Self::Python } else { Self::Sql }
    }

    /// Tells whether this is SQL of any kind.
    pub(super) fn is_sql(self) -> bool {
        self != Self::Python
    }
}

/// Tells whether a token, where it stands, is no SQL.
fn is_python(tokens: &[Token], at: usize, text: &str) -> bool {
    let token = &tokens[at];
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let opens_call = tokens.get(at + 1).is_some_and(|next| next.is_symbol("("));
    match &token.kind {
        TokenKind::Symbol("==" | "@") => true,
        TokenKind::Symbol("~") => before.is_none_or(|before| !before.ends_operand(text)),
        TokenKind::Symbol("[") => before.is_none_or(|before| !before.ends_operand(text)),
        TokenKind::Word => {
            opens_call && (before.is_some_and(|before| before.is_symbol(".")) || token.text(text) == "col")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_is_told_by_what_sql_does_not_have() {
        for text in [
            "x == 1",
            "x > 1 & y < 2",
            "x!=1 & w!=6",
            "g.isnull()",
            "~flag",
            "x > 1 and ~(y < 2)",
            "col(\"x\") > 5",
            "status in [\"A\"]",
            "status not in ['A']",
            "x > @limit",
            "name == 'it\\'s'",
        ] {
            assert_eq!(Dialect::of_text(text), Dialect::Python, "{text}");
        }
    }

    #[test]
    fn everything_else_is_sql() {
        for text in [
            "x = 1",
            "x <> 1",
            "flags & 4 = 4",
            "items[].price > 5",
            "tags[1] = 'a'",
            "name ~ '^A'",
            "name = 'a == b'",
            "a || b = 'ab'",
            "length(name) > 3",
            "x != 1",
            "",
        ] {
            assert_eq!(Dialect::of_text(text), Dialect::Sql, "{text}");
        }
    }
}
