//! Anchored patterns that are nothing but classes of bytes, one after the other: `^\d{4}-\d\d$`, `^[a-z][a-z ]*$`,
//! `^[^@\s]+@[^@\s]+\.[a-z]{2,}$`. Tables answer them, without the states of a search.

use arrow::array::{Array, GenericStringArray, OffsetSizeTrait};
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::class_run::ClassRun;
use super::class_sequence::ClassSequence;

/// How often a class may be repeated exactly: each time is a table.
const MAX_REPEATED: u32 = 64;

/// The bytes of a class.
pub(super) type ByteClass = Box<[bool; 256]>;

/// A class, and how many bytes of it follow each other.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) class: ByteClass,
    pub(super) min: usize,
    pub(super) max: Option<usize>,
}

impl Piece {
    /// Tells whether it always takes up as many bytes.
    pub(super) fn is_fixed(&self) -> bool {
        self.max == Some(self.min)
    }

    /// Tells whether so many bytes are as many as there may be.
    pub(super) fn takes(&self, count: usize) -> bool {
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }
}

/// A pattern of classes.
#[derive(Debug)]
pub(super) struct Classes {
    shape: Shape,
    /// A line break may follow the end (Python's `$`).
    newline: bool,
    /// Some classes have characters of several bytes as well, of which the tables know nothing: a text with such characters
    /// may match though it does not fit.
    is_ascii_only: bool,
}

#[derive(Debug)]
enum Shape {
    Run(ClassRun),
    Sequence(ClassSequence),
}

impl Classes {
    /// Finds the classes of a pattern; `None` where it is another one, or they do not tell by themselves where each ends.
    pub(super) fn of(hir: &Hir, newline: bool) -> Option<Self> {
        let mut parts = Vec::new();
        flatten(hir, &mut parts);
        let [first, parts @ .., last] = parts.as_slice() else { return None };
        let HirKind::Look(Look::Start) = first.kind() else { return None };
        let HirKind::Look(Look::End) = last.kind() else { return None };
        let mut pieces = Vec::new();
        let mut is_ascii_only = false;
        let mut piece = |hir: &Hir, min: usize, max: Option<usize>| {
            let (class, is_whole) = byte_class(hir)?;
            is_ascii_only |= !is_whole;
            pieces.push(Piece { class, min, max });
            Some(())
        };
        for part in parts {
            match part.kind() {
                HirKind::Repetition(repetition) => {
                    let is_fixed = repetition.max == Some(repetition.min);
                    if is_fixed && repetition.min > MAX_REPEATED {
                        return None;
                    }
                    let max = repetition.max.map(|max| max as usize);
                    piece(&repetition.sub, repetition.min as usize, max)?;
                }
                HirKind::Literal(literal) => {
                    for &byte in &literal.0 {
                        piece(&Hir::literal([byte]), 1, Some(1))?;
                    }
                }
                _ => piece(part, 1, Some(1))?,
            }
        }
        let shape = match ClassRun::of(&pieces) {
            Some(run) => Shape::Run(run),
            None => Shape::Sequence(ClassSequence::of(pieces)?),
        };
        Some(Self { shape, newline, is_ascii_only })
    }

    /// Answers for a text; `engine` does where its characters are not known.
    pub(super) fn is_match(&self, text: &[u8], engine: impl FnOnce() -> bool) -> bool {
        self.fits(text) || (self.is_ascii_only && !text.is_ascii() && engine())
    }

    /// Answers for all texts of an array.
    pub(super) fn search<O: OffsetSizeTrait>(
        &self,
        texts: &GenericStringArray<O>,
        engine: impl Fn(usize) -> bool,
    ) -> Vec<bool> {
        let bytes = texts.value_data();
        let text =
            |row: usize| &bytes[texts.value_offsets()[row].as_usize()..texts.value_offsets()[row + 1].as_usize()];
        let mut found = match &self.shape {
            Shape::Run(run) => run.search(texts),
            Shape::Sequence(sequence) => (0..texts.len()).map(|row| sequence.is_whole(text(row))).collect(),
        };
        if self.newline || self.is_ascii_only {
            for (row, found) in found.iter_mut().enumerate().filter(|(_, found)| !**found) {
                *found = self.is_match(text(row), || engine(row));
            }
        }
        found
    }

    fn fits(&self, text: &[u8]) -> bool {
        let is_whole = |text: &[u8]| match &self.shape {
            Shape::Run(run) => run.is_whole(text),
            Shape::Sequence(sequence) => sequence.is_whole(text),
        };
        is_whole(text) || (self.newline && text.strip_suffix(b"\n").is_some_and(is_whole))
    }
}

/// Lists what follows each other in a pattern, within groups too.
fn flatten<'a>(hir: &'a Hir, parts: &mut Vec<&'a Hir>) {
    match hir.kind() {
        HirKind::Concat(inner) => inner.iter().for_each(|part| flatten(part, parts)),
        HirKind::Capture(capture) => flatten(&capture.sub, parts),
        _ => parts.push(hir),
    }
}

/// Finds the first byte that is not in a class; many at a time, without a branch for each.
pub(super) fn first_outside(class: &[bool; 256], bytes: &[u8]) -> Option<usize> {
    let inside = |byte: &u8| class[usize::from(*byte)];
    let (chunks, rest) = bytes.as_chunks::<32>();
    let whole = chunks.iter().take_while(|chunk| chunk.iter().fold(true, |all, byte| all & inside(byte))).count() * 32;
    let rest = if whole < chunks.len() * 32 { &bytes[whole..] } else { rest };
    rest.iter().position(|byte| !inside(byte)).map(|at| whole + at)
}

/// Returns the bytes of a class or single-byte literal, and whether these are all that it has: characters of several bytes
/// are left out.
fn byte_class(hir: &Hir) -> Option<(ByteClass, bool)> {
    let mut table = Box::new([false; 256]);
    let mut is_whole = true;
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            for range in class.iter() {
                is_whole &= range.end().is_ascii();
                let end = range.end().min('\x7f');
                (range.start()..=end).for_each(|character| table[character as usize] = true);
            }
        }
        HirKind::Class(Class::Bytes(class)) => {
            for range in class.iter() {
                (range.start()..=range.end()).for_each(|byte| table[usize::from(byte)] = true);
            }
        }
        HirKind::Literal(literal) if literal.0.len() == 1 => table[usize::from(literal.0[0])] = true,
        _ => return None,
    }
    Some((table, is_whole))
}
