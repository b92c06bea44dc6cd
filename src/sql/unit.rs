//! Units decoded on several threads and handed on in their order.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::{FilterBuilder, cast};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use chrono::{DateTime, Utc};

use crate::column::Predicate;
use crate::column::evaluate::{Evaluator, PredicateId, Texts};
use crate::engine::{InOrder, Settings};
use crate::scan::{Scan, ScanError};
use crate::verdict::Problem;

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
        let Some(BoundCondition { evaluator, id }) = condition else {
            for batch in self.scan.batches(unit, roots)? {
                let batch = batch?;
                if !take(in_types_of(batch.columns(), batch.num_rows(), schema)?) {
                    break;
                }
            }
            return Ok(());
        };
        let first = &self.condition_roots;
        let rest: Vec<usize> = roots.iter().copied().filter(|root| !first.contains(root)).collect();
        let mut steps = self.scan.steps(unit, first, &rest)?;
        while let Some(batch) = steps.first() {
            let batch = batch?;
            evaluator.load(&batch, first);
            let keep = evaluator.mask(*id)?.expected().clone();
            if keep.count_set_bits() == 0 {
                continue;
            }
            let more = steps.more(&rest)?;
            let filter = FilterBuilder::new(&BooleanArray::new(keep, None)).optimize().build();
            let column = |root: &usize| match first.binary_search(root) {
                Ok(place) => filter.filter(batch.column(place)),
                Err(_) => filter.filter(more.column(rest.partition_point(|known| known < root))),
            };
            let columns = roots.iter().map(column).collect::<Result<Vec<_>, _>>()?;
            if !take(in_types_of(&columns, filter.count(), schema)?) {
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

fn in_types_of(columns: &[ArrayRef], rows: usize, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = columns.iter().zip(schema.fields()).map(|(column, field)| {
        if column.data_type() == field.data_type() {
            return Ok(Arc::clone(column));
        }
        cast(column, field.data_type())
    });
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect::<Result<_, _>>()?, &options)
}

/// The batches of all units, in order.
pub(super) type Units = InOrder<RecordBatch, Failure>;

/// Starts reading all units.
pub(super) fn start(reader: &Arc<UnitReader>, roots: &[usize], schema: &SchemaRef, threads: usize) -> Units {
    let (reader, roots, schema) = (Arc::clone(reader), roots.to_vec(), Arc::clone(schema));
    InOrder::start(reader.scan.unit_count(), threads, move || {
        let (reader, roots, schema) = (Arc::clone(&reader), roots.clone(), Arc::clone(&schema));
        let mut condition = reader.bind();
        move |unit: usize, take: &mut dyn FnMut(RecordBatch) -> bool| match &mut condition {
            Ok(condition) => reader.read(unit, condition, &roots, &schema, take),
            Err(problem) => Err(Failure::Problem(problem.clone())),
        }
    })
}
