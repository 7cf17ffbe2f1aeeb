//! An instant in UTC with millisecond resolution: the only form in which the engine stores or compares time.
//!
//! Milliseconds are finer than any Frist of the market rules and coarse enough that an instant is one `i64`, so that keys
//! that start with an instant sort by time. What is finer is cut when a text is read, so that an instant may fall up to a millisecond
//! before the one that was written, never after it; years beyond 0 to 9999 are clamped. Local (Berlin) time is a view, see [`crate::fristen::berlin`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant in UTC, milliseconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use mako_engine::Timestamp;
/// let t: Timestamp = "2025-12-23T15:00:01Z".parse().unwrap();
/// assert_eq!(t.plus_seconds(45 * 60).to_string(), "2025-12-23T15:45:01Z");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an instant: expected RFC 3339 with an offset, such as 2025-12-23T15:00:01Z or 2025-12-23T16:00:01+01:00")]
pub struct InvalidTimestamp {
    text: String,
}

/// 9999-12-31T23:59:59.999Z, the last instant that RFC 3339 can write.
const LAST_MS: i64 = 253_402_300_799_999;
/// 0000-01-01T00:00:00Z.
const FIRST_MS: i64 = -62_167_219_200_000;

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);
    /// The last instant that can be represented; stands for "never".
    pub const MAX: Self = Self(LAST_MS);

    /// The instant `ms` milliseconds after the Unix epoch, clamped to the years 0 to 9999.
    #[must_use]
    pub const fn from_unix_ms(ms: i64) -> Self {
        if ms > LAST_MS {
            Self(LAST_MS)
        } else if ms < FIRST_MS {
            Self(FIRST_MS)
        } else {
            Self(ms)
        }
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// `seconds` later (earlier when negative), clamped to what can be represented.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_unix_ms(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// `ms` milliseconds later (earlier when negative), clamped to what can be represented.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self::from_unix_ms(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to `self`; negative when `earlier` is later.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Eight bytes that sort as the instants do.
    #[must_use]
    pub const fn to_sortable_bytes(self) -> [u8; 8] {
        ((self.0 as u64) ^ (1 << 63)).to_be_bytes()
    }

    /// The inverse of [`Timestamp::to_sortable_bytes`].
    #[must_use]
    pub const fn from_sortable_bytes(bytes: [u8; 8]) -> Self {
        Self::from_unix_ms((u64::from_be_bytes(bytes) ^ (1 << 63)) as i64)
    }

    /// The same instant as a `time` value in UTC.
    #[must_use]
    pub fn to_offset(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl From<OffsetDateTime> for Timestamp {
    /// Cuts what is below a millisecond.
    fn from(at: OffsetDateTime) -> Self {
        Self::from_unix_ms(i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).unwrap_or(i64::MAX))
    }
}

impl Timestamp {
    /// The instant in RFC 3339 at UTC, as the `time` crate writes it: milliseconds only where there are some, without zeros at their end.
    fn written(self, text: &mut [u8; 24]) -> &str {
        let (seconds, ms) = (self.0.div_euclid(1_000), self.0.rem_euclid(1_000));
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = date_of(days);
        let (([y1, y2], [y3, y4]), [mo1, mo2], [d1, d2]) = ((digits(year / 100), digits(year % 100)), digits(month), digits(day));
        let ([h1, h2], [mi1, mi2], [s1, s2]) = (digits(second / 3_600), digits(second / 60 % 60), digits(second % 60));
        let ([ms1, ms2], [ms3, _]) = (digits(ms / 10), digits(ms % 10 * 10));
        *text = [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T', h1, h2, b':', mi1, mi2, b':', s1, s2, b'.', ms1, ms2, ms3, b'Z'];
        let end = match ms {
            0 => 19,
            _ if ms % 100 == 0 => 21,
            _ if ms % 10 == 0 => 22,
            _ => 23,
        };
        text[end] = b'Z';
        str::from_utf8(&text[..=end]).unwrap_or_default()
    }
}

/// A number below 100 as two digits.
const fn digits(number: i64) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

/// Year, month and day of the day number `days` since 1970-01-01, in the proleptic Gregorian calendar. Source: H. Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
const fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_EPOCH;
    let (cycle, day_of_cycle) = (days.div_euclid(DAYS_PER_CYCLE), days.rem_euclid(DAYS_PER_CYCLE));
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let (month, is_next_year) = if from_march < 10 { (from_march + 3, 0) } else { (from_march - 9, 1) };
    (year_of_cycle + cycle * 400 + is_next_year, month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.written(&mut [0; 24]))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        if let Some(plain) = plain(text.as_bytes()) {
            return Ok(plain);
        }
        OffsetDateTime::parse(text, &Rfc3339).map(Self::from).map_err(|_| InvalidTimestamp { text: text.to_owned() })
    }
}

