//! `expect_column_kl_divergence_to_be_less_than`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::judge::{Fraction, Threshold};
use super::super::partition::{self, BinCounts, Bins, Partition, PartitionObject, shares, show_bins, show_values};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::statistics::relative_entropy;
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects a column to be distributed as a given distribution is: the relative entropy (Kullback–Leibler divergence, in
/// nats) of the observed weights to the expected ones is at most `threshold`.
///
/// `details` hold the `observed_partition` and the `expected_partition`. Where something occurs whose expected weight is 0,
/// the divergence is infinite: `observed_value` is null, and the expectation fails.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `partition_object`: the expected distribution. Over values it has `values` and as many `weights`; over numbers or
///   times it has the edges of `bins`, ascending, one `weights` less than edges, and `tail_weights` for what lies below
///   and above. All weights add up to 1. The first and the last edge may be infinite: the outermost weights are then those
///   of the tails. A bin holds its lower edge and not its upper one; the last holds both. Null: the column's own
///   distribution, which then is shown in `details`.
/// - `threshold`: the greatest divergence that complies. Null: any.
/// - `tail_weight_holdout`: the weight, 0 to 1, that is taken evenly from the expected weights and given to what the
///   distribution does not name: other values, evenly, or both tails. Default: 0.
/// - `internal_weight_holdout`: the weight, 0 to 1, that is taken evenly from the expected weights and given to bins of
///   weight 0, evenly. Default: 0.
/// - `bucketize_data`: without `partition_object`, make bins of the column rather than count each value: equally wide
///   ones, as many as Sturges or Freedman and Diaconis advise, 10,000 at most. Default: true.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are left out. Without any value there is no divergence, and the expectation fails
/// unless `threshold` is null.
///
/// ## Metrics
/// How often each value of the column occurs, up to 100,000 distinct ones; or a histogram of the column; or, for times and
/// without `partition_object`, all its values in order.
///
/// ## Example
/// ```yaml
/// - expect_column_kl_divergence_to_be_less_than:
///     column: payment
///     partition_object: {values: [card, cash, voucher], weights: [0.7, 0.25, 0.05]}
///     threshold: 0.1
///     tail_weight_holdout: 0.01
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnKlDivergenceToBeLessThan {
    /// The column, or a path into nested ones.
    column: String,
    /// The expected distribution.
    #[serde(default)]
    partition_object: Option<PartitionObject>,
    /// The greatest divergence that complies.
    #[serde(default)]
    threshold: Option<Threshold>,
    /// The weight that is given to what the distribution does not name.
    #[serde(default)]
    tail_weight_holdout: Fraction,
    /// The weight that is given to bins of weight 0.
    #[serde(default)]
    internal_weight_holdout: Fraction,
    /// Make bins of a column whose distribution is not given.
    #[serde(default = "yes")]
    bucketize_data: bool,
}

fn yes() -> bool {
    true
}

impl Words for ColumnKlDivergenceToBeLessThan {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let threshold = kwargs.inline("threshold").unwrap_or_else(|| "infinity".to_owned());
        Some(format!("{} are distributed as expected (KL divergence at most {threshold})", kwargs.values()?))
    }
}

impl Check for ColumnKlDivergenceToBeLessThan {
    fn check(&self) -> Result<(), (&'static str, String)> {
        let (tail, internal) = (self.tail_weight_holdout.0, self.internal_weight_holdout.0);
        if tail + internal > 1.0 {
            return Err((
                "tail_weight_holdout",
                format!("the holdouts are {tail} and {internal}, together more than 1"),
            ));
        }
        let tail_fault = |message: &str| Err(("tail_weight_holdout", message.to_owned()));
        match self.partition_object.as_ref().map(PartitionObject::check).transpose()? {
            None if self.bucketize_data => {
                if tail > 0.0 {
                    return tail_fault("`tail_weight_holdout` is for a distribution that is given");
                }
            }
            None | Some(Partition::Values(_, _)) => {
                if internal > 0.0 {
                    let message = "`internal_weight_holdout` is for bins, not for a distribution over values";
                    return Err(("internal_weight_holdout", message.to_owned()));
                }
            }
            Some(Partition::Bins(bins)) => {
                if !self.bucketize_data {
                    let message = "`bucketize_data` is false, but the distribution is over bins";
                    return Err(("bucketize_data", message.to_owned()));
                }
                let (first, last) = bins.infinite_ends();
                if (first || last) && bins.tails.is_some() {
                    return Err(("partition_object", "there are `tail_weights` beside an infinite edge".to_owned()));
                }
                if tail > 0.0 && bins.tails.is_some() {
                    return tail_fault("`tail_weight_holdout` has to be 0 where `tail_weights` are given");
                }
                if tail > 0.0 && first && last {
                    return tail_fault("`tail_weight_holdout` has to be 0 where both outer edges are infinite");
                }
            }
        }
        Ok(())
    }
}

