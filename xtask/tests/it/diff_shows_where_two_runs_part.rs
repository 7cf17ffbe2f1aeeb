//! `diff A B`: equal traces are exit 0, others exit 1 with the entry in which they part, and one page of both.

use std::fs;

use crate::testing::{scenario, xtask};

#[test]
fn a_run_and_what_was_stored_of_it_are_the_same() {
    let directory = scenario("", "");
    xtask(directory.path(), &["simulate", "--accept", "a.scenario", "--report", "report"]).exits(0);
    let said = xtask(directory.path(), &["diff", "report/a.jsonl", "a.scenario", "--html", "both.html"]).exits(0);
    assert!(said.last_line().starts_with("the same trace: ") && said.last_line().contains("0 rows only in the first run"), "{said:#?}");
    assert!(fs::read_to_string(directory.path().join("both.html")).unwrap().contains(">the same trace</p>"));
}

#[test]
fn what_only_one_of_two_runs_has_is_marked() {
    let directory = scenario("", "");
    let text = fs::read_to_string(directory.path().join("a.scenario")).unwrap();
    let delayed = text.replace("\nuntil", "2025-11-04 10:30   LFN -> NB   bytes \"noise\"\n\nuntil");
    fs::write(directory.path().join("b.scenario"), delayed).unwrap();
    let arguments = ["diff", "a.scenario", "b.scenario", "--html", "both.html"];
    let said = xtask(directory.path(), &arguments).exits(1).prints(&["the traces differ first at entry ", "page in both.html"]);
    assert!(
        said.last_line().starts_with("different: ")
            && said.last_line().ends_with(" 1 row only in the first run, 3 rows only in the second"),
        "{said:#?}"
    );
    let page = fs::read_to_string(directory.path().join("both.html")).unwrap();
    assert!(page.contains("<b>a.scenario</b>") && page.contains("<b>b.scenario</b>"), "{page}");
    // One letter more is dead, so a check that held in the first run fails in the second.
    let marked = ["first", "second"].map(|run| page.matches(&format!(" only in the {run} run</span>")).count());
    assert!(marked == [1, 3] && page.contains("alike in both runs"), "{page}");
    assert_eq!(xtask(directory.path(), &arguments).out, said.out);
}

#[test]
fn what_cannot_be_read_is_wrong_usage() {
    let directory = scenario("", "");
    xtask(directory.path(), &["diff", "a.scenario", "b.jsonl"]).exits(2).complains(&["reading b.jsonl"]);
    xtask(directory.path(), &["diff", "a.scenario"]).exits(2).complains(&["<SECOND>"]);
}
