//! A batch whose sync failed may be on the medium or not. Until the store is opened again, nobody is told anything that rests on it:
//! a message that is repeated meanwhile gets no receipt, although its row can be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mako_engine::inbox::{Accept, InboxKey, InboxStore as _};
use mako_engine::store::backend::{Backend, BackendError, Batch, Scan};
use mako_engine::store::{AtomicAppend as _, KeyedStore};
use mako_engine::testing::MemoryBackend;
use mako_engine::{Cause, Commit, CommitError};

use crate::testing::{at, tenant};

/// Memory that keeps the next batch, and says that it could not be synced.
struct Unsynced {
    memory: MemoryBackend,
    fails: Arc<AtomicBool>,
}

impl Backend for Unsynced {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.memory.get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
        self.memory.scan(from, to, visit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
        self.memory.last(from, to)
    }

    fn apply(&self, batch: Batch) -> Result<(), BackendError> {
        self.memory.apply(batch)?;
        if self.fails.swap(false, Ordering::SeqCst) {
            return Err(BackendError::Io { doing: "syncing", source: Arc::new(std::io::Error::other("input/output error")) });
        }
        Ok(())
    }

    fn maintain(&self) -> Result<(), BackendError> {
        Ok(())
    }
}

fn accept() -> Commit {
    let key = InboxKey { tenant: tenant(), sender: "9900000000002".to_owned(), message_id: "1".to_owned() };
    let mut commit = Commit::new(tenant(), "boundary".into(), at(0), Cause::Command("accept".to_owned()));
    commit.accepts = Some(Accept { key, received_at: at(0), payload: b"UNB".to_vec(), known_until: at(86_400) });
    commit
}

#[tokio::test]
async fn neither_to_whoever_committed_it_nor_to_whoever_repeats_it() {
    let (memory, fails) = (MemoryBackend::default(), Arc::new(AtomicBool::new(true)));
    let store = KeyedStore::open(Unsynced { memory: memory.clone(), fails }).unwrap();
    for _ in 0..2 {
        let refused = store.append_with_outbox(accept()).await.unwrap_err();
        assert!(refused.is_final() && refused.to_string().contains("input/output error"), "{refused}");
    }
    assert_eq!(store.inbox_pending(9).await.unwrap().rows.len(), 1, "the row is there for whoever looks");
    drop(store);
    // Whoever opens the store again decides what is there, and may tell it.
    let store = KeyedStore::open(memory).unwrap();
    let known = store.append_with_outbox(accept()).await;
    assert!(matches!(known, Err(CommitError::AlreadyAccepted { .. })), "{known:?}");
}
