//! Numbers that depend on a seed alone.
//!
//! splitmix64: small, well mixed, the same on every machine. A plan is drawn with one of these and nothing else, so a seed names a
//! plan for as long as the order of the draws stays as it is.

/// A generator. Two with the same seed give the same numbers.
///
/// ```
/// use mako_sim::nemesis::Dice;
///
/// let (mut one, mut other) = (Dice::new(7), Dice::new(7));
/// assert_eq!(one.below(1_000), other.below(1_000));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Dice(u64);

impl Dice {
    /// The generator of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `bound` - 1; 0 when `bound` is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let drawn = mixed ^ (mixed >> 31);
        match drawn.checked_rem(bound) {
            Some(number) => number,
            None => 0,
        }
    }

    /// True once in `times` draws, in the long run.
    pub const fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of `from`; `None` when there is none.
    pub fn of<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.below(from.len() as u64)).ok()?;
        from.get(index)
    }

    /// Two different ones of `from`; `None` when there are fewer than two.
    pub fn two_of<'a, T>(&mut self, from: &'a [T]) -> Option<(&'a T, &'a T)> {
        let count = from.len() as u64;
        let one = self.below(count);
        let other = (one + 1 + self.below(count.saturating_sub(1))).checked_rem(count)?;
        if one == other {
            return None;
        }
        Some((from.get(usize::try_from(one).ok()?)?, from.get(usize::try_from(other).ok()?)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_never_the_same_and_each_comes() {
        let mut dice = Dice::new(1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let (one, other) = dice.two_of(&[1, 2, 3]).unwrap();
            assert_ne!(one, other);
            seen.insert((*one, *other));
        }
        assert_eq!(seen.len(), 6);
        assert_eq!((dice.two_of(&[1]), dice.two_of::<i32>(&[]), dice.of::<i32>(&[])), (None, None, None));
    }

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        // The first outputs of the reference implementation for seed 0.
        let mut dice = Dice::new(0);
        assert_eq!([dice.below(u64::MAX), dice.below(u64::MAX)], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }
}
