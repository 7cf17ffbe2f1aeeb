//! Every Frist of a run, and what became of it: met, and how long before it was due; lapsed, and by how much it was missed.
//!
//! A trace says when a Frist is set, moved, fires and lapses, and when the Frist that a message fulfils is due. That a Frist is met is
//! told by the receipt of that message. A Frist at which a partner owes something is met when the partner's answer is accepted here. Where
//! neither is said, a page says no more than it knows: that the Frist did not lapse, or that it stands.

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;

use super::super::event::body;
use super::super::messages::{Message, Messages};
use super::super::names::Names;
use super::super::words::{count, span};
use super::row::Mood;
use crate::run::Outcome;
use crate::trace::{Entry, TryEnd, What};

/// Who owes something at a Frist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owed {
    /// The party itself.
    Here,
    /// The partner whom it asked.
    ByPartner,
    /// Nobody: a watch timer.
    Nobody,
}

/// What became of a Frist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// What it asks for was there.
    Met {
        /// When.
        at: Timestamp,
        /// The message, as `#3`.
        by: String,
    },
    /// It came, and what it asks for was not there.
    Lapsed {
        /// When what it asks for came after all.
        then: Option<Timestamp>,
    },
    /// It came, and the process went on from there.
    Came,
    /// It was taken back before it came.
    Closed,
    /// It stands.
    Open,
    /// The trace does not tell.
    Untold,
}

/// A Frist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frist {
    pub(super) party: String,
    pub(super) process: String,
    pub(super) label: String,
    pub(super) owed: Owed,
    pub(super) set_at: Timestamp,
    pub(super) due: Timestamp,
    pub(super) reason: String,
    /// How often it was moved.
    pub(super) moved: usize,
    pub(super) fate: Fate,
}

impl Frist {
    /// What became of it, in words.
    pub(super) fn fate_part(&self) -> (Mood, String) {
        let of = |ms: i64| span(ms.unsigned_abs());
        match &self.fate {
            Fate::Met { at, by } => {
                let (when, by) = (berlin::moment_text(*at), if by.is_empty() { String::new() } else { format!(" by {by}") });
                match self.due.ms_since(*at) {
                    ms if ms < 0 => (Mood::Bad, format!("met {when}{by}, {} AFTER due", of(ms))),
                    0 => (Mood::Good, format!("met {when}{by}, exactly when due")),
                    ms => (Mood::Good, format!("met {when}{by}, {} before due", of(ms))),
                }
            }
            Fate::Lapsed { then: Some(at) } if *at > self.due => {
                (Mood::Bad, format!("MISSED by {}: there {}", of(at.ms_since(self.due)), berlin::moment_text(*at)))
            }
            Fate::Lapsed { then: Some(at) } => (Mood::Bad, format!("LAPSED, though there {}", berlin::moment_text(*at))),
            Fate::Lapsed { then: None } => (Mood::Bad, "MISSED: what it asks for never came".to_owned()),
            Fate::Came => (Mood::Plain, "came, and the process went on from there".to_owned()),
            Fate::Closed => (Mood::Plain, "closed before it was due".to_owned()),
            Fate::Open => (Mood::Plain, "stands at the end".to_owned()),
            Fate::Untold => (Mood::Plain, "did not come in this trace".to_owned()),
        }
    }

    /// Its word, as in a timetable.
    pub(super) const fn word(&self) -> &'static str {
        match self.owed {
            Owed::Here => "Frist",
            Owed::ByPartner => "awaits",
            Owed::Nobody => "watch",
        }
    }
}

/// Every Frist of a run, numbered from 1 in the order in which they were set.
#[derive(Debug, Default)]
pub(super) struct Fristen {
    list: Vec<Frist>,
    /// By the entry that sets or moves one: its number.
    set_in: BTreeMap<usize, usize>,
}

impl Fristen {
    pub(super) fn of(outcome: &Outcome, names: &Names) -> Self {
        let entries = outcome.trace.entries();
        let mut reading = Reading { messages: Messages::of(entries), accepted: accepted(entries), open: BTreeMap::new(), seen: Vec::new() };
        let mut set_in = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if let Some(place) = reading.see(entry) {
                set_in.insert(index, place + 1);
            }
        }
        let list = reading.seen.iter().map(|seen| reading.frist(seen, outcome, names)).collect();
        Self { list, set_in }
    }

    pub(super) fn set_in(&self, entry: usize) -> Option<usize> {
        self.set_in.get(&entry).copied()
    }

    pub(super) fn get(&self, number: usize) -> Option<&Frist> {
        self.list.get(number.checked_sub(1)?)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &Frist)> {
        (1..).zip(&self.list)
    }
}

