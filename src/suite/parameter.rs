//! `$PARAMETER`: values that a suite leaves open, and the arithmetic that Great Expectations allows on them.
//!
//! `{$PARAMETER: expression}` stands for a value, anywhere among the parameters of an expectation. An expression is the
//! name of a parameter, or numbers and names with `+ - * / ^`, parentheses, `pi`, `e`, functions (`sin cos tan exp abs
//! trunc round sgn`), and times: `now()`, `datetime(2003, 1, 1)`, `timedelta(weeks=1)`. As in Great Expectations, a sign
//! binds tighter than `^`, `now()` is the time in UTC.

mod expression;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use chrono::NaiveDateTime;

use crate::diagnostic::{Diagnostic, SourceText, Span, closest};
use crate::document::{Entry, Fault, MAX_EXPANSION, Node, Value, parse_scalar, parse_yaml};

use expression::Quantity;

/// The key that marks a place for a value.
pub(super) const PLACEHOLDER: &str = "$PARAMETER";

/// How many names are looked through for one that may be meant.
pub(super) const MOST_SUGGESTED: usize = 1000;

/// Begins the key of a value that holds unless the run gives another: `$PARAMETER.limit: 5`.
const DEFAULT_PREFIX: &str = "$PARAMETER.";

/// The values that a suite may refer to, and which of them it did.
#[derive(Debug)]
pub(super) struct Parameters<'a> {
    /// Given for this run.
    given: Vec<(&'a str, Node)>,
    /// Named by the suite itself.
    declared: &'a [Entry],
    now: NaiveDateTime,
    used: RefCell<BTreeSet<String>>,
    /// What the values put in place so far weigh.
    expansion: Cell<usize>,
}

/// Places for which there is no value.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Why there is none, for each.
    pub faults: Vec<Fault>,
    /// Where they are.
    pub places: Vec<Span>,
}

impl Open {
    /// Tells whether a place lies in one of these.
    pub fn covers(&self, span: Span) -> bool {
        self.places.iter().any(|place| place.cover(span) == *place)
    }
}

impl<'a> Parameters<'a> {
    pub fn new(given: &'a [(String, serde_json::Value)], declared: &'a [Entry], now: NaiveDateTime) -> Self {
        let given =
            given.iter().map(|(name, value)| (name.as_str(), Node::from_json(value, Span::default()))).collect();
        Self { given, declared, now, used: RefCell::default(), expansion: Cell::new(0) }
    }

    /// Tells whether any expression so far has referred to this name.
    pub fn is_used(&self, name: &str) -> bool {
        self.used.borrow().contains(name)
    }

