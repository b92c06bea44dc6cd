//! What the first bytes of a text file say, and what to do about text that is not UTF-8.

use super::location::compression;

/// What a user can do about text in another encoding.
pub(super) const CONVERT: &str = "convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`";

/// The byte-order mark, which is no part of the text.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// Tells content that is no UTF-8 text whatever the file's name says; `expected` names the format that it should be.
pub(super) fn foreign_content(start: &[u8], expected: &str) -> Option<String> {
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Some(
            "is UTF-16, and UTF-8 is expected; convert it, for example with `iconv -f UTF-16 -t UTF-8`".to_owned(),
        );
    }
    if start.starts_with(b"PAR1") {
        return Some(format!("is a Parquet file, and {expected} is expected; rename it to `.parquet`"));
    }
    let compression = compression(start)?;
    Some(format!("is compressed with {compression}, and {expected} is expected; decompress it first"))
}
