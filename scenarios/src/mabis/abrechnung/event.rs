//! What happens in an Abrechnung, and what can be asked of it.

use mako_engine::fristen::RulebookId;
use mako_engine::{Delivered, EventPayload, GivenUp, TimeoutDeadline, Timestamp};
use mako_sim::edifact::{Aperak, Liefermonat, Lokation, MpId};
use mako_sim::received::{Original, ReceivedMessage};
use serde::{Deserialize, Serialize};

use super::Matter;
use super::window::{Checks, Phase};
use crate::vorgang::{PostEvent, Refusal};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// The Abrechnung of a Zählpunkt and month begins with its first version.
    Begun {
        /// What is settled.
        matter: Matter,
    },
    /// We send a version.
    VersionSent {
        /// Its number in the process.
        slot: u32,
        /// When it was made.
        version: Timestamp,
        /// What it has in every quarter-hour.
        value: u64,
    },
    /// A version came in.
    SeriesReceived {
        /// Its number in the process.
        slot: u32,
        /// When it was made.
        version: Timestamp,
        /// How many quarter-hours it has.
        quarter_hours: u32,
        /// The window that its ÜT falls into.
        phase: Phase,
        /// Whether it becomes the newest version that counts.
        counts: bool,
        /// The message.
        original: Original,
        /// The ÜT/ÜZ.
        received_at: Timestamp,
    },
    /// The partner says what it makes of a version of ours.
    AnswerReceived {
        /// The number of the version.
        slot: u32,
        /// Whether it accepts it.
        accepts: bool,
        /// The Prüfidentifikator of the answer.
        pid: String,
        /// Its code.
        code: String,
        /// The ÜT/ÜZ of the answer.
        received_at: Timestamp,
    },
    /// The partner said something about a version once more.
    FurtherAnswerNoted {
        /// The number of the version.
        slot: u32,
        /// The Prüfidentifikator of the answer.
        pid: String,
        /// Its code.
        code: String,
    },
    /// We say what we make of a version.
    StatusGiven {
        /// The number of the version.
        slot: u32,
        /// Whether it is accepted.
        accepts: bool,
        /// The Prüfidentifikator of the answer.
        pid: String,
        /// Its code.
        code: String,
    },
    /// The back office was never reached about a version; a person has the dead letter.
    QuestionGivenUp {
        /// The number of the version.
        slot: u32,
    },
    /// A window of the month is over.
    WindowEnded {
        /// Which.
        phase: Phase,
    },
    /// Mail about a version, which is told by the names of its messages and deadlines.
    Post(PostEvent),
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[
        ("Begun", 1),
        ("VersionSent", 1),
        ("SeriesReceived", 1),
        ("AnswerReceived", 1),
        ("FurtherAnswerNoted", 1),
        ("StatusGiven", 1),
        ("QuestionGivenUp", 1),
        ("WindowEnded", 1),
        ("MessageDelivered", 1),
        ("MessageGivenUp", 1),
        ("AperakReceived", 1),
        ("InterchangeRefused", 1),
        ("AperakMissing", 1),
        ("FristLapsed", 1),
        ("LapseWithdrawn", 1),
    ];

    fn event_type(&self) -> &'static str {
        match self {
            Self::Begun { .. } => "Begun",
            Self::VersionSent { .. } => "VersionSent",
            Self::SeriesReceived { .. } => "SeriesReceived",
            Self::AnswerReceived { .. } => "AnswerReceived",
            Self::FurtherAnswerNoted { .. } => "FurtherAnswerNoted",
            Self::StatusGiven { .. } => "StatusGiven",
            Self::QuestionGivenUp { .. } => "QuestionGivenUp",
            Self::WindowEnded { .. } => "WindowEnded",
            Self::Post(event) => event.event_type(),
        }
    }
}

/// A version that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The rules.
    pub rulebook: RulebookId,
    /// Who we are.
    pub me: MpId,
    /// To whom.
    pub to: MpId,
    /// What the one who checks is.
    pub checks: Checks,
    /// The Zählpunkt.
    pub zaehlpunkt: Lokation,
    /// The month.
    pub month: Liefermonat,
    /// When the version was made.
    pub version: Timestamp,
    /// What it has in every quarter-hour.
    pub value: u64,
    /// Makes the numbers of this process.
    pub token: String,
}

/// What can be asked of the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// Send a version; the first one begins the process.
    Send(Box<Order>),
    /// A version came in; the first one begins the process.
    Series {
        /// The message.
        received: Box<ReceivedMessage>,
        /// What we are.
        checks: Checks,
        /// Makes the numbers of this process.
        token: String,
    },
    /// The partner says something about a version, with this Prüfidentifikator.
    Answer(Box<ReceivedMessage>, String),
    /// An APERAK came in.
    Aperak(Aperak),
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
