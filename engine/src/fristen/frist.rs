//! What a rule answers: an instant, how it binds, and why it falls where it falls.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::Date;

use super::berlin;
use super::calendar::NonWerktag;
use crate::Timestamp;

/// The sector whose rules govern: that of the receiver.
///
/// ```
/// use mako_engine::fristen::Sparte;
/// assert_eq!("gas".parse(), Ok(Sparte::Gas));
/// assert_eq!("Wasser".parse::<Sparte>().unwrap_err().to_string(), "`Wasser` is no Sparte: expected `strom` or `gas`");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sparte {
    /// Electricity.
    Strom,
    /// Gas.
    Gas,
}

/// The text names no Sparte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no Sparte: expected `strom` or `gas`")]
pub struct UnknownSparte(String);

impl fmt::Display for Sparte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Strom => "strom",
            Self::Gas => "gas",
        })
    }
}

impl FromStr for Sparte {
    type Err = UnknownSparte;

    fn from_str(text: &str) -> Result<Self, UnknownSparte> {
        match text {
            "strom" => Ok(Self::Strom),
            "gas" => Ok(Self::Gas),
            _ => Err(UnknownSparte(text.to_owned())),
        }
    }
}

/// How a due instant binds.
///
/// ```
/// use mako_engine::fristen::DueKind;
/// let due = "2025-12-29T10:00:00Z".parse().unwrap();
/// assert!(DueKind::LatestInstant.is_met_at(due, due));
/// assert!(!DueKind::ExclusiveEnd.is_met_at(due, due));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueKind {
    /// The last instant that is still in time ("until 11:00").
    LatestInstant,
    /// The first instant that is too late: the midnight after "end of the n-th Werktag".
    ExclusiveEnd,
}

impl DueKind {
    /// Whether what happens at `at` is in time for a Frist due at `due`.
    #[must_use]
    pub fn is_met_at(self, due: Timestamp, at: Timestamp) -> bool {
        match self {
            Self::LatestInstant => at <= due,
            Self::ExclusiveEnd => at < due,
        }
    }
}

impl fmt::Display for DueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LatestInstant => "latest_instant",
            Self::ExclusiveEnd => "exclusive_end",
        })
    }
}

/// A due instant with its meaning. Plain data: it may be kept in events.
///
/// ```
/// use mako_engine::fristen::{Rulebook, RulebookId};
/// let uet = "2025-12-23T15:00:01Z".parse().unwrap();
/// let frist = Rulebook::of(RulebookId::BK6_24_174).answer_frist("55001", None, uet).unwrap();
/// assert_eq!(frist.due.to_string(), "2025-12-29T10:00:00Z");
/// assert_eq!(frist.to_string(), "Mon 29.12. 11:00   (24.–26.12. holidays, 27./28. weekend)");
/// assert!(frist.is_met_at(frist.due) && !frist.is_met_at(frist.due.plus_ms(1)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frist {
    /// The instant; what it means is in `kind`.
    pub due: Timestamp,
    /// Whether `due` itself is still in time.
    pub kind: DueKind,
    /// Which days were skipped, such as "24.–26.12. holidays, 27./28. weekend"; empty when none was.
    pub reason: String,
}

impl Frist {
    /// Whether what happens at `at` is in time.
    #[must_use]
    pub fn is_met_at(&self, at: Timestamp) -> bool {
        self.kind.is_met_at(self.due, at)
    }
}

impl fmt::Display for Frist {
    /// In Berlin time, for people: the moment (an exclusive midnight as the end of the day before), then the reason if any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time, _) = berlin::local(self.due);
        match (self.kind, date.previous_day()) {
            (DueKind::ExclusiveEnd, Some(day)) if time == time::Time::MIDNIGHT => {
                write!(f, "end of {} {}.{}.", berlin::weekday_text(day.weekday()), day.day(), u8::from(day.month()))?;
            }
            _ => f.write_str(&berlin::moment_text(self.due))?,
        }
        if self.reason.is_empty() { Ok(()) } else { write!(f, "   ({})", self.reason) }
    }
}

/// More runs of skipped days than this are summed up instead of listed.
const LISTED_RUNS: usize = 6;

/// A run of neighbouring skipped days of one sort.
struct Run<'a> {
    first: Date,
    days: u16,
    reason: NonWerktag<'a>,
}

