//! Prüfidentifikatoren (PIDs) by format version: which message type each belongs to, who sends it to whom, which families use it.
//!
//! Promises: every PID of the market is either known for a Sparte and a format version, or refused by name ([`PidRefusal`]); nothing
//! is guessed from neighbouring numbers. A PID is only unique together with its message type, and the table (`rulebooks/pids.toml`)
//! lists each once. APERAK and CONTRL carry none.
//!
//! Source: the PID overviews of FV2025-10-01 and FV2026-10-01, see the head of the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;
use time::Date;

use super::FormatVersion;
use crate::fristen::{Confidence, Sparte, iso_date};

/// One PID as the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PidRow {
    /// The five digits.
    pub pid: u32,
    /// The message type, such as `UTILMD`.
    pub message: String,
    /// Who sends it to whom, such as `LFN` to `NB`; at least one pair.
    pub roles: Vec<(String, String)>,
    /// The families that use it in the Strom market, the nearest first; empty when none does.
    pub strom: Vec<String>,
    /// The families that use it in the Gas market, the nearest first; empty when none does.
    pub gas: Vec<String>,
    /// The first day on which it is valid; `None` when it was valid before the table begins.
    pub from: Option<Date>,
    /// The first day on which it is no longer valid.
    pub until: Option<Date>,
    /// The document that lists it.
    pub source: String,
}

impl PidRow {
    /// The families that use it in `sparte`, the nearest first.
    #[must_use]
    pub fn families(&self, sparte: Sparte) -> &[String] {
        match sparte {
            Sparte::Strom => &self.strom,
            Sparte::Gas => &self.gas,
        }
    }

    /// The market that alone uses it; `None` when both do.
    ///
    /// ```
    /// use mako_engine::fristen::Sparte;
    /// use mako_engine::version::pid_row;
    /// assert_eq!(pid_row(44001).unwrap().only_in(), Some(Sparte::Gas));
    /// assert_eq!(pid_row(55001).unwrap().only_in(), Some(Sparte::Strom));
    /// ```
    #[must_use]
    pub fn only_in(&self) -> Option<Sparte> {
        match (self.strom.is_empty(), self.gas.is_empty()) {
            (true, false) => Some(Sparte::Gas),
            (false, true) => Some(Sparte::Strom),
            (true, true) | (false, false) => None,
        }
    }
}

/// Why a PID is not to be used. Each case names what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PidRefusal {
    /// No format version has it.
    #[error("PID {pid} does not exist")]
    Unknown {
        /// What was asked for.
        pid: u32,
    },
    /// It begins later.
    #[error("PID {pid} is valid from {from} on, not in {version}")]
    NotYet {
        /// What was asked for.
        pid: u32,
        /// The format version that was asked about.
        version: FormatVersion,
        /// Its first day.
        from: Date,
    },
    /// It was withdrawn.
    #[error("PID {pid} was withdrawn on {until}, {version} has it no more")]
    Withdrawn {
        /// What was asked for.
        pid: u32,
        /// The format version that was asked about.
        version: FormatVersion,
        /// The first day without it.
        until: Date,
    },
    /// Only the other Sparte uses it.
    #[error("PID {pid} is not used in {asked}, only in {used_in}")]
    OtherSparte {
        /// What was asked for.
        pid: u32,
        /// The Sparte that was asked about.
        asked: Sparte,
        /// The Sparte that uses it.
        used_in: Sparte,
    },
}

