//! `frist`: when something is due and why then; a question that has no answer, or several, is refused by what could be asked.

use std::fs;

use crate::testing::{workspace, xtask, xtask_reading};
use serde_json::Value;

fn frist(arguments: &[&str]) -> crate::testing::Said {
    xtask(&workspace(), &[&["frist"][..], arguments].concat())
}

const CHRISTMAS: [&str; 3] = ["55001", "--received", "2025-12-23T15:00:01Z"];

#[test]
fn the_answer_names_instant_kind_reason_and_source() {
    let said = frist(&[&CHRISTMAS[..], &["--rulebook", "bk6-24-174"]].concat()).exits(0);
    said.prints(&[
        "Mon 29.12. 11:00",
        "2025-12-29T11:00:00+01:00  2025-12-29T10:00:00Z  latest_instant\n",
        "24.–26.12. holidays, 27./28. weekend",
        "\nsource    BK6-24-174 ",
    ]);
}

#[test]
fn a_receipt_with_an_offset_is_the_same_instant() {
    let at = |received| frist(&["55001", "--received", received, "--rulebook", "bk6-24-174"]).exits(0).out;
    assert_eq!(at("2025-12-23T16:00:01+01:00"), at("2025-12-23T15:00:01Z"));
}

#[test]
fn the_end_of_a_day_is_the_next_midnight_and_exclusive() {
    let said = frist(&["44001", "--received", "2025-11-06T09:00:00Z", "--rulebook", "bk6-24-174"]).exits(0);
    said.prints(&["end of Wed 12.11.", "2025-11-12T23:00:00Z  exclusive_end\n"]);
}

#[test]
fn json_is_one_document() {
    let document = frist(&[&CHRISTMAS[..], &["--rulebook", "bk6-24-174", "--json"]].concat()).exits(0).json();
    for (key, expected) in [
        ("received_utc", "2025-12-23T15:00:01Z"),
        ("due_utc", "2025-12-29T10:00:00Z"),
        ("due_kind", "latest_instant"),
        ("family", "GPKE"),
        ("rulebook", "bk6-24-174"),
    ] {
        assert_eq!(document[key], expected, "{key}");
    }
    assert_eq!(document["tolerated_until_utc"], Value::Null);
}

#[test]
fn each_rulebook_has_its_own_answer_and_none_is_implied() {
    frist(&[&CHRISTMAS[..], &["--rulebook", "mako-engine"]].concat()).exits(0).prints(&["2025-12-24T15:00:01Z  latest_instant\n"]);
    frist(&CHRISTMAS).exits(2).complains(&["--rulebook"]);
    frist(&[&CHRISTMAS[..], &["--rulebook", "bk6"]].concat()).exits(2).complains(&["bk6-24-174, mako-engine"]);
}

#[test]
fn an_ambiguous_trigger_asks_for_the_family() {
    let any = ["any", "--received", "2025-12-23T15:00:01Z", "--rulebook", "mako-engine"];
    frist(&any).exits(2).complains(&["name one of GPKE, WiM Strom, GeLi Gas, WiM Gas"]);
    frist(&[&any[..], &["--family", "GPKE"]].concat()).exits(0).prints(&["any  GPKE  mako-engine"]);
}

#[test]
fn what_is_no_question_is_refused() {
    for (arguments, hint) in [
        (&["99999", "--received", "2025-12-23T15:00:01Z", "--rulebook", "bk6-24-174"][..], "has no Frist for `99999`"),
        (&["55001", "--received", "yesterday", "--rulebook", "bk6-24-174"], "`yesterday` is not an instant"),
        (&["55001", "--received", "2025-12-23T15:00:01", "--rulebook", "bk6-24-174"], "with an offset"),
        (&["55001", "--rulebook", "bk6-24-174"], "--received"),
        (&["--rulebook", "bk6-24-174"], "TRIGGER"),
        (&["--rulebook", "bk6-24-174", "--csv", "missing.csv"], "missing.csv"),
        (&["55001", "--rulebook", "bk6-24-174", "--csv", "-"], "cannot be used with"),
    ] {
        frist(arguments).exits(2).complains(&[hint]);
    }
}

const ROWS: &str = "family,trigger,received_utc\nGPKE,55010-receipt,2025-11-06T09:01:00Z\nGPKE,55010-answer,2025-11-06T09:01:00Z\n";
const ANSWERS: &str = "family,trigger,received_utc,due_utc,due_kind\n\
                       GPKE,55010-receipt,2025-11-06T09:01:00Z,2025-11-07T06:00:00Z,latest_instant\n\
                       GPKE,55010-answer,2025-11-06T09:01:00Z,2025-11-07T08:00:00Z,latest_instant\n";

#[test]
fn a_table_is_answered_row_by_row_from_a_file_or_from_standard_input() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("rows.csv"), ROWS).unwrap();
    let from_file = xtask(directory.path(), &["frist", "--rulebook", "bk6-24-174", "--csv", "rows.csv"]).exits(0);
    let from_input = xtask_reading(ROWS, &["frist", "--rulebook", "bk6-24-174", "--csv", "-"]).exits(0);
    assert_eq!([from_file.out, from_input.out], [ANSWERS, ANSWERS]);
    // An answered table is a table: its answers are computed anew.
    assert_eq!(xtask_reading(ANSWERS, &["frist", "--rulebook", "bk6-24-174", "--csv", "-"]).exits(0).out, ANSWERS);
}

#[test]
fn an_unknown_row_stays_without_an_answer_and_is_told_at_the_end() {
    let rows = "family,trigger,received_utc\nGPKE,1,2025-11-06T09:01:00Z\nGPKE,55001,2025-11-06T09:01:00Z\n";
    let said = xtask_reading(rows, &["frist", "--rulebook", "bk6-24-174", "--csv", "-"]).exits(1);
    said.prints(&["GPKE,1,2025-11-06T09:01:00Z,,unknown\n", "GPKE,55001,2025-11-06T09:01:00Z,2025-11-07T10:00:00Z,latest_instant\n"]);
}

#[test]
fn a_table_that_is_none_is_refused_whole() {
    for (rows, hint) in [
        ("", "standard input: the table is empty"),
        ("family,trigger\nGPKE,55001\n", "no column `received_utc`"),
        ("family,trigger,received_utc\nGPKE,55001\n", "row 1: expected 3 cells"),
        ("family,trigger,received_utc\nGPKE,55001,yesterday\n", "row 1: `yesterday` is not an instant"),
    ] {
        xtask_reading(rows, &["frist", "--rulebook", "bk6-24-174", "--csv", "-"]).exits(2).complains(&[hint]);
    }
}
