//! Three-valued masks: of each row, whether it is expected, unexpected, or missing.

use arrow::array::{Array, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};

/// The answers to a predicate for the rows (or elements) of a batch.
///
/// A bit of `pass` is set only where the row is expected, so that counting needs no second look at the nulls.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    pass: BooleanBuffer,
    nulls: Option<NullBuffer>,
}

impl Mask {
    /// Makes a mask of answers and the rows that have one; answers of other rows are ignored.
    #[must_use]
    pub fn new(pass: BooleanBuffer, nulls: Option<NullBuffer>) -> Self {
        match nulls {
            Some(nulls) if nulls.null_count() > 0 => Self { pass: &pass & nulls.inner(), nulls: Some(nulls) },
            _ => Self { pass, nulls: None },
        }
    }

    /// Makes a mask that gives every row the same answer.
    #[must_use]
    pub fn constant(answer: bool, len: usize) -> Self {
        Self { pass: if answer { BooleanBuffer::new_set(len) } else { BooleanBuffer::new_unset(len) }, nulls: None }
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pass.len()
    }

    /// Tells whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pass.is_empty()
    }

    /// The rows that are expected.
    #[must_use]
    pub fn expected(&self) -> &BooleanBuffer {
        &self.pass
    }

    /// The rows that have an answer, or `None` where all have.
    #[must_use]
    pub fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    /// The rows that are unexpected.
    #[must_use]
    pub fn unexpected(&self) -> BooleanBuffer {
        match &self.nulls {
            // pass is a subset of the valid rows, so what is valid and not in it is their difference
            Some(nulls) => nulls.inner() ^ &self.pass,
            None => !&self.pass,
        }
    }

    /// Returns the number of expected, unexpected and missing rows among those that are kept.
    #[must_use]
    pub fn count(&self, keep: Option<&BooleanBuffer>) -> (u64, u64, u64) {
        let (expected, valid, all) = match (keep, &self.nulls) {
            (None, nulls) => {
                let missing = nulls.as_ref().map_or(0, NullBuffer::null_count);
                (self.pass.count_set_bits(), self.len() - missing, self.len())
            }
            (Some(keep), nulls) => {
                let all = keep.count_set_bits();
                let valid = nulls.as_ref().map_or(all, |nulls| (keep & nulls.inner()).count_set_bits());
                ((keep & &self.pass).count_set_bits(), valid, all)
            }
        };
        (expected as u64, (valid - expected) as u64, (all - valid) as u64)
    }

    /// The opposite answers.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self { pass: self.unexpected(), nulls: self.nulls.clone() }
    }

    /// True where both are; false where either is; else missing.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let pass = &self.pass & &other.pass;
        if self.nulls.is_none() && other.nulls.is_none() {
            return Self { pass, nulls: None };
        }
        let known = &(&pass | &self.unexpected()) | &other.unexpected();
        Self::new(pass, Some(NullBuffer::new(known)))
    }

    /// True where either is; false where both are; else missing.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        self.negated().and(&other.negated()).negated()
    }

    /// Missing where the other is set; elsewhere what is missing becomes unexpected.
    #[must_use]
    pub fn ignoring(&self, ignored: &BooleanBuffer) -> Self {
        Self::new(self.pass.clone(), Some(NullBuffer::new(!ignored)))
    }

    /// Unexpected where the other is set, missing or not.
    #[must_use]
    pub fn refusing(self, refused: Option<&BooleanBuffer>) -> Self {
        let Some(refused) = refused else { return self };
        let nulls = self.nulls.as_ref().map(|nulls| NullBuffer::new(nulls.inner() | refused));
        Self { pass: &self.pass & &!refused, nulls: nulls.filter(|nulls| nulls.null_count() > 0) }
    }

    /// Expected where the other is set, missing or not.
    #[must_use]
    pub fn accepting(self, accepted: Option<&BooleanBuffer>) -> Self {
        let Some(accepted) = accepted else { return self };
        let nulls = self.nulls.as_ref().map(|nulls| NullBuffer::new(nulls.inner() | accepted));
        Self { pass: &self.pass | accepted, nulls: nulls.filter(|nulls| nulls.null_count() > 0) }
    }

    /// Puts the answers where the bits are set; elsewhere there is none.
    #[must_use]
    pub fn spread(&self, places: &BooleanBuffer) -> Self {
        let spread = |bits: &BooleanBuffer| {
            let mut all = vec![false; places.len()];
            for (place, bit) in places.set_indices().zip(bits) {
                all[place] = bit;
            }
            packed(&all)
        };
        let answered = self.nulls.as_ref().map_or_else(|| places.clone(), |nulls| spread(nulls.inner()));
        Self::new(spread(&self.pass), Some(NullBuffer::new(answered)))
    }

    /// Picks rows: the answer of element `i` is that of row `rows[i]`.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let pick = |bits: &BooleanBuffer| BooleanBuffer::collect_bool(rows.len(), |at| bits.value(rows[at] as usize));
        Self { pass: pick(&self.pass), nulls: self.nulls.as_ref().map(|nulls| NullBuffer::new(pick(nulls.inner()))) }
    }
}

/// Packs answers as bits, many at a time.
pub(crate) fn packed(answers: &[bool]) -> BooleanBuffer {
    BooleanBuffer::collect_bool(answers.len(), |row| answers[row])
}

impl From<&BooleanArray> for Mask {
    fn from(array: &BooleanArray) -> Self {
        Self::new(array.values().clone(), array.nulls().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(values: &[Option<bool>]) -> Mask {
        Mask::from(&BooleanArray::from(values.to_vec()))
    }

    const ALL: [Option<bool>; 9] =
        [Some(true), Some(true), Some(true), Some(false), Some(false), Some(false), None, None, None];
    const THREE: [Option<bool>; 9] =
        [Some(true), Some(false), None, Some(true), Some(false), None, Some(true), Some(false), None];

    #[test]
    fn and_or_not_follow_kleene() {
        let (a, b) = (mask(&ALL), mask(&THREE));
        let t = Some(true);
        let f = Some(false);
        assert_eq!(a.and(&b), mask(&[t, f, None, f, f, f, None, f, None]));
        assert_eq!(a.or(&b), mask(&[t, t, t, t, f, None, t, None, None]));
        assert_eq!(a.negated(), mask(&[f, f, f, t, t, t, None, None, None]));
    }

    #[test]
    fn counts_add_up_with_and_without_a_condition() {
        let a = mask(&ALL);
        assert_eq!(a.count(None), (3, 3, 3));
        let keep = BooleanBuffer::from(vec![true, false, false, true, true, false, true, false, false]);
        assert_eq!(a.count(Some(&keep)), (1, 2, 1));
    }

    #[test]
    fn answers_are_spread_to_their_places_and_refused_at_others() {
        let places = BooleanBuffer::from(vec![false, true, true, false, true]);
        let spread = mask(&[Some(true), None, Some(false)]).spread(&places);
        assert_eq!(spread, mask(&[None, Some(true), None, None, Some(false)]));
        let refused = BooleanBuffer::from(vec![true, true, false, false, false]);
        assert_eq!(spread.refusing(Some(&refused)), mask(&[Some(false), Some(false), None, None, Some(false)]));
    }

    #[test]
    fn what_is_not_ignored_and_missing_is_unexpected() {
        let ignored = BooleanBuffer::from(vec![false, true, false]);
        assert_eq!(mask(&[Some(true), Some(true), None]).ignoring(&ignored), mask(&[Some(true), None, Some(false)]));
    }
}
