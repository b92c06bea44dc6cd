//! Where the fields and records of separated values begin and end. The bytes are left where they are.
//!
//! The rules are those of RFC 4180 and, for what it leaves open, of pandas and `csv-core` (a test compares): a quote
//! opens a quoted field only at its start, two quotes stand for one, what follows a closing quote belongs to the field
//! (in a record of several lines it is a sign of a quote too many, which [`Split::Record`] tells),
//! `\n`, `\r\n` and `\r` each end a record, empty lines are no records. Where there is an escape, the character behind it
//! stands for itself, within quotes and outside of them, as in pandas.

use std::ops::Range;

use memchr::{memchr, memchr2};

use crate::source::marks;

/// Which characters mean something: ASCII, none of them a line end, each another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What stands between fields.
    pub(super) delimiter: u8,
    /// What stands around a field that holds delimiters or line ends.
    pub(super) quote: Option<u8>,
    /// What takes its meaning from the character behind it.
    pub(super) escape: Option<u8>,
    /// A line that begins with this is no record.
    pub(super) comment: Option<u8>,
}

/// A field of a record, by its place in the bytes that were split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    start: u32,
    /// With [`Field::ESCAPED`].
    end: u32,
}

impl Field {
    /// The bytes are not the value itself: there is an opening quote, or characters in them stand for others.
    const ESCAPED: u32 = 1 << 31;

    #[inline]
    fn new(start: usize, end: usize, is_escaped: bool) -> Self {
        Self { start: start as u32, end: end as u32 | if is_escaped { Self::ESCAPED } else { 0 } }
    }

    fn end(self) -> usize {
        (self.end & !Self::ESCAPED) as usize
    }

    /// Returns the value; `scratch` holds it where it is not in the bytes as it is.
    #[inline]
    pub(super) fn value<'a>(self, bytes: &'a [u8], dialect: Dialect, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        if self.end & Self::ESCAPED == 0 {
            return &bytes[self.start as usize..self.end as usize];
        }
        dialect.decode(&bytes[self.start as usize..self.end()], scratch);
        scratch
    }

    /// Returns where the field lies, with the quotes around it.
    pub(super) fn outer(self, bytes: &[u8], dialect: Dialect) -> Range<usize> {
        let is_quote = |byte: Option<&u8>| byte.is_some() && byte.copied() == dialect.quote;
        // what is not quoted lies between delimiters and line ends
        let start = self.start as usize;
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        start - usize::from(is_quote(before))..self.end() + usize::from(is_quote(bytes.get(self.end())))
    }

    /// Whether the field takes in this byte or those before it.
    pub(super) fn reaches(self, at: usize) -> bool {
        at <= self.end()
    }
}

/// Bytes with the places of those among them that mean something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marked<'a> {
    pub(super) bytes: &'a [u8],
    /// What [`Dialect::mark`] found in the bytes.
    pub(super) marks: &'a [u32],
    /// Nothing follows the bytes.
    pub(super) is_last: bool,
}

/// What begins at a place in the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// A record with its line end.
    Record {
        /// One past its last byte.
        end: usize,
        /// How many fields it has.
        width: usize,
        /// How many lines it takes.
        lines: u64,
        /// A field goes on behind its closing quote.
        goes_on: bool,
    },
    /// More bytes are needed to tell.
    Incomplete,
    /// The data ends within quotes.
    Unclosed,
}

/// How the quoted part of a field ends.
enum Close {
    At { place: usize, is_escaped: bool },
    Incomplete,
    Unclosed,
}

impl Dialect {
    /// Whether a line that begins so is no record.
    pub(super) fn is_comment(self, line: &[u8]) -> bool {
        self.comment.is_some() && line.first().copied() == self.comment
    }

    /// Finds the places of delimiters, quotes, escapes and line ends.
    pub(super) fn mark(self, bytes: &[u8], marks: &mut Vec<u32>) {
        marks.clear();
        let quote = self.quote.unwrap_or(self.delimiter);
        match self.escape {
            None => marks::find(bytes, [self.delimiter, b'\n', b'\r', quote], marks),
            Some(escape) => marks::find(bytes, [self.delimiter, b'\n', b'\r', quote, escape], marks),
        }
    }

