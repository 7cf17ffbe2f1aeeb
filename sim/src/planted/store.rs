//! Bugs of the store, and of whoever makes commits, worn around it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use mako_engine::commit::{Commit, CommitError, Committed, ExpectedVersion, OutboxSettlement};
use mako_engine::deadline::Deadline;
use mako_engine::inbox::InboxEntry;
use mako_engine::outbox::{OutboxCursor, OutboxMessage};
use mako_engine::snapshot::Snapshot;
use mako_engine::store::{Page, Store, StoreError, StoreLayer};
use mako_engine::{BusinessKey, DeadlineLabel, Id, StreamId, Timestamp, planted};

use crate::application::AS4;
use crate::clock::Agenda;

/// The store of a node, and every planted bug of it.
pub struct PlantedStore {
    inner: Arc<dyn Store>,
    opened_at: Timestamp,
    is_restarted: bool,
    noted: Mutex<Noted>,
}

/// What the bugs remember; gone with the node.
#[derive(Default)]
struct Noted {
    /// Business keys that were ever claimed, and by whom.
    keys: BTreeMap<BusinessKey, StreamId>,
    /// Messages that failed once.
    failed: BTreeSet<Id>,
    /// The last snapshot of each stream.
    snapshots: BTreeMap<StreamId, Snapshot>,
    /// Deadlines that nobody fires any more.
    lost: BTreeSet<(StreamId, DeadlineLabel)>,
}

