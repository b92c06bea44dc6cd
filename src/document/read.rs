//! From a tree to a typed value, naming every fault with its place.

use serde::de::DeserializeOwned;

use super::Node;
use crate::diagnostic::Span;

/// Why a node does not fit the type that is wanted there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Kebab-case identity: `unknown-key`, `missing-key`, `wrong-type`, `wrong-value`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
}

impl Node {
    /// Reads the tree into a typed value.
    ///
    /// # Errors
    /// All faults, not the first: after one is found, the key that holds it is left out and reading goes on.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Vec<Fault>> {
        Err(vec![])
    }
}
