//! Berlin time: the view in which people and market rules speak of days and clock times.
//!
//! The engine stores instants ([`Timestamp`], UTC); every market rule is written in Europe/Berlin. This module is the only
//! bridge. It reads the time zone from the database bundled into the program, never from the machine it runs on, so two
//! machines never disagree about a Frist.
//!
//! A local time can exist twice (the hour after clocks go back) or not at all (the hour that is skipped). [`instant`] decides:
//! it is for rules, and no market rule names a clock time in those hours. [`resolve`] refuses: it is for what people write.

use std::sync::OnceLock;

use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset, Weekday};

use crate::Timestamp;
use crate::planted;

/// A local time that does not name exactly one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalTimeError {
    /// Clocks go back: the time exists twice, once at each offset.
    #[error("{date} {} exists twice in Berlin: write it as {}{} or {}{}", clock(*.time), clock(*.time), offset_text(*.first), clock(*.time), offset_text(*.second))]
    Ambiguous {
        /// The local day.
        date: Date,
        /// The local clock time.
        time: Time,
        /// Offset of the earlier of the two instants, seconds east of UTC.
        first: i32,
        /// Offset of the later of the two instants, seconds east of UTC.
        second: i32,
    },
    /// Clocks go forward: the time is skipped.
    #[error("{date} {} does not exist in Berlin: clocks go forward over it", clock(*.time))]
    Nonexistent {
        /// The local day.
        date: Date,
        /// The local clock time.
        time: Time,
    },
    /// The time exists, but not at the offset that was written.
    #[error("{date} {} in Berlin is at offset {}, not {}", clock(*.time), offset_text(*.actual), offset_text(*.given))]
    WrongOffset {
        /// The local day.
        date: Date,
        /// The local clock time.
        time: Time,
        /// The offset that was written, seconds east of UTC.
        given: i32,
        /// An offset at which the time exists, seconds east of UTC.
        actual: i32,
    },
}

/// Berlin's day, clock time and offset (seconds east of UTC) at `at`.
///
/// ```
/// use mako_engine::fristen::berlin;
/// let (date, time, offset) = berlin::local("2025-12-23T23:30:00Z".parse().unwrap());
/// assert_eq!((date.to_string(), time.hour(), offset), ("2025-12-24".into(), 0, 3600));
/// ```
#[must_use]
pub fn local(at: Timestamp) -> (Date, Time, i32) {
    let instant = jiff::Timestamp::from_millisecond(at.unix_ms()).unwrap_or(jiff::Timestamp::MAX);
    let offset = zone().to_offset(instant).seconds();
    let utc = at.to_offset();
    let local = UtcOffset::from_whole_seconds(offset).ok().and_then(|offset| utc.checked_to_offset(offset)).unwrap_or(utc);
    (local.date(), local.time(), offset)
}

/// Berlin's day at `at`: the ÜT of what was received then.
///
/// ```
/// use mako_engine::fristen::berlin;
/// use time::macros::date;
/// assert_eq!(berlin::day("2026-06-08T21:59:59Z".parse().unwrap()), date!(2026-06-08));
/// assert_eq!(berlin::day("2026-06-08T22:00:00Z".parse().unwrap()), date!(2026-06-09));
/// ```
#[must_use]
pub fn day(at: Timestamp) -> Date {
    if planted!(CountsTheDaysOfUtc) {
        return at.to_offset().date();
    }
    local(at).0
}

/// The instant of a Berlin day and clock time, for rules.
///
/// A time that exists twice is taken the first time; a time that is skipped is moved forward by the length of the gap, as a
/// clock that was not adjusted would show it.
///
/// ```
/// use mako_engine::fristen::berlin;
/// use time::macros::{date, time};
/// assert_eq!(berlin::instant(date!(2025-10-26), time!(02:30)).to_string(), "2025-10-26T00:30:00Z");
/// assert_eq!(berlin::instant(date!(2026-03-29), time!(02:30)).to_string(), "2026-03-29T01:30:00Z");
/// ```
#[must_use]
pub fn instant(date: Date, time: Time) -> Timestamp {
    if planted!(KnowsNoSummerTime) {
        return at_offset(date, time, 3_600);
    }
    let offset = match offsets(date, time) {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
    };
    at_offset(date, time, offset.seconds())
}

