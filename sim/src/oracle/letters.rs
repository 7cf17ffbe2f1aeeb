//! What went to the dead letters, and whether it had to.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::Timestamp;
use mako_engine::fristen::Rulebook;

use super::clocks::Clocks;
use super::{liveness, set_aside};
use crate::plan::{Action, Behaviour, Queue};
use crate::run::Outcome;
use crate::trace::{TryEnd, What};

/// Messages between conformant nodes are understood. What the plan itself puts on the wire may not be, whoever it names as its sender;
/// and who never got the first message of a conversation, since it was given up, refused or overtaken, does not know the next.
pub(super) fn explained(outcome: &Outcome) -> Vec<String> {
    let entries = outcome.trace.entries();
    let strangers_wrote = outcome.plan.steps.iter().any(|step| matches!(step.action, Action::SendBytes { .. }));
    let never_received = entries.iter().any(|entry| liveness::is_given_up(&entry.what));
    let mut on_the_way: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut found = Vec::new();
    for entry in entries.iter().filter(|_| !strangers_wrote) {
        let party = entry.party.as_str();
        match &entry.what {
            What::TryBegins { to, message_id, .. } => drop(on_the_way.insert((to, message_id))),
            What::Accepted { message_id, .. } => drop(on_the_way.remove(&(party, message_id.as_str()))),
            // Its own oracle knows whether a row rotted.
            What::DeadLetter { about, .. } if set_aside::is_letter(about) => {}
            What::DeadLetter { about, reason } if !reason.starts_with("given up") => {
                let is_about_another = reason.starts_with("nobody here had the conversation") || reason.contains("refused by the process");
                let first_is_missing = never_received || on_the_way.iter().any(|(to, _)| *to == party);
                if !(is_about_another && first_is_missing) {
                    found.push(format!("{party} {about}: {reason}"));
                }
            }
            _ => {}
        }
    }
    found
}

/// Everything that is known about the tries of one message.
struct Tries<'t> {
    label: &'t str,
    queued_at: Timestamp,
    last: Option<&'t TryEnd>,
    ended_at: Timestamp,
    refused: bool,
}

/// A message is tried until the horizon, and no longer than until it is refused for good. One that gets no further try is queued at the
/// end, or was given up when its last try failed.
pub(super) fn patient(outcome: &Outcome) -> Vec<String> {
    let horizon_s = i64::try_from(Rulebook::of(outcome.plan.rulebook).as4_retry().horizon_s).unwrap_or(i64::MAX);
    let mut tries: BTreeMap<(&str, &str), Tries<'_>> = BTreeMap::new();
    let mut exchanges: BTreeMap<u64, (&str, &str)> = BTreeMap::new();
    // A node counts from when it queued a message to when it gives it up by its own clock.
    let mut clocks = Clocks::default();
    let mut found = Vec::new();
    for entry in outcome.trace.entries() {
        clocks.see(entry);
        let party = entry.party.as_str();
        match &entry.what {
            What::TryBegins { exchange, message_id, label, queued_at: Some(queued_at), .. } => {
                exchanges.insert(*exchange, (party, message_id));
                let fresh = Tries { label, queued_at: *queued_at, last: None, ended_at: entry.at, refused: false };
                let known = tries.entry((party, message_id)).or_insert(fresh);
                if known.refused {
                    found.push(format!("{party} sends {label} {message_id} again, which was refused for good"));
                }
            }
            What::TryEnds { exchange, end } => {
                if let Some(known) = exchanges.get(exchange).and_then(|key| tries.get_mut(key)) {
                    known.last = Some(end);
                    known.ended_at = clocks.shown(party, entry.at);
                    known.refused = matches!(end, TryEnd::Failed(why) if why.starts_with("refused"));
                }
            }
            // Whoever crashed before a refusal was noted asks once more.
            What::Crash { .. } => tries.iter_mut().filter(|((of, _), _)| *of == party).for_each(|(_, known)| known.refused = false),
            _ => {}
        }
    }
    // Who repeats under a new id leaves the old one behind.
    let keeps_ids = |party: &str| outcome.plan.party(party).is_none_or(|party| party.behaviour != Behaviour::NewMessageId);
    // What was set aside is tried no more.
    let up = |party: &str| {
        keeps_ids(party)
            && !set_aside::of(outcome, party, Queue::Outbox)
            && outcome.ends.iter().any(|end| end.party == party && !end.down && end.outbox == 0)
    };
    for ((party, message_id), known) in tries.iter().filter(|((party, _), _)| up(party)) {
        let Tries { label, queued_at, ended_at, .. } = known;
        let passes = matches!(known.last, Some(TryEnd::Failed(why)) if !why.starts_with("refused"));
        if passes && *ended_at < queued_at.plus_seconds(horizon_s) {
            found.push(format!("{party} gives {label} {message_id} up after a try that ended at {ended_at}; it was queued at {queued_at}"));
        }
    }
    found
}
