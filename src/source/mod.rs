//! Where data comes from.
pub mod location;
pub mod parquet;
