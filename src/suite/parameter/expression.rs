//! Expressions: a scanner, a parser that computes as it goes, and the values they compute with.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::Problem;
use crate::diagnostic::Span;
use crate::document::{Node, Value};

/// How long an expression may be, in bytes, and how deep its parentheses may nest.
const MAX_LENGTH: usize = 4096;
const MAX_DEPTH: usize = 64;

/// A value in a computation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Quantity {
    Int(i128),
    Float(f64),
    /// A point in time: `is_date` where it was given as a date alone and no part of a day has been added, `is_utc` where it
    /// comes of `now()`, in UTC, and not of a time of no zone.
    Time {
        at: NaiveDateTime,
        is_date: bool,
        is_utc: bool,
    },
    Length(TimeDelta),
    /// A value that cannot be computed with; a text can where it is a date or time.
    Other(Value),
}

/// Computes an expression. `lookup` gives the values of names.
pub(super) fn evaluate(
    text: &str,
    now: NaiveDateTime,
    lookup: &dyn Fn(&str) -> Option<Quantity>,
) -> Result<Quantity, Problem> {
    if text.len() > MAX_LENGTH {
        return Err(problem(format!("it is longer than {MAX_LENGTH} bytes"), None));
    }
    let mut parser = Parser { rest: text, depth: 0, now, lookup };
    parser.skip_blanks();
    if parser.rest.is_empty() {
        return Err(problem("it says nothing", Some("write the name of a parameter")));
    }
    let value = parser.sum()?;
    if !parser.rest.is_empty() {
        return Err(parser.unexpected("an operator"));
    }
    match value {
        Quantity::Length(_) => Err(problem("it gives a length of time, expected a number or a time", None)),
        value => Ok(value),
    }
}

fn problem(message: impl Into<String>, help: Option<&'static str>) -> Problem {
    Problem::Expression { message: message.into(), help }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
    now: NaiveDateTime,
    lookup: &'a dyn Fn(&str) -> Option<Quantity>,
}

