//! What a receiver knows when bytes arrive: who it is, when it is, and three ports for what changes over time.
//!
//! The ports are traits so that the tables behind them (format versions, PID lists, the memory of received references) live where
//! they belong; this module never looks at a clock. Closures `Fn(&str, Sparte, Timestamp) -> Option<String>` are [`Releases`], and
//! `Fn(&str, &str) -> bool` are a [`DuplicateLedger`].

use std::fmt;

use mako_engine::Timestamp;

use super::Sparte;
use super::identifier::MpId;
use super::pid::PidCatalogue;

/// Port: which release of a message type is in force.
pub trait Releases {
    /// The release (UNH 0057, such as `S2.1`) of `message_type` at `at`, or `None` when the type is not used in this Sparte.
    /// The Sparte is the message's where its release names one (UTILMD), otherwise the receiver's.
    fn in_force(&self, message_type: &str, sparte: Sparte, at: Timestamp) -> Option<String>;

    /// Whether a message of `release` received at `at` is accepted; `prepared` is UNB 0017 and 0019 as written (`251106:1000`). By
    /// default exactly the release in force at receipt; a policy for what was on its way at a cutover overrides this.
    fn accepts(&self, message_type: &str, sparte: Sparte, at: Timestamp, release: &str, prepared: &str) -> bool {
        let _ = prepared;
        self.in_force(message_type, sparte, at).is_some_and(|in_force| in_force == release)
    }
}

impl<F: Fn(&str, Sparte, Timestamp) -> Option<String>> Releases for F {
    fn in_force(&self, message_type: &str, sparte: Sparte, at: Timestamp) -> Option<String> {
        self(message_type, sparte, at)
    }
}

/// Port: which interchanges were received before.
///
/// Only *earlier* AS4 messages count. Redelivery of the same AS4 message is the transport's business and must not come here.
pub trait DuplicateLedger {
    /// Whether an earlier AS4 message brought an interchange of `sender` with this UNB 0020.
    fn seen_before(&self, sender: &str, reference: &str) -> bool;
}

impl<F: Fn(&str, &str) -> bool> DuplicateLedger for F {
    fn seen_before(&self, sender: &str, reference: &str) -> bool {
        self(sender, reference)
    }
}

/// The receiver of an interchange at the moment of receipt.
#[derive(Clone, Copy)]
pub struct ReceiveContext<'a> {
    /// The number under which the receiver is addressed.
    pub me: MpId,
    /// The Sparte of the receiver: its rules of acknowledgement hold, also towards senders of the other Sparte (APERAK AHB).
    pub sparte: Sparte,
    /// The instant of receipt, from the AS4 receipt.
    pub received: Timestamp,
    /// Releases by date.
    pub releases: &'a dyn Releases,
    /// Known PIDs.
    pub pids: &'a dyn PidCatalogue,
    /// References received before.
    pub ledger: &'a dyn DuplicateLedger,
    /// How many seconds Berlin is ahead of UTC at an instant; Zuordnungen begin and end at a Berlin hour.
    pub berlin_offset_seconds: &'a dyn Fn(Timestamp) -> i32,
}

impl fmt::Debug for ReceiveContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveContext")
            .field("me", &self.me)
            .field("sparte", &self.sparte)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}
