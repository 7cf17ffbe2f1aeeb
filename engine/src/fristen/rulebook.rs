//! Rulebooks: which calendar, Fristen and windows govern. Never implied, always named.
//!
//! `bk6-24-174` is the regulation as far as it could be verified. `mako-engine` is the product's own table (Saturday counts as a
//! Werktag; GPKE 24 h, WiM 5 WT, GeLi Gas and WiM Gas 10 WT; 72 h of AS4 retries), which is not what the regulation says.
//! Another rulebook is a directory of tables, see [`load_rulebooks`](super::load_rulebooks); it needs no code.

use std::sync::OnceLock;

use time::Date;

use super::berlin;
use super::calendar::Calendar;
use super::error::FristError;
use super::frist::{DueKind, Frist, Sparte, skipped_text};
use super::lead::LeadRule;
use super::registry::{RulebookId, build_built_in};
use super::retry::RetryPolicy;
use super::row::{Family, HolidayRow, LeadTime, Provenance, Tolerance, Window, WindowKind};
use super::tables::{AckTable, Tables, pid_of};
use crate::Timestamp;
use crate::version::{FormatVersion, ReleasePolicy, pid_row};

/// A rulebook: calendar, Fristen, lead times and the AS4 retry policy. Immutable, one of each in the program.
///
/// ```
/// use mako_engine::fristen::{Rulebook, RulebookId};
/// let (regulation, product) = (Rulebook::of(RulebookId::BK6_24_174), Rulebook::of(RulebookId::MAKO_ENGINE));
/// let received = "2025-11-06T10:01:00+01:00".parse().unwrap();
/// assert_eq!(regulation.answer_frist("55001", None, received).unwrap().to_string(), "Fri 7.11. 11:00");
/// assert_eq!(product.answer_frist("55001", None, received).unwrap().to_string(), "Fri 7.11. 10:01"); // 24 h
/// ```
#[derive(Debug)]
pub struct Rulebook {
    id: RulebookId,
    name: String,
    tables: Tables,
}

