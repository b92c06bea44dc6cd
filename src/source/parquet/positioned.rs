//! A file that several threads read at their own places: no reader moves another's.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// An open file and its length. Clones share the file but no position.
#[derive(Debug, Clone)]
pub(super) struct PositionedFile {
    file: Arc<File>,
    len: u64,
}

impl PositionedFile {
    /// Takes a file that was opened for reading.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), len })
    }
}

impl Length for PositionedFile {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for PositionedFile {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        // page headers are read through this: they are some hundred bytes long
        Ok(BufReader::with_capacity(512, From { file: Arc::clone(&self.file), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.len) {
            return Err(ParquetError::EOF(format!(
                "the file ends at byte {}, before byte {start} + {length}",
                self.len
            )));
        }
        let mut bytes = vec![0; length];
        let mut from = From { file: Arc::clone(&self.file), position: start };
        from.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads on from a place of a file.
#[derive(Debug)]
pub(super) struct From {
    file: Arc<File>,
    position: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(self.file.as_ref(), buffer, self.position)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(self.file.as_ref(), buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}
