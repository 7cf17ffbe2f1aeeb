//! The timetable: one line per thing that happens, local time first.
//!
//! `A -> B` hands over a message, `A !` is something that happens to a node, `A x B` and `A ~ B` to the link between two parties,
//! `A decides` to a message on somebody's desk; `check` looks. Arrows and marks have a spelling on every keyboard and one for the eye.

use mako_engine::Timestamp;

use super::assertion::take_assertion;
use super::error::ScenarioError;
use super::header::take_rulebook;
use super::line::{Line, Read};
use super::message::{Files, take_message};
use super::moment::{take_duration, take_moment};
use super::names::{Names, did_you_mean, listed};
use crate::plan::{Action, ClockFault, CrashPoint, DiskFault, Keep, LinkFault, Queue, Step, Verdict};

const VERBS: &str = "`->`, `!`, `x`, `~` or `decides`";
const LINK_FAULTS: [&str; 10] = ["delay", "duplicate", "lose", "receipt", "refuse", "garble", "reorder", "reset", "hold", "cut"];

/// Crash points as they stand in a file.
pub(super) const CRASH_POINTS: [(&str, CrashPoint); 5] = [
    ("before write", CrashPoint::BeforeWrite),
    ("before sync", CrashPoint::BeforeSync),
    ("after sync", CrashPoint::AfterSync),
    ("after receipt", CrashPoint::AfterReceipt),
    ("before mark-sent", CrashPoint::BeforeMarkSent),
];

/// What a disk keeps, as it stands in a file.
pub(super) const KEEPS: [(&str, Keep); 3] = [("keep=synced", Keep::Synced), ("keep=torn", Keep::Torn), ("keep=all", Keep::All)];

/// The step that the line says; `None` when its time is bad, which is noted.
pub(super) fn take_step(line: &mut Line<'_>, names: &Names, files: Files<'_>) -> Read<Option<Step>> {
    let at = take_moment(line)?;
    let number = line.number;
    let action = take_action(line, names, files)?;
    line.take_end()?;
    let Some(at) = at else { return Ok(None) };
    if let Action::Partition { until, .. }
    | Action::Link { fault: LinkFault::ReceiptsLostUntil(until) | LinkFault::Hold(until) | LinkFault::Cut(until), .. }
    | Action::Disk {
        fault: DiskFault::Full(until) | DiskFault::Unreadable(until) | DiskFault::Slow { until, .. } | DiskFault::Refusing(until),
        ..
    } = &action
        && *until <= at
    {
        return Err(line.error_at_end("an end that is not after its beginning", "a later time after `until`", "mend one of the two times"));
    }
    Ok(Some(Step { at, line: number, action }))
}

fn take_action(line: &mut Line<'_>, names: &Names, files: Files<'_>) -> Read<Action> {
    line.goes_on("a party or `check`", "say what happens then")?;
    if line.take_if("check") {
        return take_assertion(line, names).map(Action::Check);
    }
    if line.take_if("calm") {
        return Ok(Action::Calm);
    }
    if line.take_if("rulebook") {
        return Ok(Action::Rulebook { rulebook: take_rulebook(line)? });
    }
    let party = line.take_party(names)?;
    let verb = line.take(VERBS, "say what the party does or what happens to it")?;
    match verb.text {
        "->" | "→" => {
            let to = take_other(line, names, &party)?;
            take_message(line, names, files, party, to)
        }
        "!" | "■" | "▶" => take_node_event(line, party),
        "x" | "╳" => {
            let b = take_other(line, names, &party)?;
            line.take_exactly("partition", "write `partition until` with a day and a time")?;
            line.take_exactly("until", "write `partition until` with a day and a time")?;
            let until = take_until(line)?;
            Ok(Action::Partition { a: party, b, until })
        }
        "~" | "∼" => {
            let to = take_other(line, names, &party)?;
            let fault = take_link_fault(line)?;
            Ok(Action::Link { from: party, to, fault })
        }
        "decides" => take_decision(line, party),
        _ => {
            let advice =
                did_you_mean(verb.text, &["decides"]).unwrap_or_else(|| "write a message as `A -> B`, an event as `A ! crash`".to_owned());
            Err(line.unexpected(verb, VERBS, &advice))
        }
    }
}

