//! How far two distributions over the same categories are apart.

/// Returns the relative entropy (Kullback–Leibler divergence) in nats, of weights that are scaled to add up to 1: infinite
/// where something has weight that should have none, NaN where either has no weight at all.
#[must_use]
pub fn relative_entropy(observed: &[f64], expected: &[f64]) -> f64 {
    let (observed_sum, expected_sum): (f64, f64) = (observed.iter().sum(), expected.iter().sum());
    if observed_sum <= 0.0 || expected_sum <= 0.0 {
        return f64::NAN;
    }
    let terms = observed.iter().zip(expected).map(|(observed, expected)| {
        let (p, q) = (observed / observed_sum, expected / expected_sum);
        if p == 0.0 { 0.0 } else { p * (p / q).ln() }
    });
    terms.sum()
}

/// Returns the Jensen–Shannon divergence in bits, 0 for equal to 1 for disjoint distributions; NaN where either has no
/// weight at all.
///
/// Source: Lin 1991, Divergence measures based on the Shannon entropy.
#[must_use]
pub fn jensen_shannon(observed: &[f64], expected: &[f64]) -> f64 {
    let (observed_sum, expected_sum): (f64, f64) = (observed.iter().sum(), expected.iter().sum());
    let middle: Vec<f64> = observed
        .iter()
        .zip(expected)
        .map(|(observed, expected)| f64::midpoint(observed / observed_sum, expected / expected_sum))
        .collect();
    f64::midpoint(relative_entropy(observed, &middle), relative_entropy(expected, &middle)) / std::f64::consts::LN_2
}

/// Returns the population stability index: the sum of `(observed - expected) * ln(observed / expected)`, in which a weight
/// below `floor` counts as `floor`.
#[must_use]
pub fn population_stability_index(observed: &[f64], expected: &[f64], floor: f64) -> f64 {
    let terms = observed.iter().zip(expected).map(|(observed, expected)| {
        let (observed, expected) = (observed.max(floor), expected.max(floor));
        (observed - expected) * (observed / expected).ln()
    });
    terms.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_distributions_are_not_apart_and_disjoint_ones_as_far_as_can_be() {
        let (a, b) = ([0.5, 0.5, 0.0], [0.0, 0.0, 1.0]);
        assert_eq!(relative_entropy(&a, &a), 0.0);
        assert_eq!(relative_entropy(&a, &b), f64::INFINITY);
        assert_eq!((jensen_shannon(&a, &a), jensen_shannon(&a, &b)), (0.0, 1.0));
        assert!(relative_entropy(&a, &[0.0; 3]).is_nan());
    }

    #[test]
    fn divergences_are_those_worked_by_hand() {
        // 0.5 ln(0.5 / 0.25) + 0.5 ln(0.5 / 0.75)
        let found = relative_entropy(&[0.5, 0.5], &[0.25, 0.75]);
        assert!((found - 0.143_841_036_225_890_4).abs() < 1e-15, "{found}");
        // (0.5 - 0.25) ln 2 + (0.5 - 0.75) ln(2 / 3)
        let found = population_stability_index(&[0.5, 0.5], &[0.25, 0.75], 1e-4);
        assert!((found - 0.274_653_072_167_027_4).abs() < 1e-15, "{found}");
        // the square of `scipy.spatial.distance.jensenshannon([0.5, 0.5], [0.25, 0.75], 2)`, SciPy 1.18.1
        let found = jensen_shannon(&[0.5, 0.5], &[0.25, 0.75]);
        assert!((found - 0.048_794_940_695_398_505).abs() < 1e-15, "{found}");
    }
}
