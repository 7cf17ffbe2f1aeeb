//! What happened to a request at the one who asks. Events are kept for ever: their names and fields are never changed.

use std::collections::BTreeMap;

use mako_engine::erasure::Personal;
use mako_engine::{EventPayload, SubjectId, Timestamp};
use mako_sim::edifact::MpId;
use serde::{Deserialize, Serialize};

use crate::personal::{NOBODYS, who_has};
use crate::vorgang::then::reporting;
use crate::vorgang::{Anliegen, Frame, PostEvent, Vorgang};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// We ask for something.
    Requested {
        /// Which Vorgang it is.
        vorgang: Vorgang,
        /// Who we are and under which rules.
        frame: Frame,
        /// Whom we ask.
        to: MpId,
        /// For what.
        anliegen: Anliegen,
        /// Who else has to do with the location, by what they are to it, such as `msb`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        partners: BTreeMap<String, MpId>,
    },
    /// The partner answered.
    AnswerReceived {
        /// Whether it says yes.
        accepts: bool,
        /// The Prüfidentifikator of the answer.
        pid: String,
        /// The answer code.
        code: String,
        /// The day that it confirms, where that is another one than was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day: Option<Timestamp>,
        /// The ÜT/ÜZ of the answer.
        received_at: Timestamp,
    },
    /// No answer came, and that is consent.
    ConsentedBySilence {
        /// When the Frist ended.
        due: Timestamp,
    },
    /// Nobody waits for a late answer any more.
    Closed,
    /// An answer came after the matter was settled: by an answer, or by silence.
    FurtherAnswerNoted {
        /// Whether it says yes.
        accepts: bool,
        /// Its Prüfidentifikator.
        pid: String,
        /// Its code.
        code: String,
    },
    /// The partner told something about it.
    Informed {
        /// The Prüfidentifikator of the message.
        pid: String,
    },
    /// The partner reports that it is done, or that it failed.
    ExecutionReported {
        /// Whether it is done.
        done: bool,
        /// The Prüfidentifikator of the report.
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
        /// From when its Frist counts.
        from: Timestamp,
    },
    /// We take the order back.
    StornoRequested,
    /// The partner answered to that.
    StornoAnswered {
        /// Whether it is taken back.
        accepts: bool,
        /// The Prüfidentifikator of the answer.
        pid: String,
        /// Its code.
        code: String,
    },
    /// The report of what became of it.
    Reporting(reporting::Event),
    /// Mail.
    Post(PostEvent),
}

impl From<reporting::Event> for Event {
    fn from(event: reporting::Event) -> Self {
        Self::Reporting(event)
    }
}

impl From<PostEvent> for Event {
    fn from(event: PostEvent) -> Self {
        Self::Post(event)
    }
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[
        ("Requested", 1),
        ("AnswerReceived", 1),
        ("ConsentedBySilence", 1),
        ("Closed", 1),
        ("FurtherAnswerNoted", 1),
        ("Informed", 1),
        ("ExecutionReported", 1),
        ("Told", 1),
        ("StornoRequested", 1),
        ("StornoAnswered", 1),
        ("DayCame", 1),
        ("Reported", 1),
        ("ReportUnknown", 1),
        ("ReportAnswered", 1),
        ("FurtherJudgementNoted", 1),
        ("CalledOff", 1),
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

    const PERSONAL: &'static [Personal] = &[Personal { event: "Requested", field: "/anliegen/lokation", redacted: NOBODYS }];

    fn event_type(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "Requested",
            Self::AnswerReceived { .. } => "AnswerReceived",
            Self::ConsentedBySilence { .. } => "ConsentedBySilence",
            Self::Closed => "Closed",
            Self::FurtherAnswerNoted { .. } => "FurtherAnswerNoted",
            Self::Informed { .. } => "Informed",
            Self::ExecutionReported { .. } => "ExecutionReported",
            Self::Told { .. } => "Told",
            Self::StornoRequested => "StornoRequested",
            Self::StornoAnswered { .. } => "StornoAnswered",
            Self::Reporting(event) => event.event_type(),
            Self::Post(event) => event.event_type(),
        }
    }

    fn subject(&self) -> Option<SubjectId> {
        match self {
            Self::Requested { anliegen, .. } => Some(who_has(&anliegen.lokation)),
            _ => None,
        }
    }
}
