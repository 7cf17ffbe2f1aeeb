//! The one who answers.
//!
//! Acknowledges the request, checks its lead time, asks the back office, answers inside the Frist and tells whom it must tell. When the
//! Frist passes without a decision, silence means what the Vorgang says: nothing, and the answer is sent late; or consent, and what was
//! asked for holds. A question to the back office that is given up is asked again by nobody: the Frist decides, and after it a refusal
//! that says so is not invented; the process ends as undecided. Where somebody else is asked before the answer, see
//! [`super::asks_first`]; what follows a yes is in [`super::then`]. An order that can be taken back ([`Storno`](super::storno::Storno)) is,
//! when the back office says so, as long as it is not done.

mod event;
mod taking_back;
mod telling;

use std::collections::BTreeMap;

use mako_engine::fristen::{Frist, Sparte, berlin, gas_day_start};
use mako_engine::{BusinessKey, Decision, Delivered, GivenUp, Outgoing, Rejection, TimeoutDeadline, Timestamp, Workflow, WorkflowResult};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{AnswerStatus, Aperak, MpId};
use mako_sim::received::{Original, ReceivedMessage, vorgang_key};
use serde::{Deserialize, Serialize};

pub use event::Event;
pub use taking_back::StornoRequest;
pub(super) use telling::tell_now;
use telling::{owes_information, tell_of_acceptance};

use super::ANSWERING_LABELS;
use super::art::{Answers, Day, Kind, Silence, Vorgang, When};
use super::asks_first::{self, Third};
use super::execution;
use super::frame::Frame;
use super::meldung::{Anliegen, Meldung, named};
use super::messtechnik::Messtechnik;
use super::post::{Post, PostEvent, Refusal, Stage, name_of};
pub use super::question::{Finding, Question};
use super::then::{answerer, awaiting, search};

