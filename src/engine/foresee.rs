//! What a pass would read, found by asking of every unit what is certain of it; no row is decoded.

use std::collections::BTreeSet;

use super::Settings;
use super::proof::Knowledge;
use super::state::Bound;
use crate::column::evaluate::Evaluator;
use crate::metric::MetricKey;
use crate::scan::{Scan, ScanError};
use crate::verdict::Problem;

/// What a pass would read.
#[derive(Debug)]
pub struct Foresight {
    /// For each metric, in how many units it is certain; or why this data has none.
    pub metrics: Vec<Result<Foreseen, Problem>>,
    /// For each root column, in how many units it is read.
    pub columns: Vec<usize>,
    /// In how many units anything is read.
    pub units_read: usize,
}

/// In how many units a metric is certain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Foreseen {
    /// Facts or dictionaries answer it.
    pub proven: usize,
    /// Its condition is true of no row.
    pub left_out: usize,
}

/// Foresees a pass for these metrics. A pass may read less: samples that are full, and values that were all met before,
/// need no more rows.
///
/// # Errors
/// What is certain of a unit cannot be read.
pub fn foresee(scan: &dyn Scan, metrics: &[MetricKey], settings: &Settings) -> Result<Foresight, ScanError> {
    let mut evaluator = Evaluator::new(scan.schema(), settings.texts.clone()).at(settings.now);
    let mut bounds: Vec<Result<(Bound, Foreseen), Problem>> = metrics
        .iter()
        .map(|key| Ok((Bound::new(key, &mut evaluator, &settings.budget)?, Foreseen::default())))
        .collect();
    // the texts of columns come behind the columns
    let width = scan.schema().fields().len();
    let mut foresight = Foresight { metrics: Vec::new(), columns: vec![0; width], units_read: 0 };
    for unit in 0..scan.unit_count() {
        let mut knowledge = if settings.statistics { Some(Knowledge::of(scan, unit)?) } else { None };
        let mut roots = BTreeSet::new();
        let mut is_read = false;
        for (bound, foreseen) in bounds.iter_mut().flatten() {
            if let Some(knowledge) = &mut knowledge
                && bound.answer(&evaluator, unit as u32, knowledge)?
            {
                let is_left_out = bound.is_left_out(&evaluator, knowledge)?;
                foreseen.left_out += usize::from(is_left_out);
                foreseen.proven += usize::from(!is_left_out);
                continue;
            }
            is_read = true;
            bound.roots(&evaluator, &mut roots);
        }
        let roots: BTreeSet<usize> = roots.into_iter().map(|root| root % width.max(1)).collect();
        for root in roots {
            foresight.columns[root] += 1;
        }
        foresight.units_read += usize::from(is_read);
    }
    foresight.metrics = bounds.into_iter().map(|bound| bound.map(|(_, foreseen)| foreseen)).collect();
    Ok(foresight)
}
