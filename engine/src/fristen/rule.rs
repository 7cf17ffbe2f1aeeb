//! The rule language of the tables: the few shapes in which the market texts state when something is due.
//!
//! | Rule | Reads | Due |
//! |---|---|---|
//! | `EOD(WT+n)` | until the end of the n-th Werktag after the ÜT | the next midnight, exclusive |
//! | `SOD(WT+n)` | at the beginning of the n-th Werktag after the ÜT | that midnight |
//! | `WT+n@hh:mm` | until hh:mm of the n-th Werktag after the ÜT | that instant |
//! | `EOD(ÜT)` | until the end of the day of the ÜT | the next midnight, exclusive |
//! | `ÜT@hh:mm` | until hh:mm of the day of the ÜT; from the next Werktag on when that has passed or the day is none | that instant |
//! | `Sunday@hh:mm` | until hh:mm of the next such weekday after the ÜT | that instant |
//! | `EOD(WT n of M+1)` | until the end of the n-th Werktag of the month after the ÜT's | the next midnight, exclusive |
//! | `SOD(WT n of M+1)` | from the beginning of that Werktag on | that midnight |
//! | `EOD(M+n)` | until the end of the n-th month after the ÜT's | the next midnight, exclusive |
//! | `DUR 45min`, `DUR 24h` | elapsed time, whatever the clocks do | that instant |
//!
//! No rule is due before its clock starts, and none is due earlier when the clock starts later. Lead times, which look back from a
//! day that a message asks for, are in [`lead`](super::lead).
//!
//! The ÜT is the Berlin day of the instant that starts the clock.

use std::fmt;
use std::str::FromStr;

use time::{Date, Time, Weekday};

use super::berlin;
use super::calendar::Calendar;
use super::frist::{DueKind, Frist, skipped_text};
use super::werktag::{add_werktage, next_werktag};
use crate::Timestamp;

/// When something is due, counted from an instant.
///
/// ```
/// use mako_engine::fristen::HolidayCalendar;
/// use mako_engine::fristen::rule::Rule;
/// let rule: Rule = "WT+1@11:00".parse()?;
/// let due = rule.due("2025-12-23T15:00:01Z".parse()?, HolidayCalendar::Bk6_24_174.calendar());
/// assert_eq!(due.to_string(), "Mon 29.12. 11:00   (24.–26.12. holidays, 27./28. weekend)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// `EOD(WT+n)`.
    EndOfWerktag(u32),
    /// `SOD(WT+n)`.
    StartOfWerktag(u32),
    /// `WT+n@hh:mm`.
    WerktagAt(u32, Time),
    /// `EOD(ÜT)`.
    EndOfDay,
    /// `ÜT@hh:mm`.
    SameDayAt(Time),
    /// `Sunday@hh:mm`.
    WeekdayAt(Weekday, Time),
    /// `EOD(WT n of M+1)`.
    WerktagOfNextMonth(u32),
    /// `SOD(WT n of M+1)`.
    StartOfWerktagOfNextMonth(u32),
    /// `EOD(M+n)`.
    EndOfMonth(u32),
    /// `DUR …`, in seconds.
    Elapsed(u32),
}

