//! Whoever looks at a queue while a commit is being written does not see it yet; and whoever looks afterwards does, whatever the first
//! one met.

use std::sync::{Arc, Mutex};

use mako_engine::commit::{Commit, NewDeadline, NewEvent, NewOutboxMessage};
use mako_engine::deadline::DeadlineStore;
use mako_engine::inbox::{Accept, InboxKey, InboxStore};
use mako_engine::outbox::OutboxStore;
use mako_engine::store::backend::{Backend, BackendError, Batch, Scan};
use mako_engine::store::{AtomicAppend, KeyedStore, Payload};
use mako_engine::testing::MemoryBackend;
use mako_engine::{Cause, Id, Outgoing, TenantId, Timestamp};

type Hook = Arc<Mutex<Option<Box<dyn Fn() + Send>>>>;

/// Memory that lets somebody look just before a batch becomes visible.
#[derive(Clone, Default)]
struct Looked {
    memory: MemoryBackend,
    look: Hook,
}

impl Backend for Looked {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.memory.get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
        self.memory.scan(from, to, visit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
        self.memory.last(from, to)
    }

    fn apply(&self, batch: Batch) -> Result<(), BackendError> {
        if let Some(look) = &*self.look.lock().unwrap() {
            look();
        }
        self.memory.apply(batch)
    }

    fn maintain(&self) -> Result<(), BackendError> {
        Ok(())
    }
}

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

async fn seen(store: &KeyedStore<Looked>) -> [usize; 3] {
    let now = Timestamp::EPOCH.plus_seconds(60);
    [
        store.outbox_due(now, 9).await.unwrap().rows.len(),
        store.deadlines_due(now, 9).await.unwrap().rows.len(),
        store.inbox_pending(9).await.unwrap().rows.len(),
    ]
}

#[tokio::test]
async fn what_was_not_visible_yet_is_found_later() {
    let backend = Looked::default();
    let store = Arc::new(KeyedStore::open(backend.clone()).unwrap());
    let (looking, looks) = (Arc::downgrade(&store), Arc::new(Mutex::new(Vec::new())));
    let noted = looks.clone();
    let look = move || {
        let store = looking.upgrade().unwrap();
        noted.lock().unwrap().push(futures_util::FutureExt::now_or_never(seen(&store)).unwrap());
    };
    *backend.look.lock().unwrap() = Some(Box::new(look));
    store.append_with_outbox(commit()).await.unwrap();
    assert_eq!(*looks.lock().unwrap(), [[0, 0, 0]], "nothing is seen before it is durable");
    assert_eq!(seen(&store).await, [1, 1, 1]);
}
