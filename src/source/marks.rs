//! Where certain bytes stand in a text, found for many bytes at once: what splits CSV and JSON hops from one to the next.

use wide::u8x16;

/// How many bytes are looked at in one turn.
const BLOCK: usize = 64;
const LANES: usize = 16;

/// Adds the places of all bytes that are one of `wanted`, ascending, counted from the beginning of `bytes`, which are
/// fewer than 4 GiB.
pub(super) fn find<const N: usize>(bytes: &[u8], wanted: [u8; N], places: &mut Vec<u32>) {
    let needles = wanted.map(u8x16::splat);
    let mut blocks = bytes.chunks_exact(BLOCK);
    let mut base = 0;
    for block in &mut blocks {
        add(mask(block, needles), base, places);
        base += BLOCK as u32;
    }
    let rest = blocks.remainder();
    if !rest.is_empty() {
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        // what fills the block is not there
        add(mask(&block, needles) & ((1 << rest.len()) - 1), base, places);
    }
}

/// Returns a bit for each byte of a block.
#[inline]
fn mask<const N: usize>(block: &[u8], needles: [u8x16; N]) -> u64 {
    let mut bits = 0;
    for (number, lanes) in block.chunks_exact(LANES).enumerate() {
        let lanes = u8x16::from(<[u8; LANES]>::try_from(lanes).unwrap_or_default());
        let mut found = u8x16::ZERO;
        for needle in needles {
            found |= lanes.simd_eq(needle);
        }
        bits |= u64::from(found.to_bitmask()) << (number * LANES);
    }
    bits
}

/// Adds the places of the bits that are set.
#[inline]
fn add(mut bits: u64, base: u32, places: &mut Vec<u32>) {
    let mut found = [0; BLOCK];
    let mut count = 0;
    while bits != 0 {
        found[count % BLOCK] = base + bits.trailing_zeros();
        count += 1;
        bits &= bits - 1;
    }
    places.extend_from_slice(&found[..count]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_place_is_found_once(bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), Just(0), any::<u8>()], 0..300)) {
            let mut places = vec![7];
            find(&bytes, [b',', b'\n', 0], &mut places);
            let expected = bytes.iter().enumerate().filter(|(_, byte)| matches!(byte, b',' | b'\n' | 0));
            let expected: Vec<u32> = std::iter::once(7).chain(expected.map(|(at, _)| at as u32)).collect();
            prop_assert_eq!(places, expected);
        }
    }
}