/// The PID, if `version` has it and `sparte` uses it; `sparte` is `None` where the message serves both and nothing tells them apart.
///
/// ```
/// use mako_engine::fristen::Sparte;
/// use mako_engine::version::{FormatVersion, pid};
/// let row = pid(55001, FormatVersion::Fv2025_10_01, Some(Sparte::Strom)).unwrap();
/// assert_eq!((row.message.as_str(), row.families(Sparte::Strom)), ("UTILMD", &["GPKE".to_owned()][..]));
/// let refused = |number, version, sparte| pid(number, version, sparte).unwrap_err().to_string();
/// assert_eq!(refused(99999, FormatVersion::LATEST, None), "PID 99999 does not exist");
/// assert_eq!(refused(44170, FormatVersion::Fv2026_10_01, None), "PID 44170 was withdrawn on 2026-10-01, FV2026-10-01 has it no more");
/// assert_eq!(refused(55001, FormatVersion::LATEST, Some(Sparte::Gas)), "PID 55001 is not used in gas, only in strom");
/// ```
///
/// # Errors
///
/// [`PidRefusal`] with the reason.
pub fn pid(number: u32, version: FormatVersion, sparte: Option<Sparte>) -> Result<&'static PidRow, PidRefusal> {
    let Some(row) = pid_row(number) else { return Err(PidRefusal::Unknown { pid: number }) };
    if let Some(from) = row.from.filter(|from| version.start() < *from) {
        return Err(PidRefusal::NotYet { pid: number, version, from });
    }
    if let Some(until) = row.until.filter(|until| version.start() >= *until) {
        return Err(PidRefusal::Withdrawn { pid: number, version, until });
    }
    match sparte {
        Some(asked) if row.families(asked).is_empty() => {
            let used_in = if asked == Sparte::Strom { Sparte::Gas } else { Sparte::Strom };
            Err(PidRefusal::OtherSparte { pid: number, asked, used_in })
        }
        _ => Ok(row),
    }
}

/// The row of a PID, whatever the format version and Sparte.
#[must_use]
pub fn pid_row(number: u32) -> Option<&'static PidRow> {
    table().pids.get(&number)
}

/// Every PID of the table, in order of number.
pub fn pids() -> impl Iterator<Item = &'static PidRow> {
    table().pids.values()
}

/// UNH S009 0052 and 0054 of a message type, such as `D:11A`; `None` when the table does not know the type.
///
/// ```
/// assert_eq!(mako_engine::version::directory_of("UTILMD"), Some("D:11A"));
/// assert_eq!(mako_engine::version::directory_of("NOSUCH"), None);
/// ```
#[must_use]
pub fn directory_of(message_type: &str) -> Option<&'static str> {
    table().directories.get(message_type).map(String::as_str)
}

/// Every message type that has a directory, in order of name.
pub fn message_types() -> impl Iterator<Item = &'static str> {
    table().directories.keys().map(String::as_str)
}

