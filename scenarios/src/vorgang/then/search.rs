//! The one who answered looks for somebody who takes over.
//!
//! When the window opens, the partner is asked. A yes ends the search. A no, silence, and a question that nobody received lead to the same:
//! it is ordered from the one who asked. His silence says nothing, and a late answer still counts. Source: WiM Strom Teil 1 Kap. 2.4.2
//! Nr. 3 to 6; that silence of the gMSB leads to the Weiterverpflichtung is our reading: somebody must run the Messstelle.

use mako_engine::fristen::berlin;
use mako_engine::{Decision, Rejection, Timestamp, WorkflowResult};
use mako_sim::edifact::MpId;
use mako_sim::received::ReceivedMessage;
use serde::{Deserialize, Serialize};

use super::super::answering::{self, Request};
use super::super::meldung::Meldung;
use super::super::post::{Post, Stage};
use super::{Successor, Then};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// There is a partner to be asked, once the window opens.
    SearchBegan {
        /// Whom.
        to: MpId,
    },
    /// The partner is asked.
    SuccessorAsked,
    /// The partner answered.
    SuccessorAnswered {
        /// Whether it takes over.
        accepts: bool,
        /// The Prüfidentifikator of the answer.
        pid: String,
        /// Its code.
        code: String,
        /// The ÜT/ÜZ of the answer.
        received_at: Timestamp,
    },
    /// The partner did not answer in time.
    SuccessorSilent {
        /// When the Frist ended.
        due: Timestamp,
    },
    /// Nobody takes over: it is ordered from the one who asked.
    Ordered,
    /// He answered.
    OrderAnswered {
        /// Whether he stays.
        accepts: bool,
        /// The Prüfidentifikator of the answer.
        pid: String,
        /// Its code.
        code: String,
        /// The ÜT/ÜZ of the answer.
        received_at: Timestamp,
    },
    /// An answer came that changes nothing any more.
    LateAnswerNoted {
        /// The Prüfidentifikator of the answer.
        pid: String,
        /// Its code.
        code: String,
    },
}

impl Event {
    /// The committed name of the event.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::SearchBegan { .. } => "SearchBegan",
            Self::SuccessorAsked => "SuccessorAsked",
            Self::SuccessorAnswered { .. } => "SuccessorAnswered",
            Self::SuccessorSilent { .. } => "SuccessorSilent",
            Self::Ordered => "Ordered",
            Self::OrderAnswered { .. } => "OrderAnswered",
            Self::LateAnswerNoted { .. } => "LateAnswerNoted",
        }
    }
}

/// How far the search is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Whom to ask; none where nobody is to be asked.
    pub to: Option<MpId>,
    /// Whether the partner was asked.
    pub asked: bool,
    /// What the partner answered.
    pub answered: Option<bool>,
    /// Whether the partner was silent.
    pub silent: bool,
    /// Whether it was ordered from the one who asked.
    pub ordered: bool,
    /// Whether he stays.
    pub stays: Option<bool>,
}

impl State {
    /// The state after `event`; the mail is that of the process.
    #[must_use]
    pub fn apply(mut self, event: &Event, successor: &Successor, acknowledges: bool, post: Post) -> (Self, Post) {
        let aperak = |pid: &str| acknowledges.then(|| format!("APERAK {pid}"));
        let post = match event {
            Event::SearchBegan { to } => {
                self.to = Some(*to);
                post
            }
            Event::SuccessorAsked => {
                self.asked = true;
                post.queued(successor.asks.name())
            }
            Event::SuccessorAnswered { accepts, pid, .. } => {
                self.answered = Some(*accepts);
                post.queued_if(aperak(pid))
            }
            Event::SuccessorSilent { .. } => {
                self.silent = true;
                post
            }
            Event::Ordered => {
                self.ordered = true;
                post.queued(successor.orders.name())
            }
            Event::OrderAnswered { accepts, pid, .. } => {
                self.stays = Some(*accepts);
                post.queued_if(aperak(pid))
            }
            Event::LateAnswerNoted { pid, .. } => post.queued_if(aperak(pid)),
        };
        (self, post)
    }

