//! Fewer steps, parties, objects, expectations.

use crate::plan::{Action, Disturbance, Plan, Step};

/// Without runs of steps: half of them, a quarter, and so on to each alone; and without a crash and the restart that ends it.
pub(super) fn steps(plan: &Plan) -> Vec<Plan> {
    let count = plan.steps.len();
    let mut plans = Vec::new();
    let mut length = count;
    while length > 0 {
        for from in (0..count).step_by(length) {
            let kept = |(number, step): (usize, &Step)| (number < from || number >= from + length).then(|| step.clone());
            plans.push(Plan { steps: plan.steps.iter().enumerate().filter_map(kept).collect(), ..plan.clone() });
        }
        length /= 2;
    }
    for (first, step) in plan.steps.iter().enumerate() {
        let Action::Crash { node: crashed, down_s: None, .. } = &step.action else { continue };
        let ends_it = |step: &Step| matches!(&step.action, Action::Restart { node } if node == crashed);
        let Some(second) = plan.steps.iter().skip(first).position(ends_it).map(|after| first + after) else { continue };
        let kept = plan.steps.iter().enumerate().filter(|(number, _)| ![first, second].contains(number));
        plans.push(Plan { steps: kept.map(|(_, step)| step.clone()).collect(), ..plan.clone() });
    }
    plans
}

/// The steps but for the one with this number.
pub(super) fn but(steps: &[Step], without: usize) -> Vec<Step> {
    steps.iter().enumerate().filter(|(number, _)| *number != without).map(|(_, step)| step.clone()).collect()
}

/// Without each party, and everything that names it.
pub(super) fn parties(plan: &Plan) -> Vec<Plan> {
    let without = |name: &str| {
        let mut smaller = plan.clone();
        smaller.parties.retain(|party| party.name != name);
        smaller.steps.retain(|step| !names(&step.action, name));
        for object in &mut smaller.objects {
            object.attributes.retain(|_, value| value != name);
        }
        smaller.disturbance =
            smaller.disturbance.filter(|disturbance| !matches!(disturbance, Disturbance::Crash(crash) if crash.node == name));
        smaller.expects.retain(|expectation| !expectation.expect.to_string().split(' ').any(|word| word == name));
        smaller
    };
    if plan.parties.len() < 2 { Vec::new() } else { plan.parties.iter().map(|party| without(&party.name)).collect() }
}

/// Without each object that no order names, each attribute, expectation, variant and crash of a variant.
pub(super) fn rest(plan: &Plan) -> Vec<Plan> {
    let mut plans = Vec::new();
    let is_ordered =
        |name: &String| plan.steps.iter().any(|step| matches!(&step.action, Action::Send(order) if order.objects.contains(name)));
    for (number, object) in plan.objects.iter().enumerate() {
        if !is_ordered(&object.name) {
            let mut smaller = plan.clone();
            smaller.objects.remove(number);
            plans.push(smaller);
        }
        for key in object.attributes.keys() {
            let mut smaller = plan.clone();
            if let Some(object) = smaller.objects.get_mut(number) {
                object.attributes.remove(key);
            }
            plans.push(smaller);
        }
    }
    for number in 0..plan.expects.len() {
        let mut smaller = plan.clone();
        smaller.expects.remove(number);
        plans.push(smaller);
    }
    for number in 0..plan.variants.len() {
        let mut smaller = plan.clone();
        smaller.variants.remove(number);
        plans.push(smaller);
    }
    if plan.disturbance.is_some() {
        plans.push(Plan { disturbance: None, ..plan.clone() });
    }
    plans
}

/// Whether the action is about the party called `name`.
fn names(action: &Action, name: &str) -> bool {
    match action {
        Action::Send(order) => order.from == name || order.to == name,
        Action::SendBytes { from, to, .. } | Action::Link { from, to, .. } => from == name || to == name,
        Action::Crash { node, .. }
        | Action::Restart { node }
        | Action::Pause { node, .. }
        | Action::Lease { node, .. }
        | Action::Clock { node, .. }
        | Action::Cutover { node, .. }
        | Action::Disk { node, .. } => node == name,
        Action::Partition { a, b, .. } => a == name || b == name,
        Action::Decide { party, .. } => party == name,
        Action::Check(expect) => expect.to_string().split(' ').any(|word| word == name),
        Action::Calm | Action::Rulebook { .. } => false,
    }
}
