//! Lines of a part that are no rows, all of them and whole: on disk, as there may be many.

use std::sync::Arc;

use super::malformed::Found;
use crate::spill::{Extent, SpillError, Store};

/// So much is written at once.
const BLOCK_BYTES: usize = 64 << 10;

/// The lines of a part.
#[derive(Debug, Clone)]
pub(super) struct KeptLines {
    store: Arc<Store>,
    buffer: Vec<u8>,
    /// Each holds whole lines.
    blocks: Vec<Extent>,
    failure: Option<SpillError>,
}

impl KeptLines {
    /// Keeps lines in a temporary file.
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, buffer: Vec::new(), blocks: Vec::new(), failure: None }
    }

    /// Adds a line. That it cannot be written is said by [`Self::finish`].
    pub(super) fn add(&mut self, found: &Found) {
        self.buffer.extend(found.line.to_le_bytes());
        for text in [found.problem.as_bytes(), found.text.as_bytes()] {
            self.buffer.extend((text.len() as u64).to_le_bytes());
            self.buffer.extend(text);
        }
        if self.buffer.len() >= BLOCK_BYTES {
            self.flush();
        }
    }

    fn flush(&mut self) {
        match self.store.append(&[&self.buffer]) {
            Ok(block) => self.blocks.push(block),
            Err(error) => self.failure = self.failure.take().or(Some(error)),
        }
        self.buffer.clear();
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// A line could not be written.
    pub(super) fn finish(&mut self) -> Result<(), SpillError> {
        if !self.buffer.is_empty() {
            self.flush();
        }
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Returns the lines, read back one block after the other.
    pub(super) fn read(&self) -> impl Iterator<Item = Result<Found, SpillError>> + '_ {
        self.blocks.iter().flat_map(|block| match block.read() {
            Ok(bytes) => Lines { bytes, at: 0 }.map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        })
    }
}

/// The lines of a block.
struct Lines {
    bytes: Vec<u8>,
    at: usize,
}

impl Lines {
    fn number(&mut self) -> Option<u64> {
        let bytes = self.bytes.get(self.at..self.at + 8)?;
        self.at += 8;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()? as usize;
        let text = self.bytes.get(self.at..self.at + length)?;
        self.at += length;
        Some(String::from_utf8_lossy(text).into_owned())
    }
}

impl Iterator for Lines {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        let line = self.number()?;
        Some(Found { line, problem: self.text()?, text: self.text()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spill::Budget;

    #[test]
    fn lines_come_back_whole_however_long_and_many() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(&Budget::new(0).spilling_to(folder.path().to_owned()));
        let line = |line: u64| Found {
            line,
            problem: format!("is the {line}th"),
            text: "é,".repeat((line as usize * 7919) % 90_000),
        };
        let mut kept = KeptLines::new(Arc::clone(&store));
        (0..100).for_each(|number| kept.add(&line(number)));
        kept.finish().expect("a writable folder");
        let read: Vec<Found> = kept.read().map(|line| line.expect("a readable file")).collect();
        assert_eq!(read, (0..100).map(line).collect::<Vec<_>>());
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let store = Store::new(&Budget::new(0).spilling_to("/nowhere/at/all".into()));
        let mut kept = KeptLines::new(store);
        kept.add(&Found { line: 0, problem: String::new(), text: String::new() });
        assert!(kept.finish().is_err());
    }
}
