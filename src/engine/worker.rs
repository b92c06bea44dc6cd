//! One worker: the states of all metrics, fed with the units that it takes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::proof::Knowledge;
use super::state::Bound;
use super::{EngineError, Evaluated, Settings};
use crate::column::evaluate::Evaluator;
use crate::metric::{MetricKey, Position};
use crate::scan::Scan;
use crate::spill::{Budget, Charge, SpillError, Store};
use crate::verdict::Problem;

/// How much a batch takes, by the memory of its columns: the pages that it is decoded from, and what is computed of it.
const BATCH_FACTOR: usize = 2;

/// Metrics and their states, over the units that one thread takes.
pub(super) struct Worker<'a> {
    scan: &'a dyn Scan,
    settings: &'a Settings,
    keys: &'a [MetricKey],
    evaluator: Evaluator,
    metrics: Vec<Result<Bound, Failure>>,
    /// What the batch at hand takes.
    in_flight: Charge,
    /// Where states are spilled to.
    store: Arc<Store>,
}

/// Why a metric has no value, and the first place where that was so, as unit and row.
struct Failure {
    place: (usize, u64),
    problem: Problem,
}

impl<'a> Worker<'a> {
    pub(super) fn new(scan: &'a dyn Scan, keys: &'a [MetricKey], settings: &'a Settings) -> Self {
        let mut evaluator = Evaluator::new(scan.schema(), settings.texts.clone()).at(settings.now);
        let metrics = keys
            .iter()
            .map(|key| {
                Bound::new(key, &mut evaluator, &settings.budget).map_err(|problem| Failure { place: (0, 0), problem })
            })
            .collect();
        let (in_flight, store) = (Charge::new(&settings.budget), Store::new(&settings.budget));
        Self { scan, settings, keys, evaluator, metrics, in_flight, store }
    }

    /// Reads a unit, as far as facts do not answer.
    pub(super) fn take(&mut self, unit: usize) -> Result<(), EngineError> {
        let mut knowledge = if self.settings.statistics { Some(Knowledge::of(self.scan, unit)?) } else { None };
        let mut pending = Vec::new();
        for (position, metric) in self.metrics.iter_mut().enumerate() {
            let Ok(bound) = metric else { continue };
            if !bound.wants(Position { unit: unit as u32, row: 0 }) {
                continue;
            }
            let answered = match &mut knowledge {
                Some(knowledge) => bound.answer(&self.evaluator, unit as u32, knowledge)?,
                None => false,
            };
            if !answered {
                pending.push(position);
            }
        }
        if pending.is_empty() {
            return Ok(());
        }
        let (first, rest) = self.roots_in_steps(&pending);
        let mut steps = self.scan.steps(unit, &first, &rest)?;
        let mut start = 0;
        while let Some(batch) = steps.first() {
            let batch = batch?;
            let rows = batch.num_rows() as u64;
            let given = batch.get_array_memory_size();
            self.hold(given.max(steps.held_bytes()));
            self.evaluator.load(&batch, &first);
            if rest.is_empty() {
                self.update(&pending, unit, start)?;
            } else {
                let concerned = self.concerned(&pending, (unit, start));
                let wanted = self.roots(&concerned);
                let wanted: Vec<usize> = rest.iter().copied().filter(|root| wanted.contains(root)).collect();
                let more = steps.more(&wanted)?;
                self.hold((given + more.get_array_memory_size()).max(steps.held_bytes()));
                self.evaluator.load_more(&more, &wanted);
                self.update(&concerned, unit, start)?;
            }
            start += rows;
            let from = Position { unit: unit as u32, row: start };
            pending.retain(|position| match &self.metrics[*position] {
                // what has enough is not to be told of the end of the unit either
                Ok(bound) => bound.wants(from),
                Err(_) => false,
            });
            if pending.is_empty() {
                break;
            }
        }
        for position in pending {
            self.advance(position, (unit, start), |bound, _| bound.end_unit())?;
        }
        self.in_flight.set(0, 0);
        Ok(())
    }

    /// Tells the budget what the batch at hand takes.
    fn hold(&mut self, batch_bytes: usize) {
        self.in_flight.set((batch_bytes * BATCH_FACTOR) as u64, 0);
    }

    /// Returns the root columns that metrics read.
    fn roots(&self, positions: &[usize]) -> BTreeSet<usize> {
        let mut roots = BTreeSet::new();
        let bounds = positions.iter().filter_map(|position| self.metrics[*position].as_ref().ok());
        bounds.for_each(|bound| bound.roots(&self.evaluator, &mut roots));
        roots
    }

    /// Returns the root columns that metrics need of all rows, as conditions do, and those that they need of the rows that
    /// their conditions keep.
    fn roots_in_steps(&self, positions: &[usize]) -> (Vec<usize>, Vec<usize>) {
        let mut first = BTreeSet::new();
        for bound in positions.iter().filter_map(|position| self.metrics[*position].as_ref().ok()) {
            if !bound.roots_of_condition(&self.evaluator, &mut first) {
                bound.roots(&self.evaluator, &mut first);
            }
        }
        let rest = self.roots(positions).difference(&first).copied().collect();
        (first.into_iter().collect(), rest)
    }

