//! What happens in the Lieferbeginn at the NB, and what its back office is asked. Every name here is committed.

use mako_engine::erasure::Personal;
use mako_engine::{EventPayload, SubjectId, Timestamp};
use mako_sim::edifact::{MaloId, MpId};
use mako_sim::received::Original;
use serde::{Deserialize, Serialize};

use crate::personal::{NOBODYS, who_has};
use crate::vorgang::{Frame, PostEvent};

/// What the back office is asked: E_0622 and E_0621.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The Marktlokation.
    pub malo: MaloId,
    /// Who wants to supply it.
    pub lfn: MpId,
    /// From when.
    pub begin: Timestamp,
}

/// What the back office answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Finding {
    /// E_0622 finds nothing against it.
    Possible {
        /// Who supplies the Marktlokation now, and must be asked (E_0621).
        lfa: Option<MpId>,
    },
    /// E_0622 refuses it.
    Impossible {
        /// The answer code, such as `A05`.
        code: String,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    /// A supplier registered itself for a Marktlokation.
    AnmeldungReceived {
        /// Who we are and under which rules.
        frame: Frame,
        /// Who wants to supply.
        lfn: MpId,
        /// What.
        malo: MaloId,
        /// From when.
        begin: Timestamp,
        /// The message.
        original: Original,
        /// The ÜT/ÜZ.
        received_at: Timestamp,
    },
    /// The Anmeldung came after its lead time.
    LeadTimeMissed {
        /// The begin that it was too late for.
        begin: Timestamp,
    },
    /// The back office checked it.
    AnmeldungChecked {
        /// What it found.
        finding: Finding,
    },
    /// The supplier in possession was asked.
    LfaAsked {
        /// Who.
        lfa: MpId,
    },
    /// The supplier in possession answered.
    LfaAnswered {
        /// Whether it consents.
        consents: bool,
        /// The answer code.
        code: String,
        /// Whether the answer came before the decision.
        in_time: bool,
    },
    /// The supplier in possession did not answer: silence is consent.
    LfaSilent,
    /// The answer to the Anmeldung.
    Decided {
        /// 55002 or 55003.
        pid: String,
        /// The answer code.
        code: String,
    },
    /// The LFN wanted its Anmeldung back, and was answered.
    StornoAnswered {
        /// Whether it is taken back.
        accepts: bool,
        /// The answer code.
        code: String,
        /// The message.
        original: Original,
        /// The ÜT/ÜZ.
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
        ("AnmeldungReceived", 1),
        ("LeadTimeMissed", 1),
        ("AnmeldungChecked", 1),
        ("LfaAsked", 1),
        ("LfaAnswered", 1),
        ("LfaSilent", 1),
        ("Decided", 1),
        ("StornoAnswered", 1),
        ("MessageDelivered", 1),
        ("MessageGivenUp", 1),
        ("AperakReceived", 1),
        ("InterchangeRefused", 1),
        ("AperakMissing", 1),
        ("FristLapsed", 1),
        ("LapseWithdrawn", 1),
    ];

    const PERSONAL: &'static [Personal] = &[Personal { event: "AnmeldungReceived", field: "/malo", redacted: NOBODYS }];

    fn event_type(&self) -> &'static str {
        match self {
            Self::AnmeldungReceived { .. } => "AnmeldungReceived",
            Self::LeadTimeMissed { .. } => "LeadTimeMissed",
            Self::AnmeldungChecked { .. } => "AnmeldungChecked",
            Self::LfaAsked { .. } => "LfaAsked",
            Self::LfaAnswered { .. } => "LfaAnswered",
            Self::LfaSilent => "LfaSilent",
            Self::Decided { .. } => "Decided",
            Self::StornoAnswered { .. } => "StornoAnswered",
            Self::Post(event) => event.event_type(),
        }
    }

    fn subject(&self) -> Option<SubjectId> {
        match self {
            Self::AnmeldungReceived { malo, .. } => Some(who_has(malo)),
            _ => None,
        }
    }
}
