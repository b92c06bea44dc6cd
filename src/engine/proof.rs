//! What is known of a unit without decoding its rows, and what that proves.
//!
//! Only what is certain: bounds may be wider than the values, so they prove that all lie inside and nothing else; NaN is
//! not in the bounds of a float column, so such bounds prove nothing unless it is known that there is none.

use arrow::array::{Array, ArrayRef};
use hashbrown::HashMap;

use crate::column::Scalar;
use crate::column::evaluate::{ColumnId, Evaluator, Parts, PredicateId, without_nan};
use crate::metric::count::Tally;
use crate::scan::{Facts, Scan, ScanError};

/// The least and greatest value of a column in a unit.
pub(super) enum Extent {
    /// There are no values.
    Empty,
    /// Both occur.
    Values(Scalar, Scalar),
}

/// A unit, as far as it is known; each dictionary is read once.
pub(super) struct Knowledge<'a> {
    scan: &'a dyn Scan,
    unit: usize,
    facts: Facts,
    /// The distinct values of columns, NaN made null; `None` for those without such a list.
    dictionaries: HashMap<usize, Option<ArrayRef>>,
    /// What was found of conditions.
    decided: HashMap<PredicateId, Option<bool>>,
}

impl<'a> Knowledge<'a> {
    /// Asks what is certain of a unit.
    pub(super) fn of(scan: &'a dyn Scan, unit: usize) -> Result<Self, ScanError> {
        Ok(Self { scan, unit, facts: scan.facts(unit)?, dictionaries: HashMap::new(), decided: HashMap::new() })
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> Option<u64> {
        self.facts.rows
    }

    fn dictionary(&mut self, root: usize) -> Result<Option<ArrayRef>, ScanError> {
        if let Some(known) = self.dictionaries.get(&root) {
            return Ok(known.clone());
        }
        let found = self.scan.dictionary(self.unit, root)?.map(|values| without_nan(&values));
        self.dictionaries.insert(root, found.clone());
        Ok(found)
    }

    /// Returns the distinct values of a column, NaN made null, where there is a list of them. Not all of them need occur.
    pub(super) fn values(&mut self, evaluator: &Evaluator, column: ColumnId) -> Result<Option<ArrayRef>, ScanError> {
        let path = evaluator.path(column);
        if path.steps.is_empty() { self.dictionary(path.root) } else { Ok(None) }
    }

    /// Tells whether a condition is true for every row (`true`) or for none (`false`), where facts or a dictionary prove it.
    pub(super) fn decides(&mut self, evaluator: &Evaluator, condition: PredicateId) -> Result<Option<bool>, ScanError> {
        if let Some(known) = self.decided.get(&condition) {
            return Ok(*known);
        }
        let decided = match evaluator.parts(condition) {
            Parts::Constant(answer) => Some(answer),
            // one that is true for no row decides all of a conjunction, one that is true for every row all of a disjunction
            Parts::All(parts) => self.decides_together(evaluator, parts, false)?,
            Parts::Any(parts) => self.decides_together(evaluator, parts, true)?,
            Parts::None => self.decides_alone(evaluator, condition)?,
        };
        self.decided.insert(condition, decided);
        Ok(decided)
    }

    fn decides_together(
        &mut self,
        evaluator: &Evaluator,
        parts: &[PredicateId],
        decisive: bool,
    ) -> Result<Option<bool>, ScanError> {
        let mut together = Some(!decisive);
        for part in parts {
            match self.decides(evaluator, *part)? {
                Some(answer) if answer == decisive => return Ok(Some(decisive)),
                Some(_) => {}
                None => together = None,
            }
        }
        Ok(together)
    }

    fn decides_alone(&mut self, evaluator: &Evaluator, condition: PredicateId) -> Result<Option<bool>, ScanError> {
        let Some(rows) = self.facts.rows else { return Ok(None) };
        if let Some(question) = evaluator.simple(condition)
            && let Some(test) = question.test.as_ref().filter(|_| !question.negated)
            && let Some(column) = self.facts.columns.get(question.root)
            && let (Some(lower), Some(upper)) = (&column.lower, &column.upper)
            && test.fails_between(lower, upper, self.scan.schema().field(question.root).data_type())
        {
            return Ok(Some(false));
        }
        // NaN is no value, and the condition not true of it: it need not be ruled out to find that no row complies
        Ok(self.tally(evaluator, condition)?.and_then(|tally| match tally.expected {
            0 => Some(false),
            expected if expected == rows => Some(true),
            _ => None,
        }))
    }

    /// Counts the answers to a predicate where facts or a dictionary give them.
    pub(super) fn tally(&mut self, evaluator: &Evaluator, predicate: PredicateId) -> Result<Option<Tally>, ScanError> {
        let (Some(rows), Some(question)) = (self.facts.rows, evaluator.simple(predicate)) else { return Ok(None) };
        let Some(column) = self.facts.columns.get(question.root).cloned() else { return Ok(None) };
        let Some(nulls) = column.nulls.filter(|nulls| *nulls <= rows) else { return Ok(None) };
        let there = rows - nulls;
        let Some(test) = &question.test else {
            // the question is whether there is no value, and NaN is none
            if there > 0 && !column.no_nan {
                let Some(values) = self.dictionary(question.root)? else { return Ok(None) };
                if values.logical_null_count() > 0 {
                    return Ok(None);
                }
            }
            let (expected, unexpected) = if question.negated { (there, nulls) } else { (nulls, there) };
            return Ok(Some(Tally { expected, unexpected, missing: 0 }));
        };
        let all = |passes: bool| {
            let (expected, unexpected) = if passes == question.negated { (0, there) } else { (there, 0) };
            Some(Tally { expected, unexpected, missing: nulls })
        };
        if there == 0 {
            return Ok(all(true));
        }
        if column.no_nan
            && let (Some(lower), Some(upper)) = (&column.lower, &column.upper)
            && test.holds_between(lower, upper, self.scan.schema().field(question.root).data_type())
        {
            return Ok(all(true));
        }
        let Some(values) = self.dictionary(question.root)? else { return Ok(None) };
        if values.is_empty() || values.logical_null_count() > 0 {
            return Ok(None);
        }
        let pass = test.evaluate(&values);
        Ok(match pass.count_set_bits() {
            0 => all(false),
            passing if passing == pass.len() => all(true),
            _ => None,
        })
    }

    /// Returns the extremes of a column where they are certain.
    pub(super) fn extremes(&self, evaluator: &Evaluator, column: ColumnId) -> Option<Extent> {
        let path = evaluator.path(column);
        if !path.steps.is_empty() {
            return None;
        }
        let column = self.facts.columns.get(path.root)?;
        if self.facts.rows.is_some() && column.nulls == self.facts.rows {
            return Some(Extent::Empty);
        }
        if !column.exact || !column.no_nan {
            return None;
        }
        Some(Extent::Values(column.lower.clone()?, column.upper.clone()?))
    }
}
