//! One line of a report: one thing that happened, in words.

use mako_engine::Timestamp;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// When, in virtual time.
    pub(super) at: Timestamp,
    /// At whom, or between whom.
    pub(super) place: Place,
    /// What happened, short enough for a column.
    pub(super) what: String,
    /// `#1` for a message, `⏱` for a Frist, else empty.
    pub(super) mark: String,
    /// The rest, as long as it takes.
    pub(super) tell: String,
    /// How loud it is.
    pub(super) tone: Tone,
    /// The number of the entry that it tells, counted from 0.
    pub(super) entry: usize,
}

/// Where something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// At a party; in the world when it has no name.
    At(String),
    /// Between two parties.
    Between {
        /// The sender, or one of the two.
        from: String,
        /// What lies between them.
        link: Link,
        /// The recipient, or the other.
        to: String,
    },
}

/// What lies between two parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// A message.
    Message,
    /// A partition.
    Cut,
    /// A fault in one direction.
    Fault,
}

impl Link {
    /// Its sign, the same as in a scenario file.
    pub(super) const fn sign(self) -> char {
        match self {
            Self::Message => '→',
            Self::Cut => '╳',
            Self::Fault => '~',
        }
    }
}

/// How loud a line is: what a page colours, and what a diagram leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// A message arrived.
    Arrived,
    /// A message did not arrive, or nobody knows whether it did.
    Lost,
    /// A process event.
    Event,
    /// A Frist.
    Frist,
    /// A watch timer: nobody owes anything at it.
    Watch,
    /// A back office decided.
    Decision,
    /// Something the plan did to the world, and what came of it.
    Fault,
    /// A check that held.
    Held,
    /// What must not be overlooked: a Frist that lapsed, a dead letter, a check that failed.
    Alarm,
}
