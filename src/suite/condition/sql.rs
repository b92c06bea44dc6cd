//! SQL that the grammar does not know: functions, arithmetic, CASE, casts. It is checked here and evaluated as SQL.

use std::borrow::Cow;

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token as SqlToken;

use super::ConditionError;
use super::dialect::Dialect;
use super::grammar::Refusal;
use super::token::{Token, TokenKind, tokenize};
use crate::column::sql;
use crate::diagnostic::Span;

/// How many operators, names and brackets a text may have. Chains of operators become trees as deep as they are long,
/// and all that works on trees needs stack in proportion.
const MAX_PARTS: usize = 1_000;

/// How deep calls, brackets after names and `case` may be nested. The SQL parser tries some of them in two or three
/// ways, each within the other, so that its time doubles with every level.
const MAX_CALL_DEPTH: usize = 10;

/// How deep SQL may be nested; the evaluation has the same limit.
const MAX_SQL_DEPTH: usize = 50;

/// Makes row-wise SQL of a text that the grammar refused.
///
/// Text in Spark's quotes is rewritten to standard ones.
pub(super) fn as_sql(text: &str, dialect: Dialect, refusal: Refusal) -> Result<String, Refusal> {
    let tokens = tokenize(text, dialect);
    if parts(&tokens) > MAX_PARTS {
        let message = format!("the condition needs SQL here, and has more than {MAX_PARTS} parts");
        return Err(Refusal::wrong(message, refusal.error.span));
    }
    if call_depth(&tokens, text) > MAX_CALL_DEPTH {
        let message = format!("the condition nests more than {MAX_CALL_DEPTH} calls");
        return Err(Refusal::wrong(message, refusal.error.span));
    }
    let standard = if dialect == Dialect::Spark { with_standard_quotes(text, &tokens) } else { Cow::Borrowed(text) };
    let has_moved = *standard != *text;
    let found = match check(&standard) {
        Ok(()) => return Ok(standard.into_owned()),
        Err(found) => found,
    };
    let found = if found.is_final && has_moved {
        Refusal { error: ConditionError { span: Span::new(0, text.len()), ..found.error }, is_final: true }
    } else if found.is_final || (!has_moved && found.error.span.start >= refusal.error.span.end) {
        found
    } else {
        // this grammar got further, and knows better what is wrong
        refusal
    };
    let has_list_path = tokens.windows(2).any(|pair| pair[0].is_symbol("[") && pair[1].is_symbol("]"));
    Err(if has_list_path && found.error.help.is_none() {
        found.with_help("paths with `[]` stand in plain comparisons only, not beside functions and arithmetic")
    } else {
        found
    })
}

/// Tells whether a text has few enough parts and calls for the SQL parser.
pub(super) fn is_quickly_parsed(text: &str) -> bool {
    let tokens = tokenize(text, Dialect::Sql);
    parts(&tokens) <= MAX_PARTS && call_depth(&tokens, text) <= MAX_CALL_DEPTH
}

/// Counts what can become an operator or operand of its own; the members of lists are left out.
fn parts(tokens: &[Token]) -> usize {
    let counts = |token: &&Token| match token.kind {
        TokenKind::Word | TokenKind::Name(_) | TokenKind::Broken { .. } => true,
        TokenKind::Symbol(symbol) => symbol != ",",
        TokenKind::Text(_) | TokenKind::Number(_) | TokenKind::End => false,
    };
    tokens.iter().filter(counts).count()
}

/// Returns how deep calls are nested at most. What has no closing sign, such as `interval`, counts to the end.
fn call_depth(tokens: &[Token], text: &str) -> usize {
    let mut brackets = Vec::new();
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut before: Option<&Token> = None;
    for token in tokens {
        match token.kind {
            TokenKind::Symbol("(" | "[" | "{") => {
                let is_call = before.is_some_and(|before| before.ends_operand(text)) || !token.is_symbol("(");
                brackets.push(is_call);
                depth += usize::from(is_call);
            }
            TokenKind::Symbol(")" | "]" | "}") => {
                depth = depth.saturating_sub(usize::from(brackets.pop().unwrap_or_default()));
            }
            TokenKind::Word if token.is_word("case", text) || token.is_word("interval", text) => depth += 1,
            TokenKind::Word if token.is_word("end", text) => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
        before = Some(token);
    }
    deepest
}

fn with_standard_quotes<'a>(text: &'a str, tokens: &[Token]) -> Cow<'a, str> {
    let mut rewritten = String::with_capacity(text.len());
    let mut at = 0;
    for token in tokens {
        if let TokenKind::Text(content) = &token.kind {
            rewritten += &text[at..token.span.start];
            rewritten.extend(["'", &content.replace('\'', "''"), "'"]);
            at = token.span.end;
        }
    }
    rewritten += &text[at..];
    Cow::Owned(rewritten)
}

/// Checks that a text is one SQL expression about a row.
fn check(text: &str) -> Result<(), Refusal> {
    let dialect = GenericDialect {};
    let parser = Parser::new(&dialect).with_recursion_limit(MAX_SQL_DEPTH).try_with_sql(text);
    let mut parser = parser.map_err(|error| refusal(&error, text))?;
    let expression = parser.parse_expr().map_err(|error| refusal(&error, text))?;
    if parser.peek_token_ref().token != SqlToken::EOF {
        let error = parser.expected_ref::<()>("the end", parser.peek_token_ref()).err();
        return Err(refusal(&error.unwrap_or(ParserError::RecursionLimitExceeded), text));
    }
    match sql::objection(&expression) {
        None => Ok(()),
        Some(objection) => {
            let message = format!("the condition cannot be asked of a row: {objection}");
            Err(Refusal::wrong(message, Span::new(0, text.len())))
        }
    }
}

/// Says what the SQL parser found, and where.
fn refusal(error: &ParserError, text: &str) -> Refusal {
    let whole = Span::new(0, text.len());
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.as_str(),
        ParserError::RecursionLimitExceeded => {
            return Refusal::wrong(format!("the condition is nested more than {MAX_SQL_DEPTH} levels deep"), whole);
        }
    };
    let (message, place) = message.rsplit_once(" at Line: ").unwrap_or((message, ""));
    let span = place.split_once(", Column: ").and_then(|(line, column)| {
        let start = offset(text, line.parse().ok()?, column.parse().ok()?)?;
        // up to the end of the word or sign
        let rest = &text[start..];
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
        Some(Span::new(start, start + length))
    });
    // the end has no line and column
    let span = if message.ends_with("found: EOF") { Some(Span::new(text.len(), text.len())) } else { span };
    let message = match message.strip_prefix("Expected: ").and_then(|rest| rest.rsplit_once(", found: ")) {
        Some((expected, found)) => {
            let is_sign = !expected.contains(char::is_alphabetic);
            let expected = if is_sign { format!("`{expected}`") } else { expected.to_owned() };
            match found {
                "EOF" => format!("the condition ends where {expected} was expected"),
                _ => format!("found `{found}` where {expected} was expected"),
            }
        }
        None => format!("the condition is not valid SQL: {}", lowercased(message)),
    };
    Refusal::unknown(message, span.unwrap_or(whole))
}

fn lowercased(message: &str) -> String {
    let mut characters = message.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

/// Returns the byte at a line and column, both counted from 1.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let rest = text.get(start..)?;
    let within = rest.char_indices().nth(column.checked_sub(1)?).map_or(rest.len(), |(at, _)| at);
    Some(start + within)
}
