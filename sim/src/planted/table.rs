//! The kill table: every planted bug, and what found it.

use std::fmt::Write as _;

use mako_engine::planted::Bug;
use serde::Serialize;

use super::Kill;
use crate::oracle::Failure;
use crate::plan::{Action, Behaviour, Plan};
use crate::scenario;

/// What became of every bug, over the same seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// The first seed, and the one after the last.
    pub seeds: (u64, u64),
    /// Seeds that fail although nothing is switched on, and how.
    pub control: Vec<(u64, Failure)>,
    /// Every bug, in the order of the list.
    pub bugs: Vec<Hunted>,
}

/// What became of one bug.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hunted {
    /// Its name.
    pub bug: &'static str,
    /// The number of the known failure that it is.
    pub pitfall: Option<u8>,
    /// What it does wrong.
    pub does: &'static str,
    /// How many seeds it took; `None` when it survived.
    pub took: Option<u64>,
    /// The oracle that saw it first.
    pub oracle: String,
    /// What that oracle says about the smallest plan.
    pub detail: String,
    /// How many faults the smallest plan has.
    pub faults: usize,
    /// How many orders and messages it has.
    pub inputs: usize,
    /// It, as a scenario.
    pub scenario: String,
}

impl Hunted {
    /// What became of `bug`, hunted from the seed `first` on.
    #[must_use]
    pub fn of(bug: Bug, first: u64, kill: Option<Kill>) -> Self {
        let (bug, pitfall, does) = (bug.name(), bug.pitfall(), bug.does());
        let survivor = Self {
            bug,
            pitfall,
            does,
            took: None,
            oracle: String::new(),
            detail: String::new(),
            faults: 0,
            inputs: 0,
            scenario: String::new(),
        };
        let Some(Kill { seed, failure, plan }) = kill else { return survivor };
        let (faults, inputs) = (faults(&plan), inputs(&plan));
        let (oracle, detail, scenario) = (failure.oracle, failure.detail, scenario::write(&plan));
        Self { took: Some(seed - first + 1), oracle, detail, faults, inputs, scenario, ..survivor }
    }
}

/// How often something goes wrong in the plan by itself.
fn faults(plan: &Plan) -> usize {
    let is_fault = |action: &Action| match action {
        Action::Crash { .. }
        | Action::Pause { .. }
        | Action::Clock { .. }
        | Action::Lease { .. }
        | Action::Cutover { .. }
        | Action::Rulebook { .. }
        | Action::Partition { .. }
        | Action::Disk { .. }
        | Action::Link { .. } => true,
        Action::Send(_) | Action::SendBytes { .. } | Action::Decide { .. } | Action::Restart { .. } | Action::Calm | Action::Check(_) => {
            false
        }
    };
    let silent = plan.parties.iter().filter(|party| party.behaviour == Behaviour::Silent).count();
    plan.steps.iter().filter(|step| is_fault(&step.action)).count() + silent
}

/// How often somebody is asked for something in the plan.
fn inputs(plan: &Plan) -> usize {
    let is_input = |action: &Action| matches!(action, Action::Send(_) | Action::SendBytes { .. } | Action::Decide { .. });
    plan.steps.iter().filter(|step| is_input(&step.action)).count()
}

impl Table {
    /// Whether every bug was found, and nothing else.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.control.is_empty() && self.bugs.iter().all(|hunted| hunted.took.is_some())
    }

    /// The table as Markdown. Its last line says how many were found.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text =
            String::from("| bug | pitfall | seeds | seen by | faults | inputs | what it does |\n|---|--:|--:|---|--:|--:|---|\n");
        for hunted in &self.bugs {
            let Hunted { bug, does, faults, inputs, oracle, .. } = hunted;
            let pitfall = hunted.pitfall.map_or_else(String::new, |number| number.to_string());
            let _ = match hunted.took {
                Some(took) => writeln!(text, "| {bug} | {pitfall} | {took} | {oracle} | {faults} | {inputs} | {does} |"),
                None => writeln!(text, "| {bug} | {pitfall} | | SURVIVES | | | {does} |"),
            };
        }
        for (seed, failure) in &self.control {
            let _ = writeln!(text, "\ncontrol: seed {seed} fails although no bug is switched on: {failure}");
        }
        let _ = writeln!(text, "\n{}", self.last_line());
        text
    }

    fn last_line(&self) -> String {
        let mut took: Vec<u64> = self.bugs.iter().filter_map(|hunted| hunted.took).collect();
        took.sort_unstable();
        let half = took.get(took.len().saturating_sub(1) / 2).copied().unwrap_or(0);
        let faults = self.bugs.iter().map(|hunted| hunted.faults).max().unwrap_or(0);
        let survivors: Vec<&str> = self.bugs.iter().filter(|hunted| hunted.took.is_none()).map(|hunted| hunted.bug).collect();
        let survive = if survivors.is_empty() { String::new() } else { format!("; SURVIVORS: {}", survivors.join(", ")) };
        let control = if self.control.is_empty() { "green" } else { "RED" };
        let (first, end) = self.seeds;
        format!(
            "{} of {} bugs found in the seeds {first}..{end}, half of them within {half}; at most {faults} faults; control {control}{survive}",
            took.len(),
            self.bugs.len()
        )
    }
}
