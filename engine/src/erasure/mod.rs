//! Erasure: a person is forgotten, and the history stays.
//!
//! An event type says which of its fields are about a person ([`Personal`]), what stands there once the person is forgotten, and who it is
//! ([`EventPayload::subject`](crate::EventPayload::subject)). An engine that seals ([`EngineBuilder::seals`](crate::EngineBuilder::seals))
//! stores such an event as its redacted form and, beside it, the whole of it sealed under the key of that subject ([`SubjectKey`]). The
//! hash chain covers both, so it holds whether anybody can open the seal or not. Snapshots of such a process are sealed likewise.
//!
//! [`EngineContext::shred`](crate::EngineContext::shred) deletes the key. From that commit on:
//! 1. every event about the subject is read as its redacted form, which is in the log since it was written, and verification finds nothing;
//! 2. no state that could still read the subject decides anything: a commit that was decided on one is refused and decided anew;
//! 3. a new event about a subject of that name is about somebody of whom nothing is known: it gets a new key.
//!
//! What this never does: reach what is not sealed. `docs/erasure.md` has the list (queues, keys, backups, files) and what to do about each.

mod key;
mod keyring;
mod personal;
mod seal;

use async_trait::async_trait;

pub use key::{InvalidKeyId, KeyId, SubjectKey};
pub(crate) use keyring::Keyring;
pub(crate) use personal::wrong;
pub use personal::{NotRedacted, Personal, redacted};
pub(crate) use seal::{About, Seal};

use crate::names::{StreamId, SubjectId, TenantId};
use crate::store::StoreError;

/// A key that a commit brings along: the first of its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubjectKey {
    /// Whose.
    pub subject: SubjectId,
    /// The key.
    pub key: SubjectKey,
}

/// A key that a commit deletes, with everything that only it could open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shredding {
    /// Whose. The name is in no row and no event after the commit.
    pub subject: SubjectId,
    /// Which key; refused when the subject has another one by now.
    pub key: KeyId,
}

/// Reading the keys of subjects. Writing is [`Commit::new_keys`](crate::Commit::new_keys) and [`Commit::shreds`](crate::Commit::shreds).
///
/// ```
/// # use mako_engine::commit::NewEvent;
/// use mako_engine::erasure::{NewSubjectKey, Shredding, SubjectKey, SubjectKeyStore as _};
/// use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload};
/// # use mako_engine::testing::MemoryBackend;
/// # use mako_engine::{Cause, Commit, IdSource as _, SubjectId, SystemIds, Timestamp};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = KeyedStore::open(MemoryBackend::default())?;
/// # let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), Timestamp::EPOCH, Cause::Command("by hand".into()));
/// # let payload = Payload::encode(&"asked")?;
/// # commit.events.push(NewEvent { id: SystemIds.next_id(), event_type: "Asked".into(), schema_version: 1, payload });
/// # let forget = commit.clone();
/// let (subject, key) = (SubjectId::new("51238696780"), SubjectKey::new(SystemIds.secret()));
/// commit.new_keys.push(NewSubjectKey { subject: subject.clone(), key: key.clone() });
/// store.append_with_outbox(commit.clone()).await?;
/// assert_eq!(store.key_of(&commit.tenant, &subject).await?, Some(key.clone()));
///
/// let shreds = Some(Shredding { subject: subject.clone(), key: key.id() });
/// store.append_with_outbox(Commit { shreds, ..forget }).await?;
/// assert_eq!(store.key_of(&commit.tenant, &subject).await?, None);
/// assert_eq!(store.subject_key(&commit.tenant, key.id()).await?, None);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait SubjectKeyStore {
    /// The key under which new events about `subject` are sealed; `None` when it has none, or none any more.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn key_of(&self, tenant: &TenantId, subject: &SubjectId) -> Result<Option<SubjectKey>, StoreError>;

    /// The key of this name; `None` once it was shredded.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn subject_key(&self, tenant: &TenantId, id: KeyId) -> Result<Option<SubjectKey>, StoreError>;

    /// The streams that have an event which is sealed under the key, in their order; none once it was shredded.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn sealed_under(&self, tenant: &TenantId, id: KeyId) -> Result<Vec<StreamId>, StoreError>;
}
