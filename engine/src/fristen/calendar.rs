//! The Werktag calendar: which days count, and counting them.
//!
//! A Werktag is a day that is no Sunday and no holiday, and, under the regulation, no Saturday. A holiday in one Land counts
//! everywhere; 24.12. and 31.12. count as holidays (WiM Teil 1 BK6-24-174 Kap. 1.5, GPKE and GeLi Gas alike). Which days are
//! holidays and whether Saturday counts come from the rulebook's table; nothing in this file knows a date.
//!
//! Counting follows § 187 BGB: the day on which something happens does not count, so the n-th Werktag after a day is strictly
//! after it, whether or not that day is a Werktag itself.

use std::fmt;

use time::{Date, Duration, Month, Weekday};

use super::berlin;
use super::holiday::{HolidayRule, easter};
use super::registry::RulebookId;
use super::rulebook::Rulebook;

/// Why a day is no Werktag.
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
/// assert_eq!(calendar.add_werktage(date!(2025-12-23), 1), date!(2025-12-29));
/// ```
#[derive(Debug, Clone)]
pub struct Calendar {
    holidays: Vec<Holiday>,
    saturday_is_werktag: bool,
}

impl Calendar {
    pub(super) const fn new(holidays: Vec<Holiday>, saturday_is_werktag: bool) -> Self {
        Self { holidays, saturday_is_werktag }
    }

    /// Whether Saturday counts as a Werktag unless it is a holiday.
    #[must_use]
    pub const fn saturday_is_werktag(&self) -> bool {
        self.saturday_is_werktag
    }

    /// Whether `date` counts.
    #[must_use]
    pub fn is_werktag(&self, date: Date) -> bool {
        self.why_not(date).is_none()
    }

    /// Why `date` does not count; `None` when it does. A holiday is named even when it falls on a weekend.
    #[must_use]
    pub fn why_not(&self, date: Date) -> Option<NonWerktag<'_>> {
        if let Some(name) = self.holiday(date) {
            return Some(NonWerktag::Holiday(name));
        }
        match date.weekday() {
            Weekday::Sunday => Some(NonWerktag::Sunday),
            Weekday::Saturday if !self.saturday_is_werktag => Some(NonWerktag::Saturday),
            _ => None,
        }
    }

    /// The name of the holiday that `date` is, if it is one.
    #[must_use]
    pub fn holiday(&self, date: Date) -> Option<&str> {
        let easter = easter(date.year());
        self.holidays
            .iter()
            .find(|holiday| {
                let (first, last) = holiday.years;
                (first..=last).contains(&date.year()) && holiday.rule.means(date, easter)
            })
            .map(|holiday| holiday.name.as_str())
    }

    /// The `n`-th Werktag strictly after `date`; `date` itself when `n` is 0. Stops at the last day that can be written.
    #[must_use]
    pub fn add_werktage(&self, date: Date, n: u32) -> Date {
        self.walk(date, n, Date::next_day)
    }

    /// The `n`-th Werktag strictly before `date`; `date` itself when `n` is 0. Stops at the first day that can be written.
    #[must_use]
    pub fn subtract_werktage(&self, date: Date, n: u32) -> Date {
        self.walk(date, n, Date::previous_day)
    }

    /// The first Werktag strictly after `date`.
    #[must_use]
    pub fn next_werktag(&self, date: Date) -> Date {
        self.add_werktage(date, 1)
    }

    /// How many Werktage lie strictly after `from`, up to and including `to`; 0 when `to` is not after `from`.
    ///
    /// The inverse of [`Calendar::add_werktage`]: `werktage_between(d, add_werktage(d, n))` is `n`.
    #[must_use]
    pub fn werktage_between(&self, from: Date, to: Date) -> u32 {
        let mut count = 0;
        let mut day = from;
        while day < to {
            let Some(next) = day.next_day() else { break };
            day = next;
            count += u32::from(self.is_werktag(day));
        }
        count
    }

    /// The `n`-th Werktag (from 1) counted from the first of a month; it runs on into later months, as MaBiS counts WT 42.
    /// `None` when `n` is 0 or the year cannot be written.
    #[must_use]
    pub fn nth_werktag_of_month(&self, year: i32, month: Month, n: u32) -> Option<Date> {
        let first = berlin::first_of_month(year, month)?;
        (n > 0).then(|| self.add_werktage(first.previous_day().unwrap_or(first), n))
    }

    /// Every day of `year` that does not count, in order, with the reason.
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

    fn walk(&self, date: Date, n: u32, step: fn(Date) -> Option<Date>) -> Date {
        let mut day = date;
        for _ in 0..n {
            loop {
                let Some(next) = step(day) else { return day };
                day = next;
                if self.is_werktag(day) {
                    break;
                }
            }
        }
        day
    }
}

