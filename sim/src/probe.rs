//! The store of a simulated node: the real one, watched, and crashed where the plan says.
//!
//! Reading passes through. A commit is where a crash can fall: before anything is written, written but not synced, synced but not
//! acknowledged. What the disk then keeps is decided by [`crate::disk`]; here the node only stops. What became durable is traced.

use std::sync::Arc;

use async_trait::async_trait;
use mako_engine::commit::{Commit, CommitError, Committed};
use mako_engine::dead_letter::{DeadLetter, DeadLetterStore};
use mako_engine::deadline::{Deadline, DeadlineStore};
use mako_engine::inbox::{InboxEntry, InboxKey, InboxStore};
use mako_engine::outbox::{OutboxMessage, OutboxStore};
use mako_engine::registry::{ProcessRecord, ProcessRegistry};
use mako_engine::store::{AtomicAppend, EventStore, RecordedEvent, Store, StoreError};
use mako_engine::{BusinessKey, CorrelationKey, Id, StreamId, TenantId, Timestamp};

use crate::node_disk::NodeDisk;
use crate::plan::{CrashPoint, Keep};
use crate::trace::What;
use crate::world::World;

/// The watched store of one node.
pub struct ProbedStore {
    inner: Arc<dyn Store>,
    world: Arc<World>,
    node: usize,
    disk: Arc<NodeDisk>,
}

impl ProbedStore {
    /// Watches `inner` for node number `node`.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, world: Arc<World>, node: usize, disk: Arc<NodeDisk>) -> Self {
        Self { inner, world, node, disk }
    }

    fn trace_commit(&self, commit: &Commit, committed: &Committed) {
        let stream = commit.stream.to_string();
        let first = committed.version + 1 - commit.events.len() as u64;
        if let Some(accept) = &commit.accepts {
            let (from, message_id) = (accept.key.sender.clone(), accept.key.message_id.clone());
            self.world.trace(self.node, What::Accepted { from, message_id });
        }
        if let Some((label, due)) = &commit.deadline_fired {
            self.world.trace(self.node, What::FristFired { stream: stream.clone(), label: label.to_string(), due: *due });
        }
        for (version, event) in (first..).zip(&commit.events) {
            let payload = serde_json::from_str(event.payload.get()).unwrap_or_default();
            let event_type = event.event_type.clone();
            self.world.trace(self.node, What::Event { stream: stream.clone(), version, event_type, payload });
        }
        for set in &commit.deadlines_set {
            let (label, reason) = (set.label.to_string(), set.reason.clone());
            self.world.trace(self.node, What::FristSet { stream: stream.clone(), label, due: set.due, reason });
        }
        for letter in &commit.dead_letters {
            self.world.trace(self.node, What::DeadLetter { about: letter.about.clone(), reason: letter.reason.to_string() });
        }
    }
}

#[async_trait]
impl AtomicAppend for ProbedStore {
    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        let crash = self.world.armed_at_commit(self.node);
        if let Some(crash) = crash.filter(|crash| crash.point == CrashPoint::BeforeWrite) {
            self.world.crash(self.node, crash).await;
        }
        let unsynced = crash.is_some_and(|crash| crash.point == CrashPoint::BeforeSync);
        if unsynced {
            self.disk.stop_syncing();
        }
        let committed = match self.inner.append_with_outbox(commit.clone()).await {
            Ok(committed) => committed,
            Err(error) => {
                // What is refused is no commit: the crash waits for the next one.
                if let Some(crash) = crash {
                    self.world.arm(self.node, crash);
                }
                return Err(error);
            }
        };
        let durable = !unsynced || crash.is_some_and(|crash| crash.keep == Keep::All);
        if durable {
            if !unsynced {
                self.disk.acknowledge().map_err(|_| StoreError::Injected("the simulated disk is gone"))?;
            }
            self.world.committed(self.node);
            self.trace_commit(&commit, &committed);
        }
        if let Some(crash) = crash {
            self.world.crash(self.node, crash).await;
        }
        Ok(committed)
    }
}

#[async_trait]
impl EventStore for ProbedStore {
    async fn read_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.read_stream(tenant, stream, after, limit).await
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.read_all(after, limit).await
    }
}

#[async_trait]
impl OutboxStore for ProbedStore {
    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxMessage>, StoreError> {
        self.inner.outbox_due(now, limit).await
    }

    async fn outbox_next_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.inner.outbox_next_after(now).await
    }

    async fn outbox_message(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError> {
        self.inner.outbox_message(id).await
    }
}

#[async_trait]
impl DeadlineStore for ProbedStore {
    async fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Deadline>, StoreError> {
        self.inner.deadlines_due(now, limit).await
    }

    async fn deadline_next_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.inner.deadline_next_after(now).await
    }

    async fn deadlines_of(&self, tenant: &TenantId, stream: &StreamId) -> Result<Vec<Deadline>, StoreError> {
        self.inner.deadlines_of(tenant, stream).await
    }
}

#[async_trait]
impl InboxStore for ProbedStore {
    async fn inbox_entry(&self, key: &InboxKey) -> Result<Option<InboxEntry>, StoreError> {
        self.inner.inbox_entry(key).await
    }

    async fn inbox_payload(&self, key: &InboxKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.inbox_payload(key).await
    }

    async fn inbox_pending(&self, limit: usize) -> Result<Vec<InboxEntry>, StoreError> {
        self.inner.inbox_pending(limit).await
    }
}

#[async_trait]
impl ProcessRegistry for ProbedStore {
    async fn process(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<ProcessRecord>, StoreError> {
        self.inner.process(tenant, stream).await
    }

    async fn correlated(&self, tenant: &TenantId, key: &CorrelationKey) -> Result<Vec<ProcessRecord>, StoreError> {
        self.inner.correlated(tenant, key).await
    }

    async fn holder(&self, tenant: &TenantId, key: &BusinessKey) -> Result<Option<StreamId>, StoreError> {
        self.inner.holder(tenant, key).await
    }

    async fn processes(&self, tenant: &TenantId) -> Result<Vec<ProcessRecord>, StoreError> {
        self.inner.processes(tenant).await
    }
}

#[async_trait]
impl DeadLetterStore for ProbedStore {
    async fn dead_letters(&self) -> Result<Vec<DeadLetter>, StoreError> {
        self.inner.dead_letters().await
    }
}
