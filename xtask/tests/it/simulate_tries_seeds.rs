//! `simulate --seeds`: shards that are disjoint, reports that merge, and a failure that says how to see it again.

use std::fs;
use std::path::Path;

use crate::testing::{Said, workspace, xtask};

const QUICK: [&str; 4] = ["--store", "memory", "--transport", "memory"];

fn sweep(dir: &Path, arguments: &[&str]) -> Said {
    xtask(dir, &[&["simulate"], arguments].concat())
}

fn read(dir: &Path, file: &str) -> String {
    fs::read_to_string(dir.join(file)).unwrap()
}

#[test]
fn the_reports_of_shards_merge_into_the_report_of_the_whole() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    for (report, shard) in [("whole", "1/1"), ("shards/one", "1/2"), ("shards/other", "2/2")] {
        let said = sweep(dir, &[&["--seeds", "0..12", "--shard", shard, "--jobs", "2", "--report", report], &QUICK[..]].concat()).exits(0);
        assert_eq!(said.last_line(), if shard == "1/1" { "12 passed, 0 failed" } else { "6 passed, 0 failed" });
        assert!(said.err.contains(" seeds in ") && said.err.contains("/s"), "{said:#?}");
    }
    let one_by_one: &[&str] = &["--merge", "shards/one", "--merge", "shards/other"];
    for shards in [one_by_one, &["--merge", "shards", "--seeds", "0..12"]] {
        let said = sweep(dir, &[shards, &["--report", "merged"]].concat()).exits(0);
        assert_eq!(said.last_line(), "12 passed, 0 failed");
        for file in ["sweep.json", "sweep.md", "junit.xml"] {
            assert_eq!(read(dir, &format!("merged/{file}")), read(dir, &format!("whole/{file}")), "{file}");
        }
        fs::remove_dir_all(dir.join("merged")).unwrap();
    }
    let said = sweep(dir, &["--merge", "shards/one", "--seeds", "0..12"]).exits(1);
    assert!(said.err.contains("6 of 12 seeds have no verdict, the first of them is 1") && said.err.contains("run it again"), "{said:#?}");
}

#[test]
fn a_failing_seed_is_told_with_its_choices_and_its_replay_line() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    sweep(dir, &[&["--seeds", "3..5", "--report", "report"], &QUICK[..]].concat()).exits(0);
    let mut report: serde_json::Value = serde_json::from_str(&read(dir, "report/sweep.json")).unwrap();
    report["verdicts"]["4"]["failures"] = serde_json::json!([{ "oracle": "liveness", "detail": "NB is down" }]);
    report["verdicts"]["4"]["choices"] = serde_json::json!([["occasion", "Christmas"]]);
    fs::write(dir.join("report/sweep.json"), report.to_string()).unwrap();
    let said = sweep(dir, &[&["--merge", "report", "--report", "again"], &QUICK[..]].concat()).exits(1).prints(&[
        "seed 4 FAILED\n  liveness: NB is down\n  occasion           Christmas\n",
        "  replay: cargo xtask simulate --seeds 4..5 --store memory --transport memory --timetable\n",
    ]);
    assert_eq!(said.last_line(), "1 passed, 1 failed");
    assert!(read(dir, "again/junit.xml").contains("<failure type=\"liveness\" message=\"NB is down\">"));
    assert!(read(dir, "again/sweep.md").contains("| 4 | liveness | NB is down |"));
}

#[test]
fn a_seed_shows_its_choices_and_its_timetable_and_is_one_json_document() {
    let seed = [&["--seeds", "3..4"], &QUICK[..]].concat();
    let said = sweep(&workspace(), &[&seed[..], &["--verbose", "--timetable", "--check-determinism"]].concat()).exits(0);
    let said = said.prints(&["seed 3\n", "  occasion ", "  kinds of trouble ", " calm ", "every fault stops"]);
    assert_eq!(said.last_line(), "1 passed, 0 failed");
    let json = sweep(&workspace(), &[&seed[..], &["--json", "--check-determinism"]].concat()).exits(0).json();
    assert_eq!((&json["verdicts"]["3"]["seed"], &json["verdicts"]["3"]["compared"]), (&3.into(), &5.into()));
}

#[test]
fn what_names_no_seeds_is_refused_and_says_what_would() {
    for (arguments, expected) in [
        (&["--seeds", "5..5"][..], "write 0..1000"),
        (&["--seeds", "0..9", "--shard", "4/3"], "write 1/4"),
        (&["--seeds", "0..9", "--for", "soon"], "write 90s, 10m or 2h"),
        (&["--seeds", "0..9", "--jobs", "0"], "write at least 1"),
        (&["--json"], "--seeds"),
        (&["--merge", "nowhere"], "it is written by --seeds"),
    ] {
        sweep(&workspace(), arguments).exits(2).complains(&[expected]);
    }
}

#[test]
fn the_seeds_of_a_shard_are_run_in_another_process_too() {
    let arguments = [&["--seeds", "0..9", "--shard", "2/3", "--check-determinism", "--jobs", "2"], &QUICK[..]].concat();
    let said = sweep(&workspace(), &arguments).exits(0).prints(&["and one in another process"]);
    assert_eq!(said.last_line(), "3 passed, 0 failed");
}
