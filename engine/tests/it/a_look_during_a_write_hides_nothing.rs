//! Whoever looks at a queue while a commit is being written does not see it yet; and whoever looks afterwards does, whatever the first
//! one met.

use std::sync::{Arc, Mutex, OnceLock, Weak};

use crate::testing::guarded::Guarded;
use mako_engine::commit::{Commit, NewDeadline, NewEvent, NewOutboxMessage};
use mako_engine::deadline::DeadlineStore;
use mako_engine::inbox::{Accept, InboxKey, InboxStore};
use mako_engine::outbox::OutboxStore;
use mako_engine::store::{AtomicAppend, EventStore, KeyedStore, Payload};
use mako_engine::testing::MemoryBackend;
use mako_engine::{Cause, Id, Outgoing, TenantId, Timestamp};

fn commit() -> Commit {
    let (tenant, now) = (TenantId::new("t"), Timestamp::EPOCH);
    let mut commit = Commit::new(tenant.clone(), "s".into(), now, Cause::Command("test".to_owned()));
    let (id, payload) = (Id::from_u128(1), Payload::encode(&1).unwrap());
    commit.events.push(NewEvent { id, event_type: "Happened".to_owned(), schema_version: 1, payload });
    let message = Outgoing::new("as4", "partner", "kind", &1).unwrap();
    commit.outbox.push(NewOutboxMessage { id, message });
    commit.deadlines_set.push(NewDeadline { label: "antwort".into(), due: now, reason: "test".to_owned() });
    let key = InboxKey { tenant, sender: "partner".to_owned(), message_id: "m".to_owned() };
    commit.accepts = Some(Accept { key, received_at: now, payload: b"UNB".to_vec(), known_until: Timestamp::MAX });
    commit
}

async fn seen(store: &KeyedStore<Guarded>) -> [usize; 3] {
    let now = Timestamp::EPOCH.plus_seconds(60);
    [
        store.outbox_due(now, 9).await.unwrap().rows.len(),
        store.deadlines_due(now, 9).await.unwrap().rows.len(),
        store.inbox_pending(9).await.unwrap().rows.len(),
    ]
}

#[tokio::test]
async fn what_was_not_visible_yet_is_found_later() {
    let (looks, looking) = (Arc::new(Mutex::new(Vec::new())), Arc::new(OnceLock::<Weak<KeyedStore<Guarded>>>::new()));
    let (noted, looked_at) = (looks.clone(), looking.clone());
    // Just before a batch becomes visible.
    let backend = Guarded::before(move || {
        let store = looked_at.get().unwrap().upgrade().unwrap();
        noted.lock().unwrap().push(futures_util::FutureExt::now_or_never(seen(&store)).unwrap());
        Ok(())
    });
    let store = Arc::new(KeyedStore::open(backend).unwrap());
    looking.set(Arc::downgrade(&store)).unwrap();
    store.append_with_outbox(commit()).await.unwrap();
    assert_eq!(*looks.lock().unwrap(), [[0, 0, 0]], "nothing is seen before it is durable");
    assert_eq!(seen(&store).await, [1, 1, 1]);
}

/// Between the instant at which a batch becomes visible and the one at which its caller is told, one look must not show it and another hide it.
#[tokio::test]
async fn what_is_visible_in_the_log_is_visible_behind_the_end_of_its_stream() {
    let (looks, looking) = (Arc::new(Mutex::new(Vec::new())), Arc::new(OnceLock::<Weak<KeyedStore<Guarded>>>::new()));
    let (noted, looked_at) = (looks.clone(), looking.clone());
    let lengths = async |store: &KeyedStore<Guarded>| {
        let logged = store.read_all(0, 9).await.unwrap().len();
        let behind = store.read_stream(&TenantId::new("t"), &"s".into(), logged as u64 - 1, 9).await.unwrap().len();
        (logged, behind)
    };
    // Just after a batch became visible.
    let backend = Guarded::after(MemoryBackend::default(), move || {
        let store = looked_at.get().unwrap().upgrade().unwrap();
        noted.lock().unwrap().push(futures_util::FutureExt::now_or_never(lengths(&store)).unwrap());
        Ok(())
    });
    let store = Arc::new(KeyedStore::open(backend).unwrap());
    looking.set(Arc::downgrade(&store)).unwrap();
    for _ in 0..2 {
        let event = Commit { outbox: Vec::new(), deadlines_set: Vec::new(), accepts: None, ..commit() };
        store.append_with_outbox(event).await.unwrap();
    }
    assert_eq!(*looks.lock().unwrap(), [(1, 1), (2, 1)]);
}