impl Rule {
    /// When it is due, if the clock starts at `start`.
    #[must_use]
    pub fn due(self, start: Timestamp, calendar: &Calendar) -> Frist {
        let uet = berlin::day(start);
        let (due, kind, skipped_until) = match self {
            Self::EndOfWerktag(n) => {
                let day = add_werktage(uet, n, calendar);
                (berlin::end_of_day(day), DueKind::ExclusiveEnd, Some((uet, day)))
            }
            Self::StartOfWerktag(n) => {
                let day = add_werktage(uet, n, calendar);
                (berlin::midnight(day), DueKind::LatestInstant, Some((uet, day)))
            }
            Self::WerktagAt(n, time) => {
                let day = add_werktage(uet, n, calendar);
                (berlin::instant(day, time), DueKind::LatestInstant, Some((uet, day)))
            }
            Self::EndOfDay => (berlin::end_of_day(uet), DueKind::ExclusiveEnd, None),
            Self::SameDayAt(time) => {
                let in_time = calendar.is_werktag(uet) && start <= berlin::instant(uet, time);
                let day = if in_time { uet } else { next_werktag(uet, calendar) };
                (berlin::instant(day, time).max(start), DueKind::LatestInstant, Some((uet, day)))
            }
            Self::WeekdayAt(weekday, time) => {
                let following = std::iter::successors(uet.next_day(), |day| day.next_day());
                let day = following.take(7).find(|day| day.weekday() == weekday).unwrap_or(Date::MAX);
                (berlin::instant(day, time), DueKind::LatestInstant, None)
            }
            Self::WerktagOfNextMonth(n) => {
                let month_end = berlin::end_of_month(uet);
                let day = add_werktage(month_end, n, calendar);
                (berlin::end_of_day(day), DueKind::ExclusiveEnd, Some((month_end, day)))
            }
            Self::StartOfWerktagOfNextMonth(n) => {
                let month_end = berlin::end_of_month(uet);
                let day = add_werktage(month_end, n, calendar);
                (berlin::midnight(day), DueKind::LatestInstant, Some((month_end, day)))
            }
            Self::EndOfMonth(months) => {
                let day = (0..months).fold(berlin::end_of_month(uet), |end, _| berlin::end_of_month(end.next_day().unwrap_or(end)));
                (berlin::end_of_day(day), DueKind::ExclusiveEnd, None)
            }
            Self::Elapsed(seconds) => (start.plus_seconds(i64::from(seconds)), DueKind::LatestInstant, None),
        };
        let reason = skipped_until.map_or_else(String::new, |(from, to)| skipped_text(&calendar.skipped(from, to)));
        Frist { due, kind, reason }
    }
}

impl fmt::Display for Rule {
    /// As it is written in the tables.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |time: &Time| format!("{:02}:{:02}", time.hour(), time.minute());
        match self {
            Self::EndOfWerktag(n) => write!(f, "EOD(WT+{n})"),
            Self::StartOfWerktag(n) => write!(f, "SOD(WT+{n})"),
            Self::WerktagAt(n, time) => write!(f, "WT+{n}@{}", clock(time)),
            Self::EndOfDay => f.write_str("EOD(ÜT)"),
            Self::SameDayAt(time) => write!(f, "ÜT@{}", clock(time)),
            Self::WeekdayAt(weekday, time) => write!(f, "{weekday}@{}", clock(time)),
            Self::WerktagOfNextMonth(n) => write!(f, "EOD(WT {n} of M+1)"),
            Self::StartOfWerktagOfNextMonth(n) => write!(f, "SOD(WT {n} of M+1)"),
            Self::EndOfMonth(n) => write!(f, "EOD(M+{n})"),
            Self::Elapsed(seconds) if seconds % 3600 == 0 => write!(f, "DUR {}h", seconds / 3600),
            Self::Elapsed(seconds) if seconds % 60 == 0 => write!(f, "DUR {}min", seconds / 60),
            Self::Elapsed(seconds) => write!(f, "DUR {seconds}s"),
        }
    }
}

/// The text is no rule of the language.
///
/// ```
/// use mako_engine::fristen::lead::LeadRule;
/// let error = "X-15WT".parse::<LeadRule>().unwrap_err();
/// assert!(error.to_string().starts_with("`X-15WT` is no lead time: expected `ÜT <= X-nWT`"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: expected {expected}")]
pub struct InvalidRule {
    pub(super) text: String,
    pub(super) what: &'static str,
    pub(super) expected: &'static str,
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        parse_rule(text).ok_or_else(|| InvalidRule {
            text: text.to_owned(),
            what: "rule",
            expected: "`EOD(WT+n)`, `SOD(WT+n)`, `WT+n@hh:mm`, `EOD(ÜT)`, `ÜT@hh:mm`, `Sunday@hh:mm`, `EOD(WT n of M+1)`, \
                       `SOD(WT n of M+1)`, `EOD(M+n)` or `DUR 45min` (s, min, h), with n from 1",
        })
    }
}

