//! How weir puts things into words: the parameters of expectations in sentences, numbers as people write them, and texts
//! that are safe to print and of bounded width.

pub mod number;
pub mod plain;

use serde_json::{Map, Value};

/// How many members of a set are named, before the rest is counted.
pub const MEMBERS_SHOWN: usize = 8;
/// How wide a single value or pattern may be.
pub const VALUE_WIDTH: usize = 60;
/// How wide a piece of SQL may be: its end tells more than that of a value.
const QUERY_WIDTH: usize = 200;

/// The parameters of an expectation, read without any demand on their types.
#[derive(Debug, Clone, Copy)]
pub struct Kwargs<'a>(pub &'a Map<String, Value>);

impl<'a> Kwargs<'a> {
    /// A parameter; `None` where it is not there or null.
    #[must_use]
    pub fn value(self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// Tells whether a parameter is this boolean.
    #[must_use]
    pub fn is(self, wanted: bool, key: &str) -> bool {
        self.value(key).and_then(Value::as_bool) == Some(wanted)
    }

    /// The column that the expectation is about.
    #[must_use]
    pub fn column(self) -> Option<String> {
        self.name("column")
    }

    /// The columns that the expectation is about.
    #[must_use]
    pub fn columns(self) -> Option<String> {
        self.name("column_list")
    }

    /// `the values of` the column.
    #[must_use]
    pub fn values(self) -> Option<String> {
        Some(format!("the values of {}", self.column()?))
    }

    /// `the mean of` the column `lies between 0 and 10`.
    #[must_use]
    pub fn of_column(self, statistic: &str) -> Option<String> {
        Some(format!("the {statistic} of {} {}", self.column()?, self.bounds("lies")))
    }

    /// `at most 0.1`, the threshold.
    #[must_use]
    pub fn at_most(self) -> Option<String> {
        Some(format!("at most {}", self.inline("threshold")?))
    }

    /// `p-value above 0.05`.
    #[must_use]
    pub fn p_value(self, key: &str) -> String {
        format!("p-value above {}", self.inline(key).unwrap_or_else(|| "0.05".to_owned()))
    }

    /// A text parameter, escaped and cut.
    #[must_use]
    pub fn text(self, key: &str) -> Option<String> {
        Some(plain::cut(&plain::escape(self.value(key)?.as_str()?), VALUE_WIDTH))
    }

    /// A column, type or pattern in backticks; a list of them with commas.
    #[must_use]
    pub fn name(self, key: &str) -> Option<String> {
        self.value(key).map(name_or_names)
    }

    /// A piece of SQL in backticks, its lines joined.
    #[must_use]
    pub fn query(self, key: &str) -> Option<String> {
        let value = self.value(key)?;
        let lines = value.as_str().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        Some(
            lines.map_or_else(|| inline(value), |text| format!("`{}`", plain::cut(&plain::escape(&text), QUERY_WIDTH))),
        )
    }

    /// A value within a sentence.
    #[must_use]
    pub fn inline(self, key: &str) -> Option<String> {
        self.value(key).map(inline)
    }

    /// The members of a set; empty text where there are none.
    #[must_use]
    pub fn set(self, key: &str) -> Option<String> {
        let value = self.value(key)?;
        Some(
            value
                .as_array()
                .map_or_else(|| inline(value), |members| list(members, |member| plain::value(member, VALUE_WIDTH))),
        )
    }

    /// The members of a set, or words that say that it has none.
    #[must_use]
    pub fn members(self, key: &str) -> Option<String> {
        self.set(key).map(|members| if members.is_empty() { "nothing".to_owned() } else { members })
    }

    /// Which of several patterns have to match.
    #[must_use]
    pub fn any_or_all(self) -> &'static str {
        let all = self.value("match_on").and_then(Value::as_str) == Some("all");
        if all { "all of" } else { "any of" }
    }

    /// `mostly` in percent, where it allows anything.
    #[must_use]
    pub fn mostly(self) -> Option<String> {
        let value = self.value("mostly")?;
        match value.as_f64() {
            Some(1.0) => None,
            Some(mostly) => Some(number::fraction(mostly)),
            None => Some(inline(value)),
        }
    }

    /// `lies between 0 and 10`, `is at least 0`, `is greater than 0 and at most 10`.
    #[must_use]
    pub fn bounds(self, verb: &str) -> String {
        let (lower, upper) = (self.inline("min_value"), self.inline("max_value"));
        let (above, below) = (self.is(true, "strict_min"), self.is(true, "strict_max"));
        let least = if above { "greater than" } else { "at least" };
        let most = if below { "less than" } else { "at most" };
        match (lower, upper) {
            (Some(lower), Some(upper)) if !above && !below && lower == upper => format!("is {lower}"),
            (Some(lower), Some(upper)) if !above && !below => format!("{verb} between {lower} and {upper}"),
            (Some(lower), Some(upper)) => format!("is {least} {lower} and {most} {upper}"),
            (Some(lower), None) => format!("is {least} {lower}"),
            (None, Some(upper)) => format!("is {most} {upper}"),
            (None, None) => "is anything".to_owned(),
        }
    }

