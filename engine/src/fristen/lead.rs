//! Lead times (Vorlauffristen): how early, or how late, a message must come, counted from a day X that it asks for.
//!
//! | Lead rule | Reads |
//! |---|---|
//! | `ÜT <= X-15WT` | the latest ÜT is the 15th Werktag before X |
//! | `ÜT <= X+10WT` | the latest ÜT is the 10th Werktag after X |
//! | `ÜT <= X-3M-3WT` | the latest ÜT is the 3rd Werktag before the same day three months before X |
//! | `ÜT <= X` | the latest ÜT is X itself |
//! | `X-8WT <= ÜT <= X-5WT` | a window: the earliest ÜT is the 8th, the latest the 5th Werktag before X |
//! | `ÜT <= day before X-10WT` | the latest ÜT is the calendar day before that Werktag |
//! | `ÜT <= day before last WT before X` | the LFW24 form of the same, `day before X-1WT`: one whole Werktag lies between |
//! | `X is a first of month, ÜT <= X-1WT` | as behind the comma, and X must be the first day of a month |
//!
//! The ÜT is the Berlin day of the receipt. Source of the shapes: the lead times of GPKE, WiM, GeLi Gas and MaBiS; no regulation here.

use std::fmt;
use std::str::FromStr;

use time::Date;

use super::calendar::Calendar;
use super::rule::{InvalidRule, number};
use super::werktag::{add_werktage, subtract_werktage};

/// A bound on the ÜT of a message that asks for a day X.
///
/// ```
/// use mako_engine::fristen::HolidayCalendar;
/// use mako_engine::fristen::lead::LeadRule;
/// use time::macros::date;
/// let (rule, calendar) = ("ÜT <= day before last WT before X".parse::<LeadRule>()?, HolidayCalendar::Bk6_24_174.calendar());
/// assert_eq!(rule.latest(date!(2025-10-07), calendar), date!(2025-10-05));
/// assert_eq!(rule.earliest(date!(2025-10-07), calendar), None);
/// assert!(!rule.is_met(date!(2025-10-06), date!(2025-10-07), calendar));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadRule {
    /// The earliest ÜT; none when a message may come as early as it likes.
    earliest: Option<Offset>,
    /// The latest ÜT.
    latest: Offset,
    /// The latest ÜT is the calendar day before that.
    day_before: bool,
    /// X must be the first day of a month.
    first_of_month: bool,
}

/// A day counted from X: first months back, then Werktage back or forth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Offset {
    months_before: u32,
    /// Negative before X.
    werktage: i32,
}

impl Offset {
    fn from(self, x: Date, calendar: &Calendar) -> Date {
        let month = months_before(x, self.months_before);
        let werktage = self.werktage.unsigned_abs();
        if self.werktage < 0 { subtract_werktage(month, werktage, calendar) } else { add_werktage(month, werktage, calendar) }
    }

    /// A window must not be empty for any X.
    const fn is_before(self, other: Self) -> bool {
        self.months_before >= other.months_before && self.werktage <= other.werktage
    }
}

/// The same day of an earlier month, or the last of that month where it is shorter (§ 188 BGB).
fn months_before(x: Date, months: u32) -> Date {
    let ordinal = i64::from(x.year()) * 12 + i64::from(u8::from(x.month())) - 1 - i64::from(months);
    let year = i32::try_from(ordinal.div_euclid(12)).unwrap_or(i32::MIN);
    let month = u8::try_from(ordinal.rem_euclid(12) + 1).ok().and_then(|number| time::Month::try_from(number).ok());
    let Some(month) = month else { return x };
    Date::from_calendar_date(year, month, x.day().min(month.length(year))).unwrap_or(Date::MIN)
}

impl LeadRule {
    /// The earliest ÜT that is allowed for a message that asks for `x`, where the rule has one.
    #[must_use]
    pub fn earliest(self, x: Date, calendar: &Calendar) -> Option<Date> {
        self.earliest.map(|offset| offset.from(x, calendar))
    }

    /// The latest ÜT that is allowed for a message that asks for `x`.
    #[must_use]
    pub fn latest(self, x: Date, calendar: &Calendar) -> Date {
        let day = self.latest.from(x, calendar);
        if self.day_before { day.previous_day().unwrap_or(day) } else { day }
    }