    /// Returns all names, those of the run first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.given.iter().map(|(name, _)| *name).chain(self.declared.iter().map(|entry| entry.key.as_str()))
    }

    /// Returns a copy of the tree with a value in each place of a `$PARAMETER`. The value stands where the place stood;
    /// where there is none, the place becomes null and is noted.
    pub fn substitute(&self, node: &Node, open: &mut Open) -> Node {
        let value = match &node.value {
            Value::Map(entries) if node.get(PLACEHOLDER).is_some() => {
                return match self.place(node, entries) {
                    Ok(value) => value,
                    Err(fault) => {
                        open.faults.push(fault);
                        open.places.push(node.span);
                        Node::new(Value::Null, node.span)
                    }
                };
            }
            Value::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|entry| Entry { value: self.substitute(&entry.value, open), ..entry.clone() })
                    .collect(),
            ),
            Value::List(items) => Value::List(items.iter().map(|item| self.substitute(item, open)).collect()),
            value => value.clone(),
        };
        Node::new(value, node.span)
    }

    /// Gives the value of one `{$PARAMETER: expression}`.
    fn place(&self, node: &Node, entries: &[Entry]) -> Result<Node, Fault> {
        if let Some(stray) =
            entries.iter().find(|entry| entry.key != PLACEHOLDER && !entry.key.starts_with(DEFAULT_PREFIX))
        {
            return Err(Fault {
                code: "unknown-key",
                message: format!("`{}` stands beside `{PLACEHOLDER}`", stray.key),
                span: stray.key_span,
                help: Some(format!("a mapping with `{PLACEHOLDER}` is replaced as a whole; take the other keys out")),
            });
        }
        let Some(expression) = node.get(PLACEHOLDER) else { return Ok(node.clone()) };
        let Value::Text(text) = &expression.value else {
            return match expression.value {
                Value::Int(_) | Value::Float(_) => Ok(placed(expression, node.span)),
                _ => Err(Fault {
                    code: "wrong-type",
                    message: format!("`{PLACEHOLDER}` is {}, expected the name of a parameter", expression.describe()),
                    span: expression.span,
                    help: Some(format!("write `{{{PLACEHOLDER}: name}}`")),
                }),
            };
        };
        let default = entries.iter().find(|entry| entry.key.strip_prefix(DEFAULT_PREFIX) == Some(text));
        let default = default.map(|entry| &entry.value);
        let problem = match self.evaluate(text.trim(), default) {
            Ok(value) => {
                self.expansion.set(self.expansion.get().saturating_add(value.weight()));
                if self.expansion.get() <= MAX_EXPANSION {
                    return Ok(placed(&value, node.span));
                }
                Problem::Size
            }
            Err(problem) => problem,
        };
        let (code, message, help) = match problem {
            Problem::Unknown(name) => self.unknown(&name),
            Problem::Size => (
                "parameter-expansion",
                "the values of parameters make this suite too large".to_owned(),
                Some("repeat large values less often".to_owned()),
            ),
            Problem::Store => (
                "unsupported-parameter",
                "the value lies in a metric store of Great Expectations, which is not read here".to_owned(),
                Some("give it as a parameter of its own".to_owned()),
            ),
            Problem::Expression { message, help } => {
                ("wrong-expression", format!("`{text}` cannot be computed: {message}"), help.map(str::to_owned))
            }
        };
        Err(Fault { code, message, span: expression.span, help })
    }

    fn evaluate(&self, text: &str, default: Option<&Node>) -> Result<Node, Problem> {
        // A name may hold what an expression could not: `max-amount`, `run date`.
        if let Some(node) = self.given(text) {
            return Ok(node.clone());
        }
        if let Some(default) = default {
            let of_the_run = expression::evaluate(text, self.now, &|name| self.given(name).map(Quantity::of));
            return Ok(of_the_run.map_or_else(|_| default.clone(), Quantity::into_node));
        }
        if let Some(node) = self.declared(text) {
            return Ok(node.clone());
        }
        if text.contains("urn:great_expectations") {
            return Err(Problem::Store);
        }
        let lookup = |name: &str| self.given(name).or_else(|| self.declared(name)).map(Quantity::of);
        expression::evaluate(text, self.now, &lookup).map(Quantity::into_node)
    }

    fn given(&self, name: &str) -> Option<&Node> {
        let node = self.given.iter().rev().find(|(given, _)| *given == name).map(|(_, node)| node)?;
        self.used.borrow_mut().insert(name.to_owned());
        Some(node)
    }

    fn declared(&self, name: &str) -> Option<&Node> {
        let node = self.declared.iter().find(|entry| entry.key == name).map(|entry| &entry.value)?;
        self.used.borrow_mut().insert(name.to_owned());
        Some(node)
    }

    fn unknown(&self, name: &str) -> (&'static str, String, Option<String>) {
        let help = match closest(name, self.names().take(MOST_SUGGESTED)) {
            Some(similar) => format!("a similar parameter exists: `{similar}`"),
            None if name == "now" => "write `now()`".to_owned(),
            None => format!("give it with `--param {name}=…`, or name it under `parameters`"),
        };
        ("unknown-parameter", format!("the parameter `{name}` has no value"), Some(help))
    }
}

/// Why there is no value.
#[derive(Debug, PartialEq)]
enum Problem {
    /// A name that nobody gave.
    Unknown(String),
    /// The value is in a store of Great Expectations.
    Store,
    /// All values together are too large.
    Size,
    /// The expression does not parse, or what it says cannot be computed.
    Expression { message: String, help: Option<&'static str> },
}

/// Returns the value as if it had been written at this place.
fn placed(node: &Node, span: Span) -> Node {
    let value = match &node.value {
        Value::List(items) => Value::List(items.iter().map(|item| placed(item, span)).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|entry| Entry { key: entry.key.clone(), key_span: span, value: placed(&entry.value, span) })
                .collect(),
        ),
        value => value.clone(),
    };
    Node::new(value, span)
}

