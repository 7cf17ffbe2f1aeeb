//! Law 6: nothing is silent, so the counts add up.

use std::collections::{BTreeMap, BTreeSet};

use super::set_aside;
use super::watch::{Name, Names, Seen, Watch};
use crate::plan::{Action, Behaviour, DiskFault, Keep, LinkFault, Queue};
use crate::run::Outcome;
use crate::trace::{Entry, TryEnd, What};

pub(super) fn add_up(outcome: &Outcome) -> Vec<String> {
    let mut found = arrivals(outcome);
    for end in outcome.ends.iter().filter(|end| end.unsettled > 0) {
        found.push(format!("{}: {} accepted messages are not settled", end.party, end.unsettled));
    }
    found.extend(departures(outcome));
    found
}

/// Nothing is accepted twice, and nothing is a duplicate of nothing.
#[derive(Default)]
pub(super) struct Arrives {
    accepted: BTreeSet<(Name, Name, Name)>,
    /// Who lost a row of its inbox: the message may come again and is new.
    forgot: BTreeSet<Name>,
}

impl Watch for Arrives {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let party = &seen.entry.party;
        match &seen.entry.what {
            What::Unreadable { queue: Queue::Inbox } => {
                self.forgot.insert(seen.party);
                None
            }
            What::Accepted { from, message_id } => {
                let is_first = self.accepted.insert((seen.party, names.of(from), names.of(message_id)));
                (!is_first && !self.forgot.contains(&seen.party)).then(|| format!("{party} accepted {message_id} twice"))
            }
            What::Duplicate { from, message_id } => {
                let is_known = self.accepted.contains(&(seen.party, names.of(from), names.of(message_id)));
                (!is_known).then(|| format!("{party} took {message_id} for a duplicate and never accepted it"))
            }
            _ => None,
        }
    }
}

/// What arrives is accepted, recognised as a duplicate, or sent back.
fn arrivals(outcome: &Outcome) -> Vec<String> {
    let (mut accepted, mut again, mut duplicates, mut sent_back, mut crashes) = (BTreeSet::new(), 0, 0, 0, 0);
    let mut found = Vec::new();
    for entry in outcome.trace.entries() {
        match &entry.what {
            What::Accepted { from, message_id } => {
                // Whoever lost the row of a message takes it for a new one.
                let is_first = accepted.insert((&entry.party, from, message_id));
                again += u64::from(!is_first && set_aside::of(outcome, &entry.party, Queue::Inbox));
            }
            What::Duplicate { .. } => duplicates += 1,
            What::SentBack { .. } => sent_back += 1,
            What::Crash { .. } => crashes += 1,
            _ => {}
        }
    }
    let accounted = accepted.len() as u64 + again + duplicates + sent_back;
    // A batch whose sync failed may be there all the same: its message was accepted, and its sender was told that it was not.
    let both = |entry: &&Entry| matches!(entry.what, What::Disk { fault: DiskFault::FailedSync(Keep::All) });
    let told_both = outcome.trace.entries().iter().filter(both).count() as u64;
    // One message can die with a node, while it is being accepted; more of them where many arrive at one instant, after a wait.
    let waits = |action: &Action| match action {
        Action::Pause { .. } | Action::Link { fault: LinkFault::Hold(_), .. } => true,
        Action::Disk { fault, .. } => matches!(fault, DiskFault::Slow { .. }),
        _ => false,
    };
    let together = crashes > 0 && outcome.plan.steps.iter().any(|step| waits(&step.action));
    let died = if together { outcome.messages } else { crashes };
    if accounted > outcome.messages + told_both || accounted + died < outcome.messages {
        found.push(format!(
            "{} messages arrived, but {} were accepted, {duplicates} were duplicates and {sent_back} were sent back ({crashes} crashes)",
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
    // Who repeats under a new id leaves the old one behind.
    let keeps_ids = |party: &str| outcome.plan.party(party).is_none_or(|party| party.behaviour != Behaviour::NewMessageId);
    let ends = outcome.ends.iter().filter(|end| !end.down && keeps_ids(&end.party));
    ends.filter_map(|end| {
        let lost: Vec<&str> = open.iter().filter(|((party, _), _)| *party == end.party).map(|(_, label)| *label).collect();
        let (queued, letters) = (end.outbox, end.dead_letters);
        let missing = lost.len() > queued + letters;
        missing.then(|| format!("{}: {} never delivered, but {queued} are queued and {letters} dead letters", end.party, lost.join(", ")))
    })
    .collect()
}
