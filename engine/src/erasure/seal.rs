//! The seal: a payload, and beside it what it says to whoever has no key.
//!
//! ```text
//! C1 | 01 | key:16 | nonce:24 | sealed:u32 | sealed bytes | redacted payload (MessagePack)
//! ```
//!
//! `C1` begins no MessagePack, so a sealed payload is told from a plain one by its first byte, and code that knows no seals refuses it by
//! name. The number is little-endian. Sealed is the whole payload, so that what is opened is what was written, byte for byte.
//!
//! XChaCha20-Poly1305, with a nonce that a keyed BLAKE3 makes of what the seal is about and of the plaintext (as SIV does): the same event
//! sealed twice is the same bytes, two different ones never share a nonce, and no randomness is needed but the key's own. What the seal is
//! about is authenticated, too, so a sealed payload opens at its own event only.

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload as Message};

use super::{KeyId, SubjectKey};
use crate::names::StreamId;
use crate::ports::Id;

/// The byte that MessagePack reserves: no plain payload begins with it.
const SEALED: u8 = 0xc1;
const LAYOUT: u8 = 1;
const NONCE_BYTES: usize = 24;
const NONCE: &str = "mako 2026-11 nonce of a seal";

/// What a seal is about: it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About<'a> {
    Event { id: Id, event_type: &'a str, schema_version: u16 },
    Snapshot { stream: &'a StreamId, version: u64 },
}

impl About<'_> {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Event { id, event_type, schema_version } => {
                [b"E", &id.as_u128().to_be_bytes()[..], &schema_version.to_be_bytes(), event_type.as_bytes()].concat()
            }
            Self::Snapshot { stream, version } => [b"S", &version.to_be_bytes()[..], stream.as_str().as_bytes()].concat(),
        }
    }
}

/// A sealed payload, in the bytes that it is stored as.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seal<'a> {
    pub(crate) key: KeyId,
    nonce: &'a [u8; NONCE_BYTES],
    sealed: &'a [u8],
    /// What it says without the key.
    pub(crate) redacted: &'a [u8],
}

impl<'a> Seal<'a> {
    /// Whether `bytes` claim to be one. Asked of every payload that is read.
    pub(crate) fn is_on(bytes: &[u8]) -> bool {
        bytes.first() == Some(&SEALED)
    }

    /// The seal on `bytes`; `None` when they have none, or one that is cut.
    pub(crate) fn on(bytes: &'a [u8]) -> Option<Self> {
        let (key, rest) = bytes.strip_prefix(&[SEALED, LAYOUT])?.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (sealed, redacted) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        Some(Self { key: KeyId::from_bytes(*key), nonce, sealed, redacted })
    }

    /// `plain` sealed under `key`, and `redacted` for whoever has no key. `None` when it is longer than the form can say.
    pub(crate) fn put(key: &SubjectKey, about: About<'_>, plain: &[u8], redacted: &[u8]) -> Option<Vec<u8>> {
        let about = about.bytes();
        let mut nonce = [0; NONCE_BYTES];
        let its = blake3::Hasher::new_derive_key(NONCE).update(key.bytes()).finalize();
        let mut hasher = blake3::Hasher::new_keyed(its.as_bytes());
        hasher.update(&(about.len() as u64).to_le_bytes()).update(&about).update(plain).finalize_xof().fill(&mut nonce);
        let sealed = cipher(key).encrypt(&nonce.into(), Message { msg: plain, aad: &about }).ok()?;
        let length = u32::try_from(sealed.len()).ok()?.to_le_bytes();
        Some([&[SEALED, LAYOUT][..], key.id().as_bytes(), &nonce, &length, &sealed, redacted].concat())
    }

    /// What was sealed; `None` under another key, at another place, and when a byte was changed.
    pub(crate) fn open(&self, key: &SubjectKey, about: About<'_>) -> Option<Vec<u8>> {
        cipher(key).decrypt(&(*self.nonce).into(), Message { msg: self.sealed, aad: &about.bytes() }).ok()
    }
}

fn cipher(key: &SubjectKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*key.bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(id: u128) -> About<'static> {
        About::Event { id: Id::from_u128(id), event_type: "Asked", schema_version: 1 }
    }

    #[test]
    fn a_seal_opens_under_its_key_at_its_place_and_nowhere_else() {
        let (key, other) = (SubjectKey::new([1; 32]), SubjectKey::new([2; 32]));
        let stored = Seal::put(&key, about(7), b"51238696780", b"nobody").unwrap();
        let seal = Seal::on(&stored).unwrap();
        assert_eq!((seal.key, seal.redacted), (key.id(), &b"nobody"[..]));
        assert_eq!(seal.open(&key, about(7)).as_deref(), Some(&b"51238696780"[..]));
        assert_eq!(seal.open(&other, about(7)), None);
        assert_eq!(seal.open(&key, about(8)), None);
        assert_eq!(seal.open(&key, About::Snapshot { stream: &"s".into(), version: 7 }), None);
        assert!(!stored.windows(11).any(|window| window == b"51238696780"), "it is not readable beside the seal");
    }

    #[test]
    fn the_same_thing_is_sealed_to_the_same_bytes_and_nothing_else_is() {
        let key = SubjectKey::new([1; 32]);
        let stored = |id, plain: &[u8]| Seal::put(&key, about(id), plain, b"nobody").unwrap();
        assert_eq!(stored(7, b"a"), stored(7, b"a"));
        let nonces: std::collections::BTreeSet<Vec<u8>> =
            [stored(7, b"a"), stored(8, b"a"), stored(7, b"b")].iter().map(|stored| Seal::on(stored).unwrap().nonce.to_vec()).collect();
        assert_eq!(nonces.len(), 3);
    }

    #[test]
    fn no_byte_of_a_seal_can_be_changed_unnoticed() {
        let key = SubjectKey::new([1; 32]);
        let stored = Seal::put(&key, about(7), b"51238696780", b"").unwrap();
        for bit in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let opened = Seal::on(&flipped).and_then(|seal| (seal.key == key.id()).then(|| seal.open(&key, about(7))).flatten());
            assert_eq!(opened, None, "bit {bit}");
        }
        assert!((0..stored.len()).all(|cut| Seal::on(&stored[..cut]).is_none_or(|seal| seal.open(&key, about(7)).is_none())));
    }
}
