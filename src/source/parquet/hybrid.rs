//! Parquet's hybrid of run-length and bit-packed integers, which levels and dictionary codes are stored in.
//!
//! Source: the encoding `RLE` of the Parquet format specification.

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::BooleanBuffer;
use bytes::{Buf, Bytes};
use parquet::errors::ParquetError;

/// Decodes exactly `count` integers of one bit, as bits. Packed ones lie as Arrow has them.
///
/// # Errors
/// The bytes end early.
pub(super) fn bits(bytes: &Bytes, count: usize) -> Result<BooleanBuffer, ParquetError> {
    let mut decoder = Decoder::new(bytes.clone(), 1)?;
    let mut bits = BooleanBufferBuilder::new(count);
    while bits.len() < count {
        let left = count - bits.len();
        if decoder.run.1 > 0 {
            bits.append_n(left.min(decoder.run.1), decoder.run.0 & 1 == 1);
            decoder.run.1 = 0;
        } else if decoder.groups > 0 {
            let packed = decoder.groups.min(left.div_ceil(8));
            let packed = decoder.bytes.get(..packed).ok_or_else(early)?;
            bits.append_packed_range(0..left.min(packed.len() * 8), packed);
            decoder.bytes.advance(decoder.groups.min(decoder.bytes.len()));
            decoder.groups = 0;
        } else {
            decoder.next_run()?;
        }
    }
    Ok(bits.finish())
}

/// Gives packed integers piece by piece.
#[derive(Debug)]
pub(super) struct Decoder {
    /// What is not decoded yet.
    bytes: Bytes,
    width: u8,
    /// The value of the run at hand, and how often it is still to come.
    run: (i32, usize),
    /// How many groups of eight are still to come of the packed run at hand.
    groups: usize,
    /// The rest of a group of which a piece was given.
    spare: [i32; 8],
    spare_from: usize,
    spare_to: usize,
}

impl Decoder {
    /// Begins to decode integers of `width` bits.
    ///
    /// # Errors
    /// The width is out of range.
    pub(super) fn new(bytes: Bytes, width: u8) -> Result<Self, ParquetError> {
        if width > 32 {
            return Err(ParquetError::General(format!("{width} is no bit width")));
        }
        Ok(Self { bytes, width, run: (0, 0), groups: 0, spare: [0; 8], spare_from: 0, spare_to: 0 })
    }

    /// Returns exactly the next `count` integers.
    ///
    /// # Errors
    /// The bytes end early.
    pub(super) fn read(&mut self, count: usize) -> Result<Vec<i32>, ParquetError> {
        if self.width == 0 {
            return Ok(vec![0; count]);
        }
        let mut out = Vec::with_capacity(count);
        self.go(count, Some(&mut out))?;
        Ok(out)
    }

    /// Passes over the next `count` integers.
    ///
    /// # Errors
    /// The bytes end early.
    pub(super) fn skip(&mut self, count: usize) -> Result<(), ParquetError> {
        if self.width == 0 { Ok(()) } else { self.go(count, None) }
    }

    /// Goes on by so many integers, and gives them to who wants them.
    fn go(&mut self, count: usize, mut out: Option<&mut Vec<i32>>) -> Result<(), ParquetError> {
        let mut left = count;
        while left > 0 {
            if self.spare_from < self.spare_to {
                let taken = left.min(self.spare_to - self.spare_from);
                if let Some(out) = &mut out {
                    out.extend_from_slice(&self.spare[self.spare_from..self.spare_from + taken]);
                }
                self.spare_from += taken;
                left -= taken;
            } else if self.run.1 > 0 {
                let taken = left.min(self.run.1);
                if let Some(out) = &mut out {
                    out.resize(out.len() + taken, self.run.0);
                }
                self.run.1 -= taken;
                left -= taken;
            } else if self.groups > 0 {
                let whole = self.groups.min(left / 8).min(self.bytes.len() / usize::from(self.width));
                if whole > 0 {
                    if let Some(out) = &mut out {
                        unpack(&self.bytes, self.width, whole, out);
                    }
                    self.bytes.advance(whole * usize::from(self.width));
                    self.groups -= whole;
                    left -= whole * 8;
                } else {
                    self.fill_spare()?;
                }
            } else {
                self.next_run()?;
            }
        }
        Ok(())
    }

    /// Decodes one group, of which not all is wanted at once. The last one of a page may be cut off after its last value.
    fn fill_spare(&mut self) -> Result<(), ParquetError> {
        let width = usize::from(self.width);
        let size = width.min(self.bytes.len());
        let mut group = Vec::with_capacity(8);
        unpack(&self.bytes.slice(..size), self.width, 1, &mut group);
        self.spare.copy_from_slice(&group);
        (self.spare_from, self.spare_to) = (0, size * 8 / width);
        if self.spare_to == 0 {
            return Err(early());
        }
        self.bytes.advance(size);
        self.groups -= 1;
        Ok(())
    }

    fn next_run(&mut self) -> Result<(), ParquetError> {
        let header = varint(&mut self.bytes).ok_or_else(early)?;
        let length = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        if length == 0 {
            return Err(ParquetError::General("a run of no values".to_owned()));
        }
        if header & 1 == 1 {
            self.groups = length;
            return Ok(());
        }
        let size = usize::from(self.width.div_ceil(8));
        let value = self.bytes.get(..size).ok_or_else(early)?;
        let value = value.iter().rev().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
        self.bytes.advance(size);
        self.run = (value.cast_signed(), length);
        Ok(())
    }
}

