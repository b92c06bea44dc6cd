//! Calls in conditions: `col("x")`, `date("2024-01-31")`, and the methods of pandas and Great Expectations.

use chrono::NaiveDate;

use super::dialect::Dialect;
use super::grammar::{Item, Parser, Piece, Refusal, power};
use super::relation::{closed, in_list, join};
use super::token::TokenKind;
use crate::column::{Literal, Predicate, Test};
use crate::diagnostic::Span;

/// What is understood, for those who wrote something else.
const KNOWN_METHODS: &str = "the methods understood are `isnull`, `notnull`, `isin`, `between`, `str.startswith`, \
     `str.endswith`, `str.contains`, `str.match` and `str.fullmatch`; what they cannot say can be written in SQL";

/// What stands between the parentheses of a call.
struct Arguments {
    positional: Vec<Piece>,
    named: Vec<(String, Piece)>,
    /// The name of the call and its arguments.
    span: Span,
}

impl Parser<'_> {
    /// Parses a call whose name is read already, and the calls of methods that follow it.
    pub(super) fn call(&mut self, mut name: Vec<String>, start: Span) -> Result<Piece, Refusal> {
        let mut whole = name.join(".");
        if self.dialect.is_sql() {
            whole.make_ascii_lowercase();
        }
        let piece = if self.is_function(&whole) {
            let arguments = self.arguments(start)?;
            self.function(&whole, arguments)?
        } else {
            let method = name.pop().unwrap_or_default();
            let accessor = take_accessor(&mut name);
            if name.is_empty() || self.dialect.is_sql() {
                let refusal =
                    Refusal::unknown(format!("`{whole}` is not a function of conditions"), self.span_since(start));
                return Err(if self.dialect.is_sql() { refusal } else { refusal.with_help(KNOWN_METHODS) });
            }
            let arguments = self.arguments(start)?;
            self.method(&name.join("."), accessor, &method, arguments)?
        };
        self.methods(piece)
    }

    /// Parses the methods that are called on what a call gave.
    fn methods(&mut self, mut piece: Piece) -> Result<Piece, Refusal> {
        while self.peek().is_symbol(".") {
            self.advance();
            let mut name = vec![self.segment()?];
            while self.take_symbol(".") {
                name.push(self.segment()?);
            }
            if !self.peek().is_symbol("(") {
                return Err(self.unexpected("`(`"));
            }
            let method = name.pop().unwrap_or_default();
            let accessor = take_accessor(&mut name);
            let Item::Column(column) = &piece.item else {
                let span = self.span_since(piece.span);
                let message = format!("`{method}` is called on {}, which is not a column", self.named(&piece));
                return Err(Refusal::unknown(message, span).with_help(KNOWN_METHODS));
            };
            let mut path = column.clone();
            for segment in name {
                path += ".";
                path += &segment;
            }
            let arguments = self.arguments(piece.span)?;
            piece = self.method(&path, accessor, &method, arguments)?;
        }
        Ok(piece)
    }

    /// Parses what stands in parentheses after the name of a call.
    fn arguments(&mut self, start: Span) -> Result<Arguments, Refusal> {
        self.expect_symbol("(")?;
        let mut arguments = Arguments { positional: Vec::new(), named: Vec::new(), span: start };
        while !self.take_symbol(")") {
            if self.peek().kind == TokenKind::Word && self.peek_at(1).is_symbol("=") && !self.dialect.is_sql() {
                let name = self.peek().text(self.text).to_owned();
                self.advance();
                self.advance();
                arguments.named.push((name, self.expression(power::OPERAND)?));
            } else {
                arguments.positional.push(self.expression(power::OPERAND)?);
            }
            if !self.peek().is_symbol(")") && !self.take_symbol(",") {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        arguments.span = self.span_since(start);
        Ok(arguments)
    }

    /// Tells whether a function gives a column or a value. SQL has its own functions for the rest.
    fn is_function(&self, name: &str) -> bool {
        match name {
            "col" | "date" | "timestamp" | "isnull" | "isnotnull" => true,
            "datetime" | "Timestamp" | "pd.Timestamp" | "datetime.date" | "datetime.datetime" => !self.dialect.is_sql(),
            _ => false,
        }
    }

    fn function(&self, name: &str, mut arguments: Arguments) -> Result<Piece, Refusal> {
        let span = arguments.span;
        if name.starts_with("is") {
            let column = match only(&mut arguments, name, "a column")? {
                Piece { item: Item::Column(column), .. } => column,
                other => return Err(Refusal::unknown(format!("{} is not a column", self.named(&other)), other.span)),
            };
            let predicate = Predicate::Null { column };
            let predicate = if name == "isnotnull" { predicate.negated() } else { predicate };
            return Ok(Piece { item: Item::Condition(predicate), span });
        }
        if name != "col" && arguments.positional.len() > 1 {
            return Ok(Piece { item: Item::Value(moment(name, &arguments)?), span });
        }
        let argument = only(&mut arguments, name, "a text")?;
        let item = match argument.item {
            Item::Value(Literal::Text(text)) if name == "col" => Item::Column(text),
            // in standard SQL double quotes make a name of it
            Item::Column(column) if name == "col" && self.dialect == Dialect::Sql => Item::Column(column),
            Item::Value(Literal::Text(text)) => Item::Value(Literal::Text(text)),
            _ => {
                let message = format!("{} is not a text in quotes", self.named(&argument));
                return Err(Refusal::unknown(message, argument.span).with_help(format!("write `{name}(\"…\")`")));
            }
        };
        Ok(Piece { item, span })
    }

    /// Turns a method call into a condition.
    fn method(&self, column: &str, accessor: &str, method: &str, mut arguments: Arguments) -> Result<Piece, Refusal> {
        let span = arguments.span;
        let dotted = if accessor.is_empty() { method.to_owned() } else { format!("{accessor}.{method}") };
        let mut options = Options::default();
        if accessor == "str" {
            take_options(&mut arguments, &dotted, &mut options)?;
        }
        let has_none = arguments.positional.is_empty() && arguments.named.is_empty();
        let predicate = match dotted.as_str() {
            "isnull" | "isna" | "isNull" | "is_null" if has_none => Predicate::Null { column: column.to_owned() },
            "notnull" | "notna" | "isNotNull" | "notNull" | "is_not_null" if has_none => Predicate::not_null(column),
            "isin" | "is_in" => in_list(column, self.list(&mut arguments, &dotted)?),
            "is_not_in" => in_list(column, self.list(&mut arguments, &dotted)?).negated(),
            "between" => between(column, arguments)?,
            "str.startswith" | "str.endswith" => self.affix(
                column,
                method == "startswith",
                only(&mut arguments, &dotted, "a text or a tuple of texts")?,
            )?,
            "str.contains" | "str.match" | "str.fullmatch" => {
                let argument = only(&mut arguments, &dotted, "a text")?;
                let Item::Value(Literal::Text(text)) = argument.item else {
                    return Err(Refusal::unknown(format!("{} is not a text", self.named(&argument)), argument.span));
                };
                Predicate::value(column, options.search(method, text))
            }
            _ => {
                let refusal = Refusal::unknown(format!("the method `{dotted}` is not understood here"), span);
                return Err(refusal.with_help(KNOWN_METHODS));
            }
        };
        let predicate = if options.null_matches {
            join(Predicate::Null { column: column.to_owned() }, predicate, false)
        } else {
            predicate
        };
        Ok(Piece { item: Item::Condition(predicate), span })
    }

    /// `x.str.startswith("a")`, `x.str.endswith(("a", "b"))`.
    fn affix(&self, column: &str, at_start: bool, argument: Piece) -> Result<Predicate, Refusal> {
        let refusal = Refusal::unknown(format!("{} is not a text", self.named(&argument)), argument.span);
        let values = match argument.item {
            Item::List(values) if !values.is_empty() => values,
            Item::Value(value) => vec![value],
            _ => return Err(refusal),
        };
        let mut any = Vec::with_capacity(values.len());
        for value in values {
            let Literal::Text(affix) = value else { return Err(refusal) };
            let test = if at_start { Test::StartsWith(affix) } else { Test::EndsWith(affix) };
            any.push(Predicate::value(column, test));
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Predicate::Or(any) })
    }

    fn list(&self, arguments: &mut Arguments, method: &str) -> Result<Vec<Literal>, Refusal> {
        let argument = only(arguments, method, "a list")?;
        match argument.item {
            Item::List(values) => Ok(values),
            _ => Err(Refusal::unknown(format!("{} is not a list", self.named(&argument)), argument.span)),
        }
    }
}