/// The instant in a text as `Display` writes it when there is no fraction, `2025-12-23T15:00:01Z`; `None` for any other form. A replay
/// reads several instants per event, and nearly all have this form, so each part of it is looked at as one word.
fn plain(text: &[u8]) -> Option<Timestamp> {
    let (date, rest) = text.split_first_chunk()?;
    let (time, rest) = rest.split_first_chunk()?;
    let seconds = <[u8; 4]>::try_from(rest).ok()?;
    let ([y1, y2, y3, y4, _, mo1, mo2, _], [d1, d2, _, h1, h2, _, mi1, mi2], [_, s1, s2, _]) =
        (formed(*date, b"0000-00-")?, formed(*time, b"00T00:00")?, formed(seconds, b":00Z")?);
    let days = days_since_epoch(two(y1, y2) * 100 + two(y3, y4), two(mo1, mo2), two(d1, d2))?;
    let (hour, minute, second) = (two(h1, h2), two(mi1, mi2), two(s1, s2));
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
    Some(Timestamp::from_unix_ms(seconds * 1_000))
}

/// The values of the digits in `text`, when it has a digit wherever `form` has a `0`, and otherwise what `form` has. No branch depends on
/// where it differs, so that all places are looked at at once.
fn formed<const N: usize>(text: [u8; N], form: &[u8; N]) -> Option<[u8; N]> {
    let (mut values, mut differs) = (text, false);
    for (value, expected) in values.iter_mut().zip(form) {
        *value = value.wrapping_sub(*expected);
        differs |= *value > if *expected == b'0' { 9 } else { 0 };
    }
    (!differs).then_some(values)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; `None` when there is no such date. Counts in years that begin in March, so that
/// the leap day comes last.
const fn days_since_epoch(year: u32, month: u32, day: u32) -> Option<i64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day == 0 || day > length {
        return None;
    }
    // January and February of the year 0 lie in the year before it; a whole calendar cycle of 400 years keeps that above zero.
    let (year, month) = if month > 2 { (year + 400, month - 3) } else { (year + 399, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    Some(days as i64 - DAYS_PER_CYCLE - DAYS_TO_EPOCH)
}

/// From the first of March of the year 0 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;

/// Days in 400 years.
const DAYS_PER_CYCLE: i64 = 146_097;

/// The number that two decimal digits of these values say.
const fn two(tens: u8, ones: u8) -> u32 {
    tens as u32 * 10 + ones as u32
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.written(&mut [0; 24]))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(INSTANT, Instant)
    }
}

/// The name under which an instant asks for its text, so that the quick reader of payloads knows that it need not look whether the bytes are
/// UTF-8: an instant in its plain form is. To any other format it is a name like every other.
pub(crate) const INSTANT: &str = "mako_engine::Timestamp";

/// Reads an instant from its text, or from the bytes of it.
struct Instant;

impl<'de> serde::de::Visitor<'de> for Instant {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Timestamp, D::Error> {
        deserializer.deserialize_str(FromText(EXPECTED, std::marker::PhantomData))
    }

