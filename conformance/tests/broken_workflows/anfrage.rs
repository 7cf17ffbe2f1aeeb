//! A small workflow that keeps every requirement, with a hook wherever a mutant breaks it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{PoisonError, RwLock};

use mako_conformance::{Capabilities, Divergence, Source, WorkflowSubject};
use mako_engine::erasure::Personal;
use mako_engine::{
    BusinessKey, CorrelationKey, Decision, Delivered, EventPayload, FormatVersion, Outgoing, Rejection, SubjectId, TimeoutDeadline,
    Timestamp, Upcaster, Workflow, WorkflowResult,
};
use proptest::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

/// A partner is asked about a Marktlokation; notes may come in between; it answers, or the question lapses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// Version 1 did not say when.
    Asked {
        malo: String,
        at: Timestamp,
    },
    Reached,
    Noted {
        text: String,
    },
    Answered {
        code: String,
    },
    Lapsed,
}

pub const TYPES: &[(&str, u16)] = &[("Asked", 2), ("Reached", 1), ("Noted", 1), ("Answered", 1), ("Lapsed", 1)];

pub fn event_type(event: &Event) -> &'static str {
    match event {
        Event::Asked { .. } => "Asked",
        Event::Reached => "Reached",
        Event::Noted { .. } => "Noted",
        Event::Answered { .. } => "Answered",
        Event::Lapsed => "Lapsed",
    }
}

pub fn upcasters() -> Vec<Upcaster> {
    vec![Upcaster::new("Asked", 1, |old: Value| json!({"malo": old["malo"], "at": "2025-06-06T00:00:00Z"}))]
}

#[derive(Debug, Clone)]
pub enum Command {
    Ask { malo: String, at: Timestamp },
    Note { text: String, format: Option<FormatVersion> },
    Answer { code: String, format: Option<FormatVersion> },
    Delivered(Delivered),
    Timeout(TimeoutDeadline),
}

impl From<TimeoutDeadline> for Command {
    fn from(timeout: TimeoutDeadline) -> Self {
        Self::Timeout(timeout)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub asked: Option<(String, Timestamp)>,
    pub reached: bool,
    pub notes: Vec<String>,
    pub answered: Option<String>,
    pub lapsed: bool,
}

impl State {
    pub fn is_over(&self) -> bool {
        self.answered.is_some() || self.lapsed
    }
}

pub const PARTNER: &str = "9900000000002";

pub fn thanks() -> Result<Outgoing, Rejection> {
    Outgoing::new("as4", PARTNER, "Dank", &"")
}

pub fn due(at: Timestamp) -> Timestamp {
    at.plus_seconds(86_400)
}

pub fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
    match (command, &state.asked) {
        (Command::Ask { malo, at }, None) => Ok(Decision::event(Event::Asked { malo: malo.clone(), at })
            .send(Outgoing::new("as4", PARTNER, "Anfrage", &malo)?.fulfils("Antwort"))
            .claim(BusinessKey::new(format!("anfrage/{malo}")))
            .correlate(CorrelationKey::new(format!("MaLo/{malo}")))
            .deadline("Antwort", due(at), "24 hours")),
        (Command::Ask { .. }, Some(_)) => Err(Rejection::new("asked", "the partner was asked before")),
        (_, None) => Err(Rejection::new("not-asked", "nobody was asked")),
        (Command::Note { .. } | Command::Answer { .. }, Some(_)) if state.is_over() => Err(Rejection::new("over", "it is over")),
        (Command::Note { text, .. }, Some(_)) if state.notes.contains(&text) => Ok(Decision::nothing()),
        (Command::Note { text, .. }, Some(_)) => Ok(Decision::event(Event::Noted { text })),
        (Command::Answer { code, .. }, Some(_)) => Ok(Decision::event(Event::Answered { code }).send(thanks()?).cancel("Antwort").end()),
        (Command::Delivered(delivered), Some(_)) if delivered.kind == "Anfrage" && !state.reached => Ok(Decision::event(Event::Reached)),
        (Command::Timeout(_), Some(_)) if !state.is_over() => Ok(Decision::event(Event::Lapsed).end()),
        (Command::Delivered(_) | Command::Timeout(_), Some(_)) => Ok(Decision::nothing()),
    }
}

