//! The side of the one who checks the series.

use mako_engine::fristen::{Frist, Sparte};
use mako_engine::{BusinessKey, Decision, Delivered, Outgoing, Rejection, Timestamp, WorkflowResult};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{AnswerStatus, Auftrag, Liefermonat, Lokation, Summenzeitreihe, TypedMessage};
use mako_sim::received::{ReceivedMessage, series_key};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::exchange::{ANSWER, Exchange, Slot, frame_of, joined, lifted, named};
use super::window::{Checks, Phase};
use super::{Matter, Side, State, next, window};
use crate::vorgang::{Frame, Post, PostEvent, Refusal, name_of};

/// What the back office is asked about.
pub const TITLE: &str = "Summenzeitreihe";

/// The code of a version that is accepted. The code lists of MaBiS were not at hand: this one and the next three are ours.
pub(super) const ACCEPTED: &str = "A01";
/// The code of a version that is not newer than the one that is there.
const NOT_NEWER: &str = "A02";
/// The code of a version of a month that is not over.
const TOO_EARLY: &str = "A03";
/// The code of a version of a month that is closed.
const CLOSED: &str = "A04";

/// What the back office is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Which version of the process it is, counted from 1.
    pub number: u32,
    /// The Zählpunkt.
    pub zaehlpunkt: Lokation,
    /// The month.
    pub month: Liefermonat,
    /// When the version was made.
    pub version: Timestamp,
    /// The window that it came in.
    pub phase: Phase,
}

/// What the back office finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Which version of the process it is about.
    pub number: u32,
    /// Whether it is accepted.
    pub accepts: bool,
    /// The code; empty stands for the ordinary yes.
    pub code: String,
}

/// When a version that was received at `received_at` must be answered.
pub(super) fn frist(matter: &Matter, received_at: Timestamp) -> Result<Frist, Rejection> {
    let (rules, name) = (matter.frame.rules(), matter.checks.frist());
    let window = rules.window(name, Some("MABIS")).map_err(|error| Rejection::new("no-frist", error.to_string()))?;
    Ok(window.due(received_at, rules.calendar()))
}

/// When a version that was received at `received_at` must be answered, for whoever asks from outside.
#[must_use]
pub fn answer_due(matter: &Matter, received_at: Timestamp) -> Option<Timestamp> {
    frist(matter, received_at).ok().map(|frist| frist.due)
}

/// A version came in; the first one begins the process.
pub(super) fn received(state: &State, received: &ReceivedMessage, checks: Checks, token: String) -> WorkflowResult<Event> {
    let TypedMessage::Other(other) = &received.message else { return Err(Rejection::new("incomplete", "it is no Summenzeitreihe")) };
    let incomplete = || Rejection::new("incomplete", "a Summenzeitreihe names a Zählpunkt, a month and a version");
    let Summenzeitreihe { zaehlpunkt, month, version, values, .. } = Summenzeitreihe::of(other).ok_or_else(incomplete)?;
    let received_at = received.received_at;
    let (matter, decision) = match &state.matter {
        Some(matter)
            if (matter.side, &matter.zaehlpunkt, matter.month, matter.partner) == (Side::Checks, &zaehlpunkt, month, received.from) =>
        {
            (matter.clone(), Decision::nothing())
        }
        Some(_) => return Err(Rejection::new("other-matter", "this process settles another Zählpunkt, month or partner")),
        None => {
            let frame = Frame { rulebook: received.rulebook, me: received.me, sparte: Sparte::Strom, token };
            let key = BusinessKey::new(format!("mabis-abrechnung/from {}/{zaehlpunkt}/{month}", received.from));
            let found_by = series_key(&received.from, &zaehlpunkt, month);
            let matter = Matter { frame, side: Side::Checks, checks, partner: received.from, zaehlpunkt: zaehlpunkt.clone(), month };
            let begun = Decision::event(Event::Begun { matter: matter.clone() }).claim(key).correlate(found_by);
            let ends = window::ahead(matter.frame.rules(), checks, month, received_at)?;
            (matter, ends.into_iter().fold(begun, |begun, (label, frist)| begun.deadline(label, frist.due, frist.reason)))
        }
    };
    let slot = next(state)?;
    let number = slot;
    let phase = window::phase_at(matter.frame.rules(), matter.checks, month, received_at)?;
    let refusal = match phase {
        Phase::TooEarly => Some(TOO_EARLY),
        Phase::Closed => Some(CLOSED),
        Phase::Erstaufschlag | Phase::Clearing | Phase::Kbka => state.newest.filter(|newest| version <= *newest).map(|_| NOT_NEWER),
    };
    let quarter_hours = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let (original, counts) = (received.original.clone(), refusal.is_none());
    let came = decision.and(Event::SeriesReceived { slot, version, quarter_hours, phase, counts, original: original.clone(), received_at });
    let frame = frame_of(&matter, number);
    let frist = frist(&matter, received_at)?;
    let mail = frame.acknowledge(Decision::nothing(), received, "MSCONS 13003")?.deadline(ANSWER, frist.due, frist.reason);
    let decision = joined(came, slot, mail);
    if let Some(code) = refusal {
        let exchange = Exchange::received(number, version, original, received_at);
        return give(&matter, slot, &exchange, (false, code), decision);
    }
    let question = Question { number, zaehlpunkt, month, version, phase };
    Ok(decision.send(Outgoing::new(BACK_OFFICE, matter.frame.me.to_string(), TITLE, &question)?))
}

