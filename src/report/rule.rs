//! What an expectation demands, in plain words: `` `amount` lies between 0 and 10,000 for at least 99 % of values ``.
//!
//! The words come from the expectation's name and parameters alone. A name without words of its own is spelled out with
//! its parameters. The text is one line, safe to print, and of bounded length: long sets are cut.

use serde_json::{Map, Value};

use super::number;
use super::plain;

/// How many members of a set are named, before the rest is counted.
const MEMBERS_SHOWN: usize = 8;
/// How wide a single value, pattern or query may be.
const VALUE_WIDTH: usize = 60;

/// Says what an expectation with these parameters demands.
#[must_use]
pub fn rule(name: &str, kwargs: &Map<String, Value>) -> String {
    let kwargs = Kwargs(kwargs);
    let sentence = sentence(name, kwargs).unwrap_or_else(|| spelled_out(name, kwargs));
    let mostly = kwargs.mostly().map(|mostly| format!(" for at least {mostly} of {}", judged(name)));
    let condition = kwargs.condition().map(|condition| format!(", where {condition}"));
    [sentence, mostly.unwrap_or_default(), condition.unwrap_or_default()].concat()
}

/// The sentence of each expectation that has one; `None` where its parameters do not suffice to form it.
#[expect(clippy::too_many_lines, reason = "one line of words for each expectation")]
fn sentence(name: &str, kwargs: Kwargs<'_>) -> Option<String> {
    let short = name.strip_prefix("expect_").unwrap_or(name);
    let column = || kwargs.name("column");
    let columns = || kwargs.name("column_list");
    let of_column = |statistic: &str| Some(format!("the {statistic} of {} {}", column()?, kwargs.bounds("lies")));
    let values = || Some(format!("the values of {}", column()?));
    let at_most = || Some(format!("at most {}", kwargs.inline("threshold")?));
    let p_value = |key: &str| format!("p-value above {}", kwargs.inline(key).unwrap_or_else(|| "0.05".to_owned()));
    Some(match short {
        "column_to_exist" => match kwargs.value("column_index") {
            Some(index) => format!("{} is column number {} (from 0)", column()?, inline(index)),
            None => format!("{} is one of the columns", column()?),
        },
        "column_type_to_be" | "column_values_to_be_of_type" => {
            format!("{} is of type {}", column()?, kwargs.name("type_").unwrap_or_else(|| "any".to_owned()))
        }
        "column_values_to_be_in_type_list" => match kwargs.name("type_list") {
            Some(types) => format!("{} is of one of the types {types}", column()?),
            None => format!("{} is of type any", column()?),
        },

        "table_row_count_to_be_between" => format!("the table has {}", kwargs.amount("row")),
        "table_row_count_to_equal" => format!("the table has exactly {}", kwargs.exact_amount("row")?),
        "table_row_count_to_equal_other_table" => {
            format!("the table has as many rows as {}", kwargs.name("other_table_name")?)
        }
        "table_column_count_to_be_between" => format!("the table has {}", kwargs.amount("column")),
        "table_column_count_to_equal" => format!("the table has exactly {}", kwargs.exact_amount("column")?),
        "table_columns_to_match_ordered_list" => match columns() {
            Some(columns) => format!("the columns are {columns}, in this order"),
            None => "the columns are as they are".to_owned(),
        },
        "table_columns_to_match_set" => {
            let verb = if kwargs.is(false, "exact_match") { "include" } else { "are" };
            match kwargs.name("column_set") {
                Some(columns) => format!("the columns {verb} {columns}, in any order"),
                None => "the columns are as they are".to_owned(),
            }
        }

        "column_values_to_not_be_null" => format!("{} is not null", column()?),
        "column_values_to_be_null" => format!("{} is null", column()?),
        "column_values_to_be_unique" => format!("{} is unique", column()?),
        "column_values_to_be_in_set" => match kwargs.set("value_set")?.as_str() {
            "" => format!("{} has no values", column()?),
            members => format!("{} is one of {members}", column()?),
        },
        "column_values_to_not_be_in_set" => match kwargs.set("value_set")?.as_str() {
            "" => format!("{} is any value", column()?),
            members => format!("{} is none of {members}", column()?),
        },
        "column_values_to_be_between" => format!("{} {}", column()?, kwargs.bounds("lies")),
        "column_values_to_be_increasing" => {
            let change = if kwargs.is(true, "strictly") { "increases" } else { "never decreases" };
            format!("{} {change} from row to row", column()?)
        }
        "column_values_to_be_decreasing" => {
            let change = if kwargs.is(true, "strictly") { "decreases" } else { "never increases" };
            format!("{} {change} from row to row", column()?)
        }
        "column_value_lengths_to_equal" => {
            format!("{} is exactly {} long", column()?, kwargs.exact_amount("character")?)
        }
        "column_value_lengths_to_be_between" => format!("{} is {} long", column()?, kwargs.amount("character")),
        "column_value_z_scores_to_be_less_than" => {
            let score = if kwargs.is(true, "double_sided") { "an absolute z-score" } else { "a z-score" };
            format!("{} has {score} below {}", column()?, kwargs.inline("threshold")?)
        }
        "column_values_to_not_be_outliers" => {
            let unit = match kwargs.value("method").and_then(Value::as_str) {
                Some("std") => "standard deviations from the mean",
                _ => "interquartile ranges outside the quartiles",
            };
            let multiplier = kwargs.inline("multiplier").unwrap_or_else(|| "1.5".to_owned());
            format!("{} has no outliers ({multiplier} {unit})", column()?)
        }

        "column_values_to_match_regex" => {
            format!("{} matches {}", column()?, kwargs.name("regex").unwrap_or_else(|| "any text".to_owned()))
        }
        "column_values_to_not_match_regex" => format!("{} does not match {}", column()?, kwargs.name("regex")?),
        "column_values_to_match_regex_list" => {
            format!("{} matches {} {}", column()?, kwargs.any_or_all(), kwargs.name("regex_list")?)
        }
        "column_values_to_not_match_regex_list" => {
            format!("{} matches none of {}", column()?, kwargs.name("regex_list")?)
        }
        "column_values_to_match_like_pattern" => format!("{} is like {}", column()?, kwargs.name("like_pattern")?),
        "column_values_to_not_match_like_pattern" => {
            format!("{} is not like {}", column()?, kwargs.name("like_pattern")?)
        }
        "column_values_to_match_like_pattern_list" => {
            format!("{} is like {} {}", column()?, kwargs.any_or_all(), kwargs.name("like_pattern_list")?)
        }
        "column_values_to_not_match_like_pattern_list" => {
            format!("{} is like none of {}", column()?, kwargs.name("like_pattern_list")?)
        }
        "column_values_to_match_strftime_format" => {
            format!("{} is a date or time written as {}", column()?, kwargs.name("strftime_format")?)
        }
        "column_values_to_be_dateutil_parseable" => format!("{} reads as a date or time", column()?),
        "column_values_to_be_json_parseable" => format!("{} is valid JSON", column()?),
        "column_values_to_match_json_schema" => format!("{} is JSON that fits its schema", column()?),

        "column_values_to_be_valid_uuid" => format!("{} is a UUID", column()?),
        "column_values_to_be_valid_email" => format!("{} is an email address", column()?),
        "column_values_to_be_valid_url" => format!("{} is a URL", column()?),
        "column_values_to_be_valid_ip" => match kwargs.inline("version") {
            Some(version) => format!("{} is an IP address of version {version}", column()?),
            None => format!("{} is an IP address", column()?),
        },
        "column_values_to_be_valid_iso_country" => match kwargs.value("code").and_then(Value::as_str) {
            Some(code) => format!("{} is an {} country code (ISO 3166)", column()?, plain::escape(code)),
            None => format!("{} is a country code (ISO 3166)", column()?),
        },
        "column_values_to_be_valid_iso_currency" => format!("{} is a currency code (ISO 4217)", column()?),
        "column_values_to_not_have_surrounding_whitespace" => {
            format!("{} neither begins nor ends with white space", column()?)
        }

        "column_pair_values_to_be_equal" => format!("{} equals {}", kwargs.name("column_A")?, kwargs.name("column_B")?),
        "column_pair_values_a_to_be_greater_than_b" => {
            let relation = if kwargs.is(true, "or_equal") { "at least" } else { "greater than" };
            format!("{} is {relation} {}", kwargs.name("column_A")?, kwargs.name("column_B")?)
        }
        "column_pair_values_to_be_in_set" => {
            let pair = format!("the pair of {} and {}", kwargs.name("column_A")?, kwargs.name("column_B")?);
            format!("{pair} is one of {}", kwargs.set("value_pairs_set")?)
        }
        "compound_columns_to_be_unique" => format!("{} together are unique", columns()?),
        "select_column_values_to_be_unique_within_record" => {
            format!("{} differ from each other in each row", columns()?)
        }
        "multicolumn_sum_to_equal" => format!("{} add up to {}", columns()?, kwargs.inline("sum_total")?),
        "multicolumn_values_to_be_equal" => format!("{} are equal in each row", columns()?),

        "row_to_satisfy" => format!("each row satisfies {}", kwargs.query("condition")?),
        "column_values_to_exist_in_other_dataset" => {
            let (own, other) = (column().or_else(columns)?, kwargs.name("other_dataset")?);
            match kwargs.name("other_column").or_else(|| kwargs.name("other_column_list")) {
                Some(there) => format!("{own} occurs in {there} of {other}"),
                None => format!("{own} occurs in {other}"),
            }
        }

        "column_min_to_be_between" => of_column("minimum")?,
        "column_max_to_be_between" => of_column("maximum")?,
        "column_mean_to_be_between" => of_column("mean")?,
        "column_median_to_be_between" => of_column("median")?,
        "column_sum_to_be_between" => of_column("sum")?,
        "column_stdev_to_be_between" => of_column("standard deviation")?,
        "column_unique_value_count_to_be_between" => of_column("number of distinct values")?,
        "column_proportion_of_unique_values_to_be_between" => of_column("proportion of distinct values")?,
        "column_proportion_of_non_null_values_to_be_between" => of_column("proportion of non-null values")?,
        "column_quantile_values_to_be_between" => {
            format!("the quantiles of {} lie within {}", column()?, kwargs.quantiles()?)
        }
        "column_distinct_values_to_be_in_set" => {
            format!("every distinct value of {} is one of {}", column()?, kwargs.members("value_set")?)
        }
        "column_distinct_values_to_contain_set" => {
            format!("the values of {} include {}", column()?, kwargs.members("value_set")?)
        }
        "column_distinct_values_to_equal_set" => {
            format!("the distinct values of {} are {}", column()?, kwargs.members("value_set")?)
        }
        "column_most_common_value_to_be_in_set" => {
            format!("the most common value of {} is one of {}", column()?, kwargs.members("value_set")?)
        }
        "column_kl_divergence_to_be_less_than" => {
            let threshold = kwargs.inline("threshold").unwrap_or_else(|| "infinity".to_owned());
            format!("{} are distributed as expected (KL divergence at most {threshold})", values()?)
        }
        "column_population_stability_index_to_be_less_than" => {
            format!("{} are distributed as before (population stability index {})", values()?, at_most()?)
        }
        "column_jensen_shannon_divergence_to_be_less_than" => {
            format!("{} are distributed as expected (Jensen-Shannon divergence {})", values()?, at_most()?)
        }
        "column_chisquare_test_p_value_to_be_greater_than" => {
            format!("{} are distributed as expected (chi-square test, {})", values()?, p_value("p"))
        }
        "column_bootstrapped_ks_test_p_value_to_be_greater_than" => {
            format!("{} are distributed as expected (Kolmogorov-Smirnov test, {})", values()?, p_value("p"))
        }
        "column_parameterized_distribution_ks_test_p_value_to_be_greater_than" => {
            let distribution = kwargs.name("distribution")?;
            format!("{} follow {distribution} (Kolmogorov-Smirnov test, {})", values()?, p_value("p_value"))
        }
        "column_pair_cramers_phi_value_to_be_less_than" => {
            let phi = kwargs.inline("threshold").unwrap_or_else(|| "0.1".to_owned());
            format!(
                "{} and {} are independent (Cramér's phi at most {phi})",
                kwargs.name("column_A")?,
                kwargs.name("column_B")?
            )
        }
        "column_max_to_be_within_duration_of_now" => {
            let age = kwargs.value("max_age").and_then(Value::as_str)?;
            let age = plain::cut(&plain::escape(age), VALUE_WIDTH);
            format!("the maximum of {} is at most {age} from now", column()?)
        }

        "unexpected_rows_expectation" => {
            format!("no row comes out of {}", kwargs.query("unexpected_rows_query")?)
        }
        "query_results_to_match_comparison" => {
            format!("{} gives the same as {}", kwargs.query("base_query")?, kwargs.query("comparison_query")?)
        }
        _ => return None,
    })
}

