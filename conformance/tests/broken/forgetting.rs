//! Stores that lose or change a part of what is written.

use async_trait::async_trait;
use mako_engine::commit::{Commit, CommitError, Committed, NewEvent, OutboxSettlement};
use mako_engine::inbox::InboxKey;
use mako_engine::projection::ViewName;
use mako_engine::store::Payload;
use mako_engine::{Cause, Id, StreamId, TenantId, Timestamp};

use super::{Broken, Inner};

macro_rules! rewriting {
    ($($(#[$doc:meta])* $name:ident = |$commit:ident| $change:expr;)*) => {
        $($(#[$doc])*
        #[derive(Default)]
        pub struct $name;
        impl Broken for $name {
            fn rewrite(&self, mut $commit: Commit) -> Commit {
                $change;
                $commit
            }
        })*
    };
}

rewriting! {
    /// Messages are never queued (pitfall 3).
    LosesOutbox = |commit| commit.outbox.clear();
    /// Events are committed without their deadlines: half a commit (pitfall 4).
    LosesDeadlines = |commit| commit.deadlines_set.clear();
    /// A message that is given up is in neither place (pitfall 16).
    LosesDeadLetters = |commit| commit.dead_letters.clear();
    /// The effect is written, what caused it stays pending (pitfall 1).
    LosesInboxSettlement = |commit| commit.settles_inbox = None;
    /// The answer does not find its process (pitfall 6).
    LosesCorrelations = |commit| commit.correlations.clear();
    /// Nobody holds a business key.
    LosesClaims = |commit| commit.claims.clear();
    /// Streams that are no processes.
    LosesStarts = |commit| commit.starts = None;
    /// Receipts for messages that nobody keeps.
    LosesAccepts = |commit| commit.accepts = None;
    /// The last event of a batch is cut.
    LosesLastEvent = |commit| if commit.events.len() > 1 { commit.events.pop(); };
    /// A delivered message stays in the queue and is sent for ever (pitfall 10).
    LosesDelivery = |commit| if matches!(commit.settles_outbox, Some(OutboxSettlement::Delivered(_))) { commit.settles_outbox = None; };
    /// Cancelling does nothing.
    KeepsCancelled = |commit| commit.deadlines_cancelled.clear();
    /// A batch lands backwards.
    ReversesEvents = |commit| commit.events.reverse();
    /// Events get ids of the store's own.
    RenumbersEvents = |commit| for event in &mut commit.events { event.id = Id::from_u128(!event.id.as_u128()); };
    /// Long payloads are cut.
    TrimsPayloads = |commit| for event in &mut commit.events {
        event.payload = Payload::from_bytes(event.payload.as_bytes().get(..1 << 16).unwrap_or(event.payload.as_bytes()));
    };
    /// Processes live for ever, with their keys and deadlines.
    NeverEnds = |commit| commit.ends = false;
    /// A settlement leaves an event.
    CountsEmptyCommits = |commit| if commit.events.is_empty() && !commit.has_effect() {
        let payload = Payload::encode(&()).unwrap();
        commit.events.push(NewEvent { id: Id::from_u128(u128::MAX), event_type: "Nothing".to_owned(), schema_version: 1, payload });
    };
    /// Nothing is kept but the events.
    LosesSnapshots = |commit| commit.snapshot = None;
    /// A snapshot stays, whatever is done to it.
    KeepsForgottenSnapshots = |commit| commit.forgets_snapshot = false;
    /// The checkpoint goes on without its rows.
    LosesRows = |commit| if let Some(update) = &mut commit.view { update.rows.clear(); };
    /// Rows are put, never deleted.
    KeepsDeletedRows = |commit| if let Some(update) = &mut commit.view { update.rows.retain(|_, row| row.is_some()); };
    /// What is given back stays with whoever had it.
    LosesAbandoning = |commit| commit.abandons_inbox = None;
    /// A repetition is one for ever.
    NeverForgets = |commit| if let Some(accept) = &mut commit.accepts { accept.known_until = Timestamp::MAX; };
    /// A message is forgotten as soon as it is settled.
    ForgetsTooSoon = |commit| if let Some(accept) = &mut commit.accepts { accept.known_until = accept.received_at; };
    /// The note says that a key went, and it stays.
    ForgetsToShred = |commit| commit.shreds = None;
    /// Whatever was decided is written, whoever was forgotten meanwhile.
    TakesGoneKeys = |commit| commit.needs_keys.clear();
    /// Every event was caused by a person.
    ForgetsCauses = |commit| commit.cause = Cause::Command(String::new());
}

/// The key goes, and a snapshot of what it opened stays behind.
#[derive(Default)]
pub struct LeavesASnapshotBehind;
#[async_trait]
impl Broken for LeavesASnapshotBehind {
    async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
        let mut left = Vec::new();
        if let Some(shredding) = &commit.shreds {
            for stream in inner.sealed_under(&commit.tenant, shredding.key).await? {
                let mut keeps = Commit::new(commit.tenant.clone(), stream.clone(), commit.at, commit.cause.clone());
                keeps.snapshot = inner.snapshot(&commit.tenant, &stream).await?;
                left.push(keeps);
            }
        }
        let committed = inner.append_with_outbox(commit).await?;
        for keeps in left {
            inner.append_with_outbox(keeps).await?;
        }
        Ok(committed)
    }
}

/// Acknowledged, and gone after opening again.
#[derive(Default)]
pub struct ForgetsOnReopen;
impl Broken for ForgetsOnReopen {
    const LOSES_ITS_DISK: bool = true;
}

/// All tenants are one.
#[derive(Default)]
pub struct ForgetsTenant;

impl ForgetsTenant {
    fn only() -> TenantId {
        TenantId::new("9900000000001")
    }
}

impl Broken for ForgetsTenant {
    fn rewrite(&self, mut commit: Commit) -> Commit {
        commit.tenant = Self::only();
        if let Some(identity) = &mut commit.starts {
            identity.tenant = Self::only();
        }
        if let Some(accept) = &mut commit.accepts {
            accept.key.tenant = Self::only();
        }
        if let Some(settlement) = &mut commit.settles_inbox {
            settlement.key.tenant = Self::only();
        }
        commit
    }
    fn tenant(&self, _: &TenantId) -> TenantId {
        Self::only()
    }
    fn inbox_key(&self, key: &InboxKey) -> InboxKey {
        InboxKey { tenant: Self::only(), ..key.clone() }
    }
}

/// A message id is taken to be unique in the world (pitfall 35).
#[derive(Default)]
pub struct ForgetsSender;

impl Broken for ForgetsSender {
    fn rewrite(&self, mut commit: Commit) -> Commit {
        if let Some(accept) = &mut commit.accepts {
            accept.key = self.inbox_key(&accept.key);
        }
        if let Some(settlement) = &mut commit.settles_inbox {
            settlement.key = self.inbox_key(&settlement.key);
        }
        commit
    }
    fn inbox_key(&self, key: &InboxKey) -> InboxKey {
        InboxKey { sender: "9900000000002".to_owned(), ..key.clone() }
    }
}

/// A NUL ends a name (pitfall 32).
#[derive(Default)]
pub struct CutsNamesAtNul;

impl Broken for CutsNamesAtNul {
    fn rewrite(&self, mut commit: Commit) -> Commit {
        commit.stream = self.stream(&commit.stream);
        commit
    }
    fn stream(&self, stream: &StreamId) -> StreamId {
        StreamId::new(stream.as_str().split('\0').next().unwrap_or_default())
    }
}

/// A new version of a view goes on where the old one is.
#[derive(Default)]
pub struct ForgetsViewVersions;

impl Broken for ForgetsViewVersions {
    fn rewrite(&self, mut commit: Commit) -> Commit {
        if let Some(update) = &mut commit.view {
            update.view = self.view(&update.view);
        }
        commit
    }
    fn view(&self, view: &ViewName) -> ViewName {
        ViewName::new(view.to_string().split(' ').next().unwrap_or_default(), 1)
    }
}
