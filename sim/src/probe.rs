//! The store of a simulated node: the real one, watched, and crashed where the plan says.
//!
//! Reading passes through. A commit is where a crash can fall: before anything is written, written but not synced, synced but not
//! acknowledged. What the disk then keeps is decided by [`crate::disk`]; here the node only stops. What became durable is traced.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use mako_engine::commit::{Commit, CommitError, Committed};
use mako_engine::dead_letter::{DeadLetter, DeadLetterStore};
use mako_engine::deadline::{Deadline, DeadlineStore};
use mako_engine::inbox::{InboxEntry, InboxKey, InboxStore};
use mako_engine::outbox::{OutboxCursor, OutboxMessage, OutboxStore};
use mako_engine::projection::{ViewName, ViewStore};
use mako_engine::registry::{ProcessRecord, ProcessRegistry};
use mako_engine::snapshot::{Snapshot, SnapshotStore};
use mako_engine::store::backend::BackendError;
use mako_engine::store::{AtomicAppend, CommitProbe, EventStore, Page, RecordedEvent, Store, StoreError, Visit};
use mako_engine::{BusinessKey, CorrelationKey, Id, StreamId, TenantId, Timestamp};

use crate::node_disk::NodeDisk;
use crate::plan::{CrashPoint, Keep};
use crate::points::sometimes;
use crate::trace::What;
use crate::world::{Crash, World};

/// The watched store of one node.
pub struct ProbedStore {
    inner: Arc<dyn Store>,
    world: Arc<World>,
    node: usize,
}

impl ProbedStore {
    /// Watches `inner`, which was opened with the [`WriterProbe`] of node number `node`.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, world: Arc<World>, node: usize) -> Self {
        Self { inner, world, node }
    }
}

/// Stands beside the writer of a node's store. A group of commits is one batch: a crash that is planned at one of them takes them all.
pub struct WriterProbe {
    world: Arc<World>,
    node: usize,
    disk: Arc<NodeDisk>,
    crash: Mutex<Option<Crash>>,
}

impl WriterProbe {
    /// The probe of node number `node` on `disk`.
    #[must_use]
    pub fn new(world: Arc<World>, node: usize, disk: Arc<NodeDisk>) -> Self {
        Self { world, node, disk, crash: Mutex::default() }
    }

    fn crash(&self) -> MutexGuard<'_, Option<Crash>> {
        self.crash.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trace_commit(&self, commit: &Commit, committed: &Committed) {
        let stream = commit.stream.to_string();
        let first = committed.version + 1 - commit.events.len() as u64;
        if let Some(accept) = &commit.accepts {
            let (from, message_id) = (accept.key.sender.clone(), accept.key.message_id.clone());
            // Told at the instant of the receipt, also when the disk was slow.
            self.world.trace_at(accept.received_at, self.world.name(self.node), What::Accepted { from, message_id });
        }
        if let Some((label, due)) = &commit.deadline_fired {
            self.world.trace(self.node, What::FristFired { stream: stream.clone(), label: label.to_string(), due: *due });
        }
        if commit.starts.is_some() {
            let holds = commit.claims.iter().map(ToString::to_string).collect();
            self.world.trace(self.node, What::Began { stream: stream.clone(), holds });
        }
        for (version, event) in (first..).zip(&commit.events) {
            let (event_type, payload) = (event.event_type.clone(), event.payload.to_json());
            self.world.trace(self.node, What::Event { stream: stream.clone(), version, event_type, payload });
        }
        for set in &commit.deadlines_set {
            let (label, reason) = (set.label.to_string(), set.reason.clone());
            self.world.trace(self.node, What::FristSet { stream: stream.clone(), label, due: set.due, reason });
        }
        if commit.ends {
            self.world.trace(self.node, What::Ended { stream: stream.clone() });
        }
        for letter in &commit.dead_letters {
            self.world.trace(self.node, What::DeadLetter { about: letter.about.clone(), reason: letter.reason.to_string() });
        }
    }
}

