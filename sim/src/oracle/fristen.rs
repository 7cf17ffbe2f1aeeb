//! What a Frist asks for, and when it came.
//!
//! The trace says of a message when the Frist that its delivery fulfils is due, and of a lapse which Frist it was. Several Fristen of
//! one process may fall on one instant; then only their number can be wrong.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::Timestamp;
use serde_json::Value;

use super::clocks::Clocks;
use super::set_aside;
use super::watch::{Name, Names, Seen, Watch};
use crate::plan::{Action, ClockFault, DiskFault, Plan, Queue};
use crate::run::Outcome;
use crate::trace::{Entry, TryEnd, What};

/// The Fristen of one stream of one party that are due at one instant.
type Place<'t> = (&'t str, &'t str, Timestamp);

/// What the trace tells about Fristen.
#[derive(Default)]
struct Told<'t> {
    /// Labels that were set.
    set: BTreeMap<Place<'t>, BTreeSet<&'t str>>,
    /// How many fired, or lapsed because of a delivery that came too late.
    heard: BTreeMap<Place<'t>, usize>,
    /// Labels whose lapse was recorded and not withdrawn.
    lapsed: BTreeMap<Place<'t>, BTreeSet<String>>,
    /// Messages that fulfil one, by id; one that its recipient refused was never received, and fulfils nothing.
    answers: BTreeMap<&'t str, Answer<'t>>,
    /// Messages that were refused. Who has no receipt yet sends them on; they fulfil nothing.
    refused: BTreeSet<&'t str>,
    /// How many messages of a stream were given up: a person knows, whether or not a Frist fires.
    given_up: BTreeMap<(&'t str, &'t str), usize>,
    /// Who could not read a message of its own outbox: whether it had been delivered is known to nobody but its recipient.
    forgot: BTreeSet<&'t str>,
}

/// A message that fulfils a Frist.
struct Answer<'t> {
    place: Place<'t>,
    label: &'t str,
    /// When its recipient accepted it.
    accepted: Option<Timestamp>,
    /// What its receipt says, as far as its sender knows: one that crashed before it noted the receipt sends again.
    receipt: Option<Timestamp>,
}

fn look(entries: &[Entry]) -> Told<'_> {
    let mut seen = Told::default();
    let mut tries: BTreeMap<u64, &str> = BTreeMap::new();
    for entry in entries {
        let party = entry.party.as_str();
        match &entry.what {
            What::FristSet { stream, label, due, .. } => drop(seen.set.entry((party, stream, *due)).or_default().insert(label)),
            What::FristFired { stream, due, .. } => *seen.heard.entry((party, stream, *due)).or_default() += 1,
            What::Event { stream, event_type, payload, .. } if event_type == "FristLapsed" => {
                let due = text_in(payload, "due").and_then(|due| due.parse().ok());
                let (Some(due), Some(label)) = (due, text_in(payload, "label")) else { continue };
                seen.lapsed.entry((party, stream, due)).or_default().insert(label.to_owned());
                if entry.cause.as_deref().is_some_and(|cause| cause.starts_with("delivery ")) {
                    *seen.heard.entry((party, stream, due)).or_default() += 1;
                }
            }
            What::Event { stream, event_type, payload, .. } if event_type == "LapseWithdrawn" => {
                let Some(label) = text_in(payload, "label") else { continue };
                for (_, labels) in seen.lapsed.iter_mut().filter(|((of, at, _), _)| *of == party && at == stream) {
                    labels.remove(label);
                }
            }
            What::Event { stream, event_type, payload, .. } if event_type == "InterchangeRefused" => {
                let Some(kind) = text_in(payload, "kind") else { continue };
                let is_refused =
                    |answer: &Answer<'_>| (answer.place.0, answer.place.1) == (party, stream) && answer.label.starts_with(kind);
                seen.refused.extend(seen.answers.iter().filter(|(_, answer)| is_refused(answer)).map(|(id, _)| *id));
                seen.answers.retain(|_, answer| !is_refused(answer));
            }
            What::Unreadable { queue: Queue::Outbox } => drop(seen.forgot.insert(party)),
            What::Event { stream, event_type, .. } if event_type == "MessageGivenUp" => {
                *seen.given_up.entry((party, stream)).or_default() += 1;
            }
            What::TryBegins { exchange, message_id, label, stream: Some(stream), fulfils, .. } => {
                tries.insert(*exchange, message_id);
                // After it has fired, later tries no longer say which it was.
                if let Some(due) = fulfils.as_ref().filter(|_| !seen.refused.contains(message_id.as_str())) {
                    let answer = Answer { place: (party, stream, *due), label, accepted: None, receipt: None };
                    seen.answers.entry(message_id).or_insert(answer);
                }
                if let Some(answer) = seen.answers.get_mut(message_id.as_str()) {
                    answer.receipt = None;
                }
            }
            What::Accepted { message_id, .. } => {
                if let Some(answer) = seen.answers.get_mut(message_id.as_str()) {
                    answer.accepted.get_or_insert(entry.at);
                }
            }
            What::TryEnds { exchange, end: TryEnd::Receipt(at) } => {
                if let Some(answer) = tries.get(exchange).and_then(|message_id| seen.answers.get_mut(message_id)) {
                    answer.receipt = Some(*at);
                }
            }
            _ => {}
        }
    }
    seen
}

