//! In production, whoever commits while nobody else writes is the writer: no other thread has to be woken for it. Who comes meanwhile goes
//! with the next sync, the tasks beside go on, and where nobody could go on the store's own thread writes.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use mako_engine::commit::NewEvent;
use mako_engine::store::backend::BackendError;
use mako_engine::store::{AtomicAppend as _, EventStore as _, KeyedStore, Payload, StoreError, StoreOptions, Writing};
use mako_engine::testing::MemoryBackend;
use mako_engine::{Cause, Commit, CommitError, Id, TenantId, Timestamp};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use crate::testing::guarded::Guarded;

const THREAD: &str = "mako-writer";

/// Who wrote: for each batch the name of the thread.
type Writers = Arc<Mutex<Vec<String>>>;

fn watched() -> (Arc<KeyedStore<Guarded>>, Writers) {
    let writers = Writers::default();
    let seen = writers.clone();
    let backend = Guarded::before(move || {
        seen.lock().unwrap().push(std::thread::current().name().unwrap_or_default().to_owned());
        Ok(())
    });
    (open(backend), writers)
}

fn open(backend: Guarded) -> Arc<KeyedStore<Guarded>> {
    Arc::new(KeyedStore::open_with(backend, StoreOptions { writing: Writing::Thread, probe: None }).unwrap())
}

fn commit(stream: &str) -> Commit {
    let mut commit = Commit::new(TenantId::new("t"), stream.into(), Timestamp::EPOCH, Cause::Command("test".to_owned()));
    let payload = Payload::encode(&stream).unwrap();
    commit.events.push(NewEvent { id: Id::from_u128(1), event_type: "Happened".to_owned(), schema_version: 1, payload });
    commit
}

fn workers(threads: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(threads).thread_name("worker").build().unwrap()
}

#[test]
fn on_a_worker_of_several_the_caller_writes() {
    let (store, writers) = watched();
    let runtime = workers(2);
    let task = runtime.spawn(async move {
        for _ in 0..3 {
            store.append_with_outbox(commit("s")).await.unwrap();
        }
    });
    runtime.block_on(task).unwrap();
    assert_eq!(*writers.lock().unwrap(), ["worker"; 3]);
}

#[test]
fn anywhere_else_the_thread_writes() {
    let (store, writers) = watched();
    let append = || async { store.append_with_outbox(commit("s")).await.map(drop).unwrap() };
    Builder::new_current_thread().build().unwrap().block_on(append());
    workers(2).block_on(append());
    LocalSet::new().block_on(&workers(2), append());
    assert_eq!(*writers.lock().unwrap(), [THREAD; 3]);
}

#[test]
fn who_is_joined_into_the_task_of_the_caller_goes_with_it() {
    let (store, writers) = watched();
    let runtime = workers(2);
    let task = runtime.spawn(async move {
        let streams: Vec<String> = (0..64).map(|number| format!("s{number}")).collect();
        join_all(streams.iter().map(|stream| store.append_with_outbox(commit(stream)))).await.into_iter().all(|answer| answer.is_ok())
    });
    assert!(runtime.block_on(task).unwrap());
    assert_eq!(*writers.lock().unwrap(), ["worker"], "64 commits, one sync");
}

/// With one worker only, nobody but the task that is given away could go on.
#[test]
fn while_a_caller_writes_the_tasks_beside_go_on_and_their_commits_share_the_next_sync() {
    let (inside, batches) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(0)));
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (entered, counted, released) = (inside.clone(), batches.clone(), Mutex::new(released));
    let store = open(Guarded::before(move || {
        *counted.lock().unwrap() += 1;
        if !entered.swap(true, SeqCst) {
            // Only another task of the same runtime can end this wait.
            released.lock().unwrap().recv().unwrap();
        }
        Ok(())
    }));
    let runtime = workers(1);
    let first = runtime.spawn({
        let store = store.clone();
        async move { store.append_with_outbox(commit("first")).await.is_ok() }
    });
    while !inside.load(SeqCst) {
        std::thread::yield_now();
    }
    let waiting = store.clone();
    let streams: Vec<String> = (0..63).map(|number| format!("s{number}")).collect();
    let others = runtime.spawn(async move {
        let mut commits: Vec<_> = streams.iter().map(|stream| Box::pin(waiting.append_with_outbox(commit(stream)))).collect();
        // Asked once, each of them waits in the queue; joined, most of them would come to it only after the release.
        let nobody_yet = commits.iter_mut().all(|commit| futures_util::FutureExt::now_or_never(commit).is_none());
        release.send(()).unwrap();
        nobody_yet && join_all(commits).await.into_iter().all(|answer| answer.is_ok())
    });
    assert!(runtime.block_on(first).unwrap() && runtime.block_on(others).unwrap());
    assert_eq!(*batches.lock().unwrap(), 2, "64 commits, two syncs");
    assert_eq!(store.verify(None).unwrap().events, 64);
}

#[test]
fn a_failed_sync_of_a_caller_closes_the_store() {
    let store = open(Guarded::after(MemoryBackend::default(), || Err(BackendError::io("syncing", std::io::Error::other("no disk")))));
    let runtime = workers(2);
    let task = runtime.spawn(async move {
        for _ in 0..2 {
            let refused = store.append_with_outbox(commit("s")).await.unwrap_err();
            assert!(refused.is_final() && refused.to_string().contains("no disk"), "{refused}");
        }
    });
    runtime.block_on(task).unwrap();
}

#[test]
fn a_panic_while_a_caller_writes_is_told_to_everybody_and_closes_the_store() {
    let store = open(Guarded::before(|| panic!("a bug")));
    let runtime = workers(2);
    let task = runtime.spawn(async move {
        let both = join_all(["a", "b"].map(|stream| store.append_with_outbox(commit(stream)))).await;
        for refused in both {
            let refused = refused.unwrap_err();
            assert!(refused.is_final() && refused.to_string().contains("panicked while it wrote"), "{refused}");
        }
        let after = store.append_with_outbox(commit("a")).await;
        assert!(matches!(after, Err(CommitError::Store(StoreError::Closed))), "{after:?}");
        store.read_all(0, 9).await.unwrap().len()
    });
    assert_eq!(runtime.block_on(task).expect("the panic is the store's, not the task's"), 0);
}

#[test]
fn a_caller_that_goes_away_before_it_leads_has_written_nothing_and_holds_nobody_up() {
    let (store, writers) = watched();
    let runtime = workers(2);
    let task = runtime.spawn(async move {
        let mut gone = Box::pin(store.append_with_outbox(commit("gone")));
        assert!(futures_util::FutureExt::now_or_never(&mut gone).is_none());
        drop(gone);
        store.append_with_outbox(commit("stays")).await.unwrap();
        store.read_all(0, 9).await.unwrap().iter().map(|event| event.stream.to_string()).collect::<Vec<_>>()
    });
    assert_eq!(runtime.block_on(task).unwrap(), ["stays"]);
    assert_eq!(writers.lock().unwrap().len(), 1);
}
