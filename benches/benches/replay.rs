//! Replay of a process beside a scan of the same bytes, which is as fast as it can get; its state from a snapshot; commands on it.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use mako_benches::meter_readings::{Command, ReadingReceived, commit_of};
use mako_benches::stores::{NO_DISK, STREAM, TENANT, append, engine, fill, in_tables, process, production, raw_scan, settled};
use mako_engine::snapshot::{Snapshot, SnapshotStore as _};
use mako_engine::store::{Payload, Writing};
use mako_engine::{Cause, Execute, StreamId, TenantId};

fn group<'c>(c: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = c.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    group
}

fn replay(c: &mut Criterion) {
    let mut group = group(c, "replay");
    for events in [10, 100, 1_000, 10_000, 100_000_u64] {
        let home = tempfile::tempdir_in(NO_DISK).unwrap();
        let dir = home.path().join("store");
        fill(&production(&dir, Writing::Inline).unwrap(), events, None).unwrap();
        let store = Arc::new(in_tables(&dir).unwrap());
        let process = process(&engine(store.clone()).unwrap()).unwrap();
        assert_eq!(settled(process.state()).unwrap().0, events);
        group.throughput(Throughput::Elements(events));
        group.bench_function(BenchmarkId::new("Process::state", events), |b| b.iter(|| settled(process.state()).unwrap()));
        group.bench_function(BenchmarkId::new("raw scan", events), |b| b.iter(|| raw_scan(&store)));
    }
    group.finish();
}

fn snapshots(c: &mut Criterion) {
    let mut group = group(c, "snapshot");
    for events in [20, 1_000, 100_000_u64] {
        let home = tempfile::tempdir_in(NO_DISK).unwrap();
        let store = Arc::new(production(&home.path().join("store"), Writing::Inline).unwrap());
        fill(&store, events, Some(events - 10)).unwrap();
        let process = process(&engine(store.clone()).unwrap()).unwrap();
        assert_eq!(settled(process.state_with_snapshot()).unwrap(), settled(process.state()).unwrap());
        group.bench_function(BenchmarkId::new("state from it and 10 events, of", events), |b| {
            b.iter(|| settled(process.state_with_snapshot()).unwrap());
        });
        let (tenant, stream) = (TenantId::new(TENANT), StreamId::new(STREAM));
        group.bench_function(BenchmarkId::new("load, of", events), |b| b.iter(|| settled(store.snapshot(&tenant, &stream)).unwrap()));
    }
    let home = tempfile::tempdir_in(NO_DISK).unwrap();
    let store = production(&home.path().join("store"), Writing::Inline).unwrap();
    let version = Cell::new(0);
    for (name, takes) in [("commit without one", false), ("commit that takes one", true)] {
        let next = || {
            let mut commit = commit_of(STREAM, version.get(), 1).unwrap();
            version.set(version.get() + 1);
            let (version, state) = (version.get(), Payload::encode(&(version.get(), 0_u64)).unwrap());
            commit.snapshot = takes.then(|| Snapshot { version, workflow: "meter-readings".to_owned(), state_version: 1, state });
            commit
        };
        // One at a time: a snapshot is labelled with the version of its own commit.
        group.bench_function(name, |b| b.iter_batched(next, |commit| append(&store, commit), BatchSize::PerIteration));
    }
    group.finish();
}

fn commands(c: &mut Criterion) {
    let mut group = group(c, "command");
    let number = Cell::new(1_000_000);
    let command = || {
        let reading = ReadingReceived::number(number.replace(number.get() + 1));
        Execute::new(Command(reading), Cause::Command("a bench".to_owned()))
    };
    for events in [10, 1_000, 100_000_u64] {
        let home = tempfile::tempdir_in(NO_DISK).unwrap();
        let store = Arc::new(production(&home.path().join("store"), Writing::Inline).unwrap());
        fill(&store, events, None).unwrap();
        let warm = process(&engine(store.clone()).unwrap()).unwrap();
        group.bench_function(BenchmarkId::new("warm state, events", events), |b| {
            b.iter_batched(command, |execute| settled(warm.execute(execute)).unwrap(), BatchSize::SmallInput);
        });
        if events <= 1_000 {
            group.bench_function(BenchmarkId::new("cold state, events at least", events), |b| {
                let cold = || (process(&engine(store.clone()).unwrap()).unwrap(), command());
                b.iter_batched(cold, |(process, execute)| settled(process.execute(execute)).unwrap(), BatchSize::SmallInput);
            });
        }
    }
    group.finish();
}

criterion_group!(benches, replay, snapshots, commands);
criterion_main!(benches);