pub(super) fn answer_or_lapse(outcome: &Outcome) -> Vec<String> {
    met_and_lapsed(outcome.trace.entries(), |_, _| true)
}

/// Fristen of the processes that `is_asked` for, by party and stream, that were met and lapsed. A lapse is withdrawn when the delivery
/// that meets the Frist is noted, so a process that has still to note one is not to be asked.
pub(crate) fn met_and_lapsed(entries: &[Entry], is_asked: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let seen = look(entries);
    let mut found = Vec::new();
    let lapsed = seen.lapsed.iter().filter(|((party, stream, _), labels)| !labels.is_empty() && is_asked(party, stream));
    let lapsed = lapsed.filter(|((party, ..), _)| !seen.forgot.contains(party));
    for (place, lapsed) in lapsed {
        let (party, stream, due) = place;
        let in_time: Vec<&str> = seen
            .answers
            .values()
            .filter(|answer| answer.place == *place && answer.receipt.is_some_and(|at| at <= *due))
            .map(|answer| answer.label)
            .collect();
        if lapsed.len() + in_time.len() > seen.set.get(place).map_or(0, BTreeSet::len) {
            let lapsed: Vec<&str> = lapsed.iter().map(String::as_str).collect();
            found.push(format!("{party} {stream}: due {due}, in time {}, and lapsed \"{}\"", in_time.join(", "), lapsed.join("\", \"")));
        }
    }
    found
}

pub(super) fn in_time_or_fired(outcome: &Outcome) -> Vec<String> {
    let (seen, until, slack_ms) = (look(outcome.trace.entries()), outcome.plan.until, slack_ms(outcome));
    let up = |party: &str| outcome.ends.iter().any(|end| end.party == party && !end.down);
    let mut late: BTreeMap<Place<'_>, Vec<&str>> = BTreeMap::new();
    for answer in seen.answers.values() {
        let (party, _, due) = answer.place;
        // A Frist whose row could not be read does not fire: its dead letter says so.
        if up(party)
            && !set_aside::of(outcome, party, Queue::Deadlines)
            && due < until
            && answer.accepted.is_none_or(|at| at > due.plus_ms(slack_ms))
        {
            late.entry(answer.place).or_default().push(answer.label);
        }
    }
    let unheard = late.into_iter().filter(|(place, labels)| {
        let given_up = seen.given_up.get(&(place.0, place.1)).copied().unwrap_or(0);
        labels.len() > seen.heard.get(place).copied().unwrap_or(0) + given_up
    });
    let mut found: Vec<String> = unheard
        .map(|((party, stream, due), labels)| {
            format!("{party} {stream}: {} not there by {due}, and no Frist fired or lapsed", labels.join(", "))
        })
        .collect();
    for end in &outcome.ends {
        for process in &end.processes {
            let past = process.fristen.iter().filter(|(_, due)| *due < until);
            found.extend(past.map(|(label, due)| format!("{} {}: \"{label}\" still stands, due {due}", end.party, process.stream)));
        }
    }
    found
}

