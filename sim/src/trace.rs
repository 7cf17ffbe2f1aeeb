//! What happened, in virtual time, with a rolling hash.
//!
//! The trace holds domain events only: no wall time, no path, no address. Two runs of one plan have the same trace, byte for byte,
//! whatever the store, the transport, the process or the machine.

use std::fmt::Write as _;

use mako_engine::{Id, Timestamp};
use serde::{Deserialize, Serialize};

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
    /// A message was accepted: durable, its receipt states this instant.
    Accepted {
        /// From whom.
        from: String,
        /// The AS4 message id.
        message_id: String,
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
    /// The disk of a node got into trouble.
    DiskFault {
        /// The trouble.
        fault: String,
        /// Until when.
        until: Timestamp,
    },
    /// A party was asked for what a living process of it does already, and began nothing.
    Declined {
        /// What it was asked for.
        about: String,
        /// The stream of that process.
        holder: String,
    },
    /// A message could not be stored; its sender was told to send it again.
    NotTaken {
        /// From whom.
        from: String,
        /// The AS4 message id.
        message_id: String,
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
    /// What.
    pub what: What,
}

/// What happened so far.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    entries: Vec<Entry>,
    hasher: blake3::Hasher,
}

impl Trace {
    /// Adds an entry.
    pub fn push(&mut self, at: Timestamp, party: &str, what: What) {
        let entry = Entry { at, party: party.to_owned(), what };
        self.hasher.update(line(&entry).as_bytes());
        self.hasher.update(b"\n");
        self.entries.push(entry);
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

    /// The trace as JSON lines.
    #[must_use]
    pub fn to_json_lines(&self) -> String {
        self.entries.iter().fold(String::new(), |mut text, entry| {
            text.push_str(&line(entry));
            text.push('\n');
            text
        })
    }
}

/// One line of JSON. Every field of an entry serialises, so the fallback never shows.
fn line(entry: &Entry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

/// The first entry in which two traces differ, side by side; `None` when they are equal.
#[must_use]
pub fn first_difference(a: &Trace, b: &Trace) -> Option<String> {
    let shown = |trace: &Trace, i: usize| trace.entries.get(i).map_or_else(|| "(the trace ends)".to_owned(), line);
    let longest = a.entries.len().max(b.entries.len());
    (0..longest).find(|i| shown(a, *i) != shown(b, *i)).map(|i| format!("entry {i}\n  one:   {}\n  other: {}", shown(a, i), shown(b, i)))
}

/// Ids of one node: counted, so that they are the same in every run, and mixed with the seed and the node, so that they differ
/// between nodes. Random numbers follow from the same salt and a count of their own. The counts belong to the world, not to the node: a restarted node never repeats one.
#[derive(Debug)]
pub struct NodeIds {
    salt: u64,
    count: std::sync::atomic::AtomicU64,
    draws: std::sync::atomic::AtomicU64,
}

impl NodeIds {
    /// Ids of node number `node` in a run with `seed`.
    #[must_use]
    pub fn new(seed: u64, node: usize) -> Self {
        let digest = blake3::hash(format!("{seed}/{node}").as_bytes());
        let salt = digest.as_bytes().first_chunk::<8>().map_or(seed, |chunk| u64::from_be_bytes(*chunk));
        Self { salt, count: std::sync::atomic::AtomicU64::new(0), draws: std::sync::atomic::AtomicU64::new(0) }
    }
}

impl mako_engine::IdSource for NodeIds {
    fn next_id(&self) -> Id {
        let count = self.count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        Id::from_u128((u128::from(self.salt) << 64) | u128::from((self.salt.rotate_left(17) << 24) ^ count))
    }

    fn next_u64(&self) -> u64 {
        let draw = self.draws.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let digest = blake3::hash(&[self.salt.to_be_bytes(), draw.to_be_bytes()].concat());
        digest.as_bytes().first_chunk::<8>().map_or(self.salt, |chunk| u64::from_be_bytes(*chunk))
    }
}

#[cfg(test)]
mod tests {
    use mako_engine::IdSource as _;

    use super::*;

    #[test]
    fn drawing_random_numbers_changes_no_id() {
        let (drawing, plain) = (NodeIds::new(7, 0), NodeIds::new(7, 0));
        for _ in 0..100 {
            drawing.next_u64();
            assert_eq!(drawing.next_id(), plain.next_id());
        }
    }

    #[test]
    fn random_numbers_follow_from_seed_and_node() {
        let draws = |seed, node| {
            let ids = NodeIds::new(seed, node);
            [(); 8].map(|()| ids.next_u64())
        };
        assert_eq!(draws(7, 0), draws(7, 0));
        let mut all = [draws(7, 0), draws(7, 1), draws(8, 0)].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 24);
    }
}
