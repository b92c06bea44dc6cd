//! Distributions as suites give them (GX's partition object), and those that are observed of a column.

use std::cmp::Ordering;

use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::distinct::{Lookup, single_values};
use super::{Inquiry, Stop};
use crate::column::{Family, Literal, Scalar};
use crate::document::float_to_json;
use crate::metric::frequency::Frequencies;
use crate::metric::quantile::{Interpolation, Quantiles};
use crate::spill::SpillError;
use crate::verdict::Problem;

/// How many distinct values a column may have that is held against a distribution over values.
const MAX_VALUES: u64 = 100_000;

/// A distribution: over values, or over the bins between edges.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PartitionObject {
    /// The values; for a distribution over values.
    #[serde(default)]
    values: Option<Vec<Literal>>,
    /// The edges of the bins, ascending, one more than there are weights; for a distribution over bins.
    #[serde(default)]
    bins: Option<Vec<Literal>>,
    /// The weight of each value or bin; with the tails they add up to 1.
    weights: Vec<f64>,
    /// The weights below the first edge and above the last.
    #[serde(default)]
    tail_weights: Option<Vec<f64>>,
}

/// A distribution that makes sense.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Partition {
    /// Over values.
    Values(Vec<Literal>, Vec<f64>),
    /// Over bins.
    Bins(Bins),
}

/// A distribution over bins: values of a bin are at least its lower edge and less than its upper one; the last bin holds
/// its upper edge as well.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bins {
    /// Ascending.
    pub edges: Vec<Edge>,
    /// One less than edges.
    pub weights: Vec<f64>,
    /// Below the first edge and above the last, where they are given.
    pub tails: Option<[f64; 2]>,
}

/// An edge of a bin: a number, or a date or time in ISO 8601.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edge(pub Literal);

impl Edge {
    /// Returns the number that the edge is, which may be infinite; `None` for times.
    pub(super) fn number(&self) -> Option<f64> {
        match &self.0 {
            Literal::Text(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        }
    }

    pub(super) fn is_infinite(&self) -> bool {
        self.number().is_some_and(f64::is_infinite)
    }
}

impl Bins {
    /// Tells whether the first edge is minus and the last plus infinity.
    pub(super) fn infinite_ends(&self) -> (bool, bool) {
        let end = |edge: Option<&Edge>| edge.is_some_and(Edge::is_infinite);
        (end(self.edges.first()), end(self.edges.last()))
    }
}

impl PartitionObject {
    /// Reads the distribution.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn partition(&self) -> Result<Partition, String> {
        if let Some(weight) = self
            .weights
            .iter()
            .chain(self.tail_weights.iter().flatten())
            .find(|weight| weight.is_nan() || **weight < 0.0)
        {
            return Err(format!("a weight is {weight}, expected none below 0"));
        }
        let sum: f64 = self.tail_weights.iter().flatten().chain(&self.weights).sum();
        if (sum - 1.0).abs() > 1e-8 + 1e-5 {
            return Err(format!("the weights add up to {sum}, expected 1"));
        }
        match (&self.values, &self.bins) {
            (Some(values), None) => {
                if values.len() != self.weights.len() {
                    let (values, weights) = (values.len(), self.weights.len());
                    return Err(format!("there are {values} values and {weights} weights, expected as many"));
                }
                if self.tail_weights.is_some() {
                    return Err("`tail_weights` are for bins, a distribution over values has none".to_owned());
                }
                if let Some(repeated) = (1..values.len()).find(|at| values[..*at].contains(&values[*at])) {
                    return Err(format!("the value {} is given twice", values[repeated]));
                }
                Ok(Partition::Values(values.clone(), self.weights.clone()))
            }
            (None, Some(bins)) => {
                if bins.len() != self.weights.len() + 1 {
                    let (edges, weights) = (bins.len(), self.weights.len());
                    return Err(format!(
                        "there are {edges} edges in `bins` and {weights} weights, expected one more edge"
                    ));
                }
                let tails = match self.tail_weights.as_deref() {
                    None => None,
                    Some([below, above]) => Some([*below, *above]),
                    Some(other) => return Err(format!("there are {} `tail_weights`, expected 2", other.len())),
                };
                let edges: Vec<Edge> = bins.iter().cloned().map(Edge).collect();
                if let Some(pair) = edges.windows(2).find(|pair| !ascends(&pair[0], &pair[1])) {
                    return Err(format!("the edges in `bins` do not ascend: {} comes before {}", pair[0].0, pair[1].0));
                }
                Ok(Partition::Bins(Bins { edges, weights: self.weights.clone(), tails }))
            }
            _ => Err("a distribution has either `values` or `bins`".to_owned()),
        }
    }

