//! The Prüfidentifikator (PID): the five digits in RFF+Z13 that name the use case of a message.
//!
//! A PID belongs to one message type; that it is known and fits its message is part of the *syntax* check of the market (a violation
//! is answered with CONTRL, not with APERAK). APERAK and CONTRL themselves carry none. Which PIDs exist is a port,
//! [`PidCatalogue`], because it changes with the format version; [`AllPids`] is the table that this crate brings along.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::identifier::{InvalidIdentifier, as_text};
use super::pid_table::{PIDS, PidRow};

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
    /// The message type (`UTILMD`, `MSCONS`, …) that `pid` belongs to, or `None` when the PID does not exist.
    fn message_type(&self, pid: Pid) -> Option<&str>;
}

/// The catalogue of this crate: all PIDs of the format versions from FV2025-10-01 to FV2026-10-01.
///
/// ```
/// use mako_sim::edifact::pid::{AllPids, PidCatalogue};
/// assert_eq!(AllPids.message_type("55001".parse().unwrap()), Some("UTILMD"));
/// assert_eq!(AllPids.message_type("99999".parse().unwrap()), None);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct AllPids;

impl AllPids {
    /// The document that lists `pid`, or `None` when the PID does not exist.
    #[must_use]
    pub fn source(self, pid: Pid) -> Option<&'static str> {
        row(pid).map(|row| row.source)
    }
}

fn row(pid: Pid) -> Option<&'static PidRow> {
    PIDS.iter().find(|row| row.pids.contains(&pid.number()))
}

impl PidCatalogue for AllPids {
    fn message_type(&self, pid: Pid) -> Option<&str> {
        row(pid).map(|row| row.message_type)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_pid_is_listed_twice_and_every_row_has_a_source() {
        let mut seen = BTreeSet::new();
        for row in PIDS {
            assert!(!row.source.is_empty());
            for &number in row.pids {
                assert!(seen.insert(number), "{number} is listed twice");
                assert!(Pid::new(number).is_ok());
            }
        }
    }

    #[test]
    fn a_pid_has_five_digits() {
        assert!("5500".parse::<Pid>().is_err());
        assert!("055001".parse::<Pid>().is_err());
        assert!("05001".parse::<Pid>().is_err());
        assert_eq!("55001".parse::<Pid>().unwrap().number(), 55001);
    }
}
