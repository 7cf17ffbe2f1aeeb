//! When faults stop, everything comes to its end: the stuck set.
//!
//! A plan is judged when the last thing it does is to let faults stop, and it leaves [`QUIET_S`] after that: what is not at its end
//! earlier may only be slow.
//!
//! Whoever waits for a back office that is silent by plan waits rightly. So does a process that recorded a lapse while somebody in the
//! plan is silent, gave a message to it up, or had one refused that it does not send again: its partner does not answer, and a person knows.
//! Where a row of a queue was set aside, its message or Frist is gone, and a dead letter tells a person; whoever waits for it waits rightly.

use std::collections::BTreeSet;

use super::set_aside;
use crate::nemesis::QUIET_S;
use crate::plan::{Action, Behaviour, Step};
use crate::run::{Outcome, PartyEnd, ProcessEnd};
use crate::trace::{Entry, What};

pub(super) fn stuck(outcome: &Outcome) -> Vec<String> {
    let enough = |calm: &Step| calm.action == Action::Calm && calm.at.plus_seconds(QUIET_S) <= outcome.plan.until;
    if !outcome.plan.steps.last().is_some_and(enough) {
        return Vec::new();
    }
    let lapsed = lapsed(outcome);
    let is_silent = |party: &str| outcome.plan.party(party).is_some_and(|party| party.behaviour == Behaviour::Silent);
    let somebody_is_silent = outcome.plan.parties.iter().any(|party| party.behaviour == Behaviour::Silent);
    let others_gave_up = |party: &str| outcome.trace.entries().iter().any(|entry| entry.party != party && is_given_up(&entry.what));
    let mut found = Vec::new();
    for end in &outcome.ends {
        if end.down {
            found.push(format!("{} is down", end.party));
            continue;
        }
        found.extend(undelivered(end));
        for process in end.processes.iter().filter(|process| !process.ended) {
            let waits_rightly = !process.fristen.is_empty()
                || set_aside::any(outcome)
                || (is_silent(&end.party) && !process.asks.is_empty())
                || ((somebody_is_silent || others_gave_up(&end.party)) && lapsed.contains(&(end.party.clone(), process.stream.clone())));
            if !waits_rightly {
                found.push(format!("{} {} is {} and waits for nothing", end.party, process.stream, process.state));
            }
        }
        let undecided = end.processes.iter().filter(|_| !is_silent(&end.party)).flat_map(|process| &process.asks);
        found.extend(undecided.map(|about| format!("{}: nobody decides about {about}", end.party)));
    }
    found
}

/// Whether a message is not sent any more, although its partner never got it or refused it.
pub(super) fn is_given_up(what: &What) -> bool {
    match what {
        What::DeadLetter { about, reason } => reason.starts_with("given up") || set_aside::is_letter(about),
        What::Event { event_type, payload, .. } => event_type == "InterchangeRefused" && payload.to_string().contains("\"again\":false"),
        _ => false,
    }
}

/// Messages to partners that still wait for delivery.
fn undelivered(end: &PartyEnd) -> Vec<String> {
    let of = |list: fn(&ProcessEnd) -> &Vec<String>| end.processes.iter().map(list).map(Vec::len).sum::<usize>();
    let mut found: Vec<String> = end
        .processes
        .iter()
        .flat_map(|process| process.queued.iter().map(|kind| format!("{} {}: {kind} waits for delivery", end.party, process.stream)))
        .collect();
    let of_boundary = end.outbox.saturating_sub(of(|process| &process.queued) + of(|process| &process.asks));
    if of_boundary > 0 {
        found.push(format!("{}: {of_boundary} answers of the boundary wait for delivery", end.party));
    }
    found
}

/// Streams that recorded a lapse: a person knows that the partner is late.
fn lapsed(outcome: &Outcome) -> BTreeSet<(String, String)> {
    let lapse = |entry: &'_ Entry| match &entry.what {
        What::Event { stream, event_type, .. } if event_type == "FristLapsed" => Some((entry.party.clone(), stream.clone())),
        _ => None,
    };
    outcome.trace.entries().iter().filter_map(lapse).collect()
}
