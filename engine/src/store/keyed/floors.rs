//! Where a queue begins: the lowest key that can still be there.
//!
//! What leaves a queue leaves a tombstone, and an LSM tree walks over every one of them: after 100 000 deliveries, one look from the
//! start of the range takes 50 ms, from a remembered key 2 µs. So every look remembers the first key it met, and every write that puts a lower
//! one brings the floor down: once the row is visible, so that no look that missed it can raise the floor over it again, and before
//! anybody is told of it. Floors live in memory; after opening, the first look starts at the start.
//!
//! A floor that was met, or put, is the first key of its queue until it is deleted: who wants nothing but the first one need not look.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::backend::{Batch, Write};

/// The queues. No other table is looked at through a floor, so writes into it need not be told.
const QUEUES: &[u8] = b"ADFO";

struct Floor {
    key: Vec<u8>,
    /// Whether the key is there. Otherwise it is where the next one can be found, or higher.
    stands: bool,
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

    /// `change` was written, and is visible.
    pub(super) fn change(&self, Change { table, lowest_put, lowest_delete }: &Change) {
        if let Some(floor) = self.lock().get_mut(table) {
            floor.writes += 1;
            if lowest_delete.as_ref().is_some_and(|key| *key <= floor.key) {
                floor.stands = false;
            }
            if let Some(key) = lowest_put.as_ref().filter(|key| **key <= floor.key) {
                floor.key.clone_from(key);
                floor.stands = true;
            }
        }
    }

    /// A write failed: what it left and what was met in view of it is not known. Every queue begins at its start again.
    pub(super) fn reset(&self) {
        for (table, floor) in &mut *self.lock() {
            *floor = Floor { key: vec![*table], stands: false, writes: floor.writes + 1 };
        }
    }

    /// Begins a look at everything of a queue from `from` on.
    pub(super) fn look(&self, from: Vec<u8>) -> Look {
        let table = from.first().copied().unwrap_or_default();
        debug_assert!(QUEUES.contains(&table), "{table} is no queue");
        let mut floors = self.lock();
        let floor = floors.entry(table).or_insert_with(|| Floor { key: vec![table], stands: false, writes: 0 });
        let raises = (from <= floor.key).then_some(floor.writes);
        Look { table, from: from.max(floor.key.clone()), raises }
    }

    /// The look met `first` first, and it `stands`; or it met nothing of the backend's, and `first` is where what it met began or it ended.
    pub(super) fn met(&self, look: &Look, first: &[u8], stands: bool) {
        if let Some(floor) = self.lock().get_mut(&look.table)
            && look.raises == Some(floor.writes)
            && *first >= *floor.key
        {
            floor.stands = stands;
            if *first > *floor.key {
                floor.key = first.to_vec();
            }
        }
    }

    /// The first key of a queue from `from` on, where it is known.
    pub(super) fn first(&self, from: &[u8]) -> Option<Vec<u8>> {
        let floors = self.lock();
        let floor = floors.get(from.first()?)?;
        (floor.stands && *from <= *floor.key).then(|| floor.key.clone())
    }
}

/// What a batch does to a queue.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    table: u8,
    lowest_put: Option<Vec<u8>>,
    lowest_delete: Option<Vec<u8>>,
}

/// What `batch`, which is in the order of its keys, does to each queue.
pub(super) fn changes(batch: &Batch) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for write in batch {
        let (Write::Put(key, _) | Write::Delete(key)) = write;
        let Some(table) = key.first().copied().filter(|table| QUEUES.contains(table)) else { continue };
        if changes.last().is_none_or(|last| last.table != table) {
            changes.push(Change { table, lowest_put: None, lowest_delete: None });
        }
        if let Some(change) = changes.last_mut() {
            let lowest = match write {
                Write::Put(..) => &mut change.lowest_put,
                Write::Delete(_) => &mut change.lowest_delete,
            };
            lowest.get_or_insert_with(|| key.clone());
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &[u8]) -> Write {
        Write::Put(key.to_vec(), Vec::new())
    }

    fn delete(key: &[u8]) -> Write {
        Write::Delete(key.to_vec())
    }

    fn write(floors: &Floors, batch: Batch) {
        changes(&batch).iter().for_each(|change| floors.change(change));
    }

    #[test]
    fn a_look_begins_where_the_last_one_met_something() {
        let floors = Floors::default();
        let look = floors.look(b"O".to_vec());
        assert_eq!(look.from, b"O");
        floors.met(&look, b"O5", true);
        assert_eq!(floors.look(b"O".to_vec()).from, b"O5");
        assert_eq!(floors.look(b"O7".to_vec()).from, b"O7", "above the floor, the question decides");
        write(&floors, vec![put(b"O3")]);
        assert_eq!(floors.look(b"O".to_vec()).from, b"O3");
    }

    #[test]
    fn a_look_that_a_write_overtook_raises_nothing() {
        let floors = Floors::default();
        let slow = floors.look(b"O".to_vec());
        write(&floors, vec![put(b"O1")]);
        floors.met(&slow, b"O5", true);
        assert_eq!(floors.look(b"O".to_vec()).from, b"O");
        assert_eq!(floors.first(b"O"), None);
    }

    #[test]
    fn after_a_failed_write_every_look_begins_at_the_start() {
        let floors = Floors::default();
        let (look, slow) = (floors.look(b"O".to_vec()), floors.look(b"O".to_vec()));
        floors.met(&look, b"O5", true);
        floors.reset();
        floors.met(&slow, b"O7", true);
        assert_eq!(floors.look(b"O".to_vec()).from, b"O");
        assert_eq!(floors.first(b"O"), None);
    }

    #[test]
    fn the_first_key_is_known_from_when_it_was_met_or_put_until_it_is_deleted() {
        let floors = Floors::default();
        assert_eq!(floors.first(b"D"), None, "nobody looked");
        let look = floors.look(b"D".to_vec());
        floors.met(&look, b"D5", true);
        assert_eq!(floors.first(b"D"), Some(b"D5".to_vec()));
        assert_eq!(floors.first(b"D6"), None, "what comes behind it was not met");
        write(&floors, vec![put(b"D7"), delete(b"D9")]);
        assert_eq!(floors.first(b"D"), Some(b"D5".to_vec()));
        write(&floors, vec![put(b"D3"), delete(b"D5")]);
        assert_eq!(floors.first(b"D"), Some(b"D3".to_vec()));
        let slow = floors.look(b"D".to_vec());
        write(&floors, vec![delete(b"D3")]);
        assert_eq!(floors.first(b"D"), None, "it may be the one of D7, or another");
        floors.met(&slow, b"D3", true);
        assert_eq!(floors.first(b"D"), None, "a look that the deletion overtook says nothing");
        let look = floors.look(b"D".to_vec());
        floors.met(&look, b"E", false);
        assert_eq!(floors.first(b"D"), None, "an empty queue has no first key");
    }

    #[test]
    fn the_lowest_keys_of_each_queue_count() {
        let batch = vec![put(b"D2"), put(b"D3"), delete(b"O1"), put(b"O2"), delete(b"O3"), put(b"T1")];
        let change = |table, put: &[u8], delete: Option<&[u8]>| Change {
            table,
            lowest_put: Some(put.to_vec()),
            lowest_delete: delete.map(<[u8]>::to_vec),
        };
        assert_eq!(changes(&batch), [change(b'D', b"D2", None), change(b'O', b"O2", Some(b"O1"))]);
    }
}