fn parse_rule(text: &str) -> Option<Rule> {
    if let Some(duration) = text.strip_prefix("DUR ") {
        return parse_duration(duration).map(Rule::Elapsed);
    }
    if let Some(day) = between(text, "EOD(", ")") {
        return match (day, of_next_month(day), day.strip_prefix("M+")) {
            ("ÜT", ..) => Some(Rule::EndOfDay),
            (_, Some(n), _) => Some(Rule::WerktagOfNextMonth(n)),
            (_, _, Some(months)) => number(months).map(Rule::EndOfMonth),
            _ => day.strip_prefix("WT+").and_then(number).map(Rule::EndOfWerktag),
        };
    }
    if let Some(day) = between(text, "SOD(", ")") {
        let of_month = of_next_month(day).map(Rule::StartOfWerktagOfNextMonth);
        return of_month.or_else(|| day.strip_prefix("WT+").and_then(number).map(Rule::StartOfWerktag));
    }
    let (day, time) = text.split_once('@')?;
    let time = parse_clock(time)?;
    match day {
        "ÜT" => Some(Rule::SameDayAt(time)),
        _ => match day.strip_prefix("WT+") {
            Some(n) => number(n).map(|n| Rule::WerktagAt(n, time)),
            None => day.parse().ok().map(|weekday| Rule::WeekdayAt(weekday, time)),
        },
    }
}

/// `WT n of M+1`.
fn of_next_month(day: &str) -> Option<u32> {
    between(day, "WT ", " of M+1").and_then(number)
}

pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// Werktage or months in a rule, from 1: the day of the ÜT itself does not count. No market rule counts further than a year of Werktage.
pub(super) fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|n| (1..=366).contains(n) && text.bytes().all(|b| b.is_ascii_digit()))
}

/// `45min`, `24h`, `30s`, in seconds.
fn parse_duration(text: &str) -> Option<u32> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (amount, unit) = text.split_at(unit);
    let seconds = match unit {
        "s" => 1,
        "min" => 60,
        "h" => 3600,
        _ => return None,
    };
    amount.parse::<u32>().ok()?.checked_mul(seconds)
}

