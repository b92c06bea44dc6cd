//! Keys: the values of one or several columns in a form that can be hashed, compared and turned back.

/// A set of keys, with a name that tells it apart from every other set in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct KeySet {
    name: String,
}

impl KeySet {
    /// The name, which predicates use in their canonical text.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
