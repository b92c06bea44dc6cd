//! The layout of Avro records: by it a block is followed from its first byte to its last before it is decoded, so that what
//! decodes it meets no length, branch or end that is not there.
//!
//! Source: the sections "Schema Declaration" and "Data Serialization" of the Avro 1.12 specification.

use std::collections::HashMap;

use serde_json::Value;

/// How deep values may be nested.
const MAX_DEPTH: usize = 64;

/// How values of a schema lie in their bytes.
#[derive(Debug)]
pub(super) struct Layout {
    root: Node,
    /// The types that have names, which other places refer to.
    named: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Null,
    Boolean,
    /// A number of 64 bits at most, in as many bytes as it needs.
    Number,
    Fixed(u64),
    /// Bytes or a text: the length, and as many bytes.
    Bytes,
    /// One of so many symbols.
    Enum(u64),
    Record(Vec<Node>),
    Union(Vec<Node>),
    Array(Box<Node>),
    Map(Box<Node>),
    Named(usize),
}

/// So many values may take no bytes, of which there could be any number.
const MOST_WITHOUT_BYTES: u64 = 1 << 20;

impl Layout {
    /// Reads the layout from a schema; `None` where it is no schema.
    pub(super) fn of(schema: &Value) -> Option<Self> {
        let mut names = HashMap::new();
        let mut named = Vec::new();
        let root = read(schema, "", &mut names, &mut named, 0)?;
        Some(Self { root, named })
    }

    /// Follows so many records, which take up all of the bytes.
    ///
    /// # Errors
    /// The number of the record (from 0) that does not fit, and what is wrong.
    pub(super) fn follow(&self, bytes: &[u8], count: u64) -> Result<(), (u64, &'static str)> {
        let mut rest = bytes;
        for record in 0..count {
            self.value(&self.root, &mut rest, 0).map_err(|problem| (record, problem))?;
            if record > MOST_WITHOUT_BYTES && rest.len() == bytes.len() {
                return Err((record, "its block has impossibly many records"));
            }
        }
        if rest.is_empty() { Ok(()) } else { Err((count, "its block goes on behind its last record")) }
    }

    fn value(&self, node: &Node, rest: &mut &[u8], depth: usize) -> Result<(), &'static str> {
        const CUT_OFF: &str = "its block ends within it";
        if depth > MAX_DEPTH {
            return Err("its values are nested too deeply");
        }
        match node {
            Node::Null => Ok(()),
            Node::Boolean => match rest.first() {
                Some(0 | 1) => skip(rest, 1).ok_or(CUT_OFF),
                Some(_) => Err("a boolean is neither 0 nor 1"),
                None => Err(CUT_OFF),
            },
            Node::Number => number(rest).map(|_| ()).ok_or(CUT_OFF),
            Node::Fixed(size) => skip(rest, *size).ok_or(CUT_OFF),
            Node::Bytes => {
                let length = number(rest).ok_or(CUT_OFF)?;
                let length = u64::try_from(length).map_err(|_| "a text has a negative length")?;
                skip(rest, length).ok_or(CUT_OFF)
            }
            Node::Enum(symbols) => match number(rest).map(u64::try_from) {
                Some(Ok(symbol)) if symbol < *symbols => Ok(()),
                Some(_) => Err("an enum has a symbol that its schema does not know"),
                None => Err(CUT_OFF),
            },
            Node::Record(fields) => fields.iter().try_for_each(|field| self.value(field, rest, depth + 1)),
            Node::Union(branches) => {
                let branch = number(rest).ok_or(CUT_OFF)?;
                let branch = usize::try_from(branch).ok().and_then(|branch| branches.get(branch));
                self.value(branch.ok_or("a union has a branch that its schema does not know")?, rest, depth + 1)
            }
            Node::Array(item) => self.blocks(rest, |layout, rest| layout.value(item, rest, depth + 1)),
            Node::Map(item) => self.blocks(rest, |layout, rest| {
                layout.value(&Node::Bytes, rest, depth + 1)?;
                layout.value(item, rest, depth + 1)
            }),
            Node::Named(number) => match self.named.get(*number) {
                Some(node) => self.value(node, rest, depth + 1),
                None => Ok(()),
            },
        }
    }

    /// Follows blocks of items: a count, negative where the length of the block follows it, until one of none.
    fn blocks(
        &self,
        rest: &mut &[u8],
        item: impl Fn(&Self, &mut &[u8]) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        const CUT_OFF: &str = "its block ends within a list";
        loop {
            let count = number(rest).ok_or(CUT_OFF)?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                number(rest).ok_or(CUT_OFF)?;
            }
            let before = rest.len() as u64;
            for done in 0..count.unsigned_abs() {
                item(self, rest)?;
                if done > MOST_WITHOUT_BYTES && rest.len() as u64 == before {
                    return Err("a list has impossibly many items");
                }
            }
        }
    }
}

fn skip(rest: &mut &[u8], count: u64) -> Option<()> {
    *rest = rest.get(usize::try_from(count).ok()?..)?;
    Some(())
}

