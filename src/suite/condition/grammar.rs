//! One grammar for all dialects: a Pratt parser from tokens to a predicate.
//!
//! What it gives is the condition in plain three-valued logic; `nulls` turns it into pandas' logic. Calls of functions
//! and methods are in `call`, comparisons and their kind in `relation`.

use super::dialect::Dialect;
use super::relation::join;
use super::token::{Token, TokenKind, shortened, tokenize};
use super::{ConditionError, MAX_DEPTH};
use crate::column::{Comparison, Literal, Predicate, Test};
use crate::diagnostic::Span;

/// How tightly operators bind; a higher number binds tighter.
pub(super) mod power {
    /// `or`, and `|` in Python.
    pub(in crate::suite::condition) const OR: u8 = 1;
    /// `and`, and `&` in Python.
    pub(in crate::suite::condition) const AND: u8 = 2;
    /// `not`.
    pub(in crate::suite::condition) const NOT: u8 = 3;
    /// `=`, `in`, `is`, `like`, `between` and their kind.
    pub(in crate::suite::condition) const COMPARISON: u8 = 4;
    /// What they stand between.
    pub(in crate::suite::condition) const OPERAND: u8 = 5;
}

/// What pandas' `dt` gives of a time.
const PARTS_OF_TIMES: [&str; 10] =
    ["date", "year", "month", "day", "hour", "minute", "second", "dayofweek", "weekday", "quarter"];

/// Why a text is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What to say about it.
    pub error: ConditionError,
    /// Whether it is wrong whatever else could be made of the text. Otherwise it may be SQL beyond this grammar.
    pub is_final: bool,
}

impl Refusal {
    /// Refuses something that may be SQL beyond this grammar.
    pub(super) fn unknown(message: impl Into<String>, span: Span) -> Self {
        Self { error: ConditionError { message: message.into(), span, help: None }, is_final: false }
    }

    /// Refuses something that is wrong in any language.
    pub(super) fn wrong(message: impl Into<String>, span: Span) -> Self {
        Self { is_final: true, ..Self::unknown(message, span) }
    }

    /// Adds what to do about it.
    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.error.help = Some(help.into());
        self
    }
}

/// A part of a condition with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    /// What it is.
    pub item: Item,
    /// Where it stands.
    pub span: Span,
}

/// What a part of a condition is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// A column.
    Column(String),
    /// A value.
    Value(Literal),
    /// Several values.
    List(Vec<Literal>),
    /// Something that is true or false.
    Condition(Predicate),
}

/// Parses a whole condition.
pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Predicate, Refusal> {
    let mut parser = Parser { text, tokens: tokenize(text, dialect), at: 0, depth: 0, dialect };
    if parser.peek().kind == TokenKind::End {
        let refusal = Refusal::wrong("the condition is empty", Span::new(0, text.len()));
        return Err(refusal.with_help("write something like `status = 'paid'`, or leave it out"));
    }
    let whole = parser.expression(power::OR)?;
    if parser.peek().kind != TokenKind::End {
        return Err(parser.unexpected("`and`, `or` or the end"));
    }
    parser.condition(whole)
}

