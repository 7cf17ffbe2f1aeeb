//! What is known about a message that went to the dead letters: what an auditor, or whoever calls the sender, needs first.
//!
//! Plain strings where the market has codes: the engine knows no roles and no formats, so it keeps what the boundary read. Everything
//! but the instant may be unknown, and is left out of the stored form then.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::fristen::berlin;
use crate::names::{StreamId, TenantId};

/// The circumstances of a dead letter, as far as they are known. Built by whoever has the clock.
///
/// ```
/// use mako_engine::dead_letter::AuditContext;
/// let audit = AuditContext::at("2025-12-23T15:00:01Z".parse().unwrap())
///     .message_type("UTILMD")
///     .release_code("S2.1")
///     .pid("55001")
///     .sender_mp_id("9900000000002")
///     .receiver_mp_id("9900000000001")
///     .message_reference("IC1/1");
/// assert_eq!(audit.local_time(), "2025-12-23T16:00:01+01:00");
/// assert_eq!(
///     audit.to_string(),
///     "2025-12-23T16:00:01+01:00, message type UTILMD, release S2.1, PID 55001, from 9900000000002, to 9900000000001, reference IC1/1"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AuditContext {
    /// When it went to the dead letters, by the engine's clock. Stored as an instant; [`AuditContext::local_time`] is for people.
    pub timestamp: Timestamp,
    /// The message type, such as `UTILMD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
    /// The release of the message type as it stands in the message, such as `S2.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_code: Option<String>,
    /// The Prüfidentifikator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<String>,
    /// The MP-ID of who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_mp_id: Option<String>,
    /// The MP-ID of whom it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver_mp_id: Option<String>,
    /// The most exact reference under which its sender finds it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_reference: Option<String>,
    /// The process that refused it, or whose message it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<StreamId>,
    /// Whose engine it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// What ties it to other records of the same exchange: the transport's id of the message, or the reference it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// A setter per field; each takes the context and gives it back.
macro_rules! setters {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)*) => {
        impl AuditContext {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $field(mut self, $field: impl Into<$type>) -> Self {
                    self.$field = Some($field.into());
                    self
                }
            )*
        }
    };
}

setters! {
    /// Sets the message type.
    message_type: String,
    /// Sets the release of the message type.
    release_code: String,
    /// Sets the Prüfidentifikator.
    pid: String,
    /// Sets the MP-ID of the sender.
    sender_mp_id: String,
    /// Sets the MP-ID of the receiver.
    receiver_mp_id: String,
    /// Sets the reference.
    message_reference: String,
    /// Sets the process.
    process: StreamId,
    /// Sets the tenant.
    tenant: TenantId,
    /// Sets the correlation id.
    correlation_id: String,
}

impl AuditContext {
    /// A context of which only the instant is known, which is `now` of the engine's [`crate::Clock`].
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self {
            timestamp: now,
            message_type: None,
            release_code: None,
            pid: None,
            sender_mp_id: None,
            receiver_mp_id: None,
            message_reference: None,
            process: None,
            tenant: None,
            correlation_id: None,
        }
    }

    /// The instant in German local time: RFC 3339 with Berlin's offset, to the second.
    #[must_use]
    pub fn local_time(&self) -> String {
        berlin::rfc3339(self.timestamp)
    }
}

impl fmt::Display for AuditContext {
    /// What is known, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.local_time())?;
        let known = [
            ("message type", self.message_type.as_deref()),
            ("release", self.release_code.as_deref()),
            ("PID", self.pid.as_deref()),
            ("from", self.sender_mp_id.as_deref()),
            ("to", self.receiver_mp_id.as_deref()),
            ("reference", self.message_reference.as_deref()),
            ("process", self.process.as_ref().map(StreamId::as_str)),
            ("tenant", self.tenant.as_ref().map(TenantId::as_str)),
            ("correlation id", self.correlation_id.as_deref()),
        ];
        known.into_iter().try_for_each(|(name, value)| value.map_or(Ok(()), |value| write!(f, ", {name} {value}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_stored() {
        let audit = AuditContext::at(Timestamp::EPOCH).pid("55001");
        assert_eq!(serde_json::to_string(&audit).unwrap(), r#"{"timestamp":"1970-01-01T00:00:00Z","pid":"55001"}"#);
    }

    #[test]
    fn a_field_that_nobody_knows_is_refused() {
        let error = serde_json::from_str::<AuditContext>(r#"{"timestamp":"1970-01-01T00:00:00Z","role":"x"}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `role`"), "{error}");
    }

    #[test]
    fn local_time_follows_the_clocks() {
        let local = |utc: &str| AuditContext::at(utc.parse().unwrap()).local_time();
        assert_eq!(local("2026-03-29T00:59:59Z"), "2026-03-29T01:59:59+01:00");
        assert_eq!(local("2026-03-29T01:00:00Z"), "2026-03-29T03:00:00+02:00");
    }
}
