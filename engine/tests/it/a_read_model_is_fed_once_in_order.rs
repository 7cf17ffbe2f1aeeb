//! Projections: every event once, in global order, across crashes and restarts; a rebuild gives the same rows.

use std::sync::atomic::Ordering::SeqCst;

use crate::testing::inquiry::Command;
use crate::testing::{House, Worker, at, by_hand, everywhere};
use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName};
use mako_engine::store::{RecordedEvent, StoreError};

/// The positions of all events of each kind, in the order in which they came.
struct Positions(u32);

#[async_trait::async_trait]
impl Projection for Positions {
    fn view(&self) -> ViewName {
        ViewName::new("positions", self.0)
    }

    async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError> {
        // An event of a workflow that this view knows nothing of changes nothing.
        if event.event_type == "Withdrawn" {
            rows.delete("Noted");
            return Ok(());
        }
        let mut seen: Vec<u64> = rows.get(&event.event_type).await?.unwrap_or_default();
        seen.push(event.position);
        rows.put(&event.event_type, &seen)
    }
}

async fn noted(house: &House, version: u32) -> Vec<u64> {
    ProjectionRunner::new(house.engine.clone(), Positions(version)).row("Noted").await.unwrap().unwrap_or_default()
}

async fn rows(house: &House, version: u32) -> Vec<(Vec<u8>, Vec<u8>)> {
    house.engine.store().view_rows(&ViewName::new("positions", version), b"", 99).await.unwrap()
}

#[tokio::test]
async fn catching_up_goes_on_where_it_stood_also_after_a_restart() {
    everywhere(async |place| {
        let stream = {
            let house = place.house(at(0));
            let process = house.ask("malo", "partner", at(60)).await;
            process.execute(by_hand(Command::Note("one".to_owned()))).await.unwrap();
            let runner = ProjectionRunner::new(house.engine.clone(), Positions(1));
            assert_eq!((runner.catch_up().await.unwrap(), noted(&house, 1).await), (2, vec![2]));
            assert_eq!(runner.catch_up().await.unwrap(), 2, "nothing twice");
            process.identity().stream.clone()
        };
        let house = place.house(at(1));
        let process = house.engine.resume::<crate::testing::inquiry::Inquiry>(&stream).await.unwrap();
        // More than one batch.
        for number in 0..300 {
            process.execute(by_hand(Command::Note(number.to_string()))).await.unwrap();
        }
        assert_eq!(ProjectionRunner::new(house.engine.clone(), Positions(1)).catch_up().await.unwrap(), 302);
        assert_eq!(noted(&house, 1).await, (2..=302).collect::<Vec<u64>>());
    })
    .await;
}

#[tokio::test]
async fn rows_and_checkpoint_commit_together_or_not_at_all() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        process.execute(by_hand(Command::Note("one".to_owned()))).await.unwrap();
        let runner = ProjectionRunner::new(house.engine.clone(), Positions(1));
        house.store.failing_commits.store(1, SeqCst);
        runner.catch_up().await.unwrap_err();
        assert_eq!((noted(&house, 1).await, house.engine.store().checkpoint(&ViewName::new("positions", 1)).await.unwrap()), (vec![], 0));
        runner.catch_up().await.unwrap();
        assert_eq!(noted(&house, 1).await, [2]);
    })
    .await;
}

#[tokio::test]
async fn of_two_runners_of_one_view_none_applies_what_the_other_did() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        process.execute(by_hand(Command::Note("one".to_owned()))).await.unwrap();
        let other = ProjectionRunner::new(House::on(house.store.clone(), at(0)).engine, Positions(1));
        house.store.step_in(async move { assert_eq!(other.catch_up().await.unwrap(), 2) });
        let refused = ProjectionRunner::new(house.engine.clone(), Positions(1)).catch_up().await.unwrap_err();
        assert!(refused.to_string().contains("another runner feeds it"), "{refused}");
        assert_eq!(noted(&house, 1).await, [2]);
    })
    .await;
}

#[tokio::test]
async fn a_rebuild_beside_the_old_view_gives_the_same_rows() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let runner = ProjectionRunner::new(house.engine.clone(), Positions(1));
        let process = house.ask("malo", "partner", at(60)).await;
        let commands = [Command::Note("a".into()), Command::Withdraw, Command::Note("b".into()), Command::Move { due: at(90) }];
        for command in commands {
            process.execute(by_hand(command)).await.unwrap();
            runner.catch_up().await.unwrap();
        }
        let (before, queued) = (rows(&house, 1).await, house.store.taken().len());
        ProjectionRunner::new(house.engine.clone(), Positions(2)).catch_up().await.unwrap();
        assert_eq!(rows(&house, 2).await, before);
        assert_eq!(rows(&house, 1).await, before, "the old one still answers");
        assert_eq!(noted(&house, 2).await, [4], "what was deleted on the way stays deleted");
        let rebuilt = house.store.taken().split_off(queued);
        assert!(rebuilt.iter().all(|commit| commit.events.is_empty() && commit.outbox.is_empty()), "no side effects");
    })
    .await;
}

#[tokio::test]
async fn a_running_projection_takes_every_event_as_it_comes() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let runner = ProjectionRunner::new(house.engine.clone(), Positions(1));
        let mut worker = Worker::new(async move { runner.run().await });
        for number in 1..=5_u64 {
            process.execute(by_hand(Command::Note("n".to_owned()))).await.unwrap();
            if number == 3 {
                // A store that fails for a moment costs a pause.
                house.store.failing_commits.store(1, SeqCst);
                worker.run_until_quiet();
                assert_eq!(noted(&house, 1).await, [2, 3]);
                worker.run_at(&house.clock, at(10));
            }
            worker.run_until_quiet();
            assert_eq!(noted(&house, 1).await, (2..2 + number).collect::<Vec<u64>>());
        }
    })
    .await;
}
