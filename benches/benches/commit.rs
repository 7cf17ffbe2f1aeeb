//! Commits: in memory, on fjall where a sync is free and where it is not, alone and by many writers at a time.

use std::cell::Cell;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use futures_util::future::join_all;
use mako_benches::meter_readings::{commit_of, full_commit};
use mako_benches::stores::{NO_DISK, append, memory, on_disk, production};
use mako_engine::Commit;
use mako_engine::store::backend::Backend;
use mako_engine::store::{AtomicAppend as _, KeyedStore, Writing};

fn group<'c>(c: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = c.benchmark_group(name);
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    group
}

fn alone<B: Backend>(c: &mut Criterion, place: &str, store: &KeyedStore<B>) {
    let mut group = group(c, "commit");
    let number = Cell::new(0);
    let next = || number.replace(number.get() + 3);
    // Streams of some hundred events, as processes have.
    let stream = |number: u64| format!("meter-readings/{}", number / 300);
    let mut commits = |name: &str, make: &dyn Fn(u64) -> Commit| {
        group.bench_function(BenchmarkId::new(name, place), |b| {
            b.iter_batched(|| make(next()), |commit| append(store, commit), BatchSize::SmallInput);
        });
    };
    commits("1 event", &|n| commit_of(&stream(n), n, 1).unwrap());
    commits("3 events, outbox, deadline, inbox", &|n| full_commit(&stream(n), n).unwrap());
    group.finish();
}

fn commits(c: &mut Criterion) {
    alone(c, "memory", &memory().unwrap());
    let no_disk = tempfile::tempdir_in(NO_DISK).unwrap();
    alone(c, "fjall, unsynced", &production(&no_disk.path().join("store"), Writing::Inline).unwrap());
    let disk = tempfile::tempdir_in(on_disk()).unwrap();
    alone(c, "fjall, synced", &production(&disk.path().join("store"), Writing::Inline).unwrap());
}

/// So many writers, each with its own stream, each waiting for its commit before the next one: they share syncs.
fn together(c: &mut Criterion) {
    const EACH: u64 = 4;
    let disk = tempfile::tempdir_in(on_disk()).unwrap();
    let store = production(&disk.path().join("store"), Writing::Thread).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut group = group(c, "group commit");
    let number = Cell::new(0);
    for writers in [1, 8, 64, 256_u64] {
        group.throughput(Throughput::Elements(writers * EACH));
        group.bench_function(BenchmarkId::new("writers", writers), |b| {
            let queues = || -> Vec<Vec<Commit>> {
                let first = number.replace(number.get() + writers * EACH);
                let queue =
                    |writer: u64| (0..EACH).map(|n| commit_of(&format!("{writer}"), first + writer * EACH + n, 1).unwrap()).collect();
                (0..writers).map(queue).collect()
            };
            let write = async |queue: Vec<Commit>| {
                for commit in queue {
                    store.append_with_outbox(commit).await.unwrap();
                }
            };
            b.iter_batched(queues, |queues| runtime.block_on(join_all(queues.into_iter().map(write))), BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(commit, commits, together);
criterion_main!(commit);
