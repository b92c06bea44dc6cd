//! Laws that hold for every condition.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use proptest::prelude::*;

use super::{as_in_sql, parse_text, relation};
use crate::column::evaluate::Evaluator;
use crate::column::{Bounds, Comparison, Literal, Predicate, Test};

fn any_text() -> impl Strategy<Value = String> {
    let words = [
        "a",
        "b.c",
        "items[].x",
        "\"q q\"",
        "`b`",
        "'t'",
        "'",
        "\"",
        "1",
        "-2.5e3",
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        "=",
        "==",
        "<>",
        "!=",
        "<",
        ">=",
        "&",
        "|",
        "~",
        "!",
        "@",
        "+",
        "*",
        "::",
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "None",
        "like",
        "between",
        "escape",
        "true",
        "False",
        "col(",
        "date",
        "date(",
        ".isnull()",
        ".isin([1])",
        ".str.contains(",
        "na=",
        "datetime.date(2024, 1, 1)",
        "case",
        "when",
        "end",
        "select",
        "cast(",
        "interval",
        "--",
        "/*",
        "\\",
        "é",
        "\n",
        "exists",
        "over",
        "rlike",
        "?",
        "$1",
        "{",
        "}",
        ";",
    ];
    prop_oneof![
        ".{0,40}",
        proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..14).prop_map(|words| words.join(" ")),
        proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..14).prop_map(|words| words.concat()),
    ]
}

fn any_column() -> impl Strategy<Value = String> + Clone {
    prop_oneof!["[a-c]", "[a-c] \"?[d-f]", Just("a.b".to_owned()), Just("and".to_owned())]
}

fn any_literal() -> impl Strategy<Value = Literal> + Clone {
    prop_oneof![
        any::<i64>().prop_map(|value| Literal::Int(value.into())),
        (-1e300..1e300_f64).prop_map(Literal::Float),
        any::<bool>().prop_map(Literal::Bool),
        "[a' \\\\\"%é]{0,4}".prop_map(Literal::Text),
    ]
}

fn any_operator() -> impl Strategy<Value = Comparison> {
    proptest::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ])
}

/// Any test of a column, in the form in which the grammar gives it.
fn any_test(
    column: impl Strategy<Value = String> + Clone + 'static,
    literal: impl Strategy<Value = Literal> + Clone + 'static,
) -> BoxedStrategy<Predicate> {
    prop_oneof![
        column.clone().prop_map(|column| Predicate::Null { column }),
        (column.clone(), any_operator(), column.clone()).prop_map(|(left, operator, right)| Predicate::Compare {
            left,
            operator,
            right
        }),
        (column.clone(), any_operator(), literal.clone())
            .prop_map(|(column, operator, value)| as_in_sql(relation::compare_with_value(&column, operator, value))),
        (column.clone(), proptest::collection::vec(literal.clone(), 1..4))
            .prop_map(|(column, values)| Predicate::value(column, Test::OneOf(values))),
        (column, literal.clone(), literal)
            .prop_map(|(column, min, max)| Predicate::value(column, Test::Between(relation::closed(min, max)))),
    ]
    .boxed()
}

fn any_like(
    column: impl Strategy<Value = String> + 'static,
    pattern: &'static str,
    escape: impl Strategy<Value = Option<char>> + 'static,
) -> BoxedStrategy<Predicate> {
    (column, pattern, escape)
        .prop_map(|(column, pattern, escape)| Predicate::value(column, Test::Like { pattern, escape }))
        .boxed()
}

/// Joins and negates tests, in the form in which the grammar gives it.
fn any_predicate(test: impl Strategy<Value = Predicate> + 'static) -> impl Strategy<Value = Predicate> {
    prop_oneof![any::<bool>().prop_map(Predicate::Constant), test].prop_recursive(4, 30, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| relation::join(left, right, true)),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| relation::join(left, right, false)),
            inner.prop_map(Predicate::negated),
        ]
    })
}

fn literal_to_sql(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}

