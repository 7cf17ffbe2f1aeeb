//! Which days of a year a holiday table means: fixed days, days counted from Easter, a weekday before a day, single days.
//!
//! Only the shape of such rules lives here; the holidays themselves, since when and where, are rows of a table.

use std::str::FromStr;

use time::{Date, Duration, Month, Weekday};

/// When a holiday falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HolidayRule {
    /// `12-25`: the same day every year.
    Fixed(Month, u8),
    /// `easter+39`: days after (before) Easter Sunday.
    Easter(i64),
    /// `wed < 11-23`: the last such weekday strictly before a day.
    WeekdayBefore(Weekday, Month, u8),
    /// `2025-06-06`: once.
    Once(Date),
}

impl HolidayRule {
    /// Whether the rule means `date`; `easter` is Easter Sunday of its year.
    pub(super) fn means(self, date: Date, easter: Date) -> bool {
        match self {
            Self::Fixed(month, day) => date.month() == month && date.day() == day,
            Self::Easter(days) => date - easter == Duration::days(days),
            Self::WeekdayBefore(weekday, month, day) => {
                let limit = Date::from_calendar_date(date.year(), month, day);
                date.weekday() == weekday && limit.is_ok_and(|limit| (1..=7).contains(&(limit - date).whole_days()))
            }
            Self::Once(day) => date == day,
        }
    }
}

impl FromStr for HolidayRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no holiday rule: expected `12-25`, `easter+39`, `wed < 11-23` or `2025-06-06`");
        if let Some(days) = text.strip_prefix("easter") {
            return if days.is_empty() { Ok(Self::Easter(0)) } else { days.parse().map(Self::Easter).map_err(|_| bad()) };
        }
        if let Some((weekday, day)) = text.split_once(" < ") {
            let weekday = match weekday {
                "mon" => Weekday::Monday,
                "tue" => Weekday::Tuesday,
                "wed" => Weekday::Wednesday,
                "thu" => Weekday::Thursday,
                "fri" => Weekday::Friday,
                "sat" => Weekday::Saturday,
                "sun" => Weekday::Sunday,
                _ => return Err(bad()),
            };
            let (month, day) = month_day(day).ok_or_else(bad)?;
            return Ok(Self::WeekdayBefore(weekday, month, day));
        }
        match text.split('-').count() {
            2 => month_day(text).map(|(month, day)| Self::Fixed(month, day)).ok_or_else(bad),
            3 => iso_date(text).map(Self::Once).ok_or_else(bad),
            _ => Err(bad()),
        }
    }
}

/// `2025-06-06`.
pub(crate) fn iso_date(text: &str) -> Option<Date> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

/// `12-25`, valid in a leap year.
fn month_day(text: &str) -> Option<(Month, u8)> {
    let date = iso_date(&format!("2024-{text}"))?;
    Some((date.month(), date.day()))
}

/// Easter Sunday of a Gregorian year (Gauss, in the form of Meeus, Jones and Butcher).
pub(super) fn easter(year: i32) -> Date {
    let (a, b, c) = (year.rem_euclid(19), year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b.div_euclid(4), b.rem_euclid(4));
    let g = (8 * b + 13).div_euclid(25);
    let h = (19 * a + b - d - g + 15).rem_euclid(30);
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 19 * l).div_euclid(433);
    let days_after_march_22 = h + l - 7 * m;
    let march_22 = Date::from_calendar_date(year, Month::March, 22).unwrap_or(Date::MIN);
    march_22.saturating_add(Duration::days(i64::from(days_after_march_22)))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn easter_of_known_years() {
        for day in [
            date!(1818 - 03 - 22),
            date!(1943 - 04 - 25),
            date!(2000 - 04 - 23),
            date!(2008 - 03 - 23),
            date!(2024 - 03 - 31),
            date!(2025 - 04 - 20),
            date!(2026 - 04 - 05),
            date!(2038 - 04 - 25),
        ] {
            assert_eq!(easter(day.year()), day);
        }
    }

    #[test]
    fn buss_und_bettag_is_the_wednesday_strictly_before_the_23rd() {
        let rule: HolidayRule = "wed < 11-23".parse().unwrap();
        let means = |day| rule.means(day, easter(2022));
        assert!(means(date!(2022 - 11 - 16)));
        assert!(!means(date!(2022 - 11 - 23)));
        assert!(means(date!(2025 - 11 - 19)));
    }

    #[test]
    fn a_bad_rule_says_what_was_expected() {
        for text in ["easter39x", "wed < 13-01", "2025-02-30", "12/25", "some < 11-23", ""] {
            assert!(text.parse::<HolidayRule>().unwrap_err().contains("expected"), "{text}");
        }
    }
}
