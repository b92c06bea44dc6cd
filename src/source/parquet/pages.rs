//! The bytes of a column chunk, with an eye on the headers of its pages: memory is reserved for what a header says of a page,
//! so it is held against what the footer says and what its codec can do.

use std::io::{self, BufReader, Read};

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};

use crate::source::compression::{LZ4_RATIO, USUAL_BYTES, ZSTD_RATIO};
use crate::source::content::{Cursor, Handle};

/// The lengths are among the first bytes of a header: three numbers of five bytes at most, each behind a byte that names it.
const LENGTHS_BYTES: usize = 18;

/// A file as the reader of some column chunks sees it.
#[derive(Debug, Clone)]
pub(super) struct Pages {
    handle: Handle,
    limits: Limits,
}

#[derive(Debug, Clone, Copy, Default)]
struct Limits {
    /// As long is all that a chunk decompresses to, as the footer says.
    chunk_bytes: u64,
    /// How many times as long as its compressed bytes a page can be.
    ratio: u64,
}

impl Pages {
    /// Watches over chunks of a file.
    pub(super) fn of<'a>(handle: &Handle, chunks: impl Iterator<Item = &'a ColumnChunkMetaData>) -> Self {
        let limits = chunks.fold(Limits::default(), |limits, chunk| Limits {
            chunk_bytes: limits.chunk_bytes.max(u64::try_from(chunk.uncompressed_size()).unwrap_or(0)),
            ratio: limits.ratio.max(ratio(chunk.compression())),
        });
        Self { handle: handle.clone(), limits }
    }
}

/// Returns how many times as long as its compressed bytes data can be, with some room above what the format allows.
fn ratio(compression: Compression) -> u64 {
    match compression {
        Compression::SNAPPY => 64,
        Compression::LZ4 | Compression::LZ4_RAW => LZ4_RATIO,
        Compression::GZIP(_) => 1_100,
        _ => ZSTD_RATIO,
    }
}

impl Length for Pages {
    fn len(&self) -> u64 {
        Length::len(&self.handle)
    }
}

impl ChunkReader for Pages {
    type T = Header;

    /// Begins to read a header: the bodies of pages are fetched as bytes.
    fn get_read(&self, start: u64) -> Result<Header, ParquetError> {
        Ok(Header { bytes: self.handle.get_read(start)?, limits: self.limits, begin: [0; LENGTHS_BYTES], known: 0 })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.handle.get_bytes(start, length)
    }
}

/// The header of a page.
#[derive(Debug)]
pub(super) struct Header {
    bytes: BufReader<Cursor>,
    limits: Limits,
    /// What was read of it, as far as the lengths may be in it.
    begin: [u8; LENGTHS_BYTES],
    known: usize,
}

impl Read for Header {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        let left = LENGTHS_BYTES - self.known;
        if left > 0 {
            let taken = count.min(left);
            self.begin[self.known..self.known + taken].copy_from_slice(&buffer[..taken]);
            self.known += taken;
            if let Some((plain, compressed)) = lengths(&self.begin[..self.known]) {
                let Limits { chunk_bytes, ratio } = self.limits;
                if plain > chunk_bytes.min(compressed.saturating_mul(ratio)).max(USUAL_BYTES) {
                    let said = format!("a page of {compressed} bytes says that it decompresses to {plain}");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, said));
                }
            }
        }
        Ok(count)
    }
}

/// Reads how long a page is, decompressed and compressed, from the beginning of its header; `None` where that is not known yet,
/// or negative.
///
/// Source: `PageHeader` of the Parquet format (its fields 1 to 3 are numbers of 32 bits), in Thrift's compact protocol.
fn lengths(mut header: &[u8]) -> Option<(u64, u64)> {
    const NEXT_I32: u8 = 0x15;
    let mut number = || {
        let (&name, mut rest) = header.split_first()?;
        if name != NEXT_I32 {
            return None;
        }
        let mut value = 0u64;
        for shift in (0..35).step_by(7) {
            let (&byte, after) = rest.split_first()?;
            rest = after;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                header = rest;
                // zigzag: the lowest bit is the sign
                return (value & 1 == 0).then_some(value >> 1);
            }
        }
        None
    };
    let (_, plain, compressed) = (number()?, number()?, number()?);
    Some((plain, compressed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_second_and_third_number() {
        let header = [0x15, 0x04, 0x15, 0xac, 0x02, 0x15, 0x14, 0x2c];
        assert_eq!(lengths(&header), Some((150, 10)));
        assert_eq!((lengths(&header[..6]), lengths(&[0x15, 0x04, 0x15, 0x01, 0x15, 0x02])), (None, None));
    }
}