impl PlantedStore {
    /// Around `inner`, which is opened now, for the first time unless the node was restarted.
    #[must_use]
    pub fn around(inner: Arc<dyn Store>, agenda: &Agenda, is_restarted: bool) -> Self {
        Self { inner, opened_at: agenda.now(), is_restarted, noted: Mutex::default() }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets or changes a part of `commit`.
    fn spoil(&self, commit: &mut Commit) {
        let delivers = matches!(commit.settles_outbox, Some(OutboxSettlement::Delivered(_)));
        if planted!(ForgetsTheOutbox) && (delivers || commit.deadline_fired.is_some()) {
            commit.outbox.clear();
        }
        if planted!(ForgetsTheDeadlines) && delivers {
            commit.deadlines_set.clear();
        }
        if planted!(SettlesNothingWhileItSends) && delivers && !commit.outbox.is_empty() {
            commit.settles_outbox = None;
        }
        if planted!(CancelsNothing) && delivers {
            commit.deadlines_cancelled.clear();
        }
        if planted!(KeepsTheClocksOfARefusal) && commit.events.iter().any(|event| event.event_type == "InterchangeRefused") {
            commit.deadlines_cancelled.clear();
        }
        if planted!(ForgetsWhatFailedTwice)
            && let Some(OutboxSettlement::Rescheduled { id, .. }) = commit.settles_outbox
            && !self.noted().failed.insert(id)
        {
            commit.settles_outbox = Some(OutboxSettlement::Exhausted(id));
        }
        if planted!(LosesTheDeadLetter) && matches!(commit.settles_outbox, Some(OutboxSettlement::Exhausted(_))) {
            commit.dead_letters.clear();
        }
        if planted!(ForgetsAfterTenMinutes)
            && let Some(accept) = &mut commit.accepts
        {
            accept.known_until = accept.received_at.plus_seconds(600);
        }
        if planted!(SendsToTheFirst) {
            let mut by_as4 = commit.outbox.iter_mut().filter(|new| new.message.channel == AS4);
            if let Some(first) = by_as4.next() {
                by_as4.for_each(|new| new.message.recipient.clone_from(&first.message.recipient));
            }
        }
        if planted!(LabelsAnOldSnapshot)
            && let Some(snapshot) = &mut commit.snapshot
            && let Some(old) = self.noted().snapshots.insert(commit.stream.clone(), snapshot.clone())
        {
            snapshot.state = old.state;
        }
    }

    /// Every window of an APERAK that stands in the stream of `commit`, when it retires one.
    async fn retired(&self, commit: &Commit) -> Result<Vec<DeadlineLabel>, StoreError> {
        let is_window = |label: &DeadlineLabel| label.as_str().starts_with("APERAK ");
        if !planted!(RetiresEveryAperak) || !commit.deadlines_cancelled.iter().any(is_window) {
            return Ok(Vec::new());
        }
        let standing = self.inner.deadlines_of(&commit.tenant, &commit.stream).await?;
        Ok(standing.into_iter().map(|deadline| deadline.label).filter(is_window).collect())
    }

    /// Who holds a key that `commit` claims, when nothing is ever free again.
    fn taken(&self, commit: &Commit) -> Option<CommitError> {
        let noted = self.noted();
        let mut held = commit.claims.iter().filter_map(|key| Some((key.clone(), noted.keys.get(key)?.clone())));
        let (key, holder) = held.find(|(_, holder)| planted!(KeepsTheKeysOfTheFinished) && *holder != commit.stream)?;
        Some(CommitError::BusinessKeyTaken { key, holder })
    }

    /// `commit` as it is tried for the second time, when it was refused with `error` and the bug does not take no for an answer.
    fn insists(&self, commit: &Commit, error: &CommitError) -> Option<Commit> {
        let mut again = commit.clone();
        match error {
            CommitError::AlreadyAccepted { .. } if planted!(AcceptsADuplicate) => {
                again.accepts.as_mut()?.key.message_id.push_str("-again");
            }
            CommitError::BusinessKeyTaken { .. } if planted!(GivesAKeyTwice) => again.claims.clear(),
            CommitError::Conflict { actual, .. } if planted!(DecidesTheTimeoutOnAnOldState) && commit.deadline_fired.is_some() => {
                again.expected = ExpectedVersion::Exact(*actual);
                again.snapshot = None;
            }
            _ => return None,
        }
        Some(again)
    }
}

/// `page`, without what cannot be read when nobody is to be told of it.
fn passed_over<T>(mut page: Page<T>) -> Page<T> {
    if planted!(PassesOverTheUnreadable) {
        page.unreadable.clear();
    }
    page
}

#[async_trait]
impl StoreLayer for PlantedStore {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    async fn append_with_outbox(&self, mut commit: Commit) -> Result<Committed, CommitError> {
        commit.deadlines_cancelled.extend(self.retired(&commit).await?);
        self.spoil(&mut commit);
        if let Some(taken) = self.taken(&commit) {
            return Err(taken);
        }
        let answer = self.inner.append_with_outbox(commit.clone()).await;
        let answer = match answer.as_ref().err().and_then(|error| self.insists(&commit, error)) {
            Some(again) => self.inner.append_with_outbox(again).await,
            None => answer,
        };
        match (&answer, &commit.deadline_fired) {
            (Ok(_), _) => {
                let claimed = commit.claims.iter().map(|key| (key.clone(), commit.stream.clone()));
                self.noted().keys.extend(claimed);
            }
            (Err(CommitError::Store(_)), Some((label, due))) if planted!(ForgetsTransientDeadlines) => {
                self.noted().lost.insert((commit.stream.clone(), label.clone()));
                return Err(CommitError::DeadlineGone { stream: commit.stream, label: label.clone(), due: *due });
            }
            (Err(_), _) => {}
        }
        answer
    }

    async fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Page<Deadline>, StoreError> {
        let ahead_s = if planted!(FiresAheadAfterARestart) && self.is_restarted { 6 * 3_600 } else { 0 };
        let mut page = passed_over(self.inner.deadlines_due(now.plus_seconds(ahead_s), limit).await?);
        let noted = self.noted();
        page.rows.retain(|deadline| !noted.lost.contains(&(deadline.stream.clone(), deadline.label.clone())));
        Ok(page)
    }

    async fn outbox_after(&self, after: OutboxCursor, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        Ok(passed_over(self.inner.outbox_after(after, limit).await?))
    }

    async fn inbox_pending(&self, limit: usize) -> Result<Page<InboxEntry>, StoreError> {
        let mut page = passed_over(self.inner.inbox_pending(limit).await?);
        if planted!(TakesATwoStateInbox) {
            page.rows.retain(|entry| entry.received_at >= self.opened_at);
        }
        Ok(page)
    }
}
