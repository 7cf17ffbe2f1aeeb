//! Why a commit is refused: each with what stands in the way, and what to do.

use super::{ExpectedVersion, MAX_NAME_BYTES};
use crate::Timestamp;
use crate::dead_letter::PutBack;
use crate::erasure::KeyId;
use crate::inbox::{InboxKey, InboxRefusal};
use crate::names::{BusinessKey, DeadlineLabel, IdempotencyKey, StreamId, TenantId};
use crate::ports::Id;
use crate::projection::ViewName;
use crate::store::backend::BackendError;

/// Why a commit was refused. Nothing of it was written, except after [`CommitError::Store`], where reopening decides.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The stream is not as expected: somebody else wrote first. Read it again and decide anew.
    #[error("stream {stream} has {actual} events, expected {expected:?}: read it again and decide anew")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// What the commit expected.
        expected: ExpectedVersion,
        /// How many events there are.
        actual: u64,
    },
    /// The command was executed before: nothing is left to do.
    #[error("the command {key} was executed before, in {stream}")]
    AlreadyExecuted {
        /// What its caller calls it.
        key: IdempotencyKey,
        /// Where.
        stream: StreamId,
    },
    /// An effect without an event that says why.
    #[error("the commit on {stream} has effects but no event: an effect that replay cannot explain is refused")]
    EffectWithoutEvent {
        /// The stream.
        stream: StreamId,
    },
    /// The commit starts a process where there is one.
    #[error("{stream} is a process already: continue it, or start one in a stream of its own")]
    ProcessExists {
        /// The stream.
        stream: StreamId,
    },
    /// The commit gives keys to a process that is not there, or ends it.
    #[error("{stream} is no process, so it can hold no keys and cannot end: start it in the same commit")]
    NoProcess {
        /// The stream.
        stream: StreamId,
    },
    /// A snapshot that is labelled with another version than the one it was folded from.
    #[error("a snapshot of {stream} is labelled {labelled}, but the stream has {actual} events after this commit")]
    SnapshotMislabelled {
        /// The stream.
        stream: StreamId,
        /// The label.
        labelled: u64,
        /// The version it has to have.
        actual: u64,
    },
    /// Another runner has taken the view further.
    #[error("view {view} stands at position {actual}, expected {expected}: another runner feeds it")]
    ViewConflict {
        /// The view.
        view: ViewName,
        /// Where the update begins.
        expected: u64,
        /// Where the view stands.
        actual: u64,
    },
    /// A later version of the view serves: this one is not fed any more.
    #[error("view {view} was replaced by version {by}: feed that one, or make a version of your own above it")]
    ViewReplaced {
        /// The view.
        view: ViewName,
        /// The version that serves.
        by: u32,
    },
    /// The version that serves is another one than expected, or not older.
    #[error("view {view} cannot take over: {} serves", serving.map_or_else(|| "no version".to_owned(), |version| format!("version {version}")))]
    NoTakeOver {
        /// The view.
        view: ViewName,
        /// The version that serves.
        serving: Option<u32>,
    },
    /// The version that is to take over has not come as far as the one that serves.
    #[error("view {view} stands at position {at}, the version that serves at {serving_at}: let it catch up first")]
    ViewBehind {
        /// The view.
        view: ViewName,
        /// Where it stands.
        at: u64,
        /// Where the version that serves stands.
        serving_at: u64,
    },
    /// The version of the view is not one that was replaced, so its rows stay.
    #[error("view {view} cannot be dropped: no later version of it serves")]
    ViewServes {
        /// The view.
        view: ViewName,
    },
    /// Somebody else works on the received message.
    #[error("inbox entry {key} is claimed until {until}")]
    InboxClaimed {
        /// The entry.
        key: InboxKey,
        /// When the lease ends.
        until: Timestamp,
    },
    /// A living process holds the business key.
    #[error("business key {key} is held by the living process {holder}")]
    BusinessKeyTaken {
        /// The key.
        key: BusinessKey,
        /// Who holds it.
        holder: StreamId,
    },
    /// A key that the commit needs was shredded: what was decided knows more than may be known. Read again and decide anew.
    #[error("key {key} does not stand: it was shredded, or never there. Read again and decide anew")]
    KeyGone {
        /// The key.
        key: KeyId,
    },
    /// The commit brings a first key for a subject that has one: seal under that one.
    #[error("the subject has a key already, {key}: seal under that one")]
    SubjectHasKey {
        /// The key that it has.
        key: KeyId,
    },
    /// The inbox entry, or this part of it, was settled before, or never accepted.
    #[error("inbox entry {key} part {part} cannot be settled: {reason}")]
    InboxConflict {
        /// The entry.
        key: InboxKey,
        /// The part.
        part: u32,
        /// What stands in the way.
        reason: InboxRefusal,
    },
    /// The message was accepted before.
    #[error("message {key} was accepted before, at {accepted_at}")]
    AlreadyAccepted {
        /// The entry.
        key: InboxKey,
        /// When: the ÜT/ÜZ that its receipt repeats.
        accepted_at: Timestamp,
    },
    /// A name is longer than any store takes.
    #[error("the {what} has {bytes} bytes, and no name may have more than {MAX_NAME_BYTES}: choose a shorter one")]
    NameTooLong {
        /// What it names.
        what: &'static str,
        /// How long it is.
        bytes: usize,
    },
    /// A part of the commit belongs to another tenant, or starts a process in another stream.
    #[error("the {what} belongs to {belongs_to}, the commit to tenant {tenant}, stream {stream}: commit it there")]
    Foreign {
        /// The part.
        what: &'static str,
        /// Whose it is.
        belongs_to: String,
        /// Whose the commit is.
        tenant: TenantId,
        /// Its stream.
        stream: StreamId,
    },
    /// A queued message has this id: queueing another one would take its place.
    #[error("outbox message {0} is in the queue already: give the new one an id of its own")]
    OutboxMessageExists(Id),
    /// A view would stand where the log does not reach, or go back.
    #[error("view {view} cannot go from position {from} to {to}: the log ends at {log_ends}")]
    ViewOutOfLog {
        /// The view.
        view: ViewName,
        /// Where the update begins.
        from: u64,
        /// Where it would end.
        to: u64,
        /// The last position, with this commit.
        log_ends: u64,
    },
    /// The queued message was settled before, or is one of another tenant.
    #[error("outbox message {0} is not in the queue of this tenant: it was settled before")]
    OutboxConflict(Id),
    /// The deadline was cancelled, moved or fired before.
    #[error("deadline {label} of {stream} does not stand at {due}: it was cancelled, moved or has fired")]
    DeadlineGone {
        /// The stream.
        stream: StreamId,
        /// The label.
        label: DeadlineLabel,
        /// The instant at which it should have stood.
        due: Timestamp,
    },
    /// No dead letter of this tenant has the number.
    #[error("there is no dead letter {number} of this tenant: list them, and name one of those")]
    NoDeadLetter {
        /// The number.
        number: u64,
    },
    /// The dead letter was put back before.
    #[error(
        "dead letter {number} was put back at {} by {}, because: {}. Look at what became of it; a second time would send it twice",
        before.at, before.by, before.because
    )]
    PutBackBefore {
        /// The number.
        number: u64,
        /// By whom, why and when.
        before: PutBack,
    },
    /// The message of the dead letter cannot go back.
    #[error("dead letter {number} cannot be put back: {why}")]
    CannotPutBack {
        /// The number.
        number: u64,
        /// What stands in the way, and what to do.
        why: String,
    },
    /// The store failed. Whether the commit was written is decided by reopening.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

impl CommitError {
    /// As [`StoreError::is_final`](crate::store::StoreError::is_final).
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_final())
    }
}

impl From<BackendError> for CommitError {
    fn from(error: BackendError) -> Self {
        Self::Store(error.into())
    }
}
