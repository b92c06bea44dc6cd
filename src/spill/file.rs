//! A temporary file that is written in sequence and read by extents.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::Budget;

/// Why what does not fit into memory could not be kept on disk.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot {action} a temporary file in `{}`", .folder.display())]
pub struct SpillError {
    action: &'static str,
    /// The folder of temporary files.
    pub folder: PathBuf,
    /// What the system said.
    #[source]
    cause: Arc<io::Error>,
}

impl PartialEq for SpillError {
    fn eq(&self, other: &Self) -> bool {
        (self.action, &self.folder, self.cause.kind()) == (other.action, &other.folder, other.cause.kind())
    }
}

/// A temporary file, made when it is first written to.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    file: OnceLock<File>,
    end: AtomicU64,
}

/// A piece of a [`Store`], which lives as long as any of its pieces.
#[derive(Debug, Clone)]
pub struct Extent {
    store: Arc<Store>,
    start: u64,
    /// How many bytes it has.
    pub len: u64,
}

impl Store {
    /// Names the place of a file that is not there yet.
    #[must_use]
    pub fn new(budget: &Budget) -> Arc<Self> {
        Self::within(budget.folder())
    }

    /// Names the place of a file in a folder that is not there yet.
    #[must_use]
    pub fn within(folder: &Path) -> Arc<Self> {
        Arc::new(Self { folder: folder.to_owned(), file: OnceLock::new(), end: AtomicU64::new(0) })
    }

    fn failed(&self, action: &'static str) -> impl Fn(io::Error) -> SpillError + '_ {
        move |cause| SpillError { action, folder: self.folder.clone(), cause: Arc::new(cause) }
    }

    fn file(&self) -> Result<&File, SpillError> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let made = tempfile::tempfile_in(&self.folder).map_err(self.failed("make"))?;
        // another thread may have been faster: then its file is the one
        Ok(self.file.get_or_init(|| made))
    }

    /// Appends blocks, one after the other.
    ///
    /// # Errors
    /// The file cannot be made or written to: a folder that may not be written to, a disk that is full.
    pub fn append(self: &Arc<Self>, blocks: &[&[u8]]) -> Result<Extent, SpillError> {
        let file = self.file()?;
        let len: u64 = blocks.iter().map(|block| block.len() as u64).sum();
        let start = self.end.fetch_add(len, Ordering::Relaxed);
        let mut position = start;
        for block in blocks {
            write_all_at(file, block, position).map_err(self.failed("write"))?;
            position += block.len() as u64;
        }
        Ok(Extent { store: Arc::clone(self), start, len })
    }
}

impl Extent {
    /// Another file of the same folder, not there yet.
    #[must_use]
    pub fn sibling(&self) -> Arc<Store> {
        Store::within(&self.store.folder)
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self) -> Result<Vec<u8>, SpillError> {
        self.read_at(0, self.len as usize)
    }

    /// Reads some bytes from a place on; fewer where it ends before.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_at(&self, from: u64, bytes: usize) -> Result<Vec<u8>, SpillError> {
        let rest = self.len.saturating_sub(from);
        let mut buffer = vec![0; bytes.min(usize::try_from(rest).unwrap_or(usize::MAX))];
        read_exact_at(self.store.file()?, &mut buffer, self.start + from).map_err(self.store.failed("read"))?;
        Ok(buffer)
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, position)
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, position)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut position: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, position)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
        position += written as u64;
    }
    Ok(())
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut position: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, position)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[read..];
        position += read as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn what_was_appended_is_read_back_whole_and_in_parts() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::within(folder.path());
        let first = store.append(&[b"one", b"", b"two"]).expect("a writable folder");
        let second = store.append(&[b"three"]).expect("a writable folder");
        assert_eq!((first.len, first.read().expect("readable")), (6, b"onetwo".to_vec()));
        assert_eq!(second.read_at(1, 3).expect("readable"), b"hre");
        assert_eq!(second.read_at(3, 100).expect("readable"), b"ee");
        assert_eq!(second.read_at(9, 1).expect("readable"), b"");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_file_has_no_name_even_while_it_is_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::within(folder.path());
        let extent = store.append(&[b"text"]).expect("a writable folder");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
        drop(store);
        assert_eq!(extent.read().expect("an extent keeps its file"), b"text");
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_named_when_it_is_needed() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("missing");
        let store = Store::within(&missing);
        let error = store.append(&[b"text"]).expect_err("there is no such folder");
        assert_eq!(error.to_string(), format!("cannot make a temporary file in `{}`", missing.display()));
        assert!(error.source().is_some());
        assert_eq!(error.folder, missing);
    }
}
