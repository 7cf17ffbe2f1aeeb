//! Less time: steps come sooner after each other, the end sooner after the last of them.
//!
//! Order is kept, and what a step says about its own end moves with it.

use mako_engine::Timestamp;

use crate::plan::{Action, DiskFault, LinkFault, Plan, Step};

pub(super) fn pull_together(plan: &Plan) -> Vec<Plan> {
    let mut plans = Vec::new();
    let pairs = plan.steps.iter().zip(plan.steps.iter().skip(1)).enumerate();
    for (number, (before, after)) in pairs {
        let gap_ms = after.at.ms_since(before.at);
        for sooner_ms in less(gap_ms) {
            let by_ms = sooner_ms - gap_ms;
            let mut smaller = plan.clone();
            smaller.steps.iter_mut().skip(number + 1).for_each(|step| shift(step, by_ms));
            smaller.until = smaller.until.plus_ms(by_ms);
            plans.push(smaller);
        }
    }
    if let Some(last) = plan.steps.last() {
        let rest = less(plan.until.ms_since(last.at)).into_iter().map(|ms| Plan { until: last.at.plus_ms(ms), ..plan.clone() });
        plans.extend(rest);
    }
    plans
}

/// Moves a step, and the end that it names.
fn shift(step: &mut Step, by_ms: i64) {
    let ends: Option<&mut Timestamp> = match &mut step.action {
        Action::Partition { until, .. }
        | Action::Link { fault: LinkFault::ReceiptsLostUntil(until) | LinkFault::Hold(until) | LinkFault::Cut(until), .. }
        | Action::Disk {
            fault: DiskFault::Full(until) | DiskFault::Unreadable(until) | DiskFault::Slow { until, .. } | DiskFault::Refusing(until),
            ..
        } => Some(until),
        _ => None,
    };
    step.at = step.at.plus_ms(by_ms);
    if let Some(until) = ends {
        *until = until.plus_ms(by_ms);
    }
}

/// Milliseconds that are less than `ms`: none, a second, a minute, an hour, a day, a half.
fn less(ms: i64) -> Vec<i64> {
    [0, 1_000, 60_000, 3_600_000, 86_400_000, ms / 2_000 * 1_000].into_iter().filter(|less| *less < ms).collect()
}
