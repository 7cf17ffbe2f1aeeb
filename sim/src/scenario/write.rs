//! A plan as a scenario file.
//!
//! For plans that no person wrote: what a seed grew, what a search for the shortest failing plan left. Bytes are written where they
//! are sent, also those that came from a file. A crash that a variant put at one commit has no line in the format; it is written as a
//! comment, so that a reader knows why the file alone does not show what the variant showed.

use mako_engine::fristen::berlin;

use super::moment::{duration, moment};
use super::quoted;
use super::timetable::{CRASH_POINTS, KEEPS};
use crate::plan::{Action, Behaviour, CrashPoint, DiskFault, Keep, LinkFault, Object, Order, Party, Plan, Step, Variant, Verdict};

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
    lines.extend(plan.variants.iter().map(|Variant::CrashAtEveryCommit| keyword("variants", "crash@every-commit")));
    if let Some(crash) = &plan.crash_at_commit {
        let crashes = crash_text(crash.point, crash.keep);
        lines.push(format!("# besides: {} {crashes} at commit {}, restart after {}s", crash.node, crash.commit, crash.down_s));
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
    let behaviour = match behaviour {
        Behaviour::Conformant => "",
        Behaviour::Silent => "  silent",
    };
    format!("{name:<4} {role:<14} {mp_id}  {sparte}{behaviour}")
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
        Action::Disk { node, fault, until } => line(node, "!", "", &format!("disk {} until {}", disk_fault_text(*fault), moment(*until))),
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

fn crash_text(point: CrashPoint, keep: Keep) -> String {
    let point = CRASH_POINTS.iter().find(|(_, known)| *known == point).map_or_else(String::new, |(text, _)| format!(" {text}"));
    let keep = KEEPS.iter().find(|(_, known)| *known == keep && keep != Keep::default());
    format!("crash{point}{}", keep.map_or_else(String::new, |(text, _)| format!("  {text}")))
}

pub(crate) fn disk_fault_text(fault: DiskFault) -> String {
    match fault {
        DiskFault::Slow(ms) => format!("slow {}", duration(ms)),
        DiskFault::Fails => "fails".to_owned(),
    }
}

fn fault_text(fault: &LinkFault) -> String {
    match fault {
        LinkFault::Refuse(count) => format!("refuse {count}"),
        LinkFault::Garble(count) => format!("garble {count}"),
        LinkFault::Delay(ms) => format!("delay {}", duration(*ms)),
        LinkFault::Duplicate => "duplicate".to_owned(),
        LinkFault::Lose(count) => format!("lose {count}"),
        LinkFault::ReceiptsLost(1) => "receipt lost".to_owned(),
        LinkFault::ReceiptsLost(count) => format!("receipt lost {count}"),
        LinkFault::ReceiptsLostUntil(until) => format!("receipt lost until {}", moment(*until)),
    }
}
