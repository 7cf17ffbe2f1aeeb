//! Integrity: any changed byte of the log is found and located, and a log that was cut is told from one that was changed.

use mako_engine::commit::{Commit, NewEvent};
use mako_engine::store::backend::{Backend, Write};
use mako_engine::store::{AtomicAppend, ChainHead, Finding, KeyedStore, Payload, StoreError};
use mako_engine::testing::MemoryBackend;
use mako_engine::{Cause, Id, TenantId, Timestamp};

fn commit(stream: &str, events: u128) -> Commit {
    let mut commit = Commit::new(TenantId::new("t"), stream.into(), Timestamp::EPOCH, Cause::Command("test".to_owned()));
    for number in 0..events {
        let payload = Payload::encode(&format!("event {number} of {stream}")).unwrap();
        commit.events.push(NewEvent { id: Id::from_u128(number), event_type: "Happened".to_owned(), schema_version: 1, payload });
    }
    commit
}

/// Three streams, seven events, four links.
async fn written() -> MemoryBackend {
    let backend = MemoryBackend::default();
    let store = KeyedStore::open(backend.clone()).unwrap();
    for (stream, events) in [("a", 3), ("b", 1), ("a", 2), ("c", 1)] {
        store.append_with_outbox(commit(stream, events)).await.unwrap();
    }
    backend
}

fn rows(backend: &MemoryBackend, table: u8) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    backend
        .scan(&[table], &[table + 1], &mut |key, value| {
            rows.push((key.to_vec(), value.to_vec()));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    rows
}

fn findings(backend: &MemoryBackend) -> Vec<Finding> {
    KeyedStore::open(backend.clone()).unwrap().verify(None).unwrap().findings
}

#[tokio::test]
async fn an_untouched_log_verifies_and_its_head_grows() {
    let backend = written().await;
    let store = KeyedStore::open(backend.clone()).unwrap();
    let report = store.verify(None).unwrap();
    assert_eq!((report.events, report.head.position, &report.findings), (7, 7, &vec![]));
    let before = report.head;
    store.append_with_outbox(commit("d", 1)).await.unwrap();
    let after = store.verify(Some(before)).unwrap();
    assert_eq!((after.events, after.findings), (8, vec![]));
    assert_ne!(after.head.hash, before.hash);
}

#[tokio::test]
async fn every_flipped_bit_of_an_event_is_found_and_located() {
    let clean = written().await;
    let log = rows(&clean, b'L');
    for (key, value) in rows(&clean, b'E') {
        let position = log.iter().position(|(_, place)| *place == key).unwrap() as u64 + 1;
        for bit in 0..value.len() * 8 {
            let mut flipped = value.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let backend = clean.fork();
            backend.apply(vec![Write::Put(key.clone(), flipped)]).unwrap();
            let found = findings(&backend);
            let located = found.iter().any(|f| matches!(f, Finding::Changed { position: p, .. } if *p == position));
            assert!(located, "bit {bit} of event {position}: {found:?}");
            assert_eq!(found.len(), 1, "only that one: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_changed_link_is_found() {
    let clean = written().await;
    for (key, value) in rows(&clean, b'H') {
        for byte in 0..value.len() {
            let mut flipped = value.clone();
            flipped[byte] ^= 1;
            let backend = clean.fork();
            backend.apply(vec![Write::Put(key.clone(), flipped)]).unwrap();
            assert!(!findings(&backend).is_empty(), "byte {byte} of link {key:?}");
        }
    }
}

#[tokio::test]
async fn a_cut_log_is_told_from_a_changed_one() {
    let clean = written().await;
    // The last commit disappears from log and chain, but was acknowledged.
    let backend = clean.fork();
    let last = |table| rows(&clean, table).pop().unwrap().0;
    let event = rows(&clean, b'L').pop().unwrap().1;
    backend.apply(vec![Write::Delete(last(b'L')), Write::Delete(last(b'H')), Write::Delete(event)]).unwrap();
    let refused = KeyedStore::open(backend).err().unwrap();
    assert!(matches!(refused, StoreError::LogCut { ends_at: 6, acknowledged: 7 }), "{refused}");

    // Somebody puts an older copy of everything there: only a head that was noted elsewhere can tell.
    let store = KeyedStore::open(clean.fork()).unwrap();
    store.append_with_outbox(commit("d", 2)).await.unwrap();
    let noted = store.verify(None).unwrap().head;
    let older = KeyedStore::open(clean.fork()).unwrap();
    assert_eq!(older.verify(None).unwrap().findings, []);
    assert_eq!(older.verify(Some(noted)).unwrap().findings, [Finding::Truncated { ends_at: 7, acknowledged: 9 }]);
}

#[tokio::test]
async fn a_log_that_was_written_anew_is_not_the_noted_one() {
    let noted = KeyedStore::open(written().await).unwrap().verify(None).unwrap().head;
    let forged = KeyedStore::open(MemoryBackend::default()).unwrap();
    for (stream, events) in [("a", 3), ("b", 1), ("x", 2), ("c", 1)] {
        forged.append_with_outbox(commit(stream, events)).await.unwrap();
    }
    assert_eq!(forged.verify(None).unwrap().findings, []);
    assert_eq!(forged.verify(Some(noted)).unwrap().findings, [Finding::Rewritten { position: 7 }]);
}

#[tokio::test]
async fn an_event_that_was_removed_or_slipped_in_is_found() {
    let clean = written().await;
    let (place, event) = rows(&clean, b'E').swap_remove(1);
    let removed = clean.fork();
    removed.apply(vec![Write::Delete(place.clone())]).unwrap();
    assert_eq!(findings(&removed), [Finding::Missing { position: 2 }]);

    let slipped_in = clean.fork();
    let behind = [&place[..place.len() - 8], &99_u64.to_be_bytes()].concat();
    slipped_in.apply(vec![Write::Put(behind, event)]).unwrap();
    let found = findings(&slipped_in);
    assert_eq!(found, [Finding::Foreign { position: 2, place: "t a no. 99".to_owned() }]);
}

#[test]
fn a_head_survives_text() {
    let head = ChainHead { position: 42, hash: [7; 32] };
    assert_eq!(head.to_string().parse(), Ok(head));
    let wrong = "42".parse::<ChainHead>().unwrap_err();
    assert!(wrong.to_string().contains("expected POSITION:HASH"), "{wrong}");
}
