//! weir judges data by suites of expectations, with one engine over files, lakes and streams.
//!
//! The modules in reading order: what a person wrote and what can be said about it ([`diagnostic`], [`document`],
//! [`suite`]); what can be asked of data ([`expectation`], over [`metric`]s and [`mod@column`] predicates); how it is computed
//! ([`scan`], [`source`], [`engine`], [`plan`], [`run`]); what came of it ([`verdict`], [`report`]), and how
//! it is put ([`words`]).

pub mod cli;
pub mod column;
pub mod diagnostic;
pub mod document;
pub mod engine;
pub mod expectation;
pub mod explanation;
pub mod guard;
pub mod metric;
mod ordered;
pub mod plan;
pub mod replacement;
pub mod report;
pub mod rows;
pub mod run;
pub mod scan;
pub mod source;
pub mod spill;
pub mod sql;
pub mod statistics;
pub mod suite;
pub mod verdict;
pub mod words;
