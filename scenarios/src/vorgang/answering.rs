//! The one who answers.
//!
//! Acknowledges the request, checks its lead time, asks the back office, answers inside the Frist and tells whom it must tell. When the
//! Frist passes without a decision, silence means what the Vorgang says: nothing, and the answer is sent late; or consent, and what was
//! asked for holds. A question to the back office that is given up is asked again by nobody: the Frist decides, and after it a refusal
//! that says so is not invented; the process ends as undecided. What follows a yes is in [`then`](super::then).

use std::collections::BTreeMap;

use mako_engine::fristen::berlin;
use mako_engine::{
    BusinessKey, Decision, Delivered, EventPayload, GivenUp, Outgoing, Rejection, TimeoutDeadline, Timestamp, Workflow, WorkflowResult,
};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{AnswerStatus, Aperak, MpId};
use mako_sim::received::{Original, ReceivedMessage};
use serde::{Deserialize, Serialize};

use super::ANSWERING_LABELS;
use super::art::{Answers, Day, Information, MOVES_THE_DAY, Silence, To, Vorgang, When};
use super::execution;
use super::frame::Frame;
use super::meldung::{Anliegen, Meldung, named};
use super::post::{Post, PostEvent, Refusal, name_of};
pub use super::question::{Finding, Question};
use super::then::{answerer, awaiting, search};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// The request came in.
    RequestReceived {
        /// Which Vorgang it is.
        vorgang: Vorgang,
        /// Who we are and under which rules.
        frame: Frame,
        /// Who asks.
        from: MpId,
        /// For what.
        anliegen: Anliegen,
        /// The message.
        original: Original,
        /// The ÜT/ÜZ.
        received_at: Timestamp,
    },
    /// It came too late for the day that it asks for.
    LeadTimeMissed {
        /// That day.
        day: Timestamp,
    },
    /// That day is moved to the next one that it could be asked for.
    DayMoved {
        /// The day that holds instead.
        to: Timestamp,
    },
    /// The back office decided.
    Checked {
        /// What it found.
        finding: Finding,
    },
    /// The back office was never reached; a person has the dead letter.
    QuestionGivenUp,
    /// Nobody decided in time, and that is consent.
    ConsentedBySilence {
        /// When the Frist ended.
        due: Timestamp,
    },
    /// The answer is decided.
    Decided {
        /// Whether it says yes.
        accepts: bool,
        /// Its Prüfidentifikator.
        pid: String,
        /// Its code.
        code: String,
    },
    /// What was asked for is done, or failed.
    Executed {
        /// Whether it is done.
        done: bool,
        /// The code of the report.
        code: String,
    },
    /// Whether it is done nobody will know: the back office was never reached about it.
    ExecutionUnknown,
    /// Somebody else is told.
    Told {
        /// Whom.
        to: MpId,
        /// The Prüfidentifikator of the message.
        pid: String,
    },
    /// The report of what became of it.
    Awaiting(awaiting::Event),
    /// The search for somebody who takes over.
    Search(search::Event),
    /// Mail.
    Post(PostEvent),
}

impl From<PostEvent> for Event {
    fn from(event: PostEvent) -> Self {
        Self::Post(event)
    }
}

impl From<awaiting::Event> for Event {
    fn from(event: awaiting::Event) -> Self {
        Self::Awaiting(event)
    }
}

impl From<search::Event> for Event {
    fn from(event: search::Event) -> Self {
        Self::Search(event)
    }
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[
        ("RequestReceived", 1),
        ("LeadTimeMissed", 1),
        ("DayMoved", 1),
        ("Checked", 1),
        ("QuestionGivenUp", 1),
        ("ConsentedBySilence", 1),
        ("Decided", 1),
        ("Executed", 1),
        ("ExecutionUnknown", 1),
        ("Told", 1),
        ("ReportReceived", 1),
        ("ReportJudged", 1),
        ("JudgementUnknown", 1),
        ("ReportOverdue", 1),
        ("CalledOff", 1),
        ("SearchBegan", 1),
        ("SuccessorAsked", 1),
        ("SuccessorAnswered", 1),
        ("SuccessorSilent", 1),
        ("Ordered", 1),
        ("OrderAnswered", 1),
        ("LateAnswerNoted", 1),
        ("MessageDelivered", 1),
        ("MessageGivenUp", 1),
        ("AperakReceived", 1),
        ("InterchangeRefused", 1),
        ("AperakMissing", 1),
        ("ContrlReceived", 1),
        ("ContrlMissing", 1),
        ("SilenceAccepted", 1),
        ("FristLapsed", 1),
        ("LapseWithdrawn", 1),
    ];

