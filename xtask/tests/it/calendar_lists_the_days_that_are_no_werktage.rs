//! `calendar`: the days of a year that are no Werktage, each with its reason, by the rulebook that is named.

use crate::testing::{workspace, xtask};

#[test]
fn holidays_are_listed_with_their_names() {
    let said = xtask(&workspace(), &["calendar", "2026", "--rulebook", "bk6-24-174", "--holidays"]).exits(0);
    let said = said.prints(&["2026-04-03  Fri 3.4.2026    Karfreitag\n", "2026-12-24  Thu 24.12.2026  Heiligabend\n"]);
    assert_eq!(said.last_line(), "21 days of 2026 under bk6-24-174");
    assert_eq!((said.out.lines().count(), said.err.as_str()), (22, ""));
}

#[test]
fn all_days_and_the_json_document_are_the_same_list() {
    let lines = xtask(&workspace(), &["calendar", "2026", "--rulebook", "bk6-24-174"]).exits(0).out;
    let document = xtask(&workspace(), &["calendar", "2026", "--rulebook", "bk6-24-174", "--json"]).exits(0).json();
    let days = document["days"].as_array().unwrap();
    assert!(days.len() > 104, "52 weekends and the holidays");
    assert_eq!(lines.lines().count(), days.len() + 1);
    for (line, day) in lines.lines().zip(days) {
        let (date, reason) = (day["date"].as_str().unwrap(), day["reason"].as_str().unwrap());
        assert!(line.starts_with(date) && line.ends_with(reason), "{line}");
    }
}

#[test]
fn a_year_that_is_none_and_a_calendar_of_nobody_are_wrong_usage() {
    for year in ["0", "10000", "MMXXVI"] {
        xtask(&workspace(), &["calendar", year, "--rulebook", "bk6-24-174"]).exits(2).complains(&[year]);
    }
    xtask(&workspace(), &["calendar", "2026"]).exits(2).complains(&["--rulebook"]);
    xtask(&workspace(), &["calendar", "2026", "--rulebook", "bk6"]).exits(2).complains(&["bk6-24-174, mako-engine"]);
}
