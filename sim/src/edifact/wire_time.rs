//! Instants and days as EDIFACT writes them.
//!
//! DTM format 303 is `CCYYMMDDHHMM` and the offset from UTC; the market allows only `+00` (Allgemeine Festlegungen: all instants in
//! UTC). The wire knows minutes: writing cuts seconds. UNB 0017/0019 is written in Berlin local time, as the senders of the market do;
//! the offset comes from the caller because this module knows no time zones.

use mako_engine::Timestamp;
use time::{Date, Month, PrimitiveDateTime, Time};

/// The instant in a DTM of format 303; `None` unless it is twelve digits, a real date and time, and `+00`.
///
/// ```
/// use mako_sim::edifact::wire_time::parse_303;
/// assert_eq!(parse_303("202511072300+00").unwrap().to_string(), "2025-11-07T23:00:00Z");
/// assert_eq!(parse_303("202511080000+01"), None);
/// ```
#[must_use]
pub fn parse_303(text: &str) -> Option<Timestamp> {
    minutes(text.strip_suffix("+00")?, 12)
}

/// The instant in a DTM of format 304, which adds seconds to 303.
#[must_use]
pub fn parse_304(text: &str) -> Option<Timestamp> {
    minutes(text.strip_suffix("+00")?, 14)
}

/// The day in a DTM of format 102, `CCYYMMDD`.
#[must_use]
pub fn parse_102(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let month = Month::try_from(u8::try_from(number(text, 4, 6)?).ok()?).ok()?;
    Date::from_calendar_date(i32::try_from(number(text, 0, 4)?).ok()?, month, u8::try_from(number(text, 6, 8)?).ok()?).ok()
}

/// `at` in format 303; seconds are cut.
#[must_use]
pub fn format_303(at: Timestamp) -> String {
    let at = at.to_offset();
    format!("{:04}{:02}{:02}{:02}{:02}+00", at.year(), u8::from(at.month()), at.day(), at.hour(), at.minute())
}

/// `at` in format 304.
#[must_use]
pub fn format_304(at: Timestamp) -> String {
    let at = at.to_offset();
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}+00", at.hour(), at.minute(), at.second())
}

/// `day` in format 102.
#[must_use]
pub fn format_102(day: Date) -> String {
    format!("{:04}{:02}{:02}", day.year(), u8::from(day.month()), day.day())
}

/// UNB 0017 and 0019 (`YYMMDD`, `HHMM`) of `at`, `offset_seconds` east of UTC.
#[must_use]
pub fn format_unb(at: Timestamp, offset_seconds: i32) -> (String, String) {
    let local = at.plus_seconds(i64::from(offset_seconds)).to_offset();
    let date = format!("{:02}{:02}{:02}", local.year().rem_euclid(100), u8::from(local.month()), local.day());
    (date, format!("{:02}{:02}", local.hour(), local.minute()))
}

/// Day and time in UNB 0017 and 0019 as `251106:1000`, of this century; `None` when they are no day and time.
///
/// ```
/// use mako_sim::edifact::wire_time::parse_unb;
/// use time::macros::{date, time};
/// assert_eq!(parse_unb("251106:1000"), Some((date!(2025-11-06), time!(10:00))));
/// assert_eq!(parse_unb("251306:1000"), None);
/// ```
#[must_use]
pub fn parse_unb(text: &str) -> Option<(Date, Time)> {
    let (date, time) = text.split_once(':')?;
    let day = parse_102(&format!("20{date}"))?;
    if time.len() != 4 || !time.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let two = |from: usize| number(time, from, from + 2).and_then(|n| u8::try_from(n).ok());
    Time::from_hms(two(0)?, two(2)?, 0).ok().map(|time| (day, time))
}

fn minutes(text: &str, length: usize) -> Option<Timestamp> {
    if text.len() != length || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let day = parse_102(text.get(..8)?)?;
    let two = |from: usize| number(text, from, from + 2).and_then(|n| u8::try_from(n).ok());
    let second = if length == 14 { two(12)? } else { 0 };
    let time = Time::from_hms(two(8)?, two(10)?, second).ok()?;
    Some(Timestamp::from(PrimitiveDateTime::new(day, time).assume_utc()))
}

fn number(text: &str, from: usize, to: usize) -> Option<u32> {
    text.get(from..to)?.parse().ok()
}

/// A day in JSON: `2025-11-06`.
pub(super) mod iso_day {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use time::Date;
    use time::format_description::BorrowedFormatItem;
    use time::macros::format_description;

    const FORM: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

    pub(in super::super) fn serialize<S: Serializer>(day: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
        day.map(|day| day.format(FORM).map_err(serde::ser::Error::custom)).transpose()?.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Date::parse(&text, FORM).map_err(serde::de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_303_is_minutes_in_utc_and_nothing_else() {
        for wrong in
            ["20251106090000+00", "202511080000+01", "202511080000", "202513080000+00", "202511082400+00", "2025x1080000+00", "+00"]
        {
            assert_eq!(parse_303(wrong), None, "{wrong}");
        }
        let at = parse_303("202511060900+00").unwrap();
        assert_eq!(format_303(at.plus_seconds(59)), "202511060900+00");
    }

    #[test]
    fn the_envelope_is_written_in_local_time() {
        let at: Timestamp = "2025-12-31T23:30:00Z".parse().unwrap();
        assert_eq!(format_unb(at, 3600), ("260101".to_owned(), "0030".to_owned()));
    }

    #[test]
    fn a_day_that_does_not_exist_is_none() {
        assert_eq!(parse_102("20250230"), None);
        assert_eq!(parse_102("20251106").map(format_102).as_deref(), Some("20251106"));
    }
}
