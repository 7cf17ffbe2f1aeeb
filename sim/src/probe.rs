//! The store of a simulated node: the real one, watched, and crashed where the plan says.
//!
//! Reading passes through. A commit is where a crash can fall: before anything is written, written but not synced, synced but not
//! acknowledged. What the disk then keeps is decided by [`crate::disk`]; here the node only stops. What became durable is traced.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use mako_engine::commit::{Commit, CommitError, Committed};
use mako_engine::dead_letter::{AuditContext, DeadLetterReason};
use mako_engine::deadline::Deadline;
use mako_engine::inbox::InboxEntry;
use mako_engine::outbox::{OutboxCursor, OutboxMessage};
use mako_engine::snapshot::Snapshot;
use mako_engine::store::backend::BackendError;
use mako_engine::store::{CommitProbe, Page, Store, StoreError, StoreLayer};
use mako_engine::{StreamId, TenantId, Timestamp};

use crate::lease::comes_between;
use crate::node_disk::NodeDisk;
use crate::plan::{CrashPoint, Keep, Queue};
use crate::points::sometimes;
use crate::trace::What;
use crate::world::{Crash, World};

/// How a dead letter about a row that was set aside begins.
pub(crate) const SET_ASIDE: &str = "a stored ";

/// The watched store of one node.
pub struct ProbedStore {
    inner: Arc<dyn Store>,
    world: Arc<World>,
    node: usize,
    disk: Arc<NodeDisk>,
}

impl ProbedStore {
    /// Watches `inner`, which was opened with the [`WriterProbe`] of node number `node`.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, world: Arc<World>, node: usize, disk: Arc<NodeDisk>) -> Self {
        Self { inner, world, node, disk }
    }

    /// What a worker reads from `queue`, whose next row may rot just now.
    async fn read<T>(&self, queue: Queue, page: impl Future<Output = Result<Page<T>, StoreError>>) -> Result<Page<T>, StoreError> {
        self.disk.faults().begins_to_read(queue);
        let page = page.await;
        if self.disk.faults().has_read() {
            self.world.trace(self.node, What::Unreadable { queue });
        }
        page
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
        let trace = |what| self.world.trace_caused(self.node, &commit.cause, what);
        let stream = commit.stream.to_string();
        let first = committed.version + 1 - commit.events.len() as u64;
        if let Some(accept) = &commit.accepts {
            let (from, message_id) = (accept.key.sender.clone(), accept.key.message_id.clone());
            // Told at the instant of the receipt, also when the disk was slow.
            let at = self.world.agenda.true_at(self.node, accept.received_at);
            self.world.trace_caused_at(at, self.node, &commit.cause, What::Accepted { from, message_id });
        }
        if let Some((label, due)) = &commit.deadline_fired {
            trace(What::FristFired { stream: stream.clone(), label: label.to_string(), due: *due });
        }
        if commit.starts.is_some() {
            let holds = commit.claims.iter().map(ToString::to_string).collect();
            trace(What::Began { stream: stream.clone(), holds });
        }
        for (version, event) in (first..).zip(&commit.events) {
            let (event_type, payload) = (event.event_type.clone(), event.payload.to_json());
            trace(What::Event { stream: stream.clone(), version, event_type, payload });
        }
        for set in &commit.deadlines_set {
            let (label, reason) = (set.label.to_string(), set.reason.clone());
            trace(What::FristSet { stream: stream.clone(), label, due: set.due, reason });
        }
        if commit.ends {
            trace(What::Ended { stream: stream.clone() });
        }
        for letter in &commit.dead_letters {
            trace(What::DeadLetter { about: letter.about.clone(), reason: letter.reason.to_string() });
        }
        for row in &commit.sets_aside {
            // As the store words the letter that it writes for each.
            let (what, detail, audit) = (row.what.to_owned(), row.detail.clone(), AuditContext::at(commit.at).into());
            let reason = DeadLetterReason::Undecodable { what, detail, audit }.to_string();
            trace(What::DeadLetter { about: format!("{SET_ASIDE}{}", row.what), reason });
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

    fn failed(&self, commits: &[(&Commit, &Committed)]) {
        // What the disk will have kept happened, although nobody was told.
        if self.disk.faults().keeps_all() {
            for (commit, committed) in commits {
                self.world.committed(self.node);
                self.trace_commit(commit, committed);
            }
        }
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
                self.world.sample(self.node, &commit.stream);
            }
        }
        if let Some(crash) = crash {
            self.world.crash_now(self.node, crash);
        }
    }
}

#[async_trait]
impl StoreLayer for ProbedStore {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.world.disk(self.node).await?;
        comes_between(&self.world, self.node, &*self.inner, &commit).await?;
        if self.world.is_crashing(self.node) {
            return std::future::pending().await;
        }
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

    async fn outbox_after(&self, after: OutboxCursor, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        self.read(Queue::Outbox, self.inner.outbox_after(after, limit)).await
    }

    async fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Page<Deadline>, StoreError> {
        self.read(Queue::Deadlines, self.inner.deadlines_due(now, limit)).await
    }

    async fn inbox_pending(&self, limit: usize) -> Result<Page<InboxEntry>, StoreError> {
        self.read(Queue::Inbox, self.inner.inbox_pending(limit)).await
    }

    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        let snapshot = self.inner.snapshot(tenant, stream).await;
        if self.world.is_looked_at() {
            return snapshot;
        }
        sometimes!(self.world, Rotten, matches!(snapshot, Err(StoreError::Undecodable { .. })));
        sometimes!(self.world, Resumed, matches!(snapshot, Ok(Some(_))));
        if matches!(snapshot, Ok(Some(_))) {
            self.world.resumed(self.node, stream);
        }
        snapshot
    }
}
