//! Instants and durations as people write them: Berlin's day and clock time, `40m`, `3h`.
//!
//! A clock time that exists twice needs its offset, one that is skipped is refused; both errors name the two times that may have been
//! meant. Seconds and milliseconds may be written and are written back only when there are any.

use mako_engine::Timestamp;
use mako_engine::fristen::berlin::{self, LocalTimeError};
use time::{Date, Month, Time};

use super::line::{Line, Read, Word};

const DATE_FORM: &str = "a date such as 2025-12-23";
const TIME_FORM: &str = "a clock time such as 16:00, 16:00:30 or 02:30+01:00";
const DURATION_FORM: &str = "a duration such as 90s, 40m, 3h or 2d";

/// The units of a duration in milliseconds, the longest first.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A day and a clock time. One that does not name an instant is noted and is `None`.
pub(super) fn take_moment(line: &mut Line<'_>) -> Read<Option<Timestamp>> {
    let day = line.take(DATE_FORM, "write the day as year-month-day")?;
    let date = date(day.text);
    if date.is_none() {
        line.note(line.error(day, format!("`{}` is no day", day.text), DATE_FORM, "write a day that the calendar has as year-month-day"));
    }
    let clock = line.take(TIME_FORM, "write the clock time after the day")?;
    let Some((time, offset)) = clock_time(clock.text) else {
        let advice = if clock.text.starts_with("24:") { "midnight is 00:00 of the next day" } else { "write the clock time after the day" };
        return Err(line.error(clock, format!("`{}` is no clock time", clock.text), TIME_FORM, advice));
    };
    let Some(date) = date else { return Ok(None) };
    match berlin::resolve(date, time, offset) {
        Ok(at) => Ok(Some(at)),
        Err(error) => {
            local_time_error(line, clock, error);
            Ok(None)
        }
    }
}

fn local_time_error(line: &mut Line<'_>, clock: Word<'_>, error: LocalTimeError) {
    let (found, expected, advice) = match error {
        LocalTimeError::Ambiguous { date, time, .. } => {
            let first = berlin::instant(date, time);
            let [first, second] = [first, first.plus_seconds(3_600)].map(|at| clock_text(at, true));
            ("exists twice in Berlin on this day", "a clock time with its offset", format!("write {first} or {second}"))
        }
        LocalTimeError::Nonexistent { date, time } => {
            let later = berlin::instant(date, time);
            let [earlier, later] = [later.plus_seconds(-3_600), later].map(|at| clock_text(at, false));
            ("does not exist in Berlin on this day", "a clock time that is not skipped", format!("write {earlier} or {later}"))
        }
        LocalTimeError::WrongOffset { date, time, .. } => {
            let right = clock_text(berlin::instant(date, time), true);
            ("has another offset in Berlin", "the offset of that day, or none", format!("write {right}"))
        }
        _ => ("is no single instant", "a clock time that exists once", "write another clock time".to_owned()),
    };
    line.note(line.error(clock, format!("`{}` {found}", clock.text), expected, &advice));
}

/// `at` as it stands in a file; with its offset when the clock time alone exists twice.
pub(super) fn moment(at: Timestamp) -> String {
    let (date, time, _) = berlin::local(at);
    let doubled = berlin::resolve(date, time, None).is_err();
    format!("{date} {}", clock_text(at, doubled))
}

fn clock_text(at: Timestamp, with_offset: bool) -> String {
    let (_, time, offset) = berlin::local(at);
    let mut text = format!("{:02}:{:02}", time.hour(), time.minute());
    if time.second() != 0 || time.millisecond() != 0 {
        text += &format!(":{:02}", time.second());
    }
    if time.millisecond() != 0 {
        text += &format!(".{:03}", time.millisecond());
    }
    if with_offset {
        let minutes = offset.abs() / 60;
        text += &format!("{}{:02}:{:02}", if offset < 0 { '-' } else { '+' }, minutes / 60, minutes % 60);
    }
    text
}

/// A duration in milliseconds.
pub(super) fn take_duration(line: &mut Line<'_>) -> Read<i64> {
    let advice = "write a whole number and its unit without a blank between them";
    let word = line.take(DURATION_FORM, advice)?;
    let digits = word.text.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.text.len());
    let (number, unit) = word.text.split_at(digits);
    let ms = UNITS.iter().find(|(name, _)| *name == unit).and_then(|(_, ms)| number.parse::<i64>().ok()?.checked_mul(*ms));
    ms.ok_or_else(|| line.error(word, format!("`{}` is no duration", word.text), DURATION_FORM, advice))
}

/// `ms` as it stands in a file, in the longest unit that leaves a whole number.
pub(super) fn duration(ms: i64) -> String {
    let (unit, size) = UNITS.into_iter().find(|(_, size)| ms % size == 0 && ms != 0).unwrap_or(("s", 1_000));
    format!("{}{unit}", ms / size)
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
}

/// A clock time and, if there is one, its offset in seconds east of UTC.
fn clock_time(text: &str) -> Option<(Time, Option<i32>)> {
    let (clock, offset) = match text.find(['+', '-']) {
        Some(sign) => text.split_at(sign),
        None => (text, ""),
    };
    let offset = if offset.is_empty() { None } else { Some(offset_seconds(offset)?) };
    let (clock, ms) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, u16::try_from(number(fraction, 3)?).ok()?),
        None => (clock, 0),
    };
    let mut parts = clock.split(':').map(|part| u8::try_from(number(part, 2)?).ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None if ms > 0 => return None,
        None => 0,
    };
    if parts.next().is_some() {
        return None;
    }
    Some((Time::from_hms_milli(hour, minute, second, ms).ok()?, offset))
}

fn offset_seconds(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// `text` as a number when it has exactly `length` ASCII digits.
fn number(text: &str, length: usize) -> Option<i32> {
    if text.len() == length && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_short_as_it_can_be_read() {
        let text = |at: &str| moment(at.parse().unwrap());
        assert_eq!(text("2025-12-23T15:00:00Z"), "2025-12-23 16:00");
        assert_eq!(text("2025-12-23T15:00:30Z"), "2025-12-23 16:00:30");
        assert_eq!(text("2025-12-23T15:00:00.007Z"), "2025-12-23 16:00:00.007");
        assert_eq!(text("2025-10-26T01:30:00Z"), "2025-10-26 02:30+01:00");
    }

    #[test]
    fn a_duration_is_written_in_its_longest_unit() {
        assert_eq!([172_800_000, 10_800_000, 2_400_000, 90_000, 1_500, 0].map(duration), ["2d", "3h", "40m", "90s", "1500ms", "0s"]);
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_the_same_instant(ms in 1_500_000_000_000_i64..2_000_000_000_000) {
            let at = Timestamp::from_unix_ms(ms);
            let text = moment(at);
            let mut line = Line::read(1, &text).unwrap().unwrap();
            proptest::prop_assert_eq!(take_moment(&mut line), Ok(Some(at)));
        }
    }
}
