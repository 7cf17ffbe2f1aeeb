//! Whether anybody waits for a partner that is not his.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::Timestamp;

use super::watch::{Name, Names, Seen, Watch};
use crate::trace::What;

/// The first try of a message begins when it is queued, when its node is back, or when a try to the same partner is over. A node that
/// was in trouble queues late, and is not asked.
#[derive(Default)]
pub(super) struct Prompt {
    partners: BTreeMap<u64, Name>,
    moved: BTreeSet<(Name, Name, Timestamp)>,
    back: BTreeMap<Name, Timestamp>,
}

impl Watch for Prompt {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let (party, of, at) = (&seen.entry.party, seen.party, seen.entry.at);
        match &seen.entry.what {
            What::Restart { .. } => drop(self.back.insert(of, at)),
            What::TryBegins { exchange, message_id, to, label, attempt, queued_at, .. } => {
                let partner = names.of(to);
                self.partners.insert(*exchange, partner);
                let from = queued_at.map(|queued_at| queued_at.max(self.back.get(&of).copied().unwrap_or(queued_at)));
                let waited = *attempt == 1 && from.is_some_and(|from| at > from) && !self.moved.contains(&(of, partner, at));
                self.moved.insert((of, partner, at));
                if waited && !super::in_trouble(seen.plan, party) {
                    return Some(format!("{party} has {label} {message_id} for {to} and first tries it at {at}"));
                }
            }
            What::TryEnds { exchange, .. } => self.moved.extend(self.partners.get(exchange).map(|to| (of, *to, at))),
            _ => {}
        }
        None
    }
}
