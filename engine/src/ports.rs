//! The only doors through which time and randomness reach the engine (law 3).
//!
//! A workflow sees neither: instants and ids come to it inside commands. Workers and the commit path use these ports, so that a
//! simulator can own both.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;

/// A sleep that ends at an instant of some [`Clock`].
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What time it is, and how to wait.
///
/// Promises: `now` never fails; a sleep ends at its instant or later, never earlier, and at once when the instant has passed.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Waits until `at`. Dropping the future cancels the wait.
    fn sleep_until(&self, at: Timestamp) -> Sleep;
}

/// The machine's clock, for production.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door: the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        time::OffsetDateTime::now_utc().into()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door: the one place that sleeps on the machine's clock")]
    fn sleep_until(&self, at: Timestamp) -> Sleep {
        let clock = *self;
        Box::pin(async move {
            // The wall clock may be stepped while we sleep, so look again instead of trusting one long sleep.
            loop {
                let left_ms = at.ms_since(clock.now());
                if left_ms <= 0 {
                    return;
                }
                let nap_ms = u64::try_from(left_ms).unwrap_or(0).min(60_000);
                // tidy: allow(tokio::time) this is the door to the machine's clock
                tokio::time::sleep(std::time::Duration::from_millis(nap_ms)).await;
            }
        })
    }
}

/// A 128-bit identifier; prints as a UUID.
///
/// ```
/// use mako_engine::Id;
/// let id = Id::from_u128(0x0192_f0c1_7d3a_7000_8000_0000_0000_0001);
/// assert_eq!(id.to_string(), "0192f0c1-7d3a-7000-8000-000000000001");
/// assert_eq!(id.to_string().parse::<Id>().unwrap(), id);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u128);

/// The text is not an [`Id`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: expected a UUID such as 0192f0c1-7d3a-7000-8000-000000000001")]
pub struct InvalidId(String);

impl Id {
    /// The id with these 128 bits.
    #[must_use]
    pub const fn from_u128(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// `len` characters of `A–Z` and `2–7` (at most 26), taken from the low bits: for references that a wire format
    /// limits to a few capitals and digits. The low bits are the ones in which neighbouring ids differ.
    ///
    /// ```
    /// # use mako_engine::Id;
    /// assert_eq!(Id::from_u128(0x1_0000_0000).token(12), "AAAAAEAAAAAA");
    /// ```
    #[must_use]
    pub fn token(self, len: usize) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        (0..len.min(26)).rev().map(|i| char::from(ALPHABET[(self.0 >> (5 * i)) as usize & 31])).collect()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let b = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            b >> 96,
            (b >> 80) & 0xffff,
            (b >> 64) & 0xffff,
            (b >> 48) & 0xffff,
            b & 0xffff_ffff_ffff
        )
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let wrong = || InvalidId(text.to_owned());
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        if digits.len() != 32 || text.len() != 36 {
            return Err(wrong());
        }
        u128::from_str_radix(&digits, 16).map(Self).map_err(|_| wrong())
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where ids come from.
///
/// Promises: no id twice, neither in one process nor after a restart.
pub trait IdSource: Send + Sync + 'static {
    /// A fresh id.
    fn next_id(&self) -> Id;
}

/// UUIDs of version 7: the machine's clock and the operating system's randomness. For production.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is the door: the one place that reads the machine's randomness")]
    fn next_id(&self) -> Id {
        let ms = u128::try_from(SystemClock.now().unix_ms()).unwrap_or(0);
        let random = uuid::Uuid::new_v4().as_u128();
        const RANDOM_BITS: u128 = 0x0000_0000_0000_0fff_3fff_ffff_ffff_ffff;
        Id((ms << 80) | (7 << 76) | (2 << 62) | (random & RANDOM_BITS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_ids_are_distinct_version_7_uuids() {
        let ids: std::collections::BTreeSet<Id> = (0..1000).map(|_| SystemIds.next_id()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            assert_eq!(&id.to_string()[14..15], "7");
            assert_eq!(id.to_string().parse::<Id>(), Ok(id));
        }
    }
}
