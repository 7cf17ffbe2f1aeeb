//! The three things two message service handlers say to each other, free of any encoding.
//!
//! Field names are those of the ebMS 3.0 schema. The constants are those of the BDEW AS4-Profil 1.1; a message may deviate from
//! them, since a counterpart may be wrong, and judging that is the receiver's business, not the parser's.

use std::fmt;

use mako_engine::Timestamp;
use sha2::{Digest as _, Sha256};

use super::error_code::ErrorCode;

/// Service under which market messages (UTILMD, MSCONS, APERAK, …) travel.
pub const SERVICE_MARKET_PROCESS: &str = "https://www.bdew.de/as4/communication/services/MP";
/// Service for schedules (Fahrpläne).
pub const SERVICE_SCHEDULE: &str = "https://www.bdew.de/as4/communication/services/FP";
/// Service for Redispatch.
pub const SERVICE_REDISPATCH: &str = "https://www.bdew.de/as4/communication/services/RD";
/// Service of the Kraftwerk data exchange.
pub const SERVICE_POWER_PLANT: &str = "https://www.bdew.de/as4/communication/services/KW";
/// Service for everything that has no service of its own.
pub const SERVICE_OTHER: &str = "https://www.bdew.de/as4/communication/services/SO";
/// Service by which two partners agree to change the transmission path; its messages have no payload.
pub const SERVICE_PATH_SWITCH: &str = "https://www.bdew.de/as4/communication/services/pathSwitch";
/// The ebMS test service: answered, never delivered to business.
pub const SERVICE_TEST: &str = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/service";

/// Action of every message that carries an interchange.
pub const ACTION_DEFAULT: &str = "http://docs.oasis-open.org/ebxml-msg/as4/200902/action";
/// Action that asks for a change of the transmission path.
pub const ACTION_REQUEST_SWITCH: &str = "https://www.bdew.de/as4/communication/actions/requestSwitch";
/// Action that agrees to a change of the transmission path.
pub const ACTION_CONFIRM_SWITCH: &str = "https://www.bdew.de/as4/communication/actions/confirmSwitch";
/// Action of the ebMS test service.
pub const ACTION_TEST: &str = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/test";

/// The one agreement of the profile.
pub const AGREEMENT: &str = "https://www.bdew.de/as4/communication/agreement";

/// Part property: the EDIFACT message type (UNH S009/0065), such as `UTILMD`.
pub const PROPERTY_DOCUMENT_TYPE: &str = "BDEWDocumentType";
/// Part property: the interchange reference (UNB 0020).
pub const PROPERTY_DOCUMENT_NO: &str = "BDEWDocumentNo";

/// A market participant's identifier (MP-ID) together with who issued it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartyId {
    /// The thirteen digits of the MP-ID; not checked here.
    pub id: String,
    /// The URN of the issuing body.
    pub id_type: String,
}

impl PartyId {
    /// Type of an identifier issued by the BDEW (starts with 99).
    pub const BDEW: &'static str = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:BDEW";
    /// Type of an identifier issued by the DVGW (starts with 98).
    pub const DVGW: &'static str = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:DVGW";
    /// Type of a GLN, issued by GS1.
    pub const GS1: &'static str = "urn:oasis:names:tc:ebcore:partyid-type:iso6523:0088";
    /// Type of an identifier of the railway's code list.
    pub const BAHN: &'static str = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:BAHN";

    /// The identifier `id` as the market issues it: 99… by the BDEW, 98… by the DVGW, anything else as a GLN.
    ///
    /// ```
    /// use mako_sim::as4::PartyId;
    /// assert_eq!(PartyId::market("9900357000004").id_type, PartyId::BDEW);
    /// assert_eq!(PartyId::market("4033872000058").id_type, PartyId::GS1);
    /// ```
    #[must_use]
    pub fn market(id: &str) -> Self {
        let id_type = if id.starts_with("99") {
            Self::BDEW
        } else if id.starts_with("98") {
            Self::DVGW
        } else {
            Self::GS1
        };
        Self { id: id.to_owned(), id_type: id_type.to_owned() }
    }
}

/// SHA-256 of a payload, the value a non-repudiation receipt vouches for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `payload`; a message without payload has the digest of no bytes.
    #[must_use]
    pub fn of(payload: &[u8]) -> Self {
        Self(Sha256::digest(payload).into())
    }
}

impl fmt::Display for Digest {
    /// Sixty-four lower-case hexadecimal digits; `{:.32}` are the first of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.as_chunks_mut().0.iter_mut().zip(self.0) {
            *pair = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0xf)]];
        }
        f.pad(str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One message from one market participant to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserMessage {
    /// `eb:MessageId`: unique for ever; a retry keeps it, and that is how a receiver knows a retry.
    pub message_id: String,
    /// `eb:Timestamp`: when the sender made the message. Not the instant of receipt, and no Frist counts from it.
    pub sent_at: Timestamp,
    /// Who sends.
    pub from: PartyId,
    /// Who shall receive.
    pub to: PartyId,
    /// What kind of traffic this is, such as [`SERVICE_MARKET_PROCESS`].
    pub service: String,
    /// What is asked of the receiver's handler, such as [`ACTION_DEFAULT`].
    pub action: String,
    /// The agreement both sides act under, [`AGREEMENT`].
    pub agreement: String,
    /// Always empty in the BDEW profile; nothing may be correlated by it.
    pub conversation_id: String,
    /// Part properties in the order of the message, such as [`PROPERTY_DOCUMENT_TYPE`].
    pub properties: Vec<(String, String)>,
    /// The bytes of the payload, exactly; empty together with no properties means a message without payload part.
    pub payload: Vec<u8>,
}

impl UserMessage {
    /// An interchange under the constants of the profile, without part properties.
    #[must_use]
    pub fn interchange(message_id: &str, sent_at: Timestamp, from: PartyId, to: PartyId, payload: Vec<u8>) -> Self {
        Self {
            message_id: message_id.to_owned(),
            sent_at,
            from,
            to,
            service: SERVICE_MARKET_PROCESS.to_owned(),
            action: ACTION_DEFAULT.to_owned(),
            agreement: AGREEMENT.to_owned(),
            conversation_id: String::new(),
            properties: Vec::new(),
            payload,
        }
    }

    /// Whether the message goes to the test service, and so is answered but never delivered.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.service == SERVICE_TEST
    }

    /// The receipt a receiver gives that took this message at `received_at`.
    #[must_use]
    pub fn receipt(&self, received_at: Timestamp) -> Receipt {
        Receipt { ref_to_message_id: self.message_id.clone(), received_at, digest: Digest::of(&self.payload) }
    }
}

/// The receiver has the message and vouches for these bytes (non-repudiation of receipt).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The message that was received.
    pub ref_to_message_id: String,
    /// When it was received: this is the Übertragungszeitpunkt (ÜT, ÜZ) from which the Fristen count, on both sides.
    pub received_at: Timestamp,
    /// The digest of the payload that was received.
    pub digest: Digest,
}

/// How bad the receiver finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The message was taken all the same.
    Warning,
    /// The message was not taken.
    Failure,
}

/// The receiver has not taken the message, and says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorSignal {
    /// Why.
    pub code: ErrorCode,
    /// The message it is about; absent when the receiver could not read its id.
    pub ref_to_message_id: Option<String>,
    /// How bad.
    pub severity: Severity,
    /// When the error was found.
    pub raised_at: Timestamp,
    /// What exactly, for people; may be empty.
    pub detail: String,
}

/// What comes back on the connection of a user message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// The message was received.
    Receipt(Receipt),
    /// The message was refused.
    Error(ErrorSignal),
}
