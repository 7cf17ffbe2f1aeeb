//! The one who asks.
//!
//! Sends the request, learns from the receipt when the partner's clocks started, waits for its acknowledgement and for the answer. When
//! the Frist passes, silence means what the Vorgang says: nothing, and a late answer is still taken; or consent, and a late answer is
//! noted. A second answer that contradicts the first is noted and changes nothing. What was granted, it tells whom it must tell; what
//! follows a yes is in [`then`](super::then). An order that can be taken back ([`Storno`](super::Storno)) is, when it is told to, as long
//! as it is not done.

mod event;

use std::collections::BTreeMap;

use mako_engine::fristen::RulebookId;
use mako_engine::{BusinessKey, Decision, Delivered, GivenUp, Rejection, TimeoutDeadline, Timestamp, Workflow, WorkflowResult};
use mako_sim::edifact::{Aperak, MpId};
use mako_sim::received::{ReceivedMessage, message_key};
use serde::{Deserialize, Serialize};

pub use event::Event;

use super::ASKING_LABELS;
use super::answering::Finding;
use super::art::{Day, Information, Silence, To, Vorgang, When};
use super::frame::Frame;
use super::meldung::{Anliegen, Meldung};
use super::post::{Post, PostEvent, Refusal, Stage, name_of};
use super::then::reporting;

/// What can be asked of the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// Ask.
    Begin {
        /// Which Vorgang.
        vorgang: Vorgang,
        /// The rules.
        rulebook: RulebookId,
        /// Who we are.
        me: MpId,
        /// Whom we ask.
        to: MpId,
        /// For what.
        anliegen: Anliegen,
        /// Who else has to do with the location, by what they are to it, such as `msb`.
        partners: BTreeMap<String, MpId>,
        /// Makes the numbers of this process.
        token: String,
    },
    /// Take the order back.
    TakeBack,
    /// An answer came in, with this Prüfidentifikator.
    Answer(Box<ReceivedMessage>, String),
    /// The partner tells something, with this Prüfidentifikator.
    Information(Box<ReceivedMessage>, String),
    /// The partner judges a report of ours, or calls the whole off.
    Later(Box<ReceivedMessage>, String),
    /// An APERAK came in.
    Aperak(Aperak),
    /// Gas: the partner has one of our interchanges; what we called the message in it.
    Taken(String),
    /// The partner refused one of our interchanges.
    Refused(Refusal),
    /// One of our messages was delivered.
    Delivered(Delivered),
    /// One of our messages was given up.
    GivenUp(GivenUp),
    /// A deadline came.
    Timeout(TimeoutDeadline),
}

impl From<TimeoutDeadline> for Command {
    fn from(timeout: TimeoutDeadline) -> Self {
        Self::Timeout(timeout)
    }
}

/// The request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Which Vorgang it is.
    pub vorgang: Vorgang,
    /// Who we are and under which rules.
    pub frame: Frame,
    /// Whom we ask.
    pub to: MpId,
    /// For what.
    pub anliegen: Anliegen,
    /// Who else has to do with the location, by what they are to it.
    #[serde(default)]
    pub partners: BTreeMap<String, MpId>,
}

/// How the matter was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settled {
    /// The partner said yes.
    Accepted,
    /// The partner said no.
    Refused,
    /// The partner said nothing, which is consent; a late answer would still be noted.
    BySilence,
    /// The partner said nothing, which is consent, and nobody waits for a late answer any more.
    Closed,
}

/// How far a Storno got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TakenBack {
    /// The partner was told.
    Asked,
    /// The order is taken back.
    Granted,
    /// It is not.
    Refused,
}

/// The state of the process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What we ask, once begun.
    pub request: Option<Request>,
    /// How it was settled, once it was.
    pub settled: Option<Settled>,
    /// Whether what was accepted was done, once that was reported.
    pub executed: Option<bool>,
    /// The ÜT of the request, once a receipt told it.
    #[serde(default)]
    pub arrived_at: Option<Timestamp>,
    /// Whom else we told, by the Prüfidentifikator, and from when the Frist counts.
    #[serde(default)]
    pub told: BTreeMap<String, (MpId, Timestamp)>,
    /// How far the Storno got, once there is one.
    #[serde(default)]
    pub taken_back: Option<TakenBack>,
    /// How far the report of what became of it is.
    #[serde(default)]
    pub reporting: reporting::State,
    /// The mail.
    pub post: Post,
}

