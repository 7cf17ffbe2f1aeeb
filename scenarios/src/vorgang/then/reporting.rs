//! The one who asked reports what became of it.
//!
//! When the agreed day comes, the back office is asked whether it is done; what it says is reported by the last day, counted from the
//! agreed one. The partner judges the report inside its Frist, and silence says nothing. At any time the partner may call the whole off;
//! then it has failed, whatever was reported. Source: WiM Strom Teil 1 Kap. 2.3.2 Nr. 7 to 9 and 16.

use mako_engine::{Decision, Outgoing, Rejection, Timestamp, WorkflowResult};
use mako_sim::application::BACK_OFFICE;
use mako_sim::received::{ReceivedMessage, message_key};
use serde::{Deserialize, Serialize};

use super::super::answering::{Finding, Question};
use super::super::art::Kind;
use super::super::asking::{self, Request};
use super::super::meldung::Meldung;
use super::super::post::{Post, Stage};
use super::{Report, Then};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// The agreed day came.
    DayCame,
    /// We report what became of it.
    Reported {
        /// Whether it is done.
        done: bool,
        /// The Prüfidentifikator of the report.
        pid: String,
    },
    /// Whether it is done nobody knows: the back office was never reached about it.
    ReportUnknown,
    /// The partner judged the report.
    ReportAnswered {
        /// Whether it takes it for right.
        accepts: bool,
        /// The Prüfidentifikator of the answer.
        pid: String,
        /// Its code.
        code: String,
        /// The ÜT/ÜZ of the answer.
        received_at: Timestamp,
    },
    /// The partner judged once more, or after it had called the whole off.
    FurtherJudgementNoted {
        /// The Prüfidentifikator of the answer.
        pid: String,
    },
    /// The partner calls the whole off.
    CalledOff {
        /// The Prüfidentifikator of the message.
        pid: String,
    },
}

impl Event {
    /// The committed name of the event.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::DayCame => "DayCame",
            Self::Reported { .. } => "Reported",
            Self::ReportUnknown => "ReportUnknown",
            Self::ReportAnswered { .. } => "ReportAnswered",
            Self::FurtherJudgementNoted { .. } => "FurtherJudgementNoted",
            Self::CalledOff { .. } => "CalledOff",
        }
    }
}

/// How far the report is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Whether the agreed day came.
    pub came: bool,
    /// What we reported.
    pub reported: Option<bool>,
    /// Whether the back office was never reached.
    pub unknown: bool,
    /// How the partner judged it.
    pub answered: Option<bool>,
    /// Whether the partner called it off.
    pub called_off: bool,
}

impl State {
    /// The state after `event`; the mail is that of the process.
    #[must_use]
    pub fn apply(mut self, event: &Event, report: &Report, acknowledges: bool, post: Post) -> (Self, Post) {
        let aperak = |pid: &str| acknowledges.then(|| format!("APERAK {pid}"));
        let post = match event {
            Event::DayCame => {
                self.came = true;
                post
            }
            Event::Reported { done, .. } => {
                self.reported = Some(*done);
                post.queued(sent(report, *done).name())
            }
            Event::ReportUnknown => {
                self.unknown = true;
                post
            }
            Event::ReportAnswered { accepts, pid, .. } => {
                self.answered = Some(*accepts);
                post.queued_if(aperak(pid))
            }
            Event::FurtherJudgementNoted { pid } => post.queued_if(aperak(pid)),
            Event::CalledOff { pid } => {
                self.called_off = true;
                post.queued_if(aperak(pid))
            }
        };
        (self, post)
    }

    /// Whether nothing more is to come: it was judged, called off, will never be reported, or nobody received the report.
    #[must_use]
    pub fn is_over(&self, report: &Report, post: &Post) -> bool {
        let in_vain = |done| matches!(post.sent.get(&sent(report, done).name()), Some(Stage::Refused | Stage::GivenUp));
        let never = self.unknown && post.lapsed.contains_key(&until_label(report));
        self.called_off || self.answered.is_some() || never || self.reported.is_some_and(in_vain)
    }

    /// The state in a word; nothing as long as the day has not come.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        match (self.called_off, self.answered, self.reported) {
            (true, ..) => Some("called-off"),
            (false, Some(true), _) => Some("assigned"),
            (false, Some(false), _) => Some("failed"),
            (false, None, Some(_)) => Some("reported"),
            (false, None, None) => self.came.then_some("realising"),
        }
    }
}

/// The report of `request`, when there is to be one.
#[must_use]
pub fn of(request: &Request) -> Option<&'static Report> {
    match request.vorgang.then {
        Some(Then::Report(report)) => Some(report),
        Some(Then::Successor(_)) | None => None,
    }
}

const fn sent(report: &Report, done: bool) -> Kind {
    if done { report.done } else { report.failed }
}

fn start_label(report: &Report) -> String {
    format!("awaits start {}", report.done.pid)
}

