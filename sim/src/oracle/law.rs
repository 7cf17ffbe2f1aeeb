//! A second opinion on the law: when things are due, and what a refusal and silence mean.
//!
//! Written from the texts and not from the engine: its own calendar, its own summer time, its own counting. It knows the Fristen that
//! start with an instant which the trace states, under the regulation's rulebook; what it does not know it does not judge. Source of the
//! effects: APERAK AHB 1.1 §§ 1.3 to 1.5.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::Timestamp;
use mako_engine::fristen::RulebookId;
use serde_json::Value;
use time::macros::date;
use time::{Date, Duration, Month, OffsetDateTime, Time, Weekday};

use super::clocks::Clocks;
use super::fristen::text_in;
use crate::plan::{Action, Step};
use crate::run::Outcome;
use crate::trace::{Entry, What};

/// A party and the stream of its process.
type Process<'t> = (&'t str, &'t str);

/// How a Frist runs from its instant.
#[derive(Clone, Copy)]
enum Runs {
    /// Until a full hour of the next Werktag.
    NextWerktag(u8),
    /// Until 45 minutes later; from a Saturday until noon of Sunday.
    Aperak,
}

/// A Frist: its label, the event whose `received_at` starts it, how it runs, and where that stands.
struct Law {
    label: &'static str,
    starts_with: &'static str,
    runs: Runs,
    #[expect(dead_code, reason = "read by people; no row is without it")]
    source: &'static str,
}

const fn law(label: &'static str, starts_with: &'static str, runs: Runs, source: &'static str) -> Law {
    Law { label, starts_with, runs, source }
}

