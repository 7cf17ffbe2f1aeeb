//! How fast a simulated world is, per second of one core: `cargo bench -p mako-benches --bench rates`.
//!
//! What is measured is the time on a processor, not on the wall, so a busy machine changes less. Medians of one run.

use mako_benches::plans::{crashes, half_a_year};
use mako_scenarios::market::Market;
use mako_sim::plan::Plan;
use mako_sim::run::{NetKind, StoreKind, run};

const FOUNDATIONS: [(&str, StoreKind, NetKind); 3] = [
    ("turmoil+fjall", StoreKind::Fjall, NetKind::Turmoil),
    ("turmoil+memory", StoreKind::Memory, NetKind::Turmoil),
    ("memory+memory", StoreKind::Memory, NetKind::Memory),
];
const ROUNDS: usize = 41;
const CRASHES: i64 = 50;
const DAYS: f64 = 180.0;

fn main() {
    let plan = half_a_year().expect("a plan");
    println!("{:<16} {:>28} {:>28} {:>22}", "half a year", "virtual s per CPU s", "scenarios per CPU minute", "ms per crash-restart");
    // Some of the foundations, for whoever looks at a profile: `cargo bench -p mako-benches --bench rates -- memory+memory`.
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, store, net) in FOUNDATIONS.into_iter().filter(|(name, ..)| asked.is_empty() || asked.iter().any(|asked| asked == name)) {
        let seconds = median(&plan, store, net);
        let (without, with) = (median(&crashes(0).expect("a plan"), store, net), median(&crashes(CRASHES).expect("a plan"), store, net));
        let restart_ms = (with - without) * 1_000.0 / CRASHES as f64;
        println!("{name:<16} {:>28.0} {:>28.0} {:>22.3}", DAYS * 86_400.0 / seconds, 60.0 / seconds, restart_ms);
    }
}

/// Seconds on a processor of one run.
fn median(plan: &Plan, store: StoreKind, net: NetKind) -> f64 {
    let mut seconds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begin = on_processor();
            let outcome = run(plan, &Market::application(), store, net);
            assert!(outcome.passed(), "{:?}", outcome.failure);
            on_processor() - begin
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds.get(ROUNDS / 2).copied().unwrap_or(f64::NAN)
}

/// Seconds that this thread was on a processor, as Linux counts them.
fn on_processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let ns: f64 = stat.split_whitespace().next().and_then(|ns| ns.parse().ok()).expect("nanoseconds");
    ns / 1e9
}
