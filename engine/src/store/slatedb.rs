//! The backend over object storage: a [SlateDB](https://slatedb.io) database, one writer at a time, readable by whoever opens it next.
//!
//! What a machine of its own has on its disk, a tenant has here in a bucket: when its machine is lost, any other one opens the same path and goes
//! on. Whoever opens becomes the writer and *fences* the one before: that one's next commit is refused with [`BackendError::Closed`], the store
//! takes no more, and the workers of its engine end. What it may still do is say once more what it was already saying, under the same message id.
//!
//! Durable is what the object store holds: [`apply`](Backend::apply) returns when the object that has the batch was put there. A put takes
//! some ten milliseconds and is paid for, so commits that wait share one, and [`SlateOptions::flush`] can make them wait for each other.
//!
//! SlateDB works on threads and a clock of its own (in a runtime that this backend holds), so *when* it puts an object is not ours to say; *what*
//! a commit and a read come to is: both end before the caller goes on. In a simulation that is enough: same plan, same trace.
//!
//! Behind the feature `slatedb`, which no default build has.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use slatedb::config::{FlushOptions, FlushType, ScanOptions, Settings, WriteOptions};
use slatedb::object_store::ObjectStore;
use slatedb::{CloseReason, Db, ErrorKind, IterationOrder, WriteBatch};
use tokio::runtime::{Builder, Runtime};

use super::backend::{Backend, BackendError, Batch, Scan, Write};

/// The object stores, as SlateDB names them.
pub use slatedb::object_store;

/// How many pairs a scan asks for first; then four times as many, each time, up to [`MOST_PAIRS`].
const FIRST_PAIRS: usize = 16;
/// The most pairs that a scan holds at a time.
const MOST_PAIRS: usize = 4_096;
/// How much of an object a scan reads ahead.
const READ_AHEAD: usize = 256 << 10;

/// How many threads SlateDB has: one to put objects, one to compact meanwhile.
const THREADS: usize = 2;

/// When what was committed is put into the object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// With each group of commits: the least delay, an object per group.
    AtOnce,
    /// That often: commits wait for it, and share it. At 100 ms a writer puts 26 million objects in a month of uninterrupted work.
    Every(Duration),
}

/// What can be chosen; nothing is implied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlateOptions {
    /// When what was committed is put into the object store.
    pub flush: Flush,
}

/// Bytes in order, in a bucket.
///
/// ```
/// use std::sync::Arc;
/// use mako_engine::store::KeyedStore;
/// use mako_engine::store::slatedb::object_store::memory::InMemory;
/// use mako_engine::store::slatedb::{Flush, SlateBackend, SlateOptions};
///
/// let bucket = Arc::new(InMemory::new());
/// let options = SlateOptions { flush: Flush::AtOnce };
/// let store = KeyedStore::open(SlateBackend::open("tenants/9900000000001", bucket, options)?)?;
/// assert_eq!(store.verify(None)?.events, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SlateBackend {
    db: Db,
    flush: Flush,
    /// Taken when it is dropped: a runtime cannot be dropped inside another one, only sent away.
    runtime: Option<Runtime>,
}

impl fmt::Debug for SlateBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlateBackend").field("flush", &self.flush).finish_non_exhaustive()
    }
}

impl SlateBackend {
    /// Opens the database at `path` of `objects`, or creates it, and becomes its writer: whoever was it is fenced. Blocks for some requests.
    ///
    /// # Errors
    /// [`BackendError::Io`] when the object store cannot be reached, or holds something else.
    pub fn open(path: &str, objects: Arc<dyn ObjectStore>, options: SlateOptions) -> Result<Self, BackendError> {
        let failed = |cause: std::io::Error| BackendError::io("starting the threads of SlateDB", cause);
        let runtime =
            Builder::new_multi_thread().worker_threads(THREADS).thread_name("mako-slatedb").enable_all().build().map_err(failed)?;
        let flush_interval = match options.flush {
            Flush::AtOnce => None,
            Flush::Every(interval) => Some(interval),
        };
        let opening = Db::builder(path.to_owned(), objects).with_settings(Settings { flush_interval, ..Settings::default() }).build();
        let db = answered(&runtime, opening, "opening a database")?;
        Ok(Self { db, flush: options.flush, runtime: Some(runtime) })
    }

