//! A plan as a scenario file.
//!
//! For plans that no person wrote: what a seed grew, what a search for the shortest failing plan left. Bytes are written where they
//! are sent, also those that came from a file. What a variant put into a plan has no line in the format; it is written as a
//! comment, so that a reader knows why the file alone does not show what the variant showed.

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;

use super::moment::{duration, moment};
use super::quoted;
use super::timetable::{CRASH_POINTS, KEEPS};
use crate::plan::{Action, ClockFault, CrashPoint, DiskFault, Keep, LinkFault, Object, Order, Party, Plan, Step, Verdict};

/// `plan` as the text of a scenario file. [`parse`](super::parse) reads it as the same plan, with the lines that it then has.
#[must_use]
pub fn write(plan: &Plan) -> String {
    let mut lines = vec![
        keyword("scenario", &one_line(&plan.title)),
        keyword("source", &one_line(&plan.source)),
        keyword("zone", "Europe/Berlin"),
        keyword("rulebook", plan.rulebook.name()),
        keyword("seed", &plan.seed.to_string()),
    ];
    lines.extend(plan.parties.iter().map(|party| keyword("party", &party_text(party))));
    lines.extend(plan.objects.iter().map(|object| keyword("object", &object_text(object))));
    lines.push(String::new());
    let mut day = None;
    for step in &plan.steps {
        // A blank line between days, as between the days of a snapshot.
        if day.replace(berlin::day(step.at)).is_some_and(|before| before != berlin::day(step.at)) {
            lines.push(String::new());
        }
        lines.push(step_text(step));
    }
    if !plan.steps.is_empty() {
        lines.push(String::new());
    }
    lines.push(keyword("until", &moment(plan.until)));
    lines.extend(plan.expects.iter().map(|expectation| keyword("expect", &expectation.expect.to_string())));
    lines.extend(plan.variants.iter().map(|variant| keyword("variants", variant.name())));
    if let Some(disturbance) = &plan.disturbance {
        lines.push(format!("# besides: {disturbance}"));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn keyword(keyword: &str, rest: &str) -> String {
    format!("{keyword:<10} {rest}")
}

fn one_line(text: &str) -> String {
    text.trim().replace(['\n', '\r'], " ")
}

fn party_text(party: &Party) -> String {
    let Party { name, role, mp_id, sparte, behaviour } = party;
    let behaviour = behaviour.name();
    let gap = if behaviour.is_empty() { "" } else { "  " };
    format!("{name:<4} {role:<14} {mp_id}  {sparte}{gap}{behaviour}")
}

fn object_text(object: &Object) -> String {
    let Object { name, kind, id, attributes } = object;
    format!("{name:<4} {kind:<14} {id}{}", details(attributes))
}

fn details<'a>(details: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    details.into_iter().map(|(key, value)| format!("  {key}={}", quoted::value(value))).collect()
}

/// One step as a line of a scenario file.
pub(crate) fn step_text(step: &Step) -> String {
    format!("{:<18} {}", moment(step.at), action_text(&step.action))
}

fn action_text(action: &Action) -> String {
    match action {
        Action::Send(order) => order_text(order),
        Action::SendBytes { from, to, bytes, .. } => line(from, "->", to, &format!("bytes {}", quoted::escape(bytes))),
        Action::Crash { node, point, keep, down_s } => {
            let down = down_s.map(|down_s| format!("  for {}", duration(down_s.saturating_mul(1_000)))).unwrap_or_default();
            line(node, "!", "", &format!("{}{down}", crash_text(*point, *keep)))
        }
        Action::Restart { node } => line(node, "!", "", "restart"),
        Action::Pause { node, for_s } => line(node, "!", "", &format!("pause for {}", duration(for_s.saturating_mul(1_000)))),
        Action::Clock { node, fault } => line(node, "!", "", &format!("clock {}", clock_text(*fault))),
        Action::Lease { node, for_s } => line(node, "!", "", &format!("lease for {}", duration(for_s.saturating_mul(1_000)))),
        Action::Cutover { node, version } => line(node, "!", "", &format!("cutover {version}")),
        Action::Disk { node, fault } => line(node, "!", "", &format!("disk {}", disk_text(*fault))),
        Action::Partition { a, b, until } => line(a, "x", b, &format!("partition until {}", moment(*until))),
        Action::Link { from, to, fault } => line(from, "~", to, &fault_text(fault)),
        Action::Decide { party, about, verdict } => {
            let verdict = match verdict {
                Verdict::Accept => "accept".to_owned(),
                Verdict::Reject(code) => format!("reject {code}"),
            };
            line(party, "decides", "", &format!("{about} {verdict}"))
        }
        Action::Calm => "calm".to_owned(),
        Action::Rulebook { rulebook } => format!("rulebook {rulebook}"),
        Action::Check(expect) => format!("check {expect}"),
    }
}

/// Who and whom in a column of their own.
fn line(first: &str, verb: &str, second: &str, rest: &str) -> String {
    let who = format!("{first} {verb} {second}");
    format!("{:<11} {rest}", who.trim_end())
}

fn order_text(order: &Order) -> String {
    let Order { from, to, message_type, pid, word, objects, details: known } = order;
    let objects: String = objects.iter().map(|object| format!("  {object}")).collect();
    line(from, "->", to, &format!("{message_type} {pid} {word}{objects}{}", details(known)))
}

/// A fault of a clock, as it stands in a file after `clock`.
pub(crate) fn clock_text(fault: ClockFault) -> String {
    match fault {
        ClockFault::Step(ms) => {
            let (sign, s) = (if ms < 0 { '-' } else { '+' }, ms.unsigned_abs() / 1_000);
            format!("{sign}{:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60)
        }
        ClockFault::Drift(ppm) => format!("drift {ppm}ppm"),
    }
}

/// A fault of a disk, as it stands in a file after `disk`.
fn disk_text(fault: DiskFault) -> String {
    match fault {
        DiskFault::Full(Timestamp::MAX) => "full".to_owned(),
        DiskFault::Full(until) => format!("full until {}", moment(until)),
        DiskFault::Slow { ms, until } => format!("slow {} until {}", duration(ms), moment(until)),
        DiskFault::Refusing(until) => format!("refuses until {}", moment(until)),
        DiskFault::Unreadable(until) => format!("unreadable until {}", moment(until)),
        DiskFault::FailedSync(keep) => format!("failed sync{}", keep_text(keep)),
        DiskFault::RottenSnapshots => "rots snapshots".to_owned(),
        DiskFault::RottenRow(queue) => format!("rots {}", queue.name()),
    }
}

/// What a disk keeps, unless it is what is expected.
fn keep_text(keep: Keep) -> String {
    let keep = KEEPS.iter().find(|(_, known)| *known == keep && keep != Keep::default());
    keep.map_or_else(String::new, |(text, _)| format!("  {text}"))
}

fn crash_text(point: CrashPoint, keep: Keep) -> String {
    let point = CRASH_POINTS.iter().find(|(_, known)| *known == point).map_or_else(String::new, |(text, _)| format!(" {text}"));
    format!("crash{point}{}", keep_text(keep))
}

fn fault_text(fault: &LinkFault) -> String {
    match fault {
        LinkFault::Refuse(count) => format!("refuse{}", times(*count)),
        LinkFault::Garble(count) => format!("garble{}", times(*count)),
        LinkFault::Delay(ms) => format!("delay {}", duration(*ms)),
        LinkFault::Duplicate => "duplicate".to_owned(),
        LinkFault::Lose(count) => format!("lose {count}"),
        LinkFault::ReceiptsLost(count) => format!("receipt lost{}", times(*count)),
        LinkFault::ReceiptsLostUntil(until) => format!("receipt lost until {}", moment(*until)),
        LinkFault::ReceiptsLate(ms) => format!("receipt late {}", duration(*ms)),
        LinkFault::WrongDigest(count) => format!("receipt wrong digest{}", times(*count)),
        LinkFault::Reset(count) => format!("reset{}", times(*count)),
        LinkFault::Reorder => "reorder".to_owned(),
        LinkFault::Hold(until) => format!("hold until {}", moment(*until)),
        LinkFault::Cut(until) => format!("cut until {}", moment(*until)),
    }
}

/// A number of messages, unless it is one.
fn times(count: u32) -> String {
    if count == 1 { String::new() } else { format!(" {count}") }
}
