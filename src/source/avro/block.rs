//! Blocks of an Avro file, decompressed and followed to their end, one after the other behind a header that says so.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use super::walk::{Layout, number, write_number};
use crate::source::content::Handle;

/// How the blocks of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Null,
    Deflate,
    Snappy,
    Zstandard,
    Bzip2,
    Xz,
}

/// Two numbers of 64 bits take so many bytes at most.
const HEAD_BYTES: usize = 20;
/// No block is longer once it is decompressed.
const MAX_PLAIN_BYTES: u64 = 1 << 31;

impl Codec {
    /// Reads the name of a codec.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"" | b"null" => Self::Null,
            b"deflate" => Self::Deflate,
            b"snappy" => Self::Snappy,
            b"zstandard" => Self::Zstandard,
            b"bzip2" => Self::Bzip2,
            b"xz" => Self::Xz,
            _ => return None,
        })
    }

    /// Adds what comes out of a block.
    fn decompress(self, block: &[u8], plain: &mut Vec<u8>) -> io::Result<()> {
        let invalid = |problem: &str| io::Error::new(io::ErrorKind::InvalidData, problem.to_owned());
        match self {
            Self::Null => plain.extend_from_slice(block),
            Self::Snappy => {
                // four bytes at the end are the check sum of what comes out
                let (block, sum) = block.split_last_chunk::<4>().ok_or_else(|| invalid("a block without check sum"))?;
                let length = snap::raw::decompress_len(block).map_err(io::Error::other)?;
                if length as u64 > MAX_PLAIN_BYTES {
                    return Err(invalid("a block is impossibly long"));
                }
                let begin = plain.len();
                plain.resize(begin + length, 0);
                snap::raw::Decoder::new().decompress(block, &mut plain[begin..]).map_err(io::Error::other)?;
                let mut found = flate2::Crc::new();
                found.update(&plain[begin..]);
                if found.sum() != u32::from_be_bytes(*sum) {
                    return Err(invalid("a block does not have its check sum"));
                }
            }
            Self::Deflate => read(flate2::bufread::DeflateDecoder::new(block), plain)?,
            Self::Zstandard => read(zstd::Decoder::with_buffer(block)?, plain)?,
            Self::Bzip2 => read(bzip2::bufread::BzDecoder::new(block), plain)?,
            Self::Xz => read(liblzma::bufread::XzDecoder::new(block), plain)?,
        }
        Ok(())
    }
}

fn read(decoder: impl Read, plain: &mut Vec<u8>) -> io::Result<()> {
    decoder.take(MAX_PLAIN_BYTES).read_to_end(plain)?;
    Ok(())
}

/// What a file's header says that its blocks need.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) schema: String,
    pub(super) codec: Codec,
    pub(super) sync: [u8; super::SYNC_BYTES],
    pub(super) layout: Layout,
}

impl Header {
    /// Writes the header of a file whose blocks are not compressed.
    pub(super) fn plain(&self) -> Vec<u8> {
        let mut bytes = super::MAGIC.to_vec();
        write_number(1, &mut bytes);
        for text in ["avro.schema", &self.schema] {
            write_number(text.len() as i64, &mut bytes);
            bytes.extend_from_slice(text.as_bytes());
        }
        write_number(0, &mut bytes);
        bytes.extend_from_slice(&self.sync);
        bytes
    }
}

/// Blocks that follow each other, as a file of their own.
#[derive(Debug)]
pub(super) struct PlainBlocks {
    handle: Handle,
    header: Arc<Header>,
    /// Where the next block begins, and where the last one ends.
    position: u64,
    end: u64,
    /// How many rows came before the block at hand.
    rows: u64,
    /// The header or block at hand, as far as it is not read.
    bytes: Vec<u8>,
    read: usize,
}

impl PlainBlocks {
    /// Begins to read the blocks between two places.
    pub(super) fn new(handle: Handle, header: Arc<Header>, start: u64, end: u64) -> Self {
        let bytes = header.plain();
        Self { handle, header, position: start, end, rows: 0, bytes, read: 0 }
    }

    fn next_block(&mut self) -> io::Result<()> {
        let invalid = |problem: String| io::Error::new(io::ErrorKind::InvalidData, problem);
        let changed = || invalid("it has changed while it was read".to_owned());
        let start = self.handle.bytes(self.position, (self.end - self.position).min(HEAD_BYTES as u64))?;
        let mut rest = &start[..];
        let count = number(&mut rest).and_then(|count| u64::try_from(count).ok()).ok_or_else(changed)?;
        let length = number(&mut rest).and_then(|length| u64::try_from(length).ok()).ok_or_else(changed)?;
        let data = self.position + (start.len() - rest.len()) as u64;
        if data.saturating_add(length) > self.end {
            return Err(changed());
        }
        let block = self.handle.bytes(data, length)?;
        // room for the two numbers that come first, whose lengths are not known yet
        self.bytes.clear();
        self.bytes.resize(HEAD_BYTES, 0);
        let decompressed = self.header.codec.decompress(&block, &mut self.bytes);
        decompressed.map_err(|error| invalid(format!("a block cannot be decompressed: {error}")))?;
        let plain = &self.bytes[HEAD_BYTES..];
        let followed = self.header.layout.follow(plain, count);
        followed
            .map_err(|(record, problem)| invalid(format!("record {} is broken: {problem}", self.rows + record + 1)))?;
        let mut head = Vec::with_capacity(HEAD_BYTES);
        write_number(count as i64, &mut head);
        write_number(plain.len() as i64, &mut head);
        self.read = HEAD_BYTES - head.len();
        self.bytes[self.read..HEAD_BYTES].copy_from_slice(&head);
        self.bytes.extend_from_slice(&self.header.sync);
        self.rows += count;
        self.position = data + length + super::SYNC_BYTES as u64;
        Ok(())
    }
}

impl BufRead for PlainBlocks {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read == self.bytes.len() && self.position < self.end {
            self.next_block()?;
        }
        Ok(&self.bytes[self.read..])
    }

    fn consume(&mut self, count: usize) {
        self.read = (self.read + count).min(self.bytes.len());
    }
}

impl Read for PlainBlocks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let count = available.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}
