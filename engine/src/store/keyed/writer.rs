//! The one writer: it drains what queued, checks each commit against what stands, writes one batch, syncs once, answers everybody.
//!
//! Nobody waits for a timer: a lone commit is a group of one. While a sync is under way the others queue, and the next group takes
//! them all. Who the writer is, a thread or whoever commits, is [`Writing`]; there is one at a time. A commit that is refused takes no position and leaves the others of its group alone. A caller that goes away before its
//! commit was taken has written nothing.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::Sender;
use std::sync::{Arc, PoisonError};
use std::task::Poll;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

use super::super::backend::{Backend, BackendError, Batch};
use super::Inner;
use super::chain::ChainHead;
use super::floors::changes;
use super::group::Group;
use super::queue::{Answer, Lead, Reply, Request};
use crate::commit::{Commit, Committed};

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Writing {
    /// Whoever commits, on its own task: it lets the others of the same instant queue up, then writes for all of them. No thread, so
    /// that a simulation replays exactly. A sync blocks the caller's thread.
    #[default]
    Inline,
    /// Whoever commits while nobody else writes, and a thread of the store's own for everybody who comes meanwhile. For production.
    ///
    /// A caller writes only on a worker of a tokio runtime with several threads (`flavor = "multi_thread"`), which then gives its other tasks to
    /// another thread (`block_in_place`): they go on. What waits for the disk, for one sync, is the caller's own task, with everything that
    /// was joined into it. Anywhere else (a runtime with one thread, a `LocalSet` in `block_on`, another executor) the thread writes, and nobody's
    /// thread waits for a disk; a lone commit then takes two wake-ups longer.
    Thread,
}

/// Looks over the writer's shoulder: a simulator decides here when a node crashes, and notes what became durable.
///
/// Called on the thread of whoever writes, between the commits' checks and their answers. Must not commit.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use mako_engine::store::backend::BackendError;
/// use mako_engine::store::{CommitProbe, KeyedStore, StoreOptions, Writing};
/// # use mako_engine::testing::MemoryBackend;
/// use mako_engine::{Commit, Committed};
///
/// /// Counts batches: how many syncs the commits cost.
/// #[derive(Default)]
/// struct Batches(AtomicUsize);
///
/// impl CommitProbe for Batches {
///     fn writing(&self, _: &[&Commit]) -> Result<(), BackendError> {
///         Ok(())
///     }
///     fn failed(&self, _: &[(&Commit, &Committed)]) {}
///     fn written(&self, _: &[(&Commit, &Committed)]) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
/// let batches = Arc::new(Batches::default());
/// let options = StoreOptions { writing: Writing::Inline, probe: Some(batches.clone()) };
/// let store = KeyedStore::open_with(MemoryBackend::default(), options)?;
/// # drop(store);
/// # Ok::<(), mako_engine::store::StoreError>(())
/// ```
pub trait CommitProbe: Send + Sync + 'static {
    /// `commits` passed their checks and are about to be written as one batch.
    ///
    /// # Errors
    /// Nothing is written then; the store takes nothing more, and every one of them is answered so, with this error as the reason.
    fn writing(&self, commits: &[&Commit]) -> Result<(), BackendError>;

    /// The batch failed. Nobody knows whether it is durable, the callers are told that it failed, and the store takes nothing more.
    fn failed(&self, commits: &[(&Commit, &Committed)]);

    /// The batch is durable; nobody has been told yet.
    fn written(&self, commits: &[(&Commit, &Committed)]);
}

/// Whether the tasks beside this one go on while it blocks: on a worker of a tokio runtime with several threads.
fn others_go_on() -> bool {
    tokio::runtime::worker_index().is_some()
        && Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Lets every other task that is ready now run first.
async fn others_first() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// What the writer must know to number and chain things; rebuilt when the store is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heads {
    pub(super) chain: ChainHead,
    pub(super) last_dead_letter: u64,
}

/// Everything that only the writer touches.
pub(super) struct Writer {
    pub(super) heads: Heads,
    /// Why nothing is taken any more: a batch failed, and nobody knows what of it is on the medium.
    pub(super) failed: Option<Arc<BackendError>>,
}

/// A commit that passed its checks.
struct Taken {
    commit: Box<Commit>,
    committed: Committed,
    reply: oneshot::Sender<Reply>,
}

