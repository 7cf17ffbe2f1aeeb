//! A store around a store: everything passes through, but for what a mutant breaks.

pub mod forgetting;
pub mod lenient;
pub mod misreading;

use std::sync::Arc;

use async_trait::async_trait;
use mako_engine::commit::{Commit, CommitError, Committed};
use mako_engine::dead_letter::DeadLetter;
use mako_engine::deadline::Deadline;
use mako_engine::inbox::{InboxEntry, InboxKey};
use mako_engine::outbox::{OutboxCursor, OutboxMessage};
use mako_engine::projection::ViewName;
use mako_engine::registry::{Executed, ProcessRecord};
use mako_engine::snapshot::Snapshot;
use mako_engine::store::{Page, RecordedEvent, Store, StoreError, StoreLayer, Visit};
use mako_engine::{BusinessKey, CorrelationKey, Id, IdempotencyKey, StreamId, TenantId, Timestamp};

type Inner<'a> = &'a dyn Store;

/// What is broken. Every method that is not overridden is right.
#[async_trait]
pub trait Broken: Send + Sync + 'static {
    /// Whether opening again finds nothing.
    const LOSES_ITS_DISK: bool = false;

    async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
        inner.append_with_outbox(self.rewrite(commit)).await
    }
    /// The commit that is written instead.
    fn rewrite(&self, commit: Commit) -> Commit {
        commit
    }
    /// The instant that is asked about instead.
    fn now(&self, now: Timestamp) -> Timestamp {
        now
    }
    /// The limit that is asked for instead.
    fn limit(&self, limit: usize) -> usize {
        limit
    }
    /// The place after which is read instead.
    fn after(&self, after: u64) -> u64 {
        after
    }
    /// The tenant that is asked for instead.
    fn tenant(&self, tenant: &TenantId) -> TenantId {
        tenant.clone()
    }
    /// The stream that is asked for instead.
    fn stream(&self, stream: &StreamId) -> StreamId {
        stream.clone()
    }
    /// The inbox key that is asked for instead.
    fn inbox_key(&self, key: &InboxKey) -> InboxKey {
        key.clone()
    }
    fn events(&self, events: Vec<RecordedEvent>) -> Result<Vec<RecordedEvent>, StoreError> {
        Ok(events)
    }
    fn queued(&self, queued: Vec<OutboxMessage>) -> Vec<OutboxMessage> {
        queued
    }
    fn deadlines(&self, _now: Timestamp, deadlines: Vec<Deadline>) -> Vec<Deadline> {
        deadlines
    }
    fn pending(&self, pending: Vec<InboxEntry>) -> Vec<InboxEntry> {
        pending
    }
    fn payload(&self, payload: Option<Vec<u8>>) -> Option<Vec<u8>> {
        payload
    }
    fn letters(&self, letters: Vec<DeadLetter>) -> Vec<DeadLetter> {
        letters
    }
    fn holder(&self, _key: &BusinessKey, holder: Option<StreamId>) -> Option<StreamId> {
        holder
    }
    fn snapshot(&self, snapshot: Option<Snapshot>) -> Option<Snapshot> {
        snapshot
    }
    fn checkpoint(&self, checkpoint: u64) -> u64 {
        checkpoint
    }
    /// The view that is asked for instead.
    fn view(&self, view: &ViewName) -> ViewName {
        view.clone()
    }
    fn next(&self, next: Option<Timestamp>) -> Option<Timestamp> {
        next
    }
}

/// Breaks nothing: the control.
#[derive(Default)]
pub struct Faithful;
impl Broken for Faithful {}

/// A store with a fault.
pub struct Mutant<B> {
    pub inner: Arc<dyn Store>,
    pub broken: Arc<B>,
}