    /// Whether a message with this `uet` may ask for `x`.
    #[must_use]
    pub fn is_met(self, uet: Date, x: Date, calendar: &Calendar) -> bool {
        let in_window = uet <= self.latest(x, calendar) && self.earliest(x, calendar).is_none_or(|earliest| earliest <= uet);
        in_window && (!self.first_of_month || x.day() == 1)
    }
}

const LFW24: &str = "ÜT <= day before last WT before X";

impl fmt::Display for LeadRule {
    /// As it is written in the tables.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first_of_month {
            f.write_str("X is a first of month, ")?;
        }
        match (self.day_before, self.earliest, self.latest) {
            (true, None, Offset { months_before: 0, werktage: -1 }) => f.write_str(LFW24),
            (true, _, latest) => write!(f, "ÜT <= day before {latest}"),
            (false, Some(earliest), latest) => write!(f, "{earliest} <= ÜT <= {latest}"),
            (false, None, latest) => write!(f, "ÜT <= {latest}"),
        }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("X")?;
        if self.months_before > 0 {
            write!(f, "-{}M", self.months_before)?;
        }
        if self.werktage == 0 { Ok(()) } else { write!(f, "{:+}WT", self.werktage) }
    }
}

impl FromStr for LeadRule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        parse_lead(text).ok_or_else(|| InvalidRule {
            text: text.to_owned(),
            what: "lead time",
            expected: "`ÜT <= X-nWT`, `ÜT <= X+nWT`, `ÜT <= X-nM-nWT`, `ÜT <= X`, `X-nWT <= ÜT <= X-mWT` with n >= m, \
                       `ÜT <= day before X-nWT` or `ÜT <= day before last WT before X`, and `X is a first of month, ` before it if need be",
        })
    }
}

fn parse_lead(text: &str) -> Option<LeadRule> {
    if let Some(rest) = text.strip_prefix("X is a first of month, ") {
        return parse_lead(rest).filter(|rule| !rule.first_of_month).map(|rule| LeadRule { first_of_month: true, ..rule });
    }
    let rule = |earliest, latest, day_before| LeadRule { earliest, latest, day_before, first_of_month: false };
    if text == LFW24 {
        return Some(rule(None, Offset { months_before: 0, werktage: -1 }, true));
    }
    if let Some(day) = text.strip_prefix("ÜT <= day before ") {
        return Some(rule(None, parse_offset(day)?, true));
    }
    if let Some(day) = text.strip_prefix("ÜT <= ") {
        return Some(rule(None, parse_offset(day)?, false));
    }
    let (earliest, latest) = text.split_once(" <= ÜT <= ")?;
    let (earliest, latest) = (parse_offset(earliest)?, parse_offset(latest)?);
    earliest.is_before(latest).then(|| rule(Some(earliest), latest, false))
}

