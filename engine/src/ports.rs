//! The only doors through which time and randomness reach the engine (law 3).
//!
//! A workflow sees neither: instants and ids come to it inside commands. Workers and the commit path use these ports, so that a
//! simulator can own both.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;
use crate::timestamp::FromText;

/// A sleep that ends at an instant of some [`Clock`].
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What time it is, and how to wait.
///
/// Promises: `now` never fails; a sleep ends at its instant or later, never earlier, and at once when the instant has passed.
///
/// ```
/// use mako_engine::ports::Sleep;
/// use mako_engine::{Clock, SystemClock, Timestamp};
///
/// /// The machine's clock, behind which a test bed has set the date.
/// struct Shifted {
///     by_s: i64,
/// }
///
/// impl Clock for Shifted {
///     fn now(&self) -> Timestamp {
///         SystemClock.now().plus_seconds(self.by_s)
///     }
///     fn sleep_until(&self, at: Timestamp) -> Sleep {
///         SystemClock.sleep_until(at.plus_seconds(-self.by_s))
///     }
/// }
/// assert!(Shifted { by_s: 86_400 }.now() > SystemClock.now());
/// ```
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
        deserializer.deserialize_str(FromText("an id such as 0192f0c1-7d3a-7000-8000-000000000001", std::marker::PhantomData))
    }
}

/// Where ids and random numbers come from.
///
/// ```
/// use mako_engine::{Id, IdSource, SystemIds};
///
/// /// Ids that say in which data centre they were given: the upper half of the random part.
/// struct Marked(u16);
///
/// impl IdSource for Marked {
///     fn next_id(&self) -> Id {
///         let id = SystemIds.next_id().as_u128();
///         Id::from_u128(id & !0xffff | u128::from(self.0))
///     }
///     fn next_u64(&self) -> u64 {
///         SystemIds.next_u64()
///     }
///     fn secret(&self) -> [u8; 32] {
///         SystemIds.secret()
///     }
/// }
/// assert_eq!(Marked(7).next_id().as_u128() & 0xffff, 7);
/// ```
pub trait IdSource: Send + Sync + 'static {
    /// A fresh id. No id twice, neither in one process nor after a restart.
    fn next_id(&self) -> Id;

    /// A random number, each as likely as any other: for jitter, never for secrets. Drawing one changes no id.
    fn next_u64(&self) -> u64;

    /// 32 bytes that nobody can guess: the key of a subject. Drawing them changes no id and no random number.
    fn secret(&self) -> [u8; 32];
}

/// UUIDs of version 7, and the operating system's randomness. For production.
///
/// Ids of one process only grow, whoever asks for them and however often in one millisecond, and also when the machine's clock is
/// set back: the 16 bits behind the millisecond count on from a random start (RFC 9562, section 6.2, method 1), and a count that
/// overflows goes on in the next millisecond. The other 58 bits are random, so that two processes share none.
///
/// ```
/// use mako_engine::{IdSource, SystemIds};
/// let (first, second) = (SystemIds.next_id(), SystemIds.next_id());
/// assert!(first < second);
/// assert_eq!(&first.to_string()[14..15], "7");
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

/// The last [`Stamp`] of this process; one for all, as [`SystemIds`] has no state of its own.
static LAST_STAMP: AtomicU64 = AtomicU64::new(0);

/// The sorted part of an id: 48 bits of milliseconds, 16 bits of count.
type Stamp = u64;

/// The stamp after `last` at `now_ms`: always greater, and of this millisecond unless `last` is ahead of it. A new millisecond starts
/// its count in the lower half, at `random`, so that thousands more fit.
const fn stamp_after(last: Stamp, now_ms: u64, random: u64) -> Stamp {
    let fresh = (now_ms << 16) | (random & 0x7fff);
    // Adding one carries from the count into the milliseconds.
    if fresh > last { fresh } else { last.saturating_add(1) }
}

/// The UUID of version 7 with this stamp, and the low 58 bits of `random`.
const fn version_7(stamp: Stamp, random: u64) -> Id {
    let (ms, count) = ((stamp >> 16) as u128, (stamp & 0xffff) as u128);
    let random = (random & ((1 << 58) - 1)) as u128;
    Id((ms << 80) | (7 << 76) | ((count >> 4) << 64) | (2 << 62) | ((count & 0xf) << 58) | random)
}

