//! Everything that can be asked of a store, and whether it answers as the model does.

use std::collections::BTreeMap;

use mako_engine::inbox::InboxEntry;
use mako_engine::outbox::{OutboxCursor, OutboxMessage};
use mako_engine::registry::ProcessRecord;
use mako_engine::store::{Page, RecordedEvent, Store};
use mako_engine::{Id, Timestamp};

use super::Model;
use super::plan::{BUSINESS_KEYS, COMMANDS, CORRELATIONS, SECONDS, STREAMS, TENANTS, at, inbox_keys, views};

/// The first so many, as every page promises.
fn first<T: Clone>(all: &[T], limit: usize) -> Vec<T> {
    all.iter().take(limit).cloned().collect()
}

fn read<T>(page: Page<T>) -> Vec<T> {
    assert_eq!(page.unreadable, []);
    page.rows
}

/// Limits that cut, that do not, and none.
const LIMITS: [usize; 4] = [0, 1, 3, usize::MAX];

/// Asserts that everything readable in `store` is as `model` says.
pub async fn assert_agrees(store: &dyn Store, model: &Model) {
    events(store, model).await;
    outbox(store, model).await;
    deadlines(store, model).await;
    inbox(store, model).await;
    processes(store, model).await;
    snapshots_and_views(store, model).await;
    assert_eq!(store.dead_letters().await.expect("reads").rows, model.letters);
}

async fn events(store: &dyn Store, model: &Model) {
    for (after, limit) in LIMITS.into_iter().map(|limit| (0, limit)).chain([(1, 2), (5, usize::MAX), (u64::MAX, 1)]) {
        let expected: Vec<_> = model.log.iter().filter(|event| event.position > after).cloned().collect();
        assert_eq!(store.read_all(after, limit).await.expect("reads"), first(&expected, limit));
        for (tenant, stream) in places() {
            let mine = |event: &&RecordedEvent| event.tenant == tenant && event.stream == stream && event.version > after;
            let expected: Vec<_> = model.log.iter().filter(mine).cloned().collect();
            assert_eq!(store.read_stream(&tenant, &stream, after, limit).await.expect("reads"), first(&expected, limit));
        }
    }
}

fn places() -> Vec<super::Place> {
    TENANTS.into_iter().flat_map(|tenant| STREAMS.map(|stream| (tenant.into(), stream.into()))).collect()
}

async fn outbox(store: &dyn Store, model: &Model) {
    let mut queued: Vec<OutboxMessage> = model.queued.values().cloned().collect();
    queued.sort_by_key(|message| (message.next_try, message.id));
    for now in (0..=SECONDS).step_by(4).map(at).chain([Timestamp::MAX]) {
        let due: Vec<_> = queued.iter().filter(|message| message.next_try <= now).cloned().collect();
        for limit in LIMITS {
            assert_eq!(read(store.outbox_due(now, limit).await.expect("reads")), first(&due, limit), "due at {now}, {limit}");
        }
    }
    queued.sort_by_key(OutboxMessage::cursor);
    let middle = queued.get(queued.len() / 2).map_or(OutboxCursor::START, OutboxMessage::cursor);
    for after in [OutboxCursor::START, middle, OutboxCursor { caused_by: u64::MAX, id: Id::from_u128(u128::MAX) }] {
        let fed: Vec<_> = queued.iter().filter(|message| message.cursor() > after).cloned().collect();
        for limit in LIMITS {
            assert_eq!(read(store.outbox_after(after, limit).await.expect("reads")), first(&fed, limit), "after {after:?}, {limit}");
        }
    }
    for message in &queued {
        assert_eq!(store.outbox_message(message.id).await.expect("reads").as_ref(), Some(message));
    }
    assert_eq!(store.outbox_message(Id::from_u128(0)).await.expect("reads"), None);
}

