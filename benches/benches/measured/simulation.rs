//! How fast a simulated world is, per second of one core, on each foundation; and what a crash with its restart costs.

use mako_benches::plans::{crashes, half_a_year};
use mako_benches::stores::Failed;
use mako_benches::timing::{median, on_thread};
use mako_scenarios::market::Market;
use mako_sim::plan::Plan;
use mako_sim::run::{NetKind, StoreKind, run};

use crate::Effort;
use crate::figure::Report;

const FOUNDATIONS: [(&str, StoreKind, NetKind); 3] = [
    ("turmoil, fjall", StoreKind::Fjall, NetKind::Turmoil),
    ("turmoil, memory", StoreKind::Memory, NetKind::Turmoil),
    ("pipes, memory", StoreKind::Memory, NetKind::Memory),
];
const CRASHES: i64 = 20;
const SECONDS: f64 = 180.0 * 86_400.0;
/// Runs that are timed as one: the clock of a thread moves in steps of some milliseconds on some machines, as long as one run.
const BATCH: u32 = 8;

pub fn measure(effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let (plan, none, some) = (half_a_year()?, crashes(0)?, crashes(CRASHES)?);
    let mut rates = FOUNDATIONS.map(|_| Vec::new());
    let mut restarts = FOUNDATIONS.map(|_| Vec::new());
    for _ in 0..effort.rounds.min(21) {
        for (place, (_, store, net)) in FOUNDATIONS.iter().enumerate() {
            rates[place].push(SECONDS / each(&plan, *store, *net));
            restarts[place].push((each(&some, *store, *net) - each(&none, *store, *net)) / CRASHES as f64);
        }
    }
    // The fastest foundation is the floor of the others: what they add is network and disk.
    let fastest = rates.last().cloned().map_or(f64::NAN, median);
    let quickest = restarts.last().cloned().unwrap_or_default();
    for ((name, ..), (rates, restarts)) in FOUNDATIONS.iter().zip(rates.into_iter().zip(restarts)) {
        let rate = median(rates);
        report.rate(format!("simulation: half a year, {name}"), "virtual s per CPU s", rate, "on pipes, in memory", fastest);
        let (a_minute, fastest) = (rate / SECONDS * 60.0, fastest / SECONDS * 60.0);
        report.rate(
            format!("simulation: half years a minute, {name}"),
            "scenarios per CPU minute",
            a_minute,
            "on pipes, in memory",
            fastest,
        );
        report.cost(format!("simulation: crash and restart, {name}"), "s CPU", restarts, "on pipes, in memory", quickest.clone());
    }
    Ok(())
}

/// Seconds on a processor of one run among [`BATCH`].
fn each(plan: &Plan, store: StoreKind, net: NetKind) -> f64 {
    let all = on_thread(|| {
        for _ in 0..BATCH {
            let outcome = run(plan, &Market::application(), store, net);
            assert!(outcome.passed(), "{:?}", outcome.failure);
        }
    });
    all / f64::from(BATCH)
}
