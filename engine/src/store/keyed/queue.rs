//! Commits that wait, and who writes them: at any time at most one has the lead, the writer thread or a caller.
//!
//! Whoever has the lead takes everything that waits; whoever comes meanwhile waits for the next one, which is the thread unless a caller is
//! quicker. A store whose callers write by themselves on their own tasks (`Writing::Inline`) asks nobody for the lead: the lock of the writer
//! is enough where nothing runs beside. Nobody waits for ever: who gives the lead back calls the thread when something waits, and a lead
//! that is lost to a panic closes the queue.

use std::collections::VecDeque;
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::super::StoreError;
use crate::commit::{Commit, CommitError, Committed};

/// How often the writer thread looks before it goes to sleep: some ten microseconds, much less than a sync.
const LOOKS_BEFORE_SLEEP: u32 = 500;

/// The most commits in one group; bounds how long the first of them waits, and how big a batch becomes.
const MAX_GROUP: usize = 256;

pub(super) type Answer = Result<Committed, CommitError>;

/// The answer, and the commit that it is about: whoever made a commit also frees it, since memory of another thread is freed behind a lock.
pub(super) type Reply = (Answer, Box<Commit>);

/// A commit that waits.
pub(super) struct Request {
    ticket: u64,
    /// In a box, so that it is moved by its address from queue to group.
    pub(super) commit: Box<Commit>,
    pub(super) reply: oneshot::Sender<Reply>,
}

/// Commits that wait to be written.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// Calls the thread.
    came: Condvar,
}

#[derive(Default)]
struct Waiting {
    next_ticket: u64,
    /// In the order of their tickets.
    requests: VecDeque<Request>,
    /// Somebody has the lead.
    led: bool,
    closed: bool,
    panicked: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues `commit` up: its place, and where its answer comes.
    pub(super) fn push(&self, commit: Commit) -> Result<(Ticket<'_>, oneshot::Receiver<Reply>), StoreError> {
        let (commit, (reply, answer)) = (Box::new(commit), oneshot::channel());
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(StoreError::Closed);
        }
        let ticket = waiting.next_ticket;
        waiting.next_ticket += 1;
        waiting.requests.push_back(Request { ticket, commit, reply });
        Ok((Ticket { queue: self, number: ticket }, answer))
    }

    /// The next group.
    pub(super) fn take(&self) -> Vec<Request> {
        let mut waiting = self.lock();
        let group = waiting.requests.len().min(MAX_GROUP);
        waiting.requests.drain(..group).collect()
    }

    /// The lead, for a caller whose commit still waits while nobody has it.
    pub(super) fn lead(&self, ticket: &Ticket<'_>) -> Option<Lead<'_>> {
        let mut waiting = self.lock();
        if waiting.led || waiting.place_of(ticket.number).is_none() {
            return None;
        }
        waiting.led = true;
        Some(Lead(self))
    }

    /// Has the thread write what waits. Whoever has the lead calls it when it is done.
    pub(super) fn call_thread(&self) {
        if !self.lock().led {
            self.came.notify_one();
        }
    }

    /// The first [`wait`](Self::wait) of the thread: it says that it stands by, and sleeps until it is called.
    pub(super) fn stand_by(&self, stands_by: &Sender<()>) -> Option<Lead<'_>> {
        let waiting = self.lock();
        // Under the lock: whoever hears of it and queues something up comes to it only when the thread sleeps. Nobody may listen any more.
        stands_by.send(()).ok();
        self.sleep(waiting)
    }

    /// Waits until something is there that nobody else writes; `None` when nothing will come any more.
    pub(super) fn wait(&self) -> Option<Lead<'_>> {
        // Whoever was just answered often commits again at once, and going to sleep costs both sides more than a short look around.
        for _ in 0..LOOKS_BEFORE_SLEEP {
            if self.lock().unled() {
                break;
            }
            std::hint::spin_loop();
        }
        self.sleep(self.lock())
    }

    fn sleep<'a>(&'a self, mut waiting: MutexGuard<'a, Waiting>) -> Option<Lead<'a>> {
        while !waiting.unled() && !waiting.closed {
            waiting = self.came.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.closed {
            return None;
        }
        waiting.led = true;
        Some(Lead(self))
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

    /// Whether the queue was closed because whoever had the lead panicked: nobody knows what state the medium is in.
    pub(super) fn panicked(&self) -> bool {
        self.lock().panicked
    }
}

impl Waiting {
    /// Something is there that nobody writes.
    fn unled(&self) -> bool {
        !self.led && !self.requests.is_empty()
    }

    fn place_of(&self, ticket: u64) -> Option<usize> {
        self.requests.binary_search_by_key(&ticket, |request| request.ticket).ok()
    }
}

/// The right to write, until it is dropped.
pub(super) struct Lead<'a>(&'a Queue);

impl Lead<'_> {
    /// The writing ended in a panic: nothing more is taken.
    pub(super) fn panicked(self) {
        tracing::error!("the writer of the store panicked, and the store takes no more commits");
        self.0.lock().panicked = true;
        self.0.close();
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.led = false;
        if !waiting.requests.is_empty() {
            self.0.came.notify_one();
        }
    }
}

/// A place in the queue; giving it up before the writer came means that nothing is written.
pub(super) struct Ticket<'a> {
    queue: &'a Queue,
    number: u64,
}

impl Ticket<'_> {
    /// The commit was answered: nothing of it waits any more, so there is no place to give up.
    pub(super) fn answered(self) {
        std::mem::forget(self);
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut waiting = self.queue.lock();
        if let Some(place) = waiting.place_of(self.number) {
            waiting.requests.remove(place);
        }
    }
}
