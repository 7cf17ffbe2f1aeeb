//! The kinds of trouble that a nemesis knows: one table, one entry each.
//!
//! An entry draws its own particulars and adds steps to the plan, or changes how a party behaves. It may look at the ground, never at
//! the other entries: trouble of two kinds that meets is what a sweep is for.

use mako_engine::Timestamp;
use mako_engine::fristen::RulebookId;

use super::{Draw, Question};
use crate::plan::{Action, Behaviour, ClockFault, CrashPoint, DiskFault, Keep, LinkFault, Queue, Verdict};

/// A kind of trouble.
pub struct Kind {
    /// Its name, as it stands in the choices of a seed.
    pub name: &'static str,
    /// Throws one of it into the plan that is drawn.
    pub throw: fn(&mut Draw<'_>, &str),
}

/// Every kind of trouble there is.
pub const KINDS: &[Kind] = &[
    Kind { name: "crash", throw: |draw, name| crash(draw, name, &[CrashPoint::Now]) },
    Kind {
        name: "crash at a commit",
        throw: |draw, name| {
            crash(draw, name, &[CrashPoint::BeforeWrite, CrashPoint::BeforeSync, CrashPoint::BeforeSync, CrashPoint::AfterSync])
        },
    },
    Kind { name: "crash after a receipt", throw: |draw, name| crash(draw, name, &[CrashPoint::AfterReceipt]) },
    Kind { name: "crash before mark-sent", throw: |draw, name| crash(draw, name, &[CrashPoint::BeforeMarkSent]) },
    Kind { name: "partition", throw: partition },
    Kind { name: "delay", throw: delay },
    Kind { name: "duplicate", throw: |draw, name| link(draw, name, |_| LinkFault::Duplicate) },
    Kind { name: "requests lost", throw: |draw, name| link(draw, name, |draw| LinkFault::Lose(few(draw))) },
    Kind { name: "receipts lost", throw: |draw, name| link(draw, name, |draw| LinkFault::ReceiptsLost(few(draw))) },
    Kind { name: "receipts lost for a time", throw: receipts_lost_for_a_time },
    Kind { name: "a party is silent", throw: |draw, name| drop(silent(draw, name)) },
    Kind { name: "refusal", throw: refusal },
    Kind { name: "late decision", throw: late_decision },
    Kind { name: "last-minute decision", throw: last_minute_decision },
    Kind { name: "slow disk", throw: slow_disk },
    Kind { name: "failing disk", throw: failing_disk },
    Kind { name: "a Frist ends on a failing disk", throw: frist_on_a_failing_disk },
    Kind { name: "again on a slow disk", throw: again_on_a_slow_disk },
    Kind { name: "refused for good", throw: |draw, name| link(draw, name, |_| LinkFault::Refuse(1)) },
    Kind { name: "garbled", throw: |draw, name| link(draw, name, |draw| LinkFault::Garble(few(draw))) },
    Kind { name: "garbage", throw: garbage },
    Kind { name: "receipts late", throw: receipts_late },
    Kind { name: "wrong digests", throw: |draw, name| link(draw, name, |draw| LinkFault::WrongDigest(few(draw))) },
    Kind { name: "resets", throw: |draw, name| link(draw, name, |draw| LinkFault::Reset(few(draw))) },
    Kind { name: "reorder", throw: |draw, name| link(draw, name, |_| LinkFault::Reorder) },
    Kind { name: "hold", throw: |draw, name| until(draw, name, LinkFault::Hold) },
    Kind { name: "cut in one direction", throw: |draw, name| until(draw, name, LinkFault::Cut) },
    Kind { name: "pause", throw: pause },
    Kind { name: "clock", throw: clock },
    Kind { name: "disk full", throw: |draw, name| disk(draw, name, |draw, at| DiskFault::Full(soon(draw, at))) },
    Kind { name: "disk unreadable", throw: |draw, name| disk(draw, name, |draw, at| DiskFault::Unreadable(soon(draw, at))) },
    Kind { name: "rulebook changes", throw: rulebook_changes },
    Kind { name: "rotten snapshots", throw: rotten_snapshots },
    Kind { name: "holidays announced", throw: holidays_announced },
    Kind { name: "lease", throw: lease },
    Kind { name: "unreadable row", throw: unreadable_row },
    Kind { name: "failed sync", throw: |draw, name| disk(draw, name, |draw, _| DiskFault::FailedSync(keep(draw))) },
];

/// Bytes that are no message, or none that anybody waits for.
const GARBAGE: &[&[u8]] = &[
    b"",
    b"UNA:+.? '",
    b"hello",
    b"UNB+UNOC:3+9999000001012:500+9999000002010:500+251112:1200+A1'UNZ+0+A1'",
    b"UNB+UNOC:3+9999000001012:500+9999000002010:500+251112:1200+A2'UNH+1+UTILMD:D:11A:UN:S2.1'UNT+2+1'UNZ+1+A2",
    b"\xff\xfe\x00UNB",
];

fn crash(draw: &mut Draw<'_>, name: &str, points: &[CrashPoint]) {
    let Some(node) = draw.party() else { return };
    let point = draw.dice.of(points).copied().unwrap_or(CrashPoint::Now);
    let keep = draw.dice.of(&[Keep::Synced, Keep::Torn, Keep::All]).copied().unwrap_or_default();
    // What a disk keeps matters where something un-synced exists; elsewhere it would only make plans differ that are the same.
    let keep = if point == CrashPoint::BeforeSync { keep } else { Keep::Synced };
    let (at, down_s) = (draw.instant(), draw.lasting());
    draw.step(name, at, Action::Crash { node, point, keep, down_s: Some(down_s) });
}

fn partition(draw: &mut Draw<'_>, name: &str) {
    let Some((a, b)) = draw.two_parties() else { return };
    let at = draw.instant();
    let until = draw.end(at);
    draw.step(name, at, Action::Partition { a, b, until });
}

/// From an instant on messages take longer; often they are quick again before the calm.
fn delay(draw: &mut Draw<'_>, name: &str) {
    let Some((from, to)) = draw.two_parties() else { return };
    let at = draw.instant();
    // Around the minute for which a sender waits, and far beyond it.
    let ms = draw.dice.of(&[1_000, 30_000, 58_999, 59_000, 59_001, 60_000, 600_000, 10_800_000]).copied().unwrap_or(1_000);
    draw.step(name, at, Action::Link { from: from.clone(), to: to.clone(), fault: LinkFault::Delay(ms) });
    if !draw.dice.once_in(3) {
        let end = draw.end(at);
        draw.step(name, end, Action::Link { from, to, fault: LinkFault::Delay(0) });
    }
}

fn link(draw: &mut Draw<'_>, name: &str, fault: impl FnOnce(&mut Draw<'_>) -> LinkFault) {
    let Some((from, to)) = draw.two_parties() else { return };
    let at = draw.instant();
    let fault = fault(draw);
    draw.step(name, at, Action::Link { from, to, fault });
}

