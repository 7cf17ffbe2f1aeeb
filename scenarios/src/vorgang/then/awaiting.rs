//! The one who answered awaits the report of what became of it.
//!
//! A report that comes is acknowledged and judged by the back office inside its Frist; that of a failure is answered at once. When the last
//! day of the report has passed, the partner is late; on the last day of the other side the whole is called off. A report that is late, but
//! comes before that, still counts. Source: WiM Strom Teil 1 Kap. 2.3.2 Nr. 7, 8 and 16; EBD E_0232.

use mako_engine::fristen::berlin;
use mako_engine::{Decision, Outgoing, Rejection, Timestamp, WorkflowResult};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::AnswerStatus;
use mako_sim::received::{Original, ReceivedMessage, message_key};
use serde::{Deserialize, Serialize};

use super::super::answering::{self, Finding, Question, Request};
use super::super::art::{Day, Kind};
use super::super::meldung::{Meldung, named};
use super::super::post::Post;
use super::{Report, Then};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// The partner reports what became of it.
    ReportReceived {
        /// The Prüfidentifikator of the report.
        pid: String,
        /// The message.
        original: Original,
        /// The ÜT/ÜZ.
        received_at: Timestamp,
    },
    /// The report is judged.
    ReportJudged {
        /// Whether it is right.
        accepts: bool,
        /// The Prüfidentifikator of the answer.
        pid: String,
        /// Its code.
        code: String,
    },
    /// The back office was never reached about the report.
    JudgementUnknown,
    /// The last day of the report passed without one.
    ReportOverdue {
        /// When it was due.
        due: Timestamp,
    },
    /// No report came: the whole is called off.
    CalledOff,
}

impl Event {
    /// The committed name of the event.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::ReportReceived { .. } => "ReportReceived",
            Self::ReportJudged { .. } => "ReportJudged",
            Self::JudgementUnknown => "JudgementUnknown",
            Self::ReportOverdue { .. } => "ReportOverdue",
            Self::CalledOff => "CalledOff",
        }
    }
}

/// A report as it came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// The Prüfidentifikator of the report.
    pub pid: String,
    /// The message.
    pub original: Original,
    /// The ÜT/ÜZ.
    pub received_at: Timestamp,
}

/// How far the report is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The report, once it came.
    pub report: Option<Received>,
    /// How it was judged: whether it is right, and the code.
    pub judged: Option<(bool, String)>,
    /// Whether the back office was never reached about it.
    pub unreached: bool,
    /// Whether the partner is late.
    pub overdue: bool,
    /// Whether the whole was called off.
    pub called_off: bool,
}

impl State {
    /// The state after `event`; the mail is that of the process.
    #[must_use]
    pub fn apply(mut self, event: &Event, report: &Report, acknowledges: bool, post: Post) -> (Self, Post) {
        let post = match event.clone() {
            Event::ReportReceived { pid, original, received_at } => {
                let aperak = acknowledges.then(|| format!("APERAK {pid}"));
                self.report = Some(Received { pid, original, received_at });
                post.queued_if(aperak)
            }
            Event::ReportJudged { accepts, code, .. } => {
                self.judged = Some((accepts, code));
                post.queued(answer(report, accepts).name())
            }
            Event::JudgementUnknown => {
                self.unreached = true;
                post
            }
            Event::ReportOverdue { .. } => {
                self.overdue = true;
                post
            }
            Event::CalledOff => {
                self.called_off = true;
                post.queued(report.calls_off.name())
            }
        };
        (self, post)
    }

    /// Whether nothing more is to come.
    #[must_use]
    pub fn is_over(&self, post: &Post) -> bool {
        let lapsed = |received: &Received| post.lapsed.contains_key(&format!("answer {}", received.pid));
        let undecided = self.unreached && self.report.as_ref().is_some_and(lapsed);
        self.judged.is_some() || undecided || self.called_off && self.report.is_none()
    }

