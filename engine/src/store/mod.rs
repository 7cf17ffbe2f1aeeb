//! The store contract: append events and everything they cause in one commit, read it back.
//!
//! [`Store`] is the sum of one small contract per concern. [`KeyedStore`] is their one implementation, over any
//! [`backend::Backend`] that keeps bytes in order: memory, or fjall on disk.

pub mod backend;
pub mod fjall;
mod keyed;
pub(crate) mod keys;
mod layer;
mod msgpack;
mod payload;
mod record;
#[cfg(feature = "slatedb")]
pub mod slatedb;

use std::ops::ControlFlow;

use async_trait::async_trait;
use serde::Serialize;

pub use keyed::{ChainHead, ChainReport, CommitProbe, Finding, InvalidChainHead, KeyedStore, StoreOptions, Writing};
pub use layer::StoreLayer;
pub use payload::{Payload, PayloadError};
pub use record::StoredEvent;

use crate::Timestamp;
use crate::commit::{Cause, Commit, CommitError, Committed};
use crate::dead_letter::{AuditContext, DeadLetter, DeadLetterReason, DeadLetterStore};
use crate::deadline::DeadlineStore;
use crate::erasure::SubjectKeyStore;
use crate::inbox::InboxStore;
use crate::names::{StreamId, TenantId};
use crate::outbox::OutboxStore;
use crate::ports::Id;
use crate::projection::ViewStore;
use crate::registry::ProcessRegistry;
use crate::snapshot::SnapshotStore;

/// Why a store could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] backend::BackendError),
    /// A stored row cannot be decoded.
    #[error("a stored {what} cannot be decoded: {detail}. The directory was written by other code, or is damaged")]
    Undecodable {
        /// What it should have been.
        what: &'static str,
        /// What the decoder met.
        detail: String,
    },
    /// A row cannot be encoded, so the commit was refused.
    #[error("the {what} cannot be stored: {detail}")]
    Unencodable {
        /// What it is.
        what: &'static str,
        /// What the encoder met.
        detail: String,
    },
    /// The log does not end where the chain says.
    #[error(
        "the log ends at position {ends_at}, but {acknowledged} was acknowledged. Nothing was changed. Restore the directory from a backup"
    )]
    LogCut {
        /// The last position that is there.
        ends_at: u64,
        /// The last position that was acknowledged.
        acknowledged: u64,
    },
    /// The store was closed while the commit waited: nothing of it was written.
    #[error("the store was closed before it took the commit: open it again and repeat the command")]
    Closed,
    /// No thread for the writer.
    #[error("the operating system gives no thread to the writer: {0}")]
    NoThread(#[source] std::io::Error),
    /// The simulated disk refused.
    #[error("injected fault: {0}")]
    Injected(&'static str),
}

impl StoreError {
    /// Whether no later try on the same store can succeed: it was closed, or an earlier write failed. Workers end then, so that whoever
    /// runs them opens the store again or stops.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Closed | Self::Backend(backend::BackendError::Closed { .. }))
    }

    /// Whether the store itself failed. One row that cannot be decoded or encoded says nothing about the others.
    pub(crate) const fn is_failure(&self) -> bool {
        match self {
            Self::Undecodable { .. } | Self::Unencodable { .. } => false,
            Self::Backend(_) | Self::LogCut { .. } | Self::Closed | Self::NoThread(_) | Self::Injected(_) => true,
        }
    }
}

/// A row that cannot be read, and every key under which it stands. A worker that meets one goes on with the others and sets it aside
/// with [`Commit::sets_aside`]: the bytes are kept, and a dead letter says what was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRow {
    /// What it should have been.
    pub what: &'static str,
    /// What the decoder met.
    pub detail: String,
    pub(crate) keys: Vec<Vec<u8>>,
}

impl UnreadableRow {
    /// Its dead letter, when an engine of `tenant` sets it aside at `at`. Nothing else is known: nobody can read it.
    pub(crate) fn dead_letter(&self, tenant: &TenantId, at: Timestamp) -> DeadLetter {
        let audit = AuditContext::at(at).tenant(tenant.clone()).into();
        let reason = DeadLetterReason::Undecodable { what: self.what.to_owned(), detail: self.detail.clone(), audit };
        DeadLetter { reason, about: format!("a stored {}", self.what) }
    }
}

/// The rows of a queue that can be read, and those that cannot.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What can be read, in the order of the queue.
    pub rows: Vec<T>,
    /// What cannot.
    pub unreadable: Vec<UnreadableRow>,
}

/// An event as it stands in the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordedEvent {
    /// Its identity.
    pub id: Id,
    /// Its place in the global log, counted from 1 without gaps.
    pub position: u64,
    /// Whose.
    pub tenant: TenantId,
    /// The stream it extends.
    pub stream: StreamId,
    /// Its place in that stream, counted from 1 without gaps.
    pub version: u64,
    /// Its committed name.
    pub event_type: String,
    /// The version of its shape.
    pub schema_version: u16,
    /// When it was committed, by the engine's clock.
    pub at: Timestamp,
    /// What made it happen.
    pub cause: Cause,
    /// Its content.
    pub payload: Payload,
}

