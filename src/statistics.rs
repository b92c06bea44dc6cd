//! Numbers of statistics that need no data: distributions, tests and divergences, as pure functions.
//!
//! What they are applied to (counts, ranks, weights) comes from metrics; what follows from them is for expectations.

mod distribution;
mod divergence;
mod kolmogorov;
mod random;

use statrs::function::gamma::checked_gamma_ur;

pub use distribution::Distribution;
pub use divergence::{jensen_shannon, population_stability_index, relative_entropy};
pub use kolmogorov::{Distance, exceedance};
pub use random::Random;

/// Returns Pearson's statistic of observed against expected counts: infinite where something occurs that cannot.
#[must_use]
pub fn chi_square(observed: &[f64], expected: &[f64]) -> f64 {
    let terms = observed.iter().zip(expected).map(|(observed, expected)| match (*observed, *expected) {
        (0.0, 0.0) => 0.0,
        (observed, expected) => (observed - expected).powi(2) / expected,
    });
    terms.sum()
}

/// Returns the probability that a chi-square distributed number exceeds `statistic`; with no degree of freedom 1.
#[must_use]
pub fn chi_square_exceedance(statistic: f64, degrees_of_freedom: usize) -> f64 {
    if degrees_of_freedom == 0 || statistic <= 0.0 {
        return 1.0;
    }
    if statistic.is_infinite() {
        return 0.0;
    }
    checked_gamma_ur(degrees_of_freedom as f64 / 2.0, statistic / 2.0).unwrap_or(f64::NAN)
}

/// Returns Cramér's V of a table of counts, 0 for independent rows and columns to 1; `None` where it has fewer than two
/// rows or columns that are not empty. Of a table of two by two the statistic is corrected for continuity after Yates.
///
/// Source: Cramér 1946, Mathematical Methods of Statistics, 21.9.
#[must_use]
pub fn cramers_v(table: &[Vec<u64>]) -> Option<f64> {
    let sum = |counts: &mut dyn Iterator<Item = u64>| counts.sum::<u64>() as f64;
    let width = table.iter().map(Vec::len).max().unwrap_or(0);
    let row_sums: Vec<f64> = table.iter().map(|row| sum(&mut row.iter().copied())).collect();
    let column_sums: Vec<f64> =
        (0..width).map(|at| sum(&mut table.iter().map(|row| row.get(at).copied().unwrap_or(0)))).collect();
    let used = |sums: &[f64]| sums.iter().filter(|sum| **sum > 0.0).count();
    let (rows, columns) = (used(&row_sums), used(&column_sums));
    let total: f64 = row_sums.iter().sum();
    if rows < 2 || columns < 2 {
        return None;
    }
    let is_corrected = rows == 2 && columns == 2;
    let mut statistic = 0.0;
    for (row, row_sum) in table.iter().zip(&row_sums) {
        for (at, column_sum) in column_sums.iter().enumerate() {
            let expected = row_sum * column_sum / total;
            if expected > 0.0 {
                let difference = (row.get(at).copied().unwrap_or(0) as f64 - expected).abs();
                let difference = if is_corrected { difference - difference.min(0.5) } else { difference };
                statistic += difference * difference / expected;
            }
        }
    }
    Some((statistic / total / (rows.min(columns) - 1) as f64).sqrt().min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures of SciPy 1.18.1, to the digits given.
    #[track_caller]
    fn assert_close(found: f64, scipy: f64) {
        assert!((found - scipy).abs() <= 1e-12 * scipy.abs().max(1e-3), "{found} is not {scipy}");
    }

    #[test]
    fn chi_square_is_that_of_scipy() {
        let (observed, expected) = ([16.0, 18.0, 16.0, 14.0, 12.0, 12.0], [16.0, 16.0, 16.0, 16.0, 16.0, 8.0]);
        let statistic = chi_square(&observed, &expected);
        assert_close(statistic, 3.5);
        assert_close(chi_square_exceedance(statistic, 5), 0.623_387_627_749_582_2);
        assert_eq!(chi_square_exceedance(chi_square(&[1.0, 1.0], &[2.0, 0.0]), 1), 0.0);
    }

    #[test]
    fn cramers_v_is_that_of_scipy() {
        assert_close(cramers_v(&[vec![10, 10, 20], vec![20, 20, 20]]).expect("a table"), 1.0 / 6.0);
        assert_close(cramers_v(&[vec![12, 3], vec![4, 11]]).expect("a table"), 0.467_707_173_346_742_67);
        assert_eq!(cramers_v(&[vec![5, 0], vec![3, 0]]), None);
    }
}
