//! The stored form of an event: a fixed head, then the content.
//!
//! ```text
//! 01 | id:16 | position:u64 | at:i64 ms | schema:u16 | name:u16 cause:u32 | name bytes | cause (MessagePack) | payload (MessagePack)
//! ```
//!
//! Numbers are little-endian. Tenant, stream and version are the key and are not repeated. A replay reads the head and the payload
//! and never touches the cause.

use super::payload::{self, Payload};
use super::{RecordedEvent, StoreError};
use crate::Timestamp;
use crate::commit::Cause;
use crate::erasure::{About, KeyId, Seal, SubjectKey};
use crate::names::{StreamId, TenantId};
use crate::ports::Id;

const LAYOUT: u8 = 1;

/// An event in the bytes of the store: nothing is copied until it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct StoredEvent<'a> {
    /// Its identity.
    pub id: Id,
    /// Its place in the global log, counted from 1 without gaps.
    pub position: u64,
    /// Its place in its stream, counted from 1 without gaps.
    pub version: u64,
    /// Its committed name.
    pub event_type: &'a str,
    /// The version of its shape.
    pub schema_version: u16,
    /// When it was committed, by the engine's clock.
    pub at: Timestamp,
    cause: &'a [u8],
    payload: &'a [u8],
}

impl<'a> StoredEvent<'a> {
    /// Its content as a `T`.
    ///
    /// # Errors
    /// When the content is not a `T`.
    pub fn decode<T: serde::de::DeserializeOwned>(&self) -> Result<T, payload::PayloadError> {
        payload::decode(self.payload)
    }

    /// Its content, on its own.
    #[must_use]
    pub fn payload(&self) -> Payload {
        Payload::from_bytes(self.payload)
    }

    /// The name of the key under which its content is sealed, see [`Payload::sealed_under`].
    #[must_use]
    pub fn sealed_under(&self) -> Option<KeyId> {
        Seal::on(self.payload).map(|seal| seal.key)
    }

    /// What was sealed under `key`.
    pub(crate) fn open(&self, key: &SubjectKey) -> Result<Vec<u8>, payload::PayloadError> {
        let about = About::Event { id: self.id, event_type: self.event_type, schema_version: self.schema_version };
        payload::open(self.payload, key, about)
    }

    /// The same event with another content.
    pub(crate) fn saying<'b>(&self, payload: &'b [u8]) -> StoredEvent<'b>
    where
        'a: 'b,
    {
        StoredEvent { payload, ..*self }
    }

    /// What made it happen.
    ///
    /// # Errors
    /// [`StoreError::Undecodable`] when the bytes are no cause.
    pub fn cause(&self) -> Result<Cause, StoreError> {
        payload::decode(self.cause).map_err(|error| StoreError::Undecodable { what: "cause of an event", detail: error.to_string() })
    }

    /// The event on its own, as event of `stream` of `tenant`.
    ///
    /// # Errors
    /// [`StoreError::Undecodable`] when its cause is none.
    pub fn to_recorded(&self, tenant: &TenantId, stream: &StreamId) -> Result<RecordedEvent, StoreError> {
        Ok(RecordedEvent {
            id: self.id,
            position: self.position,
            tenant: tenant.clone(),
            stream: stream.clone(),
            version: self.version,
            event_type: self.event_type.to_owned(),
            schema_version: self.schema_version,
            at: self.at,
            cause: self.cause()?,
            payload: self.payload(),
        })
    }

    /// Reads what [`encode`] wrote for version `version` of a stream.
    pub(super) fn read(bytes: &'a [u8], version: u64) -> Result<Self, StoreError> {
        Self::parse(bytes, version).ok_or_else(|| StoreError::Undecodable {
            what: "event",
            detail: format!("{} bytes do not have the layout of one", bytes.len()),
        })
    }

    fn parse(bytes: &'a [u8], version: u64) -> Option<Self> {
        let (layout, rest) = bytes.split_first()?;
        if *layout != LAYOUT {
            return None;
        }
        let (id, rest) = rest.split_first_chunk()?;
        let (position, rest) = rest.split_first_chunk()?;
        let (at, rest) = rest.split_first_chunk()?;
        let (schema, rest) = rest.split_first_chunk()?;
        let (name_len, rest) = rest.split_first_chunk()?;
        let (cause_len, rest) = rest.split_first_chunk()?;
        let (name, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*name_len)))?;
        let (cause, payload) = rest.split_at_checked(u32::from_le_bytes(*cause_len) as usize)?;
        Some(Self {
            id: Id::from_u128(u128::from_be_bytes(*id)),
            position: u64::from_le_bytes(*position),
            version,
            event_type: std::str::from_utf8(name).ok()?,
            schema_version: u16::from_le_bytes(*schema),
            at: Timestamp::from_unix_ms(i64::from_le_bytes(*at)),
            cause,
            payload,
        })
    }
}

