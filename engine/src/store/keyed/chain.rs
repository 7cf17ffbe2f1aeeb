//! The hash chain over the global log: every commit extends it, verification says what was changed, and where.
//!
//! A commit with events leaves one link: the BLAKE3 hash of the link before it and of a digest of every event, key and bytes. The row of
//! the link keeps the digests, so that a changed byte is located to its event; the head row keeps the last link, so that a log that
//! ends too early is told from one that was changed. Somebody who can rewrite the whole directory can also rewrite the chain: note
//! [`ChainHead`] elsewhere now and then, and give it to [`KeyedStore::verify`].

use std::fmt;
use std::ops::ControlFlow;
use std::str::FromStr;

use super::super::StoreError;
use super::super::backend::Backend;
use super::super::keys::{Key, event_key_text};
use super::super::record::StoredEvent;
use super::KeyedStore;
use super::group::Writes;

/// The row of the head; see [`super::super::keys`].
pub(in crate::store) const HEAD_KEY: &[u8] = b"Mchain";

const DIGEST_BYTES: usize = 16;

/// Where the chain stands: the last global position, and the link that covers everything up to it.
///
/// ```
/// use mako_engine::store::ChainHead;
/// let head: ChainHead = format!("42:{}", "ab".repeat(32)).parse()?;
/// assert_eq!(head.position, 42);
/// # Ok::<(), mako_engine::store::InvalidChainHead>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// The global position of the last event.
    pub position: u64,
    /// The link.
    pub hash: [u8; 32],
}

impl ChainHead {
    /// The head of an empty log.
    pub const EMPTY: Self = Self { position: 0, hash: [0; 32] };

    pub(in crate::store) fn encode(self) -> Vec<u8> {
        [&self.position.to_le_bytes()[..], &self.hash].concat()
    }

    pub(in crate::store) fn decode(bytes: &[u8]) -> Option<Self> {
        let (position, hash) = bytes.split_first_chunk::<8>()?;
        Some(Self { position: u64::from_le_bytes(*position), hash: hash.try_into().ok()? })
    }
}

impl fmt::Display for ChainHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.position, blake3::Hash::from_bytes(self.hash).to_hex())
    }
}

/// The text names no chain head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no chain head: expected POSITION:HASH with 64 hexadecimal digits, as `verify` prints it")]
pub struct InvalidChainHead(String);

impl FromStr for ChainHead {
    type Err = InvalidChainHead;

    fn from_str(text: &str) -> Result<Self, InvalidChainHead> {
        let wrong = || InvalidChainHead(text.to_owned());
        let (position, hash) = text.split_once(':').ok_or_else(wrong)?;
        let hash = blake3::Hash::from_hex(hash).map_err(|_| wrong())?;
        Ok(Self { position: position.parse().map_err(|_| wrong())?, hash: *hash.as_bytes() })
    }
}

/// Extends the chain by the events of one commit while they are written.
pub(super) struct Link {
    head: ChainHead,
    digests: Vec<u8>,
}

impl Link {
    pub(super) fn after(head: ChainHead) -> Self {
        Self { head, digests: Vec::new() }
    }

    /// The next event of the commit, as it is stored.
    pub(super) fn event(&mut self, key: &[u8], value: &[u8]) {
        self.digests.extend(digest(key, value));
    }

    /// Writes the link, when the commit has events, and returns the new head.
    pub(super) fn close(self, writes: &mut Writes) -> ChainHead {
        if self.digests.is_empty() {
            return self.head;
        }
        let position = self.head.position + (self.digests.len() / DIGEST_BYTES) as u64;
        let head = ChainHead { position, hash: link(&self.head.hash, &self.digests) };
        writes.put(Key::table(b'H').number(position).done(), [&head.hash[..], &self.digests].concat());
        writes.put(HEAD_KEY.to_vec(), head.encode());
        head
    }
}

fn digest(key: &[u8], value: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(key.len() as u64).to_le_bytes()).update(key).update(value);
    let mut digest = [0; DIGEST_BYTES];
    hasher.finalize_xof().fill(&mut digest);
    digest
}

fn link(before: &[u8; 32], digests: &[u8]) -> [u8; 32] {
    *blake3::Hasher::new().update(before).update(digests).finalize().as_bytes()
}

/// Something in the log that no commit wrote that way.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The bytes of an event, or its place in its stream, were changed.
    Changed {
        /// Its global position.
        position: u64,
        /// Tenant, stream and version where the log says it is.
        place: String,
    },
    /// An event inside the log is gone.
    Missing {
        /// Its global position.
        position: u64,
    },
    /// An event stands in a stream that the log does not know of.
    Foreign {
        /// The global position it claims to have.
        position: u64,
        /// Tenant, stream and version where it stands.
        place: String,
    },
    /// A link of the chain does not follow from the one before it: the chain itself was changed here.
    Broken {
        /// The global position at which the link stands.
        position: u64,
    },
    /// The log ends too early: what follows was cut off, not changed.
    Truncated {
        /// The last position that is there.
        ends_at: u64,
        /// The last position that was acknowledged.
        acknowledged: u64,
    },
    /// Up to here, the log is not the one whose head was noted elsewhere.
    Rewritten {
        /// The position of the noted head.
        position: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { position, place } => write!(f, "event {position} ({place}) was changed"),
            Self::Missing { position } => write!(f, "event {position} is missing"),
            Self::Foreign { position, place } => write!(f, "event {position} at {place} was never committed there"),
            Self::Broken { position } => write!(f, "the chain was changed at position {position}"),
            Self::Truncated { ends_at, acknowledged } => {
                write!(f, "the log ends at {ends_at}, but {acknowledged} was acknowledged: its end was cut off")
            }
            Self::Rewritten { position } => write!(f, "the log up to {position} is not the one whose head was noted"),
        }
    }
}

