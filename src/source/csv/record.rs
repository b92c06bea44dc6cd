//! Where the fields and records of separated values begin and end. The bytes are left where they are.
//!
//! The rules are those of RFC 4180 and, for what it leaves open, of pandas and `csv-core` (a test compares): a quote
//! opens a quoted field only at its start, two quotes stand for one, what follows a closing quote belongs to the field,
//! `\n`, `\r\n` and `\r` each end a record, empty lines are no records.

use memchr::{memchr, memchr_iter, memchr2, memchr3};

/// A field of a record, by its place in the bytes that were split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    start: u32,
    end: u32,
    /// The bytes are not the value itself: they begin with the opening quote, and quotes in them stand for others.
    is_escaped: bool,
}

impl Field {
    /// Returns the value; `scratch` holds it where it is not in the bytes as it is.
    #[inline]
    pub(super) fn value<'a>(self, bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let raw = &bytes[self.start as usize..self.end as usize];
        if !self.is_escaped {
            return raw;
        }
        scratch.clear();
        let mut rest = &raw[1..];
        while let Some(quote) = memchr(b'"', rest) {
            scratch.extend_from_slice(&rest[..quote]);
            rest = &rest[quote + 1..];
            if rest.first() != Some(&b'"') {
                break;
            }
            scratch.push(b'"');
            rest = &rest[1..];
        }
        scratch.extend_from_slice(rest);
        scratch
    }

    /// Whether the field takes in this byte or those before it.
    pub(super) fn reaches(self, at: usize) -> bool {
        at <= self.end as usize
    }
}

/// What begins at a place in the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// A record with its line end.
    Record {
        /// One past its last byte.
        end: usize,
        /// How many fields it has; with [`Splitter::skip_rest`], only those up to the last wanted one are counted.
        width: usize,
        /// How many lines it takes.
        lines: u64,
    },
    /// More bytes are needed to tell.
    Incomplete,
    /// The data ends within quotes.
    Unclosed,
}

/// Splits records into fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Splitter {
    /// What stands between fields: an ASCII character, neither a quote nor a line end.
    pub(super) delimiter: u8,
    /// A line that begins with this is no record.
    pub(super) comment: Option<u8>,
    /// Look for the line end at once after the last wanted field, instead of counting all fields.
    pub(super) skip_rest: bool,
}

const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Marks the bytes of a word that equal `byte`; the lowest mark is right, those above it may be one too many.
#[inline]
fn marks(word: u64, byte: u8) -> u64 {
    let zeros = word ^ (LOW_BITS * u64::from(byte));
    zeros.wrapping_sub(LOW_BITS) & !zeros & HIGH_BITS
}

impl Splitter {
    /// Whether a line that begins so is no record.
    pub(super) fn is_comment(self, line: &[u8]) -> bool {
        self.comment.is_some() && line.first().copied() == self.comment
    }

