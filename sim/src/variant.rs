//! Variants: the same plan with one more fault, at every place where it can fall; the same end every time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use rayon::prelude::*;

use crate::application::Application;
use crate::plan::{CrashAtCommit, CrashPoint, Disturbance, Keep, Plan, Variant};
use crate::run::{NetKind, Outcome, StoreKind, VariantOutcome, run};
use crate::trace::{Entry, Trace, TryEnd, What};

/// How long a node stays down in a variant.
const DOWN_S: i64 = 30;

/// Runs every case of `variant` and compares its end with that of `undisturbed`.
pub(crate) fn vary(
    undisturbed: &Outcome,
    variant: Variant,
    application: &Arc<dyn Application>,
    store: StoreKind,
    net: NetKind,
) -> VariantOutcome {
    let (disturbances, essence): (Vec<Disturbance>, fn(&Outcome) -> Essence) = match variant {
        Variant::CrashAtEveryCommit => (crashes(undisturbed), essence),
        Variant::LoseEveryMessage => (losses(undisturbed), essence),
        // A message of the old version that arrives in the new one is refused and sent again, so not everything is delivered alike.
        Variant::CutoverAtEveryStep => (cutovers(undisturbed), states),
    };
    let expected = essence(undisturbed);
    let differs = |disturbance: &Disturbance| {
        let plan = Plan { disturbance: Some(disturbance.clone()), ..undisturbed.plan.clone() };
        let found = run(&plan, application, store, net);
        let end = essence(&found);
        let why = found.failure.or_else(|| (end != expected).then(|| difference(&expected, &end)));
        why.map(|why| format!("{disturbance}: {why}"))
    };
    // Side by side, told in the order of the disturbances: a run stays on its own thread and knows nothing of the others.
    let differences: Vec<Option<String>> = disturbances.par_iter().map(differs).collect();
    VariantOutcome {
        name: variant.name().to_owned(),
        runs: differences.len(),
        alike: differences.iter().filter(|difference| difference.is_none()).count(),
        first_difference: differences.into_iter().flatten().next(),
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crash(at) => write!(f, "{} crashes at its commit {} ({:?})", at.node, at.commit, at.point),
            Self::LostMessage(number) => write!(f, "try {number} to deliver a message is lost"),
            Self::LostReceipt(number) => write!(f, "the receipt of try {number} to deliver a message is lost"),
            Self::Future(at) => write!(f, "another future from {}", berlin::moment_text(*at)),
            Self::Cutover(at) => write!(f, "another format version from {}", berlin::moment_text(*at)),
        }
    }
}

/// Every try to deliver a message, lost on its way or on the way back.
fn losses(undisturbed: &Outcome) -> Vec<Disturbance> {
    let exchange = |entry: &Entry| match entry.what {
        What::TryBegins { exchange, .. } => Some(exchange),
        _ => None,
    };
    let exchanges = undisturbed.trace.entries().iter().filter_map(exchange);
    exchanges.flat_map(|number| [Disturbance::LostMessage(number), Disturbance::LostReceipt(number)]).collect()
}

/// Every instant at which something happens.
fn cutovers(undisturbed: &Outcome) -> Vec<Disturbance> {
    let instants: BTreeSet<Timestamp> = undisturbed.trace.entries().iter().map(|entry| entry.at).collect();
    instants.into_iter().map(Disturbance::Cutover).collect()
}

/// A crash at every commit of every node: once written but not synced and torn, once synced and not acknowledged.
fn crashes(undisturbed: &Outcome) -> Vec<Disturbance> {
    let mut commits: BTreeMap<&str, u64> = BTreeMap::new();
    for (party, made) in undisturbed.plan.parties.iter().zip(&undisturbed.commits_by_party) {
        commits.insert(&party.name, *made);
    }
    let mut crashes = Vec::new();
    for (node, made) in commits {
        for commit in 0..made {
            for (point, keep) in [(CrashPoint::BeforeSync, Keep::Torn), (CrashPoint::AfterSync, Keep::Synced)] {
                crashes.push(Disturbance::Crash(CrashAtCommit { node: node.to_owned(), commit, point, keep, down_s: DOWN_S }));
            }
        }
    }
    crashes
}

/// What a run came to, whatever happened on the way: states, checks, and which messages reached whom how often as new ones.
#[derive(Debug, PartialEq, Eq)]
struct Essence {
    ends: Vec<String>,
    failed_checks: Vec<String>,
    delivered: BTreeMap<String, usize>,
}

fn essence(outcome: &Outcome) -> Essence {
    let end = |end: &crate::run::PartyEnd| {
        let states: Vec<&str> = end.processes.iter().map(|p| p.state.as_str()).collect();
        let (fristen, outbox, letters, unsettled) = (end.open_fristen, end.outbox, end.dead_letters, end.unsettled);
        format!("{} [{}] Fristen {fristen} outbox {outbox} dead letters {letters} unsettled {unsettled}", end.party, states.join(", "))
    };
    // A check on the way may see another instant than without the crash; what is expected at the end must hold all the same.
    let on_the_way = outcome.checks.len().saturating_sub(outcome.plan.expects.len());
    let failed =
        outcome.checks.iter().skip(on_the_way).filter_map(|check| check.found.as_ref().map(|found| format!("{}: {found}", check.text)));
    Essence { ends: outcome.ends.iter().map(end).collect(), failed_checks: failed.collect(), delivered: effects(&outcome.trace) }
}

/// As [`essence`], of processes and queues alone.
fn states(outcome: &Outcome) -> Essence {
    let end = |end: &crate::run::PartyEnd| {
        let states: Vec<&str> = end.processes.iter().map(|p| p.state.as_str()).collect();
        format!("{} [{}] Fristen {} outbox {} unsettled {}", end.party, states.join(", "), end.open_fristen, end.outbox, end.unsettled)
    };
    Essence { ends: outcome.ends.iter().map(end).collect(), failed_checks: Vec::new(), delivered: BTreeMap::new() }
}

/// How many distinct messages of each kind reached each party.
fn effects(trace: &Trace) -> BTreeMap<String, usize> {
    let mut tries = BTreeMap::new();
    let mut delivered = BTreeMap::new();
    for entry in trace.entries() {
        match &entry.what {
            What::TryBegins { exchange, message_id, to, label, note, .. } => {
                tries.insert(*exchange, (message_id.as_str(), format!("{} → {to} {label} {note}", entry.party)));
            }
            What::TryEnds { exchange, end: TryEnd::Receipt(_) } => {
                if let Some((message_id, kind)) = tries.get(exchange) {
                    delivered.insert(*message_id, kind.clone());
                }
            }
            _ => {}
        }
    }
    let mut counts = BTreeMap::new();
    for kind in delivered.into_values() {
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

fn difference(expected: &Essence, found: &Essence) -> String {
    if expected.ends != found.ends {
        return format!("ends {:?} instead of {:?}", found.ends, expected.ends);
    }
    if expected.failed_checks != found.failed_checks {
        return format!("failed checks {:?}", found.failed_checks);
    }
    format!("delivered {:?} instead of {:?}", found.delivered, expected.delivered)
}
