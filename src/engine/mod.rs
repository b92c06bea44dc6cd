//! Metrics over batches: which are distinct, what facts answer without reading, and the rest in one pass.
//!
//! Units are taken by workers as they come free; each worker has one state per metric, and since merging is commutative
//! and exact, the result does not depend on who took what. The engine knows no suites, expectations or files.

mod foresee;
mod in_order;
mod proof;
mod state;
mod worker;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Builder, ScopedJoinHandle};

use chrono::{DateTime, Utc};

use crate::column::evaluate::Texts;
use crate::guard;
use crate::metric::MetricKey;
use crate::scan::{Scan, ScanError};
use crate::spill::SpillError;
use crate::verdict::Problem;
use crate::words::number;

pub use crate::spill::{Budget, Charge};
pub use foresee::{Foreseen, Foresight, foresee};
pub use in_order::InOrder;
pub use state::MetricValue;
use worker::Worker;

/// The stack of a thread that evaluates expressions: from the top down, and SQL may be nested deeply.
pub const STACK_BYTES: usize = 32 << 20;

/// How a pass is run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many units are read at once.
    pub threads: usize,
    /// Facts about a unit may answer in place of its rows.
    pub statistics: bool,
    /// What all that grows may take, and where the rest goes.
    pub budget: Arc<Budget>,
    /// How root columns go together with the texts that they were read from; empty where there are none.
    pub texts: Arc<[Texts]>,
    /// When the run began, which is what SQL takes for now.
    pub now: DateTime<Utc>,
}

/// Why a pass did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The data cannot be read.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// What does not fit into memory cannot be kept on disk.
    #[error(transparent)]
    Spill(#[from] SpillError),
    /// The states need more memory than they may take, and cannot do without it.
    #[error("`{metric}` needs more than the {} of memory that it may take", number::size(*.limit_bytes))]
    Memory {
        /// The metric that grew past the limit.
        metric: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// A worker ended abnormally, which is a fault of weir's.
    #[error("a worker ended abnormally: {reason}")]
    Worker {
        /// What it said.
        reason: String,
    },
}

/// The value of a metric, or why this data has none.
pub type MetricResult = Result<MetricValue, Problem>;

/// What a pass computed.
#[derive(Debug)]
pub struct Evaluated {
    /// The values, in the order of the metrics.
    pub values: Vec<MetricResult>,
    /// The memory that they take of the budget for as long as they are kept.
    pub charge: Charge,
}

/// Computes metrics in one pass. `progress` is told the weight of each unit that is done.
///
/// # Errors
/// The data cannot be read, or memory ends. That a metric makes no sense for the data is a [`MetricResult`].
pub fn evaluate(
    scan: &dyn Scan,
    metrics: &[MetricKey],
    settings: &Settings,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Evaluated, EngineError> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let threads = settings.threads.clamp(1, scan.unit_count().max(1));
    let work = || -> Result<Worker, (usize, EngineError)> {
        let mut worker = Worker::new(scan, metrics, settings);
        loop {
            // a unit that was taken is done: those before one that fails are looked at
            if stop.load(Ordering::Relaxed) {
                return Ok(worker);
            }
            let unit = next.fetch_add(1, Ordering::Relaxed);
            if unit >= scan.unit_count() {
                worker.settle();
                return Ok(worker);
            }
            if let Err(error) = worker.take(unit) {
                stop.store(true, Ordering::Relaxed);
                return Err((unit, error));
            }
            progress(scan.weight(unit));
        }
    };
    let finished: Vec<_> = std::thread::scope(|scope| {
        let spawn = |_| Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let abnormal = |reason: String| Err((0, EngineError::Worker { reason }));
        let join = |handle: io::Result<ScopedJoinHandle<_>>| match handle.map(ScopedJoinHandle::join) {
            Ok(outcome) => outcome.unwrap_or_else(|cause| abnormal(guard::said(cause.as_ref()))),
            Err(error) => abnormal(format!("it cannot be started: {error}")),
        };
        // all are started before the first is waited for
        let handles: Vec<_> = (0..threads).map(spawn).collect();
        handles.into_iter().map(join).collect()
    });
    let mut merged: Option<Worker> = None;
    let mut failed: Option<(usize, EngineError)> = None;
    for outcome in finished {
        match (outcome, &mut merged, &failed) {
            (Ok(worker), Some(first), _) => first.merge(worker),
            (Ok(worker), None, _) => merged = Some(worker),
            (Err(error), _, Some((first, _))) if *first <= error.0 => {}
            (Err(error), _, _) => failed = Some(error),
        }
    }
    match (failed, merged) {
        (Some((_, error)), _) => Err(error),
        (None, Some(merged)) => merged.finish(),
        (None, None) => Ok(Evaluated { values: Vec::new(), charge: Charge::new(&settings.budget) }),
    }
}