/// What `mostly` is a part of.
fn judged(name: &str) -> &'static str {
    let of_rows = name.ends_with("_be_null") || !name.starts_with("expect_column_value");
    if of_rows { "rows" } else { "values" }
}

/// An expectation without a sentence: its name in words, then its parameters.
fn spelled_out(name: &str, kwargs: Kwargs<'_>) -> String {
    let words = plain::escape(&plain::cut(name, VALUE_WIDTH * 2)).replace('_', " ");
    let parameters: Vec<String> = kwargs
        .0
        .iter()
        .filter(|(key, value)| {
            !value.is_null() && !["mostly", "row_condition", "condition_parser"].contains(&key.as_str())
        })
        .take(MEMBERS_SHOWN)
        .map(|(key, value)| {
            let shown = if key.starts_with("column") { name_or_names(value) } else { inline(value) };
            format!("{} {shown}", plain::escape(&plain::cut(key, VALUE_WIDTH)).replace('_', " "))
        })
        .collect();
    if parameters.is_empty() { words } else { format!("{words}: {}", parameters.join(", ")) }
}

/// The parameters of an expectation, read without any demand on their types.
#[derive(Clone, Copy)]
struct Kwargs<'a>(&'a Map<String, Value>);

impl<'a> Kwargs<'a> {
    fn value(self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    fn is(self, wanted: bool, key: &str) -> bool {
        self.value(key).and_then(Value::as_bool) == Some(wanted)
    }

    /// A column, type or pattern in backticks; a list of them with commas.
    fn name(self, key: &str) -> Option<String> {
        self.value(key).map(name_or_names)
    }

    /// A piece of SQL in backticks, its lines joined.
    fn query(self, key: &str) -> Option<String> {
        let value = self.value(key)?;
        let lines = value.as_str().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        Some(lines.map_or_else(|| inline(value), |text| name_or_names(&text.into())))
    }

    fn inline(self, key: &str) -> Option<String> {
        self.value(key).map(inline)
    }

    /// The members of a set; empty text where there are none.
    fn set(self, key: &str) -> Option<String> {
        let value = self.value(key)?;
        Some(
            value
                .as_array()
                .map_or_else(|| inline(value), |members| list(members, |member| plain::value(member, VALUE_WIDTH))),
        )
    }

    /// The members of a set, or words that say that it has none.
    fn members(self, key: &str) -> Option<String> {
        self.set(key).map(|members| if members.is_empty() { "nothing".to_owned() } else { members })
    }

    fn any_or_all(self) -> &'static str {
        let all = self.value("match_on").and_then(Value::as_str) == Some("all");
        if all { "all of" } else { "any of" }
    }

