//! The engine beside the physical floor of the machine it runs on, as ratios from one run: `cargo bench -p mako-benches --bench ratios`.
//!
//! Absolutes on a shared machine say little, so each figure is measured in turns with its floor, and medians are compared: a lone synced
//! commit beside one `fdatasync` of as many bytes, 64 writers beside one, replay beside a scan of the same bytes.
//!
//! The floor of a commit is a sync of a file that grows: fjall appends to the journal of a directory that it opens again, and writes into
//! preallocated space only after its first rotation, at 64 MB. What a sync of preallocated space costs stands beside it.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use mako_benches::meter_readings::{MeterReadings, commit_of};
use mako_engine::registry::ProcessIdentity;
use mako_engine::routing::Adapters;
use mako_engine::store::backend::Backend;
use mako_engine::store::fjall::journal::valid_prefix;
use mako_engine::store::fjall::{FjallBackend, FjallOptions, Maintained, Workers};
use mako_engine::store::{AtomicAppend as _, KeyedStore, StoreOptions, Writing};
use mako_engine::{Commit, EngineBuilder, FormatVersion, Process, StreamId, SystemClock, SystemIds, TenantId};

const ROUNDS: usize = 40;
const PER_ROUND: u64 = 25;
const WRITERS: u64 = 64;

