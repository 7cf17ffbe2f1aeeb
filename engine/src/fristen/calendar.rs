//! The Werktag calendar: which days count. Counting them is [`add_werktage`](super::add_werktage) and its neighbours.
//!
//! A Werktag is a day that is no Sunday and no holiday, and, under the regulation, no Saturday. A holiday in one Land counts
//! everywhere; 24.12. and 31.12. count as holidays (WiM Teil 1 BK6-24-174 Kap. 1.5, GPKE and GeLi Gas alike). Which days are
//! holidays, since which year, and whether Saturday counts come from the rulebook's table; nothing in this file knows a date.

use std::fmt;
use std::sync::OnceLock;

use time::{Date, Duration, Month, Weekday};

use super::berlin;
use super::holiday::{HolidayRule, easter};
use super::registry::RulebookId;
use super::rulebook::Rulebook;
use crate::planted;

/// Why a day is no Werktag.
///
/// ```
/// use mako_engine::fristen::{HolidayCalendar, NonWerktag};
/// use time::macros::date;
/// let why_not = |day| HolidayCalendar::Bk6_24_174.calendar().why_not(day);
/// assert_eq!(why_not(date!(2025-12-27)), Some(NonWerktag::Saturday));
/// assert_eq!(why_not(date!(2026-10-03)), Some(NonWerktag::Holiday("Tag der Deutschen Einheit"))); // also a Saturday
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonWerktag<'a> {
    /// A holiday of the table, by its name; also when it falls on a weekend.
    Holiday(&'a str),
    /// A Saturday, under a calendar in which Saturday does not count.
    Saturday,
    /// A Sunday.
    Sunday,
}

impl fmt::Display for NonWerktag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holiday(name) => name,
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        })
    }
}

/// One row of a holiday table.
#[derive(Debug, Clone)]
pub(super) struct Holiday {
    pub(super) name: String,
    pub(super) rule: HolidayRule,
    /// First and last year in which it is one, inclusive.
    pub(super) years: (i32, i32),
}

/// A Werktag calendar. Obtained from a rulebook: [`Rulebook::calendar`].
///
/// ```
/// use mako_engine::fristen::{Rulebook, RulebookId};
/// use time::macros::date;
/// let calendar = Rulebook::of(RulebookId::BK6_24_174).calendar();
/// assert_eq!(calendar.why_not(date!(2025-12-24)).unwrap().to_string(), "Heiligabend");
/// assert!(calendar.is_werktag(date!(2025-12-23)));
/// ```
#[derive(Debug, Clone)]
pub struct Calendar {
    holidays: Vec<Holiday>,
    saturday_is_werktag: bool,
    /// Once a year has been asked for: its holidays by the day of the year, and which row each is. Fristen ask for the same days again and again.
    years: [OnceLock<Vec<(u16, usize)>>; KEPT],
}

/// The first year that is kept, and how many are: every other is looked up row by row.
const KEPT_FROM: i32 = 2020;
const KEPT: usize = 24;

impl Calendar {
    pub(super) fn new(holidays: Vec<Holiday>, saturday_is_werktag: bool) -> Self {
        Self { holidays, saturday_is_werktag, years: std::array::from_fn(|_| OnceLock::new()) }
    }

    /// Whether Saturday counts as a Werktag unless it is a holiday.
    ///
    /// ```
    /// use mako_engine::fristen::HolidayCalendar;
    /// assert!(HolidayCalendar::BdewMaKo.calendar().saturday_is_werktag());
    /// assert!(!HolidayCalendar::Bk6_24_174.calendar().saturday_is_werktag());
    /// ```
    #[must_use]
    pub const fn saturday_is_werktag(&self) -> bool {
        self.saturday_is_werktag
    }

    /// Whether `date` counts.
    ///
    /// ```
    /// use mako_engine::fristen::HolidayCalendar;
    /// use time::macros::date;
    /// let saturday = date!(2025-11-08);
    /// assert!(HolidayCalendar::BdewMaKo.calendar().is_werktag(saturday));
    /// assert!(!HolidayCalendar::Bk6_24_174.calendar().is_werktag(saturday));
    /// ```
    #[must_use]
    pub fn is_werktag(&self, date: Date) -> bool {
        self.why_not(date).is_none()
    }

