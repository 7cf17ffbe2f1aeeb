//! What a requirement is: a stable id, one sentence, how binding it is, and where it comes from.

use std::fmt;

use crate::exemption::numbers;
use crate::{Capabilities, VERSION};

/// The version of the kit with which everything began; what came with it binds from the start.
const FIRST: [u64; 3] = [0, 1, 0];

/// How binding a requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Who does not keep it cannot carry the engine.
    Must,
    /// A must that is new in this version of the kit: it is asked and reported, and binds with the next one.
    Provisional,
    /// Who does not keep it should say why.
    Should,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "must",
            Self::Provisional => "provisional",
            Self::Should => "should",
        })
    }
}

/// A promise that can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Its id, `AREA-GROUP-NN`: stable, never reused.
    pub id: &'static str,
    /// The promise in one sentence.
    pub title: &'static str,
    /// How binding it is in the end: a must, or a should. See [`Requirement::level_at`].
    pub level: Level,
    /// The version of this kit that brought it.
    pub since: &'static str,
    /// What a subject must declare for the requirement to apply.
    pub needs: Capabilities,
    /// What goes wrong where it is not kept.
    pub rationale: &'static str,
    /// The contract or rule that it comes from.
    pub source: &'static str,
}

impl Requirement {
    /// How binding it is at `version` of the kit: a must that a later version than the first brought is provisional for as long as that
    /// minor version lasts, so that an update of the kit breaks nobody's CI before it was seen.
    ///
    /// ```
    /// use mako_conformance::{Level, Requirement, STORE_REQUIREMENTS};
    /// let new = Requirement { since: "0.4", ..STORE_REQUIREMENTS[0].requirement };
    /// assert_eq!(["0.4.0", "0.4.9", "0.5.0", "1.0.0"].map(|version| new.level_at(version) == Level::Provisional), [true, true, false, false]);
    /// ```
    #[must_use]
    pub fn level_at(&self, version: &str) -> Level {
        match (self.level, numbers(self.since), numbers(version)) {
            (Level::Must, Some(since), Some(at)) if since != FIRST && since.get(..2) == at.get(..2) => Level::Provisional,
            (level, ..) => level,
        }
    }

    /// How binding it is in this version of the kit.
    #[must_use]
    pub fn level_now(&self) -> Level {
        self.level_at(VERSION)
    }
}
