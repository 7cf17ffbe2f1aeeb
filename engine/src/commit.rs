//! Everything that one command causes, and the only way to write (law 1).
//!
//! A [`Commit`] is applied whole or not at all. Refusal changes nothing. An effect (a message, a deadline, a key) needs an event
//! in the same commit that says why; what belongs to no process is an event on the boundary's own stream.

mod error;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::error::CommitError;
use crate::Timestamp;
use crate::dead_letter::{DeadLetter, PutBackLetter};
use crate::erasure::{KeyId, NewSubjectKey, Shredding};
use crate::inbox::{Accept, InboxClaim, InboxKey, InboxSettlement};
use crate::names::{BusinessKey, CorrelationKey, DeadlineLabel, IdempotencyKey, StreamId, TenantId};
use crate::ports::Id;
use crate::projection::{TakeOver, ViewName, ViewUpdate};
use crate::registry::ProcessIdentity;
use crate::snapshot::Snapshot;
use crate::store::{Payload, UnreadableRow};
use crate::workflow::Outgoing;

/// What the stream must look like for the commit to be taken.
///
/// ```
/// use mako_engine::ExpectedVersion;
/// assert!(ExpectedVersion::Any.admits(0) && ExpectedVersion::NoStream.admits(0) && !ExpectedVersion::Exists.admits(0));
/// assert!(ExpectedVersion::Exact(3).admits(3) && !ExpectedVersion::Exact(3).admits(4));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Anything will do.
    Any,
    /// The stream has no event yet.
    NoStream,
    /// The stream has at least one event.
    Exists,
    /// The stream has exactly this many events.
    Exact(u64),
}

impl ExpectedVersion {
    /// Whether a stream with `actual` events is as expected.
    #[must_use]
    pub const fn admits(self, actual: u64) -> bool {
        match self {
            Self::Any => true,
            Self::NoStream => actual == 0,
            Self::Exists => actual > 0,
            Self::Exact(n) => actual == n,
        }
    }
}

/// What made something happen.
///
/// ```
/// use mako_engine::Cause;
/// assert_eq!(Cause::Deadline("answer 55001".into()).to_string(), "deadline answer 55001");
/// assert_eq!(Cause::Command("back office".into()).to_string(), "command back office");
/// let decided = Cause::Person { by: "A. Meier".into(), because: "the partner phoned".into() };
/// assert_eq!(decided.to_string(), "decision of A. Meier: the partner phoned");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A received message: its place in the inbox and its part of the interchange.
    Message {
        /// The inbox entry.
        inbox: InboxKey,
        /// The part of the interchange, counted from 0.
        part: u32,
    },
    /// A delivery that was acknowledged.
    Delivery(Id),
    /// A deadline that fired.
    Deadline(DeadlineLabel),
    /// A command from outside: a back office, another system, somebody at a desk.
    Command(String),
    /// A person decided it by hand, where no message and no deadline did.
    Person {
        /// Who.
        by: String,
        /// Why.
        because: String,
    },
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { inbox, part } => write!(f, "message {inbox} part {part}"),
            Self::Delivery(id) => write!(f, "delivery {id}"),
            Self::Deadline(label) => write!(f, "deadline {label}"),
            Self::Command(what) => write!(f, "command {what}"),
            Self::Person { by, because } => write!(f, "decision of {by}: {because}"),
        }
    }
}

/// An event about to be written.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Its identity.
    pub id: Id,
    /// Its committed name.
    pub event_type: String,
    /// The version of its shape.
    pub schema_version: u16,
    /// Its content.
    pub payload: Payload,
}

/// A message about to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOutboxMessage {
    /// Its identity, the same on every try and after every crash.
    pub id: Id,
    /// What is to be delivered.
    pub message: Outgoing,
}

/// How a queued message left the queue, or why it stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxSettlement {
    /// Delivered: leaves the queue.
    Delivered(Id),
    /// The try failed: stays, next try at this instant.
    Rescheduled {
        /// The message.
        id: Id,
        /// When to try again.
        next_try: Timestamp,
        /// What went wrong.
        error: String,
    },
    /// Given up: leaves the queue; the same commit carries its dead letter.
    Exhausted(Id),
}

impl OutboxSettlement {
    /// The message it is about.
    #[must_use]
    pub const fn id(&self) -> Id {
        match self {
            Self::Delivered(id) | Self::Exhausted(id) | Self::Rescheduled { id, .. } => *id,
        }
    }
}

/// A deadline about to be set, with the label that owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeadline {
    /// Its name in the process.
    pub label: DeadlineLabel,
    /// When it fires.
    pub due: Timestamp,
    /// Why it falls there.
    pub reason: String,
}

