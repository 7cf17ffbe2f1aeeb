//! Counting: Werktage, and elapsed hours.
//!
//! Counting follows § 187 BGB: the day on which something happens does not count, so the n-th Werktag after a day is strictly after
//! it, whether or not that day is a Werktag itself. Which days count is the calendar's business; it comes last, as a [`Calendar`] of
//! a rulebook or as a [`HolidayCalendar`](super::HolidayCalendar) by name.
//!
//! Hours are elapsed time: a day of 24 hours ends at another clock time when clocks are changed in it.

use time::{Date, Month, Time};

use super::berlin;
use super::calendar::Calendar;
use crate::Timestamp;

/// The instant `hours` elapsed hours after `at` (before it when negative), whatever the clocks do in between.
///
/// ```
/// use mako_engine::fristen::{add_hours, berlin};
/// let noon_before_summer_time = "2026-03-28T12:00:00+01:00".parse().unwrap();
/// assert_eq!(berlin::rfc3339(add_hours(noon_before_summer_time, 24)), "2026-03-29T13:00:00+02:00");
/// assert_eq!(berlin::rfc3339(add_hours(noon_before_summer_time, -24)), "2026-03-27T12:00:00+01:00");
/// ```
#[must_use]
pub const fn add_hours(at: Timestamp, hours: i64) -> Timestamp {
    at.plus_seconds(hours.saturating_mul(3600))
}

/// The `n`-th Werktag strictly after `date`; `date` itself when `n` is 0. Stops at the last day that can be written.
///
/// ```
/// use mako_engine::fristen::{HolidayCalendar, add_werktage};
/// use time::macros::date;
/// assert_eq!(add_werktage(date!(2025-12-23), 1, HolidayCalendar::Bk6_24_174), date!(2025-12-29)); // Monday
/// assert_eq!(add_werktage(date!(2025-12-23), 1, HolidayCalendar::BdewMaKo), date!(2025-12-27)); // Saturday
/// ```
#[must_use]
pub fn add_werktage(date: Date, n: u32, calendar: impl AsRef<Calendar>) -> Date {
    walk(date, n, calendar.as_ref(), Date::next_day)
}

/// The `n`-th Werktag strictly before `date`; `date` itself when `n` is 0. Stops at the first day that can be written.
///
/// ```
/// use mako_engine::fristen::{HolidayCalendar, subtract_werktage};
/// use time::macros::date;
/// assert_eq!(subtract_werktage(date!(2026-01-02), 1, HolidayCalendar::Bk6_24_174), date!(2025-12-30));
/// ```
#[must_use]
pub fn subtract_werktage(date: Date, n: u32, calendar: impl AsRef<Calendar>) -> Date {
    walk(date, n, calendar.as_ref(), Date::previous_day)
}

/// The first Werktag strictly after `date`.
///
/// ```
/// use mako_engine::fristen::{HolidayCalendar, next_werktag};
/// use time::macros::date;
/// assert_eq!(next_werktag(date!(2025-11-18), HolidayCalendar::Bk6_24_174), date!(2025-11-20)); // 19.11. is Buß- und Bettag
/// ```
#[must_use]
pub fn next_werktag(date: Date, calendar: impl AsRef<Calendar>) -> Date {
    add_werktage(date, 1, calendar)
}

/// How many Werktage lie strictly after `from`, up to and including `to`; 0 when `to` is not after `from`. The inverse of
/// [`add_werktage`].
///
/// ```
/// use mako_engine::fristen::{HolidayCalendar, werktage_between};
/// use time::macros::date;
/// assert_eq!(werktage_between(date!(2025-12-23), date!(2025-12-30), HolidayCalendar::Bk6_24_174), 2); // 29. and 30.
/// assert_eq!(werktage_between(date!(2025-12-23), date!(2025-12-30), HolidayCalendar::BdewMaKo), 3); // and Saturday, 27.
/// assert_eq!(werktage_between(date!(2025-12-30), date!(2025-12-23), HolidayCalendar::BdewMaKo), 0);
/// ```
#[must_use]
pub fn werktage_between(from: Date, to: Date, calendar: impl AsRef<Calendar>) -> u32 {
    let calendar = calendar.as_ref();
    let mut count = 0;
    let mut day = from;
    while day < to {
        let Some(next) = day.next_day() else { break };
        day = next;
        count += u32::from(calendar.is_werktag(day));
    }
    count
}

/// The `n`-th Werktag (from 1) counted from the first of a month; it runs on into later months, as MaBiS counts WT 42. `None` when
/// `n` is 0 or the year cannot be written.
///
/// ```
/// use mako_engine::fristen::{HolidayCalendar, nth_werktag_of_month};
/// use time::Month;
/// use time::macros::date;
/// let nth = |n| nth_werktag_of_month(2025, Month::December, n, HolidayCalendar::Bk6_24_174);
/// assert_eq!(nth(1), Some(date!(2025-12-01)));
/// assert_eq!(nth(20), Some(date!(2026-01-02)));
/// assert_eq!(nth(0), None);
/// ```
#[must_use]
pub fn nth_werktag_of_month(year: i32, month: Month, n: u32, calendar: impl AsRef<Calendar>) -> Option<Date> {
    let first = berlin::first_of_month(year, month)?;
    (n > 0).then(|| add_werktage(first.previous_day().unwrap_or(first), n, calendar))
}

