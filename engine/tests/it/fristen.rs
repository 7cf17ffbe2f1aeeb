//! Own cases for the rulebooks: one line per case, chosen where calendars, clocks and cutovers bite.

use mako_engine::Timestamp;
use mako_engine::fristen::{DueKind, Frist, FristError, HolidayCalendar, Rulebook, RulebookId, Sparte, WindowKind, berlin};
use time::macros::date;

/// rulebook, family, trigger, clock start, due (exclusive ends as "end of"), days skipped
const ANSWERS: &str = "
# an ordinary Thursday
bk6-24-174   -          55001               2025-11-06T10:01:00+01:00  Fri 7.11. 11:00   -
bk6-24-174   -          55010-receipt       2025-11-06T10:01:00+01:00  Fri 7.11. 07:00   -
bk6-24-174   -          55010-answer        2025-11-06T10:01:00+01:00  Fri 7.11. 09:00   -
bk6-24-174   -          55010               2025-11-06T10:01:00+01:00  Fri 7.11. 09:00   -
bk6-24-174   gpke       55016               2025-11-06T10:01:00+01:00  end of Fri 7.11.  -
# Christmas: the ÜT itself never counts, Werktag or not
bk6-24-174   -          55001               2025-12-23T16:00:01+01:00  Mon 29.12. 11:00  24.–26.12. holidays, 27./28. weekend
bk6-24-174   -          55001               2025-12-24T00:00:00+01:00  Mon 29.12. 11:00  25./26.12. holidays, 27./28. weekend
bk6-24-174   -          55001               2025-12-28T23:59:59+01:00  Mon 29.12. 11:00  -
bk6-24-174   -          55001               2025-12-29T00:00:00+01:00  Tue 30.12. 11:00  -
bk6-24-174   -          55004               2025-12-30T09:00:00+01:00  Fri 2.1. 06:00    31.12./1.1. holidays
# the Berlin day decides, not the UTC day
bk6-24-174   -          55007               2026-06-08T21:59:59Z       Tue 9.6. 05:00    -
bk6-24-174   -          55007               2026-06-08T22:00:00Z       Wed 10.6. 05:00   -
# a holiday of one Land counts everywhere; before a Land had it, it does not
bk6-24-174   -          55001               2025-11-18T09:00:00+01:00  Thu 20.11. 11:00  19.11. holiday
bk6-24-174   -          55001               2018-03-07T12:00:00+01:00  Thu 8.3. 11:00    -
bk6-24-174   -          55001               2019-03-07T12:00:00+01:00  Mon 11.3. 11:00   8.3. holiday, 9./10. weekend
bk6-24-174   -          55001               2025-06-05T10:00:00+02:00  Tue 10.6. 11:00   6.6. holiday, 7. Saturday, 8./9. holidays
# the doubled hour
bk6-24-174   -          55042               2025-10-26T02:30:00+02:00  end of Mon 3.11.  31.10./1.11. holidays, 2. Sunday
# cases of one PID
bk6-24-174   -          55013               2025-11-06T10:01:00+01:00  Thu 6.11. 15:00   -
bk6-24-174   -          55013-started       2025-11-06T10:01:00+01:00  Fri 7.11. 15:00   -
bk6-24-174   -          55013               2025-11-07T15:00:00+01:00  Fri 7.11. 15:00   -
bk6-24-174   -          55607               2025-11-07T15:00:01+01:00  Mon 10.11. 15:00  8./9.11. weekend
bk6-24-174   -          55607               2025-12-24T09:00:00+01:00  Mon 29.12. 15:00  25./26.12. holidays, 27./28. weekend
bk6-24-174   -          23001               2025-11-06T10:01:00+01:00  end of Tue 11.11.  8./9.11. weekend
bk6-24-174   -          23001-rlm-ims       2025-11-06T10:01:00+01:00  end of Fri 7.11.  -
bk6-24-174   -          44001-lfa-answered  2025-11-06T10:01:00+01:00  Fri 7.11. 10:01   -
# 61 Werktage
bk6-24-174   -          55600               2025-11-06T10:01:00+01:00  Tue 10.2. 00:00   14 weekends, holidays 19.11., 24.–26.12., 31.12./1.1., 6.1.
# the product: Saturday counts, GPKE is elapsed time
mako-engine  -          55001               2025-10-25T23:50:00+02:00  Sun 26.10. 22:50  -
mako-engine  GPKE       any                 2026-03-29T01:40:00+01:00  Mon 30.3. 02:40   -
mako-engine  WiM        any                 2025-11-06T10:00:00+01:00  end of Wed 12.11.  9.11. Sunday
mako-engine  wim-strom  55042               2025-11-06T10:00:00+01:00  end of Wed 12.11.  9.11. Sunday
mako-engine  -          44001               2025-11-06T10:00:00+01:00  end of Tue 18.11.  9.11. Sunday, 16. Sunday
mako-engine  -          44042               2025-12-23T10:00:00+01:00  end of Sat 10.1.  24.–26.12. holidays, 28. Sunday, 31.12./1.1. holidays, 4. Sunday, 6. holiday
# any PID of a family is the family's
mako-engine  GPKE       55002               2025-11-06T10:00:00+01:00  Fri 7.11. 10:00    -
mako-engine  -          23001-rlm-ims       2025-11-06T10:00:00+01:00  end of Wed 12.11.  9.11. Sunday
# what the product does not state is the regulation's, on the product's calendar
mako-engine  -          55203               2025-11-07T10:00:00+01:00  end of Sat 8.11.  -
";

