//! Where a queue begins: the lowest key that can still be there.
//!
//! What leaves a queue leaves a tombstone, and an LSM tree walks over every one of them: after 100 000 deliveries, one look from the
//! start of the range takes 50 ms, from a remembered key 2 µs. So every look remembers the first key it met, and every write that puts a lower
//! one brings the floor down: once the row is visible, so that no look that missed it can raise the floor over it again, and before
//! anybody is told of it. Floors live in memory; after opening, the first look starts at the start.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::backend::{Batch, Write};

/// The queues. No other table is looked at through a floor, so writes into it need not be told.
const QUEUES: &[u8] = b"ADFO";

struct Floor {
    key: Vec<u8>,
    /// Counts the writes into the table. A look that began before the last one may not raise the floor.
    writes: u64,
}

/// The floors of all queues, by table.
#[derive(Default)]
pub(super) struct Floors(Mutex<BTreeMap<u8, Floor>>);

/// A look at a queue: where it may begin.
pub(super) struct Look {
    table: u8,
    pub(super) from: Vec<u8>,
    /// The look starts at or below the floor, so what it meets first is the new floor.
    raises: Option<u64>,
}

impl Floors {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u8, Floor>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `key` was written, and is visible.
    pub(super) fn lower(&self, key: &[u8]) {
        let Some(table) = key.first() else { return };
        if let Some(floor) = self.lock().get_mut(table) {
            floor.writes += 1;
            if *key < *floor.key {
                floor.key = key.to_vec();
            }
        }
    }

    /// A write failed: what it left and what was met in view of it is not known. Every queue begins at its start again.
    pub(super) fn reset(&self) {
        for (table, floor) in &mut *self.lock() {
            *floor = Floor { key: vec![*table], writes: floor.writes + 1 };
        }
    }

    /// Begins a look at everything of a queue from `from` on.
    pub(super) fn look(&self, from: Vec<u8>) -> Look {
        let table = from.first().copied().unwrap_or_default();
        debug_assert!(QUEUES.contains(&table), "{table} is no queue");
        let mut floors = self.lock();
        let floor = floors.entry(table).or_insert_with(|| Floor { key: vec![table], writes: 0 });
        let raises = (from <= floor.key).then_some(floor.writes);
        Look { table, from: from.max(floor.key.clone()), raises }
    }

    /// The look met `first` first; when it met nothing, `first` is where it ended.
    pub(super) fn met(&self, look: &Look, first: &[u8]) {
        if let Some(floor) = self.lock().get_mut(&look.table)
            && look.raises == Some(floor.writes)
            && *first > *floor.key
        {
            floor.key = first.to_vec();
        }
    }
}

/// The lowest key that `batch`, which is in the order of its keys, puts into each queue.
pub(super) fn lowest_puts(batch: &Batch) -> Vec<Vec<u8>> {
    let mut lowest: Vec<Vec<u8>> = Vec::new();
    for write in batch {
        if let Write::Put(key, _) = write
            && key.first().is_some_and(|table| QUEUES.contains(table))
            && lowest.last().is_none_or(|last| last.first() != key.first())
        {
            lowest.push(key.clone());
        }
    }
    lowest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_begins_where_the_last_one_met_something() {
        let floors = Floors::default();
        let look = floors.look(b"O".to_vec());
        assert_eq!(look.from, b"O");
        floors.met(&look, b"O5");
        assert_eq!(floors.look(b"O".to_vec()).from, b"O5");
        assert_eq!(floors.look(b"O7".to_vec()).from, b"O7", "above the floor, the question decides");
        floors.lower(b"O3");
        assert_eq!(floors.look(b"O".to_vec()).from, b"O3");
    }

    #[test]
    fn a_look_that_a_write_overtook_raises_nothing() {
        let floors = Floors::default();
        let slow = floors.look(b"O".to_vec());
        floors.lower(b"O1");
        floors.met(&slow, b"O5");
        assert_eq!(floors.look(b"O".to_vec()).from, b"O");
    }

    #[test]
    fn after_a_failed_write_every_look_begins_at_the_start() {
        let floors = Floors::default();
        let (look, slow) = (floors.look(b"O".to_vec()), floors.look(b"O".to_vec()));
        floors.met(&look, b"O5");
        floors.reset();
        floors.met(&slow, b"O7");
        assert_eq!(floors.look(b"O".to_vec()).from, b"O");
    }

    #[test]
    fn the_lowest_put_of_each_queue_counts() {
        let put = |key: &[u8]| Write::Put(key.to_vec(), Vec::new());
        let batch = vec![put(b"D2"), put(b"D3"), Write::Delete(b"O1".to_vec()), put(b"O2"), put(b"T1")];
        assert_eq!(lowest_puts(&batch), [b"D2", b"O2"]);
    }
}
