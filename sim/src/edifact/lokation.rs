//! A location of the market as messages name it, whatever kind it is.
//!
//! A text of 33 characters is a Messlokation (or a Zählpunkt, which has its form), one of 11 digits a Marktlokation. Source: format
//! conditions of the AHB on LOC.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::identifier::{InvalidIdentifier, MaloId, MeloId};

/// A Marktlokation or a Messlokation.
///
/// ```
/// use mako_sim::edifact::Lokation;
/// let malo: Lokation = "51999990018".parse().unwrap();
/// assert_eq!((malo.kind(), malo.to_string().as_str()), ("MaLo", "51999990018"));
/// let melo: Lokation = "DE000999123450000000000000000TEST".parse().unwrap();
/// assert_eq!(melo.kind(), "MeLo");
/// assert!("51999990019".parse::<Lokation>().is_err(), "the check digit is wrong");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lokation {
    /// A Marktlokation.
    Malo(MaloId),
    /// A Messlokation, or a Zählpunkt.
    Melo(MeloId),
}

impl Lokation {
    /// `MaLo` or `MeLo`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Malo(_) => "MaLo",
            Self::Melo(_) => "MeLo",
        }
    }
}

impl FromStr for Lokation {
    type Err = InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, InvalidIdentifier> {
        if text.len() == 33 { text.parse().map(Self::Melo) } else { text.parse().map(Self::Malo) }
    }
}

impl fmt::Display for Lokation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malo(id) => id.fmt(f),
            Self::Melo(id) => id.fmt(f),
        }
    }
}

impl From<MaloId> for Lokation {
    fn from(id: MaloId) -> Self {
        Self::Malo(id)
    }
}

impl From<MeloId> for Lokation {
    fn from(id: MeloId) -> Self {
        Self::Melo(id)
    }
}

impl Serialize for Lokation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Lokation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
