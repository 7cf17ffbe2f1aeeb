//! `answer` around a cutover: a hard cut at 00:00 Berlin, a policy for what was on its way, and PIDs that come and go.

use std::fs;

use crate::testing::{Said, workspace, xtask};

/// The clean message, changed, at `at`.
fn answer(change: impl Fn(&str) -> String, at: &str, extra: &[&str]) -> Said {
    let directory = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(workspace().join("sim/tests/broken/00_clean.edi")).unwrap();
    let file = directory.path().join("message.edi");
    fs::write(&file, change(&text)).unwrap();
    let file = file.display().to_string();
    let mut arguments = vec!["answer", &file, "--at", at, "--sparte", "strom", "--me", "9999000002010"];
    arguments.extend(extra);
    xtask(&workspace(), &arguments)
}

/// Made at 23:58 Berlin on the last day of the old format version.
fn old(text: &str) -> String {
    text.replace("251106:1000", "260930:2358")
}

const BEFORE: &str = "2026-09-30T21:59:59.999Z";
const AFTER: &str = "2026-09-30T22:00:00Z";

#[test]
fn a_release_ends_at_midnight_in_berlin_and_the_next_begins() {
    answer(old, BEFORE, &[]).exits(0).prints(&["accepted APERAK 312"]);
    answer(old, AFTER, &[]).exits(1).prints(&["CONTRL 4 UCM 12", "S2.2 is"]);
    let new = |text: &str| old(text).replace("S2.1", "S2.2");
    answer(new, BEFORE, &[]).exits(1).prints(&["CONTRL 4 UCM 12", "S2.1 is"]);
    answer(new, AFTER, &[]).exits(0).prints(&["accepted APERAK 312"]);
}

#[test]
fn what_was_sent_before_midnight_is_judged_by_the_policy() {
    let sent = ["--sent", "2026-09-30T23:59:30+02:00", "--release-policy"];
    for (policy, exit) in [("receipt", 1), ("sent", 0), ("created", 0), ("tolerated", 0)] {
        answer(old, "2026-09-30T22:00:10Z", &[&sent[..], &[policy]].concat()).exits(exit);
    }
    // The tolerance ends a day later.
    answer(old, "2026-10-01T21:59:59Z", &["--release-policy", "tolerated"]).exits(0);
    answer(old, "2026-10-01T22:00:00Z", &["--release-policy", "tolerated"]).exits(1);
}

#[test]
fn a_pid_that_is_not_yet_valid_is_refused_and_a_dead_letter() {
    let new_pid = |text: &str| text.replace("RFF+Z13:55001", "RFF+Z13:55693");
    answer(new_pid, "2025-11-06T09:01:00Z", &[]).exits(1).prints(&["CONTRL 4 UCD 12", "valid from 2026-10-01", "also a dead letter"]);
    let gas = |text: &str| text.replace("RFF+Z13:55001", "RFF+Z13:44001");
    answer(gas, "2025-11-06T09:01:00Z", &[]).exits(1).prints(&["CONTRL 4 UCD 12", "only in gas"]);
}