    /// Splits the record that begins at `begin`, which is no line end, and adds those of its fields whose numbers are in
    /// `wanted` (ascending). `mark` is the number of the first mark from there on; behind a whole record it is that of the
    /// first mark behind it.
    #[inline]
    pub(super) fn split(
        self,
        text: Marked<'_>,
        begin: usize,
        mark: &mut usize,
        wanted: &[usize],
        fields: &mut Vec<Field>,
    ) -> Split {
        let Marked { bytes, marks, is_last } = text;
        let mut wanted = wanted.iter().copied();
        let mut next = wanted.next();
        let mut start = begin;
        let mut width = 0;
        let mut lines = 1;
        let mut goes_on = false;
        loop {
            let mut field = None;
            let mut is_escaped = false;
            let (end, byte) = loop {
                let Some(&at) = marks.get(*mark) else {
                    if is_last {
                        break (bytes.len(), b'\n');
                    }
                    return Split::Incomplete;
                };
                let at = at as usize;
                let byte = bytes[at];
                *mark += 1;
                if byte == self.delimiter || matches!(byte, b'\n' | b'\r') {
                    break (at, byte);
                }
                if Some(byte) == self.escape {
                    if !self.pass_escaped(text, at, mark, &mut lines) {
                        return Split::Incomplete;
                    }
                    is_escaped = true;
                } else if at == start {
                    match self.close(text, mark, &mut lines) {
                        Close::At { place, is_escaped: holds_escaped } => {
                            field = Some((place, holds_escaped));
                            is_escaped = true;
                        }
                        Close::Incomplete => return Split::Incomplete,
                        Close::Unclosed => return Split::Unclosed,
                    }
                }
                // a quote elsewhere is a character like others
            };
            if let Some((close, _)) = field {
                goes_on |= !bytes[close + 1..end].trim_ascii().is_empty();
            }
            if next == Some(width) {
                fields.push(match field {
                    Some((close, false)) if close + 1 == end => Field::new(start + 1, close, false),
                    _ => Field::new(start, end, is_escaped),
                });
                next = wanted.next();
            }
            width += 1;
            if byte == self.delimiter {
                start = end + 1;
                continue;
            }
            let end = match bytes.get(end) {
                None => end,
                Some(b'\r') => match bytes.get(end + 1) {
                    Some(b'\n') => {
                        *mark += 1;
                        end + 2
                    }
                    None if !is_last => return Split::Incomplete,
                    _ => end + 1,
                },
                Some(_) => end + 1,
            };
            return Split::Record { end, width, lines, goes_on };
        }
    }

    /// Splits a record of so many fields that is as most are: without quotes or escapes, on one line that ends with `\n` or
    /// `\r\n`. `None` where it is not, and nothing is added.
    #[inline]
    pub(super) fn split_plain(
        self,
        text: Marked<'_>,
        begin: usize,
        mark: &mut usize,
        width: usize,
        wanted: &[usize],
        fields: &mut Vec<Field>,
    ) -> Option<usize> {
        let marks = text.marks.get(*mark..*mark + width)?;
        let (end, between) = marks.split_last()?;
        let end_marks = match text.bytes[*end as usize] {
            b'\n' => 1,
            b'\r' if text.marks.get(*mark + width) == Some(&(end + 1)) && text.bytes[*end as usize + 1] == b'\n' => 2,
            _ => return None,
        };
        let mut is_plain = true;
        for at in between {
            is_plain &= text.bytes[*at as usize] == self.delimiter;
        }
        if !is_plain {
            return None;
        }
        let field = |&number: &usize| {
            let start = if number == 0 { begin } else { marks[number - 1] as usize + 1 };
            Field::new(start, marks[number] as usize, false)
        };
        fields.extend(wanted.iter().map(field));
        *mark += width - 1 + end_marks;
        Some(*end as usize + end_marks)
    }

    /// Goes past the character behind an escape; false where more bytes are needed.
    fn pass_escaped(self, text: Marked<'_>, escape: usize, mark: &mut usize, lines: &mut u64) -> bool {
        match text.bytes.get(escape + 1) {
            None => return text.is_last,
            Some(b'\n') => *lines += 1,
            Some(_) => {}
        }
        if text.marks.get(*mark).is_some_and(|&next| next as usize == escape + 1) {
            *mark += 1;
        }
        true
    }

