//! `expect_column_bootstrapped_ks_test_p_value_to_be_greater_than`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::judge::Fraction;
use super::super::partition::{self, Bins, Partition, PartitionObject, shares, show_bins};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::{Family, Scalar};
use crate::metric::quantile::Quantiles;
use crate::spill::SpillError;
use crate::statistics::{Distance, Random, exceedance};
use crate::verdict::{Outcome, Problem};
use crate::words::Kwargs;

/// Expects a column of numbers to be distributed as a given distribution over bins is: most small random samples of the
/// column pass a Kolmogorov–Smirnov test.
///
/// Samples are drawn with replacement and tested against the distribution, taken as even within each bin. `observed_value`
/// is the fraction of samples whose p-value is at least `p` (of `bootstrap_samples` + 1, one counted in favor); it has to
/// be greater than `p`. The draws look random and are the same in every run. Samples are small, so that the test sees past
/// the coarseness of the bins. `details` hold the partitions and the cumulative distributions.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `partition_object`: the expected distribution: the edges of `bins`, ascending and finite, and one `weights` less than
///   edges, which add up to 1. `tail_weights` have to be 0.
/// - `p`: the p-value that counts, 0 to 1. Default: 0.05.
/// - `bootstrap_samples`: how many samples are drawn, 1 to 100,000. Default: 1,000.
/// - `bootstrap_sample_size`: the size of each, 1 to 10,000. Default: twice the number of bins.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are left out. Without any value there is nothing to draw, and the expectation fails.
///
/// ## Metrics
/// All values of the column in order: 8 bytes for each, on disk past the memory limit.
///
/// ## Example
/// ```yaml
/// - expect_column_bootstrapped_ks_test_p_value_to_be_greater_than:
///     column: score
///     partition_object: {bins: [0, 10, 50, 100], weights: [0.1, 0.6, 0.3]}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnBootstrappedKsTestPValueToBeGreaterThan {
    /// The column, or a path into nested ones.
    column: String,
    /// The expected distribution over bins.
    partition_object: PartitionObject,
    /// The p-value that counts.
    #[serde(default = "Fraction::one_in_twenty")]
    p: Fraction,
    /// How many samples are drawn.
    #[serde(default)]
    bootstrap_samples: Option<u64>,
    /// The size of each.
    #[serde(default)]
    bootstrap_sample_size: Option<u64>,
}

/// Where the draws begin.
const SEED: u64 = 1;

impl Words for ColumnBootstrappedKsTestPValueToBeGreaterThan {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!(
            "{} are distributed as expected (Kolmogorov-Smirnov test, {})",
            kwargs.values()?,
            kwargs.p_value("p")
        ))
    }
}

impl Check for ColumnBootstrappedKsTestPValueToBeGreaterThan {
    fn check(&self) -> Result<(), (&'static str, String)> {
        let fault = |message: &str| Err(("partition_object", message.to_owned()));
        let Partition::Bins(bins) = self.partition_object.check()? else {
            return fault("the distribution is over values, expected one over `bins`");
        };
        if bins.edges.iter().any(|edge| edge.number().is_none_or(f64::is_infinite)) {
            return fault("the edges in `bins` have to be finite numbers");
        }
        if bins.tails.is_some_and(|tails| tails.iter().sum::<f64>() > 0.0) {
            return fault("`tail_weights` have to be 0: the distribution ends at its outer edges");
        }
        for (parameter, value, most) in [
            ("bootstrap_samples", self.bootstrap_samples, 100_000),
            ("bootstrap_sample_size", self.bootstrap_sample_size, 10_000),
        ] {
            if let Some(value) = value.filter(|value| !(1..=most).contains(value)) {
                return Err((parameter, format!("`{parameter}` is {value}, expected 1 to {most}")));
            }
        }
        Ok(())
    }
}

