//! Which processes there are, and how later messages find them.
//!
//! A process is entered in the commit of its first event and stays after its end. A business key names at most one living process of a
//! tenant, so that a second one for the same matter is refused, and is free again in the commit that ends its holder. A correlation key may
//! name many, and goes on naming those that have ended. No key of one tenant is seen by another.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::names::{BusinessKey, CorrelationKey, IdempotencyKey, StreamId, TenantId};
use crate::store::StoreError;
use crate::version::FormatVersion;

/// Which process it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessIdentity {
    /// Whose.
    pub tenant: TenantId,
    /// Its stream.
    pub stream: StreamId,
    /// The committed name of its workflow.
    pub workflow: String,
    /// The format version under which it was started: its rules, to its end.
    pub rules: FormatVersion,
}

/// What the registry knows about a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessRecord {
    /// Which process it is.
    pub identity: ProcessIdentity,
    /// The global position of its first event: processes began in this order.
    pub began_at: u64,
    /// Whether it has ended.
    pub ended: bool,
    /// The business keys it holds; empty after its end.
    pub holds: Vec<BusinessKey>,
}

/// Where a command with a name of its own had its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Executed {
    /// The stream.
    pub stream: StreamId,
    /// The global position of the first event that it caused; 0 when it caused none. That of the first event of a process says that the
    /// command has started it, see [`ProcessRecord::began_at`].
    pub first_position: u64,
}

/// Reading the registry. Writing is [`crate::Commit::starts`], `claims`, `correlations` and `ends`.
///
/// ```
/// # use mako_engine::commit::NewEvent;
/// # use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload};
/// # use mako_engine::testing::MemoryBackend;
/// # use mako_engine::{Cause, Commit, IdSource as _, SystemIds, Timestamp};
/// use mako_engine::registry::{ProcessIdentity, ProcessRegistry as _};
/// use mako_engine::{BusinessKey, CommitError, FormatVersion};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = KeyedStore::open(MemoryBackend::default())?;
/// # let now: Timestamp = "2025-12-23T15:00:00Z".parse()?;
/// # let payload = Payload::encode(&"51238696780")?;
/// # let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), now, Cause::Command("by hand".into()));
/// # commit.events.push(NewEvent { id: SystemIds.next_id(), event_type: "Asked".into(), schema_version: 1, payload });
/// let (tenant, malo) = (commit.tenant.clone(), BusinessKey::new("anfrage/51238696780"));
/// let begins = |stream: &str| {
///     let rules = FormatVersion::at(now);
///     let identity = ProcessIdentity { tenant: tenant.clone(), stream: stream.into(), workflow: "anfrage".into(), rules };
///     Commit { stream: stream.into(), starts: Some(identity), correlations: vec!["A1".into()], ..commit.clone() }
/// };
/// // A business key names at most one living process; a correlation key may name many.
/// store.append_with_outbox(Commit { claims: vec![malo.clone()], ..begins("anfrage/1") }).await?;
/// let refused = store.append_with_outbox(Commit { claims: vec![malo.clone()], ..begins("anfrage/2") }).await;
/// assert!(matches!(refused, Err(CommitError::BusinessKeyTaken { .. })));
/// store.append_with_outbox(begins("anfrage/2")).await?;
/// assert_eq!(store.correlated(&tenant, &"A1".into()).await?.len(), 2);
/// assert_eq!(store.holder(&tenant, &malo).await?, Some("anfrage/1".into()));
///
/// // It is free when the process ends.
/// store.append_with_outbox(Commit { ends: true, ..commit.clone() }).await?;
/// assert_eq!(store.holder(&tenant, &malo).await?, None);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait ProcessRegistry {
    /// The process that lives in `stream`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn process(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<ProcessRecord>, StoreError>;

    /// Every process that `key` names, in order of their streams, each once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn correlated(&self, tenant: &TenantId, key: &CorrelationKey) -> Result<Vec<ProcessRecord>, StoreError>;

    /// The living holder of `key`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn holder(&self, tenant: &TenantId, key: &BusinessKey) -> Result<Option<StreamId>, StoreError>;

    /// Where the command that its caller calls `key` was executed; `None` when it never was.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn executed(&self, tenant: &TenantId, key: &IdempotencyKey) -> Result<Option<Executed>, StoreError>;

    /// Every process of `tenant`, in order of their streams.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn processes(&self, tenant: &TenantId) -> Result<Vec<ProcessRecord>, StoreError>;
}
