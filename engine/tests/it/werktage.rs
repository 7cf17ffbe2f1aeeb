//! The calendar and its counting against published facts: which days count since when, worked examples of the market documents, and
//! summer time as the directive states it.

use mako_engine::Timestamp;
use mako_engine::fristen::{
    HolidayCalendar, Rulebook, RulebookId, add_hours, add_werktage, berlin, end_of_werktag, gas_day_start, subtract_werktage,
    time_on_werktag,
};
use time::macros::{date, time};
use time::{Date, Duration, Month, Weekday};

use HolidayCalendar::{BdewMaKo, Bk6_24_174};

/// The days that count as holidays on fixed dates, and the first year of each as such; WiM Teil 1 BK6-24-174 Kap. 1.5 with the
/// holiday laws of the Länder: one Land is enough.
const FIXED: [(Month, u8, i32); 13] = [
    (Month::January, 1, 2015),
    (Month::January, 6, 2015),
    (Month::March, 8, 2019),
    (Month::May, 1, 2015),
    (Month::August, 15, 2015),
    (Month::September, 20, 2019),
    (Month::October, 3, 2015),
    (Month::October, 31, 2015),
    (Month::November, 1, 2015),
    (Month::December, 24, 2015),
    (Month::December, 25, 2015),
    (Month::December, 26, 2015),
    (Month::December, 31, 2015),
];

/// Days that were, or will be, holidays once.
const ONCE: [Date; 4] = [date!(2020 - 05 - 08), date!(2025 - 05 - 08), date!(2025 - 06 - 06), date!(2028 - 06 - 17)];

/// Easter Sunday, and Buß- und Bettag, of some years.
const MOVING: [(Date, Date); 6] = [
    (date!(2016 - 03 - 27), date!(2016 - 11 - 16)),
    (date!(2018 - 04 - 01), date!(2018 - 11 - 21)),
    (date!(2020 - 04 - 12), date!(2020 - 11 - 18)),
    (date!(2025 - 04 - 20), date!(2025 - 11 - 19)),
    (date!(2026 - 04 - 05), date!(2026 - 11 - 18)),
    (date!(2028 - 04 - 16), date!(2028 - 11 - 22)),
];

#[test]
fn a_year_has_exactly_the_holidays_of_the_market() {
    for (easter, repentance) in MOVING {
        let year = easter.year();
        let mut expected: Vec<Date> = FIXED
            .iter()
            .filter(|(_, _, since)| *since <= year)
            .map(|(month, day, _)| Date::from_calendar_date(year, *month, *day).unwrap())
            .chain([-2, 0, 1, 39, 49, 50, 60].map(|days| easter + Duration::days(days)))
            .chain(ONCE.into_iter().filter(|day| day.year() == year))
            .chain([repentance])
            .collect();
        expected.sort();
        expected.dedup();
        for calendar in [BdewMaKo, Bk6_24_174] {
            let first = Date::from_ordinal_date(year, 1).unwrap();
            let days = (0..i64::from(time::util::days_in_year(year))).map(|n| first + Duration::days(n));
            let holidays: Vec<Date> = days.filter(|day| calendar.calendar().holiday(*day).is_some()).collect();
            assert_eq!(holidays, expected, "{calendar:?} {year}");
        }
    }
}

#[test]
fn a_municipal_holiday_counts_as_a_werktag() {
    let augsburg = date!(2025 - 08 - 08);
    assert!(BdewMaKo.calendar().is_werktag(augsburg) && Bk6_24_174.calendar().is_werktag(augsburg));
}

#[test]
fn saturday_is_a_werktag_for_the_product_and_none_for_the_regulation() {
    let saturdays = (0..52).map(|week| date!(2026 - 01 - 03) + Duration::weeks(week));
    for saturday in saturdays.filter(|day| Bk6_24_174.calendar().holiday(*day).is_none()) {
        assert_eq!((BdewMaKo.calendar().is_werktag(saturday), Bk6_24_174.calendar().is_werktag(saturday)), (true, false), "{saturday}");
    }
}

#[test]
fn published_lead_times_come_out() {
    // AWH LFW24 V1.7 chapter 10: Zuordnungsbeginn or -ende, and the latest ÜT.
    let rulebook = Rulebook::of(RulebookId::BK6_24_174);
    for (start, latest) in [
        (date!(2025 - 10 - 07), date!(2025 - 10 - 05)),
        (date!(2025 - 10 - 05), date!(2025 - 10 - 01)),
        (date!(2025 - 09 - 20), date!(2025 - 09 - 18)),
        (date!(2025 - 08 - 23), date!(2025 - 08 - 21)),
    ] {
        assert_eq!(rulebook.latest_uet("55004", start).unwrap(), latest, "{start}");
        // One whole Werktag lies between.
        assert_eq!(subtract_werktage(start, 1, Bk6_24_174).previous_day(), Some(latest), "{start}");
    }
}

#[test]
fn published_werktage_come_out() {
    // GPKE BK6-20-160 chapter 7, counted from Monday, 4.7.2016.
    for (n, day) in [(6, date!(2016 - 07 - 12)), (7, date!(2016 - 07 - 13)), (10, date!(2016 - 07 - 18))] {
        assert_eq!(add_werktage(date!(2016 - 07 - 04), n, Bk6_24_174), day, "{n}");
    }
}

#[test]
fn a_frist_over_a_change_of_clocks_keeps_its_clock_time_and_hours_do_not() {
    let friday: Timestamp = "2026-03-27T11:00:00+01:00".parse().unwrap();
    let monday = time_on_werktag(berlin::day(friday), 1, time!(11:00), Bk6_24_174);
    assert_eq!((berlin::rfc3339(monday).as_str(), monday.ms_since(friday)), ("2026-03-30T11:00:00+02:00", 71 * 3_600_000));
    assert_eq!(berlin::rfc3339(add_hours(friday, 72)), "2026-03-30T12:00:00+02:00");
    let (saturday, sunday) = (date!(2025 - 10 - 25), date!(2025 - 10 - 26));
    assert_eq!(end_of_werktag(sunday, 0, BdewMaKo).ms_since(end_of_werktag(saturday, 0, BdewMaKo)), 25 * 3_600_000);
    assert_eq!(gas_day_start(sunday).ms_since(gas_day_start(saturday)), 25 * 3_600_000);
}

/// Directive 2000/84/EC: summer time begins on the last Sunday of March and ends on the last Sunday of October, at 01:00 UTC.
fn offset_by_directive(at: Timestamp) -> i32 {
    let last_sunday = |month: Month| {
        let last = Date::from_calendar_date(at.to_offset().year(), month, 31).unwrap();
        let sunday = std::iter::successors(Some(last), |day| day.previous_day()).find(|day| day.weekday() == Weekday::Sunday);
        Timestamp::from(sunday.unwrap().with_time(time!(01:00)).assume_utc())
    };
    if (last_sunday(Month::March)..last_sunday(Month::October)).contains(&at) { 7200 } else { 3600 }
}

#[test]
fn the_time_zone_database_agrees_with_the_directive_in_every_hour_from_2015_to_2040() {
    let start: Timestamp = "2015-01-01T00:00:00Z".parse().unwrap();
    let hours: i64 = (2015..=2040).map(|year| i64::from(time::util::days_in_year(year)) * 24).sum();
    let differs = (0..hours).map(|n| add_hours(start, n)).find(|at| {
        // Also just before the hour, so that a change would be seen to the millisecond.
        [*at, at.plus_ms(-1)].iter().any(|at| berlin::local(*at).2 != offset_by_directive(*at))
    });
    assert_eq!(differs, None);
}