fn receipts_late(draw: &mut Draw<'_>, name: &str) {
    let Some((from, to)) = draw.two_parties() else { return };
    let at = draw.instant();
    let ms = draw.dice.of(&[1_000, 30_000, 59_000, 60_000, 600_000]).copied().unwrap_or(1_000);
    draw.step(name, at, Action::Link { from: from.clone(), to: to.clone(), fault: LinkFault::ReceiptsLate(ms) });
    let end = draw.end(at);
    draw.step(name, end, Action::Link { from, to, fault: LinkFault::ReceiptsLate(0) });
}

/// A fault of a link that has an end.
fn until(draw: &mut Draw<'_>, name: &str, fault: fn(Timestamp) -> LinkFault) {
    let Some((from, to)) = draw.two_parties() else { return };
    let at = draw.instant();
    let end = draw.end(at);
    draw.step(name, at, Action::Link { from, to, fault: fault(end) });
}

fn pause(draw: &mut Draw<'_>, name: &str) {
    let Some(node) = draw.party() else { return };
    let (at, for_s) = (draw.instant(), draw.lasting());
    draw.step(name, at, Action::Pause { node, for_s });
}

/// As much as a clock is wrong whose time service is gone, or is put right again.
fn clock(draw: &mut Draw<'_>, name: &str) {
    let Some(node) = draw.party() else { return };
    let at = draw.instant();
    let faults = [-5_000, -1_000, 1_000, 5_000].map(ClockFault::Step).into_iter().chain([-50, 50].map(ClockFault::Drift));
    let fault = draw.dice.of(&faults.collect::<Vec<_>>()).copied().unwrap_or(ClockFault::Step(1_000));
    draw.step(name, at, Action::Clock { node, fault });
}

