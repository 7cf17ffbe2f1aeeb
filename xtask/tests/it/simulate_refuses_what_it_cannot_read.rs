//! `simulate` on what is no scenario: exit 2, nothing on standard output, and the place of each mistake.

use std::fs;

use crate::testing::{SCENARIO, conversation, scenario, workspace, xtask};

#[test]
fn an_unknown_party_is_found_with_file_line_and_column() {
    let directory = scenario("LFN -> NB   UTILMD", "LFX -> NB   UTILMD");
    let place = "error: a.scenario:10:20: no party is called `LFX`; expected one of LFN, NB; did you mean `LFN`?\n";
    xtask(directory.path(), &["simulate", "a.scenario"]).exits(2).complains(&[place, "LFX -> NB   UTILMD 55001"]);
    let said = xtask(directory.path(), &["simulate", "--check-determinism", "a.scenario"]).exits(2).complains(&[]);
    assert!(said.err.starts_with(place), "{said:#?}");
}

#[test]
fn every_mistake_is_said_at_once() {
    let directory = scenario("UTILMD 55001", "UTILMD 5500");
    let file = directory.path().join("a.scenario");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("has one dead letter", "has one letter")).unwrap();
    xtask(directory.path(), &["simulate", "a.scenario"]).exits(2).complains(&["a.scenario:10:", "a.scenario:14:"]);
}

#[test]
fn a_missing_file_is_named_and_nothing_is_run() {
    let said = xtask(&workspace(), &["simulate", SCENARIO, "missing.scenario"]).exits(2).complains(&["there is no missing.scenario"]);
    assert!(!said.err.contains("unknown_pid"), "{said:#?}");
}

#[test]
fn a_directory_without_a_manifest_is_no_conversation() {
    let directory = tempfile::tempdir().unwrap();
    xtask(directory.path(), &["simulate", "."]).exits(2).complains(&["manifest.json cannot be read"]);
}

#[test]
fn what_is_no_text_is_no_scenario() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.scenario"), [0xff, 0xfe]).unwrap();
    xtask(directory.path(), &["simulate", "a.scenario"]).exits(2).complains(&["error: a.scenario: "]);
}

#[test]
fn wrong_usage_says_what_is_possible() {
    for (arguments, hint) in [
        (&["simulate", "--store", "disk"][..], "fjall or memory"),
        (&["simulate", "--transport", "pigeon"], "turmoil or memory"),
        (&["simulate", "--seed", "seven"], "--seed"),
        (&["simulate", "--unknown"], "--unknown"),
        (&["unknown"], "unknown"),
        (&[], "Usage: cargo xtask [OPTIONS] <COMMAND>"),
    ] {
        xtask(&workspace(), arguments).exits(2).complains(&[hint]);
    }
}

#[test]
fn determinism_is_not_claimed_where_nothing_was_compared() {
    let directory = conversation();
    xtask(directory.path(), &["simulate", "--check-determinism", "talk"]).exits(2).complains(&["name a .scenario file"]);
}
