//! Time series in MSCONS: a gap, a value twice, a day of the wrong length are Z30; an interval that ends before it begins is Z34.

use mako_sim::edifact::Sparte;
use mako_sim::edifact::reaction::{Answer, react};

use crate::receiver::{receiver, root};

/// The verdict on a sample after `change`; its counts are kept right.
fn verdict(name: &str, me: &str, received: &str, change: impl FnOnce(String) -> String) -> String {
    let text = std::fs::read_to_string(root().join("sim/tests/messages").join(name)).unwrap();
    let changed = change(text);
    let (before, after) = changed.split_once("UNH+").unwrap();
    let segments = after.split_once("UNT+").unwrap().0.matches('\'').count() + 1;
    let (_, trailer) = after.split_once("UNT+").unwrap().1.split_once('+').unwrap();
    let text = format!("{before}UNH+{}UNT+{segments}+{trailer}", after.split_once("UNT+").unwrap().0);
    let sparte = if me.starts_with("98") { Sparte::Gas } else { Sparte::Strom };
    let reaction = react(text.as_bytes(), &receiver(me, sparte, received));
    reaction.answers.iter().map(Answer::verdict).collect::<Vec<_>>().join(", ")
}

/// The day on which summer time begins, 92 quarter-hours, at a Netzbetreiber of Strom.
fn strom(change: impl FnOnce(String) -> String) -> String {
    verdict("mscons_13025.edi", "9999000002010", "2026-03-30T06:01:00Z", change)
}

/// One QTY and its interval, the `n`-th of the day.
fn value(text: &str, n: usize) -> String {
    let parts: Vec<&str> = text.split("QTY+").collect();
    format!("QTY+{}", parts[n + 1])
}

#[test]
fn a_whole_series_is_accepted() {
    assert_eq!(strom(|text| text), "accepted APERAK 312");
    assert_eq!(verdict("mscons_13008.edi", "9899000002012", "2025-10-26T07:01:00Z", |text| text), "accepted CONTRL 7");
}

#[test]
fn a_gap_and_a_value_twice_are_found() {
    assert_eq!(strom(|text| text.replacen(&value(&text, 40), "", 1)), "APERAK 313 Z30");
    assert_eq!(strom(|text| text.replacen(&value(&text, 40), &value(&text, 40).repeat(2), 1)), "APERAK 313 Z30");
}

#[test]
fn a_series_that_is_shorter_than_its_day_is_found() {
    assert_eq!(strom(|text| text.replacen(&value(&text, 0), "", 1)), "APERAK 313 Z30");
    // 96 quarter-hours on a day that has 92: the clock was not changed.
    let naive = |text: String| text.replacen("DTM+164:202603292200?+00:303", "DTM+164:202603292300?+00:303", 1);
    assert_eq!(strom(naive), "APERAK 313 Z30");
}

#[test]
fn an_interval_that_ends_when_it_begins_is_its_own_error() {
    let empty = |text: String| text.replacen("DTM+164:202603282315?+00:303", "DTM+164:202603282300?+00:303", 1);
    assert!(strom(empty).starts_with("APERAK 313 Z34"), "{}", strom(empty));
}

#[test]
fn a_wrong_location_is_a_wrong_format_in_every_message_type() {
    let wrong = |text: String| text.replacen("LOC+172+51999990018", "LOC+172+51999990019", 1);
    assert_eq!(strom(wrong), "APERAK 313 Z35");
    assert_eq!(verdict("orders_17115.edi", "9999000002010", "2025-11-06T09:01:00Z", wrong), "APERAK 313 Z35");
}

#[test]
fn eleven_characters_are_the_identifier_that_their_first_names() {
    let at = |id: &str| {
        let change = |text: String| text.replacen("LOC+172+51999990018", &format!("LOC+172+{id}"), 1);
        verdict("orders_17115.edi", "9999000002010", "2025-11-06T09:01:00Z", change)
    };
    for id in ["E9990000014", "C816417ST77", "D0000000010", "DE000999123450000000000000000TEST"] {
        assert_eq!(at(id), "accepted APERAK 312", "{id}");
    }
    for id in ["E9990000015", "C816417ST78", "D0000000011", "G0000000011", "de000999123450000000000000000TEST"] {
        assert_eq!(at(id), "APERAK 313 Z35", "{id}");
    }
}

/// One value for the whole of `period`, in a message for the month of October 2025.
fn month(code: &str, from: &str, until: &str) -> String {
    verdict("mscons_13025.edi", "9999000002010", "2026-03-30T06:01:00Z", |text| {
        let (head, rest) = text.split_once("DTM+163:").unwrap();
        let (_, lin) = rest.split_once("LIN+1'").unwrap();
        let (pia, _) = lin.split_once("QTY+").unwrap();
        let (_, tail) = text.split_once("UNT+").unwrap();
        let value = format!("QTY+220:1'DTM+163:{from}?+00:303'DTM+164:{until}?+00:303'");
        format!("{}DTM+492:202510:610'LIN+1'{pia}{value}UNT+{tail}", head.replacen("BGM+Z48", &format!("BGM+{code}"), 1))
    })
}

#[test]
fn a_month_begins_at_midnight_or_in_gas_at_six_and_a_daily_series_is_a_part_of_it() {
    assert_eq!(month("BK", "202509302200", "202510312300"), "accepted APERAK 312");
    assert_eq!(month("BK", "202510010400", "202511010500"), "accepted APERAK 312");
    assert_eq!(month("BK", "202509302200", "202510312200"), "APERAK 313 Z30", "an hour of winter time is missing");
    assert_eq!(month("Z39", "202510072200", "202510082200"), "accepted APERAK 312");
}
