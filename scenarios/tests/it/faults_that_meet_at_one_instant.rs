//! What was found by throwing faults at the market: each was once wrong on one store, on one transport or at one instant.

use crate::plans::{anmeldung, at, crash, link, market, partition, restart};
use mako_scenarios::market::Market;
use mako_sim::plan::{CrashPoint, Keep, LinkFault, Plan};
use mako_sim::run::{NetKind, Outcome, StoreKind, run};
use mako_sim::trace::{TryEnd, What, first_difference};

fn everywhere(plan: &Plan) -> Outcome {
    let on = |store, net| run(plan, &Market::application(), store, net);
    let first = on(StoreKind::Fjall, NetKind::Turmoil);
    assert_eq!(first.failure, None);
    for (store, net) in [(StoreKind::Memory, NetKind::Turmoil), (StoreKind::Fjall, NetKind::Memory), (StoreKind::Memory, NetKind::Memory)] {
        let other = on(store, net);
        if let Some(difference) = first_difference(&first.trace, &other.trace) {
            panic!("turmoil+fjall and {net:?}+{store:?} differ at {difference}");
        }
        assert_eq!(first.ends, other.ends);
    }
    first
}

fn failed_tries(outcome: &Outcome, why: &str) -> usize {
    let failed = |what: &What| matches!(what, What::TryEnds { end: TryEnd::Failed(text), .. } if text == why);
    outcome.trace.entries().iter().filter(|entry| failed(&entry.what)).count()
}

fn events(outcome: &Outcome, name: &str) -> usize {
    let named = |what: &What| matches!(what, What::Event { event_type, .. } if event_type == name);
    outcome.trace.entries().iter().filter(|entry| named(&entry.what)).count()
}

#[test]
fn a_node_that_is_down_refuses_every_try_until_it_is_back() {
    let mut plan = market(1, 2, at("2025-12-30T00:00:00Z"));
    plan.steps = vec![
        crash(at("2025-12-22T08:00:00Z"), "NB", CrashPoint::Now, Keep::Synced),
        anmeldung(at("2025-12-22T08:00:00Z"), 1, "2026-01-15"),
        restart(at("2025-12-22T09:00:00Z"), "NB"),
    ];
    let outcome = everywhere(&plan);
    assert!(failed_tries(&outcome, "no connection") > 3, "{}", outcome.trace.to_json_lines());
    assert_eq!(events(&outcome, "AnmeldungReceived"), 1);
}

#[test]
fn a_crash_around_a_commit_waits_for_a_commit_that_is_not_refused() {
    for keep in crate::plans::KEEPS {
        let mut plan = market(2, 2, at("2025-12-30T00:00:00Z"));
        plan.steps = vec![
            anmeldung(at("2025-12-22T08:00:00Z"), 1, "2026-01-15"),
            crash(at("2025-12-22T08:10:00Z"), "NB", CrashPoint::BeforeSync, keep),
            // NB refuses to accept it a second time, which is no commit.
            link(at("2025-12-22T08:11:00Z"), "LFN", "NB", LinkFault::Duplicate),
            anmeldung(at("2025-12-22T08:20:00Z"), 0, "2026-01-15"),
            restart(at("2025-12-22T08:30:00Z"), "NB"),
        ];
        let outcome = everywhere(&plan);
        let crash = outcome.trace.entries().iter().find(|entry| matches!(entry.what, What::Crash { .. })).expect("NB crashes");
        assert_eq!(crash.at, at("2025-12-22T08:20:01Z"));
        assert_eq!(events(&outcome, "AnmeldungReceived"), 2);
    }
}

#[test]
fn a_message_that_arrives_as_its_deadline_comes_is_in_time_whoever_else_arrives() {
    for seed in 0..4 {
        let mut plan = market(seed, 2, at("2025-12-30T00:00:00Z"));
        plan.steps = vec![
            crash(at("2025-12-22T07:59:00Z"), "LFA", CrashPoint::AfterReceipt, Keep::Synced),
            anmeldung(at("2025-12-22T08:00:00Z"), 0, "2026-01-15"),
            // LFA has the question since 08:00:02; its APERAK arrives 45 minutes later to the second, and so does an Anmeldung, which
            // makes NB set a deadline of its own.
            restart(at("2025-12-22T08:45:01Z"), "LFA"),
            anmeldung(at("2025-12-22T08:45:01Z"), 1, "2026-01-15"),
        ];
        let outcome = everywhere(&plan);
        assert_eq!((events(&outcome, "AperakMissing"), events(&outcome, "FristLapsed")), (0, 0), "seed {seed}");
    }
}

#[test]
fn a_short_partition_does_not_end_a_long_one() {
    let mut plan = market(3, 2, at("2025-12-30T00:00:00Z"));
    plan.steps = vec![
        partition(at("2025-12-22T08:00:00Z"), "LFN", "NB", at("2025-12-22T12:00:00Z")),
        partition(at("2025-12-22T08:30:00Z"), "LFN", "NB", at("2025-12-22T08:40:00Z")),
        anmeldung(at("2025-12-22T09:00:00Z"), 1, "2026-01-15"),
    ];
    let outcome = everywhere(&plan);
    let arrived = outcome.trace.entries().iter().find(|entry| matches!(entry.what, What::Accepted { .. })).expect("it arrives");
    assert!(arrived.at >= at("2025-12-22T12:00:00Z"), "{:?}", arrived.at);
}

#[test]
fn a_process_whose_message_is_given_up_ends_and_leaves_its_business_key() {
    let begin = at("2025-12-22T08:00:00Z");
    let day = |days: i64| begin.plus_seconds(days * 86_400);
    let mut plan = market(1, 2, day(20));
    // Longer than the horizon of ten days.
    plan.steps = vec![partition(begin, "LFN", "NB", day(12)), anmeldung(begin, 1, "2026-03-01"), anmeldung(day(13), 1, "2026-03-01")];
    let outcome = everywhere(&plan);
    let states: Vec<&str> = outcome.ends[0].processes.iter().map(|process| process.state.as_str()).collect();
    assert_eq!((states, outcome.ends[0].dead_letters), (vec!["not-delivered", "confirmed"], 1));
}