    /// Reads the distribution, which was checked before.
    pub(super) fn checked(&self) -> Result<Partition, Stop> {
        Ok(self.partition().map_err(|message| Problem::new("wrong-value", message).at("partition_object"))?)
    }

    /// Reads the distribution for a check of parameters.
    pub(super) fn check(&self) -> Result<Partition, (&'static str, String)> {
        self.partition().map_err(|message| ("partition_object", message))
    }
}

fn ascends(low: &Edge, high: &Edge) -> bool {
    match (low.number(), high.number()) {
        (Some(low), Some(high)) => low < high,
        // times are held against the column's type when there is a column
        (None, None) => low.0 != high.0,
        _ => false,
    }
}

/// How often a column holds each value of a distribution, and what else it holds.
pub(super) struct ValueCounts {
    /// How often each value of the distribution occurs.
    pub expected: Vec<u64>,
    /// The other values with how often they occur, in order.
    pub others: Vec<(Scalar, u64)>,
    /// How many values there are.
    pub total: u64,
}

/// Counts a column's values by those of a distribution.
pub(super) fn count_values(data: &mut Inquiry<'_>, column: &str, values: &[Literal]) -> Result<ValueCounts, Stop> {
    let limit = MAX_VALUES.max(2 * values.len() as u64);
    let mut others = all_values(data.few_values(column, limit)?, column, limit)?;
    let total = others.iter().map(|(_, count)| count).sum();
    let lookup = Lookup::new(&others);
    let places: Vec<Option<usize>> = values.iter().map(|value| lookup.find(value)).collect();
    let expected = places.iter().map(|place| place.map_or(0, |place| others[place].1)).collect();
    let mut is_expected = vec![false; others.len()];
    places.into_iter().flatten().for_each(|place| is_expected[place] = true);
    let mut is_expected = is_expected.into_iter();
    others.retain(|_| !is_expected.next().unwrap_or(false));
    Ok(ValueCounts { expected, others, total })
}

/// Returns all values of a column with how often they occur, in order.
///
/// # Errors
/// `too-many-values` where there are more than the limit.
fn all_values(frequencies: Option<&Frequencies>, column: &str, limit: u64) -> Result<Vec<(Scalar, u64)>, Stop> {
    if let Some(frequencies) = frequencies {
        return Ok(single_values(frequencies.sorted(|_| true)?));
    }
    let message = format!("column `{column}` has more than {limit} distinct values, too many to compare one by one");
    Err(Problem::new("too-many-values", message).at("column").with_help("give the distribution over `bins`").into())
}

/// Asks for all values of a column that has not too many.
pub(super) fn count_all_values(data: &mut Inquiry<'_>, column: &str) -> Result<Vec<(Scalar, u64)>, Stop> {
    all_values(data.few_values(column, MAX_VALUES)?, column, MAX_VALUES)
}

/// How many values of a column lie in each bin.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BinCounts {
    /// Below the first edge.
    pub below: u64,
    /// In each bin.
    pub inside: Vec<u64>,
    /// Above the last edge.
    pub above: u64,
}

impl BinCounts {
    /// How many values there are.
    pub(super) fn total(&self) -> u64 {
        self.below + self.inside.iter().sum::<u64>() + self.above
    }
}

