//! A clock that goes on when a test says so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use crate::Timestamp;
use crate::ports::{Clock, Sleep};

/// A clock that stands still until it is set. A clone is the same clock.
///
/// ```
/// use mako_engine::Clock;
/// use mako_engine::testing::ManualClock;
/// use std::task::{Context, Poll, Waker};
///
/// let clock = ManualClock::at("2025-12-23T15:00:00Z".parse().unwrap());
/// let mut sleep = clock.sleep_until(clock.now().plus_seconds(60));
/// let mut context = Context::from_waker(Waker::noop());
/// assert_eq!(sleep.as_mut().poll(&mut context), Poll::Pending);
/// clock.set(clock.now().plus_seconds(60));
/// assert_eq!(sleep.as_mut().poll(&mut context), Poll::Ready(()));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    now: Timestamp,
    sleepers: Vec<Waker>,
}

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(State { now, sleepers: Vec::new() })))
    }

    /// It is `to` from now on; who slept until then, or earlier, goes on. It may also go back, as the clock of a machine may.
    pub fn set(&self, to: Timestamp) {
        let mut state = self.state();
        state.now = to;
        let sleepers = std::mem::take(&mut state.sleepers);
        drop(state);
        // All look again: those whose instant has not come go back to sleep.
        sleepers.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn sleep_until(&self, at: Timestamp) -> Sleep {
        let clock = self.clone();
        Box::pin(std::future::poll_fn(move |context| {
            let mut state = clock.state();
            if state.now >= at {
                return Poll::Ready(());
            }
            state.sleepers.push(context.waker().clone());
            Poll::Pending
        }))
    }
}