/// The Fristen of a Lieferbeginn. `awaits` stands for every message whose APERAK is awaited.
const LAWS: &[Law] = &[
    law("answer 55001", "AnmeldungReceived", Runs::NextWerktag(11), "GPKE Teil 2 SD Lieferbeginn Nr. 5/6"),
    law("answer 55001", "MessageDelivered", Runs::NextWerktag(11), "GPKE Teil 2 SD Lieferbeginn Nr. 5/6"),
    law("receipt 55010", "AnmeldungReceived", Runs::NextWerktag(7), "EBD E_0624 step 5"),
    law("answer 55010", "AnmeldungReceived", Runs::NextWerktag(9), "GPKE Teil 2 SD Lieferbeginn Nr. 4"),
    law("information 55036", "AnmeldungReceived", Runs::NextWerktag(7), "GPKE Teil 2 SD Lieferbeginn Nr. 2"),
    law("information 55037", "AnmeldungReceived", Runs::NextWerktag(12), "GPKE Teil 2 SD Lieferbeginn Nr. 10"),
    law("APERAK 55001", "AnmeldungReceived", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("APERAK 55002", "AnswerReceived", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("APERAK 55003", "AnswerReceived", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("awaits APERAK", "MessageDelivered", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
];

/// Days from Monday to Friday that are no Werktag, in the years in which plans are drawn. Source: BDEW-Feiertagskalender 2025 and 2026.
const HOLIDAYS: &[Date] = &[
    date!(2025 - 10 - 03),
    date!(2025 - 10 - 31),
    date!(2025 - 11 - 19),
    date!(2025 - 12 - 24),
    date!(2025 - 12 - 25),
    date!(2025 - 12 - 26),
    date!(2025 - 12 - 31),
    date!(2026 - 01 - 01),
    date!(2026 - 01 - 06),
    date!(2026 - 04 - 03),
    date!(2026 - 04 - 06),
    date!(2026 - 05 - 01),
    date!(2026 - 05 - 14),
    date!(2026 - 05 - 25),
    date!(2026 - 06 - 04),
    date!(2026 - 11 - 18),
    date!(2026 - 12 - 24),
    date!(2026 - 12 - 25),
    date!(2026 - 12 - 31),
];

/// Between these days the table of holidays is whole.
const KNOWN: (Date, Date) = (date!(2025 - 10 - 01), date!(2026 - 12 - 31));

/// A clock starts with a receipt, and what is due is due when the second opinion says so.
pub(super) fn due_by_law(outcome: &Outcome) -> Vec<String> {
    let changes = |step: &Step| matches!(step.action, Action::Rulebook { .. });
    if outcome.plan.rulebook != RulebookId::BK6_24_174 || outcome.plan.steps.iter().any(changes) {
        return Vec::new();
    }
    let mut accepted: BTreeSet<(&str, Timestamp)> = BTreeSet::new();
    let mut starts: BTreeMap<(&str, &str), Vec<(&str, &Value)>> = BTreeMap::new();
    let (mut clocks, mut found) = (Clocks::default(), Vec::new());
    for entry in outcome.trace.entries() {
        clocks.see(entry);
        let party = entry.party.as_str();
        match &entry.what {
            What::Accepted { .. } => drop(accepted.insert((party, clocks.shown(party, entry.at)))),
            What::Event { stream, event_type, payload, .. } => {
                starts.entry((party, stream)).or_default().push((event_type, payload));
                if let (true, Some(at)) = (event_type.ends_with("Received"), instant_in(payload))
                    && !accepted.contains(&(party, at))
                {
                    found.push(format!("{party} {stream}: {event_type} counts from {at}, when nothing was received"));
                }
            }
            What::FristSet { stream, label, due, .. } => {
                let events = starts.get(&(party, stream.as_str())).map_or(&[][..], Vec::as_slice);
                if let Some((from, expected)) = second_opinion(label, events).filter(|(_, expected)| expected != due) {
                    found.push(format!("{party} {stream}: \"{label}\" counts from {from} and is due {expected}, not {due}"));
                }
            }
            _ => {}
        }
    }
    found
}

/// When the Frist `label` starts and is due, as far as `events` of its stream tell.
fn second_opinion(label: &str, events: &[(&str, &Value)]) -> Option<(Timestamp, Timestamp)> {
    let awaited = label.strip_prefix("awaits APERAK ").map(|pid| format!("UTILMD {pid}"));
    let about = awaited.or_else(|| (label == "answer 55001").then(|| "UTILMD 55001".to_owned()));
    let is_start = |law: &&Law, event_type: &str, payload: &Value| {
        law.starts_with == event_type && (event_type != "MessageDelivered" || text_in(payload, "kind") == about.as_deref())
    };
    let laws: Vec<&Law> = LAWS.iter().filter(|law| law.label == label || label.starts_with(&format!("{} ", law.label))).collect();
    events.iter().rev().find_map(|(event_type, payload)| {
        let law = laws.iter().find(|law| is_start(law, event_type, payload))?;
        let from = instant_in(payload)?;
        Some((from, due(from, law.runs)?))
    })
}

fn due(from: Timestamp, runs: Runs) -> Option<Timestamp> {
    let (day, _) = in_berlin(from);
    match runs {
        Runs::Aperak if day.weekday() == Weekday::Saturday => at(day.next_day()?, 12),
        Runs::Aperak => Some(from.plus_seconds(45 * 60)),
        Runs::NextWerktag(hour) => {
            let is_werktag = |day: &Date| day.weekday().number_days_from_monday() < 5 && !HOLIDAYS.contains(day);
            let next = std::iter::successors(day.next_day(), |day| day.next_day()).find(is_werktag)?;
            if KNOWN.0 <= day && next <= KNOWN.1 { at(next, hour) } else { None }
        }
    }
}

/// Berlin's day and clock time.
fn in_berlin(instant: Timestamp) -> (Date, Time) {
    let local = instant.to_offset() + Duration::hours(if is_summer(instant) { 2 } else { 1 });
    (local.date(), local.time())
}

/// A full hour of a Berlin day; none of them is in the night in which clocks are changed.
fn at(day: Date, hour: u8) -> Option<Timestamp> {
    let midnight = OffsetDateTime::new_utc(day, Time::from_hms(hour, 0, 0).ok()?);
    let in_winter = Timestamp::from(midnight - Duration::hours(1));
    Some(if is_summer(in_winter) { in_winter.plus_seconds(-3_600) } else { in_winter })
}

/// Summer time is from the last Sunday of March to that of October, at 01:00 UTC. Source: Directive 2000/84/EC.
fn is_summer(instant: Timestamp) -> bool {
    let utc = instant.to_offset();
    let last_sunday = |month: Month| {
        let last = Date::from_calendar_date(utc.year(), month, 31).unwrap_or(Date::MIN);
        let sunday = last - Duration::days(i64::from(last.weekday().number_days_from_sunday()));
        OffsetDateTime::new_utc(sunday, time::macros::time!(01:00))
    };
    (last_sunday(Month::March)..last_sunday(Month::October)).contains(&utc)
}

/// The `received_at` anywhere in the payload of an event.
fn instant_in(payload: &Value) -> Option<Timestamp> {
    text_in(payload, "received_at")?.parse().ok()
}

/// Silence is what did not come in time: an answer that was accepted at the last instant is one. Where the node was in trouble, the answer
/// may have been read after its Frist.
pub(super) fn silence_is_silence(outcome: &Outcome) -> Vec<String> {
    // What a wrong clock shows is known; what a slow node would have read is not.
    let slows = |action: &Action, party: &str| matches!(action, Action::Disk { node, .. } | Action::Pause { node, .. } if node == party);
    let in_trouble = |party: &str| outcome.plan.steps.iter().any(|step| slows(&step.action, party));
    let mut clocks = Clocks::default();
    let mut asked: BTreeMap<&str, Process<'_>> = BTreeMap::new();
    let mut answers: BTreeMap<&str, Process<'_>> = BTreeMap::new();
    let mut answered: BTreeMap<Process<'_>, Timestamp> = BTreeMap::new();
    let mut silent: BTreeMap<Process<'_>, Timestamp> = BTreeMap::new();
    let mut lapsed: BTreeMap<Process<'_>, Timestamp> = BTreeMap::new();
    for entry in outcome.trace.entries() {
        clocks.see(entry);
        let Entry { party, what, at, .. } = entry;
        if in_trouble(party) {
            continue;
        }
        match what {
            What::TryBegins { message_id, label, stream: Some(stream), .. } if label.starts_with("UTILMD 55010") => {
                asked.insert(message_id, (party, stream));
            }
            What::TryBegins { message_id, label, answers: Some(to), .. }
                if label.starts_with("UTILMD 55011") || label.starts_with("UTILMD 55012") =>
            {
                answers.extend(asked.get(to.as_str()).map(|question| (message_id.as_str(), *question)));
            }
            // What is refused with CONTRL was never received.
            What::TryBegins { label, answers: Some(to), .. } if label.starts_with("CONTRL 4") => {
                if let Some(question) = answers.get(to.as_str()) {
                    answered.remove(question);
                }
            }
            What::Accepted { message_id, .. } => {
                if let Some(question) = answers.get(message_id.as_str()) {
                    answered.entry(*question).or_insert_with(|| clocks.shown(party, *at));
                }
            }
            What::FristFired { stream, label, due } if label == "answer 55010" => drop(lapsed.insert((party, stream), *due)),
            What::Event { stream, event_type, .. } if event_type == "LfaSilent" => {
                silent.extend(lapsed.get(&(party.as_str(), stream.as_str())).map(|due| ((party.as_str(), stream.as_str()), *due)));
            }
            _ => {}
        }
    }
    let too_soon = silent.iter().filter_map(|(process, due)| Some((process, answered.get(process).filter(|at| *at <= due)?)));
    too_soon.map(|((party, stream), at)| format!("{party} {stream}: took the supplier for silent, who answered at {at}")).collect()
}

/// What was refused was never received: nobody is late with an APERAK about it, unless it was sent again.
pub(super) fn refused_is_not_received(outcome: &Outcome) -> Vec<String> {
    let mut refused: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    let mut found = Vec::new();
    for entry in outcome.trace.entries() {
        let What::Event { stream, event_type, payload, .. } = &entry.what else { continue };
        let Some(kind) = text_in(payload, "kind") else { continue };
        let place = (entry.party.as_str(), stream.as_str(), kind);
        match event_type.as_str() {
            "InterchangeRefused" => drop(refused.insert(place)),
            "MessageDelivered" => drop(refused.remove(&place)),
            "AperakMissing" if refused.contains(&place) => {
                found.push(format!("{} {stream}: misses the APERAK about {kind}, which was refused", entry.party));
            }
            _ => {}
        }
    }
    found
}
