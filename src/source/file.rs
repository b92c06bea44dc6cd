//! One file of a dataset: what it is, and how to get at its bytes.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use super::compression::Compression;
use super::content::{Content, Handle};
use super::format::Format;
use crate::scan::ScanError;

/// One file to read.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// Where it is; `-` for standard input.
    pub path: PathBuf,
    /// The path as messages and reports write it.
    pub name: String,
    /// How its rows are written.
    pub format: Format,
    /// Its length when it was found, as it is stored.
    pub size_bytes: u64,
    /// When it was last changed, where the file system knows.
    pub modified: Option<SystemTime>,
    /// What its server calls this version of it.
    pub e_tag: Option<String>,
    /// How it is compressed as a whole.
    pub compression: Option<Compression>,
    /// Where the bytes are that hold its rows.
    pub content: Content,
    /// How many bytes those are: what came compressed is longer than its file.
    pub length: u64,
}

impl DataFile {
    /// Opens the bytes that hold the rows.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn open(&self) -> Result<Handle, ScanError> {
        self.content.open(self.length).map_err(|cause| self.failed(cause))
    }

    /// Says that the system refused to read the file.
    pub(super) fn failed(&self, cause: io::Error) -> ScanError {
        self.unavailable().unwrap_or_else(|| ScanError::Io { file: self.name.clone(), cause })
    }

    /// Says that the file is not what it promises.
    pub(super) fn corrupt(&self, problem: impl Into<String>) -> ScanError {
        // the readers of formats take whatever keeps them from reading for damage
        let corrupt = || ScanError::Corrupt { file: self.name.clone(), problem: problem.into() };
        self.unavailable().unwrap_or_else(corrupt)
    }

    /// What its server said, where it did not give the file.
    fn unavailable(&self) -> Option<ScanError> {
        match &self.content {
            Content::Remote(object) => object.failure(),
            _ => None,
        }
    }
}
