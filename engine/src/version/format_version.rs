//! Format versions by their first day, and the one in force at an instant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::Date;
use time::macros::date;

use crate::Timestamp;
use crate::fristen::berlin;

/// A format version of the BDEW market communication, named by its first day.
///
/// ```
/// use mako_engine::version::FormatVersion;
/// let before = FormatVersion::at("2026-09-30T21:59:59.999Z".parse().unwrap());
/// let after = FormatVersion::at("2026-09-30T22:00:00Z".parse().unwrap());
/// assert_eq!((before.to_string(), after.to_string()), ("FV2026-04-01".into(), "FV2026-10-01".into()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FormatVersion {
    /// In force from 1.4.2021.
    Fv2021_04_01,
    /// In force from 1.10.2021.
    Fv2021_10_01,
    /// In force from 1.10.2022.
    Fv2022_10_01,
    /// In force from 1.4.2023.
    Fv2023_04_01,
    /// In force from 1.10.2023.
    Fv2023_10_01,
    /// In force from 3.4.2024: the first days of April were Easter.
    Fv2024_04_03,
    /// In force from 1.10.2024.
    Fv2024_10_01,
    /// In force from 6.6.2025: LFW24, moved from 4.4.2025.
    Fv2025_06_06,
    /// In force from 1.10.2025.
    Fv2025_10_01,
    /// In force from 1.4.2026.
    Fv2026_04_01,
    /// In force from 1.10.2026.
    Fv2026_10_01,
}

/// The text names no known format version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no known format version; known: {}", known())]
pub struct UnknownFormatVersion {
    text: String,
}

fn known() -> String {
    FormatVersion::ALL.map(|version| version.to_string()).join(", ")
}

impl FormatVersion {
    /// Every known version, oldest first.
    pub const ALL: [Self; 11] = [
        Self::Fv2021_04_01,
        Self::Fv2021_10_01,
        Self::Fv2022_10_01,
        Self::Fv2023_04_01,
        Self::Fv2023_10_01,
        Self::Fv2024_04_03,
        Self::Fv2024_10_01,
        Self::Fv2025_06_06,
        Self::Fv2025_10_01,
        Self::Fv2026_04_01,
        Self::Fv2026_10_01,
    ];

    /// The newest known version; instants after its start belong to it until a newer one is known.
    pub const LATEST: Self = Self::Fv2026_10_01;

    /// Its first day. Source: BNetzA Mitteilungen as tabulated by efoli 2.4.2; 6.6.2025 also in the BDEW Einführungsszenario LFW24.
    #[must_use]
    pub const fn start(self) -> Date {
        match self {
            Self::Fv2021_04_01 => date!(2021 - 04 - 01),
            Self::Fv2021_10_01 => date!(2021 - 10 - 01),
            Self::Fv2022_10_01 => date!(2022 - 10 - 01),
            Self::Fv2023_04_01 => date!(2023 - 04 - 01),
            Self::Fv2023_10_01 => date!(2023 - 10 - 01),
            Self::Fv2024_04_03 => date!(2024 - 04 - 03),
            Self::Fv2024_10_01 => date!(2024 - 10 - 01),
            Self::Fv2025_06_06 => date!(2025 - 06 - 06),
            Self::Fv2025_10_01 => date!(2025 - 10 - 01),
            Self::Fv2026_04_01 => date!(2026 - 04 - 01),
            Self::Fv2026_10_01 => date!(2026 - 10 - 01),
        }
    }

    /// The instant from which it is in force: 00:00 Berlin of its first day.
    #[must_use]
    pub fn valid_from(self) -> Timestamp {
        berlin::midnight(self.start())
    }

    /// The version in force at `at`. Before the oldest known version, that one.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        let day = berlin::day(at);
        Self::ALL.into_iter().rev().find(|version| version.start() <= day).unwrap_or(Self::Fv2021_04_01)
    }

    /// The version that follows, if one is known.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|version| *version > self)
    }

    /// Its name: `FV` and its first day. Every record of a process has it, so it is not put together anew each time.
    const fn name(self) -> &'static str {
        match self {
            Self::Fv2021_04_01 => "FV2021-04-01",
            Self::Fv2021_10_01 => "FV2021-10-01",
            Self::Fv2022_10_01 => "FV2022-10-01",
            Self::Fv2023_04_01 => "FV2023-04-01",
            Self::Fv2023_10_01 => "FV2023-10-01",
            Self::Fv2024_04_03 => "FV2024-04-03",
            Self::Fv2024_10_01 => "FV2024-10-01",
            Self::Fv2025_06_06 => "FV2025-06-06",
            Self::Fv2025_10_01 => "FV2025-10-01",
            Self::Fv2026_04_01 => "FV2026-04-01",
            Self::Fv2026_10_01 => "FV2026-10-01",
        }
    }
}

impl fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for FormatVersion {
    type Err = UnknownFormatVersion;

    fn from_str(text: &str) -> Result<Self, UnknownFormatVersion> {
        let known = Self::ALL.into_iter().find(|version| version.name() == text);
        known.ok_or_else(|| UnknownFormatVersion { text: text.to_owned() })
    }
}

impl Serialize for FormatVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for FormatVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_in_force_from_berlin_midnight_on() {
        for version in FormatVersion::ALL {
            assert_eq!(FormatVersion::at(version.valid_from()), version);
            assert!(FormatVersion::at(version.valid_from().plus_ms(-1)) < version || version == FormatVersion::ALL[0]);
        }
        assert!(FormatVersion::ALL.is_sorted());
    }

    #[test]
    fn a_version_survives_text_and_json() {
        for version in FormatVersion::ALL {
            assert_eq!(version.to_string().parse(), Ok(version));
            assert_eq!(version.to_string(), format!("FV{}", version.start()));
            assert_eq!(serde_json::from_str::<FormatVersion>(&serde_json::to_string(&version).unwrap()).unwrap(), version);
        }
        let error = "FV2510".parse::<FormatVersion>().unwrap_err();
        assert!(error.to_string().contains("known: FV2021-04-01, "), "{error}");
    }
}
