//! Conditions as tokens.
//!
//! Nothing fails here: what is no token becomes [`TokenKind::Broken`], and the grammar complains when it gets there.

use super::dialect::Dialect;
use crate::column::Literal;
use crate::diagnostic::Span;

/// A piece of a condition with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A bare word: a name or a keyword.
    Word,
    /// A name in quotes, without them.
    Name(String),
    /// A text in quotes, without them.
    Text(String),
    /// A number without sign.
    Number(Literal),
    /// An operator, bracket or separator.
    Symbol(&'static str),
    /// Something that has no meaning in a condition.
    Broken {
        /// What is wrong with it.
        message: String,
        /// What to do about it.
        help: Option<&'static str>,
    },
    /// The end of the condition.
    End,
}

/// Every symbol, longer ones before those that they begin with.
const SYMBOLS: [&str; 36] = [
    "<=>", "==", "!=", "<>", "<=", ">=", "&&", "||", "::", "->", "**", "//", "<", ">", "=", "&", "|", "~", "!", "+",
    "-", "*", "/", "%", "^", "@", "(", ")", "[", "]", "{", "}", ",", ".", ":", ";",
];

impl Token {
    /// Returns the token as it is written.
    pub(super) fn text<'a>(&self, condition: &'a str) -> &'a str {
        condition.get(self.span.start..self.span.end).unwrap_or_default()
    }

    /// Tells whether this is the symbol.
    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.kind, TokenKind::Symbol(found) if found == symbol)
    }

    /// Tells whether this is the keyword, in any case.
    pub(super) fn is_word(&self, word: &str, condition: &str) -> bool {
        self.kind == TokenKind::Word && self.text(condition).eq_ignore_ascii_case(word)
    }

    /// Tells whether a name or value can end here, so that an operator follows.
    pub(super) fn ends_operand(&self, condition: &str) -> bool {
        match &self.kind {
            TokenKind::Word => !["and", "or", "not", "in"].iter().any(|word| self.is_word(word, condition)),
            TokenKind::Name(_) | TokenKind::Text(_) | TokenKind::Number(_) => true,
            TokenKind::Symbol(symbol) => matches!(*symbol, ")" | "]"),
            TokenKind::Broken { .. } | TokenKind::End => false,
        }
    }
}

/// Cuts a condition into tokens; the last is [`TokenKind::End`].
pub(super) fn tokenize(text: &str, dialect: Dialect) -> Vec<Token> {
    let mut tokenizer = Tokenizer { text, at: 0, dialect };
    let mut tokens = Vec::new();
    loop {
        tokenizer.skip_blank();
        let start = tokenizer.at;
        let kind = tokenizer.next_kind();
        let is_last = kind == TokenKind::End;
        tokens.push(Token { kind, span: Span::new(start, tokenizer.at) });
        if is_last {
            return tokens;
        }
    }
}

struct Tokenizer<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
}

impl<'a> Tokenizer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes what fits, and returns it.
    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Skips white space and, in SQL, comments.
    fn skip_blank(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            let rest = self.rest();
            if self.dialect.is_sql() && rest.starts_with("--") {
                self.take_while(|c| c != '\n');
            } else if self.dialect.is_sql() && rest.starts_with("/*") {
                self.at = rest.find("*/").map_or(self.text.len(), |end| self.at + end + 2);
            } else {
                return;
            }
        }
    }

    fn next_kind(&mut self) -> TokenKind {
        let rest = self.rest();
        let mut characters = rest.chars();
        let Some(first) = characters.next() else { return TokenKind::End };
        let second = characters.next();
        match first {
            '\'' => self.quoted(first, true, self.dialect != Dialect::Sql),
            '"' => self.quoted(first, self.dialect != Dialect::Sql, self.dialect != Dialect::Sql),
            '`' => self.quoted(first, false, false),
            'r' | 'R' if self.dialect == Dialect::Python && matches!(second, Some('\'' | '"')) => {
                self.at += 1;
                self.quoted(second.unwrap_or('"'), true, false)
            }
            '0'..='9' => self.number(),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(),
            _ if starts_word(first) => {
                self.take_while(continues_word);
                TokenKind::Word
            }
            _ => self.symbol(first),
        }
    }

    fn symbol(&mut self, first: char) -> TokenKind {
        let rest = self.rest();
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            self.at += symbol.len();
            return TokenKind::Symbol(symbol);
        }
        self.at += first.len_utf8();
        let help = match first {
            '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => Some("write straight quotes: `'` or `\"`"),
            '≤' => Some("write `<=`"),
            '≥' => Some("write `>=`"),
            '≠' => Some("write `<>` or `!=`"),
            _ => None,
        };
        TokenKind::Broken { message: format!("`{}` has no meaning in a condition", first.escape_debug()), help }
    }

    /// Takes a text or name in quotes. A doubled quote is one quote.
    fn quoted(&mut self, quote: char, is_text: bool, has_escapes: bool) -> TokenKind {
        let start = self.at;
        self.at += quote.len_utf8();
        let mut content = String::new();
        loop {
            content += self.take_while(|c| c != quote && !(has_escapes && c == '\\'));
            let mut characters = self.rest().chars();
            match (characters.next(), characters.next()) {
                (None, _) => {
                    // the rest of the condition is not the fault: the quote that opens is
                    self.at = self.text.len();
                    let what = if is_text { "text" } else { "name" };
                    let shown = shortened(&self.text[start..]);
                    return TokenKind::Broken {
                        message: format!("the {what} `{shown}` has no closing quote"),
                        help: None,
                    };
                }
                (Some(c), Some(next)) if c == quote && next == quote => {
                    content.push(quote);
                    self.at += 2 * quote.len_utf8();
                }
                (Some(c), _) if c == quote => {
                    self.at += quote.len_utf8();
                    return if is_text { TokenKind::Text(content) } else { TokenKind::Name(content) };
                }
                _ => self.escape(&mut content),
            }
        }
    }

    /// Takes a backslash and what it escapes.
    fn escape(&mut self, content: &mut String) {
        self.at += 1;
        let Some(escaped) = self.rest().chars().next() else { return };
        self.at += escaped.len_utf8();
        match escaped {
            'n' => content.push('\n'),
            't' => content.push('\t'),
            'r' => content.push('\r'),
            '\\' | '\'' | '"' => content.push(escaped),
            'x' | 'u' | 'U' => {
                let length = match escaped {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits = self.rest().get(..length).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
                let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
                if let Some(character) = code {
                    self.at += length;
                    content.push(character);
                } else {
                    content.extend(['\\', escaped]);
                }
            }
            // Spark drops the backslash of an escape it does not know, but for LIKE's own; Python keeps it
            other if self.dialect == Dialect::Spark && !matches!(other, '%' | '_') => content.push(other),
            other => content.extend(['\\', other]),
        }
    }

    fn number(&mut self) -> TokenKind {
        let start = self.at;
        let has_underscores = self.dialect == Dialect::Python;
        let is_digit = |c: char| c.is_ascii_digit() || (has_underscores && c == '_');
        self.take_while(is_digit);
        let mut is_whole = true;
        if self.rest().starts_with('.') {
            is_whole = false;
            self.at += 1;
            self.take_while(is_digit);
        }
        let rest = self.rest();
        if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.starts_with(|c: char| c.is_ascii_digit()) {
                is_whole = false;
                self.at += rest.len() - digits.len();
                self.take_while(is_digit);
            }
        }
        if self.rest().starts_with(continues_word) {
            self.take_while(continues_word);
            let message = format!("`{}` is neither a number nor a name", shortened(&self.text[start..self.at]));
            let help = if self.dialect == Dialect::Sql {
                "a name that starts with a digit stands in double quotes"
            } else {
                "a name that starts with a digit stands in backticks"
            };
            return TokenKind::Broken { message, help: Some(help) };
        }
        let digits = self.text[start..self.at].replace('_', "");
        let whole = if is_whole { digits.parse().ok().map(Literal::Int) } else { None };
        match whole.or_else(|| digits.parse().ok().map(Literal::Float)) {
            Some(literal) => TokenKind::Number(literal),
            None => TokenKind::Broken { message: format!("`{}` is not a number", shortened(&digits)), help: None },
        }
    }
}

