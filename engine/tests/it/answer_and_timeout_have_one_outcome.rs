//! An answer and the timeout of the same instant: whoever commits first decides, and the other has no effect.

use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::{at, by_hand, everywhere, tenant};

#[tokio::test]
async fn the_answer_that_is_first_is_the_outcome() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let mut scheduler = house.scheduler();
        let process = house.ask("malo", "partner", at(60)).await;
        house.clock.set(at(60));
        process.execute(by_hand(Command::Answer)).await.unwrap();
        scheduler.run_until_quiet();
        let state = process.state().await.unwrap();
        assert_eq!((state.answered, state.lapsed_at), (true, None));
    })
    .await;
}

#[tokio::test]
async fn the_timeout_that_is_first_is_the_outcome() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let mut scheduler = house.scheduler();
        let process = house.ask("malo", "partner", at(60)).await;
        scheduler.run_at(&house.clock, at(60));
        process.execute(by_hand(Command::Answer)).await.unwrap_err();
        let state = process.state().await.unwrap();
        assert_eq!((state.answered, state.lapsed_at), (false, Some(at(60))));
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_comes_while_the_timeout_is_being_decided_wins() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let mut scheduler = house.scheduler();
        let process = house.ask("malo", "partner", at(60)).await;
        let other = house.ask("other", "partner", at(60)).await;
        let stream = process.identity().stream.clone();
        // Just before the timeout's commit, an engine of its own on the same store answers.
        let theirs = crate::testing::builder(house.store.inner.clone(), &house.clock).build().unwrap();
        house.store.step_in(async move {
            theirs.resume::<Inquiry>(&stream).await.unwrap().execute(by_hand(Command::Answer)).await.unwrap();
        });
        scheduler.run_at(&house.clock, at(60));
        let state = process.state().await.unwrap();
        assert_eq!((state.answered, state.lapsed_at), (true, None));
        // Nothing is left to fire, and the scheduler went on without a pause.
        assert_eq!(other.state().await.unwrap().lapsed_at, Some(at(60)));
        assert!(house.engine.store().deadlines_due(at(99), 9).await.unwrap().rows.is_empty());
        assert_eq!(house.engine.store().processes(&tenant()).await.unwrap().iter().filter(|record| record.ended).count(), 2);
    })
    .await;
}
