//! Messages as values: the three types that the processes speak, and everything else by name.

use serde::{Deserialize, Serialize};

use super::aperak::Aperak;
use super::contrl::Contrl;
use super::interchange::{Interchange, Message, PlainSegment};
use super::pid::Pid;
use super::utilmd::Utilmd;

/// A Geschäftsvorfall as a value; also the form in which an outgoing message waits to be rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "UPPERCASE")]
pub enum TypedMessage {
    /// One Vorgang of UTILMD.
    Utilmd(Box<Utilmd>),
    /// An acknowledgement of processing.
    Aperak(Aperak),
    /// An acknowledgement of syntax.
    Contrl(Contrl),
    /// A message without a typed view: everything between UNH and UNT.
    Other(OtherMessage),
}

/// A message as its names and its segments; written, it says exactly what was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherMessage {
    /// UNH 0065.
    pub message_type: String,
    /// RFF+Z13.
    pub pid: Option<Pid>,
    /// BGM 1004.
    pub document: String,
    /// What stands between UNH and UNT, BGM included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<PlainSegment>,
}

impl OtherMessage {
    /// `message` with all that it says, whatever its type.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        let inner = message.segments.get(1..message.segments.len().saturating_sub(1)).unwrap_or(&[]);
        Self {
            message_type: message.message_type.clone(),
            pid: message.pid,
            document: message.document.clone(),
            segments: inner.iter().map(PlainSegment::from).collect(),
        }
    }
}

/// A field that cannot be read as what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{location} at byte {position}: {reason}")]
pub struct FieldError {
    /// Tag and qualifier, such as `LOC+Z16`.
    pub location: String,
    /// Byte offset into the input.
    pub position: usize,
    /// What is wrong, in words.
    pub reason: String,
    /// Whether the field is not there at all.
    pub is_missing: bool,
}

impl FieldError {
    pub(super) fn malformed(location: impl Into<String>, position: usize, reason: impl Into<String>) -> Self {
        Self { location: location.into(), position, reason: reason.into(), is_missing: false }
    }

    pub(super) fn missing(location: impl Into<String>, position: usize) -> Self {
        Self { location: location.into(), position, reason: "is missing".to_owned(), is_missing: true }
    }
}

impl TypedMessage {
    /// The Geschäftsvorfall `transaction` of `message`; `None` means the message as a whole (UTILMD: its first Vorgang).
    ///
    /// # Errors
    /// A field of a typed view is malformed.
    pub fn read(message: &Message, transaction: Option<usize>) -> Result<Self, FieldError> {
        match message.message_type.as_str() {
            "UTILMD" => Utilmd::read(message, transaction.unwrap_or(0)).map(|u| Self::Utilmd(Box::new(u))),
            "APERAK" => Aperak::read(message).map(Self::Aperak),
            "CONTRL" => Contrl::read(message).map(Self::Contrl),
            _ => Ok(Self::Other(OtherMessage::of(message))),
        }
    }

    /// Every Geschäftsvorfall of `interchange`, in order.
    ///
    /// # Errors
    /// As [`TypedMessage::read`], for the first that fails.
    pub fn read_all(interchange: &Interchange) -> Result<Vec<Self>, FieldError> {
        let mut all = Vec::new();
        for message in &interchange.messages {
            for transaction in 0..message.transactions.len().max(1) {
                all.push(Self::read(message, Some(transaction))?);
                if message.message_type != "UTILMD" {
                    break;
                }
            }
        }
        Ok(all)
    }
}

impl From<Utilmd> for TypedMessage {
    fn from(utilmd: Utilmd) -> Self {
        Self::Utilmd(Box::new(utilmd))
    }
}

impl From<Aperak> for TypedMessage {
    fn from(aperak: Aperak) -> Self {
        Self::Aperak(aperak)
    }
}

impl From<Contrl> for TypedMessage {
    fn from(contrl: Contrl) -> Self {
        Self::Contrl(contrl)
    }
}

impl From<OtherMessage> for TypedMessage {
    fn from(other: OtherMessage) -> Self {
        Self::Other(other)
    }
}