    /// `mostly` in percent, where it allows anything.
    fn mostly(self) -> Option<String> {
        let value = self.value("mostly")?;
        match value.as_f64() {
            Some(1.0) => None,
            Some(mostly) => Some(number::fraction(mostly)),
            None => Some(inline(value)),
        }
    }

    /// `lies between 0 and 10`, `is at least 0`, `is greater than 0 and at most 10`.
    fn bounds(self, verb: &str) -> String {
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
    fn amount(self, noun: &str) -> String {
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

    fn exact_amount(self, noun: &str) -> Option<String> {
        let amount = self.inline("value")?;
        let plural = if amount == "1" { "" } else { "s" };
        Some(format!("{amount} {noun}{plural}"))
    }

    /// `0.25: 1 to 2, 0.5: at least 3`.
    fn quantiles(self) -> Option<String> {
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

    fn condition(self) -> Option<String> {
        let value = self.value("row_condition")?;
        let text = match value {
            Value::String(text) => text.clone(),
            condition => condition_text(condition, 0).unwrap_or_else(|| condition.to_string()),
        };
        Some(format!("`{}`", plain::cut(&plain::escape(text.trim()), VALUE_WIDTH * 2)))
    }
}

/// Returns Great Expectations' condition objects as an expression; `None` for anything else.
fn condition_text(condition: &Value, depth: usize) -> Option<String> {
    if depth > 8 {
        return Some("…".to_owned());
    }
    let column = || condition.get("column")?.get("name")?.as_str();
    Some(match condition.get("type")?.as_str()? {
        "comparison" => {
            let parameter = condition.get("parameter")?;
            let operator = condition.get("operator")?.as_str()?.replace('_', " ");
            format!("{} {operator} {}", column()?, plain::value(parameter, VALUE_WIDTH))
        }
        "nullity" => {
            let is_null = condition.get("is_null")?.as_bool()?;
            format!("{} is {}", column()?, if is_null { "null" } else { "not null" })
        }
        "pass_through" => condition.get("pass_through_filter")?.as_str()?.to_owned(),
        joined @ ("and" | "or") => {
            let parts = condition.get("conditions")?.as_array()?.iter();
            let parts: Option<Vec<String>> = parts.map(|part| condition_text(part, depth + 1)).collect();
            let text = parts?.join(&format!(" {joined} "));
            if depth == 0 { text } else { format!("({text})") }
        }
        _ => return None,
    })
}

/// A column or pattern in backticks; a list of them with commas.
fn name_or_names(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", plain::cut(&plain::escape(text), VALUE_WIDTH)),
        Value::Array(items) => list(items, name_or_names),
        other => inline(other),
    }
}

/// A value within a sentence: numbers with thousands separators, dates bare, other texts quoted.
fn inline(value: &Value) -> String {
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
fn list<T>(items: &[T], mut show: impl FnMut(&T) -> String) -> String {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule_of(name: &str, kwargs: &Value) -> String {
        rule(name, kwargs.as_object().expect("an object"))
    }

    #[test]
    fn bounds_read_as_a_sentence() {
        let name = "expect_column_values_to_be_between";
        let cases = [
            (json!({"min_value": 0, "max_value": 10000}), "`a` lies between 0 and 10,000"),
            (json!({"min_value": 0, "max_value": null}), "`a` is at least 0"),
            (json!({"max_value": 1.5, "strict_max": true}), "`a` is less than 1.5"),
            (json!({"min_value": 0, "max_value": 1, "strict_min": true}), "`a` is greater than 0 and at most 1"),
            (json!({"min_value": "2024-01-01"}), "`a` is at least 2024-01-01"),
            (json!({"min_value": 5, "max_value": 5}), "`a` is 5"),
            (json!({"min_value": {"$PARAMETER": "low"}}), "`a` is at least $low"),
            (json!({"min_value": 0, "mostly": 0.99}), "`a` is at least 0 for at least 99 % of values"),
            (json!({"min_value": 0, "mostly": 1.0}), "`a` is at least 0"),
            (json!({"min_value": 0, "row_condition": "b = 'x'"}), "`a` is at least 0, where `b = 'x'`"),
        ];
        for (mut kwargs, expected) in cases {
            kwargs["column"] = "a".into();
            assert_eq!(rule_of(name, &kwargs), expected);
        }
    }

    #[test]
    fn amounts_agree_with_their_noun() {
        let rows = |kwargs| rule_of("expect_table_row_count_to_be_between", &kwargs);
        assert_eq!(rows(json!({"min_value": 1})), "the table has at least 1 row");
        assert_eq!(rows(json!({"min_value": 5000, "max_value": 6000})), "the table has between 5,000 and 6,000 rows");
        assert_eq!(rows(json!({"max_value": 9, "strict_max": true})), "the table has fewer than 9 rows");
        let lengths = |kwargs| rule_of("expect_column_value_lengths_to_equal", &kwargs);
        assert_eq!(lengths(json!({"column": "zip", "value": 5})), "`zip` is exactly 5 characters long");
    }

    #[test]
    fn long_sets_are_cut_and_empty_ones_named() {
        let name = "expect_column_values_to_be_in_set";
        let members: Vec<u32> = (1000..1100).collect();
        assert_eq!(
            rule_of(name, &json!({"column": "a", "value_set": members})),
            "`a` is one of 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007 and 92 more"
        );
        assert_eq!(rule_of(name, &json!({"column": "a", "value_set": []})), "`a` has no values");
        let nine: Vec<u32> = (1..10).collect();
        assert_eq!(
            rule_of(name, &json!({"column": "a", "value_set": nine})),
            "`a` is one of 1, 2, 3, 4, 5, 6, 7, 8, 9"
        );
    }

    #[test]
    fn conditions_of_great_expectations_read_as_expressions() {
        let condition = json!({"type": "and", "conditions": [
            {"type": "comparison", "column": {"name": "g"}, "operator": "NOT_IN", "parameter": ["x"]},
            {"type": "or", "conditions": [
                {"type": "nullity", "column": {"name": "h"}, "is_null": false},
                {"type": "pass_through", "pass_through_filter": "i > 1"}]}]});
        let kwargs = json!({"column": "a", "row_condition": condition});
        assert_eq!(
            rule_of("expect_column_values_to_be_unique", &kwargs),
            r#"`a` is unique, where `g NOT IN ["x"] and (h is not null or i > 1)`"#
        );
    }

    #[test]
    fn a_name_without_words_is_spelled_out() {
        assert_eq!(
            rule_of("expect_column_values_to_be_polite", &json!({"column": "a", "level": 3, "mostly": 0.5})),
            "expect column values to be polite: column `a`, level 3 for at least 50 % of values"
        );
        assert_eq!(rule_of("my_check", &json!({})), "my check");
    }

    #[test]
    fn missing_parameters_are_no_obstacle() {
        assert_eq!(
            rule_of("expect_column_values_to_be_in_set", &json!({"column": 3})),
            "expect column values to be in set: column 3"
        );
        assert_eq!(rule_of("expect_column_values_to_be_between", &json!({"column": "a"})), "`a` is anything");
    }

    #[test]
    fn hostile_names_and_values_are_escaped_and_cut() {
        let kwargs = json!({"column": "a\u{1b}[2Jb", "regex": "x".repeat(5000)});
        let text = rule_of("expect_column_values_to_match_regex", &kwargs);
        assert!(text.starts_with("`a\\u{1b}[2Jb` matches `xxxx"), "{text}");
        assert!(text.len() < 200, "{text}");
    }
}
