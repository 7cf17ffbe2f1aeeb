//! What the store asks of whatever keeps its bytes: one ordered key space, atomic batches, consistent reads.
//!
//! [`crate::store::KeyedStore`] holds the whole meaning of a commit and is written once; a backend only keeps bytes. That is
//! why memory and fjall cannot disagree about what a commit means. The first byte of every key is its table; a backend may
//! map tables to places of its own (fjall: keyspaces), but must keep byte order inside a table.

use std::ops::ControlFlow;
use std::sync::Arc;

/// A change to one key inside a [`Batch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// The key has this value from now on.
    Put(Vec<u8>, Vec<u8>),
    /// The key has no value from now on; deleting an absent key changes nothing.
    Delete(Vec<u8>),
}

/// Writes that become visible and durable together or not at all. Keys in one batch are distinct.
pub type Batch = Vec<Write>;

/// Why a backend could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// The medium failed. The backend refuses everything after a failed write or sync: reopen it.
    #[error("storage failed while {doing}: {source}. Close the engine, check the disk, reopen the directory")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The cause.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// No more writes are taken: an earlier one failed, or another writer has taken over.
    #[error("the store takes no more commits: {because}. Close the engine, look at the cause, open the store again")]
    Closed {
        /// What happened before.
        #[source]
        because: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl BackendError {
    /// The medium failed with `cause` while `doing`.
    ///
    /// ```
    /// use mako_engine::store::backend::BackendError;
    /// let failed = BackendError::io("syncing", std::io::Error::other("input/output error"));
    /// assert!(failed.to_string().starts_with("storage failed while syncing: input/output error."));
    /// ```
    #[must_use]
    pub fn io(doing: &'static str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Io { doing, source: Arc::from(cause.into()) }
    }

    /// No more writes are taken, since this happened.
    ///
    /// ```
    /// use mako_engine::store::backend::BackendError;
    /// let closed = BackendError::closed("another writer has taken over");
    /// assert!(closed.to_string().starts_with("the store takes no more commits: another writer has taken over."));
    /// ```
    #[must_use]
    pub fn closed(because: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Closed { because: Arc::from(because.into()) }
    }
}

/// The outcome of a scan callback: go on, or stop here.
pub type Scan = ControlFlow<()>;

/// A place that keeps bytes in key order.
///
/// Promises: `apply` is atomic and, when it returns `Ok`, durable (as durable as the medium can be); a scan sees the state
/// between two batches, never half of one. It never blocks on anything but the medium, and never looks at a clock.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
/// use mako_engine::store::KeyedStore;
/// use mako_engine::store::backend::{Backend, BackendError, Batch, Scan, Write};
///
/// /// Bytes in order, in memory.
/// #[derive(Default)]
/// struct Memory(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);
///
/// impl Backend for Memory {
///     fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
///         Ok(self.0.lock().unwrap().get(key).cloned())
///     }
///     fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
///         let state = self.0.lock().unwrap().clone();
///         let mut pairs = state.range(from.to_vec()..to.to_vec());
///         let _ = pairs.try_for_each(|(key, value)| visit(key, value));
///         Ok(())
///     }
///     fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
///         let state = self.0.lock().unwrap();
///         Ok(state.range(from.to_vec()..to.to_vec()).next_back().map(|(key, value)| (key.clone(), value.clone())))
///     }
///     fn apply(&self, batch: Batch) -> Result<(), BackendError> {
///         let mut state = self.0.lock().unwrap();
///         for write in batch {
///             match write {
///                 Write::Put(key, value) => drop(state.insert(key, value)),
///                 Write::Delete(key) => drop(state.remove(&key)),
///             }
///         }
///         Ok(())
///     }
///     fn maintain(&self) -> Result<(), BackendError> {
///         Ok(())
///     }
/// }
///
/// // Everything that a store promises is on top of that, and the conformance kit says whether it holds.
/// assert_eq!(KeyedStore::open(Memory::default())?.verify(None)?.events, 0);
/// # Ok::<(), mako_engine::store::StoreError>(())
/// ```
pub trait Backend: Send + Sync + 'static {
    /// The value under `key`, if there is one.
    ///
    /// # Errors
    /// [`BackendError::Io`] when the medium fails.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError>;

    /// Calls `visit` with every pair whose key is at least `from` and below `to`, in key order, until it breaks.
    /// `from` and `to` start with the same table byte, or `to` is the single byte of the next table.
    ///
    /// # Errors
    /// [`BackendError::Io`] when the medium fails.
    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError>;

    /// The last pair whose key is at least `from` and below `to`.
    ///
    /// # Errors
    /// [`BackendError::Io`] when the medium fails.
    #[expect(clippy::type_complexity, reason = "a pair of byte strings needs no name of its own")]
    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError>;

    /// Applies every write of `batch` atomically and makes it durable before it returns.
    ///
    /// # Errors
    /// [`BackendError::Io`]; nothing of the batch is then acknowledged, and the backend stays closed for writes.
    fn apply(&self, batch: Batch) -> Result<(), BackendError>;

    /// Does what the medium needs now and then (memory to tables, old journals away). The writer calls it between two batches; cheap
    /// when nothing is to be done.
    ///
    /// # Errors
    /// [`BackendError::Io`]; the backend then stays closed for writes.
    fn maintain(&self) -> Result<(), BackendError>;

    /// Leaves the medium so that damage to the last batch would be noticed. A store with a writer thread calls it when it is closed. Nothing
    /// to do where a batch cannot be damaged unnoticed.
    ///
    /// # Errors
    /// [`BackendError::Io`]; what was committed before stays.
    fn seal(&self) -> Result<(), BackendError> {
        Ok(())
    }
}
