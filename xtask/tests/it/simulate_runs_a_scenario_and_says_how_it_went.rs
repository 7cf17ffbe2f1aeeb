//! `simulate` on scenarios that are as they should be: exit 0, a table, and a last line that a program can read.

use crate::testing::{CONVERSATION, SCENARIO, workspace, xtask};

#[test]
fn a_green_scenario_is_a_row_of_the_table_and_counted_last() {
    let said = xtask(&workspace(), &["simulate", SCENARIO]).exits(0);
    let lines: Vec<&str> = said.out.lines().collect();
    let [head, row, "", "1 passed, 0 failed"] = lines.as_slice() else { panic!("{said:#?}") };
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(head), ["scenario", "virtual", "time", "messages", "commits", "checks", "trace", "result"]);
    assert!(row.starts_with("unknown_pid ") && row.contains(" 4/4 ") && row.ends_with(" passed"), "{row}");
}

#[test]
fn results_are_on_standard_output_and_progress_on_standard_error() {
    let said = xtask(&workspace(), &["simulate", SCENARIO, "scenarios/gpke/garbage.scenario"]).exits(0);
    // Side by side: whichever is done first is told first.
    let mut told: Vec<&str> = said.err.lines().collect();
    told.sort_unstable();
    assert_eq!(told, ["passed  garbage", "passed  unknown_pid"]);
    assert!(!said.out.contains("passed  unknown_pid"), "{said:#?}");
    assert_eq!(said.last_line(), "2 passed, 0 failed");
}

#[test]
fn two_runs_print_the_same_bytes() {
    let run = || xtask(&workspace(), &["simulate", "--timetable", SCENARIO]).exits(0).out;
    let one = run();
    assert!(one.contains("CONTRL 4 UCD 12") && one.contains("dead letter"), "{one}");
    assert_eq!(one, run());
}

#[test]
fn every_store_and_transport_gives_the_same_table() {
    let one = xtask(&workspace(), &["simulate", SCENARIO]).exits(0).out;
    for foundation in [["--store", "memory"], ["--transport", "memory"]] {
        let said = xtask(&workspace(), &[&["simulate", SCENARIO][..], &foundation].concat()).exits(0);
        assert_eq!(said.out, one, "{foundation:?}");
    }
}

#[test]
fn a_recorded_conversation_is_run_like_a_scenario() {
    let said = xtask(&workspace(), &["simulate", CONVERSATION]).exits(0).prints(&["gpke_lieferbeginn_happy ", " 10/10 "]);
    assert_eq!(said.last_line(), "1 passed, 0 failed");
}

#[test]
fn a_scenario_keeps_what_it_promises_under_another_seed() {
    let said = xtask(&workspace(), &["simulate", "--seed", "7", SCENARIO]).exits(0);
    assert_eq!(said.last_line(), "1 passed, 0 failed");
}