/// What [`KeyedStore::verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Events that were checked.
    pub events: u64,
    /// Where the chain stands: worth noting elsewhere.
    pub head: ChainHead,
    /// What is wrong; empty when every byte is as it was committed.
    pub findings: Vec<Finding>,
}

impl<B: Backend> KeyedStore<B> {
    /// Checks every event of the log against the chain, and the chain against `noted`, a head that was noted elsewhere earlier.
    ///
    /// Reads everything; the store should be at rest.
    ///
    /// # Errors
    /// [`StoreError`] when the backend fails. What is wrong with the log is not an error but a [`Finding`].
    pub fn verify(&self, noted: Option<ChainHead>) -> Result<ChainReport, StoreError> {
        let (head, mut findings) = match self.backend().get(HEAD_KEY)?.map(|bytes| ChainHead::decode(&bytes)) {
            None => (ChainHead::EMPTY, Vec::new()),
            Some(Some(head)) => (head, Vec::new()),
            Some(None) => (ChainHead::EMPTY, vec![Finding::Broken { position: 0 }]),
        };
        let mut walk = Walk { at: ChainHead::EMPTY, noted, findings: Vec::new() };
        let (from, to) = Key::table(b'H').range();
        let mut failed = None;
        self.backend().scan(&from, &to, &mut |key, row| match self.verify_link(&mut walk, key, row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        let ends_at = walk.at.position;
        findings.append(&mut walk.findings);
        let acknowledged = head.position.max(noted.map_or(0, |noted| noted.position));
        if acknowledged > ends_at {
            findings.push(Finding::Truncated { ends_at, acknowledged });
        } else if head != walk.at {
            findings.push(Finding::Broken { position: head.position });
        }
        self.verify_streams(ends_at, &mut findings)?;
        Ok(ChainReport { events: ends_at, head: walk.at, findings })
    }

    /// One link, and the events it covers.
    fn verify_link(&self, walk: &mut Walk, key: &[u8], row: &[u8]) -> Result<(), StoreError> {
        let position = key.last_chunk::<8>().map_or(0, |number| u64::from_be_bytes(*number));
        let Some((hash, digests)) = row.split_first_chunk::<32>().filter(|(_, digests)| digests.len() % DIGEST_BYTES == 0) else {
            walk.findings.push(Finding::Broken { position });
            return Ok(());
        };
        let first = position.saturating_sub((digests.len() / DIGEST_BYTES) as u64) + 1;
        // A link before this one is gone, and what it covered is no longer proven.
        walk.findings.extend((walk.at.position + 1..first).map(|position| Finding::Missing { position }));
        if first == walk.at.position + 1 && link(&walk.at.hash, digests) != *hash {
            walk.findings.push(Finding::Broken { position });
        }
        for (position, expected) in (first..).zip(digests.chunks_exact(DIGEST_BYTES)) {
            let place = self.backend().get(&Key::table(b'L').number(position).done())?;
            let stored = place.as_ref().map(|place| self.backend().get(place)).transpose()?.flatten();
            match (place, stored) {
                (Some(place), Some(stored)) if digest(&place, &stored) == expected => {}
                (Some(place), Some(_)) => walk.findings.push(Finding::Changed { position, place: event_key_text(&place) }),
                _ => walk.findings.push(Finding::Missing { position }),
            }
        }
        walk.at = ChainHead { position, hash: *hash };
        if walk.noted.is_some_and(|noted| noted.position == position && noted.hash != *hash) {
            walk.findings.push(Finding::Rewritten { position });
        }
        Ok(())
    }

    /// No stream may hold an event that the log does not name.
    fn verify_streams(&self, ends_at: u64, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
        let mut foreign = Vec::new();
        let (from, to) = Key::table(b'E').range();
        let mut strangers = Vec::new();
        self.backend().scan(&from, &to, &mut |key, value| {
            strangers.push((key.to_vec(), StoredEvent::read(value, 0).map_or(0, |event| event.position)));
            ControlFlow::Continue(())
        })?;
        for (key, position) in strangers {
            let known = self.backend().get(&Key::table(b'L').number(position).done())?;
            if position > ends_at || known.as_deref() != Some(&key[..]) {
                foreign.push(Finding::Foreign { position, place: event_key_text(&key) });
            }
        }
        // An event that was changed is reported once, not again because its position no longer reads the same.
        let changed = |place: &String| findings.iter().any(|f| matches!(f, Finding::Changed { place: p, .. } if p == place));
        foreign.retain(|finding| !matches!(finding, Finding::Foreign { place, .. } if changed(place)));
        findings.append(&mut foreign);
        Ok(())
    }
}

/// How far a verification has come.
struct Walk {
    at: ChainHead,
    noted: Option<ChainHead>,
    findings: Vec<Finding>,
}
