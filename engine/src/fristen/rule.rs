//! The rule language of the tables: the few shapes in which the market texts state when something is due.
//!
//! | Rule | Reads | Due |
//! |---|---|---|
//! | `EOD(WT+n)` | until the end of the n-th Werktag after the ÜT | the next midnight, exclusive |
//! | `SOD(WT+n)` | at the beginning of the n-th Werktag after the ÜT | that midnight |
//! | `WT+n@hh:mm` | until hh:mm of the n-th Werktag after the ÜT | that instant |
//! | `EOD(ÜT)` | until the end of the day of the ÜT | the next midnight, exclusive |
//! | `ÜT@hh:mm` | until hh:mm of the day of the ÜT | that instant, also when it has passed |
//! | `Sunday@hh:mm` | until hh:mm of the next such weekday after the ÜT | that instant |
//! | `EOD(WT n of M+1)` | until the end of the n-th Werktag of the month after the ÜT's | the next midnight, exclusive |
//! | `DUR 45min`, `DUR 24h` | elapsed time, whatever the clocks do | that instant |
//!
//! A lead time (Vorlauffrist) looks back from a day X that a message asks for, and bounds the ÜT of that message:
//!
//! | Lead rule | Reads |
//! |---|---|
//! | `ÜT <= X-15WT` | latest ÜT is the 15th Werktag before X |
//! | `X-8WT <= ÜT <= X-5WT` | earliest ÜT is the 8th, latest the 5th Werktag before X |
//! | `ÜT <= day before last WT before X` | the LFW24 form: one whole Werktag lies between |
//!
//! The ÜT is the Berlin day of the instant that starts the clock.

use std::fmt;
use std::str::FromStr;

use time::{Date, Time, Weekday};

use super::berlin;
use super::calendar::Calendar;
use super::frist::{DueKind, Frist, skipped_text};
use super::werktag::{add_werktage, subtract_werktage};
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
            Self::SameDayAt(time) => (berlin::instant(uet, time), DueKind::LatestInstant, None),
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
            Self::Elapsed(seconds) if seconds % 3600 == 0 => write!(f, "DUR {}h", seconds / 3600),
            Self::Elapsed(seconds) if seconds % 60 == 0 => write!(f, "DUR {}min", seconds / 60),
            Self::Elapsed(seconds) => write!(f, "DUR {seconds}s"),
        }
    }
}

/// The text is no rule of the language.
///
/// ```
/// use mako_engine::fristen::rule::LeadRule;
/// let error = "X-15WT".parse::<LeadRule>().unwrap_err();
/// assert!(error.to_string().starts_with("`X-15WT` is no lead time: expected `ÜT <= X-nWT`"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: expected {expected}")]
pub struct InvalidRule {
    text: String,
    what: &'static str,
    expected: &'static str,
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        parse_rule(text).ok_or_else(|| InvalidRule {
            text: text.to_owned(),
            what: "rule",
            expected: "`EOD(WT+n)`, `SOD(WT+n)`, `WT+n@hh:mm`, `EOD(ÜT)`, `ÜT@hh:mm`, `Sunday@hh:mm`, `EOD(WT n of M+1)` or `DUR 45min` \
                       (s, min, h)",
        })
    }
}

fn parse_rule(text: &str) -> Option<Rule> {
    if let Some(duration) = text.strip_prefix("DUR ") {
        return parse_duration(duration).map(Rule::Elapsed);
    }
    if let Some(day) = between(text, "EOD(", ")") {
        return match day {
            "ÜT" => Some(Rule::EndOfDay),
            _ => match between(day, "WT ", " of M+1") {
                Some(n) => number(n).map(Rule::WerktagOfNextMonth),
                None => day.strip_prefix("WT+").and_then(number).map(Rule::EndOfWerktag),
            },
        };
    }
    if let Some(day) = between(text, "SOD(WT+", ")") {
        return number(day).map(Rule::StartOfWerktag);
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

/// A bound on the ÜT of a message that asks for a day X.
///
/// ```
/// use mako_engine::fristen::HolidayCalendar;
/// use mako_engine::fristen::rule::LeadRule;
/// use time::macros::date;
/// let (rule, calendar) = ("ÜT <= day before last WT before X".parse::<LeadRule>()?, HolidayCalendar::Bk6_24_174.calendar());
/// assert_eq!(rule.latest(date!(2025-10-07), calendar), date!(2025-10-05));
/// assert_eq!(rule.earliest(date!(2025-10-07), calendar), None);
/// assert!(!rule.is_met(date!(2025-10-06), date!(2025-10-07), calendar));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadRule {
    /// The earliest ÜT, as the n-th Werktag before X; none when a message may come as early as it likes.
    earliest: Option<u32>,
    /// The latest ÜT, as the n-th Werktag before X.
    latest: u32,
    /// The latest ÜT is the calendar day before that Werktag (LFW24).
    day_before: bool,
}

impl LeadRule {
    /// The earliest ÜT that is allowed for a message that asks for `x`, where the rule has one.
    #[must_use]
    pub fn earliest(self, x: Date, calendar: &Calendar) -> Option<Date> {
        self.earliest.map(|n| subtract_werktage(x, n, calendar))
    }

    /// The latest ÜT that is allowed for a message that asks for `x`.
    #[must_use]
    pub fn latest(self, x: Date, calendar: &Calendar) -> Date {
        let werktag = subtract_werktage(x, self.latest, calendar);
        if self.day_before { werktag.previous_day().unwrap_or(werktag) } else { werktag }
    }

    /// Whether a message with this `uet` may ask for `x`.
    #[must_use]
    pub fn is_met(self, uet: Date, x: Date, calendar: &Calendar) -> bool {
        uet <= self.latest(x, calendar) && self.earliest(x, calendar).is_none_or(|earliest| earliest <= uet)
    }
}

impl FromStr for LeadRule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        parse_lead(text).ok_or_else(|| InvalidRule {
            text: text.to_owned(),
            what: "lead time",
            expected: "`ÜT <= X-nWT`, `X-nWT <= ÜT <= X-mWT` with n >= m, or `ÜT <= day before last WT before X`",
        })
    }
}