/// Reads a number: seven bits a byte, the lowest first, then folded so that small ones are short.
pub(super) fn number(rest: &mut &[u8]) -> Option<i64> {
    let mut folded: u64 = 0;
    for (at, byte) in rest.iter().take(10).enumerate() {
        folded |= u64::from(byte & 0x7F).checked_shl(7 * at as u32)?;
        if byte & 0x80 == 0 {
            *rest = &rest[at + 1..];
            return Some((folded >> 1) as i64 ^ -((folded & 1) as i64));
        }
    }
    None
}

/// Writes a number as [`number`] reads it.
pub(super) fn write_number(value: i64, into: &mut Vec<u8>) {
    let mut folded = ((value << 1) ^ (value >> 63)) as u64;
    while folded >= 0x80 {
        into.push(folded as u8 | 0x80);
        folded >>= 7;
    }
    into.push(folded as u8);
}

fn read(
    schema: &Value,
    namespace: &str,
    names: &mut HashMap<String, usize>,
    named: &mut Vec<Node>,
    depth: usize,
) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    let object = match schema {
        Value::String(name) => {
            return primitive(name).or_else(|| {
                let full = full_name(name, namespace);
                names.get(&full).or_else(|| names.get(name)).map(|number| Node::Named(*number))
            });
        }
        Value::Array(branches) => {
            let branches = branches.iter().map(|branch| read(branch, namespace, names, named, depth + 1));
            return Some(Node::Union(branches.collect::<Option<_>>()?));
        }
        Value::Object(object) => object,
        _ => return None,
    };
    let kind = object.get("type")?;
    let Value::String(kind) = kind else { return read(kind, namespace, names, named, depth + 1) };
    match kind.as_str() {
        "array" => Some(Node::Array(Box::new(read(object.get("items")?, namespace, names, named, depth + 1)?))),
        "map" => Some(Node::Map(Box::new(read(object.get("values")?, namespace, names, named, depth + 1)?))),
        "record" | "error" | "enum" | "fixed" => {
            let given = object.get("name")?.as_str()?;
            let outer = object.get("namespace").and_then(Value::as_str).unwrap_or(namespace);
            let full = full_name(given, outer);
            let inner = full.rsplit_once('.').map_or("", |(namespace, _)| namespace).to_owned();
            // a record may hold itself
            let number = named.len();
            named.push(Node::Null);
            names.insert(full, number);
            named[number] = match kind.as_str() {
                "enum" => Node::Enum(object.get("symbols")?.as_array()?.len() as u64),
                "fixed" => Node::Fixed(object.get("size")?.as_u64()?),
                _ => {
                    let fields = object.get("fields")?.as_array()?.iter();
                    let fields = fields.map(|field| read(field.get("type")?, &inner, names, named, depth + 1));
                    Node::Record(fields.collect::<Option<_>>()?)
                }
            };
            Some(Node::Named(number))
        }
        name => primitive(name).or_else(|| {
            let full = full_name(name, namespace);
            names.get(&full).or_else(|| names.get(name)).map(|number| Node::Named(*number))
        }),
    }
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}

fn primitive(name: &str) -> Option<Node> {
    Some(match name {
        "null" => Node::Null,
        "boolean" => Node::Boolean,
        "int" | "long" => Node::Number,
        "float" => Node::Fixed(4),
        "double" => Node::Fixed(8),
        "bytes" | "string" => Node::Bytes,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn records_are_followed_to_their_end_and_no_further() {
        let schema = json!({"type": "record", "name": "r", "namespace": "n", "fields": [
            {"name": "a", "type": ["null", "long"]},
            {"name": "e", "type": {"type": "enum", "name": "e", "symbols": ["X", "Y"]}},
            {"name": "f", "type": {"type": "array", "items": "e"}},
            {"name": "m", "type": {"type": "map", "values": "boolean"}},
            {"name": "next", "type": ["null", "n.r"]},
        ]});
        let layout = Layout::of(&schema).expect("a schema");
        // null, Y, [X, Y] in a block with its length, {"k": true}, no next
        let record = [0, 2, 3, 4, 0, 2, 0, 2, 2, b'k', 1, 0, 0];
        let twice = record.repeat(2);
        assert_eq!(layout.follow(&twice, 2), Ok(()));
        assert_eq!(layout.follow(&twice, 1), Err((1, "its block goes on behind its last record")));
        assert!(layout.follow(&twice, 3).is_err_and(|(record, _)| record == 2));
        for cut in 0..record.len() {
            assert!(layout.follow(&record[..cut], 1).is_err(), "{cut}");
        }
        assert_eq!(layout.follow(&[4], 1), Err((0, "a union has a branch that its schema does not know")));
        assert_eq!(layout.follow(&[0, 6], 1), Err((0, "an enum has a symbol that its schema does not know")));
    }

    #[test]
    fn what_is_no_schema_is_none() {
        for schema in [json!(7), json!("unknown"), json!({"type": "array"}), json!([["x"]])] {
            assert!(Layout::of(&schema).is_none(), "{schema}");
        }
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_are_written(value in any::<i64>()) {
            let mut bytes = Vec::new();
            write_number(value, &mut bytes);
            let mut rest = bytes.as_slice();
            prop_assert_eq!((number(&mut rest), rest.len()), (Some(value), 0));
        }
    }
}
