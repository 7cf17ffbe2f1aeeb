//! `compare-rulebooks`: which Fristen move and which outcomes change when another rulebook governs.

use crate::testing::{CONVERSATION, workspace, xtask};

#[test]
fn a_frist_that_moves_is_told_under_both() {
    let said = xtask(&workspace(), &["compare-rulebooks", "bk6-24-174", "mako-engine", CONVERSATION]).exits(1);
    let said = said.prints(&["01_LFN-NB_UTILMD_55001.edi answer_due", "bk6-24-174: Fri 7.11. 11:00", "mako-engine: Fri 7.11. 10:01"]);
    assert!(said.last_line().starts_with("1 compared, ") && !said.last_line().contains(" 0 Fristen"), "{}", said.last_line());
}

#[test]
fn a_scenario_is_run_under_both_and_its_outcomes_are_compared() {
    let scenario = "scenarios/gpke/lieferbeginn_christmas.scenario";
    let document = xtask(&workspace(), &["compare-rulebooks", "bk6-24-174", "mako-engine", scenario, "--json"]).exits(1).json();
    let differences = document["differences"].as_array().unwrap();
    assert!(differences.iter().any(|row| row["kind"] == "frist" && row["a"] != row["b"]), "{document:#}");
    assert!(differences.iter().any(|row| row["kind"] == "outcome"), "{document:#}");
}

#[test]
fn a_rulebook_does_not_differ_from_itself() {
    let said = xtask(&workspace(), &["compare-rulebooks", "mako-engine", "mako-engine", CONVERSATION]).exits(0);
    assert_eq!(said.last_line(), "1 compared, 0 Fristen move, 0 outcomes change");
}

#[test]
fn a_file_that_is_not_there_is_wrong_usage() {
    xtask(&workspace(), &["compare-rulebooks", "bk6-24-174", "mako-engine", "nowhere"]).exits(2).complains(&["there is no nowhere"]);
}
