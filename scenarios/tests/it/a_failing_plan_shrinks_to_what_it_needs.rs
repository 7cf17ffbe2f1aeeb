//! A plan that fails is reduced to the faults that it needs, and nothing can be taken away from what is left.

use std::ops::ControlFlow;

use mako_scenarios::ground::lieferbeginn;
use mako_scenarios::market::Market;
use mako_sim::nemesis::draw;
use mako_sim::plan::{Action, Plan};
use mako_sim::run::{NetKind, StoreKind, run};
use mako_sim::shrink::{reductions, shrink};
use mako_sim::trace::{TryEnd, What};

/// An oracle made up for the test: LFN lost a receipt after NB had crashed.
fn fails(plan: &Plan) -> bool {
    let outcome = run(plan, &Market::application(), StoreKind::Memory, NetKind::Memory);
    let mut entries = outcome.trace.entries().iter();
    let crashed = entries.any(|entry| entry.party == "NB" && matches!(entry.what, What::Crash { .. }));
    let lost = |what: &What| matches!(what, What::TryEnds { end: TryEnd::Failed(why), .. } if why == "no receipt");
    outcome.failure.is_none() && crashed && entries.any(|entry| entry.party == "LFN" && lost(&entry.what))
}

/// The first seed that fails with some ballast.
fn failing() -> Plan {
    let plans = (0..2_000).map(|seed| draw(seed, &lieferbeginn()).plan);
    let may = |plan: &Plan| {
        plan.steps.len() > 7 && plan.steps.iter().any(|step| matches!(&step.action, Action::Crash { node, .. } if node == "NB"))
    };
    plans.filter(may).find(fails).expect("a seed that fails")
}

#[test]
fn a_failing_plan_shrinks_to_what_it_needs() {
    let plan = failing();
    let shrunk = shrink(&plan, &mut |plan| fails(plan), &mut |_| ControlFlow::Continue(()));
    assert!(shrunk.is_minimal);
    let steps: Vec<&Action> = shrunk.plan.steps.iter().map(|step| &step.action).collect();
    // One message whose receipt, or which itself, is lost; and the crash.
    let kinds = steps.iter().map(|action| match action {
        Action::Send(_) | Action::SendBytes { .. } => "message",
        Action::Link { .. } => "link",
        Action::Crash { node, down_s: Some(1), .. } if node == "NB" => "crash",
        other => panic!("{other:?} is not needed"),
    });
    let mut kinds: Vec<&str> = kinds.collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["crash", "link", "message"], "{steps:#?}");
    assert!(shrunk.plan.until < plan.until, "{:#?}", shrunk.plan);
    assert!(fails(&shrunk.plan));
    for smaller in reductions(&shrunk.plan) {
        assert!(!fails(&smaller), "still fails:\n{}", mako_sim::scenario::write(&smaller));
    }
}

#[test]
fn who_is_interrupted_keeps_the_best_plan_so_far() {
    let plan = failing();
    let mut improvements = 0;
    let shrunk = shrink(&plan, &mut |plan| fails(plan), &mut |tried| {
        improvements += usize::from(tried.improved);
        if improvements == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(!shrunk.is_minimal && fails(&shrunk.plan));
    assert!(shrunk.plan.steps.len() < plan.steps.len());
}
