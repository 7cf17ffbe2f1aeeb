//! Ids and random numbers of a simulated node: a function of the seed, the node and a count.

use std::sync::atomic::{AtomicU64, Ordering};

use mako_engine::{Id, IdSource};

/// Ids of one node: counted, so that they are the same in every run, and mixed with the seed and the node, so that they differ
/// between nodes. Random numbers follow from the same salt and a count of their own. The counts belong to the world, not to the node: a restarted node never repeats one.
#[derive(Debug)]
pub struct NodeIds {
    salt: u64,
    count: AtomicU64,
    draws: AtomicU64,
    secrets: AtomicU64,
}

impl NodeIds {
    /// Ids of node number `node` in a run with `seed`.
    #[must_use]
    pub fn new(seed: u64, node: usize) -> Self {
        let digest = blake3::hash(format!("{seed}/{node}").as_bytes());
        let salt = digest.as_bytes().first_chunk::<8>().map_or(seed, |chunk| u64::from_be_bytes(*chunk));
        Self { salt, count: AtomicU64::new(0), draws: AtomicU64::new(0), secrets: AtomicU64::new(0) }
    }
}

impl IdSource for NodeIds {
    fn next_id(&self) -> Id {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        Id::from_u128((u128::from(self.salt) << 64) | u128::from((self.salt.rotate_left(17) << 24) ^ count))
    }

    fn next_u64(&self) -> u64 {
        let draw = self.draws.fetch_add(1, Ordering::Relaxed);
        let digest = blake3::hash(&[self.salt.to_be_bytes(), draw.to_be_bytes()].concat());
        digest.as_bytes().first_chunk::<8>().map_or(self.salt, |chunk| u64::from_be_bytes(*chunk))
    }

    fn secret(&self) -> [u8; 32] {
        let drawn = self.secrets.fetch_add(1, Ordering::Relaxed);
        let mut hasher = blake3::Hasher::new_derive_key("mako secrets of a simulated node");
        *hasher.update(&self.salt.to_be_bytes()).update(&drawn.to_be_bytes()).finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing_random_numbers_changes_no_id() {
        let (drawing, plain) = (NodeIds::new(7, 0), NodeIds::new(7, 0));
        for _ in 0..100 {
            drawing.next_u64();
            drawing.secret();
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