    /// `between 5 and 10 rows`, `at least 5 rows`, `fewer than 10 rows`.
    #[must_use]
    pub fn amount(self, noun: &str) -> String {
        let (lower, upper) = (self.inline("min_value"), self.inline("max_value"));
        let (above, below) = (self.is(true, "strict_min"), self.is(true, "strict_max"));
        let least = if above { "more than" } else { "at least" };
        let most = if below { "fewer than" } else { "at most" };
        let plural = |bound: &str| if bound == "1" { noun.to_owned() } else { format!("{noun}s") };
        match (lower, upper) {
            (Some(lower), Some(upper)) if !above && !below && lower == upper => {
                format!("exactly {lower} {}", plural(&lower))
            }
            (Some(lower), Some(upper)) if !above && !below => format!("between {lower} and {upper} {noun}s"),
            (Some(lower), Some(upper)) => format!("{least} {lower} and {most} {upper} {noun}s"),
            (Some(lower), None) => format!("{least} {lower} {}", plural(&lower)),
            (None, Some(upper)) => format!("{most} {upper} {}", plural(&upper)),
            (None, None) => format!("any number of {noun}s"),
        }
    }

    /// `a length between 5 and 10`, `a length of at least 5`, `a length of 5`.
    #[must_use]
    pub fn length(self) -> String {
        let bounds = self.bounds("lies");
        match bounds.strip_prefix("lies ") {
            Some(between) => format!("a length {between}"),
            None => format!("a length of {}", bounds.strip_prefix("is ").unwrap_or(&bounds)),
        }
    }

    /// `3 rows`.
    #[must_use]
    pub fn exact_amount(self, noun: &str) -> Option<String> {
        let amount = self.inline("value")?;
        let plural = if amount == "1" { "" } else { "s" };
        Some(format!("{amount} {noun}{plural}"))
    }

    /// `0.25: 1 to 2, 0.5: at least 3`.
    #[must_use]
    pub fn quantiles(self) -> Option<String> {
        let ranges = self.value("quantile_ranges")?;
        let quantiles = ranges.get("quantiles")?.as_array()?;
        let value_ranges = ranges.get("value_ranges")?.as_array()?;
        let pairs: Vec<(&Value, &Value)> = quantiles.iter().zip(value_ranges).collect();
        Some(list(&pairs, |(quantile, range)| {
            let bound = |at: usize| range.get(at).filter(|bound| !bound.is_null()).map(inline);
            let bounds = match (bound(0), bound(1)) {
                (Some(lower), Some(upper)) => format!("{lower} to {upper}"),
                (Some(lower), None) => format!("at least {lower}"),
                (None, Some(upper)) => format!("at most {upper}"),
                (None, None) => "any".to_owned(),
            };
            format!("{}: {bounds}", inline(quantile))
        }))
    }
}

/// A type of Arrow in backticks, with a plain word for it where there is one.
#[must_use]
pub fn type_name(name: &str) -> String {
    let family = name.split(['(', '<', ' ']).next().unwrap_or(name);
    let word = match family.trim_end_matches(|character: char| character.is_ascii_digit()) {
        "Utf" | "LargeUtf" | "Utf8View" => "text",
        "Int" | "UInt" => "whole number",
        "Float" => "floating-point number",
        "Decimal" => "decimal number",
        "Date" => "date",
        "Timestamp" => "date and time",
        "Time" => "time of day",
        "Binary" | "LargeBinary" | "BinaryView" | "FixedSizeBinary" => "bytes",
        "List" | "LargeList" | "FixedSizeList" => "list",
        _ => return plain::name(name),
    };
    format!("{} ({word})", plain::name(name))
}

/// A column or pattern in backticks; a list of them with commas.
#[must_use]
pub fn name_or_names(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", plain::cut(&plain::escape(text), VALUE_WIDTH)),
        Value::Array(items) => list(items, name_or_names),
        other => inline(other),
    }
}

/// A value within a sentence: numbers with thousands separators, dates bare, other texts quoted.
#[must_use]
pub fn inline(value: &Value) -> String {
    match value {
        Value::Number(value) => number::number(value),
        Value::String(text) if reads_as_date(text) => text.clone(),
        Value::Object(entries) => match (entries.len(), entries.get("$PARAMETER").and_then(Value::as_str)) {
            (1, Some(parameter)) => plain::cut(&format!("${}", plain::escape(parameter)), VALUE_WIDTH),
            _ => plain::value(value, VALUE_WIDTH),
        },
        _ => plain::value(value, VALUE_WIDTH),
    }
}

/// `a, b, c and 4 more`.
pub fn list<T>(items: &[T], mut show: impl FnMut(&T) -> String) -> String {
    // One more than the limit costs less room than saying so.
    let shown = if items.len() == MEMBERS_SHOWN + 1 { items.len() } else { items.len().min(MEMBERS_SHOWN) };
    let mut text = items[..shown].iter().map(&mut show).collect::<Vec<_>>().join(", ");
    if shown < items.len() {
        text.extend([" and ", &number::count((items.len() - shown) as u64), " more"]);
    }
    text
}

fn reads_as_date(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.chars().all(|character| character.is_ascii_digit() || "-:.+TZ ".contains(character))
        && text.contains(['-', ':'])
}
