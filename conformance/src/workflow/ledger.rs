//! A store that remembers every message that was ever queued in it, and that can fall over at a commit.
//!
//! Whether a commit that a failing disk did not acknowledge landed is seen when it is opened again, by the messages in it.
//!
//! A crash is an error after which nobody asks this store anything again: whoever runs an engine over it drops both and opens the disk
//! anew. Before the commit nothing of it was written, after it all of it was.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use mako_engine::commit::NewOutboxMessage;
use mako_engine::store::{Store, StoreError, StoreLayer};
use mako_engine::{Commit, CommitError, Committed};

/// On which side of a commit a crash falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

/// What happened on a disk, over every time that it was opened.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    commits: usize,
    queued: Vec<NewOutboxMessage>,
    /// Of commits of which nobody knows whether they landed.
    in_doubt: Vec<NewOutboxMessage>,
    crash: Option<(usize, Side)>,
}

/// A ledger that outlives the stores that write it.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Ledger>>);

impl Shared {
    /// Crashes on this side of commit number `commit`, counted from 0, once.
    pub(super) fn crash_at(commit: usize, side: Side) -> Self {
        Self(Arc::new(Mutex::new(Ledger { crash: Some((commit, side)), ..Ledger::default() })))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Ledger) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many commits were made.
    pub(super) fn commits(&self) -> usize {
        self.with(|ledger| ledger.commits)
    }

    /// Every message that was ever queued, sorted.
    pub(super) fn queued(&self) -> Vec<(String, String)> {
        self.with(|ledger| {
            let mut queued: Vec<(String, String)> = ledger
                .queued
                .iter()
                .map(|new| (new.id.to_string(), serde_json::to_string(&new.message).unwrap_or_else(|error| error.to_string())))
                .collect();
            queued.sort();
            queued
        })
    }
}

/// What landed of what nobody knew about stands in the store.
pub(super) async fn settle_doubts(store: &dyn Store, ledger: &Shared) -> Result<(), StoreError> {
    for message in ledger.with(|ledger| std::mem::take(&mut ledger.in_doubt)) {
        if store.outbox_message(message.id).await?.is_some() {
            ledger.with(|ledger| ledger.queued.push(message));
        }
    }
    Ok(())
}

/// The store that writes a ledger.
pub(super) struct Kept {
    pub(super) inner: Arc<dyn Store>,
    pub(super) ledger: Shared,
}

#[async_trait]
impl StoreLayer for Kept {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        let queued = commit.outbox.clone();
        let crash = self.ledger.with(|ledger| ledger.crash.filter(|(at, _)| *at == ledger.commits));
        if matches!(crash, Some((_, Side::Before))) {
            self.ledger.with(|ledger| ledger.crash = None);
            return Err(StoreError::Injected("crash before the commit").into());
        }
        settle_doubts(&*self.inner, &self.ledger).await?;
        let committed = match self.inner.append_with_outbox(commit).await {
            Err(CommitError::Store(StoreError::Injected(why))) => {
                self.ledger.with(|ledger| ledger.in_doubt.extend(queued));
                return Err(StoreError::Injected(why).into());
            }
            answer => answer?,
        };
        self.ledger.with(|ledger| {
            ledger.commits += 1;
            ledger.queued.extend(queued);
        });
        if crash.is_some() {
            self.ledger.with(|ledger| ledger.crash = None);
            return Err(StoreError::Injected("crash after the commit").into());
        }
        Ok(committed)
    }
}
