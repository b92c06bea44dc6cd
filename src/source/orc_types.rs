//! What the footer of an ORC file says of types, looked at before the library makes types of it: by calling itself for each
//! type within another, it goes round for ever where one is within itself.
//!
//! Source of the form: "ORC Specification v1", types are listed parents first, each the child of one other.

use std::io::Read;

use bytes::Bytes;
use orc_rust::compression::{Compression, Decompressor};
use orc_rust::error::OrcError;
use orc_rust::proto::r#type::Kind;
use orc_rust::proto::{CompressionKind, Footer, PostScript, Type};
use orc_rust::reader::metadata::read_metadata;
use prost::Message;

use super::content::Handle;

/// The postscript and its length at most.
const TAIL_BYTES: u64 = 256;
/// How deep types may be nested.
const MAX_DEPTH: u32 = 100;
/// How long a footer may be, decompressed.
const MAX_FOOTER_BYTES: u64 = 256 << 20;

/// Checks that the types of a file are a tree. What else is wrong with its end is for the library to say.
///
/// # Errors
/// What is wrong with them.
pub(super) fn check(handle: &Handle) -> Result<(), &'static str> {
    footer(handle).map_or(Ok(()), |footer| check_tree(&footer?.types))
}

/// Reads the footer; `None` where the library will say why that is not possible.
fn footer(handle: &Handle) -> Option<Result<Footer, &'static str>> {
    let length = handle.length();
    let tail = handle.bytes(length.checked_sub(TAIL_BYTES.min(length))?, TAIL_BYTES.min(length)).ok()?;
    let (postscript_length, tail) = tail.split_last()?;
    let postscript_start = tail.len().checked_sub(usize::from(*postscript_length))?;
    let postscript = PostScript::decode(&tail[postscript_start..]).ok()?;
    let footer_length = postscript.footer_length?;
    let footer_end = length - 1 - u64::from(*postscript_length);
    let footer = handle.bytes(footer_end.checked_sub(footer_length)?, footer_length).ok()?;
    let mut plain = Vec::new();
    let decompressed = Decompressor::new(footer, compression(&postscript).ok()?, Vec::new());
    decompressed.take(MAX_FOOTER_BYTES + 1).read_to_end(&mut plain).ok()?;
    if plain.len() as u64 > MAX_FOOTER_BYTES {
        return Some(Err("its footer is longer than any that tells of columns"));
    }
    Footer::decode(plain.as_slice()).ok().map(Ok)
}

/// Returns how a file is compressed by its postscript, as the library has it: it tells this only of a whole file, so it is
/// given the smallest one with such a postscript.
fn compression(postscript: &PostScript) -> Result<Option<Compression>, OrcError> {
    if postscript.compression() == CompressionKind::None {
        return Ok(None);
    }
    let root = Type { kind: Some(Kind::Struct as i32), ..Type::default() };
    let footer = Footer { types: vec![root], ..Footer::default() }.encode_to_vec();
    // a block that is stored as it is begins with twice its length and one, in three bytes
    let block_head = (footer.len() as u32 * 2 + 1).to_le_bytes();
    let mut file = [&block_head[..3], &footer].concat();
    let lengths = (Some(file.len() as u64), Some(0));
    let postscript = PostScript { footer_length: lengths.0, metadata_length: lengths.1, ..postscript.clone() };
    let postscript = postscript.encode_to_vec();
    file.extend_from_slice(&postscript);
    // it is no longer than the one that its length was read of in one byte, or the library says that it is none
    file.push(postscript.len() as u8);
    read_metadata(&mut Bytes::from(file)).map(|metadata| metadata.compression())
}

fn check_tree(types: &[Type]) -> Result<(), &'static str> {
    let mut depths: Vec<Option<u32>> = vec![None; types.len()];
    for (number, parent) in types.iter().enumerate() {
        let depth = depths[number].unwrap_or(0) + 1;
        for child in &parent.subtypes {
            let child = *child as usize;
            let place = depths.get_mut(child).filter(|_| child > number).ok_or("one of its types is within itself")?;
            if place.replace(depth).is_some() {
                return Err("one of its types is within two others");
            }
            if depth > MAX_DEPTH {
                return Err("its types are nested more than 100 deep");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(children: &[&[u32]]) -> Vec<Type> {
        children.iter().map(|children| Type { subtypes: children.to_vec(), ..Type::default() }).collect()
    }

    #[test]
    fn types_are_a_tree_or_refused() {
        assert_eq!(check_tree(&types(&[&[1, 2], &[], &[3], &[]])), Ok(()));
        assert_eq!(check_tree(&[]), Ok(()));
        for within_itself in [&[&[0_u32][..]][..], &[&[1], &[0]], &[&[1], &[1]], &[&[7]]] {
            assert_eq!(check_tree(&types(within_itself)), Err("one of its types is within itself"));
        }
        assert_eq!(check_tree(&types(&[&[1, 1], &[]])), Err("one of its types is within two others"));
        let chain: Vec<Vec<u32>> = (1..200).map(|child| vec![child]).chain([vec![]]).collect();
        let chain: Vec<&[u32]> = chain.iter().map(Vec::as_slice).collect();
        assert_eq!(check_tree(&types(&chain)), Err("its types are nested more than 100 deep"));
    }

    #[test]
    fn footers_of_every_compression_are_read() {
        for name in ["pyorc_none", "pyorc_zlib", "pyorc_snappy", "pyorc_lz4", "pyorc_zstd", "pyarrow"] {
            let path = format!("fixtures/sources/{name}.orc");
            let file = crate::source::written::file(std::path::Path::new(&path));
            let handle = file.open().expect("it is there");
            let footer = footer(&handle).expect("it has a footer").expect("a short one");
            assert!(footer.types.len() > 10, "{name}: {} types", footer.types.len());
        }
    }
}
