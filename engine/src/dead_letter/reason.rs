//! Why a message went to the dead letters.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::audit::AuditContext;
use crate::ports::Id;

/// Why a message went to the dead letters, with what is known about it.
///
/// A reason is stored and is part of an event, so its names are committed: variants and fields are added, never renamed.
///
/// ```
/// use mako_engine::dead_letter::{AuditContext, DeadLetterReason};
/// let audit = AuditContext::at("2026-10-01T08:00:00Z".parse().unwrap());
/// let reason = DeadLetterReason::VersionMismatch { expected: "S2.2".into(), received: "S2.1".into(), audit: audit.into() };
/// assert_eq!(reason.label(), "version_mismatch");
/// assert_eq!(reason.to_string(), "version S2.1 came where S2.2 is due");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// No workflow takes this message type and Prüfidentifikator.
    UnknownPid {
        /// The message type.
        message_type: String,
        /// The Prüfidentifikator, when the message has one.
        pid: Option<String>,
        /// What is known about it.
        audit: Box<AuditContext>,
    },
    /// The message continues a conversation that nobody here had.
    UnknownConversation {
        /// The references that were looked up.
        references: Vec<String>,
        /// What is known about it.
        audit: Box<AuditContext>,
    },
    /// The message is of another version than the one that is due, or than the one its process is pinned to.
    VersionMismatch {
        /// The version that would have been taken.
        expected: String,
        /// The version of the message.
        received: String,
        /// What is known about it.
        audit: Box<AuditContext>,
    },
    /// The message was here before.
    DuplicateMessage {
        /// What is known about it.
        audit: Box<AuditContext>,
    },
    /// The process refused it in its present state.
    ProcessingError {
        /// What stood in the way.
        detail: String,
        /// What is known about it.
        audit: Box<AuditContext>,
    },
    /// The bytes are no message at all, so that nobody can be answered.
    Unreadable {
        /// What is wrong with them, and where.
        detail: String,
        /// What is known about it.
        audit: Box<AuditContext>,
    },
    /// Refused by an answer to the sender, and worth a look here, too.
    Refused {
        /// The answer.
        answer: String,
        /// What is known about it.
        audit: Box<AuditContext>,
    },
    /// Every try to deliver failed until the horizon, or the first failed for good.
    OutboxExhausted {
        /// The message.
        message_id: Id,
        /// What it was.
        kind: String,
        /// To whom.
        recipient: String,
        /// What the last try met.
        last_error: String,
        /// How many tries were made.
        attempts: u32,
        /// What is known about it.
        audit: Box<AuditContext>,
    },
    /// A stored row could not be decoded, and was set aside so that the rest can go on.
    Undecodable {
        /// What it should have been, such as `outbox message`.
        what: String,
        /// What the decoder met.
        detail: String,
        /// What is known about it.
        audit: Box<AuditContext>,
    },
}

impl DeadLetterReason {
    /// A short stable name, for metrics.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::UnknownPid { .. } => "unknown_pid",
            Self::UnknownConversation { .. } => "unknown_conversation",
            Self::VersionMismatch { .. } => "version_mismatch",
            Self::DuplicateMessage { .. } => "duplicate_message",
            Self::ProcessingError { .. } => "processing_error",
            Self::Unreadable { .. } => "unreadable",
            Self::Refused { .. } => "refused",
            Self::OutboxExhausted { .. } => "outbox_exhausted",
            Self::Undecodable { .. } => "undecodable",
        }
    }

    /// What is known about the message.
    #[must_use]
    pub fn audit(&self) -> &AuditContext {
        match self {
            Self::UnknownPid { audit, .. }
            | Self::UnknownConversation { audit, .. }
            | Self::VersionMismatch { audit, .. }
            | Self::DuplicateMessage { audit }
            | Self::ProcessingError { audit, .. }
            | Self::Unreadable { audit, .. }
            | Self::Refused { audit, .. }
            | Self::OutboxExhausted { audit, .. }
            | Self::Undecodable { audit, .. } => audit,
        }
    }
}

impl fmt::Display for DeadLetterReason {
    /// The reason alone; what is known about the message is [`DeadLetterReason::audit`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPid { message_type, pid: Some(pid), .. } => write!(f, "no workflow takes {message_type} {pid}"),
            Self::UnknownPid { message_type, pid: None, .. } => write!(f, "no workflow takes {message_type}"),
            Self::UnknownConversation { references, .. } if references.is_empty() => f.write_str("it refers to no conversation"),
            Self::UnknownConversation { references, .. } => write!(f, "nobody here had the conversation {}", references.join(", ")),
            Self::VersionMismatch { expected, received, .. } => write!(f, "version {received} came where {expected} is due"),
            Self::DuplicateMessage { audit } => match &audit.message_reference {
                Some(reference) => write!(f, "{reference} was here before"),
                None => f.write_str("it was here before"),
            },
            Self::ProcessingError { detail, .. } => write!(f, "not possible now: {detail}"),
            Self::Unreadable { detail, .. } => write!(f, "unreadable: {detail}"),
            Self::Refused { answer, .. } => write!(f, "refused with {answer}"),
            Self::OutboxExhausted { last_error, attempts, .. } => {
                write!(f, "given up after {attempts} {}: {last_error}", if *attempts == 1 { "try" } else { "tries" })
            }
            Self::Undecodable { what, detail, .. } => write!(f, "a stored {what} cannot be decoded and was set aside: {detail}"),
        }
    }
}
