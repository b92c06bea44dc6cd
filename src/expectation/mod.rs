//! What an expectation is: typed parameters, and one function that judges.
//!
//! [`Expectation::judge`] asks the [`Inquiry`] for metrics and judges their values. Where a value is not there yet, the
//! question is noted, `judge` ends with [`Stop::Pending`], and it is called again when the engine has the answer. So an
//! expectation reads as if all values were at hand, and the plan still knows everything that has to be computed in one
//! pass. An expectation never touches an array; what it asks of a row is a [`Predicate`](crate::column::Predicate).

pub mod aggregate;
pub mod catalog;
mod distinct;
mod inquiry;
pub mod judge;
mod kept_rows;
mod keys;
pub mod map;
mod partition;
pub(crate) mod query;

use std::fmt;

use crate::spill::SpillError;
use crate::verdict::{Outcome, Problem};

pub use inquiry::{Answers, Dataset, Foretold, Inquiry, Need, Query, QueryRows};
pub use kept_rows::{CountKept, MarkKept};

/// One expectation with its parameters.
pub trait Expectation: fmt::Debug + Send + Sync {
    /// Judges the data.
    ///
    /// Ask for everything that is known to be needed before using any of it (`let a = data.x(); let b = data.y();` and
    /// then `a?`, `b?`), so that one pass computes it all.
    ///
    /// # Errors
    /// [`Stop::Pending`] where an answer is not there yet; [`Stop::Problem`] where this data cannot answer;
    /// [`Stop::Spill`] where the run cannot go on.
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop>;
}

/// Why `judge` did not come to an outcome.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// What was asked is not computed yet.
    Pending,
    /// The data cannot answer.
    Problem(Problem),
    /// What was spilled to disk cannot be read back.
    Spill(SpillError),
}

impl Stop {
    /// Adds the parameter to point at, where this is a problem that names none.
    #[must_use]
    pub fn at(self, parameter: &'static str) -> Self {
        match self {
            Self::Problem(problem) if problem.parameter.is_none() => Self::Problem(problem.at(parameter)),
            other => other,
        }
    }

    /// Points a problem with one parameter at another one, where an expectation spells it differently.
    #[must_use]
    pub fn at_instead_of(self, usual: &str, parameter: &'static str) -> Self {
        match self {
            Self::Problem(problem) if problem.parameter == Some(usual) => Self::Problem(problem.at(parameter)),
            other => other,
        }
    }
}

impl From<SpillError> for Stop {
    fn from(error: SpillError) -> Self {
        Self::Spill(error)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
