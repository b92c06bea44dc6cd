//! weir
pub mod column;
pub mod diagnostic;
pub mod document;
pub mod verdict;