/// The cause of a commit, encoded once for all its events.
pub(super) fn encode_cause(cause: &Cause) -> Result<Payload, StoreError> {
    Payload::encode(cause).map_err(|error| StoreError::Unencodable { what: "cause", detail: error.to_string() })
}

/// The stored form of `event` at `position`, committed `at` because of `cause`.
pub(super) fn encode(event: &crate::commit::NewEvent, position: u64, at: Timestamp, cause: &Payload) -> Result<Vec<u8>, StoreError> {
    let too_long = |what| StoreError::Unencodable { what, detail: "it is longer than the format can say".to_owned() };
    let name_len = u16::try_from(event.event_type.len()).map_err(|_| too_long("event type"))?;
    let (cause, payload) = (cause.as_bytes(), event.payload.as_bytes());
    let cause_len = u32::try_from(cause.len()).map_err(|_| too_long("cause"))?;
    let mut bytes = Vec::with_capacity(41 + event.event_type.len() + cause.len() + payload.len());
    bytes.push(LAYOUT);
    bytes.extend(event.id.as_u128().to_be_bytes());
    bytes.extend(position.to_le_bytes());
    bytes.extend(at.unix_ms().to_le_bytes());
    bytes.extend(event.schema_version.to_le_bytes());
    bytes.extend(name_len.to_le_bytes());
    bytes.extend(cause_len.to_le_bytes());
    bytes.extend(event.event_type.as_bytes());
    bytes.extend(cause);
    bytes.extend(payload);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::NewEvent;

    fn stored() -> Vec<u8> {
        let payload = Payload::encode(&serde_json::json!({ "Asked": { "malo": "5\0ä" } })).unwrap();
        let event = NewEvent { id: Id::from_u128(7), event_type: "Asked".into(), schema_version: 3, payload };
        encode(&event, 42, Timestamp::from_unix_ms(-5), &encode_cause(&Cause::Command("test".into())).unwrap()).unwrap()
    }

    #[test]
    fn an_event_comes_back_as_it_was_written() {
        let bytes = stored();
        let event = StoredEvent::read(&bytes, 9).unwrap();
        assert_eq!((event.id, event.position, event.version), (Id::from_u128(7), 42, 9));
        assert_eq!((event.event_type, event.schema_version, event.at.unix_ms()), ("Asked", 3, -5));
        assert_eq!(event.cause().unwrap(), Cause::Command("test".into()));
        assert_eq!(event.payload().to_string(), r#"{"Asked":{"malo":"5\u0000ä"}}"#);
    }

    #[test]
    fn a_cut_event_is_an_error_and_never_a_panic() {
        let bytes = stored();
        for cut in 0..bytes.len() {
            let read = StoredEvent::read(&bytes[..cut], 1);
            assert!(read.is_err() || read.unwrap().decode::<serde_json::Value>().is_err(), "cut at {cut}");
        }
    }
}
