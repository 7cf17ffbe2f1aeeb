//! Which processes there are, and how later messages find them.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::names::{BusinessKey, CorrelationKey, StreamId, TenantId};
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

/// Reading the registry. Writing is a [`crate::Commit`].
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

    /// Every process of `tenant`, in order of their streams.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn processes(&self, tenant: &TenantId) -> Result<Vec<ProcessRecord>, StoreError>;
}
