//! What a domain developer writes: two pure functions over values.
//!
//! [`Workflow::handle`] decides, [`Workflow::apply`] folds. Neither may look at a clock, draw an id, read a file or touch the
//! network (law 2): the receipt instant and the ids come in with the command, effects go out in the [`Decision`]. The engine
//! commits everything that one decision causes in one atomic batch, or nothing (law 1).
//!
//! # The process of the examples
//!
//! Most examples of this crate run this one, and begin behind `# ` lines that bring it in.
//!
//! ```
#![doc = include_str!("../docs/anfrage.rs")]
//! ```

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::erasure::Personal;
use crate::names::{BusinessKey, CorrelationKey, DeadlineLabel, SubjectId};
use crate::ports::Id;
use crate::upcast::Upcaster;
use crate::version::WorkflowVersionPolicy;

/// An event as it is stored: named, versioned, readable for ever.
///
/// The plain way is an enum with serde's usual (external) tag whose variants are named as the event types: the content then stands
/// under that name, also for whoever reads it in ten years.
///
/// ```
/// use mako_engine::EventPayload;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// #[serde(deny_unknown_fields)]
/// enum Event {
///     Asked { malo: String },
///     Answered,
/// }
///
/// impl EventPayload for Event {
///     const TYPES: &'static [(&'static str, u16)] = &[("Asked", 1), ("Answered", 1)];
///     fn event_type(&self) -> &'static str {
///         match self {
///             Self::Asked { .. } => "Asked",
///             Self::Answered => "Answered",
///         }
///     }
/// }
/// assert_eq!(Event::Asked { malo: "51238696780".into() }.event_type(), "Asked");
/// ```
pub trait EventPayload: Serialize + DeserializeOwned + Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// Every event type with the present version of its shape, such as `("AnmeldungReceived", 1)`. Names are committed: renaming one
    /// breaks every stored history unless an [`Upcaster`] says so. An event that is not listed is refused at commit.
    const TYPES: &'static [(&'static str, u16)];

    /// The fields that are about a person, and what stands there once the person is forgotten. Declare them with the first version of an
    /// event: what was stored before is stored in plain and stays so. See [`erasure`](crate::erasure).
    const PERSONAL: &'static [Personal] = &[];

    /// The committed name, such as `AnmeldungReceived`.
    fn event_type(&self) -> &'static str;

    /// Whom the event is about: the one whose key seals its [`PERSONAL`](Self::PERSONAL) fields. An event that has such a field filled and
    /// names nobody is refused by an engine that seals.
    fn subject(&self) -> Option<SubjectId> {
        None
    }

    /// The ways from every older version to the present one. The engine is not built while one is missing.
    fn upcasters() -> Vec<Upcaster> {
        Vec::new()
    }
}

/// A process type: how commands become events, and events become state.
///
/// ```
/// use mako_engine::{Decision, EventPayload, Rejection, TimeoutDeadline, Workflow, WorkflowResult};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// enum Event { Asked, Answered }
/// impl EventPayload for Event {
///     const TYPES: &'static [(&'static str, u16)] = &[("Asked", 1), ("Answered", 1)];
///     fn event_type(&self) -> &'static str {
///         match self { Self::Asked => "Asked", Self::Answered => "Answered" }
///     }
/// }
/// #[derive(Clone)]
/// enum Command { Ask, Answer, Timeout }
/// impl From<TimeoutDeadline> for Command {
///     fn from(_: TimeoutDeadline) -> Self { Self::Timeout }
/// }
///
/// struct Question;
/// impl Workflow for Question {
///     const NAME: &'static str = "question";
///     const DEADLINE_LABELS: &'static [&'static str] = &[];
///     type State = bool;
///     type Command = Command;
///     type Event = Event;
///
///     fn handle(answered: &bool, command: Command) -> WorkflowResult<Event> {
///         match command {
///             Command::Ask => Ok(Decision::event(Event::Asked)),
///             Command::Answer if *answered => Err(Rejection::new("answered", "the question was answered before")),
///             Command::Answer => Ok(Decision::event(Event::Answered).end()),
///             Command::Timeout => Ok(Decision::nothing()),
///         }
///     }
///     fn apply(answered: bool, event: &Event) -> bool {
///         answered || *event == Event::Answered
///     }
/// }
/// assert!(Question::handle(&true, Command::Answer).is_err());
/// ```
pub trait Workflow: Send + Sync + 'static {
    /// The committed name of the process type, such as `gpke-lieferbeginn-nb`.
    const NAME: &'static str;
    /// Every deadline label that this workflow may set. A label that is not here is refused at commit.
    const DEADLINE_LABELS: &'static [&'static str];
    /// Whether a process takes messages of another format version than the one it was started under.
    const VERSION_POLICY: WorkflowVersionPolicy = WorkflowVersionPolicy::ForwardCompatible;

    /// The version of the state's shape and of what `apply` makes of an event. A snapshot of another version is passed over, so raise it
    /// with every change of either.
    const STATE_VERSION: u16 = 1;

    /// What the events amount to. Serialisable, because snapshots keep it.
    type State: Default + Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What can be asked of the process. A fired deadline arrives as one.
    type Command: From<TimeoutDeadline> + Clone + Send + Sync + 'static;
    /// What can happen to the process.
    type Event: EventPayload;

    /// Decides what `command` causes in `state`.
    ///
    /// # Errors
    /// A [`Rejection`] when the command is not possible in this state. A rejected command has no effect at all.
    fn handle(state: &Self::State, command: Self::Command) -> WorkflowResult<Self::Event>;

    /// The state after `event`. Total: any event on any state, without a panic.
    fn apply(state: Self::State, event: &Self::Event) -> Self::State;

    /// The command that tells the process that one of its messages was delivered; `None` when it does not care.
    fn delivered(delivery: Delivered) -> Option<Self::Command> {
        let _ = delivery;
        None
    }

    /// The command that tells the process that one of its messages was given up and is a dead letter now; `None` when it does not
    /// care. A process that waits for what such a message should bring waits for ever unless it cares.
    fn given_up(given_up: GivenUp) -> Option<Self::Command> {
        let _ = given_up;
        None
    }
}

