//! Files that are written whole or not at all: another one beside the file takes its place once it is complete.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that is being written, and is to take the place of another one.
#[derive(Debug)]
pub struct Replacement {
    file: NamedTempFile,
    target: PathBuf,
    before: Option<Metadata>,
}

impl Replacement {
    /// Begins a file that is to take the place of a plain one, or to be a new one.
    ///
    /// # Errors
    /// The file that is there may not be written, or its folder takes no other one.
    pub fn of(target: &Path) -> io::Result<Self> {
        let before = fs::metadata(target).ok();
        if before.is_some() {
            // a file that may not be written is not replaced either
            OpenOptions::new().append(true).open(target)?;
        }
        Ok(Self { file: beside(target)?, target: target.to_owned(), before })
    }

    /// The file to write to.
    #[must_use]
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Takes the place of the target, with its permissions. Where that cannot be (it is mounted by itself), the target is
    /// written over.
    ///
    /// # Errors
    /// The target cannot be written. Unless it is written over, it stays as it was.
    pub fn take_place(self) -> io::Result<()> {
        let Self { file, target, before } = self;
        let Some(before) = before else {
            file.persist(&target)?;
            return Ok(());
        };
        let has_permissions = file.as_file().set_permissions(before.permissions()).is_ok();
        let mut file = if has_permissions {
            match file.persist(&target) {
                Ok(_) => return Ok(()),
                Err(error) => error.file,
            }
        } else {
            file
        };
        file.rewind()?;
        let mut target = OpenOptions::new().write(true).truncate(true).open(&target)?;
        io::copy(&mut file, &mut target)?;
        target.flush()
    }
}

/// The folder of a file.
#[must_use]
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Makes a file beside another one.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".weir-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_once_it_is_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rows");
        for text in ["new", "newer"] {
            let before = fs::read_to_string(&path).ok();
            let dropped = Replacement::of(&path).expect("a writable folder");
            dropped.file().write_all(b"half").expect("a writable file");
            drop(dropped);
            assert_eq!(fs::read_to_string(&path).ok(), before);
            let replacement = Replacement::of(&path).expect("a writable folder");
            replacement.file().write_all(text.as_bytes()).expect("a writable file");
            replacement.take_place().expect("a writable folder");
            assert_eq!(fs::read_to_string(&path).expect("a file"), text);
            assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
        }
    }
}
