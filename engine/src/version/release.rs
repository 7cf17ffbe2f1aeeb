//! The wire release: which release of each message type is valid on the wire at an instant.
//!
//! A release may change with a format version or stay; which releases belong to it is a table (`rulebooks/releases.toml`).

use std::sync::OnceLock;

use serde::Deserialize;
use time::Date;

use crate::Timestamp;
use crate::fristen::{Confidence, Sparte, berlin, iso_date};

/// The release of `message_type` that is valid on the wire at `at`, such as `S2.1`; `None` when the type is unknown in that Sparte
/// or `at` lies before the first release the table knows.
///
/// ```
/// use mako_engine::fristen::Sparte;
/// use mako_engine::version::release_of;
/// let at = "2026-10-01T08:00:00Z".parse().unwrap();
/// assert_eq!(release_of("UTILMD", Sparte::Strom, at), Some("S2.2"));
/// assert_eq!(release_of("UTILMD", Sparte::Gas, at), Some("G1.2"));
/// ```
#[must_use]
pub fn release_of(message_type: &str, sparte: Sparte, at: Timestamp) -> Option<&'static str> {
    let day = berlin::day(at);
    let applies = |row: &&ReleaseRow| row.message == message_type && row.sparte.is_none_or(|own| own == sparte) && row.first_day <= day;
    releases().iter().filter(applies).max_by_key(|row| row.first_day).map(|row| row.release.as_str())
}

/// One row of the release table, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReleaseRow {
    /// The message type.
    pub message: String,
    /// The Sparte, where each has a release of its own (UTILMD).
    pub sparte: Option<Sparte>,
    /// UNH 0057.
    pub release: String,
    /// The first day (Berlin) on which it is valid; it ends when the next of the same message and Sparte begins.
    pub first_day: Date,
    /// Where that is written.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReleases {
    release: Vec<RawRelease>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRelease {
    message: String,
    sparte: Option<Sparte>,
    release: String,
    from: String,
    source: String,
    confidence: Confidence,
}

/// Every row, in the order of the table.
#[must_use]
pub fn releases() -> &'static [ReleaseRow] {
    static RELEASES: OnceLock<Vec<ReleaseRow>> = OnceLock::new();
    // Cannot fire: `releases_change_one_by_one` below parses every row of it.
    RELEASES
        .get_or_init(|| parse(include_str!("../../rulebooks/releases.toml")).expect("the release table is compiled in and a test loads it"))
}

fn parse(text: &str) -> Result<Vec<ReleaseRow>, String> {
    let raw: RawReleases = toml::from_str(text).map_err(|error| error.to_string())?;
    let check = |row: RawRelease| match iso_date(&row.from) {
        Some(first_day) if !row.source.is_empty() => {
            let RawRelease { message, sparte, release, source, confidence, .. } = row;
            Ok(ReleaseRow { message, sparte, release, first_day, source, confidence })
        }
        _ => Err(format!("{} {}: expected `from` as 2026-10-01, and a source", row.message, row.release)),
    };
    raw.release.into_iter().map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_change_one_by_one() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ordrsp = |text| release_of("ORDRSP", Sparte::Strom, at(text));
        assert_eq!(ordrsp("2026-03-31T21:59:59Z"), Some("1.4a"));
        assert_eq!(ordrsp("2026-03-31T22:00:00Z"), Some("1.4b"));
        assert_eq!(ordrsp("2026-09-30T22:00:00Z"), Some("1.4c"));
        assert_eq!(release_of("CONTRL", Sparte::Gas, at("2026-10-01T00:00:00Z")), Some("2.0b"));
        assert_eq!(release_of("UTILMD", Sparte::Gas, at("2026-03-31T21:00:00Z")), Some("G1.0a"));
        assert_eq!(release_of("UTILMD", Sparte::Strom, at("2020-01-01T00:00:00Z")), None);
        assert_eq!(release_of("NOSUCH", Sparte::Strom, at("2026-10-01T00:00:00Z")), None);
    }

    #[test]
    fn a_bad_release_row_names_itself() {
        let row = "[[release]]\nmessage = \"UTILMD\"\nrelease = \"S9\"\nfrom = \"2026-13-01\"\nsource = \"x\"\nconfidence = \"low\"\n";
        assert!(parse(row).err().unwrap().starts_with("UTILMD S9: expected"));
    }
}
