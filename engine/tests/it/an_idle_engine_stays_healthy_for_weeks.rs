//! Health is what a worker does, not when it last did something: idle is healthy, and a failing store is seen at once.

use std::sync::atomic::Ordering::SeqCst;

use crate::testing::partner::Act;
use crate::testing::{House, Place, Worker, at};
use futures_util::FutureExt as _;
use mako_engine::health::WorkerState;
use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName};
use mako_engine::store::{RecordedEvent, StoreError};
use mako_engine::testing::MemoryBackend;
use mako_engine::worker::run_deadlines;

const DAY_S: i64 = 86_400;

struct Nothing;

#[async_trait::async_trait]
impl Projection for Nothing {
    fn view(&self) -> ViewName {
        ViewName::new("nothing", 1)
    }

    async fn apply(&self, _: &RecordedEvent, _: &mut Rows<'_>) -> Result<(), StoreError> {
        Ok(())
    }
}

fn house() -> House {
    Place::Memory(MemoryBackend::default()).house(at(0))
}

fn projection(house: &House) -> Worker {
    let runner = ProjectionRunner::new(house.engine.clone(), Nothing);
    Worker::new(async move { runner.run().await })
}

fn state(house: &House, worker: &str) -> WorkerState {
    house.engine.health().of(worker).unwrap().clone()
}

#[tokio::test]
async fn an_idle_engine_stays_healthy_for_weeks() {
    let house = house();
    let (mut outbox, _) = house.postman();
    let mut workers = [house.scheduler(), projection(&house)];
    assert!(house.engine.health().workers.is_empty() && house.engine.health().is_healthy(), "nobody was asked for anything yet");
    house.ask("malo", "partner", at(100 * DAY_S)).await;
    for day in 0..60 {
        outbox.run_at(&house.clock, at(day * DAY_S));
        workers.iter_mut().for_each(Worker::run_until_quiet);
        assert!(house.engine.health().is_healthy(), "{}", house.engine.health());
    }
    let (commits, health) = (house.store.taken().len(), house.engine.health().to_string());
    assert_eq!(health, "deadlines: waiting until 2026-04-02T15:00:00Z\noutbox: waiting\nprojection nothing v1: waiting");
    house.clock.set(at(90 * DAY_S));
    workers.iter_mut().for_each(Worker::run_until_quiet);
    assert_eq!((house.store.taken().len(), house.engine.health().to_string()), (commits, health), "being asked costs nothing");
}

#[tokio::test]
async fn a_store_that_cannot_be_read_fails_its_worker_until_it_can() {
    let house = house();
    let mut scheduler = house.scheduler();
    house.store.failing_due_reads.store(3, SeqCst);
    scheduler.run_until_quiet();
    let failing = |since| WorkerState::Failing { since, error: "injected fault: the test says so".to_owned() };
    assert_eq!(state(&house, "deadlines"), failing(at(0)));
    scheduler.run_at(&house.clock, at(1));
    assert_eq!(state(&house, "deadlines"), failing(at(0)), "since the first failure, not the last");
    assert!(!house.engine.health().is_healthy());
    house.clock.set(at(2));
    scheduler.run_until_quiet();
    assert_eq!(state(&house, "deadlines"), failing(at(0)));
    scheduler.run_at(&house.clock, at(3));
    assert_eq!(state(&house, "deadlines"), WorkerState::Waiting { until: None });
    assert!(house.engine.health().is_healthy());
}

#[tokio::test]
async fn a_store_that_does_not_write_fails_every_worker_that_must_write() {
    let house = house();
    let (mut outbox, _) = house.postman();
    let (mut scheduler, mut projection) = (house.scheduler(), projection(&house));
    house.ask("malo", "partner", at(10)).await;
    house.clock.set(at(10));
    house.store.failing_commits.store(3, SeqCst);
    outbox.run_until_quiet();
    scheduler.run_until_quiet();
    projection.run_until_quiet();
    for worker in ["outbox", "deadlines", "projection nothing v1"] {
        let expected = WorkerState::Failing { since: at(10), error: "injected fault: the test says so".to_owned() };
        assert_eq!(state(&house, worker), expected, "{worker}");
    }
    outbox.run_at(&house.clock, at(11));
    scheduler.run_until_quiet();
    projection.run_until_quiet();
    assert!(house.engine.health().is_healthy(), "{}", house.engine.health());
}

#[tokio::test]
async fn a_deadline_that_is_gone_before_it_is_tried_again_leaves_no_failure_behind() {
    let house = house();
    let mut scheduler = house.scheduler();
    let process = house.ask("malo", "partner", at(10)).await;
    house.clock.set(at(10));
    house.store.failing_commits.store(1, SeqCst);
    scheduler.run_until_quiet();
    assert!(!house.engine.health().is_healthy());
    process.execute(crate::testing::by_hand(crate::testing::inquiry::Command::Answer)).await.unwrap();
    scheduler.run_at(&house.clock, at(11));
    assert_eq!(state(&house, "deadlines"), WorkerState::Waiting { until: None });
}

#[tokio::test]
async fn a_partner_that_hangs_is_work_and_no_failure() {
    let house = house();
    let (mut outbox, partners) = house.postman();
    partners.script("partner", [Act::Hang]);
    house.ask("malo", "partner", at(10)).await;
    outbox.run_until_quiet();
    outbox.run_at(&house.clock, at(30 * DAY_S));
    assert_eq!(state(&house, "outbox"), WorkerState::Working { since: at(0) });
    assert!(house.engine.health().is_healthy());
}

#[tokio::test]
async fn a_stopped_engine_says_so() {
    let house = house();
    let mut scheduler = Box::pin(run_deadlines(house.engine.clone()));
    assert_eq!(scheduler.as_mut().now_or_never(), None);
    house.engine.stop();
    scheduler.await;
    assert_eq!(state(&house, "deadlines"), WorkerState::Stopped);
    assert!(!house.engine.health().is_healthy());
}
