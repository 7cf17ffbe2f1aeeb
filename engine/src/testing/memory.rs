//! The store in memory: the [`Backend`] contract over a `BTreeMap`, and the measure for every other one.
//!
//! Nothing survives the process. A clone is another handle to the same map, so a test can keep what a "crashed" engine left.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::backend::{Backend, BackendError, Batch, Scan, Write};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// Bytes in order, in memory.
///
/// ```
/// use mako_engine::store::backend::{Backend, Write};
/// use mako_engine::testing::MemoryBackend;
///
/// let backend = MemoryBackend::default();
/// backend.apply(vec![Write::Put(b"Ea".to_vec(), b"1".to_vec())])?;
/// assert_eq!(backend.last(b"E", b"F")?, Some((b"Ea".to_vec(), b"1".to_vec())));
/// # Ok::<(), mako_engine::store::backend::BackendError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryBackend {
    map: Arc<Mutex<Arc<Map>>>,
}

impl MemoryBackend {
    /// The state as it is now, on its own: later writes to either do not reach the other.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { map: Arc::new(Mutex::new(self.snapshot())) }
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Map>> {
        // Nothing panics between two writes of a batch, so a poisoned lock still guards a whole number of batches.
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self) -> Arc<Map> {
        Arc::clone(&self.lock())
    }
}

impl Backend for MemoryBackend {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(self.lock().get(key).cloned())
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
        if from >= to {
            return Ok(());
        }
        for (key, value) in self.snapshot().range::<[u8], _>((std::ops::Bound::Included(from), std::ops::Bound::Excluded(to))) {
            if visit(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
        if from >= to {
            return Ok(None);
        }
        let map = self.lock();
        let mut range = map.range::<[u8], _>((std::ops::Bound::Included(from), std::ops::Bound::Excluded(to)));
        Ok(range.next_back().map(|(key, value)| (key.clone(), value.clone())))
    }

    fn apply(&self, batch: Batch) -> Result<(), BackendError> {
        let mut map = self.lock();
        // Copies only while a scan is still looking at the old state, which it then keeps.
        let map = Arc::make_mut(&mut map);
        for write in batch {
            match write {
                Write::Put(key, value) => drop(map.insert(key, value)),
                Write::Delete(key) => drop(map.remove(&key)),
            }
        }
        Ok(())
    }

    fn maintain(&self) -> Result<(), BackendError> {
        Ok(())
    }
}
