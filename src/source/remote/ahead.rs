//! Stretches of an object that are fetched before they are read.
//!
//! A reader says which stretches it will read, each from its beginning to its end and all at about the same pace, as the
//! columns of a row group are. They are cut into pieces: short ones that lie near each other are one piece, long ones are
//! several. Pieces are fetched in the order in which they will be needed, several at a time, and forgotten once they are
//! read. Whoever reads what has not come yet waits for it, and for nothing else.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::failure::Failure;
use super::object::Object;
use super::runtime::{self, Running};

/// The longest piece: long enough that the way to the server and back does not count.
const LONGEST: u64 = 8 << 20;

/// The shortest piece of a stretch that is cut, however many stretches are read at a time.
const SHORTEST: u64 = 256 << 10;

/// Stretches that lie no farther apart are fetched as one: what is fetched in vain costs less than another request.
const GAP: u64 = 64 << 10;

/// How much a reader may have fetched and not read yet.
const READER_BYTES: u64 = 64 << 20;

/// How much all readers together may have fetched ahead and not read yet. A piece that is waited for comes in any case.
const ALL_BYTES: u64 = 256 << 20;

/// How much is fetched and not read yet.
static HELD_BYTES: AtomicU64 = AtomicU64::new(0);

/// A part of [`HELD_BYTES`].
#[derive(Debug)]
struct Held(u64);

