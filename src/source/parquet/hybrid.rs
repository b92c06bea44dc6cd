//! Parquet's hybrid of run-length and bit-packed integers, which levels and dictionary codes are stored in.
//!
//! Source: the encoding `RLE` of the Parquet format specification.

use parquet::errors::ParquetError;

/// Decodes exactly `count` integers of `width` bits, 32 at most.
///
/// # Errors
/// The bytes end early or the width is out of range.
pub(super) fn decode(mut bytes: &[u8], width: u8, count: usize) -> Result<Vec<i32>, ParquetError> {
    if width > 32 {
        return Err(ParquetError::General(format!("{width} is no bit width")));
    }
    let mut out = Vec::with_capacity(count + 8);
    if width == 0 {
        out.resize(count, 0);
        return Ok(out);
    }
    while out.len() < count {
        let header = varint(&mut bytes).ok_or_else(early)?;
        if header & 1 == 0 {
            let run = usize::try_from(header >> 1).unwrap_or(usize::MAX).min(count - out.len());
            let size = usize::from(width.div_ceil(8));
            let value = bytes.get(..size).ok_or_else(early)?;
            let value = value.iter().rev().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
            if run == 0 {
                return Err(ParquetError::General("a run of no values".to_owned()));
            }
            out.resize(out.len() + run, value.cast_signed());
            bytes = &bytes[size..];
        } else {
            let groups = usize::try_from(header >> 1).unwrap_or(usize::MAX);
            let wanted = groups.min((count - out.len()).div_ceil(8));
            let size = wanted * usize::from(width);
            // the last group of a page may be cut off after its last value
            let packed = &bytes[..size.min(bytes.len())];
            if packed.len() * 8 < (count - out.len()).min(wanted * 8) * usize::from(width) || groups == 0 {
                return Err(early());
            }
            unpack(packed, width, wanted, &mut out);
            bytes = &bytes[groups.saturating_mul(usize::from(width)).min(bytes.len())..];
        }
    }
    out.truncate(count);
    Ok(out)
}

fn early() -> ParquetError {
    ParquetError::General("packed integers end early".to_owned())
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Appends groups of eight integers; bytes that are missing at the end count as zero.
fn unpack(packed: &[u8], width: u8, groups: usize, out: &mut Vec<i32>) {
    let size = usize::from(width);
    let mask = if width == 32 { u32::MAX } else { (1u32 << width) - 1 };
    for group in packed.chunks(size).take(groups) {
        if width <= 16 {
            let mut word = [0u8; 16];
            word[..group.len()].copy_from_slice(group);
            let word = u128::from_le_bytes(word);
            let values: [i32; 8] = std::array::from_fn(|at| ((word >> (at * size)) as u32 & mask).cast_signed());
            out.extend_from_slice(&values);
        } else {
            let mut word = [0u8; 40];
            word[..group.len()].copy_from_slice(group);
            let values: [i32; 8] = std::array::from_fn(|at| {
                let (byte, bit) = (at * size / 8, at * size % 8);
                let mut part = [0u8; 8];
                part.copy_from_slice(&word[byte..byte + 8]);
                ((u64::from_le_bytes(part) >> bit) as u32 & mask).cast_signed()
            });
            out.extend_from_slice(&values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_packed_groups_follow_each_other() {
        // five times 4, then 0..8 in three bits
        let bytes = [10, 4, 3, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(decode(&bytes, 3, 13).expect("valid"), [4, 4, 4, 4, 4, 0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(decode(&bytes, 3, 7).expect("valid").len(), 7);
        assert!(decode(&bytes, 3, 14).is_err() && decode(&bytes[..1], 3, 1).is_err() && decode(&[], 40, 0).is_err());
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