impl Expectation for ColumnBootstrappedKsTestPValueToBeGreaterThan {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let data_type = data.type_of_all(&self.column)?;
        if Family::of(&data_type) == Family::Time {
            let message = format!("column `{}` ({data_type}) holds times, expected numbers", self.column);
            return Err(Problem::new("type-mismatch", message).at("column").into());
        }
        let Partition::Bins(bins) = self.partition_object.checked()? else {
            return Ok(Outcome::observed(false, Value::Null));
        };
        let counts = partition::count_bins(data, &self.column, &bins.edges);
        let (values, counts) = (data.quantiles(&self.column)?, counts?);
        let edges: Vec<f64> = bins.edges.iter().filter_map(partition::Edge::number).collect();
        let Some(drawn) = self.draw(values, &edges, &bins.weights)? else {
            return Ok(Outcome::observed(false, Value::Null));
        };
        // where values lie beyond the edges, a bin is added that reaches to the outermost
        let number = |value: Option<Scalar>| value.and_then(|value| value.as_f64());
        let (least, greatest) = (number(values.at(0)?), number(values.at(values.count() - 1)?));
        let (mut observed_edges, mut observed) = (edges.clone(), counts.inside.clone());
        if let (1.., Some(least)) = (counts.below, least) {
            observed_edges.insert(0, least);
            observed.insert(0, counts.below);
        }
        if let (1.., Some(greatest)) = (counts.above, greatest) {
            observed_edges.push(greatest);
            observed.push(counts.above);
        }
        let observed = shares(&observed, counts.total());
        let Bins { weights, .. } = &bins;
        Ok(Outcome::observed(drawn.fraction > self.p.0, drawn.fraction)
            .with_detail("bootstrap_samples", drawn.samples)
            .with_detail("bootstrap_sample_size", drawn.size)
            .with_detail("observed_partition", json!({ "bins": shown(&observed_edges), "weights": observed }))
            .with_detail("expected_partition", show_bins(&bins.edges, weights, None))
            .with_detail("observed_cdf", json!({ "x": shown(&observed_edges), "cdf_values": cumulated(&observed) }))
            .with_detail("expected_cdf", json!({ "x": shown(&edges), "cdf_values": cumulated(weights) })))
    }
}

/// What came of the samples.
struct Drawn {
    /// How many there were.
    samples: u64,
    /// The size of each.
    size: u64,
    /// The fraction that passes.
    fraction: f64,
}

impl ColumnBootstrappedKsTestPValueToBeGreaterThan {
    /// Draws the samples and tests them; nothing of no values.
    fn draw(&self, values: &Quantiles, edges: &[f64], weights: &[f64]) -> Result<Option<Drawn>, SpillError> {
        let samples = self.bootstrap_samples.unwrap_or(1_000);
        let size = self.bootstrap_sample_size.unwrap_or(2 * weights.len() as u64);
        if values.count() == 0 {
            return Ok(None);
        }
        let expected = cumulated(weights);
        let mut random = Random::new(SEED);
        let mut passed = 0u64;
        let at_once = DRAWN_AT_ONCE / size.max(1);
        let mut tested = 0;
        while tested < samples {
            // values are looked up for several samples together, as they may lie on disk
            let several = at_once.clamp(1, samples - tested);
            let drawn: Vec<Vec<u64>> = (0..several)
                .map(|_| {
                    let mut ranks: Vec<u64> = (0..size).map(|_| random.below(values.count())).collect();
                    ranks.sort_unstable();
                    ranks
                })
                .collect();
            let mut ranks = drawn.concat();
            ranks.sort_unstable();
            ranks.dedup();
            let found = values.at_each(&ranks)?;
            for sample in drawn {
                let mut distance = Distance::of(size);
                for rank in sample {
                    let value = ranks.binary_search(&rank).ok().and_then(|place| found.get(place)?.as_f64());
                    distance.add(value.map_or(f64::NAN, |value| interpolated(value, edges, &expected)));
                }
                if exceedance(size, distance.greatest()) >= self.p.0 {
                    passed += 1;
                }
            }
            tested += several;
        }
        Ok(Some(Drawn { samples, size, fraction: (1 + passed) as f64 / (samples + 1) as f64 }))
    }
}

/// How many values are drawn before they are looked up.
const DRAWN_AT_ONCE: u64 = 1 << 18;

/// Returns 0 and the sums of the first so many weights.
fn cumulated(weights: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    std::iter::once(0.0)
        .chain(weights.iter().map(|weight| {
            sum += weight;
            sum
        }))
        .collect()
}

/// Returns the probability at a value, on straight lines between edges.
fn interpolated(value: f64, edges: &[f64], probabilities: &[f64]) -> f64 {
    let place = edges.partition_point(|edge| *edge <= value);
    match (place.checked_sub(1), edges.get(place)) {
        (None, _) => 0.0,
        (Some(last), None) => probabilities[last],
        (Some(low), Some(edge)) => {
            let share = (value - edges[low]) / (edge - edges[low]);
            probabilities[low] + share * (probabilities[place] - probabilities[low])
        }
    }
}

fn shown(numbers: &[f64]) -> Value {
    numbers.iter().map(|number| crate::document::float_to_json(*number)).collect()
}