/// Reads `name=value` as a user gives it on the command line. The value is read as YAML reads it: `5` is a number, `'5'` a
/// text, `[a, b]` a list, `2024-01-31` a text that columns of dates understand. Nothing is the empty text, and not null: a
/// variable of the shell that is not set would otherwise open a bound.
///
/// # Errors
/// There is no `=`, no name, or a list or mapping that does not parse.
#[expect(clippy::result_large_err, reason = "made once for an argument of the command line")]
pub fn parse_argument(argument: &str) -> Result<(String, serde_json::Value), Diagnostic> {
    let source = SourceText::new("--param", argument);
    let fail = |message: String| {
        Diagnostic::error("wrong-argument", message, None).with_help("write `--param name=value`").in_source(&source)
    };
    let Some((name, value)) = argument.split_once('=') else {
        return Err(fail(format!("`{argument}` has no `=`")));
    };
    let name = name.trim();
    if name.is_empty() {
        return Err(fail(format!("`{argument}` has no name before the `=`")));
    }
    let value = value.trim();
    if value.is_empty() {
        return Ok((name.to_owned(), "".into()));
    }
    if value.starts_with(['[', '{', '\'', '"']) {
        let node = parse_yaml(&SourceText::new("--param", value)).map_err(|diagnostics| {
            match diagnostics.into_iter().next() {
                Some(diagnostic) => diagnostic,
                None => fail(format!("the value of `{name}` does not parse")),
            }
        })?;
        return Ok((name.to_owned(), node.to_json()));
    }
    Ok((name.to_owned(), Node::new(parse_scalar(value), Span::default()).to_json()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> NaiveDateTime {
        chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap().and_hms_opt(12, 30, 0).unwrap()
    }

    fn node(yaml: &str) -> Node {
        parse_yaml(&SourceText::new("t.yaml", yaml)).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    /// The value of a tree, or the first message.
    fn value(yaml: &str, given: &[(&str, serde_json::Value)], declared: &str) -> Result<serde_json::Value, String> {
        let given: Vec<(String, serde_json::Value)> =
            given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let declared = node(declared);
        let parameters = Parameters::new(&given, declared.entries(), now());
        let mut open = Open::default();
        let value = parameters.substitute(&node(yaml), &mut open).to_json();
        open.faults.into_iter().next().map_or(Ok(value), |fault| Err(fault.message))
    }

    fn computed(expression: &str) -> Result<serde_json::Value, String> {
        let declared =
            "{n: 4, x: 2.5, day: '2024-01-31', at: '2024-01-31T10:00:00', list: [1, 2], e1: 1, max-amount: 7}";
        value(&format!("{{$PARAMETER: \"{expression}\"}}"), &[], declared)
    }

    #[test]
    fn arithmetic_gives_numbers() {
        for (expression, expected) in [
            ("n", json!(4)),
            ("max-amount", json!(7)),
            ("n * 1000", json!(4000)),
            ("2 + 3 * 4", json!(14)),
            ("(2 + 3) * 4", json!(20)),
            ("7 / 2", json!(3.5)),
            ("4 / 2", json!(2.0)),
            ("2 ^ 3 ^ 2", json!(512)),
            ("-2 ^ 2", json!(4)),
            ("2 ^ -1", json!(0.5)),
            ("1 - -1", json!(2)),
            ("1e3 + .5", json!(1000.5)),
            ("abs(-3)", json!(3)),
            ("trunc(2.9)", json!(2)),
            ("trunc(-2.9)", json!(-2)),
            ("round(2.5)", json!(2)),
            ("round(3.5)", json!(4)),
            ("round(2.347, 2)", json!(2.35)),
            ("sgn(-0.5) + sgn(0)", json!(-1)),
            ("round(sin(PI / 2) + cos(0) + exp(0))", json!(3)),
            ("round(e * 100)", json!(272)),
            ("n * x", json!(10.0)),
            ("n^2+1", json!(17)),
        ] {
            assert_eq!(computed(expression), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn times_are_iso_texts() {
        for (expression, expected) in [
            ("now()", "2024-02-29T12:30:00+00:00"),
            ("datetime(2003, 1, 1)", "2003-01-01T00:00:00"),
            ("datetime(2003, 1, 1, 12, 30, 5, 250)", "2003-01-01T12:30:05.000250"),
            ("datetime(year=2003, month=n, day=2)", "2003-04-02T00:00:00"),
            ("now() - timedelta(weeks=52*100)", "1924-07-03T12:30:00+00:00"),
            ("now() - timedelta(1, hours=12.5)", "2024-02-28T00:00:00+00:00"),
            ("day + timedelta(days=1)", "2024-02-01"),
            ("day + timedelta(hours=1)", "2024-01-31T01:00:00"),
            ("at - 2 * timedelta(hours=1)", "2024-01-31T08:00:00"),
        ] {
            assert_eq!(computed(expression), Ok(json!(expected)), "{expression}");
        }
        assert_eq!(computed("(now() - day) / timedelta(days=1)").unwrap(), json!(29.0 + 12.5 / 24.0));
    }

    #[test]
    fn what_cannot_be_computed_says_why() {
        for (expression, expected) in [
            ("", "nothing"),
            ("1 +", "the end"),
            ("(1", "`)`"),
            ("1 2", "`2`"),
            ("1 / 0", "division by zero"),
            ("exp(10000)", "finite"),
            ("0 ^ -1", "finite"),
            ("10 ^ 400", "finite"),
            ("list + 1", "a list"),
            ("day * 2", "text"),
            ("now() + 1", "a time"),
            ("timedelta(days=1)", "a length of time"),
            ("now() - timedelta(days=1e15)", "out of range"),
            ("datetime(2003, 13, 1)", "no such date"),
            ("datetime(2003)", "year, month and day"),
            ("timedelta(years=1)", "`years`"),
            ("sin()", "1 argument"),
            ("sin(1, 2)", "1 argument"),
            ("floor(1)", "`floor`"),
            ("sin(x=1)", "`x`"),
            ("2 ** 3", "`*`"),
            ("n; m", "`;`"),
            ("'a'", "`'`"),
            ("urn:great_expectations:validations:x:y", "metric store"),
        ] {
            let message = computed(expression).unwrap_err();
            assert!(message.contains(expected), "{expression}: {message}");
        }
    }

    #[test]
    fn hostile_expressions_end() {
        for expression in
            ["(".repeat(100_000), "-".repeat(100_000), "2^".repeat(100_000), "1+".repeat(100_000), "9".repeat(400)]
        {
            assert!(computed(&expression).is_err());
        }
        assert!(computed("9999999999999999999999999999999999999 * 99999999999999").is_ok());
    }

    #[test]
    fn the_run_goes_before_the_suite() {
        let text = "{$PARAMETER: limit}";
        assert_eq!(value(text, &[], "{limit: 1}"), Ok(json!(1)));
        assert_eq!(value(text, &[("limit", json!([1, {"a": null}]))], "{limit: 1}"), Ok(json!([1, {"a": null}])));
        let text = "{$PARAMETER: limit, $PARAMETER.limit: 5}";
        assert_eq!(value(text, &[], "{}"), Ok(json!(5)));
        assert_eq!(value(text, &[], "{limit: 1}"), Ok(json!(5)));
        assert_eq!(value(text, &[("limit", json!(2))], "{limit: 1}"), Ok(json!(2)));
        let text = "{$PARAMETER: limit * 2, '$PARAMETER.limit * 2': 5}";
        assert_eq!(value(text, &[], "{}"), Ok(json!(5)));
        assert_eq!(value(text, &[("limit", json!(2))], "{}"), Ok(json!(4)));
    }

    #[test]
    fn values_cannot_grow_without_bound() {
        let declared = node(&format!("{{big: [{}]}}", "1, ".repeat(10_000)));
        let parameters = Parameters::new(&[], declared.entries(), now());
        let mut open = Open::default();
        parameters.substitute(&node(&format!("[{}]", "{$PARAMETER: big}, ".repeat(1000))), &mut open);
        assert_eq!(open.faults[0].code, "parameter-expansion");
    }

    #[test]
    fn places_are_found_anywhere_and_keep_their_span() {
        let text = "a: [1, {$PARAMETER: n}]\nb: {c: {$PARAMETER: \"n + 1\"}}\n";
        let declared = node("{n: 2}");
        let parameters = Parameters::new(&[], declared.entries(), now());
        let mut open = Open::default();
        let read = parameters.substitute(&node(text), &mut open);
        assert_eq!(read.to_json(), json!({"a": [1, 2], "b": {"c": 3}}));
        let place = read.get("b").and_then(|b| b.get("c")).unwrap();
        assert_eq!(&text[place.span.start..place.span.end], "{$PARAMETER: \"n + 1\"}");
        assert!(parameters.is_used("n"));
    }

    #[test]
    fn an_unknown_name_is_a_fault_with_a_suggestion() {
        let declared = node("{max_amount: 2}");
        let parameters = Parameters::new(&[], declared.entries(), now());
        let mut open = Open::default();
        parameters.substitute(
            &node("[{$PARAMETER: max_amout}, {$PARAMETER: zzz + 1}, {$PARAMETER: [1]}, {$PARAMETER: a, b: 1}]"),
            &mut open,
        );
        let messages: Vec<&str> = open.faults.iter().map(|fault| fault.message.as_str()).collect();
        let expected = [
            "the parameter `max_amout` has no value",
            "the parameter `zzz` has no value",
            "`$PARAMETER` is a list, expected the name of a parameter",
            "`b` stands beside `$PARAMETER`",
        ];
        assert_eq!(messages, expected);
        assert_eq!(open.faults[0].help.as_deref(), Some("a similar parameter exists: `max_amount`"));
        assert_eq!(open.faults[1].help.as_deref(), Some("give it with `--param zzz=…`, or name it under `parameters`"));
    }

    #[test]
    fn arguments_are_read_as_yaml_reads_them() {
        for (argument, name, value) in [
            ("n=5", "n", json!(5)),
            ("n='5'", "n", json!("5")),
            ("day=2024-01-31", "day", json!("2024-01-31")),
            ("set=[DE, 'FR']", "set", json!(["DE", "FR"])),
            ("text=a=b: c", "text", json!("a=b: c")),
            ("none=", "none", json!("")),
            ("none=null", "none", json!(null)),
        ] {
            assert_eq!(parse_argument(argument).unwrap(), (name.to_owned(), value), "{argument}");
        }
        for argument in ["n", "=5", "n=[1"] {
            parse_argument(argument).unwrap_err();
        }
    }
}