/// The second party of a line.
fn take_other(line: &mut Line<'_>, names: &Names, first: &str) -> Read<String> {
    let word = line.peek();
    let other = line.take_party(names)?;
    if let Some(word) = word.filter(|word| word.text == first) {
        line.note(line.error(word, format!("`{first}` on both sides"), "two parties", "name the other party"));
    }
    Ok(other)
}

/// An end; one that is no instant is noted, so its value does not matter.
fn take_until(line: &mut Line<'_>) -> Read<Timestamp> {
    Ok(take_moment(line)?.unwrap_or(Timestamp::MAX))
}

fn take_node_event(line: &mut Line<'_>, node: String) -> Read<Action> {
    const EXPECTED: &str = "`crash`, `restart`, `pause`, `clock`, `disk`, `lease` or `cutover`";
    let word = line.take(EXPECTED, "say what happens to the node")?;
    match word.text {
        "crash" => {
            let point = take_crash_point(line)?;
            let keep = take_keep(line)?;
            let down_s = if line.take_if("for") { Some(take_seconds(line)?) } else { None };
            Ok(Action::Crash { node, point, keep, down_s })
        }
        "restart" => Ok(Action::Restart { node }),
        "pause" => {
            line.take_exactly("for", "say for how long, as `pause for 10m`")?;
            Ok(Action::Pause { node, for_s: take_seconds(line)? })
        }
        "lease" => {
            line.take_exactly("for", "say for how long another worker has the next message, as `lease for 10m`")?;
            Ok(Action::Lease { node, for_s: take_seconds(line)? })
        }
        "clock" => Ok(Action::Clock { node, fault: take_clock_fault(line)? }),
        "disk" => Ok(Action::Disk { node, fault: take_disk_fault(line)? }),
        "cutover" => {
            let (expected, advice) = ("a format version such as FV2026-10-01", "name a format version that is known");
            let word = line.take(expected, advice)?;
            let version = word.text.parse().map_err(|_| line.unexpected(word, expected, advice))?;
            Ok(Action::Cutover { node, version })
        }
        _ => {
            let advice = did_you_mean(word.text, &["crash", "restart", "pause", "clock", "disk", "lease", "cutover"])
                .unwrap_or_else(|| "say what happens to the node".to_owned());
            Err(line.unexpected(word, EXPECTED, &advice))
        }
    }
}

fn take_clock_fault(line: &mut Line<'_>) -> Read<ClockFault> {
    let (expected, advice) = ("a step such as +00:05 or -00:00:30, or `drift`", "say by how much the clock is put forward or back");
    let word = line.take(expected, advice)?;
    if word.text == "drift" {
        let (expected, advice) = ("millionths such as 50ppm or -50ppm", "write a whole number and ppm without a blank between them");
        let word = line.take(expected, advice)?;
        let ppm = word.text.strip_suffix("ppm").and_then(|number| number.parse().ok()).filter(|ppm: &i64| ppm.abs() <= 100_000);
        return ppm.map(ClockFault::Drift).ok_or_else(|| line.unexpected(word, expected, advice));
    }
    clock_step(word.text).map(ClockFault::Step).ok_or_else(|| line.unexpected(word, expected, advice))
}

/// `+HH:MM` or `-HH:MM:SS` in milliseconds.
fn clock_step(text: &str) -> Option<i64> {
    let (sign, rest) = text.strip_prefix('+').map(|rest| (1, rest)).or_else(|| text.strip_prefix('-').map(|rest| (-1, rest)))?;
    let parts: Vec<i64> = rest
        .split(':')
        .map(|part| part.parse().ok().filter(|_| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())))
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [hours, minutes] if *minutes < 60 => Some(sign * (hours * 3_600 + minutes * 60) * 1_000),
        [hours, minutes, seconds] if *minutes < 60 && *seconds < 60 => Some(sign * (hours * 3_600 + minutes * 60 + seconds) * 1_000),
        _ => None,
    }
}

