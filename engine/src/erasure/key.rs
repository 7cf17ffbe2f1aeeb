//! The key of a subject, and the name of a key.
//!
//! A key is 32 random bytes from [`IdSource::secret`](crate::IdSource::secret). Its name is made of it, one way: events name their key by it
//! for ever, and it says neither the key nor whose it was. No form of a key for people shows its bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::timestamp::FromText;

/// What the derivations of this module and of `seal` are told apart by; committed, as whatever was sealed depends on them.
const NAMING: &str = "mako 2026-11 name of a subject key";

/// The name of a key: 16 bytes, shown as hexadecimal digits.
///
/// ```
/// use mako_engine::erasure::{KeyId, SubjectKey};
/// let id = SubjectKey::new([7; 32]).id();
/// assert_eq!(id.to_string().parse::<KeyId>()?, id);
/// # Ok::<(), mako_engine::erasure::InvalidKeyId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; Self::BYTES]);

impl KeyId {
    pub(crate) const BYTES: usize = 16;

    pub(crate) const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of a key: expected 32 hexadecimal digits")]
pub struct InvalidKeyId(String);

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidKeyId> {
        let digits = text.len() == 2 * Self::BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(|number| Self(number.to_be_bytes())).ok_or_else(|| InvalidKeyId(text.to_owned()))
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText("the name of a key: 32 hexadecimal digits", std::marker::PhantomData))
    }
}

/// The key under which everything about one subject is sealed. Whoever shows it, shows its name.
///
/// ```
/// use mako_engine::erasure::SubjectKey;
/// let key = SubjectKey::new([7; 32]);
/// assert_eq!(format!("{key:?}"), format!("key {}", key.id()));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectKey {
    id: KeyId,
    bytes: [u8; 32],
}

impl SubjectKey {
    /// The key of these bytes, which are a secret: [`IdSource::secret`](crate::IdSource::secret).
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        let mut id = [0; KeyId::BYTES];
        blake3::Hasher::new_derive_key(NAMING).update(&bytes).finalize_xof().fill(&mut id);
        Self { id: KeyId(id), bytes }
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_by_a_name_that_says_nothing_of_it() {
        let key = SubjectKey::new([0xab; 32]);
        assert!(!format!("{key:?}").contains("ababab"), "{key:?}");
        assert_ne!(key.id(), SubjectKey::new([0xac; 32]).id());
        assert_eq!(serde_json::from_str::<KeyId>(&serde_json::to_string(&key.id()).unwrap()).unwrap(), key.id());
    }

    #[test]
    fn what_names_no_key_is_refused() {
        for text in ["", "07", "0000000000000000000000000000000g", "+0000000000000000000000000000001"] {
            text.parse::<KeyId>().unwrap_err();
        }
    }
}
