//! Columns of texts in the making: as codes of their distinct values for as long as there are few, so that the same text is
//! copied, and judged, once.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryBuilder, DictionaryArray, Int32Array, NullBufferBuilder, StringArray,
};
use arrow::datatypes::Int32Type;

/// A column with more distinct texts in a batch is kept as it is.
const MAX_CODES: usize = 256;
/// Places for codes, by hash; a quarter of them is taken at most.
const SLOTS: usize = 4 * MAX_CODES;

/// A column of texts in the making.
pub(super) struct TextBuilder {
    /// The bytes become texts at the end, all at once: where they are codes, those of the distinct values.
    values: BinaryBuilder,
    codes: Option<Codes>,
}

/// Which of the distinct texts each row holds.
struct Codes {
    keys: Vec<i32>,
    valid: NullBufferBuilder,
    /// What tells texts apart.
    marks: Vec<Mark>,
    /// One more than the code, by hash; 0 where there is none.
    slots: Box<[u16; SLOTS]>,
}

/// The length of a text with its first and last bytes: all of a text of up to sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    length: usize,
    first: u64,
    last: u64,
}

impl Mark {
    #[inline]
    fn of(text: &[u8]) -> Self {
        let length = text.len();
        let (first, last) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
                (Some(first), Some(last)) => (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()),
                _ => {
                    let byte = |at: usize| u64::from(text.get(at).copied().unwrap_or(0));
                    (byte(0) | byte(1) << 8 | byte(2) << 16, 0)
                }
            },
        };
        Self { length, first, last }
    }

    /// Whether the mark tells all of the text.
    fn is_whole(self) -> bool {
        self.length <= 16
    }

    #[inline]
    fn slot(self) -> usize {
        let mixed = (self.first ^ self.last.rotate_left(29) ^ self.length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 48) as usize % SLOTS
    }
}

impl Codes {
    fn new() -> Self {
        Self { keys: Vec::new(), valid: NullBufferBuilder::new(0), marks: Vec::new(), slots: Box::new([0; SLOTS]) }
    }

    /// Adds a text; false where it is one too many, and not added.
    #[inline]
    fn add(&mut self, text: &[u8], values: &mut BinaryBuilder) -> bool {
        let mark = Mark::of(text);
        let mut slot = mark.slot();
        let code = loop {
            let Some(code) = usize::from(self.slots[slot]).checked_sub(1) else {
                let code = self.marks.len();
                if code == MAX_CODES {
                    return false;
                }
                self.marks.push(mark);
                self.slots[slot] = code as u16 + 1;
                values.append_value(text);
                break code;
            };
            if self.marks[code] == mark && (mark.is_whole() || value(values, code) == text) {
                break code;
            }
            slot = (slot + 1) % SLOTS;
        };
        self.keys.push(code as i32);
        self.valid.append_non_null();
        true
    }
}

/// Returns a value that was added.
fn value(values: &BinaryBuilder, number: usize) -> &[u8] {
    let offsets = values.offsets_slice();
    &values.values_slice()[offsets[number] as usize..offsets[number + 1] as usize]
}

impl TextBuilder {
    /// A column whose texts are kept as they are.
    pub(super) fn plain() -> Self {
        Self { values: BinaryBuilder::new(), codes: None }
    }

    /// A column that is kept as codes while it has few distinct texts.
    pub(super) fn coded() -> Self {
        Self { values: BinaryBuilder::new(), codes: Some(Codes::new()) }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        use arrow::array::ArrayBuilder;
        self.codes.as_ref().map_or_else(|| self.values.len(), |codes| codes.keys.len())
    }

    #[inline]
    pub(super) fn append(&mut self, text: &[u8]) {
        if let Some(codes) = &mut self.codes {
            if codes.add(text, &mut self.values) {
                return;
            }
            self.give_up();
        }
        self.values.append_value(text);
    }

    pub(super) fn append_null(&mut self) {
        self.append_nulls(1);
    }

    pub(super) fn append_nulls(&mut self, rows: usize) {
        match &mut self.codes {
            Some(codes) => {
                codes.keys.resize(codes.keys.len() + rows, 0);
                codes.valid.append_n_nulls(rows);
            }
            None => self.values.append_nulls(rows),
        }
    }

    /// Keeps the texts as they are from now on.
    fn give_up(&mut self) {
        let Some(mut codes) = self.codes.take() else { return };
        let distinct = self.values.finish();
        let valid = codes.valid.finish();
        for (row, key) in codes.keys.iter().enumerate() {
            if valid.as_ref().is_none_or(|valid| valid.is_valid(row)) {
                self.values.append_value(distinct.value(*key as usize));
            } else {
                self.values.append_null();
            }
        }
    }

    /// Returns the column, and begins another one; `None` where a text is no UTF-8. One that had too many distinct texts is
    /// not tried again.
    pub(super) fn finish(&mut self) -> Option<ArrayRef> {
        let values: BinaryArray = self.values.finish();
        let texts = StringArray::try_from_binary(values).ok()?;
        let Some(codes) = &mut self.codes else { return Some(Arc::new(texts)) };
        let mut codes = std::mem::replace(codes, Codes::new());
        let keys = Int32Array::new(codes.keys.into(), codes.valid.finish());
        // codes without any text, which are those of nulls, point nowhere
        if texts.is_empty() {
            return Some(arrow::array::new_null_array(texts.data_type(), keys.len()));
        }
        Some(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(texts)).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::compute::cast;
    use arrow::datatypes::DataType;
    use proptest::prelude::*;

    use super::*;

    fn built(builder: &mut TextBuilder, texts: &[Option<String>]) -> ArrayRef {
        for text in texts {
            match text {
                Some(text) => builder.append(text.as_bytes()),
                None => builder.append_null(),
            }
        }
        assert_eq!(builder.len(), texts.len());
        builder.finish().expect("text")
    }

    fn plain(column: &ArrayRef) -> Vec<Option<String>> {
        let texts = cast(column, &DataType::Utf8).expect("texts");
        texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn few_texts_are_codes_and_many_are_not() {
        let mut builder = TextBuilder::coded();
        let few: Vec<_> = (0..1000).map(|row| (row % 7 > 0).then(|| format!("t{}", row % 5))).collect();
        let many: Vec<_> = (0..1000).map(|row| (row % 7 > 0).then(|| format!("t{row}"))).collect();
        let column = built(&mut builder, &few);
        assert_eq!((column.as_dictionary::<Int32Type>().values().len(), plain(&column)), (5, few.clone()));
        let column = built(&mut builder, &many);
        assert_eq!((column.data_type(), plain(&column)), (&DataType::Utf8, many));
        assert_eq!(built(&mut builder, &few).data_type(), &DataType::Utf8);
        assert_eq!(plain(&built(&mut TextBuilder::coded(), &[None, None])), [None, None]);
        assert_eq!(built(&mut TextBuilder::coded(), &[]).len(), 0);
    }

    #[test]
    fn what_is_no_text_is_none() {
        for mut builder in [TextBuilder::coded(), TextBuilder::plain()] {
            builder.append(b"\xff");
            assert!(builder.finish().is_none());
        }
    }

    proptest! {
        #[test]
        fn texts_are_told_apart(texts in proptest::collection::vec(proptest::option::of("[ab\u{0}]{0,19}"), 0..400)) {
            let mut builder = TextBuilder::coded();
            prop_assert_eq!(plain(&built(&mut builder, &texts)), texts.clone());
            let doubled: Vec<_> = texts.iter().chain(&texts).cloned().collect();
            prop_assert_eq!(plain(&built(&mut builder, &doubled)), doubled);
        }
    }
}
