//! The head of the store's hash chain, as the raw journal shows it.
//!
//! The store extends a chain of hashes over its global log with every commit and keeps the head of it under one key. That key lies
//! in each of its batches, and a value so short is never compressed: so [`doctor`](super::doctor) can pick the last acknowledged
//! head up from the raw bytes, and opening compares it with the one that fjall hands out. What the hash covers is the store's
//! business; here it is only carried and compared.
//!
//! The head is also the one thing worth noting *outside* of the directory: with position and hash on paper, a log that was cut short
//! or rewritten is found out however well it was done.

use std::fmt;

/// The key of the chain head, in table `M`, which is in the index keyspace.
pub const CHAIN_KEY: &[u8] = b"Mchain";

/// How far the global log went, and the hash over it.
///
/// ```
/// use mako_engine::store::fjall::ChainHead;
///
/// let head = ChainHead { position: 7, hash: blake3::hash(b"seven events") };
/// assert_eq!(head.encode().len(), 40);
/// assert_eq!(ChainHead::decode(&head.encode()), Some(head));
/// assert_eq!(ChainHead::decode(b"anything else"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// The global position of the last event the hash covers; 0 before the first one.
    pub position: u64,
    /// The hash that covers everything up to there.
    pub hash: blake3::Hash,
}

impl ChainHead {
    /// The value under [`CHAIN_KEY`]: eight bytes of position, little-endian, and 32 of hash.
    pub fn encode(self) -> [u8; 40] {
        let mut bytes = [0; 40];
        let (position, hash) = bytes.split_at_mut(8);
        position.copy_from_slice(&self.position.to_le_bytes());
        hash.copy_from_slice(self.hash.as_bytes());
        bytes
    }

    /// Reads what [`ChainHead::encode`] wrote; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (position, hash) = bytes.split_first_chunk::<8>()?;
        let hash: [u8; 32] = hash.try_into().ok()?;
        Some(Self { position: u64::from_le_bytes(*position), hash: hash.into() })
    }
}

impl fmt::Display for ChainHead {
    /// Position and hash, as they are noted outside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "position {} with hash {}", self.position, self.hash)
    }
}
