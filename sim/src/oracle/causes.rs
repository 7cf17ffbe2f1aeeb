//! Why a message is on the wire.

use std::collections::{BTreeMap, BTreeSet};

use super::watch::{Name, Names, Seen, Watch};
use crate::plan::Action;
use crate::trace::{TryEnd, What};

/// Law 1 as the wire sees it. Bytes that the plan itself sends have no stream; they are counted against the plan.
#[derive(Default)]
pub(super) struct Caused {
    streams: BTreeSet<(Name, Name)>,
    accepted: BTreeSet<(Name, Name)>,
    loose: BTreeMap<Name, BTreeSet<Name>>,
    crashes: BTreeMap<Name, usize>,
}

impl Watch for Caused {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let (party, of) = (&seen.entry.party, seen.party);
        match &seen.entry.what {
            What::Event { stream, .. } => drop(self.streams.insert((of, names.of(stream)))),
            What::Accepted { message_id, .. } => drop(self.accepted.insert((of, names.of(message_id)))),
            What::Crash { .. } => *self.crashes.entry(of).or_default() += 1,
            What::TryBegins { message_id, label, answers, stream, .. } => {
                match stream {
                    Some(stream) if !self.streams.contains(&(of, names.of(stream))) => {
                        return Some(format!("{party} sends {label} {message_id} of the stream {stream}, which has no event"));
                    }
                    Some(_) => {}
                    None => {
                        let loose = self.loose.entry(of).or_default();
                        loose.insert(names.of(message_id));
                        let sends = |action: &Action| matches!(action, Action::SendBytes { from, .. } if from == party);
                        let asked = seen.plan.steps.iter().filter(|step| sends(&step.action)).count();
                        // Whoever crashes while it sends is asked again, and sends under a new id.
                        if loose.len() > asked + self.crashes.get(&of).copied().unwrap_or(0) {
                            let sent = loose.len();
                            return Some(format!("{party} sent {sent} messages that no stream caused; the plan sends {asked} as bytes"));
                        }
                    }
                }
                if let Some(answered) = answers
                    && !self.accepted.contains(&(of, names.of(answered)))
                {
                    return Some(format!("{party} answers {answered} with {label} and never accepted it"));
                }
            }
            _ => {}
        }
        None
    }
}

/// Who has a receipt sends no more, as long as he remembers it.
#[derive(Default)]
pub(super) struct SentOnce {
    tries: BTreeMap<u64, Name>,
    received: BTreeSet<(Name, Name)>,
}

impl Watch for SentOnce {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let (party, of) = (&seen.entry.party, seen.party);
        match &seen.entry.what {
            What::Crash { .. } => self.received.retain(|(crashed, _)| *crashed != of),
            What::TryBegins { exchange, message_id, label, attempt, .. } => {
                let name = names.of(message_id);
                self.tries.insert(*exchange, name);
                if self.received.contains(&(of, name)) {
                    return Some(format!("{party} sends {label} {message_id} again (try {attempt}) although it has its receipt"));
                }
            }
            What::TryEnds { exchange, end: TryEnd::Receipt(_) } => {
                self.received.extend(self.tries.get(exchange).map(|message_id| (of, *message_id)));
            }
            _ => {}
        }
        None
    }
}
