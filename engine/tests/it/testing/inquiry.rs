//! A small process: it asks, waits for an answer, and lapses when none comes in time.

use mako_engine::erasure::Personal;
use mako_engine::routing::{AdaptError, Inbound};
use mako_engine::{
    Decision, Delivered, EventPayload, FormatVersion, Id, IdSource, Outgoing, Rejection, SubjectId, TimeoutDeadline, Timestamp, Workflow,
    WorkflowResult,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    Asked {
        malo: String,
        recipient: String,
        due: Timestamp,
    },
    Moved {
        due: Timestamp,
    },
    Withdrawn,
    Noted {
        text: String,
    },
    /// Somebody else is there, too.
    Met {
        malo: String,
    },
    Sent {
        message: Id,
    },
    Answered,
    Lapsed {
        due: Timestamp,
        fired_at: Timestamp,
    },
    /// Wrong on purpose: nobody can store it.
    Unspeakable {
        #[serde(serialize_with = "refuse")]
        what: String,
    },
}

fn refuse<S: serde::Serializer>(_: &str, _: S) -> Result<S::Ok, S::Error> {
    Err(serde::ser::Error::custom("there is no word for it"))
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[
        ("Asked", 1),
        ("Moved", 1),
        ("Withdrawn", 1),
        ("Noted", 1),
        ("Met", 1),
        ("Sent", 1),
        ("Answered", 1),
        ("Lapsed", 1),
        ("Unspeakable", 1),
    ];

    fn event_type(&self) -> &'static str {
        match self {
            Self::Asked { .. } => "Asked",
            Self::Moved { .. } => "Moved",
            Self::Withdrawn => "Withdrawn",
            Self::Noted { .. } => "Noted",
            Self::Met { .. } => "Met",
            Self::Sent { .. } => "Sent",
            Self::Answered => "Answered",
            Self::Lapsed { .. } => "Lapsed",
            Self::Unspeakable { .. } => "Unspeakable",
        }
    }

    const PERSONAL: &'static [Personal] = &[
        Personal { event: "Asked", field: "/malo", redacted: "\"nobody\"" },
        Personal { event: "Met", field: "/malo", redacted: "\"nobody\"" },
    ];

    /// Wrong on purpose: there is a Marktlokation that is nobody's.
    fn subject(&self) -> Option<SubjectId> {
        match self {
            Self::Asked { malo, .. } | Self::Met { malo } => (malo != "nobody's").then(|| malo.as_str().into()),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Begins.
    Ask {
        malo: String,
        recipient: String,
        due: Timestamp,
    },
    /// The answer has more time, or less.
    Move {
        due: Timestamp,
    },
    /// No answer is wanted any more.
    Withdraw,
    Note(String),
    /// Another person comes into it.
    Meet(String),
    /// Sends one more message of this kind to this recipient.
    Remind {
        recipient: String,
        kind: String,
    },
    /// Asks these, too: several messages of one decision.
    AskAlso(Vec<String>),
    Answer,
    /// Wrong on purpose: a deadline that is not in `DEADLINE_LABELS`.
    SetForeignDeadline,
    /// Wrong on purpose, too.
    CancelForeignDeadline,
    /// Wrong on purpose: an event that cannot be stored.
    SayTheUnspeakable,
    /// Wrong on purpose: a message that fulfils a deadline which is not in `DEADLINE_LABELS`.
    FulfilForeignDeadline,
    /// Wrong on purpose: a message without an event.
    SendInSilence,
    Delivered(Delivered),
    Timeout(TimeoutDeadline),
}

impl From<TimeoutDeadline> for Command {
    fn from(timeout: TimeoutDeadline) -> Self {
        Self::Timeout(timeout)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub malo: Option<String>,
    pub notes: Vec<String>,
    pub met: Vec<String>,
    pub sent: Vec<Id>,
    pub answered: bool,
    pub lapsed_at: Option<Timestamp>,
}

impl State {
    fn is_open(&self) -> bool {
        !self.answered && self.lapsed_at.is_none()
    }
}

pub const LABEL: &str = "answer";

pub struct Inquiry;

impl Workflow for Inquiry {
    const NAME: &'static str = "inquiry";
    const DEADLINE_LABELS: &'static [&'static str] = &[LABEL];
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        let message = |recipient: &str, kind: &str| Outgoing::new("as4", recipient, kind, &serde_json::json!({ "malo": state.malo }));
        if !state.is_open() {
            return Err(Rejection::new("over", "the inquiry is over"));
        }
        Ok(match command {
            Command::Ask { malo, recipient, due } => {
                let asks = message(&recipient, "question")?.fulfils(LABEL);
                let (claim, reference) = (format!("inquiry/{malo}").as_str().into(), malo.as_str().into());
                let event = Event::Asked { malo, recipient, due };
                Decision::event(event).send(asks).deadline(LABEL, due, "until then").claim(claim).correlate(reference)
            }
            Command::Move { due } => Decision::event(Event::Moved { due }).deadline(LABEL, due, "moved"),
            Command::Withdraw => Decision::event(Event::Withdrawn).cancel(LABEL),
            Command::Note(text) => Decision::event(Event::Noted { text }),
            Command::Meet(malo) => Decision::event(Event::Met { malo }),
            Command::Remind { recipient, kind } => {
                Decision::event(Event::Noted { text: format!("{kind} to {recipient}") }).send(message(&recipient, &kind)?)
            }
            Command::AskAlso(recipients) => {
                let noted = Decision::event(Event::Noted { text: format!("asked {}", recipients.join(", ")) });
                recipients
                    .iter()
                    .try_fold(noted, |decision, recipient| Ok::<_, Rejection>(decision.send(message(recipient, "question")?)))?
            }
            Command::Answer => Decision::event(Event::Answered).cancel(LABEL).end(),
            Command::CancelForeignDeadline => Decision::event(Event::Withdrawn).cancel("foreign"),
            Command::SetForeignDeadline => Decision::event(Event::Withdrawn).deadline("foreign", Timestamp::EPOCH, "wrong"),
            Command::SayTheUnspeakable => Decision::event(Event::Unspeakable { what: String::new() }),
            Command::FulfilForeignDeadline => Decision::event(Event::Withdrawn).send(message("9900000000002", "late")?.fulfils("foreign")),
            Command::SendInSilence => Decision::nothing().send(message("9900000000002", "silence")?),
            Command::Delivered(delivered) => Decision::event(Event::Sent { message: delivered.message_id }),
            Command::Timeout(timeout) => Decision::event(Event::Lapsed { due: timeout.due, fired_at: timeout.fired_at }).end(),
        })
    }

    fn apply(mut state: State, event: &Event) -> State {
        match event {
            Event::Asked { malo, .. } => state.malo = Some(malo.clone()),
            Event::Moved { .. } | Event::Withdrawn | Event::Unspeakable { .. } => {}
            Event::Noted { text } => state.notes.push(text.clone()),
            Event::Met { malo } => state.met.push(malo.clone()),
            Event::Sent { message } => state.sent.push(*message),
            Event::Answered => state.answered = true,
            Event::Lapsed { fired_at, .. } => state.lapsed_at = Some(*fired_at),
        }
        state
    }

    /// Only the question matters.
    fn delivered(delivery: Delivered) -> Option<Command> {
        (delivery.kind == "question").then_some(Command::Delivered(delivery))
    }
}

/// The body of a message is its command.
pub fn adapt(inbound: &Inbound, _: FormatVersion, _: &dyn IdSource) -> Result<Command, AdaptError> {
    let command = inbound.body.downcast_ref::<Command>().cloned();
    command.ok_or_else(|| AdaptError { about: inbound.about.clone(), detail: "its body is no command".to_owned() })
}
