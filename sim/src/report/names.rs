//! What things are called in a report, so that two equal runs read alike and no id is ever shown.
//!
//! - A message is `#1`, `#2` …, in the order in which messages first appear in the trace.
//! - A process is `A-1`: the letter is its conversation, the number counts the party's processes in that conversation. Two processes
//!   are of one conversation when one of them answered a message of the other; so the same Lieferbeginn is `A-1` at every party,
//!   and a second one is `B-1`. Letters follow the order in which conversations first appear.
//! - A market partner id is the party's name.
//! - Everything else that looks like an id (a uuid, a hash, a Vorgangsnummer made of a process's token) is `…`.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Plan;
use crate::trace::{Entry, What};

/// A word of this many hexadecimal digits, or of this many letters and digits mixed, is an id.
const ID_LENGTH: usize = 16;
/// A shorter token could be a word.
const SHORTEST_TOKEN: usize = 4;
/// What stands where an id was.
const VEIL: &str = "…";

/// The names of one run.
#[derive(Debug, Default)]
pub(super) struct Names {
    messages: BTreeMap<String, usize>,
    processes: BTreeMap<(String, String), String>,
    words: BTreeMap<String, String>,
    tokens: BTreeSet<String>,
}

impl Names {
    /// The names in a run of `plan` in which `entries` happened.
    pub(super) fn of(plan: &Plan, entries: &[Entry]) -> Self {
        let mut names = Self::default();
        for id in entries.iter().flat_map(message_ids) {
            let next = names.messages.len() + 1;
            names.messages.entry(id.to_owned()).or_insert(next);
        }
        names.tokens = entries.iter().filter_map(token).filter(|token| token.len() >= SHORTEST_TOKEN).map(str::to_owned).collect();
        names.name_processes(&Conversations::of(entries));
        names.name_words(plan);
        names
    }

    fn name_processes(&mut self, conversations: &Conversations) {
        let mut letters: Vec<usize> = Vec::new();
        let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for (place, (party, stream)) in conversations.processes.iter().enumerate() {
            let conversation = conversations.of.get(place).copied().unwrap_or(place);
            let letter = letters.iter().position(|known| *known == conversation).unwrap_or_else(|| {
                letters.push(conversation);
                letters.len() - 1
            });
            let number = counts.entry((conversation, party)).or_default();
            *number += 1;
            self.processes.insert((party.clone(), stream.clone()), format!("{}-{number}", letters_of(letter)));
        }
    }

    fn name_words(&mut self, plan: &Plan) {
        let numbers = self.messages.iter().map(|(id, number)| (id.clone(), format!("#{number}")));
        let processes = self.processes.iter().map(|((_, stream), label)| (stream.clone(), label.clone()));
        let parties = plan.parties.iter().map(|party| (party.mp_id.to_string(), party.name.clone()));
        let objects = plan.objects.iter().map(|object| (object.id.clone(), object.id.clone()));
        let named = numbers.chain(processes).chain(parties.filter(|(_, name)| !is_id(name)));
        self.words = named.chain(objects).filter(|(word, _)| !word.is_empty()).collect();
    }

    /// `#1`; empty for a message that never appeared.
    pub(super) fn message(&self, id: &str) -> String {
        self.messages.get(id).map_or_else(String::new, |number| format!("#{number}"))
    }

    /// The number of a message, counted from 1.
    pub(super) fn number(&self, id: &str) -> Option<usize> {
        self.messages.get(id).copied()
    }

    /// `A-1`; a stream that is no process, such as `boundary`, keeps its name.
    pub(super) fn process(&self, party: &str, stream: &str) -> String {
        let label = self.processes.get(&(party.to_owned(), stream.to_owned()));
        label.cloned().unwrap_or_else(|| self.veil(stream))
    }

    /// `text` in one line, with every id replaced by its name or veiled.
    pub(super) fn veil(&self, text: &str) -> String {
        let (mut veiled, mut word) = (String::new(), String::new());
        for c in text.chars() {
            if c.is_alphanumeric() || "-_/@.:".contains(c) {
                word.push(c);
                continue;
            }
            self.say(&mut veiled, &word);
            word.clear();
            veiled.push(if c.is_control() || c.is_whitespace() { ' ' } else { c });
        }
        self.say(&mut veiled, &word);
        veiled
    }

    fn say(&self, veiled: &mut String, word: &str) {
        let bare = word.trim_end_matches(['.', ':', '-', '/']);
        match self.words.get(bare) {
            Some(name) => veiled.push_str(name),
            None if is_id(bare) || self.tokens.iter().any(|token| bare.contains(token.as_str())) => veiled.push_str(VEIL),
            None => veiled.push_str(bare),
        }
        veiled.push_str(word.strip_prefix(bare).unwrap_or_default());
    }
}

