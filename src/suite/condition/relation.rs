//! Comparisons, and what else relates a column to something: `in`, `is`, `like`, `between`.

use std::cmp::Ordering;

use super::dialect::Dialect;
use super::grammar::{Infix, Item, Parser, Piece, Refusal, power};
use super::token::TokenKind;
use crate::column::{Bounds, Comparison, Literal, Predicate, Test};
use crate::diagnostic::Span;

impl Parser<'_> {
    /// Parses the right side of a comparison; in Python more may follow: `1 < x <= 5`.
    pub(super) fn comparison(&mut self, left: &Piece, operator: Comparison) -> Result<Piece, Refusal> {
        let mut right = self.expression(power::OPERAND)?;
        let mut span = left.span.cover(right.span);
        let mut whole = self.compare(left, operator, &right)?;
        while let Some(Infix::Compare(operator)) = self.infix() {
            if self.dialect.is_sql() {
                let refusal = Refusal::wrong("comparisons do not chain in SQL", span.cover(self.peek().span));
                return Err(refusal.with_help("join them: `1 < x and x <= 5`"));
            }
            self.advance();
            let next = self.expression(power::OPERAND)?;
            span = span.cover(next.span);
            whole = join(whole, self.compare(&right, operator, &next)?, true);
            right = next;
        }
        Ok(Piece { item: Item::Condition(whole), span })
    }

    /// Compares two parts. A constant on the left changes places with the column.
    fn compare(&self, left: &Piece, operator: Comparison, right: &Piece) -> Result<Predicate, Refusal> {
        let is_equality = matches!(operator, Comparison::Equal | Comparison::NotEqual);
        let span = left.span.cover(right.span);
        let negate =
            |predicate: Predicate| if operator == Comparison::NotEqual { predicate.negated() } else { predicate };
        match (&left.item, &right.item) {
            (_, Item::Value(Literal::Null)) | (Item::Value(Literal::Null), _) if self.ends_operand() => {
                let other = if right.item == Item::Value(Literal::Null) { left } else { right };
                Err(self.compared_with_null(other, operator, span))
            }
            (Item::Column(left), Item::Column(right)) if left == right && is_equality && !self.dialect.is_sql() => {
                // pandas' way to ask for NaN: only it differs from itself
                Ok(negate(Predicate::not_null(left)))
            }
            (Item::Column(left), Item::Column(right)) => {
                Ok(Predicate::Compare { left: left.clone(), operator, right: right.clone() })
            }
            (Item::Column(column), Item::Value(value)) => Ok(compare_with_value(column, operator, value.clone())),
            (Item::Value(value), Item::Column(column)) => {
                Ok(compare_with_value(column, turned(operator), value.clone()))
            }
            (Item::Column(column), Item::List(values)) if is_equality => Ok(negate(in_list(column, values.clone()))),
            (Item::Condition(condition), Item::Value(Literal::Bool(answer)))
            | (Item::Value(Literal::Bool(answer)), Item::Condition(condition))
                if is_equality =>
            {
                let condition = condition.clone();
                Ok(if *answer == (operator == Comparison::Equal) { condition } else { condition.negated() })
            }
            (Item::Value(left), Item::Value(right)) => self.compare_values(left, operator, right, span),
            _ => {
                let odd = if matches!(left.item, Item::Condition(_) | Item::List(_)) { left } else { right };
                let refusal = Refusal::unknown(format!("{} cannot be compared", self.named(odd)), odd.span);
                Err(if self.dialect.is_sql() {
                    refusal
                } else {
                    refusal.with_help("comparisons that `&`, `|` or `~` join stand in parentheses")
                })
            }
        }
    }

    fn compared_with_null(&self, other: &Piece, operator: Comparison, span: Span) -> Refusal {
        let refusal = Refusal::wrong("a comparison with null is never true", span);
        let Item::Column(_) = other.item else { return refusal };
        let column = &self.text[other.span.start..other.span.end];
        let has_value = operator == Comparison::NotEqual;
        refusal.with_help(match (self.dialect.is_sql(), has_value) {
            (true, false) => format!("write `{column} is null`"),
            (true, true) => format!("write `{column} is not null`"),
            (false, false) => format!("write `{column}.isnull()`"),
            (false, true) => format!("write `{column}.notnull()`"),
        })
    }

    /// Compares two constants, for conditions such as `1 = 1` that programs make.
    fn compare_values(
        &self,
        left: &Literal,
        operator: Comparison,
        right: &Literal,
        span: Span,
    ) -> Result<Predicate, Refusal> {
        if let (Some(left), Some(right), true) = (left.as_f64(), right.as_f64(), self.dialect.is_sql()) {
            let order = left.partial_cmp(&right);
            return Ok(Predicate::Constant(match operator {
                Comparison::Equal => order == Some(Ordering::Equal),
                Comparison::NotEqual => order != Some(Ordering::Equal),
                Comparison::Less => order == Some(Ordering::Less),
                Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                Comparison::Greater => order == Some(Ordering::Greater),
                Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            }));
        }
        let help = match self.dialect {
            Dialect::Sql => "a column stands bare or in double quotes: `\"order id\"`",
            Dialect::Spark | Dialect::Python => "a column stands bare or in backticks: `` `order id` ``",
        };
        let refusal = Refusal { is_final: self.ends_operand(), ..Refusal::unknown("two values are compared", span) };
        Err(refusal.with_help(help))
    }

    /// Tells whether what was read is a whole operand: nothing follows that could go on with it.
    fn ends_operand(&self) -> bool {
        let next = self.peek();
        let closes = matches!(next.kind, TokenKind::End | TokenKind::Symbol(")" | "," | "]"));
        closes || self.infix().is_some_and(|infix| infix.power() < power::COMPARISON)
    }

    /// Parses a relation of a column to what follows, which may be negated.
    pub(super) fn relation(
        &mut self,
        left: &Piece,
        negated: bool,
        parse: impl FnOnce(&mut Self, &Piece) -> Result<Predicate, Refusal>,
    ) -> Result<Piece, Refusal> {
        let predicate = parse(self, left)?;
        let predicate = if negated { predicate.negated() } else { predicate };
        Ok(Piece { item: Item::Condition(predicate), span: self.span_since(left.span) })
    }

    pub(super) fn is(&mut self, left: &Piece, operator: Span) -> Result<Piece, Refusal> {
        let column = self.column(left);
        let negated = self.take_word("not");
        let word = self.peek().text(self.text).to_ascii_lowercase();
        let predicate = match word.as_str() {
            "null" | "none" => Predicate::Null { column: column? },
            // a null is unknown, but what `is` says of it is not
            "true" | "false" => {
                let column = column?;
                let test = Test::InSet(vec![Literal::Bool(word == "true")]);
                Predicate::And(vec![Predicate::not_null(&*column), Predicate::value(column, test)])
            }
            _ => {
                let refusal = Refusal::unknown("`is` is not followed by `null`, `true` or `false`", operator);
                return Err(if self.dialect.is_sql() { refusal } else { refusal.with_help("write `==`") });
            }
        };
        self.advance();
        let predicate = if negated { predicate.negated() } else { predicate };
        Ok(Piece { item: Item::Condition(predicate), span: self.span_since(left.span) })
    }

    pub(super) fn membership(&mut self, left: &Piece) -> Result<Predicate, Refusal> {
        let start = self.peek().span;
        let values = if self.take_symbol("(") {
            self.values(")")?
        } else {
            let right = self.expression(power::OPERAND)?;
            let Item::List(values) = right.item else {
                let message = format!("{} stands where a list was expected", self.named(&right));
                return Err(Refusal::unknown(message, right.span).with_help("write `in ('a', 'b')`"));
            };
            values
        };
        if values.is_empty() && self.dialect.is_sql() {
            return Err(Refusal::wrong("the list is empty", self.span_since(start)));
        }
        Ok(in_list(&self.column(left)?, values))
    }

    pub(super) fn between(&mut self, left: &Piece) -> Result<Predicate, Refusal> {
        let low = self.expression(power::OPERAND)?;
        if !self.take_word("and") {
            return Err(self.unexpected("`and`"));
        }
        let high = self.expression(power::OPERAND)?;
        if let (Item::Column(column), Item::Value(min), Item::Value(max)) = (&left.item, &low.item, &high.item)
            && *min != Literal::Null
            && *max != Literal::Null
        {
            return Ok(Predicate::value(column, Test::Between(closed(min.clone(), max.clone()))));
        }
        let above = self.compare(left, Comparison::GreaterOrEqual, &low)?;
        Ok(join(above, self.compare(left, Comparison::LessOrEqual, &high)?, true))
    }

    pub(super) fn like(&mut self, left: &Piece) -> Result<Predicate, Refusal> {
        let pattern = self.text_operand()?;
        let mut escape = Some('\\');
        if self.take_word("escape") {
            let span = self.peek().span;
            let text = self.text_operand()?;
            let mut characters = text.chars();
            escape = match (characters.next(), characters.next()) {
                (Some(character), None) => Some(character),
                _ => return Err(Refusal::wrong("the escape of a LIKE pattern is one character", span)),
            };
        }
        Ok(Predicate::value(self.column(left)?, Test::Like { pattern, escape }))
    }

    pub(super) fn regex(&mut self, left: &Piece) -> Result<Predicate, Refusal> {
        let pattern = self.text_operand()?;
        Ok(Predicate::value(self.column(left)?, Test::Regex(pattern)))
    }

    /// Takes an operand that has to be a text.
    fn text_operand(&mut self) -> Result<String, Refusal> {
        let piece = self.expression(power::OPERAND)?;
        match piece.item {
            Item::Value(Literal::Text(text)) => Ok(text),
            _ => Err(Refusal::unknown(format!("{} stands where a text was expected", self.named(&piece)), piece.span)),
        }
    }
}

