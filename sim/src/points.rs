//! Points: interesting states, and whether a run came to them.
//!
//! A green sweep over plans in which nothing happens says nothing. [`POINTS`] is the one list of what some seed should come to; a sweep
//! counts the seeds that did, and names the points that none reached: then the nemesis has to get better. Most points are read from the
//! trace when the run is over. What the trace does not tell is noted on the way with `sometimes!`, in the world of the run; there is no
//! global state, and noting changes nothing that happens.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::Timestamp;
use mako_engine::fristen::{Rulebook, berlin};
use mako_engine::version::FormatVersion;
use time::Date;

use crate::plan::Queue;
use crate::run::Outcome;
use crate::trace::{Entry, TryEnd, What};

/// Notes that the run came to a point, if the condition holds.
macro_rules! sometimes {
    ($world:expr, $point:ident, $condition:expr) => {
        if $condition {
            $world.reach($crate::points::Noted::$point);
        }
    };
}
pub(crate) use sometimes;

/// A state that the trace does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noted {
    /// More than one commit in a batch.
    SharedBatch,
    /// A commit was decided on a version that was gone.
    Conflict,
    /// A business key was taken.
    KeyTaken,
    /// A deadline was gone when it should fire.
    DeadlineGone,
    /// A message came again before the first was worked off.
    DuplicateInProcess,
    /// A state was resumed from a snapshot.
    Resumed,
    /// A damaged snapshot was passed over.
    Rotten,
    /// A worker came back after its lease had been taken over, and settled nothing.
    CameTooLate,
}

/// How a run is asked whether it came to a point.
#[derive(Clone, Copy)]
pub enum Seen {
    /// It was noted on the way.
    Noted(Noted),
    /// The outcome tells.
    Told(fn(&Outcome) -> bool),
}

/// An interesting state.
pub struct Point {
    /// What it is, in a sentence.
    pub name: &'static str,
    /// How it is seen.
    pub seen: Seen,
}

const fn noted(name: &'static str, noted: Noted) -> Point {
    Point { name, seen: Seen::Noted(noted) }
}

const fn told(name: &'static str, tells: fn(&Outcome) -> bool) -> Point {
    Point { name, seen: Seen::Told(tells) }
}

/// Every point.
pub const POINTS: &[Point] = &[
    // -- crashes
    told("a node crashed out of the blue", |o| crashed(o, "now", "synced")),
    told("a node crashed before a commit was written", |o| crashed(o, "before-write", "synced")),
    told("a node crashed before the sync, and nothing was kept", |o| crashed(o, "before-sync", "synced")),
    told("a node crashed before the sync, and a torn tail was kept", |o| crashed(o, "before-sync", "torn")),
    told("a node crashed before the sync, and everything was kept", |o| crashed(o, "before-sync", "all")),
    told("a node crashed after the sync, before anybody was told", |o| crashed(o, "after-sync", "synced")),
    told("a node crashed after a receipt", |o| crashed(o, "after-receipt", "synced")),
    told("a node crashed before it noted a delivery", |o| crashed(o, "before-mark-sent", "synced")),
    told("a restarted node had accepted messages to work off", |o| any(o, |what| matches!(what, What::Restart { resumes: 1.., .. }))),
    told("two nodes were down at once", two_down),
    noted("a state was resumed from a snapshot", Noted::Resumed),
    noted("a damaged snapshot was passed over, and the history folded", Noted::Rotten),
    // -- the store
    noted("two commits shared a batch", Noted::SharedBatch),
    noted("a version conflict was decided anew", Noted::Conflict),
    noted("a deadline was gone when it should fire", Noted::DeadlineGone),
    told("a received message was under the lease of another worker", |o| any(o, |what| matches!(what, What::Leased { .. }))),
    noted("a worker came back after its lease was taken over, and settled nothing", Noted::CameTooLate),
    told("an inbox row could not be read", |o| unreadable(o, Queue::Inbox)),
    told("an outbox row could not be read", |o| unreadable(o, Queue::Outbox)),
    told("a deadline row could not be read", |o| unreadable(o, Queue::Deadlines)),
    told("a message could not be stored", |o| any(o, |what| matches!(what, What::SentBack { .. }))),
    // -- messages
    told("a receipt was lost after the message was accepted", receipt_lost),
    told("a connection broke on the way", |o| failed(o, "connection broken")),
    told("a partner could not be reached", |o| failed(o, "no connection")),
    told("a message came again and had no effect", |o| any(o, |what| matches!(what, What::Duplicate { .. }))),
    noted("a message came again before the first was worked off", Noted::DuplicateInProcess),
    told("a message arrived after its sender had given up the try", arrived_late),
    told("a message was refused for good and given up at once", |o| letter(o, "given up after 1 try: refused")),
    told("a message was tried for 71 hours and more", |o| tried_for(o, 71 * 3_600)),
    told("a message was given up at its horizon", |o| letter_with(o, "given up after", ": no ")),
    told("bytes that nobody can read became a dead letter", |o| letter(o, "unreadable")),
    told("a process was told that its message was refused, and sent it again", |o| refused(o, true)),
    told("a process was told that its message was refused, and did not send it again", |o| refused(o, false)),
    // -- processes
    noted("a business key was taken", Noted::KeyTaken),
    told("what was asked for was under way, and declined", |o| any(o, |what| matches!(what, What::Declined { .. }))),
    told("a key was free again for a second process", key_again),
    told("a format change came while a process was open", cutover),
    told("another rulebook came while a process was open", rulebook),
    told("other holidays came while a Frist ran over them", other_holidays),
    told("the supplier was silent", |o| event(o, "LfaSilent")),
    told("the supplier was asked too late", |o| event(o, "AnfrageTooLate")),
    told("the lead time was missed", |o| event(o, "LeadTimeMissed")),
    // -- time
    told("a Frist ran over a holiday", |o| frist(o, |_, _, reason| reason.contains("holiday"))),
    told("a Frist ran over the night in which clocks are changed", |o| {
        frist(o, |set, due, _| berlin::local(set).2 != berlin::local(due).2)
    }),
    told("a Frist lapsed", |o| event(o, "FristLapsed")),
    told("a lapse was withdrawn", |o| event(o, "LapseWithdrawn")),
    told("an APERAK was missing", |o| event(o, "AperakMissing")),
    told("a Frist fired late, after its node was back", |o| {
        any_entry(o, |e| matches!(&e.what, What::FristFired { due, .. } if *due < e.at))
    }),
    told("a message was received at the very instant of a Frist", received_at_due),
    told("an answer and its timeout fell on one instant", answer_at_timeout),
];