/// The messages that an entry names, in order.
fn message_ids(entry: &Entry) -> impl Iterator<Item = &str> {
    let (first, second) = match &entry.what {
        What::TryBegins { message_id, answers, .. } => (answers.as_deref(), Some(message_id.as_str())),
        What::Accepted { message_id, .. } | What::Duplicate { message_id, .. } => (Some(message_id.as_str()), None),
        _ => (None, None),
    };
    first.into_iter().chain(second)
}

/// What a process makes its numbers of, when the event says so.
fn token(entry: &Entry) -> Option<&str> {
    let What::Event { payload, event_type, .. } = &entry.what else { return None };
    super::event::body(payload, event_type)?.get("frame")?.get("token")?.as_str()
}

/// Which processes belong together.
#[derive(Debug, Default)]
struct Conversations {
    /// Party and stream, in order of first appearance.
    processes: Vec<(String, String)>,
    /// The conversation of each.
    of: Vec<usize>,
}

impl Conversations {
    fn of(entries: &[Entry]) -> Self {
        let mut conversations = Self::default();
        let mut senders: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in entries {
            let Some(stream) = stream(entry) else { continue };
            let place = conversations.place(&entry.party, stream);
            if let What::TryBegins { message_id, answers, .. } = &entry.what {
                senders.insert(message_id, place);
                if let Some(asked) = answers.as_deref().and_then(|id| senders.get(id)) {
                    conversations.join(place, *asked);
                }
            }
        }
        conversations
    }

    fn place(&mut self, party: &str, stream: &str) -> usize {
        if let Some(place) = self.processes.iter().position(|(p, s)| p == party && s == stream) {
            return place;
        }
        self.processes.push((party.to_owned(), stream.to_owned()));
        self.of.push(self.of.len());
        self.processes.len() - 1
    }

    fn join(&mut self, one: usize, other: usize) {
        let (Some(from), Some(into)) = (self.of.get(one).copied(), self.of.get(other).copied()) else { return };
        for conversation in self.of.iter_mut().filter(|conversation| **conversation == from) {
            *conversation = into;
        }
    }
}

/// The process that an entry is about. A stream without an id in its name, such as `boundary`, is no process.
fn stream(entry: &Entry) -> Option<&str> {
    let stream = match &entry.what {
        What::TryBegins { stream, .. } => stream.as_deref()?,
        What::Event { stream, .. } | What::FristSet { stream, .. } | What::FristFired { stream, .. } => stream,
        _ => return None,
    };
    stream.contains('/').then_some(stream)
}

/// `A` … `Z`, `AA` ….
fn letters_of(place: usize) -> String {
    let last = char::from(b'A' + u8::try_from(place % 26).unwrap_or(0));
    if place < 26 { last.to_string() } else { format!("{}{last}", letters_of(place / 26 - 1)) }
}

/// Whether a word looks like an id.
fn is_id(word: &str) -> bool {
    let is_hash = |run: &str| run.chars().filter(char::is_ascii_hexdigit).count() >= ID_LENGTH;
    let is_number = |run: &str| run.chars().count() >= ID_LENGTH && run.chars().filter(char::is_ascii_digit).count() >= 4;
    word.split(|c: char| !c.is_ascii_hexdigit() && c != '-').any(is_hash) || word.split(|c: char| !c.is_alphanumeric()).any(is_number)
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn one_conversation_has_one_letter_at_every_party() {
        let outcome = example::christmas();
        let names = Names::of(&outcome.plan, outcome.trace.entries());
        assert_eq!(names.process("LFN", example::LFN_STREAM), "A-1");
        assert_eq!(names.process("NB", example::NB_STREAM), "A-1");
        assert_eq!(names.process("NB", "boundary"), "boundary");
    }

    #[test]
    fn a_text_keeps_its_words_and_loses_its_ids() {
        let outcome = example::christmas();
        let names = Names::of(&outcome.plan, outcome.trace.entries());
        let text = format!("UTILMD 55001 from 9999000001012, Vorgang K7Q2M9XA55001: MaLo 51999990018\nof {}.", example::NB_STREAM);
        assert_eq!(names.veil(&text), "UTILMD 55001 from LFN, Vorgang …: MaLo 51999990018 of A-1.");
        assert_eq!(names.veil("x-0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b@nb deadbeefdeadbeef 2025-12-29T11:00:00"), "… … 2025-12-29T11:00:00");
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters_of), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