/// The workflow of the one who asks.
#[derive(Debug)]
pub struct Asking;

impl Workflow for Asking {
    const NAME: &'static str = "vorgang-asking";
    const DEADLINE_LABELS: &'static [&'static str] = &ASKING_LABELS;
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        let decision = match (command, &state.request) {
            (Command::Begin { vorgang, rulebook, me, to, anliegen, partners, token }, None) => {
                start(Request { vorgang, frame: Frame { rulebook, me, sparte: vorgang.sparte, token }, to, anliegen, partners })
            }
            (Command::Begin { .. }, Some(_)) => Err(Rejection::new("started", "this process has asked")),
            (_, None) => Err(Rejection::new("not-started", "this process has asked nothing yet")),
            (Command::TakeBack, Some(request)) => take_back(state, request),
            (Command::Answer(received, pid), Some(request)) => answer(state, request, &received, &pid),
            (Command::Information(received, pid), Some(request)) => informed(request, &received, pid),
            (Command::Later(received, pid), Some(request)) => {
                match reporting::of(request).filter(|_| state.settled == Some(Settled::Accepted)) {
                    Some(report) => reporting::heard(&state.reporting, request, report, &received, &pid),
                    None => Err(Rejection::new("nothing-follows", format!("nothing was agreed here that {pid} could be about"))),
                }
            }
            (Command::Aperak(aperak), Some(request)) => state.post.acknowledged(&request.frame, &aperak),
            (Command::Taken(kind), Some(request)) => state.post.taken(&request.frame, &kind),
            (Command::Refused(refusal), Some(request)) => refused(state, request, &refusal),
            (Command::Delivered(delivered), Some(request)) => delivery(state, request, delivered),
            (Command::GivenUp(given_up), Some(request)) if reporting::of(request).is_some_and(|report| report.title == given_up.kind) => {
                Ok(if state.reporting.reported.is_some() {
                    Decision::nothing()
                } else {
                    Decision::event(reporting::Event::ReportUnknown.into())
                })
            }
            (Command::GivenUp(given_up), Some(_)) => Ok(state.post.given_up(&given_up.kind)),
            (Command::Timeout(_), Some(_)) if is_over(state) => Ok(Decision::nothing()),
            (Command::Timeout(timeout), Some(request)) => timed_out(state, request, &timeout),
        }?;
        let after = decision.events.iter().fold(state.clone(), Self::apply);
        Ok(if is_over(&after) && !decision.events.is_empty() { decision.end() } else { decision })
    }

    fn apply(mut state: State, event: &Event) -> State {
        let acknowledges = state.request.as_ref().is_some_and(|request| request.frame.acknowledges());
        let aperak = |pid: &str| acknowledges.then(|| format!("APERAK {pid}"));
        match event.clone() {
            Event::Requested { vorgang, frame, to, anliegen, partners } => {
                state.post = state.post.queued(vorgang.request.name());
                state.request = Some(Request { vorgang, frame, to, anliegen, partners });
            }
            Event::AnswerReceived { accepts, pid, day, .. } => {
                state.post = state.post.queued_if(aperak(&pid));
                if let Some(request) = &mut state.request {
                    state.post = state.post.accepted_by_answer(&request.frame, &request.vorgang.request.name());
                    request.anliegen.day = day.or(request.anliegen.day);
                }
                state.settled = Some(if accepts { Settled::Accepted } else { Settled::Refused });
            }
            Event::FurtherAnswerNoted { pid, .. } => {
                state.post = state.post.queued_if(aperak(&pid));
                if state.settled == Some(Settled::BySilence) {
                    state.settled = Some(Settled::Closed);
                }
            }
            Event::Informed { pid } => state.post = state.post.queued_if(aperak(&pid)),
            Event::ExecutionReported { done, pid, .. } => {
                state.post = state.post.queued_if(aperak(&pid));
                state.executed = Some(done);
            }
            Event::ConsentedBySilence { .. } => state.settled = Some(Settled::BySilence),
            Event::Closed => state.settled = Some(Settled::Closed),
            Event::Reporting(event) => {
                if let Some(report) = state.request.as_ref().and_then(reporting::of) {
                    (state.reporting, state.post) = state.reporting.apply(&event, report, acknowledges, state.post);
                }
            }
            Event::Told { to, pid, from } => {
                let informs = state.request.as_ref().map_or(&[][..], |request| request.vorgang.informs);
                let kind = informs.iter().find(|information| information.kind.pid == pid).map(|information| information.kind.name());
                state.post = state.post.queued_if(kind);
                state.told.insert(pid, (to, from));
            }
            Event::StornoRequested => {
                let storno = state.request.as_ref().and_then(|request| request.vorgang.storno());
                state.post = state.post.queued_if(storno.map(|storno| storno.request.name()));
                state.taken_back = Some(TakenBack::Asked);
            }
            Event::StornoAnswered { accepts, pid, .. } => {
                state.post = state.post.queued_if(aperak(&pid));
                state.taken_back = Some(if accepts { TakenBack::Granted } else { TakenBack::Refused });
            }
            Event::Post(event) => {
                let asked = state.request.as_ref().map(|request| request.vorgang.request.name());
                match &event {
                    PostEvent::MessageDelivered { kind, received_at } if Some(kind) == asked.as_ref() => {
                        state.arrived_at = Some(*received_at)
                    }
                    PostEvent::InterchangeRefused { kind, .. } if Some(kind) == asked.as_ref() => state.arrived_at = None,
                    _ => {}
                }
                state.post = state.post.apply(&event);
            }
        }
        state
    }

    fn delivered(delivered: Delivered) -> Option<Command> {
        Some(Command::Delivered(delivered))
    }

    fn given_up(given_up: GivenUp) -> Option<Command> {
        Some(Command::GivenUp(given_up))
    }
}