    /// The state in a word; nothing as long as nothing came.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        match (&self.judged, self.called_off, &self.report) {
            (Some(_), true, _) | (None, true, _) => Some("called-off"),
            (Some((true, _)), false, _) => Some("assigned"),
            (Some((false, _)), false, _) => Some("failed"),
            (None, false, Some(_)) => Some("judging"),
            (None, false, None) => self.overdue.then_some("unreported"),
        }
    }
}

/// The report that is awaited in `request`, when one is.
#[must_use]
pub fn of(request: &Request) -> Option<&'static Report> {
    match request.vorgang.then {
        Some(Then::Report(report)) => Some(report),
        Some(Then::Successor(_)) | None => None,
    }
}

const fn answer(report: &Report, accepts: bool) -> Kind {
    if accepts { report.accepts } else { report.refuses }
}

fn awaits(report: &Report) -> String {
    format!("awaits {}", report.done.pid)
}

fn day_of_calling_off(report: &Report) -> String {
    format!("awaits day {}", report.calls_off.pid)
}

fn calling_off(report: &Report) -> String {
    format!("information {}", report.calls_off.pid)
}

fn agreed(request: &Request) -> Result<Timestamp, Rejection> {
    request.anliegen.day.ok_or_else(|| Rejection::new("no-day", "a report counts from a day, and none was agreed"))
}

/// It was confirmed: the report is awaited.
///
/// # Errors
/// A [`Rejection`] when the rulebook knows no last day of the report.
pub fn begin(request: &Request, report: &Report, decision: Decision<answering::Event>) -> WorkflowResult<answering::Event> {
    let until = request.frame.lead_frist(report.done.pid, agreed(request)?)?;
    let keys = [report.done, report.failed].map(|kind| message_key(&request.from, &request.anliegen.lokation, kind.pid));
    Ok(keys.into_iter().fold(decision, Decision::correlate).deadline(&awaits(report), until.due, until.reason))
}

/// A report came in.
///
/// # Errors
/// A [`Rejection`] when one came before.
pub fn reported(
    state: &State,
    request: &Request,
    report: &Report,
    received: &ReceivedMessage,
    pid: &str,
) -> WorkflowResult<answering::Event> {
    if state.report.is_some() {
        return Err(Rejection::new("reported", "a report came before this one"));
    }
    let (original, received_at) = (received.original.clone(), received.received_at);
    let came = Received { pid: pid.to_owned(), original: original.clone(), received_at };
    let event = Event::ReportReceived { pid: pid.to_owned(), original, received_at };
    let decision = Decision::event(event.into()).cancel(&awaits(report)).cancel(&day_of_calling_off(report));
    let done = pid == report.done.pid;
    let kind = if done { report.done } else { report.failed };
    let frist = request.frame.answer_frist(request.vorgang.family, pid, received_at)?;
    let decision = decision.deadline(&format!("answer {pid}"), frist.due, frist.reason);
    let decision = request.frame.acknowledge(decision, received, &kind.name())?;
    if !done || state.called_off {
        return judge(request, report, &came, false, report.codes.1, decision);
    }
    let lokation = request.anliegen.lokation.clone();
    let question = Question { vorgang: request.vorgang, from: request.from, lokation, day: request.anliegen.day };
    Ok(decision.send(Outgoing::new(BACK_OFFICE, request.frame.me.to_string(), report.title, &question)?))
}

/// The back office judges the report.
///
/// # Errors
/// A [`Rejection`] when the answer cannot be queued.
pub fn found(state: &State, request: &Request, report: &Report, finding: &Finding) -> WorkflowResult<answering::Event> {
    match &state.report {
        Some(received) if state.judged.is_none() => {
            let ordinary = if finding.accepts { report.codes.0 } else { report.codes.1 };
            let code = if finding.code.is_empty() { ordinary } else { &finding.code };
            judge(request, report, received, finding.accepts, code, Decision::nothing())
        }
        _ => Ok(Decision::nothing()),
    }
}

fn judge(
    request: &Request,
    report: &Report,
    received: &Received,
    accepts: bool,
    code: &str,
    decision: Decision<answering::Event>,
) -> WorkflowResult<answering::Event> {
    let pid = answer(report, accepts).pid.to_owned();
    send_answer(request, report, received, accepts, code, decision.and(Event::ReportJudged { accepts, pid, code: code.to_owned() }.into()))
}

