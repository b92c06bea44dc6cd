//! Classes of which one at most repeats a varying number of times: `^[a-z][a-z ]*$`.

use std::ops::Range;

use arrow::array::{Array, GenericStringArray, OffsetSizeTrait};

use super::classes::{ByteClass, Piece, first_outside};

/// Classes at known places, and one between them.
#[derive(Debug)]
pub(super) struct ClassRun {
    /// A class for each byte at the start.
    prefix: Vec<ByteClass>,
    /// The class of the bytes between.
    middle: Option<Piece>,
    /// A class for each byte at the end.
    suffix: Vec<ByteClass>,
}

impl ClassRun {
    /// Takes pieces of which one varies at most.
    pub(super) fn of(pieces: &[Piece]) -> Option<Self> {
        let is_varying = |piece: &Piece| !piece.is_fixed();
        if pieces.iter().filter(|piece| is_varying(piece)).count() > 1 {
            return None;
        }
        let fixed = |pieces: &[Piece]| {
            let classes = pieces.iter().flat_map(|piece| std::iter::repeat_n(piece.class.clone(), piece.min));
            classes.collect()
        };
        Some(match pieces.iter().position(is_varying) {
            None => Self { prefix: fixed(pieces), middle: None, suffix: Vec::new() },
            Some(at) => Self {
                prefix: fixed(&pieces[..at]),
                middle: Some(pieces[at].clone()),
                suffix: fixed(&pieces[at + 1..]),
            },
        })
    }

    /// Answers for all texts of an array. The bytes between prefix and suffix are looked through as if they were one
    /// text: those outside of the class are rare, and rows are short.
    pub(super) fn search<O: OffsetSizeTrait>(&self, texts: &GenericStringArray<O>) -> Vec<bool> {
        let offsets = texts.value_offsets();
        let bytes = texts.value_data();
        let (prefix, suffix) = (self.prefix.len(), self.suffix.len());
        let row_range = |row: usize| offsets[row].as_usize()..offsets[row + 1].as_usize();
        let mut found: Vec<bool> =
            (0..texts.len()).map(|row| self.fits_outside_middle(&bytes[row_range(row)])).collect();
        if let (Some(Piece { class, .. }), false) = (&self.middle, texts.is_empty()) {
            let (mut at, end) = (row_range(0).start, row_range(texts.len() - 1).end);
            let mut row = 0;
            while let Some(outside) = first_outside(class, &bytes[at..end]) {
                let outside = at + outside;
                while row_range(row).end <= outside {
                    row += 1;
                }
                let Range { start, end } = row_range(row);
                if start + prefix <= outside && outside + suffix < end {
                    found[row] = false;
                    at = end;
                } else {
                    at = outside + 1;
                }
            }
        }
        found
    }

    /// Tells whether the whole of a text is as it should be.
    pub(super) fn is_whole(&self, text: &[u8]) -> bool {
        self.fits_outside_middle(text)
            && self.middle.as_ref().is_none_or(|middle| {
                first_outside(&middle.class, &text[self.prefix.len()..text.len() - self.suffix.len()]).is_none()
            })
    }

    /// Tells whether a text has the length, the beginning and the end that it should.
    fn fits_outside_middle(&self, text: &[u8]) -> bool {
        let Some(free) = text.len().checked_sub(self.prefix.len() + self.suffix.len()) else { return false };
        let has_length = self.middle.as_ref().map_or(free == 0, |middle| middle.takes(free));
        let fits = |classes: &[ByteClass], bytes: &[u8]| {
            classes.iter().zip(bytes).all(|(class, &byte)| class[usize::from(byte)])
        };
        has_length && fits(&self.prefix, text) && fits(&self.suffix, &text[text.len() - self.suffix.len()..])
    }
}