    /// Whether another writer has taken over, as far as this one has heard; it hears by itself within a second, and with its next commit.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        self.db.status().close_reason == Some(CloseReason::Fenced)
    }

    /// Has SlateDB do something on its own threads, and waits for it: the caller may be a task of another runtime, which cannot wait for a future.
    fn wait<T: Send + 'static>(
        &self,
        doing: &'static str,
        future: impl Future<Output = Result<T, slatedb::Error>> + Send + 'static,
    ) -> Result<T, BackendError> {
        match &self.runtime {
            Some(runtime) => answered(runtime, future, doing),
            None => Err(BackendError::closed("the database is being closed")),
        }
    }

    fn scan_in(
        &self,
        order: IterationOrder,
        from: &[u8],
        to: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan,
    ) -> Result<(), BackendError> {
        const DOING: &str = "scanning";
        if from >= to {
            return Ok(());
        }
        let options = ScanOptions { read_ahead_bytes: READ_AHEAD, cache_blocks: true, order, ..ScanOptions::default() };
        let (db, range) = (self.db.clone(), from.to_vec()..to.to_vec());
        let mut pairs = self.wait(DOING, async move { db.scan_with_options(range, &options).await })?;
        let mut asked = FIRST_PAIRS;
        loop {
            let (rest, read) = self.wait(DOING, async move {
                let mut read = Vec::with_capacity(asked);
                while read.len() < asked
                    && let Some(pair) = pairs.next().await?
                {
                    read.push(pair);
                }
                Ok((pairs, read))
            })?;
            if read.iter().any(|pair| visit(&pair.key, &pair.value) == ControlFlow::Break(())) || read.len() < asked {
                return Ok(());
            }
            (pairs, asked) = (rest, (asked * 4).min(MOST_PAIRS));
        }
    }
}

/// The answer of `future`, which goes on in `runtime` while this thread stands still.
fn answered<T: Send + 'static>(
    runtime: &Runtime,
    future: impl Future<Output = Result<T, slatedb::Error>> + Send + 'static,
    doing: &'static str,
) -> Result<T, BackendError> {
    let (done, answer) = mpsc::sync_channel(1);
    runtime.spawn(async move { done.send(future.await).ok() });
    match answer.recv() {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) if error.kind() == ErrorKind::Closed(CloseReason::Fenced) => {
            Err(BackendError::closed(format!("another writer has taken over, seen while {doing}: {error}")))
        }
        Ok(Err(error)) => Err(BackendError::io(doing, error)),
        Err(mpsc::RecvError) => Err(BackendError::closed(format!("SlateDB panicked while {doing}"))),
    }
}

impl Backend for SlateBackend {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        let (db, key) = (self.db.clone(), key.to_vec());
        let value = self.wait("reading a row", async move { db.get(key).await })?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
        self.scan_in(IterationOrder::Ascending, from, to, visit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
        let mut last = None;
        self.scan_in(IterationOrder::Descending, from, to, &mut |key, value| {
            last = Some((key.to_vec(), value.to_vec()));
            ControlFlow::Break(())
        })?;
        Ok(last)
    }

    fn apply(&self, batch: Batch) -> Result<(), BackendError> {
        if batch.is_empty() {
            return Ok(());
        }
        let (db, flush) = (self.db.clone(), self.flush);
        self.wait("putting a commit into the object store", async move {
            let mut writes = WriteBatch::new();
            for write in batch {
                match write {
                    Write::Put(key, value) => writes.put(key, value),
                    Write::Delete(key) => writes.delete(key),
                }
            }
            let await_durable = flush != Flush::AtOnce;
            db.write_with_options(writes, &WriteOptions { await_durable, ..WriteOptions::default() }).await?;
            if !await_durable {
                db.flush_with_options(FlushOptions { flush_type: FlushType::Wal }).await?;
            }
            Ok(())
        })
    }

    /// Nothing: SlateDB puts tables away by itself.
    fn maintain(&self) -> Result<(), BackendError> {
        Ok(())
    }
}

impl Drop for SlateBackend {
    fn drop(&mut self) {
        let db = self.db.clone();
        if let Err(error) = self.wait("closing a database", async move { db.close().await }) {
            tracing::debug!(%error, "the database was closed before");
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
