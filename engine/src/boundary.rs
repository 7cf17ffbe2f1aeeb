//! What belongs to no process: refused interchanges, messages for nobody, persons who were forgotten. It is an event on the boundary's own stream (law 1).
//!
//! The stream has one name per tenant, and its events are written by [`EngineContext::note`](crate::EngineContext::note),
//! [`receive`](crate::EngineContext::receive) and [`put_back`](crate::EngineContext::put_back), each in the commit that settles the message
//! it is about, or puts it back, and by [`shred`](crate::EngineContext::shred) in the commit that deletes a key. No workflow may take its name.

use serde::{Deserialize, Serialize};

use crate::dead_letter::DeadLetterReason;
use crate::erasure::KeyId;
use crate::names::StreamId;
use crate::workflow::EventPayload;

/// The stream of the boundary.
pub const BOUNDARY_STREAM: &str = "boundary";

/// The name under which the boundary stands in the registry.
pub const BOUNDARY_WORKFLOW: &str = "boundary";

/// The stream of the boundary.
///
/// ```
/// use mako_engine::boundary::{BOUNDARY_STREAM, boundary_stream};
/// assert_eq!(boundary_stream().as_str(), BOUNDARY_STREAM);
/// ```
#[must_use]
pub fn boundary_stream() -> StreamId {
    StreamId::new(BOUNDARY_STREAM)
}

/// What happened at the boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum BoundaryEvent {
    /// A received message was refused by an answer to its sender.
    Refused {
        /// The message as people would name it.
        about: String,
        /// The answer, such as `CONTRL 4 UCI 28`.
        answer: String,
    },
    /// A received message went to the dead letters.
    DeadLettered {
        /// The message as people would name it.
        about: String,
        /// Why.
        reason: DeadLetterReason,
    },
    /// A received message needs neither a process nor an answer.
    Noted {
        /// The message as people would name it.
        about: String,
        /// What it says.
        says: String,
    },
    /// The key of a subject was shredded. Who that was, nothing says any more.
    Shredded {
        /// The name of the key: events that were sealed under it name it, too.
        key: KeyId,
        /// Why, in the words of whoever asked for it.
        because: String,
    },
    /// The message of a dead letter was put back to where it came from. The cause of the event says who did it, and why.
    PutBack {
        /// The number of the dead letter.
        letter: u64,
        /// The message as people would name it.
        about: String,
    },
}

impl EventPayload for BoundaryEvent {
    const TYPES: &'static [(&'static str, u16)] = &[("Refused", 1), ("DeadLettered", 1), ("Noted", 1), ("PutBack", 1), ("Shredded", 1)];

    fn event_type(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "Refused",
            Self::DeadLettered { .. } => "DeadLettered",
            Self::Noted { .. } => "Noted",
            Self::Shredded { .. } => "Shredded",
            Self::PutBack { .. } => "PutBack",
        }
    }
}
