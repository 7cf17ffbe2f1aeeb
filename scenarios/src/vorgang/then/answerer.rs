//! What follows a yes, as the process of the one who answered sees it: whichever it is, or nothing.

use mako_engine::{Decision, Delivered, Rejection, TimeoutDeadline, WorkflowResult};
use mako_sim::edifact::MpId;
use mako_sim::received::ReceivedMessage;

use super::super::answering::{Event, Finding, Request, State};
use super::super::post::{Post, Stage};
use super::{awaiting, search};

/// It was accepted: what follows begins. `partner` knows who else has to do with the location.
///
/// # Errors
/// A [`Rejection`] when the rulebook lacks a lead time.
pub fn begin(request: &Request, partner: impl Fn(&str) -> Option<MpId>, decision: Decision<Event>) -> WorkflowResult<Event> {
    match (awaiting::of(request), search::of(request)) {
        (Some(report), _) => awaiting::begin(request, report, decision),
        (None, Some(successor)) => match partner(successor.partner) {
            Some(to) => search::begin(request, successor, to, decision),
            None => Ok(decision),
        },
        (None, None) => Ok(decision),
    }
}

/// A report came in, or an answer to what we asked because of a yes.
///
/// # Errors
/// A [`Rejection`] when nothing was agreed that it could be about.
pub fn heard(state: &State, request: &Request, received: &ReceivedMessage, pid: &str) -> WorkflowResult<Event> {
    let agreed = state.decided.as_ref().is_some_and(|decided| decided.accepts);
    match (awaiting::of(request), search::of(request)) {
        (Some(report), _) if agreed => awaiting::reported(&state.awaiting, request, report, received, pid),
        (_, Some(successor)) if agreed => search::heard(&state.search, request, successor, received, pid),
        _ => Err(Rejection::new("nothing-follows", format!("nothing was agreed here that {pid} could be about"))),
    }
}

/// What `after` makes necessary: who was asked and never heard of it is given up, and the next one is asked.
///
/// # Errors
/// A [`Rejection`] when a message cannot be queued.
pub fn go_on(after: &State, decision: Decision<Event>) -> WorkflowResult<Event> {
    let stuck = after.request.as_ref().and_then(|request| Some((request, search::of(request)?)));
    match stuck.filter(|(_, successor)| after.search.is_stuck(successor, &after.post)) {
        Some((request, successor)) => search::order(request, successor, decision),
        None => Ok(decision),
    }
}

/// The title of the question to the back office about the report, where there is one.
#[must_use]
pub fn title(request: &Request) -> Option<&'static str> {
    awaiting::of(request).map(|report| report.title)
}

/// The back office was never reached about the report.
pub fn never_asked(state: &State) -> Decision<Event> {
    if state.awaiting.judged.is_none() { Decision::event(awaiting::Event::JudgementUnknown.into()) } else { Decision::nothing() }
}

/// The back office judges the report.
///
/// # Errors
/// A [`Rejection`] when the answer cannot be queued.
pub fn found(state: &State, request: &Request, finding: &Finding) -> WorkflowResult<Event> {
    awaiting::of(request).map_or_else(|| Ok(Decision::nothing()), |report| awaiting::found(&state.awaiting, request, report, finding))
}

/// The deadline that the delivery of `kind` fulfils.
#[must_use]
pub fn fulfilled_by(state: &State, request: &Request, kind: &str) -> Option<String> {
    let report = awaiting::of(request).and_then(|report| awaiting::fulfilled_by(&state.awaiting, report, kind));
    report.or_else(|| search::of(request).and_then(|successor| search::fulfilled_by(successor, kind)))
}

/// `kind` was delivered: what it asks has a Frist.
///
/// # Errors
/// A [`Rejection`] when the rulebook knows none.
pub fn delivered(state: &State, request: &Request, kind: &str, delivered: &Delivered, decision: Decision<Event>) -> WorkflowResult<Event> {
    let is_refused = matches!(state.post.sent.get(kind), Some(Stage::Refused));
    match search::of(request).filter(|_| !decision.events.is_empty() && !is_refused) {
        Some(successor) => search::delivered(&state.search, request, successor, (kind, delivered.received_at), decision),
        None => Ok(decision),
    }
}

/// A deadline came; nothing when it has to do with none of this.
///
/// # Errors
/// A [`Rejection`] when a message cannot be queued.
pub fn timed_out(state: &State, request: &Request, timeout: &TimeoutDeadline) -> Option<WorkflowResult<Event>> {
    let came = (timeout.label.as_str(), timeout.due);
    let report = awaiting::of(request).and_then(|report| awaiting::timed_out(&state.awaiting, request, report, came));
    report.or_else(|| search::of(request).and_then(|successor| search::timed_out(&state.search, request, successor, came)))
}

/// Sends `kind` again, whose interchange was refused; gives the decision back when it has to do with none of this.
///
/// # Errors
/// A [`Rejection`] when it cannot be queued.
pub fn send_again(
    state: &State,
    request: &Request,
    kind: &str,
    decision: Decision<Event>,
) -> Result<Result<Decision<Event>, Decision<Event>>, Rejection> {
    let sent = match (awaiting::of(request), search::of(request)) {
        (Some(report), _) => awaiting::send_again(&state.awaiting, request, report, kind, decision)?,
        (None, Some(successor)) => search::send_again(&state.search, request, successor, kind, decision)?,
        (None, None) => Err(decision),
    };
    Ok(sent.map(|sent| Post::again(state.post.without_lapsed(sent))))
}

/// Whether nothing follows the answer, or nothing any more.
#[must_use]
pub fn is_over(state: &State) -> bool {
    let Some(request) = state.request.as_ref().filter(|_| state.decided.as_ref().is_some_and(|decided| decided.accepts)) else {
        return true;
    };
    let reported = awaiting::of(request).is_none_or(|_| state.awaiting.is_over(&state.post));
    reported && search::of(request).is_none_or(|successor| state.search.is_over(successor, &state.post))
}
