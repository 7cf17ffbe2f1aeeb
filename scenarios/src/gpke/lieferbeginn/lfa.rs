//! GPKE Lieferbeginn, the side of the supplier in possession (LFA).
//!
//! Is asked whether its supply ends (55010; must be here by 07:00 of WT+1 after the ÜT of the Anmeldung, else objection A43), lets
//! its back office decide (E_0624), and answers consent (55011) or objection (55012) by 09:00. Silence is consent, so a missed
//! answer is recorded and nothing more. If the supply ends, the NB says so (55037) by 12:00; if nothing comes, the supply goes on.
//! When the question to the back office is given up, a person may still answer it, until it is known what becomes of the supply.
//! Source: BK6-24-174 GPKE Teil 2, SD Lieferbeginn; EBD E_0624.

use mako_engine::erasure::Personal;
use mako_engine::fristen::{Sparte, berlin};
use mako_engine::{
    BusinessKey, Decision, Delivered, EventPayload, GivenUp, Outgoing, Rejection, SubjectId, TimeoutDeadline, Timestamp, Workflow,
    WorkflowResult,
};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{AnswerStatus, Aperak, MaloId, MpId, Utilmd};
use mako_sim::received::{Original, ReceivedMessage, message_key};
use serde::{Deserialize, Serialize};

use super::{change_of_supplier, pid};
use crate::personal::{NOBODYS, who_has};
use crate::vorgang::{Frame, Post, PostEvent, Refusal, name_of};

/// What the back office is asked: E_0624.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The Marktlokation.
    pub malo: MaloId,
    /// When the supply would end.
    pub end: Timestamp,
}

/// What the back office answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Whether it consents.
    pub consents: bool,
    /// The answer code of E_0624, such as `A36` or `A30`.
    pub code: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// The NB asks whether our supply ends.
    AnfrageReceived {
        /// Who we are and under which rules.
        frame: Frame,
        /// Who asks.
        nb: MpId,
        /// About what.
        malo: MaloId,
        /// When it would end.
        end: Timestamp,
        /// The message.
        original: Original,
    },
    /// The question came after 07:00.
    AnfrageTooLate,
    /// Our answer.
    Answered {
        /// 55011 or 55012.
        pid: String,
        /// The answer code.
        code: String,
    },
    /// The NB says that our supply ends (55037).
    SupplyEnds,
    /// Nothing came: our supply goes on.
    SupplyGoesOn,
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
        ("AnfrageReceived", 1),
        ("AnfrageTooLate", 1),
        ("Answered", 1),
        ("SupplyEnds", 1),
        ("SupplyGoesOn", 1),
        ("MessageDelivered", 1),
        ("MessageGivenUp", 1),
        ("AperakReceived", 1),
        ("InterchangeRefused", 1),
        ("AperakMissing", 1),
        ("FristLapsed", 1),
        ("LapseWithdrawn", 1),
    ];

    const PERSONAL: &'static [Personal] = &[Personal { event: "AnfrageReceived", field: "/malo", redacted: NOBODYS }];

    fn event_type(&self) -> &'static str {
        match self {
            Self::AnfrageReceived { .. } => "AnfrageReceived",
            Self::AnfrageTooLate => "AnfrageTooLate",
            Self::Answered { .. } => "Answered",
            Self::SupplyEnds => "SupplyEnds",
            Self::SupplyGoesOn => "SupplyGoesOn",
            Self::Post(event) => event.event_type(),
        }
    }

    fn subject(&self) -> Option<SubjectId> {
        match self {
            Self::AnfrageReceived { malo, .. } => Some(who_has(malo)),
            _ => None,
        }
    }
}

/// What can be asked of the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// 55010 came in; the token makes the numbers of this process.
    Anfrage(Box<ReceivedMessage>, Box<Utilmd>, String),
    /// 55037 came in.
    Termination(Box<ReceivedMessage>),
    /// A person found what the back office was asked in vain.
    Found(Finding),
    /// An APERAK came in.
    Aperak(Aperak),
    /// The NB refused one of our interchanges.
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

/// The question as the LFA knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Anfrage {
    /// Who we are and under which rules.
    pub frame: Frame,
    /// Who asks.
    pub nb: MpId,
    /// When it would end.
    pub end: Timestamp,
    /// The message.
    pub original: Original,
}

/// The state of the process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The question, once received.
    pub anfrage: Option<Anfrage>,
    /// What we answered, once we did.
    pub answered: Option<Finding>,
    /// Whether the supply ends, once known.
    pub ends: Option<bool>,
    /// The mail.
    pub post: Post,
}

