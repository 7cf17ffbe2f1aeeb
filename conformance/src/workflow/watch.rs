//! A call that never returns fails its check, instead of holding it, and the CI behind it, for ever.
//!
//! A check runs in a thread of its own and says before each `handle` and `apply` what it is about to do. Whoever waits for it looks once a
//! second; a call that is still the same one after [`PATIENCE`] looks is given up, with the state and the command in the message. Nothing
//! can stop such a thread, so it is left behind: it ends with the process.
//!
//! This is the one place where the kit waits by the machine's clock. No simulated time is measured by it, and no verdict depends on how
//! fast a machine is: a call takes microseconds, or it does not return.

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::Violation;

/// So many looks, a second apart, a call may take.
const PATIENCE: u32 = 10;

type Told = Box<dyn Fn() -> String + Send>;

/// What a check is doing.
#[derive(Default)]
struct Watch {
    /// Odd while a call is under way.
    turn: AtomicU64,
    call: Mutex<Option<Told>>,
}

thread_local! {
    static WATCH: RefCell<Option<Arc<Watch>>> = const { RefCell::new(None) };
}

/// A call that is under way as long as this lives.
pub(super) struct UnderWay(Option<Arc<Watch>>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(watch) = &self.0 {
            watch.turn.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A call begins, which `told` describes if it never returns.
pub(super) fn begins<F: Fn() -> String + Send + 'static>(told: impl FnOnce() -> F) -> UnderWay {
    let watch = WATCH.with_borrow(Clone::clone);
    if let Some(watch) = &watch {
        *watch.call.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(told()));
        watch.turn.fetch_add(1, Ordering::Relaxed);
    }
    UnderWay(watch)
}

/// What `check` finds, or the call in it that does not return.
pub(crate) fn watched<T: Send + 'static>(check: impl FnOnce() -> T + Send + 'static) -> Result<T, Violation> {
    let watch = Arc::new(Watch::default());
    let (sends, done) = mpsc::channel();
    let mut thread = std::thread::Builder::new();
    if let Some(name) = std::thread::current().name() {
        thread = thread.name(name.to_owned());
    }
    let its = watch.clone();
    let spawned = thread.spawn(move || {
        WATCH.set(Some(its));
        // Nobody listens any more when it was given up.
        let _ = sends.send(check());
    });
    let thread = spawned.map_err(|error| Violation::new(format!("no thread to check in: {error}")))?;
    let (mut before, mut looks) = (0, 0);
    loop {
        match done.recv_timeout(Duration::from_secs(1)) {
            Ok(found) => return Ok(found),
            Err(RecvTimeoutError::Disconnected) => match thread.join() {
                Err(panic) => resume_unwind(panic),
                Ok(()) => return Err(Violation::new("the check ended without a result")),
            },
            Err(RecvTimeoutError::Timeout) => {
                let turn = watch.turn.load(Ordering::Relaxed);
                let is_the_same_call = turn == before && turn % 2 == 1;
                looks = if is_the_same_call { looks + 1 } else { 0 };
                before = turn;
            }
        }
        if looks >= PATIENCE {
            let told = watch.call.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|told| told()).unwrap_or_default();
            return Err(Violation::new(format!("{told}\n  expected: an answer | found: none after {PATIENCE} s"))
                .todo("let every loop end: a process that does not return holds its node, and nothing of that node goes on"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_never_returns_is_named_and_one_that_panics_panics() {
        let stuck = watched(|| {
            let _call = begins(|| || "the seventh".to_owned());
            loop {
                std::thread::park();
            }
        });
        let said = stuck.map(|(): ()| ()).unwrap_err().to_string();
        assert!(said.starts_with("the seventh\n  expected: an answer | found: none after 10 s"), "{said}");
        assert_eq!(watched(|| 7), Ok(7));
        assert!(std::panic::catch_unwind(|| watched(|| panic!("it falls"))).is_err());
    }
}
