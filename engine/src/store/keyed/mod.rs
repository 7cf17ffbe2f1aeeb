//! The one implementation of the store contract, over any backend that keeps bytes in order.
//!
//! One writer ([`writer`]) checks commits against what stands and turns them into batches; reads go to the backend, which never shows
//! half a batch. Positions are gapless because a refused commit takes none.

mod chain;
mod check;
mod floors;
mod group;
mod keys;
mod lengths;
mod letters;
mod queue;
mod read;
mod views;
mod writer;

use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::backend::Backend;
use super::keys::Key;
pub(super) use chain::HEAD_KEY as CHAIN_KEY;
pub use chain::{ChainHead, ChainReport, Finding, InvalidChainHead};
use floors::Floors;
use lengths::Lengths;
use queue::Queue;
pub use writer::{CommitProbe, Writing};
use writer::{Heads, Writer};

/// How a [`KeyedStore`] is opened.
///
/// ```
/// use mako_engine::store::{StoreOptions, Writing};
/// assert_eq!(StoreOptions::default().writing, Writing::Inline, "no thread: whoever commits also writes");
/// ```
#[derive(Clone, Default)]
pub struct StoreOptions {
    /// Who writes.
    pub writing: Writing,
    /// Who looks over the writer's shoulder; nobody in production.
    pub probe: Option<Arc<dyn CommitProbe>>,
}

/// A store over a [`Backend`]. Dropping it lets the writer's thread finish what it took, and answers whoever still waits with
/// [`StoreError::Closed`].
///
/// ```
/// use mako_engine::store::fjall::{FjallBackend, FjallOptions};
/// use mako_engine::store::{KeyedStore, StoreOptions, Writing};
///
/// # let home = tempfile::tempdir()?;
/// # let dir = home.path().join("store");
/// // As in production: on disk, and commits that wait while another one is written share a sync.
/// let (backend, report) = FjallBackend::open(&dir, FjallOptions::default())?;
/// assert!(report.created && report.cut.is_none());
/// let store = KeyedStore::open_with(backend, StoreOptions { writing: Writing::Thread, probe: None })?;
/// assert_eq!(store.verify(None)?.findings, []);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeyedStore<B: Backend> {
    inner: Arc<Inner<B>>,
    writing: Writing,
    thread: Option<std::thread::JoinHandle<()>>,
}

struct Inner<B> {
    backend: B,
    queue: Queue,
    /// Whoever holds it writes.
    writer: Mutex<Writer>,
    floors: Floors,
    lengths: Lengths,
    probe: Option<Arc<dyn CommitProbe>>,
}

impl<B: Backend> KeyedStore<B> {
    /// A store over `backend`, going on where its log ends, without a thread or a probe.
    ///
    /// # Errors
    /// [`StoreError`] when the backend fails, or its log is not the one that was acknowledged last.
    pub fn open(backend: B) -> Result<Self, StoreError> {
        Self::open_with(backend, StoreOptions::default())
    }

    /// A store over `backend`, going on where its log ends.
    ///
    /// ```
    /// use mako_engine::testing::MemoryBackend;
    /// use mako_engine::store::{KeyedStore, StoreOptions, Writing};
    ///
    /// let store = KeyedStore::open_with(MemoryBackend::default(), StoreOptions { writing: Writing::Thread, probe: None })?;
    /// assert_eq!(store.verify(None)?.events, 0);
    /// # Ok::<(), mako_engine::store::StoreError>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] when the backend fails, or its log is not the one that was acknowledged last.
    pub fn open_with(backend: B, options: StoreOptions) -> Result<Self, StoreError> {
        let last_position = last_number(&backend, b'L')?;
        let last_dead_letter = last_number(&backend, b'X')?;
        let chain = match backend.get(chain::HEAD_KEY)?.map(|bytes| ChainHead::decode(&bytes)) {
            None => ChainHead::EMPTY,
            Some(Some(head)) => head,
            Some(None) => return Err(StoreError::Undecodable { what: "chain head", detail: "it has the wrong length".to_owned() }),
        };
        if chain.position != last_position {
            return Err(StoreError::LogCut { ends_at: last_position, acknowledged: chain.position });
        }
        let heads = Heads { chain, last_dead_letter };
        let writer = Mutex::new(Writer { heads, failed: None });
        let StoreOptions { writing, probe } = options;
        let inner =
            Arc::new(Inner { backend, queue: Queue::default(), writer, floors: Floors::default(), lengths: Lengths::default(), probe });
        let thread = match writing {
            Writing::Inline => None,
            Writing::Thread => {
                let inner = inner.clone();
                let named = std::thread::Builder::new().name("mako-writer".to_owned());
                let (stands_by, standing) = std::sync::mpsc::channel();
                let thread = named.spawn(move || inner.write_for_ever(&stands_by)).map_err(StoreError::NoThread)?;
                // An open store has its thread asleep: a first commit is its caller's, however slowly threads come up. A thread that ended has let go.
                standing.recv().ok();
                Some(thread)
            }
        };
        Ok(Self { inner, writing, thread })
    }

    /// The backend, for reports on it.
    pub fn backend(&self) -> &B {
        &self.inner.backend
    }

    /// The row under `key`, decoded.
    fn row<T: DeserializeOwned>(&self, what: &'static str, key: &[u8]) -> Result<Option<T>, StoreError> {
        self.backend().get(key)?.map(|bytes| decode(what, &bytes)).transpose()
    }
}

impl<B: Backend> Drop for KeyedStore<B> {
    fn drop(&mut self) {
        self.inner.queue.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the store had panicked");
        }
    }
}

fn last_number<B: Backend>(backend: &B, table: u8) -> Result<u64, StoreError> {
    let (from, to) = Key::table(table).range();
    match backend.last(&from, &to)? {
        None => Ok(0),
        Some((key, _)) => match <[u8; 8]>::try_from(key.get(1..).unwrap_or_default()) {
            Ok(number) => Ok(u64::from_be_bytes(number)),
            Err(_) => Err(StoreError::Undecodable { what: "number", detail: format!("key of {} bytes", key.len()) }),
        },
    }
}

fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|e| StoreError::Undecodable { what, detail: e.to_string() })
}

fn encode<T: Serialize>(what: &'static str, row: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(row).map_err(|e| StoreError::Unencodable { what, detail: e.to_string() })
}
