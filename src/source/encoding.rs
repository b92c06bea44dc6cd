//! Text that is not UTF-8, turned into UTF-8 as it is read.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// What a user can do about text in another encoding.
pub(super) const CONVERT: &str = "if it is in another encoding, name it, as in `--encoding windows-1252`";

/// The byte-order mark, which is no part of the text.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// What stands for bytes that are no text in their encoding: no text in UTF-8 either, so that they are found where they are.
const NO_TEXT: u8 = 0xFF;

/// How much is read at once.
const BLOCK_BYTES: usize = 64 * 1024;

/// Tells the encoding that a text needs to be turned from: the one that the user names, or UTF-16 by its byte-order mark.
/// `None` for UTF-8.
pub(super) fn foreign(named: Option<&'static Encoding>, start: &[u8]) -> Option<&'static Encoding> {
    let marked = Encoding::for_bom(start).map(|(encoding, _)| encoding);
    let encoding = match marked {
        Some(marked) if marked == UTF_16LE || marked == UTF_16BE => marked,
        _ => named?,
    };
    (encoding != UTF_8).then_some(encoding)
}

/// Reads text of some encoding as UTF-8.
pub(super) struct Transcoder<R> {
    text: R,
    decoder: Decoder,
    /// What was read and not decoded yet: `block[start..end]`.
    block: Vec<u8>,
    start: usize,
    end: usize,
    is_read: bool,
    /// All of it is decoded.
    is_over: bool,
    /// What was decoded and not given yet.
    decoded: Vec<u8>,
    given: usize,
}

impl<R: Read> Transcoder<R> {
    pub(super) fn new(text: R, encoding: &'static Encoding) -> Self {
        Self {
            text,
            decoder: encoding.new_decoder_with_bom_removal(),
            block: vec![0; BLOCK_BYTES],
            start: 0,
            end: 0,
            is_read: false,
            is_over: false,
            decoded: Vec::new(),
            given: 0,
        }
    }

    /// Decodes what was read, or reads first.
    fn decode(&mut self) -> io::Result<()> {
        if self.start == self.end && !self.is_read {
            (self.start, self.end) = (0, self.text.read(&mut self.block)?);
            self.is_read = self.end == 0;
        }
        self.given = 0;
        self.decoded.resize(3 * BLOCK_BYTES, 0);
        let source = &self.block[self.start..self.end];
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(source, &mut self.decoded, self.is_read);
        self.start += read;
        self.decoded.truncate(written);
        match result {
            DecoderResult::Malformed(_, _) => self.decoded.push(NO_TEXT),
            DecoderResult::InputEmpty => self.is_over = self.is_read,
            DecoderResult::OutputFull => {}
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() {
            if self.is_over {
                return Ok(0);
            }
            self.decode()?;
        }
        let count = buffer.len().min(self.decoded.len() - self.given);
        buffer[..count].copy_from_slice(&self.decoded[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time, as a slow pipe might.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn decoded(text: &[u8], label: &str) -> Vec<u8> {
        let encoding = Encoding::for_label(label.as_bytes()).expect("a known encoding");
        let mut decoded = Vec::new();
        Transcoder::new(Slow(text), encoding).read_to_end(&mut decoded).expect("nothing fails");
        let mut at_once = Vec::new();
        Transcoder::new(text, encoding).read_to_end(&mut at_once).expect("nothing fails");
        assert_eq!(decoded, at_once);
        decoded
    }

    #[test]
    fn text_is_the_same_however_it_comes() {
        assert_eq!(decoded(b"caf\xe9;\x80", "windows-1252"), "café;€".as_bytes());
        assert_eq!(decoded(b"\xff\xfea\0\xe9\0", "utf-16le"), "aé".as_bytes());
        assert_eq!(decoded(b"", "utf-16be"), b"");
        let long: Vec<u8> = "é\n".repeat(100_000).encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decoded(&long, "utf-16be"), "é\n".repeat(100_000).as_bytes());
    }

    #[test]
    fn bytes_that_are_no_text_are_no_utf_8_where_they_stand() {
        assert_eq!(decoded(b"a\x81\xffb\n\x82\xa0", "shift_jis"), b"a\xffb\n\xe3\x81\x82".to_vec());
        assert_eq!(decoded(b"a\0b", "utf-16le"), b"a\xff".to_vec());
    }

    #[test]
    fn utf_16_is_told_by_its_mark_and_other_encodings_by_their_names() {
        let latin = Encoding::for_label(b"latin1");
        assert_eq!(foreign(None, b"\xff\xfea\0"), Some(UTF_16LE));
        assert_eq!(foreign(latin, b"\xff\xfea\0"), Some(UTF_16LE));
        assert_eq!(foreign(latin, b"abc"), latin);
        assert_eq!(foreign(None, b"\xef\xbb\xbfabc"), None);
        assert_eq!(foreign(Some(UTF_8), b"abc"), None);
    }
}