/// `X`, `X-15WT`, `X+10WT`, `X-3M`, `X-3M-3WT`.
fn parse_offset(text: &str) -> Option<Offset> {
    let rest = text.strip_prefix('X')?;
    let (months_before, rest) = match rest.strip_prefix('-').and_then(|rest| rest.split_once('M')) {
        Some((months, rest)) => (number(months).filter(|months| *months <= 120)?, rest),
        None => (0, rest),
    };
    let werktage = match rest.strip_suffix("WT") {
        None if rest.is_empty() => 0,
        None => return None,
        Some(count) => {
            let werktage = |text| number(text).and_then(|n| i32::try_from(n).ok());
            match (count.strip_prefix('-'), count.strip_prefix('+')) {
                (Some(before), _) => -werktage(before)?,
                (None, Some(after)) => werktage(after)?,
                (None, None) => return None,
            }
        }
    };
    Some(Offset { months_before, werktage })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::super::HolidayCalendar;
    use super::*;

    fn rule(text: &str) -> LeadRule {
        text.parse().unwrap()
    }

    #[test]
    fn every_shape_is_read_and_written() {
        for text in [
            "ÜT <= X-15WT",
            "ÜT <= X+10WT",
            "ÜT <= X",
            "ÜT <= X-3M",
            "ÜT <= X-3M-3WT",
            "X-8WT <= ÜT <= X-5WT",
            "X-9WT <= ÜT <= X+9WT",
            "ÜT <= day before X-10WT",
            "ÜT <= day before last WT before X",
            "X is a first of month, ÜT <= X-1WT",
        ] {
            assert_eq!(rule(text).to_string(), text);
        }
    }

    #[test]
    fn a_bad_lead_time_says_what_was_expected() {
        for text in ["ÜT <= X-5", "X-5WT <= ÜT <= X-8WT", "X-15WT", "ÜT < X-1WT", "ÜT <= X-0WT", "ÜT <= X-MWT", "ÜT <= X+3M", ""] {
            let error = text.parse::<LeadRule>().unwrap_err();
            assert!(error.to_string().contains("expected `ÜT <= X-nWT`"), "{text}: {error}");
        }
    }

    #[test]
    fn a_window_of_lead_time_has_two_ends() {
        let calendar = HolidayCalendar::Bk6_24_174.calendar();
        let (rule, x) = (rule("X-8WT <= ÜT <= X-5WT"), date!(2025 - 12 - 01));
        assert_eq!((rule.earliest(x, calendar), rule.latest(x, calendar)), (Some(date!(2025 - 11 - 18)), date!(2025 - 11 - 24)));
        let met = |uet| rule.is_met(uet, x, calendar);
        assert!(!met(date!(2025 - 11 - 17)) && met(date!(2025 - 11 - 18)) && met(date!(2025 - 11 - 24)) && !met(date!(2025 - 11 - 25)));
    }

    #[test]
    fn months_end_where_the_shorter_month_ends() {
        let calendar = HolidayCalendar::Bk6_24_174.calendar();
        let latest = |text, x| rule(text).latest(x, calendar);
        assert_eq!(latest("ÜT <= X-3M", date!(2026 - 05 - 31)), date!(2026 - 02 - 28));
        assert_eq!(latest("ÜT <= X-3M", date!(2026 - 01 - 15)), date!(2025 - 10 - 15));
        assert_eq!(latest("ÜT <= X-3M-3WT", date!(2026 - 04 - 01)), date!(2025 - 12 - 23), "1.1., 31.12. and Christmas do not count");
        assert_eq!(latest("ÜT <= X+10WT", date!(2025 - 12 - 15)), date!(2026 - 01 - 05));
    }

    #[test]
    fn a_first_of_month_is_demanded_of_the_day_and_not_of_the_message() {
        let calendar = HolidayCalendar::Bk6_24_174.calendar();
        let rule = rule("X is a first of month, ÜT <= X-1WT");
        assert!(rule.is_met(date!(2025 - 11 - 28), date!(2025 - 12 - 01), calendar));
        assert!(!rule.is_met(date!(2025 - 11 - 28), date!(2025 - 12 - 02), calendar));
        assert!(!rule.is_met(date!(2025 - 12 - 01), date!(2025 - 12 - 01), calendar));
    }

    #[test]
    fn more_than_ten_werktage_means_behind_the_tenth() {
        let calendar = HolidayCalendar::Bk6_24_174.calendar();
        let (rule, received) = (rule("ÜT <= day before X-10WT"), date!(2025 - 11 - 06));
        let tenth = add_werktage(received, 10, calendar);
        assert!(!rule.is_met(received, tenth, calendar));
        assert!(rule.is_met(received, tenth.next_day().unwrap(), calendar));
    }

    proptest! {
        #[test]
        fn lead_rules_survive_any_text_and_any_day(text in "[XÜTWMday is before first of month,<= 0-9+-]{0,24}", day in 0_i64..3_000_000) {
            if let Ok(rule) = text.parse::<LeadRule>() {
                prop_assert_eq!(rule.to_string().parse::<LeadRule>(), Ok(rule));
                let x = Date::MIN.saturating_add(time::Duration::days(day));
                let _ = rule.is_met(x, x, HolidayCalendar::Bk6_24_174.calendar());
            }
        }

        #[test]
        fn a_later_day_never_asks_for_an_earlier_message(n in 1_u32..40, day in 0_i64..15_000, later in 0_i64..40) {
            let calendar = HolidayCalendar::Bk6_24_174.calendar();
            let x = date!(1995 - 01 - 01) + time::Duration::days(day);
            for text in [format!("ÜT <= X-{n}WT"), format!("ÜT <= X+{n}WT"), format!("ÜT <= X-{n}M"), format!("ÜT <= day before X-{n}WT")] {
                let rule = rule(&text);
                prop_assert!(rule.latest(x, calendar) <= rule.latest(x + time::Duration::days(later), calendar), "{}", text);
            }
        }
    }
}
