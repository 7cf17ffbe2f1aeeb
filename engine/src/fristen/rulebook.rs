//! Rulebooks: which calendar, Fristen and windows govern. Never implied, always named.
//!
//! `bk6-24-174` is the regulation as far as it could be verified. `mako-engine` is the product's own table (Saturday counts as a
//! Werktag; GPKE 24 h, WiM 5 WT, GeLi Gas and WiM Gas 10 WT; 72 h of AS4 retries), which is not what the regulation says.
//! Another rulebook is a file under `rulebooks/` and one line in [`REGISTRY`].

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::Date;

use super::berlin;
use super::calendar::Calendar;
use super::frist::{Frist, Sparte};
use super::rule::LeadRule;
use super::tables::{AckTable, Family, LeadTime, RawRulebook, RawTolerance, Window, WindowKind, ack_table, holidays};
use crate::Timestamp;
use crate::version::FormatVersion;

/// Name and text of every rulebook.
const REGISTRY: [(&str, &str); 2] =
    [("bk6-24-174", include_str!("../../rulebooks/bk6-24-174.toml")), ("mako-engine", include_str!("../../rulebooks/mako-engine.toml"))];

/// The holiday table that all rulebooks share; they differ in whether Saturday counts.
const HOLIDAYS: &str = include_str!("../../rulebooks/holidays.toml");

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

/// A rulebook has no single answer to the question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FristError {
    /// No row has the trigger (in that family, if one was named).
    #[error("rulebook {rulebook} has no {what} for `{trigger}`{}", in_family(.family.as_deref()))]
    UnknownTrigger {
        /// The rulebook that was asked.
        rulebook: RulebookId,
        /// What was looked for: answer window, information duty, lead time, Frist.
        what: &'static str,
        /// The trigger that was asked for.
        trigger: String,
        /// The family that was named.
        family: Option<String>,
    },
    /// The rulebook has no such family.
    #[error("rulebook {rulebook} has no family `{family}`; known: {known}")]
    UnknownFamily {
        /// The rulebook that was asked.
        rulebook: RulebookId,
        /// The family that was named.
        family: String,
        /// The families it has.
        known: String,
    },
    /// Rows of several families have the trigger.
    #[error("`{trigger}` stands in several families of rulebook {rulebook}: name one of {families}")]
    Ambiguous {
        /// The rulebook that was asked.
        rulebook: RulebookId,
        /// The trigger that was asked for.
        trigger: String,
        /// The families that have it.
        families: String,
    },
}

fn in_family(family: Option<&str>) -> String {
    family.map_or_else(String::new, |family| format!(" in family {family}"))
}

/// How an AS4 sender repeats, and how long a receiver remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Seconds to wait before each repetition; the last one repeats. Never empty.
    pub intervals_s: Vec<u32>,
    /// Seconds after the first attempt at which the sender gives up.
    pub horizon_s: u64,
    /// Seconds for which a receiver recognises a duplicate. Never shorter than the horizon.
    pub dedup_window_s: u64,
    /// Where the numbers come from.
    pub source: String,
}

impl RetryPolicy {
    /// Seconds to wait after the `failed`-th failed attempt (from 1).
    #[must_use]
    pub fn interval_s(&self, failed: u32) -> u32 {
        let place = usize::try_from(failed.saturating_sub(1)).unwrap_or(usize::MAX);
        self.intervals_s.get(place).or(self.intervals_s.last()).copied().unwrap_or(u32::MAX)
    }
}

/// A rulebook: calendar, Fristen, lead times and the AS4 retry policy. Immutable, one of each in the program.
#[derive(Debug)]
pub struct Rulebook {
    id: RulebookId,
    title: String,
    calendar: Calendar,
    families: Vec<Family>,
    windows: Vec<Window>,
    aperak: [AckTable; 2],
    contrl: [AckTable; 2],
    lead_times: Vec<LeadTime>,
    as4_retry: RetryPolicy,
    tolerance: Option<RawTolerance>,
}

impl Rulebook {
    /// The rulebook of that name.
    #[must_use]
    pub fn of(id: RulebookId) -> &'static Self {
        static BOOKS: OnceLock<Vec<Rulebook>> = OnceLock::new();
        let load = || RulebookId::all().map(Rulebook::load).collect::<Result<_, _>>();
        &BOOKS.get_or_init(|| load().expect("the rulebooks are compiled in and a test loads them"))[id.0]
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> RulebookId {
        self.id
    }

    /// What it is, in one line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its Werktag calendar.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Every row that says when something is due.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Every row that bounds an ÜT by the day a message asks for.
    #[must_use]
    pub fn lead_times(&self) -> &[LeadTime] {
        &self.lead_times
    }

    /// How AS4 senders repeat under this rulebook.
    #[must_use]
    pub const fn as4_retry(&self) -> &RetryPolicy {
        &self.as4_retry
    }