    /// Finds the quote that closes a field, from the first mark within it on.
    fn close(self, text: Marked<'_>, mark: &mut usize, lines: &mut u64) -> Close {
        let mut is_escaped = false;
        loop {
            let Some(&at) = text.marks.get(*mark) else {
                return if text.is_last { Close::Unclosed } else { Close::Incomplete };
            };
            let at = at as usize;
            let byte = text.bytes[at];
            *mark += 1;
            if Some(byte) == self.escape {
                if !self.pass_escaped(text, at, mark, lines) {
                    return Close::Incomplete;
                }
                is_escaped = true;
            } else if Some(byte) == self.quote {
                match text.bytes.get(at + 1) {
                    Some(&next) if next == byte => {
                        *mark += 1;
                        is_escaped = true;
                    }
                    // the next byte might double it
                    None if !text.is_last => return Close::Incomplete,
                    _ => return Close::At { place: at, is_escaped },
                }
            } else if byte == b'\n' {
                *lines += 1;
            }
        }
    }

    /// Writes down what a field with quotes or escapes stands for.
    fn decode(self, raw: &[u8], value: &mut Vec<u8>) {
        value.clear();
        // what databases write for a value that is missing is no escaped letter
        if let [escape, b'N'] = *raw
            && Some(escape) == self.escape
        {
            value.extend_from_slice(raw);
            return;
        }
        let mut is_quoted = self.quote.is_some() && raw.first().copied() == self.quote;
        let mut rest = &raw[usize::from(is_quoted)..];
        loop {
            let found = match (self.quote.filter(|_| is_quoted), self.escape) {
                (Some(quote), Some(escape)) => memchr2(quote, escape, rest),
                (Some(byte), None) | (None, Some(byte)) => memchr(byte, rest),
                (None, None) => None,
            };
            let Some(at) = found else { break };
            value.extend_from_slice(&rest[..at]);
            let (byte, next) = (rest[at], rest.get(at + 1).copied());
            rest = &rest[at + 1..];
            if Some(byte) == self.escape || next == Some(byte) {
                // an escape that nothing follows stands for itself
                value.push(next.unwrap_or(byte));
                rest = rest.get(1..).unwrap_or_default();
            } else {
                is_quoted = false;
            }
        }
        value.extend_from_slice(rest);
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [usize; 160] = {
        let mut numbers = [0; 160];
        let mut at = 0;
        while at < 160 {
            numbers[at] = at;
            at += 1;
        }
        numbers
    };

    const USUAL: Dialect = Dialect { delimiter: b',', quote: Some(b'"'), escape: None, comment: None };
    const ESCAPING: Dialect = Dialect { escape: Some(b'\\'), ..USUAL };

    /// Splits the record that begins at a place.
    fn split_one(
        dialect: Dialect,
        bytes: &[u8],
        begin: usize,
        is_last: bool,
        wanted: &[usize],
        fields: &mut Vec<Field>,
    ) -> Split {
        let mut marks = Vec::new();
        dialect.mark(bytes, &mut marks);
        let mut mark = marks.partition_point(|&mark| (mark as usize) < begin);
        let split = dialect.split(Marked { bytes, marks: &marks, is_last }, begin, &mut mark, wanted, fields);
        if let Split::Record { end, .. } = split {
            assert_eq!(mark, marks.partition_point(|&mark| (mark as usize) < end), "the next mark");
        }
        split
    }

    /// Splits all records; `None` where a quote is not closed.
    fn split(dialect: Dialect, bytes: &[u8], wanted: &[usize]) -> Option<Vec<Vec<Vec<u8>>>> {
        let mut records = Vec::new();
        let (mut at, mut scratch) = (0, Vec::new());
        while at < bytes.len() {
            if matches!(bytes[at], b'\n' | b'\r') {
                at += 1;
                continue;
            }
            let mut fields = Vec::new();
            let Split::Record { end, .. } = split_one(dialect, bytes, at, true, wanted, &mut fields) else {
                return None;
            };
            let value = |field: Field| field.value(bytes, dialect, &mut scratch).to_vec();
            records.push(fields.into_iter().map(value).collect());
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

    fn texts(dialect: Dialect, bytes: &[u8]) -> Option<Vec<Vec<String>>> {
        let text = |field: Vec<u8>| String::from_utf8(field).expect("text");
        let records = split(dialect, bytes, &ALL)?;
        Some(records.into_iter().map(|record| record.into_iter().map(text).collect()).collect())
    }

    #[test]
    fn quotes_delimiters_and_line_ends() {
        let records = texts(USUAL, b"a,\"b\"\"c\",\"d\ne\"\r\n\r\n1,,\n\"x\"y,5\" pipe,\"\"\r2").unwrap();
        assert_eq!(records, [vec!["a", "b\"c", "d\ne"], vec!["1", "", ""], vec!["xy", "5\" pipe", ""], vec!["2"]]);
        assert_eq!(texts(USUAL, b"a,\"b\n1,2"), None);
    }

    #[test]
    fn an_escape_takes_the_meaning_of_the_character_behind_it() {
        let records = texts(ESCAPING, b"\"say \\\"hi\\\", \\\\\",a\\,b,\\N\n\"\"\"\\n\",c\\\nd,\"e\"\\,f\\").unwrap();
        assert_eq!(records, [vec!["say \"hi\", \\", "a,b", "\\N"], vec!["\"n", "c\nd", "e,f\\"]]);
        assert_eq!(texts(ESCAPING, b"\"a\\\"\n"), None);
    }

    #[test]
    fn other_quotes_or_none() {
        let single = Dialect { quote: Some(b'\''), ..USUAL };
        assert_eq!(texts(single, b"'a,b''c',\"d\"\n").unwrap(), [vec!["a,b'c", "\"d\""]]);
        let none = Dialect { quote: None, ..USUAL };
        assert_eq!(texts(none, b"\"a,b\"\n\"").unwrap(), [vec!["\"a", "b\""], vec!["\""]]);
    }

    #[test]
    fn lines_within_quotes_are_counted() {
        let record = b"\"a\nb\",\"\n\n\"\nnext";
        let split = split_one(USUAL, record, 0, true, &[], &mut Vec::new());
        assert_eq!(split, Split::Record { end: 11, width: 2, lines: 4, goes_on: false });
    }

    /// Bytes in which the special ones are frequent.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            3 => Just(b'"'), 3 => Just(b','), 2 => Just(b'\n'), 1 => Just(b'\r'), 1 => Just(b'\\'), 4 => Just(b'a'),
            1 => any::<u8>()
        ];
        proptest::collection::vec(byte, 0..150)
    }

    proptest! {
        #[test]
        fn records_are_split_as_csv_core_splits_them(bytes in hostile()) {
            if let Some(records) = split(USUAL, &bytes, &ALL) {
                prop_assert_eq!(records, reference(&bytes));
            }
        }

        #[test]
        fn wanted_fields_are_those_of_all(bytes in hostile(), wanted in proptest::sample::subsequence(vec![0, 1, 2, 3, 4], 0..5)) {
            let pick = |records: Vec<Vec<Vec<u8>>>| -> Vec<Vec<Vec<u8>>> {
                records.into_iter().map(|record| wanted.iter().filter_map(|&at| record.get(at).cloned()).collect()).collect()
            };
            for dialect in [USUAL, ESCAPING] {
                prop_assert_eq!(split(dialect, &bytes, &wanted), split(dialect, &bytes, &ALL).map(pick));
            }
        }

        #[test]
        fn a_record_is_incomplete_until_its_end_is_certain(bytes in hostile(), cut in 0..150_usize) {
            if bytes.is_empty() || matches!(bytes[0], b'\n' | b'\r') {
                return Ok(());
            }
            for dialect in [USUAL, ESCAPING] {
                let (mut whole, mut part) = (Vec::new(), Vec::new());
                let expected = split_one(dialect, &bytes, 0, true, &ALL, &mut whole);
                let found = split_one(dialect, &bytes[..cut.min(bytes.len())], 0, false, &ALL, &mut part);
                if found != Split::Incomplete {
                    prop_assert_eq!((found, part), (expected, whole));
                }
            }
        }
    }
}
