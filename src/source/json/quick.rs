//! Reads records whose form is known, quickly: keys are looked for where they were in the record before, and what is no
//! value of the form ends the reading. What is read is what `serde_json` reads; not all that it reads is read here.

use std::borrow::Cow;

use wide::u8x16;

use super::read::{Builder, ListBuilder, StructBuilder};
use crate::column::read::short_decimal;

/// How many bytes of a string are looked at in one turn.
const LANES: usize = 16;

/// A JSON text, and how far it has been read. A record ends with its line.
pub(super) struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A number as it is written.
struct Number<'a> {
    is_negative: bool,
    /// The number without its sign, if it is whole and `u64` holds it.
    magnitude: Option<u64>,
    text: &'a [u8],
}

impl<'a> Text<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// Returns how far the text has been read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes blanks within a line, and returns the byte behind them.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.byte()? {
                b' ' | b'\t' | b'\r' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// Passes blanks and the end of the line; false if something else is there.
    pub(super) fn pass_line_end(&mut self) -> bool {
        match self.next() {
            None => true,
            Some(b'\n') => {
                self.at += 1;
                true
            }
            Some(_) => false,
        }
    }

    #[inline]
    fn pass(&mut self, text: &[u8]) -> Option<()> {
        if !self.bytes.get(self.at..)?.starts_with(text) {
            return None;
        }
        self.at += text.len();
        Some(())
    }

    /// Reads the string whose quote is at hand.
    #[inline]
    fn string(&mut self) -> Option<Cow<'a, [u8]>> {
        let start = self.at;
        self.at += 1;
        let mut has_escape = false;
        loop {
            self.at = self.special()?;
            match self.byte()? {
                b'"' => break,
                b'\\' => {
                    has_escape = true;
                    self.at += 2;
                }
                _ => return None,
            }
        }
        self.at += 1;
        if has_escape {
            let text: String = serde_json::from_slice(&self.bytes[start..self.at]).ok()?;
            return Some(Cow::Owned(text.into_bytes()));
        }
        Some(Cow::Borrowed(&self.bytes[start + 1..self.at - 1]))
    }

    /// Finds the next quote, backslash or control character.
    #[inline]
    fn special(&self) -> Option<usize> {
        let (quote, backslash, control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(0x1f));
        let mut at = self.at;
        while let Some(lanes) = self.bytes.get(at..at + LANES) {
            let lanes = u8x16::from(<[u8; LANES]>::try_from(lanes).ok()?);
            let found = lanes.simd_eq(quote) | lanes.simd_eq(backslash) | lanes.min(control).simd_eq(lanes);
            let bits = found.to_bitmask();
            if bits != 0 {
                return Some(at + bits.trailing_zeros() as usize);
            }
            at += LANES;
        }
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        Some(at + self.bytes.get(at..)?.iter().position(is_special)?)
    }

    /// Reads the number at hand.
    #[inline]
    fn number(&mut self) -> Option<Number<'a>> {
        let start = self.at;
        let is_negative = self.byte()? == b'-';
        self.at += usize::from(is_negative);
        let first = self.at;
        let value = self.digits()?;
        let count = self.at - first;
        if count > 1 && self.bytes[first] == b'0' {
            return None;
        }
        let mut is_whole = true;
        if self.byte() == Some(b'.') {
            is_whole = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            is_whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = &self.bytes[start..self.at];
        let magnitude = match is_whole {
            false => None,
            // so many digits cannot overflow
            true if count <= 18 => Some(value),
            true => std::str::from_utf8(&self.bytes[first..self.at]).ok()?.parse().ok(),
        };
        Some(Number { is_negative, magnitude, text })
    }

    /// Passes digits, at least one; returns their value, if it does not overflow.
    #[inline]
    fn digits(&mut self) -> Option<u64> {
        let start = self.at;
        let mut value = 0_u64;
        while let Some(digit) = self.byte().map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
        (self.at > start).then_some(value)
    }
}

