//! The threads that requests run on: two of them, started when the first one is sent.
//!
//! Scans are synchronous. They hand work over by [`begin`] and wait for it as for any other thread, so that they may
//! themselves run inside of another runtime, as queries do.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, sync_channel};

use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

/// How many threads send requests and take what is answered. They only wait and copy.
const THREADS: usize = 2;

/// Work that runs while its owner does something else. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct Running<T> {
    outcome: Receiver<T>,
    task: AbortHandle,
}

impl<T> Running<T> {
    /// Waits for the outcome.
    pub(super) fn wait(self) -> io::Result<T> {
        self.outcome.recv().map_err(|_| io::Error::other("a request ended abnormally"))
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts work.
pub(super) fn begin<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> io::Result<Running<T>> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let start = || {
        let mut threads = Builder::new_multi_thread();
        threads.worker_threads(THREADS).thread_name("weir-requests").enable_all();
        threads.build().map_err(|error| format!("the threads for requests cannot be started: {error}"))
    };
    let runtime = RUNTIME.get_or_init(start).as_ref().map_err(|said| io::Error::other(said.clone()))?;
    let (sender, outcome) = sync_channel(1);
    // an owner that is gone does not want the outcome
    let task = runtime.spawn(async move { drop(sender.send(work.await)) });
    Ok(Running { outcome, task: task.abort_handle() })
}

/// Does work and waits for it.
pub(super) fn wait<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> io::Result<T> {
    begin(work)?.wait()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_waited_for_inside_of_another_runtime() {
        let outer = Builder::new_current_thread().build().expect("a runtime");
        assert_eq!(outer.block_on(async { wait(async { 7 }) }).expect("it runs"), 7);
    }

    #[test]
    fn work_that_panics_is_an_error() {
        let work = async { assert!(std::env::args().count() == 0, "on purpose") };
        assert!(wait(work).expect_err("it panics").to_string().contains("abnormally"));
    }
}