fn text(frist: &Frist) -> (String, String) {
    let all = frist.to_string();
    let due = all.split("   (").next().unwrap_or_default().to_owned();
    (due, frist.reason.clone())
}

#[test]
fn answers_are_due_when_the_table_says() {
    for [rulebook, family, trigger, start, due, reason] in rows(ANSWERS) {
        let rulebook = Rulebook::of(rulebook.parse().unwrap());
        let family = Some(family).filter(|family| !family.is_empty());
        let frist = rulebook.answer_frist(trigger, family, start.parse().unwrap()).unwrap();
        assert_eq!(text(&frist), (due.to_owned(), reason.to_owned()), "{trigger} {start}");
    }
}

/// Sparte, message type, PID, received, APERAK due, CONTRL due; under bk6-24-174
const ACKNOWLEDGEMENTS: &str = "
strom  UTILMD  55001  2025-11-06T10:01:00+01:00  Thu 6.11. 10:46    Thu 6.11. 10:16
strom  ORDERS  -      2025-11-07T23:30:00+01:00  Sat 8.11. 00:15    Fri 7.11. 23:45
strom  UTILMD  -      2025-11-08T00:00:00+01:00  Sun 9.11. 12:00    Sat 8.11. 06:00
strom  UTILMD  -      2025-11-08T23:59:59+01:00  Sun 9.11. 12:00    Sun 9.11. 05:59:59
strom  UTILMD  -      2025-11-09T00:00:00+01:00  Sun 9.11. 00:45    Sun 9.11. 00:15
strom  UTILMD  -      2025-12-25T10:00:00+01:00  Thu 25.12. 10:45   Thu 25.12. 10:15
strom  UTILMD  -      2026-03-29T01:40:00+01:00  Sun 29.3. 03:25    Sun 29.3. 01:55
strom  MSCONS  13025  2025-11-07T10:00:00+01:00  Mon 10.11. 12:00   Fri 7.11. 16:00
gas    UTILMD  44001  2025-11-07T10:00:00+01:00  end of Wed 12.11.  Fri 7.11. 16:00
gas    UTILMD  44010  2025-11-07T10:00:00+01:00  Mon 10.11. 12:00   Fri 7.11. 16:00
gas    UTILMD  -      2025-11-07T10:00:00+01:00  Mon 10.11. 12:00   Fri 7.11. 16:00
gas    ORDERS  -      2025-11-08T10:00:00+01:00  Mon 10.11. 12:00   Sat 8.11. 16:00
gas    ALOCAT  -      2025-11-08T10:00:00+01:00  Mon 10.11. 12:00   Sat 8.11. 10:45
";

/// The cells of a table above: two spaces part them, `-` is an empty one, a line with `#` is a remark.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(|cell| if cell == "-" { "" } else { cell });
        let mut cells = cells.collect::<Vec<_>>();
        cells.resize(N, "");
        cells.try_into().unwrap()
    })
}

#[test]
fn acknowledgements_are_due_when_the_table_says() {
    let rulebook = Rulebook::of(RulebookId::BK6_24_174);
    for [sparte, message, pid, received, aperak, contrl] in rows(ACKNOWLEDGEMENTS) {
        let (sparte, received): (Sparte, Timestamp) = (sparte.parse().unwrap(), received.parse().unwrap());
        let pid = Some(pid).filter(|pid| !pid.is_empty());
        let due = |frist: Frist| text(&frist).0;
        let computed = (due(rulebook.aperak_frist(sparte, message, pid, received)), due(rulebook.contrl_frist(sparte, message, received)));
        assert_eq!(computed, (aperak.to_owned(), contrl.to_owned()), "{sparte} {message} {received}");
    }
}

