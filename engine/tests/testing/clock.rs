//! A clock that goes on when a test says so.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use mako_engine::ports::Sleep;
use mako_engine::{Clock, Timestamp};

#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<(Timestamp, Vec<Waker>)>>);

impl ManualClock {
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new((now, Vec::new()))))
    }

    pub fn instant(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    /// It is `to` from now on; who slept until then, or earlier, goes on.
    pub fn set(&self, to: Timestamp) {
        let mut state = self.0.lock().unwrap();
        state.0 = to;
        let wakers = std::mem::take(&mut state.1);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.instant()
    }

    fn sleep_until(&self, at: Timestamp) -> Sleep {
        let clock = self.clone();
        Box::pin(std::future::poll_fn(move |context| {
            let mut state = clock.0.lock().unwrap();
            if state.0 >= at {
                return Poll::Ready(());
            }
            state.1.push(context.waker().clone());
            Poll::Pending
        }))
    }
}