fn disk(draw: &mut Draw<'_>, name: &str, fault: impl FnOnce(&mut Draw<'_>, Timestamp) -> DiskFault) {
    let Some(node) = draw.party() else { return };
    let at = draw.instant();
    let fault = fault(draw, at);
    draw.step(name, at, Action::Disk { node, fault });
}

/// Within ten minutes: whoever cannot read tries every second.
fn soon(draw: &mut Draw<'_>, at: Timestamp) -> Timestamp {
    at.plus_seconds(draw.dice.of(&[1, 59, 61, 600]).copied().unwrap_or(60))
}

fn keep(draw: &mut Draw<'_>) -> Keep {
    draw.dice.of(&[Keep::Synced, Keep::Torn, Keep::All]).copied().unwrap_or_default()
}

fn receipts_lost_for_a_time(draw: &mut Draw<'_>, name: &str) {
    let Some((from, to)) = draw.two_parties() else { return };
    let at = draw.instant();
    let until = draw.end(at);
    draw.step(name, at, Action::Link { from, to, fault: LinkFault::ReceiptsLostUntil(until) });
}

fn few(draw: &mut Draw<'_>) -> u32 {
    u32::try_from(1 + draw.dice.below(4)).unwrap_or(1)
}

/// The back office of one who is asked never decides.
fn silent(draw: &mut Draw<'_>, name: &str) -> Option<Question> {
    let question = draw.dice.of(&draw.ground.questions).cloned()?;
    let party = draw.plan.parties.iter_mut().find(|party| party.name == question.party)?;
    party.behaviour = Behaviour::Silent;
    draw.choices.note(name, question.party.clone());
    Some(question)
}

fn refusal(draw: &mut Draw<'_>, name: &str) {
    let Some(question) = draw.dice.of(&draw.ground.questions).cloned() else { return };
    let Some(code) = draw.dice.of(&question.refusals).cloned() else { return };
    let at = draw.instant();
    draw.step(name, at, Action::Decide { party: question.party, about: question.about, verdict: Verdict::Reject(code) });
}

fn late_decision(draw: &mut Draw<'_>, name: &str) {
    let Some(question) = draw.dice.of(&draw.ground.questions).cloned() else { return };
    let begin = draw.instant();
    let at = draw.end(begin);
    draw.step(name, at, Action::Decide { party: question.party, about: question.about, verdict: Verdict::Accept });
}

/// The answer arrives at, or just around, the instant at which its Frist ends; often while every node is busy writing.
fn last_minute_decision(draw: &mut Draw<'_>, name: &str) {
    let Some(question) = draw.dice.of(&draw.ground.questions).cloned() else { return };
    let at = draw.last_minute(&question);
    draw.step(name, at, Action::Decide { party: question.party, about: question.about, verdict: Verdict::Accept });
    if draw.dice.once_in(2) {
        let until = at.plus_seconds(60);
        for party in &draw.ground.parties {
            draw.step(name, at, Action::Disk { node: party.name.clone(), fault: DiskFault::Slow { ms: 2_000, until } });
        }
    }
}

/// A second is what a message travels: much slower, and everything meets everything.
fn slow_disk(draw: &mut Draw<'_>, name: &str) {
    let ms = draw.dice.of(&[1_000, 1_000, 2_000, 3_000, 30_000]).copied().unwrap_or(1_000);
    let lasting_s = draw.lasting();
    disk(draw, name, |draw, at| DiskFault::Slow { ms, until: at.plus_seconds(lasting_s).min(draw.calm_at) });
}

