//! A batch whose sync failed may be on the medium or not. Until the store is opened again, nobody is told anything that rests on it:
//! a message that is repeated meanwhile gets no receipt, although its row can be read.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, Ordering};

use mako_engine::inbox::{Accept, InboxKey, InboxStore as _};
use mako_engine::store::backend::BackendError;
use mako_engine::store::{AtomicAppend as _, KeyedStore, StoreOptions, Writing};
use mako_engine::testing::MemoryBackend;
use mako_engine::{Cause, Commit, CommitError};

use crate::testing::guarded::Guarded;
use crate::testing::{at, tenant};

fn accept() -> Commit {
    let key = InboxKey { tenant: tenant(), sender: "9900000000002".to_owned(), message_id: "1".to_owned() };
    let mut commit = Commit::new(tenant(), "boundary".into(), at(0), Cause::Command("accept".to_owned()));
    commit.accepts = Some(Accept { key, received_at: at(0), payload: b"UNB".to_vec(), known_until: at(86_400) });
    commit
}

#[tokio::test]
async fn neither_to_whoever_committed_it_nor_to_whoever_repeats_it() {
    let (memory, fails) = (MemoryBackend::default(), AtomicBool::new(true));
    let unsynced = move || match fails.swap(false, Ordering::SeqCst) {
        true => Err(BackendError::io("syncing", std::io::Error::other("input/output error"))),
        false => Ok(()),
    };
    let store = KeyedStore::open(Guarded::after(memory.clone(), unsynced)).unwrap();
    for _ in 0..2 {
        let refused = store.append_with_outbox(accept()).await.unwrap_err();
        assert!(refused.is_final() && refused.to_string().contains("input/output error"), "{refused}");
        let mut causes = std::iter::successors(refused.source(), |cause| (*cause).source());
        assert!(causes.any(|cause| cause.to_string() == "input/output error"), "the cause is there for programs, too");
    }
    assert_eq!(store.inbox_pending(9).await.unwrap().rows.len(), 1, "the row is there for whoever looks");
    drop(store);
    // Whoever opens the store again decides what is there, and may tell it.
    let store = KeyedStore::open(memory).unwrap();
    let known = store.append_with_outbox(accept()).await;
    assert!(matches!(known, Err(CommitError::AlreadyAccepted { .. })), "{known:?}");
}

#[tokio::test]
async fn nor_after_a_panic_in_the_writer() {
    let store = KeyedStore::open_with(Guarded::before(|| panic!("a bug")), StoreOptions { writing: Writing::Thread, probe: None });
    let refused = store.unwrap().append_with_outbox(accept()).await.unwrap_err();
    assert!(refused.is_final() && refused.to_string().contains("panicked while it wrote"), "{refused}");
}
