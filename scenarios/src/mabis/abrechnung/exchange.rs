//! One version and its mail.
//!
//! Versions are worked off side by side, each with the mail that any Vorgang has. The process calls the message `MSCONS 13003` of its third
//! version `MSCONS 13003 v3`. Deadline labels are written out beforehand, so there are two sets of them, and versions take turns: what the
//! mail calls `answer 13003` is the same of an odd version, and `answer 13003 b` of an even one. Of the answer itself the label says
//! `answer`, as it has one Prüfidentifikator or another.

use mako_engine::workflow::DeadlineChange;
use mako_engine::{DeadlineLabel, Decision, Delivered, Rejection, Timestamp, WorkflowResult};
use mako_sim::edifact::{Aperak, OtherMessage, TypedMessage};
use mako_sim::received::{Original, ReceivedMessage};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Matter, Side, State};
use crate::vorgang::{Frame, Post, PostEvent, Stage};

/// The number of a version in its process, counted from 1.
pub(super) type Slot = u32;

/// How many versions of a process may be refused with CONTRL and still be told apart; what is refused after that is a dead letter.
const TOLD_APART: u32 = 9;

/// The turns that versions take.
const TURNS: [&str; 2] = [" b", ""];

/// Whose turn version `number` is.
#[must_use]
pub const fn turn(number: u32) -> &'static str {
    if number.is_multiple_of(2) { TURNS[0] } else { TURNS[1] }
}

/// What the messages with a series are called.
pub(super) const SERIES: &str = "MSCONS 13003";

/// The label of the Frist of an answer, as the mail of a version has it.
pub(super) const ANSWER: &str = "answer 13003";

/// One version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Which version of the process it is, counted from 1.
    pub number: u32,
    /// When it was made.
    pub version: Timestamp,
    /// What it has in every quarter-hour; ours only.
    pub value: u64,
    /// The message, when it came in.
    pub original: Option<Original>,
    /// The ÜT/ÜZ, when it came in.
    pub received_at: Option<Timestamp>,
    /// Whether it was accepted, with which Prüfidentifikator and code.
    pub answer: Option<(bool, String, String)>,
    /// Whether the back office was never reached about it.
    pub unreached: bool,
    /// Its mail.
    pub post: Post,
}

impl Exchange {
    pub(super) fn sent(number: u32, version: Timestamp, value: u64) -> Self {
        let post = Post::default().queued(SERIES);
        Self { number, version, value, original: None, received_at: None, answer: None, unreached: false, post }
    }

    pub(super) fn received(number: u32, version: Timestamp, original: Original, received_at: Timestamp) -> Self {
        let post = Post::default().queued("APERAK 13003");
        Self { number, version, value: 0, original: Some(original), received_at: Some(received_at), answer: None, unreached: false, post }
    }

    pub(super) fn heard(&mut self, accepts: bool, pid: String, code: String) {
        self.noted(&pid);
        self.answer = Some((accepts, pid, code));
    }

    pub(super) fn noted(&mut self, pid: &str) {
        self.post = std::mem::take(&mut self.post).queued(format!("APERAK {pid}"));
    }

    pub(super) fn gave(&mut self, accepts: bool, pid: String, code: String) {
        self.post = std::mem::take(&mut self.post).queued(format!("IFTSTA {pid}"));
        self.answer = Some((accepts, pid, code));
    }

    pub(super) fn apply(&mut self, event: &PostEvent) {
        let event = renamed(event.clone(), |name| self.base(name));
        self.post = std::mem::take(&mut self.post).apply(&event);
    }

    /// Whether nothing more is to come: its mail is where it belongs, and it was answered, or its Frist passed and nobody will answer.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let in_vain = matches!(self.post.sent.get(SERIES), Some(Stage::Refused | Stage::GivenUp));
        self.post.is_settled() && (self.answer.is_some() || in_vain || self.post.lapsed.contains_key(ANSWER))
    }

    /// How it stands, in a word.
    #[must_use]
    pub fn word(&self, side: Side) -> &'static str {
        let stage = self.post.sent.get(SERIES);
        match (&self.answer, stage, self.post.lapsed.contains_key(ANSWER)) {
            (Some((true, ..)), ..) => "confirmed",
            (Some((false, ..)), ..) => "refused",
            (None, Some(Stage::Refused), _) => "not-received",
            (None, Some(Stage::GivenUp), _) => "not-delivered",
            (None, _, true) => "overdue",
            (None, Some(Stage::Queued), false) => "sending",
            (None, ..) => match side {
                Side::Provides => "waiting",
                Side::Checks => "checking",
            },
        }
    }

    /// What the mail of the version calls what the process calls `name`.
    fn base(&self, name: &str) -> String {
        let bare = unscoped(name).map(|(bare, _)| bare).or_else(|| name.strip_suffix(turn(self.number)).map(str::to_owned));
        let bare = bare.unwrap_or_else(|| name.to_owned());
        match (&self.answer, bare.strip_suffix(" IFTSTA")) {
            (Some((_, pid, _)), Some(before)) => format!("{before} {pid}"),
            _ => bare,
        }
    }

    /// The frame of the version: its messages have numbers of their own.
    pub(super) fn frame(&self, matter: &Matter) -> Frame {
        frame_of(matter, self.number)
    }
}

