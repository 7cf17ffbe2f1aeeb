//! A backend that counts what is asked of the one inside: reads, pairs visited, batches (each a sync on a disk), bytes written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mako_engine::store::backend::{Backend, BackendError, Batch, Scan, Write};

/// What was asked of a [`Counting`] backend so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Point reads and scans, each one.
    pub reads: u64,
    /// Pairs that scans went over.
    pub visited: u64,
    /// Batches applied: each is one sync of a disk.
    pub batches: u64,
    /// Bytes of keys and values written.
    pub bytes: u64,
}

impl Counted {
    /// What was asked since `before`.
    #[must_use]
    pub const fn since(self, before: Self) -> Self {
        Self {
            reads: self.reads - before.reads,
            visited: self.visited - before.visited,
            batches: self.batches - before.batches,
            bytes: self.bytes - before.bytes,
        }
    }
}

/// Counters that outlive the store they count for.
#[derive(Debug, Clone, Default)]
pub struct Counters(Arc<[AtomicU64; 4]>);

impl Counters {
    /// What was asked so far.
    #[must_use]
    pub fn now(&self) -> Counted {
        let [reads, visited, batches, bytes] = self.0.each_ref().map(|counter| counter.load(Ordering::Relaxed));
        Counted { reads, visited, batches, bytes }
    }

    fn add(&self, place: usize, count: u64) {
        if let Some(counter) = self.0.get(place) {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }
}

/// Counts, and asks the one inside.
#[derive(Debug)]
pub struct Counting<B> {
    inside: B,
    counters: Counters,
}

impl<B> Counting<B> {
    /// Counts what is asked of `inside`.
    #[must_use]
    pub fn over(inside: B, counters: Counters) -> Self {
        Self { inside, counters }
    }
}

impl<B: Backend> Backend for Counting<B> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.counters.add(0, 1);
        self.inside.get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
        self.counters.add(0, 1);
        let mut visited = 0;
        let scanned = self.inside.scan(from, to, &mut |key, value| {
            visited += 1;
            visit(key, value)
        });
        self.counters.add(1, visited);
        scanned
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
        self.counters.add(0, 1);
        self.inside.last(from, to)
    }

    fn apply(&self, batch: Batch) -> Result<(), BackendError> {
        let bytes = |write: &Write| match write {
            Write::Put(key, value) => key.len() + value.len(),
            Write::Delete(key) => key.len(),
        };
        self.counters.add(2, 1);
        self.counters.add(3, batch.iter().map(|write| bytes(write) as u64).sum());
        self.inside.apply(batch)
    }

    fn maintain(&self) -> Result<(), BackendError> {
        self.inside.maintain()
    }
}
