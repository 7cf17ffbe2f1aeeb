//! `simulate` and snapshots: one that is missing or different is a failure, and only `--accept` writes one.

use std::fs;

use crate::testing::{contents, scenario, xtask};

const SNAPSHOT: &str = "snapshots/a.snap";

#[test]
fn without_a_snapshot_it_fails_and_writes_none() {
    let directory = scenario("", "");
    let said = xtask(directory.path(), &["simulate", "a.scenario"]).exits(1);
    let said = said.prints(&["\na FAILED\n", "it has no snapshot", "--accept", "replay: cargo xtask simulate a.scenario --timetable\n"]);
    assert_eq!(said.last_line(), "0 passed, 1 failed");
    assert_eq!(contents(directory.path()).len(), 1);
}

#[test]
fn accept_writes_it_and_the_next_run_is_green() {
    let directory = scenario("", "");
    xtask(directory.path(), &["simulate", "--accept", "a.scenario"]).exits(0);
    let accepted = contents(directory.path());
    assert!(directory.path().join(SNAPSHOT).is_file(), "{accepted:?}");
    xtask(directory.path(), &["simulate", "a.scenario"]).exits(0).prints(&["\n1 passed, 0 failed\n"]);
    assert_eq!(contents(directory.path()), accepted);
}

#[test]
fn a_different_snapshot_is_named_by_its_first_different_line() {
    let directory = scenario("", "");
    xtask(directory.path(), &["simulate", "--accept", "a.scenario"]).exits(0);
    let file = directory.path().join(SNAPSHOT);
    let changed = fs::read_to_string(&file).unwrap().replace("  09:00:01", "  09:00:02");
    fs::write(&file, &changed).unwrap();
    let said = xtask(directory.path(), &["simulate", "a.scenario"]).exits(1);
    said.prints(&["differs from its snapshot in line 5\n", "    snapshot    09:00:02", "    this run    09:00:01", "replay: "]);
    assert_eq!(fs::read_to_string(&file).unwrap(), changed, "only --accept writes");
}

#[test]
fn what_another_seed_brings_is_not_compared_and_not_accepted() {
    let directory = scenario("", "");
    xtask(directory.path(), &["simulate", "--seed", "7", "a.scenario"]).exits(0);
    xtask(directory.path(), &["simulate", "--seed", "7", "--accept", "a.scenario"]).exits(2).complains(&["--accept", "--seed"]);
    assert_eq!(contents(directory.path()).len(), 1);
}
