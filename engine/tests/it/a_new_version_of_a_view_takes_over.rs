//! A new version of a view is built beside the old one, which serves until one commit says otherwise; then its rows go. Nobody but the
//! readers of the view sees anything of it, and a crash at any place leaves a view that serves.

use std::sync::atomic::Ordering::SeqCst;

use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::watched::picture;
use crate::testing::{House, Worker, at, by_hand, everywhere, tenant};
use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName, served_row};
use mako_engine::store::{RecordedEvent, StoreError};
use mako_engine::{CommitError, Process};

/// One row per event: what happened there. Since version 2 in other words.
struct Happened(u32);

#[async_trait::async_trait]
impl Projection for Happened {
    fn view(&self) -> ViewName {
        ViewName::new("happened", self.0)
    }

    async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError> {
        rows.put(&event.position.to_string(), &format!("{} v{}", event.event_type, self.0))
    }
}

fn runner(house: &House, version: u32) -> ProjectionRunner<Happened> {
    ProjectionRunner::new(house.engine.clone(), Happened(version))
}

/// What a reader of the view is told about an event, and the versions of which there is something.
async fn told(house: &House, position: u64) -> (Option<String>, Vec<u32>) {
    let row = served_row(house.engine.store(), "happened", &position.to_string()).await.unwrap();
    (row.map(|row| row.decode().unwrap()), house.engine.store().view_versions("happened").await.unwrap())
}

async fn rows(house: &House, version: u32) -> usize {
    house.engine.store().view_rows(&ViewName::new("happened", version), b"", usize::MAX).await.unwrap().len()
}

async fn note(process: &Process<Inquiry>) {
    process.execute(by_hand(Command::Note("n".to_owned()))).await.unwrap();
}

#[tokio::test]
async fn the_old_one_serves_until_the_new_one_has_caught_up_and_nothing_else_changes() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        note(&process).await;
        assert_eq!(told(&house, 1).await, (None, vec![]), "nobody serves");
        runner(&house, 1).take_over().await.unwrap();
        assert_eq!(told(&house, 1).await, (Some("Asked v1".to_owned()), vec![1]));

        let (before, taken) = (picture(house.engine.store(), &tenant()).await, house.store.taken().len());
        runner(&house, 2).catch_up().await.unwrap();
        assert_eq!(told(&house, 2).await, (Some("Noted v1".to_owned()), vec![1, 2]), "built beside it");
        runner(&house, 2).take_over().await.unwrap();
        assert_eq!(told(&house, 2).await, (Some("Noted v2".to_owned()), vec![2]));
        assert_eq!((rows(&house, 1).await, rows(&house, 2).await), (0, 2));
        assert_eq!(picture(house.engine.store(), &tenant()).await, before, "no event, no message, no deadline");
        let commits = house.store.taken().split_off(taken);
        assert_eq!(commits.iter().filter(|commit| commit.takes_over.is_some()).count(), 1, "one commit swaps");
        assert!(commits.iter().all(|commit| commit.events.is_empty() && commit.outbox.is_empty() && commit.deadlines_set.is_empty()));
    })
    .await;
}

#[tokio::test]
async fn whoever_was_fed_meanwhile_is_caught_up_with_first() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        runner(&house, 1).take_over().await.unwrap();
        // Just before the swap the old one takes an event that the new one has not seen.
        runner(&house, 2).catch_up().await.unwrap();
        let beside = House::on(house.store.clone(), at(0));
        house.store.step_in(async move {
            note(&process).await;
            runner(&beside, 1).catch_up().await.unwrap();
        });
        runner(&house, 2).take_over().await.unwrap();
        assert_eq!(told(&house, 2).await, (Some("Noted v2".to_owned()), vec![2]));
        // Nobody saw the past again: what the new one had when it took over is what the old one had.
        let taken = house.store.taken();
        let swap = taken.iter().rposition(|commit| commit.takes_over.is_some()).unwrap();
        let fed = |commit: &mako_engine::Commit| commit.view.as_ref().filter(|update| update.view.version() == 2).map(|update| update.to);
        assert_eq!(taken[..swap].iter().filter_map(fed).max(), Some(2));
    })
    .await;
}

#[tokio::test]
async fn an_old_runner_ends_and_brings_nothing_back() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let old = runner(&house, 1);
        old.take_over().await.unwrap();
        let mut worker = Worker::new(async move { old.run().await });
        worker.run_until_quiet();
        runner(&house, 2).take_over().await.unwrap();
        note(&process).await;
        assert!(worker.ends(), "it is told that it was replaced");
        assert_eq!((rows(&house, 1).await, told(&house, 1).await.1), (0, vec![2]));
        let refused = runner(&house, 1).take_over().await.unwrap_err();
        assert!(matches!(refused, CommitError::ViewReplaced { by: 2, .. }), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_crash_at_any_commit_leaves_a_view_that_serves_and_the_next_try_ends_it() {
    everywhere(async |place| {
        // More rows than go in one commit, so that a crash falls between them, too.
        const EVENTS: u64 = 1_100;
        {
            let house = place.house(at(0));
            let process = house.ask("malo", "partner", at(60)).await;
            for _ in 1..EVENTS {
                note(&process).await;
            }
            runner(&house, 1).take_over().await.unwrap();
        }
        let mut crashes = 0;
        loop {
            // Each life gets one commit further than the one before it, and ends.
            let house = place.house(at(0));
            let fails_after = house.store.clone();
            fails_after.failing_after.store(1, SeqCst);
            let done = runner(&house, 2).take_over().await;
            fails_after.failing_after.store(usize::MAX, SeqCst);
            let (row, versions) = told(&house, EVENTS).await;
            let serves = house.engine.store().serving("happened").await.unwrap();
            assert_eq!(row, serves.map(|version| format!("Noted v{version}")), "crash {crashes}: {versions:?}");
            if done.is_ok() {
                assert_eq!((serves, versions, rows(&house, 1).await), (Some(2), vec![2], 0));
                break;
            }
            crashes += 1;
        }
        assert!(crashes >= 6, "five batches, the swap and the rows: {crashes}");
    })
    .await;
}

#[tokio::test]
async fn only_what_was_replaced_is_dropped_and_only_what_is_newer_takes_over() {
    everywhere(async |place| {
        let house = place.house(at(0));
        house.ask("malo", "partner", at(60)).await;
        runner(&house, 2).take_over().await.unwrap();
        let commit = || mako_engine::Commit::new(tenant(), "view/x".into(), at(0), mako_engine::Cause::Command("test".to_owned()));
        for version in [2, 3] {
            let mut drops = commit();
            drops.drops_view = Some(ViewName::new("happened", version));
            let refused = house.engine.commit(drops).await.unwrap_err();
            assert!(matches!(refused, CommitError::ViewServes { .. }), "{refused}");
        }
        let mut behind = commit();
        behind.takes_over = Some(mako_engine::projection::TakeOver { view: ViewName::new("happened", 3), from: Some(2) });
        let refused = house.engine.commit(behind).await.unwrap_err();
        assert!(matches!(refused, CommitError::ViewBehind { at: 0, serving_at: 1, .. }), "{refused}");
    })
    .await;
}
