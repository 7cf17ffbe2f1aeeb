//! Opening a directory, by what its journal holds.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mako_benches::meter_readings::commit_of;
use mako_benches::stores::{NO_DISK, append, production};
use mako_engine::store::Writing;
use mako_engine::store::fjall::journal::valid_prefix;

fn open(c: &mut Criterion) {
    let mut group = c.benchmark_group("open");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(3));
    for events in [0, 1_000, 10_000, 40_000] {
        let home = tempfile::tempdir_in(NO_DISK).unwrap();
        let dir = home.path().join("store");
        let store = production(&dir, Writing::Inline).unwrap();
        (0..events).for_each(|number| append(&store, commit_of(&format!("opened/{}", number / 300), number, 1).unwrap()));
        drop(store);
        group.throughput(Throughput::Bytes(valid_prefix(&dir).unwrap().end_offset));
        group.bench_function(BenchmarkId::new("events in the journal", events), |b| b.iter(|| production(&dir, Writing::Inline).unwrap()));
    }
    group.finish();
}

criterion_group!(recovery, open);
criterion_main!(recovery);
