//! The Kolmogorov–Smirnov test of one sample, two-sided: the distance, and how likely a greater one is.
//!
//! Sources: Marsaglia, Tsang and Wang 2003, Evaluating Kolmogorov's distribution (exact, by a power of a matrix); Smirnov
//! 1939 (exact, one-sided, which twice is two-sided where the probability is small); Pelz and Good 1976 (asymptotic);
//! Simard and L'Ecuyer 2011, Computing the two-sided Kolmogorov–Smirnov distribution (which of them to use where).

use std::f64::consts::PI;

/// The greatest sample for which exact forms are computed.
const EXACT_SIZE: u64 = 100_000;

/// Finds the greatest distance between the distribution of a sample and another one.
#[derive(Debug)]
pub struct Distance {
    size: f64,
    rank: u64,
    greatest: f64,
}

impl Distance {
    /// Begins with a sample of this size.
    #[must_use]
    pub fn of(size: u64) -> Self {
        Self { size: size as f64, rank: 0, greatest: 0.0 }
    }

    /// Takes the other distribution's cumulative probability at the next value of the sample, in ascending order.
    pub fn add(&mut self, probability: f64) {
        let below = probability - self.rank as f64 / self.size;
        self.rank += 1;
        self.greatest = self.greatest.max(below).max(self.rank as f64 / self.size - probability);
    }

    /// Returns the distance.
    #[must_use]
    pub fn greatest(&self) -> f64 {
        self.greatest
    }
}

/// Returns the probability that a sample of this size from the distribution itself has at least this distance from it.
#[must_use]
pub fn exceedance(size: u64, distance: f64) -> f64 {
    if size == 0 || distance.is_nan() {
        return f64::NAN;
    }
    let n = size as f64;
    if distance >= 1.0 {
        return 0.0;
    }
    if n * distance <= 0.5 {
        return 1.0;
    }
    let square = n * distance * distance;
    let probability = if size <= 140 {
        if square <= 4.0 { 1.0 - matrix(size, distance) } else { 2.0 * one_sided(size, distance) }
    } else if size <= EXACT_SIZE {
        if square >= 2.2 {
            2.0 * one_sided(size, distance)
        } else if n * distance.powf(1.5) <= 1.4 {
            1.0 - matrix(size, distance)
        } else {
            1.0 - asymptotic(n, distance)
        }
    } else if square >= 9.0 {
        // Maag and Dicaire 1971
        2.0 * (-(6.0 * n * distance + 1.0).powi(2) / (18.0 * n)).exp()
    } else {
        1.0 - asymptotic(n, distance)
    };
    probability.clamp(0.0, 1.0)
}

/// The probability of a distance below this, exactly: an entry of the n-th power of a matrix.
fn matrix(size: u64, distance: f64) -> f64 {
    let n = size as f64;
    let k = (n * distance).floor() + 1.0;
    let h = k - n * distance;
    let order = 2 * k as usize - 1;
    let mut base = Square::zero(order);
    for row in 0..order {
        for column in 0..order.min(row + 2) {
            *base.at_mut(row, column) = 1.0;
        }
    }
    for step in 0..order {
        *base.at_mut(step, 0) -= h.powi(step as i32 + 1);
        *base.at_mut(order - 1, step) -= h.powi((order - step) as i32);
    }
    if 2.0 * h > 1.0 {
        *base.at_mut(order - 1, 0) += (2.0 * h - 1.0).powi(order as i32);
    }
    for row in 0..order {
        let mut factorial = 1.0;
        for column in (0..order.min(row + 2)).rev() {
            let distance = row + 1 - column;
            factorial = if distance == 0 { 1.0 } else { factorial * distance as f64 };
            *base.at_mut(row, column) /= factorial;
        }
    }
    let power = base.power(size);
    let k = k as usize;
    let mut probability = power.at(k - 1, k - 1);
    let mut exponent = power.exponent;
    for factor in 1..=size {
        probability *= factor as f64 / n;
        if probability < 1e-140 {
            probability *= 1e140;
            exponent -= 140;
        }
    }
    probability * 10f64.powi(exponent)
}

/// A square matrix times a power of ten, which keeps its entries in range.
#[derive(Clone)]
struct Square {
    order: usize,
    entries: Vec<f64>,
    exponent: i32,
}

impl Square {
    fn zero(order: usize) -> Self {
        Self { order, entries: vec![0.0; order * order], exponent: 0 }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.entries[row * self.order + column]
    }

    fn at_mut(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.entries[row * self.order + column]
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = Self::zero(self.order);
        for (row, target) in product.entries.chunks_exact_mut(self.order).enumerate() {
            for middle in 0..self.order {
                let factor = self.at(row, middle);
                let source = &other.entries[middle * self.order..(middle + 1) * self.order];
                target.iter_mut().zip(source).for_each(|(target, entry)| *target += factor * entry);
            }
        }
        product.exponent = self.exponent + other.exponent;
        if product.at(self.order / 2, self.order / 2) > 1e140 {
            product.entries.iter_mut().for_each(|entry| *entry *= 1e-140);
            product.exponent += 140;
        }
        product
    }