impl Number<'_> {
    fn int64(&self) -> Option<i64> {
        match (self.is_negative, self.magnitude?) {
            // what JSON calls -0 is a float
            (true, 0) => None,
            (true, magnitude) => 0_i64.checked_sub_unsigned(magnitude),
            (false, magnitude) => i64::try_from(magnitude).ok(),
        }
    }

    fn uint64(&self) -> Option<u64> {
        self.magnitude.filter(|_| !self.is_negative)
    }

    fn float64(&self) -> Option<f64> {
        short_decimal(self.text).or_else(|| serde_json::from_slice(self.text).ok())
    }
}

impl StructBuilder {
    /// Reads the object at hand as a row.
    pub(super) fn read(&mut self, text: &mut Text<'_>) -> Option<()> {
        text.pass(b"{")?;
        let mut likely = 0;
        let mut missing = self.names.len();
        if text.next()? == b'}' {
            text.at += 1;
        } else {
            loop {
                let number = self.key(text, likely)?;
                likely = number + 1;
                if text.next()? != b':' {
                    return None;
                }
                text.at += 1;
                text.next()?;
                let value = &mut self.values[number];
                // a key stands twice
                if value.len() != self.rows {
                    return None;
                }
                value.read(text)?;
                missing -= 1;
                if !self.is_met[number] {
                    self.is_met[number] = true;
                    self.met.push(number);
                }
                match text.next()? {
                    b',' => text.at += 1,
                    b'}' => {
                        text.at += 1;
                        break;
                    }
                    _ => return None,
                }
                text.next()?;
            }
        }
        if missing > 0 {
            self.fill_row();
        }
        self.end_row(true);
        Some(())
    }

    /// Reads the key at hand; `None` if it is not known.
    #[inline]
    fn key(&self, text: &mut Text<'_>, likely: usize) -> Option<usize> {
        if self.quoted.get(likely).is_some_and(|key| text.pass(key).is_some()) {
            return Some(likely);
        }
        if text.byte()? != b'"' {
            return None;
        }
        let name = text.string()?;
        self.numbers.get(std::str::from_utf8(&name).ok()?).copied()
    }

    /// Lists the keys of this and all objects below, in the order in which they first came.
    pub(super) fn add_met(&self, met: &mut Vec<Vec<usize>>) {
        met.push(self.met.clone());
        self.values.iter().for_each(|value| value.add_met(met));
    }
}

impl Builder {
    /// Reads the value at hand; `None` where it is not of the form.
    #[inline]
    fn read(&mut self, text: &mut Text<'_>) -> Option<()> {
        if text.byte()? == b'n' {
            text.pass(b"null")?;
            self.append_null();
            return Some(());
        }
        match self {
            Self::Text(builder) => {
                if text.byte()? != b'"' {
                    return None;
                }
                builder.append(&text.string()?);
            }
            Self::Int64(builder) => builder.append_value(text.number()?.int64()?),
            Self::UInt64(builder) => builder.append_value(text.number()?.uint64()?),
            Self::Float64(builder) => builder.append_value(text.number()?.float64()?),
            Self::Boolean(builder) => {
                let value = text.byte()? == b't';
                text.pass(if value { b"true" } else { b"false" })?;
                builder.append_value(value);
            }
            Self::Struct(builder) => builder.read(text)?,
            Self::List(builder) => builder.read(text)?,
            Self::Passed(rows) => {
                match text.byte()? {
                    b'"' => drop(text.string()?),
                    b't' => text.pass(b"true")?,
                    b'f' => text.pass(b"false")?,
                    // as a number it has to be one that is read
                    _ => drop(text.number()?.float64()?),
                }
                *rows += 1;
            }
            Self::Null(_) | Self::Mixed(..) | Self::Time(..) => return None,
        }
        Some(())
    }

    fn add_met(&self, met: &mut Vec<Vec<usize>>) {
        match self {
            Self::Struct(builder) => builder.add_met(met),
            Self::List(builder) => builder.item.add_met(met),
            _ => {}
        }
    }
}