/// Everything that one command causes: one atomic batch.
///
/// ```
/// use mako_engine::commit::{NewDeadline, NewEvent};
/// use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload};
/// use mako_engine::testing::MemoryBackend;
/// use mako_engine::{Cause, Commit, CommitError, ExpectedVersion, IdSource as _, SystemIds, Timestamp};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = KeyedStore::open(MemoryBackend::default())?;
/// let now: Timestamp = "2025-12-23T15:00:00Z".parse()?;
/// let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), now, Cause::Command("by hand".into()));
/// commit.expected = ExpectedVersion::NoStream;
/// commit.deadlines_set.push(NewDeadline { label: "Antwort".into(), due: now.plus_seconds(86_400), reason: "24 h".into() });
///
/// // An effect that no event explains is refused, and nothing is written.
/// let refused = store.append_with_outbox(commit.clone()).await;
/// assert!(matches!(refused, Err(CommitError::EffectWithoutEvent { .. })));
/// let payload = Payload::encode(&"51238696780")?;
/// commit.events.push(NewEvent { id: SystemIds.next_id(), event_type: "Asked".into(), schema_version: 1, payload });
/// let committed = store.append_with_outbox(commit.clone()).await?;
/// assert_eq!((committed.version, committed.first_position), (1, 1));
///
/// // Somebody else was first: the error says what is there.
/// let refused = store.append_with_outbox(commit).await;
/// assert!(matches!(refused, Err(CommitError::Conflict { actual: 1, .. })));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Commit {
    /// Whose.
    pub tenant: TenantId,
    /// The stream that the events extend, and to which deadlines and keys belong.
    pub stream: StreamId,
    /// What the stream must look like.
    pub expected: ExpectedVersion,
    /// When the commit is made, by the engine's clock.
    pub at: Timestamp,
    /// What made it happen.
    pub cause: Cause,
    /// What the caller calls the command; refused when a command of this name was executed before, in whatever stream of the tenant.
    pub idempotency_key: Option<IdempotencyKey>,
    /// What happened, in order.
    pub events: Vec<NewEvent>,
    /// The process that lives in the stream, when this commit starts it.
    pub starts: Option<ProcessIdentity>,
    /// Whether the process ends: its deadlines are cancelled and its business keys become free.
    pub ends: bool,
    /// Messages to deliver.
    pub outbox: Vec<NewOutboxMessage>,
    /// A queued message that is settled by this commit.
    pub settles_outbox: Option<OutboxSettlement>,
    /// Deadlines set or moved.
    pub deadlines_set: Vec<NewDeadline>,
    /// Deadlines cancelled; one that is not set is ignored.
    pub deadlines_cancelled: Vec<DeadlineLabel>,
    /// The deadline whose firing this commit is; refused when it no longer stands at that instant.
    pub deadline_fired: Option<(DeadlineLabel, Timestamp)>,
    /// Business keys claimed; refused when a living process holds one.
    pub claims: Vec<BusinessKey>,
    /// Correlation keys added.
    pub correlations: Vec<CorrelationKey>,
    /// A received message that is taken into the inbox.
    pub accepts: Option<Accept>,
    /// A received message that is claimed for a while by whoever commits; refused while somebody else's lease stands.
    pub claims_inbox: Option<InboxClaim>,
    /// A claimed message, and the token of the claim, that is given back without being settled.
    pub abandons_inbox: Option<(InboxKey, u64)>,
    /// A received message, or a part of one, that is settled by this commit.
    pub settles_inbox: Option<InboxSettlement>,
    /// Keys of subjects that had none: the first under which something about them is sealed.
    pub new_keys: Vec<NewSubjectKey>,
    /// Keys that must stand, beside those that seal an event of this commit: what was decided, or is kept as a snapshot, was read with them.
    pub needs_keys: Vec<KeyId>,
    /// The key of a subject that is deleted, and with it the snapshot of every stream that has an event sealed under it. It needs an event
    /// that says so.
    pub shreds: Option<Shredding>,
    /// The state that the events up to and including this commit's amount to.
    pub snapshot: Option<Snapshot>,
    /// Whether the snapshot of the stream is deleted: always possible, never needed.
    pub forgets_snapshot: bool,
    /// What a projection made of events that are in the log.
    pub view: Option<ViewUpdate>,
    /// A version of a view that serves from now on; refused while it is behind the one that does.
    pub takes_over: Option<TakeOver>,
    /// A version of a view that a later one has replaced: some of its rows go, and with the last of them what it knows of itself.
    pub drops_view: Option<ViewName>,
    /// Rows that nobody can read, moved out of the way; each leaves a dead letter.
    pub sets_aside: Vec<UnreadableRow>,
    /// Dead letters.
    pub dead_letters: Vec<DeadLetter>,
    /// A dead letter whose message goes back to where it came from, with a note on the letter; refused when it was put back before.
    pub puts_back: Option<PutBackLetter>,
}

