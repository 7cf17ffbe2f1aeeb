//! The smallest plan that still fails.
//!
//! [`shrink`] takes a plan that fails and asks of ever smaller ones whether they still do. What is smaller is in [`reductions`]: fewer
//! steps, parties and objects, weaker faults, shorter time. The result is locally minimal: no single reduction of it still fails. What
//! "fails" means is the caller's: for a failing run, that some [`Failure`](crate::oracle::Failure) is like the first one, so that a
//! plan does not shrink into another bug.
//!
//! The best plan so far is handed out with every improvement, so whoever is interrupted keeps it.

mod drop_parts;
mod pull_together;
mod weaken;

use std::ops::ControlFlow;

use crate::plan::Plan;

/// What a shrinker came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrunk {
    /// The smallest plan that still fails.
    pub plan: Plan,
    /// How many plans were tried.
    pub tried: usize,
    /// Whether no single reduction of it still fails; `false` when it was interrupted.
    pub is_minimal: bool,
}

/// One try of a shrinker.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'p> {
    /// The smallest plan that still fails, so far.
    pub best: &'p Plan,
    /// How many plans were tried.
    pub tried: usize,
    /// Whether the last one still failed, and so is the best.
    pub improved: bool,
}

/// Every way in which a plan gets smaller, the boldest first. No pass makes larger what an earlier one made smaller, so they end.
const PASSES: &[fn(&Plan) -> Vec<Plan>] =
    &[drop_parts::steps, drop_parts::parties, drop_parts::rest, weaken::weaken, pull_together::pull_together];

/// Every plan that is one step smaller than `plan`.
#[must_use]
pub fn reductions(plan: &Plan) -> Vec<Plan> {
    PASSES.iter().flat_map(|pass| pass(plan)).collect()
}

/// Reduces `plan` as long as it `fails`. `watch` hears of every try, and may break off.
///
/// ```
/// use std::ops::ControlFlow;
/// use mako_sim::plan::{Action, LinkFault};
/// use mako_sim::shrink::shrink;
///
/// let text = "
/// scenario   Two faults, of which one matters
/// source     none
/// zone       Europe/Berlin
/// rulebook   bk6-24-174
/// party      LFN  Lieferant      9999000001012  strom
/// party      NB   Netzbetreiber  9999000002010  strom
/// 2025-12-23 16:00   LFN ~ NB    delay 3h
/// 2025-12-23 17:00   LFN ~ NB    lose 4
/// until      2025-12-30 00:00
/// ";
/// let plan = mako_sim::scenario::parse("t.scenario", text, &|_| Err("there are none".to_owned())).unwrap();
/// let loses = |plan: &mako_sim::plan::Plan| {
///     plan.steps.iter().any(|step| matches!(step.action, Action::Link { fault: LinkFault::Lose(count), .. } if count >= 2))
/// };
/// let shrunk = shrink(&plan, &mut |plan| loses(plan), &mut |_| ControlFlow::Continue(()));
/// assert!(shrunk.is_minimal);
/// assert_eq!(shrunk.plan.steps.len(), 1);
/// assert!(matches!(shrunk.plan.steps[0].action, Action::Link { fault: LinkFault::Lose(2), .. }));
/// ```
pub fn shrink(plan: &Plan, fails: &mut dyn FnMut(&Plan) -> bool, watch: &mut dyn FnMut(Tried<'_>) -> ControlFlow<()>) -> Shrunk {
    let mut shrunk = Shrunk { plan: plan.clone(), tried: 0, is_minimal: false };
    loop {
        let mut improved_in_round = false;
        for pass in PASSES {
            let mut next = 0;
            // After a success the next candidate stands where the successful one stood, or a little later.
            while let Some(candidate) = pass(&shrunk.plan).into_iter().nth(next) {
                shrunk.tried += 1;
                let improved = fails(&candidate);
                if improved {
                    shrunk.plan = candidate;
                    improved_in_round = true;
                } else {
                    next += 1;
                }
                if watch(Tried { best: &shrunk.plan, tried: shrunk.tried, improved }).is_break() {
                    return shrunk;
                }
            }
        }
        if !improved_in_round {
            shrunk.is_minimal = true;
            return shrunk;
        }
    }
}