impl<B: Backend> Inner<B> {
    pub(super) async fn append(&self, commit: Commit, writing: Writing) -> Answer {
        let (ticket, answer) = self.queue.push(commit)?;
        match writing {
            Writing::Thread if others_go_on() => {
                others_first().await;
                if let Some(lead) = self.queue.lead(&ticket) {
                    #[expect(
                        clippy::disallowed_methods,
                        reason = "the runtime of a production, which a simulated world is not: its other tasks go on"
                    )]
                    tokio::task::block_in_place(|| self.write_once(lead));
                }
            }
            Writing::Thread => self.queue.call_thread(),
            Writing::Inline => {
                others_first().await;
                self.turn();
            }
        }
        let Ok((answer, _commit)) = answer.await else {
            // Whoever still waited was told; this one was being written.
            return Err(BackendError::closed("the writer panicked while it wrote this commit, and whether it is there is seen then").into());
        };
        ticket.answered();
        answer
    }

    /// The life of the writer thread, which says when it `stands_by`.
    pub(super) fn write_for_ever(self: Arc<Self>, stands_by: &Sender<()>) {
        let mut called = self.queue.stand_by(stands_by);
        while let Some(lead) = called {
            self.write_once(lead);
            called = self.queue.wait();
        }
        if self.queue.panicked() {
            return;
        }
        if let Err(error) = self.backend.seal() {
            tracing::warn!(%error, "the store could not be sealed");
        }
    }

    /// A turn of whoever has the lead. A panic in it must not leave anybody waiting for ever, and is no panic of the caller's.
    fn write_once(&self, lead: Lead<'_>) {
        // What a panic leaves half done is never used again: nothing is taken after it.
        match std::panic::catch_unwind(AssertUnwindSafe(|| self.turn())) {
            Ok(()) => drop(lead),
            Err(_) => lead.panicked(),
        }
    }

    /// Writes what waits as one group.
    fn turn(&self) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Writer { heads, failed } = &mut *writer;
        let requests = self.queue.take();
        if let Some(because) = failed {
            // Not even what stands may be told: it may be the batch that failed.
            let closed = BackendError::Closed { because: because.clone() };
            let refuse = |Request { commit, reply, .. }: Request| drop(reply.send((Err(closed.clone().into()), commit)));
            return requests.into_iter().for_each(refuse);
        }
        let mut group = Group::over(&self.backend, &self.lengths);
        let mut after = *heads;
        let mut taken = Vec::new();
        for Request { commit, reply, .. } in requests {
            match self.check(&commit, &mut group, &mut after) {
                Ok(committed) => taken.push(Taken { commit, committed, reply }),
                Err(error) => drop(reply.send((Err(error), commit))),
            }
        }
        if taken.is_empty() {
            return;
        }
        let (batch, lengths) = group.into_batch();
        self.lengths.in_doubt(lengths.keys());
        match self.write(batch, &taken) {
            Ok(()) => {
                *heads = after;
                self.lengths.are(lengths);
                taken.into_iter().for_each(|Taken { commit, committed, reply }| drop(reply.send((Ok(committed), commit))));
            }
            Err(error) => {
                self.floors.reset();
                // Final from now on, also for these: whoever runs the engine must not wait for the next commit to learn it.
                let closed = BackendError::Closed { because: failed.insert(Arc::new(error)).clone() };
                taken.into_iter().for_each(|Taken { commit, reply, .. }| drop(reply.send((Err(closed.clone().into()), commit))));
            }
        }
        // Between two commits is the instant for it. What fails here fails the next commit, which is told.
        if let Err(error) = self.backend.maintain() {
            tracing::error!(%error, "the store could not be maintained and takes no more commits");
        }
    }

    fn write(&self, batch: Batch, taken: &[Taken]) -> Result<(), BackendError> {
        if let Some(probe) = &self.probe {
            probe.writing(&taken.iter().map(|taken| &*taken.commit).collect::<Vec<_>>())?;
        }
        let changes = changes(&batch);
        let applied = if batch.is_empty() { Ok(()) } else { self.backend.apply(batch) };
        if let (Err(_), Some(probe)) = (&applied, &self.probe) {
            probe.failed(&taken.iter().map(|taken| (&*taken.commit, &taken.committed)).collect::<Vec<_>>());
        }
        applied?;
        changes.iter().for_each(|change| self.floors.change(change));
        if let Some(probe) = &self.probe {
            probe.written(&taken.iter().map(|taken| (&*taken.commit, &taken.committed)).collect::<Vec<_>>());
        }
        Ok(())
    }
}
