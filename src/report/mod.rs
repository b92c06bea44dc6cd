//! Reports: a finished result, formatted. Nothing is computed here that the result does not hold.
//!
//! [`text`] is for the terminal, [`json`] for programs; [`rule`] says in plain words what an expectation demands, for
//! every report that people read.

pub mod json;
pub mod rule;
pub mod snippet;
pub mod text;
