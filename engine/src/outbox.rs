//! Messages that wait for delivery.
//!
//! A message enters the queue in the commit that causes it and leaves it in the commit that settles it. Its id never changes, so
//! that a receiver can tell a repeated try from a new message. Order is by due instant, then by id.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::dead_letter::AuditContext;
use crate::names::{StreamId, TenantId};
use crate::ports::Id;
use crate::store::{Page, StoreError};
use crate::workflow::Outgoing;

/// A message in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxMessage {
    /// Its identity: the same on every try and after every crash.
    pub id: Id,
    /// Whose.
    pub tenant: TenantId,
    /// The stream whose event caused it.
    pub stream: StreamId,
    /// The global position of the first event of the commit that caused it, or that put it back.
    pub caused_by: u64,
    /// When it was queued. The horizon of its tries counts from here, and so does its rendering.
    pub queued_at: Timestamp,
    /// When it was put back, after it had been given up. The horizon of its tries counts from here then; its rendering does not, so that
    /// the same id has the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_back_at: Option<Timestamp>,
    /// When the next try is due.
    pub next_try: Timestamp,
    /// How many tries failed.
    pub attempts: u32,
    /// What the last try met.
    pub last_error: Option<String>,
    /// What is to be delivered.
    pub message: Outgoing,
}

impl OutboxMessage {
    /// What is known of it, should it go to the dead letters at `now`. Its reference is its id, which is the same on every try.
    #[must_use]
    pub fn audit_at(&self, now: Timestamp) -> AuditContext {
        AuditContext::at(now)
            .tenant(self.tenant.clone())
            .sender_mp_id(self.tenant.to_string())
            .message_type(self.message.kind.clone())
            .process(self.stream.clone())
            .receiver_mp_id(self.message.recipient.clone())
            .message_reference(self.id.to_string())
    }

    /// From when on the horizon of its tries counts.
    #[must_use]
    pub fn tried_since(&self) -> Timestamp {
        self.put_back_at.unwrap_or(self.queued_at)
    }

    /// Where it stands among all queued messages: whoever has seen it goes on from here.
    #[must_use]
    pub const fn cursor(&self) -> OutboxCursor {
        OutboxCursor { caused_by: self.caused_by, id: self.id }
    }
}

/// A place in the queue in the order of the causing events. New messages always come behind every older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutboxCursor {
    /// The global position of the first event of the commit that caused the message.
    pub caused_by: u64,
    /// The message.
    pub id: Id,
}

impl OutboxCursor {
    /// Before every message.
    pub const START: Self = Self { caused_by: 0, id: Id::from_u128(0) };
}

/// Reading the queue. Writing is [`crate::Commit::outbox`] and [`crate::Commit::settles_outbox`].
///
/// ```
/// # use mako_engine::commit::NewEvent;
/// # use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload};
/// # use mako_engine::testing::MemoryBackend;
/// # use mako_engine::{Cause, Commit, IdSource as _, SystemIds, Timestamp};
/// use mako_engine::Outgoing;
/// use mako_engine::commit::{NewOutboxMessage, OutboxSettlement};
/// use mako_engine::outbox::OutboxStore as _;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = KeyedStore::open(MemoryBackend::default())?;
/// # let now: Timestamp = "2025-12-23T15:00:00Z".parse()?;
/// # let payload = Payload::encode(&"51238696780")?;
/// # let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), now, Cause::Command("by hand".into()));
/// # commit.events.push(NewEvent { id: SystemIds.next_id(), event_type: "Asked".into(), schema_version: 1, payload });
/// let message = Outgoing::new("as4", "9900000000002", "Anfrage", &"51238696780")?;
/// commit.outbox.push(NewOutboxMessage { id: SystemIds.next_id(), message });
/// store.append_with_outbox(commit.clone()).await?;
///
/// let queued = store.outbox_due(now, 10).await?.rows;
/// assert_eq!((queued.len(), queued[0].message.kind.as_str(), queued[0].attempts), (1, "Anfrage", 0));
///
/// // It leaves the queue in the commit that settles it.
/// let cause = Cause::Delivery(queued[0].id);
/// let mut settles = Commit::new(commit.tenant, commit.stream, now, cause);
/// settles.settles_outbox = Some(OutboxSettlement::Delivered(queued[0].id));
/// store.append_with_outbox(settles).await?;
/// assert!(store.outbox_message(queued[0].id).await?.is_none());
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait OutboxStore {
    /// At most `limit` messages whose next try is due at `now` or before, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Page<OutboxMessage>, StoreError>;

    /// At most `limit` messages behind `after`, in the order of the events that caused them: what came in since one looked last.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn outbox_after(&self, after: OutboxCursor, limit: usize) -> Result<Page<OutboxMessage>, StoreError>;

    /// The queued message `id`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn outbox_message(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError>;
}
