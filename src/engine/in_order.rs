//! Units worked on by several threads, and what comes of them handed on in their order, a few pieces ahead of who takes them.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::STACK_BYTES;
use crate::verdict::Problem;

/// How many pieces of a unit wait for being taken.
const WAITING_PIECES: usize = 2;

/// What a worker hands on of a unit. Only after [`Step::Done`] the unit was worked on to its end.
enum Step<T, F> {
    Piece(T),
    Failed(F),
    Done,
}

/// The pieces of all units, in order.
///
/// Each worker is at one unit at a time and takes the lowest that is left, so that the unit whose turn it is is always
/// being worked on, and no more than a few pieces per worker are held.
pub struct InOrder<T, F> {
    units: Receiver<Receiver<Step<T, F>>>,
    current: Option<Receiver<Step<T, F>>>,
}

impl<T, F> std::fmt::Debug for InOrder<T, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InOrder").finish_non_exhaustive()
    }
}

/// The lowest unit that no worker has taken, and where to announce who takes it.
struct Next<T, F> {
    unit: usize,
    announce: SyncSender<Receiver<Step<T, F>>>,
}

impl<T: Send + 'static, F: From<Problem> + Send + 'static> InOrder<T, F> {
    /// Starts the workers. Each makes its own function by `worker`, which is given units and what takes their pieces, until
    /// that returns false. They end when all is done or the pieces are dropped.
    pub fn start<W>(units: usize, threads: usize, worker: impl Fn() -> W + Send + Sync + 'static) -> Self
    where
        W: FnMut(usize, &mut dyn FnMut(T) -> bool) -> Result<(), F>,
    {
        let threads = threads.clamp(1, units.max(1));
        // units of one piece are done before they are asked for: no more of them wait than there are workers
        let (announce, receiver) = sync_channel(threads);
        let next = Arc::new(Mutex::new(Next { unit: 0, announce: announce.clone() }));
        let worker = Arc::new(worker);
        let mut workers = 0;
        for _ in 0..threads {
            let (next, worker) = (Arc::clone(&next), Arc::clone(&worker));
            let work = move || {
                let mut work = worker();
                while let Some((unit, steps)) = take_next(&next, units) {
                    let mut take = |piece| steps.send(Step::Piece(piece)).is_ok();
                    let last = work(unit, &mut take).map_or_else(Step::Failed, |()| Step::Done);
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
                    let problem = Problem::new("no-thread", format!("no thread can be started: {error}"));
                    let _ = steps.try_send(Step::Failed(problem.into()));
                    let _ = announce.try_send(failed);
                    break;
                }
            }
        }
        Self { units: receiver, current: None }
    }
}

fn take_next<T, F>(next: &Mutex<Next<T, F>>, units: usize) -> Option<(usize, SyncSender<Step<T, F>>)> {
    let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
    if next.unit >= units {
        return None;
    }
    let (sender, receiver) = sync_channel(WAITING_PIECES);
    next.announce.send(receiver).ok()?;
    next.unit += 1;
    Some((next.unit - 1, sender))
}

impl<T, F: From<Problem>> Iterator for InOrder<T, F> {
    type Item = Result<T, F>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(steps) = &self.current else {
                self.current = Some(self.units.recv().ok()?);
                continue;
            };
            match steps.recv() {
                Ok(Step::Piece(piece)) => return Some(Ok(piece)),
                Ok(Step::Failed(failure)) => return Some(Err(failure)),
                Ok(Step::Done) => self.current = None,
                Err(_) => return Some(Err(Problem::new("internal", "a worker ended abnormally").into())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    type Numbers = InOrder<usize, Problem>;

    #[test]
    fn pieces_come_in_the_order_of_units_whoever_is_faster() {
        for threads in [1, 2, 5] {
            let worker = || {
                |unit: usize, take: &mut dyn FnMut(usize) -> bool| {
                    std::thread::sleep(Duration::from_micros((unit as u64 * 7919) % 500));
                    (0..unit % 4).all(|piece| take(unit * 10 + piece));
                    Ok(())
                }
            };
            let found: Vec<usize> =
                Numbers::start(60, threads, worker).map(|piece| piece.expect("no failure")).collect();
            let wanted: Vec<usize> =
                (0..60).flat_map(|unit| (0..unit % 4).map(move |piece| unit * 10 + piece)).collect();
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn no_more_units_are_begun_than_there_are_workers_and_places_to_wait() {
        let begun = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&begun);
        let worker = move || {
            let begun = Arc::clone(&counted);
            move |unit: usize, take: &mut dyn FnMut(usize) -> bool| {
                begun.fetch_add(1, Ordering::Relaxed);
                take(unit);
                Ok(())
            }
        };
        let mut pieces = Numbers::start(1000, 3, worker);
        assert_eq!(pieces.next(), Some(Ok(0)));
        std::thread::sleep(Duration::from_millis(100));
        let begun = begun.load(Ordering::Relaxed);
        assert!(begun < 9, "{begun} units are begun when one is asked for");
    }

    #[test]
    fn a_worker_that_panics_is_a_failure() {
        let worker = || |unit: usize, _: &mut dyn FnMut(usize) -> bool| if unit == 2 { panic!("no") } else { Ok(()) };
        let failures: Vec<_> = Numbers::start(5, 1, worker).take(1).collect();
        assert!(matches!(&failures[..], [Err(problem)] if problem.code == "internal"));
    }
}
