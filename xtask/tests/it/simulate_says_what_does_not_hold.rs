//! `simulate` on scenarios that fail: the line, what was found there, and how to run it again.

use crate::testing::{CONVERSATION, SCENARIO, conversation_with, scenario, workspace, xtask};

#[test]
fn an_expectation_that_does_not_hold_is_named_with_its_line_and_what_was_found() {
    let directory = scenario("exactly one CONTRL", "exactly two CONTRL");
    let said = xtask(directory.path(), &["simulate", "--accept", "a.scenario"]).exits(1);
    let said = said.prints(&[
        " 3/4 ",
        "\na FAILED\n  expectations: line 13: NB sends exactly two CONTRL: found 1 were delivered\n",
        "\n  replay: cargo xtask simulate a.scenario --timetable\n",
    ]);
    assert_eq!((said.last_line(), said.err.as_str()), ("0 passed, 1 failed", "FAILED  a\n"));
}

#[test]
fn the_replay_line_keeps_the_options_and_fails_again() {
    let directory = scenario("exactly one CONTRL", "exactly two CONTRL");
    let options = ["--transport", "memory", "--store", "memory", "--seed", "7"];
    let said = xtask(directory.path(), &[&["simulate", "a.scenario"][..], &options].concat()).exits(1);
    let line = said.out.lines().find_map(|line| line.strip_prefix("  replay: cargo xtask ")).unwrap();
    assert_eq!(line, "simulate a.scenario --seed 7 --store memory --transport memory --timetable");
    let arguments: Vec<&str> = line.split(' ').collect();
    xtask(directory.path(), &arguments).exits(1).prints(&["check   FAILED              !    NB sends exactly two CONTRL"]);
}

#[test]
fn one_failure_among_others_does_not_stop_them() {
    let directory = scenario("exactly one CONTRL", "exactly two CONTRL");
    let failing = directory.path().join("a.scenario");
    let said = xtask(&workspace(), &["simulate", failing.to_str().unwrap(), SCENARIO, CONVERSATION]).exits(1);
    assert_eq!((said.last_line(), said.err.lines().count()), ("2 passed, 1 failed", 3));
    // Where the file is not below the present directory, the line names it in full.
    said.prints(&[&format!("replay: cargo xtask simulate {} --timetable", failing.display())]);
}

#[test]
fn a_conversation_that_differs_fails_with_the_step() {
    let directory = conversation_with(|manifest| manifest["steps"][0]["answer_due"]["iso_utc"] = "2025-11-07T11:00:00Z".into());
    let said = xtask(directory.path(), &["simulate", "talk"]).exits(1);
    said.prints(&[" 9/10 ", "01_LFN-NB_UTILMD_55001.edi ", "DIFFERS", "replay: cargo xtask replay talk\n", "\n0 passed, 1 failed\n"]);
}

#[test]
fn a_conversation_that_gives_nothing_to_compare_is_no_success() {
    let directory = conversation_with(|manifest| manifest["steps"] = serde_json::json!([]));
    xtask(directory.path(), &["simulate", "talk"]).exits(1).prints(&["gives nothing to compare", "\n0 passed, 1 failed\n"]);
}