#[test]
fn information_duties_have_their_own_clocks() {
    let rulebook = Rulebook::of(RulebookId::BK6_24_174);
    let start = "2025-11-07T10:00:00+01:00".parse().unwrap();
    let due = |pid| text(&rulebook.information_frist(pid, start).unwrap()).0;
    assert_eq!(due("55036"), "Mon 10.11. 07:00");
    assert_eq!(due("55037"), "Mon 10.11. 12:00");
    assert_eq!(due("44036"), "end of Thu 13.11.");
    assert_eq!(due("44037"), "end of Fri 7.11.");
    assert!(rulebook.answer_frist("55036", None, start).is_err());
    assert!(rulebook.information_frist("55001", start).is_err());
}

#[test]
fn lead_times_look_back_from_the_day_asked_for() {
    let rulebook = Rulebook::of(RulebookId::BK6_24_174);
    let latest = |trigger, start| rulebook.latest_uet(trigger, start).unwrap();
    assert_eq!(latest("55001", date!(2025 - 10 - 07)), date!(2025 - 10 - 05));
    assert_eq!(latest("55001", date!(2026 - 01 - 01)), date!(2025 - 12 - 29));
    assert_eq!(latest("55042", date!(2025 - 12 - 01)), date!(2025 - 11 - 07));
    let met = |received: &str| rulebook.lead_time_met("55001", received.parse().unwrap(), date!(2025 - 10 - 07)).unwrap();
    assert!(met("2025-10-05T23:59:59+02:00"));
    assert!(!met("2025-10-06T00:00:00+02:00"));
}

#[test]
fn a_cutover_excuses_lateness_by_the_due_instant_and_moves_no_frist() {
    let tolerated = |due: &str| Rulebook::of(RulebookId::BK6_24_174).tolerated_until(due.parse().unwrap()).map(berlin::moment_text);
    assert_eq!(tolerated("2026-03-31T17:59:59+02:00"), None);
    assert_eq!(tolerated("2026-03-31T18:00:00+02:00").as_deref(), Some("Thu 2.4. 00:00"));
    assert_eq!(tolerated("2026-04-01T23:59:59+02:00").as_deref(), Some("Thu 2.4. 00:00"));
    assert_eq!(tolerated("2026-04-02T00:00:00+02:00"), None);
    assert_eq!(tolerated("2025-06-05T18:00:00+02:00").as_deref(), Some("Sat 7.6. 00:00"));
    assert_eq!(tolerated("2025-04-01T08:00:00+02:00"), None, "no format changed on 1.4.2025");
    assert_eq!(tolerated("2027-04-01T08:00:00+02:00").as_deref(), Some("Fri 2.4. 00:00"), "not announced yet, but formats change on 1.4.");
}

#[test]
fn a_question_without_one_answer_says_why() {
    let start = Timestamp::EPOCH;
    let ask = |rulebook: RulebookId, trigger, family| Rulebook::of(rulebook).answer_frist(trigger, family, start).unwrap_err();
    let unknown = ask(RulebookId::BK6_24_174, "99999", None);
    assert_eq!(unknown.to_string(), "rulebook bk6-24-174 has no answer window for `99999`");
    let elsewhere = ask(RulebookId::BK6_24_174, "55001", Some("geli-gas"));
    assert_eq!(elsewhere.to_string(), "rulebook bk6-24-174 has no answer window for `55001` in family GeLi Gas");
    let ambiguous = ask(RulebookId::MAKO_ENGINE, "any", None);
    assert!(matches!(ambiguous, FristError::Ambiguous { .. }), "{ambiguous}");
    let family = ask(RulebookId::MAKO_ENGINE, "any", Some("Wasser"));
    assert!(family.to_string().contains("no family `Wasser`; known: GPKE, "), "{family}");
}

#[test]
fn lead_times_look_forward_and_over_months_too() {
    let rulebook = Rulebook::of(RulebookId::BK6_24_174);
    let latest = |trigger, x| rulebook.latest_uet(trigger, x).unwrap();
    assert_eq!(latest("21010", date!(2025 - 12 - 15)), date!(2026 - 01 - 05));
    assert_eq!(latest("21013", date!(2025 - 12 - 15)), date!(2026 - 01 - 07), "6.1. is a holiday");
    assert_eq!(latest("21029", date!(2026 - 06 - 01)), date!(2026 - 02 - 25));
    let rule = rulebook.lead_rule("55062").unwrap();
    assert!(rule.is_met(date!(2025 - 11 - 28), date!(2025 - 12 - 01), rulebook.calendar()));
    assert!(!rule.is_met(date!(2025 - 11 - 28), date!(2025 - 12 - 15), rulebook.calendar()), "no first of a month");
}

#[test]
fn kinds_differ_only_at_the_due_instant() {
    let due: Timestamp = "2025-12-29T11:00:00+01:00".parse().unwrap();
    for (kind, at_due) in [(DueKind::LatestInstant, true), (DueKind::ExclusiveEnd, false)] {
        assert!(kind.is_met_at(due, due.plus_ms(-1)));
        assert_eq!(kind.is_met_at(due, due), at_due);
        assert!(!kind.is_met_at(due, due.plus_ms(1)));
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
    }
}