    /// Returns the power to an exponent of at least 1.
    fn power(&self, exponent: u64) -> Self {
        let mut square = self.clone();
        let mut product: Option<Self> = None;
        let mut rest = exponent;
        while rest > 0 {
            if rest % 2 == 1 {
                product = Some(product.map_or_else(|| square.clone(), |product| product.times(&square)));
            }
            rest /= 2;
            if rest > 0 {
                square = square.times(&square);
            }
        }
        product.unwrap_or(square)
    }
}

/// The probability that the sample's distribution exceeds the other one somewhere by at least this, exactly.
fn one_sided(size: u64, distance: f64) -> f64 {
    let n = size as f64;
    let mut sum = 0.0;
    let mut ln_binomial = 0.0;
    for j in 0..=(n * (1.0 - distance)).floor() as u64 {
        let share = j as f64 / n;
        let rest = 1.0 - distance - share;
        if rest > 0.0 {
            sum += (ln_binomial + (n - j as f64) * rest.ln() + (j as f64 - 1.0) * (distance + share).ln()).exp();
        }
        ln_binomial += ((n - j as f64) / (j as f64 + 1.0)).ln();
    }
    distance * sum
}

/// The probability of a distance below this, asymptotically, to the third order in the root of the size.
fn asymptotic(n: f64, distance: f64) -> f64 {
    let z = distance * n.sqrt();
    let (z2, z4, z6) = (z.powi(2), z.powi(4), z.powi(6));
    let (mut k0, mut k1, mut k2, mut k3) = (0.0, 0.0, 0.0, 0.0);
    for k in 0..20 {
        // half-integers of both signs give equal terms
        let half = f64::from(k) + 0.5;
        let (a, b, c) = ((PI * half).powi(2), (PI * half).powi(4), (PI * half).powi(6));
        let weight = 2.0 * (-a / (2.0 * z2)).exp();
        k0 += weight / 2.0;
        k1 += weight * (a - z2);
        k2 += weight * (6.0 * z6 + 2.0 * z4 + a * (2.0 * z4 - 5.0 * z2) + b * (1.0 - 2.0 * z2));
        k3 += weight
            * (c * (5.0 - 30.0 * z2) + b * (212.0 * z4 - 60.0 * z2) + a * (135.0 * z4 - 96.0 * z6)
                - 30.0 * z6
                - 90.0 * z4 * z4);
    }
    let (mut even2, mut even3) = (0.0, 0.0);
    for k in 1..20 {
        let (a, b) = ((PI * f64::from(k)).powi(2), (PI * f64::from(k)).powi(4));
        let weight = 2.0 * (-a / (2.0 * z2)).exp();
        even2 += weight * a;
        even3 += weight * (3.0 * a * z2 - b);
    }
    let root = (PI / 2.0).sqrt();
    let first = 2.0 * root / z * k0;
    let second = root / (6.0 * z4) * k1;
    let third = root / (72.0 * z6 * z) * k2 - root / (36.0 * z2 * z) * even2;
    let fourth = root / (6480.0 * z6 * z4) * k3 + root / (216.0 * z6) * even3;
    first + second / n.sqrt() + third / n + fourth / n.powf(1.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_scipy() {
        // `scipy.stats.kstwo.sf(distance, size)` of SciPy 1.18.1
        let figures = [
            (1, 0.7, 0.6),
            (5, 0.2, 0.9616),
            (5, 0.45, 0.193_993_75),
            (10, 0.3, 0.270_535_574_8),
            (10, 0.6, 0.000_568_167_2),
            (20, 0.12, 0.903_135_512_079_600_9),
            (100, 0.1, 0.252_692_757_006_387_4),
            (100, 0.25, 5.408_871_776_434_847e-6),
            (140, 0.05, 0.857_648_029_765_611_4),
            (200, 0.08, 0.146_396_136_137_250_3),
            (1000, 0.02, 0.810_897_165_689_557_7),
            (1000, 0.03, 0.322_690_214_391_463_6),
            (5000, 0.012, 0.463_991_216_669_019_2),
            (5000, 0.04, 2.180_558_637_855_716_4e-7),
            (50_000, 0.004, 0.399_431_664_675_573_1),
            (200_000, 0.002, 0.399_950_853_690_380_97),
            (1_000_000, 0.0012, 0.112_159_919_014_435_56),
            (1_000_000, 0.004, 2.525_818_414_339_101_3e-14),
        ];
        for (size, distance, scipy) in figures {
            let found = exceedance(size, distance);
            assert!((found - scipy).abs() < 1e-8 * scipy + 1e-12, "{size}, {distance}: {found} is not {scipy}");
        }
    }

    #[test]
    fn the_distance_is_taken_on_both_sides_of_each_step() {
        for cdf in [[0.1, 0.2, 0.3], [0.7, 0.8, 0.9]] {
            let mut distance = Distance::of(3);
            for probability in cdf {
                distance.add(probability);
            }
            assert_eq!(distance.greatest(), 0.7);
        }
        assert_eq!((exceedance(3, 1.0), exceedance(3, 1.0 / 6.0)), (0.0, 1.0));
    }
}