/// Not for long: whoever cannot write tries every second.
fn failing_disk(draw: &mut Draw<'_>, name: &str) {
    let lasting_s = draw.lasting().min(600);
    disk(draw, name, |draw, at| DiskFault::Refusing(at.plus_seconds(lasting_s).min(draw.calm_at)));
}

/// Whoever is asked is silent, and all disks fail around the full hour at which something then has to happen.
fn frist_on_a_failing_disk(draw: &mut Draw<'_>, name: &str) {
    let Some(question) = silent(draw, name) else { return };
    let at = draw.last_minute(&question);
    let until = at.plus_seconds(60);
    for party in &draw.ground.parties {
        draw.step(name, at, Action::Disk { node: party.name.clone(), fault: DiskFault::Refusing(until) });
    }
}

/// The network repeats a message while the disk is still busy with it.
fn again_on_a_slow_disk(draw: &mut Draw<'_>, name: &str) {
    let Some((from, to)) = draw.two_parties() else { return };
    let order = draw.dice.of(&draw.orders).copied().unwrap_or(draw.start);
    draw.step(name, order, Action::Disk { node: to.clone(), fault: DiskFault::Slow { ms: 30_000, until: order.plus_seconds(300) } });
    let again = order.plus_seconds(32 + i64::try_from(draw.dice.below(28)).unwrap_or(0));
    draw.step(name, again, Action::Link { from, to, fault: LinkFault::Duplicate });
}

/// From an instant on the other rulebook governs what begins.
fn rulebook_changes(draw: &mut Draw<'_>, name: &str) {
    let others: Vec<RulebookId> = RulebookId::all().filter(|rulebook| *rulebook != draw.plan.rulebook).collect();
    let Some(rulebook) = draw.dice.of(&others).copied() else { return };
    let at = draw.instant();
    draw.step(name, at, Action::Rulebook { rulebook });
}

/// The list of holidays changes under processes that run: a Frist that stands keeps its instant, what begins counts by the new list.
fn holidays_announced(draw: &mut Draw<'_>, name: &str) {
    if draw.plan.rulebook == RulebookId::BK6_24_174 {
        let at = draw.instant();
        draw.step(name, at, Action::Rulebook { rulebook: RulebookId::SONDERFEIERTAG });
    }
}

/// Another worker takes a message and does not come back in time.
fn lease(draw: &mut Draw<'_>, name: &str) {
    let Some(node) = draw.party() else { return };
    let (at, for_s) = (draw.instant(), draw.lasting());
    draw.step(name, at, Action::Lease { node, for_s });
}

/// A row of a queue cannot be decoded any more.
fn unreadable_row(draw: &mut Draw<'_>, name: &str) {
    let queue = draw.dice.of(&Queue::ALL).map_or(Queue::Outbox, |(_, queue)| *queue);
    disk(draw, name, |_, _| DiskFault::RottenRow(queue));
}

/// The snapshots of every node rot, which shows when they have to be read: after a crash.
fn rotten_snapshots(draw: &mut Draw<'_>, name: &str) {
    let at = draw.instant();
    let end = draw.end(at);
    for party in &draw.ground.parties {
        draw.step(name, at, Action::Disk { node: party.name.clone(), fault: DiskFault::RottenSnapshots });
        let (node, point, down_s) = (party.name.clone(), CrashPoint::Now, Some(draw.lasting().min(300)));
        draw.step(name, end, Action::Crash { node, point, keep: Keep::Synced, down_s });
    }
}

fn garbage(draw: &mut Draw<'_>, name: &str) {
    let Some((from, to)) = draw.two_parties() else { return };
    let bytes = draw.dice.of(GARBAGE).map(|bytes| bytes.to_vec()).unwrap_or_default();
    let at = draw.instant();
    draw.step(name, at, Action::SendBytes { from, to, label: "bytes".to_owned(), bytes });
}