/// The instant of a Berlin day and clock time as a person wrote it, with the offset (seconds east of UTC) if one was written.
///
/// ```
/// use mako_engine::fristen::berlin;
/// use time::macros::{date, time};
/// let at = |offset| berlin::resolve(date!(2025-10-26), time!(02:30), offset);
/// assert_eq!(at(Some(3600)).unwrap().to_string(), "2025-10-26T01:30:00Z");
/// assert_eq!(at(None).unwrap_err().to_string(), "2025-10-26 02:30:00 exists twice in Berlin: write it as 02:30:00+02:00 or 02:30:00+01:00");
/// ```
///
/// # Errors
///
/// [`LocalTimeError`] when the time is skipped, exists twice and no offset was written, or does not exist at that offset.
pub fn resolve(date: Date, time: Time, offset: Option<i32>) -> Result<Timestamp, LocalTimeError> {
    let actual = match offsets(date, time) {
        AmbiguousOffset::Gap { .. } => return Err(LocalTimeError::Nonexistent { date, time }),
        AmbiguousOffset::Unambiguous { offset } => offset.seconds(),
        AmbiguousOffset::Fold { before, after } => match offset {
            None => {
                return Err(LocalTimeError::Ambiguous { date, time, first: before.seconds(), second: after.seconds() });
            }
            Some(given) if given == after.seconds() => given,
            Some(_) => before.seconds(),
        },
    };
    match offset {
        Some(given) if given != actual => Err(LocalTimeError::WrongOffset { date, time, given, actual }),
        _ => Ok(at_offset(date, time, actual)),
    }
}

/// The instant at which `date` begins in Berlin: the end (exclusive) of the day before, and the start of the Strom day.
///
/// ```
/// use mako_engine::fristen::berlin;
/// use time::macros::date;
/// assert_eq!(berlin::midnight(date!(2025-12-24)).to_string(), "2025-12-23T23:00:00Z");
/// ```
#[must_use]
pub fn midnight(date: Date) -> Timestamp {
    instant(date, Time::MIDNIGHT)
}

/// The instant at which `date` ends in Berlin, exclusive: the midnight behind it.
///
/// ```
/// use mako_engine::fristen::berlin;
/// use time::macros::date;
/// assert_eq!(berlin::end_of_day(date!(2025-12-23)), berlin::midnight(date!(2025-12-24)));
/// ```
#[must_use]
pub fn end_of_day(date: Date) -> Timestamp {
    midnight(date.next_day().unwrap_or(Date::MAX))
}

/// `"Tue 23.12.2025"`, for people.
///
/// ```
/// use mako_engine::fristen::berlin;
/// use time::macros::date;
/// assert_eq!(berlin::day_text(date!(2025-12-23)), "Tue 23.12.2025");
/// ```
#[must_use]
pub fn day_text(date: Date) -> String {
    format!("{} {}.{}.{}", weekday_text(date.weekday()), date.day(), u8::from(date.month()), date.year())
}

/// `"Mon 29.12. 11:00"` in Berlin time, for people; seconds only when there are any.
///
/// ```
/// use mako_engine::fristen::berlin;
/// assert_eq!(berlin::moment_text("2025-12-29T10:00:00Z".parse().unwrap()), "Mon 29.12. 11:00");
/// assert_eq!(berlin::moment_text("2025-12-29T10:00:01Z".parse().unwrap()), "Mon 29.12. 11:00:01");
/// ```
#[must_use]
pub fn moment_text(at: Timestamp) -> String {
    let (date, time, _) = local(at);
    let clock = if time.second() == 0 { format!("{:02}:{:02}", time.hour(), time.minute()) } else { clock(time) };
    format!("{} {}.{}. {clock}", weekday_text(date.weekday()), date.day(), u8::from(date.month()))
}

/// `"16:00:01"` in Berlin time, for people.
///
/// ```
/// use mako_engine::fristen::berlin;
/// assert_eq!(berlin::clock_text("2025-12-23T15:00:01Z".parse().unwrap()), "16:00:01");
/// ```
#[must_use]
pub fn clock_text(at: Timestamp) -> String {
    clock(local(at).1)
}

/// `"2025-12-29T11:00:00+01:00"`: RFC 3339 with Berlin's offset, to the second.
///
/// ```
/// use mako_engine::fristen::berlin;
/// assert_eq!(berlin::rfc3339("2025-12-29T10:00:00Z".parse().unwrap()), "2025-12-29T11:00:00+01:00");
/// ```
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    let (date, time, offset) = local(at);
    format!("{date}T{}{}", clock(time), offset_text(offset))
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

