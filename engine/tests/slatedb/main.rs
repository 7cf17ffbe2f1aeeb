//! The backend over object storage: bytes in order, durable when it says so, and one writer at a time.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt as _, StreamExt as _};
use mako_engine::commit::NewEvent;
use mako_engine::store::backend::{Backend, Write};
use mako_engine::store::slatedb::object_store::ObjectStore;
use mako_engine::store::slatedb::object_store::local::LocalFileSystem;
use mako_engine::store::slatedb::object_store::memory::InMemory;
use mako_engine::store::slatedb::{Flush, SlateBackend, SlateOptions};
use mako_engine::store::{AtomicAppend as _, EventStore as _, KeyedStore, Payload, StoreOptions, Writing};
use mako_engine::{Cause, Commit, CommitError, Id, Timestamp};

const AT_ONCE: SlateOptions = SlateOptions { flush: Flush::AtOnce };
const SHARED: SlateOptions = SlateOptions { flush: Flush::Every(Duration::from_millis(5)) };
const PATH: &str = "tenants/t";

fn directory(dir: &Path) -> Arc<dyn ObjectStore> {
    Arc::new(LocalFileSystem::new_with_prefix(dir).unwrap().with_fsync(true))
}

fn opened(objects: &Arc<dyn ObjectStore>, options: SlateOptions) -> SlateBackend {
    SlateBackend::open(PATH, objects.clone(), options).unwrap()
}

fn commit(stream: &str) -> Commit {
    let mut commit = Commit::new("t".into(), stream.into(), Timestamp::EPOCH, Cause::Command("test".to_owned()));
    let payload = Payload::encode(&stream).unwrap();
    commit.events.push(NewEvent { id: Id::from_u128(1), event_type: "Happened".to_owned(), schema_version: 1, payload });
    commit
}

fn pairs(backend: &SlateBackend, from: &[u8], to: &[u8]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut pairs = BTreeMap::new();
    let mut before = Vec::new();
    backend
        .scan(from, to, &mut |key, value| {
            assert!(key > before.as_slice(), "out of order");
            before = key.to_vec();
            pairs.insert(key.to_vec(), value.to_vec());
            ControlFlow::Continue(())
        })
        .unwrap();
    pairs
}

#[test]
fn it_answers_as_a_plain_map_does_over_many_tables_and_pages() {
    for options in [AT_ONCE, SHARED] {
        let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let mut model = BTreeMap::new();
        for life in 0..3_u32 {
            let backend = opened(&objects, options);
            assert_eq!(pairs(&backend, b"A", b"Z"), model);
            for round in 0..4_u32 {
                let mut batch = Vec::new();
                for number in 0..300_u32 {
                    let key = [b"E".as_slice(), &(number * 7 % 1_000).to_be_bytes()].concat();
                    // Rows without a value are rows.
                    let value = if number % 5 == 0 { Vec::new() } else { [life, round, number].map(u32::to_be_bytes).concat() };
                    if (number + round + life) % 3 == 0 {
                        model.remove(&key);
                        batch.push(Write::Delete(key));
                    } else {
                        model.insert(key.clone(), value.clone());
                        batch.push(Write::Put(key, value));
                    }
                }
                backend.apply(batch).unwrap();
                assert_eq!(pairs(&backend, b"E", b"F"), model);
            }
            let (from, to) = ([b"E".as_slice(), &100_u32.to_be_bytes()].concat(), [b"E".as_slice(), &900_u32.to_be_bytes()].concat());
            let expected: BTreeMap<_, _> = model.range(from.clone()..to.clone()).map(|(k, v)| (k.clone(), v.clone())).collect();
            assert_eq!(pairs(&backend, &from, &to), expected);
            assert_eq!(backend.last(&from, &to).unwrap(), expected.into_iter().next_back());
            assert_eq!(backend.last(b"F", b"G").unwrap(), None);
            assert_eq!(backend.last(&to, &from).unwrap(), None);
            for (key, value) in model.iter().take(9) {
                assert_eq!(backend.get(key).unwrap().as_ref(), Some(value));
            }
            let mut seen = 0;
            let stops = &mut |_: &[u8], _: &[u8]| {
                seen += 1;
                if seen == 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            backend.scan(b"E", b"F", stops).unwrap();
            assert_eq!(seen, 20, "a scan ends where it is told to, beyond its first page");
        }
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_for_the_next_one_who_opens_it() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..4_u64 {
        let store = KeyedStore::open(opened(&directory(dir.path()), AT_ONCE)).unwrap();
        assert_eq!(store.verify(None).unwrap().events, number);
        store.append_with_outbox(commit(&format!("s{number}"))).await.unwrap();
        if number % 2 == 0 {
            // Killed: nobody closes it.
            std::mem::forget(store);
        }
    }
}

#[tokio::test]
async fn a_fenced_writer_takes_no_more_and_says_why() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let old = KeyedStore::open(opened(&objects, AT_ONCE)).unwrap();
    old.append_with_outbox(commit("before")).await.unwrap();
    let new = KeyedStore::open(opened(&objects, AT_ONCE)).unwrap();
    new.append_with_outbox(commit("after")).await.unwrap();

    let refused = old.append_with_outbox(commit("too late")).await.unwrap_err();
    assert!(refused.to_string().contains("another writer has taken over"), "{refused}");
    assert!(matches!(&refused, CommitError::Store(error) if error.is_final()), "{refused}");
    assert!(old.backend().is_fenced() && !new.backend().is_fenced());
    let again = old.append_with_outbox(commit("before")).await.unwrap_err();
    assert!(matches!(&again, CommitError::Store(error) if error.is_final()), "{again}");
    drop(old);

    new.append_with_outbox(commit("afterwards")).await.unwrap();
    let streams: Vec<String> = new.read_all(0, 9).await.unwrap().iter().map(|event| event.stream.to_string()).collect();
    assert_eq!(streams, ["before", "after", "afterwards"]);
    assert_eq!(new.verify(None).unwrap().findings, []);
}

/// What is paid for is objects: commits that wait together share one.
#[test]
fn commits_that_wait_share_one_object() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let options = StoreOptions { writing: Writing::Thread, probe: None };
    let store = Arc::new(KeyedStore::open_with(opened(&objects, AT_ONCE), options).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let logged = || {
        let path = format!("{PATH}/wal").as_str().into();
        objects.list(Some(&path)).count().now_or_never().expect("a list in memory is there at once")
    };
    let before = logged();
    for number in 0..8 {
        let store = store.clone();
        runtime.block_on(runtime.spawn(async move { store.append_with_outbox(commit(&format!("alone{number}"))).await.unwrap() })).unwrap();
    }
    let alone = logged();
    assert_eq!(alone - before, 8, "one for each that comes alone");
    let together = store.clone();
    let joined = async move {
        let streams: Vec<String> = (0..64).map(|number| format!("joined{number}")).collect();
        join_all(streams.iter().map(|stream| together.append_with_outbox(commit(stream)))).await.into_iter().all(|answer| answer.is_ok())
    };
    assert!(runtime.block_on(runtime.spawn(joined)).unwrap());
    assert_eq!(logged() - alone, 1, "one for 64 that come together");
}
