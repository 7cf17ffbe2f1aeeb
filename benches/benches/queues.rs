//! Looking for what is due in the outbox and among the deadlines, with little and with much waiting; a read model that catches up.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mako_benches::stores::{NO_DISK, engine, fill, fill_queues, later, production, settled};
use mako_engine::Timestamp;
use mako_engine::deadline::DeadlineStore as _;
use mako_engine::outbox::{OutboxCursor, OutboxStore as _};
use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName};
use mako_engine::store::{RecordedEvent, StoreError, Writing};

fn polls(c: &mut Criterion) {
    let mut group = c.benchmark_group("poll");
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    for pending in [100, 100_000_u64] {
        let home = tempfile::tempdir_in(NO_DISK).unwrap();
        let store = production(&home.path().join("store"), Writing::Inline).unwrap();
        fill_queues(&store, pending).unwrap();
        group.bench_function(BenchmarkId::new("outbox, pending", pending), |b| b.iter(|| settled(store.outbox_due(later(), 64)).unwrap()));
        group.bench_function(BenchmarkId::new("outbox behind a cursor, pending", pending), |b| {
            b.iter(|| settled(store.outbox_after(OutboxCursor::START, 64)).unwrap());
        });
        group.bench_function(BenchmarkId::new("deadlines, pending", pending), |b| {
            b.iter(|| settled(store.deadlines_due(later(), 64)).unwrap());
        });
        group.bench_function(BenchmarkId::new("next deadline, pending", pending), |b| {
            b.iter(|| settled(store.deadline_next_after(Timestamp::EPOCH)).unwrap());
        });
    }
    group.finish();
}

/// How many events each process has.
struct Lengths(u32);

#[async_trait]
impl Projection for Lengths {
    fn view(&self) -> ViewName {
        ViewName::new("lengths", self.0)
    }

    async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError> {
        rows.put(event.stream.as_str(), &event.version)
    }
}

fn projection(c: &mut Criterion) {
    const EVENTS: u64 = 10_000;
    let home = tempfile::tempdir_in(NO_DISK).unwrap();
    let store = Arc::new(production(&home.path().join("store"), Writing::Inline).unwrap());
    fill(&store, EVENTS, None).unwrap();
    let engine = engine(store).unwrap();
    let mut group = c.benchmark_group("projection");
    group.sample_size(10).throughput(Throughput::Elements(EVENTS));
    let version = Cell::new(0);
    group.bench_function("catch-up", |b| {
        // Another version of the view begins at the first event.
        let next = || ProjectionRunner::new(engine.clone(), Lengths(version.replace(version.get() + 1)));
        b.iter_batched(next, |runner| settled(runner.catch_up()).unwrap(), BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(queues, polls, projection);
criterion_main!(queues);