    fn event_type(&self) -> &'static str {
        match self {
            Self::RequestReceived { .. } => "RequestReceived",
            Self::LeadTimeMissed { .. } => "LeadTimeMissed",
            Self::DayMoved { .. } => "DayMoved",
            Self::Checked { .. } => "Checked",
            Self::QuestionGivenUp => "QuestionGivenUp",
            Self::ConsentedBySilence { .. } => "ConsentedBySilence",
            Self::Decided { .. } => "Decided",
            Self::Executed { .. } => "Executed",
            Self::ExecutionUnknown => "ExecutionUnknown",
            Self::Told { .. } => "Told",
            Self::Awaiting(event) => event.event_type(),
            Self::Search(event) => event.event_type(),
            Self::Post(event) => event.event_type(),
        }
    }
}

/// What can be asked of the process.
#[derive(Debug, Clone)]
pub enum Command {
    /// The request came in; the token makes the numbers of this process.
    Request(Vorgang, Box<ReceivedMessage>, String),
    /// What follows a yes: a report came in, or an answer to what we asked because of it, with this Prüfidentifikator.
    Later(Box<ReceivedMessage>, String),
    /// An APERAK came in.
    Aperak(Aperak),
    /// Gas: a partner has one of our interchanges; what we called the message in it.
    Taken(String),
    /// A partner refused one of our interchanges.
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

/// The request as it came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Which Vorgang it is.
    pub vorgang: Vorgang,
    /// Who we are and under which rules.
    pub frame: Frame,
    /// Who asks.
    pub from: MpId,
    /// For what.
    pub anliegen: Anliegen,
    /// The message.
    pub original: Original,
    /// The ÜT/ÜZ.
    pub received_at: Timestamp,
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// Whether it says yes.
    pub accepts: bool,
    /// The Prüfidentifikator of the answer.
    pub pid: String,
    /// Its code.
    pub code: String,
}

/// The state of the process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The request, once received.
    pub request: Option<Request>,
    /// The answer, once decided.
    pub decided: Option<Decided>,
    /// Whether silence consented.
    pub by_silence: bool,
    /// Whether the back office was never reached.
    pub unreached: bool,
    /// What became of it, once it was done or failed; the code of the report.
    pub executed: Option<(bool, String)>,
    /// Whether nobody will know if it is done.
    pub execution_unknown: bool,
    /// Whom else we told, by the Prüfidentifikator.
    pub told: BTreeMap<String, MpId>,
    /// How far the report of what became of it is.
    #[serde(default)]
    pub awaiting: awaiting::State,
    /// How far the search for somebody who takes over is.
    #[serde(default)]
    pub search: search::State,
    /// The mail.
    pub post: Post,
}

/// The workflow of the one who answers.
#[derive(Debug)]
pub struct Answering;

