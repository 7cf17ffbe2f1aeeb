//! The writer: whoever waits while a sync is under way goes with the next one, in one batch, checked one by one.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};

use crate::testing::guarded::Guarded;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use mako_engine::commit::{Commit, CommitError, NewEvent};
use mako_engine::store::backend::BackendError;
use mako_engine::store::{AtomicAppend, EventStore, KeyedStore, Payload, StoreError, StoreOptions, Writing};
use mako_engine::{BusinessKey, Cause, ExpectedVersion, Id, TenantId, Timestamp};

/// Counts batches, and lets none through while it is shut.
#[derive(Default)]
struct Gate {
    batches: AtomicUsize,
    at_gate: AtomicUsize,
    failing: AtomicUsize,
    shut: Mutex<bool>,
    moved: Condvar,
}

impl Gate {
    fn shut(&self, shut: bool) {
        *self.shut.lock().unwrap() = shut;
        self.moved.notify_all();
    }

    fn pass(&self) -> Result<(), BackendError> {
        self.at_gate.fetch_add(1, SeqCst);
        drop(self.moved.wait_while(self.shut.lock().unwrap(), |shut| *shut).unwrap());
        self.batches.fetch_add(1, SeqCst);
        if self.failing.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_err() {
            return Ok(());
        }
        Err(BackendError::io("writing a commit", std::io::Error::other("the disk is full")))
    }
}

/// Empty memory behind a gate.
fn gated() -> (Guarded, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let passed = gate.clone();
    (Guarded::before(move || passed.pass()), gate)
}

fn commit(stream: &str) -> Commit {
    let mut commit = Commit::new(TenantId::new("t"), stream.into(), Timestamp::EPOCH, Cause::Command("test".to_owned()));
    let payload = Payload::encode(&stream).unwrap();
    commit.events.push(NewEvent { id: Id::from_u128(1), event_type: "Happened".to_owned(), schema_version: 1, payload });
    commit
}

fn open(backend: &Guarded, writing: Writing) -> KeyedStore<Guarded> {
    KeyedStore::open_with(backend.clone(), StoreOptions { writing, probe: None }).unwrap()
}

#[tokio::test]
async fn a_lone_commit_waits_for_nobody() {
    for writing in [Writing::Inline, Writing::Thread] {
        let (backend, gate) = gated();
        let store = open(&backend, writing);
        for number in 1..=3 {
            store.append_with_outbox(commit("s")).await.unwrap();
            assert_eq!(gate.batches.load(SeqCst), number);
        }
    }
}

#[tokio::test]
async fn commits_of_one_instant_are_one_batch() {
    let (backend, gate) = gated();
    let store = open(&backend, Writing::Inline);
    let streams: Vec<String> = (0..64).map(|number| format!("s{number}")).collect();
    let committed = join_all(streams.iter().map(|stream| store.append_with_outbox(commit(stream)))).await;
    let positions: Vec<u64> = committed.into_iter().map(|committed| committed.unwrap().first_position).collect();
    assert_eq!(positions, (1..=64).collect::<Vec<u64>>(), "disjoint streams never conflict, and positions have no gap");
    assert_eq!(gate.batches.load(SeqCst), 1);
}

#[tokio::test]
async fn who_comes_while_a_sync_is_under_way_goes_with_the_next() {
    let (backend, gate) = gated();
    let store = Arc::new(open(&backend, Writing::Thread));
    gate.shut(true);
    let mut first = Box::pin(store.append_with_outbox(commit("first")));
    assert!((&mut first).now_or_never().is_none());
    while gate.at_gate.load(SeqCst) == 0 {
        std::thread::yield_now();
    }
    let streams: Vec<String> = (0..63).map(|number| format!("s{number}")).collect();
    let mut others = Box::pin(join_all(streams.iter().map(|stream| store.append_with_outbox(commit(stream)))));
    assert!((&mut others).now_or_never().is_none(), "they wait");
    assert_eq!(store.read_all(0, 99).await.unwrap(), [], "nothing is seen before it is durable");
    gate.shut(false);
    first.await.unwrap();
    assert!(others.await.into_iter().all(|committed| committed.is_ok()));
    assert_eq!(gate.batches.load(SeqCst), 2, "64 commits, two syncs");
    assert_eq!(store.verify(None).unwrap().events, 64);
}

#[tokio::test]
async fn members_of_a_group_see_each_other() {
    let (backend, gate) = gated();
    let store = open(&backend, Writing::Inline);
    let started = |stream: &str| {
        let mut commit = commit(stream);
        commit.expected = ExpectedVersion::NoStream;
        commit.starts = Some(identity(stream));
        commit.claims = vec![BusinessKey::new("malo")];
        commit
    };
    let both = join_all([started("a"), started("a"), started("b"), commit("c")].map(|commit| store.append_with_outbox(commit))).await;
    let [Ok(_), Err(CommitError::Conflict { actual: 1, .. }), Err(CommitError::BusinessKeyTaken { .. }), Ok(last)] = &both[..] else {
        panic!("{both:?}");
    };
    assert_eq!(last.first_position, 2, "the refused take no position");
    assert_eq!(gate.batches.load(SeqCst), 1);
}

#[tokio::test]
async fn a_failed_sync_is_told_to_everybody_and_nothing_is_acknowledged() {
    let (backend, gate) = gated();
    let store = open(&backend, Writing::Inline);
    gate.failing.store(1, SeqCst);
    let both = join_all([commit("a"), commit("b")].map(|commit| store.append_with_outbox(commit))).await;
    assert!(both.iter().all(|answer| matches!(answer, Err(CommitError::Store(StoreError::Backend(_))))), "{both:?}");
    assert_eq!(store.read_all(0, 9).await.unwrap(), []);
    assert!(store.append_with_outbox(commit("a")).await.unwrap_err().is_final(), "nobody knows what is on the medium");
    drop(store);
    let store = open(&backend, Writing::Inline);
    assert_eq!(store.append_with_outbox(commit("a")).await.unwrap().first_position, 1, "the numbers begin where the log ends");
}

#[tokio::test]
async fn who_goes_away_before_its_turn_has_written_nothing() {
    let (backend, _) = gated();
    let store = open(&backend, Writing::Inline);
    let mut gone = Box::pin(store.append_with_outbox(commit("gone")));
    assert!((&mut gone).now_or_never().is_none());
    drop(gone);
    store.append_with_outbox(commit("stays")).await.unwrap();
    let streams: Vec<String> = store.read_all(0, 9).await.unwrap().iter().map(|event| event.stream.to_string()).collect();
    assert_eq!(streams, ["stays"]);
}

#[tokio::test]
async fn a_closed_store_answers_whoever_still_waits() {
    let (backend, _) = gated();
    let store = open(&backend, Writing::Thread);
    store.append_with_outbox(commit("s")).await.unwrap();
    drop(store);
    let store = open(&backend, Writing::Thread);
    assert_eq!(store.append_with_outbox(commit("s")).await.unwrap().version, 2);
}

fn identity(stream: &str) -> mako_engine::registry::ProcessIdentity {
    let (tenant, workflow, rules) = (TenantId::new("t"), "test".to_owned(), mako_engine::FormatVersion::LATEST);
    mako_engine::registry::ProcessIdentity { tenant, stream: stream.into(), workflow, rules }
}
