//! One published workflow, as far as it cannot speak for itself: what may be asked of it, what its caller arms, when it is over, and the
//! conversations it is driven through.
//!
//! A case says nothing about what the workflow decides. Where it has a choice, it takes the one that is kinder to the workflow, and says
//! so.

use std::fmt::Debug;

use mako_conformance::Source;
use mako_engine_published::workflow::Workflow;
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

/// The state of the workflow of `C`.
pub type StateOf<C> = <<C as Case>::Workflow as Workflow>::State;
/// The events of the workflow of `C`.
pub type EventOf<C> = <<C as Case>::Workflow as Workflow>::Event;
/// The commands of the workflow of `C`.
pub type CommandOf<C> = <<C as Case>::Workflow as Workflow>::Command;

/// A deadline that whoever runs their workflow sets, since the workflow does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Armed {
    /// One of the workflow's labels.
    pub label: &'static str,
    /// When it is due, by their table of Fristen.
    pub due: OffsetDateTime,
    /// Where their crate says so.
    pub source: &'static str,
}

/// A step of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is asked this, and takes it.
    Takes(&'static str),
    /// It is asked this, and refuses it.
    Refuses(&'static str),
    /// The deadline of this label fires.
    Fires(&'static str),
}

/// A whole conversation, from the first message to an end.
#[derive(Debug, Clone, Copy)]
pub struct Conversation {
    /// What becomes of it.
    pub name: &'static str,
    /// Its steps.
    pub turns: &'static [Turn],
    /// The state at the end, by the name that their type gives it.
    pub ends: &'static str,
}

/// A published workflow.
pub trait Case: Send + Sync + 'static {
    /// The workflow, unchanged.
    type Workflow: Workflow<State: Debug + Serialize + DeserializeOwned, Event: Debug + Clone>;

    /// The name under which they register it.
    const NAME: &'static str;
    /// The crate that it comes from.
    const CRATE: &'static str;
    /// Its events with their versions, by their `event_type` and `schema_version`.
    const EVENTS: &'static [(&'static str, u16)];
    /// Its labels, and the delivery windows that it sets beside them.
    const LABELS: &'static [&'static str];
    /// Its source files.
    const SOURCES: &'static [Source];
    /// Everything that is asked of it.
    const ASKS: &'static [&'static str];
    /// The conversations it is driven through.
    const CONVERSATIONS: &'static [Conversation];

    /// The command of this name, received or given at `at`.
    fn ask(what: &str, at: OffsetDateTime) -> Option<CommandOf<Self>>;

    /// What the caller arms when `what` was taken at `at` and led to `after`.
    #[must_use]
    fn arms(_what: &str, _at: OffsetDateTime, _after: &StateOf<Self>) -> Vec<Armed> {
        Vec::new()
    }

    /// Whether a process in `state` is over, by what their type says of it.
    fn is_over(state: &StateOf<Self>) -> bool;

    /// Whom a process in `state` waits for when no deadline stands.
    fn waits_for(state: &StateOf<Self>) -> Option<&'static str>;
}

/// The answer to the message `pid`, received at `at`, is due when their table says so. Nothing is armed for a message without an entry.
#[must_use]
pub fn answer_by(label: &'static str, pid: u32, at: OffsetDateTime) -> Vec<Armed> {
    let frist = mako_fristen::antwort::antwortfrist(pid, at);
    frist.map(|frist| Armed { label, due: frist.due_at, source: frist.source }).into_iter().collect()
}

/// What `state` is called by the type: its tag, or the name of its variant.
#[must_use]
pub fn called<C: Case>(state: &StateOf<C>) -> String {
    let said = crate::theirs::json(state);
    let tag = said.get("status").and_then(serde_json::Value::as_str).or_else(|| said.as_str());
    let variant = || said.as_object().and_then(|fields| fields.keys().next().map(String::as_str));
    tag.or_else(variant).unwrap_or("a state without a name").to_owned()
}
