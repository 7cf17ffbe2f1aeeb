//! Law 6: nothing is silent, so the counts add up.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Action, LinkFault};
use crate::run::Outcome;
use crate::trace::{TryEnd, What};

pub(super) fn add_up(outcome: &Outcome) -> Vec<String> {
    let mut found = arrivals(outcome);
    for end in outcome.ends.iter().filter(|end| end.unsettled > 0) {
        found.push(format!("{}: {} accepted messages are not settled", end.party, end.unsettled));
    }
    found.extend(departures(outcome));
    found
}

/// What arrives is accepted once or recognised as a duplicate.
fn arrivals(outcome: &Outcome) -> Vec<String> {
    let (mut accepted, mut duplicates, mut not_taken, mut crashes) = (BTreeSet::new(), 0, 0, 0);
    let mut found = Vec::new();
    for entry in outcome.trace.entries() {
        match &entry.what {
            What::Accepted { from, message_id } if !accepted.insert((&entry.party, from, message_id)) => {
                found.push(format!("{} accepted {message_id} twice", entry.party));
            }
            What::Duplicate { from, message_id } => {
                duplicates += 1;
                if !accepted.contains(&(&entry.party, from, message_id)) {
                    found.push(format!("{} took {message_id} for a duplicate and never accepted it", entry.party));
                }
            }
            What::Crash { .. } => crashes += 1,
            What::NotTaken { .. } => not_taken += 1,
            _ => {}
        }
    }
    // What the network repeats by itself is not among what senders sent, and whether it had anything to repeat the plan does not say.
    let repeats = |action: &Action| matches!(action, Action::Link { fault: LinkFault::Duplicate, .. });
    let repeated = outcome.plan.steps.iter().filter(|step| repeats(&step.action)).count() as u64;
    // A node that crashes while it repeats is asked again.
    let repeated = if repeated == 0 { 0 } else { repeated + crashes };
    let accounted = accepted.len() as u64 + duplicates + not_taken;
    // One message can die with a node, while it is being accepted.
    if accounted > outcome.messages + repeated || accounted + crashes < outcome.messages {
        found.push(format!(
            "{} messages arrived and up to {repeated} were repeated by the network, but {} were accepted, {duplicates} were duplicates and {not_taken} not taken ({crashes} crashes)",
            outcome.messages,
            accepted.len()
        ));
    }
    found
}

/// What was tried and never got a receipt is still queued, or a dead letter.
fn departures(outcome: &Outcome) -> Vec<String> {
    let mut tries: BTreeMap<u64, (&str, &str)> = BTreeMap::new();
    let mut open: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let mut received = BTreeSet::new();
    for entry in outcome.trace.entries() {
        match &entry.what {
            What::TryBegins { exchange, message_id, label, stream: Some(_), .. } => {
                let key = (entry.party.as_str(), message_id.as_str());
                tries.insert(*exchange, key);
                open.insert(key, label);
            }
            What::TryEnds { exchange, end: TryEnd::Receipt(_) } => received.extend(tries.get(exchange).copied()),
            _ => {}
        }
    }
    open.retain(|key, _| !received.contains(key));
    let ends = outcome.ends.iter().filter(|end| !end.down);
    ends.filter_map(|end| {
        let lost: Vec<&str> = open.iter().filter(|((party, _), _)| *party == end.party).map(|(_, label)| *label).collect();
        let (queued, letters) = (end.outbox, end.dead_letters);
        let missing = lost.len() > queued + letters;
        missing.then(|| format!("{}: {} never delivered, but {queued} are queued and {letters} dead letters", end.party, lost.join(", ")))
    })
    .collect()
}
