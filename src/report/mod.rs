//! Reports: a finished result, formatted. Nothing is computed here that the result does not hold.
//!
//! [`text`] is for the terminal, [`json`] for programs, the others for the systems that run checks: [`junit`], [`sarif`],
//! [`github`], [`gitlab`], [`markdown`], [`summary`]. [`rule`] says in plain words what an expectation demands, for every report that
//! people read. [`refusal`] is what they tell of a run that judged nothing, [`explanation`] what one would do.

pub mod explanation;
mod finding;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod refusal;
pub mod rule;
pub mod sarif;
pub mod snippet;
pub mod summary;
pub mod text;
