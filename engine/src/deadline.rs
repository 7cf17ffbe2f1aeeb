//! Deadlines: instants at which a process must be asked again.
//!
//! A deadline belongs to a stream under a label; setting the label again moves it and leaves no ghost behind. It fires at its
//! instant or later, never earlier, and its firing and everything that this causes is one commit.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::names::{DeadlineLabel, StreamId, TenantId};
use crate::store::{Page, StoreError};

/// A deadline that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// Whose.
    pub tenant: TenantId,
    /// The stream that owns it.
    pub stream: StreamId,
    /// Its name in that stream.
    pub label: DeadlineLabel,
    /// The instant at which it fires.
    pub due: Timestamp,
    /// Why it falls there, for people.
    pub reason: String,
}

/// Reading deadlines. Writing is a [`crate::Commit`].
#[async_trait]
pub trait DeadlineStore {
    /// At most `limit` deadlines that are due at `now` or before, soonest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Page<Deadline>, StoreError>;

    /// The instant of the first deadline after `now`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn deadline_next_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// Every deadline of `stream` that stands, by label.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn deadlines_of(&self, tenant: &TenantId, stream: &StreamId) -> Result<Vec<Deadline>, StoreError>;
}
