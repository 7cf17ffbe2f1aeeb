//! The AS4 retry policy of a rulebook. The AS4 profile demands retries and duplicate detection and leaves their parameters open.

use super::row::Confidence;

/// How an AS4 sender repeats, and how long a receiver remembers.
///
/// ```
/// use mako_engine::fristen::{Rulebook, RulebookId};
/// let policy = Rulebook::of(RulebookId::MAKO_ENGINE).as4_retry();
/// assert_eq!((policy.interval_s(1), policy.interval_s(100)), (60, 1800));
/// assert_eq!((policy.horizon_s, policy.dedup_window_s), (72 * 3600, 96 * 3600));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Seconds to wait before each repetition; the last one repeats. Never empty.
    pub intervals_s: Vec<u32>,
    /// Seconds after the first attempt at which the sender gives up.
    pub horizon_s: u64,
    /// Seconds for which a receiver recognises a duplicate. Never shorter than the horizon.
    pub dedup_window_s: u64,
    /// Where the numbers come from.
    pub source: String,
    /// How sure they are.
    pub confidence: Confidence,
}

impl RetryPolicy {
    /// Seconds to wait after the `failed`-th failed attempt (from 1).
    #[must_use]
    pub fn interval_s(&self, failed: u32) -> u32 {
        let place = usize::try_from(failed.saturating_sub(1)).unwrap_or(usize::MAX);
        self.intervals_s.get(place).or(self.intervals_s.last()).copied().unwrap_or(u32::MAX)
    }
}
