//! A run as lines: what of a trace is told, and in which words.
//!
//! Everything is told, except what another line says already:
//! - the end of a try, its receipt and its acceptance are in the line in which the try begins; tries of which nothing new can be
//!   said are left out (`messages`), and so are the duplicates that they cause;
//! - `MessageDelivered` is left out when the line of its message tells the receipt, `DeadLettered` when its dead letter has one;
//! - a Frist that fired is told by the first event that it caused, marked `⏱`; only when it caused none has it a line of its own.

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;

use super::event::{body, telling};
use super::line::{Line, Link, Place, Tone};
use super::messages::{Messages, Told};
use super::names::Names;
use super::words::{clock_seen_from, count, margin, short_day};
use crate::plan::{ClockFault, DiskFault};
use crate::run::Outcome;
use crate::scenario::clock_text;
use crate::trace::{Entry, TryEnd, What};

/// The mark of a line that a Frist is in.
const FRIST: &str = "⏱";

/// What happened in `outcome`, in order, in words.
pub(super) fn story(outcome: &Outcome, names: &Names) -> Vec<Line> {
    let entries = outcome.trace.entries();
    let mut teller = Teller { entries, names, messages: Messages::of(entries), due: BTreeMap::new() };
    (0..entries.len()).filter_map(|index| teller.line(index)).collect()
}

struct Teller<'a> {
    entries: &'a [Entry],
    names: &'a Names,
    messages: Messages,
    /// When each Frist was last said to be due, by party, stream and label.
    due: BTreeMap<(&'a str, &'a str, &'a str), Timestamp>,
}

impl<'a> Teller<'a> {
    /// The line of entry number `index`; `None` when other lines say it.
    fn line(&mut self, index: usize) -> Option<Line> {
        let entry = self.entries.get(index)?;
        let line = match &entry.what {
            What::TryBegins { .. } => self.try_begins(index)?,
            What::TryEnds { .. } => return None,
            What::Duplicate { from, message_id } => self.duplicate(index, from, message_id)?,
            What::Accepted { from, message_id } => self.accepted(index, from, message_id)?,
            What::Event { .. } => self.event(index)?,
            What::FristSet { stream, label, due, reason } => self.frist_set(index, (stream, label), *due, reason)?,
            What::FristFired { .. } => self.frist_fired(index)?,
            _ => world_line(&entry.what)?.at_party(&entry.party),
        };
        Some(self.finished(entry.at, index, line))
    }

    /// No id gets into a line: every text of it passes here.
    fn finished(&self, at: Timestamp, entry: usize, draft: Draft) -> Line {
        let veil = |text: &str| self.names.veil(text);
        let place = match &draft.place {
            Place::At(party) => Place::At(veil(party)),
            Place::Between { from, link, to } => Place::Between { from: veil(from), link: *link, to: veil(to) },
        };
        Line { at, place, what: veil(&draft.what), mark: draft.mark, tell: veil(&draft.tell), tone: draft.tone, entry }
    }

    fn try_begins(&self, index: usize) -> Option<Draft> {
        let entry = self.entries.get(index)?;
        let What::TryBegins { message_id, to, label, answers, stream, note, attempt, fulfils, .. } = &entry.what else { return None };
        let told = self.messages.told(index)?;
        let subject = match answers {
            Some(answered) => format!("for {}", self.names.message(answered)),
            None => stream.as_deref().map_or_else(String::new, |stream| self.names.process(&entry.party, stream)),
        };
        let number = if told.message.tries.len() > 1 || *attempt > 1 { format!("try {attempt}") } else { String::new() };
        let arrived = told.this.has_receipt();
        let head = if arrived || (told.is_first && (answers.is_none() || number.is_empty())) {
            list(", ", [number, failure(told), subject, note.clone()])
        } else {
            list(", ", [number, failure(told)])
        };
        let outcome = match &told.this.end {
            Some(TryEnd::Receipt(at)) => {
                list(" · ", [receipt(label, entry.at, *at), fulfils.map_or_else(String::new, |due| margin(*at, due))])
            }
            _ => not_delivered(told, entry.at),
        };
        let tone = if arrived { Tone::Arrived } else { Tone::Lost };
        let draft = Draft::new(label, tone).mark(self.names.message(message_id)).tell(list(" · ", [head, outcome]));
        Some(draft.between(&entry.party, Link::Message, to))
    }