pub fn apply(mut state: State, event: &Event) -> State {
    match event.clone() {
        Event::Asked { malo, at } => state.asked = Some((malo, at)),
        Event::Reached => state.reached = true,
        Event::Noted { text } => {
            state.notes.push(text);
            state.notes.sort();
            state.notes.dedup();
        }
        Event::Answered { code } => state.answered = Some(code),
        Event::Lapsed => state.lapsed = true,
    }
    state
}

pub fn histories() -> Vec<(String, Vec<Command>)> {
    let at: Timestamp = "2025-12-23T15:00:00Z".parse().unwrap();
    let ask = Command::Ask { malo: "51238696780".into(), at };
    let note = Command::Note { text: "a".into(), format: None };
    let answer = Command::Answer { code: "A1".into(), format: None };
    let timeout = Command::Timeout(TimeoutDeadline { label: "Antwort".into(), due: due(at), fired_at: due(at) });
    vec![("answered".into(), vec![ask.clone(), note, ask.clone(), answer.clone()]), ("lapsed".into(), vec![ask, timeout, answer])]
}

/// What the workflow does, function by function. A mutant has another function in one place.
#[derive(Clone, Copy)]
pub struct Hooks {
    pub handle: fn(&State, Command) -> WorkflowResult<Event>,
    pub apply: fn(State, &Event) -> State,
    pub event_type: fn(&Event) -> &'static str,
    pub upcasters: fn() -> Vec<Upcaster>,
    pub subject: fn(&Event) -> Option<SubjectId>,
    pub write: fn(&Event) -> Value,
    pub read: fn(Value) -> Result<Event, String>,
    pub write_state: fn(&State) -> Value,
    pub histories: fn() -> Vec<(String, Vec<Command>)>,
}

pub fn write(event: &Event) -> Value {
    serde_json::to_value(event).unwrap()
}

pub fn read(stored: Value) -> Result<Event, String> {
    serde_json::from_value(stored).map_err(|error| error.to_string())
}

fn write_state(state: &State) -> Value {
    serde_json::to_value(state).unwrap()
}

pub fn subject(event: &Event) -> Option<SubjectId> {
    match event {
        Event::Asked { malo, .. } => Some(malo.as_str().into()),
        Event::Reached | Event::Noted { .. } | Event::Answered { .. } | Event::Lapsed => None,
    }
}

/// Breaks nothing.
pub const FAITHFUL: Hooks = Hooks { handle, apply, event_type, upcasters, subject, write, read, write_state, histories };

/// What is broken at the moment. One type for all mutants that differ in functions only, since a type of its own for each takes minutes
/// to compile; so one mutant runs at a time.
static ACTIVE: RwLock<Hooks> = RwLock::new(FAITHFUL);

fn active() -> Hooks {
    *ACTIVE.read().unwrap_or_else(PoisonError::into_inner)
}

/// Breaks what `hooks` say from now on.
pub fn activate(hooks: Hooks) {
    *ACTIVE.write().unwrap_or_else(PoisonError::into_inner) = hooks;
}

/// What a workflow and its subject say in constants.
pub trait Said: Send + Sync + Sized + 'static {
    const TYPES: &'static [(&'static str, u16)] = TYPES;
    const LABELS: &'static [&'static str] = &["Antwort"];
    const SOURCE: &'static str = "fn handle() {}";
    const PERSONAL: &'static [Personal] = &[Personal { event: "Asked", field: "/malo", redacted: "\"\"" }];
    const DIVERGENCES: &'static [Divergence] = &[];
}

fn read_event(stored: Value) -> Result<Event, String> {
    (active().read)(stored)
}

fn read_state(stored: Value) -> Result<State, String> {
    serde_json::from_value(stored).map_err(|error| error.to_string())
}

macro_rules! stored_by {
    ($(#[$doc:meta])* $name:ident of $content:ty, $write:ident, $read:ident) => {
        $(#[$doc])*
        pub struct $name<B>(pub $content, PhantomData<fn() -> B>);

        impl<B> $name<B> {
            pub fn of(content: $content) -> Self {
                Self(content, PhantomData)
            }
        }
        impl<B> Clone for $name<B> {
            fn clone(&self) -> Self {
                Self::of(self.0.clone())
            }
        }
        impl<B> fmt::Debug for $name<B> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl<B> PartialEq for $name<B> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }
        impl<B: Said> Serialize for $name<B> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                (active().$write)(&self.0).serialize(serializer)
            }
        }
        impl<'de, B: Said> Deserialize<'de> for $name<B> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $read(Value::deserialize(deserializer)?).map(Self::of).map_err(serde::de::Error::custom)
            }
        }
    };
}