/// The label of the last day of the report.
#[must_use]
pub fn until_label(report: &Report) -> String {
    format!("information {}", report.done.pid)
}

/// It was confirmed for `day`: from then on there is something to report.
///
/// # Errors
/// A [`Rejection`] when the rulebook knows no last day of the report.
pub fn begin(request: &Request, report: &Report, day: Timestamp, decision: Decision<asking::Event>) -> WorkflowResult<asking::Event> {
    let until = request.frame.lead_frist(report.done.pid, day)?;
    let off = message_key(&request.to, &request.anliegen.lokation, report.calls_off.pid);
    Ok(decision.deadline(&start_label(report), day, "").deadline(&until_label(report), until.due, until.reason).correlate(off))
}

/// The agreed day came: the back office is asked.
///
/// # Errors
/// A [`Rejection`] when the question cannot be queued.
pub fn day_came(request: &Request, report: &Report) -> WorkflowResult<asking::Event> {
    let lokation = request.anliegen.lokation.clone();
    let question = Question { vorgang: request.vorgang, from: request.to, lokation, day: request.anliegen.day };
    let question = Outgoing::new(BACK_OFFICE, request.frame.me.to_string(), report.title, &question)?;
    Ok(Decision::event(Event::DayCame.into()).send(question))
}

/// Whether `label` is that of the agreed day.
#[must_use]
pub fn is_start(report: &Report, label: &str) -> bool {
    label == start_label(report)
}

/// The back office says whether it is done.
///
/// # Errors
/// A [`Rejection`] when the report cannot be queued.
pub fn found(request: &Request, report: &Report, finding: &Finding) -> WorkflowResult<asking::Event> {
    let done = finding.accepts;
    send(request, report, done, Decision::event(Event::Reported { done, pid: sent(report, done).pid.to_owned() }.into()))
}

/// Sends the report, for the first or the second time.
///
/// # Errors
/// A [`Rejection`] when it cannot be queued.
pub fn send(request: &Request, report: &Report, done: bool, decision: Decision<asking::Event>) -> WorkflowResult<asking::Event> {
    let kind = sent(report, done);
    let says = Meldung { lokation: Some(request.anliegen.lokation.clone()), day: request.anliegen.day, ..Meldung::default() };
    let message = says.write(&request.frame, kind, report.day, request.vorgang.reason)?;
    request.frame.send(decision, message, request.to, Some(&until_label(report)))
}

/// The report that was sent, when `kind` is one.
#[must_use]
pub fn is_report(report: &Report, kind: &str) -> Option<bool> {
    [true, false].into_iter().find(|done| sent(report, *done).name() == kind)
}

/// The label of the deadline at which the answer to the report should be here.
#[must_use]
pub fn answer_label(report: &Report, done: bool) -> String {
    format!("answer {}", sent(report, done).pid)
}

/// The Frist of the answer to the report that was received at `received_at`.
///
/// # Errors
/// A [`Rejection`] when the rulebook knows none.
pub fn delivered(
    request: &Request,
    report: &Report,
    done: bool,
    received_at: Timestamp,
    decision: Decision<asking::Event>,
) -> WorkflowResult<asking::Event> {
    let pid = sent(report, done).pid;
    let frist = request.frame.answer_frist(request.vorgang.family, pid, received_at)?;
    Ok(decision.deadline(&answer_label(report, done), frist.due, frist.reason))
}

/// The partner judged the report, or called the whole off.
///
/// # Errors
/// A [`Rejection`] when nothing was reported that it could be about.
pub fn heard(state: &State, request: &Request, report: &Report, received: &ReceivedMessage, pid: &str) -> WorkflowResult<asking::Event> {
    let pid = pid.to_owned();
    if pid == report.calls_off.pid {
        let over = Decision::event(Event::CalledOff { pid }.into()).cancel(&until_label(report)).cancel(&start_label(report));
        let over = [true, false].into_iter().fold(over, |over, done| over.cancel(&answer_label(report, done)));
        return request.frame.acknowledge(over, received, &report.calls_off.name());
    }
    let Some(done) = state.reported else {
        return Err(Rejection::new("nothing-reported", "nothing was reported yet that could be judged"));
    };
    let accepts = pid == report.accepts.pid;
    let kind = if accepts { report.accepts } else { report.refuses };
    if state.answered.is_some() || state.called_off {
        return request.frame.acknowledge(Decision::event(Event::FurtherJudgementNoted { pid }.into()), received, &kind.name());
    }
    let code = Meldung::of(&received.message, report.day).and_then(|says| says.answer).map(|answer| answer.code).unwrap_or_default();
    let answered = Event::ReportAnswered { accepts, pid, code, received_at: received.received_at };
    let decision = Decision::event(answered.into()).cancel(&answer_label(report, done));
    request.frame.acknowledge(decision, received, &kind.name())
}
