//! Received messages: accepted once, processed once (law 5).
//!
//! The accept commit makes the bytes, the instant of receipt (ÜT/ÜZ) and the claim on the message id durable; only then may a
//! receipt leave. The process commit settles the message, part by part, together with everything it causes. A crash between the
//! two resumes from the accepted bytes; a repeated message finds its claim and has no effect. A message is forgotten when nobody repeats it
//! any more, but for one of which a part went to the dead letters: its bytes are kept, so that it can be put back.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::names::TenantId;
use crate::store::{Page, StoreError};

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
    /// Until when a repetition must be known as one: the sender's retry horizon and a margin. Then the entry is forgotten.
    pub known_until: Timestamp,
}

/// A received message about to be claimed, for whoever shares an inbox with others. A single worker needs no claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxClaim {
    /// The message.
    pub key: InboxKey,
    /// When the lease ends, and somebody else may take the message over.
    pub until: Timestamp,
}

/// The standing claim on a message. Its token fences: whoever comes back after his lease was taken over settles nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxLease {
    /// Counts the claims on the message, from 1.
    pub token: u64,
    /// When it ends.
    pub until: Timestamp,
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
    /// The token of the claim under which it is settled; `None` when nobody claims messages here.
    pub token: Option<u64>,
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

/// What stands in the way of claiming, giving back or settling a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InboxRefusal {
    /// Nobody accepted it, or it was forgotten.
    NeverAccepted,
    /// It, or this part of it, was settled before: nothing is left to do.
    SettledBefore,
    /// Parts are settled in order, and an earlier one is not.
    EarlierPartOpen,
    /// The lease that the token stands for was taken over, given back, or never was.
    LeaseTakenOver,
}

impl fmt::Display for InboxRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverAccepted => "it was never accepted",
            Self::SettledBefore => "it was settled before",
            Self::EarlierPartOpen => "an earlier part is not settled yet",
            Self::LeaseTakenOver => "its lease was taken over",
        })
    }
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
    /// Until when a repetition must be known as one.
    pub known_until: Timestamp,
    /// Who works on it.
    pub lease: Option<InboxLease>,
    /// How often it was claimed.
    pub claims: u64,
    /// Parts that were settled, went to the dead letters, and were put back: they are settled again, in any order, and nothing else of the
    /// message is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub put_back: Vec<u32>,
}

impl InboxEntry {
    /// The entry of a message that is accepted now.
    pub(crate) fn new(accept: &Accept) -> Self {
        let Accept { key, received_at, known_until, .. } = accept;
        let (key, received_at, known_until) = (key.clone(), *received_at, *known_until);
        Self { key, received_at, settled: Vec::new(), done: false, known_until, lease: None, claims: 0, put_back: Vec::new() }
    }

    /// Whether `part` is still to be settled. Whoever works a message off takes these parts and passes over the others.
    ///
    /// ```
    /// # use mako_engine::inbox::{InboxEntry, InboxKey, Outcome};
    /// # let key = InboxKey { tenant: "9900000000001".into(), sender: "9900000000002".into(), message_id: "1@partner".into() };
    /// # let (received_at, known_until) = (mako_engine::Timestamp::EPOCH, mako_engine::Timestamp::MAX);
    /// # let base = InboxEntry { key, received_at, settled: vec![], done: false, known_until, lease: None, claims: 0, put_back: vec![] };
    /// let entry = InboxEntry { settled: vec![Outcome::Processed], ..base };
    /// assert!(!entry.is_open(0) && entry.is_open(1));
    /// let entry = InboxEntry { settled: vec![Outcome::DeadLettered, Outcome::Processed], put_back: vec![0], ..entry };
    /// assert!(entry.is_open(0) && !entry.is_open(1) && !entry.is_open(2));
    /// ```
    #[must_use]
    pub fn is_open(&self, part: u32) -> bool {
        if self.put_back.is_empty() { !self.done && part as usize >= self.settled.len() } else { self.put_back.contains(&part) }
    }
}

/// Reading the inbox. Writing is [`crate::Commit::accepts`] and its neighbours: accept, claim, settle.
///
/// ```
/// use mako_engine::inbox::{Accept, InboxClaim, InboxKey, InboxSettlement, InboxStore as _, Outcome};
/// # use mako_engine::store::{AtomicAppend as _, KeyedStore};
/// # use mako_engine::testing::MemoryBackend;
/// use mako_engine::{Cause, Commit, CommitError, TenantId, Timestamp};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = KeyedStore::open(MemoryBackend::default())?;
/// # let now: Timestamp = "2025-12-23T15:00:00Z".parse()?;
/// let tenant = TenantId::new("9900000000001");
/// let key = InboxKey { tenant: tenant.clone(), sender: "9900000000002".into(), message_id: "1@partner".into() };
/// let commit = || Commit::new(tenant.clone(), "boundary".into(), now, Cause::Message { inbox: key.clone(), part: 0 });
///
/// // Accepted: from here on a receipt may leave. The same message again is refused, with the first instant.
/// let mut accept = commit();
/// let known_until = now.plus_seconds(7 * 86_400);
/// accept.accepts = Some(Accept { key: key.clone(), received_at: now, payload: b"UNB+...".to_vec(), known_until });
/// store.append_with_outbox(accept.clone()).await?;
/// let refused = store.append_with_outbox(accept).await;
/// assert!(matches!(refused, Err(CommitError::AlreadyAccepted { accepted_at, .. }) if accepted_at == now));
///
/// // Claimed: nobody else works on it until the lease ends.
/// let mut claim = commit();
/// claim.claims_inbox = Some(InboxClaim { key: key.clone(), until: now.plus_seconds(300) });
/// let token = store.append_with_outbox(claim).await?.inbox_token;
///
/// // Settled, in the commit with what it caused. Whoever lost his lease has an old token, and settles nothing.
/// let settle = |token| InboxSettlement { key: key.clone(), part: 0, last: true, outcome: Outcome::Processed, token };
/// let stale = store.append_with_outbox(Commit { settles_inbox: Some(settle(Some(0))), ..commit() }).await;
/// assert!(matches!(stale, Err(CommitError::InboxConflict { .. })));
/// store.append_with_outbox(Commit { settles_inbox: Some(settle(token)), ..commit() }).await?;
/// assert!(store.inbox_pending(10).await?.rows.is_empty());
/// assert!(store.inbox_entry(&key).await?.is_some_and(|entry| entry.done), "a repetition is still known as one");
/// # Ok(())
/// # }
/// ```
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

    /// At most `limit` entries that are accepted and not done, in order of receipt; leases are not looked at.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn inbox_pending(&self, limit: usize) -> Result<Page<InboxEntry>, StoreError>;
}
