//! The smallest plan that still fails.
//!
//! [`shrink`] takes a plan that fails and asks of ever smaller ones whether they still do. What is smaller is in [`reductions`]: fewer
//! steps, parties and objects, weaker faults, shorter time. The result is locally minimal: no single reduction of it still fails, and
//! where those are stuck no pair of them does, as far as [`MOST_PAIRS`] tries tell: two faults that keep each other in balance go together. What
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
    /// Whether no single reduction of it still fails, and no pair that was tried; `false` when it was interrupted.
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

/// How many pairs of reductions are tried where single ones are stuck. Pairs of steps come first, so that a plan of thirty has them all.
pub const MOST_PAIRS: usize = 600;

/// Plans that are two reductions smaller than `plan`: without two steps, without one and a weaker other, and the rest.
fn pairs(plan: &Plan) -> impl Iterator<Item = Plan> {
    fn without_one(plan: &Plan) -> Vec<Plan> {
        (0..plan.steps.len()).map(|number| Plan { steps: drop_parts::but(&plan.steps, number), ..plan.clone() }).collect()
    }
    // The second step stands at the place of the first or behind it: each pair once.
    let behind = |(number, smaller): (usize, Plan)| without_one(&smaller).into_iter().skip(number);
    let two_steps = without_one(plan).into_iter().enumerate().flat_map(behind);
    let one_and_weaker = without_one(plan).into_iter().flat_map(|smaller| weaken::weaken(&smaller));
    let milder = [weaken::weaken(plan), drop_parts::parties(plan), drop_parts::rest(plan)].concat();
    let two_others = milder.into_iter().flat_map(|smaller| [weaken::weaken(&smaller), drop_parts::rest(&smaller)].concat());
    two_steps.chain(one_and_weaker).chain(two_others).take(MOST_PAIRS)
}

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
        if improved_in_round {
            continue;
        }
        let mut stuck = true;
        for candidate in pairs(&shrunk.plan.clone()) {
            shrunk.tried += 1;
            let improved = fails(&candidate);
            if improved {
                shrunk.plan = candidate;
                stuck = false;
            }
            if watch(Tried { best: &shrunk.plan, tried: shrunk.tried, improved }).is_break() {
                return shrunk;
            }
            if improved {
                break;
            }
        }
        if stuck {
            shrunk.is_minimal = true;
            return shrunk;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, LinkFault};

    const TEXT: &str = "
scenario   Faults of which two keep each other in balance
source     none
zone       Europe/Berlin
rulebook   bk6-24-174
party      LFN  Lieferant      9999000001012  strom
party      NB   Netzbetreiber  9999000002010  strom
2025-12-23 16:00   LFN ~ NB    lose 1
2025-12-23 16:30   LFN ~ NB    duplicate
2025-12-23 17:00   NB ~ LFN    lose 1
until      2025-12-30 00:00
";

    fn plan() -> Plan {
        crate::scenario::parse("t.scenario", TEXT, &|_| Err("there are none".to_owned())).unwrap()
    }

    fn count(plan: &Plan, is_it: impl Fn(&LinkFault) -> bool) -> usize {
        plan.steps.iter().filter(|step| matches!(&step.action, Action::Link { fault, .. } if is_it(fault))).count()
    }

    #[test]
    fn what_can_only_go_together_goes_together() {
        let losses = |plan: &Plan| count(plan, |fault| matches!(fault, LinkFault::Lose(_)));
        // One loss alone heals it; none, or both, do not.
        let mut fails = |plan: &Plan| count(plan, |fault| *fault == LinkFault::Duplicate) == 1 && losses(plan) != 1;
        assert!(reductions(&plan()).iter().all(|smaller| !fails(smaller) || losses(smaller) == 2), "a single reduction is enough");
        let shrunk = shrink(&plan(), &mut fails, &mut |_| ControlFlow::Continue(()));
        assert!(shrunk.is_minimal);
        assert_eq!((shrunk.plan.steps.len(), losses(&shrunk.plan)), (1, 0), "{:#?}", shrunk.plan);
    }

    #[test]
    fn each_pair_of_steps_is_tried_once_and_all_of_them_are_bounded() {
        let one_left: Vec<_> = pairs(&plan()).filter(|smaller| smaller.steps.len() == 1).map(|smaller| smaller.steps).collect();
        let times = |steps: &Vec<_>| one_left.iter().filter(|other| *other == steps).count();
        assert_eq!((one_left.len(), one_left.iter().map(times).max()), (3, Some(1)), "{one_left:#?}");
        let mut long = plan();
        long.steps = std::iter::repeat_n(long.steps.clone(), 30).flatten().collect();
        assert_eq!(pairs(&long).count(), MOST_PAIRS);
    }
}