impl Rulebook {
    /// The rulebook of that name.
    #[must_use]
    pub fn of(id: RulebookId) -> &'static Self {
        static BOOKS: OnceLock<Vec<Rulebook>> = OnceLock::new();
        // Cannot fire: `every_rulebook_loads_and_is_whole` in `tests/it/fristen.rs` asks for each of them.
        let built_in = || BOOKS.get_or_init(|| build_built_in().expect("the rulebooks are compiled in and a test loads them"));
        id.loaded().unwrap_or_else(|| &built_in()[id.place()])
    }

    pub(super) const fn new(id: RulebookId, name: String, tables: Tables) -> Self {
        Self { id, name, tables }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> RulebookId {
        self.id
    }

    /// What it is, in one line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.tables.title
    }

    /// Its Werktag calendar.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.tables.calendar
    }

    /// Where the calendar comes from, its holidays apart.
    #[must_use]
    pub const fn calendar_source(&self) -> &Provenance {
        &self.tables.calendar_source
    }

    /// The rows of the holiday table.
    #[must_use]
    pub fn holidays(&self) -> &[HolidayRow] {
        &self.tables.holidays
    }

    /// The rulebook that it takes over what it does not state from.
    #[must_use]
    pub fn inherits(&self) -> Option<&str> {
        self.tables.inherits.as_deref()
    }

    /// The process families.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.tables.families
    }

    /// Every row that says when something is due.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        &self.tables.windows
    }

    /// Every row that bounds an ÜT by the day a message asks for.
    #[must_use]
    pub fn lead_times(&self) -> &[LeadTime] {
        &self.tables.lead_times
    }

    /// How AS4 senders repeat under this rulebook.
    #[must_use]
    pub const fn as4_retry(&self) -> &RetryPolicy {
        &self.tables.as4_retry
    }

    /// By which instant the release of a message is judged that was on its way at a cutover.
    ///
    /// ```
    /// use mako_engine::fristen::{Confidence, Rulebook, RulebookId};
    /// use mako_engine::version::ReleasePolicy;
    /// let (policy, provenance) = Rulebook::of(RulebookId::BK6_24_174).release_policy();
    /// assert_eq!((policy, provenance.confidence), (ReleasePolicy::Receipt, Confidence::Ours));
    /// ```
    #[must_use]
    pub const fn release_policy(&self) -> (ReleasePolicy, &Provenance) {
        (self.tables.release_policy.0, &self.tables.release_policy.1)
    }

    /// The window around a cutover in which late acknowledgements are excused, where there is one.
    #[must_use]
    pub const fn tolerance(&self) -> Option<&Tolerance> {
        self.tables.tolerance.as_ref()
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
    /// | `23008`, `23008-mme`, `23008-rlm-ims`, `23001-gas`, `23008-gas` | the Ergebnisbericht, and both in Gas |
    /// | `any` | where a row serves its whole family, every PID of it is this |
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
        Ok(window.due(clock_start, self.calendar()))
    }

    /// When an information duty is due: message `pid` must be sent because of another, such as 55036 because of 55001.
    ///
    /// ```
    /// use mako_engine::fristen::{Rulebook, RulebookId};
    /// let frist = Rulebook::of(RulebookId::BK6_24_174).information_frist("55036", "2025-11-07T10:00:00+01:00".parse().unwrap());
    /// assert_eq!(frist.unwrap().to_string().split("   ").next(), Some("Mon 10.11. 07:00"));
    /// ```
    ///
    /// `clock_start` is the ÜZ of the message that causes it (of the answer given, for 44037 and 44038).
    ///
    /// # Errors
    ///
    /// [`FristError`] when no row matches.
    pub fn information_frist(&self, pid: &str, clock_start: Timestamp) -> Result<Frist, FristError> {
        let window = self.find("information duty", pid, None, |window| window.kind == WindowKind::Information)?;
        Ok(window.due(clock_start, self.calendar()))
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
    ///
    /// ```
    /// use mako_engine::fristen::{Rulebook, RulebookId, Sparte};
    /// let (rulebook, received) = (Rulebook::of(RulebookId::BK6_24_174), "2025-11-06T10:01:00+01:00".parse().unwrap());
    /// assert_eq!(rulebook.aperak_frist(Sparte::Strom, "UTILMD", Some("55001"), received).to_string(), "Thu 6.11. 10:46");
    /// ```
    #[must_use]
    pub fn aperak_frist(&self, sparte: Sparte, message_type: &str, pid: Option<&str>, received: Timestamp) -> Frist {
        self.acknowledgement(&self.tables.aperak, sparte, message_type, pid).due(received, self.calendar())
    }

    /// When the CONTRL to an interchange is due, by the rules of the receiver's Sparte. Strom: only after a syntax error. Gas: always.
    ///
    /// ```
    /// use mako_engine::fristen::{Rulebook, RulebookId, Sparte};
    /// let (rulebook, received) = (Rulebook::of(RulebookId::BK6_24_174), "2025-11-07T10:00:00+01:00".parse().unwrap());
    /// assert_eq!(rulebook.contrl_frist(Sparte::Gas, "UTILMD", received).to_string(), "Fri 7.11. 16:00");
    /// ```
    #[must_use]
    pub fn contrl_frist(&self, sparte: Sparte, message_type: &str, received: Timestamp) -> Frist {
        self.acknowledgement(&self.tables.contrl, sparte, message_type, None).due(received, self.calendar())
    }

    /// Until when (exclusive) a late CONTRL or APERAK that was due at `due` is excused because of a Formatumstellung; `None` when it
    /// is not. The Frist itself does not move: what counts is whether `due` falls into the window around a cutover.
    ///
    /// ```
    /// use mako_engine::fristen::{Rulebook, RulebookId, berlin};
    /// let tolerated = |due: &str| Rulebook::of(RulebookId::BK6_24_174).tolerated_until(due.parse().unwrap());
    /// assert_eq!(tolerated("2026-03-31T18:00:00+02:00").map(berlin::rfc3339).as_deref(), Some("2026-04-02T00:00:00+02:00"));
    /// assert_eq!(tolerated("2026-03-31T17:59:59+02:00"), None);
    /// ```
    #[must_use]
    pub fn tolerated_until(&self, due: Timestamp) -> Option<Timestamp> {
        self.tolerance_at(due).map(|(_, until)| until)
    }

    /// The cutover in whose tolerance window `at` lies, and the end (exclusive) of that window.
    pub(crate) fn tolerance_at(&self, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let tolerance = self.tolerance()?;
        let today = berlin::day(at);
        let days = [today.previous_day(), Some(today), today.next_day()];
        days.into_iter().flatten().filter(|day| is_cutover(*day, &tolerance.standing_days)).find_map(|day| {
            let cutover = berlin::midnight(day);
            let from = cutover.plus_seconds(-3600 * i64::from(tolerance.hours_before));
            let until = berlin::midnight(day.saturating_add(time::Duration::days(i64::from(tolerance.days_after))));
            (from <= at && at < until).then_some((cutover, until))
        })
    }

    /// The lead time rule of a message; a case may follow the PID (`55042-erstmalig`, `55001-eeg`).
    ///
    /// # Errors
    ///
    /// [`FristError::UnknownTrigger`] when the rulebook has none.
    pub fn lead_rule(&self, trigger: &str) -> Result<LeadRule, FristError> {
        let names = |row: &&LeadTime| row.triggers.iter().any(|name| name == trigger);
        self.tables.lead_times.iter().find(names).map(|row| row.rule).ok_or_else(|| self.unknown("lead time", trigger, None))
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
        Ok(self.lead_rule(trigger)?.latest(start, self.calendar()))
    }

    /// Whether a message received at `received` may ask for `start`.
    ///
    /// ```
    /// use mako_engine::fristen::{Rulebook, RulebookId};
    /// use time::macros::date;
    /// let met = |uez: &str| Rulebook::of(RulebookId::BK6_24_174).lead_time_met("55001", uez.parse().unwrap(), date!(2025-10-07)).unwrap();
    /// assert!(met("2025-10-05T23:59:59+02:00"));
    /// assert!(!met("2025-10-06T00:00:00+02:00"));
    /// ```
    ///
    /// # Errors
    ///
    /// [`FristError::UnknownTrigger`] when the rulebook has no lead time for it.
    pub fn lead_time_met(&self, trigger: &str, received: Timestamp, start: Date) -> Result<bool, FristError> {
        Ok(self.lead_rule(trigger)?.is_met(berlin::day(received), start, self.calendar()))
    }

    /// The Frist that ends with the latest ÜT of a message that asks for `start`, or is sent because of it: a Frist counted backwards, or
    /// forwards, from a day.
    ///
    /// ```
    /// use mako_engine::fristen::{Rulebook, RulebookId};
    /// use time::macros::date;
    /// let rulebook = Rulebook::of(RulebookId::BK6_24_174);
    /// let answer = rulebook.lead_frist("19015", date!(2025-11-20)).unwrap(); // two Werktage before the day; 19.11. is Buß- und Bettag
    /// assert_eq!(answer.due.to_string(), "2025-11-17T23:00:00Z");
    /// let report = rulebook.lead_frist("21010", date!(2025-12-15)).unwrap(); // ten Werktage after the day
    /// assert_eq!(report.reason, "20./21.12. weekend, 24.–26. holidays, 27./28. weekend, 31.12./1.1. holidays, 3./4. weekend");
    /// assert_eq!(report.due.to_string(), "2026-01-05T23:00:00Z");
    /// ```
    ///
    /// # Errors
    ///
    /// [`FristError::UnknownTrigger`] when the rulebook has no lead time for it.
    pub fn lead_frist(&self, trigger: &str, start: Date) -> Result<Frist, FristError> {
        let latest = self.latest_uet(trigger, start)?;
        let skipped = self.calendar().skipped(latest.min(start), latest.max(start));
        Ok(Frist { due: berlin::end_of_day(latest), kind: DueKind::ExclusiveEnd, reason: skipped_text(&skipped) })
    }

    /// The earliest day for a message that asks for `start`, or is sent because of it; none when it may come as early as it likes.
    ///
    /// ```
    /// use mako_engine::fristen::{Rulebook, RulebookId};
    /// use time::macros::date;
    /// let earliest = Rulebook::of(RulebookId::BK6_24_174).earliest_uet("55168", date!(2025-12-15)).unwrap();
    /// assert_eq!(earliest, Some(date!(2025-12-03)));
    /// ```
    ///
    /// # Errors
    ///
    /// [`FristError::UnknownTrigger`] when the rulebook has no lead time for it.
    pub fn earliest_uet(&self, trigger: &str, start: Date) -> Result<Option<Date>, FristError> {
        Ok(self.lead_rule(trigger)?.earliest(start, self.calendar()))
    }

    fn acknowledgement(&self, tables: &[AckTable; 2], sparte: Sparte, message_type: &str, pid: Option<&str>) -> &Window {
        let table = match sparte {
            Sparte::Strom => &tables[0],
            Sparte::Gas => &tables[1],
        };
        let special = table.special.iter().find(|place| self.tables.windows[**place].acknowledges(message_type, pid));
        &self.tables.windows[*special.unwrap_or(&table.ordinary)]
    }

    fn find(&self, what: &'static str, trigger: &str, family: Option<&str>, of_kind: fn(&Window) -> bool) -> Result<&Window, FristError> {
        let family = family.map(|name| self.family(name)).transpose()?;
        let named = |window: &&Window, name: &str| {
            of_kind(window) && family.is_none_or(|family| family == window.family) && window.triggers.iter().any(|own| own == name)
        };
        let mut found: Vec<&Window> = self.windows().iter().filter(|window| named(window, trigger)).collect();
        if found.is_empty() {
            let of_family = |window: &&Window| named(window, ANY) && is_used_in(trigger, &window.family);
            found = self.windows().iter().filter(of_family).collect();
        }
        let window = *found.first().ok_or_else(|| self.unknown(what, trigger, family))?;
        let mut families: Vec<&str> = found.iter().map(|window| window.family.as_str()).collect();
        families.dedup();
        match families.len() {
            1 => Ok(window),
            _ => Err(FristError::Ambiguous { rulebook: self.id, trigger: trigger.to_owned(), families: families.join(", ") }),
        }
    }

    fn family(&self, name: &str) -> Result<&str, FristError> {
        let found = self.families().iter().find(|family| family.answers_to(name));
        found.map(|family| family.name.as_str()).ok_or_else(|| FristError::UnknownFamily {
            rulebook: self.id,
            family: name.to_owned(),
            known: self.families().iter().map(|family| family.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    fn unknown(&self, what: &'static str, trigger: &str, family: Option<&str>) -> FristError {
        FristError::UnknownTrigger { rulebook: self.id, what, trigger: trigger.to_owned(), family: family.map(str::to_owned) }
    }
}

/// The trigger of a row that serves every PID of its family.
const ANY: &str = "any";

/// Whether the PID of `trigger` belongs to `family`, in either Sparte.
fn is_used_in(trigger: &str, family: &str) -> bool {
    let row = pid_of(trigger).and_then(pid_row);
    row.is_some_and(|row| row.strom.iter().chain(&row.gas).any(|own| own == family))
}

/// Whether formats change at the beginning of `day`: on the first day of a known version, or, in years beyond the last known one,
/// on the days on which they change every year.
fn is_cutover(day: Date, standing_days: &[String]) -> bool {
    let last_known = FormatVersion::LATEST.start().year();
    let month_day = || format!("{:02}-{:02}", u8::from(day.month()), day.day());
    FormatVersion::ALL.iter().any(|version| version.start() == day) || (day.year() > last_known && standing_days.contains(&month_day()))
}