    fn duplicate(&self, index: usize, from: &str, id: &str) -> Option<Draft> {
        let entry = self.entries.get(index).filter(|_| self.messages.duplicate_is_told(index))?;
        let draft = Draft::new(self.label(id), Tone::Fault).mark(self.names.message(id)).tell("duplicate: receipt, no effect");
        Some(draft.between(from, Link::Message, &entry.party))
    }

    fn accepted(&self, index: usize, from: &str, id: &str) -> Option<Draft> {
        let entry = self.entries.get(index).filter(|entry| !self.messages.acceptance_is_told(id, entry.at))?;
        let draft = Draft::new(self.label(id), Tone::Arrived).mark(self.names.message(id)).tell("accepted");
        Some(draft.between(from, Link::Message, &entry.party))
    }

    fn label(&self, id: &str) -> &str {
        self.messages.get(id).map_or("message", |message| &message.label)
    }

    fn event(&self, index: usize) -> Option<Draft> {
        let entry = self.entries.get(index)?;
        let What::Event { stream, version, event_type, payload } = &entry.what else { return None };
        let sent = |kind: &str| self.messages.sent_by(&entry.party, stream, kind, index).map(|id| self.names.message(id));
        let field = |name| body(payload, event_type)?.get(name)?.as_str();
        let delivered = || field("kind").zip(field("received_at").and_then(|text| text.parse().ok()));
        let is_told = match event_type.as_str() {
            "MessageDelivered" => delivered().is_some_and(|(kind, at)| self.messages.receipt_is_told(&entry.party, stream, kind, at)),
            "DeadLettered" => self.later_at_once(index).any(|later| matches!(later.what, What::DeadLetter { .. })),
            _ => false,
        };
        if is_told {
            return None;
        }
        let words = telling(payload, event_type, &|kind| sent(kind).unwrap_or_else(|| kind.to_owned()));
        let place = format!("stream {}, no. {version}", self.names.process(&entry.party, stream));
        let tone = if matches!(event_type.as_str(), "FristLapsed" | "AperakMissing") { Tone::Alarm } else { Tone::Event };
        let mark = if self.fired_just_before(index, stream) { FRIST } else { "" };
        Some(Draft::new(format!("event   {event_type}"), tone).mark(mark).tell(list(" · ", [place, words])).at_party(&entry.party))
    }

    /// What else happened to the party of entry number `index` at that instant, after it.
    fn later_at_once(&self, index: usize) -> impl Iterator<Item = &'a Entry> {
        let here = self.entries.get(index);
        let same = move |entry: &&Entry| here.is_some_and(|here| here.at == entry.at && here.party == entry.party);
        self.entries.iter().skip(index + 1).take_while(same)
    }

    fn fired_just_before(&self, index: usize, stream: &str) -> bool {
        let before = index.checked_sub(1).and_then(|before| self.entries.get(before));
        before.zip(self.entries.get(index)).is_some_and(|(before, this)| {
            before.party == this.party && matches!(&before.what, What::FristFired { stream: fired, .. } if fired == stream)
        })
    }

    /// The word before a Frist says who owes something at it: the party itself, the partner whom it asked (`awaits`), or nobody (`watch`).
    fn frist_set(&mut self, index: usize, (stream, label): (&'a str, &'a str), due: Timestamp, reason: &str) -> Option<Draft> {
        let entry = self.entries.get(index)?;
        let before = self.due.insert((&entry.party, stream, label), due);
        if let Some(awaited) = label.strip_prefix("awaits ") {
            let tell = format!("until {}", berlin::moment_text(due));
            return Some(Draft::new(format!("watch   {awaited}"), Tone::Watch).tell(tell).at_party(&entry.party));
        }
        let asked = |pid: &str| self.messages.has_sent(&entry.party, stream, pid, index);
        let word = if label.strip_prefix("answer ").is_some_and(asked) { "awaits" } else { "Frist " };
        let moved = if before.is_some_and(|before| before != due) { "now due" } else { "due" };
        let why = if reason.is_empty() { String::new() } else { format!("({reason})") };
        let tell = list("   ", [format!("{moved} {}", berlin::moment_text(due)), why]);
        Some(Draft::new(format!("{word}  {label}"), Tone::Frist).mark(FRIST).tell(tell).at_party(&entry.party))
    }

    fn frist_fired(&self, index: usize) -> Option<Draft> {
        let entry = self.entries.get(index)?;
        let What::FristFired { stream, label, due } = &entry.what else { return None };
        let caused = |later: &Entry| matches!(&later.what, What::Event { stream: of, .. } if of == stream);
        if self.later_at_once(index).any(caused) {
            return None;
        }
        let (word, label) = label.strip_prefix("awaits ").map_or(("Frist", label.as_str()), |awaited| ("watch", awaited));
        let tell = format!("came, nothing to do · was due {}", berlin::moment_text(*due));
        Some(Draft::new(format!("{word}   {label}"), Tone::Frist).mark(FRIST).tell(tell).at_party(&entry.party))
    }
}

