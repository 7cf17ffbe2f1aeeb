//! Commits, in memory and synced on fjall; replay of a process, beside a scan of the same bytes, which is as fast as it can get.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::FutureExt as _;
use mako_benches::meter_readings::{MeterReadings, commit_of, full_commit};
use mako_engine::registry::ProcessIdentity;
use mako_engine::routing::Adapters;
use mako_engine::store::backend::Backend;
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::{AtomicAppend as _, KeyedStore};
use mako_engine::testing::MemoryBackend;
use mako_engine::{Commit, EngineBuilder, FormatVersion, StreamId, SystemClock, SystemIds, TenantId};

fn append<B: Backend>(store: &KeyedStore<B>, commit: Commit) {
    let mut appended = pin!(store.append_with_outbox(commit));
    // The writer lets others queue up first; nobody else is here.
    let mut answer = None;
    while answer.is_none() {
        answer = appended.as_mut().now_or_never();
    }
    answer.unwrap().unwrap();
}

fn fjall(home: &Path) -> KeyedStore<FjallBackend> {
    KeyedStore::open(FjallBackend::open(home.join("store"), FjallOptions::simulation()).unwrap().0).unwrap()
}

fn commits_on<B: Backend>(c: &mut Criterion, name: &str, store: &KeyedStore<B>) {
    let mut group = c.benchmark_group("commit");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    let number = Cell::new(0);
    let next = || number.replace(number.get() + 3);
    // Streams of some hundred events, as processes have.
    let stream = |number: u64| format!("meter-readings/{}", number / 300);
    group.bench_function(BenchmarkId::new("1 event", name), |b| {
        let input = || next();
        b.iter_batched(
            || {
                let n = input();
                commit_of(&stream(n), n, 1).unwrap()
            },
            |commit| append(store, commit),
            BatchSize::SmallInput,
        );
    });
    group.bench_function(BenchmarkId::new("3 events, outbox, deadline, inbox", name), |b| {
        b.iter_batched(
            || {
                let n = next();
                full_commit(&stream(n), n).unwrap()
            },
            |commit| append(store, commit),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn commits(c: &mut Criterion) {
    commits_on(c, "memory", &KeyedStore::open(MemoryBackend::default()).unwrap());
    // In the directory of cargo, so on the disk that it is on, and not in shared memory.
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    commits_on(c, "fjall, synced", &fjall(home.path()));
}

fn replay(c: &mut Criterion) {
    let mut group = c.benchmark_group("replay");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    for events in [10, 100, 1_000, 10_000_u64] {
        let home = tempfile::tempdir().unwrap();
        let store = Arc::new(fjall(home.path()));
        for number in 0..events {
            let mut commit = commit_of("meter-readings/1", number, 1).unwrap();
            if number == 0 {
                let (tenant, stream) = (commit.tenant.clone(), commit.stream.clone());
                commit.starts =
                    Some(ProcessIdentity { tenant, stream, workflow: "meter-readings".to_owned(), rules: FormatVersion::LATEST });
            }
            append(&store, commit);
        }
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
        let engine = EngineBuilder::new(TenantId::new("9999000001012"), store.clone(), clock, ids)
            .workflow::<MeterReadings>(Adapters::none())
            .build()
            .unwrap();
        let process = engine.resume::<MeterReadings>(&StreamId::new("meter-readings/1")).now_or_never().unwrap().unwrap();
        assert_eq!(process.state().now_or_never().unwrap().unwrap().0, events);
        group.throughput(Throughput::Elements(events));
        group.bench_function(BenchmarkId::new("Process::state", events), |b| b.iter(|| process.state().now_or_never().unwrap().unwrap()));
        group.bench_function(BenchmarkId::new("raw scan", events), |b| {
            b.iter(|| {
                let mut bytes = 0;
                let visit = &mut |_: &[u8], value: &[u8]| {
                    bytes += value.len();
                    ControlFlow::Continue(())
                };
                store.backend().scan(b"E", b"F", visit).unwrap();
                bytes
            });
        });
    }
    group.finish();
}

criterion_group!(engine, commits, replay);
criterion_main!(engine);