/// Whether the disk of `party` was slow or refused at some time between two instants, and until the second or just before it.
fn disk_in_trouble(plan: &Plan, party: &str, from: Timestamp, to: Timestamp) -> bool {
    plan.steps.iter().any(|step| match &step.action {
        Action::Disk { node, fault: DiskFault::Slow { until, .. } | DiskFault::Refusing(until) } => {
            node == party && step.at <= to && from <= *until && to <= until.plus_ms(DISK_PAUSE_MS)
        }
        _ => false,
    })
}

/// How long after the disk is well again a Frist may still fire: whoever could not write tries again after a pause.
const DISK_PAUSE_MS: i64 = 60_000;

/// A Frist fires at its instant by the clock of its node; one that is set later than that, at once; where the node was down or stood
/// still then, crashed as it fired, or had trouble with its disk, as soon as it can again.
#[derive(Default)]
pub(super) struct FiresOnTime {
    clocks: Clocks,
    nodes: BTreeMap<Name, Node>,
    set: BTreeMap<(Name, Name, Name), Timestamp>,
}

impl Watch for FiresOnTime {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let Seen { plan, entry, party: of } = seen;
        if matches!(entry.what, What::Calm) {
            for (party, node) in &mut self.nodes {
                node.calm(entry.at, self.clocks.shown(names.text(*party), entry.at));
            }
        }
        self.clocks.see(entry);
        let node = self.nodes.entry(*of).or_default();
        let (party, shown) = (&entry.party, self.clocks.shown(&entry.party, entry.at));
        match &entry.what {
            What::Restart { .. } | What::Resume => node.back_at = Some(entry.at),
            What::Clock { fault } => node.moved_ms += moved_ms(*fault),
            What::Disk { fault: DiskFault::Unreadable(until) } => node.unreadable_until = node.unreadable_until.max(Some(*until)),
            What::FristSet { stream, label, .. } => drop(self.set.insert((*of, names.of(stream), names.of(label)), shown)),
            What::FristFired { stream, label, due } => {
                let set_at = self.set.get(&(*of, names.of(stream), names.of(label))).copied();
                let on_time = set_at.map_or(*due, |set_at| set_at.max(*due));
                let excused = || node.excuses(entry.at, shown.ms_since(on_time)) || disk_in_trouble(plan, party, on_time, entry.at);
                if shown < on_time || (shown > on_time && !excused()) {
                    return Some(format!("{party} {stream}: \"{label}\", due {due}, fires at {shown} by its own clock"));
                }
            }
            _ => {}
        }
        None
    }
}

/// What can make a Frist of a node late.
#[derive(Default)]
struct Node {
    back_at: Option<Timestamp>,
    unreadable_until: Option<Timestamp>,
    /// By how much its clock was ever moved: a sleeper does not notice.
    moved_ms: i64,
}

impl Node {
    fn calm(&mut self, at: Timestamp, shown: Timestamp) {
        self.moved_ms += shown.ms_since(at).abs();
        self.unreadable_until = self.unreadable_until.map(|until| until.min(at));
    }

    fn excuses(&self, at: Timestamp, late_ms: i64) -> bool {
        self.back_at == Some(at)
            || late_ms <= self.moved_ms
            || self.unreadable_until.is_some_and(|until| at <= until.plus_ms(READ_AGAIN_MS))
    }
}

/// How long after a failed read a worker reads again, at most.
const READ_AGAIN_MS: i64 = 60_000;

/// By how much a fault can move a clock.
const fn moved_ms(fault: ClockFault) -> i64 {
    match fault {
        ClockFault::Step(ms) => ms.abs(),
        // In ten days, longer than anybody sleeps here.
        ClockFault::Drift(ppm) => ppm.abs() * 864,
    }
}

/// How far apart two clocks of a run can be: nobody can say more precisely than that whether something was in time.
fn slack_ms(outcome: &Outcome) -> i64 {
    let moved = outcome.trace.entries().iter().map(|entry| match &entry.what {
        What::Clock { fault } => moved_ms(*fault),
        _ => 0,
    });
    moved.sum()
}

/// The text under `key` anywhere in the payload of an event.
pub(super) fn text_in<'v>(payload: &'v Value, key: &str) -> Option<&'v str> {
    let fields = payload.as_object()?;
    match fields.get(key) {
        Some(value) => value.as_str(),
        None => fields.values().find_map(|value| text_in(value, key)),
    }
}