fn take_disk_fault(line: &mut Line<'_>) -> Read<DiskFault> {
    const EXPECTED: &str = "`full until`, `unreadable until`, `failed sync`, `slow`, `refuses until` or `rots` and what";
    let word = line.take(EXPECTED, "say what happens to the disk")?;
    match word.text {
        // Until everything is calm, or the run ends.
        "full" if line.peek().is_none() => Ok(DiskFault::Full(Timestamp::MAX)),
        "full" => take_end_of(line, "full").map(DiskFault::Full),
        "unreadable" => take_end_of(line, "unreadable").map(DiskFault::Unreadable),
        "slow" => {
            let ms = take_duration(line)?;
            Ok(DiskFault::Slow { ms, until: take_end_of(line, "slow 2s")? })
        }
        "refuses" => take_end_of(line, "refuses").map(DiskFault::Refusing),
        "rots" => {
            let (expected, advice) =
                ("`snapshots`, `inbox`, `outbox` or `deadlines`", "say what rots: nothing else of a disk may rot unseen");
            let what = line.take(expected, advice)?;
            let queue = Queue::ALL.into_iter().find(|(name, _)| *name == what.text).map(|(_, queue)| DiskFault::RottenRow(queue));
            let fault = if what.text == "snapshots" { Some(DiskFault::RottenSnapshots) } else { queue };
            fault.ok_or_else(|| line.unexpected(what, expected, advice))
        }
        "failed" => {
            line.take_exactly("sync", "write `failed sync`, and what the disk keeps")?;
            take_keep(line).map(DiskFault::FailedSync)
        }
        _ => {
            let advice = did_you_mean(word.text, &["full", "unreadable", "failed", "slow", "refuses", "rots"])
                .unwrap_or_else(|| "say what happens to the disk".to_owned());
            Err(line.unexpected(word, EXPECTED, &advice))
        }
    }
}

fn take_crash_point(line: &mut Line<'_>) -> Read<CrashPoint> {
    let Some(side) = line.peek().filter(|word| matches!(word.text, "before" | "after")) else { return Ok(CrashPoint::Now) };
    line.take_exactly(side.text, "")?;
    let points = CRASH_POINTS.iter().filter_map(|(text, point)| Some((text.strip_prefix(side.text)?.trim_start(), *point)));
    let points: Vec<_> = points.collect();
    let expected = format!("one of {}", listed(&points.iter().map(|(text, _)| *text).collect::<Vec<_>>()));
    let advice = format!("say where the node crashes: {}", listed(&CRASH_POINTS.map(|(text, _)| text)));
    let place = line.take(&expected, &advice)?;
    let found = points.into_iter().find(|(text, _)| *text == place.text);
    found.map(|(_, point)| point).ok_or_else(|| line.unexpected(place, &expected, &advice))
}

/// How long a node stays down: whole seconds, at least one.
fn take_seconds(line: &mut Line<'_>) -> Read<i64> {
    let word = line.peek();
    let ms = take_duration(line)?;
    match word {
        Some(word) if ms < 1_000 || ms % 1_000 != 0 => {
            Err(line.unexpected(word, "whole seconds, at least one", "write 30s, 10m or the like"))
        }
        _ => Ok(ms / 1_000),
    }
}

fn take_keep(line: &mut Line<'_>) -> Read<Keep> {
    let Some(word) = line.peek().filter(|word| word.text != "for") else { return Ok(Keep::default()) };
    if let Some((_, keep)) = KEEPS.into_iter().find(|(text, _)| line.take_if(text)) {
        return Ok(keep);
    }
    Err(line.unexpected(
        word,
        "`before` or `after` a point, or `keep=synced`, `keep=torn`, `keep=all`",
        "write the point first, then what the disk keeps",
    ))
}