/// The points that the run came to, in the order of the list.
#[must_use]
pub fn reached(outcome: &Outcome) -> Vec<&'static str> {
    let is_reached = |point: &&Point| match point.seen {
        Seen::Noted(noted) => outcome.noted.contains(&noted),
        Seen::Told(tells) => tells(outcome),
    };
    POINTS.iter().filter(is_reached).map(|point| point.name).collect()
}

fn any_entry(outcome: &Outcome, is_it: impl Fn(&Entry) -> bool) -> bool {
    outcome.trace.entries().iter().any(is_it)
}

fn any(outcome: &Outcome, is_it: impl Fn(&What) -> bool) -> bool {
    any_entry(outcome, |entry| is_it(&entry.what))
}

fn crashed(outcome: &Outcome, at: &str, kept: &str) -> bool {
    any(outcome, |what| matches!(what, What::Crash { point, keep } if point == at && keep == kept))
}

fn unreadable(outcome: &Outcome, of: Queue) -> bool {
    any(outcome, |what| matches!(what, What::Unreadable { queue } if *queue == of))
}

fn failed(outcome: &Outcome, how: &str) -> bool {
    any(outcome, |what| matches!(what, What::TryEnds { end: TryEnd::Failed(why), .. } if why.starts_with(how)))
}

fn letter(outcome: &Outcome, begins: &str) -> bool {
    letter_with(outcome, begins, "")
}

fn letter_with(outcome: &Outcome, begins: &str, holds: &str) -> bool {
    any(outcome, |what| matches!(what, What::DeadLetter { reason, .. } if reason.starts_with(begins) && reason.contains(holds)))
}

fn event(outcome: &Outcome, name: &str) -> bool {
    any(outcome, |what| matches!(what, What::Event { event_type, .. } if event_type == name))
}

fn refused(outcome: &Outcome, again: bool) -> bool {
    let says = format!("\"again\":{again}");
    let is_it = |what: &What| matches!(what, What::Event { event_type, payload, .. } if event_type == "InterchangeRefused" && payload.to_string().contains(&says));
    any(outcome, is_it)
}

fn frist(outcome: &Outcome, is_it: impl Fn(Timestamp, Timestamp, &str) -> bool) -> bool {
    any_entry(outcome, |entry| matches!(&entry.what, What::FristSet { due, reason, .. } if is_it(entry.at, *due, reason)))
}

fn tried_for(outcome: &Outcome, seconds: i64) -> bool {
    let is_it = |entry: &Entry| matches!(&entry.what, What::TryBegins { queued_at: Some(queued_at), .. } if queued_at.plus_seconds(seconds) <= entry.at);
    any_entry(outcome, is_it)
}

fn two_down(outcome: &Outcome) -> bool {
    let mut down = BTreeSet::new();
    outcome.trace.entries().iter().any(|entry| {
        match entry.what {
            What::Crash { .. } => drop(down.insert(&entry.party)),
            What::Restart { .. } => drop(down.remove(&entry.party)),
            _ => {}
        }
        down.len() > 1
    })
}

fn receipt_lost(outcome: &Outcome) -> bool {
    let mut accepted = BTreeSet::new();
    let mut tries = BTreeMap::new();
    outcome.trace.entries().iter().any(|entry| {
        match &entry.what {
            What::Accepted { message_id, .. } => drop(accepted.insert(message_id)),
            What::TryBegins { exchange, message_id, .. } => drop(tries.insert(*exchange, message_id)),
            What::TryEnds { exchange, end: TryEnd::Failed(why) } if why == "no receipt" => {
                return tries.get(exchange).is_some_and(|message_id| accepted.contains(*message_id));
            }
            _ => {}
        }
        false
    })
}