fn main() {
    let disk = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory on the disk of cargo");
    println!("{:<46} {:>12} {:>12} {:>8}", "what", "this", "floor", "ratio");
    commits(disk.path());
    syncs(disk.path());
    for events in [1_000, 10_000] {
        replay(disk.path(), events, State::InMemory);
        replay(disk.path(), events, State::InTables);
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the machine's time")]
fn timed(work: impl FnOnce()) -> Duration {
    let begin = std::time::Instant::now();
    work();
    begin.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn line(what: &str, this: String, floor: String, ratio: f64) {
    println!("{what:<46} {this:>12} {floor:>12} {ratio:>8.2}");
}

fn open(dir: &Path, writing: Writing) -> KeyedStore<FjallBackend> {
    let (backend, _) = FjallBackend::open(dir, FjallOptions::default()).expect("opens");
    KeyedStore::open_with(backend, StoreOptions { writing, probe: None }).expect("opens")
}

/// A lone writer beside the disk, and many writers beside a lone one, in turns.
fn commits(home: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let store = open(&home.join("commits"), Writing::Thread);
    let inline = open(&home.join("inline"), Writing::Inline);
    let file = |name| OpenOptions::new().create(true).write(true).truncate(true).open(home.join(name)).expect("a file");
    let (mut growing, mut preallocated) = (file("growing"), file("preallocated"));
    preallocated.set_len(64 << 20).expect("room");
    let mut number = 0;
    let (mut sync, mut in_place, mut lone, mut on_task, mut many) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        sync.extend((0..PER_ROUND).map(|_| timed(|| write_and_sync(&mut growing))));
        in_place.extend((0..PER_ROUND).map(|_| timed(|| write_and_sync(&mut preallocated))));
        for (times, store) in [(&mut lone, &store), (&mut on_task, &inline)] {
            for _ in 0..PER_ROUND {
                number += 1;
                let commit = commit_of(&format!("lone/{}", number / 300), number, 1).expect("a commit");
                times.push(timed(|| assert!(runtime.block_on(store.append_with_outbox(commit)).is_ok())));
            }
        }
        let commits: Vec<_> =
            (0..WRITERS * PER_ROUND).map(|n| commit_of(&format!("many/{}", n % WRITERS), number + n, 1).expect("a commit")).collect();
        number += WRITERS * PER_ROUND;
        many.push(timed(|| runtime.block_on(write_all(&store, commits))));
    }
    let (sync, in_place, lone, on_task) = (median(sync), median(in_place), median(lone), median(on_task));
    let us = |time: Duration| format!("{:.0} µs", time.as_secs_f64() * 1e6);
    line("fdatasync, growing file / preallocated file", us(sync), us(in_place), sync.as_secs_f64() / in_place.as_secs_f64());
    line("lone commit, writer thread / fdatasync", us(lone), us(sync), lone.as_secs_f64() / sync.as_secs_f64());
    line("lone commit, on the task / fdatasync", us(on_task), us(sync), on_task.as_secs_f64() / sync.as_secs_f64());
    let many = (WRITERS * PER_ROUND) as f64 / median(many).as_secs_f64();
    let one = 1.0 / lone.as_secs_f64();
    line("64 writers / one writer, commits per second", format!("{many:.0}"), format!("{one:.0}"), many / one);
}

/// How many batches, and so syncs, the journal has per commit: with one writer, and with 64.
fn syncs(home: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let dir = home.join("syncs");
    let store = open(&dir, Writing::Thread);
    let batches = || valid_prefix(&dir).expect("a journal").batches;
    let count = |what: &str, commits: Vec<Commit>, write: &dyn Fn(Vec<Commit>)| {
        let (before, made) = (batches(), commits.len());
        write(commits);
        let made_batches = batches() - before;
        line(what, format!("{made_batches}"), format!("{made}"), made_batches as f64 / made as f64);
    };
    let readings = |streams: u64| {
        (0..WRITERS * PER_ROUND).map(|n| commit_of(&format!("{streams}/{}", n % streams), n, 1).expect("a commit")).collect::<Vec<_>>()
    };
    count("syncs / commits, one writer", readings(1), &|commits| {
        commits.into_iter().for_each(|commit| assert!(runtime.block_on(store.append_with_outbox(commit)).is_ok()));
    });
    count("syncs / commits, 64 writers", readings(WRITERS), &|commits| runtime.block_on(write_all(&store, commits)));
}

/// About as many bytes as a commit of one event journals.
fn write_and_sync(file: &mut File) {
    file.write_all(&[7; 700]).expect("writes");
    file.sync_data().expect("syncs");
}

/// 64 writers, each with its own stream, each waiting for its commit before the next one.
async fn write_all(store: &KeyedStore<FjallBackend>, commits: Vec<Commit>) {
    let mut queues: Vec<Vec<_>> = (0..WRITERS).map(|_| Vec::new()).collect();
    for (n, commit) in commits.into_iter().enumerate() {
        queues[n % WRITERS as usize].push(commit);
    }
    let writer = async |queue: Vec<_>| {
        for commit in queue {
            store.append_with_outbox(commit).await.expect("commits");
        }
    };
    join_all(queues.into_iter().map(writer)).await;
}

/// Where the events of a process are: a young one's in memory, an old one's in tables.
#[derive(Debug, Clone, Copy)]
enum State {
    InMemory,
    InTables,
}

/// Typed replay of one process beside a scan of its bytes, everything warm, in turns.
fn replay(home: &Path, events: u64, state: State) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let dir = home.join(format!("replay-{events}-{state:?}"));
    let store = Arc::new(open(&dir, Writing::Inline));
    let stream = StreamId::new("meter-readings/1");
    for first in (0..events).step_by(100) {
        let mut commit = commit_of(stream.as_str(), first, 100).expect("a commit");
        if first == 0 {
            let (tenant, workflow) = (commit.tenant.clone(), "meter-readings".to_owned());
            commit.starts = Some(ProcessIdentity { tenant, stream: stream.clone(), workflow, rules: FormatVersion::LATEST });
        }
        runtime.block_on(store.append_with_outbox(commit)).expect("commits");
    }
    let (what, store) = match state {
        State::InMemory => ("in memory", store),
        State::InTables => {
            drop(store);
            let options = FjallOptions { workers: Workers::Inline, journal_bytes: 0, ..FjallOptions::default() };
            let (backend, _) = FjallBackend::open(dir, options).expect("opens");
            assert_eq!(backend.maintain().expect("writes tables"), Maintained::Flushed);
            ("in tables", Arc::new(KeyedStore::open(backend).expect("opens")))
        }
    };
    let engine = EngineBuilder::new(TenantId::new("9999000001012"), store.clone(), Arc::new(SystemClock), Arc::new(SystemIds))
        .workflow::<MeterReadings>(Adapters::none())
        .build()
        .expect("an engine");
    let process: Process<MeterReadings> = runtime.block_on(engine.resume(&stream)).expect("a process");
    let fold = || assert_eq!(process.state().now_or_never().expect("reads at once").expect("a state").0, events);
    let scan = || {
        let mut bytes = 0;
        let visit = &mut |_: &[u8], value: &[u8]| {
            bytes += value.len();
            ControlFlow::Continue(())
        };
        store.backend().scan(b"E", b"F", visit).expect("scans");
        assert!(bytes > 0);
    };
    let (mut folds, mut scans) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS * 2 {
        scans.push(timed(scan));
        folds.push(timed(fold));
    }
    let (fold, scan) = (median(folds), median(scans));
    let rate = |time: Duration| format!("{:.2} M/s", events as f64 / time.as_secs_f64() / 1e6);
    line(&format!("replay of {events} events {what} / raw scan"), rate(fold), rate(scan), scan.as_secs_f64() / fold.as_secs_f64());
}
