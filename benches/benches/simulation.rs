//! Whole runs: a Lieferbeginn with a supplier in possession, half a year, a week in which nothing happens, crashes with their restarts.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use mako_benches::plans::{crashes, half_a_year, idle, lieferbeginn};
use mako_scenarios::market::Market;
use mako_sim::plan::Plan;
use mako_sim::run::{NetKind, StoreKind, run};

const FOUNDATIONS: [(&str, StoreKind, NetKind); 3] = [
    ("turmoil+fjall", StoreKind::Fjall, NetKind::Turmoil),
    ("turmoil+memory", StoreKind::Memory, NetKind::Turmoil),
    ("memory+memory", StoreKind::Memory, NetKind::Memory),
];

fn runs_of(c: &mut Criterion, name: &str, plan: &Plan) {
    let mut group = c.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    for (foundation, store, net) in FOUNDATIONS {
        group.bench_function(BenchmarkId::from_parameter(foundation), |b| {
            b.iter(|| {
                let outcome = run(plan, &Market::application(), store, net);
                assert!(outcome.passed(), "{:?}", outcome.failure);
                outcome.messages
            });
        });
    }
    group.finish();
}

fn runs(c: &mut Criterion) {
    runs_of(c, "Lieferbeginn, 7 days", &lieferbeginn(7).unwrap());
    runs_of(c, "half a year", &half_a_year().unwrap());
    runs_of(c, "30 days without a crash", &crashes(0).unwrap());
    runs_of(c, "30 days with 20 crashes and restarts", &crashes(20).unwrap());
    runs_of(c, "idle week", &idle(7).unwrap());
}

criterion_group!(simulation, runs);
criterion_main!(simulation);
