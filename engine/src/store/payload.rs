//! The content of an event as it is stored: MessagePack with field names.
//!
//! Names make it self-describing: an auditor reads it without the code that wrote it, an upcaster sees old fields by name. It decodes
//! about twice as fast as JSON text and is a third smaller; `docs/adr/0003-events-are-self-describing.md` has the measurement.
//!
//! A payload may be sealed ([`crate::erasure`]): whoever decodes it, or shows it, then has its redacted form.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};

use super::msgpack;
use crate::erasure::{About, KeyId, Seal, SubjectKey};

/// The content of an event, encoded. When it is sealed, everything here but [`as_bytes`](Self::as_bytes) is about its redacted form; what it
/// says to whoever has the key, [`EngineContext::opened`](crate::EngineContext::opened) tells.
///
/// ```
/// use mako_engine::store::Payload;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum Event { Asked { malo: String } }
///
/// let asked = Event::Asked { malo: "51238696780".into() };
/// let payload = Payload::encode(&asked)?;
/// assert_eq!(payload.decode::<Event>()?, asked);
/// assert_eq!(payload.to_string(), r#"{"Asked":{"malo":"51238696780"}}"#);
/// # Ok::<(), mako_engine::store::PayloadError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Vec<u8>);

/// The content cannot be encoded, or is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PayloadError(String);

impl Payload {
    /// Encodes `content`. Types that are text for people (dates, ids) are text here, too.
    ///
    /// # Errors
    /// When `content` refuses to be serialised.
    pub fn encode(content: &impl Serialize) -> Result<Self, PayloadError> {
        let mut bytes = Vec::with_capacity(256);
        let mut serializer = rmp_serde::Serializer::new(&mut bytes).with_struct_map().with_human_readable();
        content.serialize(&mut serializer).map_err(|error| PayloadError(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// What was encoded.
    ///
    /// # Errors
    /// When the bytes are not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        decode(&self.0)
    }

    /// The content for people and scripts. What JSON cannot say (a map with keys that are no text) becomes a text that says so.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.decode().unwrap_or_else(|error| serde_json::Value::String(format!("(not JSON: {error})")))
    }

    /// Bytes that were encoded before, here or elsewhere. Whether they hold anything is seen when they are decoded.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The encoded bytes, and the seal with them when there is one.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name of the key under which the content is sealed; `None` when it is there for everybody.
    #[must_use]
    pub fn sealed_under(&self) -> Option<KeyId> {
        Seal::on(&self.0).map(|seal| seal.key)
    }

    /// This content sealed under `key`, and `redacted` for whoever has no key.
    pub(crate) fn seal(&self, key: &SubjectKey, about: About<'_>, redacted: &Self) -> Result<Self, PayloadError> {
        let sealed = Seal::put(key, about, &self.0, &redacted.0);
        sealed.map(Self).ok_or_else(|| PayloadError("it is longer than a seal can be".to_owned()))
    }

    /// What was sealed under `key`.
    pub(crate) fn open(&self, key: &SubjectKey, about: About<'_>) -> Result<Self, PayloadError> {
        open(&self.0, key, about).map(Self)
    }
}

/// What was sealed in `bytes` under `key`.
pub(super) fn open(bytes: &[u8], key: &SubjectKey, about: About<'_>) -> Result<Vec<u8>, PayloadError> {
    let opened = Seal::on(bytes).and_then(|seal| seal.open(key, about));
    opened.ok_or_else(|| PayloadError(format!("its seal does not open under key {}: it was changed, or is another one's", key.id())))
}

/// The `T` that `bytes` are, all of them.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, PayloadError> {
    if Seal::is_on(bytes) {
        let seal = Seal::on(bytes).ok_or_else(|| PayloadError("its seal is cut, or was put on by newer code".to_owned()))?;
        // A redacted form has no seal of its own: this is one step.
        return if Seal::is_on(seal.redacted) { Err(PayloadError("a seal is under its seal".to_owned())) } else { decode(seal.redacted) };
    }
    // What the quick reader refuses is not plain or not right: the full one decides, and says what is wrong.
    if let Ok(value) = msgpack::read(bytes) {
        return Ok(value);
    }
    let mut deserializer = rmp_serde::Deserializer::new(bytes).with_human_readable();
    let value = T::deserialize(&mut deserializer).map_err(|error| PayloadError(error.to_string()))?;
    match deserializer.get_ref().len() {
        0 => Ok(value),
        more => Err(PayloadError(format!("it ends {more} bytes before the stored bytes do"))),
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As its JSON.
impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.decode::<serde_json::Value>().map_err(S::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_behind_the_content_are_an_error() {
        let mut bytes = Payload::encode(&(1, "two")).expect("encodes").as_bytes().to_vec();
        assert_eq!(decode::<(u8, String)>(&bytes).expect("decodes"), (1, "two".to_owned()));
        bytes.push(0xc0);
        let error = decode::<(u8, String)>(&bytes).expect_err("one byte too many");
        assert_eq!(error.to_string(), "it ends 1 bytes before the stored bytes do");
        decode::<serde_json::Value>(&bytes).expect_err("for any type");
    }
}
