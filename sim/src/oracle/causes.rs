//! Why a message is on the wire.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Action;
use crate::run::Outcome;
use crate::trace::{TryEnd, What};

/// Law 1 as the wire sees it. Bytes that the plan itself sends have no stream; they are counted against the plan.
pub(super) fn caused(outcome: &Outcome) -> Vec<String> {
    let mut streams = BTreeSet::new();
    let mut accepted = BTreeSet::new();
    let mut loose: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut found = Vec::new();
    for entry in outcome.trace.entries() {
        match &entry.what {
            What::Event { stream, .. } => drop(streams.insert((entry.party.as_str(), stream.as_str()))),
            What::Accepted { message_id, .. } => drop(accepted.insert((entry.party.as_str(), message_id.as_str()))),
            What::TryBegins { message_id, label, answers, stream, .. } => {
                match stream {
                    Some(stream) if !streams.contains(&(entry.party.as_str(), stream.as_str())) => {
                        found.push(format!("{} sends {label} {message_id} of the stream {stream}, which has no event", entry.party));
                    }
                    Some(_) => {}
                    None => drop(loose.entry(&entry.party).or_default().insert(message_id)),
                }
                if let Some(answered) = answers
                    && !accepted.contains(&(entry.party.as_str(), answered.as_str()))
                {
                    found.push(format!("{} answers {answered} with {label} and never accepted it", entry.party));
                }
            }
            _ => {}
        }
    }
    found.extend(loose.into_iter().filter_map(|(party, sent)| {
        // Whoever crashes while it sends is asked again, and sends under a new id.
        let asked =
            outcome.plan.steps.iter().filter(|step| matches!(&step.action, Action::SendBytes { from, .. } if from == party)).count();
        let crashes = crashes(outcome, party);
        let too_many = sent.len() > asked + crashes;
        too_many.then(|| format!("{party} sent {} messages that no stream caused; the plan sends {asked} as bytes", sent.len()))
    }));
    found
}

pub(super) fn sent_once(outcome: &Outcome) -> Vec<String> {
    let mut tries: BTreeMap<u64, &str> = BTreeMap::new();
    let mut received: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut found = Vec::new();
    for entry in outcome.trace.entries() {
        let party = entry.party.as_str();
        match &entry.what {
            What::Crash { .. } => received.retain(|(of, _)| *of != party),
            What::TryBegins { exchange, message_id, label, attempt, .. } => {
                if received.contains(&(party, message_id.as_str())) {
                    found.push(format!("{party} sends {label} {message_id} again (try {attempt}) although it has its receipt"));
                }
                tries.insert(*exchange, message_id);
            }
            What::TryEnds { exchange, end: TryEnd::Receipt(_) } => {
                received.extend(tries.get(exchange).map(|message_id| (party, *message_id)));
            }
            _ => {}
        }
    }
    found
}

fn crashes(outcome: &Outcome, party: &str) -> usize {
    outcome.trace.entries().iter().filter(|entry| entry.party == party && matches!(entry.what, What::Crash { .. })).count()
}