fn offset_text(seconds: i32) -> String {
    let minutes = seconds.abs() / 60;
    format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

pub(crate) const fn weekday_text(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

fn zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    // Cannot fire: the database is bundled, and `a_day_has_23_24_or_25_hours` below reads this zone from it.
    ZONE.get_or_init(|| TimeZoneDatabase::bundled().get("Europe/Berlin").expect("the time zone is compiled in"))
}

fn offsets(date: Date, time: Time) -> AmbiguousOffset {
    let month = i8::try_from(u8::from(date.month())).unwrap_or(1);
    let civil = jiff::civil::Date::new(i16::try_from(date.year()).unwrap_or(i16::MAX), month, i8::try_from(date.day()).unwrap_or(1))
        .unwrap_or(jiff::civil::Date::MAX)
        .at(signed(time.hour()), signed(time.minute()), signed(time.second()), 0);
    zone().to_ambiguous_timestamp(civil).offset()
}

/// Hours, minutes and seconds are below 60.
fn signed(part: u8) -> i8 {
    i8::try_from(part).unwrap_or(0)
}

fn at_offset(date: Date, time: Time, offset: i32) -> Timestamp {
    let utc: OffsetDateTime = PrimitiveDateTime::new(date, time).assume_utc();
    Timestamp::from(utc).plus_seconds(-i64::from(offset))
}

/// The last day of the month of `date`.
#[must_use]
pub(crate) fn end_of_month(date: Date) -> Date {
    let days = date.month().length(date.year());
    date.replace_day(days).unwrap_or(date)
}

/// The first day of a month, if the year can be written.
pub(crate) fn first_of_month(year: i32, month: Month) -> Option<Date> {
    Date::from_calendar_date(year, month, 1).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::{date, time};

    use super::*;

    #[test]
    fn what_people_write_in_the_doubled_hour_needs_its_offset() {
        let (day, half_past_two) = (date!(2025 - 10 - 26), time!(02:30));
        let error = resolve(day, half_past_two, None).unwrap_err();
        assert_eq!(error.to_string(), "2025-10-26 02:30:00 exists twice in Berlin: write it as 02:30:00+02:00 or 02:30:00+01:00");
        assert_eq!(resolve(day, half_past_two, Some(7200)).unwrap().to_string(), "2025-10-26T00:30:00Z");
        assert_eq!(resolve(day, half_past_two, Some(3600)).unwrap().to_string(), "2025-10-26T01:30:00Z");
        assert!(matches!(resolve(day, half_past_two, Some(0)), Err(LocalTimeError::WrongOffset { .. })));
    }

    #[test]
    fn what_people_write_in_the_skipped_hour_is_refused() {
        let error = resolve(date!(2026 - 03 - 29), time!(02:30), None).unwrap_err();
        assert_eq!(error.to_string(), "2026-03-29 02:30:00 does not exist in Berlin: clocks go forward over it");
        assert!(resolve(date!(2026 - 03 - 29), time!(02:30), Some(3600)).is_err());
    }

    #[test]
    fn an_ordinary_time_may_carry_its_offset_but_no_other() {
        assert!(resolve(date!(2025 - 12 - 23), time!(16:00), Some(3600)).is_ok());
        let error = resolve(date!(2025 - 12 - 23), time!(16:00), Some(7200)).unwrap_err();
        assert_eq!(error.to_string(), "2025-12-23 16:00:00 in Berlin is at offset +01:00, not +02:00");
    }

    #[test]
    fn texts_are_local() {
        let at: Timestamp = "2025-12-23T15:00:01Z".parse().unwrap();
        assert_eq!(day_text(day(at)), "Tue 23.12.2025");
        assert_eq!(clock_text(at), "16:00:01");
        assert_eq!(moment_text(midnight(date!(2025 - 12 - 29)).plus_seconds(11 * 3600)), "Mon 29.12. 11:00");
        assert_eq!(rfc3339(at), "2025-12-23T16:00:01+01:00");
    }

    #[test]
    fn the_ends_of_time_have_a_local_view() {
        assert_eq!(local(Timestamp::MAX).0.year(), 9999);
        assert_eq!(local(Timestamp::from_unix_ms(i64::MIN)).0.year(), 0);
    }

    proptest::proptest! {
        #[test]
        fn a_local_time_with_its_offset_is_the_instant_again(ms in -2_000_000_000_000_i64..10_000_000_000_000) {
            let at = Timestamp::from_unix_ms(ms);
            let (date, time, offset) = local(at);
            proptest::prop_assert_eq!(resolve(date, time, Some(offset)), Ok(at));
        }

        #[test]
        fn a_day_has_23_24_or_25_hours(ordinal in 0_i64..40_000) {
            let day = date!(1980 - 01 - 01) + time::Duration::days(ordinal);
            let hours = midnight(day.next_day().unwrap()).ms_since(midnight(day)) / 3_600_000;
            proptest::prop_assert!((23..=25).contains(&hours));
        }
    }
}