fn arrived_late(outcome: &Outcome) -> bool {
    let (mut tries, mut under_way, mut over) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    outcome.trace.entries().iter().any(|entry| {
        match &entry.what {
            What::TryBegins { exchange, message_id, .. } => {
                tries.insert(*exchange, message_id);
                under_way.insert(message_id);
            }
            What::TryEnds { exchange, .. } => {
                if let Some(message_id) = tries.get(exchange) {
                    under_way.remove(message_id);
                    over.insert(*message_id);
                }
            }
            What::Accepted { message_id, .. } => return over.contains(message_id) && !under_way.contains(message_id),
            _ => {}
        }
        false
    })
}

/// A key is held again after the process that held it has ended.
fn key_again(outcome: &Outcome) -> bool {
    let mut held = BTreeSet::new();
    let again = |what: &What, held: &mut BTreeSet<String>| match what {
        What::Began { holds, .. } => holds.iter().any(|key| !held.insert(key.clone())),
        _ => false,
    };
    outcome.trace.entries().iter().any(|entry| again(&entry.what, &mut held))
}

fn cutover(outcome: &Outcome) -> bool {
    let mut began = BTreeMap::new();
    outcome.trace.entries().iter().any(|entry| match &entry.what {
        What::Began { stream, .. } => {
            began.insert((&entry.party, stream), FormatVersion::at(entry.at));
            false
        }
        What::Ended { stream } => began.get(&(&entry.party, stream)).is_some_and(|version| *version != FormatVersion::at(entry.at)),
        _ => false,
    })
}

fn rulebook(outcome: &Outcome) -> bool {
    let mut open = BTreeSet::new();
    outcome.trace.entries().iter().any(|entry| match &entry.what {
        What::Began { stream, .. } => {
            open.insert((&entry.party, stream));
            false
        }
        What::Ended { stream } => {
            open.remove(&(&entry.party, stream));
            false
        }
        What::Rulebook { .. } => !open.is_empty(),
        _ => false,
    })
}

/// Another rulebook comes with other holidays from Monday to Friday, and a Frist stands that runs over one of them.
fn other_holidays(outcome: &Outcome) -> bool {
    let mut standing = BTreeMap::new();
    let mut governs = outcome.plan.rulebook;
    outcome.trace.entries().iter().any(|entry| {
        let party = entry.party.as_str();
        match &entry.what {
            What::FristSet { stream, label, due, .. } => drop(standing.insert((party, stream.as_str(), label.as_str()), (entry.at, *due))),
            What::FristFired { stream, label, .. } => drop(standing.remove(&(party, stream.as_str(), label.as_str()))),
            What::Ended { stream } => standing.retain(|(of, ended, _), _| (*of, *ended) != (party, stream.as_str())),
            What::Rulebook { name } => {
                let Ok(comes) = name.parse() else { return false };
                let (before, after) = (Rulebook::of(governs).calendar(), Rulebook::of(comes).calendar());
                governs = comes;
                let differs = |day: &Date| {
                    day.weekday().number_days_from_monday() < 5 && before.holiday(*day).is_some() != after.holiday(*day).is_some()
                };
                let still = standing.values().filter(|(_, due)| entry.at < *due);
                return still.into_iter().any(|(set, due)| days(berlin::day(*set), berlin::day(*due)).any(|day| differs(&day)));
            }
            _ => {}
        }
        false
    })
}

/// The days after `from` up to and including `to`.
fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(from.next_day(), |day| day.next_day()).take_while(move |day| *day <= to)
}

fn received_at_due(outcome: &Outcome) -> bool {
    let mut fulfils = BTreeMap::new();
    outcome.trace.entries().iter().any(|entry| match &entry.what {
        What::TryBegins { exchange, fulfils: Some(due), .. } => {
            fulfils.insert(*exchange, *due);
            false
        }
        What::TryEnds { exchange, end: TryEnd::Receipt(at) } => fulfils.get(exchange) == Some(at),
        _ => false,
    })
}

/// A party accepts the answer that it waits for at the instant at which it would wait no longer.
fn answer_at_timeout(outcome: &Outcome) -> bool {
    let mut due = BTreeSet::new();
    let mut answers = BTreeSet::new();
    outcome.trace.entries().iter().any(|entry| {
        match &entry.what {
            What::FristSet { label, due: at, .. } if label.starts_with("answer ") => drop(due.insert((&entry.party, *at))),
            What::TryBegins { label, message_id, answers: Some(_), .. } if label.starts_with("UTILMD ") => drop(answers.insert(message_id)),
            What::Accepted { message_id, .. } => return answers.contains(message_id) && due.contains(&(&entry.party, entry.at)),
            _ => {}
        }
        false
    })
}