/// Counts a column's values by bins.
pub(super) fn count_bins(data: &mut Inquiry<'_>, column: &str, edges: &[Edge]) -> Result<BinCounts, Stop> {
    let data_type = data.type_of_all(column)?;
    if Family::of(&data_type) != Family::Time {
        let numbers: Option<Vec<f64>> = edges.iter().map(Edge::number).collect();
        let numbers = numbers.ok_or_else(|| {
            let message = format!("column `{column}` ({data_type}) cannot be held against edges that are no numbers");
            Problem::new("type-mismatch", message).at("partition_object")
        })?;
        let histogram = data.histogram(column, &numbers)?;
        let inside = histogram.counts().to_vec();
        return Ok(BinCounts { below: histogram.below(), inside, above: histogram.above() });
    }
    let times = data.quantiles(column)?;
    let mut ranks = Vec::with_capacity(edges.len());
    for (place, edge) in edges.iter().enumerate() {
        let is_last = place + 1 == edges.len();
        let order = |time: &Scalar| match edge.number() {
            Some(infinite) if infinite.is_infinite() => 0.0.partial_cmp(&infinite),
            _ => time.compare_literal(&edge.0),
        };
        if let Some(first) = times.at(0)?
            && order(&first).is_none()
        {
            let message = format!("column `{column}` ({data_type}) cannot be held against the edge {}", edge.0);
            return Err(Problem::new("type-mismatch", message).at("partition_object").into());
        }
        ranks.push(
            times.count_while(|time| order(time).is_some_and(|order| order.is_lt() || (is_last && order.is_eq())))?,
        );
    }
    if let Some([low, high]) = ranks.array_windows().find(|[low, high]| low > high) {
        let message =
            format!("the edges in `bins` do not ascend: {low} values lie below one and {high} below the next");
        return Err(Problem::new("wrong-value", message).at("partition_object").into());
    }
    let inside = ranks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (below, last) = (ranks.first().copied().unwrap_or(0), ranks.last().copied().unwrap_or(0));
    Ok(BinCounts { below, inside, above: times.count() - last })
}

/// Finds the bins that suit a column's values, as Great Expectations does, and counts them: equally wide ones, their number
/// the greater of those after Sturges and after Freedman and Diaconis. Nothing of no values.
///
/// Source: `numpy.histogram_bin_edges` with `auto`, but with quartiles that are values of the column.
pub(super) fn suitable_bins(values: &Quantiles) -> Result<Option<(Vec<Edge>, BinCounts)>, SpillError> {
    let mut found = Vec::new();
    for q in [0.0, 0.25, 0.75, 1.0] {
        found.extend(values.quantile(q, Interpolation::Nearest)?.and_then(|value| position(&value)));
    }
    let [least, first, third, greatest] = found[..] else { return Ok(None) };
    let count = values.count() as f64;
    let spread = third - first;
    let mut number = (count + 1.0).log2().ceil();
    if spread >= 1e-10 {
        number = number.max(((greatest - least) / (2.0 * spread / count.cbrt())).ceil());
    }
    let (least, greatest) = if least < greatest { (least, greatest) } else { (least - 0.5, greatest + 0.5) };
    if !(least.is_finite() && greatest.is_finite()) {
        return Ok(None);
    }
    equal_bins(values, least, greatest, number.clamp(1.0, MAX_BINS) as usize).map(Some)
}

/// How many bins are made at most.
const MAX_BINS: f64 = 10_000.0;

fn equal_bins(
    values: &Quantiles,
    least: f64,
    greatest: f64,
    number: usize,
) -> Result<(Vec<Edge>, BinCounts), SpillError> {
    let edges = linear_edges(least, greatest, number);
    let below = |edge: f64| values.count_while(|value| position(value).is_some_and(|position| position < edge));
    let mut ranks: Vec<u64> = edges.iter().map(|edge| below(*edge)).collect::<Result<_, _>>()?;
    if let Some(last) = ranks.last_mut() {
        *last = values.count();
    }
    let inside = ranks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let sample = values.at(0)?;
    let edges = edges.into_iter().map(|edge| Edge(literal_at(edge, sample.as_ref()))).collect();
    Ok((edges, BinCounts { below: 0, inside, above: 0 }))
}

/// Returns the edges of equally wide bins, as NumPy's `linspace` does.
pub(super) fn linear_edges(least: f64, greatest: f64, number: usize) -> Vec<f64> {
    let step = (greatest - least) / number as f64;
    let mut edges: Vec<f64> = (0..number).map(|at| least + at as f64 * step).collect();
    edges.push(greatest);
    edges
}

/// Returns where a value lies: a number as itself, a time in its unit.
fn position(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Time { value, .. } => Some(*value as f64),
        other => other.as_f64(),
    }
}

/// Returns the literal of a position among values like this one.
fn literal_at(position: f64, sample: Option<&Scalar>) -> Literal {
    match sample {
        Some(Scalar::Time { data_type, .. }) => {
            Literal::Text(Scalar::Time { data_type: data_type.clone(), value: position.round() as i64 }.to_string())
        }
        _ => Literal::Float(position),
    }
}

/// Returns shares of a whole; of nothing NaN.
pub(super) fn shares(counts: &[u64], total: u64) -> Vec<f64> {
    counts.iter().map(|count| *count as f64 / total as f64).collect()
}

