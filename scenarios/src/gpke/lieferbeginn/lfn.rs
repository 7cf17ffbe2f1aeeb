//! GPKE Lieferbeginn, the new supplier's side (LFN).
//!
//! Sends the Anmeldung (55001), learns from the receipt when the NB's clocks started, waits for its APERAK (45 minutes) and for the
//! answer (11:00 of WT+1). There is no silent consent: a late answer is recorded as late and still taken. It can take the Anmeldung back
//! (`storno.rs`). Source: BK6-24-174 GPKE Teil 2, SD Lieferbeginn.

use mako_engine::erasure::Personal;
use mako_engine::fristen::{RulebookId, Sparte};
use mako_engine::{
    BusinessKey, Decision, Delivered, EventPayload, GivenUp, Rejection, SubjectId, TimeoutDeadline, Timestamp, Workflow, WorkflowResult,
};
use mako_sim::edifact::{Aperak, Correspondence, MaloId, MpId, Supply, Utilmd};
use mako_sim::received::{ReceivedMessage, message_key};
use serde::{Deserialize, Serialize};

use super::{change_of_supplier, pid, storno};
use crate::personal::{NOBODYS, who_has};
use crate::vorgang::{Frame, Post, PostEvent, Refusal, Stage, contradiction, name_of};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// We want to supply a Marktlokation.
    AnmeldungRequested {
        /// Who we are and under which rules.
        frame: Frame,
        /// Whose grid it is in.
        nb: MpId,
        /// What.
        malo: MaloId,
        /// From when.
        begin: Timestamp,
    },
    /// The NB says that another supplier is there (55036).
    OtherSupplierNamed,
    /// The NB answered.
    AnswerReceived {
        /// Whether it confirms.
        confirms: bool,
        /// The answer code.
        code: String,
        /// The ÜT/ÜZ of the answer.
        received_at: Timestamp,
    },
    /// We want the Anmeldung back.
    StornoSent,
    /// The NB answered that.
    StornoAnswered {
        /// Whether it is taken back.
        accepts: bool,
        /// The answer code.
        code: String,
        /// The ÜT/ÜZ of the answer.
        received_at: Timestamp,
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
        ("AnmeldungRequested", 1),
        ("OtherSupplierNamed", 1),
        ("AnswerReceived", 1),
        ("StornoSent", 1),
        ("StornoAnswered", 1),
        ("MessageDelivered", 1),
        ("MessageGivenUp", 1),
        ("AperakReceived", 1),
        ("InterchangeRefused", 1),
        ("AperakMissing", 1),
        ("FristLapsed", 1),
        ("LapseWithdrawn", 1),
    ];

    const PERSONAL: &'static [Personal] = &[Personal { event: "AnmeldungRequested", field: "/malo", redacted: NOBODYS }];

    fn event_type(&self) -> &'static str {
        match self {
            Self::AnmeldungRequested { .. } => "AnmeldungRequested",
            Self::OtherSupplierNamed => "OtherSupplierNamed",
            Self::AnswerReceived { .. } => "AnswerReceived",
            Self::StornoSent => "StornoSent",
            Self::StornoAnswered { .. } => "StornoAnswered",
            Self::Post(event) => event.event_type(),
        }
    }

    fn subject(&self) -> Option<SubjectId> {
        match self {
            Self::AnmeldungRequested { malo, .. } => Some(who_has(malo)),
            _ => None,
        }
    }
}

/// What can be asked of the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// Register for a Marktlokation.
    Begin {
        /// The rules.
        rulebook: RulebookId,
        /// Who we are.
        me: MpId,
        /// Whose grid it is in.
        nb: MpId,
        /// What.
        malo: MaloId,
        /// From when.
        begin: Timestamp,
        /// Makes the numbers of this process.
        token: String,
    },
    /// 55002 or 55003 came in.
    Answer(Box<ReceivedMessage>, Box<Utilmd>),
    /// Take the Anmeldung back.
    TakeBack,
    /// 55023 or 55024 came in.
    StornoAnswer(Box<ReceivedMessage>, Box<Utilmd>),
    /// 55036 came in.
    Information(Box<ReceivedMessage>),
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

