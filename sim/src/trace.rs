//! What happened, in virtual time, with a rolling hash.
//!
//! The trace holds domain events only: no wall time, no path, no address. Two runs of one plan have the same trace, byte for byte,
//! whatever the store, the transport, the process or the machine.

use std::fmt::Write as _;

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use serde::{Deserialize, Serialize};

use crate::plan::{ClockFault, DiskFault, Queue};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// A try to deliver a message began.
    TryBegins {
        /// The exchange, for [`What::TryEnds`].
        exchange: u64,
        /// The AS4 message id.
        message_id: String,
        /// To whom.
        to: String,
        /// What it is, such as `UTILMD 55001 Anmeldung`.
        label: String,
        /// The AS4 message id of the message that it answers.
        answers: Option<String>,
        /// The stream that sent it.
        stream: Option<String>,
        /// More to tell, such as the Marktlokation.
        note: String,
        /// The number of the try, counted from 1.
        attempt: u32,
        /// When the Frist that its delivery fulfils is due.
        fulfils: Option<Timestamp>,
        /// When it was queued. For oracles, and no part of the lines and the hash.
        #[serde(skip)]
        queued_at: Option<Timestamp>,
        /// The release in which it is written, such as `S2.1`, where its node wrote it. In the lines, and no part of the hash.
        #[serde(skip)]
        release: Option<String>,
    },
    /// A try ended.
    TryEnds {
        /// The exchange.
        exchange: u64,
        /// How.
        end: TryEnd,
    },
    /// A message was received again: receipt, no effect.
    Duplicate {
        /// From whom.
        from: String,
        /// The AS4 message id.
        message_id: String,
    },
    /// A message arrived and was not accepted: its sender was told so with an ebMS error, or should have been.
    SentBack {
        /// From whom.
        from: String,
        /// The AS4 message id.
        message_id: String,
    },
    /// A message was accepted: durable, its receipt states this instant.
    Accepted {
        /// From whom.
        from: String,
        /// The AS4 message id.
        message_id: String,
    },
    /// Another worker of the node took an accepted message under a lease.
    Leased {
        /// From whom it was.
        from: String,
        /// Its AS4 message id.
        message_id: String,
        /// When the lease ends.
        until: Timestamp,
    },
    /// A worker met a row that cannot be decoded.
    Unreadable {
        /// The queue in which it stands.
        queue: Queue,
    },
    /// A node vanished.
    Crash {
        /// Where in its work.
        point: String,
        /// What the disk kept.
        keep: String,
    },
    /// A node came back.
    Restart {
        /// How many accepted messages it has to resume.
        resumes: usize,
        /// What its disk needed, if anything. Memory never needs anything, so it is for reports and no part of the lines and the hash.
        #[serde(skip)]
        repaired: Option<String>,
    },
    /// A process event.
    Event {
        /// The stream.
        stream: String,
        /// Its place in the stream.
        version: u64,
        /// Its committed name.
        event_type: String,
        /// Its content.
        payload: serde_json::Value,
    },
    /// A deadline was set or moved.
    FristSet {
        /// The stream.
        stream: String,
        /// The label.
        label: String,
        /// When it is due.
        due: Timestamp,
        /// Why it falls there.
        reason: String,
    },
    /// A deadline fired.
    FristFired {
        /// The stream.
        stream: String,
        /// The label.
        label: String,
        /// When it was due.
        due: Timestamp,
    },
    /// A message went to the dead letters.
    DeadLetter {
        /// What it was.
        about: String,
        /// Why.
        reason: String,
    },
    /// A back office decided.
    Decides {
        /// About what.
        about: String,
        /// How.
        verdict: String,
    },
    /// A node stands still.
    Pause {
        /// Until when.
        until: Timestamp,
    },
    /// A node goes on.
    Resume,
    /// The clock of a node went wrong.
    Clock {
        /// How.
        fault: ClockFault,
    },
    /// Another rulebook governs what begins.
    Rulebook {
        /// Its name.
        name: String,
    },
    /// A node took another format version into use.
    Cutover {
        /// The version.
        version: String,
    },
    /// The disk of a node went wrong.
    Disk {
        /// How.
        fault: DiskFault,
    },
    /// Two parties lost each other.
    Partition {
        /// The other one.
        with: String,
        /// Until when.
        until: Timestamp,
    },
    /// A fault of a link began.
    LinkFault {
        /// Towards whom.
        to: String,
        /// The fault.
        fault: String,
    },
    /// A party was asked for what a living process of it does already, and began nothing.
    Declined {
        /// What it was asked for.
        about: String,
        /// The stream of that process.
        holder: String,
    },
    /// A process began.
    Began {
        /// Its stream.
        stream: String,
        /// The business keys that it holds as long as it lives.
        holds: Vec<String>,
    },
    /// A process ended.
    Ended {
        /// Its stream.
        stream: String,
    },
    /// Every fault stopped.
    Calm,
    /// An assertion was checked.
    Check {
        /// The assertion.
        text: String,
        /// What was found instead; `None` when it held.
        found: Option<String>,
    },
}

