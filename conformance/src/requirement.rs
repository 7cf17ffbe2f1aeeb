//! What a requirement is: a stable id, one sentence, how binding it is, and where it comes from.

use std::fmt;

use crate::Capabilities;

/// How binding a requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Who does not keep it cannot carry the engine.
    Must,
    /// Who does not keep it should say why.
    Should,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "must",
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
    /// How binding it is.
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
