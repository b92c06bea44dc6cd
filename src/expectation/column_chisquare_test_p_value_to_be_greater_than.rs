//! `expect_column_chisquare_test_p_value_to_be_greater_than`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::judge::Fraction;
use super::super::partition::{self, Partition, PartitionObject, show_values};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::statistics::{chi_square, chi_square_exceedance};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects the values of a column to be distributed as a given distribution over values is: Pearson's chi-square test of
/// the observed counts gives a p-value greater than `p`.
///
/// `observed_value` is the p-value, `details` hold the `observed_partition` and the `expected_partition`. The greater the
/// data, the smaller the deviations that the test finds; `expect_column_kl_divergence_to_be_less_than` measures their size.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `partition_object`: the expected distribution: `values` and as many `weights`, which add up to 1.
/// - `p`: the p-value that has to be exceeded, 0 to 1. Default: 0.05.
/// - `tail_weight_holdout`: the weight, 0 to 1, that is taken evenly from the expected weights and given to the values that
///   the distribution does not name, evenly. Default: 0; a value that is not named then gives a p-value of 0.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are left out. Without any value there is no p-value, and the expectation fails.
///
/// ## Metrics
/// How often each value of the column occurs, up to 100,000 distinct ones.
///
/// ## Example
/// ```yaml
/// - expect_column_chisquare_test_p_value_to_be_greater_than:
///     column: weekday
///     partition_object: {values: [1, 2, 3, 4, 5], weights: [0.2, 0.2, 0.2, 0.2, 0.2]}
///     p: 0.01
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnChisquareTestPValueToBeGreaterThan {
    /// The column, or a path into nested ones.
    column: String,
    /// The expected distribution over values.
    partition_object: PartitionObject,
    /// The p-value that has to be exceeded.
    #[serde(default = "Fraction::one_in_twenty")]
    p: Fraction,
    /// The weight that is given to values that the distribution does not name.
    #[serde(default)]
    tail_weight_holdout: Fraction,
}

impl Words for ColumnChisquareTestPValueToBeGreaterThan {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!("{} are distributed as expected (chi-square test, {})", kwargs.values()?, kwargs.p_value("p")))
    }
}

impl Check for ColumnChisquareTestPValueToBeGreaterThan {
    fn check(&self) -> Result<(), (&'static str, String)> {
        match self.partition_object.check()? {
            Partition::Values(_, _) => Ok(()),
            Partition::Bins(_) => {
                Err(("partition_object", "the distribution is over bins, expected one over `values`".to_owned()))
            }
        }
    }
}

impl Expectation for ColumnChisquareTestPValueToBeGreaterThan {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let Partition::Values(values, weights) = self.partition_object.checked()? else {
            return Ok(Outcome::observed(false, Value::Null));
        };
        let counts = partition::count_values(data, &self.column, &values)?;
        if counts.total == 0 {
            return Ok(Outcome::observed(false, Value::Null));
        }
        let (total, unnamed, holdout) = (counts.total as f64, counts.others.len(), self.tail_weight_holdout.0);
        let named = if unnamed > 0 { 1.0 - holdout } else { 1.0 };
        let mut expected: Vec<f64> = weights.iter().map(|weight| weight * named * total).collect();
        expected.extend(counts.others.iter().map(|_| holdout / unnamed as f64 * total));
        let all = counts.expected.iter().chain(counts.others.iter().map(|(_, count)| count));
        let observed: Vec<f64> = all.map(|count| *count as f64).collect();
        let p_value = chi_square_exceedance(chi_square(&observed, &expected), observed.len().saturating_sub(1));
        let names = values.iter().map(|value| value.to_json());
        let names: Vec<Value> = names.chain(counts.others.iter().map(|(value, _)| value.to_json())).collect();
        let shares = |counts: &[f64]| counts.iter().map(|count| count / total).collect::<Vec<_>>();
        Ok(Outcome::observed(p_value > self.p.0, p_value)
            .with_detail("observed_partition", show_values(&names, &shares(&observed)))
            .with_detail("expected_partition", show_values(&names, &shares(&expected))))
    }
}