    /// Splits the record that begins at `begin`, which is no line end, and adds those of its fields whose numbers are in
    /// `wanted` (ascending). `is_last` says that nothing follows the bytes.
    #[inline]
    pub(super) fn split(
        self,
        bytes: &[u8],
        begin: usize,
        is_last: bool,
        wanted: &[usize],
        fields: &mut Vec<Field>,
    ) -> Split {
        let mut at = begin;
        let mut width = 0;
        let mut next = 0;
        let mut lines = 1;
        loop {
            let start = at;
            let field = if bytes.get(at) == Some(&b'"') {
                let Some(close) = closing_quote(bytes, at + 1, is_last) else {
                    return if is_last { Split::Unclosed } else { Split::Incomplete };
                };
                lines += memchr_iter(b'\n', &bytes[start..close.at]).count() as u64;
                at = self.field_end(bytes, close.at + 1);
                if at == close.at + 1 && !close.has_doubled {
                    Field { start: start as u32 + 1, end: close.at as u32, is_escaped: false }
                } else {
                    Field { start: start as u32, end: at as u32, is_escaped: true }
                }
            } else {
                at = self.field_end(bytes, at);
                Field { start: start as u32, end: at as u32, is_escaped: false }
            };
            if wanted.get(next) == Some(&width) {
                fields.push(field);
                next += 1;
            }
            width += 1;
            if self.skip_rest && next == wanted.len() {
                let rest = &bytes[at..];
                match memchr3(b'\n', b'\r', b'"', rest) {
                    // the line end might be within quotes
                    Some(quote) if rest[quote] == b'"' => {}
                    Some(end) => at += end,
                    None => at = bytes.len(),
                }
            }
            match bytes.get(at) {
                Some(b'\n') => return Split::Record { end: at + 1, width, lines },
                Some(b'\r') => match bytes.get(at + 1) {
                    Some(b'\n') => return Split::Record { end: at + 2, width, lines },
                    None if !is_last => return Split::Incomplete,
                    _ => return Split::Record { end: at + 1, width, lines },
                },
                Some(_) => at += 1,
                None if is_last => return Split::Record { end: at, width, lines },
                None => return Split::Incomplete,
            }
        }
    }

