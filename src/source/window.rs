//! A buffer that moves along a stretch of a text file, so that records are split where they lie, whatever their length.

use super::content::Handle;
use super::file::DataFile;
use crate::scan::ScanError;

/// How much is read at once; a processor's cache should hold it.
const BLOCK_BYTES: usize = 512 * 1024;
/// How much is read at once past the goal, where only the end of a record is looked for.
const TAIL_BYTES: usize = 32 * 1024;
/// No record may be longer. A quote that is never closed would otherwise take up all memory.
pub(super) const MAX_RECORD_BYTES: usize = 256 * 1024 * 1024;

/// The part of a file that is in memory: from the first byte that is not consumed yet.
pub(super) struct Window {
    handle: Handle,
    file: DataFile,
    buffer: Vec<u8>,
    /// The first byte of the buffer that is not consumed.
    start: usize,
    /// How much of the buffer holds data.
    filled: usize,
    /// Where in the file the buffer begins.
    offset: u64,
    /// What lies from here on is read in small steps.
    goal: u64,
    /// Where the file, or what is to be read of it, ends.
    end: u64,
    /// How much of the buffer is known to be UTF-8.
    checked: usize,
    /// Where in the file the first byte is that is not UTF-8.
    invalid: Option<u64>,
}

impl Window {
    /// Opens a file at an offset, to be read until `end`, with most of the work before `goal`.
    pub(super) fn open(file: &DataFile, offset: u64, goal: u64, end: u64) -> Result<Self, ScanError> {
        let handle = file.open()?;
        let file = file.clone();
        Ok(Self { handle, file, buffer: Vec::new(), start: 0, filled: 0, offset, goal, end, checked: 0, invalid: None })
    }

    /// Returns the bytes that are in memory and not consumed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.filled]
    }

    /// Returns where in the file [`bytes`](Self::bytes) begins.
    pub(super) fn position(&self) -> u64 {
        self.offset + self.start as u64
    }

    /// Whether nothing follows the bytes in memory.
    pub(super) fn is_last(&self) -> bool {
        self.offset + self.filled as u64 >= self.end
    }

    /// Returns where in [`bytes`](Self::bytes) the first byte is that is not UTF-8.
    pub(super) fn invalid(&self) -> Option<usize> {
        self.invalid.map(|invalid| usize::try_from(invalid.saturating_sub(self.position())).unwrap_or(usize::MAX))
    }

    /// Drops bytes from the front.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.filled);
        if self.invalid.is_some_and(|invalid| invalid < self.position()) {
            // who goes on behind what is no text begins where text may begin
            self.invalid = None;
            self.checked = self.start;
            self.check();
        }
    }

    /// Reads more behind the bytes in memory; nothing at the end of the file.
    ///
    /// # Errors
    /// The system refuses, or the file has become shorter.
    pub(super) fn fill(&mut self) -> Result<(), ScanError> {
        let at = self.offset + self.filled as u64;
        if at >= self.end {
            return Ok(());
        }
        self.buffer.copy_within(self.start..self.filled, 0);
        self.offset += self.start as u64;
        self.checked = self.checked.saturating_sub(self.start);
        self.filled -= self.start;
        self.start = 0;

        // a record that is longer than a block is read in steps that grow with it
        let step = if at < self.goal { BLOCK_BYTES } else { TAIL_BYTES }.max(self.filled);
        let ahead = if at < self.goal { self.goal - at } else { self.end - at };
        let step = usize::try_from(ahead).map_or(step, |ahead| ahead.min(step));
        let full = self.filled + step;
        if self.buffer.len() < full {
            self.buffer.resize(full, 0);
        }
        while self.filled < full {
            let at = self.offset + self.filled as u64;
            match self.handle.read_at(&mut self.buffer[self.filled..full], at) {
                Ok(0) => {
                    let problem = format!("ends at byte {at}, {} were there when it was opened", self.end);
                    return Err(self.file.corrupt(problem));
                }
                Ok(count) => self.filled += count,
                Err(cause) => return Err(self.file.failed(cause)),
            }
        }
        self.check();
        Ok(())
    }

    /// Checks what was read; a character that the end of the buffer cuts is left for the next time.
    fn check(&mut self) {
        if self.invalid.is_some() {
            return;
        }
        match std::str::from_utf8(&self.buffer[self.checked..self.filled]) {
            Ok(_) => self.checked = self.filled,
            Err(error) => {
                self.checked += error.valid_up_to();
                if error.error_len().is_some() || self.is_last() {
                    self.invalid = Some(self.offset + self.checked as u64);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::written;

    fn window(content: &[u8]) -> (tempfile::TempDir, Window) {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("file");
        std::fs::write(&path, content).expect("the file is written");
        let file = written::file(&path);
        let window = Window::open(&file, 0, file.length, file.length).expect("the file opens");
        (folder, window)
    }

    #[test]
    fn a_window_slides_over_the_whole_file() {
        let content: Vec<u8> = (0..3 * BLOCK_BYTES + 17).map(|at| b'a' + (at % 26) as u8).collect();
        let (_folder, mut window) = window(&content);
        let mut read = Vec::new();
        loop {
            window.fill().unwrap();
            let take = (window.bytes().len() / 2).max(1).min(window.bytes().len());
            assert_eq!(window.position(), read.len() as u64);
            read.extend_from_slice(&window.bytes()[..take]);
            window.consume(take);
            if window.is_last() && window.bytes().is_empty() {
                break;
            }
        }
        assert_eq!(read, content);
        assert_eq!(window.invalid(), None);
    }

    #[test]
    fn a_character_across_blocks_is_whole() {
        let mut content = vec![b'a'; BLOCK_BYTES - 1];
        content.extend_from_slice("é".as_bytes());
        let (_folder, mut window) = window(&content);
        window.fill().unwrap();
        window.fill().unwrap();
        assert_eq!((window.is_last(), window.invalid()), (true, None));
    }

    #[test]
    fn behind_what_is_no_text_the_next_such_byte_is_found() {
        let (_folder, mut window) = window(b"a\xe9\nb\n\xffc\n");
        window.fill().unwrap();
        assert_eq!(window.invalid(), Some(1));
        window.consume(3);
        assert_eq!(window.invalid(), Some(2));
        window.consume(4);
        assert_eq!(window.invalid(), None);
    }

    #[test]
    fn the_first_byte_that_is_not_utf_8_is_found() {
        let (_folder, mut cut) = window(b"abc\xc3");
        cut.fill().unwrap();
        assert_eq!(cut.invalid(), Some(3));
        let (_folder, mut latin) = window(b"a\xe9bc\xff");
        latin.fill().unwrap();
        latin.consume(1);
        assert_eq!(latin.invalid(), Some(0));
    }
}
