//! Whom the one who answers must tell besides the one who asked, and when.

use std::collections::BTreeMap;

use mako_engine::{Decision, Timestamp, WorkflowResult};
use mako_sim::edifact::MpId;

use super::{Event, Request, State};
use crate::vorgang::art::{Information, To, When};

/// Whom `information` goes to, where the location has the partner because of whom it is told. Nobody is told because of himself.
fn recipient(request: &Request, partners: &BTreeMap<String, MpId>, information: &Information) -> Option<MpId> {
    let partner = |what: &str| partners.get(what).copied().filter(|partner| *partner != request.from);
    let concerned = information.because_of.is_empty() || partner(information.because_of).is_some();
    match information.to {
        To::Asker => concerned.then_some(request.from),
        To::Partner(what) => partner(what).filter(|_| concerned),
    }
}

/// Tells everybody what is to be told in one of these cases; its Frist counts from `from`, where that is known.
pub(in crate::vorgang) fn tell_now(
    request: &Request,
    partners: &BTreeMap<String, MpId>,
    cases: &[When],
    from: Option<Timestamp>,
    decision: Decision<Event>,
) -> WorkflowResult<Event> {
    let due = request.vorgang.informs.iter().filter(|information| cases.contains(&information.when));
    due.filter_map(|information| Some((information, recipient(request, partners, information)?)))
        .try_fold(decision, |decision, (information, to)| tell(request, information, to, from, decision))
}

/// The answer is with the one who asked. Where it accepts, others are told, whose Frist counts from its ÜT.
pub(super) fn tell_of_acceptance(
    state: &State,
    request: &Request,
    at: Option<Timestamp>,
    decision: Decision<Event>,
) -> WorkflowResult<Event> {
    if !owes_information(state, request) {
        return Ok(decision);
    }
    tell_now(request, &state.partners, &[When::AcceptanceDelivered], at, decision)
}

/// Whether somebody is still to be told of the acceptance.
pub(super) fn owes_information(state: &State, request: &Request) -> bool {
    let accepted = state.decided.as_ref().is_some_and(|decided| decided.accepts);
    let mut due = request.vorgang.informs.iter().filter(|information| information.when == When::AcceptanceDelivered);
    accepted
        && due
            .any(|information| !state.told.contains_key(information.kind.pid) && recipient(request, &state.partners, information).is_some())
}

fn tell(
    request: &Request,
    information: &Information,
    to: MpId,
    from: Option<Timestamp>,
    decision: Decision<Event>,
) -> WorkflowResult<Event> {
    let decision = decision.and(Event::Told { to, pid: information.kind.pid.to_owned() });
    information.send(&request.frame, &request.anliegen, from, to, decision)
}
