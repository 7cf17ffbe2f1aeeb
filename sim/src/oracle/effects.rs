//! What a message leaves behind at its recipient: one acceptance, one effect, events in a row.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::Timestamp;
use mako_engine::boundary::BOUNDARY_STREAM;
use serde_json::Value;

use super::clocks::Clocks;
use crate::run::Outcome;
use crate::trace::{TryEnd, What};

pub(super) fn gapless(outcome: &Outcome) -> Vec<String> {
    let mut last: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut found = Vec::new();
    for entry in outcome.trace.entries() {
        let What::Event { stream, version, event_type, .. } = &entry.what else { continue };
        let before = last.insert((&entry.party, stream), *version).unwrap_or(0);
        if *version != before + 1 {
            found.push(format!("{} {stream}: {event_type} is number {version} after number {before}", entry.party));
        }
    }
    found
}

/// Law 5 as the sender sees it: whoever holds a receipt can rely on it, also after the recipient crashed.
pub(super) fn acknowledged_is_accepted(outcome: &Outcome) -> Vec<String> {
    let mut accepted: BTreeMap<(&str, &str), Timestamp> = BTreeMap::new();
    let mut tries: BTreeMap<u64, (&str, &str, &str)> = BTreeMap::new();
    let mut clocks = Clocks::default();
    let mut found = Vec::new();
    for entry in outcome.trace.entries() {
        clocks.see(entry);
        match &entry.what {
            What::Accepted { message_id, .. } => {
                accepted.entry((&entry.party, message_id)).or_insert_with(|| clocks.shown(&entry.party, entry.at));
            }
            What::TryBegins { exchange, message_id, to, label, .. } => drop(tries.insert(*exchange, (to, message_id, label))),
            What::TryEnds { exchange, end: TryEnd::Receipt(at) } => {
                let Some((to, message_id, label)) = tries.get(exchange) else { continue };
                if !outcome.plan.party(to).is_none_or(|party| party.behaviour.keeps_receipts()) {
                    continue;
                }
                match accepted.get(&(*to, *message_id)) {
                    Some(really) if really == at => {}
                    Some(really) => found.push(format!("{to} accepted {label} {message_id} at {really}, its receipt says {at}")),
                    None => found.push(format!("{to} sent a receipt for {label} {message_id} and never accepted it")),
                }
            }
            _ => {}
        }
    }
    found
}

/// A message that is processed twice shows in events: the same event twice in one stream, or two events with the same original. The
/// boundary notes many messages in the same words, so its own stream is not looked at.
pub(super) fn one_effect(outcome: &Outcome) -> Vec<String> {
    let mut events = BTreeSet::new();
    let mut originals = BTreeSet::new();
    let mut found = Vec::new();
    for entry in outcome.trace.entries() {
        let What::Event { stream, event_type, payload, .. } = &entry.what else { continue };
        if stream == BOUNDARY_STREAM {
            continue;
        }
        let text = payload.to_string();
        if !events.insert((&entry.party, stream, event_type, text.clone())) {
            found.push(format!("{} {stream}: {event_type} happened twice with the same content {text}", entry.party));
        }
        if let Some(original) = original_of(payload)
            && !originals.insert((&entry.party, event_type, original.to_string()))
        {
            found.push(format!("{} {stream}: {event_type} is the second effect of the message {original}", entry.party));
        }
    }
    found
}

/// The `original` anywhere in the payload of an event: the message that it came from.
fn original_of(payload: &Value) -> Option<&Value> {
    let fields = payload.as_object()?;
    fields.get("original").or_else(|| fields.values().find_map(original_of))
}
