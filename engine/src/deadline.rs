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

/// Reading deadlines. Writing is [`crate::Commit::deadlines_set`] and its neighbours.
///
/// ```
/// # use mako_engine::commit::NewEvent;
/// # use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload};
/// # use mako_engine::testing::MemoryBackend;
/// # use mako_engine::{Cause, Commit, IdSource as _, SystemIds, Timestamp};
/// use mako_engine::commit::NewDeadline;
/// use mako_engine::deadline::DeadlineStore as _;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = KeyedStore::open(MemoryBackend::default())?;
/// # let now: Timestamp = "2025-12-23T15:00:00Z".parse()?;
/// # let payload = Payload::encode(&"51238696780")?;
/// # let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), now, Cause::Command("by hand".into()));
/// # commit.events.push(NewEvent { id: SystemIds.next_id(), event_type: "Asked".into(), schema_version: 1, payload });
/// let due = now.plus_seconds(3_600);
/// for due in [due.plus_seconds(60), due] {
///     // The second one moves the first.
///     commit.deadlines_set = vec![NewDeadline { label: "Antwort".into(), due, reason: "one hour".into() }];
///     store.append_with_outbox(commit.clone()).await?;
/// }
/// assert_eq!(store.deadline_next_after(now).await?, Some(due));
/// assert!(store.deadlines_due(now, 10).await?.rows.is_empty(), "never early");
/// assert_eq!(store.deadlines_due(due.plus_seconds(86_400), 10).await?.rows.len(), 1, "late rather than never, and no ghost");
/// # Ok(())
/// # }
/// ```
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