fn starts_word(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn continues_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// Cuts a long text for a message.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= LONGEST && line.len() == text.len() {
        return text.to_owned();
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, dialect: Dialect) -> Vec<TokenKind> {
        let mut tokens: Vec<_> = tokenize(text, dialect).into_iter().map(|token| token.kind).collect();
        assert_eq!(tokens.pop(), Some(TokenKind::End));
        tokens
    }

    #[test]
    fn numbers_are_whole_where_they_can_be() {
        assert_eq!(
            kinds("1 1.0 .5 2. 1e3 1E-2", Dialect::Sql),
            [
                TokenKind::Number(Literal::Int(1)),
                TokenKind::Number(Literal::Float(1.0)),
                TokenKind::Number(Literal::Float(0.5)),
                TokenKind::Number(Literal::Float(2.0)),
                TokenKind::Number(Literal::Float(1000.0)),
                TokenKind::Number(Literal::Float(0.01)),
            ]
        );
        assert_eq!(kinds("1_000", Dialect::Python), [TokenKind::Number(Literal::Int(1000))]);
        let beyond = "9".repeat(50);
        assert_eq!(kinds(&beyond, Dialect::Sql), [TokenKind::Number(Literal::Float(1e50))]);
    }

    #[test]
    fn a_doubled_quote_is_a_quote() {
        assert_eq!(kinds("'it''s'", Dialect::Sql), [TokenKind::Text("it's".to_owned())]);
        assert_eq!(kinds("\"a\"\"b\"", Dialect::Sql), [TokenKind::Name("a\"b".to_owned())]);
        assert_eq!(kinds("`a``b`", Dialect::Python), [TokenKind::Name("a`b".to_owned())]);
    }

    #[test]
    fn backslashes_escape_in_python_and_spark_only() {
        assert_eq!(kinds(r"'\'", Dialect::Sql), [TokenKind::Text("\\".to_owned())]);
        assert_eq!(kinds(r"'it\'s\n\d'", Dialect::Python), [TokenKind::Text("it's\n\\d".to_owned())]);
        assert_eq!(kinds(r"'\d\%\\d'", Dialect::Spark), [TokenKind::Text("d\\%\\d".to_owned())]);
        assert_eq!(kinds(r"'\x41\u00e9\uD800'", Dialect::Python), [TokenKind::Text("Aé\\uD800".to_owned())]);
        assert_eq!(kinds(r#"r"\d\n""#, Dialect::Python), [TokenKind::Text("\\d\\n".to_owned())]);
    }

    #[test]
    fn comments_are_blank_in_sql() {
        assert_eq!(kinds("a -- b\n/* c */ d /* e", Dialect::Sql), [TokenKind::Word, TokenKind::Word]);
        assert_eq!(kinds("1--2", Dialect::Python).len(), 4);
    }

    #[test]
    fn what_is_no_token_is_broken() {
        for text in ["'a", "\"a", "`a", "2nd", "\u{201c}a", "#", "\0"] {
            assert!(matches!(kinds(text, Dialect::Sql)[0], TokenKind::Broken { .. }), "{text}");
        }
    }
}
