//! Ids and random numbers that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ports::{Id, IdSource};

/// Ids that count up behind their seed, and random numbers that follow from it. The same seed gives the same ones; two seeds never
/// share an id, so an engine that is restarted in a test gets the source it had, or another seed.
///
/// ```
/// use mako_engine::IdSource;
/// use mako_engine::testing::SeededIds;
/// let (one, same, other) = (SeededIds::new(7), SeededIds::new(7), SeededIds::new(8));
/// assert_eq!(one.next_id().to_string(), "00000000-0000-0007-0000-000000000001");
/// assert_eq!((same.next_id(), same.next_u64()).1, one.next_u64());
/// assert_ne!(other.next_u64(), SeededIds::new(7).next_u64());
/// ```
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    ids: AtomicU64,
    draws: AtomicU64,
    secrets: AtomicU64,
}

impl SeededIds {
    /// The source of this seed, from its beginning.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, ids: AtomicU64::new(0), draws: AtomicU64::new(0), secrets: AtomicU64::new(0) }
    }
}

impl IdSource for SeededIds {
    fn next_id(&self) -> Id {
        let count = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        Id::from_u128((u128::from(self.seed) << 64) | u128::from(count))
    }

    fn next_u64(&self) -> u64 {
        let count = self.draws.fetch_add(1, Ordering::Relaxed);
        let digest = blake3::hash(&[self.seed.to_be_bytes(), count.to_be_bytes()].concat());
        digest.as_bytes().first_chunk::<8>().map_or(self.seed, |chunk| u64::from_be_bytes(*chunk))
    }

    fn secret(&self) -> [u8; 32] {
        let count = self.secrets.fetch_add(1, Ordering::Relaxed);
        let mut hasher = blake3::Hasher::new_derive_key("mako secrets from a seed");
        *hasher.update(&self.seed.to_be_bytes()).update(&count.to_be_bytes()).finalize().as_bytes()
    }
}
