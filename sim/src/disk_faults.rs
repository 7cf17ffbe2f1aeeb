//! A disk that is full, that cannot be read, whose sync fails: what a store is told, on whatever its bytes lie.
//!
//! A failed write or sync closes the store for good, as fjall does: nobody knows what of it is on the medium. Whoever runs the node
//! starts it again. A failed read is over when the fault is. A snapshot can come back with a bit less: it is disposable, so nothing may change.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mako_engine::Timestamp;
use mako_engine::store::backend::{Backend, BackendError, Batch, Scan, Write};

use crate::clock::Agenda;
use crate::nemesis::Dice;
use crate::plan::{DiskFault, Keep, Queue};

/// The table of snapshots in the engine's key layout. That it is this one shows where a run resumes from a rotten one: the point would not
/// be reached.
const SNAPSHOTS: u8 = b'S';

/// The table of a queue's rows in the engine's key layout. That it is this one shows where a run meets an unreadable row.
const fn rows_of(queue: Queue) -> u8 {
    match queue {
        Queue::Inbox => b'I',
        Queue::Outbox => b'Q',
        Queue::Deadlines => b'T',
    }
}

/// What goes wrong with the disk of one node, over all its lives.
pub(crate) struct Faults {
    agenda: Agenda,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    full_until: Option<Timestamp>,
    unreadable_until: Option<Timestamp>,
    next_sync_fails: Option<Keep>,
    /// Whether every snapshot that is read has lost a bit.
    snapshots_rot: bool,
    /// Queues of which the next row that a worker reads rots, and rows that did.
    rotting: BTreeSet<Queue>,
    rotten: BTreeSet<Vec<u8>>,
    /// The queue that a worker reads just now.
    reads: Option<Queue>,
    /// Whether a row of it rotted.
    met: bool,
    /// What the disk keeps of a batch whose sync has failed.
    failed_sync: Option<Keep>,
    /// Whether the store that is open was told of a failed write.
    told: bool,
    /// Whether somebody looks from outside, whom no fault concerns.
    looked_at: bool,
}