impl Workflow for Answering {
    const NAME: &'static str = "vorgang-answering";
    const DEADLINE_LABELS: &'static [&'static str] = &ANSWERING_LABELS;
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        let decision = match (command, &state.request) {
            (Command::Request(vorgang, received, token), None) => received_request(vorgang, &received, token),
            (Command::Request(..), Some(_)) => Err(Rejection::new("started", "this process has its request")),
            (_, None) => Err(Rejection::new("not-started", "this process has no request yet")),
            (Command::Later(received, pid), Some(request)) => answerer::heard(state, request, &received, &pid),
            (Command::Aperak(aperak), Some(request)) => state.post.acknowledged(&request.frame, &aperak),
            (Command::Taken(kind), Some(request)) => state.post.taken(&request.frame, &kind),
            (Command::Refused(refusal), Some(request)) => refused(state, request, &refusal),
            (Command::Delivered(delivered), Some(request)) => delivery(state, request, delivered),
            (Command::GivenUp(given_up), Some(request)) if given_up.kind == request.vorgang.title && !is_settled(state) => {
                Ok(Decision::event(Event::QuestionGivenUp))
            }
            (Command::GivenUp(given_up), Some(request)) if request.vorgang.execution.is_some_and(|e| e.title == given_up.kind) => {
                Ok(if state.executed.is_some() { Decision::nothing() } else { Decision::event(Event::ExecutionUnknown) })
            }
            (Command::GivenUp(given_up), Some(request)) if answerer::title(request) == Some(given_up.kind.as_str()) => {
                Ok(answerer::never_asked(state))
            }
            (Command::GivenUp(given_up), Some(_)) => Ok(state.post.given_up(&given_up.kind)),
            (Command::Timeout(_), Some(_)) if is_over(state) => Ok(Decision::nothing()),
            (Command::Timeout(timeout), Some(request)) => timed_out(state, request, &timeout),
        }?;
        let decision = answerer::go_on(&decision.events.iter().fold(state.clone(), Self::apply), decision)?;
        let after = decision.events.iter().fold(state.clone(), Self::apply);
        Ok(if is_over(&after) && !decision.events.is_empty() { decision.end() } else { decision })
    }

    fn apply(mut state: State, event: &Event) -> State {
        let acknowledges = state.request.as_ref().is_some_and(|request| request.frame.acknowledges());
        match event.clone() {
            Event::RequestReceived { vorgang, frame, from, anliegen, original, received_at } => {
                let acknowledgement = frame.acknowledges().then(|| format!("APERAK {}", vorgang.request.pid));
                state.post = state.post.queued_if(acknowledgement);
                state.request = Some(Request { vorgang, frame, from, anliegen, original, received_at });
            }
            Event::Decided { accepts, pid, code } => {
                let answers = state.request.as_ref().and_then(|request| request.vorgang.answers);
                let kind = answers.map(|answers| if accepts { answers.accepts.name() } else { answers.refuses.name() });
                state.post = state.post.queued_if(kind);
                state.decided = Some(Decided { accepts, pid, code });
            }
            Event::Told { to, pid } => {
                let informs = state.request.as_ref().map_or(&[][..], |request| request.vorgang.informs);
                let kind = informs.iter().find(|information| information.kind.pid == pid).map(|information| information.kind.name());
                state.post = state.post.queued_if(kind);
                state.told.insert(pid, to);
            }
            Event::Executed { done, code } => {
                let execution = state.request.as_ref().and_then(|request| request.vorgang.execution);
                state.post = state.post.queued_if(execution.map(|execution| execution.report.name()));
                state.executed = Some((done, code));
            }
            Event::ExecutionUnknown => state.execution_unknown = true,
            Event::ConsentedBySilence { .. } => state.by_silence = true,
            Event::QuestionGivenUp => state.unreached = true,
            Event::LeadTimeMissed { .. } | Event::Checked { .. } => {}
            Event::DayMoved { to } => {
                if let Some(request) = &mut state.request {
                    request.anliegen.day = Some(to);
                }
            }
            Event::Awaiting(event) => {
                if let Some(report) = state.request.as_ref().and_then(awaiting::of) {
                    (state.awaiting, state.post) = state.awaiting.apply(&event, report, acknowledges, state.post);
                }
            }
            Event::Search(event) => {
                if let Some(successor) = state.request.as_ref().and_then(search::of) {
                    (state.search, state.post) = state.search.apply(&event, successor, acknowledges, state.post);
                }
            }
            Event::Post(event) => state.post = state.post.apply(&event),
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

/// The label of the deadline at which the answer must be with the one who asked.
fn answer_label(vorgang: Vorgang) -> String {
    format!("answer {}", vorgang.request.pid)
}

fn received_request(vorgang: Vorgang, received: &ReceivedMessage, token: String) -> WorkflowResult<Event> {
    let says = Meldung::of(&received.message, vorgang.day).unwrap_or_default();
    let (lokation, day) = match (says.lokation, says.day) {
        (Some(lokation), day) if day.is_some() || vorgang.day == Day::None => (lokation, day),
        _ => return Err(Rejection::new("incomplete", format!("a {} names a location and its day", vorgang.title))),
    };
    let mut request = Request {
        vorgang,
        frame: Frame { rulebook: received.rulebook, me: received.me, sparte: vorgang.sparte, token },
        from: received.from,
        anliegen: Anliegen { lokation, day },
        original: received.original.clone(),
        received_at: received.received_at,
    };
    let key = BusinessKey::new(format!("{}/{}/{}", vorgang.name, received.from, named(&received.original)));
    let Request { frame, from, anliegen, original, received_at, .. } = request.clone();
    let decision = Decision::event(Event::RequestReceived { vorgang, frame, from, anliegen, original, received_at }).claim(key);
    let decision = request.frame.acknowledge(decision, received, &vorgang.request.name())?;
    let Some(answers) = vorgang.answers else { return Ok(decision) };
    let frist = vorgang.answer_frist(&request.frame, &request.anliegen, received_at)?;
    let mut decision = decision.deadline(&answer_label(vorgang), frist.due, frist.reason);
    if let (Some((lead, code)), Some(day)) = (vorgang.lead_time, request.anliegen.day) {
        let rules = request.frame.rules();
        let met = rules.lead_time_met(lead, received_at, berlin::day(day)).map_err(|e| Rejection::new("no-lead-time", e.to_string()))?;
        decision = if met { decision } else { decision.and(Event::LeadTimeMissed { day }) };
        if !met && code == MOVES_THE_DAY {
            let to = request.frame.next_possible(lead, received_at, day)?;
            request.anliegen.day = Some(to);
            decision = decision.and(Event::DayMoved { to });
        } else if !met {
            let finding = Finding { code: code.to_owned(), accepts: false, partners: BTreeMap::new() };
            return decide(&request, &answers, decision, &finding);
        }
    }
    let Anliegen { lokation, day } = request.anliegen.clone();
    let question = Question { vorgang, from, lokation, day };
    Ok(decision.send(Outgoing::new(BACK_OFFICE, request.frame.me.to_string(), vorgang.title, &question)?))
}

/// Whether the matter is decided, by an answer or by silence.
fn is_settled(state: &State) -> bool {
    state.decided.is_some() || state.by_silence
}

fn finding_in(delivered: Delivered) -> Result<Finding, Rejection> {
    serde_json::from_value(delivered.answer.unwrap_or_default()).map_err(|e| Rejection::new("bad-answer", e.to_string()))
}

fn delivery(state: &State, request: &Request, delivered: Delivered) -> WorkflowResult<Event> {
    let (vorgang, kind) = (request.vorgang, name_of(&delivered.kind).to_owned());
    let kind = kind.as_str();
    if kind == vorgang.title {
        let finding = finding_in(delivered)?;
        return match vorgang.answers {
            Some(answers) if !is_settled(state) => {
                decide(request, &answers, Decision::event(Event::Checked { finding: finding.clone() }), &finding)
            }
            _ => Ok(Decision::nothing()),
        };
    }
    if let Some(execution) = vorgang.execution.filter(|execution| execution.title == kind) {
        let finding = finding_in(delivered)?;
        return if state.executed.is_some() { Ok(Decision::nothing()) } else { execution::executed(request, &execution, &finding) };
    }
    if answerer::title(request) == Some(kind) {
        let finding = finding_in(delivered)?;
        return answerer::found(state, request, &finding);
    }
    let fulfils = answerer::fulfilled_by(state, request, kind).or_else(|| fulfilled_by(vorgang, kind));
    let decision = state.post.delivered(&request.frame, &delivered, fulfils.as_deref());
    answerer::delivered(state, request, kind, &delivered, decision)
}

/// The deadline that the delivery of the message `kind` fulfils.
fn fulfilled_by(vorgang: Vorgang, kind: &str) -> Option<String> {
    let told = vorgang.informs.iter().filter(|information| information.has_frist).map(|information| information.kind);
    let reported = vorgang.execution.filter(|execution| execution.frist.is_some()).map(|execution| execution.report);
    if vorgang.answer_kinds().iter().any(|answer| answer.name() == kind) {
        return Some(answer_label(vorgang));
    }
    let information = told.chain(reported).find(|told| told.name() == kind).map(|told| format!("information {}", told.pid));
    information.or_else(|| kind.starts_with("APERAK ").then(|| kind.to_owned()))
}

/// The answer, and what follows from it.
fn decide(request: &Request, answers: &Answers, decision: Decision<Event>, finding: &Finding) -> WorkflowResult<Event> {
    let accepts = finding.accepts;
    let kind = if accepts { answers.accepts } else { answers.refuses };
    let ordinary = answers.accepts_with.first().filter(|_| accepts && finding.code.is_empty());
    let code = ordinary.map_or_else(|| finding.code.clone(), |code| (*code).to_owned());
    let decided = Decided { accepts, pid: kind.pid.to_owned(), code };
    let Decided { pid, code, .. } = decided.clone();
    let decision = send_answer(request, answers, &decided, decision.and(Event::Decided { accepts, pid, code }))?;
    let vorgang = request.vorgang;
    let now = if accepts { When::Accepted } else { When::Refused };
    let partner = |what: &str| finding.partners.get(what).copied();
    let due = vorgang.informs.iter().filter(|information| information.when == now || information.when == When::Decided);
    let due = due.filter(|information| information.because_of.is_empty() || partner(information.because_of).is_some());
    let to = |information: &Information| match information.to {
        To::Asker => Some(request.from),
        To::Partner(what) => partner(what),
    };
    let decision = due
        .filter_map(|information| Some((information, to(information)?)))
        .try_fold(decision, |decision, (information, to)| tell(request, information, to, decision))?;
    let decision = if accepts { answerer::begin(request, partner, decision)? } else { decision };
    match vorgang.execution.filter(|_| accepts) {
        None => Ok(decision),
        Some(execution) => {
            let Anliegen { lokation, day } = request.anliegen.clone();
            let question = Question { vorgang, from: request.from, lokation, day };
            let decision = execution::frist(request, &execution, decision)?;
            Ok(decision.send(Outgoing::new(BACK_OFFICE, request.frame.me.to_string(), execution.title, &question)?))
        }
    }
}

fn send_answer(request: &Request, answers: &Answers, decided: &Decided, decision: Decision<Event>) -> WorkflowResult<Event> {
    let kind = if decided.accepts { answers.accepts } else { answers.refuses };
    let ebd = (!answers.ebd.is_empty()).then(|| answers.ebd.to_owned());
    let says = Meldung {
        lokation: Some(request.anliegen.lokation.clone()),
        day: request.anliegen.day.filter(|_| decided.accepts),
        // An offer needs no code: it says yes by being there.
        answer: Some(AnswerStatus { code: decided.code.clone(), ebd }).filter(|answer| !answer.code.is_empty()),
        answers: Some(named(&request.original)),
    };
    let vorgang = request.vorgang;
    let message = says.write(&request.frame, kind, answers.day, vorgang.reason)?;
    request.frame.send(decision, message, request.from, Some(&answer_label(vorgang)))
}

fn tell(request: &Request, information: &Information, to: MpId, decision: Decision<Event>) -> WorkflowResult<Event> {
    let decision = decision.and(Event::Told { to, pid: information.kind.pid.to_owned() });
    send_information(request, information, to, decision)
}

fn send_information(request: &Request, information: &Information, to: MpId, decision: Decision<Event>) -> WorkflowResult<Event> {
    let Anliegen { lokation, day } = request.anliegen.clone();
    let says = Meldung { lokation: Some(lokation), day, answer: None, answers: None };
    let message = says.write(&request.frame, information.kind, information.day, information.reason)?;
    if !information.has_frist {
        return request.frame.send(decision, message, to, None);
    }
    let (label, frist) =
        (format!("information {}", information.kind.pid), request.frame.information_frist(information.kind.pid, request.received_at)?);
    request.frame.send(decision.deadline(&label, frist.due, frist.reason), message, to, Some(&label))
}

/// The partner refused a message of ours. What we still owe it is sent again, while its Frist runs on.
fn refused(state: &State, request: &Request, refusal: &Refusal) -> WorkflowResult<Event> {
    let (vorgang, kind) = (request.vorgang, name_of(&refusal.kind));
    let owed = !kind.starts_with("APERAK ");
    let (decision, again) = state.post.refused(&request.frame, refusal, owed)?;
    if !again {
        return Ok(decision);
    }
    let told = vorgang.informs.iter().find(|information| information.kind.name() == kind);
    let told = told.and_then(|information| Some((information, state.told.get(information.kind.pid)?)));
    let reported = vorgang.execution.filter(|execution| execution.report.name() == kind);
    if let (Some(execution), Some((_, code))) = (reported, &state.executed) {
        let decision = execution::frist(request, &execution, decision)?;
        return execution::report(request, &execution, code, decision).map(|decision| Post::again(state.post.without_lapsed(decision)));
    }
    let decision = match answerer::send_again(state, request, kind, decision)? {
        Ok(sent) => return Ok(sent),
        Err(decision) => decision,
    };
    let decision = match (told, &state.decided, vorgang.answers) {
        (Some((information, to)), ..) => send_information(request, information, *to, decision),
        (None, Some(decided), Some(answers)) => {
            let frist = vorgang.answer_frist(&request.frame, &request.anliegen, request.received_at)?;
            send_answer(request, &answers, decided, decision.deadline(&answer_label(vorgang), frist.due, frist.reason))
        }
        (None, ..) => Err(Rejection::new("nothing-to-send", format!("{kind} was refused, and nothing is decided that it could say"))),
    }?;
    Ok(Post::again(state.post.without_lapsed(decision)))
}

fn timed_out(state: &State, request: &Request, timeout: &TimeoutDeadline) -> WorkflowResult<Event> {
    let vorgang = request.vorgang;
    let consents = vorgang.answers.is_some_and(|answers| answers.silence == Silence::IsConsent);
    let (label, due) = (timeout.label.as_str(), timeout.due);
    if let Some(decision) = answerer::timed_out(state, request, timeout) {
        return decision;
    }
    if label == answer_label(vorgang) && state.by_silence {
        return Ok(Decision::nothing());
    }
    if label != answer_label(vorgang) || !consents || is_settled(state) {
        return Ok(Decision::event(state.post.lapse(label, due).into()));
    }
    Ok(Decision::event(Event::ConsentedBySilence { due }))
}

/// Whether the process is over: the matter is settled and the mail where it belongs; or it never will be, since nobody was reached and
/// the Frist has passed.
#[must_use]
pub fn is_over(state: &State) -> bool {
    let Some(&Request { vorgang, .. }) = state.request.as_ref() else { return false };
    let only_told = vorgang.answers.is_none();
    let undecided = state.unreached && state.post.lapsed.contains_key(&answer_label(vorgang));
    let executing = vorgang.execution.is_some() && state.decided.as_ref().is_some_and(|decided| decided.accepts);
    let executed = !executing || state.executed.is_some() || state.execution_unknown;
    state.post.is_settled() && (is_settled(state) && executed && answerer::is_over(state) || only_told || undecided)
}

/// The state in a word.
#[must_use]
pub fn word(state: &State) -> &'static str {
    match (&state.decided, state.by_silence, &state.request) {
        _ if state.executed.as_ref().is_some_and(|(done, _)| *done) => "executed",
        _ if state.executed.is_some() => "failed",
        (Some(Decided { accepts: true, .. }), ..) => state.awaiting.word().or_else(|| state.search.word()).unwrap_or("confirmed"),
        (Some(_), ..) => "refused",
        (None, true, _) => "by-silence",
        (None, false, None) => "new",
        (None, false, Some(request)) if request.vorgang.answers.is_none() => "noted",
        (None, false, Some(_)) if state.unreached && is_over(state) => "undecided",
        (None, false, Some(request)) if state.post.lapsed.contains_key(&answer_label(request.vorgang)) => "overdue",
        (None, false, Some(_)) => "checking",
    }
}
