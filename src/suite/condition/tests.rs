//! Every spelling, and the places of faults.

use super::*;
use crate::column::{Bounds, Comparison, Literal, Test};

fn sql(text: &str) -> Predicate {
    parse_text(text, None).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn python(text: &str) -> Predicate {
    parse_text(text, Some("pandas")).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// Returns what an error points at, its message and its help.
fn error<'a>(text: &'a str, parser: Option<&str>) -> (&'a str, String, String) {
    let error = parse_text(text, parser).expect_err(text);
    (&text[error.span.start..error.span.end], error.message, error.help.unwrap_or_default())
}

fn among<const N: usize>(column: &str, values: [Literal; N]) -> Predicate {
    Predicate::value(column, Test::InSet(Vec::from(values)))
}

/// The same as SQL has it.
fn one_of<const N: usize>(column: &str, values: [Literal; N]) -> Predicate {
    Predicate::value(column, Test::OneOf(Vec::from(values)))
}

fn text(value: &str) -> Literal {
    Literal::Text(value.to_owned())
}

fn int(value: i128) -> Literal {
    Literal::Int(value)
}

fn null(column: &str) -> Predicate {
    Predicate::Null { column: column.to_owned() }
}

fn less(column: &str, value: Literal) -> Predicate {
    Predicate::value(column, Test::Between(Bounds { max: Some(value), strict_max: true, ..Bounds::default() }))
}

fn greater(column: &str, value: Literal) -> Predicate {
    Predicate::value(column, Test::Between(Bounds { min: Some(value), strict_min: true, ..Bounds::default() }))
}

fn at_least(column: &str, value: Literal) -> Predicate {
    Predicate::value(column, Test::Between(Bounds { min: Some(value), ..Bounds::default() }))
}

fn at_most(column: &str, value: Literal) -> Predicate {
    Predicate::value(column, Test::Between(Bounds { max: Some(value), ..Bounds::default() }))
}

fn compare(left: &str, operator: Comparison, right: &str) -> Predicate {
    Predicate::Compare { left: left.to_owned(), operator, right: right.to_owned() }
}

fn and<const N: usize>(parts: [Predicate; N]) -> Predicate {
    Predicate::And(Vec::from(parts))
}

fn or<const N: usize>(parts: [Predicate; N]) -> Predicate {
    Predicate::Or(Vec::from(parts))
}

fn or_null(predicate: Predicate, column: &str) -> Predicate {
    or([null(column), predicate])
}

mod sql_conditions {
    use super::*;

    #[test]
    fn comparisons_and_lists_join() {
        let expected = and([one_of("status", [text("paid")]), one_of("country", [text("DE"), text("FR")])]);
        assert_eq!(sql("status = 'paid' and country in ('DE','FR')"), expected);
        assert_eq!(
            sql("STATUS = 'a' AND NOT b IN (1)"),
            and([one_of("STATUS", [text("a")]), one_of("b", [int(1)]).negated()])
        );
        assert_eq!(sql("a not in (1, -2.5)"), one_of("a", [int(1), Literal::Float(-2.5)]).negated());
    }

    #[test]
    fn and_binds_tighter_than_or_and_not_tighter_than_both() {
        let [a, b, c] = ["a", "b", "c"].map(|column| one_of(column, [int(1)]));
        assert_eq!(sql("a = 1 or b = 1 and c = 1"), or([a.clone(), and([b.clone(), c.clone()])]));
        assert_eq!(sql("(a = 1 or b = 1) and c = 1"), and([or([a.clone(), b.clone()]), c.clone()]));
        assert_eq!(sql("not a = 1 and b = 1"), and([a.clone().negated(), b.clone()]));
        assert_eq!(sql("not (a = 1 and b = 1)"), and([a.clone(), b.clone()]).negated());
        assert_eq!(sql("not not (a = 1)"), a);
        assert_eq!(sql("a = 1 and (b = 1 and c = 1)"), and([a, b, c]));
    }

    #[test]
    fn operators_become_sets_and_bounds() {
        assert_eq!(sql("x <> 1"), one_of("x", [int(1)]).negated());
        assert_eq!(sql("x != 1"), sql("x <> 1"));
        assert_eq!(sql("x < 1"), less("x", int(1)));
        assert_eq!(sql("x > -1e3"), greater("x", Literal::Float(-1000.0)));
        assert_eq!(sql("x <= 'a'"), at_most("x", text("a")));
        assert_eq!(sql("x >= +1.0"), at_least("x", Literal::Float(1.0)));
    }

    #[test]
    fn constants_on_the_left_change_sides() {
        assert_eq!(sql("1 = x"), sql("x = 1"));
        assert_eq!(sql("5 < x"), sql("x > 5"));
        assert_eq!(sql("5 >= x"), sql("x <= 5"));
        assert_eq!(sql("'a' <> x"), sql("x <> 'a'"));
    }

    #[test]
    fn nulls_are_asked_for_with_is() {
        assert_eq!(sql("a is null"), null("a"));
        assert_eq!(sql("a is not null"), null("a").negated());
        assert_eq!(sql("not a is null"), null("a").negated());
        assert_eq!(sql("isnull(a) or isnotnull(b)"), or([null("a"), null("b").negated()]));
    }

    #[test]
    fn ranges_and_patterns() {
        let between = Predicate::value("x", Test::Between(grammar_bounds(int(1), int(5))));
        assert_eq!(sql("x between 1 and 5"), between);
        assert_eq!(sql("x not between 1 and 5 and y = 1"), and([between.negated(), one_of("y", [int(1)])]));
        assert_eq!(
            sql("x between a and 5"),
            and([compare("x", Comparison::GreaterOrEqual, "a"), at_most("x", int(5))])
        );
        let like = |pattern: &str, escape| Predicate::value("name", Test::Like { pattern: pattern.to_owned(), escape });
        assert_eq!(sql("name like 'A%'"), like("A%", Some('\\')));
        assert_eq!(sql(r"name not like 'A\%' escape '\'"), like(r"A\%", Some('\\')).negated());
        assert_eq!(sql("name rlike '^A'"), Predicate::value("name", Test::Regex("^A".to_owned())));
    }

    fn grammar_bounds(min: Literal, max: Literal) -> Bounds {
        Bounds { min: Some(min), max: Some(max), ..Bounds::default() }
    }

    #[test]
    fn names_lose_their_quotes_and_keep_their_dots() {
        assert_eq!(sql("\"order id\" = 1"), one_of("order id", [int(1)]));
        assert_eq!(sql("`order id` = 1"), one_of("order id", [int(1)]));
        assert_eq!(sql("\"a\"\"b\" = 1"), one_of("a\"b", [int(1)]));
        assert_eq!(sql("customer.address.zip = '1'"), one_of("customer.address.zip", [text("1")]));
        assert_eq!(sql("items[].price > 5"), greater("items[].price", int(5)));
        assert_eq!(sql("\"PM2.5\" > 5 and `Temp[C]` < 1"), and([greater("PM2.5", int(5)), less("Temp[C]", int(1))]));
        assert_eq!(sql("größe = 1"), one_of("größe", [int(1)]));
        assert_eq!(sql("order.in = 1"), one_of("order.in", [int(1)]));
    }

    #[test]
    fn booleans_stand_alone() {
        let flag = Predicate::value("flag", Test::IsTrue);
        assert_eq!(sql("flag"), flag);
        assert_eq!(sql("not flag and x = true"), and([flag.negated(), one_of("x", [Literal::Bool(true)])]));
        let is_one = one_of("flag", [Literal::Bool(true)]);
        assert_eq!(sql("flag is true"), and([null("flag").negated(), is_one.clone()]));
        assert_eq!(sql("flag is not true"), and([null("flag").negated(), is_one]).negated());
        assert_eq!(sql("true"), Predicate::Constant(true));
        assert_eq!(sql("1=1"), Predicate::Constant(true));
        assert_eq!(sql("2 < 1 or x = 1"), or([Predicate::Constant(false), one_of("x", [int(1)])]));
        assert_eq!(sql("(x = 1) = false"), one_of("x", [int(1)]).negated());
    }

    #[test]
    fn dates_are_texts() {
        assert_eq!(sql("day >= date '2024-01-01'"), at_least("day", text("2024-01-01")));
        assert_eq!(sql("at < TIMESTAMP '2024-01-01 10:00:00'"), less("at", text("2024-01-01 10:00:00")));
        assert_eq!(sql("date > '2024-01-01'"), greater("date", text("2024-01-01")));
        assert_eq!(sql("DATE('2024-01-01') < day"), greater("day", text("2024-01-01")));
    }

    #[test]
    fn columns_compare_with_columns() {
        assert_eq!(sql("shipped_at < ordered_at"), compare("shipped_at", Comparison::Less, "ordered_at"));
        assert_eq!(sql("a <> b"), compare("a", Comparison::NotEqual, "b"));
        assert_eq!(sql("a = a"), compare("a", Comparison::Equal, "a"));
    }

    #[test]
    fn comments_and_line_breaks_are_blank() {
        assert_eq!(sql("a = 1 -- one\n and /* two */ b = 2"), and([one_of("a", [int(1)]), one_of("b", [int(2)])]));
    }

    #[test]
    fn what_the_grammar_does_not_know_stays_sql() {
        for text in [
            "length(name) > 3",
            "a + b > 5",
            "a > b + 1",
            "x = 1 and 5 + y > 3",
            "case when a then 1 else 2 end = 1",
            "cast(a as int) = 1",
            "a::int = 1",
            "name ilike 'a%'",
            "name ~ '^a'",
            "a || b = 'ab'",
            "'ab' = 'a' || b",
            "flags & 4 = 4",
            "a is distinct from b",
            "upper(x) in ('A', 'B')",
            "x in (a, b)",
            "(a, b) = (1, 2)",
            "tags[1] = 'a'",
            "-x > 5",
            "at > now() - interval '1 day'",
            "extract(year from at) = 2024",
            "date(a) = 1",
            "x between 1 and y + 1",
        ] {
            assert_eq!(sql(text), Predicate::Sql(text.to_owned()), "{text}");
        }
    }

    #[test]
    fn spark_quotes_and_escapes_differ() {
        let spark = |text| parse_text(text, Some("spark")).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(spark("status == \"paid\" AND `order id` <> 1"), {
            and([one_of("status", [text("paid")]), one_of("order id", [int(1)]).negated()])
        });
        assert_eq!(spark(r"name = 'it\'s'"), one_of("name", [text("it's")]));
        assert_eq!(spark("! flag"), Predicate::value("flag", Test::IsTrue).negated());
        assert_eq!(spark("name like 'a%'"), {
            Predicate::value("name", Test::Like { pattern: "a%".to_owned(), escape: Some('\\') })
        });
        assert_eq!(spark("length(x) > 1 and y = \"it's\""), Predicate::Sql("length(x) > 1 and y = 'it''s'".to_owned()));
    }
}

mod python_conditions {
    use super::*;

    #[test]
    fn great_expectations_columns() {
        for parser in [None, Some("great_expectations"), Some("great_expectations__experimental__")] {
            let parse = |text| parse_text(text, parser).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert_eq!(parse("col(\"x\") > 5"), greater("x", int(5)));
            assert_eq!(parse("col(\"x\")==\"two\""), among("x", [text("two")]));
            assert_eq!(parse("col('order id') <= -1.5e2"), at_most("order id", Literal::Float(-150.0)));
            assert_eq!(parse("col(\"c\").notnull()"), null("c").negated());
            assert_eq!(parse("col(\"c\").notNull()"), null("c").negated());
            assert_eq!(parse("col(\"c\").isNull()"), null("c"));
            assert_eq!(parse("col(\"c\").is_in([1, 2])"), among("c", [int(1), int(2)]));
            assert_eq!(parse("col(\"day\") > date(\"2020-01-01\")"), greater("day", text("2020-01-01")));
            assert_eq!(parse("col(\"a\") < col(\"b\")"), compare("a", Comparison::Less, "b"));
            assert_eq!(parse("col(\"x\") != 5"), or_null(among("x", [int(5)]).negated(), "x"));
        }
    }

    #[test]
    fn pandas_queries() {
        assert_eq!(sql("(a == 5) & (b == \"e\")"), and([among("a", [int(5)]), among("b", [text("e")])]));
        assert_eq!(sql("(zip != '0') & (zip.notna())"), {
            and([or_null(among("zip", [text("0")]).negated(), "zip"), null("zip").negated()])
        });
        assert_eq!(sql("g.isnull()"), null("g"));
        assert_eq!(python("x == True"), among("x", [Literal::Bool(true)]));
        assert_eq!(python("`col with space` == 1"), among("col with space", [int(1)]));
        assert_eq!(python("a > b or not a == 1"), {
            or([compare("a", Comparison::Greater, "b"), null("a"), among("a", [int(1)]).negated()])
        });
        assert_eq!(python("customer.zip == 1"), among("customer.zip", [int(1)]));
        assert_eq!(python("x < inf"), compare("x", Comparison::Less, "inf"));
    }

    #[test]
    fn ampersand_and_bar_are_and_and_or() {
        let [x, w] = ["x", "w"].map(|column| among(column, [int(1)]).negated());
        assert_eq!(sql("x!=1 & w!=1"), and([or_null(x.clone(), "x"), or_null(w.clone(), "w")]));
        assert_eq!(python("x!=1 | w!=1"), or([null("x"), x, null("w"), w]));
        assert_eq!(python("a < 1 | b < 1 & c < 1"), python("a < 1 or (b < 1 and c < 1)"));
    }

    #[test]
    fn lists_in_brackets_and_tuples() {
        let among_ab = among("status", [text("A"), text("B")]);
        assert_eq!(sql("status in [\"A\",\"B\"]"), among_ab);
        assert_eq!(sql("status in ('A', 'B') & x < 1"), and([among_ab.clone(), less("x", int(1))]));
        assert_eq!(python("status == ['A', 'B']"), among_ab);
        assert_eq!(python("status.isin(('A', 'B',))"), among_ab);
        assert_eq!(sql("status not in ['A','B']"), or_null(among_ab.clone().negated(), "status"));
        assert_eq!(python("~status.isin(['A','B'])"), or_null(among_ab.negated(), "status"));
        assert_eq!(python("x.isin([])"), among("x", []));
        // a null in a list is found, unlike in SQL
        assert_eq!(python("x.isin([1, None])"), or([null("x"), among("x", [int(1)])]));
        assert_eq!(python("x not in [1, None]"), {
            and([null("x").negated(), or_null(among("x", [int(1)]).negated(), "x")])
        });
    }

    #[test]
    fn methods_of_texts() {
        let test = |test| Predicate::value("name", test);
        let starts = test(Test::StartsWith("C".to_owned()));
        assert_eq!(python("name.str.startswith(\"C\")"), starts);
        assert_eq!(sql("~name.str.startswith(\"C\")"), or_null(starts.clone().negated(), "name"));
        assert_eq!(python("name.str.startswith('C') == False"), or_null(starts.clone().negated(), "name"));
        assert_eq!(python("name.str.startswith('C', na=False)"), starts);
        assert_eq!(python("name.str.startswith('C', na=True)"), or_null(starts.clone(), "name"));
        assert_eq!(python("name.str.startswith(('C', 'D'))"), or([starts, test(Test::StartsWith("D".to_owned()))]));
        assert_eq!(python("name.str.endswith('x')"), test(Test::EndsWith("x".to_owned())));
        assert_eq!(python("name.str.contains('a|b')"), test(Test::Regex("a|b".to_owned())));
        assert_eq!(python(r"name.str.contains(r'^\d+$')"), test(Test::Regex(r"^\d+$".to_owned())));
        assert_eq!(python("name.str.contains('a.b', regex=False, na=False)"), test(Test::Contains("a.b".to_owned())));
        assert_eq!(python("name.str.contains('a', case=False)"), test(Test::Regex("(?i:a)".to_owned())));
        assert_eq!(python("name.str.contains('.', case=False, regex=False)"), test(Test::Regex("(?i:\\.)".to_owned())));
        assert_eq!(python("name.str.match('a|b')"), test(Test::Regex("\\A(?:a|b)".to_owned())));
        assert_eq!(python("name.str.fullmatch('a')"), test(Test::Regex("\\A(?:a)\\Z".to_owned())));
        assert_eq!(python("a.b.str.contains('x')"), Predicate::value("a.b", Test::Regex("x".to_owned())));
        assert_eq!(python("`a b`.str.contains('x')"), Predicate::value("a b", Test::Regex("x".to_owned())));
    }

    #[test]
    fn comparisons_chain() {
        assert_eq!(python("1 < x <= 5"), and([greater("x", int(1)), at_most("x", int(5))]));
        assert_eq!(python("a < b < c == 1"), {
            and([compare("a", Comparison::Less, "b"), compare("b", Comparison::Less, "c"), among("c", [int(1)])])
        });
        assert_eq!(python("not (1 < x <= 5)"), {
            or([null("x"), greater("x", int(1)).negated(), null("x"), at_most("x", int(5)).negated()])
        });
        let bounds = Bounds { min: Some(int(1)), max: Some(int(5)), strict_min: true, strict_max: false };
        assert_eq!(python("x.between(1, 5, inclusive='right')"), Predicate::value("x", Test::Between(bounds)));
    }

    #[test]
    fn what_differs_from_itself_is_null() {
        assert_eq!(python("x == x"), null("x").negated());
        assert_eq!(python("x != x"), null("x"));
        assert_eq!(python("~(x == x) & y < 1"), and([null("x"), less("y", int(1))]));
    }

    #[test]
    fn negation_knows_two_values() {
        let one = among("x", [int(1)]);
        assert_eq!(python("~(x == 1)"), or_null(one.clone().negated(), "x"));
        assert_eq!(python("not not x == 1"), one);
        assert_eq!(python("~flag"), or_null(Predicate::value("flag", Test::IsTrue).negated(), "flag"));
        assert_eq!(python("~x.isnull()"), null("x").negated());
        assert_eq!(python("a != b"), or([null("a"), null("b"), compare("a", Comparison::NotEqual, "b")]));
        assert_eq!(python("~(a != b)"), compare("a", Comparison::Equal, "b"));
    }

    #[test]
    fn moments_are_iso_8601() {
        let after = |text: &str| greater("at", Literal::Text(text.to_owned()));
        assert_eq!(python("at > datetime.date(2021, 2, 1)"), after("2021-02-01"));
        assert_eq!(python("at > datetime.datetime(2021,1,30,0,0,0,tzinfo=datetime.timezone.utc)"), {
            after("2021-01-30T00:00:00+00:00")
        });
        assert_eq!(python("at > datetime(2021, 1, 30, 1, 2, 3, 500000)"), after("2021-01-30T01:02:03.500"));
        assert_eq!(python("at > Timestamp('2021-01-30')"), after("2021-01-30"));
        assert_eq!(error("at > datetime.date(2021, 2, 30)", Some("pandas")).0, "datetime.date(2021, 2, 30)");
    }

    #[test]
    fn words_of_sql_are_understood_where_they_are_clear() {
        assert_eq!(python("x is null AND y == 1"), and([null("x"), among("y", [int(1)])]));
        assert_eq!(python("x is not None"), null("x").negated());
        assert_eq!(python("OR == 1"), among("OR", [int(1)]));
    }
}

mod faults {
    use super::*;
    use crate::document::Entry;

    #[test]
    fn comparisons_with_null_say_what_to_write() {
        let (place, message, help) = error("a = 1 and x = null", None);
        assert_eq!((place, &*message), ("x = null", "a comparison with null is never true"));
        assert_eq!(help, "write `x is null`");
        assert_eq!(error("null <> \"a b\"", None).2, "write `\"a b\" is not null`");
        assert_eq!(error("x == None", None).2, "write `x.isnull()`");
        assert_eq!(error("x != None", Some("pandas")).2, "write `x.notnull()`");
        assert_eq!(error("x between null and 5", None).0, "x between null");
        assert_eq!(error("x in (1, null)", None).0, "null");
    }

    #[test]
    fn the_place_is_where_it_goes_wrong() {
        for (text, place) in [
            ("status = = 'paid'", "="),
            ("status = 'paid", "'paid"),
            ("a = 1 b = 2", "b"),
            ("(a = 1", ""),
            ("a = 1)", ")"),
            ("a = 1 and", ""),
            ("length(name) > > 3", ">"),
            ("length(name > 3", ""),
            ("cast(a as int = 1", "="),
            ("a < b < c", "a < b <"),
            ("x in ()", "()"),
            ("'status' = 'paid'", "'status' = 'paid'"),
            ("2nd = 1", "2nd"),
            ("\u{201c}a\u{201d} = 1", "\u{201c}"),
            ("x in (select 1)", "x in (select 1)"),
            ("sum(x) over () > 1", "sum(x) over () > 1"),
            ("   ", "   "),
        ] {
            assert_eq!(error(text, None).0, place, "{text}: {:?}", error(text, None));
        }
    }

    #[test]
    fn the_sql_parser_speaks_in_the_same_words() {
        assert_eq!(error("length(name > 3", None).1, "the condition ends where `)` was expected");
        assert_eq!(error("length(name) > > 3", None).1, "found `>` where an expression was expected");
        assert_eq!(
            error("x in (select 1)", None).1,
            "the condition cannot be asked of a row: it holds a query, and a condition is about one row: `unexpected_rows_expectation` takes queries"
        );
    }

    #[test]
    fn sql_has_no_paths_into_lists() {
        let (place, _, help) = error("items[].price + 1 > 5", None);
        assert_eq!(place, "+");
        assert!(help.contains("`[]`"), "{help}");
    }

    #[test]
    fn python_that_is_not_understood_is_named() {
        for (text, place, word) in [
            ("x == @limit", "@limit", "variable"),
            ("index > 5", "index", "row labels"),
            ("x = 5 & y == 1", "=", "`=`"),
            ("x + 1 == 5", "+", "arithmetic"),
            ("x == y * 2", "*", "arithmetic"),
            ("x.str.len() > 3", "x.str.len()", "`str.len`"),
            ("x.dt.year == 2024", "x.dt.year", "`.dt.year`"),
            ("abs(x) == 1", "abs", "`abs`"),
            ("x[0] == 1", "[", "`[`"),
            ("~x == 1", "~x", "cannot be compared"),
            ("a == 1 & 5", "5", "condition"),
            ("(a == 1) == 2", "(a == 1)", "cannot be compared"),
            ("x in y", "y", "list"),
            ("x == 'a' 'b'", "'a' 'b'", "follow one another"),
            ("!flag == 1", "!", "`!`"),
            ("x is 5", "is", "`is`"),
            ("x.isin(5)", "5", "not a list"),
            ("x.between(None, 5)", "x.between(None, 5)", "null"),
            ("x.between(1)", "x.between(1)", "two values"),
            ("x.str.startswith(5)", "5", "not a text"),
            ("x.isnull(1)", "x.isnull(1)", "`isnull`"),
            ("x.str.contains('a', flags=2)", "2", "`flags`"),
            ("\"a b\" == 5", "\"a b\" == 5", "two values"),
        ] {
            let (found, message, _) = error(text, Some("pandas"));
            assert!(message.contains(word), "{text}: {message}");
            assert_eq!(found, place, "{text}: {message}");
        }
    }

    #[test]
    fn faults_point_into_the_document() {
        let node = |text: &str, length: usize| Node::new(Value::Text(text.to_owned()), Span::new(100, 100 + length));
        let span = |node: &Node| parse_condition(node, None).expect_err("a fault")[0].span;
        let text = "status = = 'paid'";
        assert_eq!(span(&node(text, text.len())), Span::new(109, 110));
        assert_eq!(span(&node(text, text.len() + 2)), Span::new(110, 111));
        // folded or escaped: the whole
        assert_eq!(span(&node(text, text.len() + 5)), Span::new(100, 122));
        let text = "status\n= = 'paid'";
        assert_eq!(span(&node(text, text.len())), Span::new(100, 117));
    }

    #[test]
    fn an_unknown_parser_is_a_fault_of_its_own() {
        let node = Node::new(Value::Text("x == 1".to_owned()), Span::new(3, 9));
        let faults = parse_condition(&node, Some("panda")).expect_err("a fault");
        assert_eq!(faults[0].code, "unknown-condition-parser");
        assert_eq!(faults[0].help.as_deref(), Some("did you mean `pandas`?"));
        assert!(parse_text("x == 1", Some("bad_parser")).is_err());
    }

    #[test]
    fn only_texts_and_mappings_are_conditions() {
        for value in [Value::Null, Value::Bool(true), Value::Int(1), Value::List(Vec::new())] {
            let faults = parse_condition(&Node::new(value, Span::default()), None).expect_err("a fault");
            assert_eq!(faults[0].code, "wrong-type");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let many = 100_000;
        for text in [
            "(".repeat(many),
            "not ".repeat(many),
            format!("{}a = 1{}", "(".repeat(many), ")".repeat(many)),
            format!("length(a) = {}1", "(".repeat(many)),
            "-".repeat(many),
            "[".repeat(many),
            "~".repeat(many),
            "a.isin(".repeat(many),
            "case when ".repeat(many),
            "f(".repeat(many),
            // each level doubles the time of the SQL parser
            format!("length(x) = {}1 2", "cast(".repeat(40)),
            format!("length(x) = {}1 2", "position(".repeat(40)),
            format!("length(x) = {}1 2", "case when 1 then ".repeat(40)),
            format!("length(x) = {}1 2", "interval ".repeat(40)),
        ] {
            for parser in [None, Some("pandas"), Some("spark")] {
                assert!(parse_text(&text, parser).is_err());
            }
        }
        let deep = |depth: usize| format!("{}a = 1{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(sql(&deep(MAX_DEPTH - 2)), one_of("a", [int(1)]));
        assert!(error(&deep(MAX_DEPTH), None).1.contains("nested"));

        let mut node = Node::new(Value::Text("x = 1".to_owned()), Span::default());
        for _ in 0..10_000 {
            let entry = |key: &str, value| Entry { key: key.to_owned(), key_span: Span::default(), value };
            let list = Node::new(Value::List(vec![node]), Span::default());
            let kind = Node::new(Value::Text("and".to_owned()), Span::default());
            node = Node::new(Value::Map(vec![entry("type", kind), entry("conditions", list)]), Span::default());
        }
        let faults = std::thread::Builder::new().stack_size(64 << 20).spawn(move || parse_condition(&node, None));
        let faults = faults.expect("a thread").join().expect("no panic").expect_err("a fault");
        assert!(faults[0].message.contains("nested"));
    }

    #[test]
    fn long_conditions_are_read() {
        let long = vec!["a = 1"; 50_000].join(" or ");
        let Predicate::Or(parts) = sql(&long) else { panic!("not joined") };
        assert_eq!(parts.len(), 50_000);
        let list = format!("upper(x) in ({})", vec!["'a'"; 50_000].join(", "));
        assert!(matches!(sql(&list), Predicate::Sql(_)));
        let chain = format!("length(x) = {}", vec!["1"; 50_000].join(" + "));
        assert!(error(&chain, None).1.contains("parts"));
    }
}

mod objects {
    use super::*;

    fn node(json: serde_json::Value) -> Node {
        use crate::document::Entry;
        let value = match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(value) => Value::Int(value.into()),
                None => Value::Float(number.as_f64().unwrap_or_default()),
            },
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Array(items) => Value::List(items.into_iter().map(node).collect()),
            serde_json::Value::Object(map) => Value::Map(
                map.into_iter()
                    .map(|(key, value)| Entry { key, key_span: Span::default(), value: node(value) })
                    .collect(),
            ),
        };
        Node::new(value, Span::default())
    }

    fn read(json: serde_json::Value) -> Predicate {
        parse_condition(&node(json), None).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    fn codes(json: serde_json::Value) -> Vec<&'static str> {
        parse_condition(&node(json), None).expect_err("a fault").into_iter().map(|fault| fault.code).collect()
    }

    fn comparison(operator: &str, parameter: serde_json::Value) -> serde_json::Value {
        let mut json = serde_json::json!({"type": "comparison", "column": {"name": "g"}, "operator": operator});
        json["parameter"] = parameter;
        json
    }

    #[test]
    fn comparisons_read_as_in_pandas() {
        assert_eq!(read(comparison("==", 5.into())), among("g", [int(5)]));
        assert_eq!(read(comparison("!=", "a".into())), or_null(among("g", [text("a")]).negated(), "g"));
        assert_eq!(read(comparison("<", 1.5.into())), less("g", Literal::Float(1.5)));
        assert_eq!(read(comparison("<=", 1.into())), at_most("g", int(1)));
        assert_eq!(read(comparison(">", 1.into())), greater("g", int(1)));
        assert_eq!(read(comparison(">=", "2024-01-01".into())), at_least("g", text("2024-01-01")));
        assert_eq!(read(comparison("IN", serde_json::json!([1, 2]))), among("g", [int(1), int(2)]));
        assert_eq!(
            read(comparison("NOT_IN", serde_json::json!(["a"]))),
            or_null(among("g", [text("a")]).negated(), "g")
        );
        assert_eq!(read(comparison(">", serde_json::json!({"name": "h"}))), compare("g", Comparison::Greater, "h"));
    }

    #[test]
    fn groups_nullity_and_texts() {
        let nullity = |is_null| serde_json::json!({"type": "nullity", "column": {"name": "g"}, "is_null": is_null});
        assert_eq!(read(nullity(true)), null("g"));
        assert_eq!(read(nullity(false)), null("g").negated());
        let text = serde_json::json!({"type": "pass_through", "pass_through_filter": "x > 0"});
        let all = serde_json::json!({"type": "and", "conditions": [nullity(false), text]});
        let all_read = and([null("g").negated(), greater("x", int(0))]);
        assert_eq!(read(all.clone()), all_read);
        let any = serde_json::json!({"type": "or", "conditions": [all, comparison("==", 1.into())]});
        assert_eq!(read(any), or([all_read, among("g", [int(1)])]));
    }

    #[test]
    fn all_faults_are_found() {
        assert_eq!(codes(serde_json::json!({})), ["missing-key"]);
        assert_eq!(codes(serde_json::json!({"type": "comparisons"})), ["wrong-value"]);
        assert_eq!(codes(serde_json::json!({"type": "comparison"})), ["missing-key"; 3]);
        assert_eq!(codes(comparison("=", 5.into())), ["wrong-value"]);
        assert_eq!(codes(comparison("==", serde_json::Value::Null)), ["wrong-value"]);
        assert_eq!(codes(comparison("==", serde_json::json!([1]))), ["wrong-type"]);
        assert_eq!(codes(comparison("IN", 5.into())), ["wrong-type"]);
        assert_eq!(codes(serde_json::json!({"type": "and", "conditions": []})), ["wrong-value"]);
        assert_eq!(
            codes(serde_json::json!({"type": "or", "conditions": [
                {"type": "nullity", "column": 1, "is_null": 0, "colunm": 1},
                {"type": "pass_through", "pass_through_filter": "x = = 1"},
                5,
            ]})),
            ["unknown-key", "wrong-type", "wrong-type", "invalid-condition", "wrong-type"]
        );
    }
}

#[test]
fn the_examples_of_the_manual_are_conditions() {
    let mut examples = 0;
    for block in super::MANUAL.split("```\n").skip(1).step_by(2) {
        for line in block.lines().filter(|line| !line.contains("expect_") && !line.starts_with("    ")) {
            let node = match line.strip_prefix('{') {
                Some(_) => crate::document::parse_yaml(&crate::diagnostic::SourceText::new("t.yaml", line)).unwrap(),
                None => Node::new(Value::Text(line.to_owned()), Span::new(0, line.len())),
            };
            super::parse_condition(&node, None).unwrap_or_else(|faults| panic!("{line}: {faults:?}"));
            examples += 1;
        }
    }
    assert_eq!(examples, 13);
}
