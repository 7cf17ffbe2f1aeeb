//! What happened to a request at the one who answers it. Events are kept for ever: their names and fields are never changed.

use mako_engine::{EventPayload, Timestamp};
use mako_sim::edifact::MpId;
use mako_sim::received::Original;
use serde::{Deserialize, Serialize};

use super::Finding;
use crate::vorgang::{Anliegen, Frame, PostEvent, Vorgang};

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
    /// The order is to be taken back.
    StornoReceived {
        /// The message.
        original: Original,
        /// The ÜT/ÜZ.
        received_at: Timestamp,
    },
    /// The back office was never reached about the Storno; a person has the dead letter.
    StornoQuestionGivenUp,
    /// Whether it is taken back.
    StornoDecided {
        /// Whether it is.
        accepts: bool,
        /// The code of the answer.
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
        ("Executed", 1),
        ("ExecutionUnknown", 1),
        ("StornoReceived", 1),
        ("StornoQuestionGivenUp", 1),
        ("StornoDecided", 1),
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
            Self::Executed { .. } => "Executed",
            Self::ExecutionUnknown => "ExecutionUnknown",
            Self::StornoReceived { .. } => "StornoReceived",
            Self::StornoQuestionGivenUp => "StornoQuestionGivenUp",
            Self::StornoDecided { .. } => "StornoDecided",
            Self::Told { .. } => "Told",
            Self::Post(event) => event.event_type(),
        }
    }
}