impl ListBuilder {
    /// Reads the list at hand as a row.
    fn read(&mut self, text: &mut Text<'_>) -> Option<()> {
        text.pass(b"[")?;
        if text.next()? == b']' {
            text.at += 1;
        } else {
            loop {
                self.item.read(text)?;
                self.item_count = self.item_count.checked_add(1)?;
                match text.next()? {
                    b',' => text.at += 1,
                    b']' => {
                        text.at += 1;
                        break;
                    }
                    _ => return None,
                }
                text.next()?;
            }
        }
        self.end_row(true);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::json::shape::Observer;

    /// Reads a line by the form that it has; `None` where it is not read here.
    fn read(line: &str) -> Option<String> {
        let mut observer = Observer::default();
        observer.observe(line, 0).ok()?;
        let forms: Vec<_> = observer.shape.keys().map(|(name, shape)| (name.clone(), shape.form())).collect();
        let mut builder = StructBuilder::new(forms.iter().map(|(name, form)| (name.clone(), form)));
        let mut text = Text::new(line.as_bytes(), 0);
        text.next()?;
        builder.read(&mut text)?;
        text.pass_line_end().then_some(())?;
        let values: Option<Vec<_>> = builder.values.iter_mut().map(Builder::finish).collect();
        Some(format!("{:?}", values.expect("text")))
    }

    /// What `serde_json` reads by the same form.
    fn reference(line: &str) -> String {
        let mut observer = Observer::default();
        observer.observe(line, 0).expect("an object");
        let forms: Vec<_> = observer.shape.keys().map(|(name, shape)| (name.clone(), shape.form())).collect();
        let mut builder = StructBuilder::new(forms.iter().map(|(name, form)| (name.clone(), form)));
        builder.append_line(line, false).expect("an object");
        let values: Option<Vec<_>> = builder.values.iter_mut().map(Builder::finish).collect();
        format!("{:?}", values.expect("text"))
    }

    #[test]
    fn values_are_those_that_serde_json_reads() {
        for line in [
            r#"{"a": 1, "b": -2.50, "c": "x\n\u00e9é", "d": null, "e": [1, null, 3], "f": {"g": true, "h": false}}"#,
            r#" { "a" :1e3 ,"b":18446744073709551615,"c" : "" , "d":[ ] } "#,
            r#"{"long": "0123456789abcdef0123456789\"", "\u0061": -9223372036854775808, "z": 0.1234567890123456789}"#,
            "{}",
        ] {
            assert_eq!(read(line).as_deref(), Some(reference(line).as_str()), "{line}");
        }
    }

    #[test]
    fn what_is_no_json_is_not_read() {
        let mut builder = StructBuilder::new([("a".into(), &crate::source::json::shape::Form::Float64)].into_iter());
        for line in [
            "{\"a\": 01}",
            "{\"a\": 1.}",
            "{\"a\": .5}",
            "{\"a\": +1}",
            "{\"a\": 1e}",
            "{\"a\": -}",
            "{\"a\": 1e999}",
            "{\"a\": 1,}",
            "{\"a\" 1}",
            "{a: 1}",
            "{\"a\": 1",
            "{\"a\": 1, \"a\": 2}",
            "{\"b\": 1}",
            "[1]",
            "{\"a\": nul}",
        ] {
            let mut text = Text::new(line.as_bytes(), 0);
            assert_eq!(builder.read(&mut text), None, "{line}");
            builder = StructBuilder::new([("a".into(), &crate::source::json::shape::Form::Float64)].into_iter());
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_serde_json_reads(line in "[ ]?\\{(\"[ab]\"[ ]?: ?(-?[0-9]{1,19}(\\.[0-9]{1,18})?([eE]-?[0-9]{1,2})?|\"[a-z\\\\\"\u{e9}]{0,20}\"|true|null|\\[(1|\"x\"|,| ){0,4}\\]),? ?){0,3}\\}") {
            if let Some(found) = read(&line) {
                prop_assert_eq!(found, reference(&line));
            }
        }
    }
}
