//! A message at the door of the engine.

use std::any::Any;
use std::sync::Arc;

use crate::Timestamp;
use crate::fristen::Sparte;
use crate::names::{CorrelationKey, RoleName};
use crate::version::FormatVersion;

/// A message at the door of the engine: what routing must know, and a body that only the adapter understands.
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
    /// The message as people would name it.
    pub about: String,
    /// The typed message.
    pub body: Arc<dyn Any + Send + Sync>,
}
