//! The rows of a page: the lines of the story, every message's other tries, and the instants at which something was due.
//!
//! A line of the story is a row. The tries that the story leaves out are one row for each message and each silence between two lines, so
//! that a page accounts for every try. Where a Frist comes due that was met before, nothing happens in a trace: a page marks it.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use serde_json::Value;

use super::super::line::{Line, Link, Place, Tone};
use super::super::messages::{Message, Messages};
use super::super::names::Names;
use super::super::story::story;
use super::super::words::{AFTER, BEFORE, count};
use super::frist::{Fate, Fristen, Owed};
use crate::run::Outcome;
use crate::trace::{Entry, TryEnd, What};

/// Words that a line of the story, or of this page, begins with.
const WORDS: [&str; 6] = ["event", "Frist", "awaits", "watch", "check", "due"];

/// What a row is about: one can look at some kinds alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Message,
    Frist,
    Event,
    Decision,
    Fault,
    DeadLetter,
    Check,
}

impl Kind {
    /// Every kind: its name in a link, and what people call several.
    pub(super) const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Message, "message", "messages"),
        (Self::Frist, "frist", "Fristen"),
        (Self::Event, "event", "events"),
        (Self::Decision, "decision", "decisions"),
        (Self::Fault, "fault", "faults"),
        (Self::DeadLetter, "dead-letter", "dead letters"),
        (Self::Check, "check", "checks"),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }

    fn of(what: &What) -> Self {
        match what {
            What::TryBegins { .. } | What::TryEnds { .. } | What::Duplicate { .. } | What::SentBack { .. } | What::Accepted { .. } => {
                Self::Message
            }
            What::FristSet { .. } | What::FristFired { .. } => Self::Frist,
            What::Event { event_type, .. } if event_type == "FristLapsed" => Self::Frist,
            What::Event { .. } | What::Began { .. } | What::Ended { .. } => Self::Event,
            What::Decides { .. } | What::Declined { .. } => Self::Decision,
            What::DeadLetter { .. } => Self::DeadLetter,
            What::Check { .. } => Self::Check,
            What::Leased { .. }
            | What::Unreadable { .. }
            | What::Crash { .. }
            | What::Restart { .. }
            | What::Pause { .. }
            | What::Resume
            | What::Clock { .. }
            | What::Rulebook { .. }
            | What::Cutover { .. }
            | What::Disk { .. }
            | What::Partition { .. }
            | What::LinkFault { .. }
            | What::Calm => Self::Fault,
        }
    }
}

/// How a part of a row is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mood {
    Plain,
    Good,
    Bad,
}

/// What happens to the node of the row's party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    Off,
    On,
}

/// One thing that happened, as a page shows it. Every text in it is veiled, none is escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) at: Timestamp,
    pub(super) place: Place,
    pub(super) kind: Kind,
    pub(super) tone: Tone,
    /// The word before it, such as `Frist`; empty for a message.
    pub(super) word: String,
    pub(super) what: String,
    /// `#1` for a message.
    pub(super) message: String,
    /// The number of the Frist that it sets or marks, counted from 1.
    pub(super) frist: Option<usize>,
    pub(super) release: String,
    pub(super) parts: Vec<(Mood, String)>,
    /// What became of the Frist, which later rows tell, too.
    pub(super) fate: Option<(Mood, String)>,
    pub(super) process: String,
    pub(super) pids: BTreeSet<String>,
    pub(super) power: Option<Power>,
}

impl Row {
    fn of(line: Line, kind: Kind) -> Self {
        let (word, what) = match line.what.split_once("  ") {
            Some((word, what)) if WORDS.contains(&word) => (word.to_owned(), what.trim_start().to_owned()),
            _ => (String::new(), line.what),
        };
        let parts = line.tell.split(" · ").flat_map(|part| part.split("   ")).map(str::trim).filter(|part| !part.is_empty());
        Self {
            at: line.at,
            place: line.place,
            kind,
            tone: line.tone,
            word,
            what,
            message: line.mark.strip_prefix('#').map_or_else(String::new, |number| format!("#{number}")),
            frist: None,
            release: String::new(),
            parts: parts.map(|part| (mood(part), part.to_owned())).collect(),
            fate: None,
            process: String::new(),
            pids: BTreeSet::new(),
            power: None,
        }
    }

