//! A message at the door of the engine: what routing asks of it, and its typed body, which only an adapter looks into.

use std::any::Any;
use std::sync::Arc;

use crate::Timestamp;
use crate::dead_letter::AuditContext;
use crate::fristen::Sparte;
use crate::names::{CorrelationKey, IdempotencyKey, RoleName, TenantId};
use crate::version::FormatVersion;

/// A message at the door of the engine: what routing must know, and a body that only the adapter understands.
///
/// ```
/// use std::sync::Arc;
/// use mako_engine::dead_letter::AuditContext;
/// use mako_engine::fristen::Sparte;
/// use mako_engine::routing::{Inbound, Route, RouteKey};
/// use mako_engine::{FormatVersion, Timestamp};
///
/// let received_at: Timestamp = "2025-12-23T15:00:01Z".parse().unwrap();
/// let answer = Inbound {
///     message_type: "UTILMD".into(),
///     pid: Some("55002".into()),
///     sparte: Sparte::Strom,
///     role: "Lieferant".into(),
///     format_version: FormatVersion::at(received_at),
///     sender: "9900000000002".into(),
///     received_at,
///     references: vec!["Vorgang/9900000000002/A1".into()],
///     idempotency_key: None,
///     about: "UTILMD 55002 from 9900000000002".into(),
///     audit: AuditContext::at(received_at).message_reference("IC1/1"),
///     body: Arc::new("what the adapter understands"),
/// };
/// assert!(RouteKey::of("UTILMD").pid("55002").matches(&answer));
/// assert_eq!(answer.body.downcast_ref::<&str>(), Some(&"what the adapter understands"));
/// ```
#[derive(Clone)]
pub struct Inbound {
    /// The message type, such as `UTILMD`.
    pub message_type: String,
    /// The Prüfidentifikator, when the message type has one. It is unique together with the message type only.
    pub pid: Option<String>,
    /// The Sparte of the message.
    pub sparte: Sparte,
    /// The role in which the receiver is addressed.
    pub role: RoleName,
    /// The format version of the message: the one in force when it was received. Its release does not tell, as one release may be
    /// valid in two format versions.
    pub format_version: FormatVersion,
    /// Who sent it.
    pub sender: String,
    /// The instant of receipt, from the transport's receipt: the ÜT/ÜZ.
    pub received_at: Timestamp,
    /// What it refers to, best reference first. An empty one refers to nothing.
    pub references: Vec<CorrelationKey>,
    /// What makes it the same message, under whatever transport id it comes: one name per part of an interchange, mostly the sender, the
    /// reference of the interchange and that of the message. A later message of this name goes to the dead letters, with
    /// [`DuplicateMessage`](crate::dead_letter::DeadLetterReason::DuplicateMessage). `None` when the boundary has sorted duplicates out.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The message as people would name it.
    pub about: String,
    /// What the boundary knows of it beside that, should it go to the dead letters. What stands in the fields above need not be
    /// repeated here.
    pub audit: AuditContext,
    /// The typed message.
    pub body: Arc<dyn Any + Send + Sync>,
}

impl Inbound {
    /// What it really refers to. An empty reference is none: whoever was noted under one would take the messages of everybody.
    pub(crate) fn refers_to(&self) -> impl Iterator<Item = &CorrelationKey> {
        self.references.iter().filter(|reference| !reference.as_str().is_empty())
    }

    /// Everything that is known of it when an engine of `tenant` gives it to the dead letters at `now`.
    pub(crate) fn audit_at(&self, tenant: &TenantId, now: Timestamp) -> AuditContext {
        let mut audit = self.audit.clone();
        audit.timestamp = now;
        audit.tenant = Some(tenant.clone());
        audit.message_type = Some(self.message_type.clone());
        audit.pid = self.pid.clone().or(audit.pid);
        audit.sender_mp_id = Some(self.sender.clone());
        audit.correlation_id = audit.correlation_id.or_else(|| self.refers_to().next().map(ToString::to_string));
        audit
    }
}
