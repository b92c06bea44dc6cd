//! `expect_column_pair_cramers_phi_value_to_be_less_than`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::partition::{count_all_values, linear_edges};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::{Bounds, Family, Literal, Predicate, Scalar, Test};
use crate::statistics::cramers_v;
use crate::verdict::{Outcome, Problem};
use crate::words::Kwargs;

/// Expects two columns to be independent of each other: Cramér's phi (Cramér's V) of their categories is at most
/// `threshold`.
///
/// Phi is 0 where knowing one value tells nothing of the other, and 1 where it tells it. Numbers are put into equally wide
/// bins, other values are categories of their own, of which all but the most frequent are put together. Of a table of two
/// by two the statistic is corrected for continuity, after Yates. `details.crosstab` holds the counts.
///
/// ## Parameters
/// - `column_A`, `column_B`: the columns, or paths such as `customer.address.zip`.
/// - `threshold`: the greatest phi that complies, 0 to 1. Default: 0.1.
/// - `n_bins_A`, `n_bins_B`: how many bins or categories there are of a column, 1 to 50. Default: 10.
/// - `bins_A`, `bins_B`: the edges of bins of a column of numbers; of other columns the categories, each a list of values.
///   Numbers beyond the edges get a bin on that side, other values a category of their own together. 50 at most.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are a category of their own. Where either column has a single category, as without any
/// row, there is no phi, and the expectation fails.
///
/// ## Metrics
/// The extremes of a column of numbers, or how often each value of another occurs, up to 100,000 distinct ones; then, in a
/// second pass, a tally of each pair of categories.
///
/// ## Example
/// ```yaml
/// - expect_column_pair_cramers_phi_value_to_be_less_than: {column_A: payment, column_B: weekday, threshold: 0.2}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnPairCramersPhiValueToBeLessThan {
    /// The first column.
    #[serde(rename = "column_A")]
    column_a: String,
    /// The second column.
    #[serde(rename = "column_B")]
    column_b: String,
    /// The greatest phi that complies.
    #[serde(default = "one_tenth")]
    threshold: f64,
    /// How many bins or categories there are of the first column.
    #[serde(default = "ten", rename = "n_bins_A")]
    n_bins_a: u32,
    /// How many bins or categories there are of the second column.
    #[serde(default = "ten", rename = "n_bins_B")]
    n_bins_b: u32,
    /// The edges of bins, or the categories, of the first column.
    #[serde(default, rename = "bins_A")]
    bins_a: Option<Vec<Literal>>,
    /// The edges of bins, or the categories, of the second column.
    #[serde(default, rename = "bins_B")]
    bins_b: Option<Vec<Literal>>,
}

fn one_tenth() -> f64 {
    0.1
}

fn ten() -> u32 {
    10
}

/// How many categories a column may have.
const MAX_CATEGORIES: u32 = 50;

impl Words for ColumnPairCramersPhiValueToBeLessThan {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let phi = kwargs.inline("threshold").unwrap_or_else(|| "0.1".to_owned());
        Some(format!(
            "{} and {} are independent (Cramér's phi at most {phi})",
            kwargs.name("column_A")?,
            kwargs.name("column_B")?
        ))
    }
}

impl Check for ColumnPairCramersPhiValueToBeLessThan {
    fn check(&self) -> Result<(), (&'static str, String)> {
        if !(0.0..=1.0).contains(&self.threshold) {
            return Err(("threshold", format!("`threshold` is {}, expected 0 to 1", self.threshold)));
        }
        for (parameter, number) in [("n_bins_A", self.n_bins_a), ("n_bins_B", self.n_bins_b)] {
            if !(1..=MAX_CATEGORIES).contains(&number) {
                return Err((parameter, format!("`{parameter}` is {number}, expected 1 to {MAX_CATEGORIES}")));
            }
        }
        for (parameter, bins) in [("bins_A", &self.bins_a), ("bins_B", &self.bins_b)] {
            let Some(bins) = bins else { continue };
            if bins.is_empty() || bins.len() > MAX_CATEGORIES as usize {
                let message = format!("`{parameter}` has {} entries, expected 1 to {MAX_CATEGORIES}", bins.len());
                return Err((parameter, message));
            }
            let all_numbers = bins.iter().all(|bin| bin.as_f64().is_some_and(f64::is_finite));
            let all_lists = bins.iter().all(|bin| matches!(bin, Literal::List(_)));
            if !all_numbers && !all_lists {
                return Err((parameter, format!("`{parameter}` has to hold either numbers or lists of values")));
            }
        }
        Ok(())
    }
}

impl Expectation for ColumnPairCramersPhiValueToBeLessThan {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let columns = [self.column_a.clone(), self.column_b.clone()];
        data.foretell("to count the pairs of categories that follow from the columns' values", &columns);
        let first = categories(data, &self.column_a, self.n_bins_a, self.bins_a.as_deref(), ["column_A", "bins_A"]);
        let second = categories(data, &self.column_b, self.n_bins_b, self.bins_b.as_deref(), ["column_B", "bins_B"]);
        let (first, second) = (first?, second?);
        let mut asked = Vec::with_capacity(first.len());
        for a in &first {
            let both = |b: &Category| Predicate::And(vec![a.predicate.clone(), b.predicate.clone()]);
            asked.push(second.iter().map(|b| data.tally(both(b))).collect::<Vec<_>>());
        }
        let mut counts: Vec<Vec<u64>> = Vec::with_capacity(first.len());
        for row in asked {
            counts.push(row.into_iter().map(|tally| Ok(tally?.expected)).collect::<Result<_, Stop>>()?);
        }
        let names =
            |categories: Vec<Category>| categories.into_iter().map(|category| category.name).collect::<Vec<_>>();
        let phi = cramers_v(&counts);
        let crosstab = json!({ "index": names(first), "columns": names(second), "data": counts });
        let outcome = match phi {
            Some(phi) => Outcome::observed(phi <= self.threshold, phi),
            None => Outcome::observed(false, Value::Null),
        };
        Ok(outcome.with_detail("crosstab", crosstab))
    }
}