/// A Frist as the entries of a trace tell of it.
struct Seen<'t> {
    party: &'t str,
    stream: &'t str,
    label: &'t str,
    reason: &'t str,
    set_at: Timestamp,
    /// Every instant at which it was said to be due; the last one counts.
    due: Vec<Timestamp>,
    fired: bool,
    lapsed: bool,
    stream_ended: bool,
}

struct Reading<'t> {
    messages: Messages,
    /// When each message was accepted first.
    accepted: BTreeMap<&'t str, Timestamp>,
    /// The Frist of this party, stream and label that was set last.
    open: BTreeMap<(&'t str, &'t str, &'t str), usize>,
    seen: Vec<Seen<'t>>,
}

impl<'t> Reading<'t> {
    /// Takes an entry in; the place of the Frist that it sets or moves.
    fn see(&mut self, entry: &'t Entry) -> Option<usize> {
        let party = entry.party.as_str();
        match &entry.what {
            What::FristSet { stream, label, due, reason } => {
                let key = (party, stream.as_str(), label.as_str());
                let known = self.open.get(&key).copied().filter(|place| self.seen.get(*place).is_some_and(|seen| !seen.fired));
                let place = known.unwrap_or(self.seen.len());
                match self.seen.get_mut(place) {
                    Some(seen) => {
                        seen.due.push(*due);
                        seen.reason = reason;
                    }
                    None => self.seen.push(Seen {
                        party,
                        stream,
                        label,
                        reason,
                        set_at: entry.at,
                        due: vec![*due],
                        fired: false,
                        lapsed: false,
                        stream_ended: false,
                    }),
                }
                self.open.insert(key, place);
                return Some(place);
            }
            What::FristFired { stream, label, .. } => self.note(party, stream, label, |seen| seen.fired = true),
            What::Event { stream, event_type, payload, .. } if event_type == "FristLapsed" || event_type == "LapseWithdrawn" => {
                let label = body(payload, event_type).and_then(|body| body.get("label")).and_then(|label| label.as_str());
                let lapsed = event_type == "FristLapsed";
                self.note(party, stream, label.unwrap_or_default(), |seen| seen.lapsed = lapsed);
            }
            What::Ended { stream } => {
                for seen in self.seen.iter_mut().filter(|seen| seen.party == party && seen.stream == stream) {
                    seen.stream_ended = true;
                }
            }
            _ => {}
        }
        None
    }

