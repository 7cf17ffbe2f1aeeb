//! From a received message to the workflow that takes it.
//!
//! The router knows which (message type, Prüfidentifikator) starts a process of which workflow, and which continues a
//! conversation. A continuing message finds its process by the references it names; the process says which workflow it is.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Timestamp;
use crate::dead_letter::AuditContext;
use crate::names::{CorrelationKey, TenantId};
use crate::ports::IdSource;

/// A message at the door of the engine: what routing must know, and a body that only the adapter understands.
#[derive(Clone)]
pub struct Inbound {
    /// The message type, such as `UTILMD`.
    pub message_type: String,
    /// The Prüfidentifikator, when the message type has one. It is unique together with the message type only.
    pub pid: Option<String>,
    /// Who sent it.
    pub sender: String,
    /// The instant of receipt, from the transport's receipt: the ÜT/ÜZ.
    pub received_at: Timestamp,
    /// What it refers to, best reference first.
    pub references: Vec<CorrelationKey>,
    /// The message as people would name it.
    pub about: String,
    /// What the boundary knows of it beside that, should it go to the dead letters. What stands in the fields above need not be
    /// repeated here.
    pub audit: AuditContext,
    /// The typed message.
    pub body: Arc<dyn Any + Send + Sync>,
}

impl Inbound {
    /// Everything that is known of it when an engine of `tenant` gives it to the dead letters at `now`.
    pub(crate) fn audit_at(&self, tenant: &TenantId, now: Timestamp) -> AuditContext {
        let mut audit = self.audit.clone();
        audit.timestamp = now;
        audit.tenant = Some(tenant.clone());
        audit.message_type = Some(self.message_type.clone());
        audit.pid = self.pid.clone().or(audit.pid);
        audit.sender_mp_id = Some(self.sender.clone());
        audit.correlation_id = audit.correlation_id.or_else(|| self.references.first().map(ToString::to_string));
        audit
    }
}

/// The body of a message cannot become a command of the workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{about} cannot become a command: {detail}")]
pub struct AdaptError {
    /// The message.
    pub about: String,
    /// What is missing or wrong.
    pub detail: String,
}

/// Turns received messages into commands of one workflow. Pure but for fresh ids.
pub trait MessageAdapter<C>: Send + Sync + 'static {
    /// The command that `inbound` means.
    ///
    /// # Errors
    /// [`AdaptError`] when the message means nothing to this workflow.
    fn adapt(&self, inbound: &Inbound, ids: &dyn IdSource) -> Result<C, AdaptError>;
}

impl<C, F> MessageAdapter<C> for F
where
    F: Fn(&Inbound, &dyn IdSource) -> Result<C, AdaptError> + Send + Sync + 'static,
{
    fn adapt(&self, inbound: &Inbound, ids: &dyn IdSource) -> Result<C, AdaptError> {
        self(inbound, ids)
    }
}

/// What a message does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// It starts a process of this workflow.
    Starts(&'static str),
    /// It continues the process that its references name, whichever workflow that is.
    Continues,
    /// It continues the process of this workflow that its references name.
    ContinuesIn(&'static str),
}

/// Two claims to the same messages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message_type} {} is routed twice: {first:?} and {second:?}", pid.as_deref().unwrap_or("(no PID)"))]
pub struct RouteTaken {
    /// The message type.
    pub message_type: String,
    /// The Prüfidentifikator.
    pub pid: Option<String>,
    /// The claim that stands.
    pub first: Route,
    /// The claim that was refused.
    pub second: Route,
}

/// (message type, Prüfidentifikator) → what the message does.
#[derive(Debug, Clone, Default)]
pub struct PidRouter {
    routes: BTreeMap<(String, Option<String>), Route>,
}

impl PidRouter {
    /// Adds a route.
    ///
    /// # Errors
    /// [`RouteTaken`] when there is one already; the first one stands.
    pub fn add(&mut self, message_type: &str, pid: Option<&str>, route: Route) -> Result<(), RouteTaken> {
        let key = (message_type.to_owned(), pid.map(str::to_owned));
        if let Some(first) = self.routes.get(&key) {
            return Err(RouteTaken { message_type: key.0, pid: key.1, first: *first, second: route });
        }
        self.routes.insert(key, route);
        Ok(())
    }

    /// The route of a message.
    #[must_use]
    pub fn route(&self, message_type: &str, pid: Option<&str>) -> Option<Route> {
        self.routes.get(&(message_type.to_owned(), pid.map(str::to_owned))).copied()
    }

    /// Every route, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>, Route)> {
        self.routes.iter().map(|((message_type, pid), route)| (message_type.as_str(), pid.as_deref(), *route))
    }
}