/// The two calendars by name, for those who need a calendar and no rulebook.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn any_calendar() -> impl Strategy<Value = &'static Calendar> {
        prop_oneof![Just(HolidayCalendar::BdewMaKo), Just(HolidayCalendar::Bk6_24_174)].prop_map(HolidayCalendar::calendar)
    }

    fn any_day() -> impl Strategy<Value = Date> {
        (0_i64..30_000).prop_map(|n| date!(1990 - 01 - 01) + Duration::days(n))
    }

    proptest! {
        #[test]
        fn adding_then_subtracting_werktage_returns_to_a_werktag(calendar in any_calendar(), day in any_day(), n in 0_u32..80) {
            let start = calendar.next_werktag(day);
            prop_assert_eq!(calendar.subtract_werktage(calendar.add_werktage(start, n), n), start);
        }

        #[test]
        fn what_is_added_is_what_lies_between(calendar in any_calendar(), day in any_day(), n in 0_u32..80) {
            prop_assert_eq!(calendar.werktage_between(day, calendar.add_werktage(day, n)), n);
        }

        #[test]
        fn adding_is_monotone_in_day_and_in_number(calendar in any_calendar(), day in any_day(), later in 0_i64..30, n in 1_u32..40) {
            prop_assert!(calendar.add_werktage(day, n) <= calendar.add_werktage(day + Duration::days(later), n));
            prop_assert!(calendar.add_werktage(day, n) < calendar.add_werktage(day, n + 1));
        }

        #[test]
        fn counting_in_steps_is_counting_at_once(calendar in any_calendar(), day in any_day(), a in 0_u32..30, b in 0_u32..30) {
            prop_assert_eq!(calendar.add_werktage(calendar.add_werktage(day, a), b), calendar.add_werktage(day, a + b));
        }

        #[test]
        fn a_werktag_of_the_regulation_is_one_of_the_product(day in any_day()) {
            let both = HolidayCalendar::BdewMaKo.calendar().is_werktag(day) || !HolidayCalendar::Bk6_24_174.calendar().is_werktag(day);
            prop_assert!(both);
        }
    }

    #[test]
    fn counting_stops_at_the_ends_of_time() {
        let calendar = HolidayCalendar::Bk6_24_174.calendar();
        assert_eq!(calendar.add_werktage(Date::MAX, 3), Date::MAX);
        assert_eq!(calendar.subtract_werktage(Date::MIN, 3), Date::MIN);
    }

    #[test]
    fn a_werktag_of_month_runs_on_into_later_months() {
        let calendar = HolidayCalendar::Bk6_24_174.calendar();
        assert_eq!(calendar.nth_werktag_of_month(2025, Month::December, 1), Some(date!(2025 - 12 - 01)));
        assert_eq!(calendar.nth_werktag_of_month(2025, Month::December, 19), Some(date!(2025 - 12 - 30)));
        assert_eq!(calendar.nth_werktag_of_month(2025, Month::December, 20), Some(date!(2026 - 01 - 02)));
        assert_eq!(calendar.nth_werktag_of_month(2025, Month::December, 0), None);
    }
}
