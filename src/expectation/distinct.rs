//! The distinct values of a column held against a set of a suite.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Inquiry, Stop};
use crate::column::{Literal, Predicate, Scalar, Test};
use crate::verdict::{Outcome, Status};
use crate::words::number;

/// How many distinct values a result shows.
const SHOWN_VALUES: u64 = 1_000;

/// What is asked of the distinct values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of them are in the set.
    Within,
    /// All members of the set are among them.
    Covering,
    /// Both.
    Equal,
}

/// Judges the distinct values of a column by a set.
pub(super) fn judge(data: &mut Inquiry<'_>, column: &str, set: &[Literal], wanted: Wanted) -> Result<Outcome, Stop> {
    let limit = SHOWN_VALUES.max(set.len() as u64);
    let why =
        format!("where there are more than {} distinct values, to find those beyond the set", number::count(limit));
    data.foretell(why, &[column.to_owned()]);
    let Some(frequencies) = data.few_values(column, limit)? else {
        return judge_many(data, column, set, wanted);
    };
    let values = single_values(frequencies.sorted(|_| true)?);
    let matches = Matches::new(&values, set);
    let (in_set, complete) = (matches.unexpected.is_empty(), matches.missing.is_empty());
    let success = match wanted {
        Wanted::Within => in_set,
        Wanted::Covering => complete,
        Wanted::Equal => in_set && complete,
    };
    let is_shown = values.len() as u64 <= SHOWN_VALUES;
    let observed = if is_shown { values.iter().map(|(value, _)| value.to_json()).collect() } else { Value::Null };
    let mut outcome = Outcome::observed(success, observed);
    if success && values.is_empty() {
        outcome.status = Status::Vacuous;
    }
    if is_shown {
        let counts = values.iter().map(|(value, count)| json!({ "value": value.to_json(), "count": count }));
        outcome = outcome.with_detail("value_counts", counts.collect::<Value>());
    }
    let shown = data.format.partial_unexpected_count;
    if wanted != Wanted::Covering {
        let unexpected = matches.unexpected.iter().take(shown).map(|value| value.to_json());
        outcome = outcome
            .with_detail("unexpected_count", matches.unexpected.len())
            .with_detail("partial_unexpected_list", unexpected.collect::<Value>());
    }
    if wanted != Wanted::Within {
        outcome = with_missing(outcome, &matches.missing, shown);
    }
    Ok(outcome)
}

/// Judges a column of more distinct values than are kept, which is more than the set has: one of them is unexpected, and
/// whether members are missing is asked of the members alone.
fn judge_many(data: &mut Inquiry<'_>, column: &str, set: &[Literal], wanted: Wanted) -> Result<Outcome, Stop> {
    let limit = SHOWN_VALUES.max(set.len() as u64);
    let outcome = |success| Outcome::observed(success, Value::Null).with_detail("distinct_values_more_than", limit);
    let in_set = Predicate::value(column, Test::InSet(set.to_vec()));
    let shown = data.format.partial_unexpected_count;
    if wanted == Wanted::Covering {
        let members = data.frequencies(column, Some(in_set))?;
        let members = single_values(members.sorted(|_| true)?);
        let missing = Matches::new(&members, set).missing;
        return Ok(with_missing(outcome(missing.is_empty()), &missing, shown));
    }
    let mut first: Vec<Value> = Vec::new();
    for row in data.sample(in_set, &[column.to_owned()])? {
        let value = row.values.first().map_or(Value::Null, Scalar::to_json);
        if first.len() < shown && !first.contains(&value) {
            first.push(value);
        }
    }
    Ok(outcome(false).with_detail("partial_unexpected_list", first))
}

fn with_missing(outcome: Outcome, missing: &[&Literal], shown: usize) -> Outcome {
    let list = missing.iter().take(shown).map(|literal| literal.to_json());
    outcome.with_detail("missing_count", missing.len()).with_detail("partial_missing_list", list.collect::<Value>())
}

/// Returns the values of a single column.
pub(super) fn single_values(sorted: Vec<(Vec<Scalar>, u64)>) -> Vec<(Scalar, u64)> {
    sorted.into_iter().filter_map(|(mut values, count)| Some((values.pop()?, count))).collect()
}

