//! What is done after a request was accepted, and the report about it.

use mako_engine::{Decision, WorkflowResult};
use mako_sim::edifact::AnswerStatus;

use super::answering::{Event, Finding, Request};
use super::art::{Day, Execution};
use super::meldung::{Anliegen, Meldung, named};

/// What was asked for is done, or failed: the one who asked is told.
pub(super) fn executed(request: &Request, execution: &Execution, finding: &Finding) -> WorkflowResult<Event> {
    let code = if finding.code.is_empty() { execution.done_with.to_owned() } else { finding.code.clone() };
    report(request, execution, &code, Decision::event(Event::Executed { done: finding.accepts, code: code.clone() }))
}

/// Reports it, for the first or the second time.
pub(super) fn report(request: &Request, execution: &Execution, code: &str, decision: Decision<Event>) -> WorkflowResult<Event> {
    let Anliegen { lokation, day, .. } = request.anliegen.clone();
    let ebd = (!execution.ebd.is_empty()).then(|| execution.ebd.to_owned());
    let answer = Some(AnswerStatus { code: code.to_owned(), ebd });
    let says = Meldung { lokation: Some(lokation), day, answer, answers: Some(named(&request.original)), ..Meldung::default() };
    let message = says.write(&request.frame, execution.report, Day::None, request.vorgang.reason)?;
    let fulfils = execution.frist.map(|_| label(execution));
    request.frame.send(decision, message, request.from, fulfils.as_deref())
}

/// The label of the deadline at which the report that it is done must be with the one who asked.
fn label(execution: &Execution) -> String {
    format!("information {}", execution.report.pid)
}

/// `decision`, in which the Frist of the report stands, where it has one.
pub(super) fn frist(request: &Request, execution: &Execution, decision: Decision<Event>) -> WorkflowResult<Event> {
    let Some(names) = execution.frist else { return Ok(decision) };
    let trigger = names.name(request.anliegen.technik);
    let frist = request.frame.answer_frist(request.vorgang.family, trigger, request.received_at)?;
    Ok(decision.deadline(&label(execution), frist.due, frist.reason))
}
