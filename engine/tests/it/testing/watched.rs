//! A store that notes every commit it took, fails when it is told to, and lets a test step in between.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mako_engine::commit::{Commit, CommitError, Committed};
use mako_engine::deadline::Deadline;
use mako_engine::outbox::{OutboxCursor, OutboxMessage};
use mako_engine::store::{Page, Store, StoreError, StoreLayer};
use mako_engine::{TenantId, Timestamp};

type Step = Pin<Box<dyn Future<Output = ()> + Send>>;

/// After so many looks in a row at what is due, without a commit, somebody spins.
const PATIENCE: usize = 100_000;

pub struct Watched {
    pub inner: Arc<dyn Store>,
    taken: Mutex<Vec<Commit>>,
    between: Mutex<Vec<Step>>,
    after_due: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    looks: AtomicUsize,
    /// How many of the next commits fail.
    pub failing_commits: AtomicUsize,
    /// After how many more commits all of them fail.
    pub failing_after: AtomicUsize,
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
        store.dead_letters().await.unwrap().rows,
    )
}

impl Watched {
    pub fn new(inner: Arc<dyn Store>) -> Self {
        let (looks, failing_commits, failing_due_reads) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let failing_after = AtomicUsize::new(usize::MAX);
        let (taken, between, after_due) = (Mutex::default(), Mutex::default(), Mutex::new(None));
        Self { inner, taken, between, after_due, looks, failing_commits, failing_after, failing_due_reads, closed: AtomicBool::new(false) }
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

    /// Somebody asks what is due. A worker that spins without ever waiting would not come back to the test, which would hang.
    fn look(&self) -> Result<(), StoreError> {
        assert!(self.looks.fetch_add(1, Ordering::SeqCst) < PATIENCE, "somebody looks for ever and commits nothing");
        fails(&self.failing_due_reads)
    }
}

fn fails(left: &AtomicUsize) -> Result<(), StoreError> {
    let took = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    if took.is_ok() { Err(StoreError::Injected("the test says so")) } else { Ok(()) }
}

#[async_trait]
impl StoreLayer for Watched {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.looks.store(0, Ordering::SeqCst);
        let step = self.between.lock().unwrap().pop();
        if let Some(step) = step {
            step.await;
        }
        if self.closed.load(Ordering::SeqCst) {
            return Err(StoreError::Closed.into());
        }
        fails(&self.failing_commits)?;
        let left = self
            .failing_after
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(usize::from(left < usize::MAX))));
        if left == Ok(0) {
            return Err(StoreError::Injected("the test says so").into());
        }
        let committed = self.inner.append_with_outbox(commit.clone()).await?;
        self.taken.lock().unwrap().push(commit);
        Ok(committed)
    }

    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        self.look()?;
        self.inner.outbox_due(now, limit).await
    }

    async fn outbox_after(&self, after: OutboxCursor, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        self.look()?;
        self.inner.outbox_after(after, limit).await
    }

    async fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Page<Deadline>, StoreError> {
        self.look()?;
        let due = self.inner.deadlines_due(now, limit).await;
        if let Some(step) = self.after_due.lock().unwrap().take() {
            step();
        }
        due
    }
}