/// `hh:mm`.
fn parse_clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    Time::from_hms(hour.parse().ok()?, minute.parse().ok()?, 0).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::time;

    use super::super::HolidayCalendar;
    use super::*;

    #[test]
    fn every_shape_is_read_and_written() {
        for (text, rule) in [
            ("EOD(WT+3)", Rule::EndOfWerktag(3)),
            ("SOD(WT+61)", Rule::StartOfWerktag(61)),
            ("WT+1@07:00", Rule::WerktagAt(1, time!(07:00))),
            ("EOD(ÜT)", Rule::EndOfDay),
            ("ÜT@15:00", Rule::SameDayAt(time!(15:00))),
            ("Sunday@12:00", Rule::WeekdayAt(Weekday::Sunday, time!(12:00))),
            ("EOD(WT 10 of M+1)", Rule::WerktagOfNextMonth(10)),
            ("SOD(WT 11 of M+1)", Rule::StartOfWerktagOfNextMonth(11)),
            ("EOD(M+7)", Rule::EndOfMonth(7)),
            ("DUR 45min", Rule::Elapsed(2700)),
            ("DUR 24h", Rule::Elapsed(86_400)),
        ] {
            assert_eq!(text.parse(), Ok(rule), "{text}");
            assert_eq!(rule.to_string(), text);
        }
    }

    #[test]
    fn a_bad_rule_says_what_was_expected() {
        for text in [
            "EOD(WT-1)",
            "WT+1@7:00",
            "WT+1@24:00",
            "EOD(3)",
            "DUR 3 WT",
            "DUR 45",
            "Someday@12:00",
            "WT+999@07:00",
            "EOD(WT+0)",
            "SOD(WT 0 of M+1)",
            "EOD(M)",
            "",
        ] {
            let error = text.parse::<Rule>().unwrap_err();
            assert!(error.to_string().contains("expected `EOD(WT+n)`"), "{error}");
        }
    }

    #[test]
    fn elapsed_time_does_not_follow_the_clocks() {
        let calendar = HolidayCalendar::BdewMaKo.calendar();
        let start: Timestamp = "2026-03-28T12:00:00+01:00".parse().unwrap();
        assert_eq!(berlin::rfc3339(Rule::Elapsed(86_400).due(start, calendar).due), "2026-03-29T13:00:00+02:00");
    }

    #[test]
    fn the_werktag_of_a_month_counts_from_its_first_day() {
        let calendar = HolidayCalendar::Bk6_24_174.calendar();
        let in_november: Timestamp = "2025-11-12T10:00:00+01:00".parse().unwrap();
        let frist = Rule::WerktagOfNextMonth(19).due(in_november, calendar);
        assert_eq!(
            frist.to_string(),
            "end of Tue 30.12.   (6./7.12. weekend, 13./14. weekend, 20./21. weekend, 24.–26. holidays, 27./28. weekend)"
        );
    }

    #[test]
    fn the_end_of_a_month_is_counted_in_months() {
        let calendar = HolidayCalendar::Bk6_24_174.calendar();
        let due = |rule: &str, at: &str| berlin::rfc3339(rule.parse::<Rule>().unwrap().due(at.parse().unwrap(), calendar).due);
        assert_eq!(due("EOD(M+7)", "2025-10-31T12:00:00+01:00"), "2026-06-01T00:00:00+02:00");
        assert_eq!(due("EOD(M+1)", "2025-12-31T12:00:00+01:00"), "2026-02-01T00:00:00+01:00");
        assert_eq!(due("SOD(WT 11 of M+1)", "2025-10-31T12:00:00+01:00"), "2025-11-17T00:00:00+01:00");
    }

    #[test]
    fn a_clock_time_of_the_same_day_rolls_to_the_next_werktag_when_it_has_passed() {
        let calendar = HolidayCalendar::Bk6_24_174.calendar();
        let due = |at: &str| "ÜT@15:00".parse::<Rule>().unwrap().due(at.parse().unwrap(), calendar).to_string();
        assert_eq!(due("2025-11-07T14:59:59+01:00"), "Fri 7.11. 15:00");
        assert_eq!(due("2025-11-07T15:00:00+01:00"), "Fri 7.11. 15:00");
        assert_eq!(due("2025-11-07T15:00:01+01:00"), "Mon 10.11. 15:00   (8./9.11. weekend)");
        assert_eq!(due("2025-11-08T10:00:00+01:00"), "Mon 10.11. 15:00   (9.11. Sunday)");
    }

    proptest! {
        #[test]
        fn a_later_start_is_never_due_earlier_and_nothing_before_its_start(
            n in 1_u32..70, hour in 0_u8..24, ms in 1_400_000_000_000_i64..2_000_000_000_000, later in 0_i64..1_000_000_000,
        ) {
            let calendar = HolidayCalendar::Bk6_24_174.calendar();
            let at = Time::from_hms(hour, 0, 0).unwrap();
            let (first, second) = (Timestamp::from_unix_ms(ms), Timestamp::from_unix_ms(ms + later));
            for rule in [Rule::EndOfWerktag(n), Rule::StartOfWerktag(n), Rule::WerktagAt(n, at), Rule::EndOfDay, Rule::SameDayAt(at),
                Rule::WeekdayAt(Weekday::Sunday, at), Rule::WerktagOfNextMonth(n), Rule::StartOfWerktagOfNextMonth(n),
                Rule::EndOfMonth(n), Rule::Elapsed(n * 60)] {
                let (due, later) = (rule.due(first, calendar).due, rule.due(second, calendar).due);
                prop_assert!(due <= later, "{:?}", rule);
                prop_assert!(first <= due, "{:?} is due at {}, before its clock starts at {}", rule, due, first);
            }
        }

        #[test]
        fn an_exclusive_end_is_a_berlin_midnight_after_the_start(n in 0_u32..70, ms in 1_400_000_000_000_i64..2_000_000_000_000) {
            let start = Timestamp::from_unix_ms(ms);
            let frist = Rule::EndOfWerktag(n).due(start, HolidayCalendar::Bk6_24_174.calendar());
            prop_assert!(frist.due > start && !frist.is_met_at(frist.due) && frist.is_met_at(frist.due.plus_ms(-1)));
            prop_assert_eq!(berlin::local(frist.due).1, Time::MIDNIGHT);
        }

        #[test]
        fn rules_survive_any_text(text in ".{0,24}") {
            let _ = text.parse::<Rule>();
        }
    }
}