/// What [`Workflow::handle`] returns.
pub type WorkflowResult<E> = Result<Decision<E>, Rejection>;

/// A deadline of the process has come.
///
/// ```
/// use mako_engine::{TimeoutDeadline, Timestamp};
/// let due: Timestamp = "2025-12-29T10:00:00Z".parse().unwrap();
/// // The engine was down over the holidays: late rather than never, and the process can tell.
/// let timeout = TimeoutDeadline { label: "answer 55001".into(), due, fired_at: due.plus_seconds(3_600) };
/// assert!(timeout.fired_at > timeout.due);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeoutDeadline {
    /// Which one.
    pub label: DeadlineLabel,
    /// When it was due.
    pub due: Timestamp,
    /// When it fired: at `due` or later, never earlier.
    pub fired_at: Timestamp,
}

/// A message of the process reached its recipient.
///
/// ```
/// use mako_engine::{Delivered, Timestamp};
///
/// enum Command {
///     QuestionReceived { at: Timestamp },
/// }
/// // In the workflow: only the question matters to it.
/// fn delivered(delivered: Delivered) -> Option<Command> {
///     (delivered.kind == "Anfrage").then_some(Command::QuestionReceived { at: delivered.received_at })
/// }
/// # use mako_engine::{IdSource, SystemIds};
/// # let of = |kind: &str| Delivered { message_id: SystemIds.next_id(), kind: kind.into(), received_at: Timestamp::EPOCH, answer: None };
/// assert!(matches!(delivered(of("Anfrage")), Some(Command::QuestionReceived { at }) if at == Timestamp::EPOCH));
/// assert!(delivered(of("APERAK")).is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivered {
    /// The message.
    pub message_id: Id,
    /// What the workflow called it, see [`Outgoing::kind`].
    pub kind: String,
    /// The instant on the recipient's receipt: the ÜT/ÜZ.
    pub received_at: Timestamp,
    /// What the recipient answered at once, when the channel is one that answers (a back office).
    pub answer: Option<serde_json::Value>,
}

/// A message of the process did not reach its recipient, and is not tried again.
///
/// ```
/// use mako_engine::GivenUp;
///
/// enum Command {
///     NeverReceived { reason: String },
/// }
/// // In the workflow: a question that never arrives must not be waited for.
/// fn given_up(given_up: GivenUp) -> Option<Command> {
///     (given_up.kind == "Anfrage").then_some(Command::NeverReceived { reason: given_up.reason })
/// }
/// # use mako_engine::{IdSource, SystemIds};
/// # let question = GivenUp { message_id: SystemIds.next_id(), kind: "Anfrage".into(), reason: "no receipt".into() };
/// assert!(matches!(given_up(question), Some(Command::NeverReceived { reason }) if reason == "no receipt"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// The message.
    pub message_id: Id,
    /// What the workflow called it, see [`Outgoing::kind`].
    pub kind: String,
    /// What the last try met.
    pub reason: String,
}

/// Why a command is not possible in the present state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {reason}")]
pub struct Rejection {
    /// A short stable name, for metrics.
    pub code: String,
    /// What stands in the way, for people.
    pub reason: String,
}

impl Rejection {
    /// A rejection with a stable code and a reason for people.
    #[must_use]
    pub fn new(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { code: code.into(), reason: reason.into() }
    }
}