fn send_answer(
    request: &Request,
    report: &Report,
    received: &Received,
    accepts: bool,
    code: &str,
    decision: Decision<answering::Event>,
) -> WorkflowResult<answering::Event> {
    let answer_status = AnswerStatus { code: code.to_owned(), ebd: (!report.ebd.is_empty()).then(|| report.ebd.to_owned()) };
    let says = Meldung {
        lokation: Some(request.anliegen.lokation.clone()),
        day: None,
        answer: Some(answer_status),
        answers: Some(named(&received.original)),
        ..Meldung::default()
    };
    let message = says.write(&request.frame, answer(report, accepts), Day::None, request.vorgang.reason)?;
    request.frame.send(decision, message, request.from, Some(&format!("answer {}", received.pid)))
}

/// A deadline came that is one of the report's; nothing when it is another one.
///
/// # Errors
/// A [`Rejection`] when the message cannot be queued.
pub fn timed_out(
    state: &State,
    request: &Request,
    report: &Report,
    (label, due): (&str, Timestamp),
) -> Option<WorkflowResult<answering::Event>> {
    let missing = state.report.is_none() && !state.called_off;
    if label == awaits(report) {
        return Some(if missing && !state.overdue { overdue(request, report, due) } else { Ok(Decision::nothing()) });
    }
    (label == day_of_calling_off(report))
        .then(|| if missing { call_off(request, report, Decision::event(Event::CalledOff.into())) } else { Ok(Decision::nothing()) })
}

fn overdue(request: &Request, report: &Report, due: Timestamp) -> WorkflowResult<answering::Event> {
    let day = berlin::day(agreed(request)?);
    let last = request.frame.rules().latest_uet(report.calls_off.pid, day).map_err(|e| Rejection::new("no-lead-time", e.to_string()))?;
    let decision = Decision::event(Event::ReportOverdue { due }.into());
    Ok(decision.deadline(&day_of_calling_off(report), berlin::midnight(last), ""))
}

fn call_off(request: &Request, report: &Report, decision: Decision<answering::Event>) -> WorkflowResult<answering::Event> {
    let day = agreed(request)?;
    let frist = request.frame.lead_frist(report.calls_off.pid, day)?;
    let says = Meldung { lokation: Some(request.anliegen.lokation.clone()), day: Some(day), ..Meldung::default() };
    let message = says.write(&request.frame, report.calls_off, report.day, request.vorgang.reason)?;
    let label = calling_off(report);
    request.frame.send(decision.deadline(&label, frist.due, frist.reason), message, request.from, Some(&label))
}

/// The deadline that the delivery of `kind` fulfils, when `kind` is a message of the report's.
#[must_use]
pub fn fulfilled_by(state: &State, report: &Report, kind: &str) -> Option<String> {
    if kind == report.calls_off.name() {
        return Some(calling_off(report));
    }
    let is_answer = [report.accepts, report.refuses].iter().any(|answer| answer.name() == kind);
    state.report.as_ref().filter(|_| is_answer).map(|received| format!("answer {}", received.pid))
}

/// Sends `kind` again, whose interchange was refused; nothing when it is no message of the report's.
///
/// # Errors
/// A [`Rejection`] when it cannot be queued.
pub fn send_again(
    state: &State,
    request: &Request,
    report: &Report,
    kind: &str,
    decision: Decision<answering::Event>,
) -> Result<Result<Decision<answering::Event>, Decision<answering::Event>>, Rejection> {
    if kind == report.calls_off.name() {
        return call_off(request, report, decision).map(Ok);
    }
    match (&state.report, &state.judged) {
        (Some(received), Some((accepts, code))) if answer(report, *accepts).name() == kind => {
            let frist = request.frame.answer_frist(request.vorgang.family, &received.pid, received.received_at)?;
            let decision = decision.deadline(&format!("answer {}", received.pid), frist.due, frist.reason);
            send_answer(request, report, received, *accepts, code, decision).map(Ok)
        }
        _ => Ok(Err(decision)),
    }
}
