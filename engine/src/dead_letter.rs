//! What could not be processed or delivered, kept with its reason.
//!
//! A dead letter is durable through the [`crate::Commit`] that settles what it replaces. A [`DeadLetterSink`] is told after that,
//! for logs and alarms; losing a sink's message loses nothing.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ports::Id;
use crate::store::StoreError;
use crate::version::FormatVersion;

/// Why a message went to the dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// No workflow takes this message type and Prüfidentifikator.
    UnknownPid {
        /// The message type.
        message_type: String,
        /// The Prüfidentifikator, when the message has one.
        pid: Option<String>,
    },
    /// The message continues a conversation that nobody here had.
    UnknownConversation {
        /// The references that were looked up.
        references: Vec<String>,
    },
    /// The message is of a format version that the process, or its workflow, does not take.
    VersionMismatch {
        /// The format version of the process, when it takes no other; otherwise the oldest one that its workflow can read.
        expected: FormatVersion,
        /// The format version of the message.
        received: FormatVersion,
    },
    /// The process refused it in its present state.
    ProcessingError {
        /// What stood in the way.
        detail: String,
    },
    /// The bytes are no message at all, so that nobody can be answered.
    Unreadable {
        /// What is wrong with them, and where.
        detail: String,
    },
    /// A stored row cannot be read; its bytes were set aside.
    Undecodable {
        /// What it should have been.
        what: String,
        /// What the decoder met.
        detail: String,
    },
    /// Refused by an answer to the sender, and worth a look here, too.
    Refused {
        /// The answer.
        answer: String,
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
            Self::ProcessingError { .. } => "processing_error",
            Self::Unreadable { .. } => "unreadable",
            Self::Undecodable { .. } => "undecodable",
            Self::Refused { .. } => "refused",
            Self::OutboxExhausted { .. } => "outbox_exhausted",
        }
    }
}

impl fmt::Display for DeadLetterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPid { message_type, pid: Some(pid) } => write!(f, "no workflow takes {message_type} {pid}"),
            Self::UnknownPid { message_type, pid: None } => write!(f, "no workflow takes {message_type}"),
            Self::UnknownConversation { references } => write!(f, "nobody here had the conversation {}", references.join(", ")),
            Self::VersionMismatch { expected, received } => write!(f, "the message is of {received}, expected {expected}"),
            Self::ProcessingError { detail } => write!(f, "not possible now: {detail}"),
            Self::Unreadable { detail } => write!(f, "unreadable: {detail}"),
            Self::Undecodable { what, detail } => write!(f, "a stored {what} cannot be read and was set aside: {detail}"),
            Self::Refused { answer } => write!(f, "refused with {answer}"),
            Self::OutboxExhausted { last_error, attempts, .. } => {
                write!(f, "given up after {attempts} {}: {last_error}", if *attempts == 1 { "try" } else { "tries" })
            }
        }
    }
}

/// A message that could not be processed or delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetter {
    /// Why.
    pub reason: DeadLetterReason,
    /// When, by the engine's clock.
    pub at: Timestamp,
    /// The message as people would name it: type, Prüfidentifikator, sender, reference, as far as they are known.
    pub about: String,
}

/// Reading dead letters. Writing is a [`crate::Commit`].
#[async_trait]
pub trait DeadLetterStore {
    /// Every dead letter, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn dead_letters(&self) -> Result<Vec<DeadLetter>, StoreError>;
}

/// Is told of every dead letter after it is durable.
pub trait DeadLetterSink: Send + Sync + 'static {
    /// Takes note. Must not block.
    fn reject(&self, letter: &DeadLetter);
}

impl<T: DeadLetterSink + ?Sized> DeadLetterSink for Arc<T> {
    fn reject(&self, letter: &DeadLetter) {
        (**self).reject(letter);
    }
}

/// Writes each dead letter to the log: a warning, or an error when a message of ours was never delivered.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogDeadLetters;

impl DeadLetterSink for LogDeadLetters {
    fn reject(&self, letter: &DeadLetter) {
        let (label, about) = (letter.reason.label(), &letter.about);
        match &letter.reason {
            DeadLetterReason::OutboxExhausted { .. } => tracing::error!(label, about, reason = %letter.reason, "dead letter"),
            reason => tracing::warn!(label, about, %reason, "dead letter"),
        }
    }
}
