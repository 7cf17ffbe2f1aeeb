//! One row that nobody can decode: it is reported and moved out of the way with its bytes, and everything else goes on.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::testing::inquiry::Command;
use crate::testing::watched::Watched;
use crate::testing::{House, at, by_hand};
use mako_engine::store::backend::{Backend as _, Write};
use mako_engine::store::{KeyedStore, Store};
use mako_engine::testing::MemoryBackend;

fn rows(disk: &MemoryBackend, table: u8) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    disk.scan(&[table], &[table + 1], &mut |key, value| {
        rows.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    })
    .unwrap();
    rows
}

/// An engine with two inquiries to two partners, and its disk. The first row of `table` cannot be read.
async fn damaged(table: u8) -> (House, MemoryBackend) {
    let disk = MemoryBackend::default();
    let store: Arc<dyn Store> = Arc::new(KeyedStore::open(disk.clone()).unwrap());
    let house = House::on(Arc::new(Watched::new(store)), at(0));
    house.ask("one", "first", at(60)).await;
    house.ask("two", "second", at(60)).await;
    let (key, mut bytes) = rows(&disk, table).swap_remove(0);
    bytes[0] = b'?';
    disk.apply(vec![Write::Put(key, bytes)]).unwrap();
    (house, disk)
}

fn assert_set_aside(house: &House, disk: &MemoryBackend, table: u8) {
    let [letter] = &house.letters.reasons()[..] else { panic!("{:?}", house.letters.reasons()) };
    assert_eq!(letter.label(), "undecodable");
    assert_eq!(rows(disk, b'X').len(), 1, "durably");
    let kept = rows(disk, b'Z');
    assert!(kept.iter().any(|(key, bytes)| key[1] == table && bytes[0] == b'?'), "{kept:?}");
}

#[tokio::test]
async fn the_other_messages_are_delivered() {
    let (house, disk) = damaged(b'Q').await;
    let (mut worker, partners) = house.postman();
    worker.run_until_quiet();
    assert_eq!(partners.tries().len(), 1);
    assert_set_aside(&house, &disk, b'Q');
    assert_eq!((rows(&disk, b'O').len(), rows(&disk, b'N').len()), (0, 0), "no index row leads to it any more");
}

#[tokio::test]
async fn a_message_that_becomes_unreadable_while_it_waits_holds_up_nobody() {
    let disk = MemoryBackend::default();
    let house = House::on(Arc::new(Watched::new(Arc::new(KeyedStore::open(disk.clone()).unwrap()))), at(0));
    let process = house.ask("one", "partner", at(600)).await;
    let (mut worker, partners) = house.postman();
    partners.script("partner", [crate::testing::partner::Act::Fail("busy")]);
    worker.run_until_quiet();
    let (key, _) = rows(&disk, b'Q').swap_remove(0);
    disk.apply(vec![Write::Put(key, b"?".to_vec())]).unwrap();
    let remind = Command::Remind { recipient: "partner".to_owned(), kind: "reminder".to_owned() };
    process.execute(by_hand(remind)).await.unwrap();
    worker.run_at(&house.clock, at(7_200));
    worker.run_until_quiet();
    assert_eq!(partners.tries().last().unwrap().kind, "reminder");
    assert_set_aside(&house, &disk, b'Q');
}

#[tokio::test]
async fn the_other_deadlines_fire() {
    let (house, disk) = damaged(b'T').await;
    let mut scheduler = house.scheduler();
    scheduler.run_at(&house.clock, at(60));
    scheduler.run_until_quiet();
    assert_set_aside(&house, &disk, b'T');
    assert_eq!(rows(&disk, b'D'), [], "one fired, one was set aside");
    let ended = house.engine.store().processes(&crate::testing::tenant()).await.unwrap().iter().filter(|process| process.ended).count();
    assert_eq!(ended, 1);
}

#[tokio::test]
async fn the_other_received_messages_are_found() {
    let disk = MemoryBackend::default();
    let house = House::on(Arc::new(Watched::new(Arc::new(KeyedStore::open(disk.clone()).unwrap()))), at(0));
    house.accept("one").await;
    house.accept("two").await;
    let (key, _) = rows(&disk, b'I').swap_remove(0);
    disk.apply(vec![Write::Put(key, b"?".to_vec())]).unwrap();
    let page = house.engine.store().inbox_pending(9).await.unwrap();
    assert_eq!((page.rows.len(), page.unreadable.len()), (1, 1));
    house.engine.set_aside(page.unreadable.clone()).await.unwrap();
    assert_set_aside(&house, &disk, b'I');
    let page = house.engine.store().inbox_pending(9).await.unwrap();
    assert_eq!((page.rows.len(), page.unreadable.len()), (1, 0));
}
