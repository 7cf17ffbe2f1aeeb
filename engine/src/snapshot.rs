//! States kept so that a long history need not be folded again.
//!
//! A snapshot is taken in the commit whose last event it includes, so its label is the version it was folded from and nothing can come
//! between the two. It is disposable (law 8): one that is damaged, of another workflow or of another state version is passed over
//! with a warning, and the state is folded from the events.

use async_trait::async_trait;

use crate::names::{StreamId, TenantId};
use crate::planted;
use crate::store::keys::Key;
use crate::store::{Payload, StoreError};

/// When snapshots are taken.
///
/// ```
/// use mako_engine::snapshot::SnapshotPolicy;
/// assert!(SnapshotPolicy::EveryEvents(64).is_due(60, 65));
/// assert!(!SnapshotPolicy::EveryEvents(64).is_due(64, 65));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotPolicy {
    /// Never: every state is folded from its events.
    Never,
    /// In the commit that takes a stream past each multiple of so many events. 0 means never.
    EveryEvents(u64),
}

impl SnapshotPolicy {
    /// Whether a commit that takes a stream from version `before` to version `after` takes a snapshot with it.
    #[must_use]
    pub const fn is_due(self, before: u64, after: u64) -> bool {
        match self {
            Self::Never | Self::EveryEvents(0) => false,
            Self::EveryEvents(events) => before / events < after / events,
        }
    }
}

/// The state of a process as of one of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The version of the last event that was folded into it.
    pub version: u64,
    /// The committed name of the workflow that folded it.
    pub workflow: String,
    /// The version of the state's shape, see [`Workflow::STATE_VERSION`](crate::Workflow::STATE_VERSION).
    pub state_version: u16,
    /// The state.
    pub state: Payload,
}

const LAYOUT: u8 = 1;
const CHECKSUM_BYTES: usize = 16;

impl Snapshot {
    /// `layout | checksum | version | state version | name length | name | state`, little-endian.
    pub(crate) fn to_stored(&self) -> Result<Vec<u8>, StoreError> {
        let name_len = u16::try_from(self.workflow.len())
            .map_err(|_| StoreError::Unencodable { what: "snapshot", detail: "the name of its workflow is too long".to_owned() })?;
        let state_version = self.state_version.to_le_bytes();
        let (name, state) = (self.workflow.as_bytes(), self.state.as_bytes());
        let body = [&self.version.to_le_bytes()[..], &state_version, &name_len.to_le_bytes(), name, state].concat();
        Ok([&[LAYOUT][..], &checksum(&body), &body].concat())
    }

    pub(crate) fn from_stored(bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::Undecodable { what: "snapshot", detail: "its checksum or layout does not fit".to_owned() };
        Self::parse(bytes).ok_or_else(damaged)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (sum, body) = bytes.strip_prefix(&[LAYOUT])?.split_first_chunk::<CHECKSUM_BYTES>()?;
        if checksum(body) != *sum && !planted!(TrustsARottenSnapshot) {
            return None;
        }
        let (version, rest) = body.split_first_chunk()?;
        let (state_version, rest) = rest.split_first_chunk()?;
        let (name_len, rest) = rest.split_first_chunk()?;
        let (name, state) = rest.split_at_checked(usize::from(u16::from_le_bytes(*name_len)))?;
        Some(Self {
            version: u64::from_le_bytes(*version),
            workflow: String::from_utf8(name.to_vec()).ok()?,
            state_version: u16::from_le_bytes(*state_version),
            state: Payload::from_bytes(state),
        })
    }
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut sum = [0; CHECKSUM_BYTES];
    blake3::Hasher::new().update(body).finalize_xof().fill(&mut sum);
    sum
}

/// The key of the snapshot of `stream`.
pub(crate) fn key(tenant: &TenantId, stream: &StreamId) -> Vec<u8> {
    Key::table(b'S').name(tenant.as_str()).name(stream.as_str()).done()
}

/// Reading snapshots. Writing is [`crate::Commit::snapshot`]; an engine does it by its [`SnapshotPolicy`].
///
/// ```
/// # use mako_engine::commit::NewEvent;
/// # use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload};
/// # use mako_engine::testing::MemoryBackend;
/// # use mako_engine::{Cause, Commit, IdSource as _, SystemIds, Timestamp};
/// use mako_engine::CommitError;
/// use mako_engine::snapshot::{Snapshot, SnapshotStore as _};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = KeyedStore::open(MemoryBackend::default())?;
/// # let now: Timestamp = "2025-12-23T15:00:00Z".parse()?;
/// # let payload = Payload::encode(&"51238696780")?;
/// # let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), now, Cause::Command("by hand".into()));
/// # commit.events.push(NewEvent { id: SystemIds.next_id(), event_type: "Asked".into(), schema_version: 1, payload });
/// let state = Payload::encode(&["Asked"])?;
/// let mut snapshot = Snapshot { version: 7, workflow: "anfrage".into(), state_version: 1, state };
/// commit.snapshot = Some(snapshot.clone());
/// let refused = store.append_with_outbox(commit.clone()).await;
/// assert!(matches!(refused, Err(CommitError::SnapshotMislabelled { labelled: 7, actual: 1, .. })));
///
/// snapshot.version = 1;
/// commit.snapshot = Some(snapshot.clone());
/// store.append_with_outbox(commit.clone()).await?;
/// assert_eq!(store.snapshot(&commit.tenant, &commit.stream).await?, Some(snapshot));
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait SnapshotStore {
    /// The snapshot of `stream`, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Undecodable`] when it is damaged, another [`StoreError`] when the store fails.
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_comes_back_whole_or_not_at_all() {
        let state = Payload::encode(&("open", 3)).unwrap();
        let snapshot = Snapshot { version: 64, workflow: "inquiry".into(), state_version: 2, state };
        let stored = snapshot.to_stored().unwrap();
        assert_eq!(Snapshot::from_stored(&stored).unwrap(), snapshot);
        for bit in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Snapshot::from_stored(&flipped).is_err(), "bit {bit}");
        }
    }
}
