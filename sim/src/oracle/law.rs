//! A second opinion on the law: when things are due, and what a refusal and silence mean.
//!
//! Written from the texts and not from the engine: its own calendar, its own summer time, its own counting. It knows the Fristen that
//! start with an instant which the trace states or the wire tells, under every rulebook on board; what it does not know it does not judge. Source of the
//! effects: APERAK AHB 1.1 §§ 1.3 to 1.5.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::Timestamp;
use mako_engine::fristen::RulebookId;
use serde_json::Value;
use time::macros::date;
use time::{Date, Duration, Month, OffsetDateTime, Time, Weekday};

use super::clocks::Clocks;
use super::fristen::text_in;
use super::watch::{Name, Names, Seen, Watch};
use crate::plan::{Action, DiskFault, Plan, Queue};
use crate::run::Outcome;
use crate::trace::{Entry, What};

/// A party and the stream of its process.
type Process<'t> = (&'t str, &'t str);

/// How a Frist runs from its instant.
#[derive(Clone, Copy)]
enum Runs {
    /// An answer: under the regulation until a full hour of the next Werktag, under the product's table for 24 hours.
    Answer(u8),
    /// An information: until a full hour of the next Werktag.
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

/// The receipt of the Anmeldung, as the supplier who is asked because of it counts from it.
const ASKED: &str = "AnmeldungReceived elsewhere";

/// The Fristen of a Lieferbeginn. `awaits` stands for every message whose APERAK is awaited.
const LAWS: &[Law] = &[
    law("answer 55001", "AnmeldungReceived", Runs::Answer(11), "GPKE Teil 2 SD Lieferbeginn Nr. 5/6"),
    law("answer 55001", "MessageDelivered", Runs::Answer(11), "GPKE Teil 2 SD Lieferbeginn Nr. 5/6"),
    law("receipt 55010", "AnmeldungReceived", Runs::Answer(7), "EBD E_0624 step 5"),
    law("answer 55010", "AnmeldungReceived", Runs::Answer(9), "GPKE Teil 2 SD Lieferbeginn Nr. 4"),
    law("information 55036", "AnmeldungReceived", Runs::NextWerktag(7), "GPKE Teil 2 SD Lieferbeginn Nr. 2"),
    law("information 55037", "AnmeldungReceived", Runs::NextWerktag(12), "GPKE Teil 2 SD Lieferbeginn Nr. 10"),
    law("answer 55010", ASKED, Runs::Answer(9), "GPKE Teil 2 SD Lieferbeginn Nr. 4"),
    law("awaits 55037", ASKED, Runs::NextWerktag(12), "GPKE Teil 2 SD Lieferbeginn Nr. 10"),
    law("APERAK 55010", "AnfrageReceived", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("APERAK 55037", "SupplyEnds", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("APERAK 55036", "OtherSupplierNamed", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("APERAK 55011", "LfaAnswered", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("APERAK 55012", "LfaAnswered", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("APERAK 55001", "AnmeldungReceived", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("APERAK 55002", "AnswerReceived", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("APERAK 55003", "AnswerReceived", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
    law("awaits APERAK", "MessageDelivered", Runs::Aperak, "APERAK AHB 1.1 § 2.5.1"),
];

/// Days from Monday to Saturday that are no Werktag, in the years in which plans are drawn. Source: BDEW-Feiertagskalender 2025 and 2026.
const HOLIDAYS: &[Date] = &[
    date!(2025 - 10 - 03),
    date!(2025 - 10 - 31),
    date!(2025 - 11 - 01),
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
    date!(2026 - 08 - 15),
    date!(2026 - 10 - 03),
    date!(2026 - 10 - 31),
    date!(2026 - 11 - 18),
    date!(2026 - 12 - 24),
    date!(2026 - 12 - 25),
    date!(2026 - 12 - 26),
    date!(2026 - 12 - 31),
];

/// What the made-up rulebook `sonderfeiertag` has beside these. Source: its own table; nobody else has one.
const ANNOUNCED: &[Date] = &[
    date!(2025 - 10 - 27),
    date!(2025 - 11 - 13),
    date!(2025 - 11 - 20),
    date!(2025 - 12 - 29),
    date!(2026 - 01 - 02),
    date!(2026 - 02 - 02),
    date!(2026 - 03 - 02),
    date!(2026 - 03 - 30),
    date!(2026 - 04 - 01),
    date!(2026 - 04 - 07),
    date!(2026 - 05 - 15),
    date!(2026 - 05 - 26),
    date!(2026 - 10 - 01),
];

/// Between these days the table of holidays is whole.
const KNOWN: (Date, Date) = (date!(2025 - 10 - 01), date!(2026 - 12 - 31));

/// An event that may start a clock.
struct Start {
    event_type: String,
    /// The message that it is about, where it says so.
    kind: Option<String>,
    at: Timestamp,
}

/// A clock starts with a receipt, and what is due is due when the second opinion says so.
#[derive(Default)]
pub(super) struct DueByLaw {
    clocks: Clocks,
    accepted: BTreeSet<(Name, Timestamp)>,
    /// When each message was accepted, as its recipient's clock shows it.
    received: BTreeMap<(Name, Name), Timestamp>,
    /// When the Anmeldung was received because of which a message asks another supplier.
    asked_for: BTreeMap<Name, Timestamp>,
    starts: BTreeMap<(Name, Name), Vec<Start>>,
    /// Which rulebooks came to govern, and when.
    changes: Vec<(Timestamp, RulebookId)>,
    /// Which rulebook each process may have begun under, the likeliest first.
    under: BTreeMap<(Name, Name), Vec<RulebookId>>,
}

/// How long a command may be under way from the look at its rulebook to its commit: a disk may be slow, or refuse.
const UNDER_WAY_S: i64 = 3_600;

impl DueByLaw {
    /// The rulebooks under which a process may have begun at `at`: the one in force, and any that was so until shortly before.
    fn in_force(&self, first: RulebookId, at: Timestamp) -> Vec<RulebookId> {
        let ended = self.changes.iter().map(|(until, _)| *until).chain([Timestamp::MAX]);
        let governed = [first].into_iter().chain(self.changes.iter().map(|(_, rulebook)| *rulebook)).zip(ended);
        let mut under: Vec<RulebookId> =
            governed.filter(|(_, until)| at < until.plus_seconds(UNDER_WAY_S)).map(|(rulebook, _)| rulebook).collect();
        under.reverse();
        under
    }

    /// The rulebooks under which the process in `stream` of a party may live.
    fn of(&self, plan: &Plan, process: (Name, Name)) -> Vec<RulebookId> {
        self.under.get(&process).cloned().unwrap_or_else(|| vec![plan.rulebook])
    }

    /// What starts with an event that a message caused and that does not say when that came: its acceptance; and for a supplier who is
    /// asked, the receipt of the Anmeldung elsewhere. He is told its day alone, so under a rule that counts hours nobody can say more.
    fn told_by_the_wire(&self, seen: &Seen<'_>, stream: Name, event_type: &str, names: &mut Names) -> Vec<Start> {
        let message_id = seen.entry.cause.as_deref().and_then(message_in);
        let Some(message_id) = message_id.map(|id| names.of(id)) else { return Vec::new() };
        let Some(accepted) = self.received.get(&(seen.party, message_id)).copied() else { return Vec::new() };
        let start = |event_type: &str, at| Start { event_type: event_type.to_owned(), kind: None, at };
        let asked = self.asked_for.get(&message_id).filter(|_| event_type == "AnfrageReceived").copied();
        let elsewhere = asked.and_then(|at| match () {
            () if in_berlin(at).0 == in_berlin(accepted).0 => Some(accepted),
            () if !self.of(seen.plan, (seen.party, stream)).contains(&RulebookId::MAKO_ENGINE) => Some(at),
            () => None,
        });
        elsewhere.map(|at| start(ASKED, at)).into_iter().chain([start(event_type, accepted)]).collect()
    }
}

/// The message id in the cause of a commit, `message ID from SENDER part 0`.
fn message_in(cause: &str) -> Option<&str> {
    cause.strip_prefix("message ")?.split_once(" from ").map(|(message_id, _)| message_id)
}

impl Watch for DueByLaw {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let Seen { plan, entry, party: of } = seen;
        self.clocks.see(entry);
        let party = &entry.party;
        match &entry.what {
            What::Rulebook { name } => self.changes.extend(name.parse().ok().map(|rulebook| (entry.at, rulebook))),
            What::Began { stream, .. } => {
                let under = self.in_force(plan.rulebook, entry.at);
                self.under.insert((*of, names.of(stream)), under);
            }
            // Whoever lost a row of its inbox may accept the message once more, and counts from then.
            What::Unreadable { queue: Queue::Inbox } => self.received.retain(|(who, _), _| who != of),
            What::Accepted { message_id, .. } => {
                let shown = self.clocks.shown(party, entry.at);
                self.accepted.insert((*of, shown));
                self.received.entry((*of, names.of(message_id))).or_insert(shown);
            }
            What::TryBegins { message_id, label, stream: Some(stream), .. } if label.starts_with("UTILMD 55010") => {
                let began = self.starts.get(&(*of, names.of(stream))).and_then(|starts| starts.first());
                if let Some(began) = began.filter(|start| start.event_type == "AnmeldungReceived") {
                    self.asked_for.insert(names.of(message_id), began.at);
                }
            }
            What::Event { stream, event_type, payload, .. } => {
                let Some(at) = instant_in(payload) else {
                    let starts = self.told_by_the_wire(seen, names.of(stream), event_type, names);
                    self.starts.entry((*of, names.of(stream))).or_default().extend(starts);
                    return None;
                };
                let kind = text_in(payload, "kind").map(str::to_owned);
                let start = Start { event_type: event_type.clone(), kind, at };
                self.starts.entry((*of, names.of(stream))).or_default().push(start);
                if event_type.ends_with("Received") && !self.accepted.contains(&(*of, at)) {
                    return Some(format!("{party} {stream}: {event_type} counts from {at}, when nothing was received"));
                }
            }
            What::FristSet { stream, label, due, .. } => {
                let process = (*of, names.of(stream));
                let starts = self.starts.get(&process).map_or(&[][..], Vec::as_slice);
                let opinions: Vec<_> = self.of(plan, process).into_iter().map(|rulebook| second_opinion(label, starts, rulebook)).collect();
                // One rulebook that knows nothing about it, or agrees, is enough.
                if opinions.iter().any(|opinion| opinion.is_none_or(|(_, expected)| expected == *due)) {
                    return None;
                }
                let (from, expected) = opinions.into_iter().flatten().next()?;
                return Some(format!("{party} {stream}: \"{label}\" counts from {from} and is due {expected}, not {due}"));
            }
            _ => {}
        }
        None
    }
}

/// When the Frist `label` starts and is due, as far as the events of its stream tell.
fn second_opinion(label: &str, starts: &[Start], rulebook: RulebookId) -> Option<(Timestamp, Timestamp)> {
    let awaited = label.strip_prefix("awaits APERAK ").map(|pid| format!("UTILMD {pid}"));
    let about = awaited.or_else(|| (label == "answer 55001").then(|| "UTILMD 55001".to_owned()));
    let is_start =
        |law: &&Law, start: &Start| law.starts_with == start.event_type && (start.event_type != "MessageDelivered" || start.kind == about);
    let laws: Vec<&Law> = LAWS.iter().filter(|law| is_named(law, label)).collect();
    starts.iter().rev().find_map(|start| {
        let law = laws.iter().find(|law| is_start(law, start))?;
        Some((start.at, due(start.at, law.runs, rulebook)?))
    })
}

/// Whether `label` is that of the Frist, or begins with it and a blank.
fn is_named(law: &Law, label: &str) -> bool {
    label.strip_prefix(law.label).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

fn due(from: Timestamp, runs: Runs, rulebook: RulebookId) -> Option<Timestamp> {
    let (day, _) = in_berlin(from);
    // The product's table: Saturday is a Werktag, and an answer of the GPKE is due after 24 hours. Source: the product brief.
    let (werktage, is_regulation) = if rulebook == RulebookId::MAKO_ENGINE { (6, false) } else { (5, true) };
    let announced = if rulebook == RulebookId::SONDERFEIERTAG { ANNOUNCED } else { &[] };
    match runs {
        Runs::Aperak if day.weekday() == Weekday::Saturday => at(day.next_day()?, 12),
        Runs::Aperak => Some(from.plus_seconds(45 * 60)),
        Runs::Answer(_) if !is_regulation => Some(from.plus_seconds(24 * 3_600)),
        Runs::Answer(hour) | Runs::NextWerktag(hour) => {
            let is_werktag =
                |day: &Date| day.weekday().number_days_from_monday() < werktage && !HOLIDAYS.contains(day) && !announced.contains(day);
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

/// Silence is what did not come in time: an answer that was accepted at the last instant is one. Where something was wrong with the node
/// just then, the answer may have been read after its Frist.
pub(super) fn silence_is_silence(outcome: &Outcome) -> Vec<String> {
    let mut clocks = Clocks::default();
    let mut asked: BTreeMap<&str, Process<'_>> = BTreeMap::new();
    let mut answers: BTreeMap<&str, Process<'_>> = BTreeMap::new();
    let mut answered: BTreeMap<Process<'_>, Timestamp> = BTreeMap::new();
    let mut silent: BTreeMap<Process<'_>, Timestamp> = BTreeMap::new();
    let mut lapsed: BTreeMap<Process<'_>, Timestamp> = BTreeMap::new();
    for entry in outcome.trace.entries() {
        clocks.see(entry);
        let Entry { party, what, at, .. } = entry;
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
    silent.retain(|(party, _), due| !slowed(&outcome.plan, party, *due));
    let too_soon = silent.iter().filter_map(|(process, due)| Some((process, answered.get(process).filter(|at| *at <= due)?)));
    too_soon.map(|((party, stream), at)| format!("{party} {stream}: took the supplier for silent, who answered at {at}")).collect()
}

/// Whether `party` may at `at` still have to read what it accepted. A clock that is wrong is none of that: what it shows is known.
fn slowed(plan: &Plan, party: &str, at: Timestamp) -> bool {
    plan.steps.iter().any(|step| {
        let (node, until) = match &step.action {
            Action::Disk { fault: DiskFault::RottenSnapshots, .. } => return false,
            // When it falls is not known before the next commit, or the next look at the queue.
            Action::Disk { node, fault: DiskFault::FailedSync(_) | DiskFault::RottenRow(_) } => (node, at),
            Action::Disk { node, fault: DiskFault::Full(until) | DiskFault::Unreadable(until) | DiskFault::Refusing(until) } => {
                (node, *until)
            }
            Action::Disk { node, fault: DiskFault::Slow { until, .. } } => (node, *until),
            Action::Pause { node, for_s } | Action::Lease { node, for_s } => (node, step.at.plus_seconds(*for_s)),
            _ => return false,
        };
        node == party && step.at <= at && at <= until.plus_seconds(CATCHES_UP_S)
    })
}

/// How long after its trouble a node may be behind.
const CATCHES_UP_S: i64 = 3_600;

/// What was refused was never received: nobody is late with an APERAK about it, unless it was sent again.
#[derive(Default)]
pub(super) struct RefusedIsNotReceived(BTreeSet<(Name, Name, Name)>);

impl Watch for RefusedIsNotReceived {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let What::Event { stream, event_type, payload, .. } = &seen.entry.what else { return None };
        let kind = text_in(payload, "kind")?;
        let place = (seen.party, names.of(stream), names.of(kind));
        match event_type.as_str() {
            "InterchangeRefused" => drop(self.0.insert(place)),
            "MessageDelivered" => drop(self.0.remove(&place)),
            "AperakMissing" if self.0.contains(&place) => {
                return Some(format!("{} {stream}: misses the APERAK about {kind}, which was refused", seen.entry.party));
            }
            _ => {}
        }
        None
    }
}
