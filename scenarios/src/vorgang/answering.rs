//! The one who answers.
//!
//! Acknowledges the request, checks its lead time, asks the back office, answers inside the Frist and tells whom it must tell. When the
//! Frist passes without a decision, silence means what the Vorgang says: nothing, and the answer is sent late; or consent, and what was
//! asked for holds. A question to the back office that is given up is asked again by nobody: the Frist decides, and after it a refusal
//! that says so is not invented; the process ends as undecided.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use mako_engine::fristen::berlin;
use mako_engine::{
    BusinessKey, Decision, Delivered, EventPayload, GivenUp, Outgoing, Rejection, TimeoutDeadline, Timestamp, Workflow, WorkflowResult,
};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{AnswerStatus, Aperak, Lokation, MpId};
use mako_sim::received::{Original, ReceivedMessage};
use serde::{Deserialize, Serialize};

use super::art::{Answers, Day, Information, Silence, Vorgang, When};
use super::frame::Frame;
use super::meldung::{Anliegen, Meldung, named};
use super::post::{Post, PostEvent, Refusal, name_of};

/// What the back office is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The Prüfidentifikator of the request.
    pub pid: String,
    /// Who asks.
    pub from: MpId,
    /// Where.
    pub lokation: Lokation,
    /// For which day.
    pub day: Option<Timestamp>,
}

/// What the back office finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The answer code; empty stands for the ordinary yes.
    pub code: String,
    /// Whether it is granted.
    pub accepts: bool,
    /// Who else has to do with the location, by what they are to it, such as `msb`.
    pub partners: BTreeMap<String, MpId>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// The request came in.
    RequestReceived {
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
    /// Somebody else is told.
    Told {
        /// Whom.
        to: MpId,
        /// The Prüfidentifikator of the message.
        pid: String,
    },
    /// Mail.
    Post(PostEvent),
}

impl From<PostEvent> for Event {
    fn from(event: PostEvent) -> Self {
        Self::Post(event)
    }
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[
        ("RequestReceived", 1),
        ("LeadTimeMissed", 1),
        ("Checked", 1),
        ("QuestionGivenUp", 1),
        ("ConsentedBySilence", 1),
        ("Decided", 1),
        ("Told", 1),
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
            Self::Checked { .. } => "Checked",
            Self::QuestionGivenUp => "QuestionGivenUp",
            Self::ConsentedBySilence { .. } => "ConsentedBySilence",
            Self::Decided { .. } => "Decided",
            Self::Told { .. } => "Told",
            Self::Post(event) => event.event_type(),
        }
    }
}

/// What can be asked of the process.
#[derive(Debug, Clone)]
pub enum Command {
    /// The request came in; the token makes the numbers of this process.
    Request(Box<ReceivedMessage>, String),
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
    /// Whom else we told, by the Prüfidentifikator.
    pub told: BTreeMap<String, MpId>,
    /// The mail.
    pub post: Post,
}

/// The workflow of the one who answers.
#[derive(Debug)]
pub struct Answering<V>(PhantomData<fn() -> V>);