fn early() -> ParquetError {
    ParquetError::General("packed integers end early".to_owned())
}

fn varint(bytes: &mut Bytes) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = bytes.try_get_u8().ok()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Appends groups of eight integers; bytes that are missing at the end count as zero.
fn unpack(packed: &[u8], width: u8, groups: usize, out: &mut Vec<i32>) {
    macro_rules! by_width {
        ($($width:literal)*) => {
            match width {
                $($width => unpack_groups::<$width>(packed, groups, out),)*
                _ => {}
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
}

/// How many bytes are looked at for a group at most: each value is cut out of eight.
const GROUP_BYTES: usize = 40;

fn unpack_groups<const WIDTH: usize>(packed: &[u8], groups: usize, out: &mut Vec<i32>) {
    let mask = u64::from(u32::MAX >> (32 - WIDTH));
    let cut = |bytes: &[u8; GROUP_BYTES]| -> [i32; 8] {
        std::array::from_fn(|at| {
            let (byte, bit) = (at * WIDTH / 8, at * WIDTH % 8);
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[byte..byte + 8]);
            ((u64::from_le_bytes(word) >> bit & mask) as u32).cast_signed()
        })
    };
    for group in 0..groups {
        let rest = packed.get(group * WIDTH..).unwrap_or_default();
        let values = match rest.first_chunk() {
            Some(bytes) => cut(bytes),
            None => {
                let mut bytes = [0; GROUP_BYTES];
                bytes[..rest.len()].copy_from_slice(rest);
                cut(&bytes)
            }
        };
        out.extend_from_slice(&values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], width: u8, count: usize) -> Result<Vec<i32>, ParquetError> {
        Decoder::new(Bytes::copy_from_slice(bytes), width)?.read(count)
    }

    #[test]
    fn runs_and_packed_groups_follow_each_other() {
        // five times 4, then 0..8 in three bits
        let bytes = [10, 4, 3, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(decode(&bytes, 3, 13).expect("valid"), [4, 4, 4, 4, 4, 0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(decode(&bytes, 3, 7).expect("valid").len(), 7);
        assert!(decode(&bytes, 3, 14).is_err() && decode(&bytes[..1], 3, 1).is_err() && decode(&[], 40, 0).is_err());
    }

    proptest::proptest! {
        #[test]
        fn pieces_are_the_whole(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60),
            width in 1..33u8,
            pieces in proptest::collection::vec((0..20usize, proptest::prelude::any::<bool>()), 1..6),
        ) {
            // a packed run of as many groups as there are bytes for, the last one cut off, and a run of sevens
            let groups = bytes.len().div_ceil(usize::from(width));
            let mut encoded = vec![(groups as u8) << 1 | 1]; // one byte of a header is enough
            encoded.extend_from_slice(&bytes);
            let count = bytes.len() * 8 / usize::from(width);
            let value = |at: usize| {
                let bits = (0..usize::from(width)).map(|bit| at * usize::from(width) + bit);
                bits.rev().fold(0u32, |value, bit| value << 1 | u32::from(bytes[bit / 8] >> (bit % 8) & 1)).cast_signed()
            };
            let expected: Vec<i32> = (0..count).map(value).collect();
            let mut decoder = Decoder::new(encoded.into(), width).expect("a width");
            let mut found = Vec::new();
            for (piece, is_skipped) in pieces.into_iter().chain([(usize::MAX, false)]) {
                let piece = piece.min(count - found.len());
                if is_skipped {
                    decoder.skip(piece).expect("enough bytes");
                    found.extend_from_slice(&expected[found.len()..found.len() + piece]);
                } else {
                    found.extend(decoder.read(piece).expect("enough bytes"));
                }
            }
            proptest::prop_assert_eq!(found, expected);
            proptest::prop_assert!(decoder.read(8).is_err());
        }
    }

    proptest::proptest! {
        #[test]
        fn bits_are_integers_of_one_bit(
            runs in proptest::collection::vec((proptest::prelude::any::<bool>(), 1..40u8, proptest::prelude::any::<u8>()), 1..6),
            count in 0..600usize,
        ) {
            let mut bytes = Vec::new();
            for (is_packed, length, value) in runs {
                if is_packed {
                    bytes.push(length << 1 | 1);
                    bytes.extend((0..length).map(|at| value.rotate_left(at.into())));
                } else {
                    bytes.extend([length << 1, value & 1]);
                }
            }
            let wanted = decode(&bytes, 1, count).ok();
            let found = bits(&bytes.into(), count).ok();
            let found = found.map(|bits| bits.iter().map(i32::from).collect::<Vec<_>>());
            proptest::prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn wide_integers_cross_words() {
        let values: [u32; 8] = std::array::from_fn(|at| (at as u32 * 12_345) & 0x1_ffff);
        let mut bytes = vec![3u8];
        let mut packed = [0u8; 24];
        for (at, value) in values.iter().enumerate() {
            let place = at * 17;
            let shifted = u64::from(*value) << (place % 8);
            (0..8)
                .filter(|byte| place / 8 + byte < 24)
                .for_each(|byte| packed[place / 8 + byte] |= (shifted >> (8 * byte)) as u8);
        }
        bytes.extend_from_slice(&packed[..17]);
        let expected: Vec<i32> = values.iter().map(|value| value.cast_signed()).collect();
        assert_eq!(decode(&bytes, 17, 8).expect("valid"), expected);
    }
}