    /// Returns where the delimiter or line end is that ends a field without quotes, or the end of the bytes.
    #[inline]
    fn field_end(self, bytes: &[u8], mut at: usize) -> usize {
        while let Some(word) = bytes.get(at..at + 8) {
            let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
            let found = marks(word, self.delimiter) | marks(word, b'\n') | marks(word, b'\r');
            if found != 0 {
                return at + found.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        while bytes.get(at).is_some_and(|&byte| byte != self.delimiter && byte != b'\n' && byte != b'\r') {
            at += 1;
        }
        at
    }
}

/// The end of the quoted part of a field.
struct Close {
    at: usize,
    has_doubled: bool,
}

/// Returns where the line ends that the bytes begin with, its line end included; `None` where more bytes are needed to tell.
pub(super) fn line_end(bytes: &[u8], is_last: bool) -> Option<usize> {
    match memchr2(b'\n', b'\r', bytes) {
        Some(at) if bytes[at] == b'\n' => Some(at + 1),
        Some(at) => match bytes.get(at + 1) {
            Some(b'\n') => Some(at + 2),
            Some(_) => Some(at + 1),
            None if is_last => Some(at + 1),
            None => None,
        },
        None => is_last.then_some(bytes.len()),
    }
}

/// Finds the quote that closes a field whose first byte within quotes is at `at`.
fn closing_quote(bytes: &[u8], mut at: usize, is_last: bool) -> Option<Close> {
    let mut has_doubled = false;
    loop {
        at += memchr(b'"', bytes.get(at..)?)?;
        match bytes.get(at + 1) {
            Some(b'"') => {
                has_doubled = true;
                at += 2;
            }
            // the next byte might double it
            None if !is_last => return None,
            _ => return Some(Close { at, has_doubled }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [usize; 64] = {
        let mut numbers = [0; 64];
        let mut at = 0;
        while at < 64 {
            numbers[at] = at;
            at += 1;
        }
        numbers
    };

    /// Splits all records; `None` where a quote is not closed.
    fn split(bytes: &[u8], wanted: &[usize], skip_rest: bool) -> Option<Vec<Vec<Vec<u8>>>> {
        let splitter = Splitter { delimiter: b',', comment: None, skip_rest };
        let mut records = Vec::new();
        let (mut at, mut scratch) = (0, Vec::new());
        while at < bytes.len() {
            if matches!(bytes[at], b'\n' | b'\r') {
                at += 1;
                continue;
            }
            let mut fields = Vec::new();
            let Split::Record { end, .. } = splitter.split(bytes, at, true, wanted, &mut fields) else { return None };
            records.push(fields.into_iter().map(|field| field.value(bytes, &mut scratch).to_vec()).collect());
            at = end;
        }
        Some(records)
    }

    /// What `csv-core` makes of the same bytes.
    fn reference(bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv_core::Reader::new();
        let (mut output, mut ends) = (vec![0; bytes.len() + 1], vec![0; bytes.len() + 1]);
        let (mut records, mut at) = (Vec::new(), 0);
        loop {
            let (mut written, mut ended) = (0, 0);
            loop {
                let (result, read, wrote, end) =
                    reader.read_record(&bytes[at..], &mut output[written..], &mut ends[ended..]);
                (at, written, ended) = (at + read, written + wrote, ended + end);
                match result {
                    csv_core::ReadRecordResult::InputEmpty => {}
                    csv_core::ReadRecordResult::End => return records,
                    _ => break,
                }
            }
            let starts = std::iter::once(0).chain(ends.iter().copied());
            records.push(starts.zip(&ends[..ended]).map(|(start, &end)| output[start..end].to_vec()).collect());
        }
    }

    #[test]
    fn quotes_delimiters_and_line_ends() {
        let records = split(b"a,\"b\"\"c\",\"d\ne\"\r\n\r\n1,,\n\"x\"y,5\" pipe,\"\"\r2", &ALL, false).unwrap();
        let texts: Vec<Vec<String>> = records
            .into_iter()
            .map(|record| record.into_iter().map(|field| String::from_utf8(field).unwrap()).collect())
            .collect();
        assert_eq!(texts, [vec!["a", "b\"c", "d\ne"], vec!["1", "", ""], vec!["xy", "5\" pipe", ""], vec!["2"]]);
        assert_eq!(split(b"a,\"b\n1,2", &ALL, false), None);
    }

    #[test]
    fn lines_within_quotes_are_counted() {
        let splitter = Splitter { delimiter: b',', comment: None, skip_rest: false };
        let record = b"\"a\nb\",\"\n\n\"\nnext";
        let split = splitter.split(record, 0, true, &[], &mut Vec::new());
        assert_eq!(split, Split::Record { end: 11, width: 2, lines: 4 });
    }

    /// Bytes in which the special ones are frequent.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            3 => Just(b'"'), 3 => Just(b','), 2 => Just(b'\n'), 1 => Just(b'\r'), 4 => Just(b'a'), 1 => any::<u8>()
        ];
        proptest::collection::vec(byte, 0..60)
    }

    proptest! {
        #[test]
        fn records_are_split_as_csv_core_splits_them(bytes in hostile()) {
            if let Some(records) = split(&bytes, &ALL, false) {
                prop_assert_eq!(records, reference(&bytes));
            }
        }

        #[test]
        fn wanted_fields_are_those_of_all(bytes in hostile(), wanted in proptest::sample::subsequence(vec![0, 1, 2, 3, 4], 0..5)) {
            let pick = |records: Vec<Vec<Vec<u8>>>| -> Vec<Vec<Vec<u8>>> {
                records.into_iter().map(|record| wanted.iter().filter_map(|&at| record.get(at).cloned()).collect()).collect()
            };
            prop_assert_eq!(split(&bytes, &wanted, false), split(&bytes, &ALL, false).map(pick));
            prop_assert_eq!(split(&bytes, &wanted, true), split(&bytes, &ALL, false).map(pick));
        }

        #[test]
        fn a_record_is_incomplete_until_its_end_is_certain(bytes in hostile(), cut in 0..60_usize) {
            let splitter = Splitter { delimiter: b',', comment: None, skip_rest: false };
            if bytes.is_empty() || matches!(bytes[0], b'\n' | b'\r') {
                return Ok(());
            }
            let (mut whole, mut part) = (Vec::new(), Vec::new());
            let expected = splitter.split(&bytes, 0, true, &ALL, &mut whole);
            let found = splitter.split(&bytes[..cut.min(bytes.len())], 0, false, &ALL, &mut part);
            if found != Split::Incomplete {
                prop_assert_eq!((found, part), (expected, whole));
            }
        }
    }
}