/// The back office says what it makes of a version.
pub(super) fn found(state: &State, matter: &Matter, delivered: Delivered) -> WorkflowResult<Event> {
    let finding: Finding =
        serde_json::from_value(delivered.answer.unwrap_or_default()).map_err(|error| Rejection::new("bad-answer", error.to_string()))?;
    let open = state.exchanges.iter().find(|(_, exchange)| exchange.number == finding.number && exchange.answer.is_none());
    let Some((slot, exchange)) = open else { return Ok(Decision::nothing()) };
    let code = if finding.code.is_empty() { ACCEPTED } else { &finding.code };
    give(matter, *slot, exchange, (finding.accepts, code), Decision::nothing())
}

/// Answers a version.
fn give(
    matter: &Matter,
    slot: Slot,
    exchange: &Exchange,
    (accepts, code): (bool, &str),
    decision: Decision<Event>,
) -> WorkflowResult<Event> {
    let pid = matter.checks.answer(accepts).pid.to_owned();
    let given = decision.and(Event::StatusGiven { slot, accepts, pid, code: code.to_owned() });
    Ok(joined(given, slot, status(matter, exchange, (accepts, code), Decision::nothing())?))
}

fn status(matter: &Matter, exchange: &Exchange, (accepts, code): (bool, &str), decision: Decision<PostEvent>) -> WorkflowResult<PostEvent> {
    let (kind, frame) = (matter.checks.answer(accepts), exchange.frame(matter));
    let pid = kind.pid.parse().map_err(|_| Rejection::new("no-pid", format!("{} is no Prüfidentifikator", kind.pid)))?;
    let auftrag = Auftrag {
        lokation: Some(matter.zaehlpunkt.clone()),
        answer: Some(AnswerStatus { code: code.to_owned(), ebd: None }),
        answers: exchange.original.as_ref().map(|original| original.document.clone()),
        ..Auftrag::new(kind.message_type, pid, frame.document(kind.pid))
    };
    let message = auftrag.message().map_err(|error| Rejection::new("no-form", error.to_string()))?;
    frame.send(decision, TypedMessage::Other(message), matter.partner, Some(ANSWER))
}

/// The back office was never reached about what it was asked.
pub(super) fn never_asked(state: &State) -> Decision<Event> {
    let open = state.exchanges.iter().filter(|(_, exchange)| exchange.answer.is_none() && !exchange.unreached);
    open.fold(Decision::nothing(), |decision, (slot, _)| decision.and(Event::QuestionGivenUp { slot: *slot }))
}

/// The partner refused the interchange of an answer: it is sent again, once.
pub(super) fn refused(state: &State, matter: &Matter, refusal: &Refusal) -> WorkflowResult<Event> {
    let none = || Rejection::new("contrl-about-nothing", format!("no open version sent {}", refusal.kind));
    let (slot, exchange, kind) = named(state, &refusal.kind).ok_or_else(none)?;
    let owed = name_of(&kind).starts_with("IFTSTA ");
    let (frame, refusal) = (exchange.frame(matter), Refusal { kind, answer: refusal.answer.clone() });
    let (decision, again) = exchange.post.refused::<PostEvent>(&frame, &refusal, owed)?;
    let Some((accepts, _, code)) = exchange.answer.as_ref().filter(|_| again) else { return Ok(lifted(slot, decision)) };
    let frist = frist(matter, exchange.received_at.unwrap_or(exchange.version))?;
    let decision = status(matter, exchange, (*accepts, code), decision.deadline(ANSWER, frist.due, frist.reason))?;
    Ok(Post::again(lifted(slot, exchange.post.without_lapsed(decision))))
}