/// The label of the deadline at which the answer should be here.
fn answer_label(vorgang: Vorgang) -> String {
    format!("answer {}", vorgang.request.pid)
}

/// The label of the deadline until which a late answer is noted, after silence was consent.
fn late_label(vorgang: Vorgang) -> String {
    format!("late answer {}", vorgang.request.pid)
}

fn start(request: Request) -> WorkflowResult<Event> {
    let Request { vorgang, frame, to, anliegen, partners } = request.clone();
    let key = BusinessKey::new(format!("{}/{}", vorgang.name, anliegen.lokation));
    // What names no request of ours finds the process by its place.
    let heard = vorgang.hears.iter().map(|kind| message_key(&to, &anliegen.lokation, kind.pid)).collect::<Vec<_>>();
    let decision = Decision::event(Event::Requested { vorgang, frame, to, anliegen, partners }).claim(key);
    ask(&request, heard.into_iter().fold(decision, Decision::correlate))
}

/// Sends the request.
fn ask(request: &Request, decision: Decision<Event>) -> WorkflowResult<Event> {
    let Anliegen { lokation, day, .. } = request.anliegen.clone();
    let says = Meldung { lokation: Some(lokation), day, ..Meldung::default() };
    let vorgang = request.vorgang;
    let message = says.write(&request.frame, vorgang.request, vorgang.day, vorgang.reason)?;
    request.frame.send(decision, message, request.to, None)
}

/// The partner refused a message of ours, so it never received it. The request is sent again, as the release of the day has it: a format
/// version that came into force while it was on its way is no reason not to ask.
fn refused(state: &State, request: &Request, refusal: &Refusal) -> WorkflowResult<Event> {
    let vorgang = request.vorgang;
    let kind = name_of(&refusal.kind);
    let reported = reporting::of(request).filter(|_| !state.reporting.called_off && state.reporting.answered.is_none());
    if let Some((report, done)) = reported.and_then(|report| Some((report, reporting::is_report(report, kind)?))) {
        let (decision, again) = state.post.refused(&request.frame, refusal, true)?;
        if !again {
            return Ok(decision);
        }
        let until = request.frame.lead_frist(report.done.pid, request.anliegen.day.unwrap_or(Timestamp::EPOCH))?;
        let decision =
            decision.cancel(&reporting::answer_label(report, done)).deadline(&reporting::until_label(report), until.due, until.reason);
        return Ok(Post::again(state.post.without_lapsed(reporting::send(request, report, done, decision)?)));
    }
    if let Some((information, to, from)) = told_as(state, request, kind) {
        let (decision, again) = state.post.refused(&request.frame, refusal, true)?;
        if !again {
            return Ok(decision);
        }
        let decision = information.send(&request.frame, &request.anliegen, Some(from), to, decision)?;
        return Ok(Post::again(state.post.without_lapsed(decision)));
    }
    if let Some(storno) = vorgang.storno().filter(|storno| storno.request.name() == kind) {
        let (decision, again) = state.post.refused(&request.frame, refusal, state.taken_back == Some(TakenBack::Asked))?;
        let order = request.frame.document(vorgang.request.pid);
        let ask = |decision: Decision<Event>| storno.ask(&request.frame, order, request.to, decision.cancel(&storno.label()));
        return if again { ask(decision).map(Post::again) } else { Ok(decision) };
    }
    let wants = kind == vorgang.request.name() && state.settled.is_none();
    match state.post.refused(&request.frame, refusal, wants)? {
        (decision, true) if vorgang.answers.is_some() => ask(request, decision.cancel(&answer_label(vorgang))).map(Post::again),
        (decision, true) => ask(request, decision).map(Post::again),
        (decision, false) => Ok(decision),
    }
}

