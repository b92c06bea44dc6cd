//! The bar that shows what a check is at and how far it is, on a terminal, once it takes longer than a second.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::run::Progress;
use crate::words::plain;

/// Work that ends before this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is drawn.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long the words may be that say what is done.
const WORDS_WIDTH: usize = 50;

/// A bar on standard error. What is told to it costs next to nothing: a thread of its own draws.
#[derive(Debug)]
pub struct Bar {
    state: Arc<State>,
    /// The thread that draws, as long as it does.
    drawing: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    stage: Mutex<Stage>,
    done: AtomicU64,
    is_over: AtomicBool,
}

/// What is done now.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Stage {
    what: String,
    /// How much there is to do; `None` where it is not known.
    total: Option<u64>,
    /// Rows are judged, which may go on with another pass.
    is_pass: bool,
}

impl Bar {
    /// Makes a bar that is drawn only where it is wanted and standard error is a terminal.
    pub fn new(is_wanted: bool) -> Self {
        let state = Arc::new(State::default());
        let drawing = (is_wanted && io::stderr().is_terminal()).then(|| {
            let state = Arc::clone(&state);
            thread::Builder::new().name("progress".to_owned()).spawn(move || state.draw())
        });
        // without a thread there is no bar, and all else goes on
        Self { state, drawing: Mutex::new(drawing.and_then(Result::ok)) }
    }
}

impl State {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on to a stage, or further in the one that it is in.
    fn enter(&self, next: Stage) {
        let mut stage = self.stage();
        let goes_on = stage.is_pass == next.is_pass && (next.is_pass || stage.total.is_some() && next.total.is_some());
        if goes_on {
            stage.total = stage.total.zip(next.total).map(|(before, more)| before + more);
            stage.what = next.what;
        } else {
            self.done.store(0, Ordering::Relaxed);
            *stage = next;
        }
    }

    fn draw(&self) {
        let since = Instant::now();
        let mut drawn: Option<(Stage, ProgressBar)> = None;
        while !self.is_over.load(Ordering::Acquire) {
            thread::park_timeout(INTERVAL);
            if since.elapsed() < PATIENCE || self.is_over.load(Ordering::Acquire) {
                continue;
            }
            let stage = self.stage().clone();
            let bar = match drawn.take() {
                Some((before, bar)) if before == stage => bar,
                before => {
                    if let Some((_, other)) = before {
                        other.finish_and_clear();
                    }
                    bar(&stage)
                }
            };
            bar.set_position(self.done.load(Ordering::Relaxed).min(stage.total.unwrap_or(u64::MAX)));
            bar.tick();
            drawn = Some((stage, bar));
        }
        if let Some((_, bar)) = drawn {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn prepare(&self, what: &str, total_weight: Option<u64>) {
        self.state.enter(Stage { what: what.to_owned(), total: total_weight, is_pass: false });
    }

    fn start(&self, total_weight: u64) {
        self.state.enter(Stage { what: String::new(), total: Some(total_weight), is_pass: true });
    }

    fn advance(&self, weight: u64) {
        self.state.done.fetch_add(weight, Ordering::Relaxed);
    }

    fn finish(&self) {
        self.state.is_over.store(true, Ordering::Release);
        let drawing = self.drawing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(drawing) = drawing {
            drawing.thread().unpark();
            // a bar that could not be drawn is no loss
            let _ = drawing.join();
        }
    }
}

/// Takes the bar away also where the work ends early.
impl Drop for Bar {
    fn drop(&mut self) {
        self.finish();
    }
}

fn bar(stage: &Stage) -> ProgressBar {
    let template = match stage.total {
        Some(_) => "{msg}{bar:30} {percent:>3} %  {bytes} of {total_bytes}  {eta} left",
        None => "{spinner} {msg}{elapsed}",
    };
    let bar = ProgressBar::with_draw_target(stage.total, ProgressDrawTarget::stderr());
    let bar = match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ").tick_chars("|/-\\ ")),
        Err(_) => bar,
    };
    let words = plain::cut(&plain::escape(&stage.what), WORDS_WIDTH);
    bar.with_message(if words.is_empty() { words } else { words + "  " })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_each_other_and_passes_add_up() {
        let progress = Bar::new(false);
        let now = || (progress.state.stage().total, progress.state.done.load(Ordering::Relaxed));
        progress.prepare("unpacking a.csv.gz", Some(10));
        progress.advance(10);
        progress.prepare("unpacking b.csv.gz", Some(5));
        assert_eq!(now(), (Some(15), 10), "files are unpacked at the same time");
        progress.prepare("finding the types of 2 files", None);
        assert_eq!(now(), (None, 0));
        progress.start(100);
        progress.advance(100);
        progress.start(100);
        assert_eq!(now(), (Some(200), 100));
        assert!(progress.drawing.lock().expect("nobody holds it").is_none(), "there is no terminal to draw on");
    }
}