/// How a try failed; empty when it did not.
fn failure(told: Told<'_>) -> String {
    match &told.this.end {
        Some(TryEnd::Receipt(_)) => String::new(),
        Some(TryEnd::Failed(why)) => why.clone(),
        None if told.this.sender_crashed => "broken off by the crash".to_owned(),
        None => "still on its way".to_owned(),
    }
}

/// The receipt of a business message starts clocks. That of an acknowledgement is told when it was long in coming.
fn receipt(label: &str, sent_at: Timestamp, received_at: Timestamp) -> String {
    let instant = clock_seen_from(received_at, sent_at);
    if !["APERAK", "CONTRL"].iter().any(|acknowledgement| label.starts_with(acknowledgement)) {
        return format!("receipt {instant}, the ÜT is {}", short_day(received_at));
    }
    if received_at.ms_since(sent_at).abs() > 60_000 { format!("receipt {instant}") } else { String::new() }
}

/// What else is to be said of a try without a receipt.
fn not_delivered(told: Told<'_>, sent_at: Timestamp) -> String {
    let accepted = told.this.accepted.map(|at| format!("accepted {} all the same", clock_seen_from(at, sent_at)));
    let never = told.is_last && !told.message.is_delivered();
    let tries = || format!("NEVER DELIVERED in {}", count(told.message.tries.len(), "try", "tries"));
    list(" · ", [accepted.unwrap_or_default(), if never { tries() } else { String::new() }])
}

