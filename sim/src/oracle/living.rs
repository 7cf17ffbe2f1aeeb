//! What is judged on the living nodes, at checkpoints.
//!
//! A checkpoint comes after a commit that the plan's seed draws, when the world is at rest again. It looks at the process of that commit
//! through the node's own engine and store, on a disk whose faults do not concern it, and changes nothing.

use futures_util::FutureExt as _;
use mako_engine::{EngineContext, StreamId};

use super::fristen::met_and_lapsed;
use crate::trace::{Entry, What};

/// A process of a node that is up, while the world is at rest.
pub struct Living<'w> {
    /// The party.
    pub(crate) party: &'w str,
    /// Its engine.
    pub(crate) engine: &'w EngineContext,
    /// The stream of the process.
    pub(crate) stream: &'w StreamId,
    /// What happened so far.
    pub(crate) entries: &'w [Entry],
}

/// Law 8, and more: neither memory nor a snapshot says anything that the events do not.
pub(super) fn live_is_replay(living: &Living<'_>) -> Option<String> {
    let differs = living.engine.kept_state_differs(living.stream).now_or_never()?;
    let told = differs.unwrap_or_else(|error| Some(error.to_string()))?;
    Some(format!("{} {}: {told}", living.party, living.stream))
}

/// The trace and the store of a node agree on how far a stream is, and on the dead letters.
pub(super) fn told_is_stored(living: &Living<'_>) -> Option<String> {
    let Living { party, engine, stream, entries } = living;
    let last = entries.iter().rev().find_map(|entry| match &entry.what {
        What::Event { stream: of, version, .. } if entry.party == *party && of == stream.as_str() => Some(*version),
        _ => None,
    });
    let told = last.unwrap_or(0);
    let stored = engine.store().read_stream(engine.tenant(), stream, told.saturating_sub(1), 2).now_or_never()?.ok()?;
    let is_last = stored.len() == usize::from(told > 0) && stored.iter().all(|event| event.version == told);
    if !is_last {
        let versions: Vec<u64> = stored.iter().map(|event| event.version).collect();
        return Some(format!("{party} {stream}: the last event told is number {told}, the store has {versions:?} from there on"));
    }
    let told = entries.iter().filter(|entry| entry.party == *party && matches!(entry.what, What::DeadLetter { .. })).count();
    let stored = engine.store().dead_letters().now_or_never()?.ok()?.rows.len();
    (told != stored).then(|| format!("{party}: {told} dead letters were told, the store has {stored}"))
}

/// Who met a Frist and noted that has no lapse of it.
pub(super) fn answer_or_lapse(living: &Living<'_>) -> Option<String> {
    let Living { party, engine, stream, entries } = living;
    let found = met_and_lapsed(entries, |of, at| of == *party && at == stream.as_str()).into_iter().next()?;
    let queued = engine.store().outbox_due(mako_engine::Timestamp::MAX.plus_ms(-1), usize::MAX).now_or_never()?.ok()?;
    // What is queued may have been received, and is not noted yet.
    queued.rows.iter().all(|message| message.stream != **stream).then_some(found)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mako_engine::commit::NewEvent;
    use mako_engine::store::{KeyedStore, Payload, StoreOptions, Writing};
    use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
    use mako_engine::{Cause, Commit, EngineBuilder, TenantId, Timestamp};
    use serde_json::json;

    use super::*;
    use crate::trace::TryEnd;

    /// An engine whose stream `s` has two events.
    fn engine() -> EngineContext {
        let (clock, ids) = (Arc::new(ManualClock::at(Timestamp::EPOCH)), Arc::new(SeededIds::new(1)));
        let inline = StoreOptions { writing: Writing::Inline, probe: None };
        let store = Arc::new(KeyedStore::open_with(MemoryBackend::default(), inline).unwrap());
        let engine = EngineBuilder::new(TenantId::new("9900000000001"), store, clock, ids).build().unwrap();
        let cause = Cause::Command("by hand".to_owned());
        let mut commit = Commit::new(engine.tenant().clone(), "s".into(), Timestamp::EPOCH, cause);
        for text in ["one", "two"] {
            let (id, payload) = (engine.ids().next_id(), Payload::encode(&text).unwrap());
            commit.events.push(NewEvent { id, event_type: text.to_owned(), schema_version: 1, payload });
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(engine.store().append_with_outbox(commit)).unwrap();
        engine
    }

    fn entries(whats: Vec<What>) -> Vec<Entry> {
        let entry = |what| Entry { at: Timestamp::EPOCH, party: "NB".to_owned(), cause: None, what };
        whats.into_iter().map(entry).collect()
    }

    fn event(version: u64, event_type: &str, payload: serde_json::Value) -> What {
        What::Event { stream: "s".to_owned(), version, event_type: event_type.to_owned(), payload }
    }

    #[test]
    fn a_store_with_more_or_less_than_was_told_is_seen() {
        let (engine, stream) = (engine(), "s".into());
        let look = |whats| told_is_stored(&Living { party: "NB", engine: &engine, stream: &stream, entries: &entries(whats) });
        let events = |count| (1..=count).map(|version| event(version, "one", json!(null))).collect::<Vec<_>>();
        assert_eq!(look(events(2)), None);
        for wrong in [0, 1, 3, 4] {
            assert!(look(events(wrong)).is_some_and(|told| told.contains("the last event told")), "{wrong} told");
        }
        let letter = What::DeadLetter { about: "UTILMD".to_owned(), reason: "nobody".to_owned() };
        let told = look([events(2), vec![letter]].concat());
        assert_eq!(told.as_deref(), Some("NB: 1 dead letters were told, the store has 0"));
    }

    #[test]
    fn a_frist_that_was_met_and_lapsed_is_seen_as_soon_as_nothing_is_queued() {
        let (engine, stream, due) = (engine(), StreamId::new("s"), Timestamp::EPOCH);
        let set = What::FristSet { stream: "s".to_owned(), label: "answer".to_owned(), due, reason: String::new() };
        let begins = What::TryBegins {
            exchange: 1,
            message_id: "m".to_owned(),
            to: "LFN".to_owned(),
            label: "UTILMD".to_owned(),
            answers: None,
            stream: Some("s".to_owned()),
            note: String::new(),
            attempt: 1,
            fulfils: Some(due),
            queued_at: None,
            release: None,
        };
        let met = What::TryEnds { exchange: 1, end: TryEnd::Receipt(due) };
        let lapsed = event(1, "FristLapsed", json!({ "label": "answer", "due": due }));
        let look = |whats| answer_or_lapse(&Living { party: "NB", engine: &engine, stream: &stream, entries: &entries(whats) });
        assert_eq!(look(vec![set.clone(), begins.clone(), met.clone()]), None);
        assert!(look(vec![set, begins, met, lapsed]).is_some_and(|told| told.contains("lapsed \"answer\"")));
    }
}
