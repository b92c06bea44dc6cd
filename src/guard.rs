//! Panics of libraries on hostile input, turned into errors.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that may panic. Nothing is printed then; what it was at work on must not be used any more.
///
/// # Errors
/// What the panic said.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                usual(panic);
            }
        }));
    });
    let before = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    outcome.map_err(|cause| said(cause.as_ref()))
}

/// The stack for parsing and planning SQL: a chain of operators is a tree as deep as it is long.
const DEEP_STACK_BYTES: usize = 256 << 20;

/// Runs something that may panic, and that may call itself very deeply, on a thread of its own with a stack of 256 MiB (of
/// which only what is used takes memory), and waits for it.
///
/// # Errors
/// What the panic said, or that no thread can be started.
pub fn guarded_deep<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(DEEP_STACK_BYTES).spawn_scoped(scope, || guarded(work));
        match thread {
            Ok(thread) => thread.join().unwrap_or_else(|cause| Err(said(cause.as_ref()))),
            Err(error) => Err(format!("no thread can be started: {error}")),
        }
    })
}

/// Returns what a panic said.
#[must_use]
pub fn said(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    text.unwrap_or("without a word").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_leaves_no_trace() {
        assert_eq!(guarded(|| 1), Ok(1));
        assert_eq!(guarded(|| -> u8 { panic!("no {}", 2) }), Err("no 2".to_owned()));
        assert!(!GUARDED.get());
    }

    #[test]
    fn there_is_room_for_deep_calls() {
        fn depth(left: u64) -> u64 {
            if left == 0 { 0 } else { std::hint::black_box(depth(left - 1)) + 1 }
        }
        assert_eq!(guarded_deep(|| depth(200_000)), Ok(200_000));
        assert_eq!(guarded_deep(|| -> u8 { panic!("no") }), Err("no".to_owned()));
    }
}