fn to_sql(predicate: &Predicate) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let joined = |parts: &[Predicate], word: &str| {
        parts.iter().map(|part| format!("({})", to_sql(part))).collect::<Vec<_>>().join(word)
    };
    match predicate {
        Predicate::Constant(value) => value.to_string(),
        Predicate::Null { column } => format!("{} is null", quoted(column)),
        Predicate::Compare { left, operator, right } => format!("{} {operator} {}", quoted(left), quoted(right)),
        Predicate::Not(inner) => format!("not ({})", to_sql(inner)),
        Predicate::And(parts) => joined(parts, " and "),
        Predicate::Or(parts) => joined(parts, " or "),
        Predicate::Value { column, test } => {
            let column = quoted(column);
            match test {
                Test::OneOf(values) => {
                    format!("{column} in ({})", values.iter().map(literal_to_sql).collect::<Vec<_>>().join(", "))
                }
                Test::Like { pattern, escape } => {
                    let escape = escape.filter(|escape| *escape != '\\').map(|escape| format!(" escape '{escape}'"));
                    let escape = escape.unwrap_or_default();
                    format!("{column} like '{}'{escape}", pattern.replace('\'', "''"))
                }
                Test::Between(Bounds { min: Some(min), max: Some(max), .. }) => {
                    format!("{column} between {} and {}", literal_to_sql(min), literal_to_sql(max))
                }
                Test::Between(Bounds { min: Some(min), strict_min, .. }) => {
                    format!("{column} {} {}", if *strict_min { ">" } else { ">=" }, literal_to_sql(min))
                }
                Test::Between(Bounds { max: Some(max), strict_max, .. }) => {
                    format!("{column} {} {}", if *strict_max { "<" } else { "<=" }, literal_to_sql(max))
                }
                other => panic!("not written: {other:?}"),
            }
        }
        other => panic!("not written: {other:?}"),
    }
}

/// The answers of a predicate for every pair of values, and for every text.
fn answers(predicate: &Predicate) -> Vec<Option<bool>> {
    let numbers = [None, Some(0), Some(1), Some(2)];
    let pairs: Vec<_> = numbers.iter().flat_map(|i| numbers.map(|j| (*i, j))).collect();
    let texts = [None, Some(""), Some("a"), Some("ab"), Some("%"), Some("b!")];
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("i", Arc::new(pairs.iter().map(|pair| pair.0).collect::<Int64Array>())),
        ("j", Arc::new(pairs.iter().map(|pair| pair.1).collect::<Int64Array>())),
        ("t", Arc::new(texts.into_iter().cycle().take(pairs.len()).collect::<StringArray>())),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.expect("columns of one length");
    let mut evaluator = Evaluator::new(batch.schema(), Arc::new([]));
    let id = evaluator.predicate(predicate).unwrap_or_else(|problem| panic!("{predicate}: {problem:?}"));
    evaluator.load(&batch, &[0, 1, 2]);
    let mask = evaluator.mask(id).unwrap_or_else(|problem| panic!("{predicate}: {problem:?}"));
    BooleanArray::new(mask.expected().clone(), mask.nulls().cloned()).iter().collect()
}

proptest! {
    #[test]
    fn no_text_panics_and_faults_lie_within_it(text in any_text()) {
        for parser in [None, Some("pandas"), Some("spark"), Some("great_expectations")] {
            if let Err(error) = parse_text(&text, parser) {
                prop_assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?}");
            }
        }
    }

    #[test]
    fn a_predicate_written_as_sql_is_read_back(
        predicate in any_predicate(prop_oneof![
            any_test(any_column(), any_literal()),
            any_like(any_column(), "[a'%_!]{0,4}", prop_oneof![Just(Some('\\')), Just(Some('!'))]),
        ])
    ) {
        let written = to_sql(&predicate);
        prop_assert_eq!(parse_text(&written, None), Ok(predicate), "{}", written);
    }

    #[test]
    fn a_predicate_answers_as_its_sql_does(
        predicate in any_predicate(prop_oneof![
            any_test(prop_oneof![Just("i".to_owned()), Just("j".to_owned())], (-1..4_i128).prop_map(Literal::Int)),
            any_test(Just("t".to_owned()), "[ab%!]{0,2}".prop_map(Literal::Text)),
            any_like(Just("t".to_owned()), "[ab%_!]{0,3}", Just(Some('\\'))),
        ])
    ) {
        let written = to_sql(&predicate);
        prop_assert_eq!(answers(&predicate), answers(&Predicate::Sql(written.clone())), "{}", written);
    }
}

#[test]
fn a_null_has_no_answer_where_two_sets_share_nothing() {
    for written in ["t in ('a') and t in ('ab')", "t = 'a' and t = 'ab'", "t not in ('a') or t not in ('ab')"] {
        let predicate = Predicate::Sql(written.to_owned());
        assert_eq!(answers(&predicate)[0], None, "{written}");
    }
}