impl Faults {
    pub(crate) fn new(agenda: Agenda) -> Self {
        Self { agenda, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fault begins.
    pub(crate) fn set(&self, fault: DiskFault) {
        let mut state = self.state();
        match fault {
            DiskFault::Full(until) => state.full_until = state.full_until.max(Some(until)),
            DiskFault::Unreadable(until) => state.unreadable_until = state.unreadable_until.max(Some(until)),
            DiskFault::FailedSync(keep) => state.next_sync_fails = Some(keep),
            DiskFault::RottenSnapshots => state.snapshots_rot = true,
            DiskFault::RottenRow(queue) => drop(state.rotting.insert(queue)),
            // Above the store: it waits, or is not even asked.
            DiskFault::Slow { .. } | DiskFault::Refusing(_) => {}
        }
    }

    /// Every fault is over; what failed has failed.
    pub(crate) fn calm(&self) {
        let mut state = self.state();
        (state.full_until, state.unreadable_until, state.next_sync_fails, state.snapshots_rot) = (None, None, None, false);
        // What is rotten stays so.
        state.rotting.clear();
    }

    /// Whether the store that was open failed, and what the disk keeps of a batch whose sync did. The next store is told anew.
    pub(crate) fn take_failure(&self) -> Option<Option<Keep>> {
        let mut state = self.state();
        std::mem::take(&mut state.told).then(|| state.failed_sync.take())
    }

    /// Whether a batch whose sync has just failed is on the disk all the same.
    pub(crate) fn keeps_all(&self) -> bool {
        self.state().failed_sync == Some(Keep::All)
    }

    /// What `look` finds is there, whether the node could read it or not.
    pub(crate) fn look<T>(&self, look: impl FnOnce() -> T) -> T {
        self.state().looked_at = true;
        let found = look();
        self.state().looked_at = false;
        found
    }

    /// Whether it cannot be read now.
    pub(crate) fn is_unreadable(&self) -> bool {
        let state = self.state();
        !state.looked_at && state.unreadable_until.is_some_and(|until| self.agenda.now() < until)
    }

    /// A worker reads a queue.
    pub(crate) fn begins_to_read(&self, queue: Queue) {
        self.state().reads = Some(queue);
    }

    /// It has read it. Whether a row rotted just then.
    pub(crate) fn has_read(&self) -> bool {
        let mut state = self.state();
        state.reads = None;
        std::mem::take(&mut state.met)
    }

    /// `row`, as the disk gives it back.
    fn rotten(&self, key: &[u8], mut row: Vec<u8>) -> Vec<u8> {
        let mut state = self.state();
        if state.looked_at {
            return row;
        }
        let queue = state.reads.filter(|queue| key.first() == Some(&rows_of(*queue)));
        if queue.is_some_and(|queue| state.rotting.remove(&queue)) {
            state.rotten.insert(key.to_vec());
            state.met = true;
        }
        if state.rotten.contains(key) {
            row.first_mut().into_iter().for_each(|byte| *byte = b'?');
        }
        if key.first() == Some(&SNAPSHOTS) && state.snapshots_rot {
            lose_a_bit(&mut row);
        }
        row
    }

    fn reads(&self) -> Result<(), BackendError> {
        if self.is_unreadable() { Err(failed("reading", "input/output error")) } else { Ok(()) }
    }
}

/// Another bit of each row, and the same one whenever the row is read.
fn lose_a_bit(row: &mut [u8]) {
    let seed = blake3::hash(row).as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mut dice = Dice::new(seed);
    let place = usize::try_from(dice.below(row.len() as u64)).unwrap_or(0);
    row.get_mut(place).into_iter().for_each(|byte| *byte ^= 1 << dice.below(8));
}

fn failed(doing: &'static str, what: &'static str) -> BackendError {
    BackendError::Io { doing, source: Arc::new(std::io::Error::other(what)) }
}

/// A backend on a disk with faults.
pub(crate) struct Faulty<B> {
    inner: B,
    faults: Arc<Faults>,
    stop_syncing: Box<dyn Fn() + Send + Sync>,
}

impl<B: Backend> Faulty<B> {
    /// `inner`, on a disk of which `stop_syncing` keeps the next batch from being synced.
    pub(crate) fn new(inner: B, faults: Arc<Faults>, stop_syncing: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { inner, faults, stop_syncing }
    }
}

impl<B: Backend> Backend for Faulty<B> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.faults.reads()?;
        Ok(self.inner.get(key)?.map(|row| self.faults.rotten(key, row)))
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
        self.faults.reads()?;
        self.inner.scan(from, to, visit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
        self.faults.reads()?;
        self.inner.last(from, to)
    }

    fn apply(&self, batch: Batch) -> Result<(), BackendError> {
        let mut state = self.faults.state();
        if !state.rotten.is_empty() {
            // A row that is written anew is a sound one.
            for write in &batch {
                match write {
                    Write::Put(key, _) => drop(state.rotten.remove(key)),
                    // A crash may take the deletion back.
                    Write::Delete(_) => {}
                }
            }
        }
        if state.told {
            return Err(BackendError::closed("an earlier write failed"));
        }
        if state.full_until.is_some_and(|until| self.faults.agenda.now() < until) {
            state.told = true;
            return Err(failed("writing a commit", "no space left on device"));
        }
        if let Some(keep) = state.next_sync_fails.take() {
            (state.told, state.failed_sync) = (true, Some(keep));
            drop(state);
            (self.stop_syncing)();
            self.inner.apply(batch)?;
            return Err(failed("syncing a commit", "input/output error"));
        }
        drop(state);
        self.inner.apply(batch)
    }

    fn maintain(&self) -> Result<(), BackendError> {
        // A store that failed writes nothing more.
        if self.faults.state().told { Ok(()) } else { self.inner.maintain() }
    }

    fn seal(&self) -> Result<(), BackendError> {
        self.inner.seal()
    }
}
