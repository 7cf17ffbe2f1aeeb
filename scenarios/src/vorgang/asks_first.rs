//! Whoever answers asks a third party first.
//!
//! Some requests take something away from somebody else: a new supplier registers for a Marktlokation that another one supplies. Then
//! the back office's yes is not the answer yet. The third party is asked, with the message of a Vorgang of its own; its consent leads to
//! the confirmation, its objection to the refusal, and its silence means what it means in that Vorgang. The question's Frist counts from
//! its receipt: who never got it was not silent, and the request stays undecided until its own Frist has passed.
//!
//! ```text
//! asker ─request→ answerer ─question→ third party
//!                 answerer ←─consent, objection─  or nothing until its Frist
//! asker ←─answer─ answerer
//! ```
//!
//! Source: GeLi Gas 3.0 (BK7-24-01-009), SD Lieferbeginn; the same shape as GPKE Teil 2, SD Lieferbeginn.

use std::collections::BTreeMap;

use mako_engine::{Decision, Rejection, TimeoutDeadline, Timestamp, WorkflowResult};
use mako_sim::edifact::{MpId, TypedMessage};
use mako_sim::received::ReceivedMessage;
use serde::{Deserialize, Serialize};

use super::answering::{Event, Finding, Request, State, answer_frist, answer_label, decide, is_settled, tell_now};
use super::art::{AsksFirst, Silence, When};
use super::meldung::{Anliegen, Meldung};
use super::post::{PostEvent, Stage};

/// The third party that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Third {
    /// Who.
    pub whom: MpId,
    /// The ÜT/ÜZ of its answer, once it came.
    pub answered_at: Option<Timestamp>,
}

/// Who must be asked before the request is answered as `finding` says. Nobody asks about a refusal, and nobody is asked about his own
/// request.
pub(super) fn whom(request: &Request, finding: &Finding) -> Option<(AsksFirst, MpId)> {
    let first = request.vorgang.asks_first.filter(|_| finding.accepts)?;
    let whom = finding.partners.get(first.whom).copied().filter(|whom| *whom != request.from)?;
    Some((first, whom))
}

/// Asks `whom`, and tells whoever is to know that somebody is asked.
pub(super) fn ask(request: &Request, first: &AsksFirst, whom: MpId, finding: &Finding, decision: Decision<Event>) -> WorkflowResult<Event> {
    let decision = send(request, first, whom, decision.and(Event::ThirdPartyAsked { whom }))?;
    tell_now(request, &finding.partners, &[When::Asked], Some(request.received_at), decision)
}

/// Sends the question. It names the one because of whom it is asked.
pub(super) fn send(request: &Request, first: &AsksFirst, whom: MpId, decision: Decision<Event>) -> WorkflowResult<Event> {
    let (Anliegen { lokation, day, .. }, question) = (request.anliegen.clone(), first.question);
    let says = Meldung { lokation: Some(lokation), day, ..Meldung::default() };
    let mut message = says.write(&request.frame, question.request, question.day, question.reason)?;
    if let TypedMessage::Utilmd(utilmd) = &mut message {
        utilmd.supplier = Some(request.from);
    }
    request.frame.send(decision, message, whom, None)
}

/// The question is with the third party, whose Frist begins.
pub(super) fn delivered(
    state: &State,
    request: &Request,
    first: &AsksFirst,
    at: Timestamp,
    decision: Decision<Event>,
) -> WorkflowResult<Event> {
    if is_settled(state) || state.third.is_none_or(|third| third.answered_at.is_some()) {
        return Ok(decision);
    }
    let frist = first.question.answer_frist(&request.frame, &request.anliegen, at)?;
    Ok(decision.deadline(&label(first), frist.due, frist.reason))
}

/// The third party answered.
pub(super) fn answered(state: &State, request: &Request, received: &ReceivedMessage, pid: &str) -> WorkflowResult<Event> {
    let (Some(first), Some(third)) = (request.vorgang.asks_first, state.third) else {
        return Err(Rejection::new("not-asked", "this process asked nobody"));
    };
    let (Some(theirs), Some(ours)) = (first.question.answers, request.vorgang.answers) else {
        return Err(Rejection::new("no-answer", format!("a {} needs no answer", first.question.title)));
    };
    if third.whom != received.from {
        return Err(Rejection::new("not-asked", format!("{} was not asked", received.from)));
    }
    let code = Meldung::of(&received.message, theirs.day).and_then(|says| says.answer).map(|answer| answer.code).unwrap_or_default();
    let (consents, kind) = theirs.judge(pid, &code);
    let in_time = !is_settled(state) && third.answered_at.is_none();
    let (pid, received_at) = (pid.to_owned(), received.received_at);
    let event = Event::ThirdPartyAnswered { consents, pid, code: code.clone(), received_at, in_time };
    let decision = request.frame.acknowledge(Decision::event(event), received, &kind.name())?;
    if !in_time {
        return Ok(decision);
    }
    let decision = state.post.answered(&request.frame, &first.question.request.name(), decision.cancel(&label(&first)));
    let third = Third { answered_at: Some(received_at), ..third };
    let frist = answer_frist(request, Some(&third))?;
    let decision = if state.post.lapsed.contains_key(&answer_label(request.vorgang)) {
        decision
    } else {
        decision.deadline(&answer_label(request.vorgang), frist.due, frist.reason)
    };
    let goes_on = consents || first.goes_on_with.contains(&code.as_str());
    let code = if goes_on { String::new() } else { first.objected.to_owned() };
    decide(request, &ours, decision, &Finding { code, accepts: goes_on, partners: partners(state) }, received_at)
}

/// The question's Frist passed without an answer.
pub(super) fn timed_out(state: &State, request: &Request, first: &AsksFirst, timeout: &TimeoutDeadline) -> WorkflowResult<Event> {
    let answered = state.third.is_none_or(|third| third.answered_at.is_some());
    let consents = first.question.answers.is_some_and(|answers| answers.silence == Silence::IsConsent);
    match request.vorgang.answers {
        _ if is_settled(state) || answered => Ok(Decision::nothing()),
        Some(ours) if consents => {
            let finding = Finding { code: String::new(), accepts: true, partners: partners(state) };
            decide(request, &ours, Decision::event(Event::ThirdPartySilent { due: timeout.due }), &finding, timeout.due)
        }
        _ => Ok(Decision::event(PostEvent::FristLapsed { label: timeout.label.as_str().to_owned(), due: timeout.due }.into())),
    }
}

/// Whether the question never reached the third party, so that no answer and no silence will come.
pub(super) fn is_in_vain(state: &State, request: &Request) -> bool {
    let question = request.vorgang.asks_first.map(|first| first.question.request.name());
    let stage = question.and_then(|question| state.post.sent.get(&question));
    matches!(stage, Some(Stage::Refused | Stage::GivenUp))
}

fn partners(state: &State) -> BTreeMap<String, MpId> {
    state.partners.clone()
}

/// The label of the deadline at which the third party's answer should be here.
fn label(first: &AsksFirst) -> String {
    format!("answer {}", first.question.request.pid)
}
