//! One run of a plan, from its start to its end.
//!
//! [`run`] is a function of the plan alone, and stops where an [oracle](crate::oracle) sees a promise broken: the store and the network under the nodes change nothing in what happens (law 4).

mod driver;
pub mod stage;
pub mod stored;

use std::collections::BTreeSet;
use std::sync::Arc;

use mako_engine::Timestamp;
use serde::{Deserialize, Serialize};

use crate::application::Application;
use crate::oracle::Violation;
use crate::plan::Plan;
use crate::points::Noted;
use crate::trace::Trace;
use crate::variant::vary;
use crate::world::World;

use driver::Driver;

/// Which store the nodes run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StoreKind {
    /// fjall, on a simulated disk.
    #[default]
    Fjall,
    /// Memory that outlives its node.
    Memory,
}

/// Which network the nodes talk over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NetKind {
    /// Turmoil's TCP.
    #[default]
    Turmoil,
    /// Pipes in memory.
    Memory,
}

/// What a run was.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What it was a function of.
    pub plan: Plan,
    /// What happened.
    pub trace: Trace,
    /// How many commits all nodes made.
    pub commits: u64,
    /// How many commits each party made, in the order of the plan.
    pub commits_by_party: Vec<u64>,
    /// How many AS4 user messages reached a node.
    pub messages: u64,
    /// How often somebody was woken because an instant had come: the work of the run, however much time it spans.
    pub wakes: u64,
    /// Every check, in the order in which it was made.
    pub checks: Vec<Checked>,
    /// Every party at the end, in the order of the plan.
    pub ends: Vec<PartyEnd>,
    /// Why the run broke off, if it did.
    pub failure: Option<String>,
    /// What the variants of the plan came to.
    pub variants: Vec<VariantOutcome>,
    /// What stopped the run, if an oracle did; the failure then says so in words.
    pub violation: Option<Violation>,
    /// The hash of the trace as the oracles that judge while the run goes on have seen it; `None` when none did.
    pub watched: Option<String>,
    /// Points that the run came to and the trace does not tell, see [`crate::points`].
    pub noted: BTreeSet<Noted>,
}

/// An assertion, and whether it held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The assertion.
    pub text: String,
    /// What was found instead; `None` when it held.
    pub found: Option<String>,
    /// The line of the scenario file; 0 when there is none.
    pub line: u32,
}

/// A party at the end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyEnd {
    /// Its name.
    pub party: String,
    /// Whether its node is down.
    pub down: bool,
    /// Its processes, in the order in which they began.
    pub processes: Vec<ProcessEnd>,
    /// Deadlines that stand.
    pub open_fristen: usize,
    /// Messages that wait for delivery.
    pub outbox: usize,
    /// Dead letters.
    pub dead_letters: usize,
    /// Received messages that are accepted and not settled.
    pub unsettled: usize,
}

/// A process at the end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessEnd {
    /// Its stream.
    pub stream: String,
    /// Its state in a word, such as `confirmed`.
    pub state: String,
    /// Whether it has ended.
    pub ended: bool,
    /// Its deadlines that stand: label and due.
    pub fristen: Vec<(String, Timestamp)>,
    /// Its messages to partners that wait for delivery, such as `UTILMD 55002`.
    pub queued: Vec<String>,
    /// Its questions that the back office has not decided, such as `Anmeldung`.
    pub asks: Vec<String>,
}

/// What a variant of a plan came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantOutcome {
    /// Which, as in the scenario file, such as `crash@every-commit`.
    pub name: String,
    /// How many runs it took.
    pub runs: usize,
    /// How many ended as the plan itself did.
    pub alike: usize,
    /// The first that did not: which, and how.
    pub first_difference: Option<String>,
}

impl Outcome {
    /// Whether everything held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failure.is_none()
            && self.checks.iter().all(|check| check.found.is_none())
            && self.variants.iter().all(|variant| variant.alike == variant.runs)
    }
}

/// Runs `plan` on these foundations. Never fails: what goes wrong is in the outcome.
#[must_use]
pub fn run(plan: &Plan, application: &Arc<dyn Application>, store: StoreKind, net: NetKind) -> Outcome {
    let world = Arc::new(World::new(plan.clone(), application.clone()).watched());
    let driver = Driver::new(world.clone(), store, net);
    let (checks, ends, failure) = match driver {
        Ok(driver) => driver.run(),
        Err(error) => (Vec::new(), Vec::new(), Some(error)),
    };
    let (trace, messages, made) = (world.take_trace(), world.messages(), world.commits());
    let commits_by_party: Vec<u64> = (0..plan.parties.len()).map(|node| made.get(&node).copied().unwrap_or(0)).collect();
    let (commits, wakes) = (commits_by_party.iter().sum(), world.agenda.wakes());
    let (violation, watched) = (world.violation(), Some(trace.hash()));
    Outcome {
        plan: plan.clone(),
        violation,
        watched,
        trace,
        commits,
        commits_by_party,
        messages,
        wakes,
        checks,
        ends,
        failure,
        variants: Vec::new(),
        noted: world.noted(),
    }
}

/// Runs `plan`, and every variant that it asks for.
#[must_use]
pub fn run_with_variants(plan: &Plan, application: &Arc<dyn Application>, store: StoreKind, net: NetKind) -> Outcome {
    let mut outcome = run(plan, application, store, net);
    if outcome.failure.is_none() {
        outcome.variants = plan.variants.iter().map(|variant| vary(&outcome, *variant, application, store, net)).collect();
    }
    outcome
}