/// Takes the order back: while it waits for its answer, or was confirmed and is not done.
fn take_back(state: &State, request: &Request) -> WorkflowResult<Event> {
    let vorgang = request.vorgang;
    let Some(storno) = vorgang.storno() else {
        return Err(Rejection::new("no-storno", format!("a {} cannot be taken back", vorgang.title)));
    };
    let open = state.executed.is_none() && !in_vain(state) && matches!(state.settled, None | Some(Settled::Accepted));
    if !open || state.taken_back.is_some() {
        return Err(Rejection::new("nothing-to-take-back", format!("the {} is done, refused, or was taken back before", vorgang.title)));
    }
    storno.ask(&request.frame, request.frame.document(vorgang.request.pid), request.to, Decision::event(Event::StornoRequested))
}

/// The answer to our Storno; nothing when `pid` is no such answer.
fn storno_answered(state: &State, request: &Request, received: &ReceivedMessage, pid: &str) -> Option<WorkflowResult<Event>> {
    let storno = request.vorgang.storno()?;
    let accepts = pid == storno.accepts.pid;
    if !accepts && pid != storno.refuses.pid {
        return None;
    }
    if state.taken_back != Some(TakenBack::Asked) {
        return Some(Err(Rejection::new("not-asked", format!("{pid} answers no Storno that is open here"))));
    }
    let code = Meldung::of(&received.message, Day::None).and_then(|says| says.answer).map(|answer| answer.code).unwrap_or_default();
    let (label, pid) = (storno.label(), pid.to_owned());
    let mut decision = Decision::event(Event::StornoAnswered { accepts, pid, code }).cancel(&label);
    if state.post.lapsed.get(&label).is_some_and(|due| received.received_at <= *due) {
        decision = decision.and(PostEvent::LapseWithdrawn { label }.into());
    }
    // An order that is taken back is answered no more.
    let decision = if accepts && state.settled.is_none() { decision.cancel(&answer_label(request.vorgang)) } else { decision };
    let decision = state.post.answered(&request.frame, &storno.request.name(), decision);
    Some(request.frame.acknowledge(decision, received, &storno.answer_kind(accepts).name()))
}

fn answer(state: &State, request: &Request, received: &ReceivedMessage, pid: &str) -> WorkflowResult<Event> {
    let vorgang = request.vorgang;
    if let Some(answered) = storno_answered(state, request, received, pid) {
        return answered;
    }
    let Some(answers) = vorgang.answers else { return Err(Rejection::new("no-answer", "this message needs no answer")) };
    if !vorgang.answer_kinds().iter().any(|kind| kind.pid == pid) {
        return Err(Rejection::new("other-answer", format!("{pid} is no answer to a {}", vorgang.title)));
    }
    let says = Meldung::of(&received.message, answers.day).unwrap_or_default();
    let code = says.answer.map(|answer| answer.code).unwrap_or_default();
    let (accepts, kind) = answers.judge(pid, &code);
    let kind = kind.name();
    let pid = pid.to_owned();
    if state.settled.is_some() {
        return request.frame.acknowledge(Decision::event(Event::FurtherAnswerNoted { accepts, pid, code }), received, &kind);
    }
    let label = answer_label(vorgang);
    let day = says.day.filter(|day| accepts && request.anliegen.day.is_some_and(|asked| asked != *day));
    let answered = Decision::event(Event::AnswerReceived { accepts, pid, code, day, received_at: received.received_at }).cancel(&label);
    let mut decision = state.post.answered(&request.frame, &vorgang.request.name(), answered);
    if state.post.lapsed.get(&label).is_some_and(|due| received.received_at <= *due) {
        decision = decision.and(PostEvent::LapseWithdrawn { label }.into());
    }
    if let (true, Some(report), Some(day)) = (accepts, reporting::of(request), day.or(request.anliegen.day)) {
        decision = reporting::begin(request, report, day, decision)?;
    }
    let decision = request.frame.acknowledge(decision, received, &kind)?;
    if accepts { granted(state, request, received.received_at, decision) } else { Ok(decision) }
}

