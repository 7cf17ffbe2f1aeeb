//! The rulebooks that exist, by name. A rulebook that does not exist cannot be named: an id comes from here or from parsing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Name and text of every rulebook.
const REGISTRY: [(&str, &str); 2] =
    [("bk6-24-174", include_str!("../../rulebooks/bk6-24-174.toml")), ("mako-engine", include_str!("../../rulebooks/mako-engine.toml"))];

/// The holiday table that all rulebooks share; they differ in whether Saturday counts.
pub(super) const HOLIDAYS: &str = include_str!("../../rulebooks/holidays.toml");

/// The name of a rulebook that exists.
///
/// ```
/// use mako_engine::fristen::RulebookId;
/// let error = "bk6".parse::<RulebookId>().unwrap_err();
/// assert_eq!(error.to_string(), "no rulebook is called `bk6`; known: bk6-24-174, mako-engine");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RulebookId(usize);

impl RulebookId {
    /// The regulation: GPKE, WiM, GeLi Gas in the version of BK6-24-174 and its siblings.
    pub const BK6_24_174: Self = Self(0);
    /// The product's table. Not regulatory.
    pub const MAKO_ENGINE: Self = Self(1);

    /// Every rulebook there is.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..REGISTRY.len()).map(Self)
    }

    pub(super) const fn text(self) -> &'static str {
        REGISTRY[self.0].1
    }

    /// Its place in [`RulebookId::all`].
    pub(super) const fn place(self) -> usize {
        self.0
    }

    /// The name, as in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        REGISTRY[self.0].0
    }
}

/// No rulebook has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no rulebook is called `{name}`; known: {}", names())]
pub struct UnknownRulebook {
    name: String,
}

fn names() -> String {
    REGISTRY.map(|(name, _)| name).join(", ")
}

impl fmt::Display for RulebookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for RulebookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RulebookId {
    type Err = UnknownRulebook;

    fn from_str(text: &str) -> Result<Self, UnknownRulebook> {
        Self::all().find(|id| id.name() == text).ok_or_else(|| UnknownRulebook { name: text.to_owned() })
    }
}

impl Serialize for RulebookId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for RulebookId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