/// A part of a column's values.
struct Category {
    name: String,
    predicate: Predicate,
}

/// Returns the categories of a column, which are disjoint and together all of it. `parameters` name the column and its bins.
fn categories(
    data: &mut Inquiry<'_>,
    column: &str,
    number: u32,
    bins: Option<&[Literal]>,
    parameters: [&'static str; 2],
) -> Result<Vec<Category>, Stop> {
    let data_type = data.type_of_all(column).map_err(|stop| stop.at(parameters[0]))?;
    let mut categories = match Family::of(&data_type) {
        Family::Number => number_bins(data, column, number, bins, parameters)?,
        Family::Text | Family::Time | Family::Boolean | Family::Null => {
            value_groups(data, column, number, bins, parameters)?
        }
        family @ (Family::Binary | Family::Nested) => {
            let message = format!("column `{column}` ({data_type}) holds {}, which are no categories", family.plural());
            return Err(Problem::new("type-mismatch", message).at(parameters[0]).into());
        }
    };
    categories
        .push(Category { name: "(missing)".to_owned(), predicate: Predicate::Null { column: column.to_owned() } });
    Ok(categories)
}

fn number_bins(
    data: &mut Inquiry<'_>,
    column: &str,
    number: u32,
    bins: Option<&[Literal]>,
    parameters: [&'static str; 2],
) -> Result<Vec<Category>, Stop> {
    let extremes = data.extremes(column).map_err(|stop| stop.at(parameters[0]))?;
    let ends = extremes.min().and_then(Scalar::as_f64).zip(extremes.max().and_then(Scalar::as_f64));
    let Some((least, greatest)) = ends else { return Ok(Vec::new()) };
    let edges = match bins {
        Some(bins) => {
            let edges: Option<Vec<f64>> = bins.iter().map(Literal::as_f64).collect();
            let Some(mut edges) = edges else {
                let message = format!("column `{column}` holds numbers, its bins are given by their edges");
                return Err(Problem::new("type-mismatch", message).at(parameters[1]).into());
            };
            edges.extend([least, greatest].iter().filter(|end| {
                bins.iter().all(|edge| edge.as_f64() > Some(**end))
                    || bins.iter().all(|edge| edge.as_f64() < Some(**end))
            }));
            edges.sort_by(f64::total_cmp);
            edges.dedup();
            edges
        }
        None if !(least.is_finite() && greatest.is_finite()) => {
            let message = format!("column `{column}` holds an infinite number, which no bins of equal width reach");
            return Err(Problem::new("infinite-value", message).at(parameters[0]).into());
        }
        None if least == greatest => vec![least, greatest],
        None => linear_edges(least, greatest, number as usize),
    };
    if let [single] = edges.as_slice() {
        return Ok(vec![between(column, *single, *single, true)]);
    }
    let last = edges.len() - 2;
    Ok(edges.windows(2).enumerate().map(|(at, pair)| between(column, pair[0], pair[1], at == last)).collect())
}

fn between(column: &str, low: f64, high: f64, is_closed: bool) -> Category {
    let bounds = Bounds {
        min: Some(Literal::Float(low)),
        max: Some(Literal::Float(high)),
        strict_min: false,
        strict_max: !is_closed,
    };
    Category {
        name: format!("[{low}, {high}{}", if is_closed { ']' } else { ')' }),
        predicate: Predicate::value(column, Test::Between(bounds)),
    }
}

fn value_groups(
    data: &mut Inquiry<'_>,
    column: &str,
    number: u32,
    bins: Option<&[Literal]>,
    parameters: [&'static str; 2],
) -> Result<Vec<Category>, Stop> {
    let groups: Vec<Vec<Literal>> = if let Some(bins) = bins {
        let lists = bins.iter().map(|bin| if let Literal::List(values) = bin { Some(values.clone()) } else { None });
        let Some(groups) = lists.collect() else {
            let message = format!("column `{column}` holds no numbers, its categories are given as lists of values");
            return Err(Problem::new("type-mismatch", message).at(parameters[1]).into());
        };
        groups
    } else {
        let mut values = count_all_values(data, column).map_err(|stop| stop.at(parameters[0]))?;
        // the most frequent first; the order of the values among those that are equally frequent
        values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        values.iter().take(number as usize).map(|(value, _)| vec![literal(value)]).collect()
    };
    let named = |group: &Vec<Literal>| Category {
        name: group.iter().map(plain).collect::<Vec<_>>().join(", "),
        predicate: Predicate::value(column, Test::InSet(group.clone())),
    };
    let mut categories: Vec<Category> = groups.iter().map(named).collect();
    let other = Predicate::value(column, Test::InSet(groups.into_iter().flatten().collect())).negated();
    categories.push(Category { name: "(other)".to_owned(), predicate: other });
    Ok(categories)
}

fn plain(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns the literal of a text, a time, or a boolean.
fn literal(value: &Scalar) -> Literal {
    match value {
        Scalar::Bool(value) => Literal::Bool(*value),
        other => Literal::Text(other.to_string()),
    }
}