#[test]
fn every_rulebook_loads_and_is_whole() {
    for id in RulebookId::all() {
        let rulebook = Rulebook::of(id);
        assert_eq!(rulebook.id(), id);
        assert_eq!(serde_json::from_str::<RulebookId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
        for kind in [WindowKind::Answer, WindowKind::Information, WindowKind::Aperak, WindowKind::Contrl, WindowKind::Mabis] {
            assert!(rulebook.windows().iter().any(|window| window.kind == kind), "{id}: {kind:?}");
        }
        for window in rulebook.windows() {
            assert!(!window.source.is_empty());
            for trigger in &window.triggers {
                let found = rulebook.window(trigger, Some(&window.family)).unwrap();
                assert_eq!((found.kind, found.rule), (window.kind, window.rule), "{id}: {} {trigger} stands twice", window.family);
            }
        }
    }
}

#[test]
fn every_trigger_of_the_regulation_has_an_answer_in_the_product() {
    let product = Rulebook::of(RulebookId::MAKO_ENGINE);
    for window in Rulebook::of(RulebookId::BK6_24_174).windows() {
        for trigger in &window.triggers {
            assert!(product.window(trigger, Some(&window.family)).is_ok(), "{} {trigger}", window.family);
        }
    }
}

#[test]
fn as4_senders_repeat_until_their_horizon_and_receivers_remember_longer() {
    let product = Rulebook::of(RulebookId::MAKO_ENGINE).as4_retry();
    assert_eq!((product.horizon_s, product.dedup_window_s), (72 * 3600, 96 * 3600));
    assert_eq!([1, 2, 3, 4, 5, 6, 1000].map(|failed| product.interval_s(failed)), [60, 120, 300, 600, 900, 1800, 1800]);
    let ours = Rulebook::of(RulebookId::BK6_24_174).as4_retry();
    assert_eq!((ours.horizon_s, ours.dedup_window_s), (10 * 86_400, 14 * 86_400));
    assert!(ours.source.contains("our choice"));
}

#[test]
fn the_calendars_differ_in_saturday_alone() {
    let (regulation, product) = (HolidayCalendar::Bk6_24_174.calendar(), HolidayCalendar::BdewMaKo.calendar());
    for year in [2017, 2020, 2025, 2026, 2028, 2040] {
        for (day, _) in regulation.non_werktage(year) {
            let plain_saturday = day.weekday() == time::Weekday::Saturday && regulation.holiday(day).is_none();
            assert_eq!(product.is_werktag(day), plain_saturday, "{day}");
        }
    }
    assert_eq!(regulation.non_werktage(2026).count() - product.non_werktage(2026).count(), 52 - 4);
}

proptest::proptest! {
    #[test]
    fn no_row_is_due_before_its_clock_starts_nor_earlier_when_it_starts_later(
        ms in 1_400_000_000_000_i64..2_100_000_000_000, later in 0_i64..2_000_000_000,
    ) {
        let (start, after) = (Timestamp::from_unix_ms(ms), Timestamp::from_unix_ms(ms + later));
        for rulebook in RulebookId::all().map(Rulebook::of) {
            for window in rulebook.windows() {
                let (due, then) = (window.due(start, rulebook.calendar()).due, window.due(after, rulebook.calendar()).due);
                proptest::prop_assert!(start <= due, "{:?} from {}: {}", window.triggers, start, due);
                // A Saturday has its own clock: what arrives on it may wait until Sunday, what arrives just after it may not.
                if window.received_saturday.is_none() {
                    proptest::prop_assert!(due <= then, "{:?} from {} and {}: {} and {}", window.triggers, start, after, due, then);
                }
                if let Some(opens) = window.opens(start, rulebook.calendar()) {
                    proptest::prop_assert!(opens.due < due, "{:?} opens at {} and is over at {}", window.triggers, opens.due, due);
                }
            }
        }
    }

    #[test]
    fn no_instant_is_too_odd_for_a_rule(ms in proptest::prelude::any::<i64>(), near in -100_000_000_i64..100_000_000) {
        for at in [Timestamp::from_unix_ms(ms), Timestamp::from_unix_ms(near), Timestamp::MAX, Timestamp::from_unix_ms(i64::MIN)] {
            for rulebook in RulebookId::all().map(Rulebook::of) {
                for window in rulebook.windows() {
                    let frist = window.due(at, rulebook.calendar());
                    let _ = (frist.to_string(), rulebook.tolerated_until(frist.due));
                }
                for row in rulebook.lead_times() {
                    rulebook.lead_time_met(&row.triggers[0], at, berlin::day(at)).unwrap();
                }
            }
        }
    }
}
