//! The rows of a rulebook, checked: when something is due, or how early a message must come, and where that is written.

use serde::Deserialize;

use super::berlin;
use super::calendar::Calendar;
use super::frist::{Frist, Sparte};
use super::lead::LeadRule;
use super::rule::Rule;
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
    /// A window of the MaBiS settlement.
    Mabis,
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
    /// When the window opens, where it does not open with its clock start.
    pub opens: Option<Rule>,
    /// When it is due.
    pub rule: Rule,
    /// When it is due if the clock starts on a Saturday in Berlin, where that differs.
    pub received_saturday: Option<Rule>,
    /// Where the rule is written.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Of an acknowledgement: the receiver's Sparte, where the row is about one.
    pub sparte: Option<Sparte>,
    /// Of an acknowledgement: the message types of a special case; empty in the ordinary case.
    pub messages: Vec<String>,
    /// Of an acknowledgement: the PIDs of a special case; empty where the message type alone makes it.
    pub pids: Vec<String>,
}

impl Window {
    /// When the window opens, if the clock starts at `start`; `None` where it opens with the clock start.
    ///
    /// ```
    /// use mako_engine::fristen::{Rulebook, RulebookId};
    /// let rulebook = Rulebook::of(RulebookId::BK6_24_174);
    /// let clearing = rulebook.window("clearing", None).unwrap();
    /// let opens = clearing.opens("2025-10-15T12:00:00+02:00".parse().unwrap(), rulebook.calendar()).unwrap();
    /// assert_eq!(opens.to_string().split("   ").next(), Some("Mon 17.11. 00:00")); // WT 11 of November
    /// ```
    #[must_use]
    pub fn opens(&self, start: Timestamp, calendar: &Calendar) -> Option<Frist> {
        self.opens.map(|rule| rule.due(start, calendar))
    }

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

/// A process family of a rulebook.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Family {
    /// Its name, such as `GeLi Gas`.
    pub name: String,
    /// Other names under which it may be asked for.
    pub also: Vec<String>,
    /// The document that orders it.
    pub source: String,
}

impl Family {
    /// `GeLi Gas`, `geli-gas` and `GELI_GAS` are one name.
    pub(super) fn answers_to(&self, name: &str) -> bool {
        let folded = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
        std::iter::once(&self.name).chain(&self.also).any(|own| folded(own) == folded(name))
    }
}

/// A holiday of the calendar, as its row is written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HolidayRow {
    /// Its name.
    pub name: String,
    /// When it falls: `12-25`, `easter+39`, `wed < 11-23` or `2025-06-06`.
    pub day: String,
    /// Who has it.
    pub land: String,
    /// First and last year in which it is one, where they are bounded.
    pub years: (Option<i32>, Option<i32>),
    /// Where that is written.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// The window around a cutover in which late acknowledgements are excused.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tolerance {
    /// How long before the midnight of the cutover it begins, in hours.
    pub hours_before: u32,
    /// How many days from that midnight it ends.
    pub days_after: u32,
    /// The days (`04-01`) on which formats change in years that no known format version names.
    pub standing_days: Vec<String>,
    /// Where that is written.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// Where a single value of a rulebook comes from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Provenance {
    /// Where it is written.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}