fn take_link_fault(line: &mut Line<'_>) -> Read<LinkFault> {
    const EXPECTED: &str = "`delay`, `duplicate`, `lose`, `receipt …`, `refuse`, `garble`, `reorder`, `reset`, `hold until` or `cut until`";
    let word = line.take(EXPECTED, "say what happens on the link")?;
    match word.text {
        "delay" => take_duration(line).map(LinkFault::Delay),
        "duplicate" => Ok(LinkFault::Duplicate),
        "lose" => take_number(line).map(LinkFault::Lose),
        "refuse" => take_number_or_one(line).map(LinkFault::Refuse),
        "garble" => take_number_or_one(line).map(LinkFault::Garble),
        "receipt" => take_receipt_fault(line),
        "reorder" => Ok(LinkFault::Reorder),
        "reset" => take_number_or_one(line).map(LinkFault::Reset),
        "hold" => take_end_of(line, "hold").map(LinkFault::Hold),
        "cut" => take_end_of(line, "cut").map(LinkFault::Cut),
        _ => {
            let advice = did_you_mean(word.text, &LINK_FAULTS).unwrap_or_else(|| "say what happens on the link".to_owned());
            Err(line.unexpected(word, EXPECTED, &advice))
        }
    }
}

fn take_receipt_fault(line: &mut Line<'_>) -> Read<LinkFault> {
    const EXPECTED: &str = "`lost`, `late` or `wrong digest`";
    let word = line.take(EXPECTED, "say what happens to the receipt")?;
    match word.text {
        "lost" if line.take_if("until") => take_until(line).map(LinkFault::ReceiptsLostUntil),
        "lost" => take_number_or_one(line).map(LinkFault::ReceiptsLost),
        "late" => take_duration(line).map(LinkFault::ReceiptsLate),
        "wrong" => {
            line.take_exactly("digest", "write `receipt wrong digest`")?;
            take_number_or_one(line).map(LinkFault::WrongDigest)
        }
        _ => Err(line.unexpected(word, EXPECTED, "say what happens to the receipt")),
    }
}

/// The end of a fault, after `until`.
fn take_end_of(line: &mut Line<'_>, fault: &str) -> Read<Timestamp> {
    line.take_exactly("until", &format!("write `{fault} until` with a day and a time"))?;
    take_until(line)
}

/// As [`take_number`]; one message when nothing is said.
fn take_number_or_one(line: &mut Line<'_>) -> Read<u32> {
    if line.peek().is_none() { Ok(1) } else { take_number(line) }
}

/// How many messages are concerned: at least one.
fn take_number(line: &mut Line<'_>) -> Read<u32> {
    let (expected, advice) = ("a number from 1", "say how many messages are concerned");
    let word = line.take(expected, advice)?;
    word.text.parse().ok().filter(|number| *number > 0).ok_or_else(|| line.unexpected(word, expected, advice))
}

fn take_decision(line: &mut Line<'_>, party: String) -> Read<Action> {
    const WHAT: &str = "a word such as `Anmeldung`";
    let mut about = line.take_bare(WHAT, "say what is decided")?.to_owned();
    // It may have a name of several words, such as `Ausführung der Sperrung`.
    while line.is_ahead(&["accept", "reject"]) {
        about.push(' ');
        about.push_str(line.take_bare(WHAT, "say what is decided")?);
    }
    let (expected, advice) = ("`accept` or `reject`", "say how it is decided");
    let word = line.take(expected, advice)?;
    let verdict = match word.text {
        "accept" => Verdict::Accept,
        "reject" => Verdict::Reject(line.take_bare("an answer code such as `A05`", "say why it is rejected")?.to_owned()),
        _ => return Err(line.unexpected(word, expected, advice)),
    };
    Ok(Action::Decide { party, about, verdict })
}

/// An error for every step that is earlier than the one before it, or later than the end.
pub(super) fn out_of_order(steps: &[(Step, Line<'_>)], until: Option<(u32, Timestamp)>) -> Vec<ScenarioError> {
    let mut errors = Vec::new();
    let mut latest: Option<&Step> = None;
    for (step, line) in steps {
        if let Some(before) = latest.filter(|before| before.at > step.at) {
            let found = format!("a time before that of line {}", before.line);
            errors.push(line.error_at_start(&found, "steps in the order of their times", "move the line up, or mend its time"));
        } else {
            latest = Some(step);
        }
        if let Some((end, _)) = until.filter(|(_, until)| step.at > *until) {
            let found = format!("a time after `until` in line {end}");
            errors.push(line.error_at_start(&found, "a time before the end", "let the run end later, or take the step out"));
        }
    }
    errors
}
