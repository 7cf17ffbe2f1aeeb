//! The rows of a rulebook, checked: when something is due, or how early a message must come, and where that is written.

use serde::Deserialize;

use super::berlin;
use super::calendar::Calendar;
use super::frist::{Frist, Sparte};
use super::rule::{LeadRule, Rule};
use crate::Timestamp;

/// How sure a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Read in the primary text, or two independent sources agree.
    High,
    /// One source that cites the primary text.
    Medium,
    /// One source without a citation.
    Low,
    /// Not regulated: the choice of this project or of the product.
    Ours,
}

impl std::fmt::Display for Confidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Ours => "ours",
        })
    }
}

/// What a window is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowKind {
    /// The business answer to a trigger.
    Answer,
    /// A message that must be sent because of another, without being its answer.
    Information,
    /// The APERAK.
    Aperak,
    /// The CONTRL.
    Contrl,
}

/// One row of a rulebook that says when something is due.
///
/// ```
/// use mako_engine::fristen::{Confidence, Rulebook, RulebookId, WindowKind};
/// let rulebook = Rulebook::of(RulebookId::BK6_24_174);
/// let window = rulebook.window("55001", None).unwrap();
/// assert_eq!((window.kind, window.rule.to_string(), window.family.as_str()), (WindowKind::Answer, "WT+1@11:00".to_owned(), "GPKE"));
/// assert!(!window.source.is_empty() && window.confidence <= Confidence::Medium);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Window {
    /// What is due.
    pub kind: WindowKind,
    /// The process family, such as `GPKE`, or `APERAK Strom`, `APERAK Gas`, `CONTRL`.
    pub family: String,
    /// The names under which the row is asked for: PIDs, PIDs with a case (`55010-receipt`), or the name of an acknowledgement case.
    pub triggers: Vec<String>,
    /// The instant that starts the clock, in words; empty when it is the ÜT of the trigger.
    pub clock_start: String,
    /// When it is due.
    pub rule: Rule,
    /// When it is due if the clock starts on a Saturday in Berlin, where that differs.
    pub received_saturday: Option<Rule>,
    /// Where the rule is written.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
    pub(super) sparte: Option<Sparte>,
    pub(super) messages: Vec<String>,
    pub(super) pids: Vec<String>,
}

impl Window {
    /// When it is due, if the clock starts at `start`.
    #[must_use]
    pub fn due(&self, start: Timestamp, calendar: &Calendar) -> Frist {
        self.rule_at(start).due(start, calendar)
    }

    /// The rule that governs a clock that starts at `start`.
    #[must_use]
    pub fn rule_at(&self, start: Timestamp) -> Rule {
        let saturday = berlin::day(start).weekday() == time::Weekday::Saturday;
        self.received_saturday.filter(|_| saturday).unwrap_or(self.rule)
    }

    pub(super) fn acknowledges(&self, message_type: &str, pid: Option<&str>) -> bool {
        let names_message = self.messages.is_empty() || self.messages.iter().any(|message| message == message_type);
        let names_pid = self.pids.is_empty() || pid.is_some_and(|pid| self.pids.iter().any(|known| known == pid));
        names_message && names_pid
    }

    pub(super) fn is_ordinary_case(&self) -> bool {
        self.messages.is_empty() && self.pids.is_empty()
    }
}

/// One row of a rulebook that bounds the ÜT of a message by the day it asks for.
///
/// ```
/// use mako_engine::fristen::{Rulebook, RulebookId};
/// let rows = Rulebook::of(RulebookId::BK6_24_174).lead_times();
/// let row = rows.iter().find(|row| row.triggers.contains(&"55042".to_owned())).unwrap();
/// assert!(!row.anchor.is_empty() && !row.source.is_empty());
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LeadTime {
    /// The process family.
    pub family: String,
    /// PIDs, or PIDs with a case (`55042-erstmalig`).
    pub triggers: Vec<String>,
    /// What the day X is, such as `Zuordnungsbeginn`.
    pub anchor: String,
    /// The bound.
    pub rule: LeadRule,
    /// Where the rule is written.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}