/// Shows a distribution over values.
pub(super) fn show_values(values: &[Value], weights: &[f64]) -> Value {
    let mut shown = Map::new();
    shown.insert("values".to_owned(), values.to_vec().into());
    shown.insert("weights".to_owned(), show_weights(weights));
    shown.into()
}

/// Shows a distribution over bins.
pub(super) fn show_bins(edges: &[Edge], weights: &[f64], tails: Option<[f64; 2]>) -> Value {
    let mut shown = Map::new();
    shown.insert("bins".to_owned(), edges.iter().map(|edge| edge.0.to_json()).collect());
    shown.insert("weights".to_owned(), show_weights(weights));
    if let Some(tails) = tails {
        shown.insert("tail_weights".to_owned(), show_weights(&tails));
    }
    shown.into()
}

/// A weight of nothing is null.
fn show_weights(weights: &[f64]) -> Value {
    weights.iter().map(|weight| if weight.is_nan() { Value::Null } else { float_to_json(*weight) }).collect()
}

/// What a column's distribution is compared with: one that is given, or that of another dataset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference<'a> {
    /// The distribution.
    pub partition_object: Option<&'a PartitionObject>,
    /// The other dataset.
    pub dataset: Option<&'a str>,
    /// Its column; the column of the same name without one.
    pub column: Option<&'a str>,
    /// How many bins are made of numbers and times.
    pub n_bins: Option<u32>,
}

/// How many bins are made of numbers and times where the suite does not say it.
const DEFAULT_BINS: u32 = 10;

/// Two distributions over the same categories.
pub(super) struct Compared {
    /// Shares of the column's values; NaN of none.
    pub observed: Vec<f64>,
    /// Weights that are expected.
    pub expected: Vec<f64>,
    /// The observed distribution, for the result.
    pub observed_partition: Value,
    /// The expected distribution, for the result.
    pub expected_partition: Value,
}

impl Reference<'_> {
    /// Checks the parameters against each other.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        match (self.partition_object, self.dataset) {
            (Some(partition), None) => {
                partition.check()?;
                for (parameter, is_given) in
                    [("reference_column", self.column.is_some()), ("n_bins", self.n_bins.is_some())]
                {
                    if is_given {
                        return Err((parameter, format!("`{parameter}` is given without `reference_dataset`")));
                    }
                }
                Ok(())
            }
            (None, Some(_)) => match self.n_bins {
                Some(bins) if !(2..=1_000).contains(&bins) => {
                    Err(("n_bins", format!("`n_bins` is {bins}, expected 2 to 1000")))
                }
                _ => Ok(()),
            },
            (Some(_), Some(_)) => {
                Err(("reference_dataset", "both `partition_object` and `reference_dataset` are given".to_owned()))
            }
            (None, None) => {
                Err(("partition_object", "neither `partition_object` nor `reference_dataset` is given".to_owned()))
            }
        }
    }

    /// Computes both distributions.
    pub(super) fn compare(&self, data: &mut Inquiry<'_>, column: &str) -> Result<Compared, Stop> {
        if let Some(partition) = self.partition_object {
            return match partition.checked()? {
                Partition::Values(values, weights) => compare_values(data, column, &values, &weights),
                Partition::Bins(bins) => compare_bins(data, column, &bins),
            };
        }
        let dataset = self.dataset.unwrap_or_default();
        let other_column = self.column.unwrap_or(column);
        let data_type = data.type_of_all(column)?;
        if matches!(Family::of(&data_type), Family::Number | Family::Time) {
            let why = "to count the values by bins that follow from the other dataset";
            data.foretell(why, &[column.to_owned()]);
            let there = data.elsewhere(dataset, |data| data.quantiles(other_column));
            let there = there.map_err(|stop| stop.at("reference_dataset"))?;
            let bins = quantile_bins(there, self.n_bins.unwrap_or(DEFAULT_BINS))?
                .ok_or_else(|| empty(dataset, other_column))?;
            return compare_bins(data, column, &bins);
        }
        let here = data.few_values(column, MAX_VALUES);
        let there = data.elsewhere(dataset, |data| data.few_values(other_column, MAX_VALUES));
        let (here, there) = (here?, there.map_err(|stop| stop.at("reference_dataset"))?);
        let here = all_values(here, column, MAX_VALUES)?;
        let there = all_values(there, other_column, MAX_VALUES)?;
        if there.is_empty() {
            return Err(empty(dataset, other_column).into());
        }
        Ok(compare_counts(&here, &there))
    }
}