/// How a try to deliver ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TryEnd {
    /// A receipt came back; its instant is the ÜT/ÜZ.
    Receipt(Timestamp),
    /// It failed.
    Failed(String),
}

/// An entry of the trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When, in virtual time.
    pub at: Timestamp,
    /// At which party; empty for the world.
    pub party: String,
    /// What made it happen, where a commit says so, such as `deadline Antwort`.
    pub cause: Option<String>,
    /// What.
    pub what: What,
}

/// How many entries lie between two checkpoints.
pub const CHECKPOINT_EVERY: usize = 64;

/// What happened so far.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    entries: Vec<Entry>,
    hasher: blake3::Hasher,
    /// The hash after each [`CHECKPOINT_EVERY`] entries: two traces with an equal one are equal up to there.
    checkpoints: Vec<String>,
    /// The last entry as it went into the hash: its room is used for the next one.
    line: Vec<u8>,
}

impl Trace {
    /// Adds an entry that no commit caused.
    pub fn push(&mut self, at: Timestamp, party: &str, what: What) {
        self.add(Entry { at, party: party.to_owned(), cause: None, what });
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: Entry) {
        self.line.clear();
        // Every field of an entry serialises, so the fallback never shows.
        if serde_json::to_writer(&mut self.line, &entry).is_err() {
            self.line.clear();
        }
        self.line.push(b'\n');
        self.hasher.update(&self.line);
        self.entries.push(entry);
        if self.entries.len().is_multiple_of(CHECKPOINT_EVERY) {
            self.checkpoints.push(self.hash());
        }
    }

    /// Every entry, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The rolling hash over every entry, as 16 hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut text = String::new();
        for byte in self.hasher.finalize().as_bytes().iter().take(8) {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// The trace as JSON lines: an entry each, with a checkpoint after every [`CHECKPOINT_EVERY`] and at the end.
    #[must_use]
    pub fn to_json_lines(&self) -> String {
        let checkpoint = |entries: usize, hash: &str| format!("{}\n", serde_json::json!({ "checkpoint": entries, "hash": hash }));
        let mut text = String::new();
        for (number, entry) in (1..).zip(&self.entries) {
            text.push_str(&line(entry));
            text.push('\n');
            if let Some(hash) = (number % CHECKPOINT_EVERY == 0).then(|| self.checkpoints.get(number / CHECKPOINT_EVERY - 1)).flatten() {
                text.push_str(&checkpoint(number, hash));
            }
        }
        text.push_str(&checkpoint(self.entries.len(), &self.hash()));
        text
    }
}

/// An entry as its line: with the clock on the wall in Berlin beside the instant.
#[derive(Serialize)]
struct Line<'a> {
    at: Timestamp,
    local: String,
    party: &'a str,
    cause: Option<&'a str>,
    what: &'a What,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
}

fn line(entry: &Entry) -> String {
    let Entry { at, party, cause, what } = entry;
    let local = berlin::rfc3339(*at);
    let release = match what {
        What::TryBegins { release, .. } => release.as_deref(),
        _ => None,
    };
    serde_json::to_string(&Line { at: *at, local, party, cause: cause.as_deref(), what, release }).unwrap_or_default()
}