    /// When the business answer to `trigger` is due.
    ///
    /// `trigger` is the PID of the message to be answered, or a PID with a case where several rules hang on one PID:
    ///
    /// | Trigger | Case |
    /// |---|---|
    /// | `55010-answer` (also `55010`), `55010-receipt` | answer to, and latest arrival of, the Anfrage zur Beendigung; both count from the ÜT of the 55001 |
    /// | `55013`, `55013-started`; `55607`, `55607-started` | the Zuordnung begins in the future, or does not |
    /// | `23001`, `23001-rlm-ims` | kME/mME, or RLM/iMS |
    /// | `44001-lfa-answered` | the sub-window that counts from the ÜT of the LFA's answer; the earlier of it and `44001` binds |
    ///
    /// `family` decides where a trigger stands in several; spelling is free (`GeLi Gas`, `geli-gas`). `clock_start` is the ÜZ that
    /// starts the clock.
    ///
    /// # Errors
    ///
    /// [`FristError`] when no row, or rows of several families, match.
    pub fn answer_frist(&self, trigger: &str, family: Option<&str>, clock_start: Timestamp) -> Result<Frist, FristError> {
        let window = self.find("answer window", trigger, family, |window| window.kind == WindowKind::Answer)?;
        Ok(window.due(clock_start, &self.calendar))
    }

    /// When an information duty is due: message `pid` must be sent because of another, such as 55036 because of 55001.
    ///
    /// `clock_start` is the ÜZ of the message that causes it (of the answer given, for 44037 and 44038).
    ///
    /// # Errors
    ///
    /// [`FristError`] when no row matches.
    pub fn information_frist(&self, pid: &str, clock_start: Timestamp) -> Result<Frist, FristError> {
        let window = self.find("information duty", pid, None, |window| window.kind == WindowKind::Information)?;
        Ok(window.due(clock_start, &self.calendar))
    }

    /// The row, of whatever kind, with that trigger: answers, information duties, and acknowledgement cases by their names
    /// (`regelfall` in `CONTRL`).
    ///
    /// # Errors
    ///
    /// [`FristError`] when no row, or rows of several families, match.
    pub fn window(&self, trigger: &str, family: Option<&str>) -> Result<&Window, FristError> {
        self.find("Frist", trigger, family, |_| true)
    }

    /// When the APERAK to a message is due, by the rules of the receiver's Sparte. Strom: 312 or 313 for each Geschäftsvorfall.
    /// Gas: only an error is answered, and this is when the sender may take silence for acceptance.
    #[must_use]
    pub fn aperak_frist(&self, sparte: Sparte, message_type: &str, pid: Option<&str>, received: Timestamp) -> Frist {
        self.acknowledgement(&self.aperak, sparte, message_type, pid).due(received, &self.calendar)
    }

    /// When the CONTRL to an interchange is due, by the rules of the receiver's Sparte. Strom: only after a syntax error. Gas: always.
    #[must_use]
    pub fn contrl_frist(&self, sparte: Sparte, message_type: &str, received: Timestamp) -> Frist {
        self.acknowledgement(&self.contrl, sparte, message_type, None).due(received, &self.calendar)
    }

    /// Until when (exclusive) a late CONTRL or APERAK that was due at `due` is excused because of a Formatumstellung; `None` when it
    /// is not. The Frist itself does not move: what counts is whether `due` falls into the window around a cutover.
    #[must_use]
    pub fn tolerated_until(&self, due: Timestamp) -> Option<Timestamp> {
        let tolerance = self.tolerance.as_ref()?;
        let today = berlin::day(due);
        let days = [today.previous_day(), Some(today), today.next_day()];
        days.into_iter().flatten().filter(|day| is_cutover(*day, &tolerance.standing_days)).find_map(|cutover| {
            let from = berlin::midnight(cutover).plus_seconds(-3600 * i64::from(tolerance.hours_before));
            let until = berlin::midnight(cutover.saturating_add(time::Duration::days(i64::from(tolerance.days_after))));
            (from <= due && due < until).then_some(until)
        })
    }

    /// The lead time rule of a message; a case may follow the PID (`55042-erstmalig`, `55001-eeg`).
    ///
    /// # Errors
    ///
    /// [`FristError::UnknownTrigger`] when the rulebook has none.
    pub fn lead_rule(&self, trigger: &str) -> Result<LeadRule, FristError> {
        let names = |row: &&LeadTime| row.triggers.iter().any(|name| name == trigger);
        self.lead_times.iter().find(names).map(|row| row.rule).ok_or_else(|| self.unknown("lead time", trigger, None))
    }

