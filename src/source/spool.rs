//! Data that can be read only once, from its beginning (compressed, in another encoding, through a pipe), is written to
//! a temporary file as it comes, so that it can be read like any other: more than once, and at several places at a time.
//!
//! The files are unlinked as soon as they are made, so that nothing is left of them however a run ends.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::content::Content;
use crate::scan::ScanError;

/// How much is read and written at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// A folder for temporary files, and those that were made in it.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    /// The files that nobody writes to now, with their lengths. There are as many as there were writers at a time.
    idle: Mutex<Vec<(Arc<File>, u64)>>,
}

/// Content that was kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) content: Content,
    pub(super) length: u64,
}

impl Spool {
    /// Makes a spool in this folder, which is looked at when it is first needed.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, idle: Mutex::default() }
    }

    /// Writes all that a reader gives to a temporary file. `tell` is told how many bytes have come.
    ///
    /// # Errors
    /// What the reader says, as `failed` puts it, with how many bytes came before; or the temporary file cannot be written.
    pub(super) fn keep(
        &self,
        reader: &mut dyn Read,
        failed: &dyn Fn(io::Error, u64) -> ScanError,
    ) -> Result<Kept, ScanError> {
        let (file, start) = self.take()?;
        let mut block = vec![0; BLOCK_BYTES];
        let mut length = 0;
        loop {
            let count = match reader.read(&mut block) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error, length)),
            };
            // the position is that of the end: nobody else writes to the file, and readers have their own
            (&mut &*file).write_all(&block[..count]).map_err(|cause| self.refused(cause))?;
            length += count as u64;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push((Arc::clone(&file), start + length));
        Ok(Kept { content: Content::Stretch { file, start }, length })
    }

    fn take(&self) -> Result<(Arc<File>, u64), ScanError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(idle) = idle {
            return Ok(idle);
        }
        let file = tempfile::tempfile_in(&self.folder).map_err(|cause| self.refused(cause))?;
        Ok((Arc::new(file), 0))
    }

    fn refused(&self, cause: io::Error) -> ScanError {
        ScanError::Spill { folder: self.folder.display().to_string(), cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(kept: &Kept) -> String {
        let mut text = String::new();
        let handle = kept.content.open(kept.length).expect("it is open");
        handle.from(0).read_to_string(&mut text).expect("it can be read");
        text
    }

    #[test]
    fn what_is_kept_can_be_read_while_more_is_kept_and_leaves_no_file() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let spool = Spool::new(folder.path().to_owned());
        let never = |error: io::Error, _| panic!("{error}");
        let one = spool.keep(&mut "one".as_bytes(), &never).expect("it is kept");
        let two = spool.keep(&mut "and two".as_bytes(), &never).expect("it is kept");
        let none = spool.keep(&mut io::empty(), &never).expect("it is kept");
        assert_eq!([text(&one), text(&two), text(&none)], ["one", "and two", ""]);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let spool = Spool::new("/no/such/folder".into());
        let error = spool.keep(&mut "one".as_bytes(), &|_, _| unreachable!()).expect_err("there is no folder");
        assert_eq!(error.to_string(), "cannot write temporary data to `/no/such/folder`");
    }
}