impl<V: Vorgang> Workflow for Answering<V> {
    const NAME: &'static str = V::ANSWERING;
    const DEADLINE_LABELS: &'static [&'static str] = V::LABELS.answering;
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        let decision = match (command, &state.request) {
            (Command::Request(received, token), None) => received_request::<V>(&received, token),
            (Command::Request(..), Some(_)) => Err(Rejection::new("started", "this process has its request")),
            (_, None) => Err(Rejection::new("not-started", "this process has no request yet")),
            (Command::Aperak(aperak), Some(request)) => state.post.acknowledged(&request.frame, &aperak),
            (Command::Taken(kind), Some(request)) => state.post.taken(&request.frame, &kind),
            (Command::Refused(refusal), Some(request)) => refused::<V>(state, request, &refusal),
            (Command::Delivered(delivered), Some(request)) => delivery::<V>(state, request, delivered),
            (Command::GivenUp(given_up), Some(_)) if given_up.kind == V::ART.title && !is_settled(state) => {
                Ok(Decision::event(Event::QuestionGivenUp))
            }
            (Command::GivenUp(given_up), Some(_)) => Ok(state.post.given_up(&given_up.kind)),
            (Command::Timeout(_), Some(_)) if is_over::<V>(state) => Ok(Decision::nothing()),
            (Command::Timeout(timeout), Some(_)) => Ok(timed_out::<V>(state, &timeout)),
        }?;
        let after = decision.events.iter().fold(state.clone(), Self::apply);
        Ok(if is_over::<V>(&after) && !decision.events.is_empty() { decision.end() } else { decision })
    }

    fn apply(mut state: State, event: &Event) -> State {
        match event.clone() {
            Event::RequestReceived { frame, from, anliegen, original, received_at } => {
                let acknowledgement = frame.acknowledges().then(|| format!("APERAK {}", V::ART.request.pid));
                state.post = state.post.queued_if(acknowledgement);
                state.request = Some(Request { frame, from, anliegen, original, received_at });
            }
            Event::Decided { accepts, pid, code } => {
                let kind = V::ART.answers.map(|answers| if accepts { answers.accepts.name() } else { answers.refuses.name() });
                state.post = state.post.queued_if(kind);
                state.decided = Some(Decided { accepts, pid, code });
            }
            Event::Told { to, pid } => {
                let kind = V::ART.informs.iter().find(|information| information.kind.pid == pid).map(|information| information.kind.name());
                state.post = state.post.queued_if(kind);
                state.told.insert(pid, to);
            }
            Event::ConsentedBySilence { .. } => state.by_silence = true,
            Event::QuestionGivenUp => state.unreached = true,
            Event::LeadTimeMissed { .. } | Event::Checked { .. } => {}
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
fn answer_label<V: Vorgang>() -> String {
    format!("answer {}", V::ART.request.pid)
}

fn information_label(information: &Information) -> String {
    format!("information {}", information.kind.pid)
}

fn received_request<V: Vorgang>(received: &ReceivedMessage, token: String) -> WorkflowResult<Event> {
    let says = Meldung::of(&received.message, V::ART.day).unwrap_or_default();
    let (lokation, day) = match (says.lokation, says.day) {
        (Some(lokation), day) if day.is_some() || V::ART.day == Day::None => (lokation, day),
        _ => return Err(Rejection::new("incomplete", format!("a {} names a location and its day", V::ART.title))),
    };
    let request = Request {
        frame: Frame { rulebook: received.rulebook, me: received.me, sparte: V::ART.sparte, token },
        from: received.from,
        anliegen: Anliegen { lokation, day },
        original: received.original.clone(),
        received_at: received.received_at,
    };
    let key = BusinessKey::new(format!("{}/{}/{}", V::ANSWERING, received.from, named(&received.original)));
    let Request { frame, from, anliegen, original, received_at } = request.clone();
    let decision = Decision::event(Event::RequestReceived { frame, from, anliegen, original, received_at }).claim(key);
    let decision = request.frame.acknowledge(decision, received, &V::ART.request.name())?;
    let Some(answers) = V::ART.answers else { return Ok(decision) };
    let trigger = V::trigger(&request.anliegen, received_at);
    let frist = request.frame.answer_frist(V::ART.family, trigger, received_at)?;
    let decision = decision.deadline(&answer_label::<V>(), frist.due, frist.reason);
    if let (Some((lead, code)), Some(day)) = (V::ART.lead_time, request.anliegen.day) {
        let rules = request.frame.rules();
        let met = rules.lead_time_met(lead, received_at, berlin::day(day)).map_err(|e| Rejection::new("no-lead-time", e.to_string()))?;
        if !met {
            let finding = Finding { code: code.to_owned(), accepts: false, partners: BTreeMap::new() };
            return decide::<V>(&request, &answers, decision.and(Event::LeadTimeMissed { day }), &finding);
        }
    }
    let Anliegen { lokation, day } = request.anliegen.clone();
    let question = Question { pid: V::ART.request.pid.to_owned(), from, lokation, day };
    Ok(decision.send(Outgoing::new(BACK_OFFICE, request.frame.me.to_string(), V::ART.title, &question)?))
}

/// Whether the matter is decided, by an answer or by silence.
fn is_settled(state: &State) -> bool {
    state.decided.is_some() || state.by_silence
}

fn delivery<V: Vorgang>(state: &State, request: &Request, delivered: Delivered) -> WorkflowResult<Event> {
    let kind = name_of(&delivered.kind);
    if kind == V::ART.title {
        let finding: Finding =
            serde_json::from_value(delivered.answer.unwrap_or_default()).map_err(|e| Rejection::new("bad-answer", e.to_string()))?;
        return match V::ART.answers {
            Some(answers) if !is_settled(state) => {
                decide::<V>(request, &answers, Decision::event(Event::Checked { finding: finding.clone() }), &finding)
            }
            _ => Ok(Decision::nothing()),
        };
    }
    let answers = V::ART.answers.map(|answers| [answers.accepts.name(), answers.refuses.name()]).unwrap_or_default();
    let told = V::ART.informs.iter().find(|information| information.kind.name() == kind).map(information_label);
    let fulfils = if answers.iter().any(|answer| answer == kind) {
        Some(answer_label::<V>())
    } else {
        told.or_else(|| kind.starts_with("APERAK ").then(|| kind.to_owned()))
    };
    Ok(state.post.delivered(&request.frame, &delivered, fulfils.as_deref()))
}

/// The answer, and what follows from it.
fn decide<V: Vorgang>(request: &Request, answers: &Answers, decision: Decision<Event>, finding: &Finding) -> WorkflowResult<Event> {
    let accepts = finding.accepts;
    let kind = if accepts { answers.accepts } else { answers.refuses };
    let ordinary = answers.accepts_with.first().filter(|_| accepts && finding.code.is_empty());
    let code = ordinary.map_or_else(|| finding.code.clone(), |code| (*code).to_owned());
    let decided = Decided { accepts, pid: kind.pid.to_owned(), code };
    let Decided { pid, code, .. } = decided.clone();
    let decision = send_answer::<V>(request, answers, &decided, decision.and(Event::Decided { accepts, pid, code }))?;
    let now = if accepts { When::Accepted } else { When::Refused };
    let due = V::ART.informs.iter().filter(|information| information.when == now || information.when == When::Decided);
    due.filter_map(|information| Some((information, finding.partners.get(information.to)?)))
        .try_fold(decision, |decision, (information, to)| tell(request, information, *to, decision))
}

fn send_answer<V: Vorgang>(request: &Request, answers: &Answers, decided: &Decided, decision: Decision<Event>) -> WorkflowResult<Event> {
    let kind = if decided.accepts { answers.accepts } else { answers.refuses };
    let ebd = (!answers.ebd.is_empty()).then(|| answers.ebd.to_owned());
    let says = Meldung {
        lokation: Some(request.anliegen.lokation.clone()),
        day: request.anliegen.day.filter(|_| decided.accepts),
        answer: Some(AnswerStatus { code: decided.code.clone(), ebd }),
        answers: Some(named(&request.original)),
    };
    let message = says.write(&request.frame, kind, answers.day, V::ART.reason)?;
    request.frame.send(decision, message, request.from, Some(&answer_label::<V>()))
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
    let (label, frist) = (information_label(information), request.frame.information_frist(information.kind.pid, request.received_at)?);
    request.frame.send(decision.deadline(&label, frist.due, frist.reason), message, to, Some(&label))
}

/// The partner refused a message of ours. What we still owe it is sent again, while its Frist runs on.
fn refused<V: Vorgang>(state: &State, request: &Request, refusal: &Refusal) -> WorkflowResult<Event> {
    let kind = name_of(&refusal.kind);
    let owed = !kind.starts_with("APERAK ");
    let (decision, again) = state.post.refused(&request.frame, refusal, owed)?;
    if !again {
        return Ok(decision);
    }
    let told = V::ART.informs.iter().find(|information| information.kind.name() == kind);
    let told = told.and_then(|information| Some((information, state.told.get(information.kind.pid)?)));
    let decision = match (told, &state.decided, V::ART.answers) {
        (Some((information, to)), ..) => send_information(request, information, *to, decision),
        (None, Some(decided), Some(answers)) => {
            let trigger = V::trigger(&request.anliegen, request.received_at);
            let frist = request.frame.answer_frist(V::ART.family, trigger, request.received_at)?;
            send_answer::<V>(request, &answers, decided, decision.deadline(&answer_label::<V>(), frist.due, frist.reason))
        }
        (None, ..) => Err(Rejection::new("nothing-to-send", format!("{kind} was refused, and nothing is decided that it could say"))),
    }?;
    Ok(Post::again(state.post.without_lapsed(decision)))
}

fn timed_out<V: Vorgang>(state: &State, timeout: &TimeoutDeadline) -> Decision<Event> {
    let consents = V::ART.answers.is_some_and(|answers| answers.silence == Silence::IsConsent);
    if timeout.label.as_str() != answer_label::<V>() || !consents || is_settled(state) {
        return Decision::event(state.post.lapse(timeout.label.as_str(), timeout.due).into());
    }
    Decision::event(Event::ConsentedBySilence { due: timeout.due })
}

/// Whether the process is over: the matter is settled and the mail where it belongs; or it never will be, since nobody was reached and
/// the Frist has passed.
#[must_use]
pub fn is_over<V: Vorgang>(state: &State) -> bool {
    let only_told = V::ART.answers.is_none() && state.request.is_some();
    let undecided = state.unreached && state.post.lapsed.contains_key(&answer_label::<V>());
    state.post.is_settled() && (is_settled(state) || only_told || undecided)
}

/// The state in a word.
#[must_use]
pub fn word<V: Vorgang>(state: &State) -> &'static str {
    match (&state.decided, state.by_silence, &state.request) {
        (Some(Decided { accepts: true, .. }), ..) => "confirmed",
        (Some(_), ..) => "refused",
        (None, true, _) => "by-silence",
        (None, false, None) => "new",
        (None, false, Some(_)) if V::ART.answers.is_none() => "noted",
        (None, false, Some(_)) if state.unreached && is_over::<V>(state) => "undecided",
        (None, false, Some(_)) if state.post.lapsed.contains_key(&answer_label::<V>()) => "overdue",
        (None, false, Some(_)) => "checking",
    }
}