    /// Why `date` does not count; `None` when it does. A holiday is named even when it falls on a weekend. See [`NonWerktag`].
    #[must_use]
    pub fn why_not(&self, date: Date) -> Option<NonWerktag<'_>> {
        if let Some(name) = self.holiday(date)
            && !(planted!(WorksOnChristmasEve) && name == "Heiligabend")
            && !(planted!(WorksOnAHolidayOfOneLand) && matches!(name, "Heilige Drei Könige" | "Buß- und Bettag"))
        {
            return Some(NonWerktag::Holiday(name));
        }
        match date.weekday() {
            Weekday::Sunday => Some(NonWerktag::Sunday),
            Weekday::Saturday if !self.saturday_is_werktag && !planted!(WorksOnSaturday) => Some(NonWerktag::Saturday),
            _ => None,
        }
    }

    /// The name of the holiday that `date` is, if it is one. A holiday counts since the year in which some Land has it.
    ///
    /// ```
    /// use mako_engine::fristen::HolidayCalendar;
    /// use time::macros::date;
    /// let calendar = HolidayCalendar::Bk6_24_174.calendar();
    /// assert_eq!(calendar.holiday(date!(2019-03-08)), Some("Frauentag"));
    /// assert_eq!(calendar.holiday(date!(2018-03-08)), None);
    /// ```
    #[must_use]
    pub fn holiday(&self, date: Date) -> Option<&str> {
        let kept = usize::try_from(date.year() - KEPT_FROM).ok().and_then(|year| self.years.get(year));
        let row = match kept.map(|year| year.get_or_init(|| self.rows_of(date.year()))) {
            Some(days) => days.binary_search_by_key(&date.ordinal(), |(day, _)| *day).ok().and_then(|at| days.get(at)).map(|(_, row)| *row),
            None => self.row_of(date, easter(date.year())),
        };
        row.and_then(|row| self.holidays.get(row)).map(|holiday| holiday.name.as_str())
    }

    /// The first row that means `date`.
    fn row_of(&self, date: Date, easter: Date) -> Option<usize> {
        self.holidays.iter().position(|holiday| {
            let (first, last) = holiday.years;
            (first..=last).contains(&date.year()) && holiday.rule.means(date, easter)
        })
    }

    /// Every holiday of `year`: its day of the year, and its row.
    fn rows_of(&self, year: i32) -> Vec<(u16, usize)> {
        let easter = easter(year);
        let first = berlin::first_of_month(year, Month::January);
        let days = std::iter::successors(first, |day| day.next_day()).take_while(|day| day.year() == year);
        days.filter_map(|day| Some((day.ordinal(), self.row_of(day, easter)?))).collect()
    }

    /// Every day of `year` that does not count, in order, with the reason.
    ///
    /// ```
    /// use mako_engine::fristen::HolidayCalendar;
    /// let of_2026 = |calendar: HolidayCalendar| calendar.calendar().non_werktage(2026).count();
    /// assert_eq!((of_2026(HolidayCalendar::BdewMaKo), of_2026(HolidayCalendar::Bk6_24_174)), (68, 116));
    /// ```
    pub fn non_werktage(&self, year: i32) -> impl Iterator<Item = (Date, NonWerktag<'_>)> {
        let first = berlin::first_of_month(year, Month::January);
        std::iter::successors(first, |day| day.next_day())
            .take_while(move |day| day.year() == year)
            .filter_map(|day| self.why_not(day).map(|reason| (day, reason)))
    }

    /// The days strictly between two that do not count: what a Frist from `from` to `to` skipped.
    pub(super) fn skipped(&self, from: Date, to: Date) -> Vec<(Date, NonWerktag<'_>)> {
        let days = (to - from).whole_days();
        (1..days)
            .filter_map(|n| {
                let day = from.checked_add(Duration::days(n))?;
                self.why_not(day).map(|reason| (day, reason))
            })
            .collect()
    }
}

impl AsRef<Self> for Calendar {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// The two calendars by name, for those who need a calendar and no rulebook. They differ in Saturday alone.
///
/// ```
/// use mako_engine::fristen::{HolidayCalendar, add_werktage};
/// use time::macros::date;
/// let friday = date!(2025-11-07);
/// assert_eq!(add_werktage(friday, 1, HolidayCalendar::BdewMaKo), date!(2025-11-08));
/// assert_eq!(add_werktage(friday, 1, HolidayCalendar::Bk6_24_174), date!(2025-11-10));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HolidayCalendar {
    /// The product's calendar: BDEW holidays, Saturday counts as a Werktag. Not what the regulation says.
    BdewMaKo,
    /// The regulation's calendar: BDEW holidays, Saturday does not count (BK6-24-174).
    Bk6_24_174,
}

impl HolidayCalendar {
    /// The calendar itself.
    #[must_use]
    pub fn calendar(self) -> &'static Calendar {
        Rulebook::of(match self {
            Self::BdewMaKo => RulebookId::MAKO_ENGINE,
            Self::Bk6_24_174 => RulebookId::BK6_24_174,
        })
        .calendar()
    }
}

impl AsRef<Calendar> for HolidayCalendar {
    fn as_ref(&self) -> &Calendar {
        self.calendar()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    proptest! {
        #[test]
        fn a_werktag_of_the_regulation_is_one_of_the_product(ordinal in 0_i64..30_000) {
            let day = date!(1990 - 01 - 01) + Duration::days(ordinal);
            let both = HolidayCalendar::BdewMaKo.calendar().is_werktag(day) || !HolidayCalendar::Bk6_24_174.calendar().is_werktag(day);
            prop_assert!(both);
        }
    }
}
