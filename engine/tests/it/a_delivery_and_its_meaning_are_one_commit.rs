//! A delivery settles its message together with what it means to its process, once.

use std::sync::atomic::Ordering::SeqCst;

use crate::testing::inquiry::Command;
use crate::testing::{at, by_hand, everywhere};
use mako_engine::commit::OutboxSettlement;
use mako_engine::{Cause, Id};

#[tokio::test]
async fn the_process_is_told_in_the_commit_that_settles() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        let process = house.ask("malo", "partner", at(86_400)).await;
        worker.run_at(&house.clock, at(7));
        let id: Id = partners.tries()[0].id;
        let last = house.store.taken().pop().unwrap();
        assert_eq!((last.settles_outbox, last.cause), (Some(OutboxSettlement::Delivered(id)), Cause::Delivery(id)));
        assert_eq!((last.stream, last.events.len(), last.at), (process.identity().stream.clone(), 1, at(7)));
        assert_eq!(process.state().await.unwrap().sent, [id]);
    })
    .await;
}

#[tokio::test]
async fn a_delivery_that_means_nothing_to_its_process_is_settled_all_the_same() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        let process = house.ask("malo", "partner", at(86_400)).await;
        // The workflow does not care for this kind, and rejects the other one when it is over.
        process.execute(by_hand(Command::Remind { recipient: "other".to_owned(), kind: "reminder".to_owned() })).await.unwrap();
        process.execute(by_hand(Command::Answer)).await.unwrap();
        worker.run_until_quiet();
        worker.run_at(&house.clock, at(3_600));
        assert_eq!(partners.tries().len(), 2);
        assert_eq!(house.engine.store().outbox_due(at(99_999), 9).await.unwrap().rows, []);
        assert_eq!(process.state().await.unwrap().sent, []);
    })
    .await;
}

#[tokio::test]
async fn when_the_store_fails_the_settlement_is_tried_again_and_not_the_delivery() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        let process = house.ask("malo", "partner", at(86_400)).await;
        house.store.failing_commits.store(3, SeqCst);
        for tick in 0..10 {
            worker.run_at(&house.clock, at(tick));
        }
        assert_eq!(partners.tries().len(), 1);
        assert_eq!(process.state().await.unwrap().sent, [partners.tries()[0].id]);
        assert_eq!(house.engine.store().outbox_due(at(99_999), 9).await.unwrap().rows, []);
    })
    .await;
}

#[tokio::test]
async fn when_the_outbox_cannot_be_read_it_is_read_again() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        house.ask("malo", "partner", at(86_400)).await;
        house.store.failing_due_reads.store(2, SeqCst);
        for tick in 0..10 {
            worker.run_at(&house.clock, at(tick));
        }
        assert_eq!(partners.tries().len(), 1);
    })
    .await;
}
