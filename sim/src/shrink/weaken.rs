//! Weaker faults and milder parties: each step alone, one notch at a time.

use mako_engine::Timestamp;
use mako_engine::fristen::RulebookId;

use crate::plan::{Action, Behaviour, ClockFault, CrashPoint, DiskFault, Keep, LinkFault, Plan, Step, Verdict};

pub(super) fn weaken(plan: &Plan) -> Vec<Plan> {
    let mut plans = Vec::new();
    for (number, step) in plan.steps.iter().enumerate() {
        for action in weaker(step) {
            let mut smaller = plan.clone();
            if let Some(step) = smaller.steps.get_mut(number) {
                step.action = action;
            }
            plans.push(smaller);
        }
    }
    for (number, party) in plan.parties.iter().enumerate() {
        if party.behaviour != Behaviour::Conformant {
            let mut smaller = plan.clone();
            if let Some(party) = smaller.parties.get_mut(number) {
                party.behaviour = Behaviour::Conformant;
            }
            plans.push(smaller);
        }
    }
    plans
}

/// Every action that is a little weaker than that of `step`, the weakest first.
fn weaker(step: &Step) -> Vec<Action> {
    match &step.action {
        Action::Crash { node, point, keep, down_s } => {
            let crash = |point, keep, down_s| Action::Crash { node: node.clone(), point, keep, down_s };
            let at_once = (*point != CrashPoint::Now).then(|| crash(CrashPoint::Now, Keep::Synced, *down_s));
            let synced = (*keep != Keep::Synced).then(|| crash(*point, Keep::Synced, *down_s));
            let shorter = down_s.iter().flat_map(|down_s| less(*down_s)).map(|down_s| crash(*point, *keep, Some(down_s)));
            at_once.into_iter().chain(synced).chain(shorter).collect()
        }
        Action::Partition { a, b, until } => {
            let shorter = sooner(step.at, *until).into_iter();
            shorter.map(|until| Action::Partition { a: a.clone(), b: b.clone(), until }).collect()
        }
        Action::Link { from, to, fault } => {
            let faults = weaker_faults(step.at, fault).into_iter();
            faults.map(|fault| Action::Link { from: from.clone(), to: to.clone(), fault }).collect()
        }
        Action::Decide { party, about, verdict: Verdict::Reject(_) } => {
            vec![Action::Decide { party: party.clone(), about: about.clone(), verdict: Verdict::Accept }]
        }
        Action::SendBytes { from, to, label, bytes } if !bytes.is_empty() => {
            let shorter = |length: usize| bytes.iter().take(length).copied().collect();
            let lengths = if bytes.len() == 1 { vec![0] } else { vec![0, bytes.len() / 2, bytes.len() - 1] };
            let sent = |length| Action::SendBytes { from: from.clone(), to: to.clone(), label: label.clone(), bytes: shorter(length) };
            lengths.into_iter().map(sent).collect()
        }
        Action::Pause { node, for_s } => less(*for_s).into_iter().map(|for_s| Action::Pause { node: node.clone(), for_s }).collect(),
        Action::Lease { node, for_s } => less(*for_s).into_iter().map(|for_s| Action::Lease { node: node.clone(), for_s }).collect(),
        // Of all that another rulebook says, the fewest things are other holidays.
        Action::Rulebook { rulebook } if *rulebook != RulebookId::SONDERFEIERTAG => {
            vec![Action::Rulebook { rulebook: RulebookId::SONDERFEIERTAG }]
        }
        Action::Clock { node, fault } => {
            weaker_clocks(*fault).into_iter().map(|fault| Action::Clock { node: node.clone(), fault }).collect()
        }
        Action::Disk { node, fault } => {
            weaker_disks(step.at, *fault).into_iter().map(|fault| Action::Disk { node: node.clone(), fault }).collect()
        }
        Action::Send(_)
        | Action::SendBytes { .. }
        | Action::Restart { .. }
        | Action::Cutover { .. }
        | Action::Rulebook { .. }
        | Action::Decide { verdict: Verdict::Accept, .. }
        | Action::Calm
        | Action::Check(_) => Vec::new(),
    }
}