    /// Returns the metrics that are about some of the rows at hand.
    fn concerned(&mut self, positions: &[usize], place: (usize, u64)) -> Vec<usize> {
        let mut concerned = Vec::with_capacity(positions.len());
        for position in positions {
            let Ok(bound) = &self.metrics[*position] else { continue };
            match bound.keeps_some(&mut self.evaluator) {
                Ok(true) => concerned.push(*position),
                Ok(false) => {}
                Err(problem) => self.metrics[*position] = Err(Failure { place, problem }),
            }
        }
        concerned
    }

    /// Adds the batch at hand to metrics.
    fn update(&mut self, positions: &[usize], unit: usize, start: u64) -> Result<(), EngineError> {
        for position in positions {
            self.advance(*position, (unit, start), |bound, evaluator| bound.update(evaluator, unit as u32, start))?;
        }
        Ok(())
    }

    /// Brings a metric forward, and tells the budget what it takes.
    fn advance(
        &mut self,
        position: usize,
        place: (usize, u64),
        step: impl FnOnce(&mut Bound, &mut Evaluator) -> Result<(), Problem>,
    ) -> Result<(), EngineError> {
        let Ok(bound) = &mut self.metrics[position] else { return Ok(()) };
        if let Err(problem) = step(bound, &mut self.evaluator) {
            self.metrics[position] = Err(Failure { place, problem });
            return Ok(());
        }
        bound.tell();
        if !self.settings.budget.is_tight() {
            return Ok(());
        }
        self.relieve(Budget::is_tight)?;
        if self.settings.budget.is_overdrawn() {
            let (metric, limit_bytes) = (self.keys[position].to_string(), self.settings.budget.limit_bytes());
            return Err(EngineError::Memory { metric, limit_bytes });
        }
        Ok(())
    }

    /// Spills the largest states while too much of the budget is taken, and as long as there is one left that could be.
    fn relieve(&mut self, is_too_much: impl Fn(&Budget) -> bool) -> Result<(), SpillError> {
        while is_too_much(&self.settings.budget) {
            let largest = self.metrics.iter_mut().flatten().max_by_key(|bound| bound.spillable());
            match largest.filter(|bound| bound.spillable() >= self.settings.budget.least_spilled_bytes()) {
                Some(bound) => bound.spill(&self.store)?,
                None => break,
            }
        }
        Ok(())
    }

    /// Does what can be done of merging and finishing on the worker's own thread.
    pub(super) fn settle(&mut self) {
        self.metrics.iter_mut().flatten().for_each(Bound::settle);
    }

    /// Adds what another worker found.
    pub(super) fn merge(&mut self, other: Self) {
        for (metric, other) in self.metrics.iter_mut().zip(other.metrics) {
            match (metric.as_mut(), other) {
                (Ok(bound), Ok(other)) => bound.merge(other),
                (Ok(_), Err(failure)) => *metric = Err(failure),
                (Err(first), Err(failure)) if failure.place < first.place => *first = failure,
                (Err(_), _) => {}
            }
        }
    }

    /// Turns the states into values. Those that do not fit go to disk.
    pub(super) fn finish(mut self) -> Result<Evaluated, EngineError> {
        let threads = self.settings.threads.max(1);
        let reading_bytes = self.settings.budget.reading_bytes(threads);
        let mut evaluated = Evaluated { values: Vec::new(), charge: Charge::new(&self.settings.budget) };
        for bound in self.metrics.iter_mut().flatten() {
            bound.finish(threads, reading_bytes)?;
        }
        self.relieve(Budget::is_half_taken)?;
        for metric in self.metrics {
            let value = metric.map(Bound::into_value).map(|(value, charge)| {
                evaluated.charge.absorb(charge);
                value
            });
            evaluated.values.push(value.map_err(|failure| failure.problem));
        }
        Ok(evaluated)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, RecordBatch, StringArray};

    use super::*;
    use crate::column::Predicate;
    use crate::engine::Budget;
    use crate::metric::Metric;
    use crate::source::memory::MemorySource;

    #[test]
    fn the_first_problem_of_the_data_is_told_whoever_meets_it() {
        let unit = |value: &str| {
            let texts: ArrayRef = Arc::new(StringArray::from(vec![value]));
            vec![RecordBatch::try_from_iter([("t", texts)]).expect("one column")]
        };
        let units = vec![unit("one"), unit("two")];
        let scan = MemorySource::new("texts", units[0][0].schema(), units.clone()).expect("one schema");
        let budget = Arc::new(Budget::new(u64::MAX));
        let settings = Settings { threads: 2, statistics: false, budget, texts: Arc::new([]), now: chrono::Utc::now() };
        let predicate = Predicate::Sql("cast(t as bigint) > 0".to_owned());
        let keys = [MetricKey { metric: Metric::Tally { predicate }, condition: None }];
        for order in [[0, 1], [1, 0]] {
            let [mut first, second] = order.map(|unit| {
                let mut worker = Worker::new(&scan, &keys, &settings);
                worker.take(unit).expect("the data can be read");
                worker
            });
            first.merge(second);
            let mut evaluated = first.finish().expect("nothing was spilled");
            let message = evaluated.values.pop().and_then(Result::err).expect("texts are no numbers").message;
            assert!(message.contains("'one'"), "{message}");
        }
    }
}
