//! Whether the workers of an engine do their work.
//!
//! Health is what a worker does, never how long ago it last did something: an engine that has nothing to do for weeks waits, and whoever
//! waits is healthy. A worker whose store fails is failing from that moment, and healthy again when the store does the next thing it is
//! asked. What no worker can do, such as delivering a row that cannot be read or firing a deadline of a process without a workflow, is
//! no illness of the worker: it is a dead letter. Asking costs a lock and wakes nobody; nothing here has a timer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::Timestamp;

/// What each worker that was ever run on an engine does now, in order of their names: `deadlines`, `outbox`, and one
/// `projection <view>` per view.
///
/// ```
/// # use std::sync::Arc;
/// # use futures_util::FutureExt as _;
/// # use mako_engine::store::KeyedStore;
/// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
/// # use mako_engine::{EngineBuilder, Timestamp, worker::run_deadlines};
/// use mako_engine::health::WorkerState;
/// # let (clock, ids) = (Arc::new(ManualClock::at(Timestamp::EPOCH)), Arc::new(SeededIds::new(1)));
/// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// # let engine = EngineBuilder::new("9900000000001".into(), store, clock, ids).build()?;
///
/// let mut scheduler = Box::pin(run_deadlines(engine.clone()));
/// assert!(scheduler.as_mut().now_or_never().is_none(), "there is nothing to fire: it waits");
/// let health = engine.health();
/// assert!(health.is_healthy());
/// assert_eq!(health.of("deadlines"), Some(&WorkerState::Waiting { until: None }));
/// assert_eq!(health.to_string(), "deadlines: waiting");
///
/// drop(scheduler);
/// assert!(!engine.health().is_healthy(), "nobody fires deadlines any more");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// The state of each worker, by its name.
    pub workers: BTreeMap<String, WorkerState>,
}

impl Health {
    /// Whether no worker fails and none has stopped. An engine without workers is healthy: it was asked for nothing.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.workers.values().all(|state| match state {
            WorkerState::Waiting { .. } | WorkerState::Working { .. } => true,
            WorkerState::Failing { .. } | WorkerState::Stopped => false,
        })
    }

    /// The state of the worker with this name; `None` when it was never run.
    #[must_use]
    pub fn of(&self, worker: &str) -> Option<&WorkerState> {
        self.workers.get(worker)
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (worker, state)) in self.workers.iter().enumerate() {
            write!(f, "{}{worker}: {state}", if number == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// What a worker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkerState {
    /// There is nothing to do until that instant, or, without one, until something is committed.
    Waiting {
        /// When it looks again by itself.
        until: Option<Timestamp>,
    },
    /// It is at work, such as on a try that a partner has not answered yet.
    Working {
        /// Since when there was no pause.
        since: Timestamp,
    },
    /// Its store does not do what it is asked. It tries again by itself.
    Failing {
        /// Since when.
        since: Timestamp,
        /// What the last try met.
        error: String,
    },
    /// It has ended: the engine was stopped, the store takes no more commits, or whoever ran it let it go.
    Stopped,
}

impl WorkerState {
    /// The label of each state, in the order of the variants: stable, for metrics.
    pub(crate) const LABELS: [&'static str; 4] = ["waiting", "working", "failing", "stopped"];

    /// A short stable name, for metrics.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Working { .. } => "working",
            Self::Failing { .. } => "failing",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for WorkerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { until: None } | Self::Stopped => f.write_str(self.label()),
            Self::Waiting { until: Some(until) } => write!(f, "waiting until {until}"),
            Self::Working { since } => write!(f, "working since {since}"),
            Self::Failing { since, error } => write!(f, "failing since {since}: {error}"),
        }
    }
}

/// What a worker asks of its store. The two fail and recover on their own: a store that can be read may still refuse to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    /// What there is to do.
    Look,
    /// To do it.
    Act,
}

struct Trouble {
    since: Timestamp,
    error: String,
}

enum Doing {
    Waiting(Option<Timestamp>),
    Working(Timestamp),
    Stopped,
}

struct Present {
    doing: Doing,
    troubles: BTreeMap<Asked, Trouble>,
}

/// The workers of one engine, by name.
#[derive(Default)]
pub(crate) struct Workers(Mutex<BTreeMap<String, Arc<Mutex<Present>>>>);

impl Workers {
    /// `name` works from `now` on, until what is returned is dropped. It takes the place of an earlier run.
    pub(crate) fn begin(&self, name: String, now: Timestamp) -> Worker {
        let present = Arc::new(Mutex::new(Present { doing: Doing::Working(now), troubles: BTreeMap::new() }));
        lock(&self.0).insert(name, present.clone());
        Worker(present)
    }

    pub(crate) fn health(&self) -> Health {
        let state = |present: &Arc<Mutex<Present>>| lock(present).state();
        Health { workers: lock(&self.0).iter().map(|(name, present)| (name.clone(), state(present))).collect() }
    }
}

impl Present {
    fn state(&self) -> WorkerState {
        match (&self.doing, self.troubles.values().min_by_key(|trouble| trouble.since)) {
            (Doing::Stopped, _) => WorkerState::Stopped,
            (_, Some(Trouble { since, error })) => WorkerState::Failing { since: *since, error: error.clone() },
            (Doing::Waiting(until), None) => WorkerState::Waiting { until: *until },
            (Doing::Working(since), None) => WorkerState::Working { since: *since },
        }
    }
}

/// A worker that says what it does. Dropping it says that it has stopped.
pub(crate) struct Worker(Arc<Mutex<Present>>);

impl Worker {
    /// There is nothing to do until `until`; [`Timestamp::MAX`] stands for no instant.
    pub(crate) fn waits(&self, until: Timestamp) {
        lock(&self.0).doing = Doing::Waiting((until < Timestamp::MAX).then_some(until));
    }

    /// It is at work, since `now` if it was not before.
    pub(crate) fn works(&self, now: Timestamp) {
        let mut present = lock(&self.0);
        match present.doing {
            Doing::Working(_) => {}
            Doing::Waiting(_) | Doing::Stopped => present.doing = Doing::Working(now),
        }
    }

    /// The store did what it was asked.
    pub(crate) fn did(&self, asked: Asked) {
        lock(&self.0).troubles.remove(&asked);
    }

    /// The store failed at `now`.
    pub(crate) fn failed(&self, asked: Asked, now: Timestamp, error: &dyn fmt::Display) {
        let mut present = lock(&self.0);
        let trouble = present.troubles.entry(asked).or_insert_with(|| Trouble { since: now, error: String::new() });
        trouble.error = error.to_string();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        lock(&self.0).doing = Doing::Stopped;
    }
}

/// Nothing panics while it holds one of these locks, so a poisoned one still guards a whole state.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
