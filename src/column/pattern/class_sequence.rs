//! Classes of which several repeat a varying number of times, each of which ends where the next one begins:
//! `^[^@\s]+@[^@\s]+\.[a-z]{2,}$`.
//!
//! A piece whose class has no byte in common with that of the next one, which has to be there, takes all the bytes of its
//! class that follow: no other way can lead to a match. The same holds from the end backwards. One piece may lie between the
//! two ways.

use super::classes::{Piece, first_outside};

/// Pieces that are followed from both ends.
#[derive(Debug)]
pub(super) struct ClassSequence {
    /// From the start on.
    prefix: Vec<Piece>,
    /// What lies between.
    middle: Piece,
    /// From the end backwards: the last piece comes first.
    suffix: Vec<Piece>,
}

impl ClassSequence {
    /// Takes pieces; `None` where more than one of them may end at several places.
    pub(super) fn of(pieces: Vec<Piece>) -> Option<Self> {
        let ends = |piece: &Piece, neighbor: Option<&Piece>| {
            piece.is_fixed() || neighbor.is_some_and(|next| next.bounds(piece))
        };
        let middle = (0..pieces.len()).find(|&at| !ends(&pieces[at], pieces.get(at + 1)));
        let middle = middle.or(pieces.len().checked_sub(1))?;
        if !(middle + 1..pieces.len()).all(|at| ends(&pieces[at], pieces.get(at - 1))) {
            return None;
        }
        let mut prefix = pieces;
        let mut suffix = prefix.split_off(middle + 1);
        suffix.reverse();
        let middle = prefix.pop()?;
        Some(Self { prefix, middle, suffix })
    }

    /// Tells whether the whole of a text is as it should be.
    pub(super) fn is_whole(&self, text: &[u8]) -> bool {
        let mut rest = text;
        for piece in &self.prefix {
            let Some(count) = piece.follow(rest.iter()) else { return false };
            rest = &rest[count..];
        }
        for piece in &self.suffix {
            let Some(count) = piece.follow(rest.iter().rev()) else { return false };
            rest = &rest[..rest.len() - count];
        }
        self.middle.takes(rest.len()) && first_outside(&self.middle.class, rest).is_none()
    }
}

impl Piece {
    /// Tells whether another piece ends where this one, its neighbor, begins.
    fn bounds(&self, other: &Self) -> bool {
        self.min > 0 && self.class.iter().zip(other.class.iter()).all(|(here, there)| !(here & there))
    }

    /// Returns how many bytes it takes of those that follow; `None` where it cannot be there.
    fn follow<'a>(&self, bytes: impl Iterator<Item = &'a u8>) -> Option<usize> {
        let most = if self.is_fixed() { self.min } else { usize::MAX };
        let count = bytes.take(most).take_while(|byte| self.class[usize::from(**byte)]).count();
        self.takes(count).then_some(count)
    }
}
