//! What facts about a unit prove without decoding its rows.
//!
//! Only what is certain: bounds may be wider than the values, so they prove that all lie inside and nothing else; NaN is
//! not in the bounds of a float column, so such bounds prove nothing unless it is known that there is none.

use arrow::array::Array;

use crate::column::Scalar;
use crate::column::evaluate::{ColumnId, Evaluator, PredicateId, without_nan};
use crate::metric::count::Tally;
use crate::scan::{Facts, Scan, ScanError};

/// Counts the answers to a predicate where facts or a dictionary give them.
pub(super) fn tally(
    evaluator: &Evaluator,
    predicate: PredicateId,
    scan: &dyn Scan,
    unit: usize,
    facts: &Facts,
) -> Result<Option<Tally>, ScanError> {
    let (Some(rows), Some(question)) = (facts.rows, evaluator.simple(predicate)) else { return Ok(None) };
    let Some(column) = facts.columns.get(question.root) else { return Ok(None) };
    let Some(nulls) = column.nulls else { return Ok(None) };
    let Some(test) = &question.test else {
        if !column.no_nan && nulls < rows && has_nan(scan, unit, question.root)? != Some(false) {
            return Ok(None);
        }
        // the question is whether there is no value
        let (missing, there) = (nulls, rows - nulls);
        let (expected, unexpected) = if question.negated { (there, missing) } else { (missing, there) };
        return Ok(Some(Tally { expected, unexpected, missing: 0 }));
    };
    let there = rows - nulls;
    let all = |passes: bool| {
        let (expected, unexpected) = if passes == question.negated { (0, there) } else { (there, 0) };
        Some(Tally { expected, unexpected, missing: nulls })
    };
    if there == 0 {
        return Ok(all(true));
    }
    if column.no_nan
        && let (Some(lower), Some(upper)) = (&column.lower, &column.upper)
        && test.holds_between(lower, upper, scan.schema().field(question.root).data_type())
    {
        return Ok(all(true));
    }
    let Some(dictionary) = scan.dictionary(unit, question.root)? else { return Ok(None) };
    let dictionary = without_nan(&dictionary);
    if dictionary.logical_null_count() > 0 || dictionary.is_empty() {
        return Ok(None);
    }
    let pass = test.evaluate(&dictionary);
    Ok(match pass.count_set_bits() {
        0 => all(false),
        passing if passing == pass.len() => all(true),
        _ => None,
    })
}

/// Tells whether a column's dictionary holds NaN; `None` where it has no dictionary.
fn has_nan(scan: &dyn Scan, unit: usize, root: usize) -> Result<Option<bool>, ScanError> {
    Ok(scan.dictionary(unit, root)?.map(|dictionary| without_nan(&dictionary).logical_null_count() > 0))
}

/// Returns the extremes of a column where they are certain: `Some(None)` where it has no values.
pub(super) fn extremes(evaluator: &Evaluator, column: ColumnId, facts: &Facts) -> Option<Option<(Scalar, Scalar)>> {
    let path = evaluator.path(column);
    if !path.steps.is_empty() {
        return None;
    }
    let column = facts.columns.get(path.root)?;
    if facts.rows.is_some() && column.nulls == facts.rows {
        return Some(None);
    }
    if !column.exact || !column.no_nan {
        return None;
    }
    Some(Some((column.lower.clone()?, column.upper.clone()?)))
}