    fn note(&mut self, party: &str, stream: &str, label: &str, change: impl FnOnce(&mut Seen<'t>)) {
        let of = |seen: &&mut Seen<'t>| (seen.party, seen.stream, seen.label) == (party, stream, label);
        if let Some(seen) = self.seen.iter_mut().rev().find(of) {
            change(seen);
        }
    }

    fn frist(&self, seen: &Seen<'t>, outcome: &Outcome, names: &Names) -> Frist {
        let owed = self.owed(seen);
        let due = seen.due.last().copied().unwrap_or(seen.set_at);
        let met = match owed {
            Owed::Here => self.delivered(seen, names),
            Owed::ByPartner | Owed::Nobody => self.answered(seen, names),
        };
        let stands = outcome.ends.iter().filter(|end| end.party == seen.party).flat_map(|end| &end.processes);
        let stands = stands.filter(|process| process.stream == seen.stream).flat_map(|process| &process.fristen);
        let stands = stands.into_iter().any(|(label, _)| label == seen.label);
        let fate = match met {
            met if seen.lapsed => Fate::Lapsed { then: met.map(|(at, _)| at) },
            // A partner records no lapse here: that it came too late, or that the Frist fired without it, says so.
            Some((at, _)) if at > due && owed != Owed::Nobody => Fate::Lapsed { then: Some(at) },
            Some((at, by)) => Fate::Met { at, by },
            None if seen.fired && owed == Owed::ByPartner => Fate::Lapsed { then: None },
            None if seen.fired => Fate::Came,
            None if stands => Fate::Open,
            None if seen.stream_ended || !outcome.ends.is_empty() => Fate::Closed,
            None => Fate::Untold,
        };
        Frist {
            party: names.veil(seen.party),
            process: names.process(seen.party, seen.stream),
            label: names.veil(seen.label.strip_prefix("awaits ").unwrap_or(seen.label)),
            owed,
            set_at: seen.set_at,
            due,
            reason: names.veil(seen.reason),
            moved: seen.due.windows(2).filter(|pair| pair.first() != pair.last()).count(),
            fate,
        }
    }

    /// As in a timetable, and here also when the process asks in the same commit.
    fn owed(&self, seen: &Seen<'_>) -> Owed {
        if seen.label.starts_with("awaits ") {
            return Owed::Nobody;
        }
        let asked = |pid: &str| self.messages.has_sent(seen.party, seen.stream, pid, usize::MAX);
        if seen.label.strip_prefix("answer ").is_some_and(asked) { Owed::ByPartner } else { Owed::Here }
    }

    /// When a message of the process that fulfils the Frist got its receipt, and which. Of several the one that is named as the Frist is,
    /// or answers what is named so; a late answer does not say what it would have fulfilled, so it is told by that alone.
    fn delivered(&self, seen: &Seen<'_>, names: &Names) -> Option<(Timestamp, String)> {
        let named = |label: &str| pid(seen.label).is_some_and(|pid| label.split(' ').any(|word| word == pid));
        let answers =
            |message: &Message| message.answers.as_deref().and_then(|id| self.messages.get(id)).is_some_and(|to| named(&to.label));
        let meant = |message: &Message| message.fulfils.is_some_and(|due| seen.due.contains(&due));
        let by_name = seen.label.starts_with("answer ") || acknowledges(seen.label).is_some();
        let rank = |message: &Message| match (meant(message), named(&message.label), answers(message)) {
            (true, true, _) => Some(0),
            (true, false, true) => Some(1),
            (true, false, false) => Some(2),
            (false, _, true) if message.fulfils.is_none() && by_name => Some(3),
            (false, ..) => None,
        };
        let receipt = |message: &Message| {
            message.tries.iter().find_map(|this| match this.end {
                Some(TryEnd::Receipt(at)) => Some(at),
                _ => this.accepted,
            })
        };
        let own = |message: &Message| message.sender == seen.party && message.stream.as_deref() == Some(seen.stream);
        let alike = |message: &Message| acknowledges(&message.label) == acknowledges(seen.label);
        let own = self.messages.all().filter(|(_, message)| own(message) && alike(message));
        let (_, at, id) = own.filter_map(|(id, message)| Some((rank(message)?, receipt(message)?, id))).min()?;
        Some((at, names.message(id)))
    }

    /// When an answer to the process was accepted at its party, and which.
    fn answered(&self, seen: &Seen<'_>, names: &Names) -> Option<(Timestamp, String)> {
        let awaited = seen.label.strip_prefix("awaits ").unwrap_or(seen.label);
        let pid = awaited.split(' ').nth(1).unwrap_or_default();
        let asked = |id: &str| {
            self.messages.get(id).is_some_and(|asked| {
                let own = asked.sender == seen.party && asked.stream.as_deref() == Some(seen.stream);
                own && (pid.is_empty() || asked.label.split(' ').any(|word| word == pid))
            })
        };
        let answers =
            |message: &Message| acknowledges(&message.label) == acknowledges(awaited) && message.answers.as_deref().is_some_and(asked);
        let met = self.messages.all().filter(|(_, message)| answers(message));
        let (at, id) = met.filter_map(|(id, _)| Some((*self.accepted.get(id)?, id))).filter(|(at, _)| *at >= seen.set_at).min()?;
        Some((at, names.message(id)))
    }
}

/// The Prüfidentifikator that a Frist is named by.
fn pid(label: &str) -> Option<&str> {
    label.split(' ').find(|word| word.len() == 5 && word.chars().all(|c| c.is_ascii_digit()))
}

/// `APERAK` or `CONTRL` when that is what a message or a Frist is about.
fn acknowledges(label: &str) -> Option<&str> {
    label.split(' ').next().filter(|word| ["APERAK", "CONTRL"].contains(word))
}

fn accepted(entries: &[Entry]) -> BTreeMap<&str, Timestamp> {
    let mut accepted = BTreeMap::new();
    for entry in entries {
        if let What::Accepted { message_id, .. } = &entry.what {
            accepted.entry(message_id.as_str()).or_insert(entry.at);
        }
    }
    accepted
}

/// `4 Fristen: 3 met, 1 missed`.
pub(super) fn balance(fristen: &Fristen) -> String {
    let of = |is: fn(&Fate) -> bool| fristen.all().filter(|(_, frist)| frist.owed != Owed::Nobody && is(&frist.fate)).count();
    let all = of(|_| true);
    let (met, missed) = (of(|fate| matches!(fate, Fate::Met { .. })), of(|fate| matches!(fate, Fate::Lapsed { .. })));
    let rest = all - met - missed;
    let other = if rest == 0 { String::new() } else { format!(", {rest} neither") };
    format!("{}: {met} met, {missed} missed{other}", count(all, "Frist", "Fristen"))
}