    fn visit_bytes<E: serde::de::Error>(self, text: &[u8]) -> Result<Timestamp, E> {
        if let Some(plain) = plain(text) {
            return Ok(plain);
        }
        str::from_utf8(text).map_err(E::custom)?.parse().map_err(E::custom)
    }
}

const EXPECTED: &str = "an instant in RFC 3339";

/// Reads a value from its text without a copy of the text.
pub(crate) struct FromText<T>(pub(crate) &'static str, pub(crate) std::marker::PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> serde::de::Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sortable_bytes_sort_as_the_instants_do() {
        let instants = [-5, 0, 7, 1_766_502_001_000].map(Timestamp::from_unix_ms);
        let keys = instants.map(Timestamp::to_sortable_bytes);
        assert!(keys.is_sorted());
        assert_eq!(keys.map(Timestamp::from_sortable_bytes), instants);
    }

    #[test]
    fn an_instant_is_written_as_the_calendar_of_another_crate_writes_it() {
        let written = |ms: i64| Timestamp::from_unix_ms(ms).to_string();
        // Every leap rule, the first and the last day, each number of digits behind the point.
        let days = (FIRST_MS..=LAST_MS).step_by(86_400_000 * 97 + 3_723_000);
        for ms in days.chain([FIRST_MS, LAST_MS, -1, 0, 1, 10, 100, 120, 999, 951_782_399_000, 951_782_400_000, 4_107_542_399_990]) {
            let other = Timestamp::from_unix_ms(ms).to_offset().format(&Rfc3339).expect("a year of four digits");
            assert_eq!(other, written(ms));
        }
    }

    #[test]
    fn the_plain_form_is_read_as_every_other() {
        for ms in [-62_167_219_200_000, -1_000, 0, 951_782_399_000, 951_782_400_000, 1_766_502_001_000, LAST_MS - 999] {
            let at = Timestamp::from_unix_ms(ms);
            let text = at.to_string();
            assert_eq!(plain(text.as_bytes()), Some(at), "{text}");
            assert_eq!(OffsetDateTime::parse(&text, &Rfc3339).map(Timestamp::from), Ok(at), "{text}");
        }
        for wrong in [
            "2025-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2025-04-31T00:00:00Z",
            "2025-01-00T00:00:00Z",
            "2025-00-01T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-01-01T24:00:00Z",
            "2025-01-01T00:60:00Z",
            "2O25-01-01T00:00:00Z",
            "2025/01-01T00:00:00Z",
            "2025-01-01T00:00.00Z",
            "2025-01-01T00:00:0/Z",
            "2025-01-01T00:00:0:Z",
        ] {
            assert_eq!(plain(wrong.as_bytes()), None, "{wrong}");
            assert!(wrong.parse::<Timestamp>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_date_is_read_as_every_other_form() {
        let (first, last) = (FIRST_MS / 86_400_000, LAST_MS / 86_400_000);
        for days in (first..=last).step_by(13).chain(first..first + 800).chain(-800..800).chain(last - 800..=last) {
            let at = Timestamp::from_unix_ms(days * 86_400_000);
            let date = at.to_offset().date();
            let read = days_since_epoch(date.year() as u32, u32::from(u8::from(date.month())), u32::from(date.day()));
            assert_eq!(read, Some(days), "{at}");
        }
    }

    #[test]
    fn an_instant_survives_json() {
        let t: Timestamp = "2026-03-29T02:30:00.250+02:00".parse().unwrap();
        let json = serde_json::to_string(&t).unwrap();
        assert_eq!(json, "\"2026-03-29T00:30:00.25Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), t);
    }

    #[test]
    fn bad_text_says_what_was_expected() {
        let error = "2025-12-23 16:00".parse::<Timestamp>().unwrap_err();
        assert!(error.to_string().contains("expected RFC 3339"));
    }
}
