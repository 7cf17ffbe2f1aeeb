//! Whether anybody waits for a partner that is not his.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::Timestamp;

use crate::run::Outcome;
use crate::trace::What;

/// The first try of a message begins when it is queued, when its node is back, or when a try to the same partner is over. A node that
/// was in trouble queues late, and is not asked.
pub(super) fn prompt(outcome: &Outcome) -> Vec<String> {
    let in_trouble = |party: &str| super::in_trouble(outcome, party);
    let mut partners: BTreeMap<u64, &str> = BTreeMap::new();
    let mut moved: BTreeSet<(&str, &str, Timestamp)> = BTreeSet::new();
    let mut back: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut found = Vec::new();
    for entry in outcome.trace.entries().iter().filter(|entry| !in_trouble(&entry.party)) {
        let party = entry.party.as_str();
        match &entry.what {
            What::Restart { .. } => drop(back.insert(party, entry.at)),
            What::TryBegins { exchange, message_id, to, label, attempt, queued_at, .. } => {
                partners.insert(*exchange, to);
                let from = queued_at.map(|queued_at| queued_at.max(back.get(party).copied().unwrap_or(queued_at)));
                if *attempt == 1 && from.is_some_and(|from| entry.at > from) && !moved.contains(&(party, to, entry.at)) {
                    found.push(format!("{party} has {label} {message_id} for {to} and first tries it at {}", entry.at));
                }
                moved.insert((party, to, entry.at));
            }
            What::TryEnds { exchange, .. } => moved.extend(partners.get(exchange).map(|to| (party, *to, entry.at))),
            _ => {}
        }
    }
    found
}
