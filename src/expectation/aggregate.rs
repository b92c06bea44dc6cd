//! Expectations that judge one observed value by two bounds: their parameters, checks and verdicts, written once.
//!
//! Such an expectation is declared with `number_between!` or `value_between!` and a function `observe` that returns
//! what was observed.

use crate::column::Literal;

/// Declares an expectation whose observed value is a number: adds `min_value`, `max_value`, `strict_min`, `strict_max` to
/// its parameters, refuses bounds that are no numbers, and judges what its function `observe` returns.
macro_rules! number_between {
    ($($declaration:tt)*) => {
        $crate::expectation::aggregate::between! { $crate::expectation::aggregate::check_numbers; $($declaration)* }
    };
}

/// As [`number_between!`], for observed values of any type that has an order.
macro_rules! value_between {
    ($($declaration:tt)*) => {
        $crate::expectation::aggregate::between! { $crate::expectation::judge::check_bounds; $($declaration)* }
    };
}

macro_rules! between {
    (
        $check:path;
        $(#[$about:meta])*
        pub struct $name:ident {
            $($(#[$about_field:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$about_field])* $field: $type,)*
            /// The lower bound.
            #[serde(default)]
            min_value: Option<$crate::column::Literal>,
            /// The upper bound.
            #[serde(default)]
            max_value: Option<$crate::column::Literal>,
            /// The lower bound itself does not comply.
            #[serde(default)]
            strict_min: bool,
            /// The upper bound itself does not comply.
            #[serde(default)]
            strict_max: bool,
        }

        impl $crate::expectation::catalog::Check for $name {
            fn check(&self) -> Result<(), (&'static str, String)> {
                $check(self.min_value.as_ref(), self.max_value.as_ref())
            }
        }

        impl $crate::expectation::Expectation for $name {
            fn judge(
                &self,
                data: &mut $crate::expectation::Inquiry<'_>,
            ) -> Result<$crate::verdict::Outcome, $crate::expectation::Stop> {
                let observed = Self::observe(self, data)?;
                let bounds = $crate::column::Bounds {
                    min: self.min_value.clone(),
                    max: self.max_value.clone(),
                    strict_min: self.strict_min,
                    strict_max: self.strict_max,
                };
                $crate::expectation::judge::bounded(observed.as_ref(), &bounds)
            }
        }
    };
}

pub(crate) use {between, number_between, value_between};

/// Checks that bounds are numbers, and the lower one not above the upper one. A number in quotes is one.
///
/// # Errors
/// As [`super::catalog::Check::check`].
pub fn check_numbers(min: Option<&Literal>, max: Option<&Literal>) -> Result<(), (&'static str, String)> {
    for (parameter, bound) in [("min_value", min), ("max_value", max)] {
        let Some(bound) = bound else { continue };
        let is_number = match bound {
            Literal::Null => true,
            Literal::Text(text) => text.trim().parse::<f64>().is_ok_and(|number| !number.is_nan()),
            other => other.as_f64().is_some(),
        };
        if !is_number {
            return Err((parameter, format!("`{parameter}` is {bound}, expected a number")));
        }
    }
    super::judge::check_bounds(min, max)
}