stored_by! {
    /// An event, stored as the mutant stores it.
    EventOf of Event, write, read_event
}
stored_by! {
    /// A state, stored as the mutant stores it.
    StateOf of State, write_state, read_state
}

impl<B> Default for StateOf<B> {
    fn default() -> Self {
        Self::of(State::default())
    }
}

impl<B: Said> EventPayload for EventOf<B> {
    const TYPES: &'static [(&'static str, u16)] = B::TYPES;
    const PERSONAL: &'static [Personal] = B::PERSONAL;
    fn event_type(&self) -> &'static str {
        (active().event_type)(&self.0)
    }
    fn upcasters() -> Vec<Upcaster> {
        (active().upcasters)()
    }
    fn subject(&self) -> Option<SubjectId> {
        (active().subject)(&self.0)
    }
}

/// The workflow, broken as `B` says.
pub struct Anfrage<B>(PhantomData<fn() -> B>);

impl<B: Said> Workflow for Anfrage<B> {
    const NAME: &'static str = "anfrage";
    const DEADLINE_LABELS: &'static [&'static str] = B::LABELS;
    type State = StateOf<B>;
    type Command = Command;
    type Event = EventOf<B>;

    fn handle(state: &StateOf<B>, command: Command) -> WorkflowResult<EventOf<B>> {
        let Decision { events, outbox, deadlines, claims, correlations, ends } = (active().handle)(&state.0, command)?;
        let events = events.into_iter().map(EventOf::of).collect();
        Ok(Decision { events, outbox, deadlines, claims, correlations, ends })
    }

    fn apply(state: StateOf<B>, event: &EventOf<B>) -> StateOf<B> {
        StateOf::of((active().apply)(state.0, &event.0))
    }

    fn delivered(delivered: Delivered) -> Option<Command> {
        Some(Command::Delivered(delivered))
    }
}

/// It as a subject.
pub struct Subject<B>(PhantomData<fn() -> B>);

impl<B: Said> WorkflowSubject for Subject<B> {
    type Workflow = Anfrage<B>;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN.and(Capabilities::PERSONAL);
    const HOME: &'static str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    const SOURCES: &'static [Source] = &[Source { path: "anfrage.rs", text: B::SOURCE }];
    const DIVERGENCES: &'static [Divergence] = B::DIVERGENCES;

    fn commands(state: &StateOf<B>, now: Timestamp) -> BoxedStrategy<Command> {
        let ask = prop::sample::select(&["51238696780", "51999990018"]).prop_map(move |malo| Command::Ask { malo: malo.into(), at: now });
        let note = prop::sample::select(&["a", "b", "c"]).prop_map(|text| Command::Note { text: text.into(), format: None });
        let answer = prop::sample::select(&["A1", "A2"]).prop_map(|code| Command::Answer { code: code.into(), format: None });
        let asked = u32::from(state.0.asked.is_none());
        prop_oneof![1 + 8 * asked => ask, 4 => note, 2 => answer].boxed()
    }

    fn is_final(state: &StateOf<B>) -> bool {
        state.0.is_over()
    }

    fn expected_due(after: &StateOf<B>, _: &Command, label: &str) -> Option<Timestamp> {
        let (_, at) = after.0.asked.as_ref()?;
        (label == "Antwort").then(|| due(*at))
    }

    fn in_version(command: Command, version: FormatVersion) -> Command {
        match command {
            Command::Note { text, .. } => Command::Note { text, format: Some(version) },
            Command::Answer { code, .. } => Command::Answer { code, format: Some(version) },
            other @ (Command::Ask { .. } | Command::Delivered(_) | Command::Timeout(_)) => other,
        }
    }

    fn histories() -> Vec<(String, Vec<Command>)> {
        (active().histories)()
    }
}

/// Says what is right.
pub struct Right;
impl Said for Right {}
