//! The bytes of a data file, to be read at any place by several threads: no reader moves another's.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::remote::{Ahead, Object};

/// Where the bytes of a data file are.
#[derive(Debug, Clone)]
pub enum Content {
    /// In a file of their own, which is opened whenever it is read: a dataset may have more files than a process may have
    /// open.
    Path(PathBuf),
    /// In a stretch of an open file that holds those of several: what came compressed, or through a pipe.
    Stretch {
        /// The file.
        file: Arc<File>,
        /// Where the stretch begins.
        start: u64,
    },
    /// On a server, which is asked for what is read.
    Remote(Arc<Object>),
}

impl Content {
    /// Opens the content, which has so many bytes.
    pub(super) fn open(&self, length: u64) -> io::Result<Handle> {
        let place = match self {
            Self::Path(path) => Place::File { file: Arc::new(File::open(path)?), start: 0 },
            Self::Stretch { file, start } => Place::File { file: Arc::clone(file), start: *start },
            Self::Remote(object) => Place::Remote { object: Arc::clone(object), ahead: None },
        };
        Ok(Handle { place, length })
    }

    /// Tells whether each look at the content is a request to a server.
    pub(super) fn is_remote(&self) -> bool {
        matches!(self, Self::Remote(_))
    }
}

/// Open content. Clones share the file but no position.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    place: Place,
    length: u64,
}

#[derive(Debug, Clone)]
enum Place {
    File { file: Arc<File>, start: u64 },
    Remote { object: Arc<Object>, ahead: Option<Arc<Ahead>> },
}

impl Handle {
    /// Returns how many bytes there are.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Says that a stretch will be read, in any order: what lies on a server is fetched at once, and kept.
    pub(super) fn near(self, stretch: Range<u64>) -> Self {
        self.with_ahead(|object| Ahead::kept(object, stretch))
    }

    /// Says which stretches will be read, each from its beginning to its end and all at about the same pace: what lies on a
    /// server is fetched before it is read.
    pub(super) fn ahead(self, stretches: Vec<Range<u64>>) -> Self {
        self.with_ahead(|object| Ahead::new(object, stretches))
    }

    fn with_ahead(mut self, begin: impl FnOnce(Arc<Object>) -> Ahead) -> Self {
        if let Place::Remote { object, ahead } = &mut self.place {
            *ahead = Some(Arc::new(begin(Arc::clone(object))));
        }
        self
    }

    /// Reads some bytes at a place; none at the end.
    pub(super) fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let buffer = &mut buffer[..wanted];
        let (file, start) = match &self.place {
            Place::File { file, start } => (file, *start),
            Place::Remote { .. } if wanted == 0 => return Ok(0),
            Place::Remote { object, ahead } => {
                let bytes = remote_bytes(object, ahead.as_deref(), at, wanted as u64, at)?;
                buffer[..bytes.len()].copy_from_slice(&bytes);
                return Ok(bytes.len());
            }
        };
        loop {
            #[cfg(unix)]
            let read = std::os::unix::fs::FileExt::read_at(file.as_ref(), buffer, start + at);
            #[cfg(windows)]
            let read = std::os::windows::fs::FileExt::seek_read(file.as_ref(), buffer, start + at);
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    /// Reads exactly the bytes of a stretch.
    pub(super) fn bytes(&self, start: u64, length: u64) -> io::Result<Bytes> {
        if start.checked_add(length).is_none_or(|end| end > self.length) {
            let problem = format!("the file ends at byte {}, before byte {start} + {length}", self.length);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem));
        }
        let length = usize::try_from(length).map_err(io::Error::other)?;
        if let Place::Remote { object, ahead } = &self.place {
            let end = start + length as u64;
            let first = remote_bytes(object, ahead.as_deref(), start, length as u64, end)?;
            if first.len() == length {
                return Ok(first);
            }
            let mut bytes = first.to_vec();
            while bytes.len() < length {
                let at = start + bytes.len() as u64;
                bytes.extend_from_slice(&remote_bytes(object, ahead.as_deref(), at, end - at, end)?);
            }
            return Ok(bytes.into());
        }
        let mut bytes = vec![0; length];
        self.from(start).read_exact(&mut bytes)?;
        Ok(bytes.into())
    }

    /// Begins to read at a place.
    pub(super) fn from(&self, position: u64) -> Cursor {
        Cursor { handle: self.clone(), position, reads_at_end: 0 }
    }
}

/// Reads bytes from a server, or takes what was fetched before; at least one of those that are wanted. Those before `passed`
/// will not be read again.
fn remote_bytes(object: &Arc<Object>, ahead: Option<&Ahead>, at: u64, wanted: u64, passed: u64) -> io::Result<Bytes> {
    match ahead.and_then(|ahead| ahead.read(at, wanted, passed)) {
        Some(bytes) => bytes,
        None if wanted == 0 => Ok(Bytes::new()),
        None => object.read(at..at + wanted),
    }
}

impl Length for Handle {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Handle {
    type T = BufReader<Cursor>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        // page headers are read through this: they are some hundred bytes long
        Ok(BufReader::with_capacity(512, self.from(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.bytes(start, length as u64).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ParquetError::EOF(error.to_string()),
            _ => error.into(),
        })
    }
}

impl orc_rust::reader::ChunkReader for Handle {
    type T = BufReader<Cursor>;

    fn len(&self) -> u64 {
        self.length
    }

    fn get_read(&self, start: u64) -> io::Result<Self::T> {
        Ok(BufReader::new(self.from(start)))
    }

    fn get_bytes(&self, start: u64, length: u64) -> io::Result<Bytes> {
        self.bytes(start, length)
    }
}

/// Reads on from a place.
#[derive(Debug)]
pub(crate) struct Cursor {
    handle: Handle,
    position: u64,
    /// How often nothing was left to read.
    reads_at_end: u32,
}

/// Who reads at the end more often does not know it for the end: some of the libraries' readers of damaged files go on as
/// often as a number in the file says.
const MAX_READS_AT_END: u32 = 1000;

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.handle.read_at(buffer, self.position)?;
        self.position += read as u64;
        if read == 0 && !buffer.is_empty() {
            self.reads_at_end += 1;
            if self.reads_at_end > MAX_READS_AT_END {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends before what it should hold"));
            }
        }
        Ok(read)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.handle.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the file's beginning"))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_stretch_is_read_as_if_it_were_a_file() {
        let mut file = tempfile::tempfile().expect("a file for the test");
        file.write_all(b"before|content|after").expect("the file is written");
        let handle = Content::Stretch { file: Arc::new(file), start: 7 }.open(7).expect("it is open");
        let mut all = String::new();
        handle.from(0).read_to_string(&mut all).expect("it can be read");
        assert_eq!(all, "content");
        let mut end = String::new();
        let mut cursor = handle.from(0);
        assert_eq!(cursor.seek(SeekFrom::End(-3)).expect("a place in it"), 4);
        cursor.read_to_string(&mut end).expect("it can be read");
        assert_eq!(end, "ent");
        assert!(cursor.seek(SeekFrom::Current(-9)).is_err());
        let ends = (0..=MAX_READS_AT_END).map(|_| cursor.read(&mut [0]).map_err(|error| error.kind()));
        assert_eq!(ends.last(), Some(Err(io::ErrorKind::UnexpectedEof)));
        assert_eq!(&handle.bytes(1, 3).expect("there are as many")[..], b"ont");
        assert_eq!(handle.bytes(5, 3).expect_err("too many").kind(), io::ErrorKind::UnexpectedEof);
    }
}
