//! `simulate --check-determinism`: the same plan gives the same trace, here and in another process.

use crate::testing::{SCENARIO, scenario, workspace, xtask};

#[test]
fn a_scenario_is_equal_on_every_foundation_and_in_another_process() {
    let said = xtask(&workspace(), &["simulate", "--check-determinism", SCENARIO]).exits(0).prints(&["one in another process"]);
    let row: Vec<&str> = said.out.lines().next().unwrap().split_whitespace().collect();
    let ["unknown_pid", hash, "equal"] = row.as_slice() else { panic!("{said:#?}") };
    assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    assert_eq!(said.last_line(), "1 passed, 0 failed");
    // It is the hash that the table shows.
    xtask(&workspace(), &["simulate", SCENARIO]).exits(0).prints(&[hash]);
}

#[test]
fn a_path_with_a_space_is_found_by_the_other_process() {
    let directory = scenario("", "");
    std::fs::rename(directory.path().join("a.scenario"), directory.path().join("a b.scenario")).unwrap();
    xtask(directory.path(), &["simulate", "--check-determinism", "--seed", "7", "a b.scenario"]).exits(0).prints(&["equal\n"]);
}
