//! Continuous distributions with their parameters, as SciPy names and defines them.

use statrs::function::beta::checked_beta_reg;
use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur};

/// A standard form, moved by `loc` and stretched by `scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distribution {
    form: Form,
    loc: f64,
    scale: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Normal,
    Exponential,
    Uniform,
    Gamma { shape: f64 },
    Beta { a: f64, b: f64 },
    ChiSquare { degrees_of_freedom: f64 },
    Student { degrees_of_freedom: f64 },
    LogNormal { sigma: f64 },
    Weibull { shape: f64 },
}

impl Distribution {
    /// The names that are known, with those of their shape parameters in order.
    pub const KNOWN: [(&'static str, &'static [&'static str]); 9] = [
        ("norm", &[]),
        ("expon", &[]),
        ("uniform", &[]),
        ("gamma", &["alpha"]),
        ("beta", &["alpha", "beta"]),
        ("chi2", &["df"]),
        ("t", &["df"]),
        ("lognorm", &["s"]),
        ("weibull_min", &["c"]),
    ];

    /// Makes a distribution of its name, its shape parameters, its location and its scale.
    ///
    /// # Errors
    /// The name is not known, shape parameters are missing or too many, or one of them or the scale is not positive.
    pub fn new(name: &str, shapes: &[f64], loc: f64, scale: f64) -> Result<Self, String> {
        let Some((_, wanted)) = Self::KNOWN.iter().find(|(known, _)| *known == name) else {
            let known: Vec<_> = Self::KNOWN.iter().map(|(known, _)| format!("`{known}`")).collect();
            return Err(format!("there is no distribution `{name}`, expected one of {}", known.join(", ")));
        };
        if shapes.len() != wanted.len() {
            let wanted: Vec<_> = wanted.iter().map(|shape| format!("`{shape}`")).collect();
            let wanted = if wanted.is_empty() { "none".to_owned() } else { wanted.join(" and ") };
            return Err(format!("`{name}` is given {} shape parameters, expected {wanted}", shapes.len()));
        }
        for (what, value) in wanted.iter().copied().zip(shapes.iter().copied()).chain([("scale", scale)]) {
            if !(value > 0.0 && value.is_finite()) {
                return Err(format!("the parameter `{what}` of `{name}` is {value}, expected a positive number"));
            }
        }
        if !loc.is_finite() {
            return Err(format!("the parameter `loc` of `{name}` is {loc}, expected a number"));
        }
        let form = match (name, shapes) {
            ("expon", _) => Form::Exponential,
            ("uniform", _) => Form::Uniform,
            ("gamma", &[shape]) => Form::Gamma { shape },
            ("beta", &[a, b]) => Form::Beta { a, b },
            ("chi2", &[degrees_of_freedom]) => Form::ChiSquare { degrees_of_freedom },
            ("t", &[degrees_of_freedom]) => Form::Student { degrees_of_freedom },
            ("lognorm", &[sigma]) => Form::LogNormal { sigma },
            ("weibull_min", &[shape]) => Form::Weibull { shape },
            _ => Form::Normal,
        };
        Ok(Self { form, loc, scale })
    }

    /// Returns the probability of a value up to `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        let x = (x - self.loc) / self.scale;
        if x == f64::INFINITY {
            return 1.0;
        }
        match self.form {
            Form::Normal => normal(x),
            Form::Student { .. } if x == f64::NEG_INFINITY => 0.0,
            Form::Student { degrees_of_freedom } => {
                let tail =
                    regularized_beta(degrees_of_freedom / 2.0, 0.5, degrees_of_freedom / (degrees_of_freedom + x * x))
                        / 2.0;
                if x > 0.0 { 1.0 - tail } else { tail }
            }
            _ if x <= 0.0 => 0.0,
            Form::Exponential => -(-x).exp_m1(),
            Form::Uniform => x.min(1.0),
            Form::Gamma { shape } => regularized_gamma(shape, x),
            Form::Beta { a, b } => regularized_beta(a, b, x.min(1.0)),
            Form::ChiSquare { degrees_of_freedom } => regularized_gamma(degrees_of_freedom / 2.0, x / 2.0),
            Form::LogNormal { sigma } => normal(x.ln() / sigma),
            Form::Weibull { shape } => -(-x.powf(shape)).exp_m1(),
        }
    }
}

/// The normal distribution by the incomplete gamma function, which is more exact here than the error function.
fn normal(x: f64) -> f64 {
    let half_square = x * x / 2.0;
    if half_square == 0.0 {
        return 0.5;
    }
    if half_square.is_infinite() {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    if x < 0.0 {
        return checked_gamma_ur(0.5, half_square).unwrap_or(f64::NAN) / 2.0;
    }
    f64::midpoint(1.0, regularized_gamma(0.5, half_square))
}

fn regularized_gamma(shape: f64, x: f64) -> f64 {
    checked_gamma_lr(shape, x).unwrap_or(f64::NAN)
}

fn regularized_beta(a: f64, b: f64, x: f64) -> f64 {
    checked_beta_reg(a, b, x).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A distribution, its parameters, and what SciPy gives.
    type Figure<'a> = (&'a str, &'a [f64], f64, f64, f64, f64);

    #[test]
    fn probabilities_are_those_of_scipy() {
        // `scipy.stats.<name>.cdf(x, *shapes, loc, scale)` of SciPy 1.18.1
        let figures: [Figure<'_>; 12] = [
            ("norm", &[], 1.0, 2.0, 1.3, 0.559_617_692_370_242_5),
            ("expon", &[], 1.0, 2.0, 2.5, 0.527_633_447_258_985_3),
            ("uniform", &[], 1.0, 4.0, 2.5, 0.375),
            ("gamma", &[1.7], 0.5, 2.0, 2.5, 0.356_318_859_035_859_2),
            ("beta", &[2.0, 5.0], 0.0, 1.0, 0.3, 0.579_825),
            ("beta", &[2.0, 3.0], 1.0, 2.0, 1.2, 0.0523),
            ("chi2", &[4.0], 0.0, 1.0, 3.1, 0.458_767_666_741_805_14),
            ("t", &[5.0], 0.0, 1.0, -1.2, 0.141_945_528_353_051_24),
            ("t", &[2.5], 0.1, 2.0, 0.7, 0.606_328_814_252_402_4),
            ("lognorm", &[0.9], 0.0, 1.0, 1.7, 0.722_266_197_098_722_9),
            ("lognorm", &[0.5], 1.0, 1.5, 2.7, 0.598_832_484_892_709_1),
            ("weibull_min", &[1.7], 0.0, 2.0, 1.1, 0.303_664_242_080_945_9),
        ];
        for (name, shapes, loc, scale, x, scipy) in figures {
            let found = Distribution::new(name, shapes, loc, scale).expect("a distribution").cdf(x);
            assert!((found - scipy).abs() < 1e-12, "{name}: {found} is not {scipy}");
        }
    }

    #[test]
    fn outside_of_its_range_a_distribution_is_0_or_1() {
        for (name, shapes) in Distribution::KNOWN {
            let shapes: Vec<f64> = shapes.iter().map(|_| 1.5).collect();
            let distribution = Distribution::new(name, &shapes, 0.0, 1.0).expect("a distribution");
            assert_eq!(distribution.cdf(f64::NEG_INFINITY), 0.0, "{name}");
            assert_eq!(distribution.cdf(f64::INFINITY), 1.0, "{name}");
        }
    }

    #[test]
    fn parameters_that_make_no_distribution_are_refused() {
        let refused = |name: &str, shapes: &[f64], scale: f64| Distribution::new(name, shapes, 0.0, scale).unwrap_err();
        assert!(refused("poisson", &[], 1.0).contains("no distribution `poisson`"));
        assert!(refused("beta", &[1.0], 1.0).contains("expected `alpha` and `beta`"));
        assert!(refused("norm", &[], 0.0).contains("`scale` of `norm` is 0"));
    }
}
