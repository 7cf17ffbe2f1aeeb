//! Law 4: a plan has one trace, on turmoil and on pipes in memory, on fjall and in memory.

use crate::plans::{anmeldung, at, crash, link, market, partition, restart};
use mako_scenarios::ground::lieferbeginn;
use mako_scenarios::market::Market;
use mako_sim::nemesis::draw;
use mako_sim::oracle::judge;
use mako_sim::plan::{CrashPoint, Keep, LinkFault, Plan};
use mako_sim::run::{NetKind, Outcome, StoreKind, run};
use mako_sim::trace::{What, first_difference};

fn agree(plan: &Plan) -> Outcome {
    let on = |store, net| run(plan, &Market::application(), store, net);
    let first = on(StoreKind::Fjall, NetKind::Turmoil);
    for (store, net) in [(StoreKind::Memory, NetKind::Turmoil), (StoreKind::Fjall, NetKind::Memory), (StoreKind::Memory, NetKind::Memory)] {
        let other = on(store, net);
        if first.trace.hash() != other.trace.hash() {
            let difference = first_difference(&first.trace, &other.trace).unwrap_or_default();
            panic!("seed {}: Turmoil+Fjall and {net:?}+{store:?} differ at {difference}\n{:#?}", plan.seed, plan.steps);
        }
        assert_eq!((&first.failure, &first.ends), (&other.failure, &other.ends), "seed {}", plan.seed);
    }
    first
}

#[test]
fn over_half_a_year_of_exchanges_partitions_and_crashes() {
    let start = at("2025-10-06T06:00:00Z");
    let day = |days: i64, seconds: i64| start.plus_seconds(days * 86_400 + seconds);
    let mut plan = market(180, 12, day(180, 0));
    for number in 0..12 {
        let days = 15 * number as i64;
        plan.steps.push(anmeldung(day(days, 3_600), number, "2026-09-01"));
        match number % 6 {
            // Begins and ends at instants at which something arrives.
            0 => plan.steps.push(partition(day(days, 3_602), "NB", "LFN", day(days + 1, 3_600))),
            1 => plan.steps.push(link(day(days, 0), "NB", "LFN", LinkFault::ReceiptsLost(3))),
            2 => plan.steps.push(partition(day(days, 3_600), "NB", "LFA", day(days, 40_000))),
            3 => plan.steps.push(link(day(days, 0), "LFN", "NB", LinkFault::Lose(2))),
            4 => {
                plan.steps.push(crash(day(days, 0), "NB", CrashPoint::BeforeSync, Keep::Torn));
                plan.steps.push(restart(day(days, 7_200), "NB"));
            }
            _ => {
                plan.steps.push(link(day(days, 7_000), "NB", "LFN", LinkFault::Duplicate));
                plan.steps.push(crash(day(days, 7_200), "LFN", CrashPoint::Now, Keep::Synced));
                plan.steps.push(restart(day(days + 3, 7_200), "LFN"));
            }
        }
    }
    plan.steps.sort_by_key(|step| step.at);
    let outcome = agree(&plan);
    assert_eq!(outcome.failure, None);
    let tries = outcome.trace.entries().iter().filter(|entry| matches!(entry.what, What::TryBegins { .. })).count();
    assert!(outcome.messages > 100 && tries as u64 > outcome.messages + 50, "{} messages, {tries} tries", outcome.messages);
    for end in outcome.ends {
        assert_eq!((end.outbox, end.dead_letters, end.unsettled, end.open_fristen), (0, 0, 0, 0), "{end:?}");
        assert!(end.processes.iter().all(|process| ["confirmed", "ended"].contains(&process.state.as_str())), "{end:?}");
    }
}

#[test]
fn over_plans_from_seeds_and_every_oracle_is_content() {
    for seed in 0..20 {
        let drawn = draw(seed, &lieferbeginn());
        assert_eq!(judge(&agree(&drawn.plan)), [], "seed {seed}\n{}", drawn.choices);
    }
}
