//! A dead letter as the store keeps it: under its number, with where it came from and whether it was put back.
//!
//! The store knows where a letter came from by the commit that brought it: the received part that this settles, or the queued message that
//! it gives up. What can be put back is decided here, from the letter alone; whether its bytes are still there is seen when it is done
//! ([`Commit::puts_back`](crate::Commit::puts_back)). A letter stays when it was put back, with a note of who did it, why and when.

use serde::{Deserialize, Serialize};

use super::{DeadLetter, DeadLetterReason};
use crate::Timestamp;
use crate::inbox::{InboxKey, Outcome};
use crate::ports::Id;

/// Where a dead letter came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Origin {
    /// A part of a received message.
    Received {
        /// The message.
        key: InboxKey,
        /// Which part of it, counted from 0.
        part: u32,
        /// How the part was settled: refused means that its sender knows.
        outcome: Outcome,
    },
    /// A queued message that was given up.
    GivenUp(Id),
}

/// That a dead letter was put back: who did it, why, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutBack {
    /// When, by the engine's clock.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why.
    pub because: String,
    /// The global position of the event that says so.
    pub position: u64,
}

/// A dead letter and everything the store knows about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLetter {
    /// Its number in the store, counted from 1.
    pub number: u64,
    /// The letter.
    pub letter: DeadLetter,
    /// Where it came from; `None` for a letter about no message, and for one that an older format wrote.
    pub origin: Option<Origin>,
    /// Whether it was put back.
    pub put_back: Option<PutBack>,
}

impl KeptLetter {
    /// What can be done about it, in a sentence for whoever has to.
    ///
    /// ```
    /// use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason, KeptLetter};
    /// let audit = AuditContext::at("2026-10-01T08:00:00Z".parse().unwrap()).into();
    /// let letter = DeadLetter { reason: DeadLetterReason::DuplicateMessage { audit }, about: "UTILMD 55001".into() };
    /// let kept = KeptLetter { number: 1, letter, origin: None, put_back: None };
    /// assert!(kept.cannot_be_put_back().is_some_and(|why| why.contains("had its effect")));
    /// ```
    #[must_use]
    pub fn remedy(&self) -> String {
        if let Some(PutBack { at, by, because, .. }) = &self.put_back {
            return format!("nothing: it was put back at {at} by {by}, because: {because}");
        }
        if let Some(why) = self.cannot_be_put_back() {
            return format!("it cannot be put back: {why}");
        }
        let first = match &self.letter.reason {
            DeadLetterReason::UnknownPid { .. } => "give the engine a workflow and a route for it",
            DeadLetterReason::UnknownConversation { .. } => "see that the process it refers to is here",
            DeadLetterReason::VersionMismatch { .. } => "give the workflow an adapter for its format version",
            DeadLetterReason::ProcessingError { .. } => "remove what stood in the way",
            DeadLetterReason::Unreadable { .. } => "mend the reader, or ask the sender for a whole one",
            DeadLetterReason::OutboxExhausted { .. } => "see that the recipient can be reached",
            DeadLetterReason::DuplicateMessage { .. } | DeadLetterReason::Refused { .. } | DeadLetterReason::Undecodable { .. } => "look",
        };
        format!("{first}, then put it back")
    }

    /// Why it can never be put back, and what to do instead; `None` when it can.
    #[must_use]
    pub fn cannot_be_put_back(&self) -> Option<&'static str> {
        match &self.letter.reason {
            DeadLetterReason::DuplicateMessage { .. } => {
                return Some("the message was here before and had its effect then; look at the process that took it");
            }
            DeadLetterReason::Refused { .. } => {
                return Some("one side refused it and the other one knows; whoever sent it sends a corrected one");
            }
            DeadLetterReason::Undecodable { .. } => {
                return Some(
                    "no code here reads the stored row; its bytes are kept as they were, and the version that wrote them reads them",
                );
            }
            DeadLetterReason::UnknownPid { .. }
            | DeadLetterReason::UnknownConversation { .. }
            | DeadLetterReason::VersionMismatch { .. }
            | DeadLetterReason::ProcessingError { .. }
            | DeadLetterReason::Unreadable { .. }
            | DeadLetterReason::OutboxExhausted { .. } => {}
        }
        match &self.origin {
            Some(Origin::GivenUp(_) | Origin::Received { outcome: Outcome::DeadLettered, .. }) => None,
            Some(Origin::Received { outcome: Outcome::Refused, .. }) => {
                Some("its sender was told that it is refused; the sender sends a corrected one")
            }
            Some(Origin::Received { outcome: Outcome::Processed, .. }) => Some("the message was processed; the letter only tells of it"),
            None => Some("it is about no message that is kept: it tells of a deadline or a delivery, or an older format wrote it"),
        }
    }
}

/// A dead letter about to be put back: the message goes to where it came from, as if nobody had tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBackLetter {
    /// The number of the letter.
    pub number: u64,
    /// Who puts it back.
    pub by: String,
    /// Why.
    pub because: String,
}

/// The row of a letter.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LetterRow {
    pub(crate) reason: DeadLetterReason,
    pub(crate) about: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) put_back: Option<PutBack>,
}

impl LetterRow {
    pub(crate) fn new(letter: &DeadLetter, origin: Option<Origin>) -> Self {
        Self { reason: letter.reason.clone(), about: letter.about.clone(), origin, put_back: None }
    }

    pub(crate) fn numbered(self, number: u64) -> KeptLetter {
        let Self { reason, about, origin, put_back } = self;
        KeptLetter { number, letter: DeadLetter { reason, about }, origin, put_back }
    }
}
