//! The Prüfidentifikator (PID): the five digits in RFF+Z13 that name the use case of a message.
//!
//! A PID belongs to one message type; that it is known and fits its message is part of the *syntax* check of the market (a violation
//! is answered with CONTRL, not with APERAK). APERAK and CONTRL themselves carry none. Which PIDs exist is a port,
//! [`PidCatalogue`], because it changes with the format version; [`AllPids`] is the engine's table, [`mako_engine::version::pid`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use mako_engine::Timestamp;
use mako_engine::fristen::Sparte;
use mako_engine::version::{FormatVersion, pid, pid_row};

use super::identifier::{InvalidIdentifier, as_text};

/// A Prüfidentifikator: five digits, not starting with 0. That it has this form does not say that it exists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(u32);

impl Pid {
    /// The PID with this number.
    ///
    /// # Errors
    /// The number has not exactly five digits.
    pub fn new(number: u32) -> Result<Self, InvalidIdentifier> {
        if (10_000..100_000).contains(&number) { Ok(Self(number)) } else { Err(Self::form(&number.to_string())) }
    }

    /// The five digits as a number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    fn form(text: &str) -> InvalidIdentifier {
        InvalidIdentifier::Form { kind: "Prüfidentifikator", expected: "five digits, the first of them not 0", text: text.to_owned() }
    }
}

impl FromStr for Pid {
    type Err = InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, InvalidIdentifier> {
        if text.len() != 5 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Self::form(text));
        }
        text.parse().ok().and_then(|number| Self::new(number).ok()).ok_or_else(|| Self::form(text))
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

as_text!(Pid);

/// Port: which PIDs exist, and to which message type each belongs.
pub trait PidCatalogue {
    /// The message type (`UTILMD`, `MSCONS`, …) that `pid` belongs to in some format version, or `None` when the PID does not exist.
    fn message_type(&self, pid: Pid) -> Option<&str>;

    /// Why a PID that exists is not to be used in a message received at `received`, in words; `sparte` where the message names its own.
    /// By default every PID that exists may be used.
    fn refusal(&self, pid: Pid, received: Timestamp, sparte: Option<Sparte>) -> Option<String> {
        let _ = (pid, received, sparte);
        None
    }
}

/// The catalogue of the engine: every PID by format version and Sparte.
///
/// ```
/// use mako_engine::fristen::Sparte;
/// use mako_sim::edifact::pid::{AllPids, PidCatalogue};
/// assert_eq!(AllPids.message_type("55001".parse().unwrap()), Some("UTILMD"));
/// assert_eq!(AllPids.message_type("99999".parse().unwrap()), None);
/// let (before, after) = ("2026-09-30T21:59:59Z".parse().unwrap(), "2026-09-30T22:00:00Z".parse().unwrap());
/// let refusal = |at, sparte| AllPids.refusal("44170".parse().unwrap(), at, Some(sparte));
/// assert_eq!(refusal(before, Sparte::Gas), None);
/// assert!(refusal(after, Sparte::Gas).unwrap().contains("withdrawn on 2026-10-01"));
/// assert!(refusal(before, Sparte::Strom).unwrap().contains("only in gas"));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct AllPids;

impl AllPids {
    /// The document that lists `pid`, or `None` when the PID does not exist.
    #[must_use]
    pub fn source(self, pid: Pid) -> Option<&'static str> {
        pid_row(pid.number()).map(|row| row.source.as_str())
    }
}

impl PidCatalogue for AllPids {
    fn message_type(&self, pid: Pid) -> Option<&str> {
        pid_row(pid.number()).map(|row| row.message.as_str())
    }

    fn refusal(&self, number: Pid, received: Timestamp, sparte: Option<Sparte>) -> Option<String> {
        pid(number.number(), FormatVersion::at(received), sparte).err().map(|refusal| refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_has_five_digits() {
        assert!("5500".parse::<Pid>().is_err());
        assert!("055001".parse::<Pid>().is_err());
        assert!("05001".parse::<Pid>().is_err());
        assert_eq!("55001".parse::<Pid>().unwrap().number(), 55001);
    }
}