/// A Marktlokation that we want to supply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Whose grid it is in.
    pub nb: MpId,
    /// Which.
    pub malo: MaloId,
    /// From when.
    pub begin: Timestamp,
}

/// What became of the Storno.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Storno {
    /// The NB was asked.
    Asked,
    /// The Anmeldung is taken back.
    Granted,
    /// It stands.
    Refused,
}

/// The state of the process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Who we are and under which rules, once begun.
    pub frame: Option<Frame>,
    /// What we want, once begun.
    pub wanted: Option<Wanted>,
    /// Whether the NB confirmed, once it answered.
    pub confirmed: Option<bool>,
    /// The Storno, once sent.
    pub storno: Option<Storno>,
    /// The mail.
    pub post: Post,
}

/// GPKE Lieferbeginn, LFN.
pub struct LieferbeginnLfn;

impl Workflow for LieferbeginnLfn {
    const NAME: &'static str = "gpke-lieferbeginn-lfn";
    const DEADLINE_LABELS: &'static [&'static str] = &[
        "APERAK 55002",
        "APERAK 55003",
        "APERAK 55023",
        "APERAK 55024",
        "APERAK 55036",
        "answer 55001",
        "answer 55022",
        "awaits APERAK 55001",
        "awaits APERAK 55022",
    ];
    const STATE_VERSION: u16 = 4;
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        let decision = match (command, &state.frame) {
            (Command::Begin { rulebook, me, nb, malo, begin, token }, None) => {
                start(&Frame { rulebook, me, sparte: Sparte::Strom, token }, Wanted { nb, malo, begin })
            }
            (Command::Begin { .. }, Some(_)) => Err(Rejection::new("started", "this process has sent its Anmeldung")),
            (_, None) => Err(Rejection::new("not-started", "this process has sent no Anmeldung yet")),
            (Command::Answer(received, utilmd), Some(frame)) => answer(state, frame, &received, &utilmd),
            (Command::TakeBack, Some(_)) if state.storno.is_some() || is_over(state) => {
                Err(Rejection::new("storno-before", "it was to be taken back before, or is over"))
            }
            (Command::TakeBack, Some(frame)) => take_back(state, frame, Decision::event(Event::StornoSent)),
            (Command::StornoAnswer(..), Some(_)) if state.storno != Some(Storno::Asked) => {
                Err(Rejection::new("no-storno", "nothing was to be taken back, or the NB answered that before"))
            }
            (Command::StornoAnswer(received, utilmd), Some(frame)) => storno_answered(state, frame, &received, &utilmd),
            (Command::Information(_), Some(_)) if state.post.sent.contains_key("APERAK 55036") => {
                Err(Rejection::new("informed", "the NB named the other supplier before"))
            }
            (Command::Information(received), Some(frame)) => {
                frame.acknowledge(Decision::event(Event::OtherSupplierNamed), &received, "UTILMD 55036")
            }
            (Command::Aperak(aperak), Some(frame)) => state.post.acknowledged(frame, &aperak),
            (Command::Refused(refusal), Some(frame)) => refused(state, frame, refusal),
            (Command::Delivered(delivered), Some(frame)) => delivery(state, frame, &delivered),
            (Command::GivenUp(given_up), Some(_)) => Ok(state.post.given_up(&given_up.kind)),
            (Command::Timeout(_), Some(_)) if is_over(state) => Ok(Decision::nothing()),
            (Command::Timeout(timeout), Some(_)) => Ok(Decision::event(state.post.lapse(timeout.label.as_str(), timeout.due).into())),
        }?;
        let after = decision.events.iter().fold(state.clone(), Self::apply);
        Ok(if is_over(&after) && !decision.events.is_empty() { decision.end() } else { decision })
    }

    fn apply(mut state: State, event: &Event) -> State {
        match event.clone() {
            Event::AnmeldungRequested { frame, nb, malo, begin } => {
                state.frame = Some(frame);
                state.wanted = Some(Wanted { nb, malo, begin });
                state.post = state.post.queued("UTILMD 55001");
            }
            Event::OtherSupplierNamed => state.post = state.post.queued("APERAK 55036"),
            Event::AnswerReceived { confirms, .. } => {
                state.confirmed = Some(confirms);
                state.post = state.post.queued(if confirms { "APERAK 55002" } else { "APERAK 55003" });
            }
            Event::StornoSent => {
                state.storno = Some(Storno::Asked);
                state.post = state.post.queued(storno::REQUEST);
            }
            Event::StornoAnswered { accepts, .. } => {
                state.storno = Some(if accepts { Storno::Granted } else { Storno::Refused });
                state.post = state.post.queued(format!("APERAK {}", storno::answer_pid(accepts)));
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

fn start(frame: &Frame, wanted: Wanted) -> WorkflowResult<Event> {
    let Wanted { nb, malo, begin } = wanted.clone();
    let decision = Decision::event(Event::AnmeldungRequested { frame: frame.clone(), nb, malo, begin })
        .claim(BusinessKey::new(format!("Lieferbeginn/{malo}")))
        .correlate(message_key(&nb, &malo.into(), "55036"));
    register(frame, wanted, decision)
}

/// Sends the Anmeldung.
fn register(frame: &Frame, wanted: Wanted, decision: Decision<Event>) -> WorkflowResult<Event> {
    let mut utilmd = Utilmd::new(pid("55001")?, format!("{}D55001", frame.token), frame.vorgang("55001"));
    utilmd.malo = Some(wanted.malo);
    utilmd.begin = Some(wanted.begin);
    utilmd.reason = Some(change_of_supplier());
    utilmd.customer = Some("Beispiel GmbH".to_owned());
    utilmd.supply = Some(Supply { product: "9991000002082".to_owned(), bilanzkreis: "11XMAKO-SIM-BKX1".to_owned() });
    utilmd.correspondence = Some(Correspondence {
        name: "Beispiel GmbH".to_owned(),
        street: "Testweg 1".to_owned(),
        city: "Musterstadt".to_owned(),
        postal_code: "99999".to_owned(),
        country: "DE".to_owned(),
    });
    frame.send(decision, utilmd, wanted.nb, None)
}

/// Sends the Storno.
fn take_back(state: &State, frame: &Frame, decision: Decision<Event>) -> WorkflowResult<Event> {
    match &state.wanted {
        Some(wanted) => storno::STORNO.ask(frame, frame.vorgang("55001"), wanted.nb, decision),
        None => Err(Rejection::new("not-started", "this process has sent no Anmeldung yet")),
    }
}

fn storno_answered(state: &State, frame: &Frame, received: &ReceivedMessage, utilmd: &Utilmd) -> WorkflowResult<Event> {
    let accepts = utilmd.pid == pid(storno::answer_pid(true))?;
    let code = utilmd.answer.as_ref().map(|answer| answer.code.clone()).unwrap_or_default();
    let event = Event::StornoAnswered { accepts, code, received_at: received.received_at };
    let decision = withdrawn(state, storno::ANSWER, received.received_at, Decision::event(event).cancel(storno::ANSWER));
    // What is taken back is answered no more.
    let decision = if accepts { decision.cancel("answer 55001") } else { decision };
    frame.acknowledge(decision, received, &format!("UTILMD {}", storno::answer_pid(accepts)))
}

/// `decision`, which withdraws the lapse of the Frist `label` when what arrived at `at` was in time after all.
fn withdrawn(state: &State, label: &str, at: Timestamp, decision: Decision<Event>) -> Decision<Event> {
    match state.post.lapsed.get(label) {
        Some(due) if at <= *due => decision.and(PostEvent::LapseWithdrawn { label: label.to_owned() }.into()),
        _ => decision,
    }
}

/// The NB refused a message of ours, so it never received it. The Anmeldung is sent again, as the release of the day has it: a format
/// version that came into force while it was on its way is no reason not to supply.
fn refused(state: &State, frame: &Frame, refusal: Refusal) -> WorkflowResult<Event> {
    let (wants, takes_back) = (name_of(&refusal.kind) == "UTILMD 55001", name_of(&refusal.kind) == storno::REQUEST);
    if (wants && state.confirmed.is_some()) || (takes_back && state.storno != Some(Storno::Asked)) {
        return Err(contradiction(&refusal.kind, "answered it", &refusal.answer));
    }
    match (state.post.refused(frame, &refusal, wants || takes_back)?, &state.wanted) {
        ((decision, true), _) if takes_back => take_back(state, frame, decision).map(Post::again),
        ((decision, true), Some(wanted)) => register(frame, wanted.clone(), decision).map(Post::again),
        ((decision, _), _) => Ok(decision),
    }
}

fn answer(state: &State, frame: &Frame, received: &ReceivedMessage, utilmd: &Utilmd) -> WorkflowResult<Event> {
    if state.confirmed.is_some() {
        return Err(Rejection::new("answered", "the NB answered this Anmeldung before"));
    }
    let confirms = utilmd.pid == pid("55002")?;
    let code = utilmd.answer.as_ref().map(|answer| answer.code.clone()).unwrap_or_default();
    let event = Event::AnswerReceived { confirms, code, received_at: received.received_at };
    let decision = withdrawn(state, "answer 55001", received.received_at, Decision::event(event).cancel("answer 55001"));
    frame.acknowledge(decision, received, if confirms { "UTILMD 55002" } else { "UTILMD 55003" })
}

fn delivery(state: &State, frame: &Frame, delivered: &Delivered) -> WorkflowResult<Event> {
    let kind = name_of(&delivered.kind);
    let fulfils = kind.starts_with("APERAK ").then_some(kind);
    let decision = state.post.delivered(frame, delivered, fulfils);
    // The receipt of a first try that was refused starts no clock.
    let awaited = !decision.events.is_empty() && !matches!(state.post.sent.get(kind), Some(Stage::Refused));
    let (trigger, label, is_open) = match kind {
        "UTILMD 55001" => ("55001", "answer 55001", state.confirmed.is_none() && state.storno != Some(Storno::Granted)),
        storno::REQUEST => ("55022", storno::ANSWER, state.storno == Some(Storno::Asked)),
        _ => return Ok(decision),
    };
    if !is_open || !awaited {
        return Ok(decision);
    }
    let frist = frame.answer_frist("GPKE", trigger, delivered.received_at)?;
    Ok(decision.deadline(label, frist.due, frist.reason))
}

/// Whether the process is over: the answer is here and everything around it where it belongs, or there will be none.
#[must_use]
pub fn is_over(state: &State) -> bool {
    // Refused with APERAK 313 or CONTRL 4, or never delivered: there will be no answer.
    let in_vain = |kind| matches!(state.post.sent.get(kind), Some(Stage::Refused | Stage::GivenUp));
    let settled = state.confirmed.is_some() || state.storno == Some(Storno::Granted) || in_vain("UTILMD 55001");
    state.post.is_settled() && settled && !awaits_storno(state)
}

/// Whether the NB still owes its answer to a Storno that reached it.
#[must_use]
pub fn awaits_storno(state: &State) -> bool {
    let in_vain = matches!(state.post.sent.get(storno::REQUEST), Some(Stage::Refused | Stage::GivenUp));
    state.storno == Some(Storno::Asked) && !in_vain
}

/// The state in a word.
#[must_use]
pub fn word(state: &State) -> &'static str {
    if state.storno == Some(Storno::Granted) {
        return "taken-back";
    }
    match (state.confirmed, state.post.sent.get("UTILMD 55001"), state.post.lapsed.contains_key("answer 55001")) {
        (Some(true), ..) => "confirmed",
        (Some(false), ..) => "refused",
        (None, Some(Stage::Refused), _) => "not-received",
        (None, Some(Stage::GivenUp), _) => "not-delivered",
        (None, _, true) => "overdue",
        (None, Some(Stage::Queued), false) => "sending",
        (None, ..) => "waiting-for-nb",
    }
}