/// The frame of version `number`.
pub(super) fn frame_of(matter: &Matter, number: u32) -> Frame {
    Frame { token: format!("{}N{number}", matter.frame.token), ..matter.frame.clone() }
}

/// What the process calls the deadline `base` of version `slot`.
#[must_use]
pub fn label(base: &str, slot: Slot) -> String {
    let of_answer = base.strip_suffix(|c: char| c.is_ascii_digit()).filter(|_| base.contains("APERAK 210"));
    let named = match of_answer {
        Some(_) => base.rsplit_once(' ').map_or_else(|| base.to_owned(), |(before, _)| format!("{before} IFTSTA")),
        None => base.to_owned(),
    };
    format!("{named}{}", turn(slot))
}

/// What the process calls the message `base` of version `slot`.
#[must_use]
pub fn scoped_kind(base: &str, slot: Slot) -> String {
    format!("{base} v{slot}")
}

/// Every name under which a message of a version leaves.
#[must_use]
pub fn kinds() -> Vec<String> {
    let answers = ["21000", "21001", "21002", "21003", "21005"];
    let bases = answers.iter().flat_map(|pid| [format!("IFTSTA {pid}"), format!("APERAK {pid}")]);
    let bases = bases.chain([SERIES.to_owned(), "APERAK 13003".to_owned()]);
    bases.flat_map(|base| (1..=TOLD_APART).map(move |number| scoped_kind(&base, number))).collect()
}

/// Whether the deadline `label` is one of version `number`.
#[must_use]
pub fn is_turn(label: &str, number: u32) -> bool {
    label.ends_with(TURNS[0]) == (turn(number) == TURNS[0])
}

/// The name of a message without its version, and the version. What is added behind it, as when a message is sent again, stays.
fn unscoped(name: &str) -> Option<(String, Slot)> {
    let (before, rest) = name.split_once(" v")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, after) = rest.split_at_checked(digits)?;
    Some((format!("{before}{after}"), number.parse().ok()?))
}

/// The open version whose turn the deadline `label` is.
fn by_turn(state: &State, label: &str) -> Option<Slot> {
    state.exchanges.keys().rev().copied().find(|number| is_turn(label, *number))
}

/// The version that `event` is about.
pub(super) fn place_of(state: &State, event: &PostEvent) -> Option<Slot> {
    match event {
        PostEvent::MessageDelivered { kind, .. }
        | PostEvent::MessageGivenUp { kind }
        | PostEvent::AperakReceived { kind, .. }
        | PostEvent::InterchangeRefused { kind, .. }
        | PostEvent::AperakMissing { kind }
        | PostEvent::ContrlReceived { kind }
        | PostEvent::ContrlMissing { kind }
        | PostEvent::SilenceAccepted { kind } => unscoped(kind).map(|(_, number)| number),
        PostEvent::FristLapsed { label, .. } | PostEvent::LapseWithdrawn { label } => by_turn(state, label),
    }
}

/// `event`, in which messages and deadlines are called otherwise.
fn renamed(event: PostEvent, name: impl Fn(&str) -> String) -> PostEvent {
    match event {
        PostEvent::MessageDelivered { kind, received_at } => PostEvent::MessageDelivered { kind: name(&kind), received_at },
        PostEvent::MessageGivenUp { kind } => PostEvent::MessageGivenUp { kind: name(&kind) },
        PostEvent::AperakReceived { kind, recognised, codes } => PostEvent::AperakReceived { kind: name(&kind), recognised, codes },
        PostEvent::InterchangeRefused { kind, answer, again } => PostEvent::InterchangeRefused { kind: name(&kind), answer, again },
        PostEvent::AperakMissing { kind } => PostEvent::AperakMissing { kind: name(&kind) },
        PostEvent::ContrlReceived { kind } => PostEvent::ContrlReceived { kind: name(&kind) },
        PostEvent::ContrlMissing { kind } => PostEvent::ContrlMissing { kind: name(&kind) },
        PostEvent::SilenceAccepted { kind } => PostEvent::SilenceAccepted { kind: name(&kind) },
        PostEvent::FristLapsed { label, due } => PostEvent::FristLapsed { label: name(&label), due },
        PostEvent::LapseWithdrawn { label } => PostEvent::LapseWithdrawn { label: name(&label) },
    }
}

