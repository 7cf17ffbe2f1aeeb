//! Another future of a plan: the same past, and faults that nobody wrote.
//!
//! A run is a function of its plan, so a plan that is the same up to an instant has the same past up to it; what comes after may be drawn
//! again and again. Whoever asks why something failed gets an answer to another question: from when on could it not be helped?

use mako_engine::Timestamp;

use super::{Draw, Drawn, Ground, QUIET_S, TROUBLED_S};
use crate::nemesis::{Choices, Dice};
use crate::plan::{Action, Disturbance, Plan, Step};

/// `plan` as it is up to `from`, with a future that `seed` draws.
///
/// What people do stays as it was written: orders, decisions, and the restart of a node. What goes wrong after `from` is drawn anew, as for
/// any seed: some kinds of trouble, calm after four days, and two quiet weeks. Checks on the way belonged to the future that was written and
/// are left out; what the plan expects of its end is asked of every future.
///
/// ```
/// use mako_sim::nemesis::{draw, future};
/// # let ground = mako_sim::nemesis::Ground { title: String::new(), source: String::new(), parties: vec![], objects: vec![], openings: vec![], questions: vec![] };
/// let plan = draw(7, &ground).plan;
/// let from = plan.start().plus_seconds(3_600);
/// let one = future(&plan, from, 1);
/// assert_eq!(one, future(&plan, from, 1));
/// assert!(one.plan.until >= plan.until);
/// ```
#[must_use]
pub fn future(plan: &Plan, from: Timestamp, seed: u64) -> Drawn {
    let ground = Ground {
        title: plan.title.clone(),
        source: plan.source.clone(),
        parties: plan.parties.clone(),
        objects: Vec::new(),
        openings: Vec::new(),
        // Who is asked something is not drawn: whether a party is silent would change its past, too.
        questions: Vec::new(),
    };
    let start = from.plus_seconds(1);
    let calm_at = start.plus_seconds(TROUBLED_S);
    let people =
        |action: &Action| matches!(action, Action::Send(_) | Action::SendBytes { .. } | Action::Decide { .. } | Action::Restart { .. });
    let steps: Vec<Step> = plan.steps.iter().filter(|step| step.at <= from || people(&step.action)).cloned().collect();
    let asked = |step: &Step| step.at >= start && step.at < calm_at && matches!(step.action, Action::Send(_) | Action::Decide { .. });
    let mut orders: Vec<Timestamp> = steps.iter().filter(|step| asked(step)).map(|step| step.at).collect();
    orders.push(start);
    orders.sort_unstable();
    let (ids, until) = (plan.seed, plan.until.max(calm_at.plus_seconds(QUIET_S)));
    let (dice, choices) = (Dice::new(seed), Choices::default());
    let plan = Plan { seed, steps, until, variants: Vec::new(), disturbance: Some(Disturbance::Future(from)), ..plan.clone() };
    let mut draw = Draw { dice, choices, ground: &ground, plan, start, calm_at, orders };
    draw.trouble();
    let Draw { mut plan, choices, .. } = draw;
    plan.seed = ids;
    plan.steps.push(Step { at: calm_at, line: 0, action: Action::Calm });
    plan.steps.sort_by_key(|step| step.at);
    Drawn { plan, choices }
}