/// Which values are no members of a set, and which members are no values. A null in the set is no member.
struct Matches<'a> {
    unexpected: Vec<&'a Scalar>,
    missing: Vec<&'a Literal>,
}

impl<'a> Matches<'a> {
    /// Compares values, in their order, with the members of a set.
    fn new(values: &'a [(Scalar, u64)], set: &'a [Literal]) -> Self {
        let lookup = Lookup::new(values);
        let mut is_member = vec![false; values.len()];
        let mut missing: Vec<&Literal> = Vec::new();
        // literals have no order of their own, and their texts tell them apart
        let mut told = HashSet::new();
        for literal in set.iter().filter(|literal| **literal != Literal::Null) {
            match lookup.find(literal) {
                Some(place) => is_member[place] = true,
                None if told.insert(literal.to_string()) => missing.push(literal),
                None => {}
            }
        }
        let unexpected = values.iter().zip(is_member).filter(|(_, is_member)| !is_member).map(|((value, _), _)| value);
        Self { unexpected: unexpected.collect(), missing }
    }
}

/// Values among which literals are looked up.
pub(super) struct Lookup<'a> {
    values: &'a [(Scalar, u64)],
    /// Each value compares with the one before; those of several types do not, nor do nested ones.
    is_ordered: bool,
}

impl<'a> Lookup<'a> {
    /// Takes values in their order.
    pub(super) fn new(values: &'a [(Scalar, u64)]) -> Self {
        let is_before = |pair: &[(Scalar, u64)]| pair[0].0.compare(&pair[1].0).is_some_and(Ordering::is_le);
        Self { values, is_ordered: values.windows(2).all(is_before) }
    }

    /// Returns the place of the value that a literal equals.
    pub(super) fn find(&self, literal: &Literal) -> Option<usize> {
        let (first, _) = self.values.first()?;
        if !self.is_ordered || first.compare_literal(literal).is_none() {
            // nested values have no order with literals
            return self.values.iter().position(|(value, _)| equals(value, literal));
        }
        let order = |value: &Scalar| value.compare_literal(literal).unwrap_or(Ordering::Less);
        let place = self.values.binary_search_by(|(value, _)| order(value)).ok()?;
        equals(&self.values[place].0, literal).then_some(place)
    }
}

/// Tells whether a value is what a literal spells: numbers equal numbers of any type, never texts.
pub(super) fn equals(value: &Scalar, literal: &Literal) -> bool {
    match (value, literal) {
        (Scalar::List(_) | Scalar::Struct(_), _) => value.to_json() == literal.to_json(),
        (Scalar::Text(_) | Scalar::Binary(_) | Scalar::Time { .. }, _)
        | (_, Literal::Bool(_) | Literal::Int(_) | Literal::Float(_)) => {
            value.compare_literal(literal) == Some(Ordering::Equal)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(values: &[i128]) -> Vec<(Scalar, u64)> {
        values.iter().map(|value| (Scalar::Int(*value), 1)).collect()
    }

    #[test]
    fn values_of_several_types_are_found_wherever_they_stand() {
        let text = |text: &str| Scalar::Text(text.to_owned());
        let values: Vec<(Scalar, u64)> = [Scalar::Int(1), Scalar::Int(5), Scalar::Float(2.5), text("a"), text("b")]
            .into_iter()
            .map(|value| (value, 1))
            .collect();
        let set = [Literal::Int(5), Literal::Float(2.5), Literal::Text("a".to_owned()), Literal::Text("5".to_owned())];
        let matches = Matches::new(&values, &set);
        assert_eq!(matches.unexpected, [&Scalar::Int(1), &text("b")]);
        assert_eq!(matches.missing, [&set[3]]);
    }

    #[test]
    fn members_are_found_by_value_and_never_by_spelling() {
        let values = ints(&[1, 3, 9]);
        let set = [Literal::Float(3.0), Literal::Bool(true), Literal::Text("9".to_owned()), Literal::Null];
        let matches = Matches::new(&values, &set);
        assert_eq!(matches.unexpected, [&Scalar::Int(9)]);
        assert_eq!(matches.missing, [&Literal::Text("9".to_owned())]);
    }
}