/// GPKE Lieferbeginn, LFA.
pub struct LieferbeginnLfa;

/// The deadline at which the NB's decision should be here.
const AWAITS_TERMINATION: &str = "awaits 55037";

impl Workflow for LieferbeginnLfa {
    const NAME: &'static str = "gpke-lieferbeginn-lfa";
    const DEADLINE_LABELS: &'static [&'static str] =
        &["APERAK 55010", "APERAK 55037", "answer 55010", AWAITS_TERMINATION, "awaits APERAK 55011", "awaits APERAK 55012"];
    const STATE_VERSION: u16 = 2;
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        let decision = match (command, &state.anfrage) {
            (Command::Anfrage(received, utilmd, token), None) => asked(&received, &utilmd, token),
            (Command::Anfrage(..), Some(_)) => Err(Rejection::new("started", "this process has its question")),
            (_, None) => Err(Rejection::new("not-started", "this process was asked nothing yet")),
            // The Marktlokation finds the process also when another Lieferbeginn is meant, of which this party was never asked.
            (Command::Termination(_), Some(_)) if state.ends == Some(true) => {
                Err(Rejection::new("supply-ended", "the NB ended this supply before"))
            }
            (Command::Termination(received), Some(a)) => {
                let decision = Decision::event(Event::SupplyEnds).cancel(AWAITS_TERMINATION);
                a.frame.acknowledge(decision, &received, "UTILMD 55037")
            }
            (Command::Found(finding), Some(a)) if awaits_finding(state) => answered(a, Decision::nothing(), &finding),
            (Command::Found(_), Some(_)) => Err(Rejection::new("not-open", "the question is with the back office, answered, or too old")),
            (Command::Aperak(aperak), Some(a)) => state.post.acknowledged(&a.frame, &aperak),
            (Command::Refused(refusal), Some(a)) => refused(state, a, refusal),
            (Command::Delivered(delivered), Some(a)) => delivery(state, a, delivered),
            (Command::GivenUp(given_up), Some(_)) => Ok(state.post.given_up(&given_up.kind)),
            (Command::Timeout(_), Some(_)) if is_over(state) => Ok(Decision::nothing()),
            (Command::Timeout(timeout), Some(_)) if timeout.label.as_str() == AWAITS_TERMINATION => {
                Ok(Decision::event(Event::SupplyGoesOn))
            }
            (Command::Timeout(timeout), Some(_)) => Ok(Decision::event(state.post.lapse(timeout.label.as_str(), timeout.due).into())),
        }?;
        let after = decision.events.iter().fold(state.clone(), Self::apply);
        Ok(if is_over(&after) && !decision.events.is_empty() { decision.end() } else { decision })
    }

    fn apply(mut state: State, event: &Event) -> State {
        match event.clone() {
            Event::AnfrageReceived { frame, nb, end, original, .. } => {
                state.anfrage = Some(Anfrage { frame, nb, end, original });
                state.post = state.post.queued("APERAK 55010");
            }
            Event::AnfrageTooLate => {}
            Event::Answered { pid, code } => {
                state.post = state.post.queued(format!("UTILMD {pid}"));
                state.answered = Some(Finding { consents: pid == "55011", code });
            }
            Event::SupplyEnds => {
                state.ends = Some(true);
                state.post = state.post.queued("APERAK 55037");
            }
            Event::SupplyGoesOn => state.ends = Some(false),
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

/// What the question to the back office is called.
const QUESTION: &str = "Anfrage";

/// Whether the question to the back office was given up and a person may still answer it.
#[must_use]
pub fn awaits_finding(state: &State) -> bool {
    state.answered.is_none() && state.ends.is_none() && state.post.is_given_up(QUESTION)
}

fn asked(received: &ReceivedMessage, utilmd: &Utilmd, token: String) -> WorkflowResult<Event> {
    let (Some(malo), Some(end)) = (utilmd.malo, utilmd.end) else {
        return Err(Rejection::new("incomplete", "the question names a Marktlokation (LOC+Z16) and an end (DTM+93)"));
    };
    let frame = Frame { rulebook: received.rulebook, me: received.me, sparte: Sparte::Strom, token };
    // The clocks count from the ÜT of the Anmeldung, of which DTM+154 tells the day; on that day its own receipt is close enough.
    let start = match utilmd.ut_of_lfn {
        Some(day) if day != berlin::day(received.received_at) => berlin::instant(day, time::macros::time!(12:00)),
        _ => received.received_at,
    };
    let anfrage = Anfrage { frame, nb: received.from, end, original: received.original.clone() };
    let frame = &anfrage.frame;
    let (must_be_here, answer) = (frame.answer_frist("GPKE", "55010-receipt", start)?, frame.answer_frist("GPKE", "55010-answer", start)?);
    let termination = frame.information_frist("55037", start)?;
    let decision =
        Decision::event(Event::AnfrageReceived { frame: frame.clone(), nb: received.from, malo, end, original: received.original.clone() })
            .claim(BusinessKey::new(format!("Anfrage/{}/{}", received.from, utilmd.vorgang)))
            .correlate(message_key(&received.from, &malo.into(), "55037"))
            .deadline("answer 55010", answer.due, answer.reason)
            .deadline(AWAITS_TERMINATION, termination.due, termination.reason);
    let decision = frame.acknowledge(decision, received, "UTILMD 55010")?;
    if !must_be_here.is_met_at(received.received_at) {
        return answered(&anfrage, decision.and(Event::AnfrageTooLate), &Finding { consents: false, code: "A43".to_owned() });
    }
    Ok(decision.send(Outgoing::new(BACK_OFFICE, frame.me.to_string(), QUESTION, &Question { malo, end })?))
}

fn delivery(state: &State, a: &Anfrage, delivered: Delivered) -> WorkflowResult<Event> {
    if delivered.kind == QUESTION {
        let finding =
            serde_json::from_value(delivered.answer.unwrap_or_default()).map_err(|e| Rejection::new("bad-answer", e.to_string()))?;
        return if state.answered.is_some() { Ok(Decision::nothing()) } else { answered(a, Decision::nothing(), &finding) };
    }
    let fulfils = match name_of(&delivered.kind) {
        "UTILMD 55011" | "UTILMD 55012" => Some("answer 55010"),
        kind if kind.starts_with("APERAK ") => Some(kind),
        _ => None,
    };
    Ok(state.post.delivered(&a.frame, &delivered, fulfils))
}

/// Queues the answer; its Frist has stood since the question came and is fulfilled by the receipt of the answer.
fn answered(a: &Anfrage, decision: Decision<Event>, finding: &Finding) -> WorkflowResult<Event> {
    let number = pid_of(finding);
    let decision = decision.and(Event::Answered { pid: number.to_owned(), code: finding.code.clone() });
    answer(a, decision, finding)
}

/// The NB refused a message of ours. The answer is sent again; in time or not, it says more than silence.
fn refused(state: &State, a: &Anfrage, refusal: Refusal) -> WorkflowResult<Event> {
    let owed = refusal.kind.starts_with("UTILMD ");
    match (state.post.refused(&a.frame, &refusal, owed)?, &state.answered) {
        ((decision, true), Some(finding)) => answer(a, decision, finding).map(Post::again),
        ((decision, _), _) => Ok(decision),
    }
}

/// Sends the answer.
fn answer(a: &Anfrage, decision: Decision<Event>, finding: &Finding) -> WorkflowResult<Event> {
    let number = pid_of(finding);
    let mut utilmd = Utilmd::new(pid(number)?, format!("{}D{number}", a.frame.token), a.frame.vorgang(number));
    utilmd.request_vorgang.clone_from(&a.original.vorgang);
    utilmd.reason = Some(change_of_supplier());
    utilmd.answer = Some(AnswerStatus { code: finding.code.clone(), ebd: Some("E_0624".to_owned()) });
    if finding.consents {
        utilmd.end = Some(a.end);
    }
    a.frame.send(decision, utilmd, a.nb, Some("answer 55010"))
}

/// Consent or objection.
const fn pid_of(finding: &Finding) -> &'static str {
    if finding.consents { "55011" } else { "55012" }
}

/// Whether the process is over: what becomes of the supply is known, and the mail is settled.
#[must_use]
pub fn is_over(state: &State) -> bool {
    state.ends.is_some() && state.post.is_settled()
}

/// The state in a word.
#[must_use]
pub fn word(state: &State) -> &'static str {
    match (state.ends, state.answered.as_ref().map(|finding| finding.consents)) {
        (Some(true), _) => "ended",
        (Some(false), _) => "going-on",
        (None, Some(true)) => "consented",
        (None, Some(false)) => "objected",
        (None, None) => "asked",
    }
}
