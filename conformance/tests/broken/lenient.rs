//! Stores that take what they must refuse, or refuse what they must take, or leave traces of what they refused.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use async_trait::async_trait;
use mako_engine::commit::{Commit, CommitError, Committed};
use mako_engine::deadline::Deadline;
use mako_engine::inbox::InboxKey;
use mako_engine::{BusinessKey, ExpectedVersion, StreamId, Timestamp};

use super::{Broken, Inner};

/// Two writers who decided on one state both win.
#[derive(Default)]
pub struct IgnoresExpectedVersion;
impl Broken for IgnoresExpectedVersion {
    fn rewrite(&self, commit: Commit) -> Commit {
        Commit { expected: ExpectedVersion::Any, ..commit }
    }
}

/// An effect without an event is dropped, and the commit taken (pitfall 5).
#[derive(Default)]
pub struct AcceptsBareEffects;
impl Broken for AcceptsBareEffects {
    fn rewrite(&self, commit: Commit) -> Commit {
        if !commit.events.is_empty() || !commit.has_effect() {
            return commit;
        }
        Commit::new(commit.tenant, commit.stream, commit.at, commit.cause)
    }
}

/// Events first, the rest in a second write, which may be refused.
#[derive(Default)]
pub struct CommitsHalf;
#[async_trait]
impl Broken for CommitsHalf {
    async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
        if commit.events.is_empty() || commit.settles_inbox.is_none() && commit.settles_outbox.is_none() {
            return inner.append_with_outbox(commit).await;
        }
        let first = Commit { settles_inbox: None, settles_outbox: None, ..commit.clone() };
        let mut second = Commit::new(commit.tenant, commit.stream, commit.at, commit.cause);
        (second.settles_inbox, second.settles_outbox) = (commit.settles_inbox, commit.settles_outbox);
        let committed = inner.append_with_outbox(first).await?;
        inner.append_with_outbox(second).await?;
        Ok(committed)
    }
}

/// Messages are queued before the version is looked at.
#[derive(Default)]
pub struct WritesBeforeChecking;
#[async_trait]
impl Broken for WritesBeforeChecking {
    async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
        let mut left = Commit::new(commit.tenant.clone(), "elsewhere".into(), commit.at, commit.cause.clone());
        (left.events, left.outbox) = (commit.events.clone(), commit.outbox.clone());
        let refused = inner.append_with_outbox(commit).await;
        if refused.is_err() && !left.outbox.is_empty() && !left.events.is_empty() {
            inner.append_with_outbox(left).await?;
        }
        refused
    }
}

macro_rules! forgiving {
    ($($(#[$doc:meta])* $name:ident = $error:pat => |$commit:ident| $change:expr;)*) => {
        $($(#[$doc])*
        #[derive(Default)]
        pub struct $name;
        #[async_trait]
        impl Broken for $name {
            async fn append(&self, inner: Inner<'_>, mut $commit: Commit) -> Result<Committed, CommitError> {
                match inner.append_with_outbox($commit.clone()).await {
                    Err($error) => {
                        $change;
                        inner.append_with_outbox($commit).await
                    }
                    answer => answer,
                }
            }
        })*
    };
}

forgiving! {
    /// A delivery means something to its process a second time.
    ForgivesSecondDelivery = CommitError::OutboxConflict(_) => |commit| commit.settles_outbox = None;
    /// A received message has its effects a second time.
    ForgivesSecondSettlement = CommitError::InboxConflict { .. } => |commit| commit.settles_inbox = None;
    /// A repeated message is taken for a new one.
    ForgivesSecondAccept = CommitError::AlreadyAccepted { .. } => |commit| commit.accepts = None;
    /// Answer and timeout both have an outcome (pitfall 22).
    FiresTwice = CommitError::DeadlineGone { .. } => |commit| commit.deadline_fired = None;
    /// Two work on one received message.
    SharesLeases = CommitError::InboxClaimed { .. } => |commit| commit.claims_inbox = None;
    /// A snapshot of a state of which nobody knows what it includes (pitfall 26).
    RelabelsSnapshots = CommitError::SnapshotMislabelled { actual, .. } => |commit| if let Some(snapshot) = &mut commit.snapshot {
        snapshot.version = actual;
    };
    /// Two runners feed one view, each event twice.
    AppliesTwice = CommitError::ViewConflict { actual, .. } => |commit| if let Some(update) = &mut commit.view { update.from = actual; };
    /// A repeated command has its effects a second time.
    ExecutesTwice = CommitError::AlreadyExecuted { .. } => |commit| commit.idempotency_key = None;
    /// A view that was fed further than the log reaches stays there.
    BelievesEveryCheckpoint = CommitError::ViewOutOfLog { log_ends, .. } => |commit| if let Some(update) = &mut commit.view {
        update.to = log_ends;
    };
    /// A message under the id of a queued one is thrown away without a word.
    DropsSecondUnderOneId = CommitError::OutboxMessageExists(id) => |commit| commit.outbox.retain(|message| message.id != id);
    /// Two living processes under one business key (pitfall 8).
    SharesBusinessKeys = CommitError::BusinessKeyTaken { .. } => |commit| commit.claims.clear();
}

/// The first holder holds for ever (pitfall 7).
#[derive(Default)]
pub struct FreesNoBusinessKey(Mutex<BTreeMap<(String, BusinessKey), StreamId>>);
#[async_trait]
impl Broken for FreesNoBusinessKey {
    async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
        let tenant = commit.tenant.to_string();
        let of = |key: &BusinessKey| (tenant.clone(), key.clone());
        for key in &commit.claims {
            if let Some(holder) = self.0.lock().unwrap().get(&of(key)).filter(|holder| **holder != commit.stream) {
                return Err(CommitError::BusinessKeyTaken { key: key.clone(), holder: holder.clone() });
            }
        }
        let (claims, stream) = (commit.claims.clone(), commit.stream.clone());
        let committed = inner.append_with_outbox(commit).await?;
        self.0.lock().unwrap().extend(claims.iter().map(|key| (of(key), stream.clone())));
        Ok(committed)
    }
}

/// One counter for all streams is part of every version check (pitfall 11).
#[derive(Default)]
pub struct ConflictsWithStrangers(Mutex<Option<StreamId>>);
#[async_trait]
impl Broken for ConflictsWithStrangers {
    async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
        let stream = commit.stream.clone();
        let last = self.0.lock().unwrap().replace(stream.clone());
        if commit.expected == ExpectedVersion::NoStream && last.is_some_and(|last| last != stream) {
            return Err(CommitError::Conflict { stream, expected: commit.expected, actual: 0 });
        }
        inner.append_with_outbox(commit).await
    }
}

/// A deadline that is moved is still due at its old instant, too (pitfall 25).
#[derive(Default)]
pub struct KeepsGhosts(Mutex<Vec<Deadline>>);
#[async_trait]
impl Broken for KeepsGhosts {
    async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
        let standing = inner.deadlines_of(&commit.tenant, &commit.stream).await?;
        let moved = |old: &Deadline| commit.deadlines_set.iter().any(|new| new.label == old.label && new.due != old.due);
        let ghosts: Vec<Deadline> = standing.into_iter().filter(moved).collect();
        let committed = inner.append_with_outbox(commit).await?;
        self.0.lock().unwrap().extend(ghosts);
        Ok(committed)
    }
    fn deadlines(&self, now: Timestamp, mut deadlines: Vec<Deadline>) -> Vec<Deadline> {
        deadlines.extend(self.0.lock().unwrap().iter().filter(|ghost| ghost.due <= now).cloned());
        deadlines
    }
}