/// What can be asked of the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// The request came in; the token makes the numbers of this process, and the master data say what measures there.
    Request(Vorgang, Box<ReceivedMessage>, String, #[serde(default, skip_serializing_if = "Option::is_none")] Option<Messtechnik>),
    /// The order is to be taken back.
    Storno(Box<ReceivedMessage>),
    /// The third party that was asked first answers, with this Prüfidentifikator.
    ThirdParty(Box<ReceivedMessage>, String),
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
    /// Whether its day is later than the one that was asked for, since that came too soon.
    pub moved: bool,
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
    /// Who else has to do with the location, as far as the back office said.
    pub partners: BTreeMap<String, MpId>,
    /// Who is asked before the answer, once asked.
    pub third: Option<Third>,
    /// The ÜT/ÜZ of the answer, once it was delivered.
    pub answered_at: Option<Timestamp>,
    /// Whom else we told, by the Prüfidentifikator.
    pub told: BTreeMap<String, MpId>,
    /// The Storno, once received.
    #[serde(default)]
    pub storno: Option<StornoRequest>,
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
    const STATE_VERSION: u16 = 2;
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        let decision = match (command, &state.request) {
            (Command::Request(vorgang, received, token, technik), None) => received_request(vorgang, &received, token, technik),
            (Command::Request(..), Some(_)) => Err(Rejection::new("started", "this process has its request")),
            (_, None) => Err(Rejection::new("not-started", "this process has no request yet")),
            (Command::Storno(received), Some(request)) => taking_back::received(state, request, &received),
            (Command::ThirdParty(received, pid), Some(request)) => asks_first::answered(state, request, &received, &pid),
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
            (Command::GivenUp(given_up), Some(request)) if request.vorgang.storno().is_some_and(|s| s.title == given_up.kind) => {
                let open = state.storno.as_ref().is_some_and(|storno| storno.decided.is_none());
                Ok(if open { Decision::event(Event::StornoQuestionGivenUp) } else { Decision::nothing() })
            }
            (Command::GivenUp(given_up), Some(request)) if answerer::title(request) == Some(given_up.kind.as_str()) => {
                Ok(answerer::never_asked(state))
            }
            (Command::GivenUp(given_up), Some(request)) => {
                let decision = state.post.given_up(&given_up.kind);
                // It was acknowledged although no receipt came: it was received, nobody knows when.
                let taken = decision.events.is_empty() && is_answer(request.vorgang, name_of(&given_up.kind));
                if taken { tell_of_acceptance(state, request, None, decision) } else { Ok(decision) }
            }
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
                state.request = Some(Request { vorgang, frame, from, anliegen, original, received_at, moved: false });
            }
            Event::Decided { accepts, pid, code } => {
                let kinds = state.request.as_ref().map(|request| request.vorgang.answer_kinds()).unwrap_or_default();
                state.post = state.post.queued_if(kinds.iter().find(|kind| kind.pid == pid).map(Kind::name));
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
            Event::StornoReceived { original, received_at } => {
                let request = state.request.as_ref().filter(|request| request.frame.acknowledges());
                let storno = request.and_then(|request| request.vorgang.storno());
                state.post = state.post.queued_if(storno.map(|storno| format!("APERAK {}", storno.request.pid)));
                state.storno = Some(StornoRequest { original, received_at, decided: None, unreached: false });
            }
            Event::StornoQuestionGivenUp => {
                if let Some(storno) = &mut state.storno {
                    storno.unreached = true;
                }
            }
            Event::StornoDecided { accepts, code } => {
                let storno = state.request.as_ref().and_then(|request| request.vorgang.storno());
                state.post = state.post.queued_if(storno.map(|storno| storno.answer_kind(accepts).name()));
                if let Some(storno) = &mut state.storno {
                    storno.decided = Some((accepts, code));
                }
            }
            Event::ExecutionUnknown => state.execution_unknown = true,
            Event::ConsentedBySilence { .. } => state.by_silence = true,
            Event::QuestionGivenUp => state.unreached = true,
            Event::Checked { finding } => state.partners = finding.partners,
            Event::ThirdPartyAsked { whom } => {
                let question = state.request.as_ref().and_then(|request| request.vorgang.asks_first).map(|first| first.question);
                state.post = state.post.queued_if(question.map(|question| question.request.name()));
                state.third = Some(Third { whom, answered_at: None });
            }
            Event::ThirdPartyAnswered { pid, received_at, in_time, .. } => {
                if let Some(Request { vorgang, frame, .. }) = &state.request
                    && let Some(first) = vorgang.asks_first
                {
                    let acknowledgement = frame.acknowledges().then(|| format!("APERAK {pid}"));
                    state.post = state.post.queued_if(acknowledgement).accepted_by_answer(frame, &first.question.request.name());
                }
                if let Some(third) = state.third.as_mut().filter(|_| in_time) {
                    third.answered_at = Some(received_at);
                }
            }
            Event::DayMoved { moved_to } => {
                if let Some(request) = &mut state.request {
                    (request.anliegen.day, request.moved) = (Some(moved_to), true);
                }
            }
            Event::LeadTimeMissed { .. } | Event::ThirdPartySilent { .. } => {}
            Event::Post(event) => {
                if let (PostEvent::MessageDelivered { kind, received_at }, Some(request)) = (&event, &state.request)
                    && is_answer(request.vorgang, kind)
                {
                    state.answered_at = Some(*received_at);
                }
                state.post = state.post.apply(&event);
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
pub(super) fn answer_label(vorgang: Vorgang) -> String {
    format!("answer {}", vorgang.request.pid)
}

/// Whether `kind` is the answer to the request.
fn is_answer(vorgang: Vorgang, kind: &str) -> bool {
    vorgang.answer_kinds().iter().any(|answer| answer.name() == kind)
}

/// When the answer is due: inside its own Frist, or earlier where the third party's answer has started another one.
pub(super) fn answer_frist(request: &Request, third: Option<&Third>) -> Result<Frist, Rejection> {
    let (vorgang, frame) = (request.vorgang, &request.frame);
    let own = vorgang.answer_frist(frame, &request.anliegen, request.received_at)?;
    let within = vorgang.asks_first.and_then(|first| first.answered_within);
    match (within, third.and_then(|third| third.answered_at)) {
        (Some(trigger), Some(at)) => {
            let after_it = frame.answer_frist(vorgang.family, trigger, at)?;
            Ok(if after_it.due < own.due { after_it } else { own })
        }
        _ => Ok(own),
    }
}

fn received_request(vorgang: Vorgang, received: &ReceivedMessage, token: String, technik: Option<Messtechnik>) -> WorkflowResult<Event> {
    let says = Meldung::of(&received.message, vorgang.day).unwrap_or_default();
    let (lokation, day) = match (says.lokation, says.day) {
        (Some(lokation), day) if day.is_some() || vorgang.day == Day::None => (lokation, day),
        _ => return Err(Rejection::new("incomplete", format!("a {} names a location and its day", vorgang.title))),
    };
    let mut request = Request {
        vorgang,
        frame: Frame { rulebook: received.rulebook, me: received.me, sparte: vorgang.sparte, token },
        from: received.from,
        anliegen: Anliegen { lokation, day, technik },
        original: received.original.clone(),
        received_at: received.received_at,
        moved: false,
    };
    let key = BusinessKey::new(format!("{}/{}/{}", vorgang.name, received.from, named(&received.original)));
    let Request { frame, from, anliegen, original, received_at, .. } = request.clone();
    let decision = Decision::event(Event::RequestReceived { vorgang, frame, from, anliegen, original, received_at }).claim(key);
    let decision = request.frame.acknowledge(decision, received, &vorgang.request.name())?;
    // Who takes an order back names the order.
    let decision = match vorgang.storno() {
        Some(_) => decision.correlate(vorgang_key(&request.from, &named(&request.original))),
        None => decision,
    };
    let Some(answers) = vorgang.answers else { return Ok(decision) };
    let frist = answer_frist(&request, None)?;
    let mut decision = decision.deadline(&answer_label(vorgang), frist.due, frist.reason);
    if let (Some((lead, code)), Some(day)) = (vorgang.lead_time_of(&request.anliegen), request.anliegen.day) {
        let rules = request.frame.rules();
        let met = rules.lead_time_met(lead, received_at, berlin::day(day)).map_err(|e| Rejection::new("no-lead-time", e.to_string()))?;
        let next = if met || !answers.accepts_with.contains(&code) { None } else { next_day(&request, lead, day) };
        if let Some(moved_to) = next {
            decision = decision.and(Event::DayMoved { moved_to });
            (request.anliegen.day, request.moved) = (Some(moved_to), true);
        } else if !met {
            let finding = Finding { code: code.to_owned(), accepts: false, partners: BTreeMap::new() };
            return decide(&request, &answers, decision.and(Event::LeadTimeMissed { day }), &finding, received_at);
        }
    }
    let Anliegen { lokation, day, .. } = request.anliegen.clone();
    let question = Question { vorgang, from, lokation, day };
    Ok(decision.send(Outgoing::new(BACK_OFFICE, request.frame.me.to_string(), vorgang.title, &question)?))
}

/// The first day after `asked_for` that the lead time allows, within a year.
fn next_day(request: &Request, lead: &str, asked_for: Timestamp) -> Option<Timestamp> {
    let rules = request.frame.rules();
    let days = std::iter::successors(berlin::day(asked_for).next_day(), |day| day.next_day()).take(366);
    let first = days.into_iter().find(|day| rules.lead_time_met(lead, request.received_at, *day).unwrap_or(false))?;
    Some(match request.vorgang.sparte {
        Sparte::Strom => berlin::midnight(first),
        Sparte::Gas => gas_day_start(first),
    })
}

/// Whether the matter is decided, by an answer, by silence, or since it was taken back.
pub(super) fn is_settled(state: &State) -> bool {
    state.decided.is_some() || state.by_silence || taking_back::is_taken_back(state)
}

fn finding_in(delivered: Delivered) -> Result<Finding, Rejection> {
    serde_json::from_value(delivered.answer.unwrap_or_default()).map_err(|e| Rejection::new("bad-answer", e.to_string()))
}

fn delivery(state: &State, request: &Request, delivered: Delivered) -> WorkflowResult<Event> {
    let (vorgang, kind) = (request.vorgang, name_of(&delivered.kind).to_owned());
    let kind = kind.as_str();
    if kind == vorgang.title {
        let at = delivered.received_at;
        let finding = finding_in(delivered)?;
        return match vorgang.answers {
            Some(answers) if !is_settled(state) && state.third.is_none() => {
                let decision = Decision::event(Event::Checked { finding: finding.clone() });
                match asks_first::whom(request, &finding) {
                    Some((first, whom)) => asks_first::ask(request, &first, whom, &finding, decision),
                    None => decide(request, &answers, decision, &finding, at),
                }
            }
            _ => Ok(Decision::nothing()),
        };
    }
    if let Some(execution) = vorgang.execution.filter(|execution| execution.title == kind) {
        let finding = finding_in(delivered)?;
        let moot = state.executed.is_some() || taking_back::is_taken_back(state);
        return if moot { Ok(Decision::nothing()) } else { execution::executed(request, &execution, &finding) };
    }
    if let Some((storno, asked)) = vorgang.storno().filter(|storno| storno.title == kind).zip(state.storno.as_ref()) {
        let finding = finding_in(delivered)?;
        return taking_back::found(state, request, storno, asked, &finding);
    }
    if answerer::title(request) == Some(kind) {
        let finding = finding_in(delivered)?;
        return answerer::found(state, request, &finding);
    }
    let fulfils = answerer::fulfilled_by(state, request, kind).or_else(|| fulfilled_by(vorgang, kind));
    let decision = state.post.delivered(&request.frame, &delivered, fulfils.as_deref());
    let decision = answerer::delivered(state, request, kind, &delivered, decision)?;
    let awaited = !decision.events.is_empty() && !matches!(state.post.sent.get(kind), Some(Stage::Refused));
    match vorgang.asks_first.filter(|first| first.question.request.name() == kind) {
        Some(first) if awaited => asks_first::delivered(state, request, &first, delivered.received_at, decision),
        None if awaited && is_answer(vorgang, kind) => tell_of_acceptance(state, request, Some(delivered.received_at), decision),
        Some(_) | None => Ok(decision),
    }
}

/// The deadline that the delivery of the message `kind` fulfils.
fn fulfilled_by(vorgang: Vorgang, kind: &str) -> Option<String> {
    let told = vorgang.informs.iter().filter(|information| information.has_frist).map(|information| information.kind);
    let reported = vorgang.execution.filter(|execution| execution.frist.is_some()).map(|execution| execution.report);
    if is_answer(vorgang, kind) {
        return Some(answer_label(vorgang));
    }
    if let Some(storno) = vorgang.storno().filter(|storno| [storno.accepts.name(), storno.refuses.name()].contains(&kind.to_owned())) {
        return Some(storno.label());
    }
    let information = told.chain(reported).find(|told| told.name() == kind).map(|told| format!("information {}", told.pid));
    information.or_else(|| kind.starts_with("APERAK ").then(|| kind.to_owned()))
}

/// The answer, decided at `at`, and what follows from it.
pub(super) fn decide(
    request: &Request,
    answers: &Answers,
    decision: Decision<Event>,
    finding: &Finding,
    at: Timestamp,
) -> WorkflowResult<Event> {
    let accepts = finding.accepts;
    let kind = answers.kind(accepts, at);
    let moved = request.vorgang.lead_time.filter(|_| request.moved).map(|(_, code)| code);
    let ordinary = moved.or_else(|| answers.accepts_with.first().copied()).filter(|_| accepts && finding.code.is_empty());
    let code = ordinary.map_or_else(|| finding.code.clone(), str::to_owned);
    let decided = Decided { accepts, pid: kind.pid.to_owned(), code };
    let Decided { pid, code, .. } = decided.clone();
    let decision = send_answer(request, answers, &decided, decision.and(Event::Decided { accepts, pid, code }))?;
    let vorgang = request.vorgang;
    let now = if accepts { When::Accepted } else { When::Refused };
    let decision = tell_now(request, &finding.partners, &[now, When::Decided], Some(request.received_at), decision)?;
    let partner = |what: &str| finding.partners.get(what).copied();
    let decision = if accepts { answerer::begin(request, partner, decision)? } else { decision };
    match vorgang.execution.filter(|_| accepts) {
        None => Ok(decision),
        Some(execution) => {
            let Anliegen { lokation, day, .. } = request.anliegen.clone();
            let question = Question { vorgang, from: request.from, lokation, day };
            let decision = execution::frist(request, &execution, decision)?;
            Ok(decision.send(Outgoing::new(BACK_OFFICE, request.frame.me.to_string(), execution.title, &question)?))
        }
    }
}

fn send_answer(request: &Request, answers: &Answers, decided: &Decided, decision: Decision<Event>) -> WorkflowResult<Event> {
    let kind = if answers.accepts.pid == decided.pid { answers.accepts } else { answers.refuses };
    let ebd = (!answers.ebd.is_empty()).then(|| answers.ebd.to_owned());
    let says = Meldung {
        lokation: Some(request.anliegen.lokation.clone()),
        day: request.anliegen.day.filter(|_| decided.accepts),
        // An offer needs no code: it says yes by being there.
        answer: Some(AnswerStatus { code: decided.code.clone(), ebd }).filter(|answer| !answer.code.is_empty()),
        answers: Some(named(&request.original)),
        ..Meldung::default()
    };
    let vorgang = request.vorgang;
    let message = says.write(&request.frame, kind, answers.day, vorgang.reason)?;
    request.frame.send(decision, message, request.from, Some(&answer_label(vorgang)))
}

/// The partner refused a message of ours. What we still owe it is sent again, while its Frist runs on.
fn refused(state: &State, request: &Request, refusal: &Refusal) -> WorkflowResult<Event> {
    let (vorgang, kind) = (request.vorgang, name_of(&refusal.kind));
    let question = vorgang.asks_first.filter(|first| first.question.request.name() == kind);
    // A question that is decided without its answer is asked no more.
    let moot = question.is_some() && (is_settled(state) || state.third.is_none_or(|third| third.answered_at.is_some()));
    let owed = !kind.starts_with("APERAK ") && !moot;
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
    let decision = match taking_back::answer_again(state, request, kind, decision)? {
        Ok(sent) => return Ok(sent),
        Err(decision) => decision,
    };
    if let (Some(first), Some(third)) = (question, &state.third) {
        let decision = decision.cancel(&format!("answer {}", first.question.request.pid));
        return asks_first::send(request, &first, third.whom, decision).map(Post::again);
    }
    let decision = match answerer::send_again(state, request, kind, decision)? {
        Ok(sent) => return Ok(sent),
        Err(decision) => decision,
    };
    let decision = match (told, &state.decided, vorgang.answers) {
        (Some((information, to)), ..) => {
            let from = if information.when == When::AcceptanceDelivered { state.answered_at } else { Some(request.received_at) };
            information.send(&request.frame, &request.anliegen, from, *to, decision)
        }
        (None, Some(decided), Some(answers)) => {
            let frist = answer_frist(request, state.third.as_ref())?;
            send_answer(request, &answers, decided, decision.deadline(&answer_label(vorgang), frist.due, frist.reason))
        }
        (None, ..) => Err(Rejection::new("nothing-to-send", format!("{kind} was refused, and nothing is decided that it could say"))),
    }?;
    Ok(Post::again(state.post.without_lapsed(decision)))
}

fn timed_out(state: &State, request: &Request, timeout: &TimeoutDeadline) -> WorkflowResult<Event> {
    let vorgang = request.vorgang;
    if let Some(first) = vorgang.asks_first.filter(|first| timeout.label.as_str() == format!("answer {}", first.question.request.pid)) {
        return asks_first::timed_out(state, request, &first, timeout);
    }
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
    let Some(request) = state.request.as_ref() else { return false };
    let vorgang = request.vorgang;
    let only_told = vorgang.answers.is_none();
    let unreached = state.unreached || asks_first::is_in_vain(state, request);
    let undecided = unreached && state.post.lapsed.contains_key(&answer_label(vorgang));
    let executing = vorgang.execution.is_some() && state.decided.as_ref().is_some_and(|decided| decided.accepts);
    let executed = !executing || state.executed.is_some() || state.execution_unknown || taking_back::is_taken_back(state);
    let refused = |kind: &Kind| matches!(state.post.sent.get(&kind.name()), Some(Stage::Refused | Stage::GivenUp));
    let in_vain = vorgang.answer_kinds().iter().any(refused);
    let told = in_vain || !owes_information(state, request);
    let done = is_settled(state) && executed && told && answerer::is_over(state);
    state.post.is_settled() && !taking_back::is_open(state, vorgang) && (done || only_told || undecided)
}

/// The state in a word.
#[must_use]
pub fn word(state: &State) -> &'static str {
    match (&state.decided, state.by_silence, &state.request) {
        _ if taking_back::is_taken_back(state) => "taken-back",
        _ if state.executed.as_ref().is_some_and(|(done, _)| *done) => "executed",
        _ if state.executed.is_some() => "failed",
        (Some(Decided { accepts: true, .. }), ..) => state.awaiting.word().or_else(|| state.search.word()).unwrap_or("confirmed"),
        (Some(_), ..) => "refused",
        (None, true, _) => "by-silence",
        (None, false, None) => "new",
        (None, false, Some(request)) if request.vorgang.answers.is_none() => "noted",
        (None, false, Some(_)) if is_over(state) => "undecided",
        (None, false, Some(request)) if state.post.lapsed.contains_key(&answer_label(request.vorgang)) => "overdue",
        (None, false, Some(_)) if state.third.is_some() => "asking",
        (None, false, Some(_)) => "checking",
    }
}