/// Takes the one argument of a call.
fn only(arguments: &mut Arguments, name: &str, wanted: &str) -> Result<Piece, Refusal> {
    let refusal = Refusal::unknown(format!("`{name}` takes {wanted} and nothing else"), arguments.span);
    match arguments.positional.pop() {
        Some(argument) if arguments.positional.is_empty() && arguments.named.is_empty() => Ok(argument),
        _ => Err(refusal),
    }
}

/// Turns year, month and day, and where given hour, minute, second and microsecond, into ISO 8601.
fn moment(name: &str, arguments: &Arguments) -> Result<Literal, Refusal> {
    let invalid = || {
        Refusal::wrong(format!("`{name}` is not given a date"), arguments.span)
            .with_help("write `date(\"2024-01-31\")`, or the numbers: `datetime.datetime(2024, 1, 31, 13, 30, 0)`")
    };
    let mut numbers = [0_u32; 7];
    if arguments.positional.len() > numbers.len() {
        return Err(invalid());
    }
    for (number, piece) in numbers.iter_mut().zip(&arguments.positional) {
        let Item::Value(Literal::Int(value)) = piece.item else { return Err(invalid()) };
        *number = u32::try_from(value).map_err(|_| invalid())?;
    }
    let mut zone = "";
    for (argument, piece) in &arguments.named {
        match &piece.item {
            Item::Column(value)
                if argument == "tzinfo" && matches!(&**value, "datetime.timezone.utc" | "timezone.utc") =>
            {
                zone = "+00:00";
            }
            Item::Value(Literal::Null) if argument == "tzinfo" => {}
            _ => {
                return Err(Refusal::unknown(format!("`{argument}` is not understood here"), piece.span)
                    .with_help("a time with a zone can be written as a text: `\"2024-01-31T13:30:00+01:00\"`"));
            }
        }
    }
    let [year, month, day, hour, minute, second, microsecond] = numbers;
    let year = i32::try_from(year).map_err(|_| invalid())?;
    let date = NaiveDate::from_ymd_opt(year, month, day).ok_or_else(invalid)?;
    if name.ends_with("date") {
        return if arguments.positional.len() == 3 { Ok(Literal::Text(date.to_string())) } else { Err(invalid()) };
    }
    let moment = date.and_hms_micro_opt(hour, minute, second, microsecond).ok_or_else(invalid)?;
    Ok(Literal::Text(format!("{}{zone}", moment.format("%Y-%m-%dT%H:%M:%S%.f"))))
}

