//! What a message leaves behind at its recipient: one acceptance, one effect, events in a row.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::Timestamp;
use mako_engine::boundary::BOUNDARY_STREAM;
use serde_json::Value;

use super::clocks::Clocks;
use super::watch::{Name, Names, Seen, Watch};
use crate::plan::Queue;
use crate::trace::{TryEnd, What};

/// Positions without a gap.
#[derive(Default)]
pub(super) struct Gapless(BTreeMap<(Name, Name), u64>);

impl Watch for Gapless {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let What::Event { stream, version, event_type, .. } = &seen.entry.what else { return None };
        let before = self.0.insert((seen.party, names.of(stream)), *version).unwrap_or(0);
        let party = &seen.entry.party;
        (*version != before + 1).then(|| format!("{party} {stream}: {event_type} is number {version} after number {before}"))
    }
}

/// A message that was tried.
struct Tried {
    to: Name,
    message_id: Name,
    label: Name,
}

/// Law 5 as the sender sees it: whoever holds a receipt can rely on it, also after the recipient crashed.
#[derive(Default)]
pub(super) struct AcknowledgedIsAccepted {
    accepted: BTreeMap<(Name, Name), Timestamp>,
    tries: BTreeMap<u64, Tried>,
    clocks: Clocks,
    /// Who lost a row of its inbox: what comes again may be accepted once more.
    forgot: BTreeSet<Name>,
}

impl Watch for AcknowledgedIsAccepted {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let Seen { plan, entry, party } = seen;
        self.clocks.see(entry);
        match &entry.what {
            What::Accepted { message_id, .. } => {
                let shown = self.clocks.shown(&entry.party, entry.at);
                let accepted = self.accepted.entry((*party, names.of(message_id))).or_insert(shown);
                if self.forgot.contains(party) {
                    *accepted = shown;
                }
            }
            What::Unreadable { queue: Queue::Inbox } => drop(self.forgot.insert(*party)),
            What::TryBegins { exchange, message_id, to, label, .. } => {
                let tried = Tried { to: names.of(to), message_id: names.of(message_id), label: names.of(label) };
                self.tries.insert(*exchange, tried);
            }
            What::TryEnds { exchange, end: TryEnd::Receipt(at) } => {
                let Tried { to, message_id, label } = self.tries.get(exchange)?;
                let accepted = self.accepted.get(&(*to, *message_id));
                let [to, message_id, label] = [to, message_id, label].map(|name| names.text(*name));
                return match accepted {
                    _ if !plan.party(to).is_none_or(|party| party.behaviour.keeps_receipts()) => None,
                    Some(really) if really == at => None,
                    Some(really) => Some(format!("{to} accepted {label} {message_id} at {really}, its receipt says {at}")),
                    None => Some(format!("{to} sent a receipt for {label} {message_id} and never accepted it")),
                };
            }
            _ => {}
        }
        None
    }
}

/// A message that is processed twice shows in events: the same event twice in one stream, or two events with the same original. The
/// boundary notes many messages in the same words, so its own stream is not looked at.
#[derive(Default)]
pub(super) struct OneEffect {
    events: BTreeSet<(Name, Name, Name, String)>,
    originals: BTreeSet<(Name, Name, String)>,
}

impl Watch for OneEffect {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let (party, of) = (&seen.entry.party, seen.party);
        let What::Event { stream, event_type, payload, .. } = &seen.entry.what else { return None };
        if stream == BOUNDARY_STREAM {
            return None;
        }
        let (in_stream, name) = (names.of(stream), names.of(event_type));
        if !self.events.insert((of, in_stream, name, payload.to_string())) {
            return Some(format!("{party} {stream}: {event_type} happened twice with the same content {payload}"));
        }
        let original = original_of(payload)?.to_string();
        let is_second = !self.originals.insert((of, name, original.clone()));
        is_second.then(|| format!("{party} {stream}: {event_type} is the second effect of the message {original}"))
    }
}

/// The `original` anywhere in the payload of an event: the message that it came from.
fn original_of(payload: &Value) -> Option<&Value> {
    let fields = payload.as_object()?;
    fields.get("original").or_else(|| fields.values().find_map(original_of))
}
