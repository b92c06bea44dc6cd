//! The bar that shows how far a check is, on a terminal, once it takes longer than a second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::run::Progress;

/// Work that ends before this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error.
#[derive(Debug)]
pub struct Bar {
    is_wanted: bool,
    total: AtomicU64,
    done: AtomicU64,
    drawn: Mutex<Drawn>,
}

#[derive(Debug)]
struct Drawn {
    since: Instant,
    bar: Option<ProgressBar>,
}

impl Bar {
    /// Makes a bar that is drawn only where it is wanted and standard error is a terminal.
    pub fn new(is_wanted: bool) -> Self {
        let drawn = Mutex::new(Drawn { since: Instant::now(), bar: None });
        Self { is_wanted, total: AtomicU64::new(0), done: AtomicU64::new(0), drawn }
    }
}

impl Progress for Bar {
    fn start(&self, total_weight: u64) {
        self.total.fetch_add(total_weight, Ordering::Relaxed);
        self.advance(0);
    }

    fn advance(&self, weight: u64) {
        let done = self.done.fetch_add(weight, Ordering::Relaxed) + weight;
        if !self.is_wanted {
            return;
        }
        // Another thread that draws already draws for this one too.
        let Ok(mut drawn) = self.drawn.try_lock() else { return };
        if drawn.bar.is_none() && drawn.since.elapsed() < PATIENCE {
            return;
        }
        let total = self.total.load(Ordering::Relaxed);
        let bar = drawn.bar.get_or_insert_with(|| bar(total));
        bar.set_length(total);
        bar.set_position(done.min(total));
    }

    fn finish(&self) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = drawn.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Takes the bar away also where the work ends early.
impl Drop for Bar {
    fn drop(&mut self) {
        self.finish();
    }
}

fn bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:30} {percent:>3} %  {bytes} of {total_bytes}  {eta} left") {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_work_draws_nothing() {
        let progress = Bar::new(true);
        progress.start(10);
        progress.advance(5);
        progress.advance(5);
        progress.finish();
        assert!(progress.drawn.lock().expect("nobody holds it").bar.is_none());
    }
}
