//! An order that is to be taken back: what the one who answers does with the Storno.
//!
//! When what was ordered is done, failed or refused, it is too late; otherwise the back office decides. An order that is taken back needs
//! no answer any more, when it has none.

use mako_engine::{Decision, Outgoing, Rejection, Timestamp, WorkflowResult};
use mako_sim::application::BACK_OFFICE;
use mako_sim::received::{Original, ReceivedMessage};
use serde::{Deserialize, Serialize};

use super::{Event, Finding, Question, Request, State, answer_label};
use crate::vorgang::art::Vorgang;
use crate::vorgang::meldung::{Anliegen, named};
use crate::vorgang::post::Post;
use crate::vorgang::storno::Storno;

/// The Storno of the order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StornoRequest {
    /// The message.
    pub original: Original,
    /// The ÜT/ÜZ.
    pub received_at: Timestamp,
    /// Whether the order is taken back, and the code, once decided.
    pub decided: Option<(bool, String)>,
    /// Whether the back office was never reached about it.
    pub unreached: bool,
}

/// The order is to be taken back. When it is done, failed or refused, it is too late; otherwise the back office decides.
pub(super) fn received(state: &State, request: &Request, received: &ReceivedMessage) -> WorkflowResult<Event> {
    let Some(storno) = request.vorgang.storno() else {
        return Err(Rejection::new("no-storno", format!("a {} cannot be taken back", request.vorgang.title)));
    };
    if state.storno.is_some() {
        return Err(Rejection::new("storno-before", format!("the {} was to be taken back before", request.vorgang.title)));
    }
    let (original, received_at) = (received.original.clone(), received.received_at);
    let frist = request.frame.answer_frist(storno.family, storno.request.pid, received_at)?;
    let decision = Decision::event(Event::StornoReceived { original: original.clone(), received_at });
    let decision = request.frame.acknowledge(decision, received, &storno.request.name())?;
    let decision = decision.deadline(&storno.label(), frist.due, frist.reason);
    if is_too_late_to_take_back(state) {
        return decide_storno(request, storno, (&original, received_at), (false, storno.too_late_with), decision);
    }
    let Anliegen { lokation, day, .. } = request.anliegen.clone();
    let question = Question { vorgang: request.vorgang, from: request.from, lokation, day };
    Ok(decision.send(Outgoing::new(BACK_OFFICE, request.frame.me.to_string(), storno.title, &question)?))
}

/// Whether what was ordered is done, failed, or refused.
fn is_too_late_to_take_back(state: &State) -> bool {
    state.executed.is_some() || state.execution_unknown || state.decided.as_ref().is_some_and(|decided| !decided.accepts)
}

/// The answer to the Storno. An order that is taken back needs no answer any more, when it has none.
fn decide_storno(
    request: &Request,
    storno: &Storno,
    (original, received_at): (&Original, Timestamp),
    (accepts, code): (bool, &str),
    decision: Decision<Event>,
) -> WorkflowResult<Event> {
    let decision = decision.and(Event::StornoDecided { accepts, code: code.to_owned() });
    storno.answer(&request.frame, (named(original), received_at), (accepts, code), request.from, decision)
}

/// Whether the order is taken back.
pub(super) fn is_taken_back(state: &State) -> bool {
    state.storno.as_ref().and_then(|storno| storno.decided.as_ref()).is_some_and(|(accepts, _)| *accepts)
}

/// The back office found whether it can be taken back.
pub(super) fn found(state: &State, request: &Request, storno: &Storno, asked: &StornoRequest, finding: &Finding) -> WorkflowResult<Event> {
    if asked.decided.is_some() {
        return Ok(Decision::nothing());
    }
    let accepts = finding.accepts && !is_too_late_to_take_back(state);
    let code = match (accepts, finding.accepts) {
        (true, _) if finding.code.is_empty() => storno.accepts_with,
        (false, true) => storno.too_late_with,
        _ => finding.code.as_str(),
    };
    let decision = decide_storno(request, storno, (&asked.original, asked.received_at), (accepts, code), Decision::nothing())?;
    Ok(if accepts && state.decided.is_none() { decision.cancel(&answer_label(request.vorgang)) } else { decision })
}

/// The answer to the Storno was refused: it is sent again. Otherwise the decision comes back as it was.
///
/// # Errors
/// A [`Rejection`] when it cannot be queued.
pub(super) fn answer_again(
    state: &State,
    request: &Request,
    kind: &str,
    decision: Decision<Event>,
) -> Result<Result<Decision<Event>, Decision<Event>>, Rejection> {
    let answered = state.storno.as_ref().and_then(|asked| Some((asked, asked.decided.as_ref()?)));
    match request.vorgang.storno().zip(answered) {
        Some((storno, (asked, (accepts, code)))) if storno.answer_kind(*accepts).name() == kind => {
            let origin = (named(&asked.original), asked.received_at);
            let sent = storno.answer(&request.frame, origin, (*accepts, code), request.from, decision)?;
            Ok(Ok(Post::again(state.post.without_lapsed(sent))))
        }
        _ => Ok(Err(decision)),
    }
}

/// Whether a Storno waits for its decision. One about which nobody was reached waits no longer than its Frist.
pub(super) fn is_open(state: &State, vorgang: Vorgang) -> bool {
    let lapsed = || vorgang.storno().is_some_and(|art| state.post.lapsed.contains_key(&art.label()));
    state.storno.as_ref().is_some_and(|storno| storno.decided.is_none() && !(storno.unreached && lapsed()))
}
