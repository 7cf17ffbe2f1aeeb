//! The picture in the README is the timetable of a real run; its table and `docs/suite.md` have the traces that the scenarios have.
//!
//! `MAKO_SUITE=write cargo test -p mako-scenarios --test it the_suite` writes the page anew; what changed in it is what changed in the runs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::replay::replay;
use mako_sim::report::timetable;
use mako_sim::run::{NetKind, StoreKind, run};

fn in_repository(file: &str) -> PathBuf {
    suite::home().join("..").join(file)
}

fn readme() -> String {
    std::fs::read_to_string(in_repository("README.md")).expect("the README")
}

#[test]
fn the_readme_shows_a_real_run() {
    let plan = suite::load(&suite::home().join("gpke/lieferbeginn_christmas.scenario")).expect("the scenario");
    let picture = timetable(&suite::perform(&plan, StoreKind::default(), NetKind::default()));
    assert!(readme().contains(picture.trim_end()), "the README shows another run than this one:\n{picture}");
}

/// A scenario or conversation: its folder, its name, what it shows, its trace.
struct Row {
    folder: String,
    name: String,
    shows: String,
    trace: String,
}

fn rows() -> Vec<Row> {
    let folder = |path: &Path| path.parent().map(suite::name).unwrap_or_default();
    let mut rows = Vec::new();
    for path in suite::scenario_files().expect("scenarios") {
        let plan = suite::load(&path).expect("a scenario");
        // The trace is the same on every store and transport; these are the quickest.
        let outcome = run(&plan, &Market::application(), StoreKind::Memory, NetKind::Memory);
        rows.push(Row { folder: folder(&path), name: suite::name(&path), shows: plan.title, trace: outcome.trace.hash() });
    }
    for path in suite::conversations().expect("conversations") {
        let report = replay(&path, None, &Market::application()).expect("a conversation");
        let (name, shows) = (suite::name(&path), "a recorded conversation, every Frist of its manifest compared".to_owned());
        rows.push(Row { folder: folder(&path), name, shows, trace: report.hash });
    }
    rows
}

fn page(rows: &[Row]) -> String {
    let mut page = String::from(
        "# The suite\n\nEvery scenario and recorded conversation, what it shows, and the trace that it has on every store and transport. \
         The test\n`the_suite_page_has_every_scenario_with_its_trace` compares this page with the runs.\n",
    );
    let mut folder = "";
    for row in rows {
        if row.folder != folder {
            folder = &row.folder;
            let many = rows.iter().filter(|row| row.folder == folder).count();
            let _ = write!(page, "\n## {folder} ({many})\n\n| name | shows | trace |\n|---|---|---|\n");
        }
        let _ = writeln!(page, "| {} | {} | `{}` |", row.name, row.shows.replace('|', "\\|"), row.trace);
    }
    page
}

#[test]
fn the_suite_page_has_every_scenario_with_its_trace() {
    let rows = rows();
    let (file, written) = (in_repository("docs/suite.md"), page(&rows));
    if std::env::var_os("MAKO_SUITE").is_some_and(|value| value == "write") {
        std::fs::write(&file, &written).expect("the page can be written");
    }
    let stands = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = stands.lines().zip(written.lines()).find(|(stands, is)| stands != is);
    assert_eq!(differs, None, "docs/suite.md: look at what changed, then write it with MAKO_SUITE=write");
    assert_eq!(stands.lines().count(), written.lines().count(), "docs/suite.md: rows are missing, or are too many");
    let readme = readme();
    for line in readme.lines().filter(|line| line.trim_end().ends_with(" passed") && line.split_whitespace().count() > 5) {
        let name = line.split_whitespace().next().unwrap_or_default();
        let row = rows.iter().find(|row| row.name == name && line.contains(&row.trace));
        assert!(row.is_some(), "the README's row of {name} is that of another run: put in what `cargo xtask simulate` prints");
    }
    let passed = format!("{} passed, 0 failed", rows.len());
    assert!(readme.contains(&passed), "the README's table does not end with `{passed}`");
}