    /// Whether the search is over, or there was none.
    #[must_use]
    pub fn is_over(&self, successor: &Successor, post: &Post) -> bool {
        self.to.is_none() || self.answered == Some(true) || self.stays.is_some() || lost(post, &successor.orders.name())
    }

    /// Whether the question reached nobody, and nothing was done about it yet.
    #[must_use]
    pub fn is_stuck(&self, successor: &Successor, post: &Post) -> bool {
        self.asked && self.answered.is_none() && !self.ordered && lost(post, &successor.asks.name())
    }

    /// The state in a word; nothing before the partner is asked.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        match (self.stays, self.ordered, self.answered) {
            (Some(true), ..) => Some("prolonged"),
            (Some(false), ..) => Some("unprolonged"),
            (None, true, _) => Some("prolonging"),
            (None, false, Some(true)) => Some("taken-over"),
            (None, false, _) => self.asked.then_some("searching"),
        }
    }
}

fn lost(post: &Post, kind: &str) -> bool {
    matches!(post.sent.get(kind), Some(Stage::Refused | Stage::GivenUp))
}

/// The successor that `request` asks for, when it does.
#[must_use]
pub fn of(request: &Request) -> Option<&'static Successor> {
    match request.vorgang.then {
        Some(Then::Successor(successor)) => Some(successor),
        Some(Then::Report(_)) | None => None,
    }
}

fn window(successor: &Successor) -> String {
    format!("awaits window {}", successor.asks.pid)
}

fn window_ends(successor: &Successor) -> String {
    format!("information {}", successor.asks.pid)
}

fn agreed(request: &Request) -> Result<Timestamp, Rejection> {
    request.anliegen.day.ok_or_else(|| Rejection::new("no-day", "the search counts from a day, and none was agreed"))
}

/// The end was confirmed: `to` will be asked when the window opens.
///
/// # Errors
/// A [`Rejection`] when the rulebook knows no window.
pub fn begin(request: &Request, successor: &Successor, to: MpId, decision: Decision<answering::Event>) -> WorkflowResult<answering::Event> {
    let day = agreed(request)?;
    let no_window = |error: String| Rejection::new("no-lead-time", error);
    let earliest = request.frame.rules().earliest_uet(successor.asks.pid, berlin::day(day)).map_err(|e| no_window(e.to_string()))?;
    let earliest = earliest.ok_or_else(|| no_window(format!("{} has no first day", successor.asks.pid)))?;
    let until = request.frame.lead_frist(successor.asks.pid, day)?;
    let decision = decision.and(Event::SearchBegan { to }.into()).deadline(&window(successor), berlin::midnight(earliest), "");
    Ok(decision.deadline(&window_ends(successor), until.due, until.reason))
}

/// Asks the partner.
fn ask(request: &Request, successor: &Successor, to: MpId, decision: Decision<answering::Event>) -> WorkflowResult<answering::Event> {
    let says = Meldung { lokation: Some(request.anliegen.lokation.clone()), day: Some(agreed(request)?), ..Meldung::default() };
    let message = says.write(&request.frame, successor.asks, successor.asks_day, request.vorgang.reason)?;
    request.frame.send(decision, message, to, Some(&window_ends(successor)))
}

/// Orders it from the one who asked.
///
/// # Errors
/// A [`Rejection`] when the order cannot be queued.
pub fn order(request: &Request, successor: &Successor, decision: Decision<answering::Event>) -> WorkflowResult<answering::Event> {
    send_order(request, successor, decision.and(Event::Ordered.into()))
}

fn send_order(request: &Request, successor: &Successor, decision: Decision<answering::Event>) -> WorkflowResult<answering::Event> {
    let says = Meldung { lokation: Some(request.anliegen.lokation.clone()), day: Some(agreed(request)?), ..Meldung::default() };
    let message = says.write(&request.frame, successor.orders, successor.orders_day, request.vorgang.reason)?;
    request.frame.send(decision, message, request.from, None)
}