/// What was asked for holds: whom the one who asked must tell, it tells. The Frist counts from the ÜT of the request; as long as no
/// receipt told it, from `known_at`, when the answer showed that the request is there.
fn granted(state: &State, request: &Request, known_at: Timestamp, decision: Decision<Event>) -> WorkflowResult<Event> {
    let from = state.arrived_at.unwrap_or(known_at);
    let partner = |what: &str| request.partners.get(what).copied();
    let due = request.vorgang.informs.iter().filter(|information| information.when == When::Granted);
    let due = due.filter(|information| information.because_of.is_empty() || partner(information.because_of).is_some());
    let to = |information: &Information| match information.to {
        To::Asker => None,
        To::Partner(what) => partner(what),
    };
    due.filter_map(|information| Some((information, to(information)?))).try_fold(decision, |decision, (information, to)| {
        let decision = decision.and(Event::Told { to, pid: information.kind.pid.to_owned(), from });
        information.send(&request.frame, &request.anliegen, Some(from), to, decision)
    })
}

/// The information that was sent as `kind`, to whom, and from when its Frist counts.
fn told_as(state: &State, request: &Request, kind: &str) -> Option<(&'static Information, MpId, Timestamp)> {
    let information = request.vorgang.informs.iter().find(|information| information.kind.name() == kind)?;
    let (to, from) = *state.told.get(information.kind.pid)?;
    Some((information, to, from))
}

/// The partner tells something. A report of what was done ends the matter.
fn informed(request: &Request, received: &ReceivedMessage, pid: String) -> WorkflowResult<Event> {
    let Some(kind) = request.vorgang.hears.iter().find(|kind| kind.pid == pid) else {
        return Err(Rejection::new("not-for-us", format!("nothing that was asked here is told about with {pid}")));
    };
    let code = Meldung::of(&received.message, Day::None).and_then(|says| says.answer).map(|answer| answer.code).unwrap_or_default();
    let event = match request.vorgang.execution.filter(|execution| execution.report.pid == pid) {
        Some(execution) => Event::ExecutionReported { done: code == execution.done_with, pid, code },
        None => Event::Informed { pid },
    };
    request.frame.acknowledge(Decision::event(event), received, &kind.name())
}

fn delivery(state: &State, request: &Request, delivered: Delivered) -> WorkflowResult<Event> {
    let (vorgang, kind) = (request.vorgang, name_of(&delivered.kind));
    if let Some(report) = reporting::of(request) {
        if kind == report.title {
            let finding: Finding =
                serde_json::from_value(delivered.answer.unwrap_or_default()).map_err(|e| Rejection::new("bad-answer", e.to_string()))?;
            let open = state.reporting.reported.is_none() && !state.reporting.called_off;
            return if open { reporting::found(request, report, &finding) } else { Ok(Decision::nothing()) };
        }
        if let Some(done) = reporting::is_report(report, kind) {
            let decision = state.post.delivered(&request.frame, &delivered, Some(&reporting::until_label(report)));
            let awaited = !decision.events.is_empty() && !matches!(state.post.sent.get(kind), Some(Stage::Refused));
            let open = awaited && state.reporting.answered.is_none() && !state.reporting.called_off;
            return if open { reporting::delivered(request, report, done, delivered.received_at, decision) } else { Ok(decision) };
        }
    }
    let delivered = &delivered;
    let told = told_as(state, request, kind).and_then(|(information, ..)| information.label());
    let fulfils = told.or_else(|| kind.starts_with("APERAK ").then(|| kind.to_owned()));
    let decision = state.post.delivered(&request.frame, delivered, fulfils.as_deref());
    let awaited = !decision.events.is_empty() && !matches!(state.post.sent.get(kind), Some(Stage::Refused));
    if let Some(storno) = vorgang.storno().filter(|storno| storno.request.name() == kind) {
        if !awaited || state.taken_back != Some(TakenBack::Asked) {
            return Ok(decision);
        }
        let frist = request.frame.answer_frist(storno.family, storno.request.pid, delivered.received_at)?;
        return Ok(decision.deadline(&storno.label(), frist.due, frist.reason));
    }
    if kind != vorgang.request.name() || vorgang.answers.is_none() || state.settled.is_some() || !awaited {
        return Ok(decision);
    }
    let frist = vorgang.answer_frist(&request.frame, &request.anliegen, delivered.received_at)?;
    Ok(decision.deadline(&answer_label(vorgang), frist.due, frist.reason))
}