/// The first entry in which two traces differ, side by side; `None` when they are equal.
#[must_use]
pub fn first_difference(a: &Trace, b: &Trace) -> Option<String> {
    // Equal checkpoints vouch for everything before them.
    let agreed = a.checkpoints.iter().zip(&b.checkpoints).take_while(|(one, other)| one == other).count() * CHECKPOINT_EVERY;
    let rest = |trace: &Trace| trace.entries.iter().skip(agreed).map(line).collect::<Vec<_>>();
    side_by_side(agreed, &rest(a), &rest(b))
}

/// As [`first_difference`], of a trace and one that another process wrote as JSON lines.
#[must_use]
pub fn first_difference_to_lines(a: &Trace, lines: &str) -> Option<String> {
    let is_entry = |line: &&str| !["{\"checkpoint\"", "{\"run\""].iter().any(|start| line.starts_with(start));
    let written: Vec<String> = lines.lines().filter(is_entry).map(str::to_owned).collect();
    side_by_side(0, &a.entries.iter().map(line).collect::<Vec<_>>(), &written)
}

fn side_by_side(skipped: usize, one: &[String], other: &[String]) -> Option<String> {
    let shown = |lines: &[String], i: usize| lines.get(i).map_or("(the trace ends)", String::as_str).to_owned();
    let differs = (0..one.len().max(other.len())).find(|i| one.get(*i) != other.get(*i))?;
    Some(format!("entry {}\n  one:   {}\n  other: {}", skipped + differs, shown(one, differs), shown(other, differs)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(length: usize, odd: Option<usize>) -> Trace {
        let mut trace = Trace::default();
        for number in 0..length {
            let label = if odd == Some(number) { "odd" } else { "even" };
            let what = What::LinkFault { to: "NB".to_owned(), fault: label.to_owned() };
            trace.push(Timestamp::EPOCH.plus_seconds(i64::try_from(number).unwrap()), "LFN", what);
        }
        trace
    }

    #[test]
    fn the_first_entry_that_differs_is_found_wherever_it_is() {
        let plain = trace(200, None);
        assert_eq!(first_difference(&plain, &trace(200, None)), None);
        for odd in [0, 1, 63, 64, 65, 127, 128, 199] {
            let found = first_difference(&plain, &trace(200, Some(odd))).unwrap();
            assert!(found.starts_with(&format!("entry {odd}\n")) && found.contains("odd"), "{found}");
            assert_eq!(first_difference_to_lines(&plain, &trace(200, Some(odd)).to_json_lines()).as_ref(), Some(&found));
        }
        let cut = first_difference(&plain, &trace(128, None)).unwrap();
        assert!(cut.starts_with("entry 128\n") && cut.ends_with("(the trace ends)"), "{cut}");
    }

    #[test]
    fn a_line_has_the_clock_on_the_wall_and_the_hash_covers_the_cause() {
        let entry = |cause: Option<&str>| Entry {
            at: "2026-07-01T22:00:00Z".parse().unwrap(),
            party: "NB".to_owned(),
            cause: cause.map(str::to_owned),
            what: What::Calm,
        };
        let hash = |cause| {
            let mut trace = Trace::default();
            trace.add(entry(cause));
            trace.hash()
        };
        assert_ne!(hash(None), hash(Some("deadline Antwort")));
        let expected = r#"{"at":"2026-07-01T22:00:00Z","local":"2026-07-02T00:00:00+02:00","party":"NB","cause":null,"what":"calm"}"#;
        assert_eq!(line(&entry(None)), expected);
    }

    #[test]
    fn json_lines_end_with_the_hash_and_have_a_checkpoint_on_the_way() {
        let trace = trace(130, None);
        let lines = trace.to_json_lines();
        let checkpoints: Vec<&str> = lines.lines().filter(|line| line.starts_with("{\"checkpoint\"")).collect();
        assert_eq!((lines.lines().count(), checkpoints.len()), (133, 3));
        assert!(checkpoints[0].contains("64") && checkpoints[2].contains(&trace.hash()));
    }
}
