//! Units decoded on several threads and handed on in their order, a few batches ahead of who takes them.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use chrono::{DateTime, Utc};

use crate::column::Predicate;
use crate::column::evaluate::{Evaluator, PredicateId, Texts};
use crate::engine::{STACK_BYTES, Settings};
use crate::scan::{Scan, ScanError};
use crate::verdict::Problem;

/// How many batches of a unit wait for being taken.
const WAITING_BATCHES: usize = 2;

/// Why a unit could not be handed on.
#[derive(Debug)]
pub(super) enum Failure {
    /// It cannot be read.
    Scan(ScanError),
    /// The condition fails on it.
    Problem(Problem),
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Self {
        Self::Scan(error)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<ArrowError> for Failure {
    fn from(error: ArrowError) -> Self {
        Self::Problem(Problem::new("type-mismatch", error.to_string()))
    }
}

/// What is read of units: the rows for which a condition is true.
pub(super) struct UnitReader {
    scan: Arc<dyn Scan>,
    condition: Option<Predicate>,
    /// The root columns that the condition looks at.
    condition_roots: Vec<usize>,
    texts: Arc<[Texts]>,
    now: DateTime<Utc>,
}

impl UnitReader {
    /// Checks that the condition can be asked of rows.
    pub(super) fn new(
        scan: Arc<dyn Scan>,
        condition: Option<&Predicate>,
        settings: &Settings,
    ) -> Result<Self, Problem> {
        let (texts, now) = (Arc::clone(&settings.texts), settings.now);
        let mut reader = Self { scan, condition: condition.cloned(), condition_roots: Vec::new(), texts, now };
        if let Some(bound) = reader.bind()? {
            if let Some(domain) = bound.evaluator.domain_of(bound.id) {
                let message = format!("the row condition is about the elements `{domain}`, a query is about rows");
                return Err(Problem::new("different-lists", message));
            }
            let mut roots = BTreeSet::new();
            bound.evaluator.roots(bound.id, &mut roots);
            reader.condition_roots = roots.into_iter().collect();
        }
        Ok(reader)
    }

    /// Binds the condition for the units that one thread reads.
    fn bind(&self) -> Result<Option<BoundCondition>, Problem> {
        let Some(condition) = &self.condition else { return Ok(None) };
        let mut evaluator = Evaluator::new(self.scan.schema(), Arc::clone(&self.texts)).at(self.now);
        let id = evaluator.predicate(condition)?;
        Ok(Some(BoundCondition { evaluator, id }))
    }

    /// Reads a unit's rows with some root columns, ascending, in the types of `schema`, until `take` returns false.
    fn read(
        &self,
        unit: usize,
        condition: &mut Option<BoundCondition>,
        roots: &[usize],
        schema: &SchemaRef,
        mut take: impl FnMut(RecordBatch) -> bool,
    ) -> Result<(), Failure> {
        let all: Vec<usize> =
            roots.iter().chain(&self.condition_roots).copied().collect::<BTreeSet<_>>().into_iter().collect();
        let places: Vec<usize> = roots.iter().filter_map(|root| all.binary_search(root).ok()).collect();
        for batch in self.scan.batches(unit, &all)? {
            let mut batch = batch?;
            let projected = batch.project(&places)?;
            if let Some(BoundCondition { evaluator, id }) = condition {
                evaluator.load(batch, &all);
                let keep = evaluator.mask(*id)?.expected().clone();
                batch = filter_record_batch(&projected, &BooleanArray::new(keep, None))?;
            } else {
                batch = projected;
            }
            if batch.num_rows() > 0 && !take(in_types_of(&batch, schema)?) {
                break;
            }
        }
        Ok(())
    }
}

/// A condition as one thread asks it.
struct BoundCondition {
    evaluator: Evaluator,
    id: PredicateId,
}

fn in_types_of(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        if column.data_type() == field.data_type() {
            return Ok(Arc::clone(column));
        }
        cast(column, field.data_type())
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect::<Result<_, _>>()?, &options)
}

/// What a worker hands on of a unit. Only after [`Step::Done`] the unit was read to its end.
enum Step {
    Batch(RecordBatch),
    Failed(Failure),
    Done,
}

/// The batches of all units, in order.
///
/// Each worker reads one unit at a time and takes the lowest that is left, so that the unit whose turn it is is always
/// being read, and no more than a few batches per worker are held.
pub(super) struct Units {
    units: Receiver<Receiver<Step>>,
    current: Option<Receiver<Step>>,
}

/// The lowest unit that no worker has taken, and where to announce who takes it.
struct Next {
    unit: usize,
    announce: SyncSender<Receiver<Step>>,
}

impl Units {
    /// Starts the workers. They end when all is read or the batches are dropped.
    pub(super) fn start(reader: &Arc<UnitReader>, roots: &[usize], schema: &SchemaRef, threads: usize) -> Self {
        let threads = threads.clamp(1, reader.scan.unit_count().max(1));
        // units of one batch are done before they are asked for: no more of them wait than there are workers
        let (announce, units) = sync_channel(threads);
        let next = Arc::new(Mutex::new(Next { unit: 0, announce: announce.clone() }));
        let mut workers = 0;
        for _ in 0..threads {
            let (reader, roots) = (Arc::clone(reader), roots.to_vec());
            let (schema, next) = (Arc::clone(schema), Arc::clone(&next));
            let work = move || {
                let mut condition = reader.bind();
                while let Some((unit, steps)) = take_next(&next, reader.scan.unit_count()) {
                    let take = |batch| steps.send(Step::Batch(batch)).is_ok();
                    let read = match &mut condition {
                        Ok(condition) => reader.read(unit, condition, &roots, &schema, take),
                        Err(problem) => Err(Failure::Problem(problem.clone())),
                    };
                    let last = read.map_or_else(Step::Failed, |()| Step::Done);
                    if steps.send(last).is_err() {
                        return;
                    }
                }
            };
            match std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work) {
                Ok(_) => workers += 1,
                // those that were started do the work
                Err(_) if workers > 0 => break,
                Err(error) => {
                    let (steps, failed) = sync_channel(1);
                    let problem = Problem::new("sql-failed", format!("no thread can be started: {error}"));
                    let _ = steps.try_send(Step::Failed(problem.into()));
                    let _ = announce.try_send(failed);
                    break;
                }
            }
        }
        Self { units, current: None }
    }
}

fn take_next(next: &Mutex<Next>, unit_count: usize) -> Option<(usize, SyncSender<Step>)> {
    let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
    if next.unit >= unit_count {
        return None;
    }
    let (sender, receiver) = sync_channel(WAITING_BATCHES);
    next.announce.send(receiver).ok()?;
    next.unit += 1;
    Some((next.unit - 1, sender))
}

impl Iterator for Units {
    type Item = Result<RecordBatch, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(steps) = &self.current else {
                self.current = Some(self.units.recv().ok()?);
                continue;
            };
            match steps.recv() {
                Ok(Step::Batch(batch)) => return Some(Ok(batch)),
                Ok(Step::Failed(failure)) => return Some(Err(failure)),
                Ok(Step::Done) => self.current = None,
                Err(_) => return Some(Err(Problem::new("sql-failed", "a worker ended abnormally").into())),
            }
        }
    }
}
