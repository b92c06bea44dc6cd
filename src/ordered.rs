//! Work on several threads whose results are taken up in the order of the tasks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Results that wait for those before them, and what becomes of them.
struct Queue<T, F, E> {
    waiting: BTreeMap<usize, T>,
    next: usize,
    take: F,
    outcome: Result<(), E>,
}

/// Runs `work` for each task number on up to `threads` threads, and hands the results to `take` in the order of the tasks.
///
/// # Errors
/// The first error of `take`; tasks that are not begun by then are left out.
pub(crate) fn in_order<T: Send, E: Send>(
    tasks: usize,
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> Result<(), E> + Send,
) -> Result<(), E> {
    if threads <= 1 || tasks <= 1 {
        return (0..tasks).try_for_each(|task| take(task, work(task)));
    }
    let begun = AtomicUsize::new(0);
    let is_over = AtomicBool::new(false);
    let queue = Mutex::new(Queue { waiting: BTreeMap::new(), next: 0, take: &mut take, outcome: Ok(()) });
    let run = || {
        loop {
            let task = begun.fetch_add(1, Ordering::Relaxed);
            if task >= tasks || is_over.load(Ordering::Relaxed) {
                return;
            }
            let result = work(task);
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.waiting.insert(task, result);
            while queue.outcome.is_ok() {
                let next = queue.next;
                let Some(result) = queue.waiting.remove(&next) else { break };
                queue.outcome = (queue.take)(next, result);
                queue.next += 1;
            }
            if queue.outcome.is_err() {
                is_over.store(true, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        // where the system has no more threads, this one does the work
        for _ in 1..threads.min(tasks) {
            if std::thread::Builder::new().spawn_scoped(scope, run).is_err() {
                break;
            }
        }
        run();
    });
    queue.into_inner().unwrap_or_else(PoisonError::into_inner).outcome
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_tasks() {
        for threads in [1, 2, 7] {
            let mut taken = Vec::new();
            let work = |task: usize| {
                std::thread::sleep(Duration::from_micros((task as u64 * 7919) % 500));
                task * 2
            };
            let take = |task, result| {
                taken.push((task, result));
                Ok::<_, ()>(())
            };
            in_order(50, threads, work, take).unwrap();
            assert_eq!(taken, (0..50).map(|task| (task, task * 2)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_in_order_ends_it() {
        for threads in [1, 4] {
            let take = |task, ()| if task >= 10 { Err(task) } else { Ok(()) };
            assert_eq!(in_order(1000, threads, |_| (), take), Err(10));
        }
    }
}