#[async_trait]
impl<B: Broken> StoreLayer for Mutant<B> {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.broken.append(&*self.inner, commit).await
    }

    async fn fold_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, visit: Visit<'_>) -> Result<(), StoreError> {
        self.inner.fold_stream(&self.broken.tenant(tenant), &self.broken.stream(stream), self.broken.after(after), visit).await
    }

    async fn read_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        let (tenant, stream) = (self.broken.tenant(tenant), self.broken.stream(stream));
        self.broken.events(self.inner.read_stream(&tenant, &stream, self.broken.after(after), self.broken.limit(limit)).await?)
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        let events = self.inner.read_all(self.broken.after(after), self.broken.limit(limit)).await?;
        if events.is_empty() { Ok(events) } else { self.broken.events(events) }
    }

    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        let page = self.inner.outbox_due(self.broken.now(now), self.broken.limit(limit)).await?;
        Ok(Page { rows: self.broken.queued(page.rows), ..page })
    }

    async fn outbox_after(&self, after: OutboxCursor, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        let after = OutboxCursor { caused_by: self.broken.after(after.caused_by), ..after };
        let page = self.inner.outbox_after(after, self.broken.limit(limit)).await?;
        Ok(Page { rows: self.broken.queued(page.rows), ..page })
    }

    async fn outbox_message(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError> {
        Ok(self.broken.queued(self.inner.outbox_message(id).await?.into_iter().collect()).pop())
    }

    async fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Page<Deadline>, StoreError> {
        let page = self.inner.deadlines_due(self.broken.now(now), self.broken.limit(limit)).await?;
        Ok(Page { rows: self.broken.deadlines(now, page.rows), ..page })
    }

    async fn deadline_next_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.broken.next(self.inner.deadline_next_after(now).await?))
    }

    async fn deadlines_of(&self, tenant: &TenantId, stream: &StreamId) -> Result<Vec<Deadline>, StoreError> {
        self.inner.deadlines_of(&self.broken.tenant(tenant), &self.broken.stream(stream)).await
    }

    async fn inbox_entry(&self, key: &InboxKey) -> Result<Option<InboxEntry>, StoreError> {
        self.inner.inbox_entry(&self.broken.inbox_key(key)).await
    }

    async fn inbox_payload(&self, key: &InboxKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.broken.payload(self.inner.inbox_payload(&self.broken.inbox_key(key)).await?))
    }

    async fn inbox_pending(&self, limit: usize) -> Result<Page<InboxEntry>, StoreError> {
        let page = self.inner.inbox_pending(self.broken.limit(limit)).await?;
        Ok(Page { rows: self.broken.pending(page.rows), ..page })
    }

    async fn process(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<ProcessRecord>, StoreError> {
        self.inner.process(&self.broken.tenant(tenant), &self.broken.stream(stream)).await
    }

    async fn correlated(&self, tenant: &TenantId, key: &CorrelationKey) -> Result<Vec<ProcessRecord>, StoreError> {
        self.inner.correlated(&self.broken.tenant(tenant), key).await
    }

    async fn holder(&self, tenant: &TenantId, key: &BusinessKey) -> Result<Option<StreamId>, StoreError> {
        Ok(self.broken.holder(key, self.inner.holder(&self.broken.tenant(tenant), key).await?))
    }

    async fn executed(&self, tenant: &TenantId, key: &IdempotencyKey) -> Result<Option<Executed>, StoreError> {
        self.inner.executed(&self.broken.tenant(tenant), key).await
    }

    async fn processes(&self, tenant: &TenantId) -> Result<Vec<ProcessRecord>, StoreError> {
        self.inner.processes(&self.broken.tenant(tenant)).await
    }

    async fn dead_letters(&self) -> Result<Page<DeadLetter>, StoreError> {
        let Page { rows, unreadable } = self.inner.dead_letters().await?;
        Ok(Page { rows: self.broken.letters(rows), unreadable })
    }

    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.broken.snapshot(self.inner.snapshot(&self.broken.tenant(tenant), &self.broken.stream(stream)).await?))
    }

    async fn checkpoint(&self, view: &ViewName) -> Result<u64, StoreError> {
        Ok(self.broken.checkpoint(self.inner.checkpoint(&self.broken.view(view)).await?))
    }

    async fn view_row(&self, view: &ViewName, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.view_row(&self.broken.view(view), key).await
    }

    async fn view_rows(&self, view: &ViewName, prefix: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        self.inner.view_rows(&self.broken.view(view), prefix, self.broken.limit(limit)).await
    }
}
