//! Tears one batch, the way a write that was under way is torn.

use mako_engine::store::fjall::journal::parse_batch;

const PAGE_BYTES: u64 = 4096;
const SECTOR_BYTES: u64 = 512;

/// Numbers that depend on the seed alone (splitmix64, Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is at least 1.
    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound.max(1)
    }
}

/// What is on disk of `batch`, which was to lie at `offset` of its file. Never the complete batch.
pub(super) fn tear(batch: Vec<u8>, offset: u64, seed: u64) -> Vec<u8> {
    let mut dice = Dice(seed);
    let bytes = batch.len() as u64;
    let mut torn = batch;
    match dice.below(4) {
        0 => torn.truncate(dice.below(bytes) as usize),
        1 => {
            let kept = dice.below(bytes) as usize;
            torn.iter_mut().skip(kept).for_each(|byte| *byte = 0);
        }
        2 => block(&mut torn, offset, PAGE_BYTES, &mut dice).iter_mut().for_each(|byte| *byte = 0),
        _ => {
            let sector = block(&mut torn, offset, SECTOR_BYTES, &mut Dice(dice.roll()));
            sector.iter_mut().for_each(|byte| *byte = dice.roll() as u8);
        }
    }
    if parse_batch(&torn, offset).is_ok() {
        // The page held zeros, or the garbage was the truth.
        torn.pop();
    }
    torn
}

/// One aligned block of the file, as far as it lies in `bytes`, which start at `offset`.
fn block<'a>(bytes: &'a mut [u8], offset: u64, block_bytes: u64, dice: &mut Dice) -> &'a mut [u8] {
    let end = offset + bytes.len() as u64;
    let (first, last) = (offset / block_bytes, end.saturating_sub(1) / block_bytes);
    let start = (first + dice.below(last - first + 1)) * block_bytes;
    let (from, to) = (start.max(offset) - offset, (start + block_bytes).min(end) - offset);
    bytes.get_mut(from as usize..to as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_tears_the_same_way_every_time_and_seeds_differ() {
        let batch: Vec<u8> = (0..20_000_u32).map(|n| n as u8 | 1).collect();
        let mut kinds = std::collections::BTreeSet::new();
        for seed in 0..100 {
            let torn = tear(batch.clone(), 1000, seed);
            assert_eq!(torn, tear(batch.clone(), 1000, seed));
            assert_ne!(torn, batch, "seed {seed}");
            let zeros = torn.iter().filter(|byte| **byte == 0).count();
            kinds.insert(match (torn.len() == batch.len(), zeros) {
                (false, _) => "short",
                (true, zeros) if torn.ends_with(&[0]) && zeros > 4096 => "zero tail",
                (true, zeros) if zeros > 512 => "missing page",
                (true, _) => "garbage",
            });
        }
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["garbage", "missing page", "short", "zero tail"]);
    }
}