/// Joins two conditions by `and` or `or`; those that are joined in the same way already become one list.
pub(super) fn join(left: Predicate, right: Predicate, by_and: bool) -> Predicate {
    let parts = |predicate| match predicate {
        Predicate::And(parts) if by_and => parts,
        Predicate::Or(parts) if !by_and => parts,
        other => vec![other],
    };
    let mut joined = parts(left);
    joined.append(&mut parts(right));
    if by_and { Predicate::And(joined) } else { Predicate::Or(joined) }
}

/// Compares a column with a value that is not null.
pub(super) fn compare_with_value(column: &str, operator: Comparison, value: Literal) -> Predicate {
    let bounds = match operator {
        Comparison::Equal => return Predicate::value(column, Test::InSet(vec![value])),
        Comparison::NotEqual => return Predicate::value(column, Test::InSet(vec![value])).negated(),
        Comparison::Less => Bounds { max: Some(value), strict_max: true, ..Bounds::default() },
        Comparison::LessOrEqual => Bounds { max: Some(value), ..Bounds::default() },
        Comparison::Greater => Bounds { min: Some(value), strict_min: true, ..Bounds::default() },
        Comparison::GreaterOrEqual => Bounds { min: Some(value), ..Bounds::default() },
    };
    Predicate::value(column, Test::Between(bounds))
}

/// Asks whether a column's value is in a list, in which a null stands for nulls.
pub(super) fn in_list(column: &str, mut values: Vec<Literal>) -> Predicate {
    let length = values.len();
    values.retain(|value| *value != Literal::Null);
    let has_null = values.len() < length;
    let among = Predicate::value(column, Test::InSet(values));
    if has_null { join(Predicate::Null { column: column.to_owned() }, among, false) } else { among }
}

/// Returns the bounds that include both values.
pub(super) fn closed(min: Literal, max: Literal) -> Bounds {
    Bounds { min: Some(min), max: Some(max), ..Bounds::default() }
}

/// Returns the operator for exchanged sides.
fn turned(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Equal | Comparison::NotEqual => operator,
    }
}