/// The end of the `n`-th Werktag after `date` (of `date` itself when `n` is 0): the Berlin midnight behind it, which is the first
/// instant that is too late.
///
/// ```
/// use mako_engine::fristen::{HolidayCalendar, berlin, end_of_werktag};
/// use time::macros::date;
/// let end = end_of_werktag(date!(2025-12-23), 1, HolidayCalendar::Bk6_24_174);
/// assert_eq!(berlin::rfc3339(end), "2025-12-30T00:00:00+01:00"); // the 29th is over
/// ```
#[must_use]
pub fn end_of_werktag(date: Date, n: u32, calendar: impl AsRef<Calendar>) -> Timestamp {
    berlin::end_of_day(add_werktage(date, n, calendar))
}

/// The instant at which it is `time` in Berlin on the `n`-th Werktag after `date` (on `date` itself when `n` is 0): "11:00 on WT+1".
///
/// ```
/// use mako_engine::fristen::{HolidayCalendar, berlin, time_on_werktag};
/// use time::macros::{date, time};
/// let due = time_on_werktag(date!(2025-12-23), 1, time!(11:00), HolidayCalendar::Bk6_24_174);
/// assert_eq!(berlin::rfc3339(due), "2025-12-29T11:00:00+01:00");
/// ```
#[must_use]
pub fn time_on_werktag(date: Date, n: u32, time: Time, calendar: impl AsRef<Calendar>) -> Timestamp {
    berlin::instant(add_werktage(date, n, calendar), time)
}

fn walk(date: Date, n: u32, calendar: &Calendar, step: fn(Date) -> Option<Date>) -> Date {
    let mut day = date;
    for _ in 0..n {
        loop {
            let Some(next) = step(day) else { return day };
            day = next;
            if calendar.is_werktag(day) {
                break;
            }
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::Duration;
    use time::macros::date;

    use super::super::HolidayCalendar;
    use super::*;

    fn any_calendar() -> impl Strategy<Value = HolidayCalendar> {
        prop_oneof![Just(HolidayCalendar::BdewMaKo), Just(HolidayCalendar::Bk6_24_174)]
    }

    fn any_day() -> impl Strategy<Value = Date> {
        (0_i64..30_000).prop_map(|n| date!(1990 - 01 - 01) + Duration::days(n))
    }

    proptest! {
        #[test]
        fn adding_then_subtracting_werktage_returns_to_a_werktag(calendar in any_calendar(), day in any_day(), n in 0_u32..80) {
            let start = next_werktag(day, calendar);
            prop_assert_eq!(subtract_werktage(add_werktage(start, n, calendar), n, calendar), start);
        }

        #[test]
        fn what_is_added_is_what_lies_between(calendar in any_calendar(), day in any_day(), n in 0_u32..80) {
            prop_assert_eq!(werktage_between(day, add_werktage(day, n, calendar), calendar), n);
        }

        #[test]
        fn adding_is_monotone_in_day_and_in_number(calendar in any_calendar(), day in any_day(), later in 0_i64..30, n in 1_u32..40) {
            prop_assert!(add_werktage(day, n, calendar) <= add_werktage(day + Duration::days(later), n, calendar));
            prop_assert!(add_werktage(day, n, calendar) < add_werktage(day, n + 1, calendar));
        }

        #[test]
        fn counting_in_steps_is_counting_at_once(calendar in any_calendar(), day in any_day(), a in 0_u32..30, b in 0_u32..30) {
            prop_assert_eq!(add_werktage(add_werktage(day, a, calendar), b, calendar), add_werktage(day, a + b, calendar));
        }

        #[test]
        fn a_clock_time_on_a_werktag_lies_before_its_end(calendar in any_calendar(), day in any_day(), n in 0_u32..40, hour in 0_u8..24) {
            let at = time_on_werktag(day, n, Time::from_hms(hour, 0, 0).unwrap(), calendar);
            prop_assert!(at < end_of_werktag(day, n, calendar));
            prop_assert_eq!(berlin::local(end_of_werktag(day, n, calendar)).1, Time::MIDNIGHT);
        }

        #[test]
        fn hours_go_forth_and_back(ms in 0_i64..2_000_000_000_000, hours in -100_000_i64..100_000) {
            let at = Timestamp::from_unix_ms(ms);
            prop_assert_eq!(add_hours(at, hours).ms_since(at), hours * 3_600_000);
        }
    }

    #[test]
    fn counting_stops_at_the_ends_of_time() {
        let calendar = HolidayCalendar::Bk6_24_174;
        assert_eq!(add_werktage(Date::MAX, 3, calendar), Date::MAX);
        assert_eq!(subtract_werktage(Date::MIN, 3, calendar), Date::MIN);
        assert_eq!(add_hours(Timestamp::MAX, i64::MAX), Timestamp::MAX);
    }
}
