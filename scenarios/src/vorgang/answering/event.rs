//! What happened to a request at the one who answers it. Events are kept for ever: their names and fields are never changed.

use mako_engine::erasure::Personal;
use mako_engine::{EventPayload, SubjectId, Timestamp};
use mako_sim::edifact::MpId;
use mako_sim::received::Original;
use serde::{Deserialize, Serialize};

use crate::personal::{NOBODYS, who_has};
use crate::vorgang::art::Vorgang;
use crate::vorgang::frame::Frame;
use crate::vorgang::meldung::Anliegen;
use crate::vorgang::post::PostEvent;
use crate::vorgang::question::Finding;
use crate::vorgang::then::{awaiting, search};

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
    /// For a missed lead time nobody is refused: the next day that it allows is meant.
    DayMoved {
        /// That day.
        moved_to: Timestamp,
    },
    /// The back office decided.
    Checked {
        /// What it found.
        finding: Finding,
    },
    /// The back office was never reached; a person has the dead letter.
    QuestionGivenUp,
    /// Somebody else is asked before the answer.
    ThirdPartyAsked {
        /// Whom.
        whom: MpId,
    },
    /// The third party answered.
    ThirdPartyAnswered {
        /// Whether it consents.
        consents: bool,
        /// The Prüfidentifikator of its answer.
        pid: String,
        /// Its code.
        code: String,
        /// The ÜT/ÜZ of its answer.
        received_at: Timestamp,
        /// Whether the request was not decided before.
        in_time: bool,
    },
    /// The third party did not answer in time, and that is consent.
    ThirdPartySilent {
        /// When its Frist ended.
        due: Timestamp,
    },
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
    /// The report of what became of it.
    Awaiting(awaiting::Event),
    /// The search for somebody who takes over.
    Search(search::Event),
    /// Mail.
    Post(PostEvent),
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

impl From<PostEvent> for Event {
    fn from(event: PostEvent) -> Self {
        Self::Post(event)
    }
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[
        ("RequestReceived", 1),
        ("LeadTimeMissed", 1),
        ("DayMoved", 1),
        ("Checked", 1),
        ("QuestionGivenUp", 1),
        ("ThirdPartyAsked", 1),
        ("ThirdPartyAnswered", 1),
        ("ThirdPartySilent", 1),
        ("ConsentedBySilence", 1),
        ("Decided", 1),
        ("Executed", 1),
        ("ExecutionUnknown", 1),
        ("StornoReceived", 1),
        ("StornoQuestionGivenUp", 1),
        ("StornoDecided", 1),
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

    const PERSONAL: &'static [Personal] = &[Personal { event: "RequestReceived", field: "/anliegen/lokation", redacted: NOBODYS }];

    fn event_type(&self) -> &'static str {
        match self {
            Self::RequestReceived { .. } => "RequestReceived",
            Self::LeadTimeMissed { .. } => "LeadTimeMissed",
            Self::DayMoved { .. } => "DayMoved",
            Self::Checked { .. } => "Checked",
            Self::QuestionGivenUp => "QuestionGivenUp",
            Self::ThirdPartyAsked { .. } => "ThirdPartyAsked",
            Self::ThirdPartyAnswered { .. } => "ThirdPartyAnswered",
            Self::ThirdPartySilent { .. } => "ThirdPartySilent",
            Self::ConsentedBySilence { .. } => "ConsentedBySilence",
            Self::Decided { .. } => "Decided",
            Self::Executed { .. } => "Executed",
            Self::ExecutionUnknown => "ExecutionUnknown",
            Self::StornoReceived { .. } => "StornoReceived",
            Self::StornoQuestionGivenUp => "StornoQuestionGivenUp",
            Self::StornoDecided { .. } => "StornoDecided",
            Self::Told { .. } => "Told",
            Self::Awaiting(event) => event.event_type(),
            Self::Search(event) => event.event_type(),
            Self::Post(event) => event.event_type(),
        }
    }

    fn subject(&self) -> Option<SubjectId> {
        match self {
            Self::RequestReceived { anliegen, .. } => Some(who_has(&anliegen.lokation)),
            _ => None,
        }
    }
}
