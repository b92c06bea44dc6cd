//! Files that are written whole or not at all: another one beside the file takes its place once it is complete. Where the
//! system allows it, that one has no name before, so that nothing is left of it whatever ends the program.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that is being written, and is to take the place of another one.
#[derive(Debug)]
pub struct Replacement {
    body: Body,
    target: PathBuf,
    before: Option<Metadata>,
}

/// What is written before it takes its place.
#[derive(Debug)]
enum Body {
    Unnamed(File),
    Named(NamedTempFile),
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
        let body = match unnamed(folder(target)) {
            Some(file) => Body::Unnamed(file),
            // the name of the temporary file tells nobody anything
            None => Body::Named(names().tempfile_in(folder(target)).map_err(|error| io::Error::from(error.kind()))?),
        };
        Ok(Self { body, target: target.to_owned(), before })
    }

    /// The file to write to.
    #[must_use]
    pub fn file(&self) -> &File {
        match &self.body {
            Body::Unnamed(file) => file,
            Body::Named(file) => file.as_file(),
        }
    }

    /// Takes the place of the target, with its permissions. Where that cannot be (it is mounted by itself), the target is
    /// written over.
    ///
    /// # Errors
    /// The target cannot be written. Unless it is written over, it stays as it was.
    pub fn take_place(self) -> io::Result<()> {
        let Self { body, target, before } = self;
        let file = match body {
            Body::Unnamed(file) => named(file, folder(&target))?,
            Body::Named(file) => file,
        };
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

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// Where a file lies or would lie: the end of all links, also where there is no file yet.
#[must_use]
pub fn place(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Ok(place) = fs::canonicalize(&path) {
            return place;
        }
        let Ok(target) = fs::read_link(&path) else { break };
        path = folder(&path).join(target);
    }
    let folder = fs::canonicalize(folder(&path)).unwrap_or_else(|_| folder(&path).to_owned());
    path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name))
}

/// How files are named before they take their place.
fn names() -> tempfile::Builder<'static, 'static> {
    let mut names = tempfile::Builder::new();
    names.prefix(".weir-").suffix(".tmp");
    #[cfg(unix)]
    names.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    names
}

/// Makes a file without a name that can be given one in the folder; `None` where the system or the folder has none such.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};

    if !Path::new(OPEN_FILES).is_dir() {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    open(folder, flags, Mode::from_raw_mode(0o666)).ok().map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path) -> Option<File> {
    None
}

/// Where the files of this process lie that are open.
#[cfg(target_os = "linux")]
const OPEN_FILES: &str = "/proc/self/fd";

/// Gives a file a name in a folder; where the system does not, a copy of it has one.
fn named(mut file: File, folder: &Path) -> io::Result<NamedTempFile> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;

        use rustix::fs::{AtFlags, CWD, linkat};

        let open = format!("{OPEN_FILES}/{}", file.as_raw_fd());
        let linked = names().make_in(folder, |name| {
            linkat(CWD, &open, CWD, name, AtFlags::SYMLINK_FOLLOW)?;
            file.try_clone()
        });
        if linked.is_ok() {
            return linked;
        }
    }
    let mut copy = names().tempfile_in(folder)?;
    file.rewind()?;
    io::copy(&mut file, &mut copy)?;
    Ok(copy)
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
            let is_unnamed = matches!(dropped.body, Body::Unnamed(_));
            assert_eq!(is_unnamed, unnamed(folder.path()).is_some());
            let entries = fs::read_dir(folder.path()).expect("a folder").count();
            assert_eq!(entries, usize::from(before.is_some()) + usize::from(!is_unnamed));
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