/// Writing: one method, no default body, nothing beside it.
///
/// ```
/// use mako_engine::commit::{NewDeadline, NewEvent};
/// use mako_engine::deadline::DeadlineStore as _;
/// use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload};
/// # use mako_engine::testing::MemoryBackend;
/// use mako_engine::{Cause, Commit, CommitError, ExpectedVersion, IdSource as _, SystemIds, Timestamp};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = KeyedStore::open(MemoryBackend::default())?;
/// # let now: Timestamp = "2025-12-23T15:00:00Z".parse()?;
/// let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), now, Cause::Command("by hand".into()));
/// commit.deadlines_set.push(NewDeadline { label: "Antwort".into(), due: now.plus_seconds(86_400), reason: "24 hours".into() });
/// let refused = store.append_with_outbox(commit.clone()).await;
/// assert!(matches!(refused, Err(CommitError::EffectWithoutEvent { .. })), "an effect needs an event that says why");
///
/// let payload = Payload::encode(&"51238696780")?;
/// commit.events.push(NewEvent { id: SystemIds.next_id(), event_type: "Asked".into(), schema_version: 1, payload });
/// commit.expected = ExpectedVersion::NoStream;
/// let committed = store.append_with_outbox(commit.clone()).await?;
/// assert_eq!((committed.version, committed.first_position), (1, 1));
///
/// let refused = store.append_with_outbox(commit).await;
/// assert!(matches!(refused, Err(CommitError::Conflict { actual: 1, .. })), "somebody else, here we ourselves, wrote first");
/// assert_eq!(store.deadline_next_after(now).await?, Some(now.plus_seconds(86_400)));
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait AtomicAppend {
    /// Applies the whole commit atomically; durable when it returns `Ok`.
    ///
    /// # Errors
    /// [`CommitError`]; then nothing was written, except after [`CommitError::Store`], where reopening decides.
    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError>;
}

/// What a fold does with one event: go on, or stop here.
pub type Visit<'v> = &'v mut (dyn FnMut(StoredEvent<'_>) -> ControlFlow<()> + Send);

/// Reading events.
///
/// ```
/// # use mako_engine::commit::NewEvent;
/// # use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload};
/// # use mako_engine::testing::MemoryBackend;
/// # use mako_engine::{Cause, Commit, IdSource as _, SystemIds, Timestamp};
/// use mako_engine::store::EventStore as _;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = KeyedStore::open(MemoryBackend::default())?;
/// # let now: Timestamp = "2025-12-23T15:00:00Z".parse()?;
/// # let payload = Payload::encode(&"51238696780")?;
/// # let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), now, Cause::Command("by hand".into()));
/// # commit.events.push(NewEvent { id: SystemIds.next_id(), event_type: "Asked".into(), schema_version: 1, payload });
/// // Two streams, of which one name begins as the other does.
/// for stream in ["anfrage/1", "anfrage/1/a", "anfrage/1"] {
///     store.append_with_outbox(Commit { stream: stream.into(), ..commit.clone() }).await?;
/// }
/// let of_stream = store.read_stream(&commit.tenant, &"anfrage/1".into(), 0, 10).await?;
/// assert_eq!(of_stream.iter().map(|event| (event.version, event.position)).collect::<Vec<_>>(), [(1, 1), (2, 3)]);
/// assert_eq!(store.read_all(1, 10).await?.len(), 2, "everything after position 1");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait EventStore {
    /// Calls `visit` with every event of `stream` after version `after`, in order, until it breaks. An unknown stream has none.
    /// Nothing is copied: memory does not grow with the stream.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the fold then stops at the first event that cannot be read.
    async fn fold_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, visit: Visit<'_>) -> Result<(), StoreError>;

    /// At most `limit` events of `stream` after version `after`, in order: a page of the fold.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn read_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError>;

    /// At most `limit` events of all streams after global position `after`, in commit order.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError>;
}

/// Everything an engine needs to remember.
pub trait Store:
    AtomicAppend
    + EventStore
    + SnapshotStore
    + OutboxStore
    + DeadlineStore
    + InboxStore
    + ProcessRegistry
    + DeadLetterStore
    + ViewStore
    + SubjectKeyStore
    + Send
    + Sync
    + 'static
{
}

impl<S> Store for S where
    S: AtomicAppend
        + EventStore
        + SnapshotStore
        + OutboxStore
        + DeadlineStore
        + InboxStore
        + ProcessRegistry
        + DeadLetterStore
        + ViewStore
        + SubjectKeyStore
        + Send
        + Sync
        + 'static
{
}