/// A deadline came that is one of the search's; nothing when it is another one.
///
/// # Errors
/// A [`Rejection`] when a message cannot be queued.
pub fn timed_out(
    state: &State,
    request: &Request,
    successor: &Successor,
    (label, due): (&str, Timestamp),
) -> Option<WorkflowResult<answering::Event>> {
    if label == window(successor) {
        return Some(match state.to {
            Some(to) if !state.asked => ask(request, successor, to, Decision::event(Event::SuccessorAsked.into())),
            _ => Ok(Decision::nothing()),
        });
    }
    (label == format!("answer {}", successor.asks.pid)).then(|| {
        if state.answered.is_some() || state.ordered {
            return Ok(Decision::nothing());
        }
        order(request, successor, Decision::event(Event::SuccessorSilent { due }.into()))
    })
}

/// The deadline that the delivery of `kind` fulfils.
#[must_use]
pub fn fulfilled_by(successor: &Successor, kind: &str) -> Option<String> {
    (kind == successor.asks.name()).then(|| window_ends(successor))
}

/// The question, or the order, was received: its answer has a Frist.
///
/// # Errors
/// A [`Rejection`] when the rulebook knows none.
pub fn delivered(
    state: &State,
    request: &Request,
    successor: &Successor,
    (kind, received_at): (&str, Timestamp),
    decision: Decision<answering::Event>,
) -> WorkflowResult<answering::Event> {
    let waits = [(successor.asks, state.answered.is_none() && !state.ordered), (successor.orders, state.stays.is_none())];
    let Some((sent, _)) = waits.into_iter().find(|(sent, waits)| *waits && sent.name() == kind) else { return Ok(decision) };
    let frist = request.frame.answer_frist(request.vorgang.family, sent.pid, received_at)?;
    Ok(decision.deadline(&format!("answer {}", sent.pid), frist.due, frist.reason))
}

/// The partner, or the one who asked, answered.
///
/// # Errors
/// A [`Rejection`] when nobody was asked.
pub fn heard(
    state: &State,
    request: &Request,
    successor: &Successor,
    received: &ReceivedMessage,
    pid: &str,
) -> WorkflowResult<answering::Event> {
    let kinds = [successor.takes, successor.declines, successor.stays, successor.goes];
    let kind = kinds.into_iter().find(|kind| kind.pid == pid && state.asked);
    let kind = kind.ok_or_else(|| Rejection::new("nobody-asked", format!("nobody was asked who could answer with {pid}")))?;
    let code =
        Meldung::of(&received.message, successor.asks_day).and_then(|says| says.answer).map(|answer| answer.code).unwrap_or_default();
    let (pid, received_at) = (pid.to_owned(), received.received_at);
    let (of_partner, accepts) = (kind == successor.takes || kind == successor.declines, kind == successor.takes || kind == successor.stays);
    let decision = match of_partner {
        true if state.answered.is_none() && !state.ordered => {
            let answered = Decision::event(Event::SuccessorAnswered { accepts, pid, code, received_at }.into());
            let answered = answered.cancel(&format!("answer {}", successor.asks.pid));
            if accepts { answered } else { order(request, successor, answered)? }
        }
        false if state.ordered && state.stays.is_none() => Decision::event(Event::OrderAnswered { accepts, pid, code, received_at }.into())
            .cancel(&format!("answer {}", successor.orders.pid)),
        false if !state.ordered => return Err(Rejection::new("nothing-ordered", format!("nothing was ordered that {pid} could answer"))),
        true | false => Decision::event(Event::LateAnswerNoted { pid, code }.into()),
    };
    request.frame.acknowledge(decision, received, &kind.name())
}

/// Sends `kind` again, whose interchange was refused; nothing when it is no message of the search's.
///
/// # Errors
/// A [`Rejection`] when it cannot be queued.
pub fn send_again(
    state: &State,
    request: &Request,
    successor: &Successor,
    kind: &str,
    decision: Decision<answering::Event>,
) -> Result<Result<Decision<answering::Event>, Decision<answering::Event>>, Rejection> {
    match state.to {
        Some(to) if kind == successor.asks.name() => {
            let until = request.frame.lead_frist(successor.asks.pid, agreed(request)?)?;
            let decision = decision.cancel(&format!("answer {}", successor.asks.pid));
            ask(request, successor, to, decision.deadline(&window_ends(successor), until.due, until.reason)).map(Ok)
        }
        Some(_) if kind == successor.orders.name() => {
            send_order(request, successor, decision.cancel(&format!("answer {}", successor.orders.pid))).map(Ok)
        }
        _ => Ok(Err(decision)),
    }
}
