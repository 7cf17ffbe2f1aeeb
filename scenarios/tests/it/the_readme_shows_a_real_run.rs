//! The picture in the README is the timetable of a real run, and its table has a row for each scenario and conversation, with the trace
//! that it has.

use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::replay::replay;
use mako_sim::report::timetable;
use mako_sim::run::{NetKind, StoreKind, run};

fn readme() -> String {
    std::fs::read_to_string(suite::home().join("../README.md")).expect("the README")
}

#[test]
fn the_readme_shows_a_real_run() {
    let plan = suite::load(&suite::home().join("gpke/lieferbeginn_christmas.scenario")).expect("the scenario");
    let picture = timetable(&suite::perform(&plan, StoreKind::default(), NetKind::default()));
    assert!(readme().contains(picture.trim_end()), "the README shows another run than this one:\n{picture}");
}

#[test]
fn the_table_of_the_readme_has_every_scenario_with_its_trace() {
    let readme = readme();
    let mut traces = Vec::new();
    for path in suite::scenario_files().expect("scenarios") {
        let plan = suite::load(&path).expect("a scenario");
        // The trace is the same on every store and transport; these are the quickest.
        let outcome = run(&plan, &Market::application(), StoreKind::Memory, NetKind::Memory);
        traces.push((suite::name(&path), outcome.trace.hash()));
    }
    for path in suite::conversations().expect("conversations") {
        traces.push((suite::name(&path), replay(&path, None, &Market::application()).expect("a conversation").hash));
    }
    for (name, trace) in &traces {
        let row = readme.lines().find(|line| line.split_whitespace().next() == Some(name));
        let row = row.unwrap_or_else(|| panic!("the README's table has no row for {name}: put in what `cargo xtask simulate` prints"));
        assert!(row.contains(trace.as_str()), "{name} has the trace {trace}: put in what `cargo xtask simulate` prints");
    }
    let passed = format!("{} passed, 0 failed", traces.len());
    assert!(readme.contains(&passed), "the README's table does not end with `{passed}`");
}
