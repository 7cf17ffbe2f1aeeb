//! Time in which nothing is told, folded: how long it was, and which Werktage and holidays lie in it.

use mako_engine::Timestamp;
use mako_engine::fristen::{Calendar, NonWerktag, berlin};
use time::Date;

use super::super::words::{count, short_day, span};

/// Silence from here on is folded; a shorter one shows by its clock times.
const FROM_MS: i64 = 3_600_000;
/// Whole days are shown one by one up to this many, then counted.
const SHOWN_DAYS: usize = 12;
/// Nobody plans further ahead; beyond it days are not looked at one by one.
const COUNTED_DAYS: usize = 3_700;

/// A fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fold {
    pub(super) from: Timestamp,
    /// `1 d 22 h 48 min`.
    pub(super) span: String,
    /// Until when, for people.
    pub(super) until: String,
    /// The whole days in it: what to say of each, or of several, and whether they are Werktage.
    pub(super) days: Vec<(String, bool)>,
}

impl Fold {
    /// The fold between two instants; `None` when there is too little between them.
    pub(super) fn between(calendar: &Calendar, from: Timestamp, to: Timestamp) -> Option<Self> {
        let ms = to.unix_ms().saturating_sub(from.unix_ms());
        let days = (ms >= FROM_MS).then(|| days(calendar, berlin::day(from), berlin::day(to)))?;
        Some(Self { from, span: span(ms.unsigned_abs()), until: berlin::moment_text(to), days })
    }
}

/// The days strictly between two.
fn days(calendar: &Calendar, from: Date, to: Date) -> Vec<(String, bool)> {
    let between = std::iter::successors(from.next_day(), |day| day.next_day()).take_while(|day| *day < to);
    let between: Vec<Date> = between.take(COUNTED_DAYS + 1).collect();
    if between.len() > COUNTED_DAYS {
        return vec![(format!("more than {COUNTED_DAYS} days"), true)];
    }
    let text = |day: Date| format!("{} {}", berlin::day_text(day).split(' ').next().unwrap_or_default(), short_day(berlin::midnight(day)));
    if between.len() <= SHOWN_DAYS {
        let told = between.into_iter().map(|day| match calendar.why_not(day) {
            None => (text(day), true),
            Some(NonWerktag::Holiday(name)) => (format!("{} {name}", text(day)), false),
            Some(NonWerktag::Saturday | NonWerktag::Sunday) => (text(day), false),
        });
        return told.collect();
    }
    let (mut werktage, mut weekend, mut holidays) = (0_usize, 0_usize, Vec::new());
    for day in between {
        match calendar.why_not(day) {
            None => werktage += 1,
            Some(NonWerktag::Holiday(name)) => holidays.push((format!("{} {name}", text(day)), false)),
            Some(NonWerktag::Saturday | NonWerktag::Sunday) => weekend += 1,
        }
    }
    let counted = [(count(werktage, "Werktag", "Werktage"), true), (count(weekend, "day of a weekend", "days of weekends"), false)];
    counted.into_iter().chain(holidays).collect()
}

#[cfg(test)]
mod tests {
    use mako_engine::fristen::{Rulebook, RulebookId};

    use super::*;

    fn fold(from: &str, to: &str) -> Option<Fold> {
        let calendar = Rulebook::of(RulebookId::BK6_24_174).calendar();
        Fold::between(calendar, from.parse().unwrap(), to.parse().unwrap())
    }

    fn says(days: &[(String, bool)]) -> Vec<(&str, bool)> {
        days.iter().map(|(text, is_werktag)| (text.as_str(), *is_werktag)).collect()
    }

    #[test]
    fn silence_below_an_hour_is_no_fold() {
        assert_eq!(fold("2025-12-23T15:00:00Z", "2025-12-23T15:59:59Z"), None);
        let hour = fold("2025-12-23T15:00:00Z", "2025-12-23T16:00:00Z").unwrap();
        assert_eq!((hour.span.as_str(), hour.days.len()), ("1 h", 0));
        assert_eq!(fold("2025-12-23T15:00:00Z", "2025-12-22T15:00:00Z"), None);
    }

    #[test]
    fn a_fold_names_the_days_in_it_and_which_are_werktage() {
        let over_christmas = fold("2025-12-23T15:00:00Z", "2025-12-30T08:00:00Z").unwrap();
        assert_eq!(over_christmas.span, "6 d 17 h");
        let expected = [
            ("Wed 24.12. Heiligabend", false),
            ("Thu 25.12. Erster Weihnachtstag", false),
            ("Fri 26.12. Zweiter Weihnachtstag", false),
            ("Sat 27.12.", false),
            ("Sun 28.12.", false),
            ("Mon 29.12.", true),
        ];
        assert_eq!(says(&over_christmas.days), expected);
    }

    #[test]
    fn many_days_are_counted_and_their_holidays_named() {
        let spring = fold("2026-03-20T11:00:00Z", "2026-04-20T10:00:00Z").unwrap();
        let days = says(&spring.days);
        assert_eq!(days.first(), Some(&("18 Werktage", true)), "{days:?}");
        assert_eq!(days.get(1), Some(&("9 days of weekends", false)), "{days:?}");
        assert!(days.contains(&("Fri 3.4. Karfreitag", false)) && days.contains(&("Mon 6.4. Ostermontag", false)), "{days:?}");
    }

    #[test]
    fn no_span_is_too_long() {
        let fold = Fold::between(
            Rulebook::of(RulebookId::BK6_24_174).calendar(),
            Timestamp::from_unix_ms(i64::MIN),
            Timestamp::from_unix_ms(i64::MAX),
        );
        assert!(fold.is_some_and(|fold| fold.days.len() == 1));
    }
}