impl Expectation for ColumnKlDivergenceToBeLessThan {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        match self.partition_object.as_ref().map(PartitionObject::checked).transpose()? {
            Some(Partition::Values(values, weights)) => {
                let counts = partition::count_values(data, &self.column, &values)?;
                let known = values.iter().zip(&weights).zip(&counts.expected);
                let known = known.map(|((value, weight), count)| (value.to_json(), *count, Some(*weight)));
                let others = counts.others.iter().map(|(value, count)| (value.to_json(), *count, None));
                Ok(self.over_values(known.chain(others).collect(), counts.total))
            }
            Some(Partition::Bins(bins)) => {
                let counts = partition::count_bins(data, &self.column, &bins.edges)?;
                Ok(self.over_bins(bins, &counts))
            }
            None if self.bucketize_data => {
                let values = data.quantiles(&self.column).map_err(|stop| match stop {
                    Stop::Problem(problem) if problem.code == "type-mismatch" => {
                        Stop::Problem(problem.with_help("to count each value, give `bucketize_data: false`"))
                    }
                    other => other,
                })?;
                let Some((edges, counts)) = partition::suitable_bins(values)? else {
                    return Ok(self.outcome(f64::NAN));
                };
                let weights = shares(&counts.inside, counts.total());
                Ok(self.over_bins(Bins { edges, weights, tails: Some([0.0, 0.0]) }, &counts))
            }
            None => {
                let counted = partition::count_all_values(data, &self.column)?;
                let total = counted.iter().map(|(_, count)| count).sum();
                let all = counted.iter().map(|(value, count)| {
                    let weight = *count as f64 / total as f64;
                    (value.to_json(), *count, Some(weight))
                });
                Ok(self.over_values(all.collect(), total))
            }
        }
    }
}

impl ColumnKlDivergenceToBeLessThan {
    /// Judges values, each with its count and the weight that is expected of it, which may be none.
    fn over_values(&self, found: Vec<(Value, u64, Option<f64>)>, total: u64) -> Outcome {
        let unnamed = found.iter().filter(|(_, _, weight)| weight.is_none()).count();
        let holdout = self.tail_weight_holdout.0;
        let (mut values, mut observed, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        for (value, count, weight) in found {
            values.push(value);
            observed.push(if total == 0 { 0.0 } else { count as f64 / total as f64 });
            expected.push(match weight {
                None => holdout / unnamed as f64,
                Some(weight) if unnamed > 0 => weight * (1.0 - holdout),
                Some(weight) => weight,
            });
        }
        self.outcome(relative_entropy(&observed, &expected))
            .with_detail("observed_partition", show_values(&values, &observed))
            .with_detail("expected_partition", show_values(&values, &expected))
    }

    /// Judges bins. Weights beyond infinite edges are those of the tails.
    fn over_bins(&self, bins: Bins, counts: &BinCounts) -> Outcome {
        let (tail, internal) = (self.tail_weight_holdout.0, self.internal_weight_holdout.0);
        let (is_open_below, is_open_above) = bins.infinite_ends();
        let Bins { mut edges, weights, tails } = bins;
        let mut expected: Vec<f64> = weights.iter().map(|weight| weight * (1.0 - tail - internal)).collect();
        let empty = expected.iter().filter(|weight| **weight == 0.0).count();
        if internal > 0.0 {
            expected.iter_mut().filter(|weight| **weight == 0.0).for_each(|weight| *weight = internal / empty as f64);
        }
        let total = counts.total();
        let mut observed = shares(&counts.inside, total);
        let closed_ends = [is_open_below, is_open_above].iter().filter(|is_open| !**is_open).count();
        let mut expected_tails = tails.unwrap_or([tail / closed_ends.max(1) as f64; 2]);
        let mut observed_tails = [counts.below as f64 / total as f64, counts.above as f64 / total as f64];
        if is_open_below {
            edges.remove(0);
            (expected_tails[0], observed_tails[0]) = (expected.remove(0), observed.remove(0));
        }
        if is_open_above {
            edges.pop();
            expected_tails[1] = expected.pop().unwrap_or(0.0);
            observed_tails[1] = observed.pop().unwrap_or(0.0);
        }
        let whole = |inside: &[f64], tails: [f64; 2]| [&tails[..1], inside, &tails[1..]].concat();
        let divergence = relative_entropy(&whole(&observed, observed_tails), &whole(&expected, expected_tails));
        self.outcome(divergence)
            .with_detail("observed_partition", show_bins(&edges, &observed, Some(observed_tails)))
            .with_detail("expected_partition", show_bins(&edges, &expected, Some(expected_tails)))
    }

    fn outcome(&self, divergence: f64) -> Outcome {
        let success = self.threshold.is_none_or(|threshold| divergence <= threshold.0);
        let observed = if divergence.is_finite() { divergence.into() } else { Value::Null };
        Outcome::observed(success, observed)
    }
}
