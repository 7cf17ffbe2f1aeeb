//! The picture in the README is the timetable of a real run, and its table shows the traces that these scenarios have.

use mako_scenarios::suite;
use mako_sim::report::timetable;
use mako_sim::run::{NetKind, StoreKind};

#[test]
fn the_readme_shows_a_real_run() {
    let readme = std::fs::read_to_string(suite::home().join("../README.md")).expect("the README");
    let plan = suite::load(&suite::home().join("gpke/lieferbeginn_christmas.scenario")).expect("the scenario");
    let outcome = suite::perform(&plan, StoreKind::default(), NetKind::default());
    let picture = timetable(&outcome);
    assert!(readme.contains(picture.trim_end()), "the README shows another run than this one:\n{picture}");
    assert!(readme.contains(&outcome.trace.hash()), "the README's table has another trace than {}", outcome.trace.hash());
}