impl Commit {
    /// An empty commit on `stream` of `tenant`, made `at` because of `cause`.
    #[must_use]
    pub fn new(tenant: TenantId, stream: StreamId, at: Timestamp, cause: Cause) -> Self {
        Self {
            tenant,
            stream,
            expected: ExpectedVersion::Any,
            at,
            cause,
            idempotency_key: None,
            events: Vec::new(),
            starts: None,
            ends: false,
            outbox: Vec::new(),
            settles_outbox: None,
            deadlines_set: Vec::new(),
            deadlines_cancelled: Vec::new(),
            deadline_fired: None,
            claims: Vec::new(),
            correlations: Vec::new(),
            accepts: None,
            claims_inbox: None,
            abandons_inbox: None,
            settles_inbox: None,
            new_keys: Vec::new(),
            needs_keys: Vec::new(),
            shreds: None,
            snapshot: None,
            forgets_snapshot: false,
            view: None,
            takes_over: None,
            drops_view: None,
            sets_aside: Vec::new(),
            dead_letters: Vec::new(),
            puts_back: None,
        }
    }

    /// Whether the commit has an effect that needs an event to say why.
    #[must_use]
    pub fn has_effect(&self) -> bool {
        !(self.outbox.is_empty()
            && self.deadlines_set.is_empty()
            && self.deadlines_cancelled.is_empty()
            && self.claims.is_empty()
            && self.correlations.is_empty())
            || self.starts.is_some()
            || self.ends
            || self.shreds.is_some()
            || self.puts_back.is_some()
    }

    /// Every name in the commit, and what it names.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let inbox = [
            self.accepts.as_ref().map(|accept| &accept.key),
            self.claims_inbox.as_ref().map(|claim| &claim.key),
            self.abandons_inbox.as_ref().map(|(key, _)| key),
            self.settles_inbox.as_ref().map(|settlement| &settlement.key),
        ];
        let inbox = inbox
            .into_iter()
            .flatten()
            .flat_map(|key| [("tenant", key.tenant.as_str().len()), ("sender", key.sender.len()), ("message id", key.message_id.len())]);
        let labels = self.deadlines_set.iter().map(|new| &new.label).chain(&self.deadlines_cancelled);
        let labels =
            labels.chain(self.deadline_fired.as_ref().map(|(label, _)| label)).map(|label| ("deadline label", label.as_str().len()));
        let rows = self.view.iter().flat_map(|update| update.rows.keys().map(|key| ("row key", key.len())));
        let views = self.view.iter().map(|update| &update.view).chain(self.takes_over.as_ref().map(|taken| &taken.view));
        let view = views.chain(&self.drops_view).map(|view| ("view", view.to_string().len())).chain(rows);
        [("tenant", self.tenant.as_str().len()), ("stream", self.stream.as_str().len())]
            .into_iter()
            .chain(self.idempotency_key.as_ref().map(|key| ("idempotency key", key.as_str().len())))
            .chain(self.claims.iter().map(|key| ("business key", key.as_str().len())))
            .chain(self.new_keys.iter().map(|new| ("subject", new.subject.as_str().len())))
            .chain(self.shreds.iter().map(|shredding| ("subject", shredding.subject.as_str().len())))
            .chain(self.correlations.iter().map(|key| ("correlation key", key.as_str().len())))
            .chain(labels)
            .chain(inbox)
            .chain(view)
    }

    /// What in the commit is of another tenant, or of another stream where it must not be, and whose it is.
    pub(crate) fn foreign(&self) -> Option<(&'static str, String)> {
        let of_inbox = |what, key: &InboxKey| (key.tenant != self.tenant).then(|| (what, format!("tenant {}", key.tenant)));
        let starts = self.starts.as_ref().and_then(|identity| {
            let own = identity.tenant == self.tenant && identity.stream == self.stream;
            (!own).then(|| ("process to start", format!("tenant {}, stream {}", identity.tenant, identity.stream)))
        });
        starts
            .or_else(|| of_inbox("message to accept", &self.accepts.as_ref()?.key))
            .or_else(|| of_inbox("message to claim", &self.claims_inbox.as_ref()?.key))
            .or_else(|| of_inbox("message to give back", &self.abandons_inbox.as_ref()?.0))
            .or_else(|| of_inbox("message to settle", &self.settles_inbox.as_ref()?.key))
    }

    /// Whether the commit names keys, which only a process can hold.
    pub(crate) fn needs_process(&self) -> bool {
        self.ends || !(self.claims.is_empty() && self.correlations.is_empty())
    }
}

/// What a commit became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The version of the stream after it: the number of its events.
    pub version: u64,
    /// The global position of the first event; with `n` events the last one is at `first_position + n - 1`. 0 when there were none.
    pub first_position: u64,
    /// The token of the claim on a received message, when the commit made one: settling and abandoning name it.
    pub inbox_token: Option<u64>,
    /// The streams that had an event sealed under the key that the commit shredded.
    pub shredded: Vec<StreamId>,
}

/// How long a name may be: three of them, with every NUL doubled, fit into one key of every store.
pub const MAX_NAME_BYTES: usize = 8 * 1024;
