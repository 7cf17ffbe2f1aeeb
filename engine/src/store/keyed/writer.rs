//! The one writer: it drains what queued, checks each commit against what stands, writes one batch, syncs once, answers everybody.
//!
//! Nobody waits for a timer: a lone commit is a group of one. While a sync is under way the others queue, and the next group takes
//! them all. A commit that is refused takes no position and leaves the others of its group alone. A caller that goes away before its
//! commit was taken has written nothing.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use tokio::sync::oneshot;

use super::super::StoreError;
use super::super::backend::{Backend, BackendError, Batch};
use super::Inner;
use super::chain::ChainHead;
use super::floors::lowest_puts;
use super::group::Group;
use crate::commit::{Commit, CommitError, Committed};

/// How often the writer thread looks before it goes to sleep: some ten microseconds, much less than a sync.
const LOOKS_BEFORE_SLEEP: u32 = 500;

/// The most commits in one group; bounds how long the first of them waits, and how big a batch becomes.
const MAX_GROUP: usize = 256;

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Writing {
    /// Whoever commits, on its own task: it lets the others of the same instant queue up, then writes for all of them. No thread, so
    /// that a simulation replays exactly. A sync blocks the caller's thread.
    #[default]
    Inline,
    /// A thread of the store's own. For production: no thread of the runtime ever waits for a disk.
    Thread,
}

/// Looks over the writer's shoulder: a simulator decides here when a node crashes, and notes what became durable.
///
/// Called on the writer's thread, between the commits' checks and their answers. Must not commit.
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

/// How many streams the writer knows the length of before it forgets them all: some ten megabytes.
const KNOWN_STREAMS: usize = 65_536;

/// Everything that only the writer touches.
pub(super) struct Writer {
    pub(super) heads: Heads,
    /// The length of streams that were written lately, by their key.
    pub(super) versions: BTreeMap<Vec<u8>, u64>,
    /// Why nothing is taken any more: a batch failed, and nobody knows what of it is on the medium.
    pub(super) failed: Option<Arc<BackendError>>,
}

type Answer = Result<Committed, CommitError>;

/// A commit that waits.
struct Request {
    ticket: u64,
    /// In a box, so that it is moved by its address from queue to group.
    commit: Box<Commit>,
    reply: oneshot::Sender<Reply>,
}

/// The answer, and the commit that it is about: whoever made a commit also frees it, since memory of another thread is freed behind a lock.
type Reply = (Answer, Box<Commit>);

/// A commit that passed its checks.
struct Taken {
    commit: Box<Commit>,
    committed: Committed,
    reply: oneshot::Sender<Reply>,
}

/// Commits that wait for the writer.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    came: Condvar,
}

#[derive(Default)]
struct Waiting {
    next_ticket: u64,
    /// In the order of their tickets.
    requests: VecDeque<Request>,
    closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Request> {
        let mut waiting = self.lock();
        let group = waiting.requests.len().min(MAX_GROUP);
        waiting.requests.drain(..group).collect()
    }

    /// No commit is taken any more; whoever still waits is told.
    pub(super) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        for Request { commit, reply, .. } in waiting.requests.drain(..) {
            drop(reply.send((Err(StoreError::Closed.into()), commit)));
        }
        self.came.notify_all();
    }

    /// Waits until something is there. `false` when nothing will come any more.
    fn wait(&self) -> bool {
        // Whoever was just answered often commits again at once, and going to sleep costs both sides more than a short look around.
        for _ in 0..LOOKS_BEFORE_SLEEP {
            if !self.lock().requests.is_empty() {
                break;
            }
            std::hint::spin_loop();
        }
        let mut waiting = self.lock();
        while waiting.requests.is_empty() && !waiting.closed {
            waiting = self.came.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        !waiting.closed
    }
}

/// A place in the queue; giving it up before the writer came means that nothing is written.
struct Ticket<'a> {
    queue: &'a Queue,
    number: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut waiting = self.queue.lock();
        if let Ok(place) = waiting.requests.binary_search_by_key(&self.number, |request| request.ticket) {
            waiting.requests.remove(place);
        }
    }
}

impl<B: Backend> Inner<B> {
    pub(super) async fn append(&self, commit: Commit, writing: Writing) -> Answer {
        let (commit, (reply, answer)) = (Box::new(commit), oneshot::channel());
        let ticket = {
            let mut waiting = self.queue.lock();
            if waiting.closed {
                return Err(StoreError::Closed.into());
            }
            let ticket = waiting.next_ticket;
            waiting.next_ticket += 1;
            waiting.requests.push_back(Request { ticket, commit, reply });
            Ticket { queue: &self.queue, number: ticket }
        };
        match writing {
            Writing::Thread => self.queue.came.notify_one(),
            Writing::Inline => {
                others_first().await;
                self.turn();
            }
        }
        let Ok((answer, _commit)) = answer.await else {
            // Whoever still waited was told; this one was being written.
            return Err(BackendError::closed("the writer panicked while it wrote this commit, and whether it is there is seen then").into());
        };
        // Nothing of it waits any more, so there is no place to give up.
        std::mem::forget(ticket);
        answer
    }

    /// The life of the writer thread.
    pub(super) fn write_for_ever(self: Arc<Self>) {
        /// A panic in here must not leave anybody waiting for ever.
        struct Closes<'a>(&'a Queue);
        impl Drop for Closes<'_> {
            fn drop(&mut self) {
                self.0.close();
            }
        }
        let _closes = Closes(&self.queue);
        while self.queue.wait() {
            self.turn();
        }
        if let Err(error) = self.backend.seal() {
            tracing::warn!(%error, "the store could not be sealed");
        }
    }

    /// Writes what waits as one group.
    fn turn(&self) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Writer { heads, versions, failed } = &mut *writer;
        let requests = self.queue.take();
        if let Some(because) = failed {
            // Not even what stands may be told: it may be the batch that failed.
            let closed = BackendError::Closed { because: because.clone() };
            let refuse = |Request { commit, reply, .. }: Request| drop(reply.send((Err(closed.clone().into()), commit)));
            return requests.into_iter().for_each(refuse);
        }
        let mut group = Group::over(&self.backend, versions);
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
        match self.write(batch, &taken) {
            Ok(()) => {
                *heads = after;
                if versions.len() > KNOWN_STREAMS {
                    versions.clear();
                }
                versions.extend(lengths);
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
        let lowest = lowest_puts(&batch);
        let applied = if batch.is_empty() { Ok(()) } else { self.backend.apply(batch) };
        if let (Err(_), Some(probe)) = (&applied, &self.probe) {
            probe.failed(&taken.iter().map(|taken| (&*taken.commit, &taken.committed)).collect::<Vec<_>>());
        }
        applied?;
        lowest.iter().for_each(|key| self.floors.lower(key));
        if let Some(probe) = &self.probe {
            probe.written(&taken.iter().map(|taken| (&*taken.commit, &taken.committed)).collect::<Vec<_>>());
        }
        Ok(())
    }
}