/// Takes the named arguments that the methods of `str` share.
fn take_options(arguments: &mut Arguments, method: &str, options: &mut Options) -> Result<(), Refusal> {
    for (name, piece) in std::mem::take(&mut arguments.named) {
        match (name.as_str(), &piece.item) {
            ("pat", _) => arguments.positional.push(piece),
            ("case", Item::Value(Literal::Bool(value))) => options.ignores_case = !value,
            ("regex", Item::Value(Literal::Bool(value))) => options.is_plain = !value,
            ("na", Item::Value(Literal::Bool(value))) => options.null_matches = *value,
            ("na", _) | ("flags", Item::Value(Literal::Int(0))) => {}
            _ => {
                return Err(Refusal::unknown(
                    format!("the argument `{name}` of `{method}` is not understood"),
                    piece.span,
                )
                .with_help("flags can stand in the expression itself: `(?i)`"));
            }
        }
    }
    Ok(())
}

/// `x.between(1, 5, inclusive="left")`.
fn between(column: &str, arguments: Arguments) -> Result<Predicate, Refusal> {
    let span = arguments.span;
    let mut given = [None, None, None];
    if arguments.positional.len() > given.len() {
        return Err(Refusal::unknown("`between` takes three arguments at most", span));
    }
    for (place, piece) in given.iter_mut().zip(arguments.positional) {
        *place = Some(piece.item);
    }
    for (name, piece) in arguments.named {
        let place = match name.as_str() {
            "left" => 0,
            "right" => 1,
            "inclusive" => 2,
            _ => {
                let message = format!("the argument `{name}` of `between` is not understood");
                return Err(Refusal::unknown(message, piece.span));
            }
        };
        given[place] = Some(piece.item);
    }
    let [Some(Item::Value(min)), Some(Item::Value(max)), inclusive] = given else {
        return Err(Refusal::unknown("`between` takes two values", span));
    };
    if min == Literal::Null || max == Literal::Null {
        return Err(Refusal::wrong("a comparison with null is never true", span));
    }
    let mut bounds = closed(min, max);
    (bounds.strict_min, bounds.strict_max) = match inclusive {
        None => (false, false),
        Some(Item::Value(Literal::Bool(value))) => (!value, !value),
        Some(Item::Value(Literal::Text(text))) if text == "both" => (false, false),
        Some(Item::Value(Literal::Text(text))) if text == "neither" => (true, true),
        Some(Item::Value(Literal::Text(text))) if text == "left" => (false, true),
        Some(Item::Value(Literal::Text(text))) if text == "right" => (true, false),
        Some(_) => {
            return Err(Refusal::unknown("`inclusive` is none of `both`, `neither`, `left`, `right`", span));
        }
    };
    Ok(Predicate::value(column, Test::Between(bounds)))
}

/// Splits pandas' accessor from the end of a path: the `str` of `name.str`.
fn take_accessor(path: &mut Vec<String>) -> &'static str {
    let accessor = match path.last().map(String::as_str) {
        Some("str") => "str",
        Some("dt") => "dt",
        _ => return "",
    };
    path.pop();
    accessor
}

/// What the named arguments of a search in texts say.
#[derive(Default)]
struct Options {
    ignores_case: bool,
    is_plain: bool,
    null_matches: bool,
}

impl Options {
    fn search(&self, method: &str, text: String) -> Test {
        let pattern = match (method, self.is_plain) {
            ("contains", true) if !self.ignores_case => return Test::Contains(text),
            ("contains", true) => regex::escape(&text),
            ("match", _) => format!("\\A(?:{text})"),
            ("fullmatch", _) => format!("\\A(?:{text})\\Z"),
            _ => text,
        };
        Test::Regex(if self.ignores_case { format!("(?i:{pattern})") } else { pattern })
    }
}
