//! pandas' logic of nulls: a comparison with null is false, so its opposite is true.

use super::relation::join;
use crate::column::{Comparison, Predicate};

/// Turns a condition so that it is true of the rows for which pandas says true.
///
/// Negations move to the single tests, where they add the nulls. What is not negated stays as it is: where pandas says
/// false of a null the answer may be missing, which keeps no row either.
pub(super) fn as_in_pandas(predicate: Predicate) -> Predicate {
    answering(predicate, true)
}

/// Returns what is true where pandas gives this answer.
fn answering(predicate: Predicate, answer: bool) -> Predicate {
    match predicate {
        Predicate::Constant(value) => Predicate::Constant(value == answer),
        Predicate::And(parts) => answering_all(parts, answer, answer),
        Predicate::Or(parts) => answering_all(parts, answer, !answer),
        Predicate::Not(inner) => answering(*inner, !answer),
        Predicate::Null { column } => {
            if answer {
                Predicate::Null { column }
            } else {
                Predicate::not_null(column)
            }
        }
        Predicate::Compare { left, operator, right } => {
            // of a null, only `!=` is true in pandas
            let keeps_nulls = answer == (operator == Comparison::NotEqual);
            let operator = if answer { operator } else { opposite(operator) };
            let compared = Predicate::Compare { left: left.clone(), operator, right: right.clone() };
            if keeps_nulls {
                let nulls = join(Predicate::Null { column: left }, Predicate::Null { column: right }, false);
                join(nulls, compared, false)
            } else {
                compared
            }
        }
        Predicate::Value { column, test } => {
            let tested = Predicate::value(&*column, test);
            if answer { tested } else { join(Predicate::Null { column }, tested.negated(), false) }
        }
        other => {
            if answer {
                other
            } else {
                other.negated()
            }
        }
    }
}

fn answering_all(parts: Vec<Predicate>, answer: bool, by_and: bool) -> Predicate {
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        match answering(part, answer) {
            Predicate::And(inner) if by_and => all.extend(inner),
            Predicate::Or(inner) if !by_and => all.extend(inner),
            other => all.push(other),
        }
    }
    if by_and { Predicate::And(all) } else { Predicate::Or(all) }
}

fn opposite(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::column::{Literal, Test};

    fn is_one(column: &str) -> Predicate {
        Predicate::value(column, Test::InSet(vec![Literal::Int(1)]))
    }

    fn null(column: &str) -> Predicate {
        Predicate::Null { column: column.to_owned() }
    }

    #[test]
    fn what_is_not_negated_stays_as_it_is() {
        let predicate = Predicate::And(vec![is_one("a"), Predicate::Or(vec![is_one("b"), null("c")])]);
        assert_eq!(as_in_pandas(predicate.clone()), predicate);
    }

    #[test]
    fn a_negated_test_is_true_of_nulls() {
        let expected = Predicate::Or(vec![null("a"), is_one("a").negated()]);
        assert_eq!(as_in_pandas(is_one("a").negated()), expected);
        assert_eq!(as_in_pandas(Predicate::Not(Box::new(Predicate::Not(Box::new(is_one("a")))))), is_one("a"));
    }

    #[test]
    fn a_negation_reaches_every_part() {
        let predicate = Predicate::And(vec![is_one("a"), null("b"), Predicate::Constant(true)]).negated();
        let expected =
            Predicate::Or(vec![null("a"), is_one("a").negated(), null("b").negated(), Predicate::Constant(false)]);
        assert_eq!(as_in_pandas(predicate), expected);
    }

    #[test]
    fn columns_differ_where_either_is_null_and_have_no_order() {
        let compare = |operator| Predicate::Compare { left: "a".into(), operator, right: "b".into() };
        let or_null = |operator| Predicate::Or(vec![null("a"), null("b"), compare(operator)]);
        assert_eq!(as_in_pandas(compare(Comparison::Less)), compare(Comparison::Less));
        assert_eq!(as_in_pandas(compare(Comparison::NotEqual)), or_null(Comparison::NotEqual));
        assert_eq!(as_in_pandas(compare(Comparison::NotEqual).negated()), compare(Comparison::Equal));
        assert_eq!(as_in_pandas(compare(Comparison::Equal).negated()), or_null(Comparison::NotEqual));
        assert_eq!(as_in_pandas(compare(Comparison::Less).negated()), or_null(Comparison::GreaterOrEqual));
    }

    /// A row: the columns `a` and `b`, which may be null.
    type Row = [Option<i128>; 2];

    fn value(row: Row, column: &str) -> Option<i128> {
        row[usize::from(column == "b")]
    }

    fn compare(left: i128, operator: Comparison, right: i128) -> bool {
        match operator {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
        }
    }

    /// The answer in weir's logic, where a null makes a test missing.
    fn in_three_values(predicate: &Predicate, row: Row) -> Option<bool> {
        let all = |parts: &[Predicate], deciding: bool| {
            let answers: Vec<_> = parts.iter().map(|part| in_three_values(part, row)).collect();
            if answers.contains(&Some(deciding)) {
                Some(deciding)
            } else if answers.contains(&None) {
                None
            } else {
                Some(!deciding)
            }
        };
        match predicate {
            Predicate::Constant(value) => Some(*value),
            Predicate::Null { column } => Some(value(row, column).is_none()),
            Predicate::Value { column, .. } => value(row, column).map(|value| value == 1),
            Predicate::Compare { left, operator, right } => {
                Some(compare(value(row, left)?, *operator, value(row, right)?))
            }
            Predicate::And(parts) => all(parts, false),
            Predicate::Or(parts) => all(parts, true),
            Predicate::Not(inner) => in_three_values(inner, row).map(|answer| !answer),
            other => panic!("not asked: {other:?}"),
        }
    }

    /// The answer in pandas, where a null differs from everything and is neither less nor greater.
    fn in_two_values(predicate: &Predicate, row: Row) -> bool {
        match predicate {
            Predicate::Compare { left, operator, right } => match (value(row, left), value(row, right)) {
                (Some(left), Some(right)) => compare(left, *operator, right),
                _ => *operator == Comparison::NotEqual,
            },
            Predicate::And(parts) => parts.iter().all(|part| in_two_values(part, row)),
            Predicate::Or(parts) => parts.iter().any(|part| in_two_values(part, row)),
            Predicate::Not(inner) => !in_two_values(inner, row),
            test => in_three_values(test, row) == Some(true),
        }
    }

    fn any_predicate() -> impl Strategy<Value = Predicate> {
        let column = || prop_oneof![Just("a".to_owned()), Just("b".to_owned())];
        let operator = proptest::sample::select(vec![
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ]);
        let leaf = prop_oneof![
            any::<bool>().prop_map(Predicate::Constant),
            column().prop_map(|column| Predicate::Null { column }),
            column().prop_map(|column| is_one(&column)),
            (column(), operator, column()).prop_map(|(left, operator, right)| Predicate::Compare {
                left,
                operator,
                right
            }),
        ];
        leaf.prop_recursive(4, 20, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Predicate::And),
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Predicate::Or),
                inner.prop_map(|inner| Predicate::Not(Box::new(inner))),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_rows_kept_are_those_of_pandas(predicate in any_predicate()) {
            let values = [None, Some(1), Some(2)];
            let turned = as_in_pandas(predicate.clone());
            for row in values.into_iter().flat_map(|a| values.map(|b| [a, b])) {
                let is_kept = in_three_values(&turned, row) == Some(true);
                prop_assert_eq!(is_kept, in_two_values(&predicate, row), "{:?}", row);
            }
        }
    }
}
