//! Which seeds a sweep tries.

use std::str::FromStr;

/// A half-open range of seeds, such as `0..1000`: from the first on, without the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    /// The first seed.
    pub first: u64,
    /// The seed after the last.
    pub end: u64,
}

/// One of several disjoint parts of the same seeds, such as `2/4`: shards take turns, so that each has its share of every region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, counted from 1.
    pub number: u64,
    /// How many parts there are.
    pub of: u64,
}

/// Why a text names no seeds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedsError {
    /// It is no range.
    #[error("`{0}` is no range of seeds: write 0..1000 for the seeds from 0 to 999")]
    NoRange(String),
    /// It is no shard.
    #[error("`{0}` is no shard: write 1/4 for the first of four")]
    NoShard(String),
}

impl FromStr for Seeds {
    type Err = SeedsError;

    fn from_str(text: &str) -> Result<Self, SeedsError> {
        let ends = text.split_once("..").and_then(|(first, end)| Some((first.parse().ok()?, end.parse().ok()?)));
        ends.filter(|(first, end)| first < end).map(|(first, end)| Self { first, end }).ok_or_else(|| SeedsError::NoRange(text.to_owned()))
    }
}

impl FromStr for Shard {
    type Err = SeedsError;

    fn from_str(text: &str) -> Result<Self, SeedsError> {
        let numbers = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        numbers
            .filter(|(number, of)| (1..=*of).contains(number))
            .map(|(number, of)| Self { number, of })
            .ok_or_else(|| SeedsError::NoShard(text.to_owned()))
    }
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { number: 1, of: 1 };
}

impl Seeds {
    /// The seeds of one shard, in order.
    ///
    /// ```
    /// use mako_sim::sweep::{Seeds, Shard};
    ///
    /// let seeds: Seeds = "10..17".parse().unwrap();
    /// let of = |shard: &str| seeds.of(shard.parse::<Shard>().unwrap()).collect::<Vec<_>>();
    /// assert_eq!((of("1/3"), of("2/3"), of("3/3")), (vec![10, 13, 16], vec![11, 14], vec![12, 15]));
    /// assert_eq!(of("1/1").len(), 7);
    /// ```
    pub fn of(self, shard: Shard) -> impl Iterator<Item = u64> {
        let step = usize::try_from(shard.of.max(1)).unwrap_or(usize::MAX);
        (self.first.saturating_add(shard.number.saturating_sub(1))..self.end).step_by(step)
    }

    /// How many seeds one shard has.
    #[must_use]
    pub const fn count(self, shard: Shard) -> u64 {
        let from = self.first.saturating_add(shard.number.saturating_sub(1));
        match self.end.saturating_sub(from) {
            0 => 0,
            seeds => (seeds - 1) / if shard.of == 0 { 1 } else { shard.of } + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_range_and_no_shard_is_refused() {
        for text in ["", "5", "5..5", "6..5", "a..b", "0..", "..9", "-1..4", "0..=4"] {
            assert_eq!(text.parse::<Seeds>(), Err(SeedsError::NoRange(text.to_owned())));
        }
        for text in ["", "1", "0/3", "4/3", "1/0", "x/y", "1/3/3"] {
            assert_eq!(text.parse::<Shard>(), Err(SeedsError::NoShard(text.to_owned())));
        }
    }

    proptest::proptest! {
        #[test]
        fn shards_are_disjoint_and_together_everything(first in 0_u64..1_000, length in 1_u64..200, of in 1_u64..20) {
            let seeds = Seeds { first, end: first + length };
            let shards: Vec<Vec<u64>> = (1..=of).map(|number| seeds.of(Shard { number, of }).collect()).collect();
            for (number, shard) in (1..).zip(&shards) {
                proptest::prop_assert_eq!(shard.len() as u64, seeds.count(Shard { number, of }));
            }
            let mut all = shards.concat();
            all.sort_unstable();
            proptest::prop_assert_eq!(all, (first..first + length).collect::<Vec<_>>());
        }
    }
}
