//! `simulate --report DIR`: four files per scenario, and no word about when or where they were written.

use std::fs;

use crate::testing::{contents, scenario, workspace, xtask};

#[test]
fn a_report_is_a_trace_a_timetable_a_diagram_and_a_page() {
    let directory = scenario("", "");
    let said = xtask(directory.path(), &["simulate", "--accept", "--report", "reports/here", "a.scenario"]).exits(0);
    let reports = contents(&directory.path().join("reports/here"));
    let names: Vec<_> = reports.iter().map(|(path, _)| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["a.html", "a.jsonl", "a.mmd", "a.txt"]);
    said.prints(&["reports in reports/here"]);
    let trace = fs::read_to_string(directory.path().join("reports/here/a.jsonl")).unwrap();
    for line in trace.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    let place = directory.path().to_str().unwrap();
    for (path, bytes) in &reports {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.is_empty() && !text.contains(place) && !text.contains(workspace().to_str().unwrap()), "{}", path.display());
    }
}

#[test]
fn the_report_of_another_run_is_the_same() {
    let report = || {
        let directory = scenario("", "");
        xtask(directory.path(), &["simulate", "--accept", "--report", ".", "a.scenario"]).exits(0);
        contents(directory.path()).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>()
    };
    assert_eq!(report(), report());
}