    /// Who is in it.
    pub(super) fn parties(&self) -> Vec<&str> {
        match &self.place {
            Place::At(party) if party.is_empty() => Vec::new(),
            Place::At(party) => vec![party],
            Place::Between { from, to, .. } => vec![from, to],
        }
    }
}

fn mood(part: &str) -> Mood {
    if part.ends_with(BEFORE) || part.starts_with("exactly at") {
        Mood::Good
    } else if part.ends_with(AFTER) || part.starts_with("NEVER DELIVERED") {
        Mood::Bad
    } else {
        Mood::Plain
    }
}

/// The rows of `outcome`, in order.
pub(super) fn rows(outcome: &Outcome, names: &Names, fristen: &Fristen) -> Vec<Row> {
    let entries = outcome.trace.entries();
    let teller = Teller { entries, names, messages: Messages::of(entries), pids: pids_of(entries), fristen };
    let mut rows = Vec::new();
    let mut waiting = Waiting::default();
    let mut lines = story(outcome, names).into_iter().peekable();
    for index in 0..entries.len() {
        if let Some(line) = lines.next_if(|line| line.entry == index) {
            waiting.flush(&teller, &mut rows);
            rows.push(teller.row(line));
        } else if let Some((id, _, _)) = teller.messages.untold(index) {
            waiting.add(id, index);
        }
    }
    waiting.flush(&teller, &mut rows);
    mark_due(&mut rows, &teller);
    rows
}

struct Teller<'a> {
    entries: &'a [Entry],
    names: &'a Names,
    messages: Messages,
    pids: BTreeSet<String>,
    fristen: &'a Fristen,
}

impl Teller<'_> {
    fn row(&self, line: Line) -> Row {
        let index = line.entry;
        let Some(entry) = self.entries.get(index) else { return Row::of(line, Kind::Event) };
        let mut row = Row::of(line, Kind::of(&entry.what));
        row.pids = self.pids_in(&row.what);
        match &entry.what {
            What::TryBegins { message_id, .. } | What::Duplicate { message_id, .. } | What::Accepted { message_id, .. } => {
                self.about(&mut row, message_id);
            }
            What::Event { stream, payload, .. } => {
                row.process = self.names.process(&entry.party, stream);
                each_text(payload, &mut |text| row.pids.extend(self.pids_in(text)));
            }
            What::FristFired { stream, .. } => row.process = self.names.process(&entry.party, stream),
            What::FristSet { stream, .. } => {
                row.process = self.names.process(&entry.party, stream);
                row.frist = self.fristen.set_in(index);
                if let Some(frist) = row.frist.and_then(|number| self.fristen.get(number)) {
                    row.fate = Some(frist.fate_part());
                    frist.word().clone_into(&mut row.word);
                }
            }
            What::Crash { .. } | What::Pause { .. } => row.power = Some(Power::Off),
            What::Restart { .. } | What::Resume => row.power = Some(Power::On),
            _ => {}
        }
        row
    }

    /// Says of a row what its message is about.
    fn about(&self, row: &mut Row, id: &str) {
        let Some(message) = self.messages.get(id) else { return };
        row.pids = self.pids_of_message(message);
        row.release = message.release.clone().unwrap_or_default();
        row.process = message.stream.as_deref().map_or_else(String::new, |stream| self.names.process(&message.sender, stream));
    }

    /// Its own, and for what answers another message, that one's.
    fn pids_of_message(&self, message: &Message) -> BTreeSet<String> {
        let answered = message.answers.as_deref().and_then(|id| self.messages.get(id));
        let labels = std::iter::once(message).chain(answered).map(|message| message.label.as_str());
        labels.flat_map(|label| self.pids_in(label)).collect()
    }

    fn pids_in(&self, text: &str) -> BTreeSet<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| self.pids.contains(*word)).map(str::to_owned).collect()
    }

    /// Tries of one message that came to nothing new, as one row.
    fn tries(&self, id: &str, tries: &[usize]) -> Option<Row> {
        let (first, last) = (self.entries.get(*tries.first()?)?, self.entries.get(*tries.last()?)?);
        let (message, number) = (self.messages.get(id)?, |entry: &Entry| match &entry.what {
            What::TryBegins { attempt, .. } => *attempt,
            _ => 0,
        });
        let mut ends: BTreeMap<String, usize> = BTreeMap::new();
        for (_, _, this) in tries.iter().filter_map(|index| self.messages.untold(*index)) {
            let end = match &this.end {
                Some(TryEnd::Failed(why)) => self.names.veil(why),
                Some(TryEnd::Receipt(_)) => "receipt".to_owned(),
                None => "no end seen".to_owned(),
            };
            *ends.entry(end).or_default() += 1;
        }
        let range = if tries.len() == 1 { format!("try {}", number(first)) } else { format!("tries {}–{}", number(first), number(last)) };
        let ends = ends.into_iter().map(|(end, n)| if n == tries.len() { end } else { format!("{end} ({n} times)") });
        let until = (tries.len() > 1).then(|| format!("the last one {}", berlin::moment_text(last.at)));
        let veil = |text: &str| self.names.veil(text);
        let place = Place::Between { from: veil(&message.sender), link: Link::Message, to: veil(&message.to) };
        let (what, mark) = (veil(&message.label), self.names.message(id));
        let line = Line { at: first.at, place, what, mark, tell: String::new(), tone: Tone::Lost, entry: *tries.first()? };
        let mut row = Row::of(line, Kind::Message);
        row.word = count(tries.len(), "try more", "tries more");
        row.parts = std::iter::once(range).chain(ends).chain(until).map(|part| (Mood::Plain, part)).collect();
        self.about(&mut row, id);
        Some(row)
    }
}

