//! GPKE Lieferbeginn, the grid operator's side (NB).
//!
//! `Anmeldung` (55001) → APERAK 312 within 45 minutes → E_0622 by the back office → E_0621: does another supplier hold the
//! Marktlokation? Then it is asked (55010, there by 07:00 of WT+1) and the LFN is told (55036); consent (55011), silence after 09:00
//! of WT+1, or the objection A30 (already ended) lead to the confirmation (55002), any other objection to the refusal A50 (55003),
//! by 11:00 of WT+1. After a confirmation the old supplier is told (55037). An Anmeldung after its lead time is refused with A07.
//! Until the answer is decided, the LFN can take its Anmeldung back (`storno.rs`); then nothing is decided any more.
//! When the question to the back office is given up, the process waits for a person's finding: there is no silent answer to an
//! Anmeldung, so the Frist may lapse, and the answer is owed all the same. The LFA answers once; a second answer is rejected.
//! Source: BK6-24-174 GPKE Teil 2, SD Lieferbeginn; EBD E_0621, E_0622, E_0623.

mod event;

use mako_engine::fristen::{Sparte, berlin};
use mako_engine::{BusinessKey, Decision, Delivered, GivenUp, Outgoing, Rejection, TimeoutDeadline, Timestamp, Workflow, WorkflowResult};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{AnswerStatus, Aperak, MaloId, MpId, Transaktionsgrund, Utilmd};
use mako_sim::received::{Original, ReceivedMessage, vorgang_key};
use serde::{Deserialize, Serialize};

pub use event::{Event, Finding, Question};

use super::storno::{self, STORNO};
use super::{change_of_supplier, pid};
use crate::vorgang::{Frame, Post, Refusal, contradiction, name_of, named};

/// What can be asked of the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// 55001 came in; the token makes the numbers of this process.
    Anmeldung(Box<ReceivedMessage>, Box<Utilmd>, String),
    /// 55011 or 55012 came in.
    LfaAnswer(Box<ReceivedMessage>, Box<Utilmd>),
    /// 55022 came in.
    Storno(Box<ReceivedMessage>),
    /// A person found what the back office was asked in vain.
    Found(Finding),
    /// An APERAK came in.
    Aperak(Aperak),
    /// A supplier refused one of our interchanges.
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

/// The Anmeldung as the NB knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Anmeldung {
    /// Who we are and under which rules.
    pub frame: Frame,
    /// Who wants to supply.
    pub lfn: MpId,
    /// What.
    pub malo: MaloId,
    /// From when.
    pub begin: Timestamp,
    /// The message.
    pub original: Original,
    /// The ÜT/ÜZ.
    pub received_at: Timestamp,
}

/// The answer to the Anmeldung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// 55002 or 55003.
    pub pid: String,
    /// The answer code.
    pub code: String,
}

/// The Storno of the Anmeldung, and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storno {
    /// Whether the Anmeldung is taken back.
    pub accepts: bool,
    /// The code of the answer.
    pub code: String,
    /// The message.
    pub original: Original,
    /// The ÜT/ÜZ.
    pub received_at: Timestamp,
}

/// The state of the process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The Anmeldung, once received.
    pub anmeldung: Option<Anmeldung>,
    /// The supplier that was asked.
    pub lfa: Option<MpId>,
    /// The answer, once decided.
    pub decided: Option<Answer>,
    /// The Storno, once it came and was answered.
    pub storno: Option<Storno>,
    /// The mail.
    pub post: Post,
}

/// GPKE Lieferbeginn, NB.
pub struct LieferbeginnNb;

