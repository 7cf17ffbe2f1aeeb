//! Received messages: accepted once, processed once (law 5).
//!
//! The accept commit makes the bytes, the instant of receipt (ÜT/ÜZ) and the claim on the message id durable; only then may a
//! receipt leave. The process commit settles the message, part by part, together with everything it causes. A crash between the
//! two resumes from the accepted bytes; a repeated message finds its claim and has no effect.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::names::TenantId;
use crate::store::StoreError;

/// What makes a received message the same message: its id is unique per sender only, and tenants never share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxKey {
    /// Who received it.
    pub tenant: TenantId,
    /// Who sent it, in the transport's terms.
    pub sender: String,
    /// The transport's message id.
    pub message_id: String,
}

impl fmt::Display for InboxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.message_id, self.sender)
    }
}

/// A message about to be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    /// Its identity.
    pub key: InboxKey,
    /// The instant of receipt that its receipt states: the ÜT/ÜZ.
    pub received_at: Timestamp,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// One part of a message about to be settled. An interchange of `n` messages has `n` parts, settled in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxSettlement {
    /// The message.
    pub key: InboxKey,
    /// Which part, counted from 0.
    pub part: u32,
    /// Whether nothing is left after this part.
    pub last: bool,
    /// How the part ended.
    pub outcome: Outcome,
}

/// How a part of a received message ended (law 6: nothing is silent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// A process took it.
    Processed,
    /// It was refused by an answer to the sender.
    Refused,
    /// It went to the dead letters.
    DeadLettered,
}

/// A message in the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxEntry {
    /// Its identity.
    pub key: InboxKey,
    /// The instant of receipt: the ÜT/ÜZ.
    pub received_at: Timestamp,
    /// How the parts settled so far ended, in order.
    pub settled: Vec<Outcome>,
    /// Whether nothing is left to do.
    pub done: bool,
}

/// Reading the inbox. Writing is a [`crate::Commit`].
#[async_trait]
pub trait InboxStore {
    /// The entry under `key`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn inbox_entry(&self, key: &InboxKey) -> Result<Option<InboxEntry>, StoreError>;

    /// The bytes of the message under `key`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn inbox_payload(&self, key: &InboxKey) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `limit` entries that are accepted and not done, in order of receipt.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn inbox_pending(&self, limit: usize) -> Result<Vec<InboxEntry>, StoreError>;
}