    /// The latest ÜT of a message that asks for `start`.
    ///
    /// ```
    /// use mako_engine::fristen::{Rulebook, RulebookId};
    /// use time::macros::date;
    /// let latest = Rulebook::of(RulebookId::BK6_24_174).latest_uet("55004", date!(2025-10-05)).unwrap();
    /// assert_eq!(latest, date!(2025-10-01)); // AWH LFW24 V1.7 chapter 10
    /// ```
    ///
    /// # Errors
    ///
    /// [`FristError::UnknownTrigger`] when the rulebook has no lead time for it.
    pub fn latest_uet(&self, trigger: &str, start: Date) -> Result<Date, FristError> {
        Ok(self.lead_rule(trigger)?.latest(start, &self.calendar))
    }

    /// Whether a message received at `received` may ask for `start`.
    ///
    /// # Errors
    ///
    /// [`FristError::UnknownTrigger`] when the rulebook has no lead time for it.
    pub fn lead_time_met(&self, trigger: &str, received: Timestamp, start: Date) -> Result<bool, FristError> {
        Ok(self.lead_rule(trigger)?.is_met(berlin::day(received), start, &self.calendar))
    }

    fn acknowledgement(&self, tables: &[AckTable; 2], sparte: Sparte, message_type: &str, pid: Option<&str>) -> &Window {
        let table = match sparte {
            Sparte::Strom => &tables[0],
            Sparte::Gas => &tables[1],
        };
        let special = table.special.iter().find(|place| self.windows[**place].acknowledges(message_type, pid));
        &self.windows[*special.unwrap_or(&table.ordinary)]
    }

    fn find(&self, what: &'static str, trigger: &str, family: Option<&str>, of_kind: fn(&Window) -> bool) -> Result<&Window, FristError> {
        let family = family.map(|name| self.family(name)).transpose()?;
        let mut found = self.windows.iter().filter(|window| {
            of_kind(window) && family.is_none_or(|family| family == window.family) && window.triggers.iter().any(|name| name == trigger)
        });
        let window = found.next().ok_or_else(|| self.unknown(what, trigger, family))?;
        let mut families: Vec<&str> = std::iter::once(window).chain(found).map(|window| window.family.as_str()).collect();
        families.dedup();
        match families.len() {
            1 => Ok(window),
            _ => Err(FristError::Ambiguous { rulebook: self.id, trigger: trigger.to_owned(), families: families.join(", ") }),
        }
    }

    fn family(&self, name: &str) -> Result<&str, FristError> {
        let found = self.families.iter().find(|family| family.answers_to(name));
        found.map(|family| family.name.as_str()).ok_or_else(|| FristError::UnknownFamily {
            rulebook: self.id,
            family: name.to_owned(),
            known: self.families.iter().map(|family| family.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    fn unknown(&self, what: &'static str, trigger: &str, family: Option<&str>) -> FristError {
        FristError::UnknownTrigger { rulebook: self.id, what, trigger: trigger.to_owned(), family: family.map(str::to_owned) }
    }

    fn load(id: RulebookId) -> Result<Self, String> {
        Self::parse(id).map_err(|error| format!("rulebook {id}: {error}"))
    }

    fn parse(id: RulebookId) -> Result<Self, String> {
        let mut raw = RawRulebook::parse(REGISTRY[id.0].1)?;
        if let Some(parent) = &raw.inherits {
            let parent: RulebookId = parent.parse().map_err(|error: UnknownRulebook| error.to_string())?;
            raw.inherit(&RawRulebook::parse(REGISTRY[parent.0].1)?);
        }
        let windows = raw.windows()?;
        let both = |kind| Ok::<_, String>([ack_table(&windows, kind, Sparte::Strom)?, ack_table(&windows, kind, Sparte::Gas)?]);
        let (aperak, contrl) = (both(WindowKind::Aperak)?, both(WindowKind::Contrl)?);
        if raw.as4_retry.intervals_s.is_empty() || raw.as4_retry.dedup_window_s < raw.as4_retry.horizon_s {
            return Err("as4_retry: expected an interval, and a dedup window no shorter than the horizon".to_owned());
        }
        Ok(Self {
            id,
            calendar: Calendar::new(holidays(HOLIDAYS)?, raw.calendar.saturday_is_werktag),
            families: raw.families(),
            lead_times: raw.lead_times()?,
            windows,
            aperak,
            contrl,
            as4_retry: RetryPolicy {
                intervals_s: raw.as4_retry.intervals_s,
                horizon_s: raw.as4_retry.horizon_s,
                dedup_window_s: raw.as4_retry.dedup_window_s,
                source: raw.as4_retry.source,
            },
            tolerance: raw.tolerance,
            title: raw.title,
        })
    }
}

/// Whether formats change at the beginning of `day`: on the first day of a known version, or, in years beyond the last known one,
/// on the days on which they change every year.
fn is_cutover(day: Date, standing_days: &[String]) -> bool {
    let last_known = FormatVersion::LATEST.start().year();
    let month_day = || format!("{:02}-{:02}", u8::from(day.month()), day.day());
    FormatVersion::ALL.iter().any(|version| version.start() == day) || (day.year() > last_known && standing_days.contains(&month_day()))
}