impl Workflow for LieferbeginnNb {
    const NAME: &'static str = "gpke-lieferbeginn-nb";
    const DEADLINE_LABELS: &'static [&'static str] = &[
        "APERAK 55001",
        "APERAK 55011",
        "APERAK 55012",
        "APERAK 55022",
        "answer 55001",
        "answer 55022",
        "receipt 55010",
        "answer 55010",
        "information 55036",
        "information 55037",
        "awaits APERAK 55002",
        "awaits APERAK 55003",
        "awaits APERAK 55010",
        "awaits APERAK 55023",
        "awaits APERAK 55024",
        "awaits APERAK 55036",
        "awaits APERAK 55037",
    ];
    const STATE_VERSION: u16 = 3;
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        let decision = match (command, &state.anmeldung) {
            (Command::Anmeldung(received, utilmd, token), None) => anmeldung(&received, &utilmd, token),
            (Command::Anmeldung(..), Some(_)) => Err(Rejection::new("started", "this process has its Anmeldung")),
            (_, None) => Err(Rejection::new("not-started", "this process has no Anmeldung yet")),
            (Command::LfaAnswer(received, utilmd), Some(a)) => lfa_answer(state, a, &received, &utilmd),
            (Command::Storno(_), Some(_)) if state.storno.is_some() => {
                Err(Rejection::new("storno-before", "it was to be taken back before"))
            }
            (Command::Storno(received), Some(a)) => storno_received(state, a, &received),
            (Command::Found(finding), Some(a)) if awaits_finding(state) => checked(state, a, finding),
            (Command::Found(_), Some(_)) => Err(Rejection::new("not-open", "the back office has its question, or answered it")),
            (Command::Aperak(aperak), Some(a)) => state.post.acknowledged(&a.frame, &aperak),
            (Command::Refused(refusal), Some(a)) => refused(state, a, refusal),
            (Command::Delivered(delivered), Some(a)) => delivery(state, a, delivered),
            (Command::GivenUp(given_up), Some(_)) => Ok(state.post.given_up(&given_up.kind)),
            (Command::Timeout(_), Some(_)) if is_over(state) => Ok(Decision::nothing()),
            (Command::Timeout(timeout), Some(a)) => timed_out(state, a, &timeout),
        }?;
        let after = decision.events.iter().fold(state.clone(), Self::apply);
        Ok(if is_over(&after) && !decision.events.is_empty() { decision.end() } else { decision })
    }

    fn apply(mut state: State, event: &Event) -> State {
        match event.clone() {
            Event::AnmeldungReceived { frame, lfn, malo, begin, original, received_at } => {
                state.anmeldung = Some(Anmeldung { frame, lfn, malo, begin, original, received_at });
                state.post = state.post.queued("APERAK 55001");
            }
            Event::LfaAsked { lfa } => {
                state.lfa = Some(lfa);
                state.post = state.post.queued("UTILMD 55010").queued("UTILMD 55036");
            }
            Event::LfaAnswered { consents, .. } => {
                state.post = state.post.queued(if consents { "APERAK 55011" } else { "APERAK 55012" });
            }
            Event::Decided { pid, code } => {
                state.post = state.post.queued(format!("UTILMD {pid}"));
                if pid == "55002" && state.lfa.is_some() {
                    state.post = state.post.queued("UTILMD 55037");
                }
                state.decided = Some(Answer { pid, code });
            }
            Event::StornoAnswered { accepts, code, original, received_at } => {
                state.post = state.post.queued("APERAK 55022").queued(format!("UTILMD {}", storno::answer_pid(accepts)));
                state.storno = Some(Storno { accepts, code, original, received_at });
            }
            Event::Post(event) => state.post = state.post.apply(&event),
            Event::LeadTimeMissed { .. } | Event::AnmeldungChecked { .. } | Event::LfaSilent => {}
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

/// Whether the process is over: the answer and everything around it is where it belongs.
#[must_use]
pub fn is_over(state: &State) -> bool {
    is_settled(state) && state.post.is_settled()
}

/// Whether the matter is decided, or was taken back.
fn is_settled(state: &State) -> bool {
    state.decided.is_some() || state.storno.as_ref().is_some_and(|storno| storno.accepts)
}

/// Whether the question to the back office was given up and nobody has answered it since: a person has to.
#[must_use]
pub fn awaits_finding(state: &State) -> bool {
    !is_settled(state) && state.lfa.is_none() && state.post.is_given_up(QUESTION)
}

/// Whether the LFA answered.
fn lfa_has_answered(state: &State) -> bool {
    ["APERAK 55011", "APERAK 55012"].iter().any(|acknowledged| state.post.sent.contains_key(*acknowledged))
}

/// What the question to the back office is called.
const QUESTION: &str = "Anmeldung";

fn anmeldung(received: &ReceivedMessage, utilmd: &Utilmd, token: String) -> WorkflowResult<Event> {
    let (Some(malo), Some(begin)) = (utilmd.malo, utilmd.begin) else {
        return Err(Rejection::new("incomplete", "an Anmeldung names a Marktlokation (LOC+Z16) and a begin (DTM+92)"));
    };
    let frame = Frame { rulebook: received.rulebook, me: received.me, sparte: Sparte::Strom, token };
    let answer = frame.answer_frist("GPKE", "55001", received.received_at)?;
    let a = Anmeldung { frame, lfn: received.from, malo, begin, original: received.original.clone(), received_at: received.received_at };
    let decision = Decision::event(Event::AnmeldungReceived {
        frame: a.frame.clone(),
        lfn: a.lfn,
        malo,
        begin,
        original: a.original.clone(),
        received_at: a.received_at,
    })
    .claim(BusinessKey::new(format!("Anmeldung/{}/{}", received.from, utilmd.vorgang)))
    .deadline("answer 55001", answer.due, answer.reason)
    .correlate(vorgang_key(&a.lfn, &utilmd.vorgang));
    let decision = a.frame.acknowledge(decision, received, "UTILMD 55001")?;

    // A missed lead time is found after the message was recognised: 312 goes out, then the refusal.
    let day = berlin::day(begin);
    let in_time =
        a.frame.rules().lead_time_met("55001", received.received_at, day).map_err(|e| Rejection::new("no-lead-time", e.to_string()))?;
    if !in_time {
        return decide(&a, None, decision.and(Event::LeadTimeMissed { begin }), Err("A07"));
    }
    let question = Question { malo, lfn: a.lfn, begin };
    Ok(decision.send(Outgoing::new(BACK_OFFICE, a.frame.me.to_string(), QUESTION, &question)?))
}

fn delivery(state: &State, a: &Anmeldung, delivered: Delivered) -> WorkflowResult<Event> {
    if delivered.kind == QUESTION {
        let finding =
            serde_json::from_value(delivered.answer.unwrap_or_default()).map_err(|e| Rejection::new("bad-answer", e.to_string()))?;
        return checked(state, a, finding);
    }
    let fulfils = match name_of(&delivered.kind) {
        "UTILMD 55002" | "UTILMD 55003" => Some("answer 55001"),
        "UTILMD 55010" => Some("receipt 55010"),
        "UTILMD 55023" | "UTILMD 55024" => Some(storno::ANSWER),
        "UTILMD 55036" => Some("information 55036"),
        "UTILMD 55037" => Some("information 55037"),
        kind if kind.starts_with("APERAK ") => Some(kind),
        _ => None,
    };
    Ok(state.post.delivered(&a.frame, &delivered, fulfils))
}

fn checked(state: &State, a: &Anmeldung, finding: Finding) -> WorkflowResult<Event> {
    if is_settled(state) || state.lfa.is_some() {
        return Ok(Decision::nothing());
    }
    let decision = Decision::event(Event::AnmeldungChecked { finding: finding.clone() });
    match finding {
        Finding::Impossible { code } => decide(a, None, decision, Err(&code)),
        Finding::Possible { lfa: None } => decide(a, None, decision, Ok("A51")),
        Finding::Possible { lfa: Some(lfa) } => ask(a, lfa, decision),
    }
}

/// Asks the supplier in possession, and tells the LFN that there is one.
fn ask(a: &Anmeldung, lfa: MpId, decision: Decision<Event>) -> WorkflowResult<Event> {
    let silence = a.frame.answer_frist("GPKE", "55010-answer", a.received_at)?;
    let decision = decision.and(Event::LfaAsked { lfa }).deadline("answer 55010", silence.due, silence.reason);

    inform(a, question(a, lfa, decision)?)
}

/// Asks `lfa` whether its supply ends.
fn question(a: &Anmeldung, lfa: MpId, decision: Decision<Event>) -> WorkflowResult<Event> {
    let mut question = utilmd(a, "55010")?;
    question.malo = Some(a.malo);
    question.end = Some(a.begin);
    question.ut_of_lfn = Some(berlin::day(a.received_at));
    question.supplier = Some(a.lfn);
    let receipt = a.frame.answer_frist("GPKE", "55010-receipt", a.received_at)?;
    let decision = decision.deadline("receipt 55010", receipt.due, receipt.reason);
    a.frame.send(decision, question, lfa, Some("receipt 55010"))
}

/// Tells the LFN that another supplier is there.
fn inform(a: &Anmeldung, decision: Decision<Event>) -> WorkflowResult<Event> {
    let mut information = utilmd(a, "55036")?;
    information.malo = Some(a.malo);
    information.begin = Some(a.begin);
    let due = a.frame.information_frist("55036", a.received_at)?;
    a.frame.send(decision.deadline("information 55036", due.due, due.reason), information, a.lfn, Some("information 55036"))
}

/// The partner refused a message of ours. What we still owe it is sent again, while its Frist runs on.
fn refused(state: &State, a: &Anmeldung, refusal: Refusal) -> WorkflowResult<Event> {
    let kind = name_of(&refusal.kind).to_owned();
    if kind == "UTILMD 55010" && lfa_has_answered(state) {
        return Err(contradiction(&kind, "answered it", &refusal.answer));
    }
    let owed = match kind.as_str() {
        // A question that is decided without its answer is asked no more.
        "UTILMD 55010" => !is_settled(state),
        kind => kind.starts_with("UTILMD "),
    };
    let (decision, again) = state.post.refused(&a.frame, &refusal, owed)?;
    if !again {
        return Ok(decision);
    }
    let decision = match (kind.as_str(), state.lfa, &state.decided) {
        ("UTILMD 55010", Some(lfa), _) => question(a, lfa, decision),
        ("UTILMD 55036", ..) => inform(a, decision),
        ("UTILMD 55037", Some(lfa), _) => terminate(a, lfa, decision),
        ("UTILMD 55023" | "UTILMD 55024", ..) => match &state.storno {
            Some(storno) => answer_storno(a, storno, decision),
            None => Err(Rejection::new("nothing-to-send", "nothing was to be taken back")),
        },
        (_, _, Some(decided)) => {
            let frist = a.frame.answer_frist("GPKE", "55001", a.received_at)?;
            answer(a, decided, decision.deadline("answer 55001", frist.due, frist.reason))
        }
        (kind, ..) => Err(Rejection::new("nothing-to-send", format!("{kind} was refused, and nothing is decided that it could say"))),
    }?;
    Ok(Post::again(state.post.without_lapsed(decision)))
}

fn lfa_answer(state: &State, a: &Anmeldung, received: &ReceivedMessage, utilmd: &Utilmd) -> WorkflowResult<Event> {
    if state.lfa != Some(received.from) {
        return Err(Rejection::new("not-asked", format!("{} was not asked", received.from)));
    }
    if lfa_has_answered(state) {
        return Err(Rejection::new("answered", format!("{} answered this question before", received.from)));
    }
    let consents = utilmd.pid == pid("55011")?;
    let code = utilmd.answer.as_ref().map(|answer| answer.code.clone()).unwrap_or_default();
    let in_time = !is_settled(state);
    let decision = Decision::event(Event::LfaAnswered { consents, code: code.clone(), in_time });
    let decision = a.frame.acknowledge(decision, received, if consents { "UTILMD 55011" } else { "UTILMD 55012" })?;
    if !in_time {
        return Ok(decision);
    }
    // E_0623 step 50: who says that its supply has ended already does not stand in the way.
    let verdict = if consents || code == "A30" { Ok("A51") } else { Err("A50") };
    decide(a, state.lfa, decision.cancel("answer 55010"), verdict)
}

fn timed_out(state: &State, a: &Anmeldung, timeout: &TimeoutDeadline) -> WorkflowResult<Event> {
    match timeout.label.as_str() {
        "answer 55010" if !is_settled(state) => decide(a, state.lfa, Decision::event(Event::LfaSilent), Ok("A51")),
        "answer 55010" => Ok(Decision::nothing()),
        label => Ok(Decision::event(state.post.lapse(label, timeout.due).into())),
    }
}

/// The LFN wants its Anmeldung back: as long as nothing is decided it has it.
fn storno_received(state: &State, a: &Anmeldung, received: &ReceivedMessage) -> WorkflowResult<Event> {
    let accepts = state.decided.is_none();
    let code = if accepts { STORNO.accepts_with } else { STORNO.too_late_with };
    let storno = Storno { accepts, code: code.to_owned(), original: received.original.clone(), received_at: received.received_at };
    let Storno { code, original, received_at, .. } = storno.clone();
    let decision = Decision::event(Event::StornoAnswered { accepts, code, original, received_at });
    let decision = a.frame.acknowledge(decision, received, storno::REQUEST)?;
    let decision = answer_storno(a, &storno, decision)?;
    Ok(if accepts { decision.cancel("answer 55001").cancel("answer 55010") } else { decision })
}

fn answer_storno(a: &Anmeldung, storno: &Storno, decision: Decision<Event>) -> WorkflowResult<Event> {
    STORNO.answer(&a.frame, (named(&storno.original), storno.received_at), (storno.accepts, &storno.code), a.lfn, decision)
}

/// The answer to the Anmeldung: confirmed with a code, or refused with one.
fn decide(a: &Anmeldung, lfa: Option<MpId>, decision: Decision<Event>, verdict: Result<&str, &str>) -> WorkflowResult<Event> {
    let (number, code) = match verdict {
        Ok(code) => ("55002", code),
        Err(code) => ("55003", code),
    };
    let decision = decision.and(Event::Decided { pid: number.to_owned(), code: code.to_owned() });
    let decision = answer(a, &Answer { pid: number.to_owned(), code: code.to_owned() }, decision)?;
    match (lfa, verdict) {
        (Some(lfa), Ok(_)) => terminate(a, lfa, decision),
        _ => Ok(decision),
    }
}

/// Sends the answer to the LFN.
fn answer(a: &Anmeldung, decided: &Answer, decision: Decision<Event>) -> WorkflowResult<Event> {
    let Answer { pid, code } = decided;
    let mut answer = utilmd(a, pid)?;
    answer.request_vorgang.clone_from(&a.original.vorgang);
    let ebd = if matches!(code.as_str(), "A50" | "A51") { "E_0623" } else { "E_0622" };
    answer.answer = Some(AnswerStatus { code: code.clone(), ebd: Some(ebd.to_owned()) });
    if pid == "55002" {
        answer.malo = Some(a.malo);
        answer.begin = Some(a.begin);
    }
    a.frame.send(decision, answer, a.lfn, Some("answer 55001"))
}

/// Tells the old supplier that its supply ends.
fn terminate(a: &Anmeldung, lfa: MpId, decision: Decision<Event>) -> WorkflowResult<Event> {
    let mut termination = utilmd(a, "55037")?;
    termination.malo = Some(a.malo);
    termination.end = Some(a.begin);
    termination.reason = Some(Transaktionsgrund { code: "ZC8".to_owned(), addition: Some("ZW4".to_owned()) });
    let due = a.frame.information_frist("55037", a.received_at)?;
    let decision = decision.deadline("information 55037", due.due, due.reason);
    a.frame.send(decision, termination, lfa, Some("information 55037"))
}

/// A message of this process, with its numbers and the reason of the Vorgang.
fn utilmd(a: &Anmeldung, number: &str) -> Result<Utilmd, Rejection> {
    let mut utilmd = Utilmd::new(pid(number)?, format!("{}D{number}", a.frame.token), a.frame.vorgang(number));
    utilmd.reason = Some(change_of_supplier());
    Ok(utilmd)
}

/// The state in a word.
#[must_use]
pub fn word(state: &State) -> &'static str {
    if state.storno.as_ref().is_some_and(|storno| storno.accepts) {
        return "taken-back";
    }
    match (state.decided.as_ref().map(|answer| answer.pid.as_str()), state.lfa, &state.anmeldung) {
        (Some("55002"), ..) => "confirmed",
        (Some(_), ..) => "refused",
        (None, Some(_), _) => "waiting-for-lfa",
        (None, None, Some(_)) => "checking",
        (None, None, None) => "new",
    }
}