/// A refused commit leaves the rows of its view.
#[derive(Default)]
pub struct KeepsRefusedRows;
#[async_trait]
impl Broken for KeepsRefusedRows {
    async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
        let mut left = Commit::new(commit.tenant.clone(), commit.stream.clone(), commit.at, commit.cause.clone());
        left.view = commit.view.clone();
        let answer = inner.append_with_outbox(commit).await;
        if let (Err(_), Some(update)) = (&answer, &mut left.view) {
            let stands = inner.checkpoint(&update.view).await?;
            (update.from, update.to) = (stands, stands);
            inner.append_with_outbox(left).await?;
        }
        answer
    }
}

/// Whoever comes back settles and abandons, whoever has the message now (pitfall 2).
#[derive(Default)]
pub struct FencesNobody;
#[async_trait]
impl Broken for FencesNobody {
    async fn append(&self, inner: Inner<'_>, mut commit: Commit) -> Result<Committed, CommitError> {
        if let Some(settlement) = &mut commit.settles_inbox {
            settlement.token = standing_token(inner, &settlement.key).await?;
        }
        if let Some((key, token)) = &mut commit.abandons_inbox {
            *token = standing_token(inner, key).await?.unwrap_or(*token);
        }
        inner.append_with_outbox(commit).await
    }
}

async fn standing_token(inner: Inner<'_>, key: &InboxKey) -> Result<Option<u64>, CommitError> {
    Ok(inner.inbox_entry(key).await?.and_then(|entry| entry.lease).map(|lease| lease.token))
}

/// A commit that waits beside another is checked against what stood before both.
#[derive(Default)]
pub struct OverlooksNeighbours(AtomicUsize);
#[async_trait]
impl Broken for OverlooksNeighbours {
    async fn append(&self, inner: Inner<'_>, mut commit: Commit) -> Result<Committed, CommitError> {
        if self.0.fetch_add(1, SeqCst) > 0 {
            (commit.expected, commit.starts) = (ExpectedVersion::Any, None);
        }
        let answer = inner.append_with_outbox(commit).await;
        self.0.fetch_sub(1, SeqCst);
        answer
    }
}

/// Commits that wait together are all told the position of the first of them.
#[derive(Default)]
pub struct NumbersGroupsOnce(Mutex<(usize, u64)>);
#[async_trait]
impl Broken for NumbersGroupsOnce {
    async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
        self.0.lock().unwrap().0 += 1;
        let answer = inner.append_with_outbox(commit).await;
        let mut waiting = self.0.lock().unwrap();
        waiting.0 -= 1;
        let mut committed = answer?;
        if waiting.1 == 0 {
            waiting.1 = committed.first_position;
        }
        committed.first_position = waiting.1;
        if waiting.0 == 0 {
            waiting.1 = 0;
        }
        Ok(committed)
    }
}
