//! weir
pub mod column;
pub mod diagnostic;
pub mod document;
pub mod engine;
pub mod expectation;
pub mod metric;
pub mod plan;
pub mod scan;
pub mod source;
pub mod sql;
pub mod statistics;
pub mod suite;
pub mod verdict;