fn empty(dataset: &str, column: &str) -> Problem {
    let message = format!("column `{column}` of the other dataset `{dataset}` has no values to compare with");
    Problem::new("reference-empty", message).at("reference_dataset")
}

fn compare_values(data: &mut Inquiry<'_>, column: &str, values: &[Literal], weights: &[f64]) -> Result<Compared, Stop> {
    let counts = count_values(data, column, values)?;
    let mut observed = shares(&counts.expected, counts.total);
    let mut expected = weights.to_vec();
    let mut names: Vec<Value> = values.iter().map(Literal::to_json).collect();
    let others: u64 = counts.others.iter().map(|(_, count)| count).sum();
    if others > 0 {
        observed.push(others as f64 / counts.total as f64);
        expected.push(0.0);
        names.push("(other)".into());
    }
    let (observed_partition, expected_partition) = (show_values(&names, &observed), show_values(&names, &expected));
    Ok(Compared { observed, expected, observed_partition, expected_partition })
}

fn compare_bins(data: &mut Inquiry<'_>, column: &str, bins: &Bins) -> Result<Compared, Stop> {
    let counts = count_bins(data, column, &bins.edges)?;
    let total = counts.total();
    let inside = shares(&counts.inside, total);
    let observed_tails = [counts.below as f64 / total as f64, counts.above as f64 / total as f64];
    let expected_tails = bins.tails.unwrap_or([0.0; 2]);
    let whole = |inside: &[f64], tails: [f64; 2]| [&tails[..1], inside, &tails[1..]].concat();
    Ok(Compared {
        observed: whole(&inside, observed_tails),
        expected: whole(&bins.weights, expected_tails),
        observed_partition: show_bins(&bins.edges, &inside, Some(observed_tails)),
        expected_partition: show_bins(&bins.edges, &bins.weights, Some(expected_tails)),
    })
}

/// Compares the values of two columns by what they are, in the order of the first, then of the second.
fn compare_counts(here: &[(Scalar, u64)], there: &[(Scalar, u64)]) -> Compared {
    let total = |counts: &[(Scalar, u64)]| counts.iter().map(|(_, count)| count).sum::<u64>() as f64;
    let (here_total, there_total) = (total(here), total(there));
    let mut expected_counts: HashMap<String, u64> = HashMap::new();
    for (value, count) in there {
        *expected_counts.entry(value.to_json().to_string()).or_insert(0) += count;
    }
    let mut compared = (Vec::new(), Vec::new(), Vec::new());
    for (value, count) in here {
        let name = value.to_json();
        let expected = expected_counts.remove(&name.to_string()).unwrap_or(0);
        compared.0.push(name);
        compared.1.push(*count as f64 / here_total);
        compared.2.push(expected as f64 / there_total);
    }
    for (value, _) in there {
        let name = value.to_json();
        if let Some(expected) = expected_counts.remove(&name.to_string()) {
            compared.0.push(name);
            compared.1.push(if here_total == 0.0 { f64::NAN } else { 0.0 });
            compared.2.push(expected as f64 / there_total);
        }
    }
    let (names, observed, expected) = compared;
    let (observed_partition, expected_partition) = (show_values(&names, &observed), show_values(&names, &expected));
    Compared { observed, expected, observed_partition, expected_partition }
}

/// Returns bins that each hold about as many of the values, as few as there are different quantiles. The outermost are
/// open. Nothing of no values.
fn quantile_bins(values: &Quantiles, number: u32) -> Result<Option<Bins>, SpillError> {
    let mut inner: Vec<Scalar> = Vec::new();
    for step in 1..number {
        let edge = values.quantile(f64::from(step) / f64::from(number), Interpolation::Nearest)?;
        let Some(edge) = edge else { return Ok(None) };
        if inner.last() != Some(&edge) {
            inner.push(edge);
        }
    }
    let below = |edge: &Scalar| values.count_while(|value| value.compare(edge).is_some_and(Ordering::is_lt));
    let mut ranks = vec![0];
    for edge in &inner {
        ranks.push(below(edge)?);
    }
    ranks.push(values.count());
    let counts: Vec<u64> = ranks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut edges = vec![Edge(Literal::Float(f64::NEG_INFINITY))];
    edges.extend(
        inner.iter().map(|edge| Edge(edge.as_f64().map_or_else(|| Literal::Text(edge.to_string()), Literal::Float))),
    );
    edges.push(Edge(Literal::Float(f64::INFINITY)));
    Ok(Some(Bins { edges, weights: shares(&counts, values.count()), tails: None }))
}
