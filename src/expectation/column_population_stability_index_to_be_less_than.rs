//! `expect_column_population_stability_index_to_be_less_than`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::judge::Threshold;
use super::super::partition::{PartitionObject, Reference};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::statistics::population_stability_index;
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects a column to be distributed much as before: its population stability index is at most `threshold`.
///
/// The index is the sum of `(observed - expected) * ln(observed / expected)` over all values or bins. A weight below 0.0001
/// counts as 0.0001, so that the index stays finite.
/// `details` hold the `observed_partition` and the `expected_partition`.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `threshold`: the greatest index that complies. Customary: 0.1 for little, 0.25 for considerable drift.
/// - `partition_object`: the expected distribution. Over values it has `values` and as many `weights`; over numbers or
///   times it has the edges of `bins`, ascending, one `weights` less than edges, and `tail_weights` for what lies below
///   and above. All weights add up to 1.
/// - `reference_dataset`: instead of `partition_object`, the dataset whose distribution is expected: a file, a folder or a
///   pattern, as on the command line.
/// - `reference_column`: the column of that dataset. Default: `column`.
/// - `n_bins`: how many bins are made of numbers and times, 2 to 1000: such that each holds as many values of the
///   `reference_dataset`, as far as its values differ. Default: 10.
///
/// ## Nulls, NaN and empty data
/// Nulls, and NaN in float columns, are left out. Without any value there is nothing to compare, and the expectation fails.
///
/// ## Metrics
/// How often each value of the column occurs, up to 100,000 distinct ones; or a histogram of the column. Of a
/// `reference_dataset` the same, or all values in order.
///
/// ## Example
/// ```yaml
/// - expect_column_population_stability_index_to_be_less_than:
///     column: amount
///     reference_dataset: last_month/orders.parquet
///     threshold: 0.1
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnPopulationStabilityIndexToBeLessThan {
    /// The column, or a path into nested ones.
    column: String,
    /// The greatest value that complies.
    threshold: Threshold,
    /// The expected distribution.
    #[serde(default)]
    partition_object: Option<PartitionObject>,
    /// The dataset whose distribution is expected.
    #[serde(default)]
    reference_dataset: Option<String>,
    /// The column of that dataset.
    #[serde(default)]
    reference_column: Option<String>,
    /// How many bins are made of numbers and times.
    #[serde(default)]
    n_bins: Option<u32>,
}

impl Words for ColumnPopulationStabilityIndexToBeLessThan {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(format!(
            "{} are distributed as before (population stability index {})",
            kwargs.values()?,
            kwargs.at_most()?
        ))
    }
}

impl ColumnPopulationStabilityIndexToBeLessThan {
    fn reference(&self) -> Reference<'_> {
        Reference {
            partition_object: self.partition_object.as_ref(),
            dataset: self.reference_dataset.as_deref(),
            column: self.reference_column.as_deref(),
            n_bins: self.n_bins,
        }
    }
}

/// What a smaller weight counts as.
const LEAST_WEIGHT: f64 = 1e-4;

impl Check for ColumnPopulationStabilityIndexToBeLessThan {
    fn check(&self) -> Result<(), (&'static str, String)> {
        self.reference().check()
    }
}

impl Expectation for ColumnPopulationStabilityIndexToBeLessThan {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let compared = self.reference().compare(data, &self.column)?;
        let found = if compared.observed.iter().any(|share| share.is_nan()) {
            f64::NAN
        } else {
            population_stability_index(&compared.observed, &compared.expected, LEAST_WEIGHT)
        };
        let outcome = if found.is_finite() {
            Outcome::observed(found <= self.threshold.0, found)
        } else {
            Outcome::observed(false, Value::Null)
        };
        Ok(outcome
            .with_detail("observed_partition", compared.observed_partition)
            .with_detail("expected_partition", compared.expected_partition))
    }
}
