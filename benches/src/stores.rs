//! Stores, engines and processes of a given size, for whoever measures them.
//!
//! `DISK` is the disk of cargo's target directory, where a sync costs what it costs; `NO_DISK` is memory that looks like a disk, where a
//! sync is free, so that the work of the store is seen alone: that is what the benches call unsynced, because the store always syncs.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use futures_util::FutureExt as _;
use mako_engine::commit::{NewDeadline, NewEvent, NewOutboxMessage};
use mako_engine::registry::ProcessIdentity;
use mako_engine::routing::Adapters;
use mako_engine::snapshot::Snapshot;
use mako_engine::store::backend::Backend;
use mako_engine::store::fjall::{FjallBackend, FjallOptions, Workers};
use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload, Store, StoreOptions, Writing};
use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
use mako_engine::{Commit, EngineBuilder, EngineContext, FormatVersion, Id, Outgoing, Process, StreamId, TenantId, Timestamp};

use crate::meter_readings::{MeterReadings, ReadingReceived, commit_of};

/// Where cargo builds, so a disk.
pub const DISK: &str = env!("CARGO_MANIFEST_DIR");
/// Memory that looks like a disk, on Linux.
pub const NO_DISK: &str = "/dev/shm";
/// Whose processes these are.
pub const TENANT: &str = "9999000001012";
/// The process that is measured.
pub const STREAM: &str = "meter-readings/1";

/// What a bench meets that it cannot go on with.
pub type Failed = Box<dyn Error>;

/// A directory for stores below cargo's target directory.
#[must_use]
pub fn on_disk() -> PathBuf {
    Path::new(DISK).join("../target")
}

/// A store on fjall as in production.
///
/// # Errors
/// The directory does not open.
pub fn production(dir: &Path, writing: Writing) -> Result<KeyedStore<FjallBackend>, Failed> {
    let (backend, _) = FjallBackend::open(dir, FjallOptions::default())?;
    Ok(KeyedStore::open_with(backend, StoreOptions { writing, probe: None })?)
}

/// The same directory with everything in tables, and nothing in memory but their blocks.
///
/// # Errors
/// The directory does not open.
pub fn in_tables(dir: &Path) -> Result<KeyedStore<FjallBackend>, Failed> {
    let options = FjallOptions { workers: Workers::Inline, journal_bytes: 0, ..FjallOptions::default() };
    let (backend, _) = FjallBackend::open(dir, options)?;
    backend.maintain()?;
    Ok(KeyedStore::open(backend)?)
}

/// A store in memory, without a thread.
///
/// # Errors
/// None that memory gives.
pub fn memory() -> Result<KeyedStore<MemoryBackend>, Failed> {
    Ok(KeyedStore::open(MemoryBackend::default())?)
}

/// The answer of a store that has no thread: it waits for nobody, its writer only lets others queue up first.
///
/// # Panics
/// When it waits all the same.
pub fn settled<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    (0..100_000).find_map(|_| call.as_mut().now_or_never()).expect("a store without a thread answers at once")
}

/// Commits, on a store without a thread.
///
/// # Panics
/// When the store refuses.
pub fn append<B: Backend>(store: &KeyedStore<B>, commit: Commit) {
    settled(store.append_with_outbox(commit)).expect("a commit");
}

/// An engine over `store` whose processes are meter readings.
///
/// # Errors
/// None that the wiring gives.
pub fn engine(store: Arc<dyn Store>) -> Result<EngineContext, Failed> {
    let clock = Arc::new(ManualClock::at(ReadingReceived::number(0).received_at));
    let engine = EngineBuilder::new(TenantId::new(TENANT), store, clock, Arc::new(SeededIds::new(1)));
    Ok(engine.workflow::<MeterReadings>(Adapters::none()).build()?)
}