/// Tries that wait for the next line.
#[derive(Default)]
struct Waiting {
    by_message: Vec<(String, Vec<usize>)>,
}

impl Waiting {
    fn add(&mut self, id: &str, index: usize) {
        match self.by_message.iter_mut().find(|(of, _)| of == id) {
            Some((_, tries)) => tries.push(index),
            None => self.by_message.push((id.to_owned(), vec![index])),
        }
    }

    fn flush(&mut self, teller: &Teller<'_>, rows: &mut Vec<Row>) {
        rows.extend(self.by_message.drain(..).filter_map(|(id, tries)| teller.tries(&id, &tries)));
    }
}

/// Adds a row where something was due and nothing fired.
fn mark_due(rows: &mut Vec<Row>, teller: &Teller<'_>) {
    let Some(end) = rows.iter().map(|row| row.at).max() else { return };
    for (number, frist) in teller.fristen.all() {
        let fired = matches!(frist.fate, Fate::Lapsed { .. } | Fate::Came);
        if fired || frist.owed == Owed::Nobody || frist.due > end {
            continue;
        }
        let place = rows.iter().position(|row| row.at > frist.due).unwrap_or(rows.len());
        let line = Line {
            at: frist.due,
            place: Place::At(frist.party.clone()),
            what: format!("due  {}", frist.label),
            mark: String::new(),
            tell: String::new(),
            tone: Tone::Watch,
            entry: 0,
        };
        let mut row = Row::of(line, Kind::Frist);
        (row.frist, row.process, row.pids) = (Some(number), frist.process.clone(), teller.pids_in(&frist.label));
        row.fate = Some(frist.fate_part());
        rows.insert(place, row);
    }
}

/// The Prüfidentifikatoren that messages and Fristen are named by.
fn pids_of(entries: &[Entry]) -> BTreeSet<String> {
    let labels = entries.iter().filter_map(|entry| match &entry.what {
        What::TryBegins { label, .. } | What::FristSet { label, .. } => Some(label),
        _ => None,
    });
    let is_pid = |word: &&str| word.len() == 5 && word.chars().all(|c| c.is_ascii_digit());
    labels.flat_map(|label| label.split(' ')).filter(is_pid).map(str::to_owned).collect()
}

fn each_text(value: &Value, say: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => say(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, say)),
        Value::Object(fields) => fields.values().for_each(|value| each_text(value, say)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