struct Table {
    pids: BTreeMap<u32, PidRow>,
    directories: BTreeMap<String, String>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    // Cannot fire: `every_pid_has_a_message_roles_and_a_family` below parses every row of it.
    TABLE.get_or_init(|| parse(include_str!("../../rulebooks/pids.toml")).expect("the PID table is compiled in and a test loads it"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    message: Vec<RawMessage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMessage {
    name: String,
    directory: Option<String>,
    source: String,
    #[expect(dead_code, reason = "read by people; required so that no row is without it")]
    confidence: Confidence,
    pids: Vec<RawPid>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPid {
    pid: u32,
    roles: Vec<String>,
    #[serde(default)]
    strom: Vec<String>,
    #[serde(default)]
    gas: Vec<String>,
    from: Option<String>,
    until: Option<String>,
}

fn parse(text: &str) -> Result<Table, String> {
    let raw: RawTable = toml::from_str(text).map_err(|error| error.to_string())?;
    let starts: BTreeSet<Date> = FormatVersion::ALL.iter().map(|version| version.start()).collect();
    let mut table = Table { pids: BTreeMap::new(), directories: BTreeMap::new() };
    for message in raw.message {
        for row in message.pids {
            let wrong = |expected: &dyn fmt::Display| format!("{} {}: expected {expected}", message.name, row.pid);
            let day = |text: &Option<String>| match text.as_deref().map(iso_date) {
                None => Ok(None),
                Some(Some(day)) if starts.contains(&day) => Ok(Some(day)),
                Some(_) => Err(wrong(&"`from` and `until` to be days on which a format version begins")),
            };
            let pair = |text: &String| text.split_once('>').map(|(from, to)| (from.to_owned(), to.to_owned()));
            let (from, until) = (day(&row.from)?, day(&row.until)?);
            let roles: Vec<_> = row.roles.iter().map(pair).collect::<Option<_>>().ok_or_else(|| wrong(&"roles as `LFN>NB`"))?;
            if roles.is_empty() || (row.strom.is_empty() && row.gas.is_empty()) || !(10_000..100_000).contains(&row.pid) {
                return Err(wrong(&"five digits, a pair of roles, and a family in one Sparte at least"));
            }
            let (message, source, pid) = (message.name.clone(), message.source.clone(), row.pid);
            let row = PidRow { pid, message, roles, strom: row.strom, gas: row.gas, from, until, source };
            if let Some(twice) = table.pids.insert(pid, row) {
                return Err(format!("{} {}: expected each PID once, it stands twice", twice.message, twice.pid));
            }
        }
        table.directories.extend(message.directory.map(|directory| (message.name, directory)));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pid_has_a_message_roles_and_a_family() {
        let messages: BTreeSet<&str> = pids().map(|row| row.message.as_str()).collect();
        assert_eq!(messages.len(), 16, "{messages:?}");
        assert!(pids().all(|row| !row.source.is_empty() && (row.strom.len() + row.gas.len()) > 0));
    }

    #[test]
    fn every_pid_format_version_and_sparte_is_known_or_refused_by_name() {
        let (mut known, mut refused) = (0, 0);
        for number in 10_000..100_000 {
            for version in FormatVersion::ALL {
                for sparte in [None, Some(Sparte::Strom), Some(Sparte::Gas)] {
                    match pid(number, version, sparte) {
                        Ok(row) => {
                            let families = sparte.map_or(row.strom.len() + row.gas.len(), |sparte| row.families(sparte).len());
                            assert!(families > 0 && !row.roles.is_empty());
                            known += 1;
                        }
                        Err(refusal) => {
                            assert!(refusal.to_string().contains(&number.to_string()), "{refusal}");
                            refused += 1;
                        }
                    }
                }
            }
        }
        assert!(known > 10_000 && refused > 2_000_000, "{known} {refused}");
    }

    #[test]
    fn a_pid_begins_and_ends_with_the_first_day_of_a_format_version() {
        let known = |number, version| pid(number, version, None).is_ok();
        assert!(known(44170, FormatVersion::Fv2026_04_01) && !known(44170, FormatVersion::Fv2026_10_01));
        assert!(!known(44183, FormatVersion::Fv2026_04_01) && known(44183, FormatVersion::Fv2026_10_01));
    }

    #[test]
    fn utilmd_pids_belong_to_one_sparte_because_its_release_names_it() {
        for row in pids().filter(|row| row.message == "UTILMD") {
            assert!(row.strom.is_empty() != row.gas.is_empty(), "{}", row.pid);
        }
    }

    #[test]
    fn a_bad_row_names_itself() {
        let row = |row: &str| {
            let head = "[[message]]\nname = \"UTILMD\"\ndirectory = \"D:11A\"\nsource = \"x\"\nconfidence = \"low\"\npids = [";
            parse(&format!("{head}{row}]\n")).err().unwrap()
        };
        for (text, expected) in [
            ("{ pid = 55001, roles = [\"LFN\"], strom = [\"GPKE\"] }", "UTILMD 55001: expected roles as"),
            ("{ pid = 55001, roles = [\"A>B\"] }", "UTILMD 55001: expected five digits"),
            ("{ pid = 55001, roles = [\"A>B\"], gas = [\"X\"], until = \"2026-10-02\" }", "UTILMD 55001: expected `from`"),
            (
                "{ pid = 55001, roles = [\"A>B\"], gas = [\"X\"] }, { pid = 55001, roles = [\"A>B\"], gas = [\"X\"] }",
                "UTILMD 55001: expected each PID once",
            ),
        ] {
            assert!(row(text).starts_with(expected), "{}", row(text));
        }
    }
}
