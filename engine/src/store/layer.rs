//! A store around a store: everything passes through, but for what the layer changes.
//!
//! A layer overrides the methods it cares about (a commit it watches, a read it lets fail) and is a [`Store`] itself. That a new method of
//! the contract passes through every layer is written down once, here.

use async_trait::async_trait;

use super::{AtomicAppend, EventStore, Page, RecordedEvent, Store, StoreError, Visit};
use crate::Timestamp;
use crate::commit::{Commit, CommitError, Committed};
use crate::dead_letter::{DeadLetter, DeadLetterStore, KeptLetter};
use crate::deadline::{Deadline, DeadlineStore};
use crate::erasure::{KeyId, SubjectKey, SubjectKeyStore};
use crate::inbox::{InboxEntry, InboxKey, InboxStore};
use crate::names::{BusinessKey, CorrelationKey, IdempotencyKey, StreamId, SubjectId, TenantId};
use crate::outbox::{OutboxCursor, OutboxMessage, OutboxStore};
use crate::ports::Id;
use crate::projection::{ViewName, ViewStore};
use crate::registry::{Executed, ProcessRecord, ProcessRegistry};
use crate::snapshot::{Snapshot, SnapshotStore};

macro_rules! passes_through {
    ($($contract:ident { $(fn $method:ident(&self $(, $name:ident: $type:ty)*) -> $answer:ty;)* })*) => {
        /// A store around [`inner`](StoreLayer::inner). Each method passes through unless it is overridden; whoever implements this is a
        /// [`Store`]. It has the methods of the contracts under the same names, so where both are in scope a call on the layer itself is
        /// ambiguous: call through `&dyn Store`, as everybody who has a store does.
        ///
        /// ```
        /// use std::sync::Arc;
        /// use std::sync::atomic::{AtomicU64, Ordering};
        ///
        /// use mako_engine::store::{Store, StoreLayer};
        /// use mako_engine::{Commit, CommitError, Committed};
        /// # use mako_engine::store::KeyedStore;
        /// # use mako_engine::testing::MemoryBackend;
        ///
        /// /// Counts what is committed.
        /// struct Counted {
        ///     inner: Arc<dyn Store>,
        ///     commits: AtomicU64,
        /// }
        ///
        /// #[async_trait::async_trait]
        /// impl StoreLayer for Counted {
        ///     fn inner(&self) -> &dyn Store {
        ///         &*self.inner
        ///     }
        ///
        ///     async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        ///         self.commits.fetch_add(1, Ordering::Relaxed);
        ///         self.inner().append_with_outbox(commit).await
        ///     }
        /// }
        ///
        /// let inner = Arc::new(KeyedStore::open(MemoryBackend::default())?);
        /// let store: Arc<dyn Store> = Arc::new(Counted { inner, commits: AtomicU64::new(0) });
        /// # drop(store);
        /// # Ok::<(), mako_engine::store::StoreError>(())
        /// ```
        #[async_trait]
        pub trait StoreLayer: Send + Sync + 'static {
            /// The store below.
            fn inner(&self) -> &dyn Store;
            $($(
                #[doc = concat!("As [`", stringify!($contract), "::", stringify!($method), "`] of the store below.")]
                async fn $method(&self $(, $name: $type)*) -> $answer {
                    self.inner().$method($($name),*).await
                }
            )*)*
        }

        $(
            #[async_trait]
            impl<L: StoreLayer> $contract for L {
                $(
                    async fn $method(&self $(, $name: $type)*) -> $answer {
                        StoreLayer::$method(self $(, $name)*).await
                    }
                )*
            }
        )*
    };
}

passes_through! {
    AtomicAppend {
        fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError>;
    }
    EventStore {
        fn fold_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, visit: Visit<'_>) -> Result<(), StoreError>;
        fn read_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError>;
        fn read_all(&self, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError>;
    }
    OutboxStore {
        fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Page<OutboxMessage>, StoreError>;
        fn outbox_after(&self, after: OutboxCursor, limit: usize) -> Result<Page<OutboxMessage>, StoreError>;
        fn outbox_message(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError>;
    }
    DeadlineStore {
        fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Page<Deadline>, StoreError>;
        fn deadline_next_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;
        fn deadlines_of(&self, tenant: &TenantId, stream: &StreamId) -> Result<Vec<Deadline>, StoreError>;
    }
    InboxStore {
        fn inbox_entry(&self, key: &InboxKey) -> Result<Option<InboxEntry>, StoreError>;
        fn inbox_payload(&self, key: &InboxKey) -> Result<Option<Vec<u8>>, StoreError>;
        fn inbox_pending(&self, limit: usize) -> Result<Page<InboxEntry>, StoreError>;
    }
    ProcessRegistry {
        fn process(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<ProcessRecord>, StoreError>;
        fn correlated(&self, tenant: &TenantId, key: &CorrelationKey) -> Result<Vec<ProcessRecord>, StoreError>;
        fn holder(&self, tenant: &TenantId, key: &BusinessKey) -> Result<Option<StreamId>, StoreError>;
        fn executed(&self, tenant: &TenantId, key: &IdempotencyKey) -> Result<Option<Executed>, StoreError>;
        fn processes(&self, tenant: &TenantId) -> Result<Vec<ProcessRecord>, StoreError>;
    }
    DeadLetterStore {
        fn dead_letters(&self) -> Result<Page<DeadLetter>, StoreError>;
        fn dead_letters_after(&self, after: u64, limit: usize) -> Result<Page<KeptLetter>, StoreError>;
        fn dead_letter(&self, number: u64) -> Result<Option<KeptLetter>, StoreError>;
        fn given_up(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError>;
    }
    SnapshotStore {
        fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError>;
    }
    SubjectKeyStore {
        fn key_of(&self, tenant: &TenantId, subject: &SubjectId) -> Result<Option<SubjectKey>, StoreError>;
        fn subject_key(&self, tenant: &TenantId, id: KeyId) -> Result<Option<SubjectKey>, StoreError>;
        fn sealed_under(&self, tenant: &TenantId, id: KeyId) -> Result<Vec<StreamId>, StoreError>;
    }
    ViewStore {
        fn checkpoint(&self, view: &ViewName) -> Result<u64, StoreError>;
        fn serving(&self, name: &str) -> Result<Option<u32>, StoreError>;
        fn view_versions(&self, name: &str) -> Result<Vec<u32>, StoreError>;
        fn view_row(&self, view: &ViewName, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
        fn view_rows(&self, view: &ViewName, prefix: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError>;
    }
}