/// A message that a process wants delivered.
///
/// ```
/// use mako_engine::Outgoing;
/// use serde_json::json;
/// let question = Outgoing::new("as4", "9900000000002", "Anfrage", &json!({ "malo": "51238696780" }))?.fulfils("Frage bis");
/// assert_eq!(question.payload["malo"], "51238696780");
/// # Ok::<(), mako_engine::Rejection>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outgoing {
    /// By which channel it leaves, such as `as4`; the delivery port knows what to do with it.
    pub channel: String,
    /// To whom. Deliveries to one recipient on one channel keep their order; recipients do not delay each other.
    pub recipient: String,
    /// What the workflow calls it; comes back in [`Delivered::kind`].
    pub kind: String,
    /// The deadline that its delivery fulfils, for reports: one of the labels of the workflow, or the decision is refused.
    pub fulfils: Option<DeadlineLabel>,
    /// Its content, typed on the domain's side; rendered for the wire at delivery, the same bytes on every try.
    pub payload: serde_json::Value,
}

impl Outgoing {
    /// A message of `kind` for `recipient` by `channel`, with `payload` as its content.
    ///
    /// # Errors
    /// A [`Rejection`] when `payload` does not serialise.
    pub fn new(channel: &str, recipient: impl Into<String>, kind: impl Into<String>, payload: &impl Serialize) -> Result<Self, Rejection> {
        let payload = serde_json::to_value(payload).map_err(|e| Rejection::new("unserialisable", e.to_string()))?;
        Ok(Self { channel: channel.to_owned(), recipient: recipient.into(), kind: kind.into(), fulfils: None, payload })
    }

    /// Notes which deadline the delivery of this message fulfils.
    #[must_use]
    pub fn fulfils(mut self, label: &str) -> Self {
        self.fulfils = Some(DeadlineLabel::new(label));
        self
    }
}

/// A change to the deadlines of the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadlineChange {
    /// The deadline `label` is due at `due` from now on; moves it when it was set before.
    Set {
        /// Which one.
        label: DeadlineLabel,
        /// The instant at which it fires.
        due: Timestamp,
        /// Why it falls there, for people.
        reason: String,
    },
    /// The deadline `label` no longer stands; nothing happens when it was not set.
    Cancel(DeadlineLabel),
}

/// Everything that one command causes.
///
/// ```
/// use mako_engine::{BusinessKey, Decision, Outgoing, Timestamp};
/// # #[derive(Debug, PartialEq)]
/// # enum Event { Asked }
/// let until: Timestamp = "2025-12-29T10:00:00Z".parse().unwrap();
/// let decision = Decision::event(Event::Asked)
///     .send(Outgoing::new("as4", "9900000000002", "Anfrage", &"51238696780")?)
///     .claim(BusinessKey::new("anfrage/51238696780"))
///     .correlate("Vorgang/9900000000002/A1".into())
///     .deadline("Antwort", until, "24.–26.12. holidays, 27./28. weekend");
/// assert_eq!((decision.events.len(), decision.outbox.len(), decision.ends), (1, 1, false));
/// # Ok::<(), mako_engine::Rejection>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Decision<E> {
    /// What happened, in order.
    pub events: Vec<E>,
    /// What must be delivered because of it.
    pub outbox: Vec<Outgoing>,
    /// Deadlines set, moved and cancelled.
    pub deadlines: Vec<DeadlineChange>,
    /// Keys that only this process may hold from now on, until it ends.
    pub claims: Vec<BusinessKey>,
    /// Keys under which later messages find this process.
    pub correlations: Vec<CorrelationKey>,
    /// Whether the process ends here. Its deadlines are cancelled and its business keys become free.
    pub ends: bool,
}

impl<E> Decision<E> {
    /// Nothing happens: a stale timer, a repeated message.
    pub const fn nothing() -> Self {
        Self { events: Vec::new(), outbox: Vec::new(), deadlines: Vec::new(), claims: Vec::new(), correlations: Vec::new(), ends: false }
    }

    /// `event` happens.
    pub fn event(event: E) -> Self {
        Self::nothing().and(event)
    }

    /// `event` happens, too, after the others.
    pub fn and(mut self, event: E) -> Self {
        self.events.push(event);
        self
    }

    /// `message` must be delivered.
    pub fn send(mut self, message: Outgoing) -> Self {
        self.outbox.push(message);
        self
    }

    /// The deadline `label` fires at `due`; `reason` says why it falls there.
    pub fn deadline(mut self, label: &str, due: Timestamp, reason: impl Into<String>) -> Self {
        self.deadlines.push(DeadlineChange::Set { label: DeadlineLabel::new(label), due, reason: reason.into() });
        self
    }

    /// The deadline `label` no longer stands.
    pub fn cancel(mut self, label: &str) -> Self {
        self.deadlines.push(DeadlineChange::Cancel(DeadlineLabel::new(label)));
        self
    }

    /// Only this process may hold `key` from now on.
    pub fn claim(mut self, key: BusinessKey) -> Self {
        self.claims.push(key);
        self
    }

    /// Later messages that name `key` find this process.
    pub fn correlate(mut self, key: CorrelationKey) -> Self {
        self.correlations.push(key);
        self
    }

    /// The process ends here.
    pub fn end(mut self) -> Self {
        self.ends = true;
        self
    }
}