fn weaker_clocks(fault: ClockFault) -> Vec<ClockFault> {
    match fault {
        ClockFault::Step(ms) => less(ms.abs() / 1_000).into_iter().map(|seconds| ClockFault::Step(seconds * 1_000 * ms.signum())).collect(),
        ClockFault::Drift(ppm) => less(ppm.abs()).into_iter().map(|less| ClockFault::Drift(less * ppm.signum())).collect(),
    }
}

fn weaker_disks(at: Timestamp, fault: DiskFault) -> Vec<DiskFault> {
    match fault {
        DiskFault::Full(until) => sooner(at, until).into_iter().map(DiskFault::Full).collect(),
        DiskFault::Unreadable(until) => sooner(at, until).into_iter().map(DiskFault::Unreadable).collect(),
        DiskFault::Slow { ms, until } => {
            let shorter = sooner(at, until).into_iter().map(|until| DiskFault::Slow { ms, until });
            let quicker = less(ms / 1_000).into_iter().map(|seconds| DiskFault::Slow { ms: seconds * 1_000, until });
            shorter.chain(quicker).collect()
        }
        DiskFault::Refusing(until) => sooner(at, until).into_iter().map(DiskFault::Refusing).collect(),
        // A snapshot is disposable, a row of a queue is not.
        DiskFault::RottenRow(_) => vec![DiskFault::RottenSnapshots],
        DiskFault::FailedSync(Keep::Synced) | DiskFault::RottenSnapshots => Vec::new(),
        DiskFault::FailedSync(_) => vec![DiskFault::FailedSync(Keep::Synced)],
    }
}

fn weaker_faults(at: Timestamp, fault: &LinkFault) -> Vec<LinkFault> {
    let fewer = |count: u32| -> Vec<u32> { if count > 2 { vec![1, count - 1] } else { (1..count).collect() } };
    match fault {
        // Down to a second: a shorter delay is none.
        LinkFault::Delay(ms) if *ms > 1_000 => less(ms / 1_000).into_iter().map(|seconds| LinkFault::Delay(seconds * 1_000)).collect(),
        LinkFault::Delay(_) | LinkFault::Duplicate => Vec::new(),
        LinkFault::Lose(count) => fewer(*count).into_iter().map(LinkFault::Lose).collect(),
        LinkFault::ReceiptsLost(count) => fewer(*count).into_iter().map(LinkFault::ReceiptsLost).collect(),
        LinkFault::Refuse(count) => fewer(*count).into_iter().map(LinkFault::Refuse).collect(),
        LinkFault::Garble(count) => fewer(*count).into_iter().map(LinkFault::Garble).collect(),
        LinkFault::ReceiptsLostUntil(until) => {
            let shorter = sooner(at, *until).into_iter().map(LinkFault::ReceiptsLostUntil);
            std::iter::once(LinkFault::ReceiptsLost(1)).chain(shorter).collect()
        }
        LinkFault::ReceiptsLate(ms) if *ms > 1_000 => {
            less(ms / 1_000).into_iter().map(|seconds| LinkFault::ReceiptsLate(seconds * 1_000)).collect()
        }
        LinkFault::ReceiptsLate(_) | LinkFault::Reorder => Vec::new(),
        LinkFault::WrongDigest(count) => fewer(*count).into_iter().map(LinkFault::WrongDigest).collect(),
        LinkFault::Reset(count) => fewer(*count).into_iter().map(LinkFault::Reset).collect(),
        LinkFault::Hold(until) => sooner(at, *until).into_iter().map(LinkFault::Hold).collect(),
        LinkFault::Cut(until) => sooner(at, *until).into_iter().map(LinkFault::Cut).collect(),
    }
}

/// Ends after `at` that come before `until`.
fn sooner(at: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    less(until.ms_since(at) / 1_000).into_iter().map(|seconds| at.plus_seconds(seconds)).collect()
}

/// Seconds from 1 that are less than `seconds`: round ones first, then a half.
fn less(seconds: i64) -> Vec<i64> {
    [1, 60, 3_600, seconds / 2].into_iter().filter(|less| *less > 0 && *less < seconds).collect()
}
