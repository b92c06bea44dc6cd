//! The one budget of memory that a run has, and the temporary files that take what does not fit.
//!
//! A file has no name from the start (or is deleted when it is closed, where systems cannot do that), so nothing is left
//! behind by whatever ends the process. It is made when it is first written to, and only ever grows: what was written
//! is read back by [`Extent`]s.

mod budget;
mod file;

pub use budget::{Budget, Charge};
pub use file::{Extent, SpillError, Store};
