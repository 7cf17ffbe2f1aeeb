//! Which release is taken from a message that was sent before a cutover and received after it.
//!
//! A format version begins with a hard cut at 00:00 Berlin. No text of the market says by which instant a message is judged that was
//! on its way at midnight; so the rulebook names a policy ([`Rulebook::release_policy`]), and its row says that it is a choice.
//!
//! Never judged here: the rules of the process, which are those of its start, and lateness of acknowledgements
//! ([`Rulebook::tolerated_until`]).

use std::fmt;
use std::str::FromStr;

use super::release_of;
use crate::Timestamp;
use crate::fristen::{Rulebook, Sparte};

/// By which instant the release of a message is judged.
///
/// ```
/// use mako_engine::version::ReleasePolicy;
/// assert_eq!("tolerated".parse(), Ok(ReleasePolicy::Tolerated));
/// assert!("never".parse::<ReleasePolicy>().unwrap_err().to_string().contains("expected receipt, sent, created or tolerated"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReleasePolicy {
    /// By the ÜZ: at midnight the old release ends.
    Receipt,
    /// By the instant of sending, where it is known, else by the ÜZ.
    Sent,
    /// By UNB 0017 and 0019, where they can be read, else by the ÜZ.
    Created,
    /// By the ÜZ, but until the tolerance of the cutover ends the release that was in force before it is taken, too.
    Tolerated,
}

impl ReleasePolicy {
    /// Every policy.
    pub const ALL: [Self; 4] = [Self::Receipt, Self::Sent, Self::Created, Self::Tolerated];
}

impl fmt::Display for ReleasePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Receipt => "receipt",
            Self::Sent => "sent",
            Self::Created => "created",
            Self::Tolerated => "tolerated",
        })
    }
}

/// The text names no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no release policy: expected receipt, sent, created or tolerated")]
pub struct UnknownReleasePolicy(String);

impl FromStr for ReleasePolicy {
    type Err = UnknownReleasePolicy;

    fn from_str(text: &str) -> Result<Self, UnknownReleasePolicy> {
        Self::ALL.into_iter().find(|policy| policy.to_string() == text).ok_or_else(|| UnknownReleasePolicy(text.to_owned()))
    }
}

/// The instants of a message on its way.
///
/// ```
/// use mako_engine::fristen::{Rulebook, RulebookId, Sparte};
/// use mako_engine::version::{ReleasePolicy, Transit};
/// let rulebook = Rulebook::of(RulebookId::BK6_24_174);
/// let transit = Transit {
///     sent: Some("2026-09-30T23:59:30+02:00".parse().unwrap()),
///     created: Some("2026-09-30T23:58:00+02:00".parse().unwrap()),
///     received: "2026-10-01T00:00:10+02:00".parse().unwrap(),
/// };
/// let takes = |policy, release| transit.takes(release, "UTILMD", Sparte::Strom, policy, rulebook);
/// assert!(takes(ReleasePolicy::Receipt, "S2.2") && !takes(ReleasePolicy::Receipt, "S2.1"));
/// assert!(takes(ReleasePolicy::Sent, "S2.1") && !takes(ReleasePolicy::Sent, "S2.2"));
/// assert!(takes(ReleasePolicy::Created, "S2.1") && !takes(ReleasePolicy::Created, "S2.2"));
/// assert!(takes(ReleasePolicy::Tolerated, "S2.1") && takes(ReleasePolicy::Tolerated, "S2.2"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transit {
    /// When it was sent, where the receiver knows.
    pub sent: Option<Timestamp>,
    /// When its interchange says it was made, where that can be read.
    pub created: Option<Timestamp>,
    /// The ÜZ.
    pub received: Timestamp,
}

impl Transit {
    /// Whether `release` of a message type is taken under `policy`; the tolerance is that of `rulebook`.
    #[must_use]
    pub fn takes(self, release: &str, message_type: &str, sparte: Sparte, policy: ReleasePolicy, rulebook: &Rulebook) -> bool {
        let in_force = |at| release_of(message_type, sparte, at) == Some(release);
        // Nothing is judged by an instant later than its receipt: a clock that runs ahead opens no release early.
        let by = |instant: Option<Timestamp>| in_force(instant.unwrap_or(self.received).min(self.received));
        match policy {
            ReleasePolicy::Receipt => in_force(self.received),
            ReleasePolicy::Sent => by(self.sent),
            ReleasePolicy::Created => by(self.created),
            ReleasePolicy::Tolerated => {
                let before =
                    rulebook.tolerance_at(self.received).and_then(|(cutover, _)| (cutover <= self.received).then(|| cutover.plus_ms(-1)));
                in_force(self.received) || before.is_some_and(in_force)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fristen::RulebookId;

    #[test]
    fn an_old_release_is_tolerated_until_the_window_ends_and_a_new_one_never_before_the_cut() {
        let rulebook = Rulebook::of(RulebookId::BK6_24_174);
        let takes = |received: &str, release| {
            let transit = Transit { sent: None, created: None, received: received.parse().unwrap() };
            transit.takes(release, "UTILMD", Sparte::Strom, ReleasePolicy::Tolerated, rulebook)
        };
        assert!(takes("2026-09-30T21:59:59Z", "S2.1") && !takes("2026-09-30T21:59:59Z", "S2.2"));
        assert!(takes("2026-10-01T21:59:59Z", "S2.1") && takes("2026-10-01T21:59:59Z", "S2.2"));
        assert!(!takes("2026-10-01T22:00:00Z", "S2.1") && takes("2026-10-01T22:00:00Z", "S2.2"));
    }

    #[test]
    fn a_sender_whose_clock_runs_ahead_opens_no_release_early() {
        let rulebook = Rulebook::of(RulebookId::BK6_24_174);
        let (sent, received) = ("2026-10-01T00:05:00+02:00".parse().ok(), "2026-09-30T23:59:00+02:00".parse().unwrap());
        let transit = Transit { sent, created: sent, received };
        for policy in ReleasePolicy::ALL {
            assert!(!transit.takes("S2.2", "UTILMD", Sparte::Strom, policy, rulebook), "{policy}");
        }
    }
}
