//! States of processes that were busy lately, so that a command need not fold their history again.
//!
//! A hot state is only ever a head start: whoever takes it reads what was written since and commits against the exact version, so an
//! old one costs a read and a wrong one cannot be written past. Bounded; who was not asked for longest goes first.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::names::StreamId;

/// How many states are kept.
const CAPACITY: usize = 1024;

#[derive(Default)]
struct Kept {
    states: BTreeMap<StreamId, Hot>,
    by_use: BTreeMap<u64, StreamId>,
    uses: u64,
}

struct Hot {
    version: u64,
    state: Box<dyn Any + Send>,
    used: u64,
}

/// Hot states by stream.
#[derive(Default)]
pub(crate) struct HotStates(Mutex<Kept>);

impl HotStates {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state that `stream` had at some version, if it is kept.
    pub(crate) fn get<S: Clone + 'static>(&self, stream: &StreamId) -> Option<(S, u64)> {
        let mut kept = self.lock();
        let kept = &mut *kept;
        let hot = kept.states.get_mut(stream)?;
        kept.by_use.remove(&hot.used);
        kept.uses += 1;
        hot.used = kept.uses;
        kept.by_use.insert(hot.used, stream.clone());
        Some((hot.state.downcast_ref::<S>()?.clone(), hot.version))
    }

    /// Keeps the state that `stream` has at `version`.
    pub(crate) fn put<S: Send + 'static>(&self, stream: &StreamId, state: S, version: u64) {
        let mut kept = self.lock();
        kept.uses += 1;
        let used = kept.uses;
        if let Some(old) = kept.states.insert(stream.clone(), Hot { version, state: Box::new(state), used }) {
            kept.by_use.remove(&old.used);
        }
        kept.by_use.insert(used, stream.clone());
        if kept.states.len() > CAPACITY
            && let Some((_, coldest)) = kept.by_use.pop_first()
        {
            kept.states.remove(&coldest);
        }
    }

    /// Lets the state of `stream` go.
    pub(crate) fn forget(&self, stream: &StreamId) {
        let mut kept = self.lock();
        if let Some(old) = kept.states.remove(stream) {
            kept.by_use.remove(&old.used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_not_asked_for_longest_goes_first() {
        let hot = HotStates::default();
        let stream = |i: usize| StreamId::new(format!("s{i}"));
        for i in 0..CAPACITY {
            hot.put(&stream(i), i, 1);
        }
        assert_eq!(hot.get::<usize>(&stream(0)), Some((0, 1)));
        hot.put(&stream(CAPACITY), CAPACITY, 1);
        assert_eq!(hot.get::<usize>(&stream(1)), None);
        assert_eq!(hot.get::<usize>(&stream(0)), Some((0, 1)));
        hot.forget(&stream(0));
        assert_eq!(hot.get::<usize>(&stream(0)), None);
        let kept = hot.lock();
        assert_eq!((kept.states.len(), kept.by_use.len()), (CAPACITY - 1, CAPACITY - 1));
    }
}