fn timed_out(state: &State, request: &Request, timeout: &TimeoutDeadline) -> WorkflowResult<Event> {
    let vorgang = request.vorgang;
    let consents = vorgang.answers.is_some_and(|answers| answers.silence == Silence::IsConsent);
    let label = timeout.label.as_str();
    if let Some(report) = reporting::of(request).filter(|report| reporting::is_start(report, label)) {
        let open = !state.reporting.came && !state.reporting.called_off;
        return if open { reporting::day_came(request, report) } else { Ok(Decision::nothing()) };
    }
    if label == late_label(vorgang) {
        return Ok(if state.settled == Some(Settled::BySilence) { Decision::event(Event::Closed) } else { Decision::nothing() });
    }
    if label != answer_label(vorgang) {
        return Ok(Decision::event(state.post.lapse(label, timeout.due).into()));
    }
    match (state.settled, consents) {
        (Some(_), _) => Ok(Decision::nothing()),
        (None, false) => Ok(Decision::event(state.post.lapse(label, timeout.due).into())),
        (None, true) => {
            // As long as the answer had, a late one is waited for.
            let late = vorgang.late_frist(&request.frame, &request.anliegen, timeout.due)?;
            let consented = Decision::event(Event::ConsentedBySilence { due: timeout.due });
            granted(state, request, timeout.due, consented.deadline(&late_label(vorgang), late.due, late.reason))
        }
    }
}

/// Whether the process is over: the matter is settled and everything around it where it belongs, or there will be no answer.
#[must_use]
pub fn is_over(state: &State) -> bool {
    let needs_none = state.request.as_ref().is_some_and(|request| request.vorgang.answers.is_none());
    let executes = state.request.as_ref().is_some_and(|request| request.vorgang.execution.is_some());
    let settled = match state.settled {
        None | Some(Settled::BySilence) => false,
        Some(Settled::Accepted) => {
            let report = state.request.as_ref().and_then(reporting::of);
            let reported = report.is_none_or(|report| state.reporting.is_over(report, &state.post));
            (!executes || state.executed.is_some()) && reported
        }
        Some(Settled::Refused | Settled::Closed) => true,
    };
    let taken_back = state.taken_back == Some(TakenBack::Granted);
    state.post.is_settled() && !storno_is_open(state) && (settled || taken_back || needs_none || in_vain(state))
}

/// Whether the partner still owes an answer to our Storno.
fn storno_is_open(state: &State) -> bool {
    let storno = state.request.as_ref().and_then(|request| request.vorgang.storno());
    let stage = storno.and_then(|storno| state.post.sent.get(&storno.request.name()));
    state.taken_back == Some(TakenBack::Asked) && !matches!(stage, Some(Stage::Refused | Stage::GivenUp))
}

/// Refused with APERAK 313 or CONTRL 4, or never delivered: there will be no answer.
fn in_vain(state: &State) -> bool {
    let stage = state.request.as_ref().and_then(|request| state.post.sent.get(&request.vorgang.request.name()));
    matches!(stage, Some(Stage::Refused | Stage::GivenUp))
}

/// The state in a word.
#[must_use]
pub fn word(state: &State) -> &'static str {
    let Some(&Request { vorgang, .. }) = state.request.as_ref() else { return "new" };
    let stage = state.post.sent.get(&vorgang.request.name());
    if state.taken_back == Some(TakenBack::Granted) {
        return "taken-back";
    }
    match (state.settled, stage, state.post.lapsed.contains_key(&answer_label(vorgang))) {
        (Some(Settled::Accepted), ..) if state.executed == Some(true) => "executed",
        (Some(Settled::Accepted), ..) if state.executed == Some(false) => "failed",
        (Some(Settled::Accepted), ..) => state.reporting.word().unwrap_or("confirmed"),
        (Some(Settled::Refused), ..) => "refused",
        (Some(Settled::BySilence | Settled::Closed), ..) => "by-silence",
        (None, Some(Stage::Refused), _) => "not-received",
        (None, Some(Stage::GivenUp), _) => "not-delivered",
        (None, _, true) => "overdue",
        (None, Some(Stage::Queued), false) => "sending",
        (None, ..) if vorgang.answers.is_none() => "told",
        (None, ..) => "waiting",
    }
}