impl<'a> Parser<'a> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, symbol: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(symbol) else { return false };
        self.rest = rest;
        self.skip_blanks();
        true
    }

    fn unexpected(&self, expected: &str) -> Problem {
        let found = self.rest.chars().next().map_or("the end".to_owned(), |c| format!("`{c}`"));
        let help = self.rest.starts_with('*').then_some("a power is written with `^`");
        problem(format!("found {found}, expected {expected}"), help)
    }

    fn sum(&mut self) -> Result<Quantity, Problem> {
        let mut value = self.product()?;
        loop {
            if self.take('+') {
                value = value.add(self.product()?)?;
            } else if self.take('-') {
                value = value.subtract(self.product()?)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<Quantity, Problem> {
        let mut value = self.power()?;
        loop {
            if self.take('*') {
                value = value.multiply(self.power()?)?;
            } else if self.take('/') {
                value = value.divide(self.power()?)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn power(&mut self) -> Result<Quantity, Problem> {
        let base = self.signed()?;
        if !self.take('^') {
            return Ok(base);
        }
        self.descend()?;
        let exponent = self.power()?;
        self.depth -= 1;
        base.power(&exponent)
    }

    fn signed(&mut self) -> Result<Quantity, Problem> {
        let mut is_negative = false;
        loop {
            if self.take('-') {
                is_negative = !is_negative;
            } else if !self.take('+') {
                break;
            }
        }
        let value = self.atom()?;
        if is_negative { value.negate() } else { Ok(value) }
    }

    fn atom(&mut self) -> Result<Quantity, Problem> {
        if self.take('(') {
            self.descend()?;
            let value = self.sum()?;
            self.depth -= 1;
            return if self.take(')') { Ok(value) } else { Err(self.unexpected("`)`")) };
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.number();
        }
        let name = self.name();
        if name.is_empty() {
            return Err(self.unexpected("a number or a name"));
        }
        if self.take('(') {
            self.descend()?;
            let value = self.call(name)?;
            self.depth -= 1;
            return Ok(value);
        }
        match ((self.lookup)(name), name) {
            (Some(value), _) => Ok(value),
            (None, "pi" | "PI" | "Pi") => Ok(Quantity::Float(std::f64::consts::PI)),
            (None, "e" | "E") => Ok(Quantity::Float(std::f64::consts::E)),
            (None, _) => Err(Problem::Unknown(name.to_owned())),
        }
    }

    fn descend(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(problem("it nests too deeply", None)) } else { Ok(()) }
    }

    fn name(&mut self) -> &'a str {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
        let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.skip_blanks();
        name
    }

    fn number(&mut self) -> Result<Quantity, Problem> {
        let bytes = self.rest.as_bytes();
        let mut length = 0;
        while let Some(byte) = bytes.get(length) {
            let is_exponent_sign = matches!(byte, b'+' | b'-') && matches!(bytes[length - 1], b'e' | b'E');
            if !byte.is_ascii_digit() && !matches!(byte, b'.' | b'e' | b'E') && !is_exponent_sign {
                break;
            }
            length += 1;
        }
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.skip_blanks();
        if let Ok(value) = text.parse() {
            return Ok(Quantity::Int(value));
        }
        match text.parse() {
            Ok(value) => Quantity::finite(value),
            Err(_) => Err(problem(format!("`{text}` is not a number"), None)),
        }
    }

    /// Computes a function, from behind its opening parenthesis.
    fn call(&mut self, name: &str) -> Result<Quantity, Problem> {
        let mut arguments = Vec::new();
        while !self.take(')') {
            if !arguments.is_empty() && !self.take(',') {
                return Err(self.unexpected("`,` or `)`"));
            }
            let before = self.rest;
            let key = self.name();
            if !key.is_empty() && self.take('=') {
                arguments.push((Some(key), self.sum()?));
            } else {
                self.rest = before;
                arguments.push((None, self.sum()?));
            }
        }
        match name {
            "now" => {
                bind(name, &arguments, &[])?;
                Ok(Quantity::Time { at: self.now, is_date: false, is_utc: true })
            }
            "datetime" => datetime(&arguments),
            "timedelta" => timedelta(&arguments),
            "round" if arguments.len() == 2 => round_to(&arguments),
            "sin" | "cos" | "tan" | "exp" | "abs" | "trunc" | "round" | "sgn" => {
                let value = match bind(name, &arguments, &["x"])?.pop().flatten() {
                    Some(value) if arguments.iter().all(|(key, _)| key.is_none()) => value,
                    Some(_) => return Err(problem(format!("`{name}` has no argument `x`"), None)),
                    None => return Err(problem(format!("`{name}` takes 1 argument"), None)),
                };
                apply(name, value)
            }
            _ => {
                let help = "there are sin, cos, tan, exp, abs, trunc, round, sgn, now, datetime and timedelta";
                Err(problem(format!("there is no function `{name}`"), Some(help)))
            }
        }
    }
}

type Argument<'a> = (Option<&'a str>, Quantity);

/// Puts arguments, by position or by name, into the order of the names.
fn bind(function: &str, arguments: &[Argument<'_>], names: &[&str]) -> Result<Vec<Option<Quantity>>, Problem> {
    let mut bound = vec![None; names.len()];
    for (index, (key, value)) in arguments.iter().enumerate() {
        let slot = match key {
            Some(key) => match names.iter().position(|name| name == key) {
                Some(slot) => slot,
                None => return Err(problem(format!("`{function}` has no argument `{key}`"), None)),
            },
            None if index < names.len() => index,
            None => {
                let plural = if names.len() == 1 { "" } else { "s" };
                return Err(problem(format!("`{function}` takes {} argument{plural}", names.len()), None));
            }
        };
        if bound[slot].replace(value.clone()).is_some() {
            return Err(problem(format!("`{function}` is given `{}` twice", names[slot]), None));
        }
    }
    Ok(bound)
}

fn datetime(arguments: &[Argument<'_>]) -> Result<Quantity, Problem> {
    let names = ["year", "month", "day", "hour", "minute", "second", "microsecond"];
    let mut fields = [0_i64; 7];
    for (index, value) in bind("datetime", arguments, &names)?.into_iter().enumerate() {
        fields[index] = match value {
            Some(value) => whole(&value, names[index])?,
            None if index < 3 => return Err(problem("`datetime` takes year, month and day at least", None)),
            None => 0,
        };
    }
    let [year, month, day, hour, minute, second, microsecond] = fields;
    let part = |value: i64| u32::try_from(value).ok();
    let at = || {
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, part(month)?, part(day)?)?;
        date.and_hms_micro_opt(part(hour)?, part(minute)?, part(second)?, part(microsecond)?)
    };
    match at() {
        Some(at) => Ok(Quantity::Time { at, is_date: false, is_utc: false }),
        None => Err(problem("there is no such date or time", None)),
    }
}

fn timedelta(arguments: &[Argument<'_>]) -> Result<Quantity, Problem> {
    let names = ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"];
    let microseconds = [86_400_000_000_i64, 1_000_000, 1, 1000, 60_000_000, 3_600_000_000, 604_800_000_000];
    let mut total = TimeDelta::zero();
    for ((value, unit), name) in bind("timedelta", arguments, &names)?.into_iter().zip(microseconds).zip(names) {
        let Some(value) = value else { continue };
        let unit = TimeDelta::microseconds(unit);
        let part = match value {
            Quantity::Int(_) | Quantity::Float(_) => value.multiply(Quantity::Length(unit))?,
            _ => return Err(problem(format!("`{name}` is {}, expected a number", value.kind()), None)),
        };
        let Quantity::Length(part) = part else { continue };
        total = total.checked_add(&part).ok_or_else(out_of_range)?;
    }
    Ok(Quantity::Length(total))
}

fn round_to(arguments: &[Argument<'_>]) -> Result<Quantity, Problem> {
    let [(None, value), (None, digits)] = arguments else {
        return Err(problem("`round` takes a number and a number of digits", None));
    };
    let digits = whole(digits, "digits")?.clamp(-308, 308) as i32;
    let value = value.number()?;
    // The decimal text is rounded, as Python does: 2.675 is a little less than it looks.
    if digits >= 0 {
        let text = format!("{value:.*}", digits.unsigned_abs() as usize);
        return Quantity::finite(text.parse().unwrap_or(value));
    }
    let unit = 10_f64.powi(-digits);
    Quantity::finite((value / unit).round_ties_even() * unit)
}

fn apply(name: &str, value: Quantity) -> Result<Quantity, Problem> {
    if let Quantity::Int(whole) = value {
        match name {
            "abs" => return Ok(whole.checked_abs().map_or(Quantity::Float((whole as f64).abs()), Quantity::Int)),
            "trunc" | "round" => return Ok(value),
            "sgn" => return Ok(Quantity::Int(whole.signum())),
            _ => {}
        }
    }
    let number = value.number()?;
    match name {
        "sin" => Quantity::finite(number.sin()),
        "cos" => Quantity::finite(number.cos()),
        "tan" => Quantity::finite(number.tan()),
        "exp" => Quantity::finite(number.exp()),
        "abs" => Quantity::finite(number.abs()),
        "trunc" => Ok(Quantity::whole(number.trunc())),
        "round" => Ok(Quantity::whole(number.round_ties_even())),
        // Great Expectations takes what is nearer to zero than this for zero.
        _ if number.abs() <= 1e-12 => Ok(Quantity::Int(0)),
        _ => Ok(Quantity::Int(if number > 0.0 { 1 } else { -1 })),
    }
}

fn whole(value: &Quantity, name: &str) -> Result<i64, Problem> {
    let number = match value {
        Quantity::Int(value) => i64::try_from(*value).ok(),
        Quantity::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => Some(*value as i64),
        _ => None,
    };
    number.ok_or_else(|| problem(format!("`{name}` is {}, expected a whole number", value.kind()), None))
}

fn out_of_range() -> Problem {
    problem("a time is out of range", None)
}

impl Quantity {
    /// Takes a value of a suite into a computation.
    pub fn of(node: &Node) -> Self {
        match &node.value {
            Value::Int(value) => Self::Int(*value),
            Value::Float(value) => Self::Float(*value),
            value => Self::Other(value.clone()),
        }
    }

    /// Gives the value as a suite would spell it; times in ISO 8601.
    pub fn into_node(self) -> Node {
        let value = match self {
            Self::Int(value) => Value::Int(value),
            Self::Float(value) => Value::Float(value),
            Self::Time { at, is_date: true, .. } => Value::Text(at.format("%Y-%m-%d").to_string()),
            Self::Time { at, is_utc, .. } => {
                let is_whole = at.and_utc().timestamp_subsec_micros() == 0;
                let format = if is_whole { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%dT%H:%M:%S%.6f" };
                Value::Text(format!("{}{}", at.format(format), if is_utc { "+00:00" } else { "" }))
            }
            Self::Length(length) => Value::Float(length.num_microseconds().unwrap_or(i64::MAX) as f64 / 1e6),
            Self::Other(value) => value,
        };
        Node::new(value, Span::default())
    }

    fn finite(value: f64) -> Result<Self, Problem> {
        if value.is_finite() { Ok(Self::Float(value)) } else { Err(problem("the result is not a finite number", None)) }
    }

    fn whole(value: f64) -> Self {
        if value.abs() < 1e38 { Self::Int(value as i128) } else { Self::Float(value) }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Time { .. } => "a time",
            Self::Length(_) => "a length of time",
            Self::Other(value) => Node::new(value.clone(), Span::default()).kind(),
        }
    }

    fn number(&self) -> Result<f64, Problem> {
        match self {
            Self::Int(value) => Ok(*value as f64),
            Self::Float(value) => Ok(*value),
            _ => Err(problem(format!("found {}, expected a number", self.kind()), None)),
        }
    }

    /// Reads a text as a time, where it is to be computed with one.
    fn or_time(self) -> Self {
        let Self::Other(Value::Text(text)) = &self else { return self };
        if let Ok(date) = text.parse::<NaiveDate>() {
            return Self::Time { at: date.and_time(chrono::NaiveTime::MIN), is_date: true, is_utc: false };
        }
        match text.replacen(' ', "T", 1).parse() {
            Ok(at) => Self::Time { at, is_date: false, is_utc: false },
            Err(_) => self,
        }
    }

    fn negate(self) -> Result<Self, Problem> {
        match self.or_time() {
            Self::Int(value) => Ok(value.checked_neg().map_or(Self::Float(-(value as f64)), Self::Int)),
            Self::Float(value) => Ok(Self::Float(-value)),
            Self::Length(length) => Ok(Self::Length(-length)),
            other => Err(problem(format!("found {}, expected a number", other.kind()), None)),
        }
    }

    fn add(self, other: Self) -> Result<Self, Problem> {
        match (self.or_time(), other.or_time()) {
            (Self::Int(left), Self::Int(right)) => match left.checked_add(right) {
                Some(sum) => Ok(Self::Int(sum)),
                None => Self::finite(left as f64 + right as f64),
            },
            (left @ (Self::Int(_) | Self::Float(_)), right @ (Self::Int(_) | Self::Float(_))) => {
                Self::finite(left.number()? + right.number()?)
            }
            (Self::Time { at, is_date, is_utc }, Self::Length(length))
            | (Self::Length(length), Self::Time { at, is_date, is_utc }) => {
                let at = at.checked_add_signed(length).ok_or_else(out_of_range)?;
                let is_date = is_date && length.num_seconds() % 86_400 == 0 && length.subsec_nanos() == 0;
                Ok(Self::Time { at, is_date, is_utc })
            }
            (Self::Length(left), Self::Length(right)) => {
                left.checked_add(&right).map(Self::Length).ok_or_else(out_of_range)
            }
            (left, right) => Err(problem(format!("{} and {} cannot be added", left.kind(), right.kind()), None)),
        }
    }

    fn subtract(self, other: Self) -> Result<Self, Problem> {
        match (self.or_time(), other.or_time()) {
            (Self::Time { at: left, .. }, Self::Time { at: right, .. }) => {
                Ok(Self::Length(left.signed_duration_since(right)))
            }
            (left, right) => left.add(right.negate()?),
        }
    }

    fn multiply(self, other: Self) -> Result<Self, Problem> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => match left.checked_mul(right) {
                Some(product) => Ok(Self::Int(product)),
                None => Self::finite(left as f64 * right as f64),
            },
            (Self::Length(length), factor) | (factor, Self::Length(length)) => {
                let microseconds = length.num_microseconds().ok_or_else(out_of_range)? as f64 * factor.number()?;
                if microseconds.abs() > 9e18 {
                    Err(out_of_range())
                } else {
                    Ok(Self::Length(TimeDelta::microseconds(microseconds as i64)))
                }
            }
            (left, right) => Self::finite(left.number()? * right.number()?),
        }
    }

    fn divide(self, other: Self) -> Result<Self, Problem> {
        let divisor = match (&self, &other) {
            (Self::Length(_), Self::Length(length)) => length.num_microseconds().ok_or_else(out_of_range)? as f64,
            _ => other.number()?,
        };
        if divisor == 0.0 {
            return Err(problem("division by zero", None));
        }
        match (self, other) {
            (Self::Length(length), Self::Length(_)) => {
                Self::finite(length.num_microseconds().ok_or_else(out_of_range)? as f64 / divisor)
            }
            (length @ Self::Length(_), _) => length.multiply(Self::Float(divisor.recip())),
            (number, _) => Self::finite(number.number()? / divisor),
        }
    }

    fn power(&self, exponent: &Self) -> Result<Self, Problem> {
        if let (Self::Int(base), Self::Int(exponent)) = (self, exponent)
            && let Ok(exponent) = u32::try_from(*exponent)
            && let Some(power) = base.checked_pow(exponent)
        {
            return Ok(Self::Int(power));
        }
        Self::finite(self.number()?.powf(exponent.number()?))
    }
}
