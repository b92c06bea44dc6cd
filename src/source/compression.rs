//! Files that were compressed as a whole, as text often is.

use std::fmt;
use std::io::{self, BufRead};
use std::path::Path;

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;

/// How a file was compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// gzip, one member or several: `.gz`.
    Gzip,
    /// Zstandard, one frame or several: `.zst`.
    Zstd,
    /// bzip2, one stream or several: `.bz2`.
    Bzip2,
}

/// How many first bytes tell whether a file is compressed.
pub(super) const MAGIC_BYTES: usize = 10;

/// So long may anything be that decompresses, however short its compressed bytes are: memory for as much is there.
pub(super) const USUAL_BYTES: u64 = 64 << 20;
/// How many times as long as its compressed bytes data of LZ4 can be, with some room above what the format allows.
pub(super) const LZ4_RATIO: u64 = 256;
/// The same for Zstandard: a block of 128 KiB that repeats one byte takes four. No other codec here has a higher one.
pub(super) const ZSTD_RATIO: u64 = 40_000;

/// What weir does not decompress, by its first bytes.
const FOREIGN: [(&[u8], &str); 5] = [
    (b"\xfd7zXZ\0", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy"),
];

impl Compression {
    const ALL: [Self; 3] = [Self::Gzip, Self::Zstd, Self::Bzip2];

    /// Tells by the first bytes of a file how it is compressed.
    pub(super) fn of_content(start: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|compression| match compression {
            Self::Gzip => start.starts_with(b"\x1f\x8b\x08"),
            Self::Zstd => start.starts_with(b"\x28\xb5\x2f\xfd"),
            // the digit is the size of a block, and the first block begins with the digits of pi
            Self::Bzip2 => {
                start.starts_with(b"BZh")
                    && start.get(3).is_some_and(u8::is_ascii_digit)
                    && matches!(start.get(4..10), Some(b"1AY&SY" | b"\x17rE8P\x90"))
            }
        })
    }

    /// Tells whether a file that says by its name that it is compressed has but some of the bytes that tell how.
    pub(super) fn is_cut_off(path: &Path, content: &[u8]) -> bool {
        let magic = [b"\x1f\x8b\x08".as_slice(), b"\x28\xb5\x2f\xfd", b"BZh91AY&SY"];
        !content.is_empty()
            && Self::without_extension(path).is_some()
            && magic.iter().any(|magic| content.len() < magic.len() && magic.starts_with(content))
    }

    /// Returns a path without the extension by which it says that the file is compressed.
    pub(super) fn without_extension(path: &Path) -> Option<&Path> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        let is_ours = ["gz", "gzip", "zst", "zstd", "bz2", "bzip2"].contains(&extension.as_str());
        is_ours.then(|| path.file_stem().map(Path::new)).flatten()
    }

    /// Reads the content of a compressed file.
    pub(super) fn reader<'a>(self, compressed: impl BufRead + 'a) -> io::Result<Box<dyn io::Read + 'a>> {
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(compressed)),
            Self::Zstd => Box::new(zstd::Decoder::with_buffer(compressed)?),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(compressed)),
        })
    }
}

/// Writes the name: `gzip`, `zstd`, `bzip2`.
impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
        })
    }
}

/// Names a compression that weir does not know how to undo, where a file begins with it.
pub(super) fn foreign(start: &[u8]) -> Option<&'static str> {
    FOREIGN.into_iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressions_are_told_by_their_first_bytes_and_texts_are_none() {
        assert_eq!(Compression::of_content(b"\x1f\x8b\x08\0\0"), Some(Compression::Gzip));
        assert_eq!(Compression::of_content(b"BZh91AY&SY"), Some(Compression::Bzip2));
        assert_eq!(Compression::of_content(b"BZh9,name\n1"), None);
        assert_eq!(Compression::of_content(b""), None);
        assert!(
            Compression::is_cut_off(Path::new("a.csv.gz"), b"\x1f")
                && !Compression::is_cut_off(Path::new("a.csv"), b"B")
        );
        assert_eq!(foreign(b"PK\x03\x04...."), Some("zip"));
    }

    #[test]
    fn the_extension_of_a_compression_is_not_that_of_the_format() {
        assert_eq!(Compression::without_extension(Path::new("a/b.csv.GZ")), Some(Path::new("b.csv")));
        assert_eq!(Compression::without_extension(Path::new("b.csv")), None);
    }
}
