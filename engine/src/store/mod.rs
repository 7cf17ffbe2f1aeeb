//! The store contract: append events and everything they cause in one commit, read it back.
//!
//! [`Store`] is the sum of one small contract per concern. [`KeyedStore`] is their one implementation, over any
//! [`backend::Backend`] that keeps bytes in order: memory, or fjall on disk.

pub mod backend;
pub mod fjall;
mod keyed;
mod keys;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use keyed::KeyedStore;

use crate::Timestamp;
use crate::commit::{Cause, Commit, CommitError, Committed};
use crate::dead_letter::DeadLetterStore;
use crate::deadline::DeadlineStore;
use crate::inbox::InboxStore;
use crate::names::{StreamId, TenantId};
use crate::outbox::OutboxStore;
use crate::ports::Id;
use crate::registry::ProcessRegistry;

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
    /// The simulated disk refused.
    #[error("injected fault: {0}")]
    Injected(&'static str),
}

/// An event as it stands in the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Its content as JSON text.
    pub payload: Box<RawValue>,
}

/// Writing: one method, no default body, nothing beside it.
#[async_trait]
pub trait AtomicAppend {
    /// Applies the whole commit atomically; durable when it returns `Ok`.
    ///
    /// # Errors
    /// [`CommitError`]; then nothing was written, except after [`CommitError::Store`], where reopening decides.
    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError>;
}

/// Reading events.
#[async_trait]
pub trait EventStore {
    /// At most `limit` events of `stream` after version `after`, in order. An unknown stream has none.
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
    AtomicAppend + EventStore + OutboxStore + DeadlineStore + InboxStore + ProcessRegistry + DeadLetterStore + Send + Sync + 'static
{
}

impl<S> Store for S where
    S: AtomicAppend + EventStore + OutboxStore + DeadlineStore + InboxStore + ProcessRegistry + DeadLetterStore + Send + Sync + 'static
{
}