/// What needs no other entry to be told.
fn world_line(what: &What) -> Option<Draft> {
    Some(match what {
        What::Crash { point, keep } => Draft::new("■ crash", Tone::Fault).tell(list(" · ", [crash_point(point), kept(keep).to_owned()])),
        What::Restart { resumes, repaired } => {
            let resumed = match *resumes {
                0 => "nothing to resume".to_owned(),
                several => format!("{} resumed", count(several, "accepted message", "accepted messages")),
            };
            // How much was torn is the store's business: the timetable of two stores is the same.
            let tail = if repaired.is_some() { "torn tail repaired" } else { "" };
            Draft::new("▶ restart", Tone::Fault).tell(list(" · ", [resumed, tail.to_owned()]))
        }
        What::DeadLetter { about, reason } => Draft::new("dead letter", Tone::Alarm).mark("!").tell(format!("{about}: {reason}")),
        What::Decides { about, verdict } => Draft::new(format!("decides {about}"), Tone::Decision).tell(verdict),
        What::Partition { with, until } => {
            let what = format!("partition until {}", berlin::moment_text(*until));
            Draft::new(what, Tone::Fault).between("", Link::Cut, with)
        }
        What::Declined { about, .. } => Draft::new("declined", Tone::Decision).tell(format!("{about}: a living process does that already")),
        What::LinkFault { to, fault } => Draft::new(fault, Tone::Fault).between("", Link::Fault, to),
        What::Pause { until } => Draft::new("■ pause", Tone::Fault).tell(format!("until {}", berlin::moment_text(*until))),
        What::Leased { until, .. } => {
            Draft::new("■ lease", Tone::Fault).tell(format!("another worker has the message until {}", berlin::moment_text(*until)))
        }
        What::Unreadable { queue } => Draft::new("■ unreadable", Tone::Fault).tell(format!("a row of the {}", queue.name())),
        What::Resume => Draft::new("▶ goes on", Tone::Fault),
        What::Clock { fault } => Draft::new("■ clock", Tone::Fault).tell(match fault {
            ClockFault::Step(_) => format!("put by {}", clock_text(*fault)),
            ClockFault::Drift(ppm) => format!("drifts by {ppm} ppm"),
        }),
        What::Rulebook { name } => Draft::new("rulebook", Tone::Fault).tell(format!("{name} governs what begins from here on")),
        What::Cutover { version } => Draft::new("cutover", Tone::Fault).tell(version),
        What::Disk { fault } => Draft::new("■ disk", Tone::Fault).tell(match fault {
            DiskFault::Full(Timestamp::MAX) => "full".to_owned(),
            DiskFault::Full(until) => format!("full until {}", berlin::moment_text(*until)),
            DiskFault::Unreadable(until) => format!("unreadable until {}", berlin::moment_text(*until)),
            DiskFault::FailedSync(_) => "the next sync fails".to_owned(),
            DiskFault::Slow { ms, until } => format!("slow, {} s a commit, until {}", ms / 1_000, berlin::moment_text(*until)),
            DiskFault::RottenSnapshots => "its snapshots rot".to_owned(),
            DiskFault::RottenRow(queue) => format!("the next row of the {} that is read is damaged", queue.name()),
            DiskFault::Refusing(until) => format!("refuses until {}", berlin::moment_text(*until)),
        }),
        What::Calm => Draft::new("calm", Tone::Fault).tell("every fault stops"),
        What::Check { text, found: None } => Draft::new("check   held", Tone::Held).tell(text),
        What::Check { text, found: Some(found) } => {
            Draft::new("check   FAILED", Tone::Alarm).mark("!").tell(format!("{text}: found {found}"))
        }
        _ => return None,
    })
}

/// Where a node crashed, as it looks to whoever wonders what is lost.
fn crash_point(point: &str) -> String {
    match point.replace([' ', '_'], "-").as_str() {
        "now" => "",
        "before-write" => "commit not written",
        "before-sync" => "commit written, not synced",
        "after-sync" => "commit durable, not acknowledged",
        "after-receipt" => "accepted, not yet processed",
        "before-mark-sent" => "delivered, not yet noted",
        _ => point,
    }
    .to_owned()
}

/// What the disk kept of what was not synced; nothing is what one expects.
fn kept(keep: &str) -> &str {
    match keep {
        "synced" => "",
        "torn" => "the disk keeps a torn tail",
        "all" => "the disk keeps all",
        other => other,
    }
}

/// The parts that are not empty, joined.
fn list<const N: usize>(separator: &str, parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(separator)
}

/// A line before it knows its instant, and before its texts are veiled.
struct Draft {
    place: Place,
    what: String,
    mark: String,
    tell: String,
    tone: Tone,
}

impl Draft {
    fn new(what: impl Into<String>, tone: Tone) -> Self {
        Self { place: Place::At(String::new()), what: what.into(), mark: String::new(), tell: String::new(), tone }
    }

    fn mark(mut self, mark: impl Into<String>) -> Self {
        self.mark = mark.into();
        self
    }

    fn tell(mut self, tell: impl Into<String>) -> Self {
        self.tell = tell.into();
        self
    }

    fn between(mut self, from: &str, link: Link, to: &str) -> Self {
        self.place = Place::Between { from: from.to_owned(), link, to: to.to_owned() };
        self
    }

    /// At `party`, or from it when the line is between two.
    fn at_party(mut self, party: &str) -> Self {
        match &mut self.place {
            Place::At(at) => party.clone_into(at),
            Place::Between { from, .. } => party.clone_into(from),
        }
        self
    }
}