/// Gives `store` the process [`STREAM`] with `events` readings, and with a snapshot after `snapshot_at` of them.
///
/// # Errors
/// A reading does not serialise.
pub fn fill<B: Backend>(store: &KeyedStore<B>, events: u64, snapshot_at: Option<u64>) -> Result<(), Failed> {
    let (mut first, mut kwh) = (0, 0);
    while first < events {
        let count = snapshot_at.filter(|at| *at > first).unwrap_or(events).min(first + 100) - first;
        let mut commit = commit_of(STREAM, first, count)?;
        if first == 0 {
            commit.starts = Some(identity());
        }
        kwh += (first..first + count).map(|number| ReadingReceived::number(number).kwh).sum::<u64>();
        first += count;
        if snapshot_at == Some(first) {
            commit.snapshot = Some(Snapshot {
                version: first,
                workflow: "meter-readings".to_owned(),
                state_version: 1,
                state: Payload::encode(&(first, kwh))?,
            });
        }
        append(store, commit);
    }
    Ok(())
}

/// Gives `store` so many events of other processes, a hundred each: what lies beside the process that is measured.
///
/// # Errors
/// A reading does not serialise.
pub fn fill_beside<B: Backend>(store: &KeyedStore<B>, events: u64) -> Result<(), Failed> {
    for first in (0..events).step_by(100) {
        append(store, commit_of(&format!("beside/{first}"), 100_000_000 + first, 100.min(events - first))?);
    }
    Ok(())
}

fn identity() -> ProcessIdentity {
    let (tenant, stream) = (TenantId::new(TENANT), StreamId::new(STREAM));
    ProcessIdentity { tenant, stream, workflow: "meter-readings".to_owned(), rules: FormatVersion::LATEST }
}

/// The process that [`fill`] made.
///
/// # Errors
/// It is not there.
pub fn process(engine: &EngineContext) -> Result<Process<MeterReadings>, Failed> {
    Ok(settled(engine.resume::<MeterReadings>(&StreamId::new(STREAM)))?)
}

/// `pending` messages wait in the outbox of `store` and as many deadlines stand, a hundred processes of one event each at a time.
///
/// # Errors
/// A message does not serialise.
pub fn fill_queues<B: Backend>(store: &KeyedStore<B>, pending: u64) -> Result<(), Failed> {
    for number in 0..pending {
        append(store, queueing(&format!("waits/{number}"), number)?);
    }
    Ok(())
}

/// One event, a message and a deadline.
///
/// # Errors
/// The message does not serialise.
pub fn queueing(stream: &str, number: u64) -> Result<Commit, Failed> {
    let mut commit = commit_of(stream, number, 1)?;
    let message = Outgoing::new("as4", "9999000002010", "UTILMD 55002", &ReadingReceived::number(number))?.fulfils("answer");
    commit.outbox.push(NewOutboxMessage { id: message_id(number), message });
    let due = commit.at.plus_seconds(86_400);
    commit.deadlines_set.push(NewDeadline { label: "answer".into(), due, reason: "WT+1".to_owned() });
    Ok(commit)
}

/// The id of the message that [`queueing`] queues.
#[must_use]
pub fn message_id(number: u64) -> Id {
    Id::from_u128((u128::from(number) << 8) | 1)
}

/// The bytes of every stored event: the fastest that a replay can be.
///
/// # Panics
/// When there are none, or the store fails.
pub fn raw_scan<B: Backend>(store: &KeyedStore<B>) -> usize {
    let mut bytes = 0;
    let visit = &mut |_: &[u8], value: &[u8]| {
        bytes += value.len();
        ControlFlow::Continue(())
    };
    store.backend().scan(b"E", b"F", visit).expect("a scan");
    assert!(bytes > 0, "nothing to replay");
    bytes
}

/// An event with another id, in another stream.
#[must_use]
pub fn renamed(commit: &Commit, stream: &str, id: u128) -> Commit {
    let events = commit.events.iter().zip(id..).map(|(event, id)| NewEvent { id: Id::from_u128(id), ..event.clone() }).collect();
    Commit { stream: StreamId::new(stream), events, ..commit.clone() }
}

/// Some instant after everything that waits in these stores.
#[must_use]
pub fn later() -> Timestamp {
    Timestamp::MAX.plus_ms(-1)
}
