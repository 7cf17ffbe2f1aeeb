//! A store that notes every commit it took, fails when it is told to, and lets a test step in between.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mako_engine::commit::{Commit, CommitError, Committed};
use mako_engine::dead_letter::{DeadLetter, DeadLetterStore};
use mako_engine::deadline::{Deadline, DeadlineStore};
use mako_engine::inbox::{InboxEntry, InboxKey, InboxStore};
use mako_engine::outbox::{OutboxCursor, OutboxMessage, OutboxStore};
use mako_engine::projection::{ViewName, ViewStore};
use mako_engine::registry::{ProcessRecord, ProcessRegistry};
use mako_engine::snapshot::{Snapshot, SnapshotStore};
use mako_engine::store::{AtomicAppend, EventStore, Page, RecordedEvent, Store, StoreError, Visit};
use mako_engine::{BusinessKey, CorrelationKey, Id, StreamId, TenantId, Timestamp};

type Step = Pin<Box<dyn Future<Output = ()> + Send>>;

pub struct Watched {
    pub inner: Arc<dyn Store>,
    taken: Mutex<Vec<Commit>>,
    between: Mutex<Vec<Step>>,
    after_due: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    /// How many of the next commits fail.
    pub failing_commits: AtomicUsize,
    /// How many of the next reads of what is due fail.
    pub failing_due_reads: AtomicUsize,
    /// Whether the store takes no commit any more.
    pub closed: AtomicBool,
}

/// Everything in a store that a test compares, as text.
pub async fn picture(store: &dyn Store, tenant: &TenantId) -> String {
    let events = serde_json::to_string(&store.read_all(0, usize::MAX).await.unwrap()).unwrap();
    format!(
        "{events} {:?} {:?} {:?} {:?} {:?}",
        store.outbox_due(Timestamp::MAX, usize::MAX).await.unwrap().rows,
        store.deadlines_due(Timestamp::MAX, usize::MAX).await.unwrap().rows,
        store.inbox_pending(usize::MAX).await.unwrap().rows,
        store.processes(tenant).await.unwrap(),
        store.dead_letters().await.unwrap(),
    )
}

impl Watched {
    pub fn new(inner: Arc<dyn Store>) -> Self {
        let (failing_commits, failing_due_reads) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (taken, between, after_due) = (Mutex::default(), Mutex::default(), Mutex::new(None));
        Self { inner, taken, between, after_due, failing_commits, failing_due_reads, closed: AtomicBool::new(false) }
    }

    /// Every commit that was taken so far.
    pub fn taken(&self) -> Vec<Commit> {
        self.taken.lock().unwrap().clone()
    }

    /// Just before the next commit, once per call, somebody else does `step`.
    pub fn step_in(&self, step: impl Future<Output = ()> + Send + 'static) {
        self.between.lock().unwrap().insert(0, Box::pin(step));
    }

    /// Just after the next read of due deadlines, `step` happens.
    pub fn after_next_due(&self, step: impl FnOnce() + Send + 'static) {
        *self.after_due.lock().unwrap() = Some(Box::new(step));
    }
}

fn fails(left: &AtomicUsize) -> Result<(), StoreError> {
    let took = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    if took.is_ok() { Err(StoreError::Injected("the test says so")) } else { Ok(()) }
}

#[async_trait]
impl AtomicAppend for Watched {
    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        let step = self.between.lock().unwrap().pop();
        if let Some(step) = step {
            step.await;
        }
        if self.closed.load(Ordering::SeqCst) {
            return Err(StoreError::Closed.into());
        }
        fails(&self.failing_commits)?;
        let committed = self.inner.append_with_outbox(commit.clone()).await?;
        self.taken.lock().unwrap().push(commit);
        Ok(committed)
    }
}

#[async_trait]
impl EventStore for Watched {
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
impl OutboxStore for Watched {
    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        fails(&self.failing_due_reads)?;
        self.inner.outbox_due(now, limit).await
    }

    async fn outbox_after(&self, after: OutboxCursor, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        fails(&self.failing_due_reads)?;
        self.inner.outbox_after(after, limit).await
    }

    async fn outbox_message(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError> {
        self.inner.outbox_message(id).await
    }
}

#[async_trait]
impl DeadlineStore for Watched {
    async fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Page<Deadline>, StoreError> {
        fails(&self.failing_due_reads)?;
        let due = self.inner.deadlines_due(now, limit).await;
        if let Some(step) = self.after_due.lock().unwrap().take() {
            step();
        }
        due
    }

    async fn deadline_next_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.inner.deadline_next_after(now).await
    }

    async fn deadlines_of(&self, tenant: &TenantId, stream: &StreamId) -> Result<Vec<Deadline>, StoreError> {
        self.inner.deadlines_of(tenant, stream).await
    }
}

#[async_trait]
impl InboxStore for Watched {
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
impl ProcessRegistry for Watched {
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
impl DeadLetterStore for Watched {
    async fn dead_letters(&self) -> Result<Vec<DeadLetter>, StoreError> {
        self.inner.dead_letters().await
    }
}

#[async_trait]
impl SnapshotStore for Watched {
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.inner.snapshot(tenant, stream).await
    }
}

#[async_trait]
impl ViewStore for Watched {
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
