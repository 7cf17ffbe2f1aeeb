//! The SOAP 1.2 envelope with its `eb:Messaging` header, written and read.
//!
//! What is written is complete and always the same text for the same message. What is read may use other prefixes, other order and
//! more elements than we know; it must name what the profile demands, because a message without an id or a partner cannot be answered.
//! Security headers are neither written nor looked at.

mod read;
mod write;

use mako_engine::Timestamp;

use super::error_code::ErrorCode;
use super::message::{ErrorSignal, Severity, UserMessage};

pub use read::{read_signal, read_user_message};
pub use write::{write_signal, write_user_message};

const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
const EB: &str = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/";
const EBBP: &str = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// A message that no AS4 envelope can carry. Nothing was sent, and sending it again cannot help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The schema demands a value.
    #[error("{field} is empty; ebMS demands a value, give it one")]
    Empty {
        /// The element or attribute.
        field: &'static str,
    },
    /// XML has no way to write the character.
    #[error("{field} contains U+{:04X}, which XML cannot carry; remove it", u32::from(*.character))]
    Character {
        /// The element or attribute.
        field: &'static str,
        /// The character.
        character: char,
    },
}

/// Bytes that are not the message they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {what}")]
pub struct Unreadable {
    /// The code a receiver answers with.
    pub code: ErrorCode,
    /// What is wrong and where.
    pub what: String,
    /// The id of the message, if at least that could be read.
    pub ref_to_message_id: Option<String>,
}

impl Unreadable {
    pub(super) fn new(code: ErrorCode, what: impl Into<String>) -> Self {
        Self { code, what: what.into(), ref_to_message_id: None }
    }

    fn header(what: impl Into<String>) -> Self {
        Self::new(ErrorCode::INVALID_HEADER, what)
    }

    /// The error signal that tells the sender so.
    #[must_use]
    pub fn error_signal(&self, raised_at: Timestamp) -> ErrorSignal {
        ErrorSignal {
            code: self.code.clone(),
            ref_to_message_id: self.ref_to_message_id.clone(),
            severity: Severity::Failure,
            raised_at,
            detail: self.what.clone(),
        }
    }
}

/// A user message as far as its envelope tells: everything but the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The message, its payload still empty.
    pub message: UserMessage,
    /// The `cid:` reference to the payload part; absent when the message has none.
    pub payload_href: Option<String>,
}