impl Run<'_> {
    fn is_holiday(&self) -> bool {
        matches!(self.reason, NonWerktag::Holiday(_))
    }

    fn last(&self) -> Date {
        self.first.saturating_add(time::Duration::days(i64::from(self.days) - 1))
    }

    fn sort(&self) -> &'static str {
        match (self.reason, self.days) {
            (NonWerktag::Holiday(_), 1) => "holiday",
            (NonWerktag::Holiday(_), _) => "holidays",
            (NonWerktag::Saturday, 1) => "Saturday",
            (NonWerktag::Sunday, 1) => "Sunday",
            (NonWerktag::Saturday | NonWerktag::Sunday, _) => "weekend",
        }
    }

    /// `6.1.`, `27./28.`, `24.–26.12.`, `31.12./1.1.`; the month is left out when it is `known` and the run stays in it.
    fn dates(&self, known: Option<time::Month>) -> String {
        let (first, last) = (self.first, self.last());
        let with_month = |day: Date| format!("{}.{}.", day.day(), u8::from(day.month()));
        let plain = |day: Date| format!("{}.", day.day());
        let one_month = first.month() == last.month();
        let start = if one_month { plain(first) } else { with_month(first) };
        let end = if one_month && known == Some(last.month()) { plain(last) } else { with_month(last) };
        match self.days {
            1 => end,
            2 => format!("{start}/{end}"),
            _ => format!("{start}–{end}"),
        }
    }
}

/// Skipped days in words, holidays and weekends in order of date; many of them are summed up.
pub(super) fn skipped_text(skipped: &[(Date, NonWerktag<'_>)]) -> String {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for &(day, reason) in skipped {
        let holiday = matches!(reason, NonWerktag::Holiday(_));
        match runs.last_mut() {
            Some(run) if run.last().next_day() == Some(day) && run.is_holiday() == holiday => run.days += 1,
            _ => runs.push(Run { first: day, days: 1, reason }),
        }
    }
    if runs.len() > LISTED_RUNS {
        return summed_up(&runs);
    }
    let mut known = None;
    let mut parts = Vec::new();
    for run in &runs {
        parts.push(format!("{} {}", run.dates(known), run.sort()));
        known = Some(run.last().month());
    }
    parts.join(", ")
}

fn summed_up(runs: &[Run<'_>]) -> String {
    let holidays: Vec<String> = runs.iter().filter(|run| run.is_holiday()).map(|run| run.dates(None)).collect();
    let weekends = format!("{} weekends", runs.len() - holidays.len());
    if holidays.is_empty() { weekends } else { format!("{weekends}, holidays {}", holidays.join(", ")) }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::super::HolidayCalendar;
    use super::*;

    fn text(calendar: HolidayCalendar, from: Date, to: Date) -> String {
        skipped_text(&calendar.calendar().skipped(from, to))
    }

    #[test]
    fn skipped_days_are_told_in_order_of_date() {
        let bk6 = |from, to| text(HolidayCalendar::Bk6_24_174, from, to);
        assert_eq!(bk6(date!(2025 - 12 - 23), date!(2025 - 12 - 29)), "24.–26.12. holidays, 27./28. weekend");
        assert_eq!(bk6(date!(2026 - 01 - 05), date!(2026 - 01 - 07)), "6.1. holiday");
        assert_eq!(bk6(date!(2026 - 01 - 30), date!(2026 - 02 - 02)), "31.1./1.2. weekend");
        assert_eq!(bk6(date!(2026 - 10 - 02), date!(2026 - 10 - 05)), "3.10. holiday, 4. Sunday");
        assert_eq!(bk6(date!(2025 - 11 - 06), date!(2025 - 11 - 07)), "");
    }

    #[test]
    fn under_the_product_calendar_a_saturday_is_not_skipped() {
        assert_eq!(text(HolidayCalendar::BdewMaKo, date!(2025 - 11 - 06), date!(2025 - 11 - 10)), "9.11. Sunday");
    }

    #[test]
    fn many_skipped_days_are_summed_up() {
        let text = text(HolidayCalendar::Bk6_24_174, date!(2025 - 11 - 10), date!(2026 - 01 - 20));
        assert_eq!(text, "10 weekends, holidays 19.11., 24.–26.12., 31.12./1.1., 6.1.");
    }
}