/// What the mail of version `slot` decides, as the process decides it.
pub(super) fn lifted(slot: Slot, decision: Decision<PostEvent>) -> Decision<Event> {
    let Decision { events, outbox, deadlines, claims, correlations, ends } = decision;
    let rename = |name: &str| label(name, slot);
    let event = |event: PostEvent| {
        let by_label = matches!(event, PostEvent::FristLapsed { .. } | PostEvent::LapseWithdrawn { .. });
        Event::Post(if by_label { renamed(event, rename) } else { renamed(event, |name| scoped_kind(name, slot)) })
    };
    let deadline = |change| match change {
        DeadlineChange::Set { label: own, due, reason } => {
            DeadlineChange::Set { label: DeadlineLabel::new(label(own.as_str(), slot)), due, reason }
        }
        DeadlineChange::Cancel(own) => DeadlineChange::Cancel(DeadlineLabel::new(label(own.as_str(), slot))),
    };
    let mut outbox = outbox;
    for message in &mut outbox {
        message.kind = scoped_kind(&message.kind, slot);
        message.fulfils = message.fulfils.take().map(|own| DeadlineLabel::new(label(own.as_str(), slot)));
    }
    let deadlines = deadlines.into_iter().map(deadline).collect();
    Decision { events: events.into_iter().map(event).collect(), outbox, deadlines, claims, correlations, ends }
}

/// `first`, and then what the mail of the version decides.
pub(super) fn joined(first: Decision<Event>, slot: Slot, then: Decision<PostEvent>) -> Decision<Event> {
    let then = lifted(slot, then);
    let mut all = first;
    all.events.extend(then.events);
    all.outbox.extend(then.outbox);
    all.deadlines.extend(then.deadlines);
    all.claims.extend(then.claims);
    all.correlations.extend(then.correlations);
    all
}

/// A version more: the one that had the same turn before is done.
pub(super) fn add(state: &mut State, exchange: Exchange) {
    state.versions = exchange.number;
    state.exchanges.retain(|number, _| turn(*number) != turn(exchange.number));
    state.exchanges.insert(exchange.number, exchange);
}

/// Changes version `slot`.
pub(super) fn within(state: &mut State, slot: Slot, change: impl FnOnce(&mut Exchange)) {
    if let Some(exchange) = state.exchanges.get_mut(&slot) {
        change(exchange);
    }
}

/// The version that the message `name` of ours belongs to, and what its mail calls the message.
pub(super) fn named<'s>(state: &'s State, name: &str) -> Option<(Slot, &'s Exchange, String)> {
    let (bare, slot) = unscoped(name)?;
    Some((slot, state.exchanges.get(&slot)?, bare))
}

/// The version that a delivered message belongs to, and its delivery.
pub(super) fn of_kind(state: &State, delivered: Delivered) -> Option<(Slot, &Exchange, Delivered)> {
    let (slot, exchange, kind) = named(state, &delivered.kind)?;
    Some((slot, exchange, Delivered { kind, ..delivered }))
}

/// A message of the version was delivered; which deadline that fulfils follows from what it is.
pub(super) fn delivered(slot: Slot, exchange: &Exchange, matter: &Matter, delivered: &Delivered) -> Decision<Event> {
    let kind = crate::vorgang::name_of(&delivered.kind);
    let fulfils = match kind {
        answer if answer.starts_with("IFTSTA ") => Some(ANSWER),
        aperak if aperak.starts_with("APERAK ") => Some(aperak),
        _ => None,
    };
    lifted(slot, exchange.post.delivered(&exchange.frame(matter), delivered, fulfils))
}

/// An APERAK came in: about which version, its numbers tell.
pub(super) fn acknowledged(state: &State, matter: &Matter, aperak: &Aperak) -> WorkflowResult<Event> {
    let about = |exchange: &Exchange| aperak.original_document.starts_with(&format!("{}D", exchange.frame(matter).token));
    match state.exchanges.iter().find(|(_, exchange)| about(exchange)) {
        Some((slot, exchange)) => Ok(lifted(*slot, exchange.post.acknowledged(&exchange.frame(matter), aperak)?)),
        None => Err(Rejection::new("aperak-about-nothing", format!("no open version sent {}", aperak.original_document))),
    }
}

/// A message was given up.
pub(super) fn given_up(state: &State, kind: &str) -> Decision<Event> {
    named(state, kind).map_or_else(Decision::nothing, |(slot, exchange, kind)| lifted(slot, exchange.post.given_up(&kind)))
}

/// A deadline of a version came.
pub(super) fn lapsed(state: &State, label: &str, due: Timestamp) -> Decision<Event> {
    let place = by_turn(state, label).and_then(|slot| Some((slot, state.exchanges.get(&slot)?)));
    let Some((slot, exchange)) = place else { return Decision::nothing() };
    let base = exchange.base(label);
    if base == ANSWER && exchange.answer.is_some() {
        return Decision::nothing();
    }
    lifted(slot, Decision::event(exchange.post.lapse(&base, due)))
}

/// The version of ours that `received` names, and its place.
pub(super) fn answered<'s>(state: &'s State, matter: &Matter, received: &ReceivedMessage) -> Option<(Slot, &'s Exchange)> {
    let TypedMessage::Other(other) = &received.message else { return None };
    let document = OtherMessage::answered(other)?;
    state
        .exchanges
        .iter()
        .find(|(_, exchange)| exchange.frame(matter).document("13003") == document)
        .map(|(slot, exchange)| (*slot, exchange))
}
