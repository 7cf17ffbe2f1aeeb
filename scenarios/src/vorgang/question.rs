//! What a back office is asked, and what it finds.

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_sim::edifact::{Lokation, MpId};
use serde::{Deserialize, Serialize};

use super::art::Vorgang;

/// What the back office is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Which Vorgang it is.
    pub vorgang: Vorgang,
    /// Who asks.
    pub from: MpId,
    /// Where.
    pub lokation: Lokation,
    /// For which day.
    pub day: Option<Timestamp>,
}

/// What the back office finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The answer code; empty stands for the ordinary yes.
    pub code: String,
    /// Whether it is granted.
    pub accepts: bool,
    /// Who else has to do with the location, by what they are to it, such as `msb`.
    pub partners: BTreeMap<String, MpId>,
}
