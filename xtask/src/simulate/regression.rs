//! A failing seed, reduced and written as a scenario that fails for the same reason.
//!
//! The file is written anew with every improvement: whoever interrupts the search keeps the best plan so far.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use mako_scenarios::ground::lieferbeginn;
use mako_scenarios::suite;
use mako_sim::nemesis::{Choices, Drawn, draw};
use mako_sim::oracle::Failure;
use mako_sim::plan::Plan;
use mako_sim::scenario;
use mako_sim::shrink::{Tried, shrink};
use mako_sim::sweep::{Stage, try_plan};

use super::shown;

/// Where regressions of this repository stand: beside the scenario files, so that the suite runs them.
pub fn home() -> PathBuf {
    suite::home().join("regressions")
}

/// What is to be reduced.
pub struct Found<'f> {
    /// The plan that fails.
    pub drawn: Drawn,
    /// How it fails.
    pub failure: &'f Failure,
    /// How a plan fails now, when it fails in the same way.
    pub again: &'f dyn Fn(&Plan) -> Option<Failure>,
}

/// Reduces the plan as long as it fails in the same way, and writes the smallest to a file in `dir`. Returns the file, and what to tell people.
pub fn reduce(dir: &Path, found: &Found<'_>) -> anyhow::Result<(PathBuf, String)> {
    fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
    let Found { drawn, failure, again } = found;
    let seed = drawn.plan.seed;
    let path = dir.join(format!("seed_{seed}_{}.scenario", failure.oracle.replace('-', "_")));
    let mut saved = save(&path, &drawn.plan, failure, &drawn.choices);
    let mut now = (*failure).clone();
    let mut fails = |plan: &Plan| again(plan).map(|failure| now = failure).is_some();
    let shrunk = shrink(&drawn.plan, &mut fails, &mut |tried: Tried<'_>| {
        if tried.improved {
            saved = save(&path, tried.best, failure, &drawn.choices);
        }
        if saved.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    saved?;
    // Instants moved on the way, so the reduced plan fails in other words; the last that failed is the smallest.
    save(&path, &shrunk.plan, &now, &drawn.choices)?;
    let minimal = if shrunk.is_minimal { "nothing can be taken away" } else { "interrupted" };
    let (from, to, tried) = (drawn.plan.steps.len(), shrunk.plan.steps.len(), shrunk.tried);
    let told = format!("seed {seed} reduced from {from} to {to} steps in {tried} tries ({minimal}): {now}\n  replay: {}", replay(&path));
    Ok((path, told))
}

/// Reduces the plan of `seed`, which fails with `failure`, and writes it with its snapshot. Returns what to tell people.
pub fn write(dir: &Path, seed: u64, failure: &Failure, stage: &Stage<'_>) -> anyhow::Result<String> {
    let again = |plan: &Plan| try_plan(plan, stage).1.into_iter().find(|other| other.is_like(failure));
    let (path, told) = reduce(dir, &Found { drawn: draw(seed, &lieferbeginn()), failure, again: &again })?;
    // As it will be read, with its lines.
    let plan = suite::load(&path).map_err(anyhow::Error::msg)?;
    if let (Some(outcome), _) = try_plan(&plan, stage) {
        suite::accept(&path, &outcome).with_context(|| format!("writing the snapshot of {}", path.display()))?;
    }
    Ok(told)
}

fn replay(path: &Path) -> String {
    format!("cargo xtask simulate {} --timetable", shown(path))
}

fn save(path: &Path, plan: &Plan, failure: &Failure, choices: &Choices) -> anyhow::Result<()> {
    let mut head =
        vec![format!("fails: {failure}"), format!("replay: {}", replay(path)), format!("reduced from seed {}, which chose:", plan.seed)];
    head.extend(choices.to_string().lines().map(|line| format!("  {line}")));
    let head: String = head.iter().flat_map(|text| text.lines()).map(|line| format!("# {line}\n")).collect();
    // Beside it first: whoever interrupts just now finds the last best one, whole.
    let new = path.with_extension("new");
    fs::write(&new, format!("{head}{}", scenario::write(plan))).with_context(|| format!("writing {}", new.display()))?;
    fs::rename(&new, path).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use mako_sim::plan::Action;

    use super::*;

    #[test]
    fn a_reduced_plan_is_a_scenario_that_reads_back_and_fails_alike() {
        let directory = tempfile::tempdir().unwrap();
        let orders = |plan: &Plan| plan.steps.iter().filter(|step| matches!(step.action, Action::Send(_))).count();
        let drawn = (0..).map(|seed| draw(seed, &lieferbeginn())).find(|drawn| orders(&drawn.plan) > 2).unwrap();
        let failure = Failure::new("made-up", "too many orders\nin two lines");
        let again = |plan: &Plan| (orders(plan) > 1).then(|| Failure::new("made-up", format!("{} orders", orders(plan))));
        let (path, told) = reduce(directory.path(), &Found { drawn, failure: &failure, again: &again }).unwrap();
        assert!(told.contains("2 orders") && told.contains("nothing can be taken away"), "{told}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# fails: made-up: 2 orders\n# replay: cargo xtask simulate "), "{text}");
        let plan = suite::load(&path).unwrap();
        assert_eq!((orders(&plan), plan.steps.len()), (2, 2));
        assert_eq!(again(&plan).map(|failure| failure.detail), Some("2 orders".to_owned()));
    }
}