async fn deadlines(store: &dyn Store, model: &Model) {
    let mut standing: Vec<_> = model.deadlines.values().cloned().collect();
    for (tenant, stream) in places() {
        let mine: Vec<_> = standing.iter().filter(|one| one.tenant == tenant && one.stream == stream).cloned().collect();
        assert_eq!(store.deadlines_of(&tenant, &stream).await.expect("reads"), mine);
    }
    standing.sort_by_key(|one| (one.due, one.tenant.clone(), one.stream.clone(), one.label.clone()));
    for now in (0..=SECONDS).step_by(3).map(at).chain([Timestamp::MAX]) {
        let next = standing.iter().map(|one| one.due).find(|due| *due > now);
        assert_eq!(store.deadline_next_after(now).await.expect("reads"), next, "next after {now}");
        let due: Vec<_> = standing.iter().filter(|one| one.due <= now).cloned().collect();
        for limit in LIMITS {
            assert_eq!(read(store.deadlines_due(now, limit).await.expect("reads")), first(&due, limit), "due at {now}, {limit}");
        }
    }
}

async fn inbox(store: &dyn Store, model: &Model) {
    for key in inbox_keys() {
        assert_eq!(store.inbox_entry(&key).await.expect("reads").as_ref(), model.inbox.get(&key), "{key}");
        assert_eq!(store.inbox_payload(&key).await.expect("reads").as_ref(), model.payloads.get(&key), "{key}");
    }
    let mut pending: Vec<InboxEntry> = model.inbox.values().filter(|entry| !entry.done).cloned().collect();
    pending.sort_by_key(|entry| (entry.received_at, entry.key.clone()));
    for limit in LIMITS {
        assert_eq!(read(store.inbox_pending(limit).await.expect("reads")), first(&pending, limit));
    }
}

async fn processes(store: &dyn Store, model: &Model) {
    for (tenant, stream) in places() {
        let expected = model.processes.get(&(tenant.clone(), stream.clone())).cloned();
        assert_eq!(store.process(&tenant, &stream).await.expect("reads"), expected);
    }
    for tenant in TENANTS.map(Into::into) {
        let mine: Vec<ProcessRecord> = model.processes.iter().filter(|((of, _), _)| *of == tenant).map(|(_, one)| one.clone()).collect();
        assert_eq!(store.processes(&tenant).await.expect("reads"), mine);
        for key in BUSINESS_KEYS.map(Into::into) {
            assert_eq!(store.holder(&tenant, &key).await.expect("reads"), model.holder(&tenant, &key), "who holds {key}");
        }
        for key in COMMANDS.map(mako_engine::IdempotencyKey::from) {
            let expected = model.executed.get(&(tenant.clone(), key.clone())).cloned();
            assert_eq!(store.executed(&tenant, &key).await.expect("reads"), expected, "where {key} was executed");
        }
        for key in CORRELATIONS.map(Into::into) {
            let named = model.correlations.iter().filter(|(of, one, _)| *of == tenant && *one == key);
            let expected: Vec<_> = named.map(|(_, _, stream)| model.processes[&(tenant.clone(), stream.clone())].clone()).collect();
            assert_eq!(store.correlated(&tenant, &key).await.expect("reads"), expected, "under {key}");
        }
    }
}

async fn snapshots_and_views(store: &dyn Store, model: &Model) {
    for (tenant, stream) in places() {
        let expected = model.snapshots.get(&(tenant.clone(), stream.clone())).cloned();
        assert_eq!(store.snapshot(&tenant, &stream).await.expect("reads"), expected);
    }
    for view in views() {
        let name = view.to_string();
        assert_eq!(store.checkpoint(&view).await.expect("reads"), model.checkpoint(&name), "{name}");
        let rows: BTreeMap<Vec<u8>, Vec<u8>> =
            model.rows.iter().filter(|((of, _), _)| *of == name).map(|((_, key), row)| (key.clone(), row.clone())).collect();
        for prefix in [&[][..], b"\0", b"a", b"\xff", b"\xff\xff", b"zz"] {
            let expected: Vec<_> = rows.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(k, v)| (k.clone(), v.clone())).collect();
            for limit in LIMITS {
                assert_eq!(store.view_rows(&view, prefix, limit).await.expect("reads"), first(&expected, limit), "{name} {prefix:?}");
            }
            assert_eq!(store.view_row(&view, prefix).await.expect("reads").as_ref(), rows.get(prefix), "{name} {prefix:?}");
        }
    }
}
