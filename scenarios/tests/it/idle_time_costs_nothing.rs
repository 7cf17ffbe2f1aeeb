//! Counted, not timed: virtual time in which nothing happens is jumped over, whatever waits at its end.

use crate::plans::{anmeldung, at, market, partition};
use mako_scenarios::market::Market;
use mako_sim::plan::Plan;
use mako_sim::run::{NetKind, Outcome, StoreKind, run};

const DAY_S: i64 = 86_400;

/// The plan as it is, and with `days` idle days at its end.
fn with_idle_days(plan: &Plan, days: i64) -> (Outcome, Outcome) {
    let longer = Plan { until: plan.until.plus_seconds(days * DAY_S), ..plan.clone() };
    let on = |plan| run(plan, &Market::application(), StoreKind::Fjall, NetKind::Turmoil);
    let outcomes = (on(plan), on(&longer));
    assert_eq!((&outcomes.0.failure, &outcomes.1.failure), (&None, &None));
    outcomes
}

#[test]
fn a_week_after_a_finished_process_adds_no_entry_no_commit_and_no_wake() {
    let mut plan = market(1, 2, at("2025-12-30T00:00:00Z"));
    plan.steps = vec![anmeldung(at("2025-12-22T08:00:00Z"), 0, "2026-01-15")];
    let (short, long) = with_idle_days(&plan, 7);
    assert_eq!(short.trace.hash(), long.trace.hash());
    assert_eq!((short.commits, short.wakes), (long.commits, long.wakes));
}

#[test]
fn a_process_costs_a_bounded_number_of_wakes_and_commits() {
    let mut plan = market(1, 2, at("2025-12-30T00:00:00Z"));
    plan.steps = vec![anmeldung(at("2025-12-22T08:00:00Z"), 0, "2026-01-15")];
    let (outcome, _) = with_idle_days(&plan, 0);
    // Twelve messages: each arrives, is receipted and makes its receiver and its sender do something.
    assert!(
        outcome.messages <= 12 && outcome.wakes <= 4 * outcome.messages && outcome.commits <= 4 * outcome.messages,
        "{} messages, {} wakes, {} commits",
        outcome.messages,
        outcome.wakes,
        outcome.commits
    );
}

#[test]
fn an_outage_costs_a_bounded_number_of_wakes_per_day() {
    let begin = at("2025-12-22T08:00:00Z");
    let outage = |days: i64| {
        let mut plan = market(1, 2, begin.plus_seconds(9 * DAY_S));
        plan.steps = vec![partition(begin, "LFN", "NB", begin.plus_seconds(days * DAY_S)), anmeldung(begin, 0, "2026-01-15")];
        with_idle_days(&plan, 0).0
    };
    let (two, five) = (outage(2), outage(5));
    let per_day = (five.wakes - two.wakes) / 3;
    assert!((1..=300).contains(&per_day), "{per_day} wakes a day for one message that waits");
}
