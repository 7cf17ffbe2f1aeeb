//! `simulate FILE --fork-at EVENT --seeds A..B`: the same past, other futures, and from when on the failure was certain.

use std::fs;

use crate::testing::{workspace, xtask};

/// NB cannot reach LFN from half past ten until the Frist of its answer is over.
const CUT_OFF: &str = r#"scenario   An answer that cannot get through
source     a test
zone       Europe/Berlin
rulebook   bk6-24-174
party      LFN  Lieferant      9999000001012  strom
party      NB   Netzbetreiber  9999000002010  strom
object     malo MaLo           51999990018

2025-11-12 10:00   LFN -> NB     UTILMD 55001 Anmeldung  malo  begin=2025-12-01
2025-11-12 10:30   LFN x NB      partition until 2025-11-14 12:00
2025-11-12 11:00   NB decides    Anmeldung accept

until      2025-11-20 00:00
expect     no Frist missed
"#;

const QUICK: [&str; 4] = ["--store", "memory", "--transport", "memory"];

#[test]
fn the_moment_after_which_nothing_helped_is_found() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("cut_off.scenario"), CUT_OFF).unwrap();
    let fork = ["simulate", "cut_off.scenario", "--fork-at", "2025-11-12T10:00", "--seeds", "0..12"];
    let said = xtask(directory.path(), &[&fork[..], &QUICK[..]].concat()).exits(0).prints(&[
        "as it is written: expectations: line 14: no Frist missed",
        "12 futures from Wed 12.11. 10:00: ",
        "certain from Wed 12.11. 10:30\n  | LFN ╳ NB ",
        "every future that begins there fails",
    ]);
    assert!(!said.out.contains("12 futures from Wed 12.11. 10:00: 0 pass"), "{said:#?}");
    let later = ["simulate", "cut_off.scenario", "--fork-at", "2025-11-12T10:30:00", "--seeds", "4..5", "--timetable"];
    xtask(directory.path(), &later).exits(0).prints(&[
        "certain before that",
        "seed 4\nAn answer that cannot get through ",
        "partition until",
    ]);
}

#[test]
fn a_run_that_passes_was_never_certain_to_fail_and_the_same_seeds_say_the_same() {
    let fork = ["simulate", "scenarios/gpke/lieferbeginn_happy.scenario", "--fork-at", "2025-11-06 10:00", "--seeds", "3..7"];
    let run = || xtask(&workspace(), &[&fork[..], &QUICK[..]].concat()).exits(0).out;
    let one = run();
    assert!(one.contains("as it is written: passes") && one.contains("never certain: "), "{one}");
    assert_eq!(one, run());
}

#[test]
fn what_is_no_event_and_what_has_no_file_is_refused_and_says_what_would() {
    let file = "scenarios/gpke/lieferbeginn_happy.scenario";
    for (arguments, expected) in [
        (&[file, "--fork-at", "Christmas", "--seeds", "0..9"][..], "write the Berlin time of the event, such as 2025-12-24T09:12:00"),
        (&[file, "--fork-at", "2026-03-29T02:30:00", "--seeds", "0..9"], "02:30"),
        (&[file, "--fork-at", "2031-01-01T00:00:00", "--seeds", "0..9"], "nothing happens at"),
        (&["--fork-at", "2025-11-12T10:00:00", "--seeds", "0..9"], "--fork-at wants one scenario file"),
        (&[file, "--seeds", "0..9"], "for other futures of a file add --fork-at EVENT"),
    ] {
        xtask(&workspace(), &[&["simulate"], arguments].concat()).exits(2).complains(&[expected]);
    }
}