impl IdSource for SystemIds {
    fn next_id(&self) -> Id {
        let now_ms = u64::try_from(SystemClock.now().unix_ms()).unwrap_or(0);
        let (start, random) = random_pair();
        let advance = |last| Some(stamp_after(last, now_ms, start));
        // Always `Some`, so it never fails; the value before is what both arms hold.
        let (Ok(last) | Err(last)) = LAST_STAMP.fetch_update(Ordering::Relaxed, Ordering::Relaxed, advance);
        version_7(stamp_after(last, now_ms, start), random)
    }

    fn next_u64(&self) -> u64 {
        let (start, random) = random_pair();
        (start << 48) | (random & ((1 << 48) - 1))
    }

    fn secret(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("mako 2026-11 secret of the operating system's randomness");
        // At least 74 random bits each: 370 for the 256 that are wanted.
        for (start, random) in [(); 5].map(|()| random_pair()) {
            hasher.update(&start.to_be_bytes()).update(&random.to_be_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

/// 16 random bits, and at least 58 in the low end of the other number.
#[expect(clippy::disallowed_methods, reason = "this is the door: the one place that reads the machine's randomness")]
fn random_pair() -> (u64, u64) {
    // A version 4 UUID is random but for the version, behind its first 48 bits, and the variant, at the top of its second half.
    let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
    (high >> 48, low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_ids_grow_within_a_millisecond_and_are_version_7_uuids() {
        // Far more than one millisecond has room for at one id each.
        let ids: Vec<Id> = (0..10_000).map(|_| SystemIds.next_id()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        for id in ids {
            let text = id.to_string();
            assert_eq!((&text[14..15], text[19..20].contains(['8', '9', 'a', 'b'])), ("7", true), "{text}");
            assert_eq!(text.parse::<Id>(), Ok(id));
        }
    }

    #[test]
    fn system_ids_of_many_threads_are_distinct_and_grow_in_each() {
        let many = || (0..2_000).map(|_| SystemIds.next_id()).collect::<Vec<Id>>();
        #[expect(clippy::disallowed_methods, reason = "only threads can show that threads share no id")]
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(many)).collect();
        let lists: Vec<Vec<Id>> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(lists.iter().all(|ids| ids.is_sorted_by(|a, b| a < b)));
        assert_eq!(lists.concat().into_iter().collect::<std::collections::BTreeSet<_>>().len(), 8_000);
    }

    #[test]
    fn secrets_of_the_system_are_distinct() {
        let secrets: std::collections::BTreeSet<_> = (0..1_000).map(|_| SystemIds.secret()).collect();
        assert_eq!(secrets.len(), 1_000);
    }

    #[test]
    fn an_id_begins_with_its_millisecond() {
        let id = version_7(stamp_after(0, 0x0192_f0c1_7d3a, 0x1234), u64::MAX);
        assert_eq!(id.to_string(), "0192f0c1-7d3a-7123-93ff-ffffffffffff");
    }

    #[test]
    fn a_stamp_grows_when_the_count_overflows_and_when_the_clock_goes_back() {
        let full = (1_000 << 16) | 0xffff;
        assert_eq!(stamp_after(full, 1_000, 0), 1_001 << 16);
        assert_eq!(stamp_after(full, 10, 0x7fff), full + 1);
        assert_eq!(stamp_after(full, 2_000, 5), (2_000 << 16) | 5);
        assert_eq!(stamp_after(7, 0, 0xffff), 0x7fff);
    }

    proptest::proptest! {
        #[test]
        fn a_stamp_is_always_greater_and_never_behind_the_clock(last in 0_u64..1 << 63, now_ms in 0_u64..1 << 47, random: u64) {
            let next = stamp_after(last, now_ms, random);
            proptest::prop_assert!(next > last && next >> 16 >= now_ms);
            let (earlier, later) = (version_7(last, random), version_7(next, !random));
            proptest::prop_assert!(earlier < later);
        }
    }
}
