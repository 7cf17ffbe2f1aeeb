//! What a check works with: one store in a directory of its own, ids that repeat from run to run, and words for "taken" and "refused".

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mako_engine::store::{RecordedEvent, Store};
use mako_engine::{Commit, CommitError, Committed, Id, StreamId, TenantId};

use crate::Violation;
use crate::picture::Picture;

/// Opens the subject in a directory.
pub type Open<'a> = &'a (dyn Fn(&Path) -> Arc<dyn Store> + Sync);

/// The store under check.
pub struct StoreContext<'a> {
    open: Open<'a>,
    dir: PathBuf,
    store: Option<Arc<dyn Store>>,
    last_id: u128,
}

impl<'a> StoreContext<'a> {
    /// Opens the subject in `dir`.
    #[must_use]
    pub fn new(open: Open<'a>, dir: PathBuf) -> Self {
        let store = Some(open(&dir));
        Self { open, dir, store, last_id: 0 }
    }

    /// The store.
    ///
    /// # Errors
    /// [`Violation`] when it did not come back from [`StoreContext::reopen`].
    pub fn store(&self) -> Result<&dyn Store, Violation> {
        self.store.as_deref().ok_or_else(|| Violation::new("the store is closed"))
    }

    /// The store, for an engine over it. The engine must be gone before the store is opened again.
    ///
    /// # Errors
    /// As [`StoreContext::store`].
    pub fn shared(&self) -> Result<Arc<dyn Store>, Violation> {
        self.store.clone().ok_or_else(|| Violation::new("the store is closed"))
    }

    /// Drops the store and opens its directory again.
    pub fn reopen(&mut self) {
        // The old one first: a directory is open once.
        self.store = None;
        self.store = Some((self.open)(&self.dir));
    }

    /// An id that this context has not given out before.
    pub fn id(&mut self) -> Id {
        self.last_id += 1;
        Id::from_u128(self.last_id)
    }

    /// Applies a commit that must be taken.
    ///
    /// # Errors
    /// [`Violation`] when it is refused.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, Violation> {
        Ok(self.store()?.append_with_outbox(commit).await?)
    }

    /// Applies a commit that must be refused and must change nothing.
    ///
    /// # Errors
    /// [`Violation`] when it is taken, or refused and leaves a trace.
    pub async fn refuse(&self, commit: Commit) -> Result<CommitError, Violation> {
        let before = Picture::take(self.store()?, &commit.tenant).await?;
        let error = self.refuse_only(commit.clone()).await?;
        Picture::take(self.store()?, &commit.tenant).await?.must_be(&before, &format!("after the refusal `{error}`"))?;
        Ok(error)
    }

    /// Applies a commit that must be refused; what it leaves is somebody else's requirement.
    ///
    /// # Errors
    /// [`Violation`] when it is taken.
    pub async fn refuse_only(&self, commit: Commit) -> Result<CommitError, Violation> {
        match self.store()?.append_with_outbox(commit).await {
            Ok(committed) => Err(Violation::new(format!("expected a refusal | found {committed:?}"))),
            Err(error) => Ok(error),
        }
    }

    /// Every event of a stream.
    ///
    /// # Errors
    /// [`Violation`] when the store fails.
    pub async fn events(&self, tenant: &TenantId, stream: &StreamId) -> Result<Vec<RecordedEvent>, Violation> {
        Ok(self.store()?.read_stream(tenant, stream, 0, usize::MAX).await?)
    }
}
