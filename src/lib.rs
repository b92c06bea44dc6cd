//! weir
pub mod column;
pub mod diagnostic;
pub mod document;
pub mod engine;
pub mod metric;
pub mod scan;
pub mod verdict;