impl Held {
    fn new(bytes: u64) -> Self {
        HELD_BYTES.fetch_add(bytes, Ordering::Relaxed);
        Self(bytes)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD_BYTES.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// Stretches of an object, and what has come of them.
#[derive(Debug)]
pub(in crate::source) struct Ahead {
    object: Arc<Object>,
    stretches: Vec<Range<u64>>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// By their places.
    pieces: Vec<Piece>,
    /// The pieces in the order in which they are needed.
    order: Vec<usize>,
    /// How many of those were begun, or are waited for no more.
    begun: usize,
    /// For each stretch up to where it is read.
    passed: Vec<u64>,
    /// How much of the pieces has come or is coming, and is not forgotten.
    held_bytes: u64,
    /// What is read may be read again.
    is_kept: bool,
}

#[derive(Debug)]
struct Piece {
    range: Range<u64>,
    /// The stretches that it has something of.
    stretches: Range<usize>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Waiting,
    Coming(Running<Result<Bytes, Failure>>, Held),
    Here(Bytes, Held),
    Gone,
}

impl Ahead {
    /// Prepares to read a stretch of an object in any order, and more than once; begins to fetch.
    pub(in crate::source) fn kept(object: Arc<Object>, stretch: Range<u64>) -> Self {
        Self::with(object, std::iter::once(stretch).collect(), true)
    }

    /// Prepares to read stretches of an object; begins to fetch.
    pub(in crate::source) fn new(object: Arc<Object>, stretches: Vec<Range<u64>>) -> Self {
        Self::with(object, stretches, false)
    }

    fn with(object: Arc<Object>, mut stretches: Vec<Range<u64>>, is_kept: bool) -> Self {
        let size = object.size();
        stretches.sort_unstable_by_key(|stretch| (stretch.start, stretch.end));
        let mut end = 0;
        // what a damaged file says of itself may overlap or lie beyond its end
        stretches.retain(|stretch| {
            let is_sound = stretch.start >= end && stretch.start < stretch.end && stretch.end <= size;
            end = if is_sound { stretch.end } else { end };
            is_sound
        });
        let pieces = cut(&stretches);
        let mut order: Vec<usize> = (0..pieces.len()).collect();
        order.sort_by(|one, other| {
            let place = |piece: &Piece| share(&stretches[piece.stretches.start], piece.range.start);
            place(&pieces[*one]).total_cmp(&place(&pieces[*other]))
        });
        let passed = stretches.iter().map(|stretch| stretch.start).collect();
        let state = Mutex::new(State { pieces, order, begun: 0, passed, held_bytes: 0, is_kept });
        let ahead = Self { object, stretches, state };
        ahead.state().fetch_more(&ahead.object);
        ahead
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives bytes from a place on, at least one of them and no more than `most`; `None` where the place is in no piece, or in
    /// one that was forgotten. Up to `passed` nothing of its stretch will be read again.
    pub(in crate::source) fn read(&self, at: u64, most: u64, passed: u64) -> Option<io::Result<Bytes>> {
        let mut state = self.state();
        let number = state.pieces.partition_point(|piece| piece.range.end <= at);
        let range = state.pieces.get(number)?.range.clone();
        if range.start > at {
            return None;
        }
        let bytes = match state.bytes(number, &self.object)? {
            Ok(bytes) => bytes,
            Err(error) => return Some(Err(error)),
        };
        let (start, end) = (at - range.start, (at.saturating_add(most)).min(range.end) - range.start);
        let part = bytes.slice(start as usize..end as usize);
        let stretch = self.stretches.partition_point(|stretch| stretch.end <= at);
        if let Some(known) = state.passed.get_mut(stretch) {
            *known = passed.max(*known);
        }
        state.forget_read(&self.stretches);
        state.fetch_more(&self.object);
        Some(Ok(part))
    }
}

impl State {
    /// Waits for a piece.
    fn bytes(&mut self, number: usize, object: &Arc<Object>) -> Option<io::Result<Bytes>> {
        if matches!(self.pieces[number].content, Content::Waiting)
            && let Err(error) = self.begin(number, object)
        {
            return Some(Err(error));
        }
        let piece = &mut self.pieces[number];
        match std::mem::replace(&mut piece.content, Content::Gone) {
            Content::Coming(running, held) => match running.wait().map(|come| come.map_err(|why| object.failed(why))) {
                Ok(Ok(bytes)) => {
                    piece.content = Content::Here(bytes.clone(), held);
                    Some(Ok(bytes))
                }
                Ok(Err(error)) | Err(error) => Some(Err(error)),
            },
            Content::Here(bytes, held) => {
                piece.content = Content::Here(bytes.clone(), held);
                Some(Ok(bytes))
            }
            Content::Waiting | Content::Gone => None,
        }
    }

    fn begin(&mut self, number: usize, object: &Arc<Object>) -> io::Result<()> {
        let piece = &mut self.pieces[number];
        let length = piece.range.end - piece.range.start;
        let running = runtime::begin(Arc::clone(object).fetch(piece.range.clone()))?;
        piece.content = Content::Coming(running, Held::new(length));
        self.held_bytes += length;
        Ok(())
    }

    /// Begins to fetch the next pieces, as far as there is room for them.
    fn fetch_more(&mut self, object: &Arc<Object>) {
        while let Some(&number) = self.order.get(self.begun) {
            let piece = &self.pieces[number];
            let length = piece.range.end - piece.range.start;
            if matches!(piece.content, Content::Waiting) {
                let is_full =
                    self.held_bytes + length > READER_BYTES || HELD_BYTES.load(Ordering::Relaxed) + length > ALL_BYTES;
                // what keeps it from being begun is told to whoever waits for it
                if is_full || self.begin(number, object).is_err() {
                    return;
                }
            }
            self.begun += 1;
        }
    }

    /// Forgets the pieces of which all is read or passed over: those that come, too, and those that were to come.
    fn forget_read(&mut self, stretches: &[Range<u64>]) {
        if self.is_kept {
            return;
        }
        for piece in &mut self.pieces {
            if matches!(piece.content, Content::Gone) {
                continue;
            }
            let mut parts = piece.stretches.clone();
            if parts.all(|part| self.passed[part] >= piece.range.end.min(stretches[part].end)) {
                let is_held = !matches!(piece.content, Content::Waiting);
                piece.content = Content::Gone;
                self.held_bytes -= if is_held { piece.range.end - piece.range.start } else { 0 };
            }
        }
    }
}

/// How far into a stretch a place is.
fn share(stretch: &Range<u64>, at: u64) -> f64 {
    (at - stretch.start) as f64 / (stretch.end - stretch.start) as f64
}

/// Cuts stretches, which are sorted and do not overlap, into pieces.
fn cut(stretches: &[Range<u64>]) -> Vec<Piece> {
    let count = stretches.iter().filter(|stretch| stretch.end - stretch.start > SHORTEST).count() as u64;
    // each stretch has a piece that is read and one that comes
    let longest = (READER_BYTES / 2 / count.max(1)).clamp(SHORTEST, LONGEST);
    let mut pieces: Vec<Piece> = Vec::new();
    for (number, stretch) in stretches.iter().enumerate() {
        if let Some(last) = pieces.last_mut()
            && stretch.start - last.range.end <= GAP
            && stretch.end - last.range.start <= longest
        {
            last.range.end = stretch.end;
            last.stretches.end = number + 1;
            continue;
        }
        let mut start = stretch.start;
        while start < stretch.end {
            let end = (start + longest).min(stretch.end);
            pieces.push(Piece { range: start..end, stretches: number..number + 1, content: Content::Waiting });
            start = end;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(stretches: &[Range<u64>]) -> Vec<(Range<u64>, Range<usize>)> {
        cut(stretches).into_iter().map(|piece| (piece.range, piece.stretches)).collect()
    }

    #[test]
    fn near_stretches_are_one_piece_and_long_ones_are_several() {
        assert_eq!(pieces(&[0..10, 20..30, 200_000..200_010]), [(0..30, 0..2), (200_000..200_010, 2..3)]);
        let long = pieces(&[5..(20 << 20), 1 << 40..(1 << 40) + 1]);
        assert_eq!(long.len(), 4);
        assert_eq!((long[0].0.clone(), long[2].0.end), (5..(8 << 20) + 5, 20 << 20));
        assert!(pieces(&[]).is_empty());
    }

    #[test]
    fn many_long_stretches_have_short_pieces() {
        let stretches: Vec<Range<u64>> =
            (0..200).map(|number| number * (9 << 20)..number * (9 << 20) + (8 << 20)).collect();
        let longest = cut(&stretches).iter().map(|piece| piece.range.end - piece.range.start).max();
        assert_eq!(longest, Some(SHORTEST));
    }
}
