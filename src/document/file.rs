//! From a file, or its bytes, to a text that can be parsed.

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceText};

/// The largest file that is read as a suite or a configuration. Whoever names a larger one has named a data file.
const MAX_BYTES: u64 = 64 << 20;

/// Reads a file that a person wrote.
///
/// # Errors
/// One diagnostic: there is no such file, it is a directory, it is too large, or it is no text.
pub fn read_file(path: &Path) -> Result<Arc<SourceText>, Vec<Diagnostic>> {
    let name = path.display().to_string();
    let fail = |message: String, help: &str| {
        let diagnostic = Diagnostic::error("unreadable-file", message, None).in_source(&SourceText::new(&name, ""));
        vec![if help.is_empty() { diagnostic } else { diagnostic.with_help(help) }]
    };
    let metadata = std::fs::metadata(path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => fail(format!("there is no file `{name}`"), "check the path"),
        _ => fail(format!("`{name}` cannot be read: {cause}"), ""),
    })?;
    if metadata.is_dir() {
        return Err(fail(format!("`{name}` is a directory, expected a file"), "name a file in it"));
    }
    if metadata.len() > MAX_BYTES {
        let message =
            format!("`{name}` has {} MiB, expected a text of at most {}", metadata.len() >> 20, MAX_BYTES >> 20);
        return Err(fail(message, "is this a data file?"));
    }
    let bytes = std::fs::read(path).map_err(|cause| fail(format!("`{name}` cannot be read: {cause}"), ""))?;
    decode(&name, &bytes)
}

/// Turns the bytes of a file into text: UTF-8, or UTF-16 with a byte-order mark.
///
/// # Errors
/// One diagnostic, which says what the bytes look like instead.
pub fn decode(name: &str, bytes: &[u8]) -> Result<Arc<SourceText>, Vec<Diagnostic>> {
    let (problem, help) = match decode_text(bytes) {
        Ok(text) if !text.contains('\0') => return Ok(SourceText::new(name, text)),
        Ok(_) => ("holds zero bytes, expected a text".to_owned(), "is this a binary file?"),
        Err(problem) => (problem, "save the file as UTF-8"),
    };
    let diagnostic = match binary_kind(bytes) {
        Some(kind) => Diagnostic::error("unreadable-file", format!("`{name}` is {kind}, expected a text"), None)
            .with_help("is the data given in place of the suite?"),
        None => Diagnostic::error("unreadable-file", format!("`{name}` {problem}"), None).with_help(help),
    };
    Err(vec![diagnostic.in_source(&SourceText::new(name, ""))])
}

fn decode_text(bytes: &[u8]) -> Result<String, String> {
    let units =
        |decode: fn([u8; 2]) -> u16| bytes[2..].chunks_exact(2).map(|pair| decode([pair[0], pair[1]])).collect();
    let units: Vec<u16> = match bytes.get(..2) {
        Some([0xff, 0xfe]) => units(u16::from_le_bytes),
        Some([0xfe, 0xff]) => units(u16::from_be_bytes),
        _ => {
            return std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
                let at = error.valid_up_to();
                let line = bytes[..at].split(|byte| *byte == b'\n').count();
                format!("is not UTF-8: byte {at}, in line {line}, starts no character")
            });
        }
    };
    String::from_utf16(&units).map_err(|_| "is no valid UTF-16".to_owned())
}

/// Tells well-known binary files by their first bytes.
fn binary_kind(bytes: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 8] = [
        (b"PAR1", "a Parquet file"),
        (b"ARROW1", "an Arrow IPC file"),
        (b"Obj\x01", "an Avro file"),
        (b"ORC", "an ORC file"),
        (b"SQLite format 3", "a SQLite database"),
        (b"\x1f\x8b", "a gzip file"),
        (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
        (b"PK\x03\x04", "a ZIP file"),
    ];
    kinds.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> String {
        decode("t", bytes).unwrap_err()[0].message.clone()
    }

    #[test]
    fn text_is_utf_8_or_utf_16_with_a_mark() {
        assert_eq!(decode("t", "größe".as_bytes()).unwrap().text, "größe");
        let utf_16: Vec<u8> = "\u{feff}ä: 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode("t", &utf_16).unwrap().text, "ä: 1");
        let utf_16: Vec<u8> = "\u{feff}ä: 1".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode("t", &utf_16).unwrap().text, "ä: 1");
        assert_eq!(decode("t", b"PAR1: a text").unwrap().text, "PAR1: a text");
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(message(b"a\nb\xff"), "`t` is not UTF-8: byte 3, in line 2, starts no character");
        assert_eq!(message(b"PAR1\x15\x00\xff"), "`t` is a Parquet file, expected a text");
        assert_eq!(message(b"a\x00b"), "`t` holds zero bytes, expected a text");
        assert_eq!(message(b"\xff\xfe\x00\xd8"), "`t` is no valid UTF-16");
    }

    #[test]
    fn a_directory_and_a_missing_file_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_file(folder.path()).unwrap_err();
        assert!(error[0].message.ends_with("is a directory, expected a file"), "{error:?}");
        let error = read_file(&folder.path().join("none.yaml")).unwrap_err();
        assert!(error[0].message.starts_with("there is no file"), "{error:?}");
    }
}