impl CommitProbe for WriterProbe {
    fn writing(&self, commits: &[&Commit]) -> Result<(), BackendError> {
        let crash = self.world.armed_at_commit(self.node, commits.len() as u64);
        *self.crash() = crash;
        match crash.map(|crash| crash.point) {
            Some(CrashPoint::BeforeWrite) => {
                crash.into_iter().for_each(|crash| self.world.crash_now(self.node, crash));
                let source = Arc::new(std::io::Error::other("the node crashed"));
                return Err(BackendError::Io { doing: "writing a commit", source });
            }
            Some(CrashPoint::BeforeSync) => self.disk.stop_syncing(),
            Some(CrashPoint::Now | CrashPoint::AfterSync | CrashPoint::AfterReceipt | CrashPoint::BeforeMarkSent) | None => {}
        }
        Ok(())
    }

    fn written(&self, commits: &[(&Commit, &Committed)]) {
        sometimes!(self.world, SharedBatch, commits.len() > 1);
        let crash = self.crash().take();
        let unsynced = crash.is_some_and(|crash| crash.point == CrashPoint::BeforeSync);
        let durable = !unsynced || crash.is_some_and(|crash| crash.keep == Keep::All);
        if durable {
            if !unsynced && let Err(error) = self.disk.acknowledge() {
                // The node goes on with a disk that nobody can read: the run must not pass.
                panic!("the simulated disk of {} cannot be read: {error}", self.world.name(self.node));
            }
            for (commit, committed) in commits {
                self.world.committed(self.node);
                self.trace_commit(commit, committed);
            }
        }
        if let Some(crash) = crash {
            self.world.crash_now(self.node, crash);
        }
    }
}

#[async_trait]
impl AtomicAppend for ProbedStore {
    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.world.disk(self.node).await?;
        let answer = self.inner.append_with_outbox(commit).await;
        sometimes!(self.world, Conflict, matches!(answer, Err(CommitError::Conflict { .. })));
        sometimes!(self.world, KeyTaken, matches!(answer, Err(CommitError::BusinessKeyTaken { .. })));
        sometimes!(self.world, DeadlineGone, matches!(answer, Err(CommitError::DeadlineGone { .. })));
        if self.world.is_crashing(self.node) {
            // Nobody hears the answer: the node is gone.
            return std::future::pending().await;
        }
        answer
    }
}

#[async_trait]
impl EventStore for ProbedStore {
    async fn fold_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, visit: Visit<'_>) -> Result<(), StoreError> {
        self.inner.fold_stream(tenant, stream, after, visit).await
    }

    async fn read_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.read_stream(tenant, stream, after, limit).await
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.read_all(after, limit).await
    }
}

#[async_trait]
impl OutboxStore for ProbedStore {
    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        self.inner.outbox_due(now, limit).await
    }

    async fn outbox_after(&self, after: OutboxCursor, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        self.inner.outbox_after(after, limit).await
    }

    async fn outbox_message(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError> {
        self.inner.outbox_message(id).await
    }
}

#[async_trait]
impl DeadlineStore for ProbedStore {
    async fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Page<Deadline>, StoreError> {
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

    async fn inbox_pending(&self, limit: usize) -> Result<Page<InboxEntry>, StoreError> {
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

#[async_trait]
impl SnapshotStore for ProbedStore {
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        let snapshot = self.inner.snapshot(tenant, stream).await;
        sometimes!(self.world, Resumed, matches!(snapshot, Ok(Some(_))));
        snapshot
    }
}

#[async_trait]
impl ViewStore for ProbedStore {
    async fn checkpoint(&self, view: &ViewName) -> Result<u64, StoreError> {
        self.inner.checkpoint(view).await
    }

    async fn view_row(&self, view: &ViewName, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.view_row(view, key).await
    }

    async fn view_rows(&self, view: &ViewName, prefix: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        self.inner.view_rows(view, prefix, limit).await
    }
}
