//! `page RUN.jsonl`: a stored run is shown later as it would have been shown at once.

use std::fs;

use crate::testing::{scenario, xtask};

#[test]
fn a_stored_run_has_the_page_and_the_diagram_of_the_run() {
    let directory = scenario("exactly one CONTRL", "exactly two CONTRL");
    xtask(directory.path(), &["simulate", "--accept", "a.scenario", "--report", "report"]).exits(1);
    let said = xtask(directory.path(), &["page", "report/a.jsonl", "--html", "later.html", "--mermaid", "later.mmd"]).exits(0);
    said.prints(&["page in later.html", "diagram in later.mmd"]);
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
    assert_eq!(read("later.html"), read("report/a.html"));
    assert_eq!(read("later.mmd"), read("report/a.mmd"));
    assert!(read("later.html").contains("found 1 were delivered"));
}

#[test]
fn a_file_that_is_no_stored_run_is_refused_and_says_what_to_do() {
    let directory = scenario("", "");
    let page = |file: &str| xtask(directory.path(), &["page", file, "--html", "a.html"]).exits(2);
    page("nothing.jsonl").complains(&["reading nothing.jsonl"]);
    page("a.scenario").complains(&["line 1 is no line of a stored run", "--report DIR"]);
    xtask(directory.path(), &["simulate", "--accept", "a.scenario", "--report", "report"]).exits(0);
    xtask(directory.path(), &["page", "report/a.jsonl"]).exits(2).complains(&["--html FILE"]);
    let text = fs::read_to_string(directory.path().join("report/a.jsonl")).unwrap();
    fs::write(directory.path().join("changed.jsonl"), text.replacen("Anmeldung", "Abmeldung", 3)).unwrap();
    page("changed.jsonl").complains(&["it was changed or cut"]);
    assert!(!directory.path().join("a.html").exists());
}