fn parse_lead(text: &str) -> Option<LeadRule> {
    if text == "ÜT <= day before last WT before X" {
        return Some(LeadRule { earliest: None, latest: 1, day_before: true });
    }
    let bound = |text| between(text, "X-", "WT").and_then(number);
    let (earliest, latest) = match text.split_once(" <= ÜT <= ") {
        Some((earliest, latest)) => (Some(bound(earliest)?), bound(latest)?),
        None => (None, bound(text.strip_prefix("ÜT <= ")?)?),
    };
    earliest.is_none_or(|n| n >= latest).then_some(LeadRule { earliest, latest, day_before: false })
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// Werktage in a rule; no market rule counts further than a year of them.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|n| *n <= 366 && text.bytes().all(|b| b.is_ascii_digit()))
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
    use time::macros::{date, time};

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
            ("DUR 45min", Rule::Elapsed(2700)),
            ("DUR 24h", Rule::Elapsed(86_400)),
        ] {
            assert_eq!(text.parse(), Ok(rule), "{text}");
            assert_eq!(rule.to_string(), text);
        }
    }

    #[test]
    fn a_bad_rule_says_what_was_expected() {
        for text in ["EOD(WT-1)", "WT+1@7:00", "WT+1@24:00", "EOD(3)", "DUR 3 WT", "DUR 45", "Someday@12:00", "WT+999@07:00", ""] {
            let error = text.parse::<Rule>().unwrap_err();
            assert!(error.to_string().contains("expected `EOD(WT+n)`"), "{error}");
        }
        for text in ["ÜT <= X-5", "X-5WT <= ÜT <= X-8WT", "X-15WT", "ÜT < X-1WT"] {
            let error = text.parse::<LeadRule>().unwrap_err();
            assert!(error.to_string().contains("expected `ÜT <= X-nWT`"), "{error}");
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
    fn a_window_of_lead_time_has_two_ends() {
        let calendar = HolidayCalendar::Bk6_24_174.calendar();
        let rule: LeadRule = "X-8WT <= ÜT <= X-5WT".parse().unwrap();
        let x = date!(2025 - 12 - 01);
        assert_eq!((rule.earliest(x, calendar), rule.latest(x, calendar)), (Some(date!(2025 - 11 - 18)), date!(2025 - 11 - 24)));
        assert!(!rule.is_met(date!(2025 - 11 - 17), x, calendar));
        assert!(rule.is_met(date!(2025 - 11 - 18), x, calendar));
        assert!(rule.is_met(date!(2025 - 11 - 24), x, calendar));
        assert!(!rule.is_met(date!(2025 - 11 - 25), x, calendar));
    }

    proptest! {
        #[test]
        fn a_later_start_is_never_due_earlier(
            n in 0_u32..70, hour in 0_u8..24, ms in 1_400_000_000_000_i64..2_000_000_000_000, later in 0_i64..1_000_000_000,
        ) {
            let calendar = HolidayCalendar::Bk6_24_174.calendar();
            let at = Time::from_hms(hour, 0, 0).unwrap();
            let (first, second) = (Timestamp::from_unix_ms(ms), Timestamp::from_unix_ms(ms + later));
            for rule in [Rule::EndOfWerktag(n), Rule::StartOfWerktag(n), Rule::WerktagAt(n, at), Rule::EndOfDay, Rule::SameDayAt(at),
                Rule::WeekdayAt(Weekday::Sunday, at), Rule::WerktagOfNextMonth(n), Rule::Elapsed(n * 60)] {
                prop_assert!(rule.due(first, calendar).due <= rule.due(second, calendar).due, "{:?}", rule);
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
            let _ = text.parse::<LeadRule>();
        }
    }
}