/// The tokens and how far they are read.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    pub(super) dialect: Dialect,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    /// Returns the token so many places ahead.
    pub(super) fn peek_at(&self, ahead: usize) -> &Token {
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    /// Goes past a token, and returns its place.
    pub(super) fn advance(&mut self) -> Span {
        let span = self.peek().span;
        self.at += 1;
        span
    }

    /// Goes past a symbol where it is the next.
    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let is_next = self.peek().is_symbol(symbol);
        self.at += usize::from(is_next);
        is_next
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let is_next = self.peek().is_word(word, self.text);
        self.at += usize::from(is_next);
        is_next
    }

    /// Goes past a symbol that has to be the next, and returns its place.
    pub(super) fn expect_symbol(&mut self, symbol: &str) -> Result<Span, Refusal> {
        if self.peek().is_symbol(symbol) {
            return Ok(self.advance());
        }
        Err(self.unexpected(&format!("`{symbol}`")))
    }

    /// The place of all that was read since a token.
    pub(super) fn span_since(&self, start: Span) -> Span {
        self.at.checked_sub(1).map_or(start, |last| start.cover(self.tokens[last.min(self.tokens.len() - 1)].span))
    }

    /// Refuses the next token.
    pub(super) fn unexpected(&self, expected: &str) -> Refusal {
        let token = self.peek();
        let shown = shortened(token.text(self.text));
        match &token.kind {
            TokenKind::End => Refusal::unknown(format!("the condition ends where {expected} was expected"), token.span),
            TokenKind::Broken { message, help } => {
                let refusal = Refusal::unknown(message.clone(), token.span);
                if let Some(help) = help { refusal.with_help(*help) } else { refusal }
            }
            TokenKind::Symbol("=") if !self.dialect.is_sql() => {
                Refusal::wrong("`=` compares in SQL only, and this condition reads as Python", token.span)
                    .with_help("write `==`, or write the whole condition in SQL")
            }
            TokenKind::Symbol("@") if !self.dialect.is_sql() => Refusal::wrong(
                format!("`@{}` is a variable of a Python program, which is not there", self.peek_at(1).text(self.text)),
                self.span_of_two(),
            )
            .with_help("write its value"),
            TokenKind::Symbol("+" | "-" | "*" | "/" | "//" | "%" | "**" | "^") if !self.dialect.is_sql() => {
                Refusal::wrong(format!("arithmetic (`{shown}`) is not understood in a Python condition"), token.span)
                    .with_help("write the condition in SQL")
            }
            TokenKind::Symbol("!") if !self.dialect.is_sql() => {
                Refusal::wrong("`!` does not negate in Python", token.span).with_help("write `not` or `~`")
            }
            TokenKind::Symbol("&&") => {
                Refusal::unknown("`&&` is not an operator of conditions", token.span).with_help("write `and`")
            }
            TokenKind::Symbol("||") if !self.dialect.is_sql() => {
                Refusal::unknown("`||` is not an operator of conditions", token.span).with_help("write `or`")
            }
            TokenKind::Symbol(")") => Refusal::unknown(format!("found `)` where {expected} was expected"), token.span)
                .with_help("is there a `(` for this `)`?"),
            _ => Refusal::unknown(format!("found `{shown}` where {expected} was expected"), token.span),
        }
    }

    fn span_of_two(&self) -> Span {
        self.peek().span.cover(self.peek_at(1).span)
    }

    /// Parses as far as operators bind at least this tightly.
    pub(super) fn expression(&mut self, minimum: u8) -> Result<Piece, Refusal> {
        if self.depth >= MAX_DEPTH {
            let message = format!("the condition is nested more than {MAX_DEPTH} levels deep");
            return Err(Refusal::wrong(message, self.peek().span));
        }
        self.depth += 1;
        let piece = self.operators(minimum);
        self.depth -= 1;
        piece
    }

    fn operators(&mut self, minimum: u8) -> Result<Piece, Refusal> {
        let mut left = self.prefix()?;
        while let Some(infix) = self.infix().filter(|infix| infix.power() >= minimum) {
            left = self.applied(left, infix)?;
        }
        Ok(left)
    }

    /// Parses an operator and its right side.
    fn applied(&mut self, left: Piece, infix: Infix) -> Result<Piece, Refusal> {
        let operator = self.advance();
        if infix.is_negated() {
            self.advance();
        }
        match infix {
            Infix::Or => self.joined(left, power::AND, false),
            Infix::And => self.joined(left, power::NOT, true),
            Infix::Compare(comparison) => self.comparison(&left, comparison),
            Infix::Is => self.is(&left, operator),
            Infix::In { negated } => self.relation(&left, negated, Self::membership),
            Infix::Between { negated } => self.relation(&left, negated, Self::between),
            Infix::Like { negated } => self.relation(&left, negated, Self::like),
            Infix::Regex { negated } => self.relation(&left, negated, Self::regex),
        }
    }

    /// Returns the operator that follows, where one does.
    pub(super) fn infix(&self) -> Option<Infix> {
        let next = self.peek();
        let is_python = self.dialect == Dialect::Python;
        match next.kind {
            TokenKind::Symbol("|") if is_python => return Some(Infix::Or),
            TokenKind::Symbol("&") if is_python => return Some(Infix::And),
            TokenKind::Symbol(symbol) => return self.comparison_operator(symbol).map(Infix::Compare),
            TokenKind::Word => {}
            _ => return None,
        }
        let word = next.text(self.text).to_ascii_lowercase();
        match word.as_str() {
            "or" => return Some(Infix::Or),
            "and" => return Some(Infix::And),
            "is" => return Some(Infix::Is),
            _ => {}
        }
        let negated = word == "not";
        let word = if negated { self.peek_at(1).text(self.text).to_ascii_lowercase() } else { word };
        match word.as_str() {
            "in" => Some(Infix::In { negated }),
            "between" => Some(Infix::Between { negated }),
            "like" => Some(Infix::Like { negated }),
            "rlike" | "regexp" if !is_python => Some(Infix::Regex { negated }),
            _ => None,
        }
    }

    fn comparison_operator(&self, symbol: &str) -> Option<Comparison> {
        match symbol {
            "=" if self.dialect.is_sql() => Some(Comparison::Equal),
            "==" => Some(Comparison::Equal),
            "<>" | "!=" => Some(Comparison::NotEqual),
            "<" => Some(Comparison::Less),
            "<=" => Some(Comparison::LessOrEqual),
            ">" => Some(Comparison::Greater),
            ">=" => Some(Comparison::GreaterOrEqual),
            _ => None,
        }
    }

    /// Parses the right side of `and` or `or`.
    fn joined(&mut self, left: Piece, right: u8, by_and: bool) -> Result<Piece, Refusal> {
        let right = self.expression(right)?;
        let span = left.span.cover(right.span);
        let (left, right) = (self.condition(left)?, self.condition(right)?);
        Ok(Piece { item: Item::Condition(join(left, right, by_and)), span })
    }

    /// Parses what stands before any operator.
    fn prefix(&mut self) -> Result<Piece, Refusal> {
        let is_sql = self.dialect.is_sql();
        match self.peek().kind {
            TokenKind::Symbol("(") => self.parenthesized(),
            TokenKind::Symbol("[") if !is_sql => self.bracketed(),
            TokenKind::Symbol("~") if !is_sql => self.negation(power::OPERAND),
            TokenKind::Symbol("!") if is_sql => self.negation(power::NOT),
            TokenKind::Symbol("+" | "-") => self.signed(),
            TokenKind::Number(_) => self.number(false),
            TokenKind::Text(_) => self.text(),
            TokenKind::Name(_) => self.name(),
            TokenKind::Word => self.word(),
            _ => Err(self.unexpected("a column, a value or `(`")),
        }
    }

    fn bracketed(&mut self) -> Result<Piece, Refusal> {
        let start = self.advance();
        let values = self.values("]")?;
        Ok(Piece { item: Item::List(values), span: self.span_since(start) })
    }

    fn parenthesized(&mut self) -> Result<Piece, Refusal> {
        let start = self.advance();
        let inner = self.expression(power::OR)?;
        if !self.dialect.is_sql() && self.take_symbol(",") {
            let mut values = vec![self.value(inner)?];
            values.append(&mut self.values(")")?);
            return Ok(Piece { item: Item::List(values), span: self.span_since(start) });
        }
        self.expect_symbol(")")?;
        Ok(Piece { item: inner.item, span: self.span_since(start) })
    }

    fn negation(&mut self, operand: u8) -> Result<Piece, Refusal> {
        let start = self.advance();
        let inner = self.expression(operand)?;
        let span = start.cover(inner.span);
        Ok(Piece { item: Item::Condition(self.condition(inner)?.negated()), span })
    }

    /// Parses a number with its sign.
    fn signed(&mut self) -> Result<Piece, Refusal> {
        let is_negative = self.peek().is_symbol("-");
        if !matches!(self.peek_at(1).kind, TokenKind::Number(_)) {
            return Err(self.unexpected("a column, a value or `(`"));
        }
        let start = self.advance();
        let number = self.number(is_negative)?;
        Ok(Piece { span: start.cover(number.span), ..number })
    }

    fn number(&mut self, is_negative: bool) -> Result<Piece, Refusal> {
        let literal = match self.peek().kind {
            TokenKind::Number(Literal::Int(value)) => Literal::Int(if is_negative { -value } else { value }),
            TokenKind::Number(Literal::Float(value)) => Literal::Float(if is_negative { -value } else { value }),
            _ => return Err(self.unexpected("a number")),
        };
        Ok(Piece { item: Item::Value(literal), span: self.advance() })
    }

    fn text(&mut self) -> Result<Piece, Refusal> {
        let TokenKind::Text(text) = self.peek().kind.clone() else { return Err(self.unexpected("a text")) };
        let span = self.advance();
        if matches!(self.peek().kind, TokenKind::Text(_)) {
            let refusal = Refusal::unknown("two texts follow one another", span.cover(self.peek().span));
            return Err(refusal.with_help("put an operator between them, or double a quote that belongs to the text"));
        }
        Ok(Piece { item: Item::Value(Literal::Text(text)), span })
    }

    /// Parses what begins with a bare word.
    fn word(&mut self) -> Result<Piece, Refusal> {
        let token = self.peek();
        let word = token.text(self.text);
        let is_exact = self.dialect.is_sql() || word.bytes().all(|byte| byte.is_ascii_lowercase());
        let value = match word.to_ascii_lowercase().as_str() {
            "not" => return self.negation(power::NOT),
            // in Python, `IN` or `OR` may be a column
            "and" | "or" | "in" | "is" if is_exact => return Err(self.unexpected("a column, a value or `(`")),
            "like" | "between" if self.dialect.is_sql() => return Err(self.unexpected("a column, a value or `(`")),
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            "null" => Literal::Null,
            "none" if !self.dialect.is_sql() => Literal::Null,
            "date" | "timestamp" | "datetime" | "time" => {
                let TokenKind::Text(text) = self.peek_at(1).kind.clone() else { return self.name() };
                let start = self.advance();
                return Ok(Piece { item: Item::Value(Literal::Text(text)), span: start.cover(self.advance()) });
            }
            _ => return self.name(),
        };
        Ok(Piece { item: Item::Value(value), span: self.advance() })
    }

    /// Parses a name or path, and the calls that begin with one.
    fn name(&mut self) -> Result<Piece, Refusal> {
        let start = self.peek().span;
        let is_index = !self.dialect.is_sql() && self.peek().text(self.text) == "index";
        let mut segments = Vec::new();
        loop {
            segments.push(self.segment()?);
            let goes_on = matches!(self.peek_at(1).kind, TokenKind::Word | TokenKind::Name(_));
            if !(self.peek().is_symbol(".") && goes_on) {
                break;
            }
            self.advance();
        }
        if self.peek().is_symbol("(") {
            return self.call(segments, start);
        }
        if is_index && segments.len() == 1 {
            let refusal = Refusal::wrong("`index` is the row labels of pandas, which files do not have", start);
            return Err(refusal.with_help("a column with this name stands in backticks"));
        }
        let span = self.span_since(start);
        if let [_, .., accessor, part] = segments.as_slice()
            && !self.dialect.is_sql()
            && accessor == "dt"
            && PARTS_OF_TIMES.contains(&part.as_str())
        {
            let refusal = Refusal::wrong(format!("`.dt.{part}` is not understood here"), span);
            return Err(refusal.with_help(format!("write it in SQL: `extract({part} from …)`")));
        }
        Ok(Piece { item: Item::Column(segments.join(".")), span })
    }

    /// Takes one segment of a path with the `[]` that follow it.
    pub(super) fn segment(&mut self) -> Result<String, Refusal> {
        let mut segment = match &self.peek().kind {
            TokenKind::Word => self.peek().text(self.text).to_owned(),
            TokenKind::Name(name) => name.clone(),
            _ => return Err(self.unexpected("a name")),
        };
        self.advance();
        while self.peek().is_symbol("[") && self.peek_at(1).is_symbol("]") {
            self.advance();
            self.advance();
            segment += "[]";
        }
        Ok(segment)
    }

    /// Parses values up to a closing bracket, which is taken too.
    pub(super) fn values(&mut self, closing: &str) -> Result<Vec<Literal>, Refusal> {
        let mut values = Vec::new();
        while !self.take_symbol(closing) {
            let piece = self.expression(power::OPERAND)?;
            values.push(self.value(piece)?);
            if !self.peek().is_symbol(closing) && !self.take_symbol(",") {
                return Err(self.unexpected(&format!("`,` or `{closing}`")));
            }
        }
        Ok(values)
    }

    /// Takes a part as a member of a list.
    fn value(&self, piece: Piece) -> Result<Literal, Refusal> {
        match piece.item {
            Item::Value(Literal::Null) if self.dialect.is_sql() => {
                let refusal = Refusal::wrong("`null` in a list equals nothing", piece.span);
                Err(refusal.with_help("leave it out, and add `or … is null` where nulls are meant"))
            }
            Item::Value(literal) => Ok(literal),
            _ => Err(Refusal::unknown(format!("{} stands where a value was expected", self.named(&piece)), piece.span)),
        }
    }

    /// Takes a part as something that is true or false.
    pub(super) fn condition(&self, piece: Piece) -> Result<Predicate, Refusal> {
        match piece.item {
            Item::Condition(predicate) => Ok(predicate),
            Item::Column(column) => Ok(Predicate::value(column, Test::IsTrue)),
            Item::Value(Literal::Bool(answer)) => Ok(Predicate::Constant(answer)),
            _ => Err(Refusal::unknown(
                format!("{} stands where a condition was expected", self.named(&piece)),
                piece.span,
            )
            .with_help("compare it with something: `status = 'paid'`")),
        }
    }

    /// Takes a part as a column.
    pub(super) fn column(&self, piece: &Piece) -> Result<String, Refusal> {
        match &piece.item {
            Item::Column(column) => Ok(column.clone()),
            _ => Err(Refusal::unknown(format!("{} stands where a column was expected", self.named(piece)), piece.span)),
        }
    }

    /// Names a part in a message.
    pub(super) fn named(&self, piece: &Piece) -> String {
        let text = shortened(self.text.get(piece.span.start..piece.span.end).unwrap_or_default());
        let kind = match piece.item {
            Item::Column(_) => "column",
            Item::Value(_) => "value",
            Item::List(_) => "list",
            Item::Condition(_) => "condition",
        };
        format!("the {kind} `{text}`")
    }
}

/// An operator that follows its left side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Infix {
    Or,
    And,
    Compare(Comparison),
    Is,
    In { negated: bool },
    Between { negated: bool },
    Like { negated: bool },
    Regex { negated: bool },
}

impl Infix {
    pub(super) fn power(self) -> u8 {
        match self {
            Self::Or => power::OR,
            Self::And => power::AND,
            _ => power::COMPARISON,
        }
    }

    /// Tells whether this is two words: `not in`.
    fn is_negated(self) -> bool {
        match self {
            Self::In { negated } | Self::Between { negated } | Self::Like { negated } | Self::Regex { negated } => {
                negated
            }
            Self::Or | Self::And | Self::Compare(_) | Self::Is => false,
        }
    }
}
